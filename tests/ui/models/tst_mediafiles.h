// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class MediaFilesTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void naturallyLess_countsNumbers_data();
    void naturallyLess_countsNumbers();
    void folders_giveMediaInNaturalOrder();
    void folder_isNotWalkedTwice_whenLinkedInACircle();
    void finder_answersWithThePlace();
    void finder_mayGoWhileFoldersAreRead();
};
