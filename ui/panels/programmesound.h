// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/frames/previewreader.h"

#include <QAudioSink>
#include <QIODevice>
#include <QMediaDevices>
#include <QObject>
#include <QTimer>

#include <cstdint>
#include <memory>
#include <vector>

namespace continuo {

/// Plays the programme's sound from the preview ring on a device of this machine. Without a device
/// it says so and waits for one. Lives on the GUI thread; what it loses there is heard here alone,
/// never on air.
class ProgrammeSound final : public QObject {
    Q_OBJECT
public:
    enum class State { NoDevice, Silent, Playing, Failed };

    explicit ProgrammeSound(QObject *parent = nullptr);
    ~ProgrammeSound() override;

    /// Where the sound comes from; nullptr for nowhere. \p reader must outlive its use here.
    void setSource(const PreviewReader *reader);
    void setVolume(double linear); ///< 0 to 1, as a slider stands
    void setMuted(bool isMuted);
    /// \p id of QAudioDevice; empty: whatever is the default at the time.
    void setDevice(const QByteArray &id);

    State state() const { return m_state; }

Q_SIGNALS:
    void stateChanged();
    void devicesChanged();

private:
    void restart();
    void stop();
    void pump();
    void onSinkState(QAudio::State state);
    void applyVolume();
    void setState(State state);

    QMediaDevices m_devices;
    QTimer m_pump;
    std::unique_ptr<QAudioSink> m_sink;
    QIODevice *m_output = nullptr; // owned by m_sink
    const PreviewReader *m_reader = nullptr;
    std::uint64_t m_position = 0;
    std::uint64_t m_lead = 0; ///< samples in hand before the device gets the first
    bool m_isFilling = true;
    std::vector<std::int16_t> m_samples;
    QByteArray m_device;
    double m_volume = 0.7;
    bool m_isMuted = false;
    State m_state = State::NoDevice;
};

} // namespace continuo
