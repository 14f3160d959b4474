// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/childprocess.h"
#include "core/base/paths.h"
#include "tests/app/ctl/subjects.h"
#include "tests/support/patience.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <signal.h>
#include <sys/stat.h>

#include <functional>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

// continuoctl with the real keeper and the real engine.
class TestStation final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(u".?"_s));
        m_folder = std::make_unique<QTemporaryDir>();
        m_state = m_folder->filePath(u"a station"_s);
        m_environment = QProcessEnvironment::systemEnvironment();
    }
    void cleanup()
    {
        run({u"shutdown"_s});
        m_folder.reset();
    }

    void askingCommands_startNothing_data()
    {
        QTest::addColumn<QString>("arguments");
        for (const char *arguments : {"status", "channel list", "destination list a",
                                      "playlist list a", "processes", "watch"})
            QTest::newRow(arguments) << QString::fromLatin1(arguments);
    }
    void askingCommands_startNothing()
    {
        QFETCH(QString, arguments);
        run(arguments.split(u' '));
        QCOMPARE(m_status, 3);
        QVERIFY2(m_error.contains("the station is not running"), m_error.constData());
        QVERIFY(!QFile::exists(m_state));
    }

    void shutdown_isDone_whenNothingRuns()
    {
        run({u"shutdown"_s});
        QCOMPARE(m_status, 0);
        QVERIFY(m_error.contains("the station is not running"));
        run({u"--json"_s, u"shutdown"_s});
        QCOMPARE(m_output, "{}\n");
    }

    void firstCommand_startsTheStation_shutdownEndsAll()
    {
        run({u"channel"_s, u"create"_s, u"Riverside TV"_s, u"--fps"_s, u"25"_s});
        QVERIFY2(m_status == 0, m_error.constData());
        QVERIFY2(m_error.contains("starting it"), m_error.constData());
        run({u"channel"_s, u"create"_s, u"Riverside TV"_s});
        QCOMPARE(m_status, 1); // it runs, and refuses a second one of that name
        QVERIFY2(!m_error.contains("starting"), m_error.constData());
        QCOMPARE(modeOf(StationPaths::forState(m_state).runtime), mode_t(0700));
        run({u"channel"_s, u"list"_s});
        QVERIFY2(m_output.contains("Riverside TV") && m_output.contains("1280x720 25 fps"),
                 m_output.constData());
        QList<pid_t> all;
        QVERIFY(waitFor([&] { return (all = pids()).size() >= 2; }));
        run({u"shutdown"_s});
        QCOMPARE(m_status, 0);
        // The keeper gives its lock back an instant before it is gone.
        for (const pid_t pid : all)
            QTRY_VERIFY2(hasEnded(pid), qPrintable(QString::number(pid)));
    }

    // As over ssh and in a service: no XDG folder is named, so that all stands in the home folder.
    void stationOfAHome_keepsItsRuntimeFolderToItself()
    {
        for (const QString &name :
             {u"XDG_RUNTIME_DIR"_s, u"XDG_CONFIG_HOME"_s, u"XDG_DATA_HOME"_s, u"XDG_STATE_HOME"_s})
            m_environment.remove(name);
        m_environment.insert(u"HOME"_s, m_folder->path());
        m_state.clear();
        run({u"channel"_s, u"create"_s, u"a"_s});
        QVERIFY2(m_status == 0, m_error.constData());
        const QString runtime = m_folder->filePath(u".local/state/continuo/run"_s);
        QVERIFY(QFile::exists(runtime + u"/control"_s));
        QCOMPARE(modeOf(runtime), mode_t(0700));
        for (const QString &name :
             {u".config/continuo/channels/a/channel.json"_s, u".local/share/continuo/engine.lock"_s,
              u".local/state/continuo/log/engine.log"_s})
            QVERIFY2(QFile::exists(m_folder->filePath(name)), qPrintable(name));
        run({u"status"_s, u"a"_s});
        QCOMPARE(m_status, 0);
        run({u"shutdown"_s});
        QVERIFY2(m_status == 0, m_error.constData());
        run({u"status"_s, u"a"_s});
        QCOMPARE(m_status, 3);
    }

    void killedEngine_comesBack_withItsChannels()
    {
        run({u"channel"_s, u"create"_s, u"a"_s});
        QVERIFY2(m_status == 0, m_error.constData());
        pid_t engine = 0;
        pid_t keeper = 0;
        QVERIFY(waitFor([&] { return (engine = pidOf(u"engine"_s)) > 0; }));
        QVERIFY(waitFor([&] { return (keeper = pidOf(u"keeper"_s)) > 0; }));
        ::kill(engine, SIGKILL);
        const auto pidNow = [this](const QString &role, pid_t before) {
            pid_t now = 0;
            return waitFor([&] { return (now = pidOf(role)) > 0 && now != before; }) ? now : 0;
        };
        QVERIFY(pidNow(u"engine"_s, engine) > 0);
        QCOMPARE(pidNow(u"keeper"_s, 0), keeper);
        run({u"status"_s, u"a"_s});
        QCOMPARE(m_status, 0);
    }

    void shutdown_endsAlsoAStationWhoseEngineIsGone()
    {
        run({u"channel"_s, u"create"_s, u"a"_s});
        QVERIFY2(m_status == 0, m_error.constData());
        // Kill it until the keeper takes its rest.
        const QString log = StationPaths::forState(m_state).logs + u"/keeper.log"_s;
        const auto isResting = [&] {
            if (const pid_t engine = pidOf(u"engine"_s); engine > 0)
                ::kill(engine, SIGKILL);
            QFile file(log);
            return file.open(QIODevice::ReadOnly)
                && file.readAll().contains("the next start is in");
        };
        QTRY_VERIFY(isResting());
        run({u"shutdown"_s});
        QVERIFY2(m_status == 0, m_error.constData());
        QFile lock(StationPaths::forState(m_state).runtime + u"/keeper.lock"_s);
        QVERIFY(lock.open(QIODevice::ReadOnly));
        const pid_t keeper = lock.readAll().trimmed().toInt(); // once: the end of file is pid 0
        QTRY_VERIFY(hasEnded(keeper));
    }

    void deadStart_namesTheLog()
    {
        m_state = u"/proc/no-such-place"_s;
        run({u"channel"_s, u"create"_s, u"a"_s});
        QCOMPARE(m_status, 3);
        QVERIFY2(m_error.contains("make the folder"), m_error.constData());
    }

private:
    // A container's init may be slow to reap: a zombie has ended.
    static bool hasEnded(pid_t pid)
    {
        const Result<ChildProcess> process = ChildProcess::adopt(pid);
        return !process || process->hasEnded();
    }
    static mode_t modeOf(const QString &path)
    {
        struct stat found = {};
        const bool isThere = ::stat(QFile::encodeName(path).constData(), &found) == 0;
        return isThere ? mode_t(found.st_mode & 07777U) : mode_t(0);
    }
    void run(const QStringList &arguments)
    {
        const QStringList which
            = m_state.isEmpty() ? QStringList() : QStringList{u"--state"_s, m_state};
        const auto process = startCtl(which + arguments, {}, m_environment);
        process->closeWriteChannel();
        QTRY_COMPARE(process->state(), QProcess::NotRunning);
        m_status = process->exitCode();
        m_output = process->readAllStandardOutput();
        m_error = process->readAllStandardError();
    }
    // Once at a look, other than QTRY_VERIFY(), which looks again at what it has seen.
    static bool waitFor(const std::function<bool()> &condition)
    {
        return QTest::qWaitFor(condition, kTestPatienceMs);
    }
    // Does not wait for an engine that is away; on a busy machine not for one that is there, too.
    QJsonArray processes()
    {
        run({u"--json"_s, u"processes"_s, u"--timeout"_s, u"0.3"_s});
        return QJsonDocument::fromJson(m_output).object().value(u"processes"_s).toArray();
    }
    QList<pid_t> pids()
    {
        QList<pid_t> all;
        for (const QJsonValue &one : processes())
            all.append(one.toObject().value(u"pid"_s).toInt());
        return all;
    }
    pid_t pidOf(const QString &role)
    {
        for (const QJsonValue &one : processes()) {
            if (one.toObject().value(u"role"_s) == role)
                return one.toObject().value(u"pid"_s).toInt();
        }
        return 0;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_state; // empty: the one of the home folder
    QProcessEnvironment m_environment;
    int m_status = -1;
    QByteArray m_output;
    QByteArray m_error;
};

} // namespace

std::unique_ptr<QObject> makeStationTest()
{
    return std::make_unique<TestStation>();
}

#include "tst_station.moc"
