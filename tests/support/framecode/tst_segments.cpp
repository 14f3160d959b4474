// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/check.h"
#include "tests/support/framecode/clipmaker.h"
#include "tests/support/framecode/programme.h"
#include "tests/support/framecode/subjects.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QSaveFile>
#include <QScopeGuard>
#include <QTemporaryDir>
#include <QTest>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace framecode;

namespace {

/// Six segments of half a second, put into playlists that move.
class TestSegments final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        ClipRecipe recipe;
        recipe.output = m_folder.filePath(u"a.mp4"_s);
        recipe.frames = 90;
        recipe.width = 320;
        recipe.height = 180;
        const Outcome<Clip> clip = makeClip(recipe);
        QVERIFY2(clip, qPrintable(clip ? QString() : clip.error()));
        m_expectation.items.push_back(
            {std::make_shared<const Clip>(clip.value()), 0, std::nullopt, false});
        QVERIFY(QDir(m_folder.path()).mkdir(u"hls"_s));
        const Outcome<QByteArray> made = runProgram(
            u"ffmpeg"_s,
            {u"-nostdin"_s, u"-v"_s, u"error"_s, u"-i"_s, clip.value().file, u"-c:v"_s,
             u"libx264"_s, u"-g"_s, u"15"_s, u"-c:a"_s, u"aac"_s, u"-f"_s, u"hls"_s, u"-hls_time"_s,
             u"0.5"_s, u"-hls_list_size"_s, u"0"_s, m_folder.filePath(u"hls/s.m3u8"_s)});
        QVERIFY2(made, qPrintable(made ? QString() : made.error()));
        QVERIFY(QFile::exists(m_folder.filePath(u"hls/s5.ts"_s)));
    }
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void folder_isReadToItsEnd()
    {
        const Report report = judge(m_folder.filePath(u"hls"_s), 0ms);
        QVERIFY2(report.passed(), qPrintable(report.toText()));
        QCOMPARE(report.hls->segments, 6);
        QVERIFY(report.hls->ended);
    }

    void listWithoutEnd_isReadOnce()
    {
        writeList(0, 5, false);
        m_expectation.end = End::Anywhere;
        const Report report = judge(list(), 0ms);
        m_expectation.end = End::Complete;
        QVERIFY2(report.passed(), qPrintable(report.toText()));
        QCOMPARE(report.hls->segments, 5);
        QCOMPARE(report.seen, 75);
    }

    void slidingList_isFollowedToItsEnd()
    {
        QFile::remove(list());
        const int opened = ::inotify_init1(IN_CLOEXEC);
        const auto closing = qScopeGuard([opened] { ::close(opened); });
        const QByteArray folder = QFile::encodeName(m_folder.filePath(u"hls"_s));
        QVERIFY(::inotify_add_watch(opened, folder.constData(), IN_OPEN) >= 0);
        // Three segments are on show at a time, as a live list does; the judge is there first. What
        // slides out has been read, however little of the machine the judge is given.
        std::jthread live([this, opened](const std::stop_token &stop) {
            int taken = 0;
            for (int last = 1; last <= 6 && !stop.stop_requested(); ++last) {
                std::this_thread::sleep_for(120ms);
                while (taken < last - 3 && !stop.stop_requested())
                    taken = std::max(taken, lastOpened(opened) + 1);
                writeList(std::max(0, last - 3), last, last == 6);
            }
        });
        const Report report = judge(list(), std::chrono::milliseconds(continuo::kTestPatienceMs));
        QVERIFY2(report.passed(), qPrintable(report.toText()));
        QCOMPARE(report.hls->segments, 6);
        QCOMPARE(report.seen, 90);
    }

    void missedSegment_isFound()
    {
        writeList(0, 6, true, 3);
        const Report report = judge(list(), 0ms);
        QVERIFY(!report.passed());
        QCOMPARE(report.hls->missedSegments, 1);
        QCOMPARE(report.lost, 15);
    }

    void discontinuity_isCounted()
    {
        writeList(0, 6, true, -1, 4);
        const Report report = judge(list(), 0ms);
        QVERIFY2(report.passed(), qPrintable(report.toText()));
        QCOMPARE(report.hls->discontinuities, 1);
    }

    void listThatNeverComes_cannotBeRead()
    {
        QFile::remove(list());
        QVERIFY(!check(list(), m_expectation));
        QVERIFY(!check(m_folder.filePath(u"nowhere/x.m3u8"_s), m_expectation));
    }

private:
    QString list() const { return m_folder.filePath(u"hls/live.m3u8"_s); }

    // The highest segment that somebody opened in this moment; -1: none.
    static int lastOpened(int inotify)
    {
        pollfd entry{inotify, POLLIN, 0};
        alignas(inotify_event) std::array<char, 4096> buffer;
        if (::poll(&entry, 1, 50) <= 0)
            return -1;
        const ssize_t got = ::read(inotify, buffer.data(), buffer.size());
        int last = -1;
        for (const char *at = buffer.data(); at < buffer.data() + got;) {
            inotify_event event;
            std::memcpy(&event, at, sizeof event);
            const QByteArray name(event.len > 0 ? at + sizeof event : ""); // ends with a zero
            if (name.startsWith('s') && name.endsWith(".ts"))
                last = std::max(last, name.mid(1).chopped(3).toInt());
            at += sizeof event + event.len;
        }
        return last;
    }

    void writeList(int from, int until, bool ended, int missing = -1, int discontinuity = -1) const
    {
        QSaveFile file(list());
        if (!file.open(QIODevice::WriteOnly))
            return;
        file.write("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:"
                   + QByteArray::number(from) + '\n');
        for (int at = from; at < until; ++at) {
            if (at == discontinuity)
                file.write("#EXT-X-DISCONTINUITY\n");
            const QByteArray name = at == missing ? "gone" : "s" + QByteArray::number(at);
            file.write("#EXTINF:0.5,\n" + name + ".ts\n");
        }
        if (ended)
            file.write("#EXT-X-ENDLIST\n");
        file.commit();
    }

    Report judge(const QString &input, std::chrono::milliseconds follow) const
    {
        CheckOptions options;
        options.follow = follow;
        const Outcome<Report> report = check(input, m_expectation, options);
        if (report)
            return report.value();
        Report failed;
        failed.hls = HlsFacts{};
        failed.addFault({u"test"_s, -1, 0, report.error()});
        return failed;
    }

    QTemporaryDir m_folder;
    Expectation m_expectation;
};

} // namespace

std::unique_ptr<QObject> makeSegmentsTest()
{
    return std::make_unique<TestSegments>();
}

#include "tst_segments.moc"
