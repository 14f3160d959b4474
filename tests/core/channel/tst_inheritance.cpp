// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_inheritance.h"

#include "core/channel/inheritance.h"

#include <QTest>

#include <fcntl.h>

#include <fcntl.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

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

UniqueFd duplicate(int fd)
{
    return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

// The ledger of a channel whose clock runs since frame 480, and which has fed nothing.
std::unique_ptr<Ledger> begunLedger()
{
    Result<std::unique_ptr<Ledger>> ledger = Ledger::create(HouseFormat());
    if (!ledger)
        return nullptr;
    ledger.value()->setEpoch(480, 1, 1);
    return std::move(ledger).value();
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

void TestInheritance::examine_beforeTheFirstFrame_hasNothing()
{
    const auto ledger = begunLedger();
    QVERIFY(ledger);
    ledger->beginSession(1);
    std::map<QString, UniqueFd> all;
    all[held::ledger(u"c"_s)] = duplicate(ledger->fd());
    const Result<Inheritance> found = Inheritance::examine(u"c"_s, HouseFormat(), std::move(all));
    QVERIFY(!found);
    QCOMPARE(found.error().code, ErrorCode::NotFound);
}

// All that was fed is inside the encoder, which may be the next to die.
void TestInheritance::examine_beforeTheFirstRelease_goesBackToTheFirstFrame()
{
    const auto ledger = begunLedger();
    QVERIFY(ledger);
    AirFrame frame;
    frame.number = 500;
    frame.position = {u"a"_s, 480, 20, 21};
    ledger->beginSession(1);
    ledger->begin(1, frame);
    ledger->soundDone();
    // In the place of the publisher: it says nothing itself, its answer is there already.
    ChildRequest request;
    request.program = u"sleep"_s;
    request.arguments = {u"60"_s};
    Result<ChildProcess> process = ChildProcess::start(request);
    QVERIFY(process);
    auto ends = MessageSocket::createPair();
    QVERIFY(ends);
    QVERIFY(ends->second.send(
        {{u"report"_s,
          QJsonObject{{u"session"_s, 1}, {u"first_frame"_s, 480}, {u"next_frame"_s, -1}}}}));
    std::map<QString, UniqueFd> all;
    all[held::ledger(u"c"_s)] = duplicate(ledger->fd());
    all[held::publisher(u"c"_s)] = ends->first.takeFd();
    all[held::publisherProcess(u"c"_s)] = duplicate(process->pidFd());
    const Result<Inheritance> found = Inheritance::examine(u"c"_s, HouseFormat(), std::move(all));
    process->stop(0ms);
    QVERIFY(found);
    QCOMPARE(found->feedFrame(), 501);
    QCOMPARE(found->place().frame, 480);
    QCOMPARE(found->place().itemFrame, 0);
}

} // namespace continuo
