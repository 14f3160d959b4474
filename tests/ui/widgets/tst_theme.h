// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class ThemeTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void sizes_growWithTheSystemFont_data();
    void sizes_growWithTheSystemFont();
    void text_isReadable_data();
    void text_isReadable();
    void styleSheet_isFilledWhole();
};
