// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_inheritance.h"
#include "tst_itemprober.h"
#include "tst_overloadjudge.h"
#include "tst_stalldetector.h"
#include "tst_statworker.h"

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
    continuo::TestOverloadJudge overloadJudge;
    failures += QTest::qExec(&overloadJudge, argc, argv);
    continuo::TestStatWorker statWorker;
    failures += QTest::qExec(&statWorker, argc, argv);
    continuo::TestItemProber itemProber;
    failures += QTest::qExec(&itemProber, argc, argv);
    return failures == 0 ? 0 : 1;
}
