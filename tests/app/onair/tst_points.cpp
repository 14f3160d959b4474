// SPDX-License-Identifier: GPL-3.0-or-later
// A looping list of items with in and out points, some of which are moved while they are on air,
// and players that are killed inside of them: what comes out is each part from its first frame to
// its last, and nothing held.
#include "tests/support/onair/onair.h"
#include "tests/support/patience.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QTest>

#include <array>
#include <csignal>
#include <map>
#include <span>
#include <stdexcept>
#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr qint64 kFps = 30;
constexpr qint64 kSafeZoneFrames = 15;

struct Points {
    int in = 0;
    int out = -1; ///< -1: the clip's end
};

// Of clips of 120 frames; the corpus has long groups of pictures, and TS without an index.
constexpr std::array<Points, 12> kPoints{{{0, 100},
                                          {17, -1},
                                          {5, 95},
                                          {},
                                          {31, 113},
                                          {1, 119},
                                          {40, 500},
                                          {13, 103},
                                          {0, 61},
                                          {29, -1},
                                          {7, 97},
                                          {59, 119}}};
// Rows of one of each kind: an out point, none, an out point behind the end, both, an in point.
constexpr std::array kOneOfEachKind{0, 3, 6, 7, 9};
// Rows of a short list. The engine dies inside of its second, an ordinary clip: to catch up in
// ProRes of 50 pictures a second takes longer.
constexpr std::array kAroundOrdinary{0, 7, 8, 9};
constexpr int kOrdinary = 1; // of these
constexpr int kNothing = 3; // before this one an item whose in point lies behind its end

/// What is on the list: clips, and the points of each.
struct Parts {
    Corpus corpus;
    std::vector<Points> points;
};

Parts loadParts()
{
    return {loadCorpus(4, {kFps, 1}), {kPoints.begin(), kPoints.end()}};
}

/// Those \p rows of them alone.
Parts loadParts(std::span<const int> rows)
{
    const Parts all = loadParts();
    Parts some;
    for (const int row : rows) {
        some.corpus.files.append(all.corpus.files[row]);
        some.corpus.clips.push_back(all.corpus.clips[std::size_t(row)]);
        some.corpus.frames.push_back(all.corpus.frames[std::size_t(row)]);
        some.points.push_back(all.points[std::size_t(row)]);
    }
    return some;
}

QString timecode(qint64 frame)
{
    return QString::asprintf("00:00:%02lld:%02lld", static_cast<long long>(frame / kFps),
                             static_cast<long long>(frame % kFps));
}

/// The model: the list from its first row on, again and again. Airings are counted from 0.
class PointsModel {
public:
    struct Airing {
        int row = 0;
        qint64 start = 0; // absolute frame
        int from = 0; // frames of the clip
        int to = 0;
    };

    explicit PointsModel(const Parts &parts)
        : m_clipFrames(parts.corpus.frames)
    {
        m_changes[0] = parts.points;
    }

    int rows() const { return int(m_clipFrames.size()); }

    /// From airing \p first on the item of \p row has these points.
    void set(int first, int row, Points points)
    {
        auto change = m_changes.lower_bound(first);
        if (change == m_changes.end() || change->first != first)
            change = m_changes.emplace(first, at(first)).first;
        for (; change != m_changes.end(); ++change)
            change->second[std::size_t(row)] = points;
    }
    /// Airing \p number alone ends before \p frame of its clip.
    void leave(int number, int frame) { m_left[number] = frame; }

    std::vector<Airing> airings(qint64 first, qint64 end) const
    {
        std::vector<Airing> result;
        for (int number = 0; first < end; ++number) {
            Airing airing;
            airing.row = number % rows();
            airing.start = first;
            const Points points = at(number)[std::size_t(airing.row)];
            airing.from = points.in;
            airing.to = int(m_clipFrames[std::size_t(airing.row)]);
            if (points.out >= 0)
                airing.to = std::min(airing.to, points.out);
            if (const auto left = m_left.find(number); left != m_left.end())
                airing.to = left->second;
            first += airing.to - airing.from;
            result.push_back(airing);
        }
        return result;
    }
    Points pointsOf(int number, int row) const { return at(number)[std::size_t(row)]; }

private:
    const std::vector<Points> &at(int number) const
    {
        return std::prev(m_changes.upper_bound(number))->second;
    }

    const std::vector<qint64> m_clipFrames;
    std::map<int, std::vector<Points>> m_changes; // from which airing on
    std::map<int, int> m_left;
};

} // namespace

class TestPoints : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyPart_isAiredFromItsFirstFrameToItsLast()
    {
        guarded([this] { playAll(); });
    }
    void rendered_hasTheSameParts()
    {
        guarded([this] { renderAll(); });
    }
    void engine_goesOnInsideOfAPart()
    {
        guarded([this] { killEngine(); });
    }

private:
    struct Run {
        TestStation &station;
        PointsModel &model;
        QStringList ids;
        qint64 first = 0;
    };

    const QString m_channel = u"points"_s;

    // Waits until airing \p number has come to frame \p frame of its clip, and that it stands where
    // the model says.
    QJsonObject waitFor(Run &run, int number, int frame)
    {
        const QJsonObject status = run.station.waitForStatus(
            m_channel,
            [&](const QJsonObject &now) {
                const qint64 air = now.value("frame"_L1).toInteger();
                const auto airings = run.model.airings(run.first, air + 1);
                return int(airings.size()) > number + 1
                    || (int(airings.size()) == number + 1
                        && air - airings.back().start + airings.back().from >= frame);
            },
            60s);
        const qint64 air = status.value("frame"_L1).toInteger();
        const auto airings = run.model.airings(run.first, air + 1);
        if (int(airings.size()) != number + 1)
            throw std::runtime_error("the test came too late for its moment");
        const QJsonObject item = status.value("item"_L1).toObject();
        [&] {
            QCOMPARE(item.value("id"_L1).toString(), run.ids[airings.back().row]);
            QCOMPARE(item.value("startFrame"_L1).toInteger(), airings.back().start);
            const Points points = run.model.pointsOf(number, airings.back().row);
            if (points.out >= 0) // else it may be a guess yet
                QCOMPARE(item.value("frames"_L1).toInteger(),
                         airings.back().to - airings.back().from);
            QCOMPARE(item.value("frame"_L1).toInteger(), air - airings.back().start + 1);
        }();
        return status;
    }

    qint64 setPoints(Run &run, int row, const QJsonObject &points)
    {
        QJsonObject params = points;
        params.insert(u"channel"_s, m_channel);
        params.insert(u"item"_s, run.ids[row]);
        return run.station.call(u"playlist.set"_s, params).value("frame"_L1).toInteger();
    }

    // An airing's out is moved when it has come to \p at: it ends there, and so do later ones.
    void moveOut(Run &run, int number, int at, int out)
    {
        waitFor(run, number, at);
        const int row = number % run.model.rows();
        setPoints(run, row, {{u"out"_s, timecode(out)}});
        run.model.set(number, row, {run.model.pointsOf(number, row).in, out});
    }

    // The same to where it is passed: which frame is the next is the station's to say.
    void moveOutBehind(Run &run, int number, int at, int out)
    {
        const qint64 start = waitFor(run, number, at)
                                 .value("item"_L1)
                                 .toObject()
                                 .value("startFrame"_L1)
                                 .toInteger();
        const int row = number % run.model.rows();
        const qint64 frame = setPoints(run, row, {{u"out"_s, timecode(out)}});
        const QString id = run.ids[(row + 1) % int(run.ids.size())];
        const QJsonObject status = run.station.waitForStatus(
            m_channel,
            [&](const QJsonObject &now) {
                return now.value("item"_L1).toObject().value("id"_L1).toString() == id;
            },
            20s);
        const qint64 end = status.value("item"_L1).toObject().value("startFrame"_L1).toInteger();
        qInfo("accepted at frame %lld, the next item is on air from %lld on",
              static_cast<long long>(frame), static_cast<long long>(end));
        QVERIFY2(end > frame && end <= frame + 3, qPrintable(QString::number(end - frame)));
        const int in = run.model.pointsOf(number, row).in;
        run.model.set(number + 1, row, {in, out});
        run.model.leave(number, in + int(end - start));
    }

    void killPlayers(Run &run, int number, int at)
    {
        waitFor(run, number, at);
        run.station.signalAll(SIGKILL, u"player"_s);
    }

    // The list as the model says, and before row \p nothing the item of which nothing shows: its id
    // is returned.
    QString setAllPoints(Run &run, const Corpus &corpus, int nothing = kNothing)
    {
        for (int row = 0; row < run.model.rows(); ++row) {
            const Points points = run.model.pointsOf(0, row);
            QJsonObject set{{u"in"_s, points.in > 0 ? timecode(points.in) : QString()}};
            if (points.out >= 0)
                set.insert(u"out"_s, timecode(points.out));
            setPoints(run, row, set);
        }
        const QJsonObject added = run.station.call(u"playlist.add"_s,
                                                   {{u"channel"_s, m_channel},
                                                    {u"files"_s, QJsonArray{corpus.files[0]}},
                                                    {u"at"_s, nothing},
                                                    {u"in"_s, u"00:01:00:00"_s}});
        return added.value("items"_L1)[0].toObject().value("id"_L1).toString();
    }

    void renderAll()
    {
        const Parts parts = loadParts(kOneOfEachKind);
        const Corpus &corpus = parts.corpus;
        const QString folder = outputFolder(u"points-rendered"_s);
        TestStation station;
        station.call(u"channel.create"_s, {{u"name"_s, m_channel}});
        PointsModel model(parts);
        Run run{station, model, station.add(m_channel, corpus.files)};
        const QString nothing = setAllPoints(run, corpus);
        const QString out = folder + u"/out.mkv"_s;
        const QJsonObject result
            = station.call(u"station.render"_s, {{u"channel"_s, m_channel}, {u"out"_s, out}}, 300s);
        const QJsonArray problems = result.value("problems"_L1).toArray();
        QCOMPARE(problems.size(), 1);
        QCOMPARE(problems[0].toObject().value("item"_L1).toString(), nothing);
        QCOMPARE(problems[0].toObject().value("framesPlayed"_L1).toInteger(-1), 0);
        framecode::Expectation expectation;
        expectation.fps = framecode::Rate{kFps, 1};
        expectation.slate = framecode::Slate::Never;
        qint64 frames = 0;
        auto airings = model.airings(0, 1 << 20);
        airings.resize(std::size_t(model.rows()));
        for (const PointsModel::Airing &airing : airings) {
            expectation.items.push_back(
                {corpus.clips[std::size_t(airing.row)], airing.from, airing.to, false});
            frames += airing.to - airing.from;
        }
        QCOMPARE(result.value("frames"_L1).toInteger(), frames);
        checkFarEnd(out, expectation, folder, u"rendered"_s, {}, FramesDue::exactly(frames));
    }

    // The next one knows with which frame the item on air began, though the list has another by
    // then, and where it is to end.
    void killEngine()
    {
        const Parts parts = loadParts(kAroundOrdinary);
        const Corpus &corpus = parts.corpus;
        const QString folder = outputFolder(u"points-engine"_s);
        TestStation station;
        station.call(u"channel.create"_s, {{u"name"_s, m_channel}, {u"loop"_s, true}});
        PointsModel model(parts);
        Run run{station, model, station.add(m_channel, corpus.files)};
        setAllPoints(run, corpus, model.rows()); // the one behind its end comes last
        station.addDestination(m_channel, u"hls:"_s + folder + u"/hls"_s, {{u"listSize"_s, 0}});
        watchMachine();
        run.first = station.call(u"channel.start"_s, {{u"channel"_s, m_channel}})
                        .value("frame"_L1)
                        .toInteger();
        waitFor(run, kOrdinary, 40);
        setPoints(run, kOrdinary, {{u"in"_s, timecode(2)}, {u"out"_s, timecode(100)}});
        model.set(kOrdinary, kOrdinary, {13, 100});
        model.set(kOrdinary + 1, kOrdinary, {2, 100});
        waitFor(run, kOrdinary, 50);
        ::kill(pid_t(station.client().greeting().value("pid"_L1).toInteger()), SIGKILL);
        station.reconnect();
        waitFor(run, 4, 20);
        if (QTest::currentTestFailed())
            return;
        // While no engine lived, for a second at most, nobody made the frames that were due.
        const QJsonObject counts = station.status(m_channel).value("counts"_L1).toObject();
        QVERIFY2(counts.value("late"_L1).toInteger() <= 30 + framesLateByTheMachine(),
                 qPrintable(QString::number(counts.value("late"_L1).toInteger())));
        QCOMPARE(counts.value("held"_L1).toInteger(), 0);
        QCOMPARE(counts.value("dropped"_L1).toInteger(), 0);
        waitFor(run, 6, 10); // round once, with the new points
        const qint64 last = station.call(u"channel.stop"_s, {{u"channel"_s, m_channel}})
                                .value("frame"_L1)
                                .toInteger();
        checkOutput(run, corpus, folder, last, {u"hls/index.m3u8"_s});
        checkLog(run, last);
    }

    void playAll()
    {
        const Parts parts = loadParts();
        const Corpus &corpus = parts.corpus;
        const QString folder = outputFolder(u"points"_s);
        TestStation station;
        station.call(u"channel.create"_s,
                     {{u"name"_s, m_channel},
                      {u"loop"_s, true},
                      {u"safeZoneMs"_s, kSafeZoneFrames * 1000 / kFps}});
        PointsModel model(parts);
        Run run{station, model, station.add(m_channel, corpus.files)};
        const QString nothing = setAllPoints(run, corpus);
        const Result<QJsonObject> refused = station.tryCall(u"playlist.set"_s,
                                                            {{u"channel"_s, m_channel},
                                                             {u"item"_s, run.ids[0]},
                                                             {u"in"_s, timecode(50)},
                                                             {u"out"_s, timecode(50)}});
        QVERIFY(!refused);
        QCOMPARE(refused.error().detail,
                 u"its out point, 00:00:01:20, is not behind its in point, 00:00:01:20"_s);
        station.addDestination(m_channel, u"hls:"_s + folder + u"/hls"_s, {{u"listSize"_s, 0}});
        station.addDestination(m_channel, u"file:"_s + folder + u"/record.mkv"_s);
        watchMachine();
        run.first = station.call(u"channel.start"_s, {{u"channel"_s, m_channel}})
                        .value("frame"_L1)
                        .toInteger();
        moveOut(run, 2, 30, 60); // sooner
        moveOut(run, 4, 60, 119); // later: its player has stopped long before
        killPlayers(run, 5, 12);
        moveOutBehind(run, 7, 60, 40);
        // In: for the next time.
        waitFor(run, 9, 40);
        setPoints(run, 9, {{u"in"_s, timecode(77)}});
        model.set(10, 9, {77, -1});
        // And what is undone before its turn was never there.
        setPoints(run, 10, {{u"in"_s, QString()}, {u"out"_s, QString()}});
        station.call(u"playlist.undo"_s, {{u"channel"_s, m_channel}});
        if (QTest::currentTestFailed())
            return;
        killPlayers(run, 13, 25);
        moveOut(run, 16, 80, 90); // and sooner than what was later
        waitFor(run, 23, 80);
        if (QTest::currentTestFailed())
            return;
        const QJsonObject status = station.status(m_channel);
        checkCounts(status);
        const QJsonArray problems = status.value("problems"_L1).toArray();
        QCOMPARE(problems.size(), 1);
        QCOMPARE(problems[0].toObject().value("item"_L1).toString(), nothing);
        QVERIFY(problems[0]
                    .toObject()
                    .value("detail"_L1)
                    .toString()
                    .startsWith(u"its in point, 00:01:00:00, lies behind its end"_s));
        const qint64 until = status.value("frame"_L1).toInteger();
        station.waitForStatus(
            m_channel,
            [&](const QJsonObject &now) { return now.value("acked"_L1).toInteger() > until; }, 60s);
        const qint64 last = station.call(u"channel.stop"_s, {{u"channel"_s, m_channel}})
                                .value("frame"_L1)
                                .toInteger();
        checkOutput(run, corpus, folder, last, {u"hls/index.m3u8"_s, u"record.mkv"_s});
        checkLog(run, last);
    }

    static void checkOutput(const Run &run, const Corpus &corpus, const QString &folder,
                            qint64 last, const QStringList &outputs)
    {
        framecode::Expectation expectation;
        expectation.fps = framecode::Rate{kFps, 1};
        expectation.end = framecode::End::Anywhere;
        expectation.slate = framecode::Slate::Never;
        for (const PointsModel::Airing &airing : run.model.airings(run.first, last))
            expectation.items.push_back(
                {corpus.clips[std::size_t(airing.row)], airing.from, airing.to, false});
        std::vector<FarEndDue> due;
        for (const QString &output : outputs)
            due.push_back({folder + u'/' + output,
                           expectation,
                           QFileInfo(output).baseName(),
                           {},
                           FramesDue::exactly(last - run.first)});
        checkFarEnds(folder, due);
    }

    // The as-run log has the same frames.
    void checkLog(const Run &run, qint64 last)
    {
        const QJsonArray rows = run.station.call(u"asrun.list"_s, {{u"channel"_s, m_channel}})
                                    .value("rows"_L1)
                                    .toArray();
        QStringList logged;
        int missed = 0;
        for (const QJsonValue &value : rows) {
            const QJsonObject row = value.toObject();
            if (row.value("begun"_L1) == "failed"_L1) {
                ++missed;
                continue;
            }
            logged.append(u"%1 %2 %3"_s.arg(row.value("item"_L1).toString())
                              .arg(row.value("startFrame"_L1).toInteger())
                              .arg(row.value("frames"_L1).toInteger()));
        }
        QStringList due;
        for (const PointsModel::Airing &airing : run.model.airings(run.first, last))
            due.append(u"%1 %2 %3"_s.arg(run.ids[airing.row])
                           .arg(airing.start)
                           .arg(std::min<qint64>(airing.to - airing.from, last - airing.start)));
        QCOMPARE(logged, due);
        QVERIFY(missed >= 1);
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestPoints)
#include "tst_points.moc"
