// SPDX-License-Identifier: GPL-3.0-or-later
// What the proof has noted of a long file without an index goes with the clip to its player, which
// begins there.
#include "core/playout/player.h"
#include "core/proof/proofqueue.h"

#include <QProcess>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

const HouseFormat kFormat{160, 90, {30, 1}};
constexpr int kPatienceMs = 60000;

} // namespace

class TestPlayerStart final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void provenClip_isBegunAtAWaypoint()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(u"long.ts"_s);
        QCOMPARE(QProcess::execute(
                     u"ffmpeg"_s,
                     {u"-v"_s,   u"error"_s,   u"-nostdin"_s, u"-y"_s,
                      u"-f"_s,   u"lavfi"_s,   u"-i"_s,       u"testsrc2=s=160x90:r=25:d=40"_s,
                      u"-f"_s,   u"lavfi"_s,   u"-i"_s,       u"sine=r=48000:d=40"_s,
                      u"-c:v"_s, u"libx264"_s, u"-preset"_s,  u"ultrafast"_s,
                      u"-g"_s,   u"50"_s,      u"-c:a"_s,     u"mp2"_s,
                      path}),
                 0);
        ProofQueue queue(QString{});
        queue.setPatience(std::chrono::milliseconds(kPatienceMs));
        queue.look(path);
        QTRY_VERIFY_WITH_TIMEOUT(queue.waypoints(path), kPatienceMs);

        PlayerRequest request;
        request.itemId = u"a"_s;
        request.path = path;
        request.from = 1000;
        QCOMPARE(startedBy(request), u"reading"_s);
        request.waypoints = queue.waypoints(path);
        QCOMPARE(startedBy(request), u"waypoint"_s);
        request.from = 0;
        QCOMPARE(startedBy(request), QString());
    }

private:
    static QString startedBy(const PlayerRequest &request)
    {
        Result<std::unique_ptr<Player>> player = Player::start(kFormat, {8, 8}, {});
        if (!player)
            return player.error().detail;
        const QSignalSpy opened(player.value().get(), &Player::opened);
        if (Result<void> sent = player.value()->open(request); !sent)
            return sent.error().detail;
        if (!QTest::qWaitFor([&] { return !opened.isEmpty(); }, kPatienceMs))
            return u"it has not opened"_s;
        return player.value()->facts().startedBy;
    }
};

QTEST_GUILESS_MAIN(TestPlayerStart)
#include "tst_playerstart.moc"
