// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_nutwriter.h"

#include "core/media/nutwriter.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

/// Runs a program of the distribution and returns what it printed.
QByteArray outputOf(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForFinished(kTestPatienceMs) || process.exitCode() != 0)
        return "failed: " + process.readAllStandardError();
    return process.readAllStandardOutput();
}

ByteSink appendTo(QByteArray &bytes)
{
    return [&bytes](std::span<const std::uint8_t> data) -> Result<void> {
        bytes.append(reinterpret_cast<const char *>(data.data()), qsizetype(data.size()));
        return {};
    };
}

std::vector<std::uint8_t> pictureOf(const HouseFormat &format, std::int64_t frame)
{
    std::vector<std::uint8_t> picture(std::size_t(format.pictureBytes()));
    for (std::size_t i = 0; i < picture.size(); ++i)
        picture[i] = std::uint8_t(i * 13 + std::size_t(frame) * 7);
    return picture;
}

std::vector<std::int16_t> soundOf(std::int64_t first, std::int64_t count)
{
    std::vector<std::int16_t> sound(std::size_t(count) * 2);
    for (std::size_t i = 0; i < sound.size(); ++i)
        sound[i] = std::int16_t(first * 2 + std::int64_t(i));
    return sound;
}

Result<void> writeHouseFrame(NutWriter &writer, const HouseFormat &format, std::int64_t frame)
{
    const std::int64_t first = samplesBefore(frame, format.rate);
    const std::int64_t count = samplesBefore(frame + 1, format.rate) - first;
    return writer.writeFrame(frame, pictureOf(format, frame).data(), soundOf(first, count).data(),
                             int(count), first);
}

void save(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), qint64(bytes.size()));
}

/// "pts" of each packet of one stream, in its time base, multiplied to \p unit.
std::vector<double> timesOf(const QString &file, const QString &stream)
{
    std::vector<double> times;
    const QByteArray output
        = outputOf(u"ffprobe"_s,
                   {u"-v"_s, u"error"_s, u"-select_streams"_s, stream, u"-show_entries"_s,
                    u"packet=pts"_s, u"-of"_s, u"csv=p=0"_s, file});
    for (const QByteArray &line : output.split('\n')) {
        if (!line.isEmpty())
            times.push_back(line.split(',').first().toDouble());
    }
    return times;
}

} // namespace

void TestNutWriter::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestNutWriter::stream_isReadBackExactlyByFfmpeg_data()
{
    QTest::addColumn<QString>("fps");
    QTest::addColumn<qint64>("first");
    QTest::newRow("30 from 480") << u"30"_s << qint64(480);
    QTest::newRow("29.97 from 480") << u"30000/1001"_s << qint64(480);
    QTest::newRow("23.976 from a million") << u"24000/1001"_s << qint64(1000003);
    QTest::newRow("25 beyond 33 bits of 90 kHz") << u"25"_s << qint64(2400000);
    QTest::newRow("59.94 beyond 31 bits of ms") << u"60000/1001"_s << qint64(130000000);
}

void TestNutWriter::stream_isReadBackExactlyByFfmpeg()
{
    QFETCH(QString, fps);
    QFETCH(qint64, first);
    const HouseFormat format{64, 36, FrameRate::parse(fps).value()};
    QByteArray bytes;
    QByteArray pictures;
    QByteArray sound;
    {
        Result<std::unique_ptr<NutWriter>> writer = NutWriter::create(format, appendTo(bytes));
        QVERIFY(writer);
        QVERIFY(writer.value()->writeHeader());
        for (std::int64_t frame = first; frame < first + 60; ++frame) {
            QVERIFY(writeHouseFrame(*writer.value(), format, frame));
            const std::vector<std::uint8_t> picture = pictureOf(format, frame);
            pictures.append(reinterpret_cast<const char *>(picture.data()),
                            qsizetype(picture.size()));
            const std::int64_t from = samplesBefore(frame, format.rate);
            const std::vector<std::int16_t> samples
                = soundOf(from, samplesBefore(frame + 1, format.rate) - from);
            sound.append(reinterpret_cast<const char *>(samples.data()),
                         qsizetype(samples.size() * 2));
        }
        QCOMPARE(writer.value()->bytesWritten(), std::int64_t(bytes.size()));
    }
    QTemporaryDir folder;
    const QString file = folder.filePath(u"a.nut"_s);
    save(file, bytes);
    const QStringList input{u"-v"_s,  u"error"_s,   u"-fpsprobesize"_s,
                            u"0"_s,   u"-copyts"_s, u"-f"_s,
                            u"nut"_s, u"-i"_s,      file};
    QVERIFY(outputOf(u"ffmpeg"_s,
                     input
                         + QStringList{u"-map"_s, u"0:v"_s, u"-fps_mode"_s, u"passthrough"_s,
                                       u"-f"_s, u"rawvideo"_s, u"-"_s})
            == pictures);
    QVERIFY(
        outputOf(u"ffmpeg"_s, input + QStringList{u"-map"_s, u"0:a"_s, u"-f"_s, u"s16le"_s, u"-"_s})
        == sound);
    const QByteArray facts
        = outputOf(u"ffprobe"_s,
                   {u"-v"_s, u"error"_s, u"-select_streams"_s, u"v"_s, u"-show_entries"_s,
                    u"stream=r_frame_rate,time_base"_s, u"-of"_s, u"default=nk=1:nw=1"_s, file})
              .trimmed();
    const QList<QByteArray> lines = facts.split('\n');
    QCOMPARE(QString::fromLatin1(lines.value(0)),
             u"%1/%2"_s.arg(format.rate.num).arg(format.rate.den));
    const double base = lines.value(1).split('/').value(1).toDouble()
        / lines.value(1).split('/').value(0).toDouble();
    const std::vector<double> times = timesOf(file, u"v"_s);
    QCOMPARE(times.size(), std::size_t(60));
    for (std::size_t i = 0; i < times.size(); ++i) {
        const double exact
            = double(first + qint64(i)) * double(format.rate.den) / double(format.rate.num) * base;
        QVERIFY(std::abs(times[i] - exact) < 0.01);
    }
    const std::vector<double> soundTimes = timesOf(file, u"a"_s);
    QCOMPARE(soundTimes.size(), std::size_t(60));
    for (std::size_t i = 0; i < soundTimes.size(); ++i)
        QCOMPARE(std::int64_t(soundTimes[i]), samplesBefore(first + qint64(i), format.rate));
}

void TestNutWriter::sound_mayStartBeforeThePicture()
{
    const HouseFormat format{64, 36, {30, 1}};
    QByteArray bytes;
    Result<std::unique_ptr<NutWriter>> writer = NutWriter::create(format, appendTo(bytes));
    QVERIFY(writer.value()->writeHeader());
    const std::vector<std::int16_t> preroll = soundOf(760000, 8000);
    QVERIFY(writer.value()->writeSound(760000, preroll.data(), 8000));
    for (std::int64_t frame = 480; frame < 490; ++frame)
        QVERIFY(writeHouseFrame(*writer.value(), format, frame));
    QTemporaryDir folder;
    const QString file = folder.filePath(u"a.nut"_s);
    save(file, bytes);
    const std::vector<double> sound = timesOf(file, u"a"_s);
    QCOMPARE(sound.size(), std::size_t(11));
    QCOMPARE(sound[0], 760000.0);
    QCOMPARE(sound[1], 768000.0);
    QCOMPARE(timesOf(file, u"v"_s).size(), std::size_t(10));
}

void TestNutWriter::freshHeader_resynchronisesAfterATornFrame()
{
    const HouseFormat format{64, 36, {30, 1}};
    QByteArray bytes;
    {
        Result<std::unique_ptr<NutWriter>> writer = NutWriter::create(format, appendTo(bytes));
        QVERIFY(writer.value()->writeHeader());
        for (std::int64_t frame = 480; frame < 490; ++frame)
            QVERIFY(writeHouseFrame(*writer.value(), format, frame));
    }
    bytes.chop(7000); // sound of 489 and the end of its picture
    Result<std::unique_ptr<NutWriter>> writer = NutWriter::create(format, appendTo(bytes));
    QVERIFY(writer.value()->writeHeader());
    for (std::int64_t frame = 490; frame < 500; ++frame)
        QVERIFY(writeHouseFrame(*writer.value(), format, frame));
    QTemporaryDir folder;
    const QString file = folder.filePath(u"a.nut"_s);
    save(file, bytes);
    QProcess ffmpeg;
    ffmpeg.start(u"ffmpeg"_s,
                 {u"-v"_s, u"quiet"_s, u"-fpsprobesize"_s, u"0"_s, u"-copyts"_s, u"-f"_s, u"nut"_s,
                  u"-i"_s, file, u"-map"_s, u"0:v"_s, u"-fps_mode"_s, u"passthrough"_s, u"-f"_s,
                  u"rawvideo"_s, u"-"_s});
    QVERIFY(ffmpeg.waitForFinished(kTestPatienceMs));
    const QByteArray pictures = ffmpeg.readAllStandardOutput();
    const std::vector<std::uint8_t> last = pictureOf(format, 499);
    QVERIFY(pictures.endsWith(QByteArray::fromRawData(reinterpret_cast<const char *>(last.data()),
                                                      qsizetype(last.size()))));
    QVERIFY(pictures.size() >= qsizetype(19 * format.pictureBytes()));
}

void TestNutWriter::memoryAndWrites_stayFlat()
{
    const HouseFormat format{16, 16, {30, 1}};
    const std::vector<std::uint8_t> picture(std::size_t(format.pictureBytes()));
    const std::vector<std::int16_t> sound(3200);
    int writes = 0;
    const std::uint8_t *payload = nullptr;
    Result<std::unique_ptr<NutWriter>> writer
        = NutWriter::create(format, [&](std::span<const std::uint8_t> data) -> Result<void> {
              ++writes;
              if (data.size() == picture.size())
                  payload = data.data();
              return {};
          });
    QVERIFY(writer.value()->writeHeader());
    writes = 0;
    for (std::int64_t frame = 0; frame < 2000; ++frame)
        QVERIFY(
            writer.value()->writeFrame(frame, picture.data(), sound.data(), 1600, frame * 1600));
    QCOMPARE(writes, 2000 * 4);
    QCOMPARE(payload, picture.data()); // the very memory: no copy
}

void TestNutWriter::error_ofTheSinkIsHandedOn()
{
    const HouseFormat format{16, 16, {30, 1}};
    int left = 3;
    Result<std::unique_ptr<NutWriter>> writer
        = NutWriter::create(format, [&](std::span<const std::uint8_t>) -> Result<void> {
              if (left-- > 0)
                  return {};
              return Error{ErrorCode::Closed, u"the reader is gone"_s, 0};
          });
    QVERIFY(writer.value()->writeHeader());
    Result<void> result;
    for (std::int64_t frame = 0; frame < 5 && result; ++frame)
        result = writeHouseFrame(*writer.value(), format, frame);
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::Closed);
    QCOMPARE(result.error().detail, u"the reader is gone"_s);
    QVERIFY(!writeHouseFrame(*writer.value(), format, 9));
}

void TestNutWriter::write_beforeTheHeaderIsRefused()
{
    const HouseFormat format{16, 16, {30, 1}};
    QByteArray bytes;
    Result<std::unique_ptr<NutWriter>> writer = NutWriter::create(format, appendTo(bytes));
    const Result<void> result = writeHouseFrame(*writer.value(), format, 0);
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::InvalidArgument);
    QVERIFY(!NutWriter::create({15, 16, {30, 1}}, appendTo(bytes)));
}

} // namespace continuo
