// SPDX-License-Identifier: GPL-3.0-or-later
#include "playedclip.h"

#include "tests/support/framecode/check.h"

#include <QProcess>
#include <QTest>

#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// To the pixel, and one that scaling smears.
constexpr double kEdge = 2;

void compareEdge(double seen, double due, const char *edge)
{
    QVERIFY2(std::abs(seen - due) <= kEdge,
             qPrintable(u"the picture's %1 edge is at %2, not %3"_s.arg(QLatin1StringView(edge))
                            .arg(seen)
                            .arg(due)));
}

void compareAreas(const framecode::Area &seen, const framecode::Area &due)
{
    compareEdge(seen.x, due.x, "left");
    compareEdge(seen.y, due.y, "upper");
    compareEdge(seen.x + seen.width, due.x + due.width, "right");
    compareEdge(seen.y + seen.height, due.y + due.height, "lower");
}

} // namespace

QByteArray decoded(const QString &file, const QStringList &arguments)
{
    QProcess ffmpeg;
    ffmpeg.start(u"ffmpeg"_s,
                 QStringList{u"-v"_s, u"error"_s, u"-nostdin"_s, u"-i"_s, file} + arguments
                     + QStringList{u"-"_s});
    ffmpeg.waitForFinished(120'000);
    return ffmpeg.readAllStandardOutput();
}

QByteArrayList playedFrames(const QString &output, int first, int count, const QString &size)
{
    // At a steady rate ffmpeg would show the first one for all that were left out before it.
    const QByteArray bytes = decoded(output,
                                     {u"-vf"_s, u"select=gte(n\\,%1)"_s.arg(first), u"-fps_mode"_s,
                                      u"passthrough"_s, u"-frames:v"_s, QString::number(count),
                                      u"-f"_s, u"rawvideo"_s, u"-pix_fmt"_s, u"yuv420p"_s});
    const QStringList sides = size.split(u'x');
    const qsizetype each = qsizetype(sides[0].toInt()) * sides[1].toInt() * 3 / 2;
    if (bytes.size() != each * count)
        return {};
    QByteArrayList frames;
    for (int i = 0; i < count; ++i)
        frames.append(bytes.mid(i * each, each));
    return frames;
}

framecode::Planes planesOf(const QByteArray &frame, const QString &size)
{
    const QStringList sides = size.split(u'x');
    return {{reinterpret_cast<const std::uint8_t *>(frame.constData()), std::size_t(frame.size())},
            sides[0].toInt(),
            sides[1].toInt()};
}

framecode::LumaView lumaOf(const framecode::Planes &planes)
{
    framecode::LumaView luma;
    luma.data = planes.bytes.data();
    luma.stepY = planes.width;
    luma.width = planes.width;
    luma.height = planes.height;
    return luma;
}

void playExactly(const std::shared_ptr<const framecode::Clip> &clip, const PlayOrder &order,
                 const QString &output)
{
    QProcess player;
    player.setProcessChannelMode(QProcess::MergedChannels);
    QStringList arguments{u"--play"_s,   clip->file,
                          u"--nut"_s,    output,
                          u"--format"_s, order.size + u'@' + order.fps,
                          u"--from"_s,   QString::number(order.from)};
    if (order.until)
        arguments += {u"--until"_s, QString::number(*order.until)};
    player.start(qEnvironmentVariable("CONTINUO_BIN") + u"/continuo-player"_s, arguments);
    QVERIFY2(player.waitForFinished(120'000), "the player hangs");
    const QByteArray words = player.readAll();
    QVERIFY2(player.exitCode() == 0, words.constData());
    framecode::Expectation expectation;
    expectation.fps = framecode::parseRate(order.fps).value();
    expectation.items.push_back({clip, order.from, order.until, false});
    const framecode::Outcome<framecode::Report> report = framecode::check(output, expectation);
    QVERIFY2(report, qPrintable(report ? QString() : report.error()));
    QVERIFY2(report.value().passed(), qPrintable(report.value().toText()));
    // The code is read wherever it stands: its place is the shape's.
    const QByteArrayList frames = playedFrames(output, 0, 1, order.size);
    QCOMPARE(frames.size(), 1);
    const framecode::LumaView luma = lumaOf(planesOf(frames.front(), order.size));
    compareAreas(framecode::brightArea(luma),
                 framecode::fittedArea(clip->displayAspect, luma.width, luma.height));
}

} // namespace continuo
