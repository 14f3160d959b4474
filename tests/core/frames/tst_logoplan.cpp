// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_logoplan.h"

#include "core/frames/logoplan.h"

#include <QTest>

namespace continuo {

void TestLogoPlan::ramp_goesInEvenSteps()
{
    const LogoRamp ramp{1000, 0, 240, 12};
    QCOMPARE(ramp.at(0), 0);
    QCOMPARE(ramp.at(999), 0);
    for (int step = 1; step <= 12; ++step)
        QCOMPARE(ramp.at(999 + step), 20 * step);
    QCOMPARE(ramp.end(), 1011);
    QCOMPARE(ramp.at(1'000'000'000'000), 240);
    QCOMPARE(LogoRamp::steady(77).at(5), 77);
}

void TestLogoPlan::ramp_turnsBack_fromWhereItIs()
{
    const LogoRamp down{100, 255, 0, 10};
    const LogoRamp up = down.turned(255, 104, 10);
    QCOMPARE(up.at(103), down.at(103)); // 153
    QCOMPARE(up.at(103), 153);
    QCOMPARE(up.at(104), 163); // a tenth of what is missing
    QCOMPARE(up.at(113), 255);
}

void TestLogoPlan::logo_comes_andGoes()
{
    const LogoPlan on = LogoPlan().changed(1, 200, 500, 4);
    QCOMPARE(on.shown.logo, 1);
    QCOMPARE(on.leaving.logo, 0);
    QCOMPARE(on.changesAt(), 500);
    QCOMPARE(on.restsAt(), 503);
    QCOMPARE(on.shown.opacity.at(499), 0);
    QCOMPARE(on.shown.opacity.at(500), 50);
    QCOMPARE(on.shown.opacity.at(503), 200);
    const LogoPlan off = on.changed(0, 255, 600, 4);
    QCOMPARE(off.shown.logo, 0);
    QCOMPARE(off.leaving.logo, 1);
    QCOMPARE(off.changesAt(), 600);
    QCOMPARE(off.leaving.opacity.at(599), 200);
    QCOMPARE(off.leaving.opacity.at(600), 150);
    QCOMPARE(off.leaving.opacity.at(603), 0);
}

void TestLogoPlan::sameLogo_changesItsOpacity()
{
    const LogoPlan on = LogoPlan().changed(1, 255, 500, 12);
    const LogoPlan half = on.changed(1, 128, 600, 12);
    QCOMPARE(half.shown.logo, 1);
    QCOMPARE(half.leaving, LogoLayer());
    QCOMPARE(half.shown.opacity.at(599), 255);
    QCOMPARE(half.shown.opacity.at(611), 128);
}

void TestLogoPlan::otherLogo_isFadedOverTo_neverAboveTheWhole()
{
    for (const int before : {1, 100, 127, 128, 254, 255}) {
        for (const int after : {1, 100, 127, 128, 254, 255}) {
            for (const int fade : {1, 2, 7, 12, 25, 250}) {
                const LogoPlan plan
                    = LogoPlan().changed(1, before, 100, 12).changed(2, after, 200, fade);
                QCOMPARE(plan.leaving.opacity.at(199), before);
                QCOMPARE(plan.shown.opacity.at(199), 0);
                for (int i = 0; i < fade; ++i) {
                    const int sum
                        = plan.leaving.opacity.at(200 + i) + plan.shown.opacity.at(200 + i);
                    QVERIFY(sum >= std::min(before, after) - 1);
                    QVERIFY(sum <= std::max(before, after));
                }
                QCOMPARE(plan.leaving.opacity.at(199 + fade), 0);
                QCOMPARE(plan.shown.opacity.at(199 + fade), after);
            }
        }
    }
}

void TestLogoPlan::withoutAFade_itIsAnotherAtOnce()
{
    const LogoPlan plan = LogoPlan().changed(1, 255, 100, 0).changed(2, 255, 200, 0);
    QCOMPARE(plan.restsAt(), 200);
    QCOMPARE(plan.leaving.opacity.at(199), 255);
    QCOMPARE(plan.shown.opacity.at(199), 0);
    QCOMPARE(plan.leaving.opacity.at(200), 0);
    QCOMPARE(plan.shown.opacity.at(200), 255);
}

void TestLogoPlan::percent_isALevel()
{
    QCOMPARE(logoLevel(0), 0);
    QCOMPARE(logoLevel(1), 3);
    QCOMPARE(logoLevel(50), 128);
    QCOMPARE(logoLevel(100), 255);
    QCOMPARE(logoLevel(101), 255);
}

} // namespace continuo
