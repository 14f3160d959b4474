// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_airingrecorder.h"
#include "tst_channelemergency.h"
#include "tst_channelposition.h"
#include "tst_channelslate.h"
#include "tst_destinationsettings.h"
#include "tst_inheritance.h"
#include "tst_logosettings.h"
#include "tst_meterfeed.h"
#include "tst_overloadjudge.h"
#include "tst_publisherreader.h"
#include "tst_stalldetector.h"

#include <QCoreApplication>
#include <QTest>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    int failures = 0;
    continuo::TestStallDetector stallDetector;
    failures += QTest::qExec(&stallDetector, argc, argv);
    continuo::TestInheritance inheritance;
    failures += QTest::qExec(&inheritance, argc, argv);
    continuo::TestAiringRecorder airingRecorder;
    failures += QTest::qExec(&airingRecorder, argc, argv);
    continuo::TestMeterFeed meterFeed;
    failures += QTest::qExec(&meterFeed, argc, argv);
    continuo::TestOverloadJudge overloadJudge;
    failures += QTest::qExec(&overloadJudge, argc, argv);
    continuo::TestPublisherReader publisherReader;
    failures += QTest::qExec(&publisherReader, argc, argv);
    continuo::TestDestinationSettings destinationSettings;
    failures += QTest::qExec(&destinationSettings, argc, argv);
    continuo::TestLogoSettings logoSettings;
    failures += QTest::qExec(&logoSettings, argc, argv);
    continuo::TestChannelEmergency channelEmergency;
    failures += QTest::qExec(&channelEmergency, argc, argv);
    continuo::TestChannelSlate channelSlate;
    failures += QTest::qExec(&channelSlate, argc, argv);
    continuo::TestChannelPosition channelPosition;
    failures += QTest::qExec(&channelPosition, argc, argv);
    return failures == 0 ? 0 : 1;
}
