// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_playerwatch.h"

#include "core/playout/playerwatch.h"

#include <QTest>

#include <functional>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr PlayerWatch::Time kLook = 50ms;
constexpr PlayerWatch::Time kNoticed = 350ms;
constexpr PlayerWatch::Patience kPatience{5s, 3s, 20s};

// A player that is looked at every 50 ms.
struct WatchedPlayer {
    void pass(PlayerWatch::Time time, const std::function<void()> &work, bool isExcused = false)
    {
        for (const auto end = now + time; now < end; now += kLook) {
            work();
            watch.see(sight, isExcused, now);
        }
    }
    PlayerTrouble trouble() const { return watch.trouble(kNoticed, now); }
    bool isOver() const { return watch.isOver(kPatience, now); }

    PlayerWatch watch;
    PlayerWatch::Sight sight;
    PlayerWatch::Time now = 1h;
};

} // namespace

void TestPlayerWatch::player_isFine_whileFramesCome()
{
    WatchedPlayer player;
    QCOMPARE(player.trouble(), PlayerTrouble::None); // nobody has looked
    player.pass(30s, [&] { ++player.sight.end; });
    QCOMPARE(player.trouble(), PlayerTrouble::None);
    QVERIFY(!player.isOver());
}

void TestPlayerWatch::trouble_isNamedByWhatStandsStill_data()
{
    QTest::addColumn<bool>("isReading");
    QTest::addColumn<bool>("reads");
    QTest::addColumn<bool>("works");
    QTest::addColumn<int>("trouble");
    QTest::addColumn<int>("overAfterMs");
    QTest::newRow("a dead share") << true << false << false << int(PlayerTrouble::Reading) << 5000;
    QTest::newRow("a loop") << false << false << true << int(PlayerTrouble::Working) << 3000;
    QTest::newRow("stopped") << false << false << false << int(PlayerTrouble::Still) << 3000;
    QTest::newRow("a file that gives nothing")
        << false << true << true << int(PlayerTrouble::Slow) << 20000;
    QTest::newRow("a slow share") << true << true << false << int(PlayerTrouble::Slow) << 20000;
}

void TestPlayerWatch::trouble_isNamedByWhatStandsStill()
{
    QFETCH(bool, isReading);
    QFETCH(bool, reads);
    QFETCH(bool, works);
    QFETCH(int, trouble);
    QFETCH(int, overAfterMs);
    WatchedPlayer player;
    player.pass(1s, [&] { ++player.sight.end; });
    player.sight.progress.readsBegun += isReading ? 1 : 0;
    const auto goOn = [&] {
        player.sight.progress.bytesRead += reads ? 4096 : 0;
        player.sight.cpuTicks += works ? 5 : 0;
    };
    player.pass(kNoticed - 2 * kLook, goOn);
    QCOMPARE(player.trouble(), PlayerTrouble::None);
    player.pass(3 * kLook, goOn);
    QCOMPARE(int(player.trouble()), trouble);
    player.pass(std::chrono::milliseconds(overAfterMs) - kNoticed - 4 * kLook, goOn);
    QVERIFY(!player.isOver());
    QCOMPARE(int(player.trouble()), trouble);
    player.pass(4 * kLook, goOn);
    QVERIFY(player.isOver());
    // It comes back.
    ++player.sight.end;
    player.pass(kLook, goOn);
    QCOMPARE(player.trouble(), PlayerTrouble::None);
    QVERIFY(!player.isOver());
}

// One picture in two seconds: covered by another player meanwhile, but not given up.
void TestPlayerWatch::largePicture_isNoLoop()
{
    WatchedPlayer player;
    for (int picture = 0; picture < 20; ++picture) {
        ++player.sight.progress.packetsDecoded;
        ++player.sight.end;
        player.pass(2s, [&] { player.sight.cpuTicks += 10; });
        QCOMPARE(player.trouble(), PlayerTrouble::Working);
        QVERIFY(!player.isOver());
    }
}

void TestPlayerWatch::whoIsNotWanted_isExcused()
{
    WatchedPlayer player;
    player.pass(
        60s, [] {}, true);
    QCOMPARE(player.trouble(), PlayerTrouble::None);
    QVERIFY(!player.isOver());
    player.pass(1s, [] {});
    QCOMPARE(player.trouble(), PlayerTrouble::Still);
    player.watch.begin(); // another player
    QCOMPARE(player.trouble(), PlayerTrouble::None);
    player.pass(kLook, [] {});
    QCOMPARE(player.trouble(), PlayerTrouble::None);
}

} // namespace continuo
