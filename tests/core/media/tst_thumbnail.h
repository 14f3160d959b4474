// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestThumbnail final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void jpeg_hasTheColoursOfThePicture_data();
    void jpeg_hasTheColoursOfThePicture();
    void jpeg_refusesWhatIsNoPicture();
    void picture_isWithoutItsBars();
};

} // namespace continuo
