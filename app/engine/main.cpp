// SPDX-License-Identifier: GPL-3.0-or-later
// continuod, the engine: parse, build, wire, run.
#include "core/base/airpulse.h"
#include "core/base/corefile.h"
#include "core/base/lockfile.h"
#include "core/base/logging.h"
#include "core/station/heartbeat.h"
#include "core/station/keeperguard.h"
#include "core/station/station.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QSocketNotifier>
#include <QTextStream>
#include <QThread>
#include <QTimer>

#include <sys/signalfd.h>

#include <csignal>
#include <memory>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// SIGTERM and SIGINT become readable, so that they are handled between two events.
continuo::UniqueFd catchTermination()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    return continuo::UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

// Two engines would cut each other's journals and go on air with the same keys. Two stations of a
// user have the same data when their runtime folders differ: one that was started over ssh has no
// XDG_RUNTIME_DIR. An engine that is just ending (killed, and large) still has the lock for a
// moment.
continuo::Result<continuo::UniqueFd> lockData(const QString &file)
{
    const QDeadlineTimer patience(1s);
    for (;;) {
        continuo::Result<continuo::UniqueFd> lock = continuo::lockFile(file);
        if (lock)
            continuo::noteLockOwner(lock->get());
        if (lock || lock.error().code != continuo::ErrorCode::AlreadyExists
            || patience.hasExpired())
            return lock;
        QThread::msleep(20);
    }
}

// Our own options without those that a keeper adds.
QStringList argumentsForNext(const QStringList &arguments)
{
    QStringList result;
    for (qsizetype i = 1; i < arguments.size(); ++i) {
        if (arguments[i] == "--state"_L1 || arguments[i] == "--keeper"_L1)
            ++i;
        else
            result.append(arguments[i]);
    }
    return result;
}

} // namespace

int main(int argc, char **argv)
{
    continuo::forbidCoreFiles();
    const continuo::UniqueFd termination = catchTermination();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"continuod"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(CONTINUO_VERSION));

    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"The engine of a Continuo station: playlists, frame clock, channels. It is normally "
        "started by continuo-keeper, which starts it again when it dies."_s);
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOption(
        {u"state"_s, u"Keep settings, lists, sockets and logs under <folder>."_s, u"folder"_s});
    parser.addOption(
        {u"keeper"_s, u"Descriptor of the keeper's socket (set by it)."_s, u"number"_s});
    parser.addOption(
        {u"unpaced"_s, u"Run channels as fast as the encoder reads, for tests and rehearsals."_s});
    parser.addOption({u"first-frame"_s,
                      u"Number of the first frame of channels that were never on air."_s,
                      u"number"_s});
    parser.addOption({u"log-stderr"_s, u"Log to standard error instead of the log folder."_s});
    parser.process(application);

    continuo::ChannelOptions options;
    options.isPaced = !parser.isSet(u"unpaced"_s);
    if (parser.isSet(u"first-frame"_s)) {
        bool isNumber = false;
        options.firstFrame = parser.value(u"first-frame"_s).toLongLong(&isNumber);
        if (!isNumber || options.firstFrame < 0) {
            QTextStream(stderr) << "continuod: --first-frame wants a number from 0 on\n";
            return 2;
        }
    }
    const auto paths = continuo::StationPaths::forState(parser.value(u"state"_s));
    if (continuo::Result<void> made = paths.create(); !made) {
        QTextStream(stderr) << "continuod: " << made.error().detail << '\n';
        return 1;
    }
    continuo::startLogging(parser.isSet(u"log-stderr"_s) ? QString()
                                                         : paths.logs + u"/engine.log"_s);

    const continuo::Result<continuo::UniqueFd> lock = lockData(paths.data + u"/engine.lock"_s);
    if (!lock && lock.error().code == continuo::ErrorCode::AlreadyExists) {
        qCCritical(continuo::lcStation) << "another engine has the data:" << lock.error().detail;
        QTextStream(stderr) << "continuod: another engine has the data of this station: "
                            << lock.error().detail << '\n';
        return continuo::kStationTaken;
    }
    if (!lock) // some network shares know no locks
        qCWarning(continuo::lcStation) << "the data is not locked:" << lock.error().detail;

    std::optional<continuo::KeeperLink> keeper;
    std::unique_ptr<continuo::Heartbeat> heartbeat;
    std::unique_ptr<continuo::KeeperGuard> guard;
    if (parser.isSet(u"keeper"_s)) {
        keeper.emplace(
            continuo::MessageSocket(continuo::UniqueFd(parser.value(u"keeper"_s).toInt())));
        // The first beat comes when the event loop runs, and so all is up: until then the keeper
        // gives us its longer patience.
        QTimer::singleShot(0, &application, [&] {
            heartbeat = std::make_unique<continuo::Heartbeat>([&] {
                const continuo::AirPulse::Reading reached = options.pulse->look();
                if (!reached.stuck.isEmpty()) {
                    qCCritical(continuo::lcStation) << "the clock of" << reached.stuck
                                                    << "stands still: the heartbeat is held back";
                    return;
                }
                if (continuo::Result<void> sent = keeper->beat(reached.frames); !sent)
                    qCDebug(continuo::lcStation) << "no heartbeat:" << sent.error().detail;
            });
        });
    }

    continuo::Station station(paths, options, keeper ? &*keeper : nullptr);
    if (keeper) {
        guard = std::make_unique<continuo::KeeperGuard>(
            &*keeper,
            continuo::KeeperGuard::Options{paths, parser.value(u"state"_s),
                                           argumentsForNext(application.arguments())});
        QObject::connect(guard.get(), &continuo::KeeperGuard::replaced, &station,
                         &continuo::Station::onKeeperReplaced);
    }
    QObject::connect(&station, &continuo::Station::finished, &application, [&] {
        if (keeper) {
            if (continuo::Result<void> said = keeper->bye(); !said)
                qCWarning(continuo::lcStation) << "no goodbye:" << said.error().detail;
        }
        // The answer to a shutdown is still to be written.
        QTimer::singleShot(100ms, &application, &QCoreApplication::quit);
    });
    QSocketNotifier notifier(termination.get(), QSocketNotifier::Read);
    QObject::connect(&notifier, &QSocketNotifier::activated, &application, [&] {
        notifier.setEnabled(false);
        station.shutDown();
    });
    if (continuo::Result<void> started = station.start(); !started) {
        qCCritical(continuo::lcStation) << "cannot start:" << started.error().detail;
        QTextStream(stderr) << "continuod: " << started.error().detail << '\n';
        return 1;
    }
    qCInfo(continuo::lcStation) << "continuod" << CONTINUO_VERSION << "is up";
    return QCoreApplication::exec();
}
