// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/publish/subjects.h"

#include <QCoreApplication>
#include <QTest>

#include <csignal>
#include <memory>

int main(int argc, char *argv[])
{
    using namespace continuo::test;
    ::signal(SIGPIPE, SIG_IGN);
    const QCoreApplication app(argc, argv);
    int failed = 0;
    for (QObject *(*make)() :
         {&makeTimelineTest, &makeReleaseRuleTest, &makeQueueTest, &makeHlsPlaylistTest,
          &makeHlsSinkTest, &makeHlsServerTest, &makeFilesTest, &makeOutboxTest,
          &makeSessionReaderTest, &makeStreamJournalTest, &makePublisherTest}) {
        const std::unique_ptr<QObject> subject(make());
        failed += QTest::qExec(subject.get(), argc, argv);
    }
    return failed;
}
