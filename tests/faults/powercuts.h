// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/disklog/disklog.h"

#include <QDir>
#include <QFileInfo>
#include <QTest>

namespace continuo {

/// Template of a test's folders: in memory where that can be, since thousands of small ones are
/// made.
inline QString powerCutTemplate()
{
    const QString memory = QStringLiteral("/dev/shm");
    return (QFileInfo(memory).isWritable() ? memory : QDir::tempPath())
        + QStringLiteral("/powercut-XXXXXX");
}

/// A row of test data for each thing that a disk may have kept of what was not synced.
inline void addWhatIsKept()
{
    QTest::addColumn<disklog::Kept>("kept");
    QTest::newRow("everything was written") << disklog::Kept::Everything;
    QTest::newRow("synced only") << disklog::Kept::SyncedOnly;
    QTest::newRow("names, synced bytes") << disklog::Kept::NamesAndSyncedBytes;
    QTest::newRow("bytes, synced names") << disklog::Kept::BytesAndSyncedNames;
    QTest::newRow("last write torn") << disklog::Kept::TornLastWrite;
}

} // namespace continuo
