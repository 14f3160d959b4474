// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class PlaylistViewTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void files_landBetweenRows_data();
    void files_landBetweenRows();
    void files_landInAnEmptyList();
    void foreignRows_areNotTaken();
    void text_isNotTaken();
    void keys_askForEdits();
    void shiftAndCtrl_selectSeveral();
    void escape_endsTheSelection();
    void nextRow_isSelected_whenKeysDeleted();
    void nothing_isSelected_whenAnotherClientDeleted();
    void currentRow_staysInView_whenMoved();
    void row_isPaintedByItsState();
};
