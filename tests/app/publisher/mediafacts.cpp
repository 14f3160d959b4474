// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/publisher/mediafacts.h"

#include "tests/app/publisher/chain.h"

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

void checkSteps(const QList<qint64> &stamps, double step, const QString &what, QStringList &faults)
{
    if (stamps.isEmpty())
        return;
    for (qsizetype i = 0; i < stamps.size(); ++i) {
        const double due = double(stamps.first()) + double(i) * step;
        // The first is rounded, and so is this one: together at most one tick.
        if (std::abs(double(stamps[i]) - due) > 1.001) {
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

MediaFacts readMedia(const QString &input)
{
    MediaFacts facts;
    for (const char kind : {'v', 'a'}) {
        const QByteArray text
            = runProgram(u"ffprobe"_s,
                         {u"-v"_s, u"error"_s, u"-select_streams"_s, QString(QLatin1Char(kind)),
                          u"-show_entries"_s, u"packet=pts:stream=time_base"_s, u"-of"_s,
                          u"default=nk=0:nw=1"_s, input});
        QList<qint64> &stamps = kind == 'v' ? facts.videoPts : facts.audioPts;
        for (const QByteArray &line : text.split('\n')) {
            if (line.startsWith("pts="))
                stamps.append(line.mid(4).toLongLong());
            else if (line.startsWith("time_base=1/"))
                (kind == 'v' ? facts.videoBase : facts.audioBase) = line.mid(12).toLongLong();
        }
        std::sort(stamps.begin(), stamps.end());
        unwrap(stamps);
    }
    const QByteArray bars
        = runProgram(u"ffmpeg"_s,
                     {u"-v"_s, u"warning"_s, u"-i"_s, input, u"-map"_s, u"0:v"_s, u"-fps_mode"_s,
                      u"passthrough"_s, u"-vf"_s, u"scale=%1:1:flags=area"_s.arg(kBars),
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

QStringList MediaFacts::faults(FrameRate rate) const
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
    checkSteps(videoPts, double(videoBase) * double(rate.den) / double(rate.num), u"video"_s,
               faults);
    checkSteps(audioPts, double(audioBase) * 1024 / kHouseSampleRate, u"audio"_s, faults);
    if (!errors.isEmpty())
        faults.append(QString::fromUtf8(errors.left(500)));
    return faults;
}

} // namespace continuo::test
