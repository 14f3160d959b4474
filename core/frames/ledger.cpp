// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/frames/ledger.h"

#include "core/frames/framestorelayout.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::uint64_t kLedgerMagic = 0x524745444c4e4343; // "CCNLEDGR" in memory
constexpr std::uint32_t kLedgerVersion = 4;
constexpr std::size_t kMaxItemId = 120;
constexpr std::size_t kSoundOffset = 4096;
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

// What is no gain is none: whoever wrote it may have been broken.
AirGain checked(const AirGain &gain)
{
    constexpr std::int32_t kMostTargetCentiLufs = 10'000; // either way
    const bool isGain = gain.kind <= AirGain::Kind::Estimated
        && std::abs(std::int64_t(gain.centiDb)) <= kMostGainCentiDb
        && std::abs(std::int64_t(gain.targetCentiLufs)) <= kMostTargetCentiLufs;
    return isGain ? gain : AirGain();
}

std::size_t soundBytesFor(const HouseFormat &format)
{
    // The longest frame's samples, on its own pages.
    const auto samples = std::size_t(samplesBefore(1, format.rate)) + 1;
    return (samples * 2 * sizeof(std::int16_t) + 4095) / 4096 * 4096;
}

} // namespace

struct Ledger::Feed {
    std::int64_t session;
    std::int64_t frame;
    std::uint32_t step; // FeedStep; changes in place
    std::uint32_t soundValues;
    std::int64_t airing;
    std::int64_t before;
    std::int64_t after;
    AirGain gain;
    AirCounts counts;
    LogoRamp logoWanted;
    std::array<char, kMaxItemId> itemId; // UTF-8, filled up with zeros
};

struct Ledger::Times {
    std::int64_t frame;
    std::int64_t monotonicNs;
    std::int64_t wallUs;
};

struct Ledger::Header {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t soundBytes;
    alignas(64) std::uint32_t feedIndex; // which of feed is the current one
    std::uint32_t timesIndex;
    std::uint32_t logoIndex;
    alignas(64) std::array<Feed, 2> feed;
    alignas(64) std::array<Times, 2> times;
    alignas(64) std::array<LogoPlan, 2> logo;
};

namespace {

std::uint32_t current(std::uint32_t &index)
{
    return std::atomic_ref(index).load(std::memory_order_acquire) & 1U;
}

void makeCurrent(std::uint32_t &index, std::uint32_t value)
{
    std::atomic_ref(index).store(value, std::memory_order_release);
}

} // namespace

Result<std::unique_ptr<Ledger>> Ledger::create(const HouseFormat &format)
{
    static_assert(sizeof(Header) <= kSoundOffset);
    static_assert(std::is_trivially_copyable_v<Header>);
    const std::size_t soundBytes = soundBytesFor(format);
    const std::size_t bytes = kSoundOffset + 2 * soundBytes;
    UniqueFd fd(::memfd_create("continuo-ledger", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd.isValid() || ::ftruncate(fd.get(), off_t(bytes)) < 0
        || ::fcntl(fd.get(), F_ADD_SEALS, kSeals) < 0)
        return errorFromErrno(errno, u"make the ledger"_s);
    Result<Mapping> mapping = Mapping::map(fd.get(), bytes, Mapping::Access::ReadWrite);
    if (!mapping)
        return mapping.error();
    std::unique_ptr<Ledger> ledger(
        new Ledger(std::move(fd), std::move(mapping).value(), soundBytes));
    Header &header = ledger->header();
    header.version = kLedgerVersion;
    header.soundBytes = std::uint32_t(soundBytes);
    header.times[0].frame = -1;
    std::atomic_ref(header.magic).store(kLedgerMagic, std::memory_order_release);
    return ledger;
}

Result<std::unique_ptr<Ledger>> Ledger::attach(UniqueFd fd, const HouseFormat &format)
{
    const Error corrupt{ErrorCode::Corrupt, u"what the keeper held is no ledger of this channel"_s,
                        0};
    const std::size_t soundBytes = soundBytesFor(format);
    const std::size_t bytes = kSoundOffset + 2 * soundBytes;
    struct stat facts { };
    if (::fstat(fd.get(), &facts) < 0 || std::size_t(facts.st_size) != bytes)
        return corrupt;
    Result<Mapping> mapping = Mapping::map(fd.get(), bytes, Mapping::Access::ReadWrite);
    if (!mapping)
        return mapping.error();
    std::unique_ptr<Ledger> ledger(
        new Ledger(std::move(fd), std::move(mapping).value(), soundBytes));
    const Header &header = ledger->header();
    if (header.magic != kLedgerMagic || header.version != kLedgerVersion
        || header.soundBytes != soundBytes)
        return corrupt;
    return ledger;
}

Ledger::Header &Ledger::header() const
{
    return *reinterpret_cast<Header *>(m_mapping.data());
}

Ledger::Feed &Ledger::feed(std::uint32_t index) const
{
    return header().feed.at(index);
}

std::byte *Ledger::sound(std::uint32_t index) const
{
    return m_mapping.data() + kSoundOffset + index * m_soundBytes;
}

LedgerState Ledger::read() const
{
    const std::uint32_t index = current(header().feedIndex);
    const Feed &entry = feed(index);
    LedgerState state;
    state.session = entry.session;
    state.frame = entry.frame;
    state.step
        = entry.step <= std::uint32_t(FeedStep::Done) ? FeedStep(entry.step) : FeedStep::None;
    const auto length = std::ranges::find(entry.itemId, '\0') - entry.itemId.begin();
    state.position
        = {QString::fromUtf8(entry.itemId.data(), length), entry.airing, entry.before, entry.after};
    state.gain = checked(entry.gain);
    state.counts = entry.counts;
    state.logoWanted = entry.logoWanted;
    state.logo = header().logo.at(current(header().logoIndex));
    const std::size_t values
        = std::min(std::size_t(entry.soundValues), m_soundBytes / sizeof(std::int16_t));
    state.sound.resize(values);
    if (values > 0)
        std::memcpy(state.sound.data(), sound(index), values * sizeof(std::int16_t));
    const Times &times = header().times.at(current(header().timesIndex));
    state.epochFrame = times.frame;
    state.epochMonotonicNs = times.monotonicNs;
    state.epochWallUs = times.wallUs;
    return state;
}

void Ledger::beginSession(std::int64_t session)
{
    const std::uint32_t next = current(header().feedIndex) ^ 1U;
    Feed &entry = feed(next);
    entry = feed(next ^ 1U); // where the programme stands does not change
    entry.session = session;
    entry.step = std::uint32_t(FeedStep::None);
    makeCurrent(header().feedIndex, next);
}

void Ledger::begin(std::int64_t session, const AirFrame &frame)
{
    const std::uint32_t next = current(header().feedIndex) ^ 1U;
    Feed &entry = feed(next);
    entry.session = session;
    entry.frame = frame.number;
    entry.step = std::uint32_t(FeedStep::Picture);
    entry.airing = frame.position.airing;
    entry.before = frame.position.before;
    entry.after = frame.position.after;
    entry.gain = frame.gain;
    entry.counts = frame.counts;
    entry.logoWanted = frame.logoWanted;
    const QByteArray id = frame.position.itemId.toUtf8();
    entry.itemId.fill('\0');
    std::copy_n(id.begin(), std::min(std::size_t(id.size()), kMaxItemId), entry.itemId.begin());
    const std::size_t values = std::min(frame.sound.size(), m_soundBytes / sizeof(std::int16_t));
    entry.soundValues = std::uint32_t(values);
    if (values > 0)
        std::memcpy(sound(next), frame.sound.data(), values * sizeof(std::int16_t));
    makeCurrent(header().feedIndex, next);
}

void Ledger::setStep(FeedStep step)
{
    Feed &entry = feed(current(header().feedIndex));
    std::atomic_ref(entry.step).store(std::uint32_t(step), std::memory_order_release);
}

void Ledger::pictureDone()
{
    setStep(FeedStep::Sound);
}

void Ledger::soundDone()
{
    setStep(FeedStep::Done);
}

void Ledger::setEpoch(std::int64_t frame, std::int64_t monotonicNs, std::int64_t wallUs)
{
    const std::uint32_t next = current(header().timesIndex) ^ 1U;
    header().times.at(next) = {frame, monotonicNs, wallUs};
    makeCurrent(header().timesIndex, next);
}

void Ledger::setLogo(const LogoPlan &plan)
{
    const std::uint32_t next = current(header().logoIndex) ^ 1U;
    header().logo.at(next) = plan;
    makeCurrent(header().logoIndex, next);
}

} // namespace continuo
