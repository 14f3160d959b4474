// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/messagespanel.h"

#include "ui/models/messagemodel.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/statemark.h"
#include "ui/widgets/theme.h"

#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

class MessageRow final : public QStyledItemDelegate {
public:
    MessageRow(const Theme &theme, const MessageModel &messages, QObject *parent)
        : QStyledItemDelegate(parent)
        , m_theme(theme)
        , m_messages(messages)
    {
    }

    QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override
    {
        return {0, m_theme.px(20)};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override
    {
        const MessageEntry *entry = m_messages.entryAt(index.row());
        if (!entry)
            return;
        const Palette &palette = m_theme.palette();
        QRect rest = option.rect;
        const auto put = [&](const QFont &font, const QColor &color, const QString &text) {
            const QFontMetrics metrics(font);
            painter->setFont(font);
            painter->setPen(color);
            painter->drawText(rest, int(Qt::AlignLeft | Qt::AlignVCenter),
                              metrics.elidedText(text, Qt::ElideRight, rest.width()));
            rest.setLeft(std::min(rest.right(), rest.left() + metrics.horizontalAdvance(text)));
        };
        put(m_theme.digits(12), palette.faint,
            Wording::dayAndTime(entry->time.toMSecsSinceEpoch()));
        rest.setLeft(rest.left() + m_theme.px(8));
        if (entry->level != MessageLevel::Info) {
            const int size = m_theme.px(10);
            const QRect box(rest.left(), rest.center().y() - size / 2, size, size);
            paintHealth(*painter, m_theme, box,
                        entry->level == MessageLevel::Fault ? Health::Fault : Health::Waiting);
            rest.setLeft(rest.left() + size + m_theme.px(6));
        }
        QString headline = entry->words.headline;
        if (entry->repeats > 1)
            headline += u" ×%1"_s.arg(entry->repeats);
        put(m_theme.text(), palette.text, headline);
        rest.setLeft(rest.left() + m_theme.px(6));
        put(m_theme.text(), palette.dim, entry->words.detail);
    }

private:
    const Theme &m_theme;
    const MessageModel &m_messages;
};

} // namespace

MessagesPanel::MessagesPanel(const Theme &theme, MessageModel &messages, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_list(new QListView(this))
{
    setMinimumWidth(theme.px(240));
    auto *heading = new ElidedLabel(theme.heading(), theme.palette().dim, this);
    heading->setText(tr("Messages"));
    m_list->setModel(&messages);
    m_list->setItemDelegate(new MessageRow(theme, messages, m_list));
    m_list->setAccessibleName(tr("Messages"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setSelectionMode(QAbstractItemView::NoSelection);
    m_list->setFocusPolicy(Qt::TabFocus);
    m_list->setUniformItemSizes(true);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->viewport()->setAutoFillBackground(false);
    auto *box = new QVBoxLayout(this);
    box->setContentsMargins(theme.px(14), theme.px(8), theme.px(12), theme.px(4));
    box->setSpacing(theme.px(6));
    box->addWidget(heading);
    box->addWidget(m_list, 1);
}

void MessagesPanel::showDay()
{
    m_list->viewport()->update();
}

QSize MessagesPanel::sizeHint() const
{
    return {m_theme.px(520), m_theme.px(148)};
}

void MessagesPanel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.palette().panel);
}

} // namespace continuo
