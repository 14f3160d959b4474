// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/standinform.h"

#include "ui/models/wording.h"
#include "ui/panels/filechoice.h"
#include "ui/widgets/theme.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

using namespace Qt::StringLiterals;

namespace continuo {

StandInForm::StandInForm(const Theme &theme, const ChannelState &channel, QWidget *parent)
    : QGroupBox(tr("When there is nothing to play"), parent)
    , m_theme(theme)
    , m_slate(new QLineEdit(channel.slate.path, this))
    , m_clock(new QCheckBox(tr("With a cloc&k"), this))
    , m_emergency(new QLineEdit(this))
{
    setObjectName(u"standIn"_s);
    m_slate->setObjectName(u"slatePath"_s);
    m_slate->setPlaceholderText(tr("card with the channel's name and a clock"));
    m_clock->setObjectName(u"slateClock"_s);
    m_clock->setChecked(channel.slate.hasClock);
    m_emergency->setObjectName(u"emergencyPath"_s);
    m_emergency->setPlaceholderText(tr("none", "no emergency clip"));
    if (channel.emergency)
        m_emergency->setText(channel.emergency->path);

    auto *form = new QFormLayout(this);
    form->setContentsMargins(theme.px(12), theme.px(12), theme.px(12), theme.px(12));
    form->setHorizontalSpacing(theme.px(12));
    form->setVerticalSpacing(theme.px(8));
    form->addRow(tr("P&icture"),
                 makeFileRow(m_slate, tr("Choose a picture for the slate"),
                             tr("Pictures (*.png *.webp *.svg *.tif *.tiff *.tga *.exr *.jpg "
                                "*.jpeg *.gif *.bmp);;All files (*)"),
                             channel.slate.failure));
    const Palette &palette = theme.palette();
    if (!channel.slate.failure.isEmpty())
        form->addRow(QString(),
                     makeNote(Wording::slateTrouble(channel.slate.failure), palette.warning));
    form->addRow(QString(), m_clock);
    form->addRow(tr("E&mergency clip"),
                 makeFileRow(m_emergency, tr("Choose an emergency clip"), QString(),
                             channel.emergency ? channel.emergency->failure : QString()));
    const bool isFailed = channel.emergency && !channel.emergency->failure.isEmpty();
    form->addRow(
        QString(),
        isFailed
            ? makeNote(Wording::emergencyTrouble(channel.emergency->failure), palette.warning)
            : makeNote(tr("Follows five seconds of the picture, again and again"), palette.dim));
    // The card has its clock anyway.
    const auto showClock = [this] { m_clock->setEnabled(!slate().isEmpty()); };
    connect(m_slate, &QLineEdit::textChanged, this, showClock);
    showClock();
}

QLabel *StandInForm::makeNote(const QString &text, const QColor &color)
{
    auto *note = new QLabel(text, this);
    QPalette palette = note->palette();
    palette.setColor(QPalette::WindowText, color);
    note->setPalette(palette);
    note->setFont(m_theme.small());
    note->setWordWrap(true);
    return note;
}

// Its button has no key of its own: few letters are left, and it is one Tab away from its field.
QWidget *StandInForm::makeFileRow(QLineEdit *path, const QString &title, const QString &filter,
                                  const QString &failure)
{
    auto *row = new QWidget(this);
    auto *choose = new QPushButton(tr("Choose…"), row);
    choose->setAccessibleName(title);
    choose->setAutoDefault(false); // Enter is for the dialog's OK
    connect(choose, &QPushButton::clicked, this,
            [path, title, filter, failure] { chooseFile(path, title, filter, failure); });
    auto *box = new QHBoxLayout(row);
    box->setContentsMargins(0, 0, 0, 0);
    box->setSpacing(m_theme.px(8));
    box->addWidget(path, 1);
    box->addWidget(choose);
    row->setFocusProxy(path);
    setTabOrder(path, choose); // it was made after all the others
    return row;
}

QString StandInForm::slate() const
{
    return m_slate->text().trimmed();
}

bool StandInForm::hasSlateClock() const
{
    return m_clock->isChecked();
}

QString StandInForm::emergency() const
{
    return m_emergency->text().trimmed();
}

} // namespace continuo
