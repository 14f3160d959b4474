// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/logging.h"

#include "core/base/uniquefd.h"

#include <QDateTime>
#include <QFile>

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <mutex>

using namespace Qt::StringLiterals;

namespace continuo {

Q_LOGGING_CATEGORY(lcStation, "station", QtInfoMsg)
Q_LOGGING_CATEGORY(lcPlayout, "playout", QtInfoMsg)
Q_LOGGING_CATEGORY(lcEncoder, "encoder", QtInfoMsg)
Q_LOGGING_CATEGORY(lcPublish, "publish", QtInfoMsg)
Q_LOGGING_CATEGORY(lcMedia, "media", QtInfoMsg)
Q_LOGGING_CATEGORY(lcConsole, "console", QtInfoMsg)

namespace {

constexpr qint64 kKeptOfLog = 2 * 1024 * 1024; // by boundLog()

// Qt's message handler is a plain function, so its state has to live here.
struct LogFile {
    std::mutex mutex;
    QString path; // guarded by mutex
    UniqueFd fd; // guarded by mutex
    qint64 bytes = 0; // guarded by mutex
    qint64 maxBytes = 0; // guarded by mutex
};

LogFile &logFile()
{
    static LogFile file;
    return file;
}

void reopen(LogFile &log)
{
    log.fd = UniqueFd(::open(QFile::encodeName(log.path).constData(),
                             O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    log.bytes = log.fd.isValid() ? qint64(::lseek(log.fd.get(), 0, SEEK_END)) : 0;
}

const char *levelName(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return "debug";
    case QtInfoMsg:
        return "info";
    case QtWarningMsg:
        return "warning";
    case QtCriticalMsg:
        return "error";
    case QtFatalMsg:
        return "fatal";
    }
    return "info";
}

void writeLine(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    const QString stamp = QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs);
    const QByteArray line = (stamp + u' ' + QString::fromLatin1(levelName(type)) + u' '
                             + QString::fromLatin1(context.category ? context.category : "default")
                             + u": "_s + text + u'\n')
                                .toUtf8();
    LogFile &log = logFile();
    const std::lock_guard lock(log.mutex);
    if (log.path.isEmpty()) {
        std::fwrite(line.constData(), 1, std::size_t(line.size()), stderr);
        return;
    }
    if (log.bytes + line.size() > log.maxBytes) {
        const QByteArray name = QFile::encodeName(log.path);
        std::rename(name.constData(), (name + ".1").constData());
        reopen(log);
    }
    // A full disk must not stop the station: the line is lost, the next one is tried again.
    if (::write(log.fd.get(), line.constData(), std::size_t(line.size())) > 0)
        log.bytes += line.size();
}

} // namespace

void startLogging(const QString &file, qint64 maxBytes)
{
    LogFile &log = logFile();
    {
        const std::lock_guard lock(log.mutex);
        log.path = file;
        log.maxBytes = maxBytes;
        if (!file.isEmpty())
            reopen(log);
    }
    qInstallMessageHandler(writeLine);
}

// Not by a new name: who has the file open would go on writing into that, without bound. What is
// opened for appending goes on at the new end.
void boundLog(const QString &file, qint64 maxBytes)
{
    const QByteArray name = QFile::encodeName(file);
    struct stat info = {};
    if (::stat(name.constData(), &info) < 0 || !S_ISREG(info.st_mode) || info.st_size <= maxBytes)
        return;
    const UniqueFd log(::open(name.constData(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    const UniqueFd old(
        ::open((name + ".1").constData(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!log.isValid())
        return;
    // Not all of it: the main thread copies, and the disk may be slow.
    off_t from = info.st_size - std::min(maxBytes, kKeptOfLog);
    ssize_t copied = old.isValid() ? 1 : 0;
    while (copied > 0 && from < info.st_size) {
        const auto left = std::size_t(info.st_size - from);
        copied = ::sendfile(old.get(), log.get(), &from, left);
    }
    // Also when a full disk took no copy: this is what makes room.
    if (::ftruncate(log.get(), 0) < 0)
        qCWarning(lcStation, "%s grows without bound", name.constData());
}

} // namespace continuo
