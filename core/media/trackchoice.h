// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/avptr.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QString>
#include <QStringList>

namespace continuo {

/// Which tracks of a file are wanted, where it has several.
struct TrackChoice {
    int sound = -1; ///< index in the file; -1: by language
    QStringList languages; ///< best first, BCP 47 or ISO 639
    int programme = -1; ///< its number in the file; -1: that of the best picture

    /// {"sound":n,"languages":[…],"programme":n}, each optional; what is no such value is left out.
    static TrackChoice fromJson(const QJsonObject &object);
};

/// Indices of streams; -1: none.
struct ChosenStreams {
    int picture = -1;
    int sound = -1;
};

/// The streams to play, of those that have a decoder; sound is of the picture's programme. Sound:
/// the one asked for, else of the first language that there is, else the one with the DEFAULT flag,
/// else what libavformat thinks the best.
ChosenStreams chooseStreams(AVFormatContext *format, const TrackChoice &choice, bool wantsPicture);

/// Whether two codes (BCP 47, ISO 639-1, 639-2 or 639-3) mean one language, whatever country.
bool isSameLanguage(const QString &one, const QString &other);

/// Pictures and sound of the file, 64 at most: [{"index","kind":"picture"|"sound","codec",
/// "language","title","default","chosen","channels"?,"programme"?}]
QJsonArray tracksJson(const AVFormatContext *format, const ChosenStreams &chosen);

} // namespace continuo
