// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_overloadjudge.h"

#include "core/channel/overloadjudge.h"

#include <QTest>

using namespace std::chrono_literals;

namespace continuo {

namespace {

using Change = OverloadJudge::Change;

// A judge with its clock, read four times a second.
struct Bench {
    OverloadJudge judge{FrameRate{30, 1}};
    OverloadJudge::Reading now{OverloadJudge::Clock::time_point(1000s), 0, 0, 0};

    Change read()
    {
        now.now += 250ms;
        return judge.judge(now);
    }
    // Seconds until \p wanted, or -1.
    double secondsUntil(Change wanted)
    {
        for (int i = 1; i <= 80; ++i) {
            const Change change = read();
            if (change == wanted)
                return i * 0.25;
        }
        return -1;
    }
};

} // namespace

void TestOverloadJudge::shortBacklog_isNoOverload()
{
    Bench bench;
    bench.read();
    bench.now.waiting = 60; // a new encoder session
    for (int i = 0; i < 10; ++i)
        QCOMPARE(bench.read(), Change::None);
    bench.now.waiting = 0;
    QCOMPARE(bench.secondsUntil(Change::Begun), -1);
}

void TestOverloadJudge::longBacklog_isOne_andEndsTwoSecondsAfterIt()
{
    Bench bench;
    bench.read();
    bench.now.waiting = 20;
    const double begun = bench.secondsUntil(Change::Begun);
    QVERIFY2(begun >= 2.75 && begun <= 3.25, qPrintable(QString::number(begun)));
    QVERIFY(bench.judge.isOverloaded());
    bench.now.waiting = 2;
    const double over = bench.secondsUntil(Change::Over);
    QVERIFY2(over >= 1.75 && over <= 2.25, qPrintable(QString::number(over)));
    QVERIFY(!bench.judge.isOverloaded());
}

void TestOverloadJudge::droppedFrames_areOneAtOnce_andAreCounted()
{
    Bench bench;
    bench.read();
    bench.now.dropped = 5;
    QCOMPARE(bench.read(), Change::Begun);
    bench.now.dropped = 12;
    bench.read();
    QCOMPARE(bench.judge.droppedSince(), 12);
}

void TestOverloadJudge::frameNowAndThenLate_isNone()
{
    Bench bench;
    bench.read();
    for (int i = 0; i < 40; ++i) {
        bench.now.late += i % 4 == 0 ? 1 : 0;
        QCOMPARE(bench.read(), Change::None);
    }
}

} // namespace continuo
