// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_itemprober.h"

#include "core/channel/itemfacts.h"
#include "tests/support/cputime.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kProbeWaitMs = 60000; // players of the sanitizers on a busy machine
constexpr std::chrono::milliseconds kProbePatience{kProbeWaitMs};

bool makeTone(const QString &path, int seconds)
{
    return QProcess::execute(u"ffmpeg"_s,
                             {u"-v"_s, u"error"_s, u"-nostdin"_s, u"-y"_s, u"-f"_s, u"lavfi"_s,
                              u"-i"_s, u"sine=r=48000:d=%1"_s.arg(seconds), path})
        == 0;
}

bool writeText(const QString &path, const QByteArray &text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

QString lastOf(const QSignalSpy &spy)
{
    return spy.isEmpty() ? QString() : spy.last().first().toString();
}

} // namespace

void TestItemProber::initTestCase()
{
    QVERIFY2(QFile::exists(QCoreApplication::applicationDirPath() + u"/continuo-player"_s),
             "the player has to stand beside this program");
}

void TestItemProber::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestItemProber::file_isProbedAgain_onlyWhenItChanged()
{
    const QString same = m_folder.filePath(u"same.wav"_s);
    const QString other = m_folder.filePath(u"other.wav"_s);
    QVERIFY(makeTone(same, 1) && makeTone(other, 1));
    ItemProber prober{HouseFormat()};
    prober.setPatience(kProbePatience);
    const QSignalSpy spy(&prober, &ItemProber::probed);
    prober.probe(same);
    prober.probe(same); // under way
    prober.probe(other);
    QTRY_COMPARE_WITH_TIMEOUT(spy.size(), 2, kProbeWaitMs);
    QCOMPARE(prober.facts(same)->durationUs, 1'000'000);

    QVERIFY(makeTone(other, 2));
    prober.probe(same); // were it probed again, that would be before the other
    prober.probe(other);
    QTRY_COMPARE_WITH_TIMEOUT(spy.size(), 3, kProbeWaitMs);
    QCOMPARE(lastOf(spy), other);
    QCOMPARE(prober.facts(other)->durationUs, 2'000'000);
    QCOMPARE(prober.facts(same)->durationUs, 1'000'000);
}

void TestItemProber::broken_isProbedAgain_onlyWhenItChanged()
{
    const QString same = m_folder.filePath(u"same.mp4"_s);
    const QString other = m_folder.filePath(u"other.mp4"_s);
    QVERIFY(writeText(same, "no media") && writeText(other, "no media"));
    ItemProber prober{HouseFormat()};
    prober.setPatience(kProbePatience);
    const QSignalSpy spy(&prober, &ItemProber::probed);
    prober.probe(same);
    prober.probe(other);
    QTRY_COMPARE_WITH_TIMEOUT(spy.size(), 2, kProbeWaitMs);
    const auto facts = prober.facts(same);
    QVERIFY(facts->failure && facts->failure->code != ErrorCode::NotFound);

    QVERIFY(makeTone(m_folder.filePath(u"good.wav"_s), 1));
    QVERIFY(QFile::remove(other) && QFile::rename(m_folder.filePath(u"good.wav"_s), other));
    prober.probe(same);
    prober.probe(other);
    QTRY_COMPARE_WITH_TIMEOUT(spy.size(), 3, kProbeWaitMs);
    QCOMPARE(lastOf(spy), other);
    QVERIFY(!prober.facts(other)->failure);
}

void TestItemProber::missing_isNotFound_untilItIsThere()
{
    const QString gone = m_folder.filePath(u"gone.wav"_s);
    const QString path = m_folder.filePath(u"coming.wav"_s);
    ItemProber prober{HouseFormat()};
    prober.setPatience(kProbePatience);
    const QSignalSpy spy(&prober, &ItemProber::probed);
    prober.probe(gone);
    prober.probe(path);
    QTRY_COMPARE_WITH_TIMEOUT(spy.size(), 2, kProbeWaitMs);
    QVERIFY(prober.facts(path)->failure);
    QCOMPARE(prober.facts(path)->failure->code, ErrorCode::NotFound);

    QVERIFY(makeTone(path, 1));
    prober.probe(gone); // as it was
    prober.probe(path);
    QTRY_COMPARE_WITH_TIMEOUT(spy.size(), 3, kProbeWaitMs);
    QCOMPARE(lastOf(spy), path);
    QVERIFY(!prober.facts(path)->failure);
    QCOMPARE(prober.facts(path)->durationUs, 1'000'000);

    QVERIFY(QFile::remove(path));
    prober.probe(path);
    QTRY_COMPARE_WITH_TIMEOUT(spy.size(), 4, kProbeWaitMs);
    QVERIFY(prober.facts(path)->failure);
    QCOMPARE(prober.facts(path)->failure->code, ErrorCode::NotFound);
    QCOMPARE(prober.facts(path)->durationUs, -1);
}

// For a look it is not there; the player knows the reason, also as root, who may look everywhere.
void TestItemProber::unreachable_isNotCalledMissing_atTheNextLook()
{
    const QString path = m_folder.filePath(u"loop.wav"_s);
    QVERIFY(QFile::link(path, path));
    ItemProber prober{HouseFormat()};
    prober.setPatience(kProbePatience);
    const QSignalSpy spy(&prober, &ItemProber::probed);
    for (int looks = 1; looks <= 2; ++looks) {
        prober.probe(path);
        QTRY_COMPARE_WITH_TIMEOUT(spy.size(), looks, kProbeWaitMs);
        QVERIFY(prober.facts(path)->failure);
        QVERIFY2(prober.facts(path)->failure->code != ErrorCode::NotFound,
                 qPrintable(prober.facts(path)->failure->detail));
    }
}

// As one that is being copied; meanwhile it holds up nothing that is asked about others.
void TestItemProber::growing_isLeftAlone_untilItRests()
{
    const QString path = m_folder.filePath(u"growing.wav"_s);
    QVERIFY(makeTone(path, 1));
    ItemProber prober{HouseFormat()};
    prober.setPatience(kProbePatience);
    const QSignalSpy spy(&prober, &ItemProber::probed);
    prober.probe(path);
    QTRY_COMPARE_WITH_TIMEOUT(spy.size(), 1, kProbeWaitMs);
    QFile file(path);
    QVERIFY(file.open(QIODevice::Append));
    QElapsedTimer sinceWrite;
    sinceWrite.start();
    qint64 longestPause = 0;
    for (int i = 0; i < 30; ++i) {
        file.write(QByteArray(9600, '\0'));
        file.flush();
        longestPause = std::max(longestPause, sinceWrite.restart());
        prober.probe(path);
        QTRY_VERIFY_WITH_TIMEOUT(!prober.isLooking(), kProbeWaitMs);
        QTest::qWait(100);
    }
    file.close();
    longestPause = std::max(longestPause, sinceWrite.elapsed());
    if (longestPause > 1500)
        QSKIP("the machine stood still: nobody can say that the file was being written");
    QCOMPARE(spy.size(), 1);
    QTRY_COMPARE_WITH_TIMEOUT(spy.size(), 2, kProbeWaitMs);
    QVERIFY(sinceWrite.elapsed() >= 1900); // its time is kept in milliseconds
}

void TestItemProber::many_areQueuedAtOnce()
{
    ItemProber prober{HouseFormat()};
    prober.setPatience(kProbePatience);
    const QSignalSpy spy(&prober, &ItemProber::probed);
    const long before = threadCpuMs();
    for (int i = 0; i < 20000; ++i)
        prober.probe(u"/nowhere/%1"_s.arg(i));
    for (int i = 0; i < 20000; ++i)
        prober.probe(u"/nowhere/%1"_s.arg(i)); // the next edit asks for all of them again
    const long took = threadCpuMs() - before;
    QVERIFY2(took < linearCpuMs(20000), qPrintable(QString::number(took)));
    QTRY_VERIFY_WITH_TIMEOUT(spy.size() >= 2, kProbeWaitMs);
    QCOMPARE(spy[0].first().toString(), u"/nowhere/0"_s);
    QCOMPARE(spy[1].first().toString(), u"/nowhere/1"_s);
}

void TestItemProber::rest_delaysWhatIsAskedFor()
{
    constexpr int kRestMs = 500; // several times what a look at no file takes
    ItemProber prober{HouseFormat()};
    prober.setPatience(kProbePatience);
    const QSignalSpy spy(&prober, &ItemProber::probed);
    prober.probe(u"/nowhere/1"_s); // asked for before, as at the start of an engine
    QElapsedTimer timer;
    timer.start();
    prober.rest(std::chrono::milliseconds(kRestMs));
    prober.probe(u"/nowhere/2"_s);
    QTRY_COMPARE_WITH_TIMEOUT(spy.size(), 2, kProbeWaitMs);
    QVERIFY(timer.elapsed() >= kRestMs * 9 / 10); // Qt lets a timer be 5% early
}

} // namespace continuo
