// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/publisher/mediafacts.h"

#include "tests/app/publisher/chain.h"

#include <QFile>
#include <QMap>
#include <QProcess>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo::test {

namespace {

// Timestamps of a TS wrap at 2^33.
void unwrap(QList<qint64> &stamps)
{
    constexpr qint64 kWrap = qint64(1) << 33;
    for (qsizetype i = 1; i < stamps.size(); ++i) {
        while (stamps[i] < stamps[i - 1] - kWrap / 2)
            stamps[i] += kWrap;
    }
}

void checkSteps(const QList<qint64> &stamps, double step, double tolerance, const QString &what,
                QStringList &faults)
{
    if (stamps.isEmpty())
        return;
    for (qsizetype i = 0; i < stamps.size(); ++i) {
        const double due = double(stamps.first()) + double(i) * step;
        // The first is rounded, and so is this one: together at most one tick.
        if (std::abs(double(stamps[i]) - due) > tolerance + 0.001) {
            faults.append(u"%1 packet %2 is at %3, not %4"_s.arg(what).arg(i).arg(stamps[i]).arg(
                due, 0, 'f', 2));
            return;
        }
    }
}

} // namespace

QByteArray runProgram(const QString &program, const QStringList &arguments, QByteArray *errors)
{
    QProcess process;
    process.start(program, arguments);
    process.waitForFinished(30000);
    if (errors)
        *errors = process.readAllStandardError();
    return process.readAllStandardOutput();
}

QStringList continuityFaults(const QByteArray &stream)
{
    QStringList faults;
    QMap<int, int> last;
    for (qsizetype at = 0; at + 188 <= stream.size(); at += 188) {
        const auto byte = [&](qsizetype i) { return int(std::uint8_t(stream[at + i])); };
        const int pid = (byte(1) & 0x1f) << 8 | byte(2);
        const int due = last.contains(pid) ? (last[pid] + (byte(3) & 0x10 ? 1 : 0)) % 16 : -1;
        if (byte(0) != 0x47 || (due >= 0 && due != byte(3) % 16))
            faults.append(u"packet %1 of PID %2 has counter %3, not %4"_s.arg(at / 188)
                              .arg(pid)
                              .arg(byte(3) % 16)
                              .arg(due));
        last[pid] = byte(3) % 16;
    }
    return faults.mid(0, 5);
}

MediaFacts readMedia(const QString &input)
{
    MediaFacts facts;
    // A live list never ends by itself. On disk a copy of it does, so that both programs read the
    // same; from a server two looks at the same list are enough.
    QStringList source{u"-i"_s, input};
    QFile list(input);
    if (input.endsWith(u".m3u8"_s) && list.open(QIODevice::ReadOnly)) {
        QFile copy(input.chopped(5) + u".copy.m3u8"_s);
        if (copy.open(QIODevice::WriteOnly))
            copy.write(list.readAll() + "#EXT-X-ENDLIST\n");
        source[1] = copy.fileName();
    } else if (input.endsWith(u".m3u8"_s)) {
        source = QStringList{u"-m3u8_hold_counters"_s, u"1"_s} + source;
    }
    const QByteArray text
        = runProgram(u"ffprobe"_s,
                     QStringList{u"-v"_s, u"error"_s, u"-show_entries"_s,
                                 u"packet=codec_type,pts:stream=codec_type,time_base"_s, u"-of"_s,
                                 u"compact=nk=0"_s}
                         + source);
    for (const QByteArray &line : text.split('\n')) {
        const bool isVideo = line.contains("codec_type=video");
        const qsizetype base = line.indexOf("time_base=1/");
        const qsizetype pts = line.indexOf("|pts=");
        if (line.startsWith("packet|") && pts >= 0)
            (isVideo ? facts.videoPts : facts.audioPts)
                .append(line.mid(pts + 5).split('|').first().toLongLong());
        else if (line.startsWith("stream|") && base >= 0)
            (isVideo ? facts.videoBase : facts.audioBase) = line.mid(base + 12).toLongLong();
    }
    for (QList<qint64> *stamps : {&facts.videoPts, &facts.audioPts}) {
        unwrap(*stamps);
        std::sort(stamps->begin(), stamps->end());
    }
    const QByteArray bars
        = runProgram(u"ffmpeg"_s,
                     QStringList{u"-v"_s, u"warning"_s} + source
                         + QStringList{u"-map"_s, u"0:v"_s, u"-fps_mode"_s, u"passthrough"_s,
                                       u"-vf"_s, u"scale=%1:1:flags=area"_s.arg(kBars),
                                       u"-pix_fmt"_s, u"gray"_s, u"-f"_s, u"rawvideo"_s, u"-"_s},
                     &facts.errors);
    for (qsizetype at = 0; at + kBars <= bars.size(); at += kBars) {
        qint64 number = 0;
        for (int bar = 0; bar < kBars; ++bar) {
            if (std::uint8_t(bars[at + bar]) > 128)
                number |= qint64(1) << bar;
        }
        facts.numbers.append(number);
    }
    return facts;
}

QStringList MediaFacts::faults(FrameRate rate, double tolerance) const
{
    QStringList faults;
    if (videoPts.isEmpty() || audioPts.isEmpty() || numbers.size() != videoPts.size())
        faults.append(u"%1 video and %2 audio packets, %3 pictures decoded"_s.arg(videoPts.size())
                          .arg(audioPts.size())
                          .arg(numbers.size()));
    for (qsizetype i = 1; i < numbers.size(); ++i) {
        if (numbers[i] != numbers[i - 1] + 1)
            faults.append(u"after frame %1 comes %2"_s.arg(numbers[i - 1]).arg(numbers[i]));
    }
    checkSteps(videoPts, double(videoBase) * double(rate.den) / double(rate.num), tolerance,
               u"video"_s, faults);
    checkSteps(audioPts, double(audioBase) * 1024 / kHouseSampleRate, tolerance, u"audio"_s,
               faults);
    if (!errors.isEmpty())
        faults.append(QString::fromUtf8(errors.left(500)));
    return faults;
}

double MediaFacts::soundOffsetMs(qint64 firstFrame, FrameRate rate) const
{
    const qint64 firstSample = samplesBefore(firstFrame, rate) / 1024 * 1024;
    const double due = double(firstSample) / kHouseSampleRate
        - double(firstFrame) * double(rate.den) / double(rate.num);
    const double found = double(audioPts.value(0)) / double(audioBase)
        - double(videoPts.value(0)) / double(videoBase);
    return 1000 * (found - due);
}

} // namespace continuo::test
