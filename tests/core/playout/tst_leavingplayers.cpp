// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_leavingplayers.h"

#include "core/playout/leavingplayers.h"

#include <QRegularExpression>
#include <QTest>

#include <cerrno>
#include <csignal>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Not killed, it is as one that SIGKILL does not end.
Result<ChildProcess> startSleeper()
{
    ChildRequest request;
    request.program = u"sleep"_s;
    request.arguments = {u"60"_s};
    return ChildProcess::start(request);
}

} // namespace

void TestLeavingPlayers::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestLeavingPlayers::player_thatDoesNotEnd_isCounted()
{
    Result<ChildProcess> process = startSleeper();
    QVERIFY(process);
    const pid_t pid = process->pid();
    LeavingPlayers leaving;
    leaving.add(std::move(process).value());
    leaving.reap();
    QVERIFY(!leaving.isEmpty());
    QCOMPARE(leaving.abandoned(), 0); // it has just been told to
    QTRY_COMPARE(leaving.abandoned(), 1);
    QCOMPARE(::kill(pid, SIGKILL), 0);
    QTRY_VERIFY((leaving.reap(), leaving.isEmpty()));
    QCOMPARE(leaving.abandoned(), 0);
}

void TestLeavingPlayers::player_thatIsLeft_isReapedAllTheSame()
{
    Result<ChildProcess> process = startSleeper();
    QVERIFY(process);
    const pid_t pid = process->pid();
    {
        LeavingPlayers leaving;
        leaving.add(std::move(process).value());
    }
    QCOMPARE(::kill(pid, SIGKILL), 0);
    QTRY_VERIFY(::kill(pid, 0) < 0 && errno == ESRCH); // not a zombie, which can be signalled
}

} // namespace continuo
