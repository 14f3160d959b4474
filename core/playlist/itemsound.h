// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QJsonObject>
#include <QString>
#include <QStringList>

namespace continuo {

/// Languages from a text such as "de, en-GB": codes of BCP 47 or ISO 639, 16 at most. Errors:
/// InvalidArgument.
Result<QStringList> languagesFromText(const QString &text);
/// What an item may say of its sound: the number of a track in its file, or languages; empty: what
/// the channel says. The text in its one form. Errors: InvalidArgument.
Result<QString> soundFromText(const QString &text);

/// What a player is told to choose (`open.tracks`): what the item says, then the channel; empty
/// where neither says something. A text that soundFromText() refuses says nothing.
QJsonObject tracksFor(const QString &itemSound, const QStringList &channelLanguages);

} // namespace continuo
