// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_framestore.h"

#include "core/frames/framestore.h"
#include "core/frames/framestorewriter.h"

#include <QRegularExpression>
#include <QTest>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <thread>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::int64_t kFrames = 500;
const HouseFormat kSmall{64, 36, {30000, 1001}};

UniqueFd duplicate(int fd)
{
    return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

Result<FrameStoreWriter> attachTo(const FrameStore &store)
{
    return FrameStoreWriter::attach(duplicate(store.fd()), duplicate(store.readyFd()),
                                    duplicate(store.freeFd()));
}

std::uint8_t pixelOf(std::int64_t frame, std::size_t at)
{
    return std::uint8_t(std::size_t(frame) * 7 + at);
}

/// Writes \p frames numbered frames; true when all were handed over.
bool produce(FrameStoreWriter &writer, std::int64_t frames)
{
    writer.setTotal(frames);
    for (std::int64_t frame = 0; frame < frames; ++frame) {
        Result<WritableSlot> slot = writer.acquire(-1, std::chrono::seconds(10));
        if (!slot)
            return false;
        for (std::size_t i = 0; i < slot->picture.size(); ++i)
            slot->picture[i] = pixelOf(frame, i);
        std::fill(slot->samples.begin(), slot->samples.end(), std::int16_t(frame));
        slot->itemFrame = frame;
        slot->sourceUs = frame * 1000;
        slot->sampleCount = std::uint32_t(writer.samplesPerSlot());
        if (!writer.commit(slot.value()))
            return false;
    }
    return true;
}

/// Takes \p frames frames and checks each byte; empty when all is right.
QString consume(FrameStore &store, std::int64_t frames)
{
    for (std::int64_t frame = 0; frame < frames; ++frame) {
        while (store.framesAhead(std::uint64_t(frame)) == 0) {
            pollfd entry{store.readyFd(), POLLIN, 0};
            if (::poll(&entry, 1, 10'000) <= 0)
                return u"no frame %1 within 10 s"_s.arg(frame);
            store.clearReady();
        }
        const std::optional<SlotView> slot = store.slot(std::uint64_t(frame));
        if (!slot || slot->header.itemFrame != frame || slot->header.sourceUs != frame * 1000)
            return u"frame %1 has a wrong header"_s.arg(frame);
        for (std::size_t i = 0; i < store.pictureBytes(); ++i) {
            if (slot->picture[i] != pixelOf(frame, i))
                return u"frame %1 differs at byte %2"_s.arg(frame).arg(i);
        }
        for (std::size_t i = 0; i < slot->header.sampleCount * 2U; ++i) {
            if (slot->samples[i] != std::int16_t(frame))
                return u"frame %1 differs at sample %2"_s.arg(frame).arg(i);
        }
        store.release(std::uint64_t(frame));
    }
    return {};
}

/// The engine's mapping seen as a hostile player sees it.
struct RawStore {
    explicit RawStore(const FrameStore &store)
        : bytes(store.bytes())
        , data(static_cast<std::byte *>(
              ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, store.fd(), 0)))
    {
    }
    RawStore(const RawStore &) = delete;
    RawStore &operator=(const RawStore &) = delete;
    ~RawStore() { ::munmap(data, bytes); }
    FrameStoreHeader &header() const { return *reinterpret_cast<FrameStoreHeader *>(data); }
    SlotHeader &slot(std::uint64_t index) const
    {
        return *reinterpret_cast<SlotHeader *>(data + header().firstSlot
                                               + index * header().slotStride);
    }

    std::size_t bytes;
    std::byte *data;
};

std::shared_ptr<FrameStore> makeStore(int slots)
{
    Result<std::shared_ptr<FrameStore>> store = FrameStore::create(kSmall, {slots, slots});
    return store ? store.value() : nullptr;
}

} // namespace

void TestFrameStore::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestFrameStore::layout_matchesArithmetic_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<QString>("fps");
    QTest::addColumn<int>("samples");
    QTest::newRow("720p30") << 1280 << 720 << u"30"_s << 1601;
    QTest::newRow("1080p25") << 1920 << 1080 << u"25"_s << 1921;
    QTest::newRow("720p29.97") << 1280 << 720 << u"30000/1001"_s << 1603;
    QTest::newRow("360p59.94") << 640 << 360 << u"60000/1001"_s << 802;
    QTest::newRow("smallest at 23.976") << 16 << 16 << u"24000/1001"_s << 2003;
}

void TestFrameStore::layout_matchesArithmetic()
{
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(QString, fps);
    QFETCH(int, samples);
    const HouseFormat format{width, height, FrameRate::parse(fps).value()};
    const Result<FrameStoreLayout> layout = FrameStoreLayout::compute(format, {40, 20});
    QVERIFY(layout);
    QCOMPARE(layout->samplesPerSlot, samples);
    QCOMPARE(layout->pictureBytes, std::size_t(width * height * 3 / 2));
    QVERIFY(layout->pictureOffset >= kSlotSamplesOffset + std::size_t(samples) * 4);
    QCOMPARE(layout->pictureOffset % kPictureAlignment, std::size_t(0));
    QVERIFY(layout->slotStride >= layout->pictureOffset + layout->pictureBytes);
    QCOMPARE(layout->slotStride % kFrameStorePage, std::size_t(0));
    QCOMPARE(layout->slotIndexOffset(layout->sequences()), layout->slotIndexOffset(0));
    QVERIFY(layout->slotIndexOffset(layout->sequences() - 1) + 4 <= layout->returnTable);
    QVERIFY(layout->returnedOffset(39) + 8 <= layout->firstSlot);
    QCOMPARE(layout->slotOffset(39) + layout->slotStride, layout->totalBytes);
    QVERIFY(!FrameStoreLayout::compute(format, {1, 1}));
    QVERIFY(!FrameStoreLayout::compute(format, {40, 41}));
    QVERIFY(!FrameStoreLayout::compute(format, {kMaxSlots + 1, 2}));
}

void TestFrameStore::sampleOffset_coversEveryStart()
{
    for (const FrameRate rate : {FrameRate{30, 1}, FrameRate{30000, 1001}, FrameRate{24000, 1001},
                                 FrameRate{60000, 1001}, FrameRate{7, 3}}) {
        // Below 0 begins what is joined farther in than the channel is old.
        for (std::int64_t start = -kFirstFrame; start < kFirstFrame + 20; start += 7) {
            for (std::int64_t frame = 0; frame < 400; ++frame) {
                const int offset = slotSampleOffset(start, frame, rate);
                const std::int64_t count
                    = samplesBefore(start + frame + 1, rate) - samplesBefore(start + frame, rate);
                QVERIFY(offset == 0 || offset == 1);
                QVERIFY(offset + count <= samplesPerSlot(rate));
            }
        }
    }
}

void TestFrameStore::suggestedStoreSize_isBounded()
{
    const StoreSize usual = suggestedStoreSize({1280, 720, {30, 1}});
    QCOMPARE(usual.slots, 240);
    QCOMPARE(usual.lead, 60);
    QCOMPARE(suggestedStoreSize({160, 90, {5, 1}}).slots, 48);
    QCOMPARE(suggestedStoreSize({160, 90, {1, 1}}).lead, 4);
    QCOMPARE(suggestedStoreSize({160, 90, {120, 1}}).slots, 960);
    const HouseFormat huge{8192, 8192, {60, 1}};
    QCOMPARE(suggestedStoreSize(huge).slots, 48);
    QCOMPARE(suggestedStoreSize(huge).lead, 16);
}

void TestFrameStore::lead_boundsThePlayer()
{
    Result<std::shared_ptr<FrameStore>> store = FrameStore::create(kSmall, {8, 3});
    QVERIFY(store);
    Result<FrameStoreWriter> writer = attachTo(*store.value());
    QVERIFY(writer);
    const auto hand = [&] {
        Result<WritableSlot> slot = writer->acquire(-1, std::chrono::milliseconds(0));
        return bool(slot) && bool(writer->commit(slot.value()));
    };
    for (int i = 0; i < 3; ++i)
        QVERIFY(hand());
    QVERIFY(!hand());
    store.value()->take(0);
    QVERIFY(hand());
    QVERIFY(!hand());
}

void TestFrameStore::ahead_boundsThePlayerForAWhile()
{
    Result<std::shared_ptr<FrameStore>> store = FrameStore::create(kSmall, {8, 4});
    QVERIFY(store);
    Result<FrameStoreWriter> writer = attachTo(*store.value());
    QVERIFY(writer);
    const auto hand = [&](std::chrono::milliseconds patience = {}) {
        Result<WritableSlot> slot = writer->acquire(-1, patience);
        return bool(slot) && bool(writer->commit(slot.value()));
    };
    store.value()->setAhead(2);
    QVERIFY(hand());
    QVERIFY(hand());
    QVERIFY(!hand());
    store.value()->take(0);
    QVERIFY(hand());
    QVERIFY(!hand());
    // It wakes up a player that waits; more than the lead, or less than one, is not to be had.
    std::jthread lifts([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        store.value()->setAhead(1000);
    });
    QVERIFY(hand(std::chrono::seconds(10)));
    lifts.join();
    QVERIFY(hand());
    QVERIFY(!hand());
    store.value()->setAhead(0);
    for (std::uint64_t sequence = 1; sequence < 5; ++sequence)
        store.value()->take(sequence);
    QVERIFY(hand());
    QVERIFY(!hand());
}

void TestFrameStore::slots_areFreeAgain_inAnyOrder()
{
    // As with an encoder that is far behind: one frame is kept and the next is dropped.
    Result<std::shared_ptr<FrameStore>> store = FrameStore::create(kSmall, {8, 8});
    QVERIFY(store);
    Result<FrameStoreWriter> writer = attachTo(*store.value());
    QVERIFY(writer);
    std::set<const std::uint8_t *> kept;
    for (std::uint64_t sequence = 0; sequence < 14; ++sequence) {
        Result<WritableSlot> slot = writer->acquire(-1, std::chrono::milliseconds(0));
        QVERIFY(slot);
        store.value()->take(sequence);
        QVERIFY(kept.find(slot->picture.data()) == kept.end());
        QVERIFY(writer->commit(slot.value()));
        if (sequence % 2 == 0)
            kept.insert(store.value()->slot(sequence)->picture);
        else
            store.value()->release(sequence);
    }
    QCOMPARE(store.value()->released(), std::uint64_t(0));
    QVERIFY(writer->acquire(-1, std::chrono::milliseconds(0))); // the eighth
    for (std::uint64_t sequence = 0; sequence < 14; sequence += 2)
        QCOMPARE(store.value()->slot(sequence)->header.sequence, sequence);
    store.value()->release(0);
    QCOMPARE(store.value()->released(), std::uint64_t(2));
}

void TestFrameStore::slots_areUsedAgain_firstFreeFirst()
{
    Result<std::shared_ptr<FrameStore>> store = FrameStore::create(kSmall, {8, 8});
    QVERIFY(store);
    Result<FrameStoreWriter> writer = attachTo(*store.value());
    QVERIFY(writer);
    std::set<const std::uint8_t *> pictures;
    for (std::uint64_t sequence = 0; sequence < 100; ++sequence) {
        Result<WritableSlot> slot = writer->acquire(-1, std::chrono::milliseconds(0));
        QVERIFY(slot);
        QVERIFY(writer->commit(slot.value()));
        pictures.insert(store.value()->slot(sequence)->picture);
        if (sequence > 0)
            store.value()->release(sequence - 1);
    }
    QCOMPARE(pictures.size(), std::size_t(2)); // memory for what is held, not for the whole store
}

void TestFrameStore::create_refusesBadFormats()
{
    const Result<std::shared_ptr<FrameStore>> odd
        = FrameStore::create({1281, 720, {30, 1}}, {8, 8});
    QVERIFY(!odd);
    QCOMPARE(odd.error().code, ErrorCode::InvalidArgument);
    QVERIFY(!FrameStore::create(kSmall, {0, 0}));
    QVERIFY(!FrameStore::create(kSmall, {8, 9}));
}

void TestFrameStore::handOver_isExactAcrossThreads()
{
    const std::shared_ptr<FrameStore> store = makeStore(7);
    QVERIFY(store);
    QCOMPARE(store->total(), kFrameStoreTotalUnknown);
    bool produced = false;
    std::jthread player([&] {
        Result<FrameStoreWriter> writer = attachTo(*store);
        produced = writer && produce(writer.value(), kFrames);
    });
    QCOMPARE(consume(*store, kFrames), QString());
    player.join();
    QVERIFY(produced);
    QCOMPARE(store->total(), kFrames);
    QCOMPARE(store->written(), std::uint64_t(kFrames));
    QCOMPARE(store->released(), std::uint64_t(kFrames));
    QVERIFY(!store->isCorrupt());
}

void TestFrameStore::handOver_isExactAcrossProcesses()
{
    const std::shared_ptr<FrameStore> store = makeStore(5);
    QVERIFY(store);
    const pid_t child = ::fork();
    if (child == 0) {
        Result<FrameStoreWriter> writer = attachTo(*store);
        ::_exit(writer && produce(writer.value(), 200) ? 0 : 1);
    }
    QVERIFY(child > 0);
    QCOMPARE(consume(*store, 200), QString());
    int status = -1;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QCOMPARE(status, 0);
}

void TestFrameStore::store_outlivesItsPlayer()
{
    const std::shared_ptr<FrameStore> store = makeStore(8);
    QVERIFY(store);
    const pid_t child = ::fork();
    if (child == 0) {
        Result<FrameStoreWriter> writer = attachTo(*store);
        if (!writer || !produce(writer.value(), 6))
            ::_exit(1);
        ::raise(SIGKILL);
    }
    int status = 0;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QVERIFY(WIFSIGNALED(status));
    QCOMPARE(consume(*store, 6), QString());
}

void TestFrameStore::acquire_endsWhenToldToStop()
{
    const std::shared_ptr<FrameStore> store = makeStore(2);
    Result<FrameStoreWriter> writer = attachTo(*store);
    QVERIFY(writer);
    QVERIFY(produce(writer.value(), 2));
    const Result<EventFd> stop = EventFd::create();
    QVERIFY(stop);
    const std::jthread other([&] { stop->notify(); });
    const Result<WritableSlot> slot = writer->acquire(stop->fd());
    QVERIFY(!slot);
    QCOMPARE(slot.error().code, ErrorCode::Closed);
}

void TestFrameStore::acquire_timesOutWhenFull()
{
    const std::shared_ptr<FrameStore> store = makeStore(2);
    Result<FrameStoreWriter> writer = attachTo(*store);
    QVERIFY(writer);
    QVERIFY(produce(writer.value(), 2));
    Result<WritableSlot> slot = writer->acquire(-1, std::chrono::milliseconds(5));
    QVERIFY(!slot);
    QCOMPARE(slot.error().code, ErrorCode::Timeout);
    QVERIFY(!writer->commit(WritableSlot()));
    store->release(0);
    QVERIFY(writer->acquire(-1, std::chrono::milliseconds(0)));
}

void TestFrameStore::attach_refusesWrongHeaders_data()
{
    QTest::addColumn<int>("field");
    QTest::newRow("magic") << 0;
    QTest::newRow("version") << 1;
    QTest::newRow("slot count") << 2;
    QTest::newRow("no slots") << 3;
    QTest::newRow("size") << 4;
    QTest::newRow("rate") << 5;
    QTest::newRow("stride") << 6;
    QTest::newRow("samples") << 7;
    QTest::newRow("picture offset") << 8;
}

void TestFrameStore::attach_refusesWrongHeaders()
{
    QFETCH(int, field);
    const std::shared_ptr<FrameStore> store = makeStore(4);
    const RawStore raw(*store);
    FrameStoreHeader &target = raw.header();
    switch (field) {
    case 0:
        target.magic ^= 1;
        break;
    case 1:
        target.version = 99;
        break;
    case 2:
        target.slotCount = 0xffffffff;
        break;
    case 3:
        target.slotCount = 0;
        break;
    case 4:
        target.width = 63;
        break;
    case 5:
        target.rateDen = 0;
        break;
    case 6:
        target.slotStride += kFrameStorePage;
        break;
    case 7:
        target.samplesPerSlot = 1;
        break;
    default:
        target.pictureOffset = ~std::uint64_t(0);
    }
    const Result<FrameStoreWriter> writer = attachTo(*store);
    QVERIFY(!writer);
    QCOMPARE(writer.error().code, ErrorCode::InvalidArgument);
    QVERIFY(!writer.error().detail.isEmpty());
}

void TestFrameStore::attach_refusesOtherDescriptors()
{
    const std::shared_ptr<FrameStore> store = makeStore(4);
    QVERIFY(!FrameStoreWriter::attach(duplicate(store->readyFd()), duplicate(store->readyFd()),
                                      duplicate(store->freeFd())));
    QVERIFY(
        !FrameStoreWriter::attach(duplicate(store->fd()), UniqueFd(), duplicate(store->freeFd())));
    UniqueFd empty(::memfd_create("empty", MFD_CLOEXEC));
    QVERIFY(!FrameStoreWriter::attach(std::move(empty), duplicate(store->readyFd()),
                                      duplicate(store->freeFd())));
}

void TestFrameStore::store_isSealed()
{
    const std::shared_ptr<FrameStore> store = makeStore(4);
    QCOMPARE(::ftruncate(store->fd(), 0), -1);
    QCOMPARE(::ftruncate(store->fd(), off_t(store->bytes() * 2)), -1);
    QCOMPARE(::fcntl(store->fd(), F_ADD_SEALS, F_SEAL_WRITE), -1);
}

void TestFrameStore::written_keepsLastGoodCountAfterALie_data()
{
    QTest::addColumn<quint64>("claim");
    QTest::newRow("backwards") << quint64(1);
    QTest::newRow("more than slots") << quint64(9);
    QTest::newRow("all ones") << ~quint64(0);
}

void TestFrameStore::written_keepsLastGoodCountAfterALie()
{
    QFETCH(quint64, claim);
    const std::shared_ptr<FrameStore> store = makeStore(4);
    Result<FrameStoreWriter> writer = attachTo(*store);
    QVERIFY(produce(writer.value(), 3));
    QCOMPARE(store->written(), std::uint64_t(3));
    const RawStore raw(*store);
    raw.header().written = claim;
    raw.header().released = 1000; // the engine keeps its own count
    raw.header().total = -7;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"broke its frame store"_s));
    QCOMPARE(store->written(), std::uint64_t(3));
    QVERIFY(store->isCorrupt());
    QCOMPARE(store->released(), std::uint64_t(0));
    QCOMPARE(store->total(), kFrameStoreTotalUnknown);
    QVERIFY(store->slot(2));
    QVERIFY(!store->slot(3));
    raw.header().written = 4;
    QVERIFY(store->isCorrupt());
}

void TestFrameStore::progress_isSeenByTheEngine()
{
    const std::shared_ptr<FrameStore> store = makeStore(4);
    QCOMPARE(store->progress(), PlayProgress());
    Result<FrameStoreWriter> writer = attachTo(*store);
    QVERIFY(writer);
    PlayProgress &words = writer->progress();
    {
        const ReadUnderWay read(words);
        QVERIFY(store->progress().isReading());
        PlayProgress::count(words.bytesRead, 4096);
    }
    PlayProgress::count(words.packetsRead);
    PlayProgress::count(words.packetsDecoded);
    QCOMPARE(store->progress(), (PlayProgress{1, 1, 4096, 1, 1}));
    QVERIFY(!store->progress().isReading());
    // Nothing that the engine relies on follows from them.
    words = {~0ULL, 0, ~0ULL, ~0ULL, ~0ULL};
    QCOMPARE(store->written(), std::uint64_t(0));
    QVERIFY(!store->isCorrupt());
}

void TestFrameStore::slot_refusesLyingHeaders_data()
{
    QTest::addColumn<int>("field");
    QTest::newRow("sequence") << 0;
    QTest::newRow("item frame") << 1;
    QTest::newRow("samples") << 2;
    QTest::newRow("flags") << 3;
    QTest::newRow("gain") << 4;
}

void TestFrameStore::slot_refusesLyingHeaders()
{
    QFETCH(int, field);
    const std::shared_ptr<FrameStore> store = makeStore(4);
    Result<FrameStoreWriter> writer = attachTo(*store);
    QVERIFY(produce(writer.value(), 3));
    const RawStore raw(*store);
    SlotHeader &slot = raw.slot(1);
    switch (field) {
    case 0:
        slot.sequence = 5;
        break;
    case 1:
        slot.itemFrame = -1;
        break;
    case 2:
        slot.sampleCount = 0x7fffffff;
        break;
    case 4:
        slot.gainCentiDb = -10'001;
        break;
    default:
        slot.flags = 0x80;
    }
    QVERIFY(store->slot(0));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"broke its frame store"_s));
    QVERIFY(!store->slot(1));
    QVERIFY(store->isCorrupt());
    QVERIFY(store->slot(2));
}

void TestFrameStore::release_outOfOrderAdvancesWhenContiguous()
{
    const std::shared_ptr<FrameStore> store = makeStore(4);
    Result<FrameStoreWriter> writer = attachTo(*store);
    QVERIFY(produce(writer.value(), 4));
    store->release(2);
    store->release(1);
    QCOMPARE(store->released(), std::uint64_t(0));
    QVERIFY(!store->slot(1));
    QVERIFY(store->slot(0));
    QVERIFY(store->slot(3));
    QVERIFY(!writer->acquire(-1, std::chrono::milliseconds(0)));
    store->release(0);
    QCOMPARE(store->released(), std::uint64_t(3));
    for (int i = 0; i < 3; ++i) {
        Result<WritableSlot> slot = writer->acquire(-1, std::chrono::milliseconds(0));
        QVERIFY(slot);
        QVERIFY(writer->commit(slot.value()));
    }
    QVERIFY(!writer->acquire(-1, std::chrono::milliseconds(0)));
    QCOMPARE(store->framesAhead(3), std::uint64_t(4));
    QCOMPARE(store->framesAhead(9), std::uint64_t(0));
}

void TestFrameStore::release_ofWhatIsNotOutIsIgnored()
{
    const std::shared_ptr<FrameStore> store = makeStore(4);
    Result<FrameStoreWriter> writer = attachTo(*store);
    QVERIFY(produce(writer.value(), 2));
    for (const std::uint64_t sequence : {std::uint64_t(2), ~std::uint64_t(0)}) {
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"is released but not out"_s));
        store->release(sequence);
    }
    store->release(1);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"is released but not out"_s));
    store->release(1);
    QCOMPARE(store->released(), std::uint64_t(0));
}

} // namespace continuo
