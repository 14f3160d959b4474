// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/childprocess.h"
#include "core/base/messagesocket.h"
#include "core/encoder/encodersettings.h"

#include <QJsonObject>
#include <QMap>
#include <QString>
#include <QTemporaryDir>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

namespace continuo::test {

/// Number of bars in the picture: bit i of the frame number is bar i, white for 1.
constexpr int kBars = 20;

/// Feeds one real ffmpeg with numbered pictures through real FIFOs, as the engine does.
class EncoderSession final {
public:
    enum class Pace { RealTime, Unpaced };

    /// Makes the FIFOs in \p folder and starts ffmpeg and the feeding of frames \p first to
    /// \p end - 1, after which the input is closed. \p codecOptions come after the usual ones.
    EncoderSession(const QString &folder, int number, const EncoderSettings &settings, qint64 first,
                   qint64 end, Pace pace, const QStringList &codecOptions = {});
    ~EncoderSession();

    int number() const { return m_number; }
    qint64 firstFrame() const { return m_first; }
    QString fifoOut() const { return m_fifoOut; }
    QString log() const { return m_log; }
    /// SIGKILL, and waits for the end.
    void kill();
    /// Waits until ffmpeg has ended by itself.
    bool waitForEnd(std::chrono::milliseconds timeout);
    void stopFeeding() { m_stop = true; }

private:
    void feed();

    const int m_number;
    const EncoderSettings m_settings;
    const qint64 m_first;
    const qint64 m_end;
    const Pace m_pace;
    QString m_fifoIn;
    QString m_fifoOut;
    QString m_log;
    ChildProcess m_ffmpeg;
    std::atomic<bool> m_stop = false;
    std::thread m_feeder;
};

/// A running continuo-publisher and the engine's end of its socket.
class PublisherProcess final {
public:
    explicit PublisherProcess(const QString &log);
    ~PublisherProcess();

    bool isRunning() const { return m_child.isValid() && !m_child.hasEnded(); }
    pid_t pid() const { return m_child.pid(); }
    ChildProcess &child() { return m_child; }
    void send(const QJsonObject &message, const std::vector<int> &fds = {});
    /// Takes what has come so far into the values below.
    void poll();
    void closeControl() { m_socket.close(); }

    qint64 acked = -1;
    QJsonObject lastAck;
    QMap<int, QJsonObject> ended; ///< session_ended by session
    QMap<QString, QJsonObject> destinations; ///< the newest state by id
    QList<QJsonObject> failures; ///< session_failed
    QJsonObject resumed; ///< the answer to "channel"
    QJsonObject report;
    QJsonObject alive; ///< the newest
    QList<QJsonObject> all; ///< every message, in order

    QString state(const QString &id) const;

private:
    ChildProcess m_child;
    MessageSocket m_socket;
};

/// A channel under test: a folder, a publisher that knows the format, and what an engine says to
/// it.
class TestChannel final {
public:
    enum class Mode { Paced, Unpaced };
    enum class Journal { None, Kept };

    TestChannel(const HouseFormat &format, Mode mode, Journal journal = Journal::None);
    ~TestChannel();

    QString path(const QString &name) const { return m_dir.filePath(name); }
    void send(const QString &name, const QJsonObject &body) { publisher->send({{name, body}}); }
    void add(const QJsonObject &destination)
    {
        m_destinations.append(destination);
        send(QStringLiteral("add_destination"), destination);
    }
    /// Ends the publisher with \p signal and starts another with the same journal and destinations,
    /// as the engine does; the first frame that it wants, -1 when it does not answer.
    qint64 replacePublisher(int signal = SIGKILL);
    /// HLS with all segments and rec.mkv, rec.mp4, rec.ts.
    void addAllFiles();
    /// Starts ffmpeg on frames \p first to \p end - 1 and tells the publisher.
    std::unique_ptr<EncoderSession> open(int number, qint64 first, qint64 end,
                                         EncoderSession::Pace pace);
    bool hasEnded(int session);
    qint64 nextFrame(int session) const;
    QString state(const QString &id);
    qint64 acked();
    void finish() { publisher->send({{QStringLiteral("finish"), true}}); }
    /// True when the publisher has exited with 0.
    bool hasExitedWell();
    /// All that the publisher wrote to its log and its standard error.
    QByteArray log() const;

    EncoderSettings settings;
    QStringList codecOptions; ///< of the sessions that are opened
    std::unique_ptr<PublisherProcess> publisher;

private:
    void startPublisher();

    const Mode m_mode;
    UniqueFd m_journal;
    QList<QJsonObject> m_destinations;
    QTemporaryDir m_dir;
};

} // namespace continuo::test
