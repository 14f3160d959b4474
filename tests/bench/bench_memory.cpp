// SPDX-License-Identifier: GPL-3.0-or-later
// Memory of each process over a million frames of a small channel, unpaced: at most one byte a
// frame may be added. Counted from where a tenth more has gone before, and in the same processes:
// one that was replaced meanwhile would begin anew.
#include "tests/support/station/teststation.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QMap>

#include <cstdio>
#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

// What a process has for itself and in shared memory, in bytes. Not of files: programs and
// libraries count for less whenever another process begins to use them.
double ownMemory(qint64 pid)
{
    QFile file(u"/proc/%1/smaps_rollup"_s.arg(pid));
    double bytes = 0;
    if (file.open(QIODevice::ReadOnly)) {
        for (const QByteArray &line : file.readAll().split('\n')) {
            if (line.startsWith("Pss_Anon:") || line.startsWith("Pss_Shmem:"))
                bytes += line.mid(line.indexOf(':') + 1).trimmed().chopped(3).toDouble() * 1024;
        }
    }
    return bytes;
}

// By role: players come and go, so the largest of them stands for all.
QMap<QString, double> memoryByRole(TestStation &station)
{
    QMap<QString, double> result;
    const QJsonArray processes
        = station.call(u"station.processes"_s).value("processes"_L1).toArray();
    for (const QJsonValue &value : processes) {
        const QJsonObject process = value.toObject();
        const QString role = process.value("role"_L1).toString().section(u' ', 0, 0);
        result[role] = std::max(result.value(role), ownMemory(process.value("pid"_L1).toInteger()));
    }
    return result;
}

// Those that stay for as long as the channel is on air.
QMap<QString, pid_t> lastingProcesses(const TestStation &station)
{
    QMap<QString, pid_t> result;
    for (const QString &role : {u"keeper"_s, u"engine"_s, u"encoder"_s, u"publisher"_s})
        result.insert(role, station.pidOf(role));
    return result;
}

// The largest of a few samples: what a process holds swings with the pre-roll.
QMap<QString, double> settledMemory(TestStation &station)
{
    QMap<QString, double> result;
    for (int i = 0; i < 20; ++i) {
        const QMap<QString, double> now = memoryByRole(station);
        for (auto it = now.begin(); it != now.end(); ++it)
            result[it.key()] = std::max(result.value(it.key()), it.value());
        station.client().readFor(std::chrono::milliseconds(250));
    }
    return result;
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const qint64 frames = QCoreApplication::arguments().value(1, u"1000000"_s).toLongLong();
    if (qEnvironmentVariableIsEmpty("CONTINUO_BIN"))
        qputenv("CONTINUO_BIN", QCoreApplication::applicationDirPath().toLocal8Bit());
    try {
        const QString output = outputFolder(u"bench-memory"_s);
        QStringList clips;
        for (int i = 0; i < 3; ++i) {
            clips.append(output + u"/clip%1.mp4"_s.arg(i));
            QProcess::execute(
                u"ffmpeg"_s,
                {u"-v"_s, u"error"_s, u"-y"_s, u"-f"_s, u"lavfi"_s, u"-i"_s,
                 u"testsrc2=s=256x144:r=30:d=%1"_s.arg(300 + 50 * i), u"-f"_s, u"lavfi"_s, u"-i"_s,
                 u"sine=f=%1:r=48000:d=%2"_s.arg(440 + 100 * i).arg(300 + 50 * i), u"-c:v"_s,
                 u"libx264"_s, u"-preset"_s, u"ultrafast"_s, u"-c:a"_s, u"aac"_s, clips.last()});
        }
        TestStation station({u"--unpaced"_s});
        const QString channel = u"memory"_s;
        station.call(
            u"channel.create"_s,
            {{u"name"_s, channel}, {u"width"_s, 256}, {u"height"_s, 144}, {u"loop"_s, true}});
        station.add(channel, clips);
        station.addDestination(channel, u"hls:"_s + output + u"/hls"_s);
        const qint64 first = station.call(u"channel.start"_s, {{u"channel"_s, channel}})
                                 .value("frame"_L1)
                                 .toInteger();
        const auto reach = [&](qint64 frame) {
            station.waitForStatus(
                channel,
                [&](const QJsonObject &now) { return now.value("acked"_L1).toInteger() >= frame; },
                std::chrono::hours(1));
        };
        reach(first + frames / 10);
        const QMap<QString, double> early = settledMemory(station);
        const QMap<QString, pid_t> processes = lastingProcesses(station);
        const qint64 from = station.status(channel).value("acked"_L1).toInteger();
        reach(from + frames);
        const QMap<QString, double> late = settledMemory(station);
        const qint64 counted = station.status(channel).value("acked"_L1).toInteger() - from;
        const QMap<QString, pid_t> processesLate = lastingProcesses(station);
        bool isMet = true;
        std::printf("memory over %lld frames of 256x144, unpaced\n"
                    "process      own MB early   late   bytes a frame\n",
                    static_cast<long long>(counted));
        for (auto it = late.begin(); it != late.end(); ++it) {
            const double growth = (it.value() - early.value(it.key())) / double(counted);
            isMet = isMet && growth <= 1.0;
            std::printf("%-12s %12.1f %6.1f %15.3f\n", qPrintable(it.key()),
                        early.value(it.key()) / 1e6, it.value() / 1e6, growth);
        }
        for (auto it = processes.begin(); it != processes.end(); ++it) {
            const pid_t now = processesLate.value(it.key());
            if (it.value() > 0 && it.value() == now)
                continue;
            isMet = false;
            std::printf("the %s is another process: %d, then %d\n", qPrintable(it.key()),
                        int(it.value()), int(now));
        }
        std::printf("at most 1 byte a frame: %s\n", isMet ? "met" : "MISSED");
        return isMet ? 0 : 1;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "bench_memory: %s\n", error.what());
        return 2;
    }
}
