// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QListView;

namespace continuo {

class MessageModel;
class Theme;

/// What happened, newest first: time, shape, plain words.
class MessagesPanel final : public QWidget {
    Q_OBJECT
public:
    MessagesPanel(const Theme &theme, MessageModel &messages, QWidget *parent = nullptr);

    /// The day is another: messages of yesterday say so.
    void showDay();

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    QListView *m_list;
};

} // namespace continuo
