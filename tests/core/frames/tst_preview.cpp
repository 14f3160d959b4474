// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_preview.h"

#include "core/base/uniquefd.h"
#include "core/frames/previewreader.h"
#include "core/frames/previewring.h"
#include "tests/support/patience.h"

#include <QDeadlineTimer>
#include <QRegularExpression>
#include <QTest>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>
#include <thread>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

/// A picture with a stride wider than its rows.
struct Picture {
    Picture(int width, int height)
        : stride(width + 13)
        , luma(std::size_t(stride) * std::size_t(height))
        , chroma(std::size_t(stride) * std::size_t(height / 2))
    {
    }
    void fill(std::uint8_t value)
    {
        std::fill(luma.begin(), luma.end(), value);
        std::fill(chroma.begin(), chroma.end(), std::uint8_t(value + 1));
    }
    PicturePlanes planes() const
    {
        return {{luma.data(), chroma.data(), chroma.data()}, {stride, stride, stride}};
    }

    int stride;
    std::vector<std::uint8_t> luma;
    std::vector<std::uint8_t> chroma;
};

} // namespace

void TestPreview::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestPreview::fitting_keepsTheShape_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<QSize>("fits");
    QTest::newRow("720p") << 1280 << 720 << QSize(640, 360);
    QTest::newRow("1080p") << 1920 << 1080 << QSize(640, 360);
    QTest::newRow("portrait") << 720 << 1280 << QSize(202, 360);
    QTest::newRow("4:3") << 1024 << 768 << QSize(480, 360);
    QTest::newRow("small") << 160 << 90 << QSize(160, 90);
    QTest::newRow("flat") << 8192 << 16 << QSize(640, 2);
}

void TestPreview::fitting_keepsTheShape()
{
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(QSize, fits);
    const Result<PreviewLayout> layout = PreviewLayout::fitting(width, height);
    QVERIFY(layout);
    QCOMPARE(QSize(layout->width, layout->height), fits);
}

void TestPreview::create_refusesWhatIsTooLarge()
{
    QVERIFY(!PreviewRing::create(642, 360));
    QVERIFY(!PreviewRing::create(640, 361));
    QVERIFY(!PreviewRing::create(0, 0));
}

void TestPreview::picture_comesThroughWithStrides()
{
    for (const QSize size : {QSize(640, 360), QSize(202, 358), QSize(2, 2), QSize(6, 14)}) {
        Result<PreviewRing> created = PreviewRing::create(size.width(), size.height());
        QVERIFY(created);
        PreviewRing ring = std::move(created).value();
        const Result<PreviewReader> reader = PreviewReader::attach(ring.name());
        QVERIFY(reader);
        PreviewPicture got;
        QVERIFY(!reader->readPicture(got));
        Picture picture(size.width(), size.height());
        for (std::size_t i = 0; i < picture.luma.size(); ++i)
            picture.luma[i] = std::uint8_t(i * 31);
        for (std::size_t i = 0; i < picture.chroma.size(); ++i)
            picture.chroma[i] = std::uint8_t(i * 17);
        QCOMPARE(ring.publishPicture(picture.planes(), 777), std::uint64_t(1));
        QVERIFY(reader->readPicture(got));
        QCOMPARE(got.sequence, std::uint64_t(1));
        QCOMPARE(got.frame, 777);
        std::vector<std::uint8_t> expected;
        const auto addRows = [&](const std::vector<std::uint8_t> &from, int width, int height) {
            for (int row = 0; row < height; ++row)
                expected.insert(expected.end(), from.begin() + row * picture.stride,
                                from.begin() + row * picture.stride + width);
        };
        addRows(picture.luma, size.width(), size.height());
        addRows(picture.chroma, size.width() / 2, size.height() / 2);
        addRows(picture.chroma, size.width() / 2, size.height() / 2);
        QVERIFY(got.planes == expected);
        QVERIFY(!reader->readPicture(got)); // nothing newer
    }
}

void TestPreview::picture_isNeverTorn()
{
    Result<PreviewRing> ring = PreviewRing::create(160, 90);
    QVERIFY(ring);
    const QString name = ring->name();
    std::atomic<bool> stop = false;
    std::jthread writer([&] {
        Picture picture(160, 90);
        // As fast as it goes: far faster than any channel, so that copies are overtaken.
        for (std::int64_t frame = 0; !stop; ++frame) {
            picture.fill(std::uint8_t(frame));
            ring->publishPicture(picture.planes(), frame);
        }
    });
    const Result<PreviewReader> reader = PreviewReader::attach(name);
    QVERIFY(reader);
    PreviewPicture picture;
    int whole = 0;
    int torn = 0;
    // By time, not by tries: on a busy machine the writer may begin late. One picture is enough.
    const QDeadlineTimer enough(5000);
    const QDeadlineTimer patience(kTestPatienceMs);
    while (whole < 300 && !(enough.hasExpired() && whole > 0) && !patience.hasExpired()) {
        if (!reader->readPicture(picture))
            continue;
        ++whole;
        const auto luma = std::uint8_t(picture.frame);
        const auto middle = picture.planes.begin() + 160 * 90;
        if (std::any_of(picture.planes.begin(), middle, [&](auto p) { return p != luma; })
            || std::any_of(middle, picture.planes.end(),
                           [&](auto p) { return p != std::uint8_t(luma + 1); }))
            ++torn;
    }
    stop = true;
    writer.join();
    QCOMPARE(torn, 0);
    QVERIFY(whole > 0);
}

void TestPreview::audio_readsFromAPosition()
{
    Result<PreviewRing> ring = PreviewRing::create(16, 16);
    QVERIFY(ring);
    const Result<PreviewReader> reader = PreviewReader::attach(ring->name());
    std::vector<std::int16_t> block(1602 * 2);
    std::uint64_t position = 0;
    std::int16_t next = 0;
    std::int16_t expected = 0;
    std::vector<std::int16_t> got(1000 * 2);
    for (int i = 0; i < 200; ++i) { // twice around the ring
        for (std::int16_t &sample : block)
            sample = next++;
        ring->publishAudio(block, measureAudio(block));
        std::size_t count = 0;
        while ((count = reader->readAudio(position, got)) > 0) {
            for (std::size_t k = 0; k < count * 2; ++k)
                QCOMPARE(got[k], expected++);
        }
    }
    QCOMPARE(position, std::uint64_t(200 * 1602));
    QCOMPARE(reader->audioWritten(), position);
}

void TestPreview::audio_catchesUpWhenOverwritten()
{
    Result<PreviewRing> ring = PreviewRing::create(16, 16);
    const Result<PreviewReader> reader = PreviewReader::attach(ring->name());
    const std::vector<std::int16_t> second(48000 * 2, 5);
    std::vector<std::int16_t> got(100 * 2);
    std::uint64_t position = 0;
    QCOMPARE(reader->readAudio(position, got), std::size_t(0));
    for (int i = 0; i < 4; ++i)
        ring->publishAudio(second, {});
    QCOMPARE(reader->readAudio(position, got), std::size_t(100));
    QCOMPARE(position, std::uint64_t(4 * 48000 - 12000 + 100));
    position = 1'000'000; // as if of another ring
    QCOMPARE(reader->readAudio(position, got), std::size_t(100));
}

void TestPreview::meters_showPeakAndRms()
{
    std::vector<std::int16_t> samples(4800 * 2);
    for (std::size_t i = 0; i < 4800; ++i) {
        const double phase = 2 * std::numbers::pi * 1000 * double(i) / 48000;
        samples[i * 2] = std::int16_t(std::lround(16384 * std::sin(phase)));
    }
    const AudioMeters meters = measureAudio(samples);
    QVERIFY(std::abs(meters.peak[0] - -6.02F) < 0.05F);
    QVERIFY(std::abs(meters.rms[0] - -9.03F) < 0.05F);
    QCOMPARE(meters.peak[1], -120.0F);
    Result<PreviewRing> ring = PreviewRing::create(16, 16);
    const Result<PreviewReader> reader = PreviewReader::attach(ring->name());
    QCOMPARE(reader->meters().peak[0], -120.0F);
    ring->publishAudio(samples, meters);
    QCOMPARE(reader->meters().rms[0], meters.rms[0]);
    QCOMPARE(reader->meters().rms[1], -120.0F);
}

void TestPreview::name_goesWithTheRing()
{
    QString name;
    std::optional<PreviewReader> kept;
    {
        Result<PreviewRing> ring = PreviewRing::create(16, 16);
        QVERIFY(ring);
        PreviewRing moved = std::move(ring).value();
        name = moved.name();
        struct stat info { };
        const UniqueFd fd(::shm_open(name.toLatin1().constData(), O_RDONLY, 0));
        QCOMPARE(::fstat(fd.get(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0600U);
        kept = std::move(PreviewReader::attach(name)).value();
        Picture picture(16, 16);
        moved.publishPicture(picture.planes(), 1);
    }
    const Result<PreviewReader> late = PreviewReader::attach(name);
    QVERIFY(!late);
    QCOMPARE(late.error().code, ErrorCode::NotFound);
    PreviewPicture picture;
    QVERIFY(kept->readPicture(picture)); // what is mapped stays readable
}

void TestPreview::attach_refusesWhatIsNoRing()
{
    const QByteArray name = "/continuo-test-" + QByteArray::number(::getpid());
    const UniqueFd fd(::shm_open(name.constData(), O_RDWR | O_CREAT | O_EXCL, 0600));
    QVERIFY(fd.isValid());
    QVERIFY(!PreviewReader::attach(QString::fromLatin1(name)));
    QCOMPARE(::ftruncate(fd.get(), 1 << 20), 0);
    const Result<PreviewReader> reader = PreviewReader::attach(QString::fromLatin1(name));
    ::shm_unlink(name.constData());
    QVERIFY(!reader);
    QCOMPARE(reader.error().code, ErrorCode::InvalidArgument);
}

} // namespace continuo
