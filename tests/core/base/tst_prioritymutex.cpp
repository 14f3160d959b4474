// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/prioritymutex.h"

#include <QElapsedTimer>
#include <QTest>

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <mutex>
#include <thread>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

bool becomeUrgent(int priority)
{
    sched_param parameters{};
    parameters.sched_priority = priority;
    return ::pthread_setschedparam(::pthread_self(), SCHED_RR, &parameters) == 0;
}

void stayOnOneCore()
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(0, &cores);
    ::pthread_setaffinity_np(::pthread_self(), sizeof(cores), &cores);
}

void work(int milliseconds)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < milliseconds) { }
}

class TestPriorityMutex final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void lock_excludes()
    {
        PriorityMutex mutex;
        int counted = 0;
        const auto count = [&] {
            for (int i = 0; i < 10000; ++i) {
                const std::lock_guard lock(mutex);
                ++counted;
            }
        };
        std::jthread other(count);
        count();
        other.join();
        QCOMPARE(counted, 20000);
        std::unique_lock held(mutex);
        std::jthread([&] { QVERIFY(!mutex.try_lock()); }).join();
    }

    // An idle thread holds it, a busy one keeps the core, an urgent one wants it: it must not wait
    // until the busy one has done.
    void holder_isAsUrgent_asWhoWaits()
    {
        PriorityMutex mutex;
        std::atomic<bool> isHeld = false;
        std::atomic<bool> isUrgent = false;
        std::atomic<bool> isBusy = false;
        std::atomic<bool> isPermitted = true;
        std::atomic<bool> hasGot = false;
        std::atomic<bool> wasGotMeanwhile = false;
        std::jthread idle([&] {
            stayOnOneCore();
            const std::lock_guard lock(mutex);
            isHeld = true;
            while (!isBusy)
                std::this_thread::yield();
            work(5);
        });
        QTRY_VERIFY(isHeld);
        std::jthread urgent([&] {
            stayOnOneCore();
            isPermitted = becomeUrgent(20);
            isUrgent = true;
            while (!isBusy)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            const std::lock_guard lock(mutex);
            hasGot = true;
        });
        QTRY_VERIFY(isUrgent); // the busy one would not let it come so far
        std::jthread busy([&] {
            stayOnOneCore();
            isPermitted = isPermitted && becomeUrgent(10);
            isBusy = true;
            // Less than the 950 ms of each second that the system leaves to what is urgent. Counted
            // one by one: a machine that stands still meanwhile takes none of them from the others.
            QElapsedTimer timer;
            timer.start();
            for (int spent = 0; !hasGot && spent < 800;) {
                if (timer.elapsed() >= 1) {
                    ++spent;
                    timer.start();
                }
            }
            wasGotMeanwhile = hasGot.load();
        });
        busy.join();
        urgent.join();
        idle.join();
        if (!isPermitted)
            QSKIP("real-time scheduling is not permitted here");
        QVERIFY(wasGotMeanwhile);
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestPriorityMutex)

#include "tst_prioritymutex.moc"
