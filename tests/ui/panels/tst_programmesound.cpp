// SPDX-License-Identifier: GPL-3.0-or-later
// The programme's sound through a real sound server with a device that leads nowhere, recorded back
// from there.
#include "core/base/houseformat.h"
#include "core/frames/previewring.h"
#include "tests/support/patience.h"
#include "ui/panels/programmesound.h"

#include <QGuiApplication>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstdio>
#include <numbers>
#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

const QString kWithoutSound = u"CONTINUO_TEST_WITHOUT_SOUND"_s;

/// PulseAudio with a null device, for as long as it lives.
class SoundServer final {
public:
    ~SoundServer()
    {
        m_server.terminate();
        if (!m_server.waitForFinished(3000))
            m_server.kill();
    }

    /// False where there is none; before QGuiApplication, whose devices are those of that moment.
    bool begin()
    {
        if (QStandardPaths::findExecutable(u"pulseaudio"_s).isEmpty()
            || QStandardPaths::findExecutable(u"parec"_s).isEmpty())
            return false;
        const QString socket = m_folder.filePath(u"native"_s);
        m_server.setProcessChannelMode(QProcess::MergedChannels);
        m_server.start(u"pulseaudio"_s,
                       {u"-n"_s, u"--daemonize=no"_s, u"--exit-idle-time=-1"_s,
                        u"--use-pid-file=no"_s,
                        u"--load=module-null-sink sink_name=monitor rate=48000"_s,
                        u"--load=module-native-protocol-unix auth-anonymous=1 socket="_s + socket});
        const QDeadlineTimer deadline(kTestPatienceMs);
        while (!QFile::exists(socket)) {
            if (deadline.hasExpired() || m_server.waitForFinished(20))
                return false;
        }
        qputenv("PULSE_SERVER", "unix:" + socket.toUtf8());
        return true;
    }

private:
    QTemporaryDir m_folder;
    QProcess m_server;
};

// A part of the recorded samples (0 to 1) that are heard at all.
double heardPart(const QByteArray &recorded)
{
    const auto *samples = reinterpret_cast<const std::int16_t *>(recorded.constData());
    const auto count = std::size_t(recorded.size()) / sizeof(std::int16_t);
    std::size_t heard = 0;
    for (std::size_t i = 0; i < count; ++i)
        heard += std::abs(int(samples[i])) > 100 ? 1U : 0U;
    return count == 0 ? 0 : double(heard) / double(count);
}

} // namespace

class ProgrammeSoundTest final : public QObject {
    Q_OBJECT
public:
    explicit ProgrammeSoundTest(bool hasServer)
        : m_hasServer(hasServer)
    {
    }

private Q_SLOTS:
    void noDevice_isSaidAndNotFatal()
    {
        if (m_hasServer) { // devices are those of a program's start: again, without one
            QProcess again;
            QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
            environment.insert(kWithoutSound, u"1"_s);
            again.setProcessEnvironment(environment);
            again.start(QCoreApplication::applicationFilePath(), {u"noDevice_isSaidAndNotFatal"_s});
            QVERIFY(again.waitForFinished());
            QCOMPARE(again.exitStatus(), QProcess::NormalExit);
            QCOMPARE(again.exitCode(), 0);
            return;
        }
        ProgrammeSound sound;
        QCOMPARE(sound.state(), ProgrammeSound::State::NoDevice);
        sound.setVolume(0.5);
        sound.setMuted(true);
    }

    void ring_isHeardOnTheDevice_untilMuted()
    {
        if (!m_hasServer)
            QSKIP("PulseAudio is not installed or does not start here");
        Result<PreviewRing> ring = PreviewRing::create(64, 36);
        QVERIFY(ring);
        Result<PreviewReader> reader = PreviewReader::attach(ring->name());
        QVERIFY(reader);
        // As the engine writes: a frame at a time, by the clock.
        std::uint64_t written = 0;
        QElapsedTimer clock;
        clock.start();
        QTimer writer;
        connect(&writer, &QTimer::timeout, this, [&] {
            const auto due = std::uint64_t(clock.elapsed()) * kHouseSampleRate / 1000;
            std::vector<std::int16_t> samples;
            for (; written < due; ++written) {
                const double angle
                    = double(written) * 440 * 2 * std::numbers::pi / kHouseSampleRate;
                samples.insert(samples.end(), 2, std::int16_t(12000 * std::sin(angle)));
            }
            ring->publishAudio(samples, measureAudio(samples));
        });
        writer.start(40ms);

        ProgrammeSound sound;
        sound.setSource(&reader.value());
        sound.setVolume(1.0);
        QCOMPARE(sound.state(), ProgrammeSound::State::Playing);
        QProcess recorder;
        recorder.start(u"parec"_s,
                       {u"-d"_s, u"monitor.monitor"_s, u"--rate=48000"_s, u"--channels=2"_s,
                        u"--format=s16le"_s, u"--latency-msec=50"_s});
        QVERIFY(recorder.waitForStarted());
        constexpr qsizetype kQuarterSecond = kHouseSampleRate;
        QByteArray recorded;
        const auto lastQuarter = [&] {
            recorded += recorder.readAllStandardOutput();
            return heardPart(recorded.right(kQuarterSecond));
        };
        QTRY_VERIFY(lastQuarter() > 0.9 && recorded.size() >= kQuarterSecond);
        sound.setMuted(true);
        QTRY_COMPARE(lastQuarter(), 0.0);
        sound.setMuted(false);
        QTRY_VERIFY(lastQuarter() > 0.9);
        sound.setSource(nullptr);
        QCOMPARE(sound.state(), ProgrammeSound::State::Silent);
        recorder.terminate();
        recorder.waitForFinished();
    }

private:
    bool m_hasServer;
};

int main(int argc, char **argv)
{
    qputenv("QT_MEDIA_BACKEND", "ffmpeg");
    SoundServer server;
    const bool hasServer
        = !qEnvironmentVariableIsSet("CONTINUO_TEST_WITHOUT_SOUND") && server.begin();
    if (!hasServer)
        qputenv("PULSE_SERVER", "unix:/nonexistent");
    const QGuiApplication application(argc, argv);
    ProgrammeSoundTest test(hasServer);
    return QTest::qExec(&test, argc, argv);
}

#include "tst_programmesound.moc"
