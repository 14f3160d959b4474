// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/panels/tst_channelcard.h"
#include "tests/ui/panels/tst_channelsettings.h"
#include "tests/ui/panels/tst_fullstatus.h"
#include "tests/ui/panels/tst_mainwindow.h"
#include "tests/ui/panels/tst_messagespanel.h"
#include "tests/ui/panels/tst_pipelinepanel.h"
#include "tests/ui/panels/tst_thumbnails.h"

#include <QApplication>
#include <QTest>

int main(int argc, char **argv)
{
    qputenv("QT_MEDIA_BACKEND", "ffmpeg");
    const QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    MainWindowTest window;
    PipelinePanelTest pipeline;
    ChannelCardTest card;
    ChannelSettingsTest settings;
    FullStatusTest status;
    MessagesPanelTest messages;
    ThumbnailsTest thumbnails;
    return QTest::qExec(&window, argc, argv) + QTest::qExec(&pipeline, argc, argv)
        + QTest::qExec(&card, argc, argv) + QTest::qExec(&status, argc, argv)
        + QTest::qExec(&messages, argc, argv) + QTest::qExec(&settings, argc, argv)
        + QTest::qExec(&thumbnails, argc, argv);
}
