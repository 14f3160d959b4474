// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <sys/types.h>

#include <map>
#include <vector>

namespace continuo {

struct SoakOptions {
    quint32 seed = 1;
    qint64 frames = 1800; ///< of air
    int height = 360;
    bool isPaced = true;
    /// Roles to kill: player, encoder, publisher, console, keeper, engine (when paced).
    QStringList faults;
};

// How far from a held frame the sound pauses and the next item's join is moved: an AAC packet is
// not two thirds of a frame, and a fade is in one; half a second is well clear of anything else.
inline constexpr qint64 kNearFrames = 15;
// Around a take-over: what an encoder can have in it, and some.
inline constexpr qint64 kTakeOverFrames = 150;

/// What was done to a station, and what was seen of it meanwhile.
struct SoakRecord {
    struct Sample {
        qint64 memory = 0; ///< bytes, proportional, of all processes of the role
        int descriptors = 0; ///< of the one that has most
        int processes = 0;
        bool isSettled = true; ///< the channel was not just begun or taken over
    };
    /// Where frames were shown again: behind frame from, and not behind to.
    struct Hold {
        qint64 from = 0;
        qint64 to = 0;
        qint64 frames = 0; ///< as counted by the engine
    };
    struct PlayerKill {
        qint64 frame = 0;
        int machineBefore = 0; ///< frames that the machine itself had made late by then
        qint64 allowed = 0; ///< of held
        qint64 held = 0;
    };
    struct TakeOver {
        qint64 from = 0; ///< the frames that it can have to do with
        qint64 to = 0;
    };
    struct Life {
        QString role;
        std::vector<int> descriptors;
    };

    qint64 first = 0; // frames
    qint64 last = 0;
    qint64 airedMs = 0;
    int edits = 0;
    std::map<QString, int> kills;
    qint64 longestTakeOverMs = 0;

    qint64 held = 0; // as counted by the engine
    qint64 strayHeld = 0; // of these, those that no killed player explains
    std::vector<Hold> holds;
    std::vector<PlayerKill> playerKills;
    std::vector<TakeOver> takeOvers;
    QStringList late; // in words, where frames were late

    std::map<QString, std::vector<Sample>> samples; // by role
    std::vector<Sample> consoles; // each just before it was killed
    std::vector<int> strayPlayers; // how many more there were than the channel knew of
    std::map<pid_t, Life> lives;
};

} // namespace continuo
