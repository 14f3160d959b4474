// SPDX-License-Identifier: GPL-3.0-or-later
// What follows what, with real players: items that hold nothing, files that hang, players that
// stand still.
#include "core/playout/playout.h"

#include <QElapsedTimer>
#include <QFile>
#include <QHash>
#include <QLoggingCategory>
#include <QProcess>
#include <QRegularExpression>
#include <QScopeGuard>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

const HouseFormat kFormat{160, 90, {30, 1}};
constexpr std::int64_t kFrames = 60; // of clip a
constexpr std::int64_t kLead = 60; // frames that a player may be ahead
constexpr std::int64_t kHeldBack = 8; // the same while another has more need of the machine

PlayoutItem itemOf(const QString &id, const QString &path, std::int64_t from = 0)
{
    PlayoutItem item;
    item.id = id;
    item.path = path;
    item.title = id;
    item.from = from;
    return item;
}

// Writes into the header of a slot that the store's player has handed over, if it is so far.
void damage(int store, std::int64_t sequence)
{
    FrameStoreHeader header{};
    std::uint32_t index = 0;
    const std::int64_t itemFrame = 1'000'000;
    if (::pread(store, &header, sizeof header, 0) != ssize_t(sizeof header)
        || header.written <= std::uint64_t(sequence))
        return;
    const std::int64_t place = sequence % (std::int64_t(header.slotCount) * kSequencesPerSlot);
    if (::pread(store, &index, sizeof index,
                off_t(header.slotTable) + off_t(place) * off_t(sizeof index))
        != ssize_t(sizeof index))
        return;
    QCOMPARE(::pwrite(store, &itemFrame, sizeof itemFrame,
                      off_t(header.firstSlot) + off_t(index) * off_t(header.slotStride)
                          + off_t(offsetof(SlotHeader, itemFrame))),
             ssize_t(sizeof itemFrame));
}

// The frame stores of all players. Here, since a player closes its own descriptor once it has
// mapped the store.
std::vector<int> frameStores()
{
    namespace fs = std::filesystem;
    std::vector<int> stores;
    for (const fs::directory_entry &entry : fs::directory_iterator("/proc/self/fd")) {
        std::error_code gone; // the directory's own
        if (fs::read_symlink(entry.path(), gone).string().starts_with("/memfd:continuo-frames"))
            stores.push_back(std::stoi(entry.path().filename().string()));
    }
    return stores;
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
    void fileKnownToFail_isNotReliedOn();
    void skipToAHangingFile_isAnswered();
    void stoppedPlayer_isReplacedBeforeItsFramesEnd();
    void killedPlayer_isFollowedByOneWithItsGain();
    void replacedFile_endsTheItem_whenItsPlayerDies();
    void replacedFile_isBegunAnew_beforeItsTurn();
    void grownFile_goesOn_whenItsPlayerDies();
    void stoppedSpare_isGivenNoItem();
    void cutUnderWay_hasTheMachineFirst();
    void itemOnAir_hasTheMachineFirst();
    void damagedSlot_costsItsPlayer_notTheItem();
    void takeOver_startsTheRest_onceTheItemHasAPicture();
    void takeOver_showsTheSlate_whereTheItemIsSlow();
    void takeOver_goesOnWithTheItem_behindAStandIn();
    void takeOver_insideTheSafeZone_settlesWhatFollows();
    void itemThatBeginsDuringAReplan_staysOnAir();
    void points_areCountedFromIn();
    void pointsThatLeaveNothing_areNamedAndPassedOver_data();
    void pointsThatLeaveNothing_areNamedAndPassedOver();
    void outMoved_isTheEndOnAir_data();
    void outMoved_isTheEndOnAir();
    void outMovedSooner_waitsForWhatFollows();

private:
    /// Goes on air with \p first, then the items of m_list after the one on air.
    void start(std::vector<PlayoutItem> first = {});
    bool isOnAir(const QString &id) const { return m_playout->status().itemId == id; }
    /// The player of an item, or the "spare"; 0: there is none.
    pid_t playerOf(const QString &id) const;
    /// Frames that the players of what follows have handed over.
    std::int64_t cuedFrames() const;
    /// The frame at which \p id went on air; -1: it did not.
    std::int64_t startOf(const QString &id) const { return m_startFrames.value(id, -1); }

    /// A clip of its own, as \p from is.
    QString copyOf(const QString &from, const QString &name) const;

    QTemporaryDir m_dir;
    QString m_a;
    QString m_b;
    QString m_large; // takes a while to decode
    QString m_hangs; // its players are stopped before they can do anything
    std::vector<PlayoutItem> m_list;
    PlayoutOptions m_options;
    std::function<void()> m_onFollowersAsked;
    std::unique_ptr<Playout> m_playout;
    QStringList m_started;
    QHash<QString, std::int64_t> m_startFrames;
    QStringList m_replaced;
    QStringList m_failed; // with the reason
};

void TestPlayout::initTestCase()
{
    ::signal(SIGPIPE, SIG_IGN);
    m_a = m_dir.filePath(u"a.mp4"_s);
    m_b = m_dir.filePath(u"b.mp4"_s);
    m_hangs = m_dir.filePath(u"hangs.mp4"_s);
    // The one that hangs is so large that its player is stopped long before it has a picture.
    for (const auto &[path, source] : {std::pair(m_a, u"s=160x90:r=30:d=2"_s),
                                       {m_b, u"s=160x90:r=30:d=20"_s},
                                       {m_hangs, u"s=3840x2160:r=30:d=0.5"_s}}) {
        QCOMPARE(QProcess::execute(u"ffmpeg"_s,
                                   {u"-v"_s, u"error"_s, u"-f"_s, u"lavfi"_s, u"-i"_s,
                                    u"testsrc2="_s + source, u"-c:v"_s, u"libx264"_s, u"-preset"_s,
                                    u"ultrafast"_s, path}),
                 0);
    }
    m_large = m_dir.filePath(u"large.mp4"_s);
    QCOMPARE(QProcess::execute(u"ffmpeg"_s,
                               {u"-v"_s, u"error"_s, u"-stream_loop"_s, u"9"_s, u"-i"_s, m_hangs,
                                u"-c"_s, u"copy"_s, m_large}),
             0);
}

void TestPlayout::init()
{
    QTest::failOnWarning(QRegularExpression(u"^(?!.*\"hangs)"_s)); // what hangs is told in words
    m_list.clear();
    m_options = {};
    m_onFollowersAsked = [] {};
    m_started.clear();
    m_startFrames.clear();
    m_replaced.clear();
    m_failed.clear();
}

void TestPlayout::cleanup()
{
    m_playout.reset();
}

void TestPlayout::start(std::vector<PlayoutItem> first)
{
    m_options.clock.format = kFormat;
    m_options.logFile = m_dir.filePath(u"player.log"_s);
    m_options.first = std::move(first);
    Result<std::unique_ptr<Playout>> made = Playout::create(m_options);
    QVERIFY(made);
    m_playout = std::move(made).value();
    m_playout->setFollowers([this](const QString &after, int) {
        m_onFollowersAsked();
        const QString before = after.isEmpty() ? m_playout->status().itemId : after;
        auto next = std::ranges::find(m_list, before, &PlayoutItem::id);
        next = next == m_list.end() ? m_list.begin() : next + 1;
        return std::vector<PlayoutItem>(next, m_list.end());
    });
    connect(m_playout.get(), &Playout::itemStarted, this, [this](const QString &id, qint64 frame) {
        m_started.append(id);
        m_startFrames.insert(id, frame);
    });
    connect(m_playout.get(), &Playout::itemFailed, this,
            [this](const QString &id, const Error &error, qint64 frames) {
                m_failed.append(u"%1 %2: %3"_s.arg(id).arg(frames).arg(error.detail));
            });
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
    hang->start(1);
    m_playout->start();
}

pid_t TestPlayout::playerOf(const QString &id) const
{
    for (const auto &[item, pid] : m_playout->status().players) {
        if (item == id)
            return pid;
    }
    return 0;
}

std::int64_t TestPlayout::cuedFrames() const
{
    const PlayoutStatus status = m_playout->status();
    return status.framesAhead - status.air.framesAhead;
}

// As when an engine dies after the last frame of an item and before the first of the next.
void TestPlayout::placeBehindTheEnd_isPassedOver()
{
    m_list = {itemOf(u"a"_s, m_a), itemOf(u"b"_s, m_b)};
    start({itemOf(u"a"_s, m_a, kFrames)});
    QTRY_VERIFY(isOnAir(u"b"_s));
    QVERIFY(!m_started.contains(u"a"_s));
}

void TestPlayout::goneFile_whereAnotherEngineStood_isPassedOver()
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"item \"a\" stopped after 10 frames"_s));
    m_list = {itemOf(u"a"_s, u"/nonexistent/a.mp4"_s), itemOf(u"b"_s, m_b)};
    start({itemOf(u"a"_s, u"/nonexistent/a.mp4"_s, 10)});
    QTRY_VERIFY(isOnAir(u"b"_s));
    // Not tried again and again.
    QTest::qWait(500);
    QCOMPARE(m_started.last(), u"b"_s);
}

void TestPlayout::hangingFile_isPassedOver()
{
    // Two of them: what is passed over must not be tried again before what is behind it.
    m_list = {itemOf(u"hangs"_s, m_hangs), itemOf(u"hangs, too"_s, m_hangs), itemOf(u"b"_s, m_b)};
    start();
    QTRY_COMPARE(m_playout->status().playerState, u"stuck"_s);
    QTRY_VERIFY(isOnAir(u"b"_s));
    QTRY_COMPARE(m_playout->status().playerState, u"running"_s);
    QVERIFY(m_playout->status().playerFrames > 0);
    QCOMPARE(m_started.last(), u"b"_s);
    QVERIFY(!m_started.contains(u"hangs"_s) && !m_started.contains(u"hangs, too"_s));
}

// What is behind it is started beside it, not when its player has failed.
void TestPlayout::fileKnownToFail_isNotReliedOn()
{
    PlayoutItem bad = itemOf(u"hangs"_s, m_hangs);
    bad.expectedFrames = 0;
    m_list = {itemOf(u"b"_s, m_b), bad, itemOf(u"next"_s, m_b)};
    start();
    QTRY_VERIFY(isOnAir(u"b"_s));
    QTRY_VERIFY(playerOf(u"next"_s) > 0);
    QVERIFY(playerOf(u"hangs"_s) > 0);
}

void TestPlayout::skipToAHangingFile_isAnswered()
{
    m_list = {itemOf(u"b"_s, m_b), itemOf(u"hangs"_s, m_hangs), itemOf(u"a"_s, m_a)};
    start();
    QTRY_VERIFY(isOnAir(u"b"_s));
    QString answered;
    m_playout->skip([&](const Result<CutOutcome> &outcome) {
        answered = outcome ? outcome->itemId : outcome.error().detail;
    });
    QTRY_COMPARE(answered, u"a"_s);
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
    QTRY_VERIFY(m_playout->status().air.frame > 480 + 90);
    const pid_t player = m_playout->status().players.front().second;
    QCOMPARE(m_playout->status().players.front().first, u"b"_s);
    ::kill(player, SIGSTOP);
    QTRY_COMPARE(m_replaced, QStringList{u"b"_s});
    const std::int64_t frame = m_playout->status().air.frame;
    QTRY_VERIFY(m_playout->status().air.frame > frame + 90);
    QCOMPARE(m_playout->status().air.counts.held, 0);
    QVERIFY(isOnAir(u"b"_s));
}

// The gain is on its way to where ten times the sound will be right; who listened anew would begin
// there at once.
void TestPlayout::killedPlayer_isFollowedByOneWithItsGain()
{
    const QString path = m_dir.filePath(u"rise.mkv"_s);
    QCOMPARE(QProcess::execute(u"ffmpeg"_s,
                               {u"-v"_s, u"error"_s, u"-f"_s, u"lavfi"_s, u"-i"_s,
                                u"testsrc2=s=160x90:r=30:d=20"_s, u"-f"_s, u"lavfi"_s, u"-i"_s,
                                u"aevalsrc='0.02*sin(2*PI*997*t)*if(lt(t,3),1,10)':s=48000:d=20"_s,
                                u"-c:v"_s, u"libx264"_s, u"-preset"_s, u"ultrafast"_s, u"-c:a"_s,
                                u"pcm_s16le"_s, path}),
             0);
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"item \"b\" goes on in another player"_s));
    PlayoutItem item = itemOf(u"b"_s, path);
    item.targetLufs = -23;
    m_list = {item};
    start();
    std::vector<std::pair<std::int64_t, int>> gains; // by frame
    const auto isPast = [this, &gains](std::int64_t frame) {
        const PlayoutStatus status = m_playout->status();
        if (status.gainCentiDb)
            gains.emplace_back(status.air.frame, *status.gainCentiDb);
        return status.air.frame > frame;
    };
    QTRY_VERIFY(isPast(480 + 90));
    QVERIFY(m_playout->status().isGainEstimated);
    ::kill(playerOf(u"b"_s), SIGKILL);
    QTRY_COMPARE(m_replaced, QStringList{u"b"_s});
    QTRY_VERIFY(isPast(480 + 300));
    QVERIFY(gains.front().second > gains.back().second + 200);
    for (std::size_t i = 1; i < gains.size(); ++i) {
        const std::int64_t frames = gains[i].first - gains[i - 1].first;
        QVERIFY2(std::abs(gains[i].second - gains[i - 1].second) <= 15 + 2 * frames,
                 qPrintable(u"at frame %1"_s.arg(gains[i].first)));
    }
}

QString TestPlayout::copyOf(const QString &from, const QString &name) const
{
    const QString path = m_dir.filePath(name);
    QFile::remove(path);
    return QFile::copy(from, path) ? path : QString();
}

// Who opened the new file would show it from the old one's frame on.
void TestPlayout::replacedFile_endsTheItem_whenItsPlayerDies()
{
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"item \"b\" goes on in another player"_s));
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"item \"b\" stopped after .* replaced"_s));
    const QString path = copyOf(m_b, u"replaced.mp4"_s);
    m_list = {itemOf(u"b"_s, path), itemOf(u"a"_s, m_a)};
    start();
    QTRY_VERIFY(m_playout->status().air.frame > 480 + 30);
    QCOMPARE(std::rename(QFile::encodeName(copyOf(m_b, u"new.mp4"_s)).constData(),
                         QFile::encodeName(path).constData()),
             0);
    ::kill(playerOf(u"b"_s), SIGKILL);
    QTRY_VERIFY(isOnAir(u"a"_s));
    const std::int64_t aired = startOf(u"a"_s) - 480;
    QVERIFY2(aired > 30 && aired < 300, qPrintable(QString::number(aired)));
    QCOMPARE(m_failed, QStringList{u"b %1: it was replaced while it was on air"_s.arg(aired)});
    QCOMPARE(m_playout->status().air.counts.held, 0);
}

// What has the name when its turn comes is shown, from its begin.
void TestPlayout::replacedFile_isBegunAnew_beforeItsTurn()
{
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"item \"next\" goes on in another player"_s));
    const QString path = copyOf(m_b, u"replaced.mp4"_s);
    m_list = {itemOf(u"b"_s, m_b), itemOf(u"next"_s, path)};
    start();
    QTRY_VERIFY(isOnAir(u"b"_s) && cuedFrames() >= kHeldBack);
    QCOMPARE(std::rename(QFile::encodeName(copyOf(m_a, u"new.mp4"_s)).constData(),
                         QFile::encodeName(path).constData()),
             0);
    pid_t refused = 0;
    connect(m_playout.get(), &Playout::playerReplaced, this,
            [this, &refused] { refused = playerOf(u"next"_s); });
    ::kill(playerOf(u"next"_s), SIGKILL);
    QTRY_COMPARE(m_replaced, QStringList{u"next"_s});
    bool isCut = false;
    const auto isAnother = [this, &refused] {
        const pid_t player = playerOf(u"next"_s);
        return player > 0 && player != refused && m_playout->status().isNextCued;
    };
    QTRY_VERIFY(isAnother());
    m_playout->take(itemOf(u"next"_s, path), [&](const Result<CutOutcome> &) { isCut = true; });
    QTRY_VERIFY(isCut && isOnAir(u"next"_s));
    QTRY_COMPARE(m_playout->status().itemFrames, kFrames);
    QCOMPARE(m_failed, QStringList());
}

void TestPlayout::grownFile_goesOn_whenItsPlayerDies()
{
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"item \"b\" goes on in another player"_s));
    const QString path = copyOf(m_b, u"grows.mp4"_s);
    m_list = {itemOf(u"b"_s, path), itemOf(u"a"_s, m_a)};
    start();
    QTRY_VERIFY(m_playout->status().air.frame > 480 + 30);
    QFile file(path);
    QVERIFY(file.open(QIODevice::Append) && file.write(QByteArray(1000, '\0')) == 1000);
    file.close();
    ::kill(playerOf(u"b"_s), SIGKILL);
    QTRY_VERIFY(m_playout->status().air.frame > 480 + 200);
    QVERIFY(isOnAir(u"b"_s));
    QCOMPARE(m_replaced, QStringList{u"b"_s});
    QCOMPARE(m_failed, QStringList());
}

void TestPlayout::stoppedSpare_isGivenNoItem()
{
    m_list = {itemOf(u"b"_s, m_b)};
    start();
    QTRY_VERIFY(isOnAir(u"b"_s) && playerOf(u"spare"_s) > 0);
    const pid_t spare = playerOf(u"spare"_s);
    const Result<ChildProcess> process = ChildProcess::adopt(spare);
    QVERIFY(process);
    QVERIFY(!process->isStopped());
    process->signal(SIGSTOP);
    QTRY_VERIFY(process->isStopped());
    QCOMPARE(playerOf(u"spare"_s), spare); // nothing has asked for it yet
    m_list.push_back(itemOf(u"a"_s, m_a));
    m_playout->listChanged(true);
    QVERIFY(playerOf(u"a"_s) > 0 && playerOf(u"a"_s) != spare);
    QTRY_VERIFY(m_playout->status().isNextCued);
    QTRY_VERIFY(process->hasEnded());
}

void TestPlayout::cutUnderWay_hasTheMachineFirst()
{
    m_list = {itemOf(u"b"_s, m_b)};
    start();
    QTRY_VERIFY(isOnAir(u"b"_s) && m_playout->status().air.framesAhead > kLead / 2);
    bool isAnswered = false;
    m_playout->take(itemOf(u"hangs"_s, m_hangs),
                    [&](const Result<CutOutcome> &) { isAnswered = true; });
    m_list.push_back(itemOf(u"next"_s, m_b));
    m_playout->listChanged(true);
    QTRY_COMPARE(cuedFrames(), kHeldBack);
    QTest::qWait(500);
    QVERIFY(!isAnswered);
    QCOMPARE(cuedFrames(), kHeldBack);
    QTRY_VERIFY_WITH_TIMEOUT(isAnswered, 15'000); // what hangs is passed over
    QTRY_COMPARE(cuedFrames(), kLead);
    QCOMPARE(m_playout->status().air.counts.held, 0);
}

// Behind a cut, when the item on air begins with a few frames in hand.
void TestPlayout::itemOnAir_hasTheMachineFirst()
{
    for (const auto *told :
         {"the player of item \"large\" stands still", "item \"large\" goes on in another player"})
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QString::fromLatin1(told)));
    m_list = {itemOf(u"b"_s, m_b)};
    start();
    QTRY_VERIFY(isOnAir(u"b"_s) && m_playout->status().air.framesAhead > kLead / 2);
    // It stays with the few frames until that is noticed.
    connect(m_playout.get(), &Playout::itemStarted, this, [this](const QString &id) {
        if (id == u"large")
            ::kill(playerOf(id), SIGSTOP);
    });
    m_list = {itemOf(u"large"_s, m_large), itemOf(u"next"_s, m_b)};
    m_playout->take(m_list.front(), [](const Result<CutOutcome> &) {});
    QTRY_VERIFY(isOnAir(u"large"_s));
    std::int64_t most = 0;
    while (m_replaced.isEmpty()) {
        if (m_playout->status().air.framesAhead < kLead / 2)
            most = std::max(most, cuedFrames());
        QTest::qWait(5);
    }
    QVERIFY2(most <= kHeldBack, qPrintable(QString::number(most)));
    QVERIFY(isOnAir(u"large"_s));
    // With enough in hand it lets the next one fill its store.
    m_playout->take(itemOf(u"b"_s, m_b), [](const Result<CutOutcome> &) {});
    QTRY_VERIFY(isOnAir(u"b"_s));
    m_list = {itemOf(u"b"_s, m_b), itemOf(u"next"_s, m_b)};
    m_playout->listChanged(true);
    QTRY_COMPARE(cuedFrames(), kLead);
}

void TestPlayout::damagedSlot_costsItsPlayer_notTheItem()
{
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"the player of item \"b\" handed over something"_s));
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"item \"b\" goes on in another player"_s));
    m_list = {itemOf(u"b"_s, m_b)};
    start();
    QTRY_VERIFY(isOnAir(u"b"_s));
    // Until the clock has met one: on a busy machine it may have passed it already.
    const auto damageAhead = [this] {
        const AirState air = m_playout->status().air;
        if (!m_replaced.isEmpty() || air.framesAhead <= 20)
            return;
        for (const int store : frameStores())
            damage(store, air.itemFrame + 15);
    };
    QTRY_COMPARE((damageAhead(), m_replaced), QStringList{u"b"_s});
    const std::int64_t frame = m_playout->status().air.itemFrame;
    QTRY_VERIFY(m_playout->status().air.itemFrame > frame + 10);
    QVERIFY(isOnAir(u"b"_s));
}

void TestPlayout::takeOver_startsTheRest_onceTheItemHasAPicture()
{
    m_options.clock.epoch = Epoch();
    m_options.clock.epoch->monotonic = FrameClock::now();
    m_list = {itemOf(u"hangs"_s, m_hangs), itemOf(u"b"_s, m_b)};
    QElapsedTimer timer;
    timer.start();
    start({itemOf(u"hangs"_s, m_hangs, 5)});
    QVERIFY(playerOf(u"hangs"_s) > 0);
    QTRY_VERIFY(playerOf(u"spare"_s) > 0);
    const bool hasPicture = m_playout->status().isNextCued || m_started.contains(u"hangs"_s);
    QVERIFY(hasPicture || timer.elapsed() >= 500); // but not for ever
}

// It is waited for once. To wait again would look as if the machine had stood still.
void TestPlayout::takeOver_showsTheSlate_whereTheItemIsSlow()
{
    m_options.clock.epoch = Epoch();
    m_options.clock.epoch->monotonic = FrameClock::now();
    start({itemOf(u"hangs"_s, m_hangs, 5)});
    QStringList epochs;
    const QObject here;
    connect(m_playout.get(), &Playout::epochBegan, &here,
            [&epochs](const Epoch &epoch) { epochs.append(epoch.reason); });
    QTRY_VERIFY(m_playout->status().air.isSlate);
    QTRY_VERIFY(!epochs.isEmpty()); // the one that it goes on in
    QVERIFY(!epochs.contains(u"pause"_s));
}

// Its rest is still to come, however long its player takes to begin there.
void TestPlayout::takeOver_goesOnWithTheItem_behindAStandIn()
{
    // How often its player is said to stand still depends on what the machine does beside it.
    QLoggingCategory::setFilterRules(u"playout.warning=false"_s);
    const auto putBack = qScopeGuard([] { QLoggingCategory::setFilterRules({}); });
    m_options.clock.epoch = Epoch();
    m_options.clock.epoch->monotonic = FrameClock::now();
    m_options.clock.isOnEmergency = true;
    m_list = {itemOf(u"b"_s, m_b)};
    start({itemOf(u"b"_s, m_b, 300)});
    const pid_t player = playerOf(u"b"_s);
    QVERIFY(player > 0);
    ::kill(player, SIGSTOP);
    m_playout->setEmergency({m_a, std::nullopt, 0});
    QTRY_VERIFY(m_playout->status().air.isEmergency);
    m_playout->setEmergency({});
    QTRY_COMPARE(m_started, QStringList{QString()}); // the slate in its place
    ::kill(player, SIGCONT);
    QTRY_VERIFY(isOnAir(u"b"_s));
    QVERIFY(m_playout->status().air.itemFrame >= 300);
}

void TestPlayout::takeOver_insideTheSafeZone_settlesWhatFollows()
{
    m_list = {itemOf(u"b"_s, m_b), itemOf(u"a"_s, m_a)};
    start({itemOf(u"b"_s, m_b, 480)}); // four seconds before its end
    QTRY_VERIFY(m_playout->status().isLocked);
    QCOMPARE(m_playout->settledNext().id, u"a"_s);
    m_list = {itemOf(u"b"_s, m_b), itemOf(u"c"_s, m_b)};
    m_playout->listChanged(true);
    QCOMPARE(m_playout->status().nextId, u"a"_s);
}

// What the clock goes on to while the main thread makes up its mind is on air, and not to be taken
// away again.
void TestPlayout::itemThatBeginsDuringAReplan_staysOnAir()
{
    m_options.safeZone = 0ms;
    m_list = {itemOf(u"a"_s, m_a), itemOf(u"b"_s, m_b)};
    bool hasBegun = false;
    m_onFollowersAsked = [&] {
        const PlayoutStatus status = m_playout->status();
        if (hasBegun || status.itemId != u"a"_s || status.nextId != u"b"_s || !status.isNextCued)
            return;
        const auto isAired = [this] {
            const ClipSourcePtr source = m_playout->status().air.source;
            return source && source->itemId() == u"b"_s;
        };
        while (!isAired())
            std::this_thread::sleep_for(1ms);
        hasBegun = true;
        m_list[1] = itemOf(u"c"_s, m_b);
    };
    start();
    QTRY_VERIFY((m_playout->listChanged(true), hasBegun));
    QTRY_VERIFY(m_started.contains(u"b"_s));
    QVERIFY(isOnAir(u"b"_s));
    QVERIFY(!m_playout->status().air.source->isClosed());
}

void TestPlayout::points_areCountedFromIn()
{
    PlayoutItem part = itemOf(u"part"_s, m_b, 300);
    part.in = 300;
    part.out = 390;
    m_list = {part, itemOf(u"a"_s, m_a)};
    start();
    QTRY_VERIFY(m_playout->status().air.itemFrame >= 340);
    const PlayoutStatus now = m_playout->status();
    QCOMPARE(now.itemFrames, 90);
    QCOMPARE(now.air.startFrame, 480);
    QVERIFY(now.playerFrames > 0 && now.playerFrames <= 90);
    QTRY_VERIFY(isOnAir(u"a"_s));
    QCOMPARE(startOf(u"a"_s), 480 + 90);
    QCOMPARE(m_playout->status().air.counts.held, 0);
}

void TestPlayout::pointsThatLeaveNothing_areNamedAndPassedOver_data()
{
    QTest::addColumn<int>("in");
    QTest::addColumn<int>("out");
    QTest::addColumn<QString>("words");
    QTest::newRow("in behind the end")
        << 60 << -1 << u"its in point, 00:00:02:00, lies behind its end; it is 00:00:02:00 long"_s;
    QTest::newRow("in far behind the end")
        << 6000 << 6010
        << u"its in point, 00:03:20:00, lies behind its end; it is 00:00:02:00 long"_s;
    QTest::newRow("out before in")
        << 30 << 20 << u"its out point, 00:00:00:20, is not behind its in point, 00:00:01:00"_s;
}

void TestPlayout::pointsThatLeaveNothing_areNamedAndPassedOver()
{
    QFETCH(int, in);
    QFETCH(int, out);
    QFETCH(QString, words);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"item \"nothing\" shows nothing"_s));
    PlayoutItem nothing = itemOf(u"nothing"_s, m_a, in);
    nothing.in = in;
    nothing.out = out;
    m_list = {itemOf(u"a"_s, m_a), nothing, itemOf(u"b"_s, m_b)};
    start();
    QTRY_VERIFY(isOnAir(u"b"_s));
    QCOMPARE(m_started, (QStringList{u"a"_s, u"b"_s}));
    QCOMPARE(m_failed, QStringList{u"nothing 0: "_s + words});
    QCOMPARE(startOf(u"b"_s), 480 + kFrames);
    QCOMPARE(m_playout->status().air.counts.held, 0);
}

void TestPlayout::outMoved_isTheEndOnAir_data()
{
    QTest::addColumn<int>("in");
    QTest::addColumn<int>("out"); // at first; -1: with its clip
    QTest::addColumn<int>("at"); // frame of the clip on air at the edit
    QTest::addColumn<QList<int>>("moved");
    QTest::addColumn<int>("end"); // -1: at the next frame
    QTest::newRow("sooner") << 300 << 400 << 330 << QList<int>{360} << 360;
    QTest::newRow("sooner, of a long one") << 300 << -1 << 330 << QList<int>{360} << 360;
    QTest::newRow("passed") << 300 << 400 << 330 << QList<int>{310} << -1;
    QTest::newRow("before in") << 300 << 400 << 330 << QList<int>{200} << -1;
    QTest::newRow("later, while its player decodes") << 300 << 420 << 310 << QList<int>{450} << 450;
    QTest::newRow("later, its player has stopped") << 300 << 370 << 330 << QList<int>{410} << 410;
    QTest::newRow("sooner, then later than its player")
        << 300 << 400 << 330 << QList<int>{360, 430} << 430;
    QTest::newRow("later, then as it was") << 300 << 370 << 330 << QList<int>{450, 370} << 370;
    QTest::newRow("twice later") << 300 << 370 << 330 << QList<int>{410, 440} << 440;
    QTest::newRow("taken away") << 490 << 560 << 520 << QList<int>{-1} << 600;
}

void TestPlayout::outMoved_isTheEndOnAir()
{
    QFETCH(int, in);
    QFETCH(int, out);
    QFETCH(int, at);
    QFETCH(QList<int>, moved);
    QFETCH(int, end);
    PlayoutItem part = itemOf(u"part"_s, m_b, in);
    part.in = in;
    part.out = out;
    m_list = {part, itemOf(u"a"_s, m_a)};
    start();
    QTRY_VERIFY(m_playout->status().air.itemFrame >= at && m_playout->status().isNextCued);
    const std::int64_t frame = m_playout->airFrame();
    for (const int place : std::as_const(moved))
        m_playout->setOut(u"part"_s, place);
    const std::int64_t after = m_playout->airFrame();
    QTRY_VERIFY_WITH_TIMEOUT(isOnAir(u"a"_s), 15'000);
    if (end >= 0) {
        QCOMPARE(startOf(u"a"_s), 480 + end - in);
    } else {
        QVERIFY(startOf(u"a"_s) > frame);
        QVERIFY(startOf(u"a"_s) <= after + 2);
    }
    QCOMPARE(m_playout->status().air.counts.held, 0);
    QCOMPARE(m_failed, QStringList());
}

void TestPlayout::outMovedSooner_waitsForWhatFollows()
{
    m_list = {itemOf(u"b"_s, m_b), itemOf(u"hangs"_s, m_hangs), itemOf(u"a"_s, m_a)};
    start();
    QTRY_VERIFY(m_playout->status().air.itemFrame >= 30);
    m_playout->setOut(u"b"_s, 40);
    QTRY_VERIFY(m_playout->status().air.itemFrame >= 60); // nothing can follow yet
    QVERIFY(isOnAir(u"b"_s));
    QTRY_VERIFY(isOnAir(u"a"_s));
    QCOMPARE(m_playout->status().air.counts.held, 0);
}

QTEST_GUILESS_MAIN(TestPlayout)
#include "tst_playout.moc"
