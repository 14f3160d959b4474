// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_downmix.h"

#include "core/media/dither.h"
#include "tests/support/bs775.h"

#include <QRegularExpression>
#include <QTest>

#include <cmath>
#include <limits>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kSlot = 9600; // samples in which one channel sounds
constexpr double kAmplitude = 0.25;
const HouseFormat kMixHouse{64, 36, {25, 1}};

/// Each channel sounds alone, one after the other.
QString channelByChannel(int channels)
{
    QStringList voices;
    for (int i = 0; i < channels; ++i)
        voices += u"%1*sin(2*PI*1000*t)*gte(n,%2)*lt(n,%3)"_s.arg(kAmplitude)
                      .arg(i * kSlot)
                      .arg((i + 1) * kSlot);
    return voices.join(u'|');
}

struct Sides {
    std::vector<double> left;
    std::vector<double> right;
};

/// The programme's samples, both sides.
Sides play(const QString &path)
{
    Sides sides;
    Result<std::unique_ptr<ClipReader>> clip = ClipReader::open({path, QString(), 1, kMixHouse});
    if (!clip)
        return sides;
    std::vector<std::uint8_t> picture(std::size_t(kMixHouse.pictureBytes()));
    std::vector<std::int16_t> samples((std::size_t(samplesBefore(1, kMixHouse.rate)) + 2) * 2);
    HouseFrame frame{picture, samples};
    while (clip.value()->next(frame).value()) {
        for (std::size_t i = 0; i < std::size_t(samplesBefore(1, kMixHouse.rate)); ++i) {
            sides.left.push_back(samples[i * 2] / 32768.0);
            sides.right.push_back(samples[i * 2 + 1] / 32768.0);
        }
    }
    return sides;
}

double amplitudeOf(const std::vector<double> &samples, std::size_t from, std::size_t to)
{
    double sum = 0;
    for (std::size_t i = from; i < to; ++i)
        sum += samples[i] * samples[i];
    return std::sqrt(2 * sum / double(to - from));
}

void compareLevel(double seen, double wanted, const QString &what)
{
    const double level = 20 * std::log10(seen / kAmplitude);
    if (wanted == 0) {
        QVERIFY2(level < -80, qPrintable(u"%1: %2 dB in place of silence"_s.arg(what).arg(level)));
        return;
    }
    const double due = 20 * std::log10(wanted);
    QVERIFY2(std::abs(level - due) < 0.1,
             qPrintable(u"%1: %2 dB in place of %3 dB"_s.arg(what).arg(level).arg(due)));
}

void judgeMix(const QString &path, const QStringList &channels)
{
    const Sides sides = play(path);
    QVERIFY(sides.left.size() >= std::size_t(kSlot * channels.size()));
    for (qsizetype i = 0; i < channels.size(); ++i) {
        const std::size_t from = std::size_t(i * kSlot) + kSlot / 4; // 2400 samples: 50 periods
        const std::size_t to = from + kSlot / 4;
        const auto [left, right] = stereoShares(channels.at(i));
        compareLevel(amplitudeOf(sides.left, from, to), left, channels.at(i) + u" at left"_s);
        compareLevel(amplitudeOf(sides.right, from, to), right, channels.at(i) + u" at right"_s);
    }
}

} // namespace

void TestDownmix::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestDownmix::layout_isMixedByItsTable_data()
{
    QTest::addColumn<QString>("channels");
    for (const auto &[layout, channels] : std::initializer_list<std::pair<const char *, QString>>{
             {"mono", u"FC"_s},
             {"stereo", u"FL FR"_s},
             {"2.1", u"FL FR LFE"_s},
             {"3.0", u"FL FR FC"_s},
             {"3.0(back)", u"FL FR BC"_s},
             {"4.0", u"FL FR FC BC"_s},
             {"quad", u"FL FR BL BR"_s},
             {"5.0", u"FL FR FC BL BR"_s},
             {"5.0(side)", u"FL FR FC SL SR"_s},
             {"5.1", u"FL FR FC LFE BL BR"_s},
             {"5.1(side)", u"FL FR FC LFE SL SR"_s},
             {"6.1", u"FL FR FC LFE BC SL SR"_s},
             {"7.1", u"FL FR FC LFE BL BR SL SR"_s},
             {"7.1(wide)", u"FL FR FC LFE BL BR FLC FRC"_s}})
        QTest::newRow(layout) << channels;
}

void TestDownmix::layout_isMixedByItsTable()
{
    QFETCH(QString, channels);
    const QStringList names = channels.split(u' ');
    const QString path = m_media.path(u"layout.wav"_s);
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s,
                       u"aevalsrc='%1':s=48000:d=%2:c=%3"_s.arg(channelByChannel(int(names.size())))
                           .arg(double(names.size()) * kSlot / 48000 + 0.1)
                           .arg(QString::fromLatin1(QTest::currentDataTag())),
                       u"-c:a"_s, u"pcm_s24le"_s, path}));
    judgeMix(path, names);
}

void TestDownmix::channelsWithoutLayout_areMixedByTheirNumber_data()
{
    QTest::addColumn<QString>("channels");
    QTest::newRow("one") << u"FC"_s;
    QTest::newRow("two") << u"FL FR"_s;
    QTest::newRow("three") << u"FL FR FC"_s;
    QTest::newRow("four") << u"FL FR BL BR"_s;
    QTest::newRow("five") << u"FL FR FC BL BR"_s;
    QTest::newRow("six") << u"FL FR FC LFE BL BR"_s;
    QTest::newRow("seven") << u"FL FR FC LFE BC SL SR"_s;
    QTest::newRow("eight") << u"FL FR FC LFE BL BR SL SR"_s;
}

void TestDownmix::channelsWithoutLayout_areMixedByTheirNumber()
{
    QFETCH(QString, channels);
    const QStringList names = channels.split(u' ');
    const QString raw = m_media.path(u"nolayout.raw"_s);
    const QString path = m_media.path(u"nolayout.caf"_s);
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s,
                       u"aevalsrc='%1':s=48000:d=%2"_s.arg(channelByChannel(int(names.size())))
                           .arg(double(names.size()) * kSlot / 48000 + 0.1),
                       u"-f"_s, u"s16le"_s, raw}));
    QVERIFY(runFfmpeg({u"-f"_s, u"s16le"_s, u"-ar"_s, u"48000"_s, u"-channels"_s,
                       QString::number(names.size()), u"-guess_layout_max"_s, u"0"_s, u"-i"_s, raw,
                       u"-c"_s, u"copy"_s, path}));
    judgeMix(path, names);
}

void TestDownmix::mix_thatIsMoreThanFullScaleIsNoQuieterElsewhere()
{
    // All six loud at first, which is 2.4 times full scale, then the left one alone.
    const QString loud = u"0.9*sin(2*PI*1000*t)*lt(t,1)"_s;
    const QString left = u"0.9*sin(2*PI*1000*t)*if(lt(t,1),1,0.1)"_s;
    const QString path = m_media.path(u"loud.wav"_s);
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s,
                       u"aevalsrc='%1|%2|%2|%2|%2|%2':s=48000:d=2:c=5.1"_s.arg(left, loud), path}));
    const Sides sides = play(path);
    QVERIFY(sides.left.size() >= 96'000 - 2400);
    for (const double value : sides.left)
        QVERIFY(std::abs(value) <= 1); // and none came out on the other side of zero
    const double after = amplitudeOf(sides.left, 72'000, 76'800);
    QVERIFY2(std::abs(after - 0.09) < 0.001, qPrintable(QString::number(after)));
}

void TestDownmix::dither_isTheSameWhereverItBegins()
{
    std::vector<float> samples(20'000);
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = 0.3F * float(std::sin(double(i) * 0.01));
    std::vector<std::int16_t> whole(samples.size());
    ditherToHouse(samples, 0, whole);
    for (const std::size_t from : {std::size_t(2), std::size_t(3202), std::size_t(19'998)}) {
        std::vector<std::int16_t> part(samples.size() - from);
        ditherToHouse(std::span(samples).subspan(from), std::int64_t(from / 2), part);
        QVERIFY(std::equal(part.begin(), part.end(), whole.begin() + std::ptrdiff_t(from)));
    }
    // And another at another place, and on each side.
    std::vector<std::int16_t> moved(samples.size());
    ditherToHouse(samples, 1, moved);
    QVERIFY(moved != whole);
}

void TestDownmix::dither_leavesWhatSixteenBitsHold()
{
    std::vector<float> samples;
    for (int value = -32768; value < 32768; ++value)
        samples.push_back(float(value) / 32768);
    std::vector<std::int16_t> house(samples.size());
    ditherToHouse(samples, 4711, house);
    for (std::size_t i = 0; i < house.size(); ++i)
        QCOMPARE(int(house[i]), int(i) - 32768);
}

void TestDownmix::dither_keepsWhatLiesBetweenTwoSteps()
{
    // On the mean a sample is what it was, and the noise is that of triangular dither and rounding:
    // 1/6 and 1/12 of a squared step.
    for (const double step : {0.1, 0.3, 0.5, 0.9, -7.25}) {
        const std::vector<float> samples(400'000, float(step / 32768));
        std::vector<std::int16_t> house(samples.size());
        ditherToHouse(samples, 0, house);
        double mean = 0;
        double squares = 0;
        for (const std::int16_t value : house) {
            mean += value;
            squares += (value - step) * (value - step);
        }
        mean /= double(house.size());
        squares /= double(house.size());
        QVERIFY2(std::abs(mean - step) < 0.005, qPrintable(QString::number(mean)));
        QVERIFY2(std::abs(squares - 0.25) < 0.005, qPrintable(QString::number(squares)));
    }
}

void TestDownmix::dither_takesWhatIsNoNumber()
{
    constexpr float infinite = std::numeric_limits<float>::infinity();
    const std::vector<float> samples{std::numeric_limits<float>::quiet_NaN(), infinite, -infinite,
                                     7.3F, -7.3F};
    std::vector<std::int16_t> house(samples.size());
    ditherToHouse(samples, 0, house);
    QCOMPARE(house, (std::vector<std::int16_t>{0, 32767, -32768, 32767, -32768}));
}

} // namespace continuo
