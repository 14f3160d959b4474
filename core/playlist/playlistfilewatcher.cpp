// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/playlistfilewatcher.h"

#include "core/base/logging.h"
#include "core/playlist/listfile.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>

#include <sys/inotify.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kSettleTime = 150ms;
constexpr auto kPatience = 1000ms; // for what looks unfinished
constexpr auto kSlowLook = 2000ms;

} // namespace

/// What tells two states of a file apart without reading it.
struct PlaylistFileWatcher::Identity {
    bool exists = false;
    quint64 inode = 0;
    qint64 size = 0;
    qint64 seconds = 0;
    qint64 nanoseconds = 0;

    explicit Identity(const QString &path)
    {
        struct stat info = {};
        if (::stat(QFile::encodeName(path).constData(), &info) < 0)
            return;
        exists = true;
        inode = info.st_ino;
        size = info.st_size;
        seconds = info.st_mtim.tv_sec;
        nanoseconds = info.st_mtim.tv_nsec;
    }
    friend bool operator==(const Identity &, const Identity &) = default;
};

PlaylistFileWatcher::PlaylistFileWatcher(QString path, QObject *parent)
    : QObject(parent)
    , m_path(std::move(path))
{
    m_settle.setSingleShot(true);
    m_look.setInterval(kSlowLook);
    connect(&m_settle, &QTimer::timeout, this, &PlaylistFileWatcher::settle);
    connect(&m_look, &QTimer::timeout, this, &PlaylistFileWatcher::lookAtIdentity);
}

PlaylistFileWatcher::~PlaylistFileWatcher() = default;

QByteArray PlaylistFileWatcher::contentHash(const QByteArray &bytes)
{
    return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256);
}

void PlaylistFileWatcher::start()
{
    m_identity = std::make_unique<Identity>(m_path);
    watchFolder();
    m_look.start();
    if (!m_identity->exists)
        onSign();
    if (!m_knownHash.isEmpty())
        return;
    if (const Result<QByteArray> bytes = readListFile(m_path))
        noteContent(bytes.value());
}

void PlaylistFileWatcher::noteContent(const QByteArray &bytes)
{
    m_knownHash = contentHash(bytes);
    m_missingSaid = false;
    m_unreadableSaid.clear();
}

void PlaylistFileWatcher::noteOwnReplacement()
{
    if (m_identity)
        *m_identity = Identity(m_path);
}

void PlaylistFileWatcher::watchFolder()
{
    if (!m_inotify.isValid()) {
        m_inotify.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
        if (!m_inotify.isValid()) {
            // Out of instances (fs.inotify.max_user_instances): the slow look has to do, faster.
            qCWarning(lcStation, "cannot watch %s at once (%s); looking twice a second",
                      qUtf8Printable(m_path), std::strerror(errno));
            m_look.setInterval(500ms);
            return;
        }
        m_notifier
            = std::make_unique<QSocketNotifier>(m_inotify.get(), QSocketNotifier::Read, nullptr);
        connect(m_notifier.get(), &QSocketNotifier::activated, this,
                &PlaylistFileWatcher::readEvents);
    }
    m_watch = ::inotify_add_watch(m_inotify.get(),
                                  QFile::encodeName(QFileInfo(m_path).absolutePath()).constData(),
                                  IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM
                                      | IN_CREATE | IN_DELETE | IN_ONLYDIR);
}

void PlaylistFileWatcher::readEvents()
{
    const QByteArray name = QFile::encodeName(QFileInfo(m_path).fileName());
    alignas(inotify_event) std::array<char, 16 * 1024> buffer;
    while (true) {
        const ssize_t got = ::read(m_inotify.get(), buffer.data(), buffer.size());
        if (got <= 0)
            return; // EAGAIN: all read
        for (const char *at = buffer.data(); at < buffer.data() + got;) {
            inotify_event event;
            std::memcpy(&event, at, sizeof event);
            const char *eventName = at + sizeof event;
            at += sizeof event + event.len;
            if ((event.mask & IN_IGNORED) != 0) {
                m_watch = -1; // the folder itself went; the slow look tries again
                onSign();
            } else if ((event.mask & IN_Q_OVERFLOW) != 0) {
                onSign();
            } else if (event.len > 0 && name == eventName) {
                onEvent(event.mask);
            }
        }
    }
}

void PlaylistFileWatcher::onEvent(quint32 mask)
{
    m_writerOpen = (mask & IN_MODIFY) != 0;
    // We never write into the file, only rename over it: such an event with the very file that we
    // put there is the echo of that.
    const bool written = (mask & (IN_MODIFY | IN_CLOSE_WRITE)) != 0;
    if (written || !(*m_identity == Identity(m_path)))
        onSign();
}

void PlaylistFileWatcher::onSign()
{
    m_lastSign.start();
    m_settle.start(kSettleTime);
}

void PlaylistFileWatcher::lookAtIdentity()
{
    if (m_watch < 0)
        watchFolder();
    if (!m_settle.isActive() && !(*m_identity == Identity(m_path)))
        onSign();
}

bool PlaylistFileWatcher::isComplete(const QByteArray &bytes) const
{
    return !m_writerOpen && (bytes.endsWith('\n') || bytes.endsWith('\r'));
}

void PlaylistFileWatcher::settle()
{
    const bool patient = m_lastSign.elapsed() < kPatience.count();
    const auto lookAgain = [this] { m_settle.start(50ms); };
    Identity identity(m_path);
    if (!identity.exists) {
        if (patient)
            return lookAgain();
        *m_identity = identity;
        if (!std::exchange(m_missingSaid, true))
            Q_EMIT fileMissing();
        return;
    }
    const Result<QByteArray> read = readListFile(m_path);
    if (!read) {
        const ErrorCode code = read.error().code;
        const bool mayPass = code != ErrorCode::Unsupported && code != ErrorCode::NoSpace;
        if (mayPass && patient)
            return lookAgain();
        *m_identity = identity;
        if (std::exchange(m_unreadableSaid, read.error().detail) != read.error().detail)
            Q_EMIT fileUnreadable(read.error());
        return;
    }
    const QByteArray &bytes = read.value();
    if (!isComplete(bytes) && patient)
        return lookAgain();
    m_writerOpen = false;
    *m_identity = identity;
    m_missingSaid = false;
    m_unreadableSaid.clear();
    QByteArray hash = contentHash(bytes);
    if (hash == m_knownHash)
        return;
    m_knownHash = std::move(hash);
    Q_EMIT fileChanged(bytes);
}

} // namespace continuo
