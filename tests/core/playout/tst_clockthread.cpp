// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_clockthread.h"

#include "memoryclip.h"

#include "core/playout/clockthread.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// A clock with its retained frames, and what it told.
struct Rig {
    explicit Rig(ClockOptions options, std::size_t bound = 1000)
    {
        Result<std::shared_ptr<RetainedFrames>> frames
            = RetainedFrames::create(options.format.rate, options.firstFrame, bound);
        Q_ASSERT(frames);
        retained = frames.value();
        Result<EventFd> wake = EventFd::create();
        Q_ASSERT(wake);
        clock = std::make_unique<ClockThread>(options, retained, std::move(wake).value(), [] {});
    }

    std::deque<AirEvent> started()
    {
        for (AirEvent &event : clock->takeEvents())
            events.push_back(std::move(event));
        std::deque<AirEvent> result;
        for (const AirEvent &event : events) {
            if (event.kind == AirEvent::Kind::Started)
                result.push_back(event);
        }
        return result;
    }

    std::shared_ptr<RetainedFrames> retained;
    std::unique_ptr<ClockThread> clock;
    std::deque<AirEvent> events;
};

ClockOptions options(const HouseFormat &format, bool isPaced)
{
    ClockOptions result;
    result.format = format;
    result.isPaced = isPaced;
    return result;
}

const HouseFormat kFormat{160, 90, {100, 1}}; // 10 ms a frame keeps the paced tests short
// Three seconds: where nothing may be held, a machine that stands still must not use up a clip.
constexpr int kLong = 300;

} // namespace

void TestClockThread::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestClockThread::cue_playsEveryFrameOnce_inOrder_data()
{
    QTest::addColumn<int>("num");
    QTest::addColumn<int>("den");
    QTest::newRow("30") << 30 << 1;
    QTest::newRow("29.97") << 30000 << 1001;
    QTest::newRow("23.976") << 24000 << 1001;
}

void TestClockThread::cue_playsEveryFrameOnce_inOrder()
{
    QFETCH(int, num);
    QFETCH(int, den);
    const HouseFormat format{160, 90, {num, den}};
    ClockOptions clockOptions = options(format, false);
    clockOptions.finishesAtEnd = true;
    clockOptions.firstFrame = 481; // not where the sample grids meet
    Rig rig(clockOptions);
    MemoryClip a(format, 1);
    MemoryClip b(format, 2);
    MemoryClip c(format, 3);
    const std::vector<std::pair<MemoryClip *, std::int64_t>> clips{{&a, 5}, {&b, 1}, {&c, 7}};
    for (const auto &[clip, frames] : clips) {
        clip->write(frames);
        clip->setTotal(frames);
    }
    rig.clock->setCue({a.source(), b.source(), c.source()}, false, nullptr);
    rig.clock->start();
    std::int64_t number = 481;
    for (const auto &[clip, frames] : clips) {
        const std::int64_t start = number;
        for (std::int64_t i = 0; i < frames; ++i, ++number) {
            AirFramePtr frame;
            QTRY_VERIFY((frame = rig.retained->take(number)));
            QCOMPARE(MemoryClip::markOf(frame->picture), clip->source()->itemId().toInt());
            QCOMPARE(MemoryClip::frameOf(frame->picture), i);
            const std::int64_t first = samplesBefore(number, format.rate);
            QCOMPARE(std::int64_t(frame->sound.size()) / 2,
                     samplesBefore(number + 1, format.rate) - first);
            const std::int64_t itemSample = first - samplesBefore(start, format.rate);
            QCOMPARE(int(frame->sound.front()), int(itemSample & 0x7fff));
            QCOMPARE(int(frame->sound.back()),
                     int((itemSample + std::int64_t(frame->sound.size()) / 2 - 1) & 0x7fff));
        }
    }
    QTest::qWait(20); // nothing may follow while it is not known that nothing does
    QCOMPARE(rig.retained->nextNumber(), number);
    rig.clock->setCue({}, true, c.source());
    QTRY_VERIFY(rig.retained->isFinishedAt(number));
    rig.clock->stop(); // the end is told after the frames are finished
    const std::deque<AirEvent> started = rig.started();
    QCOMPARE(started.size(), std::size_t(3));
    QCOMPARE(started[1].frame, 486);
    QCOMPARE(started[2].frame, 487);
    QCOMPARE(rig.events.back().kind, AirEvent::Kind::Ended);
    QCOMPARE(rig.events.back().frame, number);
}

void TestClockThread::cut_takesEffect_atTheNextFrame()
{
    Rig rig(options(kFormat, true));
    MemoryClip a(kFormat, 1, kLong);
    MemoryClip b(kFormat, 2, kLong);
    a.write(kLong);
    b.write(kLong);
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QTRY_VERIFY(rig.retained->nextNumber() > 485);
    const std::int64_t before = rig.clock->state().frame;
    rig.clock->cutTo(b.source(), JoinReason::Take);
    const std::int64_t after = rig.clock->state().frame; // this thread may have been put aside
    QTRY_COMPARE(rig.started().size(), std::size_t(2));
    const AirEvent event = rig.started().back();
    QVERIFY(event.frame > before);
    QVERIFY(event.frame <= after + 2);
    QCOMPARE(event.cutShortAt, event.frame - 480);
    QTRY_VERIFY(rig.retained->nextNumber() > event.frame);
    rig.clock->stop();
    QCOMPARE(MemoryClip::markOf(rig.retained->take(event.frame - 1)->picture), 1);
    QCOMPARE(MemoryClip::markOf(rig.retained->take(event.frame)->picture), 2);
    QCOMPARE(MemoryClip::frameOf(rig.retained->take(event.frame)->picture), 0);
    QCOMPARE(rig.clock->state().counts.held, 0);
}

void TestClockThread::cut_waits_untilItsFirstFrameIsThere()
{
    Rig rig(options(kFormat, true));
    MemoryClip a(kFormat, 1, kLong);
    MemoryClip b(kFormat, 2);
    // Handed over at once: the clock cuts when there are four frames, and would overtake a writer
    // that is put aside.
    MemoryClip made(kFormat, 2, kLong);
    a.write(kLong);
    made.write(kLong);
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QTRY_VERIFY(rig.retained->nextNumber() > 482);
    rig.clock->cutTo(b.source(), JoinReason::Skip);
    const std::int64_t asked = rig.retained->nextNumber();
    QTRY_VERIFY(rig.retained->nextNumber() > asked + 3); // the old item goes on meanwhile
    b.source()->goOn(made.store());
    QTRY_COMPARE(rig.started().size(), std::size_t(2));
    QVERIFY(rig.started().back().frame > asked + 3);
    QCOMPARE(rig.clock->state().counts.held, 0);
}

void TestClockThread::underrun_holdsTheLastPicture_andCounts()
{
    Rig rig(options(kFormat, true));
    MemoryClip a(kFormat, 1);
    a.write(5);
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QTRY_VERIFY(rig.retained->nextNumber() > 490);
    a.write(30);
    QTRY_VERIFY(rig.clock->state().itemFrame > 10);
    rig.clock->stop();
    std::int64_t held = 0;
    std::int64_t itemFrame = 0;
    for (std::int64_t number = 481; number < rig.retained->nextNumber(); ++number) {
        const AirFramePtr frame = rig.retained->take(number);
        // Held for over two seconds, as where the machine stood still, it is the slate.
        const std::int64_t shown = frame->isSlate ? itemFrame : MemoryClip::frameOf(frame->picture);
        if (shown == itemFrame)
            ++held;
        else
            QCOMPARE(shown, itemFrame + 1); // nothing is left out
        itemFrame = shown;
    }
    QVERIFY(held >= 5);
    QCOMPARE(rig.clock->state().counts.held, held);
}

// The clock waits for the very frame that the other one has made first.
void TestClockThread::heldFrame_isFollowedByTheOneOfAnotherPlayer()
{
    Rig rig(options(kFormat, true));
    MemoryClip a(kFormat, 1);
    a.write(5);
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QTRY_VERIFY(rig.clock->state().counts.held >= 3);
    MemoryClip other(kFormat, 3, 64, 5);
    other.write(10);
    QVERIFY(a.source()->goOnFrom(other.store(), 5));
    a.write(8); // too late
    QTRY_VERIFY(rig.clock->state().itemFrame == 9);
    rig.clock->stop();
    std::int64_t next = 0;
    for (std::int64_t number = 480; number < rig.retained->nextNumber(); ++number) {
        const AirFramePtr frame = rig.retained->take(number);
        if (frame->isSlate || MemoryClip::frameOf(frame->picture) != next)
            continue; // held
        QCOMPARE(MemoryClip::markOf(frame->picture), next < 5 ? 1 : 3);
        ++next;
    }
    QCOMPARE(next, 10);
}

void TestClockThread::sourceThatStandsStill_isPassedOver_onceSaidSo()
{
    Rig rig(options(kFormat, true));
    MemoryClip a(kFormat, 1);
    a.write(5);
    a.setTotal(5);
    MemoryClip stuck(kFormat, 2);
    MemoryClip b(kFormat, 3);
    b.write(20);
    rig.clock->setCue({a.source(), stuck.source(), b.source()}, false, nullptr);
    rig.clock->start();
    QTRY_VERIFY(rig.clock->state().counts.held >= 3); // it may come any moment
    stuck.source()->setPassable(true);
    QTRY_COMPARE(rig.clock->state().source, b.source());
    QVERIFY(!stuck.source()->wasAired());
    // One that has a frame after all is not passed over.
    MemoryClip late(kFormat, 4);
    MemoryClip c(kFormat, 5);
    c.write(20);
    late.source()->setPassable(true);
    late.write(1);
    rig.clock->setCue({late.source(), c.source()}, false, b.source());
    b.setTotal(20);
    QTRY_COMPARE(rig.clock->state().source, late.source());
}

void TestClockThread::endOfList_showsSlate_untilSomethingFollows()
{
    Rig rig(options(kFormat, true));
    MemoryClip slate(kFormat, 9, 2);
    slate.write(1);
    MemoryClip a(kFormat, 1);
    a.write(3);
    a.setTotal(3);
    MemoryClip b(kFormat, 2);
    rig.clock->standIn().setSlate(
        {{slate.source()->slot(0)->picture, slate.source()->take(0)}, {}, {}});
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QTRY_COMPARE(rig.started().size(), std::size_t(1));
    rig.clock->setCue({}, true, a.source());
    QTRY_COMPARE(rig.started().size(), std::size_t(2));
    const std::int64_t slateAt = rig.started()[1].frame;
    QVERIFY(!rig.started()[1].source);
    b.write(20);
    rig.clock->setCue({b.source()}, false, nullptr);
    QTRY_COMPARE(rig.started().size(), std::size_t(3));
    const std::int64_t backAt = rig.started()[2].frame;
    QTRY_VERIFY(rig.retained->nextNumber() > backAt);
    rig.clock->stop();
    for (std::int64_t number = slateAt; number < backAt; ++number)
        QCOMPARE(MemoryClip::markOf(rig.retained->take(number)->picture), 9);
    QCOMPARE(MemoryClip::markOf(rig.retained->take(backAt)->picture), 2);
}

// As the next minute of its clock.
void TestClockThread::slate_changesWithTheFrame_thatIsDueThen()
{
    Rig rig(options(kFormat, true));
    MemoryClip now(kFormat, 8, 2);
    now.write(1);
    MemoryClip next(kFormat, 9, 2);
    next.write(1);
    const auto pictureOf = [](const MemoryClip &clip) {
        return HousePicture{clip.source()->slot(0)->picture, clip.source()->take(0)};
    };
    const auto turn = std::chrono::duration_cast<std::chrono::microseconds>(
        (std::chrono::system_clock::now() + 200ms).time_since_epoch());
    rig.clock->standIn().setSlate({pictureOf(now), pictureOf(next), turn});
    rig.clock->setCue({}, true, nullptr);
    rig.clock->start();
    QTRY_VERIFY(rig.retained->nextNumber() > kFirstFrame + 40);
    rig.clock->stop();
    QCOMPARE(rig.started().size(), std::size_t(1));
    FrameClock clock(kFormat.rate);
    for (const AirEvent &event : rig.events) {
        if (event.kind == AirEvent::Kind::EpochBegan)
            clock.resume(event.epoch);
    }
    int before = 0;
    for (std::int64_t number = kFirstFrame; number < kFirstFrame + 40; ++number) {
        const bool isBefore = clock.wallTime(number) < turn;
        before += isBefore ? 1 : 0;
        QCOMPARE(MemoryClip::markOf(rig.retained->take(number)->picture), isBefore ? 8 : 9);
    }
    QVERIFY(before > 0 && before < 40);
}

void TestClockThread::fullRetention_drops_andClosesTheNumbering()
{
    Rig rig(options(kFormat, true), 5);
    MemoryClip a(kFormat, 1, kLong);
    a.write(kLong);
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QTRY_VERIFY(rig.clock->state().counts.dropped >= 3);
    QCOMPARE(rig.retained->nextNumber(), 485);
    rig.retained->acknowledge(485);
    QTRY_VERIFY(rig.retained->nextNumber() >= 487);
    rig.clock->stop();
    const std::int64_t dropped = rig.clock->state().counts.dropped;
    const std::int64_t shown = MemoryClip::frameOf(rig.retained->take(485)->picture);
    QVERIFY(shown >= 5 + 3); // a jump cut: what was dropped is gone, the numbers go on
    QVERIFY(shown <= 5 + dropped);
    // One epoch for the hole and not one a frame: each costs a write to the disk.
    rig.started();
    const auto drops = std::ranges::count_if(rig.events, [](const AirEvent &event) {
        return event.kind == AirEvent::Kind::EpochBegan && event.epoch.reason == "drop"_L1;
    });
    QVERIFY2(drops >= 1 && drops <= 2, qPrintable(QString::number(drops))); // it may fill up again
}

void TestClockThread::fullRetention_isWaitedFor_whenUnpaced()
{
    // The feed has taken all that there is, and nothing is acknowledged: a publisher that stands.
    Rig rig(options(kFormat, false), 3);
    MemoryClip clip(kFormat, 1);
    clip.write(20);
    rig.clock->setCue({clip.source()}, false, nullptr);
    rig.clock->start();
    for (std::int64_t number = 480; number < 500; ++number) {
        QTRY_VERIFY(rig.retained->take(number));
        if (number >= 482) {
            QTest::qWait(5);
            QCOMPARE(rig.clock->state().counts.dropped, 0);
            rig.retained->acknowledge(number - 1);
        }
    }
    QCOMPARE(rig.clock->state().counts.dropped, 0);
    QCOMPARE(MemoryClip::frameOf(rig.retained->take(499)->picture), 19);
}

void TestClockThread::pulse_tellsHowFarItGot()
{
    const auto pulse = std::make_shared<AirPulse>();
    ClockOptions clockOptions = options(kFormat, true);
    clockOptions.pulse = pulse;
    clockOptions.channel = u"one"_s;
    Rig rig(clockOptions);
    MemoryClip clip(kFormat, 1);
    clip.write(60);
    rig.clock->setCue({clip.source()}, false, nullptr);
    rig.clock->start();
    QTRY_VERIFY(pulse->look().frames.value("one"_L1).toInteger() >= 482);
    rig.clock->stop();
    const AirPulse::Reading after = pulse->look();
    QVERIFY(after.frames.isEmpty()); // a clock that has ended is not watched
    QVERIFY(after.stuck.isEmpty());
}

void TestClockThread::pulse_namesAClock_thatStandsStill()
{
    AirPulse pulse;
    const std::shared_ptr<AirPulse::Clock> one = pulse.add(u"one"_s);
    std::shared_ptr<AirPulse::Clock> two = pulse.add(u"two"_s);
    for (int look = 0; look < 8; ++look) {
        ++one->turns;
        QVERIFY(pulse.look().stuck.isEmpty());
    }
    ++one->turns;
    QCOMPARE(pulse.look().stuck, u"two"_s);
    ++two->turns;
    QVERIFY(pulse.look().stuck.isEmpty());
    for (int look = 0; look < 8; ++look) {
        ++one->turns;
        pulse.look();
    }
    two.reset(); // a clock that has ended is not stuck
    QVERIFY(pulse.look().stuck.isEmpty());
}

void TestClockThread::sourceThatWasAired_isNotCuedAgain()
{
    Rig rig(options(kFormat, true));
    MemoryClip a(kFormat, 1);
    a.write(3);
    a.setTotal(3);
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QTRY_COMPARE(rig.started().size(), std::size_t(1));
    rig.clock->setCue({a.source()}, true, a.source());
    QTRY_COMPARE(rig.started().size(), std::size_t(2));
    QVERIFY(!rig.started().back().source); // the slate, not the same player once more
}

// As when it is taken at the very moment at which the clock goes on to it by itself.
void TestClockThread::sourceThatWasAired_isNotCutTo()
{
    Rig rig(options(kFormat, true));
    MemoryClip a(kFormat, 1);
    a.write(60);
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QTRY_COMPARE(rig.started().size(), std::size_t(1));
    rig.clock->cutTo(a.source(), JoinReason::Take);
    QTRY_COMPARE(rig.clock->state().itemFrame, 59);
    QCOMPARE(rig.started().size(), std::size_t(1));
}

void TestClockThread::sourceHeldBack_isLetGoByTheAir()
{
    MemoryClip a(kFormat, 1);
    a.source()->holdBack(true);
    QCOMPARE(a.write(20, 0ms), 8);
    MemoryClip next(kFormat, 1, a.source());
    QCOMPARE(next.write(20, 0ms), 16); // as another player that goes on there
    a.source()->markAired();
    QCOMPARE(next.write(20, 0ms), 20);
    a.source()->holdBack(true);
    QCOMPARE(next.write(40, 0ms), 40);
}

void TestClockThread::itemWithoutPictures_isSaidToBeTheSlate()
{
    Rig rig(options(kFormat, true));
    MemoryClip a(kFormat, 1);
    a.writeDamaged();
    a.write(5);
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QTRY_VERIFY(rig.clock->state().isSlate);
    QCOMPARE(rig.clock->state().source, a.source());
    MemoryClip another(kFormat, 2, a.source());
    another.write(60);
    QTRY_VERIFY(!rig.clock->state().isSlate);
    QCOMPARE(rig.clock->state().source, a.source());
}

void TestClockThread::damagedFrame_isMissing_untilAnotherPlayerMakesIt()
{
    Rig rig(options(kFormat, false));
    MemoryClip a(kFormat, 1);
    a.write(5);
    a.writeDamaged();
    a.write(8);
    a.setTotal(8);
    a.source()->finish();
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QTRY_VERIFY(a.source()->isDamaged());
    QCOMPARE(a.source()->end(), 5);
    QVERIFY(!a.source()->isAtEnd(5));
    MemoryClip another(kFormat, 2, a.source());
    another.write(8);
    QTRY_COMPARE(rig.retained->nextNumber(), kFirstFrame + 8);
    for (std::int64_t frame = 0; frame < 8; ++frame) {
        const std::uint8_t *picture = rig.retained->take(kFirstFrame + frame)->picture;
        QCOMPARE(MemoryClip::markOf(picture), frame < 5 ? 1 : 2);
        QCOMPARE(MemoryClip::frameOf(picture), frame);
    }
}

void TestClockThread::damagedFrame_metBeforeTheEndIsTold_isNotTheEnd()
{
    MemoryClip a(kFormat, 1);
    a.write(5);
    a.writeDamaged();
    a.write(8);
    a.setTotal(8);
    QVERIFY(!a.source()->slot(5));
    a.source()->finish();
    QVERIFY(!a.source()->isAtEnd(5)); // another player is to make it
    a.source()->close(); // there is none
    QVERIFY(a.source()->isAtEnd(5));
}

void TestClockThread::itemWithPoints_isAiredBetweenThem_data()
{
    QTest::addColumn<int>("num");
    QTest::addColumn<int>("den");
    QTest::newRow("25") << 25 << 1;
    QTest::newRow("29.97") << 30000 << 1001;
    QTest::newRow("30") << 30 << 1;
    QTest::newRow("50") << 50 << 1;
}

// The second begins further in than the channel has frames: it would have begun below frame 0.
void TestClockThread::itemWithPoints_isAiredBetweenThem()
{
    QFETCH(int, num);
    QFETCH(int, den);
    const HouseFormat format{160, 90, {num, den}};
    ClockOptions clockOptions = options(format, false);
    clockOptions.finishesAtEnd = true;
    clockOptions.firstFrame = 481;
    Rig rig(clockOptions);
    MemoryClip a(format, 1, 64, 7);
    MemoryClip b(format, 2, 64, 100'003);
    const std::vector<std::pair<MemoryClip *, std::int64_t>> clips{{&a, 12}, {&b, 100'010}};
    for (const auto &[clip, out] : clips) {
        clip->write(out); // as a player does that is told to stop there
        clip->setTotal(out);
        clip->source()->endBefore(out);
    }
    rig.clock->setCue({a.source(), b.source()}, false, nullptr);
    rig.clock->start();
    std::int64_t number = 481;
    for (const auto &[clip, out] : clips) {
        const std::int64_t in = clip->source()->in();
        const std::int64_t zero = number - in; // where its clip would have begun
        for (std::int64_t i = in; i < out; ++i, ++number) {
            AirFramePtr frame;
            QTRY_VERIFY((frame = rig.retained->take(number)));
            QCOMPARE(MemoryClip::markOf(frame->picture), clip->source()->itemId().toInt());
            QCOMPARE(MemoryClip::frameOf(frame->picture), i);
            QCOMPARE(frame->position.airing, zero + in);
            QCOMPARE(frame->position.before, i);
            QCOMPARE(frame->position.after, i + 1);
            const std::int64_t first = samplesBefore(number, format.rate);
            QCOMPARE(std::int64_t(frame->sound.size()) / 2,
                     samplesBefore(number + 1, format.rate) - first);
            const std::int64_t clipSample = first - samplesBefore(zero, format.rate);
            QCOMPARE(int(frame->sound.back()),
                     int((clipSample + std::int64_t(frame->sound.size()) / 2 - 1) & 0x7fff));
            // It begins in the midst of its sound, which would click.
            QCOMPARE(int(frame->sound.front()), i == in ? 0 : int(clipSample & 0x7fff));
        }
    }
    QTRY_COMPARE(rig.clock->state().frame, number - 1);
    QCOMPARE(rig.clock->state().startFrame, 481 + 12 - 7);
    QCOMPARE(rig.clock->state().itemFrame, 100'009);
    rig.clock->setCue({}, true, b.source());
    QTRY_VERIFY(rig.retained->isFinishedAt(number));
    rig.clock->stop();
    QCOMPARE(rig.clock->state().counts.held, 0);
}

void TestClockThread::endMovedSooner_isTheNextFrame_whereItIsPassed()
{
    for (const std::int64_t out : {40, 10}) {
        Rig rig(options(kFormat, true));
        MemoryClip a(kFormat, 1, kLong, 5);
        MemoryClip b(kFormat, 2, kLong);
        a.write(kLong);
        b.write(kLong);
        rig.clock->setCue({a.source(), b.source()}, false, nullptr);
        rig.clock->start();
        QTRY_VERIFY(rig.clock->state().itemFrame >= 20);
        const std::int64_t before = rig.clock->state().frame;
        a.source()->endBefore(out);
        const std::int64_t after = rig.clock->state().frame;
        QTRY_COMPARE(rig.started().size(), std::size_t(2));
        const AirEvent event = rig.started().back();
        QCOMPARE(event.reason, JoinReason::Follow);
        QCOMPARE(event.cutShortAt, -1);
        QTRY_VERIFY(rig.retained->nextNumber() > event.frame);
        rig.clock->stop();
        if (out == 40) {
            QCOMPARE(event.frame, std::max<std::int64_t>(480 + out - 5, before + 1));
        } else {
            QVERIFY(event.frame > before);
            QVERIFY(event.frame <= after + 2);
        }
        const AirFramePtr last = rig.retained->take(event.frame - 1);
        QCOMPARE(MemoryClip::markOf(last->picture), 1);
        QCOMPARE(MemoryClip::frameOf(last->picture), event.frame - 1 - 480 + 5);
        const AirFramePtr first = rig.retained->take(event.frame);
        QCOMPARE(MemoryClip::frameOf(first->picture), 0);
        // What the one before would have sounded fades out under it.
        QCOMPARE(int(first->sound.front()),
                 int(samplesBefore(event.frame - 480 + 5, kFormat.rate) & 0x7fff));
        QCOMPARE(rig.clock->state().counts.held, 0);
    }
}

void TestClockThread::endMovedLater_isMadeByAnotherPlayer_inTime()
{
    Rig rig(options(kFormat, true));
    MemoryClip a(kFormat, 1, kLong);
    a.write(100);
    a.setTotal(100);
    a.source()->finish();
    a.source()->endBefore(100);
    MemoryClip other(kFormat, 3, kLong, 99); // the sound of frame 99 was faded
    other.write(150);
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QTRY_VERIFY(rig.clock->state().itemFrame >= 20);
    a.source()->endBefore(150);
    QVERIFY(!a.source()->goOnFrom(other.store(), 10)); // long aired
    QVERIFY(a.source()->goOnFrom(other.store(), 99));
    other.setTotal(150);
    QCOMPARE(a.source()->length(), std::optional<std::int64_t>(150));
    QTRY_VERIFY(rig.retained->nextNumber() > 480 + 150);
    rig.clock->stop();
    for (std::int64_t i = 0; i < 150; ++i) {
        const AirFramePtr frame = rig.retained->take(480 + i);
        QCOMPARE(MemoryClip::markOf(frame->picture), i < 99 ? 1 : 3);
        QCOMPARE(MemoryClip::frameOf(frame->picture), i);
    }
    // At its end the clock has asked for all there is.
    MemoryClip late(kFormat, 4, kLong, 149);
    late.write(160);
    QVERIFY(!a.source()->goOnFrom(late.store(), 149));
}

// An item, its last picture held, the slate behind it.
void TestClockThread::logo_isInEveryFrame_howeverItComesAbout()
{
    constexpr int kSeen = 200;
    const auto bytes = std::size_t(kFormat.pictureBytes());
    const std::vector<std::uint8_t> colour(bytes, kSeen);
    std::vector<std::uint8_t> alpha(bytes, 0);
    const std::size_t place = 80UL * 160 + 150;
    alpha[place] = 128;
    const Result<LogoPtr> logo = Logo::create(colour.data(), alpha.data(), kFormat);
    QVERIFY(logo);
    Rig rig(options(kFormat, true));
    LogoPlan plan;
    plan.shown = {1, LogoRamp::steady(255)};
    rig.clock->logo().begin(plan, logo.value(), nullptr, {}, std::nullopt, kFirstFrame);
    std::atomic<int> watched = 0;
    rig.clock->setTap([&](const AirFramePtr &frame) { watched += frame->picture[place] == 100; });
    MemoryClip slate(kFormat, 9, 2);
    slate.write(1);
    MemoryClip a(kFormat, 1);
    a.write(5);
    rig.clock->standIn().setSlate(
        {{slate.source()->slot(0)->picture, slate.source()->take(0)}, {}, {}});
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QTRY_VERIFY(rig.clock->state().counts.held > 5);
    a.write(10);
    a.setTotal(10);
    rig.clock->setCue({}, true, a.source());
    QTRY_COMPARE(rig.started().size(), std::size_t(2));
    const std::int64_t slateAt = rig.started().back().frame;
    QTRY_VERIFY(rig.retained->nextNumber() > slateAt + 5);
    rig.clock->stop();
    const std::int64_t end = rig.retained->nextNumber();
    for (std::int64_t number = kFirstFrame; number < end; ++number) {
        const AirFramePtr frame = rig.retained->take(number);
        QCOMPARE(int(frame->picture[place]), 100); // once: twice would be 150
        QCOMPARE(frame->logoWanted.at(number), 255);
    }
    QCOMPARE(watched, int(end - kFirstFrame));
    QCOMPARE(int(slate.store()->slot(0)->picture[place]), 0);
}

// The encoder has them already: the feed goes on with the first frame behind them.
void TestClockThread::takeOver_passesTheFeed_thatWaitsBehindFramesMadeAgain()
{
    constexpr std::int64_t kFed = kFirstFrame + 30;
    ClockOptions clockOptions = options(kFormat, false);
    clockOptions.epoch = Epoch();
    clockOptions.epoch->monotonic = FrameClock::now();
    clockOptions.againBelow = kFed;
    Rig rig(clockOptions);
    MemoryClip a(kFormat, 1);
    a.write(50);
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    for (std::int64_t number = kFed; number < kFirstFrame + 50; ++number)
        QTRY_VERIFY(rig.retained->take(number));
}

} // namespace continuo
