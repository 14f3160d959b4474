// SPDX-License-Identifier: GPL-3.0-or-later
// The lowest rung of the ladder, by the clock: which frame shows what.
#include "tst_emergency.h"

#include "memoryclip.h"

#include "core/playout/clockthread.h"

#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

const HouseFormat kLadderFormat{160, 90, {20, 1}};
constexpr std::int64_t kSlate = 100; // five seconds
constexpr std::int64_t kHold = 40; // two
constexpr int kSlateMark = 9;
constexpr int kClipMark = 7;

// A clock that is as fast as this takes frames from it.
struct LadderRig {
    explicit LadderRig(bool isPaced = false, std::function<void(ClockOptions &)> change = {})
        : slate(kLadderFormat, kSlateMark, 2)
    {
        ClockOptions options;
        options.format = kLadderFormat;
        options.isPaced = isPaced;
        if (change)
            change(options);
        Result<std::shared_ptr<RetainedFrames>> frames
            = RetainedFrames::create(kLadderFormat.rate, options.firstFrame, 1000);
        Q_ASSERT(frames);
        retained = frames.value();
        Result<EventFd> wake = EventFd::create();
        Q_ASSERT(wake);
        clock = std::make_unique<ClockThread>(options, retained, std::move(wake).value(), [] {});
        slate.write(1);
        clock->standIn().setSlate(
            {{slate.source()->slot(0)->picture, slate.source()->take(0)}, {}, {}});
        next = options.firstFrame;
    }

    // The next frame; null when none comes.
    AirFramePtr take()
    {
        AirFramePtr frame;
        if (!QTest::qWaitFor([&] { return bool(frame = retained->take(next)); }, 20000))
            return nullptr;
        ++next;
        retained->acknowledge(next - 5);
        return frame;
    }
    // Whether the next frames are \p count of \p mark, of the clip's frames from \p from on.
    bool shows(int mark, std::int64_t count, std::int64_t from = 0)
    {
        for (std::int64_t i = 0; i < count; ++i) {
            const AirFramePtr frame = take();
            if (!frame || MemoryClip::markOf(frame->picture) != mark
                || (mark != kSlateMark && MemoryClip::frameOf(frame->picture) != from + i)
                || frame->isSlate != (mark == kSlateMark)
                || frame->isEmergency != (mark == kClipMark))
                return false;
            sound = frame->sound;
            position = frame->position;
        }
        return true;
    }
    // What went on air, and when.
    QString story()
    {
        for (AirEvent &event : clock->takeEvents()) {
            if (event.kind != AirEvent::Kind::Started)
                continue;
            QString what = event.source ? event.source->itemId() : u"slate"_s;
            if (event.reason == JoinReason::Emergency)
                what = u"emergency"_s;
            told += u"%1@%2 "_s.arg(what).arg(event.frame - kFirstFrame);
        }
        return told.trimmed();
    }

    MemoryClip slate;
    std::shared_ptr<RetainedFrames> retained;
    std::unique_ptr<ClockThread> clock;
    std::int64_t next = 0;
    std::vector<std::int16_t> sound; // of the frame that was looked at last
    AirPosition position; // likewise
    QString told;
};

// One time round of the clip.
std::unique_ptr<MemoryClip> loopOf(std::int64_t frames, int mark = kClipMark)
{
    auto clip = std::make_unique<MemoryClip>(kLadderFormat, mark, 128);
    clip->write(frames);
    clip->setTotal(frames);
    return clip;
}

} // namespace

void TestEmergency::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestEmergency::clip_followsTheSlate_repeats_andIsLeftForTheList()
{
    LadderRig rig;
    MemoryClip a(kLadderFormat, 1);
    a.write(5);
    a.setTotal(5);
    const auto first = loopOf(30);
    const auto second = loopOf(30);
    const auto third = loopOf(60);
    rig.clock->emergency().setCue({first->source(), second->source(), third->source()});
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QVERIFY(rig.shows(1, 5));
    rig.clock->setCue({}, true, a.source());
    QVERIFY(rig.shows(kSlateMark, kSlate));
    QVERIFY(rig.shows(kClipMark, 30));
    // Joined to itself to the sample: the second time has its own grid from its first frame on.
    QVERIFY(rig.shows(kClipMark, 1));
    QCOMPARE(int(rig.sound.front()), 0);
    QCOMPARE(int(rig.sound[200]), 100);
    QVERIFY(rig.shows(kClipMark, 29, 1));
    QVERIFY(rig.shows(kClipMark, 3));
    QCOMPARE(rig.position.itemId, emergencyItemId());
    QCOMPARE(rig.position.airing, kFirstFrame + 5 + kSlate + 60);
    QCOMPARE(rig.position.before, 2);
    QCOMPARE(rig.position.after, 3);
    QCOMPARE(rig.story(), u"1@0 slate@5 emergency@105"_s);
    QVERIFY(rig.clock->state().isEmergency);

    // Three frames in hand are not enough; with the fourth it is left at once.
    MemoryClip b(kLadderFormat, 2);
    b.write(3);
    rig.clock->setCue({b.source()}, false, nullptr);
    QVERIFY(rig.shows(kClipMark, 17, 3)); // and what the clock is ahead
    b.write(20);
    b.setTotal(20);
    std::int64_t left = 20;
    AirFramePtr frame;
    while ((frame = rig.take()) && frame->isEmergency)
        QCOMPARE(MemoryClip::frameOf(frame->picture), left++);
    QVERIFY(frame);
    QVERIFY(left < 40);
    QCOMPARE(MemoryClip::markOf(frame->picture), 2);
    QCOMPARE(MemoryClip::frameOf(frame->picture), 0);
    // The clip's sound fades out under it: at the first sample it is all there is.
    QCOMPARE(int(frame->sound.front()), int(samplesBefore(left, kLadderFormat.rate) & 0x7fff));
    QVERIFY(rig.shows(2, 19, 1));
    QCOMPARE(rig.clock->state().counts.held, 0);
    QVERIFY(rig.story().endsWith(u"emergency@105 2@%1"_s.arg(105 + 60 + left)));
}

void TestEmergency::clip_isNotShown_whereItIsNotThere()
{
    LadderRig rig;
    const auto clip = loopOf(30);
    rig.clock->setCue({}, true, nullptr);
    rig.clock->start();
    QVERIFY(rig.shows(kSlateMark, kSlate + 20)); // nothing is set
    MemoryClip late(kLadderFormat, kClipMark);
    late.write(3);
    rig.clock->emergency().setCue({late.source()});
    QVERIFY(rig.shows(kSlateMark, 30)); // it has no four frames
    rig.clock->emergency().setCue({clip->source()});
    AirFramePtr frame;
    while ((frame = rig.take()) && frame->isSlate) { }
    QVERIFY(frame && frame->isEmergency);
    QCOMPARE(MemoryClip::frameOf(frame->picture), 0);
    rig.clock->emergency().clear();
    while ((frame = rig.take()) && frame->isEmergency) { }
    QVERIFY(frame && frame->isSlate);
    QVERIFY(rig.story().contains(u"emergency@"_s));
    QVERIFY2(rig.story().section(u' ', -1).startsWith(u"slate@"_s), qPrintable(rig.story()));
}

// Its player stands still: its last picture is held, then it is the slate, and the clip again once
// it gives something.
void TestEmergency::clipThatGivesNothing_leavesTheSlate()
{
    LadderRig rig(true, [](ClockOptions &options) { options.isOnEmergency = true; });
    MemoryClip clip(kLadderFormat, kClipMark);
    clip.write(8);
    rig.clock->emergency().setCue({clip.source()});
    rig.clock->setCue({}, true, nullptr);
    rig.clock->start();
    QVERIFY(rig.shows(kClipMark, 8));
    for (std::int64_t i = 0; i < kHold; ++i) {
        const AirFramePtr frame = rig.take();
        QVERIFY(frame && frame->isEmergency);
        QCOMPARE(MemoryClip::frameOf(frame->picture), 7);
        QCOMPARE(frame->position.after, 8);
        QCOMPARE(frame->counts.held, i + 1);
    }
    QVERIFY(rig.shows(kSlateMark, 5));
    QCOMPARE(rig.story(), u"emergency@0 slate@48"_s);
}

void TestEmergency::clip_standsInForAnItem_thatGivesNoPictures()
{
    LadderRig rig(true);
    MemoryClip a(kLadderFormat, 1);
    a.write(5);
    const auto clip = loopOf(100);
    rig.clock->emergency().setCue({clip->source()});
    rig.clock->setCue({a.source()}, false, nullptr);
    rig.clock->start();
    QVERIFY(rig.shows(1, 5));
    for (std::int64_t i = 0; i < kHold; ++i) {
        const AirFramePtr frame = rig.take();
        QVERIFY(frame && !frame->isSlate);
        QCOMPARE(MemoryClip::frameOf(frame->picture), 4);
    }
    QVERIFY(rig.shows(kSlateMark, kSlate));
    QVERIFY(rig.shows(kClipMark, 10));
    QCOMPARE(rig.position.itemId, u"1"_s); // what goes on is the item
    QCOMPARE(rig.position.after, 5);
    QVERIFY(rig.clock->state().isEmergency && rig.clock->state().source == a.source());
    a.write(40);
    AirFramePtr frame;
    while ((frame = rig.take()) && frame->isEmergency) { }
    QVERIFY(frame);
    QCOMPARE(MemoryClip::markOf(frame->picture), 1);
    QCOMPARE(MemoryClip::frameOf(frame->picture), 5); // nothing of it is lost
    QCOMPARE(rig.story(), u"1@0"_s);
}

// At the next frame of the clip, and to the sample.
void TestEmergency::clip_isGoneOnWith_afterATakeOver()
{
    LadderRig rig(true, [](ClockOptions &options) {
        options.isOnEmergency = true;
        options.firstFrame = 1000;
        options.epoch = Epoch();
        options.epoch->frame = 1000;
        options.epoch->monotonic = FrameClock::now();
    });
    MemoryClip rest(kLadderFormat, kClipMark, 64, 17);
    const auto again = loopOf(30);
    rig.clock->emergency().setCue({rest.source(), again->source()});
    rig.clock->setCue({}, true, nullptr);
    rig.clock->start();
    QTest::qWait(200); // nothing is shown in its place
    QCOMPARE(rig.retained->nextNumber(), 1000);
    rest.write(30);
    rest.setTotal(30);
    QVERIFY(rig.shows(kClipMark, 1, 17));
    QCOMPARE(int(rig.sound.front()), int(samplesBefore(17, kLadderFormat.rate) & 0x7fff));
    QVERIFY(rig.shows(kClipMark, 12, 18));
    QVERIFY(rig.shows(kClipMark, 10));
    QCOMPARE(rig.story(), u"emergency@%1"_s.arg(1000 - kFirstFrame));
}

void TestEmergency::clip_isChangedOnAir_withTheFrame()
{
    LadderRig rig(false, [](ClockOptions &options) { options.isOnEmergency = true; });
    const auto before = loopOf(100);
    const auto after = loopOf(100, 6);
    rig.clock->emergency().setCue({before->source()});
    rig.clock->setCue({}, true, nullptr);
    rig.clock->start();
    QVERIFY(rig.shows(kClipMark, 10));
    rig.clock->emergency().setCue({after->source()});
    AirFramePtr frame;
    std::int64_t shown = 10;
    while ((frame = rig.take()) && MemoryClip::markOf(frame->picture) == kClipMark)
        QCOMPARE(MemoryClip::frameOf(frame->picture), shown++);
    QVERIFY(frame && frame->isEmergency);
    QVERIFY(shown < 40);
    QCOMPARE(MemoryClip::markOf(frame->picture), 6);
    QCOMPARE(MemoryClip::frameOf(frame->picture), 0);
}

} // namespace continuo
