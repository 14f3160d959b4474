// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class MessagesPanelTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void level_hasWordAndShape_data();
    void level_hasWordAndShape();
    void rows_standNewestFirst();
    void row_changes_whenItsMessageComesAgain();
    void event_isSaidInWords();
};
