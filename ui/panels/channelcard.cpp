// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/channelcard.h"

#include "ui/models/wording.h"
#include "ui/panels/lampstate.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/pipelevelbar.h"
#include "ui/widgets/progressline.h"
#include "ui/widgets/statemark.h"
#include "ui/widgets/theme.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QVBoxLayout>

#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString percent(const PipeState &pipe)
{
    return QString::number(std::lround(pipe.fraction() * 100));
}

// Why a destination does not take the stream, while it does not, in words where there are some.
QString troubleOf(const DestinationState &destination)
{
    const bool isTroubled = destination.phase == DestinationPhase::Retrying
        || destination.phase == DestinationPhase::Failed;
    if (!isTroubled)
        return {};
    const QString words = Wording::destinationTrouble(destination.detail);
    return words.isEmpty() ? destination.detail.simplified() : words;
}

} // namespace

ChannelCard::ChannelCard(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_name(new ElidedLabel(theme.name(), theme.palette().text, this))
    , m_lamp(new OnAirLamp(theme, this))
    , m_itemBox(new QWidget(this))
    , m_item(new ElidedLabel(theme.text(), theme.palette().dim, m_itemBox))
    , m_left(new ElidedLabel(theme.text(), theme.palette().dim, m_itemBox))
    , m_progress(new ProgressLine(theme, m_itemBox))
    , m_next(new ElidedLabel(theme.text(), theme.palette().dim, this))
    , m_encoderBox(new QWidget(this))
    , m_pipeIn(new PipeLevelBar(theme, m_encoderBox))
    , m_pipeOut(new PipeLevelBar(theme, m_encoderBox))
    , m_speed(new ElidedLabel(theme.small(), theme.palette().dim, m_encoderBox))
    , m_destinationBox(new QVBoxLayout)
{
    setFocusPolicy(Qt::TabFocus);
    setCursor(Qt::PointingHandCursor);
    m_left->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_progress->setAccessibleName(tr("Progress of the item"));
    m_pipeIn->setAccessibleName(tr("Level of the pipe into the encoder"));
    m_pipeOut->setAccessibleName(tr("Level of the pipe out of the encoder"));
    for (PipeLevelBar *pipe : {m_pipeIn, m_pipeOut})
        pipe->setFixedSize(theme.px(36), theme.px(8));

    auto *top = new QHBoxLayout;
    top->addWidget(m_name, 1);
    top->addWidget(m_lamp);
    auto *item = new QHBoxLayout;
    item->addWidget(m_item, 1);
    item->addWidget(m_left);
    auto *itemBox = new QVBoxLayout(m_itemBox);
    itemBox->setContentsMargins(0, 0, 0, 0);
    itemBox->setSpacing(theme.px(8));
    itemBox->addLayout(item);
    itemBox->addWidget(m_progress);
    auto *encoder = new QHBoxLayout(m_encoderBox);
    encoder->setContentsMargins(0, 0, 0, 0);
    encoder->setSpacing(theme.px(4));
    encoder->addWidget(m_pipeIn);
    encoder->addWidget(m_pipeOut);
    encoder->addSpacing(theme.px(4));
    encoder->addWidget(m_speed, 1);
    m_destinationBox->setSpacing(theme.px(4));

    auto *box = new QVBoxLayout(this);
    box->setContentsMargins(theme.px(12), theme.px(10), theme.px(12), theme.px(12));
    box->setSpacing(theme.px(8));
    box->addLayout(top);
    box->addWidget(m_itemBox);
    box->addWidget(m_next);
    box->addWidget(m_encoderBox);
    box->addLayout(m_destinationBox);
}

void ChannelCard::showChannel(const ChannelState &channel)
{
    m_name->setText(channel.name);
    showLamp(*m_lamp, channel);
    showItem(channel);
    showEncoder(channel);
    showDestinations(channel);
    showAccessibleName(channel);
}

// The card has the focus, not its lines: what they say of faults is said with its name.
void ChannelCard::showAccessibleName(const ChannelState &channel)
{
    m_stateWords = channel.name + u", "_s + Wording::channelState(channel);
    m_troubleWords.clear();
    for (const DestinationState &destination : channel.destinations) {
        if (const QString trouble = troubleOf(destination); !trouble.isEmpty())
            m_troubleWords += u", %1: %2"_s.arg(Wording::destinationName(destination), trouble);
    }
    updateAccessibleName();
}

void ChannelCard::updateAccessibleName()
{
    const QString selected
        = m_isSelected ? u", "_s + tr("selected", "the channel that the window shows") : QString();
    const QString name = m_stateWords + selected + m_troubleWords;
    if (accessibleName() != name) // ten times a second, it would be read aloud each time
        setAccessibleName(name);
}

void ChannelCard::showItem(const ChannelState &channel)
{
    const bool isAiring = channel.isAiring();
    const bool isFailed = channel.phase == ChannelPhase::Failed;
    m_itemBox->setVisible(isAiring || isFailed);
    const bool isReplaced = channel.isSlateInPlaceOfItem();
    const bool isEmergency = channel.isEmergencyOnAir();
    const bool hasItem = isAiring && channel.item && !isReplaced;
    m_progress->setVisible(hasItem);
    m_left->setVisible(hasItem);
    if (hasItem) {
        m_item->setText(channel.item->title);
        m_left->setText(Wording::shortDuration(channel.item->remainingMs));
        m_progress->setProgress(channel.item->progress());
    } else if (isReplaced && isEmergency) {
        m_item->setText(
            tr("Emergency clip in place of “%1”", "%1: title of the item whose turn it is")
                .arg(channel.item->title));
    } else if (isReplaced) {
        m_item->setText(tr("Slate in place of “%1”", "%1: title of the item whose turn it is")
                            .arg(channel.item->title));
    } else if (isFailed) {
        m_item->setText(tr("Nothing comes out of the encoder. It is started again by itself."));
    } else {
        m_item->setText(isEmergency ? tr("Emergency clip: nothing to play")
                                    : tr("Nothing to play"));
    }
    m_item->setColor(isFailed                        ? m_theme.palette().fault
                         : isReplaced || isEmergency ? m_theme.palette().warning
                                                     : m_theme.palette().dim);
    // The engine's own English, for who looks closer. Without one, the label shows what is elided.
    m_item->setToolTip(isFailed && !channel.detail.isEmpty()
                           ? m_item->text() + u'\n' + channel.detail
                           : QString());
    m_next->setVisible(isAiring && channel.next);
    if (channel.next)
        m_next->setText(tr("Next: %1", "%1: title of the next item").arg(channel.next->title));
}

void ChannelCard::showEncoder(const ChannelState &channel)
{
    m_encoderBox->setVisible(channel.isAiring());
    m_pipeIn->setLevel(channel.pipeIn.fraction());
    m_pipeOut->setLevel(channel.pipeOut.fraction());
    m_encoderBox->setToolTip(tr("Pipe into the encoder %1 %, out of it %2 %")
                                 .arg(percent(channel.pipeIn), percent(channel.pipeOut)));
    QString speed = tr("%1x", "speed of the encoder: 1.00x keeps up")
                        .arg(QLocale().toString(channel.encoderSpeed, 'f', 2));
    if (channel.encoderBitrate > 0)
        speed += u" · "_s + Wording::bitrate(channel.encoderBitrate);
    m_speed->setText(speed);
}

ChannelCard::DestinationLine ChannelCard::makeDestinationLine()
{
    auto *box = new QWidget(this);
    const DestinationLine line{box, new StateMark(m_theme, box),
                               new ElidedLabel(m_theme.small(), m_theme.palette().text, box),
                               new ElidedLabel(m_theme.small(), m_theme.palette().dim, box),
                               new ElidedLabel(m_theme.small(), m_theme.palette().dim, box)};
    line.word->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    line.detail->hide();
    auto *grid = new QGridLayout(box);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(m_theme.px(6));
    grid->setVerticalSpacing(0);
    grid->setColumnStretch(1, 1);
    grid->addWidget(line.mark, 0, 0);
    grid->addWidget(line.name, 0, 1);
    grid->addWidget(line.word, 0, 2);
    grid->addWidget(line.detail, 1, 1, 1, 2);
    m_destinationBox->addWidget(box);
    return line;
}

void ChannelCard::showDestinations(const ChannelState &channel)
{
    while (m_destinations.size() > channel.destinations.size()) {
        delete m_destinations.back().box;
        m_destinations.pop_back();
    }
    while (m_destinations.size() < channel.destinations.size())
        m_destinations.push_back(makeDestinationLine());
    for (std::size_t i = 0; i < m_destinations.size(); ++i) {
        const DestinationState &destination = channel.destinations[i];
        const DestinationLine &line = m_destinations[i];
        line.mark->setHealth(healthOf(destination.phase));
        line.name->setText(Wording::destinationName(destination));
        line.word->setText(Wording::destinationPhase(destination.phase));
        const QString trouble = troubleOf(destination);
        line.detail->setText(trouble);
        line.detail->setVisible(!trouble.isEmpty());
        QStringList more{destination.target};
        if (!destination.address.isEmpty() && destination.address != destination.target)
            more << destination.address;
        if (!destination.detail.isEmpty())
            more << destination.detail;
        line.box->setToolTip(more.join(u'\n'));
    }
}

void ChannelCard::setSelected(bool isSelected)
{
    if (m_isSelected == isSelected)
        return;
    m_isSelected = isSelected;
    updateAccessibleName();
    update();
}

void ChannelCard::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Palette &palette = m_theme.palette();
    QPainterPath shape;
    shape.addRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), m_theme.px(6),
                         m_theme.px(6));
    painter.fillPath(shape, m_isSelected ? palette.selectedRow : palette.panel);
    if (m_isSelected) {
        painter.setClipPath(shape);
        painter.fillRect(QRect(0, 0, m_theme.px(4), height()), palette.accent);
        painter.setClipping(false);
    }
    // Dotted as in the list, but not faint: on the fill of a selected card that is 2.9 to 1.
    painter.setPen(hasFocus() ? QPen(palette.dim, 1, Qt::DotLine) : QPen(palette.line));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(shape);
}

void ChannelCard::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton)
        Q_EMIT clicked();
}

void ChannelCard::keyPressEvent(QKeyEvent *event)
{
    const bool isPlain = (event->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
    const int key = event->key();
    if (isPlain && (key == Qt::Key_Space || key == Qt::Key_Return || key == Qt::Key_Enter))
        Q_EMIT clicked();
    else
        QWidget::keyPressEvent(event);
}

} // namespace continuo
