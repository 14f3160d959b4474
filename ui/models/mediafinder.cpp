// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/mediafinder.h"

#include <mutex>
#include <thread>

namespace continuo {

// Shared with the threads, which may outlive the finder: a folder on a dead share blocks for
// minutes, and closing the window must not wait for it. Hence detached threads.
struct MediaFinder::Mailbox {
    std::atomic_bool stop = false;
    std::mutex mutex;
    MediaFinder *finder = nullptr; // guarded by mutex; nullptr once it has gone
};

MediaFinder::MediaFinder(QObject *parent)
    : QObject(parent)
    , m_mailbox(std::make_shared<Mailbox>())
{
    m_mailbox->finder = this;
}

MediaFinder::~MediaFinder()
{
    m_mailbox->stop = true;
    const std::lock_guard lock(m_mailbox->mutex);
    m_mailbox->finder = nullptr;
}

void MediaFinder::find(const QList<QUrl> &urls, const DropPlace &place)
{
    std::thread([mailbox = m_mailbox, urls, place] {
        const MediaFiles files = findMediaFiles(urls, mailbox->stop);
        const std::lock_guard lock(mailbox->mutex);
        MediaFinder *finder = mailbox->finder;
        if (!finder)
            return;
        QMetaObject::invokeMethod(
            finder, [finder, files, place] { Q_EMIT finder->found(files, place); },
            Qt::QueuedConnection);
    }).detach();
}

} // namespace continuo
