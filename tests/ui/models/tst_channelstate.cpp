// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/models/tst_channelstate.h"

#include "ui/models/channelstate.h"

#include <QJsonDocument>
#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

ChannelState parsed(const char *json)
{
    return ChannelState::fromJson(QJsonDocument::fromJson(json).object());
}

constexpr auto kOnAir = R"({"name":"Riverside TV","state":"on-air",
    "format":{"width":1280,"height":720,"fps":"30"},"loop":true,"frame":1000,"acked":976,
    "item":{"id":"2","title":"City council","frame":300,"frames":900,
            "positionMs":10000,"remainingMs":20000},
    "next":{"id":"3","title":"Weather","cued":true},
    "counts":{"late":1,"held":2,"dropped":3},
    "pipes":{"in":{"bytes":65536,"capacity":262144},"out":{"bytes":0,"capacity":0}},
    "store":{"frames":62,"ms":2066},
    "encoder":{"state":"running","pid":7,"fps":30.0,"speed":1.0,"bitrate":3100000.0},
    "publisher":{"state":"restarting","pid":8},"player":{"state":"stuck","frames":31},"players":2,
    "destinations":[{"id":"1","type":"hls","target":"/srv/hls","state":"running","bytes":10},
                    {"id":"2","type":"rtmp","target":"rtmp://a.example/live","state":"retrying"}]})";

} // namespace

void ChannelStateTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void ChannelStateTest::fromJson_readsAStatus()
{
    const ChannelState state = parsed(kOnAir);
    QCOMPARE(state.name, u"Riverside TV"_s);
    QCOMPARE(state.phase, ChannelPhase::OnAir);
    QVERIFY(state.isAiring());
    QVERIFY(state.item && state.next);
    QCOMPARE(state.item->progress(), 1.0 / 3);
    QVERIFY(state.next->cued);
    QCOMPARE(state.pipeIn.fraction(), 0.25);
    QCOMPARE(state.pipeOut.fraction(), 0.0);
    QCOMPARE(state.framesBehind(), 24);
    QCOMPARE(state.encoderBitrate, 3100000);
    QCOMPARE(healthOf(state.encoder), Health::Good);
    QCOMPARE(healthOf(state.publisher), Health::Waiting);
    QCOMPARE(healthOf(state.player), Health::Fault);
    QCOMPARE(state.runningDestinations(), 1);
    QCOMPARE(healthOfDestinations(state), Health::Waiting);
    QCOMPARE(state.heldFrames, 2);
    QVERIFY(state == parsed(kOnAir));
}

void ChannelStateTest::fromJson_keepsDefaults_whenFieldsAreAbsent()
{
    const ChannelState state = parsed(R"({"name":"B","state":"off","destinations":[{"id":"1",
        "type":"file","target":"/a.mkv","state":"off"}]})");
    QCOMPARE(state.phase, ChannelPhase::Off);
    QVERIFY(!state.isAiring());
    QVERIFY(!state.item && !state.next);
    QCOMPARE(state.framesBehind(), 0);
    QCOMPARE(healthOf(state.encoder), Health::Idle);
    QCOMPARE(healthOfDestinations(state), Health::Idle);
}

void ChannelStateTest::fromJson_readsWhatIsLeftOut_whenOverloaded()
{
    const ChannelState both = parsed(R"({"name":"B","state":"on-air",
        "overload":{"shed":["preview","frames"],"dropped":12}})");
    QVERIFY(both.isPreviewShed);
    QCOMPARE(both.overloadDropped, 12);
    const ChannelState none
        = parsed(R"({"name":"B","state":"on-air","overload":{"shed":[],"dropped":0}})");
    QVERIFY(!none.isPreviewShed);
    QVERIFY(!parsed(kOnAir).isPreviewShed);
}

void ChannelStateTest::fromJson_readsLoudnessAndLogo()
{
    const ChannelState state = parsed(R"({"name":"B","state":"on-air","languages":["de","en"],
        "uptimeMs":40000,
        "loudness":{"target":-23,"momentary":null,"shortTerm":-25.5,"integrated":-21.0,"truePeak":-3.5},
        "item":{"id":"1","loudness":{"gain":-2.5,"estimated":false}},
        "logo":{"path":"/a.png","state":"hidden","on":true,"x":4,"y":8,"opacity":70,"fade":0,
                "offFor":["advert"],"onSlate":false}})");
    QCOMPARE(state.languages, QStringList({u"de"_s, u"en"_s}));
    QVERIFY(state.loudness.isMeasured && !state.loudness.momentary);
    QCOMPARE(state.loudness.shortTerm.value(), -25.5);
    QCOMPARE(state.loudness.offTarget().value(), 2.0);
    QCOMPARE(state.item->gain.value(), (ItemGain{-2.5, false}));
    QVERIFY(state.logo && state.logo->isOn && !state.logo->isOnSlate);
    QCOMPARE(state.logo->phase, LogoPhase::Hidden);
    QCOMPARE(state.logo->corner, QString());
    QCOMPARE(state.logo->x + state.logo->y, 12);
    QCOMPARE(state.logo->offFor, QStringList({u"advert"_s}));
    QVERIFY(!state.loudness.hasHighPeaks());
    QVERIFY(parsed(R"({"loudness":{"target":-23,"truePeak":-0.9}})").loudness.hasHighPeaks());
    const ChannelState none = parsed(R"({"name":"B","state":"off","loudness":{"target":"off"}})");
    QVERIFY(!none.logo && !none.loudness.target && !none.loudness.isMeasured);
}

void ChannelStateTest::fromJson_readsSlateAndEmergencyClip()
{
    ChannelState state = parsed(R"({"name":"B","state":"slate",
        "slate":{"path":"/a.png","clock":true,"state":"failed","code":"not-found","detail":"x"},
        "emergency":{"path":"/b.mp4","state":"on-air"}})");
    QCOMPARE(state.slate, (SlateState{u"/a.png"_s, true, u"not-found"_s}));
    QVERIFY(state.emergency && state.isEmergencyOnAir());
    QCOMPARE(*state.emergency, (EmergencyState{u"/b.mp4"_s, true, {}}));
    state.phase = ChannelPhase::Failed; // it is seen by nobody
    QVERIFY(!state.isEmergencyOnAir());
    state = parsed(R"({"name":"B","state":"slate","slate":{"path":"","clock":false,"state":"shown"},
        "emergency":{"path":"/b.mp4","state":"failed","code":"corrupt","detail":"x"}})");
    QCOMPARE(state.slate, SlateState());
    QVERIFY(!state.isEmergencyOnAir());
    QCOMPARE(state.emergency->failure, u"corrupt"_s);
    QVERIFY(!parsed(kOnAir).emergency);
}

void ChannelStateTest::failed_isGoing_andCanBeTaken()
{
    ChannelState state = parsed(R"({"name":"B","state":"failed"})");
    QVERIFY(state.isGoing() && state.canTake() && !state.isAiring());
    state.phase = ChannelPhase::Starting;
    QVERIFY(state.isGoing() && !state.canTake());
    for (const ChannelPhase phase :
         {ChannelPhase::Off, ChannelPhase::Stopping, ChannelPhase::Unknown}) {
        state.phase = phase;
        QVERIFY(!state.isGoing() && !state.canTake());
    }
}

void ChannelStateTest::forgotten_keepsWhatIsNotMeasured()
{
    const ChannelState state = parsed(kOnAir).forgotten();
    QCOMPARE(state.name, u"Riverside TV"_s);
    QCOMPARE(state.width, 1280);
    QCOMPARE(state.phase, ChannelPhase::Unknown);
    QVERIFY(!state.item);
    QVERIFY(state.destinations.empty());
}
