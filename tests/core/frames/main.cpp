// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_framestore.h"
#include "tst_ledger.h"
#include "tst_logoplan.h"
#include "tst_packetjournal.h"
#include "tst_preview.h"

#include <QCoreApplication>
#include <QTest>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    int failures = 0;
    continuo::TestFrameStore frameStore;
    failures += QTest::qExec(&frameStore, argc, argv);
    continuo::TestLedger ledger;
    failures += QTest::qExec(&ledger, argc, argv);
    continuo::TestLogoPlan logoPlan;
    failures += QTest::qExec(&logoPlan, argc, argv);
    continuo::TestPacketJournal packetJournal;
    failures += QTest::qExec(&packetJournal, argc, argv);
    continuo::TestPreview preview;
    failures += QTest::qExec(&preview, argc, argv);
    return failures == 0 ? 0 : 1;
}
