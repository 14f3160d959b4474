// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestConform final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void orientation_isReadFromTheMatrix_data();
    void orientation_isReadFromTheMatrix();
    void orientation_isReadFromExif();
    void graph_isWhatTheRulesSay_data();
    void graph_isWhatTheRulesSay();
    void text_isWrappedAtSpaces_data();
    void text_isWrappedAtSpaces();
    void card_isDrawnForAnySize_data();
    void card_isDrawnForAnySize();
    void effort_growsWithTheLoad();
};

} // namespace continuo
