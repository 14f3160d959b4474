// SPDX-License-Identifier: GPL-3.0-or-later
// continuo-publisher: packets of one channel to its destinations. Started by the engine.
#include "core/base/corefile.h"
#include "core/base/logging.h"
#include "core/base/messagesocket.h"
#include "core/publish/publisher.h"
#include "core/publish/secretlog.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

constexpr int kTickMs = 250;
// Longer than any destination takes to end: past it something does not answer at all (a name
// server, a dead share), and the rest is in its files.
constexpr std::chrono::seconds kFinishDeadline(12);
constexpr std::chrono::seconds kEncoderPatience(3);

// TERM and INT as a descriptor. Before any thread starts, so that none of them takes the signals.
UniqueFd blockSignals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);
    return UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

// Takes all waiting messages. False when the engine is gone.
bool takeMessages(const MessageSocket &socket, Publisher &publisher)
{
    for (;;) {
        Result<std::optional<Message>> message = socket.receive();
        if (!message) {
            if (message.error().code == ErrorCode::Corrupt) {
                qCWarning(lcPublish, "%ls", qUtf16Printable(message.error().detail));
                continue;
            }
            return false;
        }
        if (!message.value())
            return true;
        publisher.handle(message.value()->body, std::move(message.value()->fds));
    }
}

int run(const MessageSocket &socket, const UniqueFd &signals)
{
    Result<std::unique_ptr<Publisher>> made = Publisher::create(socket);
    if (!made) {
        qCCritical(lcPublish, "%ls", qUtf16Printable(made.error().detail));
        return 1;
    }
    const std::unique_ptr<Publisher> publisher = std::move(made).value();
    bool hasEngine = true;
    std::optional<std::chrono::steady_clock::time_point> exitBy;
    while (!publisher->isDone()) {
        // A negative descriptor is passed over by poll().
        std::array<pollfd, 3> entries{{{hasEngine ? socket.fd() : -1, POLLIN, 0},
                                       {signals.get(), POLLIN, 0},
                                       {publisher->wakeFd(), POLLIN, 0}}};
        if (::poll(entries.data(), entries.size(), kTickMs) < 0 && errno != EINTR) {
            qCCritical(lcPublish, "poll: %s", qPrintable(qt_error_string(errno)));
            return 1;
        }
        if (entries[0].revents && !takeMessages(socket, *publisher)) {
            qCWarning(lcPublish, "engine and keeper are gone; ending");
            hasEngine = false;
            // The encoder ends by itself now, since nobody holds its input.
            publisher->finish(Publisher::Ending::GoesOn, kEncoderPatience);
        }
        if (entries[1].revents) {
            signalfd_siginfo info{};
            while (::read(signals.get(), &info, sizeof info) > 0)
                qCInfo(lcPublish, "signal %u: ending", info.ssi_signo);
            publisher->finish(Publisher::Ending::GoesOn);
        }
        publisher->tick();
        if (publisher->isFinishing()) {
            const auto now = std::chrono::steady_clock::now();
            if (!exitBy)
                exitBy = now + kFinishDeadline;
            if (now > *exitBy) {
                qCWarning(lcPublish, "a destination does not end; leaving it");
                // Else the engine would take this for a death, and start another to end it.
                publisher->giveUpDestinations();
                ::_exit(0);
            }
        }
    }
    publisher->tick(); // the last states
    return 0;
}

} // namespace

int main(int argc, char *argv[])
{
    const UniqueFd signals = blockSignals();
    forbidCoreFiles();
    QCoreApplication app(argc, argv);
    QCoreApplication::setApplicationName(u"continuo-publisher"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(CONTINUO_VERSION));
    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"Sends the packets of one channel to its destinations. It is started by the engine, "
        u"which speaks to it over an inherited socket (docs/protocols.md, section 3)."_s);
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption control(u"control"_s, u"Inherited socket to the engine."_s, u"FD"_s);
    const QCommandLineOption log(u"log"_s, u"Write the log to FILE."_s, u"FILE"_s);
    parser.addOptions({control, log});
    parser.process(app);
    bool ok = false;
    const int fd = parser.value(control).toInt(&ok);
    if (!ok || fd < 3 || !parser.positionalArguments().isEmpty()) {
        std::fputs("continuo-publisher: --control FD is needed; the engine starts this program\n",
                   stderr);
        return 2;
    }
    startLogging(parser.value(log));
    installSecretLog();
    const MessageSocket socket{UniqueFd(fd)};
    return run(socket, signals);
}
