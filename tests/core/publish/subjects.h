// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo::test {

// One object for each subject, made by its own file.
QObject *makeTimelineTest();
QObject *makeReleaseRuleTest();
QObject *makeQueueTest();
QObject *makeHlsPlaylistTest();
QObject *makeHlsSinkTest();
QObject *makeHlsServerTest();
QObject *makeFilesTest();
QObject *makeOutboxTest();
QObject *makeSessionReaderTest();
QObject *makeStreamJournalTest();
QObject *makePublisherTest();

} // namespace continuo::test
