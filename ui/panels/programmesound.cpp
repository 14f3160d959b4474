// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/programmesound.h"

#include "core/base/houseformat.h"
#include "core/base/logging.h"

#include <QAudioDevice>
#include <QAudioFormat>

#include <algorithm>

using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr int kBytesPerSample = kHouseChannels * int(sizeof(std::int16_t));
constexpr int kSinkBytes = kHouseSampleRate / 5 * kBytesPerSample; // 200 ms
// The ring is written a frame at a time, so some must be in hand before the device asks. What is in
// hand is what the sound is late against the picture; where it does not do, it grows.
constexpr std::uint64_t kFirstLeadSamples = kHouseSampleRate / 10;
constexpr std::uint64_t kMaxLeadSamples = kHouseSampleRate * 3 / 10;
// The device's clock is not the engine's: once so far behind, the reader jumps to the lead.
constexpr std::uint64_t kMaxLagSamples = kHouseSampleRate / 2;

QAudioDevice deviceOf(const QByteArray &id)
{
    if (!id.isEmpty()) {
        const QList<QAudioDevice> devices = QMediaDevices::audioOutputs();
        for (const QAudioDevice &device : devices) {
            if (device.id() == id)
                return device;
        }
    }
    return QMediaDevices::defaultAudioOutput();
}

} // namespace

ProgrammeSound::ProgrammeSound(QObject *parent)
    : QObject(parent)
{
    m_pump.setInterval(20ms);
    m_pump.setTimerType(Qt::PreciseTimer);
    connect(&m_pump, &QTimer::timeout, this, &ProgrammeSound::pump);
    connect(&m_devices, &QMediaDevices::audioOutputsChanged, this, [this] {
        restart();
        Q_EMIT devicesChanged();
    });
    restart();
}

ProgrammeSound::~ProgrammeSound()
{
    stop();
}

void ProgrammeSound::setSource(const PreviewReader *reader)
{
    m_reader = reader;
    restart();
}

void ProgrammeSound::setVolume(double linear)
{
    m_volume = std::clamp(linear, 0.0, 1.0);
    applyVolume();
}

void ProgrammeSound::setMuted(bool isMuted)
{
    m_isMuted = isMuted;
    applyVolume();
}

void ProgrammeSound::setDevice(const QByteArray &id)
{
    if (m_device == id)
        return;
    m_device = id;
    restart();
}

void ProgrammeSound::restart()
{
    stop();
    const QAudioDevice device = deviceOf(m_device);
    // Asked first: a sink without a device only fails, and the reason would be lost.
    if (device.isNull()) {
        setState(State::NoDevice);
        return;
    }
    if (!m_reader) {
        setState(State::Silent);
        return;
    }
    QAudioFormat format;
    format.setSampleRate(kHouseSampleRate);
    format.setChannelCount(kHouseChannels);
    format.setSampleFormat(QAudioFormat::Int16);
    if (!device.isFormatSupported(format)) {
        setState(State::Failed);
        return;
    }
    m_sink = std::make_unique<QAudioSink>(device, format);
    m_sink->setBufferSize(kSinkBytes);
    connect(m_sink.get(), &QAudioSink::stateChanged, this, &ProgrammeSound::onSinkState);
    applyVolume();
    m_output = m_sink->start();
    if (!m_output || m_sink->error() != QAudio::NoError) {
        qCWarning(lcConsole) << "the sound device cannot be opened:" << device.description();
        stop();
        setState(State::Failed);
        return;
    }
    m_position = m_reader->audioWritten();
    m_lead = kFirstLeadSamples;
    m_isFilling = true;
    m_pump.start();
    setState(State::Playing);
}

void ProgrammeSound::stop()
{
    m_pump.stop();
    m_output = nullptr;
    if (!m_sink)
        return;
    m_sink->disconnect(this);
    m_sink->stop();
    m_sink.release()->deleteLater(); // it may be the sender of what stopped it
}

void ProgrammeSound::pump()
{
    if (!m_output || !m_reader)
        return;
    const std::uint64_t written = m_reader->audioWritten();
    if (written > m_position + kMaxLagSamples)
        m_position = written - m_lead;
    const std::uint64_t ready = written - std::min(written, m_position);
    if (m_isFilling && ready < m_lead)
        return;
    m_isFilling = false;
    if (ready == 0 && m_sink->bytesFree() >= m_sink->bufferSize()) {
        // It ran dry: begin again with more in hand, or every late frame would be a click.
        m_lead = std::min(m_lead * 3 / 2, kMaxLeadSamples);
        m_isFilling = true;
        return;
    }
    const std::uint64_t room = std::uint64_t(std::max<qsizetype>(0, m_sink->bytesFree()))
        / std::uint64_t(kBytesPerSample);
    const std::uint64_t count = std::min(ready, room);
    if (count == 0)
        return;
    m_samples.resize(std::size_t(count) * kHouseChannels);
    const std::size_t read = m_reader->readAudio(m_position, m_samples);
    m_output->write(reinterpret_cast<const char *>(m_samples.data()),
                    qint64(read) * kBytesPerSample);
}

void ProgrammeSound::onSinkState(QAudio::State state)
{
    // Idle is a ring that paused; the next sound goes on by itself.
    if (state != QAudio::StoppedState || !m_sink || m_sink->error() == QAudio::NoError)
        return;
    qCWarning(lcConsole) << "the sound device stopped, error" << int(m_sink->error());
    stop();
    setState(State::Failed);
}

void ProgrammeSound::applyVolume()
{
    if (!m_sink)
        return;
    // What a slider means to an ear, as a factor for samples.
    const auto linear = QAudio::convertVolume(float(m_volume), QAudio::LogarithmicVolumeScale,
                                              QAudio::LinearVolumeScale);
    m_sink->setVolume(m_isMuted ? 0.0 : double(linear));
}

void ProgrammeSound::setState(State state)
{
    if (m_state == state)
        return;
    m_state = state;
    Q_EMIT stateChanged();
}

} // namespace continuo
