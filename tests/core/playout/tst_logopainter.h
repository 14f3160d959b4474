// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestLogoPainter final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void withoutALogo_picturesStayWhatTheyAre();
    void change_takesEffect_atTheFrameThatIsSaid();
    void changeDuringAFade_waitsForItsEnd();
    void pictureShownAgain_isNotDrawnTwice();
    void pictureShownAgain_hasTheLookOfItsFrame();
    void slate_isNotTouched_andDrawnOnceALook();
    void droppedFrame_isForgotten();
    void category_fadesItOutAndIn();
    void nextEngine_drawsTheSame();
};

} // namespace continuo
