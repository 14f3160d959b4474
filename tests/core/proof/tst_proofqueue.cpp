// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/proofqueue.h"
#include "tests/core/proof/subjects.h"
#include "tests/support/cputime.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <sys/resource.h>

#include <algorithm>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

constexpr int kProofWaitMs = 60000; // provers of the sanitizers on a busy machine

// Of a film: it takes some seconds to be proven.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kFilmSeconds = 150;
#else
constexpr int kFilmSeconds = 600;
#endif

bool makeFreshTone(const QString &path, int seconds)
{
    return QProcess::execute(u"ffmpeg"_s,
                             {u"-v"_s, u"error"_s, u"-nostdin"_s, u"-y"_s, u"-f"_s, u"lavfi"_s,
                              u"-i"_s, u"sine=r=48000:d=%1"_s.arg(seconds), path})
        == 0;
}

// As of an hour ago, or what replaces a file that is known would have to rest first; another time
// for each length.
bool makeTone(const QString &path, int seconds)
{
    QFile file(path);
    return makeFreshTone(path, seconds) && file.open(QIODevice::ReadWrite | QIODevice::ExistingOnly)
        && file.setFileTime(QDateTime::currentDateTime().addSecs(-3600 - 10 * seconds),
                            QFileDevice::FileModificationTime);
}

bool writeText(const QString &path, const QByteArray &text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

/// A queue, and what it told.
struct Told {
    explicit Told(const QString &database = {})
        : queue(database)
    {
        queue.setPatience(std::chrono::milliseconds(kProofWaitMs));
    }
    /// Once nothing is under way any more.
    bool isDone() const { return queue.waiting() == 0; }
    QString verdict(const QString &path) const
    {
        return verdictName(queue.proof(path).value_or(Proof()).verdict());
    }
    QString code(const QString &path) const
    {
        return queue.proof(path).value_or(Proof()).summary().value("code"_L1).toString();
    }
    /// In which order files were told of first.
    QStringList order() const
    {
        QStringList paths;
        for (const auto &call : proved) {
            const QString path = call.first().toString();
            if (!paths.contains(path))
                paths.append(path);
        }
        return paths;
    }

    ProofQueue queue;
    QSignalSpy proved{&queue, &ProofQueue::proved};
    QSignalSpy messages{&queue, &ProofQueue::message};
};

class TestProofQueue final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(QFile::exists(QCoreApplication::applicationDirPath() + u"/continuo-player"_s),
                 "the player has to stand beside this program");
    }
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void file_isProvenAgain_onlyWhenItChanged()
    {
        const QString same = m_folder.filePath(u"same.wav"_s);
        const QString other = m_folder.filePath(u"other.wav"_s);
        QVERIFY(makeTone(same, 1) && makeTone(other, 1));
        Told told;
        told.queue.look(same);
        told.queue.look(same); // under way
        told.queue.look(other);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.order(), (QStringList{same, other}));
        QCOMPARE(told.verdict(same), u"ready"_s);
        QCOMPARE(told.queue.proof(same)->durationUs(), 1'000'000);

        QVERIFY(makeTone(other, 2));
        told.proved.clear();
        told.queue.look(same); // were it proven again, that would be before the other
        told.queue.look(other);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.order(), QStringList{other});
        QVERIFY(told.proved.first().at(1).toBool()); // another file
        QCOMPARE(told.queue.proof(other)->durationUs(), 2'000'000);
        told.proved.clear();
        told.queue.again(same);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.order(), QStringList{same});
    }

    // They are in memory for what is wanted soon, and else in the database.
    void waypoints_areHere_soonAfterTheyAreWanted()
    {
        const QString path = m_folder.filePath(u"song.mp3"_s);
        const QString database = m_folder.filePath(u"waypoints.sqlite"_s);
        QVERIFY(makeTone(path, 40));
        WaypointListPtr noted;
        {
            Told told(database);
            QVERIFY(!told.queue.waypoints(path));
            told.queue.look(path);
            QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
            noted = told.queue.waypoints(path);
            QVERIFY(noted && noted->points.size() >= 5);
        }
        Told told(database);
        told.queue.look(path);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QVERIFY(!told.queue.waypoints(path));
        told.queue.look(path, ProofQueue::Turn::Soon);
        QTRY_VERIFY_WITH_TIMEOUT(told.queue.waypoints(path), kProofWaitMs);
        QVERIFY(*told.queue.waypoints(path) == *noted);
    }

    void broken_willNotPlay_untilItIsReplaced()
    {
        const QString path = m_folder.filePath(u"broken.mp4"_s);
        QVERIFY(writeText(path, "no media"));
        Told told;
        told.queue.look(path);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.verdict(path), u"will-not-play"_s);
        QCOMPARE(told.code(path), u"corrupt"_s);
        told.proved.clear();
        told.queue.look(path);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.proved.size(), 0);
        QVERIFY(makeTone(m_folder.filePath(u"good.wav"_s), 1));
        QVERIFY(QFile::remove(path) && QFile::rename(m_folder.filePath(u"good.wav"_s), path));
        told.queue.look(path);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.verdict(path), u"ready"_s);
    }

    void missing_isNotFound_untilItIsThere()
    {
        const QString path = m_folder.filePath(u"coming.wav"_s);
        Told told;
        told.queue.look(path);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.code(path), u"not-found"_s);
        QCOMPARE(told.queue.proof(path)->durationUs(), -1);
        QVERIFY(makeFreshTone(path, 1));
        told.queue.look(path);
        QTRY_COMPARE_WITH_TIMEOUT(told.verdict(path), u"ready"_s, kProofWaitMs * 2); // rests first
        QVERIFY(QFile::remove(path));
        told.queue.look(path);
        QTRY_COMPARE_WITH_TIMEOUT(told.code(path), u"not-found"_s, kProofWaitMs);
    }

    void deletedWhileItIsProven_isNotFound()
    {
        const QString path = m_folder.filePath(u"deleted.wav"_s);
        QVERIFY(makeFreshTone(path, 1));
        Told told;
        bool isDeleted = false;
        connect(&told.queue, &ProofQueue::proved, &told.queue, [&] {
            if (isDeleted)
                return;
            isDeleted = QFile::remove(path); // and its prover has it open yet
            told.queue.look(path);
        });
        told.queue.look(path);
        QTRY_COMPARE_WITH_TIMEOUT(told.code(path), u"not-found"_s, kProofWaitMs);
        QVERIFY(isDeleted && told.isDone());
        QVERIFY(told.proved.size() > 1);
    }

    // Back again it looks as it did before: what was said of it while it was away must not last.
    void movedAwayAndBack_isProvenAgain()
    {
        const QString path = m_folder.filePath(u"moved.wav"_s);
        const QString away = m_folder.filePath(u"away.wav"_s);
        const QString database = m_folder.filePath(u"moved.sqlite"_s);
        QVERIFY(makeFreshTone(path, 1));
        Told told(database);
        told.queue.rest(2s); // it is looked at, and not yet opened
        told.queue.look(path);
        QTRY_VERIFY(!told.queue.isLooking());
        QVERIFY(QFile::rename(path, away));
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.code(path), u"not-found"_s);
        QVERIFY(QFile::rename(away, path));
        told.queue.look(path);
        QTRY_COMPARE_WITH_TIMEOUT(told.verdict(path), u"ready"_s, kProofWaitMs);
    }

    void unreachable_isNotCalledMissing()
    {
        const QString path = m_folder.filePath(u"loop.wav"_s);
        QVERIFY(QFile::link(path, path));
        Told told;
        told.queue.look(path);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QVERIFY(told.queue.proof(path)->fails());
        QVERIFY(told.code(path) != u"not-found"_s);
        QCOMPARE(told.verdict(path), u"pending"_s);
    }

    // A pipe would have whoever opens it wait for somebody who writes.
    void pipe_isRefused_withoutWaiting()
    {
        const QString path = m_folder.filePath(u"pipe.mp4"_s);
        QCOMPARE(QProcess::execute(u"mkfifo"_s, {path}), 0);
        Told told;
        told.queue.look(path);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.verdict(path), u"will-not-play"_s);
        QCOMPARE(told.code(path), u"invalid-argument"_s);
    }

    // As one that is being copied; meanwhile it holds up nothing that is asked about others.
    void growing_isLeftAlone_untilItRests()
    {
        const QString path = m_folder.filePath(u"growing.wav"_s);
        QVERIFY(makeFreshTone(path, 1));
        Told told;
        told.queue.look(path);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        told.proved.clear();
        QFile file(path);
        QVERIFY(file.open(QIODevice::Append));
        QElapsedTimer sinceWrite;
        sinceWrite.start();
        qint64 longestPause = 0;
        for (int i = 0; i < 30; ++i) {
            file.write(QByteArray(9600, '\0'));
            file.flush();
            longestPause = std::max(longestPause, sinceWrite.restart());
            told.queue.look(path);
            QTRY_VERIFY_WITH_TIMEOUT(!told.queue.isLooking(), kProofWaitMs);
            QTest::qWait(100);
        }
        file.close();
        longestPause = std::max(longestPause, sinceWrite.elapsed());
        if (longestPause > 1500)
            QSKIP("the machine stood still: nobody can say that the file was being written");
        QCOMPARE(told.proved.size(), 0);
        QTRY_VERIFY_WITH_TIMEOUT(told.proved.size() > 0, kProofWaitMs);
        QVERIFY(sinceWrite.elapsed() >= 1900);
    }

    void many_areQueuedAtOnce()
    {
        Told told;
        const long before = threadCpuMs();
        for (int i = 0; i < 20000; ++i)
            told.queue.look(u"/nowhere/%1"_s.arg(i));
        for (int i = 0; i < 20000; ++i)
            told.queue.look(u"/nowhere/%1"_s.arg(i)); // the next edit asks for all of them again
        const long took = threadCpuMs() - before;
        QVERIFY2(took < linearCpuMs(20000), qPrintable(QString::number(took)));
        QTRY_VERIFY_WITH_TIMEOUT(told.proved.size() >= 2, kProofWaitMs);
        QCOMPARE(told.proved[0].first().toString(), u"/nowhere/0"_s);
        QCOMPARE(told.proved[1].first().toString(), u"/nowhere/1"_s);
    }

    void soonest_isProvenFirst()
    {
        QStringList paths;
        for (int i = 0; i < 4; ++i) {
            paths.append(m_folder.filePath(u"order%1.wav"_s.arg(i)));
            QVERIFY(makeTone(paths.last(), 1));
        }
        Told told;
        told.queue.rest(1s); // so that all wait when the first is begun
        told.queue.look(paths[0], ProofQueue::Turn::Again);
        told.queue.look(paths[1], ProofQueue::Turn::New);
        told.queue.look(paths[2], ProofQueue::Turn::Soon);
        told.queue.look(paths[3], ProofQueue::Turn::Again);
        told.queue.look(paths[3], ProofQueue::Turn::Soon); // its turn has come nearer
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.order(), (QStringList{paths[2], paths[3], paths[1], paths[0]}));
    }

    // Hours of something else are not read to their end first.
    void soonest_interruptsAnother()
    {
        const QString film = longFile();
        const QString spot = m_folder.filePath(u"spot.wav"_s);
        QVERIFY(makeTone(spot, 1));
        Told told;
        told.queue.look(film);
        QTRY_COMPARE_WITH_TIMEOUT(told.proved.size(), 1, kProofWaitMs); // its first tier
        told.queue.look(spot, ProofQueue::Turn::Soon);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.order(), (QStringList{film, spot}));
        QCOMPARE(told.proved.last().first().toString(), film);
        QCOMPARE(told.verdict(film), u"ready"_s);
    }

    void prover_hasTheLowestPriority_andRests()
    {
        const QString film = longFile();
        Told told;
        told.queue.look(film);
        QTRY_COMPARE_WITH_TIMEOUT(told.proved.size(), 1, kProofWaitMs);
        const auto pid = pid_t(told.queue.proverPid());
        QCOMPARE(::getpriority(PRIO_PROCESS, id_t(pid)), 19);
        told.queue.rest(1s);
        QTRY_COMPARE(processState(pid), 'T');
        QElapsedTimer timer;
        timer.start();
        QTRY_VERIFY_WITH_TIMEOUT(processState(pid) != 'T', kProofWaitMs);
        QVERIFY(timer.elapsed() >= 800);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.verdict(film), u"ready"_s);
    }

    void silentFile_isNamed_andItsFolderWaits()
    {
        const QString film = longFile();
        const QString beside = m_folder.filePath(u"long/beside.wav"_s);
        const QString elsewhere = m_folder.filePath(u"elsewhere.wav"_s);
        QVERIFY(makeTone(beside, 1) && makeTone(elsewhere, 1));
        Told told;
        told.queue.setPatience(1s);
        told.queue.look(film);
        QTRY_VERIFY_WITH_TIMEOUT(told.queue.proverPid() > 0, kProofWaitMs);
        ::kill(pid_t(told.queue.proverPid()), SIGSTOP); // as a read that does not come back
        told.queue.look(beside);
        told.queue.look(elsewhere);
        QTRY_COMPARE_WITH_TIMEOUT(told.code(film), u"timeout"_s, kProofWaitMs);
        QCOMPARE(told.verdict(film), u"pending"_s);
        QVERIFY(told.queue.proof(film)->failure->detail.contains(u"does not answer"_s));
        QTRY_COMPARE_WITH_TIMEOUT(told.verdict(elsewhere), u"ready"_s, kProofWaitMs);
        QVERIFY(!told.queue.proof(beside)); // waits with its folder
        QVERIFY(told.queue.isUnderWay(beside));
        QCOMPARE(told.messages.first().at(1).toString(), u"files-do-not-answer"_s);
        QTRY_COMPARE(told.queue.abandoned(), 0); // a signal has ended it
        // After six times that all that wait are looked at again.
        QTRY_COMPARE_WITH_TIMEOUT(told.verdict(beside), u"ready"_s, kProofWaitMs);
        QCOMPARE(told.messages.last().at(1).toString(), u"files-do-not-answer-over"_s);
    }

    void crash_isTriedOnceMore_andThenNamed()
    {
        const QString film = longFile();
        Told told;
        told.queue.look(film);
        for (int i = 0; i < 2; ++i) {
            if (i == 0)
                QTest::ignoreMessage(
                    QtWarningMsg,
                    QRegularExpression(u"the prover of .* was killed by signal 11"_s));
            QTRY_VERIFY_WITH_TIMEOUT(told.queue.proverPid() > 0, kProofWaitMs);
            const qint64 pid = told.queue.proverPid();
            ::kill(pid_t(pid), SIGSEGV);
            QTRY_VERIFY_WITH_TIMEOUT(told.queue.proverPid() != pid, kProofWaitMs);
        }
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.verdict(film), u"will-not-play"_s);
        QCOMPARE(told.code(film), u"crashes"_s);
        QVERIFY(told.queue.proof(film)->failure->detail.contains(u"signal 11"_s));
        told.queue.withdraw(film); // it was aired to its end
        QCOMPARE(told.verdict(film), u"warning"_s);
        QCOMPARE(told.code(film), u"contradicted"_s);
    }

    // They may not be kept, by a full disk or among too many: only they are made again then.
    void thumbnails_areMadeAgain_withoutAnotherProof()
    {
        const QString path = m_folder.filePath(u"pictured.mkv"_s);
        QCOMPARE(QProcess::execute(u"ffmpeg"_s,
                                   {u"-v"_s, u"error"_s, u"-nostdin"_s, u"-y"_s, u"-f"_s,
                                    u"lavfi"_s, u"-i"_s, u"testsrc2=s=320x240:r=30:d=3"_s, path}),
                 0);
        Told told;
        QSignalSpy pictured(&told.queue, &ProofQueue::pictured);
        told.queue.picture(path); // nothing is known of it
        QVERIFY(told.isDone());
        told.queue.look(path);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(pictured.size(), 3);
        const QString tag = told.queue.thumbnailTagOf(path);
        QVERIFY(!tag.isEmpty());
        QCOMPARE(told.queue.summary(path).value("thumbnail"_L1).toString(), tag);
        for (const auto &call : pictured)
            QCOMPARE(call.first().toString(), tag);
        told.proved.clear();
        told.queue.picture(path);
        told.queue.picture(path); // under way
        QVERIFY(!told.isDone());
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(pictured.size(), 6);
        QCOMPARE(told.proved.size(), 0);
        QCOMPARE(told.verdict(path), u"ready"_s);
        const QString tone = m_folder.filePath(u"unseen.wav"_s);
        QVERIFY(makeTone(tone, 1));
        told.queue.look(tone);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QVERIFY(told.queue.thumbnailTagOf(tone).isEmpty());
        QVERIFY(!told.queue.summary(tone).contains("thumbnail"_L1));
    }

    void proofs_areKept_forTheNextEngine()
    {
        const QString database = m_folder.filePath(u"proofs.sqlite"_s);
        const QString path = m_folder.filePath(u"kept.wav"_s);
        QVERIFY(makeTone(path, 1));
        Proof first;
        {
            Told told(database);
            told.queue.look(path);
            QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
            first = *told.queue.proof(path);
        }
        Told told(database);
        told.queue.rest(std::chrono::hours(1)); // a prover would have to wait
        told.queue.look(path);
        QTRY_VERIFY_WITH_TIMEOUT(told.isDone(), kProofWaitMs);
        QCOMPARE(told.queue.proof(path)->toJson(), first.toJson());
        QCOMPARE(told.verdict(path), u"ready"_s);
    }

private:
    static char processState(pid_t pid)
    {
        QFile file(u"/proc/%1/stat"_s.arg(pid));
        const QByteArray text = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        const qsizetype name = text.lastIndexOf(')');
        return name < 0 ? '-' : text.at(name + 2);
    }
    // In a folder of its own.
    QString longFile() const
    {
        const QString path = m_folder.filePath(u"long/film.wav"_s);
        if (!QFile::exists(path)
            && (!QDir(m_folder.path()).mkpath(u"long"_s) || !makeTone(path, kFilmSeconds)))
            qFatal("no film can be made");
        return path;
    }

    QTemporaryDir m_folder;
};

} // namespace

std::unique_ptr<QObject> makeProofQueueTest()
{
    return std::make_unique<TestProofQueue>();
}

#include "tst_proofqueue.moc"
