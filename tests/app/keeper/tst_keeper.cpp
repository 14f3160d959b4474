// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/childprocess.h"
#include "core/base/paths.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// What can be read now; sets isEnded at end of file.
QByteArray readNow(int fd, bool &isEnded)
{
    QByteArray all;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got <= 0) {
            isEnded = isEnded || (got == 0 && !all.isEmpty());
            return all;
        }
        all.append(buffer.data(), got);
    }
}

class TestKeeper final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(u".?"_s));
        m_folder = std::make_unique<QTemporaryDir>();
        // The keeper starts the `continuod` beside its own program: here the fake one.
        const QString bin = m_folder->filePath(u"bin"_s);
        m_state = m_folder->filePath(u"state"_s);
        QVERIFY(QDir().mkpath(bin) && QDir().mkpath(m_state));
        const QString built = qEnvironmentVariable("CONTINUO_BIN");
        m_program = bin + u"/continuo-keeper"_s;
        QVERIFY2(QFile::copy(built + u"/continuo-keeper"_s, m_program), qPrintable(built));
        QVERIFY(QFile::copy(built + u"/fake-engine"_s, bin + u"/continuod"_s));
    }
    void cleanup()
    {
        m_keeper.stop(5s);
        m_keeper = ChildProcess();
        if (QTest::currentTestFailed())
            qInfo("%s", contents(m_folder->filePath(u"keeper.log"_s)).constData());
        m_folder.reset();
    }

    void engine_isStartedAgain_andGetsWhatIsHeld()
    {
        const QByteArray fifo = QFile::encodeName(m_state + u"/fifo"_s);
        QCOMPARE(::mkfifo(fifo.constData(), 0600), 0);
        const UniqueFd reader(::open(fifo.constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        start();
        QTRY_COMPARE(starts().size(), 1);
        bool isEnded = false;
        QByteArray seen;
        QTRY_VERIFY((seen += readNow(reader.get(), isEnded)).contains(enginePid(0)));
        ::kill(enginePid(0).toInt(), SIGKILL);
        QTRY_COMPARE(starts().size(), 2);
        QCOMPARE(starts().at(1).section(u' ', 1), u"pipe"_s);
        QTRY_VERIFY((seen += readNow(reader.get(), isEnded)).contains(enginePid(1)));
        // All the while somebody had the write end: no hang-up, no end of file.
        QVERIFY(!isEnded);
        pollfd entry{reader.get(), POLLIN, 0};
        ::poll(&entry, 1, 0);
        QVERIFY(!(entry.revents & POLLHUP));
        m_keeper.signal(SIGTERM);
        QTRY_VERIFY(m_keeper.hasEnded());
        QCOMPARE(m_keeper.wait(0ms)->code, 0);
        ::poll(&entry, 1, 0);
        QVERIFY(entry.revents & POLLHUP); // all ended, so now it ends
    }

    void manyDescriptors_areGivenBack_butNotTheDropped()
    {
        start({u"--hold"_s, u"40"_s});
        QTRY_COMPARE(starts().size(), 1);
        ::kill(enginePid(0).toInt(), SIGKILL);
        QTRY_COMPARE(starts().size(), 2);
        const QStringList names = starts().at(1).section(u' ', 1).split(u',');
        QCOMPARE(names.size(), 39);
        QVERIFY(!names.contains(u"d001"_s));
        QCOMPARE(names.last(), u"d039"_s);
    }

    void hungEngine_isReplaced()
    {
        start();
        QTRY_COMPARE(starts().size(), 1);
        ::kill(enginePid(0).toInt(), SIGSTOP);
        QTRY_COMPARE(starts().size(), 2);
        QVERIFY(log().contains("heartbeat stopped"));
        QVERIFY(::kill(enginePid(0).toInt(), 0) < 0); // gone, not a zombie
    }

    void keeperThatSlept_judgesNobody_data()
    {
        QTest::addColumn<int>("asleepMs");
        QTest::newRow("little longer than its patience") << 1200;
        QTest::newRow("much longer") << 1700;
    }
    void keeperThatSlept_judgesNobody()
    {
        QFETCH(int, asleepMs);
        // Four times what an engine is silent between its beats: a busy machine may delay them.
        start({}, {u"--patience"_s, u"1000"_s});
        QTRY_COMPARE(starts().size(), 1);
        ::kill(m_keeper.pid(), SIGSTOP);
        ::kill(enginePid(0).toInt(), SIGSTOP);
        // Time has to pass for both, as in a suspend: nothing here can be waited for.
        QTest::qWait(asleepMs);
        ::kill(m_keeper.pid(), SIGCONT);
        QTest::qWait(100);
        ::kill(enginePid(0).toInt(), SIGCONT);
        QTest::qWait(400);
        QCOMPARE(starts().size(), 1);
        QVERIFY(!log().contains("killed"));
    }

    void engineThatKeepsDying_isGivenARest()
    {
        start({u"--die"_s});
        QTRY_VERIFY(log().contains("the next start is in 5 s"));
        QCOMPARE(starts().size(), 3);
        QCOMPARE(log().count("engine died (status 7)"), 3);
        m_keeper.signal(SIGTERM); // and it can be ended meanwhile
        QTRY_VERIFY(m_keeper.hasEnded());
        QCOMPARE(m_keeper.wait(0ms)->code, 0);
    }

    void engineThatRefusesItsOptions_isNotStartedAgain()
    {
        start({u"--wrong-use"_s});
        QTRY_VERIFY(m_keeper.hasEnded());
        QCOMPARE(m_keeper.wait(0ms)->code, 2);
        QCOMPARE(starts().size(), 1);
    }

    // That of another station: it would be there the next time, too.
    void engineThatFindsAnother_isNotStartedForEver()
    {
        start({u"--taken"_s});
        QTRY_VERIFY(m_keeper.hasEnded());
        QCOMPARE(m_keeper.wait(0ms)->code, 3);
        QCOMPARE(starts().size(), 3);
        QVERIFY(log().contains("another engine has the data"));
    }

    void engineThatLostUs_isCalled_andKeptAlive()
    {
        start({u"--lose-keeper"_s});
        QTRY_VERIFY(QFile::exists(m_state + u"/called"_s));
        QCOMPARE(starts().size(), 1);
        QVERIFY(!log().contains("killed"));
        ::kill(enginePid(0).toInt(), SIGKILL);
        QTRY_COMPARE(starts().size(), 2);
        // What it dropped while nobody heard it is not held.
        QCOMPARE(starts().at(1).section(u' ', 1), u"kept"_s);
    }

    // Its publishers may take their time; a keeper that says nothing is killed by it.
    void engineThatEndsSlowly_isAnswered()
    {
        start({u"--slow-end"_s});
        QTRY_COMPARE(starts().size(), 1);
        ::kill(enginePid(0).toInt(), SIGTERM);
        QTRY_VERIFY(m_keeper.hasEnded());
        QVERIFY(contents(m_state + u"/answered"_s).endsWith(" yes\n"));
        QCOMPARE(starts().size(), 1);
    }

    void engineThatEndsWell_isNotStartedAgain_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::newRow("with a goodbye") << QStringList();
        QTest::newRow("without") << QStringList{u"--no-bye"_s};
    }
    void engineThatEndsWell_isNotStartedAgain()
    {
        QFETCH(QStringList, options);
        start(options);
        QTRY_COMPARE(starts().size(), 1);
        ::kill(enginePid(0).toInt(), SIGTERM);
        QTRY_VERIFY(m_keeper.hasEnded());
        QCOMPARE(m_keeper.wait(0ms)->code, 0);
        QCOMPARE(starts().size(), 1);
    }

    void orphans_areAdoptedAndReaped()
    {
        start({u"--orphan"_s});
        QTRY_COMPARE(starts().size(), 1);
        const QByteArray first = childrenOf(enginePid(0)).value(0);
        QVERIFY(first.toInt() > 1);
        ::kill(enginePid(0).toInt(), SIGKILL);
        QTRY_COMPARE(starts().size(), 2);
        // Two engines' sleepers: the first is the keeper's now, the second its engine's.
        const QByteArray keeper = QByteArray::number(m_keeper.pid());
        const QByteArray second = childrenOf(enginePid(1)).value(0);
        QVERIFY(second.toInt() > 1);
        QTRY_COMPARE(childrenOf(keeper).size(), 2);
        QVERIFY(childrenOf(keeper).contains(first));
        ::kill(first.toInt(), SIGKILL);
        ::kill(second.toInt(), SIGKILL);
        QTRY_COMPARE(childrenOf(keeper), QList<QByteArray>{enginePid(1)}); // ended, reaped
    }

    void secondKeeper_isTurnedAway()
    {
        start();
        QTRY_COMPARE(starts().size(), 1);
        const QString text = m_folder->filePath(u"second.log"_s);
        Result<ChildProcess> second
            = ChildProcess::start({m_program, {u"--state"_s, m_state}, {}, text});
        QVERIFY(second);
        QTRY_VERIFY(second->hasEnded());
        QCOMPARE(second->wait(0ms)->code, 3);
        QVERIFY2(contents(text).contains("process " + QByteArray::number(m_keeper.pid())),
                 contents(text).constData());
    }

    void detached_itLivesOn()
    {
        Result<ChildProcess> parent
            = ChildProcess::start({m_program, {u"--detach"_s, u"--state"_s, m_state}, {}, {}});
        QVERIFY(parent);
        QTRY_VERIFY(parent->hasEnded());
        QCOMPARE(parent->wait(0ms)->code, 0);
        QTRY_COMPARE(starts().size(), 1);
        const StationPaths paths = StationPaths::forState(m_state);
        const pid_t pid = contents(paths.runtime + u"/keeper.lock"_s).trimmed().toInt();
        QVERIFY(pid > 1 && pid != parent->pid());
        QCOMPARE(::getsid(pid), pid);
        // The engine may be quicker than the line that says so.
        QTRY_VERIFY(contents(paths.logs + u"/keeper.log"_s).contains("engine started"));
        m_keeper = ChildProcess::adopt(pid).value();
        m_keeper.signal(SIGTERM);
        QTRY_VERIFY(m_keeper.hasEnded());
    }

    void wrongUse_isSaid_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("help") << QStringList{u"--help"_s} << 0 << QByteArray("Usage:");
        QTest::newRow("version") << QStringList{u"--version"_s} << 0
                                 << QByteArray("continuo-keeper");
        QTest::newRow("option") << QStringList{u"--stat"_s} << 2 << QByteArray("'--stat'");
        QTest::newRow("value") << QStringList{u"--state"_s} << 2
                               << QByteArray("needs another value");
        QTest::newRow("folder") << QStringList{u"--state"_s, u"/proc/x"_s} << 1
                                << QByteArray("make the folder");
    }
    void wrongUse_isSaid()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, status);
        QFETCH(QByteArray, text);
        const QString log = m_folder->filePath(u"use.log"_s);
        Result<ChildProcess> child = ChildProcess::start({m_program, arguments, {}, log});
        QVERIFY(child);
        QTRY_VERIFY(child->hasEnded());
        QCOMPARE(child->wait(0ms)->code, status);
        QVERIFY2(contents(log).contains(text), contents(log).constData());
    }

private:
    void start(const QStringList &engineOptions = {}, const QStringList &options = {})
    {
        ChildRequest request;
        request.program = m_program;
        request.arguments = QStringList{u"--state"_s, m_state} + options;
        request.arguments << u"--"_s << engineOptions;
        request.logFile = m_folder->filePath(u"keeper.log"_s);
        Result<ChildProcess> started = ChildProcess::start(request);
        QVERIFY2(started, started ? "" : qPrintable(started.error().detail));
        m_keeper = std::move(started).value();
    }
    QByteArray log() const { return contents(m_folder->filePath(u"keeper.log"_s)); }
    QStringList starts() const
    {
        return QString::fromUtf8(contents(m_state + u"/starts"_s)).split(u'\n', Qt::SkipEmptyParts);
    }
    QByteArray enginePid(int start) const
    {
        return starts().value(start).section(u' ', 0, 0).toUtf8();
    }
    static QList<QByteArray> childrenOf(const QByteArray &pid)
    {
        const QString process = QString::fromLatin1(pid);
        const QByteArray children
            = contents(u"/proc/"_s + process + u"/task/"_s + process + u"/children"_s).trimmed();
        return children.isEmpty() ? QList<QByteArray>() : children.split(' ');
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_state;
    QString m_program;
    ChildProcess m_keeper;
};

} // namespace

QTEST_GUILESS_MAIN(TestKeeper)

#include "tst_keeper.moc"
