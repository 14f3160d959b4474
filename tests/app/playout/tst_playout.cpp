// SPDX-License-Identifier: GPL-3.0-or-later
// What follows what, with real players: items that hold nothing, files that hang, players that
// stand still.
#include "core/playout/playout.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

const HouseFormat kFormat{160, 90, {30, 1}};
constexpr std::int64_t kFrames = 60; // of clip a

PlayoutItem itemOf(const QString &id, const QString &path, std::int64_t from = 0)
{
    PlayoutItem item;
    item.id = id;
    item.path = path;
    item.title = id;
    item.from = from;
    return item;
}

} // namespace

class TestPlayout final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void placeBehindTheEnd_isPassedOver();
    void goneFile_whereAnotherEngineStood_isPassedOver();
    void hangingFile_isPassedOver();
    void skipToAHangingFile_isAnswered();
    void stoppedPlayer_isReplacedBeforeItsFramesEnd();

private:
    /// Goes on air with \p first, then the items of m_list after the one on air.
    void start(std::vector<PlayoutItem> first = {});
    bool isOnAir(const QString &id) const { return m_playout->status().itemId == id; }

    QTemporaryDir m_dir;
    QString m_a;
    QString m_b;
    QString m_hangs; // its players are stopped before they can do anything
    std::vector<PlayoutItem> m_list;
    std::unique_ptr<Playout> m_playout;
    QStringList m_started;
    QStringList m_replaced;
};

void TestPlayout::initTestCase()
{
    ::signal(SIGPIPE, SIG_IGN);
    m_a = m_dir.filePath(u"a.mp4"_s);
    m_b = m_dir.filePath(u"b.mp4"_s);
    m_hangs = m_dir.filePath(u"hangs.mp4"_s);
    for (const auto &[path, seconds] : {std::pair(m_a, u"2"_s), std::pair(m_b, u"20"_s)}) {
        QCOMPARE(QProcess::execute(u"ffmpeg"_s,
                                   {u"-v"_s, u"error"_s, u"-f"_s, u"lavfi"_s, u"-i"_s,
                                    u"testsrc2=s=160x90:r=30:d="_s + seconds, u"-c:v"_s,
                                    u"libx264"_s, u"-preset"_s, u"ultrafast"_s, path}),
                 0);
    }
    QVERIFY(QFile::copy(m_b, m_hangs));
}

void TestPlayout::init()
{
    QTest::failOnWarning(QRegularExpression(u"^(?!.*\"hangs)"_s)); // what hangs is told in words
    m_list.clear();
    m_started.clear();
    m_replaced.clear();
}

void TestPlayout::cleanup()
{
    m_playout.reset();
}

void TestPlayout::start(std::vector<PlayoutItem> first)
{
    PlayoutOptions options;
    options.clock.format = kFormat;
    options.channel = u"test"_s;
    options.logFile = m_dir.filePath(u"player.log"_s);
    options.first = std::move(first);
    Result<std::unique_ptr<Playout>> made = Playout::create(options);
    QVERIFY(made);
    m_playout = std::move(made).value();
    m_playout->setFollowers([this](const QString &after, int) {
        const QString before = after.isEmpty() ? m_playout->status().itemId : after;
        auto next = std::ranges::find(m_list, before, &PlayoutItem::id);
        next = next == m_list.end() ? m_list.begin() : next + 1;
        return std::vector<PlayoutItem>(next, m_list.end());
    });
    connect(m_playout.get(), &Playout::itemStarted, this,
            [this](const QString &id) { m_started.append(id); });
    connect(m_playout.get(), &Playout::playerReplaced, this,
            [this](const QString &id) { m_replaced.append(id); });
    // What a channel's encoder would do.
    auto *drain = new QTimer(m_playout.get());
    connect(drain, &QTimer::timeout, m_playout.get(),
            [this] { m_playout->retained()->acknowledge(m_playout->retained()->nextNumber()); });
    drain->start(20);
    // A file whose first read never comes back.
    auto *hang = new QTimer(m_playout.get());
    connect(hang, &QTimer::timeout, m_playout.get(), [this] {
        for (const auto &[id, pid] : m_playout->status().players) {
            if (id.startsWith(u"hangs"))
                ::kill(pid, SIGSTOP);
        }
    });
    hang->start(0);
    m_playout->start();
}

// As when an engine dies after the last frame of an item and before the first of the next.
void TestPlayout::placeBehindTheEnd_isPassedOver()
{
    m_list = {itemOf(u"a"_s, m_a), itemOf(u"b"_s, m_b)};
    start({itemOf(u"a"_s, m_a, kFrames)});
    QTRY_VERIFY_WITH_TIMEOUT(isOnAir(u"b"_s), 5000);
    QVERIFY(!m_started.contains(u"a"_s));
}

void TestPlayout::goneFile_whereAnotherEngineStood_isPassedOver()
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"item \"a\" stopped after 10 frames"_s));
    m_list = {itemOf(u"a"_s, u"/nonexistent/a.mp4"_s), itemOf(u"b"_s, m_b)};
    start({itemOf(u"a"_s, u"/nonexistent/a.mp4"_s, 10)});
    QTRY_VERIFY_WITH_TIMEOUT(isOnAir(u"b"_s), 5000);
    // Not tried again and again.
    QTest::qWait(500);
    QCOMPARE(m_started.last(), u"b"_s);
}

void TestPlayout::hangingFile_isPassedOver()
{
    // Two of them: what is passed over must not be tried again before what is behind it.
    m_list = {itemOf(u"hangs"_s, m_hangs), itemOf(u"hangs, too"_s, m_hangs), itemOf(u"b"_s, m_b)};
    start();
    QTRY_VERIFY_WITH_TIMEOUT(isOnAir(u"b"_s), 20000);
    QCOMPARE(m_started.last(), u"b"_s);
    QVERIFY(!m_started.contains(u"hangs"_s) && !m_started.contains(u"hangs, too"_s));
}

void TestPlayout::skipToAHangingFile_isAnswered()
{
    m_list = {itemOf(u"b"_s, m_b), itemOf(u"hangs"_s, m_hangs), itemOf(u"a"_s, m_a)};
    start();
    QTRY_VERIFY_WITH_TIMEOUT(isOnAir(u"b"_s), 5000);
    QString answered;
    m_playout->skip([&](const Result<CutOutcome> &outcome) {
        answered = outcome ? outcome->itemId : outcome.error().detail;
    });
    QTRY_COMPARE_WITH_TIMEOUT(answered, u"a"_s, 20000);
}

// Noticed while frames are in hand, so that none has to be held.
void TestPlayout::stoppedPlayer_isReplacedBeforeItsFramesEnd()
{
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"the player of item \"b\" stands still"_s));
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"item \"b\" goes on in another player"_s));
    m_list = {itemOf(u"b"_s, m_b)};
    start();
    QTRY_VERIFY_WITH_TIMEOUT(m_playout->status().air.frame > 480 + 90, 8000);
    const pid_t player = m_playout->status().players.front().second;
    QCOMPARE(m_playout->status().players.front().first, u"b"_s);
    ::kill(player, SIGSTOP);
    QTRY_COMPARE_WITH_TIMEOUT(m_replaced, QStringList{u"b"_s}, 3000);
    const std::int64_t frame = m_playout->status().air.frame;
    QTRY_VERIFY_WITH_TIMEOUT(m_playout->status().air.frame > frame + 90, 8000);
    QCOMPARE(m_playout->status().air.counts.held, 0);
    QVERIFY(isOnAir(u"b"_s));
}

QTEST_GUILESS_MAIN(TestPlayout)
#include "tst_playout.moc"
