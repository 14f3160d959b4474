// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/console/tst_console.h"
#include "tests/support/desktop/desktop.h"

#include <QCoreApplication>
#include <QGuiApplication>
#include <QTest>

#include <csignal>
#include <cstdio>
#include <exception>

int main(int argc, char **argv)
{
    std::signal(SIGPIPE, SIG_IGN); // asked for by makeClip()
    const QString missing = Desktop::missing();
    Desktop desktop;
    if (missing.isEmpty() && !desktop.begin()) {
        std::fprintf(stderr, "%s\n", qPrintable(desktop.error()));
        return 1;
    }
    if (!missing.isEmpty())
        qputenv("QT_QPA_PLATFORM", "offscreen");
    const QGuiApplication application(argc, argv);
    // What TestStation throws comes through here: caught, so that screen and station are ended.
    try {
        ConsoleTest test(desktop, missing);
        return QTest::qExec(&test, argc, argv);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
