// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proof/statworker.h"

#include <QObject>
#include <QSet>
#include <QTimer>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace continuo {

/// What shares a path's disk or share, as far as its name tells.
QString folderOf(const QString &path);

/// Looks at files, the most urgent first, on the threads of StatWorkers: one, as long as it
/// answers. One that hangs (a share whose server is dead) is left to itself, its file is told as
/// not answering, and another goes on with the rest. Owner thread: main.
class FileLooker final : public QObject {
    Q_OBJECT
public:
    /// \p most: workers that may hang at the same time; after that nothing is looked at until one
    /// of them is back. \p look is for tests.
    explicit FileLooker(int most, StatWorker::Look look = &FileState::of,
                        QObject *parent = nullptr);

    enum class Place { First, Last };
    /// Answered by looked() or hung(). A path is asked for once at a time.
    void ask(const QString &path, Place place);
    /// Asks no more for what is in \p folder, and was not answered; gives what that was.
    std::vector<QString> takeOut(const QString &folder);
    bool isBusy() const { return !m_queue.empty() || !m_asked.empty(); }
    int hanging() const { return int(m_lost.size()); }
    void setPatience(std::chrono::milliseconds time) { m_patience = time; }

Q_SIGNALS:
    void looked(const QString &path, const continuo::FileState &state);
    void hung(const QString &path); ///< nobody could look at it within the patience
    void cameBack(const QString &path); ///< it can be looked at now

private:
    struct Lost {
        std::shared_ptr<StatWorker> worker;
        QString path;
    };

    void startWorker();
    void feed();
    void onAnswers(const StatWorker *worker, const StatWorker::Answers &answers);
    void judge();

    const int m_most;
    const StatWorker::Look m_look;
    std::chrono::milliseconds m_patience{5000};
    std::deque<QString> m_queue;
    std::shared_ptr<StatWorker> m_worker;
    std::deque<QString> m_asked; // of m_worker, and not answered
    std::chrono::steady_clock::time_point m_since; // it has answered nothing
    std::chrono::steady_clock::time_point m_judgedAt;
    std::vector<Lost> m_lost;
    QTimer m_judge;
};

} // namespace continuo
