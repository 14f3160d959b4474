// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/models/tst_levelwording.h"

#include "ui/models/wording.h"

#include <QJsonObject>
#include <QLocale>
#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

void LevelWordingTest::initTestCase()
{
    QLocale::setDefault(QLocale::c()); // figures are written as the person's language has them
}

void LevelWordingTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void LevelWordingTest::programme_isJudged_data()
{
    QTest::addColumn<QJsonObject>("loudness");
    QTest::addColumn<qint64>("uptimeMs");
    QTest::addColumn<QString>("words");
    QTest::addColumn<Health>("health");
    const auto row = [](const char *name, const QJsonValue &target, const QJsonValue &integrated,
                        double truePeak, qint64 uptimeMs, const QString &words, Health health) {
        const QJsonObject loudness{
            {u"target"_s, target}, {u"integrated"_s, integrated}, {u"truePeak"_s, truePeak}};
        QTest::newRow(name) << loudness << uptimeMs << words << health;
    };
    row("on target", -23, -23.9, -8, 60'000, u"On target"_s, Health::Good);
    row("louder", -23, -20.5, -8, 60'000, u"2.5 LU louder than the target"_s, Health::Waiting);
    row("quieter", -16, -18, -8, 60'000, u"2.0 LU quieter than the target"_s, Health::Waiting);
    row("early", -23, -40, -8, 29'000, u"On air for too short a time to be judged"_s, Health::Idle);
    row("off", u"off"_s, -18, -8, 60'000, u"Items go out as loud as their files are"_s,
        Health::Idle);
    row("silence", -23, QJsonValue(), -80, 60'000, u"Nothing to measure yet: silence"_s,
        Health::Idle);
    QTest::newRow("overload")
        << QJsonObject{{u"target"_s, -23}} << qint64(60'000)
        << u"Not measured: the machine cannot keep up. The air has its sound."_s << Health::Idle;
}

void LevelWordingTest::programme_isJudged()
{
    QFETCH(QJsonObject, loudness);
    QFETCH(qint64, uptimeMs);
    QFETCH(QString, words);
    QFETCH(Health, health);
    const ChannelState state = ChannelState::fromJson(
        {{u"name"_s, u"a"_s}, {u"loudness"_s, loudness}, {u"uptimeMs"_s, uptimeMs}});
    QCOMPARE(Wording::loudness(state.loudness), words);
    QCOMPARE(healthOf(state.loudness), health);
}

void LevelWordingTest::row_saysWhatItsSoundGoesBy_data()
{
    QTest::addColumn<QString>("state");
    QTest::addColumn<QString>("verdict");
    QTest::addColumn<QJsonValue>("loudness");
    QTest::addColumn<QString>("words");
    const QJsonValue estimated = QJsonObject{{u"estimated"_s, true}};
    const auto gain = [](double dB) {
        return QJsonValue(QJsonObject{{u"estimated"_s, false}, {u"gain"_s, dB}});
    };
    const QString estimate = u"goes by a live estimate"_s;
    QTest::newRow("off") << u"queued"_s << u"ready"_s << QJsonValue() << QString();
    QTest::newRow("raised") << u"queued"_s << u"ready"_s << gain(3.24) << u"+3.2 dB"_s;
    QTest::newRow("lowered") << u"on-air"_s << u"ready"_s << gain(-11) << u"−11.0 dB"_s;
    QTest::newRow("as it is") << u"next"_s << u"ready"_s << gain(-0.04) << u"0.0 dB"_s;
    QTest::newRow("another track") << u"queued"_s << u"ready"_s << estimated << estimate;
    QTest::newRow("not yet") << u"queued"_s << u"pending"_s << estimated
                             << u"loudness not measured yet"_s;
    QTest::newRow("on air unmeasured") << u"on-air"_s << u"pending"_s << estimated << estimate;
    QTest::newRow("next unmeasured") << u"next"_s << u"pending"_s << estimated << estimate;
}

void LevelWordingTest::row_saysWhatItsSoundGoesBy()
{
    QFETCH(QString, state);
    QFETCH(QString, verdict);
    QFETCH(QJsonValue, loudness);
    QFETCH(QString, words);
    QJsonObject item{{u"id"_s, u"a"_s},
                     {u"state"_s, state},
                     {u"videoCodec"_s, u"h264"_s},
                     {u"audioCodec"_s, u"aac"_s},
                     {u"proof"_s, QJsonObject{{u"verdict"_s, verdict}}}};
    if (!loudness.isNull())
        item.insert(u"loudness"_s, loudness);
    const PlaylistEntry entry = PlaylistEntry::fromJson(item);
    QCOMPARE(Wording::entryGain(entry), words);
    const QString facts = u"H.264 · AAC"_s + (words.isEmpty() ? QString() : u" · "_s + words);
    QCOMPARE(Wording::entryFacts(entry), facts);
}

void LevelWordingTest::itemOnAir_saysItsGain()
{
    QCOMPARE(Wording::airingGain({std::nullopt, true}), u"This item goes by a live estimate"_s);
    QCOMPARE(Wording::airingGain({2.5, true}), u"This item: +2.5 dB by a live estimate"_s);
    QCOMPARE(Wording::airingGain({-2.5, false}), u"This item: −2.5 dB, as its file measures"_s);
}

void LevelWordingTest::refusals_areInTheUsersWords()
{
    const auto logo = [](ErrorCode code, const QString &detail) {
        return Wording::logoRefusal(Error{code, detail, 0});
    };
    QCOMPARE(logo(ErrorCode::NotFound, u"/a.png: no such file"_s),
             u"The logo's file is not there."_s);
    QVERIFY(logo(ErrorCode::InvalidArgument, u"/a.png: the logo is larger than the picture (9x9)"_s)
                .contains(u"smaller width"_s));
    QVERIFY(logo(ErrorCode::InvalidArgument, u"the logo (9x9 pixels) does not fit into"_s)
                .contains(u"outside of the picture"_s));
    QCOMPARE(logo(ErrorCode::InvalidArgument, u"no file was given"_s),
             u"Choose the logo's file."_s);
    const Error language{ErrorCode::InvalidArgument,
                         u"\"x1\" is no code of a language (de, eng, pt-BR)"_s, 0};
    QVERIFY(Wording::settingsRefusal(language, {}).startsWith(u"“x1” is no language."_s));
    for (int code = 0; code <= int(ErrorCode::Internal); ++code) {
        QVERIFY(!Wording::logoRefusal({ErrorCode(code), {}, 0}).isEmpty());
        QVERIFY(!Wording::settingsRefusal({ErrorCode(code), {}, 0}, {}).isEmpty());
    }
}

void LevelWordingTest::refusal_tellsPictureFromClip_data()
{
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("detail"); // as core/channel answers
    QTest::addColumn<QString>("words");
    QTest::newRow("picture not there")
        << ErrorCode::NotFound << u"/a.png: No such file"_s
        << u"The slate's file is not there. The emergency clip is set."_s;
    QTest::newRow("no picture")
        << ErrorCode::Unsupported << u"/a.png: no picture in it"_s
        << u"There is no picture in the slate's file. The emergency clip is set."_s;
    QTest::newRow("picture, its player dies")
        << ErrorCode::Closed << u"/a.png: it died"_s
        << u"The slate's picture cannot be shown. The emergency clip is set."_s;
    QTest::newRow("picture busy")
        << ErrorCode::Busy << u"another slate is being drawn; try again"_s
        << u"Another slate is being drawn. Try again in a moment. The emergency clip is set."_s;
    QTest::newRow("clip not there") << ErrorCode::NotFound << u"/a: b.mp4: No such file"_s
                                    << u"The emergency clip's file is not there."_s;
    QTest::newRow("clip silent") << ErrorCode::Timeout << u"/a: b.mp4: brings nothing"_s
                                 << u"The emergency clip's disk or share does not answer."_s;
    QTest::newRow("clip short")
        << ErrorCode::InvalidArgument
        << u"/a: b.mp4: it is shorter than a second, and repeats as long as it is shown"_s
        << u"The emergency clip is shorter than a second. Choose a longer one."_s;
    QTest::newRow("clip busy")
        << ErrorCode::Busy << u"another emergency clip is being tried; try again"_s
        << u"Another emergency clip is being tried. Try again in a moment."_s;
    QTest::newRow("of neither") << ErrorCode::NoSpace << u"channel.json: No space left"_s
                                << u"The disk is full."_s;
}

void LevelWordingTest::refusal_tellsPictureFromClip()
{
    QFETCH(ErrorCode, code);
    QFETCH(QString, detail);
    QFETCH(QString, words);
    const QJsonObject asked{{u"slate"_s, u"/a.png"_s}, {u"emergency"_s, u"/a: b.mp4"_s}};
    QCOMPARE(Wording::settingsRefusal({code, detail, 0}, asked), words);
}

void LevelWordingTest::refusal_asksForTheWholePath()
{
    const QJsonObject asked{{u"slate"_s, u"a.png"_s}, {u"emergency"_s, u"b.mp4"_s}};
    const auto refusal = [&](const QString &detail) {
        return Wording::settingsRefusal({ErrorCode::InvalidArgument, detail, 0}, asked);
    };
    QCOMPARE(refusal(u"\"a.png\" is not an absolute path"_s),
             u"Choose the slate's picture, or give its whole path. The emergency clip is set."_s);
    QCOMPARE(refusal(u"\"b.mp4\" is not an absolute path"_s),
             u"Choose the emergency clip, or give its whole path."_s);
}

void LevelWordingTest::cleanupTestCase()
{
    QLocale::setDefault(QLocale::system());
}
