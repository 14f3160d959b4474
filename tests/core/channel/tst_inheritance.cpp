// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_inheritance.h"

#include "core/channel/inheritance.h"

#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Frame 1000 was the 101st of an item that went on air at 900.
Inheritance left(FeedStep step)
{
    Inheritance result;
    result.stood.frame = 1000;
    result.stood.step = step;
    result.stood.position = {u"a"_s, 900, 100, 101};
    result.doesEncoderGoOn = true;
    return result;
}

} // namespace

void TestInheritance::place_afterAWholeFrame_isTheNext()
{
    for (const FeedStep step : {FeedStep::Sound, FeedStep::Done}) {
        const Inheritance::Place place = left(step).place();
        QCOMPARE(place.frame, 1001);
        QCOMPARE(place.itemFrame, 101);
        QCOMPARE(place.itemId, u"a"_s);
    }
}

void TestInheritance::place_inATornPicture_isThatFrame()
{
    const Inheritance::Place place = left(FeedStep::Picture).place();
    QCOMPARE(place.frame, 1000);
    QCOMPARE(place.itemFrame, 100);
}

// Also while the encoder goes on: it may be the next to die.
void TestInheritance::place_isTheFirstNotReleased()
{
    for (const bool doesEncoderGoOn : {false, true}) {
        Inheritance lost = left(FeedStep::Done);
        lost.doesEncoderGoOn = doesEncoderGoOn;
        lost.nextFrame = 970;
        const Inheritance::Place place = lost.place();
        QCOMPARE(place.frame, 970);
        QCOMPARE(place.itemFrame, 70);
        QCOMPARE(lost.feedFrame(), 1001);
    }
}

void TestInheritance::place_neverGoesBackBeforeTheItem()
{
    Inheritance lost = left(FeedStep::Done);
    lost.doesEncoderGoOn = false;
    lost.nextFrame = 880;
    const Inheritance::Place place = lost.place();
    QCOMPARE(place.frame, 900);
    QCOMPARE(place.itemFrame, 0);
}

void TestInheritance::place_ofSlate_goesBackToTheFirstNotReleased()
{
    Inheritance lost = left(FeedStep::Done);
    lost.stood.position = {{}, 900, 0, 0};
    lost.doesEncoderGoOn = false;
    lost.nextFrame = 970;
    QCOMPARE(lost.place().frame, 970);
    QVERIFY(lost.place().itemId.isEmpty());
    lost.doesEncoderGoOn = true;
    QCOMPARE(lost.place().frame, 1001);
}

void TestInheritance::examine_withoutALedger_hasNothing()
{
    QCOMPARE(Inheritance::examine(u"c"_s, HouseFormat(), {}).error().code, ErrorCode::NotFound);
}

} // namespace continuo
