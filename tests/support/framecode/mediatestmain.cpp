// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/mediareader.h"
#include "tests/support/framecode/subjects.h"

#include <QCoreApplication>
#include <QTest>

#include <csignal>

int main(int argc, char **argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    framecode::silenceLibraries();
    QCoreApplication application(argc, argv);
    int failed = 0;
    for (const auto make : {makePlantedFaultsTest, makeSegmentsTest, makeTraitsTest}) {
        const std::unique_ptr<QObject> test = make();
        failed += QTest::qExec(test.get(), argc, argv);
    }
    return failed;
}
