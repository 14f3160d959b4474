// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_timerepair.h"

#include "core/media/timerepair.h"

#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr AVRational kMilliseconds{1, 1000};
constexpr std::int64_t kHour = 3600 * 1000;
constexpr std::int64_t kPicture = 40; ///< ms
constexpr std::int64_t kSound = 20;

TimeRepair repairOfJoins()
{
    return TimeRepair(10 * AV_TIME_BASE);
}

/// What becomes of a packet's timestamp (both of them), in milliseconds.
std::int64_t repaired(TimeRepair &times, Track track, std::int64_t stamp)
{
    const PacketPtr packet(av_packet_alloc());
    packet->pts = stamp;
    packet->dts = stamp;
    packet->duration = track == Track::Picture ? kPicture : kSound;
    times.repair(track, packet.get(), kMilliseconds);
    return packet->dts;
}

/// Packets of two seconds from \p start on: a picture, then the two sounds beside it.
void playTwoSeconds(TimeRepair &times, std::int64_t start)
{
    for (std::int64_t at = start; at < start + 2000; at += kPicture) {
        QCOMPARE(repaired(times, Track::Picture, at), at);
        QCOMPARE(repaired(times, Track::Sound, at), at);
        QCOMPARE(repaired(times, Track::Sound, at + kSound), at + kSound);
    }
}

} // namespace

void TestTimeRepair::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestTimeRepair::join_keepsBothStreamsInStep_data()
{
    QTest::addColumn<qint64>("start");
    QTest::newRow("back by hours") << qint64(-5 * kHour);
    QTest::newRow("on by hours") << qint64(7 * kHour);
    QTest::newRow("back by its own length") << qint64(0);
    QTest::newRow("back by little more than a second") << qint64(880);
}

void TestTimeRepair::join_keepsBothStreamsInStep()
{
    QFETCH(qint64, start);
    TimeRepair times = repairOfJoins();
    playTwoSeconds(times, 0);
    // The sound of the first recording ends after the first picture of the second was read, and
    // that of the second begins 100 ms after its picture.
    QCOMPARE(repaired(times, Track::Picture, start), 2000);
    QCOMPARE(repaired(times, Track::Sound, 2000), 2000);
    QCOMPARE(repaired(times, Track::Picture, start + 40), 2040);
    QCOMPARE(repaired(times, Track::Sound, start + 100), 2100);
    QCOMPARE(repaired(times, Track::Picture, start + 80), 2080);
    QCOMPARE(repaired(times, Track::Sound, start + 120), 2120);
    QCOMPARE(times.jumps(), 1);
}

void TestTimeRepair::jump_ofOneStream_leavesTheOther_data()
{
    QTest::addColumn<bool>("isPicture");
    QTest::addColumn<qint64>("step");
    QTest::newRow("picture, on") << true << qint64(kHour);
    QTest::newRow("picture, back") << true << qint64(-kHour);
    QTest::newRow("sound, on") << false << qint64(kHour);
    QTest::newRow("sound, back") << false << qint64(-kHour);
}

void TestTimeRepair::jump_ofOneStream_leavesTheOther()
{
    QFETCH(bool, isPicture);
    QFETCH(qint64, step);
    TimeRepair times = repairOfJoins();
    playTwoSeconds(times, 0);
    for (std::int64_t at = 2000; at < 4000; at += kPicture) {
        const std::int64_t soundStep = isPicture ? 0 : step;
        QCOMPARE(repaired(times, Track::Picture, at + (isPicture ? step : 0)), at);
        QCOMPARE(repaired(times, Track::Sound, at + soundStep), at);
        QCOMPARE(repaired(times, Track::Sound, at + kSound + soundStep), at + kSound);
    }
    QCOMPARE(times.jumps(), 1);
}

void TestTimeRepair::damage_ofOneTimestamp_movesNoOther_data()
{
    QTest::addColumn<qint64>("step");
    QTest::newRow("hours on") << qint64(kHour);
    QTest::newRow("hours back") << qint64(-kHour);
    QTest::newRow("too little for a jump") << qint64(5000);
}

void TestTimeRepair::damage_ofOneTimestamp_movesNoOther()
{
    QFETCH(qint64, step);
    TimeRepair times = repairOfJoins();
    playTwoSeconds(times, 0);
    repaired(times, Track::Picture, 2000 + step);
    QCOMPARE(repaired(times, Track::Sound, 2000), 2000);
    QCOMPARE(repaired(times, Track::Sound, 2020), 2020);
    playTwoSeconds(times, 2040);
}

void TestTimeRepair::ptsFarFromDts_isTakenOut()
{
    TimeRepair times = repairOfJoins();
    playTwoSeconds(times, 0);
    const PacketPtr packet(av_packet_alloc());
    packet->dts = 2000;
    packet->pts = 2080 + kHour;
    times.repair(Track::Picture, packet.get(), kMilliseconds);
    QCOMPARE(packet->dts, 2000);
    QCOMPARE(packet->pts, AV_NOPTS_VALUE);
    packet->dts = 2040 + kHour;
    packet->pts = 2040;
    times.repair(Track::Picture, packet.get(), kMilliseconds);
    QCOMPARE(packet->dts, AV_NOPTS_VALUE);
    QCOMPARE(packet->pts, 2040);
    QCOMPARE(times.jumps(), 0);
}

void TestTimeRepair::begins_thatAreHoursApart_areDrawnTogether()
{
    TimeRepair times = repairOfJoins();
    QCOMPARE(repaired(times, Track::Picture, kHour), kHour); // only this one is damaged
    QCOMPARE(repaired(times, Track::Sound, 0), kHour);
    QCOMPARE(repaired(times, Track::Picture, 40), kHour + 40);
    QCOMPARE(repaired(times, Track::Sound, 20), kHour + 20);
}

void TestTimeRepair::begins_elsewhere_mayLieFarApart_data()
{
    QTest::addColumn<bool>("isSoundFirst");
    QTest::newRow("sound first") << true;
    QTest::newRow("picture first") << false;
}

void TestTimeRepair::begins_elsewhere_mayLieFarApart()
{
    QFETCH(bool, isSoundFirst);
    TimeRepair times(600LL * AV_TIME_BASE);
    playTwoSeconds(times, 0);
    times.goElsewhere();
    // The last of the sound, which ended long before the picture that was sought.
    if (isSoundFirst)
        QCOMPARE(repaired(times, Track::Sound, 299'900), 299'900);
    QCOMPARE(repaired(times, Track::Picture, 1'200'000), 1'200'000);
    if (!isSoundFirst)
        QCOMPARE(repaired(times, Track::Sound, 299'900), 299'900);
    QCOMPARE(repaired(times, Track::Picture, 1'200'040), 1'200'040);
    QCOMPARE(times.jumps(), 0);
}

void TestTimeRepair::recording_withoutSound_leavesTheNextInStep_data()
{
    QTest::addColumn<bool>("isSoundFirst");
    QTest::newRow("sound first") << true;
    QTest::newRow("picture first") << false;
}

void TestTimeRepair::recording_withoutSound_leavesTheNextInStep()
{
    QFETCH(bool, isSoundFirst);
    TimeRepair times = repairOfJoins();
    // Three recordings that all begin at 0; the second is the longer one.
    playTwoSeconds(times, 0);
    for (std::int64_t at = 0; at < 10'000; at += kPicture)
        QCOMPARE(repaired(times, Track::Picture, at), 2000 + at);
    if (isSoundFirst)
        QCOMPARE(repaired(times, Track::Sound, 0), 12'000);
    QCOMPARE(repaired(times, Track::Picture, 0), 12'000);
    if (!isSoundFirst)
        QCOMPARE(repaired(times, Track::Sound, 0), 12'000);
    QCOMPARE(repaired(times, Track::Sound, 20), 12'020);
    QCOMPARE(repaired(times, Track::Picture, 40), 12'040);
    QCOMPARE(times.jumps(), 2);
}

void TestTimeRepair::gap_staysWhereTheOtherStreamGoesOn()
{
    TimeRepair times = repairOfJoins();
    playTwoSeconds(times, 0);
    for (std::int64_t at = 2000; at < 62'000; at += kPicture)
        QCOMPARE(repaired(times, Track::Picture, at), at);
    QCOMPARE(repaired(times, Track::Sound, 62'000), 62'000);
    QCOMPARE(times.jumps(), 0);
}

void TestTimeRepair::wildTimestamps_areTakenOut()
{
    TimeRepair times = repairOfJoins();
    playTwoSeconds(times, 0);
    for (const std::int64_t wild : {INT64_MAX, INT64_MIN + 1, INT64_MAX / 1000})
        QCOMPARE(repaired(times, Track::Picture, wild), AV_NOPTS_VALUE);
    // They count as long as they last.
    QCOMPARE(repaired(times, Track::Picture, 2000 + kHour), 2000 + 3 * kPicture);
}

} // namespace continuo
