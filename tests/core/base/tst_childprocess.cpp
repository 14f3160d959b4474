// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/childprocess.h"
#include "core/base/reaper.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

Result<ChildProcess> runShell(const QString &script)
{
    ChildRequest request;
    request.program = u"/bin/sh"_s;
    request.arguments = {u"-c"_s, script};
    return ChildProcess::start(request);
}

} // namespace

class TestChildProcess final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void end_isToldInWords_data();
    void end_isToldInWords();
    void endOfAnAdoptedProcess_isNotMadeUp();
    void killedChild_isReapedWithoutWaiting();
};

void TestChildProcess::end_isToldInWords_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("words");
    QTest::newRow("done") << u"exit 0"_s << u"it ended with code 0"_s;
    QTest::newRow("failed") << u"exit 3"_s << u"it ended with code 3"_s;
    QTest::newRow("killed") << u"kill -9 $$"_s << u"it was killed by signal 9"_s;
}

void TestChildProcess::end_isToldInWords()
{
    QFETCH(QString, script);
    QFETCH(QString, words);
    Result<ChildProcess> child = runShell(script);
    QVERIFY(child);
    const std::optional<ChildExit> ended = child->wait(30s);
    QVERIFY(ended && ended->isKnown);
    QCOMPARE(ended->words(u"it"_s), words);
}

// Only its parent learns how it ended: neither a code nor a signal is to be said.
void TestChildProcess::endOfAnAdoptedProcess_isNotMadeUp()
{
    // The shell between us and the sleep takes its end; the sleep tells its pid by a file.
    QTemporaryDir dir;
    const QString pidFile = dir.filePath(u"pid"_s);
    Result<ChildProcess> parent
        = runShell(u"sleep 600 & echo $! > %1.new; mv %1.new %1; wait"_s.arg(pidFile));
    QVERIFY(parent);
    QTRY_VERIFY(QFile::exists(pidFile));
    QFile file(pidFile);
    QVERIFY(file.open(QIODevice::ReadOnly));
    Result<ChildProcess> adopted = ChildProcess::adopt(file.readAll().trimmed().toInt());
    QVERIFY(adopted);
    QVERIFY(!adopted->wait(0ms));
    adopted->signal(SIGKILL);
    const std::optional<ChildExit> ended = adopted->wait(30s);
    QVERIFY(ended && !ended->isKnown);
    QCOMPARE(ended->words(u"the encoder"_s), u"the encoder has ended"_s);
    QVERIFY(parent->wait(30s));
}

void TestChildProcess::killedChild_isReapedWithoutWaiting()
{
    Result<ChildProcess> child = runShell(u"read line < /dev/zero"_s);
    QVERIFY(child);
    const pid_t pid = child->pid();
    QVERIFY(::kill(pid, 0) == 0);
    reapLater(std::move(child).value()); // it lives on
    QVERIFY(::kill(pid, 0) == 0);
    ::kill(pid, SIGKILL);
    QTRY_VERIFY(::kill(pid, 0) < 0); // not even a zombie is left
    Result<ChildProcess> ended = runShell(u"exit 0"_s);
    QTRY_VERIFY(ended->hasEnded());
    const pid_t dead = ended->pid();
    reapLater(std::move(ended).value());
    QVERIFY(::kill(dead, 0) < 0);
}

QTEST_GUILESS_MAIN(TestChildProcess)
#include "tst_childprocess.moc"
