// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/statworker.h"

#include <QFile>
#include <QMetaObject>
#include <QObject>

#include <pthread.h>
#include <sys/stat.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace continuo {

FileState FileState::of(const QString &path)
{
    FileState state;
    struct stat info { };
    if (::stat(QFile::encodeName(path).constData(), &info) < 0) {
        state.error = errno;
        return state;
    }
    state.exists = true;
    state.sizeBytes = info.st_size;
    state.modifiedNs = qint64(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
    state.device = qint64(info.st_dev);
    state.inode = qint64(info.st_ino);
    return state;
}

struct StatWorker::Shared {
    const Handler handler;
    const Look look;
    std::mutex mutex;
    std::condition_variable wake;
    // Guarded by mutex:
    QObject *receiver; // null once nobody wants answers any more
    std::deque<QString> asked;
    Answers answers; // a delivery is on its way while there are some

    Shared(QObject *to, Handler onAnswers, Look lookAt)
        : handler(std::move(onAnswers))
        , look(std::move(lookAt))
        , receiver(to)
    {
    }

    static void run(const std::shared_ptr<Shared> &shared);
    void deliver();
};

void StatWorker::Shared::run(const std::shared_ptr<Shared> &shared)
{
    ::pthread_setname_np(::pthread_self(), "stat");
    std::unique_lock lock(shared->mutex);
    for (;;) {
        shared->wake.wait(lock, [&] { return !shared->receiver || !shared->asked.empty(); });
        if (!shared->receiver)
            return;
        const QString path = std::move(shared->asked.front());
        shared->asked.pop_front();
        lock.unlock();
        const FileState state = shared->look(path); // may hang: see the class comment
        lock.lock();
        if (!shared->receiver)
            return;
        shared->answers.push_back({path, state});
        // One call for all that is answered until it is handled: an edit asks for the whole list.
        if (shared->answers.size() == 1)
            QMetaObject::invokeMethod(
                shared->receiver, [shared] { shared->deliver(); }, Qt::QueuedConnection);
    }
}

void StatWorker::Shared::deliver()
{
    Answers answered;
    {
        const std::lock_guard lock(mutex);
        if (!receiver)
            return;
        answered.swap(answers);
    }
    handler(answered);
}

StatWorker::StatWorker(QObject *receiver, Handler handler, Look look)
    : m_shared(std::make_shared<Shared>(receiver, std::move(handler), std::move(look)))
{
    std::thread([shared = m_shared] { Shared::run(shared); }).detach();
}

StatWorker::~StatWorker()
{
    {
        const std::lock_guard lock(m_shared->mutex);
        m_shared->receiver = nullptr;
    }
    m_shared->wake.notify_one();
}

void StatWorker::ask(const QString &path)
{
    {
        const std::lock_guard lock(m_shared->mutex);
        m_shared->asked.push_back(path);
    }
    m_shared->wake.notify_one();
}

} // namespace continuo
