// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_meterfeed.h"

#include "core/channel/channelsettings.h"
#include "core/channel/meterfeed.h"
#include "tests/support/cputime.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <numbers>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

/// 1 kHz at -23 dBFS on both sides: -23 LUFS.
AirFramePtr frameOf(std::int64_t number)
{
    auto frame = std::make_shared<AirFrame>();
    frame->number = number;
    for (std::int64_t n = number * 1600; n < (number + 1) * 1600; ++n) {
        const double value = 2320 * std::sin(2 * std::numbers::pi * double(n % 48) / 48);
        frame->sound.insert(frame->sound.end(), 2, std::int16_t(std::lround(value)));
    }
    return frame;
}

} // namespace

void TestMeterFeed::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestMeterFeed::programme_isMeasured()
{
    Result<std::unique_ptr<MeterFeed>> meter = MeterFeed::start();
    QVERIFY(meter);
    QVERIFY(!meter.value()->reading().integrated);
    // As many as it has taken, so that it misses none.
    std::int64_t number = 480;
    const auto isHeard = [&meter, &number] {
        for (int i = 0; i < 3; ++i)
            meter.value()->offer(frameOf(number++));
        const MeterFeed::Reading reading = meter.value()->reading();
        return std::abs(reading.shortTerm.value_or(0) + 23) < 0.1
            && std::abs(reading.momentary.value_or(0) + 23) < 0.1
            && std::abs(reading.integrated.value_or(0) + 23) < 0.1
            && std::abs(reading.truePeak.value_or(0) + 23) < 0.1;
    };
    QTRY_VERIFY(isHeard());
}

void TestMeterFeed::meter_thatFallsBehindCountsWhatItMissed()
{
    Result<std::unique_ptr<MeterFeed>> meter = MeterFeed::start();
    QVERIFY(meter);
    const AirFramePtr frame = frameOf(480);
    const std::weak_ptr<const AirFrame> watched = frame;
    // Faster than any processor measures.
    for (int i = 0; i < 200'000 && meter.value()->reading().missed == 0; ++i)
        meter.value()->offer(frame);
    QVERIFY(meter.value()->reading().missed > 0);
    // It holds on to no frame that it has measured.
    QTRY_COMPARE(watched.use_count(), 1L);
}

void TestMeterFeed::meter_costsLittle()
{
    LoudnessMeter meter = LoudnessMeter::create().value();
    const AirFramePtr frame = frameOf(480);
    const long before = threadCpuMs();
    for (int i = 0; i < 30 * 30; ++i) {
        meter.add(std::span<const std::int16_t>(frame->sound));
        if (i % 3 == 0)
            QVERIFY(i < 30 || (meter.momentary() && meter.shortTerm() && meter.integrated()));
    }
    const double share = double(threadCpuMs() - before) / 300; // of 30 s, in percent
    qInfo("%.2f %% of a processor", share);
    QVERIFY(share < 10); // a guard: sanitizers and a busy machine
}

void TestMeterFeed::loudness_isReadAndKept_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("isGood");
    QTest::addColumn<double>("target"); // 0: off
    QTest::newRow("off") << u"off"_s << true << 0.0;
    QTest::newRow("broadcast") << u"-23"_s << true << -23.0;
    QTest::newRow("streaming") << u"-14"_s << true << -14.0;
    QTest::newRow("fraction") << u"-18.5"_s << true << -18.5;
    QTest::newRow("too loud") << u"-9"_s << false << 0.0;
    QTest::newRow("too soft") << u"-40"_s << false << 0.0;
    QTest::newRow("no number") << u"nan"_s << false << 0.0;
    QTest::newRow("word") << u"loud"_s << false << 0.0;
    QTest::newRow("empty") << QString() << false << 0.0;
}

void TestMeterFeed::loudness_isReadAndKept()
{
    QFETCH(QString, text);
    QFETCH(double, target);
    const Result<std::optional<double>> read = loudnessFromText(text);
    QTEST(bool(read), "isGood");
    if (!read)
        return;
    QCOMPARE(read.value().value_or(0), target);
    const QTemporaryDir folder;
    const StationPaths paths = StationPaths::forState(folder.path());
    ChannelSettings settings;
    settings.name = u"a"_s;
    settings.targetLufs = read.value();
    QVERIFY(settings.save(paths));
    const Result<ChannelSettings> loaded = ChannelSettings::load(paths, u"a"_s);
    QVERIFY(loaded);
    QCOMPARE(loaded.value().targetLufs, read.value());
}

} // namespace continuo
