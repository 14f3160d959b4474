// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/models/tst_channelstate.h"
#include "tests/ui/models/tst_levelwording.h"
#include "tests/ui/models/tst_mediafiles.h"
#include "tests/ui/models/tst_messagemodel.h"
#include "tests/ui/models/tst_playlistmodel.h"
#include "tests/ui/models/tst_stationpresenter.h"
#include "tests/ui/models/tst_wording.h"

#include <QCoreApplication>
#include <QTest>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    int failed = 0;
    const auto run = [&](QObject &&test) { failed += QTest::qExec(&test, argc, argv); };
    run(ChannelStateTest());
    run(LevelWordingTest());
    run(MediaFilesTest());
    run(MessageModelTest());
    run(PlaylistModelTest());
    run(StationPresenterTest());
    run(WordingTest());
    return failed == 0 ? 0 : 1;
}
