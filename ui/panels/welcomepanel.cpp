// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/welcomepanel.h"

#include "ui/widgets/commandbutton.h"
#include "ui/widgets/theme.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>

#include <array>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

struct Format {
    int width;
    int height;
    QLatin1StringView fps;
};

// The first is the engine's own default.
constexpr std::array kFormats{
    Format{1280, 720, QLatin1StringView("30")},
    Format{1280, 720, QLatin1StringView("25")},
    Format{1280, 720, QLatin1StringView("50")},
    Format{1920, 1080, QLatin1StringView("25")},
    Format{1920, 1080, QLatin1StringView("30")},
    Format{1920, 1080, QLatin1StringView("30000/1001")},
    Format{854, 480, QLatin1StringView("25")},
};

QString formatWords(const Format &format)
{
    const QString fps = format.fps == "30000/1001"_L1 ? u"29.97"_s : QString(format.fps);
    return u"%1x%2 · %3 fps"_s.arg(format.width).arg(format.height).arg(fps);
}

QLabel *makeLabel(const QString &text, const QFont &font, const QColor &color, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    QPalette palette = label->palette();
    palette.setColor(QPalette::WindowText, color);
    label->setPalette(palette);
    label->setFont(font);
    return label;
}

} // namespace

WelcomePanel::WelcomePanel(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_name(new QLineEdit(tr("Channel 1"), this))
    , m_format(new QComboBox(this))
    , m_create(new CommandButton(theme, CommandButton::Look::Accent, this))
    , m_problem(makeLabel({}, theme.text(), theme.palette().fault, this))
{
    const Palette &palette = theme.palette();
    QFont titleFont = theme.strong();
    titleFont.setPixelSize(theme.px(20));
    auto *title = makeLabel(tr("Make your first channel"), titleFont, palette.text, this);
    auto *words = makeLabel(tr("A channel is one stream that never stops. Make it, drop videos "
                               "into its list, and start it."),
                            theme.text(), palette.dim, this);
    words->setWordWrap(true);
    auto *note = makeLabel(tr("It goes out as HLS into its own folder, with an address on this "
                              "machine that any player opens. Every item is brought to "
                              "−23 LUFS; the channel's settings have other loudnesses."),
                           theme.small(), palette.dim, this);
    note->setWordWrap(true);
    auto *nameLabel = makeLabel(tr("Name"), theme.text(), palette.dim, this);
    nameLabel->setBuddy(m_name);
    auto *formatLabel = makeLabel(tr("Format"), theme.text(), palette.dim, this);
    formatLabel->setBuddy(m_format);
    for (const Format &format : kFormats)
        m_format->addItem(formatWords(format));
    m_problem->setObjectName(u"problem"_s);
    m_problem->setTextFormat(Qt::PlainText); // a name may look like HTML
    m_problem->setWordWrap(true);
    m_problem->hide();
    m_name->setMaxLength(60);
    m_create->setCommand(tr("Create channel"), tr("Enter", "key"));

    auto *form = new QGridLayout;
    form->setHorizontalSpacing(theme.px(12));
    form->setVerticalSpacing(theme.px(12));
    form->setColumnStretch(1, 1);
    form->setColumnMinimumWidth(1, theme.px(320));
    form->addWidget(title, 0, 0, 1, 2);
    form->addWidget(words, 1, 0, 1, 2);
    form->setRowMinimumHeight(2, theme.px(4));
    form->addWidget(nameLabel, 3, 0);
    form->addWidget(m_name, 3, 1);
    form->addWidget(formatLabel, 4, 0);
    form->addWidget(m_format, 4, 1);
    form->addWidget(note, 5, 1);
    form->addWidget(m_create, 6, 1, Qt::AlignLeft);
    form->addWidget(m_problem, 7, 1);
    auto *box = new QGridLayout(this);
    box->setRowStretch(0, 2);
    box->setRowStretch(2, 3);
    box->setColumnStretch(0, 1);
    box->setColumnStretch(2, 1);
    box->addLayout(form, 1, 1);

    connect(m_name, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_create->setEnabled(!text.trimmed().isEmpty());
        showProblem({});
    });
    connect(m_name, &QLineEdit::returnPressed, this, &WelcomePanel::create);
    connect(m_create, &CommandButton::triggered, this, &WelcomePanel::create);
}

void WelcomePanel::focusName()
{
    m_name->setFocus();
    m_name->selectAll();
}

void WelcomePanel::showProblem(const QString &text)
{
    m_problem->setText(text);
    m_problem->setVisible(!text.isEmpty());
}

void WelcomePanel::create()
{
    const QString name = m_name->text().trimmed();
    if (name.isEmpty())
        return;
    showProblem({});
    const Format &format = kFormats[std::size_t(qMax(0, m_format->currentIndex()))];
    Q_EMIT createRequested({name, format.width, format.height, QString(format.fps)});
}

} // namespace continuo
