// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelpictures.h"

#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

namespace continuo {

/// How a part of the chain does; each is shown by a shape and a word, never by colour alone.
enum class Health {
    Idle, ///< not running, and not meant to
    Good,
    Waiting, ///< on its way: connecting, starting, retrying
    Fault,
};

/// What a channel is doing, from the status' "state"; Unknown while the engine is not connected.
enum class ChannelPhase { Off, Starting, OnAir, Slate, Stopping, Failed, Unknown };

/// What a destination is doing, from its "state".
enum class DestinationPhase { Off, Connecting, Running, Retrying, Failed, Ended };

struct PipeState {
    qint64 bytes = 0;
    qint64 capacity = 0; ///< 0: there is no pipe at the moment

    friend bool operator==(const PipeState &, const PipeState &) = default;
    double fraction() const; ///< 0 to 1
};

struct DestinationState {
    QString id;
    QString type; ///< "hls", "file", "rtmp"
    QString target;
    QString address; ///< where a viewer finds it, when it is known
    QString detail; ///< English, from the engine
    DestinationPhase phase = DestinationPhase::Connecting;
    qint64 bytes = 0;

    friend bool operator==(const DestinationState &, const DestinationState &) = default;
};

/// By how much the sound of an item is raised or lowered.
struct ItemGain {
    std::optional<double> gainDb; ///< nothing: not known yet
    bool isEstimated = false; ///< by its player while it plays, for want of a measurement

    friend bool operator==(const ItemGain &, const ItemGain &) = default;
    /// "gain" and "estimated" of an item; nothing where \p value is no such object.
    static std::optional<ItemGain> fromJson(const QJsonValue &value);
};

struct AiringItem {
    QString id;
    QString title;
    qint64 positionMs = 0;
    qint64 remainingMs = -1; ///< -1: not known
    std::optional<ItemGain> gain = {}; ///< nothing: its sound stays as it is

    friend bool operator==(const AiringItem &, const AiringItem &) = default;
    double progress() const; ///< 0 to 1
};

struct NextItem {
    QString id;
    QString title;
    bool cued = false; ///< its first frames are decoded

    friend bool operator==(const NextItem &, const NextItem &) = default;
};

/// How loud the programme is by EBU R 128, as it goes to the encoder.
struct LoudnessState {
    std::optional<double> target; ///< LUFS, what items are brought to; nothing: left as they are
    bool isMeasured = false; ///< the engine has a meter at it
    bool isEarly = false; ///< it is not on air for long enough to be judged
    std::optional<double> momentary; ///< of 400 ms, LUFS
    std::optional<double> shortTerm; ///< of 3 s, LUFS
    std::optional<double> integrated; ///< since it went on air, LUFS
    std::optional<double> truePeak; ///< the highest since then, dBTP

    friend bool operator==(const LoudnessState &, const LoudnessState &) = default;
    /// By how much the programme so far misses its target, LU; nothing while that is not to be
    /// told.
    std::optional<double> offTarget() const;
    /// Peaks are higher than EBU R 128 permits.
    bool hasHighPeaks() const;
};

/// A part of the chain that is a process of its own.
struct ProcessState {
    QString state; ///< as the engine names it: "off", "starting", "running", "failed"…
    qint64 pid = 0;

    friend bool operator==(const ProcessState &, const ProcessState &) = default;
};

/// One channel as the engine last measured it (docs/protocols.md, section 5).
struct ChannelState {
    QString name;
    ChannelPhase phase = ChannelPhase::Off;
    QString detail; ///< English, from the engine: why it failed
    int width = 0;
    int height = 0;
    QString fps; ///< "30" or "30000/1001"
    bool isLoop = false;
    LoudnessState loudness;
    QStringList languages; ///< of the sound, best first
    std::optional<LogoState> logo;
    SlateState slate;
    std::optional<EmergencyState> emergency; ///< nothing: none is set
    qint64 frame = 0; ///< frame that is being aired
    qint64 ackedFrame = 0; ///< all before it have left the publisher
    std::optional<AiringItem> item;
    std::optional<NextItem> next;
    PipeState pipeIn;
    PipeState pipeOut;
    qint64 storeFrames = 0; ///< decoded ahead of the air
    qint64 lateFrames = 0;
    qint64 heldFrames = 0;
    qint64 droppedFrames = 0;
    ProcessState encoder;
    double encoderFps = 0;
    double encoderSpeed = 0; ///< 1.0: keeps up with real time
    qint64 encoderBitrate = 0; ///< bits per second, 0: not known
    ProcessState publisher;
    ProcessState player; ///< the one whose frames are wanted now
    bool isPreviewShed = false; ///< the machine cannot keep up: no pictures for the console
    qint64 overloadDropped = 0; ///< frames dropped since the machine cannot keep up
    std::vector<DestinationState> destinations;

    friend bool operator==(const ChannelState &, const ChannelState &) = default;

    /// Fields that are absent keep their defaults; unknown ones are passed over.
    static ChannelState fromJson(const QJsonObject &object);

    /// The same channel with nothing known of it: what was measured before the line to the engine
    /// ended is not true any more.
    ChannelState forgotten() const;

    /// Something of this channel goes out: items, or the slate.
    bool isAiring() const;
    /// It was started and has not been stopped. Failed is among these: nothing comes out, and the
    /// engine tries again by itself, so it can be stopped and not started.
    bool isGoing() const;
    /// The slate is shown though it is an item's turn: that one gives no frames.
    bool isSlateInPlaceOfItem() const;
    /// What goes out as the slate is the emergency clip.
    bool isEmergencyOnAir() const;
    /// Another item can be put on air now: Skip and Take do something.
    bool canTake() const;
    /// Destinations that took bytes in the last second.
    int runningDestinations() const;
    /// Frames between the air and what the publisher has handed on.
    qint64 framesBehind() const;
};

Health healthOf(ChannelPhase phase);
Health healthOf(DestinationPhase phase);
Health healthOf(const ProcessState &process);
/// Waiting while it runs but does not keep up with real time.
Health healthOfEncoder(const ChannelState &channel);
/// Idle while there is nothing to judge it by.
Health healthOf(const LoudnessState &loudness);
Health healthOf(LogoPhase phase);
/// The worst of a channel's destinations; Idle without any.
Health healthOfDestinations(const ChannelState &channel);

} // namespace continuo
