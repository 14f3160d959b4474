// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestStatWorker final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();

    void answers_sayWhatTheFileIs_inOrder();
    void many_areAskedForAtOnce();
    void hangingLook_delaysOnlyWhatIsBehind();
    void hangingLook_isLeftBehind();
};

} // namespace continuo
