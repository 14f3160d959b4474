// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_ledger.h"

#include "core/frames/ledger.h"

#include <QRandomGenerator>
#include <QTest>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const HouseFormat kFormat{160, 90, FrameRate{30, 1}};

AirFrame frameOf(std::int64_t number)
{
    AirFrame frame;
    frame.number = number;
    frame.sound.assign(3200, std::int16_t(number & 0x7fff));
    frame.position = {u"item-%1"_s.arg(number), number - 7, number * 3, number * 3 + 1};
    frame.gain = {AirGain::Kind::Estimated, -310, -2300};
    frame.counts = {number - 100, 1, 2, 3};
    return frame;
}

std::unique_ptr<Ledger> newLedger()
{
    Result<std::unique_ptr<Ledger>> made = Ledger::create(kFormat);
    return made ? std::move(made).value() : nullptr;
}

UniqueFd copyOf(int fd)
{
    return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

} // namespace

void TestLedger::newLedger_saysThatNothingWasDone()
{
    const auto ledger = newLedger();
    QVERIFY(ledger);
    const LedgerState state = ledger->read();
    QCOMPARE(state.session, 0);
    QCOMPARE(state.step, FeedStep::None);
    QCOMPARE(state.epochFrame, -1);
}

void TestLedger::steps_areReadBack_byAnotherMapping()
{
    const auto ledger = newLedger();
    QVERIFY(ledger);
    Result<std::unique_ptr<Ledger>> other = Ledger::attach(copyOf(ledger->fd()), kFormat);
    QVERIFY(other);
    ledger->beginSession(3);
    ledger->setEpoch(480, 123456789, 987654321);
    ledger->begin(3, frameOf(500));
    LedgerState state = other.value()->read();
    QCOMPARE(state.session, 3);
    QCOMPARE(state.frame, 500);
    QCOMPARE(state.step, FeedStep::Picture);
    QCOMPARE(state.position.itemId, u"item-500"_s);
    QCOMPARE(state.position.airing, 493);
    QCOMPARE(state.position.before, 1500);
    QCOMPARE(state.position.after, 1501);
    QCOMPARE(state.gain, frameOf(500).gain);
    QCOMPARE(state.counts.since, 400);
    QCOMPARE(state.counts.late, 1);
    QCOMPARE(state.counts.held, 2);
    QCOMPARE(state.counts.dropped, 3);
    QCOMPARE(state.sound.size(), 3200U);
    QCOMPARE(state.epochFrame, 480);
    QCOMPARE(state.epochMonotonicNs, 123456789);
    QCOMPARE(state.epochWallUs, 987654321);
    ledger->pictureDone();
    QCOMPARE(other.value()->read().step, FeedStep::Sound);
    ledger->soundDone();
    QCOMPARE(other.value()->read().step, FeedStep::Done);
}

// What is planned for frames to come stands beside what the frame was drawn with.
void TestLedger::logo_isReadBack_withTheFrame()
{
    const auto ledger = newLedger();
    QVERIFY(ledger);
    QCOMPARE(ledger->read().logo, LogoPlan());
    Result<std::unique_ptr<Ledger>> other = Ledger::attach(copyOf(ledger->fd()), kFormat);
    QVERIFY(other);
    const LogoPlan plan = LogoPlan().changed(7, 200, 480, 12).changed(8, 255, 520, 25);
    ledger->setLogo(plan);
    AirFrame frame = frameOf(510);
    frame.logoWanted = {505, 255, 0, 12};
    ledger->begin(3, frame);
    QCOMPARE(other.value()->read().logo, plan);
    QCOMPARE(other.value()->read().logoWanted, frame.logoWanted);
    ledger->beginSession(4);
    QCOMPARE(other.value()->read().logoWanted, frame.logoWanted);
    ledger->setLogo({});
    QCOMPARE(other.value()->read().logo, LogoPlan());
}

void TestLedger::gain_isNone_whenItIsNoGain()
{
    const auto ledger = newLedger();
    QVERIFY(ledger);
    AirFrame frame = frameOf(510);
    for (const AirGain &gain :
         {AirGain{AirGain::Kind(3), 0, 0}, AirGain{AirGain::Kind::Measured, 10'001, 0},
          AirGain{AirGain::Kind::Measured, std::numeric_limits<std::int32_t>::min(), 0},
          AirGain{AirGain::Kind::Estimated, 0, -10'001}}) {
        frame.gain = gain;
        ledger->begin(3, frame);
        QCOMPARE(ledger->read().gain, AirGain());
    }
    frame.gain = {AirGain::Kind::Measured, -10'000, 0};
    ledger->begin(3, frame);
    QCOMPARE(ledger->read().gain, frame.gain);
    ledger->beginSession(4);
    QCOMPARE(ledger->read().gain, frame.gain);
}

void TestLedger::newSession_keepsThePlaceInTheProgramme()
{
    const auto ledger = newLedger();
    QVERIFY(ledger);
    ledger->begin(1, frameOf(600));
    ledger->soundDone();
    ledger->beginSession(2);
    const LedgerState state = ledger->read();
    QCOMPARE(state.session, 2);
    QCOMPARE(state.step, FeedStep::None);
    QCOMPARE(state.frame, 600);
    QCOMPARE(state.position.itemId, u"item-600"_s);
}

void TestLedger::anyOtherMemory_isRefused()
{
    const auto ledger = newLedger();
    QVERIFY(ledger);
    const HouseFormat slow{160, 90, FrameRate{1, 1}};
    QCOMPARE(Ledger::attach(copyOf(ledger->fd()), slow).error().code, ErrorCode::Corrupt);
    UniqueFd zeros(::memfd_create("zeros", MFD_CLOEXEC));
    const off_t size = ::lseek(ledger->fd(), 0, SEEK_END);
    QCOMPARE(::ftruncate(zeros.get(), size), 0);
    QCOMPARE(Ledger::attach(std::move(zeros), kFormat).error().code, ErrorCode::Corrupt);
    QCOMPARE(Ledger::attach(UniqueFd(), kFormat).error().code, ErrorCode::Corrupt);
}

void TestLedger::killedWriter_leavesOneWholeState()
{
    QRandomGenerator random(7);
    for (int round = 0; round < 30; ++round) {
        const auto ledger = newLedger();
        QVERIFY(ledger);
        const pid_t child = ::fork();
        if (child == 0) {
            for (std::int64_t number = 480;; ++number) {
                ledger->begin(number, frameOf(number));
                ledger->pictureDone();
                ledger->soundDone();
                ledger->setEpoch(number, number * 2, number * 3);
            }
        }
        QTRY_VERIFY(ledger->read().frame > 500);
        ::usleep(random.bounded(3000U));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        const LedgerState state = ledger->read();
        QCOMPARE(state.session, state.frame);
        QCOMPARE(state.position.itemId, u"item-%1"_s.arg(state.frame));
        QCOMPARE(state.position.after, state.frame * 3 + 1);
        QVERIFY(state.step != FeedStep::None);
        QVERIFY(std::ranges::all_of(state.sound, [&](std::int16_t value) {
            return value == std::int16_t(state.frame & 0x7fff);
        }));
        QCOMPARE(state.epochMonotonicNs, state.epochFrame * 2);
        QCOMPARE(state.epochWallUs, state.epochFrame * 3);
    }
}

} // namespace continuo
