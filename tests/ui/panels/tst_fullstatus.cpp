// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/panels/tst_fullstatus.h"

#include "core/frames/previewring.h"
#include "tests/ui/panels/shownwords.h"
#include "tests/ui/stationfixture.h"
#include "ui/panels/channelcard.h"
#include "ui/panels/mainwindow.h"
#include "ui/panels/pipelinepanel.h"
#include "ui/panels/programmepanel.h"
#include "ui/panels/topbar.h"
#include "ui/widgets/audiometer.h"
#include "ui/widgets/onairlamp.h"
#include "ui/widgets/statemark.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QLocale>
#include <QRegularExpression>

#include <cstdint>
#include <vector>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

QJsonObject destinationJson(const QString &type, const QString &target, const QString &state,
                            const QString &detail)
{
    return {{u"id"_s, type},
            {u"type"_s, type},
            {u"target"_s, target},
            {u"state"_s, state},
            {u"detail"_s, detail}};
}

// Every field of docs/protocols.md, section 5, that a label shows, each with a figure of its own.
QJsonObject fullStatus()
{
    const QJsonArray destinations{destinationJson(u"hls"_s, u"hls:/tv"_s, u"running"_s, {}),
                                  destinationJson(u"rtmp"_s, u"rtmp://a.example/live"_s,
                                                  u"retrying"_s,
                                                  u"connect: nobody listens there"_s),
                                  destinationJson(u"file"_s, u"file:/tv.mkv"_s, u"failed"_s,
                                                  u"write: No space left on device"_s)};
    return {{u"name"_s, u"Riverside TV"_s},
            {u"state"_s, u"on-air"_s},
            {u"frame"_s, 1012},
            {u"acked"_s, 1000},
            {u"item"_s,
             QJsonObject{{u"id"_s, u"a"_s},
                         {u"title"_s, u"Film"_s},
                         {u"positionMs"_s, 15000},
                         {u"remainingMs"_s, 45000}}},
            {u"next"_s, QJsonObject{{u"id"_s, u"b"_s}, {u"title"_s, u"News"_s}, {u"cued"_s, true}}},
            {u"pipes"_s,
             QJsonObject{{u"in"_s, QJsonObject{{u"bytes"_s, 250}, {u"capacity"_s, 1000}}},
                         {u"out"_s, QJsonObject{{u"bytes"_s, 600}, {u"capacity"_s, 1000}}}}},
            {u"store"_s, QJsonObject{{u"frames"_s, 90}}},
            {u"encoder"_s,
             QJsonObject{{u"state"_s, u"running"_s},
                         {u"fps"_s, 30.5},
                         {u"speed"_s, 1.02},
                         {u"bitrate"_s, 3'100'000}}},
            {u"publisher"_s, QJsonObject{{u"state"_s, u"running"_s}}},
            {u"player"_s, QJsonObject{{u"state"_s, u"running"_s}}},
            {u"destinations"_s, destinations}};
}

struct ShownStation : StationFixture {
    explicit ShownStation(const QString &previewMemory = {})
    {
        for (const QString &id : {u"a"_s, u"b"_s})
            engine.items.append(itemOf(id));
        if (!previewMemory.isEmpty())
            engine.previewMemory = previewMemory;
        window.resize(1600, 900);
        window.show();
        connectBoth();
        tell(fullStatus());
    }

    void tell(const QJsonObject &status)
    {
        engine.server->notify(u"event.status"_s, status, u"Riverside TV"_s);
    }
    template <typename Panel> QStringList wordsOf() const
    {
        return shownWords(*window.findChild<Panel *>());
    }
    template <typename Panel> QMap<QString, double> levelsOf() const
    {
        return shownLevels(*window.findChild<Panel *>());
    }

    Theme theme{Palette::dark(), QApplication::font()};
    MainWindow window{theme, station};
};

} // namespace

void FullStatusTest::initTestCase()
{
    installLevelAccessibility();
    QLocale::setDefault(QLocale::c()); // figures are written as the person's language has them
    QVERIFY(m_words.load(u":/i18n/continuo_en.qm"_s));
    QApplication::installTranslator(&m_words);
}

void FullStatusTest::init()
{
    // As with the window's own test: what Qt says of sound servers differs from machine to machine.
    QTest::failOnWarning(QRegularExpression(u"QObject|QLayout|QPainter|QFont|QSocket|QTimer"_s));
}

void FullStatusTest::card_showsAll()
{
    const ShownStation shown;
    const auto &card = *shown.window.findChild<ChannelCard *>();
    const QStringList words{
        u"Riverside TV"_s,
        u"Film"_s,
        u"00:45"_s,
        u"Next: News"_s,
        u"1.02x · 3.1 Mb/s"_s,
        u"HLS"_s,
        u"running"_s,
        u"RTMP a.example"_s,
        u"retrying"_s,
        u"refused the connection"_s,
        u"Recording"_s,
        u"failed"_s,
        u"the disk is full"_s,
    };
    QTRY_COMPARE(shownWords(card), words);
    const QMap<QString, double> levels{{u"Progress of the item"_s, 25},
                                       {u"Level of the pipe into the encoder"_s, 25},
                                       {u"Level of the pipe out of the encoder"_s, 60}};
    QCOMPARE(shownLevels(card), levels);
    const auto *lamp = card.findChild<OnAirLamp *>();
    QVERIFY(lamp->isVisible());
    QCOMPARE(lamp->accessibleName(), u"On air"_s);
    QCOMPARE(lamp->light(), OnAirLamp::Light::Red);
    QList<Health> marks;
    const auto all = card.findChildren<StateMark *>();
    for (const StateMark *mark : all)
        marks << mark->health();
    QCOMPARE(marks, QList<Health>({Health::Good, Health::Waiting, Health::Fault}));
    const QString name = card.accessibleName();
    QVERIFY2(name.contains(u"On air"_s)
                 && name.contains(u"RTMP a.example: refused the connection"_s)
                 && name.contains(u"Recording: the disk is full"_s),
             qPrintable(name));
}

void FullStatusTest::road_showsAll()
{
    ShownStation shown;
    const QStringList words{
        u"90 frames ahead"_s,  u"Player"_s,    u"FIFO in · 25 %"_s,
        u"30.5 fps · 1.02x"_s, u"Encoder"_s,   u"FIFO out · 60 % · 3.1 Mb/s"_s,
        u"12 frames behind"_s, u"Publisher"_s, u"3 destinations"_s,
        u"1 of 3"_s,           u"Seen"_s,
    };
    QTRY_COMPARE(shown.wordsOf<PipelinePanel>(), words);
    const QMap<QString, double> levels = shown.levelsOf<PipelinePanel>();
    QCOMPARE(levels.value(u"Level of the pipe into the encoder"_s, -1), 25.0);
    QCOMPARE(levels.value(u"Level of the pipe out of the encoder"_s, -1), 60.0);
    // Without a channel on air nothing of the last one stays.
    shown.tell(StationFixture::statusOf(u"Riverside TV"_s, u"off"_s));
    const QString none = u"–"_s;
    QTRY_COMPARE(shown.wordsOf<PipelinePanel>(),
                 QStringList({none, u"Player"_s, u"FIFO in"_s, none, u"Encoder"_s, u"FIFO out"_s,
                              none, u"Publisher"_s, none, u"Seen"_s}));
    const QMap<QString, double> empty = shown.levelsOf<PipelinePanel>();
    QCOMPARE(empty.value(u"Level of the pipe into the encoder"_s, -1), 0.0);
    QCOMPARE(empty.value(u"Level of the pipe out of the encoder"_s, -1), 0.0);
}

void FullStatusTest::topBar_showsWhatIsLeft()
{
    const ShownStation shown;
    const QStringList words{u"Left of item"_s, u"00:00:45"_s};
    QTRY_COMPARE(shown.wordsOf<TopBar>().mid(1), words);
    const QRegularExpression clock(u"^\\d\\d:\\d\\d:\\d\\d$"_s);
    QVERIFY(clock.match(shown.wordsOf<TopBar>().constFirst()).hasMatch());
}

void FullStatusTest::meters_showTheSoundOnAir()
{
    Result<PreviewRing> ring = PreviewRing::create(64, 36);
    QVERIFY(ring);
    const std::vector<std::uint8_t> plane(64 * 36, 128);
    const std::vector<std::int16_t> samples(2 * 1600);
    const auto publish = [&](float left, float right) {
        AudioMeters meters;
        meters.peak = {left, right};
        meters.rms = {left - 6, right - 6};
        ring->publishAudio(samples, meters);
        ring->publishPicture({{plane.data(), plane.data(), plane.data()}, {64, 32, 32}}, 1);
    };
    publish(-9, -12);
    ShownStation shown(ring->name());
    const auto are = [&shown](double left, double right) {
        const QMap<QString, double> levels{{u"Level of the left channel"_s, left},
                                           {u"Level of the right channel"_s, right}};
        return shown.levelsOf<ProgrammePanel>() == levels;
    };
    QTRY_VERIFY(are(-9, -12));
    const auto *lamp = shown.window.findChild<ProgrammePanel *>()->findChild<OnAirLamp *>();
    QVERIFY(lamp->isVisible());
    QCOMPARE(lamp->accessibleName(), u"On air"_s);
    QCOMPARE(lamp->light(), OnAirLamp::Light::Red);
    publish(-20, -30);
    shown.engine.server->notify(u"event.preview"_s,
                                {{u"channel"_s, u"Riverside TV"_s}, {u"sequence"_s, 2}},
                                u"Riverside TV"_s);
    QTRY_VERIFY(are(-20, -30));
    shown.tell(StationFixture::statusOf(u"Riverside TV"_s, u"off"_s));
    QTRY_VERIFY(are(AudioMeter::kFloorDb, AudioMeter::kFloorDb)); // nothing is measured
    QVERIFY(!lamp->isVisible());
}

void FullStatusTest::cleanupTestCase()
{
    QApplication::removeTranslator(&m_words);
    QLocale::setDefault(QLocale::system());
}
