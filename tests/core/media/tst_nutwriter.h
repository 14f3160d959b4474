// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestNutWriter final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void stream_isReadBackExactlyByFfmpeg_data();
    void stream_isReadBackExactlyByFfmpeg();
    void sound_mayStartBeforeThePicture();
    void freshHeader_resynchronisesAfterATornFrame();
    void memoryAndWrites_stayFlat();
    void error_ofTheSinkIsHandedOn();
    void write_beforeTheHeaderIsRefused();
};

} // namespace continuo
