// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/programmepanel.h"

#include "core/base/logging.h"
#include "ui/models/stationpresenter.h"
#include "ui/models/wording.h"
#include "ui/panels/lampstate.h"
#include "ui/panels/loudnesspanel.h"
#include "ui/widgets/audiometer.h"
#include "ui/widgets/commandbutton.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/previewwidget.h"
#include "ui/widgets/statemark.h"
#include "ui/widgets/theme.h"

#include <QAudioDevice>
#include <QComboBox>
#include <QHBoxLayout>
#include <QImage>
#include <QMediaDevices>
#include <QSettings>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kVolumeSteps = 100;
constexpr int kDefaultVolume = 70;

// While a channel fails, its pictures are still made: what would go out is seen.
bool hasPictures(ChannelPhase phase)
{
    return phase == ChannelPhase::OnAir || phase == ChannelPhase::Slate
        || phase == ChannelPhase::Failed;
}

} // namespace

ProgrammePanel::ProgrammePanel(const Theme &theme, StationPresenter &station, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_preview(new PreviewWidget(theme, this))
    , m_lamp(new OnAirLamp(theme, m_preview))
    , m_left(new AudioMeter(theme, tr("L", "left channel of the sound"), this))
    , m_right(new AudioMeter(theme, tr("R", "right channel of the sound"), this))
    , m_loudness(new LoudnessPanel(theme, this))
    , m_mute(new CommandButton(theme, CommandButton::Look::Quiet, this))
    , m_volume(new QSlider(Qt::Horizontal, this))
    , m_device(new QComboBox(this))
    , m_soundWords(new ElidedLabel(theme.small(), theme.palette().dim, this))
    , m_scaler(PictureScaler::Target::Rgb32)
{
    setMinimumWidth(theme.px(280));
    auto *heading = new ElidedLabel(theme.heading(), theme.palette().dim, this);
    heading->setText(tr("Programme"));
    m_soundWords->setObjectName(u"soundWords"_s);
    m_preview->setAccessibleName(tr("Picture on air"));
    m_left->setAccessibleName(tr("Level of the left channel"));
    m_right->setAccessibleName(tr("Level of the right channel"));

    auto *meters = new QVBoxLayout;
    meters->setSpacing(theme.px(2));
    meters->addWidget(m_left);
    meters->addWidget(m_right);
    auto *box = new QVBoxLayout(this);
    box->setContentsMargins(theme.px(12), theme.px(8), theme.px(12), theme.px(12));
    box->setSpacing(theme.px(8));
    box->addWidget(heading);
    box->addWidget(m_preview);
    box->addLayout(meters);
    box->addWidget(m_loudness);
    box->addWidget(makeLogoRow());
    box->addWidget(makeSoundRow());
    box->addWidget(m_device);
    box->addWidget(m_soundWords);
    box->addStretch();

    connect(&station, &StationPresenter::previewOpened, this, &ProgrammePanel::openPreview);
    connect(&station, &StationPresenter::previewClosed, this, &ProgrammePanel::closePreview);
    connect(&station, &StationPresenter::previewChanged, this, &ProgrammePanel::showPicture);
    connect(&m_sound, &ProgrammeSound::stateChanged, this, &ProgrammePanel::showSound);
    connect(&m_sound, &ProgrammeSound::devicesChanged, this, &ProgrammePanel::fillDevices);
    connect(m_mute, &CommandButton::triggered, this, &ProgrammePanel::toggleMuted);
    connect(m_volume, &QSlider::valueChanged, this,
            [this](int value) { m_sound.setVolume(double(value) / kVolumeSteps); });
    connect(m_device, &QComboBox::activated, this,
            [this](int index) { m_sound.setDevice(m_device->itemData(index).toByteArray()); });
    fillDevices();
    showSound();
    showChannel(nullptr);
}

QWidget *ProgrammePanel::makeSoundRow()
{
    m_volume->setRange(0, kVolumeSteps);
    m_volume->setValue(kDefaultVolume);
    m_volume->setAccessibleName(tr("Volume of the programme sound here"));
    m_volume->setToolTip(tr("How loud the programme is here. The air is not changed."));
    m_device->setAccessibleName(tr("Sound device"));
    auto *row = new QWidget(this);
    auto *layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(m_theme.px(12));
    layout->addWidget(m_mute);
    layout->addWidget(m_volume, 1);
    return row;
}

QWidget *ProgrammePanel::makeLogoRow()
{
    m_logoRow = new QWidget(this);
    m_logoMark = new StateMark(m_theme, m_logoRow);
    m_logoWords = new ElidedLabel(m_theme.text(), m_theme.palette().text, m_logoRow);
    m_logo = new CommandButton(m_theme, CommandButton::Look::Quiet, m_logoRow);
    auto *layout = new QHBoxLayout(m_logoRow);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(m_theme.px(8));
    layout->addWidget(m_logoMark);
    layout->addWidget(m_logoWords, 1);
    layout->addWidget(m_logo);
    connect(m_logo, &CommandButton::triggered, this, &ProgrammePanel::logoToggled);
    return m_logoRow;
}

void ProgrammePanel::showLogo(const ChannelState *channel)
{
    const bool hasLogo = channel && channel->logo;
    m_logoRow->setVisible(hasLogo);
    if (!hasLogo)
        return;
    m_logoMark->setHealth(healthOf(channel->logo->phase));
    m_logoWords->setText(Wording::logoPhase(*channel->logo));
    m_logo->setCommand(channel->logo->isOn ? tr("Take off", "the logo") : tr("Show", "the logo"),
                       u"Ctrl+L"_s);
}

void ProgrammePanel::showChannel(const ChannelState *channel)
{
    m_hasChannel = channel != nullptr;
    m_phase = channel ? channel->phase : ChannelPhase::Off;
    m_isShed = channel && channel->isPreviewShed;
    m_lamp->setVisible(channel && channel->canTake());
    if (channel)
        showLamp(*m_lamp, *channel);
    m_lamp->adjustSize();
    m_lamp->move(m_theme.px(8), m_theme.px(8));
    if (channel && channel->width > 0)
        m_preview->setAspect(channel->width, channel->height);
    m_loudness->showChannel(channel);
    showLogo(channel);
    showWords();
}

// What stands where the picture would; while there is one, nothing. A picture that stands still is
// not shown: it would look like the air.
void ProgrammePanel::showWords()
{
    if (hasPictures(m_phase) && !m_isShed && m_preview->hasPicture())
        return;
    setWords(m_hasChannel ? wordsWithoutPicture() : QString());
    m_left->clear();
    m_right->clear();
}

QString ProgrammePanel::wordsWithoutPicture() const
{
    switch (m_phase) {
    case ChannelPhase::OnAir:
    case ChannelPhase::Slate:
        if (m_isShed)
            return tr("Preview paused: the machine cannot keep up.\nThe air goes on.");
        return m_problem.isEmpty() ? tr("Waiting for the first picture") : m_problem;
    case ChannelPhase::Starting:
        return tr("Starting");
    case ChannelPhase::Failed:
        return tr("Nothing comes out of the encoder.\nIt is started again by itself.");
    case ChannelPhase::Unknown:
        return tr("The engine is not connected.\nWhat is on air goes on.");
    case ChannelPhase::Off:
    case ChannelPhase::Stopping:
        break;
    }
    return tr("Off air");
}

void ProgrammePanel::setWords(const QString &words)
{
    m_preview->setWords(words);
    if (m_preview->accessibleDescription() != words)
        m_preview->setAccessibleDescription(words);
}

void ProgrammePanel::openPreview(const QString &sharedMemory)
{
    closePreview();
    Result<PreviewReader> reader = PreviewReader::attach(sharedMemory);
    if (!reader) {
        qCWarning(lcConsole).noquote() << "no preview:" << reader.error().detail;
        m_problem = tr("The picture cannot be read from the engine.");
        showWords();
        return;
    }
    m_reader.emplace(std::move(reader.value()));
    m_picture = {};
    m_sound.setSource(&*m_reader);
    showPicture();
}

void ProgrammePanel::closePreview()
{
    m_sound.setSource(nullptr);
    m_reader.reset();
    m_picture = {};
    m_problem.clear();
    setWords({});
    showWords();
}

void ProgrammePanel::showPicture()
{
    if (!m_reader || m_isShed || !hasPictures(m_phase))
        return;
    if (!m_reader->readPicture(m_picture))
        return;
    const AudioMeters meters = m_reader->meters();
    m_left->setLevels(double(meters.peak[0]), double(meters.rms[0]));
    m_right->setLevels(double(meters.peak[1]), double(meters.rms[1]));
    drawPicture();
}

void ProgrammePanel::drawPicture()
{
    if (m_picture.sequence == 0 || m_isShed || !m_preview->isVisible())
        return;
    m_preview->setAspect(m_picture.width, m_picture.height);
    const QSize size = m_preview->pictureSize();
    QImage image(size, QImage::Format_RGB32);
    if (image.isNull())
        return; // no memory: the next picture tries again
    const Result<void> scaled = m_scaler.scale(
        SourcePicture::packed(m_picture.planes.data(), m_picture.width, m_picture.height),
        {image.bits(), nullptr, nullptr}, {int(image.bytesPerLine()), 0, 0}, size.width(),
        size.height());
    if (!scaled) {
        m_problem = tr("The picture cannot be shown.");
        setWords(m_problem);
        return;
    }
    m_problem.clear();
    m_preview->setPicture(image);
    if (!m_preview->accessibleDescription().isEmpty())
        m_preview->setAccessibleDescription({});
}

void ProgrammePanel::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    // After the layout has given the preview its new size.
    QMetaObject::invokeMethod(this, &ProgrammePanel::drawPicture, Qt::QueuedConnection);
}

void ProgrammePanel::toggleMuted()
{
    m_isMuted = !m_isMuted;
    m_sound.setMuted(m_isMuted);
    showSound();
}

void ProgrammePanel::showSound()
{
    m_mute->setCommand(m_isMuted ? tr("Sound on") : tr("Mute"), tr("M", "key that mutes"));
    const ProgrammeSound::State state = m_sound.state();
    const bool hasDevice = state != ProgrammeSound::State::NoDevice;
    m_mute->setVisible(hasDevice);
    m_volume->setVisible(hasDevice);
    m_device->setVisible(hasDevice);
    switch (state) {
    case ProgrammeSound::State::NoDevice:
        m_soundWords->setText(tr("No sound device here. The air has its sound."));
        break;
    case ProgrammeSound::State::Failed:
        m_soundWords->setText(tr("The sound device cannot be used. The air has its sound."));
        break;
    case ProgrammeSound::State::Silent:
    case ProgrammeSound::State::Playing:
        m_soundWords->setText(m_isMuted ? tr("Muted here. The air has its sound.") : QString());
        break;
    }
}

void ProgrammePanel::fillDevices()
{
    const QByteArray wanted = m_device->currentData().toByteArray();
    const QSignalBlocker blocker(m_device);
    m_device->clear();
    m_device->addItem(tr("Default sound device"), QByteArray());
    const QList<QAudioDevice> devices = QMediaDevices::audioOutputs();
    for (const QAudioDevice &device : devices)
        m_device->addItem(device.description(), device.id());
    const int index = m_device->findData(wanted);
    m_device->setCurrentIndex(index < 0 ? 0 : index);
}

void ProgrammePanel::loadSettings(const QSettings &settings)
{
    m_volume->setValue(settings.value(u"sound/volume"_s, kDefaultVolume).toInt());
    m_sound.setVolume(double(m_volume->value()) / kVolumeSteps);
    m_isMuted = settings.value(u"sound/muted"_s, false).toBool();
    m_sound.setMuted(m_isMuted);
    const int index = m_device->findData(settings.value(u"sound/device"_s).toByteArray());
    if (index > 0) {
        m_device->setCurrentIndex(index);
        m_sound.setDevice(m_device->itemData(index).toByteArray());
    }
    showSound();
}

void ProgrammePanel::saveSettings(QSettings &settings) const
{
    settings.setValue(u"sound/volume"_s, m_volume->value());
    settings.setValue(u"sound/muted"_s, m_isMuted);
    settings.setValue(u"sound/device"_s, m_device->currentData().toByteArray());
}

QSize ProgrammePanel::sizeHint() const
{
    return {m_theme.px(432), m_theme.px(480)};
}

} // namespace continuo
