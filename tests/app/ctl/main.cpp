// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/ctl/subjects.h"

#include <QCoreApplication>
#include <QTest>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    int failed = 0;
    for (const auto make :
         {makeCommandsTest, makeRecordsTextTest, makeDoctorTest, makeStationTest, makeScriptTest}) {
        const std::unique_ptr<QObject> test = make();
        failed += QTest::qExec(test.get(), argc, argv);
    }
    return failed;
}
