// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_fields.h"

#include <QRegularExpression>
#include <QTest>

#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kFieldWidth = 192;
constexpr int kFieldHeight = 96;
constexpr int kBar = 16; // pixels wide, at 2n in field n

/// Where the bar begins in a frame, from the light of rows of both fields; -1: there is none.
double barPosition(const std::vector<std::uint8_t> &picture)
{
    double sum = 0;
    double moment = 0;
    for (int y = kFieldHeight / 2 - 8; y < kFieldHeight / 2 + 8; ++y) {
        for (int x = 0; x < kFieldWidth; ++x) {
            const int light = picture[std::size_t(y * kFieldWidth + x)] - 40;
            if (light > 0) {
                sum += light;
                moment += double(light) * x;
            }
        }
    }
    return sum > 0 ? moment / sum - (kBar - 1) / 2.0 : -1;
}

/// ffmpeg's words for a bar that moves two pixels a field, woven into pictures.
QStringList movingBar(const QString &fieldRate, int fields, bool isTopFirst,
                      const QString &more = QString())
{
    return {u"-f"_s, u"lavfi"_s, u"-i"_s,
            u"color=black:s=%1x%2:r=%3,format=yuv420p,"
            "geq=lum='if(between(X,2*N,2*N+%4),200,20)':cb=128:cr=128,trim=end_frame=%5,"
            "tinterlace=%6,setfield=%7%8"_s.arg(kFieldWidth)
                .arg(kFieldHeight)
                .arg(fieldRate)
                .arg(kBar - 1)
                .arg(fields)
                .arg(isTopFirst ? u"interleave_top"_s : u"interleave_bottom"_s,
                     isTopFirst ? u"tff"_s : u"bff"_s, more)};
}

} // namespace

void TestFields::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestFields::fields_moveInTheirOrder_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("isTopFirst");
    QTest::addColumn<QString>("rate");
    QTest::addColumn<QStringList>("codec");
    for (const bool isTopFirst : {true, false}) {
        const char *order = isTopFirst ? "tff" : "bff";
        // Without "-top" ffmpeg tells encoders another order than the picture's.
        const QStringList flags{u"-flags"_s, u"+ildct+ilme"_s, u"-top"_s,
                                isTopFirst ? u"1"_s : u"0"_s};
        QTest::addRow("mpeg2 ts, %s in 50", order)
            << u"fields.ts"_s << isTopFirst << u"50"_s
            << QStringList{u"-c:v"_s, u"mpeg2video"_s, u"-q:v"_s, u"1"_s} + flags;
        QTest::addRow("h264 mp4, %s in 59.94", order)
            << u"fields.mp4"_s << isTopFirst << u"60000/1001"_s
            << QStringList{u"-c:v"_s, u"libx264"_s,   u"-qp"_s,
                           u"4"_s,    u"-x264opts"_s, isTopFirst ? u"tff=1"_s : u"bff=1"_s}
                + flags;
        QTest::addRow("prores mov, %s in 50", order)
            << u"fields.mov"_s << isTopFirst << u"50"_s
            << QStringList{u"-c:v"_s, u"prores_ks"_s} + flags;
        QTest::addRow("ffvhuff mkv, %s in 50", order)
            << u"fields.mkv"_s << isTopFirst << u"50"_s
            << QStringList{u"-c:v"_s, u"ffvhuff"_s, u"-field_order"_s,
                           isTopFirst ? u"tt"_s : u"bb"_s};
    }
}

void TestFields::fields_moveInTheirOrder()
{
    QFETCH(QString, name);
    QFETCH(bool, isTopFirst);
    QFETCH(QString, rate);
    QFETCH(QStringList, codec);
    const QString path = m_media.path(name);
    QVERIFY(runFfmpeg(movingBar(rate, 60, isTopFirst) + codec + QStringList{path}));
    const HouseFormat house{kFieldWidth, kFieldHeight, FrameRate::parse(rate).value()};
    const PlayedClip played = playClip(path, house, true);
    QVERIFY(played.result);
    QVERIFY(played.facts.isInterlaced);
    QVERIFY(played.facts.pictureFilters.startsWith(u"bwdif=mode=send_field:deint=interlaced,"_s));
    QCOMPARE(played.pictures.size(), std::size_t(60));
    for (std::size_t i = 0; i < played.pictures.size(); ++i) {
        const double position = barPosition(played.pictures[i]);
        // The first and the last one have no neighbour to take their other lines from.
        const double tolerance = i == 0 || i + 1 == played.pictures.size() ? 1 : 0.5;
        QVERIFY2(std::abs(position - 2 * double(i)) <= tolerance,
                 qPrintable(u"frame %1: the bar is at %2"_s.arg(i).arg(position)));
    }
}

// bwdif has the second field midway to the next picture, which may be long after it.
void TestFields::fields_areShownBeforeAHole()
{
    const QString path = m_media.path(u"hole.mkv"_s);
    // Of 30 pictures those from 10 to 19 are missing.
    QVERIFY(runFfmpeg(movingBar(u"50"_s, 60, true, u",select='not(between(n,10,19))'"_s)
                      + QStringList{u"-fps_mode"_s, u"passthrough"_s, u"-c:v"_s, u"ffvhuff"_s,
                                    u"-field_order"_s, u"tt"_s, u"-r"_s, u"25"_s, path}));
    const PlayedClip played = playClip(path, {kFieldWidth, kFieldHeight, {50, 1}}, true);
    QVERIFY(played.result);
    QCOMPARE(played.pictures.size(), std::size_t(60));
    for (std::size_t i = 0; i < played.pictures.size(); ++i) {
        const double wanted = 2 * double(i >= 20 && i < 40 ? 19 : i);
        const double position = barPosition(played.pictures[i]);
        // Next to the hole the lines between come from far away.
        const bool isAtHole = i >= 18 && i <= 41;
        QVERIFY2(std::abs(position - wanted) <= (isAtHole || i == 0 || i == 59 ? 1 : 0.5),
                 qPrintable(u"frame %1: the bar is at %2"_s.arg(i).arg(position)));
    }
}

void TestFields::fields_areNotShown_whereFramesAreAsMany_data()
{
    QTest::addColumn<QString>("fieldRate");
    QTest::addColumn<QString>("house");
    QTest::addColumn<bool>("areShown");
    QTest::newRow("25i in 25") << u"50"_s << u"25"_s << false;
    QTest::newRow("29.97i in 30") << u"60000/1001"_s << u"30"_s << false;
    QTest::newRow("29.97i in 25") << u"60000/1001"_s << u"25"_s << false;
    QTest::newRow("25i in 29.97") << u"50"_s << u"30000/1001"_s << true;
    QTest::newRow("25i in 60") << u"50"_s << u"60"_s << true;
}

void TestFields::fields_areNotShown_whereFramesAreAsMany()
{
    QFETCH(QString, fieldRate);
    QFETCH(QString, house);
    QFETCH(bool, areShown);
    const QString path = m_media.path(u"rates.mov"_s);
    QVERIFY(runFfmpeg(movingBar(fieldRate, 60, true)
                      + QStringList{u"-c:v"_s, u"ffvhuff"_s, u"-field_order"_s, u"tt"_s, path}));
    const FrameRate rate = FrameRate::parse(house).value();
    const PlayedClip played = playClip(path, {kFieldWidth, kFieldHeight, rate}, true);
    QVERIFY(played.result);
    QCOMPARE(played.facts.pictureFilters.contains(u"mode=send_field"_s), areShown);
    // Frame k shows the last field (or picture) f with round(t*fps) <= k.
    const double shownRate = FrameRate::parse(fieldRate).value().toDouble() / (areShown ? 1 : 2);
    QCOMPARE(played.pictures.size(),
             std::size_t(std::lround((areShown ? 60 : 30) / shownRate * rate.toDouble())));
    for (std::size_t k = 1; k + 1 < played.pictures.size(); ++k) {
        int field = 0;
        while (std::lround((field + 1) / shownRate * rate.toDouble()) <= long(k)
               && field + 1 < (areShown ? 60 : 30))
            ++field;
        const double wanted = 2.0 * field * (areShown ? 1 : 2);
        const double position = barPosition(played.pictures[k]);
        QVERIFY2(
            std::abs(position - wanted) <= 1,
            qPrintable(u"frame %1: the bar is at %2, not %3"_s.arg(k).arg(position).arg(wanted)));
    }
}

void TestFields::onePicture_isNoField()
{
    const QString path = m_media.path(u"one.mov"_s);
    QVERIFY(runFfmpeg(movingBar(u"50"_s, 2, true)
                      + QStringList{u"-c:v"_s, u"ffvhuff"_s, u"-field_order"_s, u"tt"_s, path}));
    const PlayedClip played = playClip(path, {kFieldWidth, kFieldHeight, {50, 1}}, true);
    QVERIFY(played.result);
    QCOMPARE(played.pictures.size(), std::size_t(2));
}

} // namespace continuo
