// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/publish/packetqueue.h"
#include "core/publish/sink.h"

#include <QString>

#include <functional>
#include <mutex>
#include <thread>

namespace continuo {

/// What a destination does, measured in its own thread.
struct DestinationStatus {
    enum class State { Connecting, Running, Retrying, Failed, Ended };

    State state = State::Connecting;
    std::optional<Error> error; ///< why it is retrying or has failed
    QString note;
    QString address;
    qint64 bytes = 0; ///< written out
    qint64 frame = -1; ///< the last one taken
    qint64 lostFrames = 0; ///< missing in its output: dropped here or refused there
};

/// "connecting", "running", … as in the protocol.
QString stateName(DestinationStatus::State state);

/// One destination: a sink with a queue and a thread of its own, so that whatever it waits for
/// stops nobody else. Owned by one thread; push() comes from the reader's.
class Destination final {
public:
    struct Settings {
        QString id;
        PacketQueue::Limits queue;
        /// Between two tries to connect.
        std::chrono::milliseconds retryDelay{2000};
        /// After finish(), for what is still waiting.
        std::chrono::milliseconds finishDeadline{8000};
        /// On connecting, start with the newest group of pictures that waits.
        bool startsAtNewest = false;
        /// Goes on with what a killed publisher left: takes nothing before preload().
        bool isResumed = false;
    };

    /// Starts the thread. \p changed is called from it whenever the state changes.
    Destination(Settings settings, std::unique_ptr<Sink> sink, std::function<void()> changed);
    /// Interrupts what runs and joins.
    ~Destination();
    Destination(const Destination &) = delete;
    Destination &operator=(const Destination &) = delete;

    const QString &id() const { return m_settings.id; }
    void push(const TimelinePacketPtr &packet) { m_queue.push(packet); }
    /// Packets of before, which may overlap with those pushed since.
    void preload(const TimelineBatch &packets) { m_queue.preload(packets); }
    /// finish() is to leave open what another publisher will go on with.
    void leaveOpen() { m_sink->leaveOpen(); }
    /// No more packets: sends those that wait, ends cleanly, then the state is Ended.
    void finish();
    /// Called from time to time after finish(): cuts short what takes longer than its deadline.
    void enforceDeadline();
    bool hasEnded() const;
    DestinationStatus status() const;

private:
    using Clock = std::chrono::steady_clock;

    void run();
    bool prepare();
    void take(const TimelinePacketPtr &packet);
    bool isWanted(const TimelinePacket &packet);
    void handleFailure(const Error &error);
    void setState(DestinationStatus::State state, std::optional<Error> error = {});

    const Settings m_settings;
    const std::unique_ptr<Sink> m_sink;
    const std::function<void()> m_changed;
    PacketQueue m_queue;
    std::optional<Clock::time_point> m_finishBy; // owner's thread
    std::atomic<bool> m_isFinishing = false;
    std::atomic<bool> m_hasEnded = false;
    mutable std::mutex m_mutex;
    DestinationStatus m_status; // guarded by m_mutex
    // The destination's thread only:
    bool m_isPrepared = false;
    bool m_hasBegun = false; // a key frame went out since prepare()
    bool m_hasTried = false;
    bool m_hasResumed = false;
    std::optional<Sink::ResumePoint> m_resume; // until the first packet
    qint64 m_soundFrom = 0; // pts of sound that is sent, at least
    std::optional<qint64> m_lastDts; // taken, of video; none comes twice
    std::optional<qint64> m_lastSample;
    Clock::time_point m_retryAt;
    Clock::time_point m_preparedAt;
    int m_failuresInARow = 0;
    std::thread m_thread; // last
};

} // namespace continuo
