// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/wallclockwatch.h"

#include <QRegularExpression>
#include <QTest>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

using Nanoseconds = std::chrono::nanoseconds;

class TestWallClockWatch final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void comparison_tells_data()
    {
        // What the clocks did between two looks, in ms; what is found, 0: nothing.
        QTest::addColumn<int>("realtime");
        QTest::addColumn<int>("monotonic");
        QTest::addColumn<int>("boottime");
        QTest::addColumn<int>("stepped");
        QTest::addColumn<int>("suspended");
        QTest::newRow("nothing") << 1000 << 1000 << 1000 << 0 << 0;
        QTest::newRow("woken late") << 2500 << 2500 << 2500 << 0 << 0;
        QTest::newRow("slewed") << 1001 << 1000 << 1000 << 0 << 0;
        QTest::newRow("set forward 1 h") << 3601000 << 1000 << 1000 << 3600000 << 0;
        QTest::newRow("set back 1 h") << -3599000 << 1000 << 1000 << -3600000 << 0;
        QTest::newRow("stepped by NTP") << 1300 << 1000 << 1000 << 300 << 0;
        QTest::newRow("leap second") << 0 << 1000 << 1000 << -1000 << 0;
        QTest::newRow("machine suspended 60 s") << 61000 << 1000 << 61000 << 0 << 60000;
        QTest::newRow("suspended for a moment") << 1500 << 1000 << 1500 << 0 << 500;
        QTest::newRow("process stopped 60 s") << 61000 << 61000 << 61000 << 0 << 60000;
        QTest::newRow("suspended, woke an hour on") << 3661000 << 1000 << 61000 << 3600000 << 60000;
    }
    void comparison_tells()
    {
        QFETCH(int, realtime);
        QFETCH(int, monotonic);
        QFETCH(int, boottime);
        QFETCH(int, stepped);
        QFETCH(int, suspended);
        ClockComparison comparison(1s, 2s);
        const ClockReadings before{1700000000s, 5000s, 6000s};
        QVERIFY(!comparison.look(before).stepped);
        const ClockReadings after{before.realtime + std::chrono::milliseconds(realtime),
                                  before.monotonic + std::chrono::milliseconds(monotonic),
                                  before.boottime + std::chrono::milliseconds(boottime)};
        const ClockComparison::Findings found = comparison.look(after);
        QCOMPARE(found.stepped.value_or(0ns) / 1ms, stepped);
        QCOMPARE(found.suspended.value_or(0ns) / 1ms, suspended);
        // Told once.
        const ClockComparison::Findings again
            = comparison.look({after.realtime + 1s, after.monotonic + 1s, after.boottime + 1s});
        QVERIFY(!again.stepped && !again.suspended);
    }

    void step_isReported()
    {
        std::mutex mutex;
        Nanoseconds shift{};
        WallClockWatch::Options options;
        options.interval = 20ms;
        std::atomic<int> looks = 0;
        options.read = [&] {
            ++looks;
            ClockReadings readings = ClockReadings::now();
            const std::lock_guard lock(mutex);
            readings.realtime += shift;
            return readings;
        };
        WallClockWatch watch(options);
        std::vector<Nanoseconds> steps;
        connect(&watch, &WallClockWatch::wallClockStepped, this, [&](Nanoseconds by) {
            if (by > 1000s || by < -1000s) // a smaller one is the machine's own
                steps.push_back(by);
        });
        const auto set = [&](Nanoseconds by) {
            const std::lock_guard lock(mutex);
            shift += by;
        };
        QTRY_VERIFY(looks > 1);
        set(1h);
        QTRY_COMPARE(steps.size(), 1U);
        QVERIFY(steps[0] > 3599s && steps[0] < 3601s);
        set(-1h);
        QTRY_COMPARE(steps.size(), 2U);
        QVERIFY(steps[1] < -3599s && steps[1] > -3601s);
    }

    // This process stopped and continued, by a child.
    void stoppedProcess_isReported()
    {
        WallClockWatch::Options options;
        options.interval = 50ms;
        options.lateness = 300ms;
        std::atomic<int> looks = 0;
        options.read = [&] {
            ++looks;
            return ClockReadings::now();
        };
        WallClockWatch watch(options);
        Nanoseconds stood{};
        connect(&watch, &WallClockWatch::wasSuspended, this,
                [&](Nanoseconds time) { stood = std::max(stood, time); });
        QTRY_VERIFY(looks > 1);
        const pid_t self = ::getpid();
        const pid_t child = ::fork();
        if (child == 0) {
            ::kill(self, SIGSTOP);
            ::usleep(900'000);
            ::kill(self, SIGCONT);
            ::_exit(0);
        }
        QVERIFY(child > 0);
        // A machine that stands still itself for a moment is reported, too: not as long.
        QTRY_VERIFY(stood > 700ms);
        QVERIFY2(stood < 10s, qPrintable(QString::number(stood / 1ms)));
        ::waitpid(child, nullptr, 0);
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestWallClockWatch)

#include "tst_wallclockwatch.moc"
