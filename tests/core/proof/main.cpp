// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/proof/subjects.h"
#include "tests/core/proof/tst_statworker.h"

#include <QCoreApplication>
#include <QTest>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    int failures = 0;
    continuo::TestStatWorker statWorker;
    failures += QTest::qExec(&statWorker, argc, argv);
    for (const auto &make : {makeProofTest, makeProofStoreTest, makeFileLookerTest,
                             makeThumbnailStoreTest, makeProofQueueTest})
        failures += QTest::qExec(make().get(), argc, argv);
    return failures == 0 ? 0 : 1;
}
