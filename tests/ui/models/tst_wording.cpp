// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/models/tst_wording.h"

#include "ui/models/wording.h"

#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

void WordingTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void WordingTest::times_areFixedWidth()
{
    QCOMPARE(Wording::duration(764'999), u"00:12:44"_s);
    QCOMPARE(Wording::duration(-1), u"–"_s);
    QCOMPARE(Wording::duration(100 * 3600'000), u"100:00:00"_s);
    QCOMPARE(Wording::shortDuration(764'000), u"12:44"_s);
    QCOMPARE(Wording::shortDuration(3764'000), u"1:02:44"_s);
    QCOMPARE(Wording::timeOfDay(-1), u"–"_s);
}

void WordingTest::destinationName_isShort_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("name");
    QTest::newRow("hls") << u"hls"_s << u"/srv/hls"_s << u"HLS"_s;
    QTest::newRow("file") << u"file"_s << u"/rec/a.mkv"_s << u"Recording"_s;
    QTest::newRow("rtmp") << u"rtmp"_s << u"rtmp://a.rtmp.example/live2"_s
                          << u"RTMP a.rtmp.example"_s;
    QTest::newRow("no host") << u"rtmp"_s << u"nonsense"_s << u"RTMP"_s;
}

void WordingTest::destinationName_isShort()
{
    QFETCH(QString, type);
    QFETCH(QString, target);
    QFETCH(QString, name);
    DestinationState destination;
    destination.type = type;
    destination.target = target;
    QCOMPARE(Wording::destinationName(destination), name);
}

void WordingTest::itemReason_isASentence()
{
    QCOMPARE(Wording::itemReason(u"corrupt: moov atom not found"_s),
             u"The file is damaged (moov atom not found) · will be passed over"_s);
    QCOMPARE(Wording::itemReason(u"something else"_s), u"Something else · will be passed over"_s);
}

void WordingTest::everyError_hasAHeadline()
{
    for (int code = 0; code <= int(ErrorCode::Internal); ++code)
        QVERIFY(!Wording::error({ErrorCode(code), {}, 0}, u"playlist.add"_s).headline.isEmpty());
}

void WordingTest::unknownEvent_keepsItsText()
{
    QCOMPARE(Wording::event(u"never-heard-of"_s, u"It says this."_s, {}).headline,
             u"It says this."_s);
}
