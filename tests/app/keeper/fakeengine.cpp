// SPDX-License-Identifier: GPL-3.0-or-later
// fake-engine --state DIR --keeper FD [--die | --wrong-use | --hold N | --orphan]
// Notes each start in DIR/starts ("PID NAMES-HELD"), then beats until SIGTERM.
#include "core/base/keeperclient.h"

#include <QFile>
#include <QStringList>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdio>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

void writeAll(int fd, const QByteArray &bytes)
{
    if (::write(fd, bytes.constData(), std::size_t(bytes.size())) != bytes.size())
        std::perror("fake-engine: write");
}

void note(const QString &state, const QString &line)
{
    const UniqueFd file(::open(QFile::encodeName(state + u"/starts"_s).constData(),
                               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    writeAll(file.get(), (QString::number(::getpid()) + u' ' + line + u'\n').toUtf8());
}

// The write end of a FIFO that the test reads: made once, then got back from the keeper.
UniqueFd pipeOf(const QString &state, KeeperLink &link, std::map<QString, UniqueFd> &held)
{
    if (const auto found = held.find(u"pipe"_s); found != held.end())
        return std::move(found->second);
    UniqueFd pipe(::open(QFile::encodeName(state + u"/fifo"_s).constData(),
                         O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    if (pipe.isValid() && !link.hold(u"pipe"_s, pipe.get()))
        std::fputs("fake-engine: hold failed\n", stderr);
    return pipe;
}

} // namespace

int main(int argc, char **argv)
{
    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments.append(QFile::decodeName(argv[i]));
    const QString state = arguments.value(arguments.indexOf(u"--state"_s) + 1);
    const int fd = arguments.value(arguments.indexOf(u"--keeper"_s) + 1).toInt();
    if (arguments.contains(u"--wrong-use"_s) || arguments.contains(u"--die"_s)) {
        note(state, u"-"_s);
        return arguments.contains(u"--die"_s) ? 7 : 2;
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    const UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC));

    KeeperLink link((MessageSocket(UniqueFd(fd))));
    Result<std::map<QString, UniqueFd>> held = link.fetch();
    if (!held) {
        std::fprintf(stderr, "fake-engine: %s\n", qUtf8Printable(held.error().detail));
        return 1;
    }
    QStringList names;
    for (const auto &[name, descriptor] : held.value())
        names.append(name);
    const UniqueFd pipe = pipeOf(state, link, held.value());
    if (const qsizetype at = arguments.indexOf(u"--hold"_s); at > 0 && names.isEmpty()) {
        for (int i = 0; i < arguments.value(at + 1).toInt(); ++i) {
            if (!link.hold(u"d%1"_s.arg(i, 3, 10, QChar(u'0')), signals.get()))
                std::fputs("fake-engine: hold failed\n", stderr);
        }
        if (!link.drop(u"d001"_s) || !link.drop(u"never-held"_s))
            std::fputs("fake-engine: drop failed\n", stderr);
    }
    if (arguments.contains(u"--orphan"_s) && ::fork() == 0) {
        ::execlp("sleep", "sleep", "0.3", nullptr);
        ::_exit(1);
    }
    if (pipe.isValid())
        writeAll(pipe.get(), "hello from " + QByteArray::number(::getpid()) + '\n');
    note(state, names.join(u','));
    for (;;) {
        if (!link.beat({}))
            return 1; // the real engine goes on without a keeper; here nobody would end it
        std::array<pollfd, 1> entries{pollfd{signals.get(), POLLIN, 0}};
        if (::poll(entries.data(), 1, 250) > 0)
            return link.bye() ? 0 : 1;
    }
}
