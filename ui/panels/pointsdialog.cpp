// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/pointsdialog.h"

#include "ui/widgets/theme.h"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QLabel *makeWords(const QString &text, const QFont &font, const QColor &color, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    QPalette palette = label->palette();
    palette.setColor(QPalette::WindowText, color);
    label->setPalette(palette);
    label->setFont(font);
    label->setTextFormat(Qt::PlainText); // a title may look like HTML
    label->setWordWrap(true);
    return label;
}

} // namespace

PointsDialog::PointsDialog(const Theme &theme, const QString &title, const QString &in,
                           const QString &out, QWidget *parent)
    : QDialog(parent)
    , m_in(new QLineEdit(in, this))
    , m_out(new QLineEdit(out, this))
    , m_problem(makeWords({}, theme.text(), theme.palette().fault, this))
{
    setWindowTitle(tr("In and out points"));
    setMinimumWidth(theme.px(380));
    for (QLineEdit *edit : {m_in, m_out})
        edit->setFont(theme.digits());
    m_in->setObjectName(u"in"_s);
    m_out->setObjectName(u"out"_s);
    m_in->setPlaceholderText(tr("begin of the clip"));
    m_out->setPlaceholderText(tr("end of the clip"));
    m_problem->setObjectName(u"problem"_s);
    m_problem->hide();
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    auto *form = new QFormLayout(this);
    form->setSpacing(theme.px(12));
    form->addRow(makeWords(title, theme.strong(), theme.palette().text, this));
    form->addRow(tr("In"), m_in);
    form->addRow(tr("Out"), m_out);
    form->addRow(
        makeWords(tr("HH:MM:SS:FF or seconds, from the clip's first picture on. Empty: "
                     "the clip's begin or end. The picture at the out point is not shown."),
                  theme.small(), theme.palette().dim, this));
    form->addRow(m_problem);
    form->addRow(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this,
            [this] { Q_EMIT chosen(m_in->text().trimmed(), m_out->text().trimmed()); });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    m_in->selectAll();
    m_in->setFocus();
}

void PointsDialog::showProblem(const QString &words)
{
    m_problem->setText(words);
    m_problem->show();
}

} // namespace continuo
