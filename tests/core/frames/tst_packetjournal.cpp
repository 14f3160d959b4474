// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_packetjournal.h"

#include "core/frames/packetjournal.h"
#include "tests/support/patience.h"

#include <QDeadlineTimer>
#include <QRandomGenerator>
#include <QRegularExpression>
#include <QTest>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <deque>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::size_t kRing = 64 * 1024;

struct Made {
    UniqueFd fd;
    std::unique_ptr<PacketJournal> journal;
};

Made make(std::size_t ringBytes = kRing)
{
    Made made;
    made.fd = PacketJournal::create(ringBytes).value();
    made.journal = PacketJournal::open(UniqueFd(::dup(made.fd.get()))).value();
    return made;
}

// The payload of packet number n: its length and every byte follow from n.
std::vector<std::byte> payloadOf(std::int64_t n)
{
    std::vector<std::byte> bytes(std::size_t(n * 37 % 1500));
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = std::byte((std::size_t(n) * 31 + i * 7) & 0xff);
    return bytes;
}

bool append(PacketJournal &journal, std::int64_t first, std::int64_t count,
            std::uint32_t parameters = 0)
{
    std::vector<std::vector<std::byte>> payloads;
    std::vector<PacketJournal::Packet> packets;
    for (std::int64_t n = first; n < first + count; ++n)
        payloads.push_back(payloadOf(n));
    for (std::int64_t n = first; n < first + count; ++n)
        packets.push_back(
            {n % 3 != 0, n % 5 == 0, parameters, n, n - 2, payloads[std::size_t(n - first)]});
    return bool(journal.append(packets, {first + count, (first + count) * 1600}));
}

// Empty when what the journal holds is a whole row of numbered packets up to its newest point.
QString fault(const PacketJournal &journal, std::int64_t *count = nullptr)
{
    std::deque<std::int64_t> numbers;
    QString wrong;
    const auto visit = [&](const PacketJournal::Packet &packet) {
        const std::int64_t n = packet.pts;
        const std::vector<std::byte> due = payloadOf(n);
        if (packet.dts != n - 2 || packet.isVideo != (n % 3 != 0) || packet.isKey != (n % 5 == 0)
            || !std::equal(due.begin(), due.end(), packet.payload.begin(), packet.payload.end()))
            wrong = u"packet %1 is damaged"_s.arg(n);
        if (!numbers.empty() && n != numbers.back() + 1)
            wrong = u"after %1 comes %2"_s.arg(numbers.back()).arg(n);
        numbers.push_back(n);
    };
    const auto point = journal.read(visit);
    if (!point)
        return point.error().detail;
    if (!numbers.empty() && point->nextFrame != numbers.back() + 1)
        wrong = u"after packet %1 the point says %2"_s.arg(numbers.back()).arg(point->nextFrame);
    if (point->nextFrame >= 0 && point->nextSample != point->nextFrame * 1600)
        wrong = u"the point is torn"_s;
    if (count)
        *count = std::int64_t(numbers.size());
    return wrong;
}

void poke(int fd, off_t at, const QByteArray &bytes)
{
    QCOMPARE(::pwrite(fd, bytes.constData(), std::size_t(bytes.size()), at), bytes.size());
}

} // namespace

void TestPacketJournal::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestPacketJournal::size_holdsTwentySeconds()
{
    QCOMPARE(PacketJournal::bytesFor(0, 0), std::size_t(4 * 1024 * 1024));
    QCOMPARE(PacketJournal::bytesFor(-5, 128'000), std::size_t(4 * 1024 * 1024));
    QVERIFY(PacketJournal::bytesFor(6'000'000, 128'000) > 20 * 6'128'000 / 8);
    QVERIFY(PacketJournal::create(PacketJournal::bytesFor(3'000'000, 128'000)));
}

void TestPacketJournal::packets_comeBackAsTheyWere()
{
    const Made made = make();
    QCOMPARE(made.journal->read({})->nextFrame, -1);
    QVERIFY(append(*made.journal, 480, 7));
    QVERIFY(append(*made.journal, 487, 3));
    std::int64_t count = 0;
    QCOMPARE(fault(*made.journal, &count), QString());
    QCOMPARE(count, 10);
    // Another process would map the same memory.
    const auto other = PacketJournal::open(UniqueFd(::dup(made.fd.get())));
    QVERIFY(other);
    QCOMPARE(fault(*other.value(), &count), QString());
    QCOMPARE(count, 10);
    QCOMPARE(other.value()->read({})->nextFrame, 490);
    QCOMPARE(other.value()->read({})->nextSample, 490 * 1600);
}

void TestPacketJournal::oldest_areForgotten_whenItWrapsAround()
{
    const Made made = make();
    std::int64_t next = 480;
    std::int64_t count = 0;
    for (int i = 0; i < 500; ++i) {
        QVERIFY(append(*made.journal, next, 1 + i % 9));
        next += 1 + i % 9;
        QCOMPARE(fault(*made.journal, &count), QString());
        QCOMPARE(made.journal->read({})->nextFrame, next);
    }
    QVERIFY2(count > 60, qPrintable(QString::number(count))); // 800 bytes each
    // A writer that begins anew goes on in the same ring.
    const auto other = PacketJournal::open(UniqueFd(::dup(made.fd.get())));
    QVERIFY(append(*other.value(), next, 4));
    QCOMPARE(fault(*made.journal), QString());
    QCOMPARE(made.journal->read({})->nextFrame, next + 4);
}

void TestPacketJournal::batchTooLarge_leavesOnlyThePoint()
{
    const Made made = make();
    QVERIFY(append(*made.journal, 480, 3));
    QVERIFY(!append(*made.journal, 483, 200));
    std::int64_t count = 0;
    QCOMPARE(fault(*made.journal, &count), QString());
    QCOMPARE(count, 0);
    QCOMPARE(made.journal->read({})->nextFrame, 683);
    QVERIFY(append(*made.journal, 683, 3));
    QCOMPARE(fault(*made.journal, &count), QString());
    QCOMPARE(count, 3);
}

void TestPacketJournal::parameters_stayWithLivingPackets()
{
    const Made made = make();
    std::int64_t next = 480;
    for (int i = 0; i < 30; ++i) {
        const QByteArray blob = "parameters " + QByteArray::number(i);
        const auto number = made.journal->addParameters(blob);
        QVERIFY(number);
        QCOMPARE(made.journal->addParameters(blob).value(), number.value()); // the same again
        QVERIFY(append(*made.journal, next, 1, number.value()));
        ++next;
        std::int64_t count = 0;
        const auto point = made.journal->read([&](const PacketJournal::Packet &packet) {
            ++count;
            if (packet.pts != next - 1)
                return;
            QCOMPARE(packet.parameters, number.value());
        });
        QCOMPARE(point->nextFrame, next);
        QCOMPARE(count, std::min<std::int64_t>(i + 1, 8));
        QCOMPARE(made.journal->parameters(number.value()), blob);
    }
    std::vector<std::uint32_t> named;
    (void)made.journal->read([&](const auto &packet) { named.push_back(packet.parameters); });
    for (const std::uint32_t number : named)
        QCOMPARE(made.journal->parameters(number), "parameters " + QByteArray::number(number - 1));
    QCOMPARE(made.journal->parameters(0), QByteArray());
    QCOMPARE(made.journal->parameters(1), QByteArray());
    QVERIFY(!made.journal->addParameters(QByteArray(9000, 'x')));
}

void TestPacketJournal::notes_areReplacedAsOne()
{
    const Made made = make();
    QCOMPARE(made.journal->note("a"), QByteArray());
    for (int i = 0; i < 100; ++i) {
        QVERIFY(made.journal->setNote("a", QByteArray::number(i)));
        QVERIFY(made.journal->setNote("b", QByteArray(i * 40, 'x')));
        QCOMPARE(made.journal->note("a"), QByteArray::number(i));
        QCOMPARE(made.journal->note("b").size(), i * 40);
    }
    made.journal->removeNote("a");
    QCOMPARE(made.journal->note("a"), QByteArray());
    QCOMPARE(made.journal->note("b").size(), 99 * 40);
    QVERIFY(!made.journal->setNote("c", QByteArray(9000, 'x')));
    QVERIFY(!made.journal->setNote({}, "x"));
    int taken = 1;
    while (made.journal->setNote("n" + QByteArray::number(taken), "x"))
        ++taken;
    QCOMPARE(taken, 64);
    made.journal->removeNote("n5");
    QVERIFY(made.journal->setNote("other", "x"));
}

void TestPacketJournal::kill_leavesAWholePrefix()
{
    const Made made = make();
    auto random = QRandomGenerator(20260101);
    std::int64_t before = 480;
    // A slow machine needs more kills until the ring has gone round often enough, and more time
    // between two of them: in a few milliseconds a child does no more there than begin.
    const QDeadlineTimer patience(kTestPatienceMs);
    long stretch = 1;
    for (int kill = 0; kill < 40 || (before <= 5000 && !patience.hasExpired()); ++kill) {
        const pid_t child = ::fork();
        if (child == 0) {
            std::int64_t next = before;
            for (;;) {
                (void)append(*made.journal, next, 1 + next % 6);
                next += 1 + next % 6;
                (void)made.journal->setNote("n",
                                            QByteArray(int(next % 3000), char('a' + next % 26)));
                if (next % 50 == 0)
                    (void)made.journal->addParameters(QByteArray::number(next));
            }
        }
        QVERIFY(child > 0);
        QTest::qSleep(0);
        timespec delay{0, random.bounded(1'000'000, 12'000'000) * stretch};
        ::nanosleep(&delay, nullptr); // a random moment is what is tested
        ::kill(child, SIGKILL);
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFSIGNALED(status));
        QCOMPARE(fault(*made.journal), QString());
        const std::int64_t next = made.journal->read({})->nextFrame;
        QVERIFY(next == -1 || next >= before);
        if (next < before + 120 && stretch < 50) // too little to get round in forty
            ++stretch;
        before = std::max(before, next);
        const QByteArray note = made.journal->note("n");
        QCOMPARE(note, QByteArray(note.size(), note.isEmpty() ? ' ' : note[0]));
    }
    QVERIFY2(before > 5000, qPrintable(QString::number(before)));
}

void TestPacketJournal::brokenContents_areToldAndCleared()
{
    auto random = QRandomGenerator(7);
    // Anything anywhere but in the first line of the head, which open() checks.
    for (int round = 0; round < 300; ++round) {
        const Made made = make();
        for (std::int64_t next = 480; next < 600; next += 5)
            QVERIFY(append(*made.journal, next, 5));
        (void)made.journal->setNote("n", "value");
        const auto size = ::lseek(made.fd.get(), 0, SEEK_END);
        for (int i = 0; i < 20; ++i) {
            QByteArray noise(int(random.bounded(1, 64)), Qt::Uninitialized);
            for (char &c : noise)
                c = char(random.bounded(256));
            const off_t inHead = 64 + off_t(random.bounded(24));
            const off_t inRing = size - off_t(kRing) + off_t(random.bounded(quint32(kRing) - 64));
            poke(made.fd.get(), i == 0 && round % 3 == 0 ? inHead : inRing, noise);
        }
        for (off_t at = 4096; at < size - off_t(kRing); at += 4096) // and all the tables
            poke(made.fd.get(), at, QByteArray(64, char(random.bounded(256))));
        const auto opened = PacketJournal::open(UniqueFd(::dup(made.fd.get())));
        QVERIFY(opened);
        const bool isGood = bool(opened.value()->read(
            [&](const PacketJournal::Packet &packet) { QVERIFY(packet.payload.size() <= kRing); }));
        for (std::uint32_t number = 0; number < 9; ++number)
            QVERIFY(opened.value()->parameters(number).size() <= 8192);
        (void)opened.value()->note("n");
        if (!isGood)
            opened.value()->clear();
        QVERIFY(append(*opened.value(), 1000, 5));
        QCOMPARE(opened.value()->read({})->nextFrame, 1005);
        QVERIFY(opened.value()->addParameters("fresh"));
    }
}

void TestPacketJournal::open_refusesWhatIsNoJournal()
{
    QVERIFY(!PacketJournal::create(1000));
    QVERIFY(!PacketJournal::create(kRing + 3));
    QVERIFY(!PacketJournal::open(UniqueFd()));
    UniqueFd unsealed(::memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    QCOMPARE(::ftruncate(unsealed.get(), 8 * 1024 * 1024), 0);
    QVERIFY(!PacketJournal::open(UniqueFd(::dup(unsealed.get()))));
    QCOMPARE(::fcntl(unsealed.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
    const auto empty = PacketJournal::open(UniqueFd(::dup(unsealed.get())));
    QVERIFY(!empty);
    QCOMPARE(empty.error().code, ErrorCode::Corrupt);
    const UniqueFd good = PacketJournal::create(kRing).value();
    poke(good.get(), 8, QByteArray(1, '\x63')); // another version
    QVERIFY(!PacketJournal::open(UniqueFd(::dup(good.get()))));
}

} // namespace continuo
