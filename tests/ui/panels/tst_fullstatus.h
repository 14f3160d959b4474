// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTranslator>

/// What a whole status of the engine looks like in the window, label by label.
class FullStatusTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void card_showsAll();
    void road_showsAll();
    void topBar_showsWhatIsLeft();
    void meters_showTheSoundOnAir();
    void cleanupTestCase();

private:
    QTranslator m_words; // the plural forms, as the console has them
};
