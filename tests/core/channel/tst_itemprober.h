// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTemporaryDir>

namespace continuo {

class TestItemProber final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();

    void file_isProbedAgain_onlyWhenItChanged();
    void broken_isProbedAgain_onlyWhenItChanged();
    void missing_isNotFound_untilItIsThere();
    void unreachable_isNotCalledMissing_atTheNextLook();
    void growing_isLeftAlone_untilItRests();
    void many_areQueuedAtOnce();
    void rest_delaysWhatIsAskedFor();

private:
    QTemporaryDir m_folder;
};

} // namespace continuo
