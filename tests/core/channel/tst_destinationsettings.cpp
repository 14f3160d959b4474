// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_destinationsettings.h"

#include "core/channel/destinationsettings.h"

#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo {

void TestDestinationSettings::fromTarget_takesWhatIsPasted_data()
{
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("givenKey");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("open");
    QTest::addColumn<QString>("key");
    QTest::newRow("folder") << u"hls:/srv/a"_s << QString() << u"hls"_s << u"/srv/a"_s << QString();
    QTest::newRow("file URL") << u"file:///srv/a.mkv"_s << QString() << u"file"_s << u"/srv/a.mkv"_s
                              << QString();
    QTest::newRow("server") << u"rtmp://a.example:1935/live/s3cret"_s << QString() << u"rtmp"_s
                            << u"rtmp://a.example:1935/live"_s << u"s3cret"_s;
    QTest::newRow("upper case scheme") << u"RTMPS://a.example/live/s3cret"_s << QString()
                                       << u"rtmp"_s << u"rtmps://a.example/live"_s << u"s3cret"_s;
    QTest::newRow("line breaks around both") << u" rtmp://[::1]/live\n"_s << u"s3cret\r\n"_s
                                             << u"rtmp"_s << u"rtmp://[::1]/live"_s << u"s3cret"_s;
    QTest::newRow("password") << u"rtmp://u:p@a.example/live/s3cret"_s << QString() << u"rtmp"_s
                              << u"rtmp://a.example/live"_s << u"//u:p@a.example/live/s3cret"_s;
}

void TestDestinationSettings::fromTarget_takesWhatIsPasted()
{
    QFETCH(QString, target);
    QFETCH(QString, givenKey);
    const Result<DestinationSettings> settings = DestinationSettings::fromTarget(target, givenKey);
    QVERIFY2(settings, settings ? "" : qPrintable(settings.error().detail));
    QTEST(settings->type, "type");
    QTEST(settings->target, "open");
    QTEST(settings->key, "key");
}

void TestDestinationSettings::fromTarget_refusesWithoutQuotingSecrets_data()
{
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("givenKey");
    QTest::addColumn<QString>("text");
    QTest::newRow("no server, one slash") << u"rtmp:/"_s << QString() << u"no server"_s;
    QTest::newRow("no server") << u"rtmp:///live/s3cret"_s << QString() << u"no server"_s;
    QTest::newRow("port") << u"rtmp://a.example:99999/live/s3cret"_s << QString()
                          << u"wrong port"_s;
    QTest::newRow("no application") << u"rtmp://a.example"_s << QString() << u"no application"_s;
    QTest::newRow("no application, key apart")
        << u"rtmps://a.example/"_s << u"s3cret"_s << u"no application"_s;
    QTest::newRow("password with a slash")
        << u"rtmp://u:s3/cret@a.example/live/s3cret"_s << QString() << u"%2F"_s;
    QTest::newRow("key of two lines")
        << u"rtmp://a.example/live"_s << u"s3cret\ns3cret"_s << u"line break"_s;
    QTest::newRow("no scheme") << u"a.example/live/s3cret"_s << QString()
                               << u"\"a.example\" is no destination"_s;
    QTest::newRow("mistyped scheme")
        << u"rtpm://a.example/live/s3cret"_s << QString() << u"\"rtpm:\" is no destination"_s;
    QTest::newRow("relative folder") << u"hls:out"_s << QString() << u"absolute"_s;
}

void TestDestinationSettings::fromTarget_refusesWithoutQuotingSecrets()
{
    QFETCH(QString, target);
    QFETCH(QString, givenKey);
    QFETCH(QString, text);
    const Result<DestinationSettings> settings = DestinationSettings::fromTarget(target, givenKey);
    QVERIFY(!settings);
    const QString &detail = settings.error().detail;
    QVERIFY2(detail.contains(text), qPrintable(detail));
    QVERIFY2(!detail.contains(u"s3"_s) && !detail.contains(u"cret"_s), qPrintable(detail));
}

} // namespace continuo
