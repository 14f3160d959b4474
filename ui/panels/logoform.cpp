// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/logoform.h"

#include "ui/panels/filechoice.h"
#include "ui/widgets/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include <initializer_list>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kMostFade = 250; // frames, as the engine takes them

} // namespace

LogoForm::LogoForm(const Theme &theme, const LogoState &logo, QSize picture, QWidget *parent)
    : QGroupBox(tr("Show a lo&go"), parent)
    , m_theme(theme)
    , m_path(new QLineEdit(logo.path, this))
    , m_corner(new QComboBox(this))
    , m_x(new QSpinBox(this))
    , m_y(new QSpinBox(this))
    , m_width(new QDoubleSpinBox(this))
    , m_opacity(new QSpinBox(this))
    , m_fade(new QSpinBox(this))
    , m_offFor(new QLineEdit(logo.offFor.join(u", "_s), this))
    , m_onSlate(new QCheckBox(tr("Also on the &slate"), this))
    , m_ownWidth(logo.widthPercent)
{
    setObjectName(u"logo"_s);
    setCheckable(true);
    setChecked(logo.isOn);
    m_path->setObjectName(u"path"_s);
    m_path->setPlaceholderText(tr("PNG or another picture, with alpha or without"));
    m_offFor->setObjectName(u"offFor"_s);
    m_offFor->setPlaceholderText(tr("categories, with commas between"));
    m_onSlate->setObjectName(u"onSlate"_s);
    m_corner->setObjectName(u"corner"_s);
    m_corner->addItem(tr("Top left"), u"top-left"_s);
    m_corner->addItem(tr("Top right"), u"top-right"_s);
    m_corner->addItem(tr("Bottom left"), u"bottom-left"_s);
    m_corner->addItem(tr("Bottom right"), u"bottom-right"_s);
    m_corner->addItem(tr("Elsewhere"), QString());
    m_corner->setCurrentIndex(m_corner->findData(logo.corner));
    m_width->setRange(0, 100);
    m_width->setSpecialValueText(tr("as many pixels as the file has"));
    m_width->setSuffix(tr(" % of the picture"));
    m_width->setDecimals(1);
    m_width->setValue(m_ownWidth);
    m_shownWidth = m_width->value();
    m_opacity->setRange(0, 100);
    m_opacity->setSuffix(tr(" %"));
    m_opacity->setValue(logo.opacity);
    m_fade->setRange(0, kMostFade);
    m_fade->setSuffix(tr(" frames"));
    m_fade->setSpecialValueText(tr("at once"));
    m_fade->setValue(logo.fade);
    m_onSlate->setChecked(logo.isOnSlate);
    m_x->setValue(logo.x);
    m_y->setValue(logo.y);

    for (QAbstractSpinBox *field :
         std::initializer_list<QAbstractSpinBox *>{m_x, m_y, m_width, m_opacity, m_fade})
        field->setButtonSymbols(QAbstractSpinBox::NoButtons); // arrow keys and wheel do it
    auto *form = new QFormLayout(this);
    form->setContentsMargins(theme.px(12), theme.px(12), theme.px(12), theme.px(12));
    form->setHorizontalSpacing(theme.px(12));
    form->setVerticalSpacing(theme.px(8));
    form->addRow(tr("&File"), makeFileRow(logo.failure));
    form->addRow(tr("&Place"), makePlaceRow(picture));
    form->addRow(tr("&Width"), m_width);
    form->addRow(tr("Opaci&ty"), m_opacity);
    form->addRow(tr("Fa&de"), m_fade);
    form->addRow(tr("Not fo&r"), m_offFor);
    form->addRow(QString(), m_onSlate);
    m_x->setValue(logo.x); // only now their ranges are known
    m_y->setValue(logo.y);
    connect(m_corner, &QComboBox::currentIndexChanged, this, &LogoForm::showPlace);
    connect(this, &QGroupBox::toggled, this, [this](bool isOn) {
        if (isOn && m_path->text().isEmpty())
            m_path->setFocus();
    });
    showPlace();
}

QWidget *LogoForm::makeFileRow(const QString &failure)
{
    auto *row = new QWidget(this);
    auto *choose = new QPushButton(tr("C&hoose…"), row);
    choose->setAutoDefault(false); // Enter is for the dialog's OK
    connect(choose, &QPushButton::clicked, this, [this, failure] {
        chooseFile(m_path, tr("Choose a logo"),
                   tr("Pictures (*.png *.webp *.svg *.tif *.tiff *.tga *.exr *.jpg "
                      "*.jpeg *.gif *.bmp);;All files (*)"),
                   failure);
    });
    auto *box = new QHBoxLayout(row);
    box->setContentsMargins(0, 0, 0, 0);
    box->setSpacing(m_theme.px(8));
    box->addWidget(m_path, 1);
    box->addWidget(choose);
    row->setFocusProxy(m_path);
    setTabOrder(m_path, choose); // it was made after all the others
    return row;
}

QWidget *LogoForm::makePlaceRow(QSize picture)
{
    m_x->setObjectName(u"x"_s);
    m_y->setObjectName(u"y"_s);
    m_x->setRange(0, qMax(0, picture.width() - 1));
    m_y->setRange(0, qMax(0, picture.height() - 1));
    m_x->setSuffix(tr(" px"));
    m_y->setSuffix(tr(" px"));
    auto *row = new QWidget(this);
    m_free = new QWidget(row);
    auto *free = new QHBoxLayout(m_free);
    free->setContentsMargins(0, 0, 0, 0);
    free->setSpacing(m_theme.px(8));
    const auto add = [&](const QString &name, QSpinBox *box) {
        auto *label = new QLabel(name, m_free);
        label->setBuddy(box);
        free->addWidget(label);
        free->addWidget(box);
    };
    add(tr("from left (&X)"), m_x);
    add(tr("from top (&Y)"), m_y);
    auto *box = new QHBoxLayout(row);
    box->setContentsMargins(0, 0, 0, 0);
    box->setSpacing(m_theme.px(12));
    box->addWidget(m_corner);
    box->addWidget(m_free);
    box->addStretch();
    row->setFocusProxy(m_corner);
    return row;
}

void LogoForm::showPlace()
{
    m_free->setVisible(m_corner->currentData().toString().isEmpty());
}

LogoState LogoForm::logo() const
{
    LogoState logo;
    logo.isOn = isChecked();
    logo.path = m_path->text().trimmed();
    logo.corner = m_corner->currentData().toString();
    logo.x = m_x->value();
    logo.y = m_y->value();
    logo.widthPercent = m_width->value() == m_shownWidth ? m_ownWidth : m_width->value();
    logo.opacity = m_opacity->value();
    logo.fade = m_fade->value();
    const QStringList categories = m_offFor->text().split(u',', Qt::SkipEmptyParts);
    for (const QString &category : categories) {
        if (const QString name = category.trimmed(); !name.isEmpty())
            logo.offFor << name;
    }
    logo.isOnSlate = m_onSlate->isChecked();
    return logo;
}

} // namespace continuo
