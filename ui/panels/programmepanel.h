// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/frames/previewreader.h"
#include "core/media/picturescaler.h"
#include "ui/models/channelstate.h"
#include "ui/panels/programmesound.h"

#include <QWidget>

#include <optional>

class QComboBox;
class QSettings;
class QSlider;

namespace continuo {

class AudioMeter;
class CommandButton;
class ElidedLabel;
class LoudnessPanel;
class OnAirLamp;
class PreviewWidget;
class StateMark;
class StationPresenter;
class Theme;

/// What is on air: picture, meters, and its sound on a device of this machine.
class ProgrammePanel final : public QWidget {
    Q_OBJECT
public:
    ProgrammePanel(const Theme &theme, StationPresenter &station, QWidget *parent = nullptr);

    void showChannel(const ChannelState *channel);
    void toggleMuted();
    void loadSettings(const QSettings &settings);
    void saveSettings(QSettings &settings) const;

    QSize sizeHint() const override;

Q_SIGNALS:
    void logoToggled(); ///< it is to be shown, or taken off

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void openPreview(const QString &sharedMemory);
    void closePreview();
    void showPicture();
    void drawPicture();
    void showWords();
    QString wordsWithoutPicture() const;
    void setWords(const QString &words);
    void showSound();
    void fillDevices();
    QWidget *makeSoundRow();
    QWidget *makeLogoRow();
    void showLogo(const ChannelState *channel);

    const Theme &m_theme;
    PreviewWidget *m_preview;
    OnAirLamp *m_lamp;
    AudioMeter *m_left;
    AudioMeter *m_right;
    LoudnessPanel *m_loudness;
    QWidget *m_logoRow = nullptr;
    StateMark *m_logoMark = nullptr;
    ElidedLabel *m_logoWords = nullptr;
    CommandButton *m_logo = nullptr;
    CommandButton *m_mute;
    QSlider *m_volume;
    QComboBox *m_device;
    ElidedLabel *m_soundWords;
    std::optional<PreviewReader> m_reader;
    PreviewPicture m_picture;
    PictureScaler m_scaler;
    ProgrammeSound m_sound;
    bool m_isMuted = false;
    bool m_hasChannel = false;
    bool m_isShed = false; ///< the engine makes no pictures: the machine cannot keep up
    QString m_problem; ///< why no picture can come; empty while one can
    ChannelPhase m_phase = ChannelPhase::Unknown;
};

} // namespace continuo
