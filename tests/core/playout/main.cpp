// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_airmixer.h"
#include "tst_clockthread.h"
#include "tst_emergency.h"
#include "tst_leavingplayers.h"
#include "tst_logo.h"
#include "tst_logopainter.h"
#include "tst_playerwatch.h"
#include "tst_retainedframes.h"
#include "tst_slate.h"

#include <QCoreApplication>
#include <QTest>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    int failures = 0;
    continuo::TestAirMixer airMixer;
    failures += QTest::qExec(&airMixer, argc, argv);
    continuo::TestLeavingPlayers leavingPlayers;
    failures += QTest::qExec(&leavingPlayers, argc, argv);
    continuo::TestLogo logo;
    failures += QTest::qExec(&logo, argc, argv);
    continuo::TestLogoPainter logoPainter;
    failures += QTest::qExec(&logoPainter, argc, argv);
    continuo::TestPlayerWatch playerWatch;
    failures += QTest::qExec(&playerWatch, argc, argv);
    continuo::TestRetainedFrames retainedFrames;
    failures += QTest::qExec(&retainedFrames, argc, argv);
    continuo::TestClockThread clockThread;
    failures += QTest::qExec(&clockThread, argc, argv);
    continuo::TestSlate slate;
    failures += QTest::qExec(&slate, argc, argv);
    continuo::TestEmergency emergency;
    failures += QTest::qExec(&emergency, argc, argv);
    return failures == 0 ? 0 : 1;
}
