// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/eventfd.h"
#include "core/publish/epochs.h"
#include "core/publish/fanout.h"
#include "core/publish/outbox.h"
#include "core/publish/secretlog.h"
#include "core/publish/sessionreader.h"
#include "core/publish/streamjournal.h"

#include <QJsonObject>

#include <chrono>

namespace continuo {

/// The publisher of one channel: takes the engine's messages (docs/protocols.md, section 3), reads
/// encoder sessions, feeds the destinations and tells the engine what is out. Owned by one thread,
/// which calls handle() for each message and tick() whenever wakeFd() is readable and four times a
/// second.
class Publisher final {
public:
    /// Messages go out over \p socket, which must outlive this. Errors: Io.
    static Result<std::unique_ptr<Publisher>> create(const MessageSocket &socket);
    ~Publisher();
    Publisher(const Publisher &) = delete;
    Publisher &operator=(const Publisher &) = delete;

    void handle(const QJsonObject &message, std::vector<UniqueFd> fds = {});
    void tick();
    int wakeFd() const { return m_wake.fd(); }
    enum class Ending {
        Clean, ///< the channel ends, and its lists say so
        GoesOn, ///< only this process ends: lists stay open for the next
    };
    /// No more sessions: reads what the encoder has left, waiting for its end at most
    /// \p patience, then ends all destinations.
    void finish(Ending ending, std::chrono::milliseconds patience = {});
    bool isFinishing() const { return m_ending.has_value(); }
    bool isDone() const; ///< after finish(): all is ended
    /// Says of each destination that has not ended that it has failed: nobody waits for it longer.
    void giveUpDestinations();

private:
    using Clock = std::chrono::steady_clock;

    struct Channel {
        QString name;
        FrameRate rate;
        int gop = 60;
        int videoBitrate = 0; // bits per second
        int audioBitrate = 0;
        bool isUnpaced = false;
    };
    // How far all has come.
    struct Progress {
        qint64 firstFrame = -1; // of the session
        qint64 nextFrame = -1; // of the channel, whether a session is open or not
        std::optional<qint64> nextSample;
        qint64 bytes = 0; // released by this process
        QJsonObject lastAck;
    };
    struct Entry {
        std::shared_ptr<Destination> destination;
        std::unique_ptr<SecretGuard> secret; // guards the key as long as the destination lives
        QJsonObject lastSent;
        bool isRemoved = false; // not to be finished only, but forgotten
        bool isOver = false; // its last state has been sent
    };

    Publisher(const MessageSocket &socket, EventFd wake);

    void onChannel(const QJsonObject &body);
    void takeJournal(UniqueFd fd);
    void onReport();
    void onOpenSession(const QJsonObject &body);
    void onCloseSession(const QJsonObject &body);
    void onAddDestination(const QJsonObject &body);
    void onRemoveDestination(const QJsonObject &body);
    Result<Entry> makeDestination(const QJsonObject &body);

    void onReleased(int session, TimelineBatch batch, qint64 nextFrame,
                    const SessionProgress &progress); // reader's thread
    void collectSessionEnd();
    void sendSessionEnded(const SessionEnd &end);
    void sendSessionFailed(int session, const Error &error);
    void sendDestinations(bool all);
    void sendAlive();
    void finishDestinations();

    EventFd m_wake;
    Outbox m_outbox;
    Fanout m_fanout;
    std::optional<Channel> m_channel;
    std::shared_ptr<Epochs> m_epochs;
    std::shared_ptr<StreamJournal> m_journal; // null without one
    std::vector<Entry> m_entries;
    std::unique_ptr<SessionReader> m_reader;
    std::mutex m_endMutex;
    std::optional<SessionEnd> m_pendingEnd; // guarded by m_endMutex
    std::optional<SessionEnd> m_lastEnd;
    qint64 m_nextFrame = -1; // of the channel; -1 before the first session
    std::optional<qint64> m_nextSample;
    std::mutex m_progressMutex;
    Progress m_progress; // guarded by m_progressMutex
    std::optional<Ending> m_ending;
    std::optional<Clock::time_point> m_closeReaderAt;
    std::vector<UniqueFd> m_fds; // of the message that is being handled
    Clock::time_point m_nextReport;
};

} // namespace continuo
