// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/panels/tst_mainwindow.h"
#include "tests/ui/panels/tst_pipelinepanel.h"

#include <QApplication>
#include <QTest>

int main(int argc, char **argv)
{
    qputenv("QT_MEDIA_BACKEND", "ffmpeg");
    const QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    MainWindowTest window;
    PipelinePanelTest pipeline;
    return QTest::qExec(&window, argc, argv) + QTest::qExec(&pipeline, argc, argv);
}
