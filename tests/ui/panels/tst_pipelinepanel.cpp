// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/panels/tst_pipelinepanel.h"

#include "ui/panels/pipelinepanel.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/statemark.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QRegularExpression>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

ChannelState runningChannel()
{
    ChannelState channel;
    channel.name = u"Riverside TV"_s;
    channel.phase = ChannelPhase::OnAir;
    channel.encoderFps = 30;
    channel.encoderSpeed = 1;
    for (ProcessState *process : {&channel.player, &channel.encoder, &channel.publisher})
        process->state = u"running"_s;
    return channel;
}

struct StopFacts {
    Health health = Health::Idle;
    QStringList words;
};

StopFacts factsOf(const PipelinePanel &panel, const QString &name)
{
    const QList<QWidget *> all = panel.findChildren<QWidget *>();
    const auto box = std::ranges::find(all, name, &QWidget::accessibleName);
    if (box == all.end())
        return {};
    StopFacts facts;
    facts.health = (*box)->findChild<StateMark *>()->health();
    for (const ElidedLabel *label : (*box)->findChildren<ElidedLabel *>())
        facts.words.append(label->text());
    return facts;
}

} // namespace

void PipelinePanelTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void PipelinePanelTest::stop_saysHowItDoes_data()
{
    QTest::addColumn<QString>("stop");
    QTest::addColumn<QString>("state");
    QTest::addColumn<Health>("health");
    QTest::addColumn<QString>("words");
    for (const QString &stop : {u"Player"_s, u"Encoder"_s, u"Publisher"_s}) {
        const auto add = [&stop](const QString &state, Health health, const QString &words) {
            QTest::addRow("%s %s", qPrintable(stop), qPrintable(state))
                << stop << state << health << words;
        };
        add(u"running"_s, Health::Good, {});
        add(u"starting"_s, Health::Waiting, {});
        add(u"restarting"_s, Health::Waiting, u"is replaced"_s);
        add(u"stuck"_s, Health::Fault, u"stands still"_s);
        add(u"failed"_s, Health::Fault, u"does not start"_s);
        add(u"off"_s, Health::Idle, {});
    }
}

void PipelinePanelTest::stop_saysHowItDoes()
{
    QFETCH(QString, stop);
    QFETCH(QString, state);
    QFETCH(Health, health);
    QFETCH(QString, words);
    const Theme theme(Palette::dark(), QApplication::font());
    PipelinePanel panel(theme);
    ChannelState channel = runningChannel();
    ProcessState &process = stop == "Player"_L1 ? channel.player
        : stop == "Encoder"_L1                  ? channel.encoder
                                                : channel.publisher;
    process.state = state;
    panel.showChannel(&channel);
    const StopFacts facts = factsOf(panel, stop);
    QCOMPARE(facts.health, health);
    QVERIFY2(words.isEmpty() || facts.words.contains(words), qPrintable(facts.words.join(u'|')));
    for (const QString &other : {u"Player"_s, u"Encoder"_s, u"Publisher"_s}) {
        if (other != stop)
            QCOMPARE(factsOf(panel, other).health, Health::Good);
    }
}

void PipelinePanelTest::all_isIdle_offAir()
{
    const Theme theme(Palette::dark(), QApplication::font());
    PipelinePanel panel(theme);
    ChannelState channel = runningChannel();
    panel.showChannel(&channel);
    channel.phase = ChannelPhase::Off;
    panel.showChannel(&channel);
    for (const QString &stop : {u"Player"_s, u"Encoder"_s, u"Publisher"_s, u"Seen"_s})
        QCOMPARE(factsOf(panel, stop).health, Health::Idle);
}
