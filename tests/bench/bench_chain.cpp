// SPDX-License-Identifier: GPL-3.0-or-later
// CPU seconds (user and system, all processes) of the whole chain over those of one bare ffmpeg
// with the very graphs that the player prints and the same encoder options, on three clips that
// need scaling and a rate change. A machine's speed drifts by a fifth within minutes: each run of
// the chain is laid beside the mean of the ffmpeg before it and the one after it, and the median of
// these ratios counts. Beside it the same list twice on air, paced: by itself, and with a console
// that shows it (the CPU seconds of its screen left out), so that what the console costs is seen
// apart from what pacing costs.
#include "core/encoder/encodersettings.h"
#include "tests/support/station/teststation.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonArray>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <vector>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

constexpr int kNotMeasured = 77; // to ./check --full: skipped, the last line says why

double childSeconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    const auto seconds
        = [](const timeval &time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

QByteArray run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(program, arguments);
    if (!process.waitForFinished(-1) || process.exitCode() != 0)
        throw std::runtime_error(program.toStdString() + " failed");
    return process.readAllStandardOutput();
}

// Camera-like material: fine grain that moves, and sound with more than one tone.
QStringList makeClips(const QString &folder, int seconds)
{
    struct Make {
        const char *name;
        const char *size;
        const char *rate;
    };
    QStringList clips;
    for (const Make &make : {Make{"a.mp4", "1920x1080", "25"}, Make{"b.mp4", "1920x1080", "60"},
                             Make{"c.mp4", "1440x1080", "24000/1001"}}) {
        const QString path = folder + u'/' + QLatin1StringView(make.name);
        clips.append(path);
        if (QFile::exists(path))
            continue;
        run(u"ffmpeg"_s,
            {u"-v"_s,
             u"error"_s,
             u"-y"_s,
             u"-f"_s,
             u"lavfi"_s,
             u"-i"_s,
             u"testsrc2=s=%1:r=%2:d=%3,noise=alls=12:allf=t"_s
                 .arg(QLatin1StringView(make.size), QLatin1StringView(make.rate))
                 .arg(seconds),
             u"-f"_s,
             u"lavfi"_s,
             u"-i"_s,
             u"aevalsrc=0.2*sin(440*2*PI*t)+0.1*sin(3000*2*PI*t)|0.2*sin(660*2*PI*t):s=44100:d=%1"_s
                 .arg(seconds),
             u"-c:v"_s,
             u"libx264"_s,
             u"-preset"_s,
             u"veryfast"_s,
             u"-b:v"_s,
             u"8M"_s,
             u"-pix_fmt"_s,
             u"yuv420p"_s,
             u"-c:a"_s,
             u"aac"_s,
             path});
    }
    return clips;
}

QString graphLine(const QByteArray &output, const char *kind)
{
    for (const QByteArray &line : output.split('\n')) {
        if (line.startsWith(kind))
            return QString::fromUtf8(line.mid(qsizetype(qstrlen(kind)))).trimmed();
    }
    throw std::runtime_error("continuo-player --graph printed no such line");
}

// Pictures of a file, counted by their packets.
qint64 picturesIn(const QString &path)
{
    const QByteArray counted
        = run(u"ffprobe"_s,
              {u"-v"_s, u"error"_s, u"-select_streams"_s, u"v:0"_s, u"-count_packets"_s,
               u"-show_entries"_s, u"stream=nb_read_packets"_s, u"-of"_s, u"csv=p=0"_s, path});
    return counted.trimmed().split(',').value(0).toLongLong();
}

double bareFfmpeg(const QStringList &clips, const HouseFormat &format, const QString &out)
{
    QStringList arguments{u"-v"_s, u"error"_s, u"-nostdin"_s, u"-y"_s};
    QString graph;
    QString inputs;
    for (qsizetype i = 0; i < clips.size(); ++i) {
        arguments << u"-i"_s << clips[i];
        const QByteArray printed
            = run(qEnvironmentVariable("CONTINUO_BIN") + u"/continuo-player"_s,
                  {u"--graph"_s, clips[i], u"--format"_s,
                   u"%1x%2@%3"_s.arg(format.width).arg(format.height).arg(format.rate.toString())});
        graph += u"[%1:v]%2[v%1];[%1:a]%3[a%1];"_s.arg(i).arg(graphLine(printed, "video:"),
                                                              graphLine(printed, "audio:"));
        inputs += u"[v%1][a%1]"_s.arg(i);
    }
    graph += inputs + u"concat=n=%1:v=1:a=1[v][a]"_s.arg(clips.size());
    arguments << u"-filter_complex"_s << graph << u"-map"_s << u"[v]"_s << u"-map"_s << u"[a]"_s
              << codecArguments(EncoderSettings::forFormat(format)) << out;
    const double before = childSeconds();
    run(u"ffmpeg"_s, arguments);
    return childSeconds() - before;
}

double chain(const QStringList &clips, const HouseFormat &format, const QString &out,
             QStringList &memory)
{
    const double before = childSeconds();
    {
        TestStation station;
        station.call(u"channel.create"_s,
                     {{u"name"_s, u"bench"_s},
                      {u"width"_s, format.width},
                      {u"height"_s, format.height},
                      {u"fps"_s, format.rate.toString()}});
        station.add(u"bench"_s, clips);
        bool isDone = false;
        std::string problem;
        station.client().call(u"station.render"_s, {{u"channel"_s, u"bench"_s}, {u"out"_s, out}},
                              nullptr, [&](const Result<QJsonObject> &answer) {
                                  isDone = true;
                                  if (!answer)
                                      problem = answer.error().detail.toStdString();
                              });
        for (int seconds = 0; !isDone; ++seconds) {
            station.client().readFor(std::chrono::seconds(1));
            if (seconds != 1 && seconds != 15) // the first for lists that are soon over
                continue;
            memory.clear();
            const QJsonArray processes
                = station.call(u"station.processes"_s).value("processes"_L1).toArray();
            for (const QJsonValue &value : processes) {
                const QJsonObject process = value.toObject();
                memory.append(u"%1 %2 MB"_s.arg(process.value("role"_L1).toString())
                                  .arg(process.value("pssBytes"_L1).toDouble() / 1e6, 0, 'f', 1));
            }
        }
        if (!problem.empty())
            throw std::runtime_error(problem);
    }
    return childSeconds() - before;
}

// A screen for the console; lives as long as the program, so that its CPU time is never counted.
bool startScreen()
{
    static QProcess screen;
    screen.setStandardErrorFile(QProcess::nullDevice());
    screen.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
    screen.start(u"Xvfb"_s,
                 {u"-displayfd"_s, u"1"_s, u"-screen"_s, u"0"_s, u"1920x1000x24"_s, u"-nolisten"_s,
                  u"tcp"_s});
    if (!screen.waitForStarted() || !screen.waitForReadyRead(10000))
        return false;
    qputenv("DISPLAY", ':' + screen.readAllStandardOutput().trimmed());
    qputenv("QT_QPA_PLATFORM", "xcb");
    qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    return true;
}

enum class Console { Closed, Open };

// On air from the first frame of the list to its last.
double onAir(const QStringList &clips, const HouseFormat &format, const QString &out,
             Console console)
{
    const double before = childSeconds();
    {
        TestStation station;
        const QString channel = u"bench"_s;
        station.call(u"channel.create"_s,
                     {{u"name"_s, channel},
                      {u"width"_s, format.width},
                      {u"height"_s, format.height},
                      {u"fps"_s, format.rate.toString()},
                      {u"loop"_s, false}});
        station.add(channel, clips);
        station.addDestination(channel, u"file:"_s + out);
        QProcess window;
        window.setStandardErrorFile(QProcess::nullDevice());
        if (console == Console::Open) {
            window.start(qEnvironmentVariable("CONTINUO_BIN") + u"/continuo"_s,
                         {u"--state"_s, station.folder()});
            if (!window.waitForStarted())
                throw std::runtime_error("the console did not start");
        }
        station.call(u"channel.start"_s, {{u"channel"_s, channel}});
        station.waitForStatus(
            channel,
            [](const QJsonObject &now) { return now.value("state"_L1).toString() == "slate"_L1; },
            std::chrono::minutes(20));
        window.terminate();
        if (console == Console::Open && !window.waitForFinished(10000))
            throw std::runtime_error("the console did not end");
        station.shutDown();
    }
    return childSeconds() - before;
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    const int seconds = arguments.value(1, u"60"_s).toInt();
    const int rounds = arguments.value(2, u"5"_s).toInt();
    if (qEnvironmentVariableIsEmpty("CONTINUO_BIN"))
        qputenv("CONTINUO_BIN", QCoreApplication::applicationDirPath().toLocal8Bit());
    try {
        const QString folder
            = QCoreApplication::applicationDirPath() + u"/../bench-clips-%1"_s.arg(seconds);
        QDir().mkpath(folder);
        const QStringList clips = makeClips(folder, seconds);
        const HouseFormat format;
        const QString output = outputFolder(u"bench-chain"_s);
        std::vector<double> ratios;
        QStringList memory;
        std::printf("chain against one ffmpeg: three clips of %d s to 1280x720p30, CPU seconds\n"
                    "round  ffmpeg before    chain  ffmpeg after    ratio to their mean\n",
                    seconds);
        std::vector<double> bareSeconds{bareFfmpeg(clips, format, output + u"/bare.mkv"_s)};
        const qint64 barePictures = picturesIn(output + u"/bare.mkv"_s);
        // The same work, or the seconds say nothing: one filter of the bare ffmpeg may round the
        // length of a clip, and its concat that of a join, to the other side.
        const qint64 allowedPictures = 2 * clips.size();
        bool isSameWork = barePictures > 0;
        for (int round = 1; round <= rounds; ++round) {
            const QString chained = output + u"/chain-%1.mkv"_s.arg(round);
            const double whole = chain(clips, format, chained, memory);
            const qint64 pictures = picturesIn(chained);
            if (std::abs(pictures - barePictures) > allowedPictures) {
                isSameWork = false;
                std::printf("round %d: the chain made %lld pictures, the bare ffmpeg %lld\n", round,
                            static_cast<long long>(pictures), static_cast<long long>(barePictures));
            }
            const double before = bareSeconds.back();
            const double after = bareFfmpeg(clips, format, output + u"/bare.mkv"_s);
            bareSeconds.push_back(after);
            ratios.push_back(whole / ((before + after) / 2));
            std::printf("%5d %14.2f %8.2f %13.2f %22.3f\n", round, before, whole, after,
                        ratios.back());
            std::fflush(stdout);
        }
        std::ranges::sort(ratios);
        const double median = ratios[ratios.size() / 2];
        std::ranges::sort(bareSeconds);
        const double bareMedian = bareSeconds[bareSeconds.size() / 2];
        const double alone = onAir(clips, format, output + u"/alone.mkv"_s, Console::Closed);
        std::printf("on air, paced:                        %.2f s, %.3f of the median ffmpeg\n",
                    alone, alone / bareMedian);
        const bool hasScreen = startScreen();
        if (hasScreen) {
            const double shown = onAir(clips, format, output + u"/shown.mkv"_s, Console::Open);
            std::printf("on air, paced, with the console open: %.2f s, %.3f of the median ffmpeg\n",
                        shown, shown / bareMedian);
        }
        std::printf("pictures of the bare ffmpeg: %lld; the chain's in each round: %s\n",
                    static_cast<long long>(barePictures), isSameWork ? "as many" : "NOT as many");
        std::printf("PSS while it runs: %s\n",
                    memory.isEmpty() ? "NOT measured" : qPrintable(memory.join(u", "_s)));
        std::printf("median ratio %.3f (bar 1.10, aim 1.05): %s\n", median,
                    median <= 1.10 ? "met" : "MISSED");
        if (median > 1.10 || !isSameWork || memory.isEmpty())
            return 1;
        if (!hasScreen) {
            std::printf("with the console open: not measured, Xvfb did not start\n");
            return kNotMeasured;
        }
        return 0;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "bench_chain: %s\n", error.what());
        return 2;
    }
}
