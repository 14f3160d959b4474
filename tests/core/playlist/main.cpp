// SPDX-License-Identifier: GPL-3.0-or-later
#include "subjects.h"

#include <QCoreApplication>
#include <QTest>

namespace {

template <typename... Subjects> int runAll(int argc, char **argv)
{
    int failed = 0;
    const auto run = [&](auto subject) { failed += QTest::qExec(subject.get(), argc, argv); };
    (run(std::make_unique<Subjects>()), ...);
    return failed == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    using namespace continuo;
    return runAll<TestPlaylist, TestPlaylistCursor, TestItemPoints, TestItemSound, TestM3u,
                  TestPlaylistMerge, TestPlaylistJournal, TestPlaylistFileWatcher,
                  TestPlaylistStore>(argc, argv);
}
