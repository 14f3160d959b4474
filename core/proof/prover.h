// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QObject>
#include <QProcess>
#include <QString>

#include <chrono>
#include <memory>

namespace continuo {

/// One `continuo-player --prove` at the lowest priority (docs/protocols.md, section 2). Owner
/// thread: main.
class Prover final : public QObject {
    Q_OBJECT
public:
    /// How it does, by what it reads and by its processor time.
    enum class Pace {
        Moving,
        NoBytes, ///< neither moves: it waits for its file (or somebody has stopped it)
        NoProgress, ///< it works, and has read nothing for as long as a minute of that
    };

    /// When the disk serves it.
    enum class Reads {
        WhenIdle, ///< when nobody else wants it, which on a busy disk may be in ten seconds
        InTurn, ///< behind the others
    };

    /// \p tiers as `--tiers` takes them.
    Prover(const QString &path, const QString &tiers, Reads reads, QObject *parent = nullptr);
    /// Kills it; does not wait for one that no signal ends.
    ~Prover() override;

    void start();
    void rest(); ///< stands still until goOn()
    void goOn();
    bool isResting() const { return m_isResting; }
    /// To be asked a few times a second.
    Pace pace(std::chrono::milliseconds patience);
    void kill() { m_process->kill(); }
    qint64 pid() const { return m_process->processId(); } ///< 0: it has ended
    const QString &path() const { return m_path; }

Q_SIGNALS:
    void told(const QJsonObject &line);
    void ended(); ///< by itself: all is told
    void crashed(const QString &how); ///< "was killed by signal 11"
    void notStarted();

private:
    void onOutput();
    void onFinished(int code, QProcess::ExitStatus status);

    const QString m_path;
    const QString m_tiers;
    std::unique_ptr<QProcess> m_process;
    bool m_isResting = false;
    qint64 m_bytes = -1;
    qint64 m_ticks = -1;
    qint64 m_ticksAtBytes = 0; // when the last byte was read
    std::chrono::steady_clock::time_point m_movedAt;
    std::chrono::steady_clock::time_point m_askedAt;
};

} // namespace continuo
