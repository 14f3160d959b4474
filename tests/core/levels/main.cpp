// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_limiter.h"
#include "tst_loudness.h"

#include <QCoreApplication>
#include <QTest>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    int failures = 0;
    continuo::TestLoudness loudness;
    failures += QTest::qExec(&loudness, argc, argv);
    continuo::TestLimiter limiter;
    failures += QTest::qExec(&limiter, argc, argv);
    return failures == 0 ? 0 : 1;
}
