// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_airmixer.h"

#include "core/playout/airmixer.h"

#include <QTest>

#include <cstdlib>

namespace continuo {

void TestAirMixer::soundOfSlot_isSilent_beyondWhatThereIs()
{
    const std::vector<std::int16_t> slot{1, 2, 3, 4, 5, 6};
    QCOMPARE(soundOfSlot(slot.data(), 3, 1, 3), (std::vector<std::int16_t>{3, 4, 5, 6, 0, 0}));
    QCOMPARE(soundOfSlot(slot.data(), 3, 3, 2), (std::vector<std::int16_t>{0, 0, 0, 0}));
}

void TestAirMixer::fadeOver_goesFromOldToNew_withoutStep()
{
    std::vector<std::int16_t> sound(3200, 10000);
    const std::vector<std::int16_t> leaving(3200, -10000);
    fadeOver(sound, leaving);
    QCOMPARE(int(sound[0]), -10000);
    QCOMPARE(int(sound[480]), 10000);
    for (std::size_t i = 2; i < sound.size(); ++i)
        QVERIFY(std::abs(sound[i] - sound[i - 2]) <= 100); // 20000 over 240 samples
}

void TestAirMixer::fadeOut_endsInSilence_within5ms()
{
    std::vector<std::int16_t> sound(3200, 10000);
    fadeOut(sound);
    QCOMPARE(int(sound[0]), 10000);
    QCOMPARE(int(sound[480]), 0);
    QCOMPARE(int(sound[3199]), 0);
}

} // namespace continuo
