// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class PlaylistModelTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void snapshot_givesItsOrder_data();
    void snapshot_givesItsOrder();
    void snapshot_isOneMove_whenOneRowMoved();
    void snapshot_isOneInsert_whenABlockCame();
    void snapshot_changesNothing_whenEqual();
    void snapshot_keepsSelection_whenRowsMove();
    void snapshots_areFollowed_whenRandom();
    void snapshot_resets_whenIdsAreTwice();
    void row_showsStateFactsAndTimes();
    void row_showsEnglishOnlyAsToolTip();
    void row_saysCued_whenNextIsCued();
    void row_saysSlate_whenThatStandsIn();
    void row_saysWhatWasFound_data();
    void row_saysWhatWasFound();
    void mimeData_isInOrderOfTheList();
};
