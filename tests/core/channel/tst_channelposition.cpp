// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_channelposition.h"

#include "core/channel/channel.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Item a is on air since frame 480, and what follows it is settled.
ChannelPosition settledPosition()
{
    ChannelPosition position;
    position.addAiring({u"a"_s,
                        u"/media/a.mp4"_s,
                        u"A"_s,
                        480,
                        12,
                        300,
                        u"film"_s,
                        {{u"languages"_s, QJsonArray{u"de"_s}}}});
    position.settled = {u"b"_s, u"/media/b.mp4"_s, u"B"_s, 480, 25, -1};
    return position;
}

} // namespace

void TestChannelPosition::settledChoice_endsWithItsItem()
{
    ChannelPosition position = settledPosition();
    position.addAiring({u"b"_s, u"/media/b.mp4"_s, u"B"_s, 980});
    QCOMPARE(position.settled, ChannelPosition::Airing());
}

// An edit may come before the channel goes on where that engine stood.
void TestChannelPosition::settledChoice_ofADeadEngine_isKeptThroughEdits()
{
    const QTemporaryDir folder;
    const StationPaths paths = StationPaths::forState(folder.path());
    ChannelSettings settings;
    settings.name = u"one"_s;
    const ChannelPosition position = settledPosition();
    QVERIFY(makeFolder(paths.channelConfig(settings.name), 0700));
    QVERIFY(makeFolder(paths.channelData(settings.name), 0700));
    QVERIFY(position.save(paths, settings.name));
    ProofQueue proofs{QString()};
    Result<std::unique_ptr<Channel>> channel = Channel::open(paths, settings, {}, nullptr, &proofs);
    QVERIFY(channel);
    QVERIFY(channel.value()->setLooping(Looping::Off));
    const ChannelPosition kept = ChannelPosition::load(paths, settings.name);
    QCOMPARE(kept.settled, position.settled);
    QCOMPARE(kept.airings, position.airings);
}

} // namespace continuo
