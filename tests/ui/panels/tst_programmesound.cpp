// SPDX-License-Identifier: GPL-3.0-or-later
// The programme's sound through a real sound server with a device that leads nowhere, recorded back
// from there.
#include "core/base/houseformat.h"
#include "core/frames/previewring.h"
#include "tests/support/patience.h"
#include "ui/models/stationpresenter.h"
#include "ui/panels/programmepanel.h"
#include "ui/panels/programmesound.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QAudio>
#include <QComboBox>
#include <QElapsedTimer>
#include <QProcess>
#include <QSlider>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

const QString kWithoutSound = u"CONTINUO_TEST_WITHOUT_SOUND"_s;
constexpr double kToneAmplitude = 12000; // of 32768

/// PulseAudio with two null devices, for as long as it lives; the first is the default.
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
                        u"--load=module-null-sink sink_name=second rate=48000"_s,
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

double rmsOf(const QByteArray &recorded)
{
    const auto *samples = reinterpret_cast<const std::int16_t *>(recorded.constData());
    const auto count = std::size_t(recorded.size()) / sizeof(std::int16_t);
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i)
        sum += double(samples[i]) * double(samples[i]);
    return count == 0 ? 0 : std::sqrt(sum / double(count));
}

/// A tone, written into a ring as the engine writes: a frame at a time, by the clock.
class RingTone final {
public:
    explicit RingTone(PreviewRing &ring)
        : m_ring(ring)
    {
        m_clock.start();
        QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { write(); });
        m_timer.start(40ms);
    }

private:
    void write()
    {
        const auto due = std::uint64_t(m_clock.elapsed()) * kHouseSampleRate / 1000;
        std::vector<std::int16_t> samples;
        for (; m_written < due; ++m_written) {
            const double angle = double(m_written) * 440 * 2 * std::numbers::pi / kHouseSampleRate;
            samples.insert(samples.end(), 2, std::int16_t(kToneAmplitude * std::sin(angle)));
        }
        m_ring.publishAudio(samples, measureAudio(samples));
    }

    PreviewRing &m_ring;
    std::uint64_t m_written = 0;
    QElapsedTimer m_clock;
    QTimer m_timer;
};

/// What reaches a device of the sound server.
class DeviceRecorder final {
public:
    explicit DeviceRecorder(const QString &sink)
    {
        m_recorder.start(u"parec"_s,
                         {u"-d"_s, sink + u".monitor"_s, u"--rate=48000"_s, u"--channels=2"_s,
                          u"--format=s16le"_s, u"--latency-msec=50"_s});
    }
    ~DeviceRecorder()
    {
        m_recorder.terminate();
        m_recorder.waitForFinished();
    }

    /// Stereo, of the last quarter of a second; nothing before there is as much.
    QByteArray lastQuarter()
    {
        constexpr qsizetype kSampleBytes = 4;
        constexpr qsizetype kQuarterSecond = kHouseSampleRate / 4 * kSampleBytes;
        m_recorded += m_recorder.readAllStandardOutput();
        const qsizetype whole = m_recorded.size() - m_recorded.size() % kSampleBytes;
        if (whole < kQuarterSecond)
            return {};
        m_recorded.remove(0, whole - kQuarterSecond);
        return m_recorded.left(kQuarterSecond);
    }
    bool hears() { return heardPart(lastQuarter()) > 0.9; }
    bool isSilent()
    {
        const QByteArray last = lastQuarter();
        return !last.isEmpty() && heardPart(last) == 0.0;
    }

private:
    QProcess m_recorder;
    QByteArray m_recorded;
};

/// The panel as the window has it, on a station that is not there.
struct SoundPanel {
    QString words() const { return panel.findChild<ElidedLabel *>(u"soundWords"_s)->text(); }
    template <typename Control> Control &control(const QString &name) const
    {
        const auto controls = panel.findChildren<Control *>();
        return **std::ranges::find(controls, name, &QWidget::accessibleName);
    }

    QTemporaryDir folder;
    Theme theme{Palette::dark(), QApplication::font()};
    StationLink link{folder.path()};
    StationPresenter station{link};
    ProgrammePanel panel{theme, station};
};

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
        SoundPanel shown;
        shown.panel.show();
        QCOMPARE(shown.words(), u"No sound device here. The air has its sound."_s);
        QVERIFY(!shown.control<QSlider>(u"Volume of the programme sound here"_s).isVisible());
        QVERIFY(!shown.control<QComboBox>(u"Sound device"_s).isVisible());
    }

    void ring_isHeardOnTheDevice_untilMuted()
    {
        if (!m_hasServer)
            QSKIP("PulseAudio is not installed or does not start here");
        Result<PreviewRing> ring = PreviewRing::create(64, 36);
        QVERIFY(ring);
        Result<PreviewReader> reader = PreviewReader::attach(ring->name());
        QVERIFY(reader);
        RingTone tone(ring.value());

        ProgrammeSound sound;
        sound.setSource(&reader.value());
        sound.setVolume(1.0);
        QCOMPARE(sound.state(), ProgrammeSound::State::Playing);
        DeviceRecorder recorder(u"monitor"_s);
        QTRY_VERIFY(recorder.hears());
        sound.setMuted(true);
        QTRY_VERIFY(recorder.isSilent());
        sound.setMuted(false);
        QTRY_VERIFY(recorder.hears());
        sound.setSource(nullptr);
        QCOMPARE(sound.state(), ProgrammeSound::State::Silent);
    }

    void panel_playsOnTheChosenDevice_asLoudAsChosen()
    {
        if (!m_hasServer)
            QSKIP("PulseAudio is not installed or does not start here");
        Result<PreviewRing> ring = PreviewRing::create(64, 36);
        QVERIFY(ring);
        RingTone tone(ring.value());
        SoundPanel shown;
        auto &volume = shown.control<QSlider>(u"Volume of the programme sound here"_s);
        auto &device = shown.control<QComboBox>(u"Sound device"_s);
        volume.setValue(volume.maximum());
        Q_EMIT shown.station.previewOpened(ring->name());
        QCOMPARE(shown.words(), QString());

        DeviceRecorder first(u"monitor"_s);
        DeviceRecorder second(u"second"_s);
        const auto choose = [&device](int index) {
            device.setCurrentIndex(index);
            Q_EMIT device.activated(index); // as when a person chooses
        };
        QTRY_VERIFY(first.hears() && second.isSilent());
        const int other = device.findData(QByteArray("second"));
        QVERIFY(other > 0);
        choose(other);
        QTRY_VERIFY(second.hears() && first.isSilent());

        const auto isAsLoudAs = [&second](double factor) {
            const double wanted = kToneAmplitude / std::numbers::sqrt2 * factor;
            return std::abs(rmsOf(second.lastQuarter()) - wanted) < wanted * 0.15;
        };
        QTRY_VERIFY(isAsLoudAs(1));
        volume.setValue(volume.maximum() * 3 / 10);
        // As an ear has it: three tenths of the way are much less of the samples.
        const float factor = QAudio::convertVolume(0.3F, QAudio::LogarithmicVolumeScale,
                                                   QAudio::LinearVolumeScale);
        QVERIFY(factor > 0.01F && factor < 0.3F);
        QTRY_VERIFY(isAsLoudAs(double(factor)));
        volume.setValue(0);
        QTRY_VERIFY(second.isSilent());

        volume.setValue(volume.maximum());
        choose(0); // the default again
        QTRY_VERIFY(first.hears() && second.isSilent());
        shown.panel.toggleMuted();
        QTRY_VERIFY(first.isSilent());
        QCOMPARE(shown.words(), u"Muted here. The air has its sound."_s);
        Q_EMIT shown.station.previewClosed();
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
    const QApplication application(argc, argv);
    ProgrammeSoundTest test(hasServer);
    return QTest::qExec(&test, argc, argv);
}

#include "tst_programmesound.moc"
