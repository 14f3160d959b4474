// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelstate.h"

#include <QJsonArray>
#include <QString>

#include <vector>

namespace continuo {

/// What a row of the playlist is doing.
enum class EntryState { Queued, OnAir, Next, Played, Missing, Failed };

/// What may be expected of a row's file; Unknown: the engine says nothing of it.
enum class EntryProof { Unknown, Pending, Ready, Warning, WillNotPlay };

/// One item of a channel's list, as `event.playlist` and `playlist.list` give it.
struct PlaylistEntry {
    QString id; ///< stable for the item's life
    QString path;
    QString title;
    EntryState state = EntryState::Queued;
    QString reason; ///< English, from the engine: why it failed, is missing or was cut short
    QString reasonCode; ///< of the reason: the name of an error code, for words
    qint64 durationMs = -1; ///< from in to out; -1: not known yet
    QString in; ///< HH:MM:SS:FF in the clip; empty: its begin
    QString out; ///< the same; empty: its end
    int width = 0; ///< 0: not known, or no picture
    int height = 0;
    QString fps; ///< "29.97"; empty: not known
    QString videoCodec;
    QString audioCodec;
    EntryProof proof = EntryProof::Unknown;
    QString proofCode; ///< of the worst that was found; empty: nothing
    qint64 proofAtMs = -1; ///< where that is in the clip; -1: in all of it
    qint64 proofLengthMs = -1; ///< for how long in all; -1: it has no length
    std::optional<ItemGain> gain = {}; ///< nothing: its sound stays as it is
    QString thumbnail; ///< by what its file's thumbnails are known; empty: there are none (yet)
    qint64 startsAtMs = -1; ///< expected start, UTC since 1970; -1: not known

    friend bool operator==(const PlaylistEntry &, const PlaylistEntry &) = default;

    static PlaylistEntry fromJson(const QJsonObject &object);
};

std::vector<PlaylistEntry> playlistFromJson(const QJsonArray &items);

} // namespace continuo
