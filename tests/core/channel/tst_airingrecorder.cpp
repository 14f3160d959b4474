// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_airingrecorder.h"

#include "core/channel/airingrecorder.h"
#include "tests/core/records/subjects.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr FrameRate kAsRunRate{30, 1};
constexpr std::int64_t kEpochFrame = 480;
constexpr WallTime kEpochWall = 1000h; // in 1970

WallTime due(std::int64_t frame)
{
    return kEpochWall + WallTime(framesToNanoseconds(frame - kEpochFrame, kAsRunRate) / 1000);
}

// A recorder of channel "one" with its database, and what an engine that is killed leaves of it.
struct AsRun {
    QTemporaryDir folder;
    std::unique_ptr<Records> records;
    std::unique_ptr<AiringRecorder> recorder;

    AsRun() { startEngine(); }
    void startEngine()
    {
        recorder.reset();
        records.reset(); // one after the other in the file
        records = std::make_unique<Records>(folder.filePath(u"records.sqlite"_s));
        records->keepDays(0, [](const Result<int> &) {}); // or rows of 1970 go after ten seconds
        recorder = std::make_unique<AiringRecorder>(u"one"_s, kAsRunRate);
        recorder->setRecords(records.get());
    }
    void setEpoch() const
    {
        Epoch epoch;
        epoch.frame = kEpochFrame;
        epoch.wall = kEpochWall;
        recorder->setEpoch(epoch);
    }
    void takeOver(std::int64_t lastBegin)
    {
        startEngine();
        setEpoch();
        recorder->continueAfterRestart(lastBegin);
    }
    void begin(const QString &item, std::int64_t frame, std::int64_t frames = -1,
               std::int64_t from = 0, const QString &reason = u"follow"_s) const
    {
        recorder->begin({item, u"/clips/"_s + item, item, frame, reason, frames, from, 0, 0});
    }
    // What of a row a take-over may spoil: "item first-next reasons", "…" while it is on air.
    QStringList rows() const
    {
        QStringList texts;
        for (const Airing &row : rowsOf(*records)) {
            const QString end = row.isOnAir ? u"…"_s : QString::number(row.end.nextFrame);
            texts += u"%1 %2-%3 %4"_s.arg(row.itemId)
                         .arg(row.startFrame)
                         .arg(end, row.reasons.join(u' '))
                         .trimmed();
        }
        return texts;
    }
};

} // namespace

void TestAiringRecorder::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestAiringRecorder::reasons_sayWhyAnItemWasLeft()
{
    const AsRun run;
    run.setEpoch();
    run.begin(u"a"_s, 480, 300);
    run.begin(u"b"_s, 500, 100, 0, u"skip"_s);
    run.begin(u"c"_s, 600, 100);
    run.recorder->note(u"c"_s, u"cut-short"_s, u"damaged"_s);
    run.begin({}, 650, -1, 0, u"slate"_s);
    run.begin(u"d"_s, 700, 100, 0, u"take"_s);
    run.recorder->missed(u"e"_s, u"/clips/e"_s, u"e"_s, 710, u"no such file"_s);
    run.recorder->end(720, 0, 0, u"channel-stopped"_s);
    run.recorder->end(730, 0, 0, u"engine-ended"_s); // it is off air already
    QCOMPARE(run.rows(),
             (QStringList{u"a 480-500 skip"_s, u"b 500-600"_s, u"c 600-650 cut-short"_s,
                          u"650-700"_s, u"d 700-720 channel-stopped"_s, u"e 710-710 failed"_s}));
}

// The dead engine was at b already, but the last frames of a were in no output yet.
void TestAiringRecorder::takeOver_continuesTheRows_ofAllThatBeganBefore()
{
    AsRun run;
    run.setEpoch();
    run.begin(u"a"_s, 900, 90);
    run.begin(u"b"_s, 990, 210);
    run.recorder->progress(1000, 0, 0);
    run.takeOver(990);
    run.begin(u"a"_s, 970, 90, 70);
    run.begin(u"b"_s, 990, 210);
    run.begin(u"c"_s, 1200, 30);
    QCOMPARE(run.rows(),
             (QStringList{u"a 900-990"_s, u"b 990-1200 engine-restarted"_s, u"c 1200-…"_s}));
}

void TestAiringRecorder::takeOver_inALoopOfOneItem_mixesUpNoRows()
{
    AsRun run;
    run.setEpoch();
    run.begin(u"a"_s, 900, 90);
    run.begin(u"a"_s, 990, 90);
    run.takeOver(990);
    run.begin(u"a"_s, 970, 90, 70);
    run.begin(u"a"_s, 990, 90);
    run.begin(u"a"_s, 1080, 90);
    QCOMPARE(run.rows(),
             (QStringList{u"a 900-990"_s, u"a 990-1080 engine-restarted"_s, u"a 1080-…"_s}));
}

void TestAiringRecorder::afterATakeOver_whatFollowsIsPlannedByWhatIsLeft()
{
    AsRun run;
    run.takeOver(970);
    run.begin(u"a"_s, 970, 90, 70);
    run.begin(u"b"_s, 990, 30);
    const QList<Airing> rows = rowsOf(*run.records);
    QCOMPARE(rows.size(), 2);
    QVERIFY(rows[1].plannedStart.has_value());
    // 970 and 20 frames more are rounded to whole microseconds one by one.
    QVERIFY(std::chrono::abs(*rows[1].plannedStart - due(990)) <= 1us);
}

// A channel that is stopped at its first frame; nor is the epoch of an earlier time on air.
void TestAiringRecorder::withoutAnEpoch_theSystemsTimeIsTaken()
{
    const AsRun run;
    const auto isOfThisCentury
        = [](const Airing &row) { return row.start > WallTime(24h * 365 * 31); };
    run.setEpoch();
    run.begin(u"a"_s, 480, 90);
    run.recorder->end(500, 0, 0, u"channel-stopped"_s);
    run.begin(u"a"_s, 540, 90);
    run.recorder->end(540, 0, 0, u"channel-stopped"_s);
    const QList<Airing> rows = rowsOf(*run.records);
    QCOMPARE(rows.size(), 2);
    QCOMPARE(rows[0].start.count(), due(480).count());
    QVERIFY(isOfThisCentury(rows[1]));
}

} // namespace continuo
