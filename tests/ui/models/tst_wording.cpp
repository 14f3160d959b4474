// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/models/tst_wording.h"

#include "ui/models/wording.h"

#include <QDateTime>
#include <QJsonObject>
#include <QLocale>
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

void WordingTest::entryFacts_sayWhatIsKnown_data()
{
    QTest::addColumn<EntryState>("state");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("facts");
    const QString known = u"H.264 · AAC"_s;
    QTest::newRow("missing")
        << EntryState::Missing << u"not-found"_s
        << u"The file is not there. It is passed over unless it comes in time."_s;
    QTest::newRow("failed") << EntryState::Failed << u"corrupt"_s
                            << u"The file is damaged · will be passed over"_s;
    QTest::newRow("points leave nothing")
        << EntryState::Failed << u"invalid-argument"_s
        << u"Its in and out points leave nothing of it · will be passed over"_s;
    QTest::newRow("failed, no words")
        << EntryState::Failed << u"internal"_s << u"It cannot be played · will be passed over"_s;
    QTest::newRow("played in part")
        << EntryState::Played << u"io"_s << u"Ended early: The file could not be read"_s;
    QTest::newRow("to come again") << EntryState::Queued << u"internal"_s << u"Ended early"_s;
    QTest::newRow("next") << EntryState::Next << u"corrupt"_s << known;
    QTest::newRow("on air") << EntryState::OnAir << u"corrupt"_s << known;
    QTest::newRow("played") << EntryState::Played << QString() << known;
}

void WordingTest::entryFacts_sayWhatIsKnown()
{
    QFETCH(EntryState, state);
    QFETCH(QString, code);
    QFETCH(QString, facts);
    PlaylistEntry entry;
    entry.state = state;
    entry.reasonCode = code;
    if (!code.isEmpty())
        entry.reason = u"moov atom not found"_s;
    entry.videoCodec = u"h264"_s;
    entry.audioCodec = u"aac"_s;
    QCOMPARE(Wording::entryFacts(entry), facts);
}

void WordingTest::day_standsInFront_whenItIsAnother()
{
    const QDateTime time(QDate(2026, 11, 24), QTime(20, 12, 10));
    const qint64 utcMs = time.toMSecsSinceEpoch();
    QCOMPARE(Wording::dayAndTime(utcMs, QDate(2026, 11, 24)), u"20:12:10"_s);
    QCOMPARE(Wording::dayAndTime(utcMs, QDate(2026, 11, 25)),
             QLocale().dayName(2, QLocale::ShortFormat) + u" 20:12:10"_s);
    // A week on, the name of the day is that of another one, too.
    const QString dated = QLocale().toString(QDate(2026, 11, 24), u"d MMM"_s) + u" 20:12"_s;
    QCOMPARE(Wording::dayAndTime(utcMs, QDate(2026, 11, 17)), dated);
    QCOMPARE(Wording::dayAndTime(utcMs, QDate(2026, 12, 1)), dated);
    QCOMPARE(Wording::dayAndTime(-1), u"–"_s);
}

void WordingTest::everyError_hasAHeadline()
{
    for (int code = 0; code <= int(ErrorCode::Internal); ++code)
        QVERIFY(!Wording::error({ErrorCode(code), {}, 0}, u"playlist.add"_s).headline.isEmpty());
}

void WordingTest::error_isOfItsMethod()
{
    const Error gone{ErrorCode::NotFound, u"English"_s, 0};
    QCOMPARE(Wording::error(gone, u"channel.take"_s, Wording::Row::InList).headline,
             u"It cannot play; nothing was taken."_s);
    QCOMPARE(Wording::error(gone, u"channel.take"_s).headline,
             u"That row is no longer in the list."_s);
    QCOMPARE(Wording::error(gone, u"playlist.undo"_s).headline, u"There is nothing to undo."_s);
    const Error full{ErrorCode::NoSpace, u"the list would have 50001 items, more than 50000"_s, 0};
    QCOMPARE(Wording::error(full, u"playlist.add"_s).headline,
             u"The list is full: it holds at most %1 rows."_s.arg(QLocale().toString(50'000)));
    const Error disk{ErrorCode::NoSpace, u"write /a: No space left on device"_s, 0};
    QCOMPARE(Wording::error(disk, u"playlist.add"_s).headline, u"The disk is full."_s);
    QCOMPARE(Wording::createRefusal({ErrorCode::InvalidArgument, u"English"_s, 0}).headline,
             u"A name may not be empty, hold “/” or begin with a dot."_s);
    QCOMPARE(Wording::createRefusal({ErrorCode::AlreadyExists, u"English"_s, 0}).headline,
             u"There is a channel of that name already."_s);
    QCOMPARE(Wording::createRefusal({ErrorCode::Busy, {}, 0}).headline,
             u"Not possible at the moment."_s);
}

void WordingTest::alarm_saysWhatHappenedToWhat_data()
{
    QTest::addColumn<QString>("level");
    QTest::addColumn<QString>("detail");
    QTest::addColumn<QString>("words");
    QTest::newRow("refused")
        << u"warning"_s << u"connect: nobody listens there"_s
        << u"RTMP a.example: refused the connection. Trying again by itself."_s;
    QTest::newRow("silent") << u"warning"_s << u"connect: the server does not answer"_s
                            << u"RTMP a.example: does not answer. Trying again by itself."_s;
    QTest::newRow("unknown")
        << u"warning"_s << u"odd: thing"_s
        << u"RTMP a.example does not run. Trying again by itself. (odd: thing)"_s;
    QTest::newRow("given up")
        << u"fault"_s << u"write: No space left on device"_s
        << u"RTMP a.example: the disk is full. It is not tried again by itself."_s;
}

void WordingTest::alarm_saysWhatHappenedToWhat()
{
    QFETCH(QString, level);
    QFETCH(QString, detail);
    QFETCH(QString, words);
    DestinationState destination;
    destination.id = u"d1"_s;
    destination.type = u"rtmp"_s;
    destination.target = u"rtmp://a.example/live"_s;
    const QJsonObject alarm{{u"code"_s, u"destination-trouble"_s},
                            {u"level"_s, level},
                            {u"text"_s, destination.target + u": "_s + detail}};
    const Wording::Message known = Wording::alarm(alarm, &destination);
    QCOMPARE(known.headline + u' ' + known.detail, words);
    const Wording::Message removed = Wording::alarm(alarm, nullptr); // its address still tells
    QCOMPARE(removed.headline + u' ' + removed.detail, words);
}

void WordingTest::event_saysWhatStandsIn_data()
{
    QTest::addColumn<QString>("words");
    QTest::newRow("slate-stands-in")
        << u"The slate is shown: the item on air gives no pictures. English"_s;
    QTest::newRow("slate-stands-in-over") << u"The slate no longer stands in for an item."_s;
    QTest::newRow("slate-failed")
        << u"The slate's picture cannot be shown; the channel's card is the slate. English"_s;
    QTest::newRow("slate-failed-over") << u"The slate is as it was set."_s;
    QTest::newRow("emergency-failed")
        << u"The emergency clip cannot be shown; the slate stays in its place. English"_s;
    QTest::newRow("emergency-failed-over")
        << u"The emergency clip can be shown, or is not wanted any more."_s;
    QTest::newRow("emergency-on-air")
        << u"The emergency clip is shown: nothing of the list came for five seconds."_s;
    QTest::newRow("emergency-on-air-over") << u"The emergency clip is not shown any more."_s;
}

void WordingTest::event_saysWhatStandsIn()
{
    QFETCH(QString, words);
    const QString code = QString::fromLatin1(QTest::currentDataTag());
    const Wording::Message message = Wording::event(code, u"English"_s, {});
    QCOMPARE((message.headline + u' ' + message.detail).trimmed(), words);
}

void WordingTest::wentOnAir_namesStandInsAsSuch()
{
    const auto headline
        = [](const QString &reason) { return Wording::wentOnAir(reason, u"a.mp4"_s).headline; };
    QCOMPARE(headline(u"follow"_s), u"“a.mp4” went on air."_s);
    QCOMPARE(headline(u"slate"_s), u"The slate is on air."_s);
    QCOMPARE(headline(u"emergency"_s), u"The emergency clip is on air."_s);
}

void WordingTest::unknownEvent_keepsItsText()
{
    QCOMPARE(Wording::event(u"never-heard-of"_s, u"It says this."_s, {}).headline,
             u"It says this."_s);
}
