// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTemporaryDir>

namespace continuo {

class TestLogoPicture final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void picture_hasItsColoursAndAlpha_data();
    void picture_hasItsColoursAndAlpha();
    void hiddenColours_doNotBleed();
    void colourOfAnEdge_isThatOfItsSeenPixels();
    void width_isKeptInProportion();
    void nothingToSee_isNoError();

private:
    QTemporaryDir m_folder;
};

} // namespace continuo
