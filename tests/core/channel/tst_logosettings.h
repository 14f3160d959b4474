// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestLogoSettings final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void request_changesWhatItNames();
    void request_isRefusedInWords();
    void settings_outlastARestart();
    void channel_drawsWhatIsSet_andRefusesInWords();
};

} // namespace continuo
