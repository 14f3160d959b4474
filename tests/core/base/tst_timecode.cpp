// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/timecode.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

class TestTimecode final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyFrame_comesBack_data();
    void everyFrame_comesBack();
    void text_isRead_data();
    void text_isRead();
    void whatIsNoTime_isRefused_data();
    void whatIsNoTime_isRefused();
};

void TestTimecode::everyFrame_comesBack_data()
{
    QTest::addColumn<qint64>("num");
    QTest::addColumn<qint64>("den");
    QTest::newRow("23.976") << qint64(24000) << qint64(1001);
    QTest::newRow("25") << qint64(25) << qint64(1);
    QTest::newRow("29.97") << qint64(30000) << qint64(1001);
    QTest::newRow("30") << qint64(30) << qint64(1);
    QTest::newRow("50") << qint64(50) << qint64(1);
    QTest::newRow("59.94") << qint64(60000) << qint64(1001);
    QTest::newRow("120") << qint64(120) << qint64(1);
}

void TestTimecode::everyFrame_comesBack()
{
    QFETCH(qint64, num);
    QFETCH(qint64, den);
    const FrameRate rate{num, den};
    const std::int64_t perSecond = (num + den / 2) / den;
    for (const std::int64_t begin : {std::int64_t(0), 3600 * perSecond, 99 * 3600 * perSecond}) {
        for (std::int64_t frame = begin; frame < begin + 3 * perSecond; ++frame) {
            const std::int64_t seconds = frame / perSecond;
            const QString text = QString::asprintf(
                "%02lld:%02lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
                static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60),
                static_cast<long long>(frame % perSecond));
            const auto time = parseTimecode(text, rate);
            QVERIFY2(time, qPrintable(text));
            QCOMPARE(microsecondsToFrames(time->count(), rate), frame);
            QCOMPARE(timecodeText(time.value(), rate), text);
        }
    }
}

void TestTimecode::text_isRead_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("microseconds");
    QTest::newRow("timecode") << u"01:02:03:12"_s << qint64(3'723'480'000);
    QTest::newRow("short timecode") << u" 0:0:1:5 "_s << qint64(1'200'000);
    QTest::newRow("seconds") << u"12.48"_s << qint64(12'480'000);
    QTest::newRow("whole seconds") << u"7"_s << qint64(7'000'000);
    QTest::newRow("many seconds") << u"5400"_s << qint64(5'400'000'000);
    QTest::newRow("minutes") << u"90:00"_s << qint64(5'400'000'000);
    QTest::newRow("hours") << u"1:02:03.5"_s << qint64(3'723'500'000);
    QTest::newRow("microseconds") << u"0.000001"_s << qint64(1);
}

void TestTimecode::text_isRead()
{
    QFETCH(QString, text);
    QFETCH(qint64, microseconds);
    const auto time = parseTimecode(text, {25, 1});
    QVERIFY2(time, time ? "" : qPrintable(time.error().detail));
    QCOMPARE(qint64(time->count()), microseconds);
}

void TestTimecode::whatIsNoTime_isRefused_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text : {"",
                             " ",
                             "soon",
                             "-1",
                             "+1",
                             "1e3",
                             "nan",
                             "inf",
                             "1,5",
                             "0x10",
                             "1.2.3",
                             ":",
                             "1:",
                             ":30",
                             "1:60",
                             "1:-3",
                             "00:60:00:00",
                             "00:00:60:00",
                             "00:00:00:25",
                             "00:00:00:-1",
                             "00:00:00:1.5",
                             "00:00:00:",
                             "1:00:00:00:00",
                             "100:00:00:00",
                             "360000",
                             "9999999:00"})
        QTest::newRow(text) << QString::fromLatin1(text);
}

void TestTimecode::whatIsNoTime_isRefused()
{
    QFETCH(QString, text);
    const auto time = parseTimecode(text, {25, 1});
    QVERIFY(!time);
    QCOMPARE(time.error().code, ErrorCode::InvalidArgument);
    QVERIFY2(time.error().detail.startsWith(u"\"%1\" is no place in a clip; give"_s.arg(text)),
             qPrintable(time.error().detail));
}

QTEST_APPLESS_MAIN(TestTimecode)
#include "tst_timecode.moc"
