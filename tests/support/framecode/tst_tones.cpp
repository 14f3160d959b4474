// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/subjects.h"
#include "tests/support/framecode/tones.h"

#include <QRegularExpression>
#include <QTest>

#include <cmath>
#include <vector>

using namespace Qt::StringLiterals;
using namespace framecode;

namespace {

std::vector<float> tones(int clip, double from, double rate, std::size_t count)
{
    std::vector<float> samples(count);
    synthesizeTones(clip, from, rate, samples);
    return samples;
}

double correlation(const std::vector<float> &a, const std::vector<float> &b)
{
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += static_cast<double>(a[i]) * static_cast<double>(b[i]);
        aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
        bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
    }
    return ab / std::sqrt(aa * bb);
}

class TestTones final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void tones_haveTheirLevel()
    {
        double sum = 0;
        float peak = 0;
        for (const float sample : tones(4, 0, 48000, 480000)) {
            sum += static_cast<double>(sample) * static_cast<double>(sample);
            peak = std::max(peak, std::abs(sample));
        }
        QVERIFY(std::abs(std::sqrt(sum / 480000) - kToneRms) < 0.01);
        QVERIFY(peak < 0.37F);
    }

    void tones_areTheSame_whereverSynthesisBegins()
    {
        const std::vector<float> whole = tones(4, 0, 48000, 48000);
        for (const std::size_t from : {1u, 1919u, 1920u, 2000u, 12345u}) {
            const std::vector<float> part
                = tones(4, static_cast<double>(from) / 48000, 48000, 9600);
            for (std::size_t i = 0; i < part.size(); ++i)
                QVERIFY(std::abs(part[i] - whole[from + i]) < 1e-4F);
        }
    }

    void tones_areSilent_beforeTheClip()
    {
        const std::vector<float> early = tones(4, -0.01, 48000, 960);
        for (std::size_t i = 0; i < 480; ++i)
            QCOMPARE(early[i], 0.0F);
        QVERIFY(std::abs(early[900]) > 0 || std::abs(early[901]) > 0);
    }

    void places_areUnlikeEachOther()
    {
        // 60 ms at one place of one clip, against other times and other clips.
        const std::vector<float> here = tones(7, 1.0, 48000, 2880);
        for (int step = 1; step < 400; ++step) {
            QVERIFY(std::abs(correlation(here, tones(7, 1.0 + step * 0.005, 48000, 2880))) < 0.7);
            QVERIFY(std::abs(correlation(here, tones(7 + step, 1.0, 48000, 2880))) < 0.7);
        }
    }
};

} // namespace

std::unique_ptr<QObject> makeTonesTest()
{
    return std::make_unique<TestTones>();
}

#include "tst_tones.moc"
