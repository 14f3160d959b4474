// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/childprocess.h"
#include "core/base/keeperclient.h"
#include "core/base/messagesocket.h"
#include "core/channel/destinationsettings.h"
#include "core/channel/encoderfeed.h"
#include "core/channel/inheritance.h"
#include "core/channel/publisherreader.h"
#include "core/channel/stalldetector.h"
#include "core/encoder/encodersettings.h"
#include "core/frames/retainedframes.h"
#include "core/pipe/fifo.h"
#include "core/playout/frameclock.h"

#include <QHash>
#include <QJsonObject>
#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <deque>
#include <memory>
#include <optional>

namespace continuo {

struct ChainOptions {
    QString channel;
    EncoderSettings encoder;
    QString runtimeFolder; ///< for the FIFOs
    QString logFolder;
    bool isPaced = true;
};

/// What was measured at the far end of the encoder.
struct ChainStatus {
    /// off, starting, running, restarting, failed; stuck: no progress though it has work
    QString encoderState = QStringLiteral("off");
    pid_t encoderPid = 0;
    int session = 0;
    double encoderFps = 0; ///< frames acknowledged a second, over the last seconds
    double bitrate = 0; ///< bits per second of programme time
    std::int64_t acknowledged = 0; ///< all frames below this have left the publisher's hold
    std::chrono::milliseconds silence{0}; ///< since that moved
    QString publisherState = QStringLiteral("off"); ///< off, starting, running, stuck: silent
    pid_t publisherPid = 0;
    PipeLevel pipeIn;
    PipeLevel pipeOut;
    QHash<QString, QJsonObject> destinations; ///< by id, as the publisher reports them
};

/// From the retained frames to the destinations: one encoder session after the other, and the
/// publisher. Owner thread: main.
///
/// When a neighbour dies, or is stuck (StallDetector), there is one recovery: the encoder is
/// killed, the publisher says (or the one that follows it reads in the packet journal) which frame
/// is the first that is not released, and a new session is fed every frame from there. When the
/// engine dies, encoder and publisher go on; the next engine's chain takes them over where they
/// are.
class Chain final : public QObject {
    Q_OBJECT
public:
    Chain(ChainOptions options, std::shared_ptr<RetainedFrames> retained, KeeperLink *keeper);
    ~Chain() override;

    /// Starts publisher and encoder; the first frame is retained->nextNumber().
    Result<void> start(const std::vector<DestinationSettings> &destinations);
    /// Goes on with what a dead engine left. The frames that are retained begin where \p left says
    /// that they are wanted.
    Result<void> takeOver(Inheritance left, const std::vector<DestinationSettings> &destinations);
    /// All frames are in: let everything end cleanly. finished() follows, at most some 35 s later:
    /// twice 10 s for the encoder, 13 s for the publisher.
    void finish();

    void addDestination(const DestinationSettings &destination);
    void removeDestination(const QString &id);
    void setEpoch(const Epoch &epoch);
    void setLogo(const LogoPlan &plan) { m_ledger->setLogo(plan); } ///< for the next engine
    ChainStatus status() const;

Q_SIGNALS:
    void acknowledged(qint64 frame);
    void destinationChanged(const QString &id, const QJsonObject &state);
    /// A plain sentence for log and alarms, with a code for the console.
    void message(const QString &level, const QString &code, const QString &text);
    /// \p count frames are in no output: they were no longer there for a new session.
    void framesLost(qint64 count);
    void finished();

private:
    Result<void> makeJournal();
    Result<void> startPublisher();
    void restartPublisher();
    void watchPublisher(EventFd wake);
    void watchEncoder();
    void openSession(std::int64_t nextFrame);
    void startFeed(EncoderFeed::Request request);
    void adjustDestinations(const QJsonArray &known);
    void onResumed(const QJsonObject &resumed);
    void judgeProgress();
    void holdWithKeeper(const QString &name, int fd);
    void dropFromKeeper(const QString &name);
    void closeSession();
    void onFeedOpened(int session, const std::shared_ptr<UniqueFd> &writeEnd);
    void onFeedEnded(int session, const Result<void> &outcome);
    void onEncoderEnded();
    void onPublisherMessage(const QJsonObject &message);
    void onPublisherEnded();
    void onAcknowledged(const QJsonObject &ack);
    void onSessionEnded(const QJsonObject &ended);
    void replaceSession(const QString &why);
    void failSession(const Error &error);
    void dropWriteEnd();
    void sendToPublisher(const QJsonObject &message, const std::vector<int> &fds = {});
    void giveUpWaiting();
    void endFinished();
    void sendFinish();
    bool hasEnded(const QString &destination) const;
    void removeFifos();
    using Deaths = std::deque<std::chrono::steady_clock::time_point>;
    std::chrono::milliseconds backOff(Deaths &deaths, const QString &who);
    QString fifoPath(const QString &direction) const;

    // With an encoder that ends: to read all that is fed, and then once more to bring it out.
    static constexpr std::chrono::seconds kEncoderPatience{10};

    const ChainOptions m_options;
    const std::shared_ptr<RetainedFrames> m_retained;
    KeeperLink *const m_keeper; // may be null: a station without a keeper
    std::vector<DestinationSettings> m_destinations;
    std::optional<Epoch> m_epoch;

    ChildProcess m_publisher;
    MessageSocket m_control;
    std::unique_ptr<PublisherReader> m_reader; // of m_control, as long as that is open
    std::unique_ptr<QSocketNotifier> m_publisherNotifier;
    bool m_isPublisherReady = false;
    bool m_isResumed = false; // it has said which frame is next
    UniqueFd m_journal; // of packets: what a new publisher goes on from
    std::shared_ptr<Ledger> m_ledger;

    int m_session = 0;
    ChildProcess m_encoder;
    std::unique_ptr<QSocketNotifier> m_encoderNotifier;
    std::unique_ptr<EncoderFeed> m_feed;
    UniqueFd m_writeEnd;
    bool m_isClosing = false; // close_session was sent, session_ended is awaited
    bool m_isFinishing = false;
    bool m_hasGivenUp = false; // of finishing in order
    bool m_isFinishSent = false; // to the publisher that runs
    bool m_isOver = false;
    bool m_hasSessionEnded = false;
    StallDetector m_stall;
    std::int64_t m_publisherWords = 0;
    std::chrono::steady_clock::time_point m_lastWord; // of the publisher
    QTimer m_judge;
    QString m_encoderState = QStringLiteral("off");
    Deaths m_encoderDeaths; // within the last minute
    Deaths m_publisherDeaths;

    struct Progress {
        std::chrono::steady_clock::time_point at;
        std::int64_t frame = 0;
        std::int64_t bytes = 0;
    };
    std::deque<Progress> m_progress; // of this session, the last seconds
    std::int64_t m_acknowledged = 0;
    std::int64_t m_acknowledgedBytes = 0; // of this session
    std::chrono::steady_clock::time_point m_acknowledgedAt = std::chrono::steady_clock::now();
    PipeLevel m_pipeOut;
    QHash<QString, QJsonObject> m_destinationStates;
    QTimer m_patience; // while finishing: who does not end in time is killed
};

} // namespace continuo
