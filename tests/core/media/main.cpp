// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_nutwriter.h"
#include "tst_picturescaler.h"

#include <QCoreApplication>
#include <QTest>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    int failures = 0;
    continuo::TestNutWriter nutWriter;
    failures += QTest::qExec(&nutWriter, argc, argv);
    continuo::TestPictureScaler pictureScaler;
    failures += QTest::qExec(&pictureScaler, argc, argv);
    return failures == 0 ? 0 : 1;
}
