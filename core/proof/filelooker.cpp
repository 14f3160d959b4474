// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/filelooker.h"

#include <algorithm>

using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr std::size_t kAtOnce = 64; // an edit asks for the whole list
constexpr auto kJudgeInterval = 250ms;
constexpr auto kAway = 1s; // so long between two looks at the worker, it was we who stood still

} // namespace

QString folderOf(const QString &path)
{
    return path.left(std::max<qsizetype>(path.lastIndexOf(u'/'), 1));
}

FileLooker::FileLooker(int most, StatWorker::Look look, QObject *parent)
    : QObject(parent)
    , m_most(most)
    , m_look(std::move(look))
{
    m_judge.setInterval(kJudgeInterval);
    connect(&m_judge, &QTimer::timeout, this, &FileLooker::judge);
    startWorker();
}

void FileLooker::ask(const QString &path, Place place)
{
    if (place == Place::First)
        m_queue.push_front(path);
    else
        m_queue.push_back(path);
    feed();
}

std::vector<QString> FileLooker::takeOut(const QString &folder)
{
    std::vector<QString> taken;
    std::erase_if(m_queue, [&](const QString &path) {
        const bool isInside = folderOf(path) == folder;
        if (isInside)
            taken.push_back(path);
        return isInside;
    });
    return taken;
}

void FileLooker::startWorker()
{
    // The handler has to know whose answers they are; the object it is of is not made yet.
    auto self = std::make_shared<StatWorker *>(nullptr);
    m_worker = std::make_shared<StatWorker>(
        this, [this, self](const StatWorker::Answers &answers) { onAnswers(*self, answers); },
        m_look);
    *self = m_worker.get();
}

void FileLooker::feed()
{
    if (!m_worker || !m_asked.empty())
        return;
    m_since = std::chrono::steady_clock::now();
    while (!m_queue.empty() && m_asked.size() < kAtOnce) {
        m_asked.push_back(std::move(m_queue.front()));
        m_queue.pop_front();
        m_worker->ask(m_asked.back());
    }
    if (m_asked.empty()) {
        m_judge.stop();
    } else if (!m_judge.isActive()) {
        m_judgedAt = m_since;
        m_judge.start();
    }
}

void FileLooker::onAnswers(const StatWorker *worker, const StatWorker::Answers &answers)
{
    if (worker != m_worker.get()) {
        // One that hung. What else it was asked another has answered meanwhile.
        const auto lost = std::ranges::find_if(
            m_lost, [worker](const Lost &one) { return one.worker.get() == worker; });
        if (lost == m_lost.end())
            return;
        const QString path = lost->path;
        m_lost.erase(lost);
        if (!m_worker) {
            startWorker();
            feed();
        }
        Q_EMIT cameBack(path);
        return;
    }
    m_since = std::chrono::steady_clock::now();
    for (const auto &[path, state] : answers) {
        m_asked.pop_front();
        Q_EMIT looked(path, state);
    }
    feed();
}

void FileLooker::judge()
{
    const auto now = std::chrono::steady_clock::now();
    if (now - std::exchange(m_judgedAt, now) > kAway)
        m_since = now;
    if (!m_worker || m_asked.empty() || now - m_since < m_patience)
        return;
    const QString path = m_asked.front();
    m_asked.pop_front();
    m_queue.insert(m_queue.begin(), m_asked.begin(), m_asked.end());
    m_asked.clear();
    m_lost.push_back({std::move(m_worker), path});
    m_worker.reset();
    if (hanging() < m_most)
        startWorker();
    Q_EMIT hung(path);
    feed();
}

} // namespace continuo
