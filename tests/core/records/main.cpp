// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/records/subjects.h"

#include <QCoreApplication>
#include <QTest>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    int failed = 0;
    for (const auto &make : {makeAlarmBookTest, makeRecordsTest, makeTroubleTest, makeKilledTest})
        failed += QTest::qExec(make().get(), argc, argv);
    return failed == 0 ? 0 : 1;
}
