// SPDX-License-Identifier: GPL-3.0-or-later
// A thousand small files are added to a channel on air: how many a second are proven, and what that
// costs the channel. Beside it the same files, one after the other, through an ffprobe that reads
// all their packets, which is what the prover does at least.
#include "tests/support/station/teststation.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QMap>

#include <cstdio>
#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

constexpr int kKinds = 4;

QString makeClip(const QString &folder, const QString &name, int seconds, int kind)
{
    static const QStringList sizes{u"320x180"_s, u"640x360"_s, u"256x144"_s, u"480x270"_s};
    const QString path = folder + u'/' + name;
    const int status = QProcess::execute(
        u"ffmpeg"_s,
        {u"-v"_s, u"error"_s, u"-nostdin"_s, u"-y"_s, u"-f"_s, u"lavfi"_s, u"-i"_s,
         u"testsrc2=s=%1:r=30:d=%2"_s.arg(sizes[kind]).arg(seconds), u"-f"_s, u"lavfi"_s, u"-i"_s,
         u"sine=f=%1:r=48000:d=%2"_s.arg(440 + 110 * kind).arg(seconds), u"-c:v"_s, u"libx264"_s,
         u"-preset"_s, u"ultrafast"_s, u"-c:a"_s, u"aac"_s, path});
    if (status != 0)
        throw std::runtime_error("ffmpeg failed");
    return path;
}

// Each another file to the station, of four kinds.
QStringList makeFiles(const QString &folder, int count)
{
    QStringList kinds;
    for (int kind = 0; kind < kKinds; ++kind)
        kinds.append(makeClip(folder, u"kind%1.mp4"_s.arg(kind), 4, kind));
    QStringList files;
    for (int i = 0; i < count; ++i) {
        files.append(folder + u"/file%1.mp4"_s.arg(i, 4, 10, QChar(u'0')));
        if (!QFile::copy(kinds[i % kKinds], files.last()))
            throw std::runtime_error("a file cannot be copied");
    }
    return files;
}

double secondsOfFfprobe(const QStringList &files)
{
    QElapsedTimer timer;
    timer.start();
    for (const QString &file : files) {
        QProcess probe;
        probe.start(u"ffprobe"_s,
                    {u"-v"_s, u"error"_s, u"-count_packets"_s, u"-show_streams"_s, file});
        probe.waitForFinished(-1);
    }
    return double(timer.nsecsElapsed()) / 1e9;
}

// By verdict, of the whole list.
QMap<QString, int> verdictsOf(TestStation &station, const QString &channel)
{
    QMap<QString, int> verdicts;
    const QJsonArray items
        = station.call(u"playlist.list"_s, {{u"channel"_s, channel}}).value("items"_L1).toArray();
    for (const QJsonValue &item : items)
        ++verdicts[item.toObject().value("proof"_L1).toObject().value("verdict"_L1).toString()];
    return verdicts;
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const int count = QCoreApplication::arguments().value(1, u"1000"_s).toInt();
    if (qEnvironmentVariableIsEmpty("CONTINUO_BIN"))
        qputenv("CONTINUO_BIN", QCoreApplication::applicationDirPath().toLocal8Bit());
    try {
        const QString folder = outputFolder(u"bench-probe"_s);
        const QString onAir = makeClip(folder, u"onair.mp4"_s, 60, 1);
        const QStringList files = makeFiles(folder, count);
        const double bare = secondsOfFfprobe(files);
        TestStation station;
        const QString channel = u"probe"_s;
        station.call(
            u"channel.create"_s,
            {{u"name"_s, channel}, {u"width"_s, 1280}, {u"height"_s, 720}, {u"loop"_s, true}});
        // Long enough that no other file comes on air meanwhile: what is late is the proofs' doing.
        station.add(channel, QStringList(60, onAir));
        station.addDestination(channel, u"hls:"_s + folder + u"/hls"_s);
        station.call(u"channel.start"_s, {{u"channel"_s, channel}});
        station.waitForStatus(
            channel, [](const QJsonObject &now) { return now.value("state"_L1) == "on-air"_L1; },
            std::chrono::seconds(30));
        while (verdictsOf(station, channel).value(u"pending"_s) > 0)
            station.client().readFor(std::chrono::milliseconds(100));
        QElapsedTimer timer;
        timer.start();
        station.add(channel, files);
        QMap<QString, int> verdicts;
        do {
            station.client().readFor(std::chrono::seconds(1));
            verdicts = verdictsOf(station, channel);
        } while (verdicts.value(u"pending"_s) > 0);
        const double took = double(timer.nsecsElapsed()) / 1e9;
        const QJsonObject counts = station.status(channel).value("counts"_L1).toObject();
        const auto counted
            = [&counts](QLatin1StringView name) { return counts.value(name).toInt(); };
        std::printf("%d files of 4 s, one channel of 1280x720 on air\n"
                    "proven            %7.1f files a second (%.0f s)\n"
                    "ffprobe, no air   %7.1f files a second (%.0f s)\n"
                    "ratio of time     %7.2f\n"
                    "frames late %d, held %d, dropped %d\n"
                    "verdicts: %d ready, %d with flaws, %d will not play\n",
                    count, count / took, took, count / bare, bare, took / bare, counted("late"_L1),
                    counted("held"_L1), counted("dropped"_L1), verdicts.value(u"ready"_s),
                    verdicts.value(u"warning"_s), verdicts.value(u"will-not-play"_s));
        const bool isMet = counted("late"_L1) + counted("held"_L1) + counted("dropped"_L1) == 0;
        std::printf("no frame late, held or dropped: %s\n", isMet ? "met" : "MISSED");
        return isMet ? 0 : 1;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "bench_probe: %s\n", error.what());
        return 2;
    }
}
