// SPDX-License-Identifier: GPL-3.0-or-later
// Players of files on a share that does not answer.
#include "core/playout/playout.h"
#include "tests/support/stallfs/stallfs.h"

#include <QDir>
#include <QElapsedTimer>
#include <QHash>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <sched.h>
#include <sys/mount.h>

#include <algorithm>
#include <csignal>
#include <memory>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

const HouseFormat kFormat{160, 90, {30, 1}};
constexpr std::int64_t kShort = 60; // frames of the local clip "a"

PlayoutItem itemOf(const QString &id, const QString &path)
{
    PlayoutItem item;
    item.id = id;
    item.path = path;
    item.title = id;
    return item;
}

} // namespace

class TestStalls final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void readThatHangs_isNoticed_andItemGoesOn();
    void readThatHangsForEver_endsTheItem();
    void stoppedPlayer_isBeatenByAnother();
    void itemBehindOneThatHangs_isThereAtTheJoin();

private:
    void start();
    bool isOnAir(const QString &id) const { return m_playout->status().itemId == id; }
    std::int64_t startOf(const QString &id) const { return m_startFrames.value(id, -1); }

    QTemporaryDir m_dir;
    QString m_a;
    QString m_b;
    QString m_shared; // twenty seconds, on the share
    std::unique_ptr<StallFs> m_share;
    std::vector<PlayoutItem> m_list;
    PlayoutOptions m_options;
    std::unique_ptr<Playout> m_playout;
    QHash<QString, std::int64_t> m_startFrames;
    QStringList m_replaced;
    QStringList m_failed;
};

void TestStalls::initTestCase()
{
    ::signal(SIGPIPE, SIG_IGN);
    if (const QString reason = StallFs::unavailable(); !reason.isEmpty())
        QSKIP(qPrintable(reason));
    if (::unshare(CLONE_NEWNS) < 0
        || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0)
        QSKIP("no mounts of its own");
    const QString folder = m_dir.filePath(u"share"_s);
    QVERIFY(QDir().mkpath(folder));
    m_a = m_dir.filePath(u"a.mp4"_s);
    m_b = m_dir.filePath(u"b.mp4"_s);
    m_shared = folder + u"/shared.mp4"_s;
    for (const auto &[path, seconds] :
         {std::pair(m_a, u"2"_s), std::pair(m_b, u"20"_s), std::pair(m_shared, u"20"_s)}) {
        QCOMPARE(
            QProcess::execute(u"ffmpeg"_s,
                              {u"-v"_s, u"error"_s, u"-f"_s, u"lavfi"_s, u"-i"_s,
                               u"testsrc2=s=160x90:r=30:d="_s + seconds, u"-c:v"_s, u"libx264"_s,
                               u"-preset"_s, u"ultrafast"_s, u"-qp"_s, u"4"_s, path}),
            0);
    }
}

void TestStalls::init()
{
    QTest::failOnWarning(QRegularExpression(u"^(?!.*\"shared)"_s)); // what hangs is told in words
    m_list.clear();
    m_options = {};
    m_startFrames.clear();
    m_replaced.clear();
    m_failed.clear();
    m_share = std::make_unique<StallFs>(m_dir.filePath(u"share"_s));
}

void TestStalls::cleanup()
{
    if (m_share)
        m_share->goOn(); // else its players cannot end
    m_playout.reset();
    m_share.reset();
}

void TestStalls::start()
{
    m_options.clock.format = kFormat;
    m_options.logFile = m_dir.filePath(u"player.log"_s);
    Result<std::unique_ptr<Playout>> made = Playout::create(m_options);
    QVERIFY(made);
    m_playout = std::move(made).value();
    m_playout->setFollowers([this](const QString &after, int) {
        const QString before = after.isEmpty() ? m_playout->status().itemId : after;
        auto next = std::ranges::find(m_list, before, &PlayoutItem::id);
        next = next == m_list.end() ? m_list.begin() : next + 1;
        return std::vector<PlayoutItem>(next, m_list.end());
    });
    connect(m_playout.get(), &Playout::itemStarted, this,
            [this](const QString &id, qint64 frame) { m_startFrames.insert(id, frame); });
    connect(m_playout.get(), &Playout::itemFailed, this,
            [this](const QString &id, const Error &error, qint64 frames) {
                m_failed.append(u"%1 %2 %3"_s.arg(id).arg(frames).arg(errorCodeName(error.code)));
            });
    connect(m_playout.get(), &Playout::playerReplaced, this,
            [this](const QString &id) { m_replaced.append(id); });
    // What a channel's encoder would do.
    auto *drain = new QTimer(m_playout.get());
    connect(drain, &QTimer::timeout, m_playout.get(),
            [this] { m_playout->retained()->acknowledge(m_playout->retained()->nextNumber()); });
    drain->start(20);
    m_playout->start();
}

// The share is back before its frames run out.
void TestStalls::readThatHangs_isNoticed_andItemGoesOn()
{
    m_list = {itemOf(u"shared"_s, m_shared), itemOf(u"b"_s, m_b)};
    start();
    QTRY_VERIFY(isOnAir(u"shared"_s) && m_playout->status().air.framesAhead > 50);
    m_share->stall();
    QTRY_VERIFY(m_share->waiting() > 0);
    QElapsedTimer timer;
    timer.start();
    QTRY_COMPARE(m_playout->status().playerState, u"stuck"_s);
    const qint64 noticedMs = timer.elapsed();
    QCOMPARE(m_playout->status().playerReason, u"reading"_s);
    qInfo("noticed %lld ms after the read", noticedMs);
    QTRY_VERIFY(m_share->waiting() > 1); // another tries its luck beside it
    m_share->goOn();
    QTRY_COMPARE(m_playout->status().playerState, u"running"_s);
    const std::int64_t frame = m_playout->status().air.itemFrame;
    QTRY_VERIFY(m_playout->status().air.itemFrame > frame + 60);
    QVERIFY(isOnAir(u"shared"_s));
    QCOMPARE(m_failed, QStringList());
    QVERIFY2(noticedMs < 1000, qPrintable(QString::number(noticedMs))); // 500 where nobody presses
}

void TestStalls::readThatHangsForEver_endsTheItem()
{
    m_list = {itemOf(u"shared"_s, m_shared), itemOf(u"b"_s, m_b)};
    start();
    QTRY_VERIFY(isOnAir(u"shared"_s) && m_playout->status().air.framesAhead > 50);
    m_share->stall();
    QTRY_VERIFY(m_share->waiting() > 0);
    QElapsedTimer timer;
    timer.start();
    QTRY_VERIFY(isOnAir(u"b"_s));
    qInfo("the next item came %lld ms after the read", timer.elapsed());
    QCOMPARE(m_failed.size(), 1);
    QVERIFY2(m_failed.front().startsWith(u"shared "_s) && m_failed.front().endsWith(u"timeout"_s),
             qPrintable(m_failed.front()));
    QTRY_COMPARE(m_playout->status().playerState, u"running"_s);
    // Not even SIGKILL has ended them; nobody waits, and they go with the stall.
    QTRY_VERIFY(m_playout->status().abandoned >= 2);
    m_share->goOn();
    QTRY_COMPARE(m_playout->status().abandoned, 0);
}

void TestStalls::stoppedPlayer_isBeatenByAnother()
{
    m_list = {itemOf(u"shared"_s, m_shared)};
    start();
    QTRY_VERIFY(isOnAir(u"shared"_s) && m_playout->status().air.framesAhead > 50);
    const pid_t player = m_playout->status().players.front().second;
    ::kill(player, SIGSTOP);
    QTRY_COMPARE(m_replaced, QStringList{u"shared"_s});
    QTRY_VERIFY(m_playout->status().air.framesAhead > 50);
    QCOMPARE(m_playout->status().air.counts.held, 0);
    QVERIFY(m_playout->status().players.front().second != player);
}

void TestStalls::itemBehindOneThatHangs_isThereAtTheJoin()
{
    m_list = {itemOf(u"a"_s, m_a), itemOf(u"shared"_s, m_shared), itemOf(u"b"_s, m_b)};
    m_share->stall();
    start();
    QTRY_VERIFY(isOnAir(u"b"_s));
    QCOMPARE(startOf(u"b"_s), 480 + kShort);
    QCOMPARE(m_playout->status().air.counts.held, 0);
    QCOMPARE(m_failed, QStringList{u"shared 0 timeout"_s});
}

QTEST_GUILESS_MAIN(TestStalls)
#include "tst_stalls.moc"
