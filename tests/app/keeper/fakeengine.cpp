// SPDX-License-Identifier: GPL-3.0-or-later
// fake-engine --state DIR --keeper FD [--die | --wrong-use | --taken | --hold N | --orphan
//     | --lose-keeper | --no-bye | --slow-end]
// Notes each start in DIR/starts ("PID NAMES-HELD"), then beats until SIGTERM. --lose-keeper closes
// its end of the link once and waits to be called; DIR/called is made when it was. --slow-end goes
// on beating for a while when it is told to end, and notes in DIR/answered whether it was answered.
#include "core/base/keeperclient.h"
#include "core/base/lockfile.h"
#include "core/base/paths.h"
#include "core/base/stationsocket.h"

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

void note(const QString &state, const QString &line, const QString &name = u"/starts"_s)
{
    const UniqueFd file(::open(QFile::encodeName(state + name).constData(),
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

// As an engine whose publishers take their time.
void endSlowly(const QString &state, KeeperLink &link)
{
    bool isAnswered = bool(link.bye());
    for (int beat = 0; beat < 4; ++beat) {
        isAnswered = link.beat({}) && isAnswered;
        for (int tries = 0; tries < 500; ++tries) {
            ::usleep(10'000); // of a beat that is not answered the silence is longer than nothing
            isAnswered = link.readAnswers() && isAnswered;
            if (link.silence().count() == 0)
                break;
        }
        isAnswered = link.silence().count() == 0 && isAnswered;
    }
    note(state, isAnswered ? u"yes"_s : u"no"_s, u"/answered"_s);
}

// Holds two descriptors, closes the link, drops one of them, and is handed over to who calls.
void loseKeeper(const QString &state, KeeperLink &link, int fd)
{
    const UniqueFd listener
        = AdoptionSocket::listen(StationPaths::forState(state).adoptionSocket()).value();
    for (const QString &name : {u"kept"_s, u"dropped"_s}) {
        if (!link.hold(name, fd))
            std::fputs("fake-engine: hold failed\n", stderr);
    }
    if (!link.beat({}) || link.rebind(MessageSocket()) || link.drop(u"dropped"_s))
        std::fputs("fake-engine: the link did not end\n", stderr);
    pollfd entry{listener.get(), POLLIN, 0};
    ::poll(&entry, 1, -1);
    if (!link.rebind(AdoptionSocket::accept(listener.get())) || !link.beat({}))
        std::fputs("fake-engine: no keeper came\n", stderr);
    note(state, {}, u"/called"_s);
}

} // namespace

int main(int argc, char **argv)
{
    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments.append(QFile::decodeName(argv[i]));
    const QString state = arguments.value(arguments.indexOf(u"--state"_s) + 1);
    const int fd = arguments.value(arguments.indexOf(u"--keeper"_s) + 1).toInt();
    for (const auto &[option, status] : {std::pair(u"--wrong-use"_s, 2), std::pair(u"--die"_s, 7),
                                         std::pair(u"--taken"_s, kStationTaken)}) {
        if (arguments.contains(option)) {
            note(state, u"-"_s);
            return status;
        }
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
        ::execlp("sleep", "sleep", "100", nullptr); // the test ends it sooner
        ::_exit(1);
    }
    if (pipe.isValid())
        writeAll(pipe.get(), "hello from " + QByteArray::number(::getpid()) + '\n');
    note(state, names.join(u','));
    if (arguments.contains(u"--lose-keeper"_s) && names.isEmpty())
        loseKeeper(state, link, signals.get());
    for (;;) {
        if (!link.beat({}))
            return 1; // the real engine goes on without a keeper; here nobody would end it
        std::array<pollfd, 1> entries{pollfd{signals.get(), POLLIN, 0}};
        if (::poll(entries.data(), 1, 250) > 0 && arguments.contains(u"--slow-end"_s)) {
            endSlowly(state, link);
            return 0;
        }
        if (::poll(entries.data(), 1, 0) > 0)
            return arguments.contains(u"--no-bye"_s) || link.bye() ? 0 : 1;
    }
}
