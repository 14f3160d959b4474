// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/channeldialog.h"

#include "ui/models/wording.h"
#include "ui/panels/logoform.h"
#include "ui/panels/standinform.h"
#include "ui/widgets/theme.h"

#include <QAccessible>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScreen>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kNoWait = 400ms; // what is answered sooner needs no words

QLabel *makeNote(const QString &text, const QFont &font, const QColor &color, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    QPalette palette = label->palette();
    palette.setColor(QPalette::WindowText, color);
    label->setPalette(palette);
    label->setFont(font);
    label->setTextFormat(Qt::PlainText); // a name may look like HTML
    label->setWordWrap(true);
    return label;
}

} // namespace

ChannelDialog::ChannelDialog(const Theme &theme, const ChannelState &channel, QWidget *parent)
    : QDialog(parent)
    , m_loudness(new QComboBox(this))
    , m_languages(new QLineEdit(channel.languages.join(u", "_s), this))
    , m_standIn(new StandInForm(theme, channel, this))
    , m_logo(new LogoForm(theme, channel.logo.value_or(LogoState()),
                          QSize(channel.width, channel.height), this))
    , m_problem(makeNote({}, theme.text(), theme.palette().fault, this))
    , m_buttons(new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this))
    , m_dim(theme.palette().dim)
    , m_fault(theme.palette().fault)
{
    setWindowTitle(tr("Settings of %1", "%1: channel").arg(channel.name));
    // Less with large letters on a small screen: its fields are narrower then.
    setMinimumWidth(std::min(theme.px(1080), screen()->availableSize().width() - theme.px(40)));
    m_loudness->setObjectName(u"loudness"_s);
    m_languages->setObjectName(u"languages"_s);
    m_problem->setObjectName(u"problem"_s);
    m_problem->hide();
    fillLoudness(channel.loudness.target);
    // Side by side: one above the other they are higher than a small screen.
    auto *left = new QVBoxLayout;
    left->setSpacing(theme.px(16));
    left->addWidget(makeSoundBox(theme, channel));
    left->addWidget(m_standIn);
    left->addStretch();
    auto *right = new QVBoxLayout;
    right->addWidget(m_logo);
    right->addStretch();
    auto *columns = new QHBoxLayout;
    columns->setSpacing(theme.px(16));
    columns->addLayout(left, 1);
    columns->addLayout(right, 1);
    auto *box = new QVBoxLayout(this);
    box->setContentsMargins(theme.px(16), theme.px(16), theme.px(16), theme.px(16));
    box->setSpacing(theme.px(16));
    box->addLayout(columns);
    box->addWidget(m_problem);
    box->addWidget(m_buttons);
    connect(m_buttons, &QDialogButtonBox::accepted, this, &ChannelDialog::ask);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    m_wait.setSingleShot(true);
    m_wait.setInterval(kNoWait);
    connect(&m_wait, &QTimer::timeout, this,
            [this] { say(tr("Trying the files. Closing this leaves it going on."), m_dim); });
    m_loudness->setFocus();
}

QWidget *ChannelDialog::makeSoundBox(const Theme &theme, const ChannelState &channel)
{
    auto *sound = new QGroupBox(tr("Sound"), this);
    m_languages->setPlaceholderText(tr("as each file says"));
    auto *layout = new QFormLayout(sound);
    layout->setContentsMargins(theme.px(12), theme.px(12), theme.px(12), theme.px(12));
    layout->setHorizontalSpacing(theme.px(12));
    layout->setVerticalSpacing(theme.px(8));
    layout->addRow(tr("&Loudness"), m_loudness);
    const QString when = channel.isGoing()
        ? tr("Every item is brought to it. What is on air or prepared keeps what it has.")
        : tr("Every item is brought to it.");
    layout->addRow(QString(), makeNote(when, theme.small(), theme.palette().dim, sound));
    layout->addRow(tr("L&anguages"), m_languages);
    layout->addRow(QString(),
                   makeNote(tr("Which sound goes out where a file has several, best first: de, en"),
                            theme.small(), theme.palette().dim, sound));
    return sound;
}

void ChannelDialog::fillLoudness(std::optional<double> target)
{
    m_loudness->addItem(tr("Off: as loud as each file is"));
    m_loudness->addItem(tr("%1 LUFS: television (EBU R 128)").arg(Wording::wholeLufs(-23)), -23.0);
    m_loudness->addItem(tr("%1 LUFS: web and podcasts").arg(Wording::wholeLufs(-16)), -16.0);
    m_loudness->addItem(tr("%1 LUFS: as streaming services have it").arg(Wording::wholeLufs(-14)),
                        -14.0);
    int index = target ? m_loudness->findData(*target) : 0;
    if (index < 0) { // another, set by continuoctl
        m_loudness->addItem(tr("%1 LUFS", "loudness").arg(Wording::wholeLufs(*target)), *target);
        index = m_loudness->count() - 1;
    }
    m_loudness->setCurrentIndex(index);
}

ChannelForm ChannelDialog::form() const
{
    ChannelForm form;
    if (const QVariant target = m_loudness->currentData(); target.isValid())
        form.targetLufs = target.toDouble();
    QStringList languages;
    const QStringList typed = m_languages->text().split(u',', Qt::SkipEmptyParts);
    for (const QString &language : typed) {
        if (const QString name = language.trimmed(); !name.isEmpty())
            languages << name;
    }
    form.languages = languages.join(u", "_s);
    form.logo = m_logo->logo();
    form.slate = m_standIn->slate();
    form.hasSlateClock = m_standIn->hasSlateClock();
    form.emergency = m_standIn->emergency();
    return form;
}

void ChannelDialog::ask()
{
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(false);
    m_wait.start();
    Q_EMIT chosen(form());
}

void ChannelDialog::showProblem(const QString &words)
{
    m_wait.stop();
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(true);
    say(words, m_fault);
}

void ChannelDialog::say(const QString &words, const QColor &color)
{
    QPalette palette = m_problem->palette();
    palette.setColor(QPalette::WindowText, color);
    m_problem->setPalette(palette);
    m_problem->setText(words);
    m_problem->show();
    adjustSize();
    QAccessibleEvent event(m_problem, QAccessible::Alert); // it has no focus
    QAccessible::updateAccessibility(&event);
}

} // namespace continuo
