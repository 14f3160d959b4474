// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QHash>
#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

#include <chrono>
#include <optional>

namespace continuo {

/// One entry of a playlist: which file to play, and what the list says about it. What was measured
/// (codec, true duration) and what it does now (on air, next) are not kept here.
struct PlaylistItem {
    QString id; ///< stable and unique in its list; empty: given when it is inserted
    QString path; ///< absolute
    QString title;
    std::optional<std::chrono::milliseconds> duration; ///< as the list file says, not measured
    std::optional<std::chrono::microseconds> in; ///< place in the clip where it begins
    std::optional<std::chrono::microseconds> out; ///< where it ends: not shown any more
    QString category;
    QString sound; ///< which of its file: soundFromText(); empty: as the channel has it
    QString attributes; ///< between seconds and comma of its #EXTINF line, as they stood
    QStringList tags; ///< unknown lines (with their '#') that stood above it in a list file

    friend bool operator==(const PlaylistItem &, const PlaylistItem &) = default;
};

/// A new id: ten letters and digits, none that are mistaken for another (50 random bits).
QString makeItemId();
/// True for what an id may look like: 1 to 64 ASCII letters, digits, '-' and '_'.
bool isValidItemId(const QString &id);
/// The title that a file gets when nothing else is known: its name without folder and ending.
QString titleFromPath(const QString &path);

/// The item as a JSON object; what is not set is absent.
QJsonObject itemToJson(const PlaylistItem &item);
/// Errors: Corrupt when a part is missing or of the wrong type.
Result<PlaylistItem> itemFromJson(const QJsonObject &object);

/// The row of each item by its id.
QHash<QString, int> rowsById(const QList<PlaylistItem> &items);

} // namespace continuo
