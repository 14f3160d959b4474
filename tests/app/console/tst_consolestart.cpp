// SPDX-License-Identifier: GPL-3.0-or-later
// The console in an empty folder, where nothing runs: it starts the station, which outlives it.
#include "core/base/paths.h"
#include "core/control/rpcclient.h"
#include "tests/support/station/stationprocesses.h"

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

/// A console on a folder of its own; what it started goes with this.
class LoneConsole final {
public:
    ~LoneConsole()
    {
        const QList<StationProcess> left = processes();
        // At once: keeper and engine start each other again between two kills.
        for (const int signal : {SIGSTOP, SIGKILL}) {
            for (const StationProcess &process : left)
                ::kill(process.pid, signal);
        }
        m_console.waitForFinished();
    }

    void open()
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"QT_QPA_PLATFORM"_s, u"offscreen"_s); // what it shows is not the matter
        environment.insert(QString::fromLatin1(kStationMark), folder());
        m_console.setProcessEnvironment(environment);
        m_console.setProcessChannelMode(QProcess::ForwardedChannels);
        m_console.start(qEnvironmentVariable("CONTINUO_BIN") + u"/continuo"_s,
                        {u"--state"_s, folder()});
    }

    QProcess &process() { return m_console; }
    QString folder() const { return m_folder.path(); }
    QList<StationProcess> processes() const { return stationProcesses(folder()); }
    int countOf(const QString &role) const
    {
        return int(std::ranges::count(processes(), role, &StationProcess::role));
    }
    QString log() const
    {
        QFile file(StationPaths::forState(folder()).logs + u"/console.log"_s);
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    }

private:
    QTemporaryDir m_folder;
    QProcess m_console;
};

} // namespace

class ConsoleStartTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void emptyFolder_getsAStation_thatOutlivesTheConsole()
    {
        LoneConsole console;
        console.open();
        QVERIFY(console.process().waitForStarted());
        const QString socket = StationPaths::forState(console.folder()).controlSocket();
        RpcClient client;
        const auto isThere
            = [&] { return client.isConnected() || client.waitForConnected(socket, 2s); };
        QTRY_VERIFY(isThere());
        const QString connected = u"connected to the engine, pid %1"_s.arg(
            client.greeting().value("pid"_L1).toInteger());
        QTRY_VERIFY2(console.log().contains(connected), qPrintable(console.log()));
        QVERIFY(console.log().contains(u"no engine answered; started"_s));
        QTRY_COMPARE(console.countOf(u"keeper"_s), 1); // what is forked looks like two for a moment
        QTRY_COMPARE(console.countOf(u"engine"_s), 1);

        console.process().kill();
        QVERIFY(console.process().waitForFinished());
        Result<QJsonObject> answer = client.callAndWait(u"channel.list"_s, {}, 30s);
        QVERIFY2(answer, answer ? "" : qPrintable(answer.error().detail));
        answer = client.callAndWait(u"station.shutdown"_s, {}, 40s);
        QVERIFY2(answer, answer ? "" : qPrintable(answer.error().detail));
        QTRY_VERIFY(console.processes().isEmpty());
    }
};

QTEST_GUILESS_MAIN(ConsoleStartTest)

#include "tst_consolestart.moc"
