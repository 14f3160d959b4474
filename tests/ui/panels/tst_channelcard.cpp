// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/panels/tst_channelcard.h"

#include "tests/ui/panels/shownwords.h"
#include "ui/models/wording.h"
#include "ui/panels/channelcard.h"
#include "ui/widgets/onairlamp.h"
#include "ui/widgets/statemark.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QLocale>
#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

struct ShownCard {
    explicit ShownCard(const ChannelState &channel)
    {
        card.showChannel(channel);
        card.show();
    }

    Theme theme{Palette::dark(), QApplication::font()};
    ChannelCard card{theme};
};

ChannelState channelIn(ChannelPhase phase)
{
    ChannelState channel;
    channel.name = u"Riverside TV"_s;
    channel.phase = phase;
    return channel;
}

} // namespace

void ChannelCardTest::initTestCase()
{
    installLevelAccessibility();
    QLocale::setDefault(QLocale::c()); // figures are written as the person's language has them
}

void ChannelCardTest::init()
{
    // Not for everything: offscreen, Qt warns of what a window without a screen cannot do.
    QTest::failOnWarning(QRegularExpression(u"QObject|QLayout|QPainter|QFont|QTimer"_s));
}

void ChannelCardTest::lamp_saysTheState_data()
{
    QTest::addColumn<ChannelPhase>("phase");
    QTest::addColumn<QString>("word");
    QTest::addColumn<OnAirLamp::Light>("light");
    using Light = OnAirLamp::Light;
    QTest::newRow("off") << ChannelPhase::Off << u"Off air"_s << Light::Quiet;
    QTest::newRow("starting") << ChannelPhase::Starting << u"Starting"_s << Light::Amber;
    QTest::newRow("on air") << ChannelPhase::OnAir << u"On air"_s << Light::Red;
    QTest::newRow("slate") << ChannelPhase::Slate << u"Slate"_s << Light::Amber;
    QTest::newRow("stopping") << ChannelPhase::Stopping << u"Stopping"_s << Light::Amber;
    QTest::newRow("failed") << ChannelPhase::Failed << u"Failed"_s << Light::Amber;
    QTest::newRow("not known") << ChannelPhase::Unknown << u"Not known"_s << Light::Quiet;
}

void ChannelCardTest::lamp_saysTheState()
{
    QFETCH(ChannelPhase, phase);
    QFETCH(QString, word);
    QFETCH(OnAirLamp::Light, light);
    const ShownCard shown(channelIn(phase));
    const auto *lamp = shown.card.findChild<OnAirLamp *>();
    QVERIFY(lamp && lamp->isVisible());
    QCOMPARE(lamp->accessibleName(), word);
    QCOMPARE(lamp->light(), light);
    QCOMPARE(shown.card.accessibleName(), u"Riverside TV, "_s + word);
}

void ChannelCardTest::destination_saysHowItDoes_data()
{
    QTest::addColumn<DestinationPhase>("phase");
    QTest::addColumn<QString>("word");
    QTest::addColumn<Health>("health");
    QTest::addColumn<bool>("saysWhy");
    using Phase = DestinationPhase;
    QTest::newRow("off") << Phase::Off << u"off"_s << Health::Idle << false;
    QTest::newRow("connecting") << Phase::Connecting << u"connecting"_s << Health::Waiting << false;
    QTest::newRow("running") << Phase::Running << u"running"_s << Health::Good << false;
    QTest::newRow("retrying") << Phase::Retrying << u"retrying"_s << Health::Waiting << true;
    QTest::newRow("failed") << Phase::Failed << u"failed"_s << Health::Fault << true;
    QTest::newRow("ended") << Phase::Ended << u"ended"_s << Health::Idle << false;
}

void ChannelCardTest::destination_saysHowItDoes()
{
    QFETCH(DestinationPhase, phase);
    QFETCH(QString, word);
    QFETCH(Health, health);
    QFETCH(bool, saysWhy);
    ChannelState channel = channelIn(ChannelPhase::Off);
    DestinationState destination;
    destination.type = u"rtmp"_s;
    destination.target = u"rtmp://a.example/live"_s;
    destination.phase = phase;
    destination.detail = u"something  that has no words"_s;
    channel.destinations.push_back(destination);
    const ShownCard shown(channel);
    QStringList words{u"Riverside TV"_s, u"RTMP a.example"_s, word};
    if (saysWhy) // as the engine says it
        words << u"something that has no words"_s;
    QCOMPARE(shownWords(shown.card), words);
    const auto *mark = shown.card.findChild<StateMark *>();
    QVERIFY(mark && mark->isVisible());
    QCOMPARE(mark->health(), health);
}

void ChannelCardTest::item_saysWhatIsKnown_data()
{
    QTest::addColumn<ChannelPhase>("phase");
    QTest::addColumn<bool>("hasItem");
    QTest::addColumn<bool>("isEmergency");
    QTest::addColumn<QStringList>("words");
    QTest::newRow("length not known")
        << ChannelPhase::OnAir << true << false << QStringList{u"Film"_s, u"–"_s};
    QTest::newRow("nothing in the list")
        << ChannelPhase::Slate << false << false << QStringList{u"Nothing to play"_s};
    QTest::newRow("gives no pictures")
        << ChannelPhase::Slate << true << false << QStringList{u"Slate in place of “Film”"_s};
    QTest::newRow("emergency clip") << ChannelPhase::Slate << false << true
                                    << QStringList{u"Emergency clip: nothing to play"_s};
    QTest::newRow("emergency clip in place of an item")
        << ChannelPhase::Slate << true << true
        << QStringList{u"Emergency clip in place of “Film”"_s};
}

void ChannelCardTest::item_saysWhatIsKnown()
{
    QFETCH(ChannelPhase, phase);
    QFETCH(bool, hasItem);
    QFETCH(bool, isEmergency);
    QFETCH(QStringList, words);
    ChannelState channel = channelIn(phase);
    if (hasItem)
        channel.item = AiringItem{u"a"_s, u"Film"_s, 5000, -1};
    channel.emergency = EmergencyState{u"/b.mp4"_s, isEmergency, {}};
    const ShownCard shown(channel);
    QCOMPARE(shownWords(shown.card).mid(1, words.size()), words);
    const QString state = isEmergency ? u"Emergency clip"_s : Wording::channelPhase(phase);
    QCOMPARE(shown.card.accessibleName(), u"Riverside TV, "_s + state);
    QVERIFY(shown.card.findChild<OnAirLamp *>()->accessibleName().endsWith(state));
}

void ChannelCardTest::lines_go_offAir()
{
    ChannelState channel = channelIn(ChannelPhase::OnAir);
    channel.item = AiringItem{u"a"_s, u"Film"_s, 5000, 10000};
    channel.next = NextItem{u"b"_s, u"News"_s, true};
    DestinationState destination;
    destination.type = u"hls"_s;
    channel.destinations.push_back(destination);
    ShownCard shown(channel);
    QCOMPARE(shownWords(shown.card),
             QStringList({u"Riverside TV"_s, u"Film"_s, u"00:10"_s, u"Next: News"_s, u"0.00x"_s,
                          u"HLS"_s, u"connecting"_s}));
    QCOMPARE(shownLevels(shown.card).size(), 3);
    shown.card.showChannel(channelIn(ChannelPhase::Off));
    QCOMPARE(shownWords(shown.card), QStringList{u"Riverside TV"_s});
    QVERIFY(shownLevels(shown.card).isEmpty());
}

void ChannelCardTest::cleanupTestCase()
{
    QLocale::setDefault(QLocale::system());
}
