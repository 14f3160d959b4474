// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_retainedframes.h"

#include "memoryclip.h"

#include "core/frames/retainedframes.h"

#include <QTest>

#include <algorithm>

namespace continuo {

namespace {

const FrameRate kRate{30, 1};

std::shared_ptr<RetainedFrames> retained(std::size_t bound = 100)
{
    Result<std::shared_ptr<RetainedFrames>> frames = RetainedFrames::create(kRate, 480, bound);
    Q_ASSERT(frames);
    return frames.value();
}

AirFramePtr frame(std::int64_t number)
{
    auto made = std::make_shared<AirFrame>();
    made->number = number;
    const std::int64_t first = samplesBefore(number, kRate);
    for (std::int64_t i = 0; i < 1600; ++i) {
        made->sound.push_back(std::int16_t((first + i) & 0x7fff));
        made->sound.push_back(std::int16_t((first + i) & 0x7fff));
    }
    return made;
}

} // namespace

void TestRetainedFrames::push_refuses_whenFull()
{
    const auto frames = retained(2);
    QVERIFY(frames->push(frame(480)));
    QVERIFY(frames->push(frame(481)));
    QVERIFY(!frames->push(frame(482)));
    frames->acknowledge(481);
    QVERIFY(frames->push(frame(482)));
    QCOMPARE(frames->nextNumber(), 483);
}

void TestRetainedFrames::push_refuses_untilThereIsRoomForAStretch()
{
    const auto frames = retained(12);
    for (std::int64_t number = 480; number < 492; ++number)
        QVERIFY(frames->push(frame(number)));
    QVERIFY(!frames->push(frame(492)));
    frames->acknowledge(481);
    QVERIFY(!frames->push(frame(492)));
    frames->acknowledge(482);
    QVERIFY(frames->push(frame(492)));
    QVERIFY(frames->push(frame(493)));
    QVERIFY(!frames->push(frame(494)));
}

void TestRetainedFrames::take_givesAgain_untilAcknowledged()
{
    const auto frames = retained();
    QVERIFY(!frames->take(480));
    QVERIFY(frames->push(frame(480)));
    QVERIFY(frames->push(frame(481)));
    QCOMPARE(frames->unread(), 2);
    QCOMPARE(frames->take(480)->number, 480);
    QCOMPARE(frames->take(480)->number, 480);
    QCOMPARE(frames->unread(), 1);
    frames->acknowledge(481);
    QVERIFY(!frames->take(480));
    QCOMPARE(frames->take(481)->number, 481);
    frames->acknowledge(1000); // an answer out of range frees what there is, no more
    QCOMPARE(frames->firstRetained(), 482);
}

void TestRetainedFrames::acknowledge_givesSlotBack_toItsPlayer()
{
    const HouseFormat format{160, 90, kRate};
    MemoryClip clip(format, 1, 4);
    clip.write(2);
    const auto frames = retained();
    for (std::int64_t i = 0; i < 2; ++i) {
        auto made = std::make_shared<AirFrame>();
        made->number = 480 + i;
        made->keepAlive = clip.source()->take(i);
        QVERIFY(frames->push(made));
    }
    QCOMPARE(clip.store()->released(), 0U);
    frames->acknowledge(481);
    QCOMPARE(clip.store()->released(), 1U);
}

void TestRetainedFrames::soundBetween_reachesBack_beforeTheFirstRetained()
{
    const auto frames = retained();
    for (std::int64_t number = 480; number < 520; ++number)
        QVERIFY(frames->push(frame(number)));
    frames->acknowledge(510);
    const std::int64_t to = samplesBefore(510, kRate);
    const std::vector<std::int16_t> sound = frames->soundBetween(to - 9216, to);
    QCOMPARE(sound.size(), std::size_t(9216 * 2));
    for (std::int64_t i = 0; i < 9216; ++i)
        QCOMPARE(int(sound[std::size_t(i) * 2]), int((to - 9216 + i) & 0x7fff));
}

void TestRetainedFrames::soundBetween_isSilent_beforeTheFirstFrame()
{
    const auto frames = retained();
    QVERIFY(frames->push(frame(480)));
    const std::int64_t first = samplesBefore(480, kRate);
    const std::vector<std::int16_t> sound = frames->soundBetween(first - 1024, first);
    QVERIFY(std::ranges::all_of(sound, [](std::int16_t sample) { return sample == 0; }));
}

void TestRetainedFrames::isFinishedAt_isTrue_onlyBehindTheLast()
{
    const auto frames = retained();
    QVERIFY(frames->push(frame(480)));
    QVERIFY(!frames->isFinishedAt(481));
    frames->finish();
    QVERIFY(!frames->isFinishedAt(480));
    QVERIFY(frames->isFinishedAt(481));
}

} // namespace continuo
