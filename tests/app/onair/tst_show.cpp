// SPDX-License-Identifier: GPL-3.0-or-later
// Every real file of the media folder in one list that is played twice in real time: no frame is
// late, held or lost by the engine's count, HLS and recording have as many as it counted, and what
// was proven not to play is passed over and named. Frame-coded clips stand between the files: what
// is lost at the far end is lost in one of them, or is missing in the count.
//
// CONTINUO_SHOW_SECONDS: what is longer is aired from its second third on, for that long (default
// 180); CONTINUO_SHOW_FILES: only files with one of these words in their names, separated by
// commas.
#include "tests/support/mediafolder/mediafolder.h"
#include "tests/support/onair/onair.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonArray>
#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <future>
#include <stdexcept>
#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr int kRounds = 2;
constexpr int kFps = 30;
constexpr framecode::Rate kShowRate{kFps, 1};
constexpr std::array kWitnesses{3001, 3002};
constexpr qsizetype kBetween = 12; // a witness before so many files
constexpr qint64 kProofPatienceMs = 900'000;
constexpr int kSpareSeconds = 30; // what an item may be on air for longer than it has to

/// One row of the list, and what became of it.
struct Row {
    QString id;
    QString name;
    bool isWitness = false;
    bool mustPlay = false; ///< and as long as it is presented
    double due = -1; ///< frames of an airing; below 0: nobody knows
    bool isRefused = false; ///< by the proof
    QString reason; ///< why it was passed over or ended early, in the station's words
    std::vector<qint64> airings; ///< frames of each
};

framecode::Clip makeWitness(const QString &folder, int id)
{
    framecode::ClipRecipe recipe;
    recipe.output = folder + u"/witness-%1.mp4"_s.arg(id);
    recipe.id = id;
    recipe.frames = 2 * kFps;
    recipe.width = 640;
    recipe.height = 360;
    const framecode::Outcome<framecode::Clip> clip = framecode::makeClip(recipe);
    if (!clip)
        throw std::runtime_error(clip.error().toStdString());
    return clip.value();
}

QString timecode(qint64 seconds)
{
    return QString::asprintf("%02lld:%02lld:%02lld:00", static_cast<long long>(seconds / 3600),
                             static_cast<long long>(seconds / 60 % 60),
                             static_cast<long long>(seconds % 60));
}

QList<MediaFile> chosenFiles()
{
    QList<MediaFile> files = mediaFiles();
    const QStringList words
        = qEnvironmentVariable("CONTINUO_SHOW_FILES").split(u',', Qt::SkipEmptyParts);
    files.removeIf([&](const MediaFile &file) {
        return !words.isEmpty() && std::ranges::none_of(words, [&](const QString &word) {
            return file.name.contains(word);
        });
    });
    return files;
}

} // namespace

class TestShow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void allFiles_twiceInOneList()
    {
        guarded([this] { play(); });
    }

private:
    const QString m_channel = u"show"_s;
    std::vector<Row> m_rows;
    qint64 m_frames = 0; // by the engine's clock
    qint64 m_slate = 0; // of these
    QStringList m_wrong;

    Row &rowOf(const QString &id)
    {
        const auto row = std::ranges::find(m_rows, id, &Row::id);
        if (row == m_rows.end())
            throw std::runtime_error("the station airs what is not in its list");
        return *row;
    }

    void fillList(TestStation &station, const QList<MediaFile> &files, const QString &folder)
    {
        const std::array witnesses{makeWitness(folder, kWitnesses[0]),
                                   makeWitness(folder, kWitnesses[1])};
        const double witnessFrames
            = double(framecode::houseFramesOf(witnesses[0], kShowRate).size());
        bool isLong = false;
        const int longest = qEnvironmentVariableIntValue("CONTINUO_SHOW_SECONDS", &isLong);
        const double most = isLong && longest > 0 ? longest : 180;
        QStringList paths;
        for (qsizetype i = 0; i < files.size(); ++i) {
            if (i % kBetween == 0) {
                const auto which = std::size_t(i / kBetween) % 2;
                paths.append(witnesses[which].file);
                m_rows.push_back({{}, u"witness"_s, true, true, witnessFrames, false, {}, {}});
            }
            paths.append(files[i].path);
            const double seconds = presentedSeconds(files[i].path);
            const double due = seconds < 0 ? -1 : std::min(seconds, most) * kFps;
            m_rows.push_back(
                {{}, files[i].name, false, files[i].grade == "good"_L1, due, false, {}, {}});
        }
        const QStringList ids = station.add(m_channel, paths);
        for (std::size_t i = 0; i < m_rows.size(); ++i) {
            m_rows[i].id = ids[qsizetype(i)];
            if (m_rows[i].isWitness)
                continue;
            const double seconds = presentedSeconds(paths[qsizetype(i)]);
            if (seconds <= most)
                continue;
            const qint64 in = qint64((seconds - most) / 3);
            station.call(u"playlist.set"_s,
                         {{u"channel"_s, m_channel},
                          {u"item"_s, m_rows[i].id},
                          {u"in"_s, timecode(in)},
                          {u"out"_s, timecode(in + qint64(most))}});
        }
    }

    // As in a station that is set up the day before: nothing is left to be looked through.
    void waitForProofs(TestStation &station)
    {
        QElapsedTimer patience;
        patience.start();
        for (;;) {
            const QJsonArray items = station.call(u"playlist.list"_s, {{u"channel"_s, m_channel}})
                                         .value("items"_L1)
                                         .toArray();
            int pending = 0;
            for (const QJsonValue &item : items) {
                const QJsonObject proof = item.toObject().value("proof"_L1).toObject();
                const QString verdict = proof.value("verdict"_L1).toString();
                pending += verdict == "pending"_L1 ? 1 : 0;
                Row &row = rowOf(item.toObject().value("id"_L1).toString());
                row.isRefused = verdict == "will-not-play"_L1;
                if (row.isRefused)
                    row.reason = proof.value("detail"_L1).toString();
            }
            if (pending == 0)
                break;
            if (patience.hasExpired(kProofPatienceMs))
                throw std::runtime_error("files are not proven after a quarter of an hour");
            station.client().readFor(500ms);
        }
        qInfo("%zu items proven after %.1f s", m_rows.size(), double(patience.elapsed()) / 1000);
    }

    // Until the list has come to its begin for the third time.
    void air(TestStation &station)
    {
        QString onAir;
        qint64 since = -1;
        int begun = 0;
        QElapsedTimer onAirSince;
        QObject context;
        connect(&station.client(), &RpcClient::notification, &context,
                [&](const QString &method, const QJsonObject &params) {
                    if (method != "event.item"_L1)
                        return;
                    const qint64 frame = params.value("frame"_L1).toInteger();
                    if (since >= 0 && begun <= kRounds) {
                        if (onAir.isEmpty())
                            m_slate += frame - since;
                        else
                            rowOf(onAir).airings.push_back(frame - since);
                    }
                    onAir = params.value("reason"_L1) == "slate"_L1
                        ? QString()
                        : params.value("item"_L1).toString();
                    since = frame;
                    onAirSince.start();
                    begun += onAir == m_rows.front().id ? 1 : 0;
                });
        station.call(u"events.subscribe"_s, {{u"channel"_s, m_channel}});
        watchMachine();
        const qint64 first = station.call(u"channel.start"_s, {{u"channel"_s, m_channel}})
                                 .value("frame"_L1)
                                 .toInteger();
        onAirSince.start();
        while (begun <= kRounds) {
            if (!station.client().readFor(1s))
                throw std::runtime_error("the station has gone");
            const double due = onAir.isEmpty() ? 0 : std::max(rowOf(onAir).due, 0.0);
            if (onAirSince.elapsed() > qint64(1000 * (due / kFps + kSpareSeconds)))
                throw std::runtime_error(
                    "nothing moves any more: "
                    + (onAir.isEmpty() ? u"slate"_s : rowOf(onAir).name).toStdString());
        }
        const QJsonObject status = station.status(m_channel);
        for (const QJsonValue &value : status.value("problems"_L1).toArray()) {
            const QJsonObject problem = value.toObject();
            rowOf(problem.value("item"_L1).toString()).reason
                = problem.value("detail"_L1).toString();
        }
        const qint64 last = station.call(u"channel.stop"_s, {{u"channel"_s, m_channel}})
                                .value("frame"_L1)
                                .toInteger();
        m_frames = last - first;
        checkCounts(status);
    }

    // What is wrong with a row; nothing where all is as it should be.
    static QString faultOf(const Row &row)
    {
        if (row.isRefused)
            return row.airings.empty() ? QString() : u"proven not to play, and aired"_s;
        if (row.airings.empty())
            return row.mustPlay || row.reason.isEmpty() ? u"not aired"_s : QString();
        if (row.airings.size() != kRounds)
            return u"aired %1 times"_s.arg(row.airings.size());
        if (row.airings[0] != row.airings[1])
            return u"%1 frames, then %2"_s.arg(row.airings[0]).arg(row.airings[1]);
        const double off = double(row.airings[0]) - row.due;
        if (row.mustPlay && (!row.reason.isEmpty() || std::abs(off) > (row.isWitness ? 0 : 1)))
            return u"%1 frames off"_s.arg(off, 0, 'f', 2);
        // A file whose times are odd or broken may say more than it has: half of it is the least.
        if (row.reason.isEmpty() && double(row.airings[0]) + 3 < row.due / 2)
            return u"ended early, and is not named"_s;
        return {};
    }

    void judgeRows()
    {
        int played = 0;
        int refused = 0;
        for (const Row &row : m_rows) {
            const QString fault = faultOf(row);
            QStringList airings;
            for (const qint64 frames : row.airings)
                airings.append(QString::number(frames));
            qInfo("%-60s %8.1f due  %-13s%s%s", qPrintable(row.name.left(60)), row.due,
                  qPrintable(row.isRefused ? u"passed over"_s : airings.join(u' ')),
                  qPrintable(row.reason.isEmpty() ? QString() : u"  "_s + row.reason),
                  qPrintable(fault.isEmpty() ? QString() : u"  FAULT: "_s + fault));
            if (!fault.isEmpty())
                m_wrong.append(row.name + u": "_s + fault);
            played += row.airings.empty() || row.isWitness ? 0 : 1;
            refused += row.isRefused ? 1 : 0;
        }
        qInfo("%d files aired %d times, %d passed over by their proof; %lld frames, %lld of them "
              "slate",
              played, kRounds, refused, static_cast<long long>(m_frames),
              static_cast<long long>(m_slate));
        if (m_slate > 0)
            m_wrong.append(u"%1 frames of slate"_s.arg(m_slate));
    }

    void judgeFarEnd(const QString &name, const framecode::Outcome<framecode::Report> &outcome)
    {
        if (!outcome) {
            m_wrong.append(name + u": "_s + outcome.error());
            return;
        }
        const framecode::Report &report = outcome.value();
        // The third time the first one had begun when it was stopped.
        const auto due = std::ranges::count(m_rows, true, &Row::isWitness) * kRounds;
        const auto whole = std::ranges::count_if(report.runs, [this](const framecode::Run &run) {
            return std::ranges::find(kWitnesses, run.clip) != kWitnesses.end()
                && run.firstSource == 0 && double(run.frames) == m_rows.front().due;
        });
        qInfo("%s: %lld frames, %lld whole witnesses of %lld, %lld faults of timestamps, %d and %d "
              "errors",
              qPrintable(name), static_cast<long long>(report.seen), static_cast<long long>(whole),
              static_cast<long long>(due), static_cast<long long>(report.timestampFaults),
              report.soundTimestampSteps, report.decodeErrors);
        if (report.seen != m_frames)
            m_wrong.append(u"%1: %2 frames of %3"_s.arg(name).arg(report.seen).arg(m_frames));
        if (whole < due || report.timestampFaults > 0 || report.soundTimestampSteps > 0
            || report.decodeErrors > 0)
            m_wrong.append(name + u" is damaged"_s);
        if (report.hls && (report.hls->discontinuities > 0 || report.hls->missedSegments > 0))
            m_wrong.append(name + u" has holes"_s);
    }

    void play()
    {
        const QList<MediaFile> files = chosenFiles();
        if (files.isEmpty())
            QSKIP("CONTINUO_TEST_MEDIA names no folder of real media files");
        const QString folder = outputFolder(u"show"_s);
        TestStation station;
        station.call(
            u"channel.create"_s,
            {{u"name"_s, m_channel}, {u"width"_s, 640}, {u"height"_s, 360}, {u"loop"_s, true}});
        fillList(station, files, folder);
        waitForProofs(station);
        station.addDestination(m_channel, u"hls:"_s + folder + u"/hls"_s, {{u"listSize"_s, 0}});
        station.addDestination(m_channel, u"file:"_s + folder + u"/record.mkv"_s);
        air(station);
        judgeRows();
        framecode::CheckOptions options;
        options.fps = kShowRate;
        const auto survey = [&](const QString &input) {
            return std::async(std::launch::async, [path = folder + u'/' + input, options] {
                return framecode::survey(path, options);
            });
        };
        auto hls = survey(u"hls/index.m3u8"_s);
        auto record = survey(u"record.mkv"_s);
        judgeFarEnd(u"HLS"_s, hls.get());
        judgeFarEnd(u"recording"_s, record.get());
        QVERIFY2(m_wrong.isEmpty(), qPrintable(m_wrong.join(u'\n')));
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestShow)
#include "tst_show.moc"
