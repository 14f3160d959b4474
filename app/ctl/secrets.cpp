// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/secrets.h"

#include "core/base/streamkey.h"
#include "core/base/uniquefd.h"

#include <QFile>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr qsizetype kMaxKeyBytes = 4096;
constexpr int kPipePatienceMs = 60'000;

// No echo while it lives; the terminal is as before on every way out.
class HiddenInput final {
public:
    HiddenInput()
    {
        m_isTerminal = ::tcgetattr(STDIN_FILENO, &m_before) == 0;
        if (!m_isTerminal)
            return;
        termios hidden = m_before;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
        std::fputs("Stream key (not shown): ", stderr);
    }
    ~HiddenInput()
    {
        if (!m_isTerminal)
            return;
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &m_before);
        std::fputc('\n', stderr);
    }
    HiddenInput(const HiddenInput &) = delete;
    HiddenInput &operator=(const HiddenInput &) = delete;

private:
    termios m_before{};
    bool m_isTerminal = false;
};

// By read() and not through a stream: no copy stays in a buffer, and nothing behind the line is
// taken from whoever reads next.
Result<QString> firstLine(int fd, const QString &where)
{
    QByteArray line;
    char byte = 0;
    for (;;) {
        const ssize_t got = ::read(fd, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errorFromErrno(errno, u"read the key from "_s + where);
        if (got == 0 || byte == '\n')
            break;
        line.append(byte);
        if (line.size() > kMaxKeyBytes)
            return Error{ErrorCode::InvalidArgument,
                         u"the first line of %1 is longer than any key"_s.arg(where), 0};
    }
    const QString key = QString::fromUtf8(line).trimmed();
    if (key.isEmpty())
        return Error{ErrorCode::InvalidArgument, u"the first line of %1 holds no key"_s.arg(where),
                     0};
    if (!std::all_of(key.begin(), key.end(), [](QChar c) { return c.isPrint(); }))
        return Error{ErrorCode::InvalidArgument, u"the first line of %1 is no text"_s.arg(where),
                     0};
    return key;
}

// Whether something comes out of a pipe. Whoever writes into it may ask for a password first.
bool isWrittenTo(int pipe)
{
    pollfd entry{pipe, POLLIN, 0};
    int ready = 0;
    do {
        ready = ::poll(&entry, 1, kPipePatienceMs);
    } while (ready < 0 && errno == EINTR);
    return ready != 0;
}

} // namespace

void hideSecretsOfCommandLine(int argc, char **argv)
{
    bool isKeyApart = false;
    for (int i = 1; i < argc; ++i)
        isKeyApart = isKeyApart || std::strncmp(argv[i], "--key-", 6) == 0;
    for (int i = 1; i < argc; ++i) {
        if (!std::strstr(argv[i], "://"))
            continue;
        // With a key apart, the last part of the path is none; credentials and queries still are.
        const QString text = QFile::decodeName(argv[i]);
        const StreamAddress address = splitStreamKey(text, isKeyApart ? u"x"_s : QString());
        const QByteArray open = QFile::encodeName(address.url);
        const std::size_t length = std::strlen(argv[i]);
        if (address.url == text || std::size_t(open.size()) > length)
            continue;
        std::memset(argv[i], 0, length);
        std::memcpy(argv[i], open.constData(), std::size_t(open.size()));
    }
}

Result<QString> keyFromStandardInput()
{
    const HiddenInput hidden;
    return firstLine(STDIN_FILENO, u"standard input"_s);
}

Result<QString> keyFromFile(const QString &path)
{
    // Not waiting in open(): nobody may ever write into a named pipe.
    const UniqueFd file(
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file.isValid())
        return errorFromErrno(errno, u"open "_s + path);
    struct stat info { };
    if (::fstat(file.get(), &info) < 0)
        return errorFromErrno(errno, u"look at "_s + path);
    if (S_ISDIR(info.st_mode))
        return Error{ErrorCode::InvalidArgument,
                     u"%1 is a folder; give the file in it that holds the key"_s.arg(path), 0};
    if (S_ISREG(info.st_mode) && (info.st_mode & 077U))
        std::fprintf(stderr, "warning: other users may read %s; better: chmod 600\n",
                     qUtf8Printable(path));
    if (S_ISFIFO(info.st_mode) && !isWrittenTo(file.get()))
        return Error{ErrorCode::Timeout, u"nobody writes a key into the pipe %1"_s.arg(path), 0};
    ::fcntl(file.get(), F_SETFL, O_RDONLY);
    return firstLine(file.get(), path);
}

} // namespace continuo
