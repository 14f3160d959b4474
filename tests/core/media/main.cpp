// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_aperture.h"
#include "tst_clippictures.h"
#include "tst_clipreader.h"
#include "tst_conform.h"
#include "tst_damagedclips.h"
#include "tst_downmix.h"
#include "tst_fields.h"
#include "tst_levelcard.h"
#include "tst_logopicture.h"
#include "tst_nutwriter.h"
#include "tst_picturescaler.h"
#include "tst_timerepair.h"
#include "tst_tracks.h"

extern "C" {
#include <libavutil/log.h>
}

#include <QCoreApplication>
#include <QTest>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    av_log_set_level(AV_LOG_FATAL); // the broken clips are meant
    int failures = 0;
    continuo::TestNutWriter nutWriter;
    failures += QTest::qExec(&nutWriter, argc, argv);
    continuo::TestPictureScaler pictureScaler;
    failures += QTest::qExec(&pictureScaler, argc, argv);
    continuo::TestLogoPicture logoPicture;
    failures += QTest::qExec(&logoPicture, argc, argv);
    continuo::TestConform conform;
    failures += QTest::qExec(&conform, argc, argv);
    continuo::TestClipPictures clipPictures;
    failures += QTest::qExec(&clipPictures, argc, argv);
    continuo::TestAperture aperture;
    failures += QTest::qExec(&aperture, argc, argv);
    continuo::TestFields fields;
    failures += QTest::qExec(&fields, argc, argv);
    continuo::TestClipReader clipReader;
    failures += QTest::qExec(&clipReader, argc, argv);
    continuo::TestLevelCard levelCard;
    failures += QTest::qExec(&levelCard, argc, argv);
    continuo::TestDownmix downmix;
    failures += QTest::qExec(&downmix, argc, argv);
    continuo::TestTimeRepair timeRepair;
    failures += QTest::qExec(&timeRepair, argc, argv);
    continuo::TestTracks tracks;
    failures += QTest::qExec(&tracks, argc, argv);
    continuo::TestDamagedClips damagedClips;
    failures += QTest::qExec(&damagedClips, argc, argv);
    return failures == 0 ? 0 : 1;
}
