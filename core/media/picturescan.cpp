// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/picturescan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::int64_t kLeastBlackUs = 2'000'000;
constexpr std::int64_t kLeastStepUs = 500'000; // between two that are looked at
constexpr std::int64_t kMostLooks = 1200; // 10 ms each: twelve seconds of a film in HD
constexpr std::int64_t kGroupUs = 2'000'000; // what is longer is halved before it is decoded
constexpr std::size_t kMostGroupPackets = 1500;
constexpr std::int64_t kMostGroupBytes = 48 << 20;
constexpr double kMostGroupSeconds = 10; // of processor time: behind a minute without reading on
// a prover is taken for one that hangs
constexpr std::size_t kFieldPackets = 40; // half of them tell enough
constexpr std::array kFieldPlaces{1.0 / 6, 1.0 / 2, 5.0 / 6};
constexpr std::int64_t kOnePlaceUs = 20'000'000; // shorter clips are looked at in their middle

/// Whether a picture is black: nearly all of it is as dark as a tenth of white.
class DarkJudge final {
public:
    std::optional<bool> isBlack(const AVFrame &frame);

private:
    static constexpr int kWidth = 160;
    static constexpr int kHeight = 90;
    static constexpr int kDark = 38; // 16 + 219 / 10
    static constexpr double kPart = 0.98; // a logo in a corner leaves it black

    SwsPtr m_scaler;
    std::array<int, 4> m_of{};
    std::vector<std::uint8_t> m_luma = std::vector<std::uint8_t>(std::size_t(kWidth) * kHeight);
    std::vector<std::uint8_t> m_chroma
        = std::vector<std::uint8_t>(std::size_t(kWidth) * kHeight / 2);
};

std::optional<bool> DarkJudge::isBlack(const AVFrame &frame)
{
    const std::array of{frame.width, frame.height, frame.format, int(frame.color_range)};
    if (!m_scaler || of != m_of) {
        m_scaler.reset(sws_getContext(frame.width, frame.height, AVPixelFormat(frame.format),
                                      kWidth, kHeight, AV_PIX_FMT_YUV420P, SWS_POINT, nullptr,
                                      nullptr, nullptr));
        if (!m_scaler)
            return std::nullopt;
        if (frame.color_range == AVCOL_RANGE_JPEG) {
            const int *table = sws_getCoefficients(SWS_CS_ITU709);
            sws_setColorspaceDetails(m_scaler.get(), table, 1, table, 0, 0, 1 << 16, 1 << 16);
        }
        m_of = of;
    }
    std::uint8_t *const to[]{m_luma.data(), m_chroma.data(), m_chroma.data() + m_chroma.size() / 2};
    const int stride[]{kWidth, kWidth / 2, kWidth / 2};
    sws_scale(m_scaler.get(), frame.data, frame.linesize, 0, frame.height, to, stride);
    const auto dark = std::ranges::count_if(m_luma, [](int luma) { return luma < kDark; });
    return double(dark) >= kPart * double(m_luma.size());
}

std::int64_t shownAt(const AVPacket &packet)
{
    return packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
}

/// One picture that was looked at.
struct Look {
    std::int64_t stamp = 0; // in the stream's time base
    bool isBlack = false;
};

/// Goes through one clip by its key frames.
class KeyFrameScan final {
public:
    KeyFrameScan(Demuxer &demuxer, const ClipEnds &ends, std::int64_t durationUs,
                 const std::function<void(std::int64_t)> &onRead);

    /// False where the file cannot be gone through so; it has to be opened anew then.
    bool byIndex();
    void byReading();
    ClipLook result;

private:
    /// Packets from a key frame on.
    class Group final {
    public:
        void begin(PacketPtr key);
        void add(PacketPtr packet);
        std::span<const PacketPtr> packets() const { return m_packets; }
        /// Later packets were left out.
        bool isCut() const { return m_isCut; }

    private:
        std::vector<PacketPtr> m_packets;
        std::int64_t m_bytes = 0;
        bool m_isCut = false;
    };

    std::int64_t usOf(std::int64_t stamp) const;
    std::int64_t stampOf(std::int64_t us) const;
    std::optional<Look> lookAt(const AVPacket &packet);
    std::optional<Look> keyBefore(std::int64_t us, bool *isPossible);
    std::int64_t changeBetween(Look from, Look to);
    std::int64_t changeWithin(const Group &group, const Look &from, const Look &to);
    Group readGroup(std::int64_t end);
    void take(const Look &now, const std::function<std::int64_t(const Look &)> &change);
    void finish(const Group &last);
    void blackBegins(std::int64_t us);
    void blackEnds(std::int64_t us);
    void judgeFields(const Group &group);
    bool mayHaveFields() const;
    std::vector<std::int64_t> fieldPlaces() const;
    void tellPosition() const;

    Demuxer &m_demuxer;
    const AVStream *m_stream;
    const ClipEnds &m_ends;
    const std::int64_t m_durationUs;
    const std::int64_t m_stepUs;
    std::int64_t m_zero = 0;
    const std::function<void(std::int64_t)> &m_onRead;
    DarkJudge m_dark;
    FieldJudge m_fields;
    std::optional<Look> m_last;
    std::optional<std::int64_t> m_blackSinceUs;
};

KeyFrameScan::KeyFrameScan(Demuxer &demuxer, const ClipEnds &ends, std::int64_t durationUs,
                           const std::function<void(std::int64_t)> &onRead)
    : m_demuxer(demuxer)
    , m_stream(demuxer.stream(Track::Picture))
    , m_ends(ends)
    , m_durationUs(durationUs)
    , m_stepUs(std::max(kLeastStepUs, durationUs / kMostLooks))
    , m_onRead(onRead)
{
    if (ends.zeroUs)
        m_zero = av_rescale_q(*ends.zeroUs, AV_TIME_BASE_Q, m_stream->time_base);
}

void KeyFrameScan::Group::begin(PacketPtr key)
{
    m_packets.clear();
    m_bytes = 0;
    m_isCut = false;
    add(std::move(key));
}

void KeyFrameScan::Group::add(PacketPtr packet)
{
    m_isCut = m_isCut || m_packets.size() >= kMostGroupPackets || m_bytes >= kMostGroupBytes;
    if (m_isCut || !packet)
        return;
    m_bytes += packet->size;
    m_packets.push_back(std::move(packet));
}

std::int64_t KeyFrameScan::usOf(std::int64_t stamp) const
{
    const std::int64_t us = av_rescale_q(stamp - m_zero, m_stream->time_base, AV_TIME_BASE_Q);
    return std::clamp<std::int64_t>(us, 0, std::max<std::int64_t>(m_durationUs, 0));
}

std::int64_t KeyFrameScan::stampOf(std::int64_t us) const
{
    return m_zero + av_rescale_q(us, AV_TIME_BASE_Q, m_stream->time_base);
}

std::optional<Look> KeyFrameScan::lookAt(const AVPacket &packet)
{
    const FramePtr frame = decodeSinglePacket(m_stream->codecpar, &packet);
    if (!frame || shownAt(packet) == AV_NOPTS_VALUE)
        return std::nullopt;
    const std::optional<bool> isBlack = m_dark.isBlack(*frame);
    if (!isBlack)
        return std::nullopt;
    ++result.keyFrames;
    return Look{shownAt(packet), *isBlack};
}

void KeyFrameScan::tellPosition() const
{
    const AVIOContext *io = m_demuxer.format()->pb;
    m_onRead(io ? io->pos : 0);
}

std::optional<Look> KeyFrameScan::keyBefore(std::int64_t us, bool *isPossible)
{
    const Result<Demuxer::Landing> landing
        = m_demuxer.goTo(Demuxer::Way::Index, Track::Picture, stampOf(us));
    *isPossible = bool(landing);
    if (!landing || (m_last && landing->stamp <= m_last->stamp))
        return std::nullopt;
    const Demuxer::Taken taken = m_demuxer.take(Track::Picture);
    return taken.packet ? lookAt(*taken.packet) : std::nullopt;
}

bool KeyFrameScan::byIndex()
{
    bool isPossible = true;
    for (std::int64_t us = 0;; us = std::min(us + m_stepUs, m_durationUs)) {
        const std::optional<Look> now = keyBefore(us, &isPossible);
        if (!isPossible)
            return false;
        if (now)
            take(*now, [&](const Look &to) { return changeBetween(*m_last, to); });
        tellPosition();
        if (us >= m_durationUs)
            break;
    }
    for (const std::int64_t us : fieldPlaces()) {
        if (!m_demuxer.goTo(Demuxer::Way::Index, Track::Picture, stampOf(us)))
            return false;
        Group group;
        while (group.packets().size() < kFieldPackets) {
            Demuxer::Taken taken = m_demuxer.take(Track::Picture);
            if (!taken.packet)
                break;
            group.add(std::move(taken.packet));
        }
        judgeFields(group);
    }
    if (m_last && !m_demuxer.goTo(Demuxer::Way::Index, Track::Picture, m_last->stamp))
        return false;
    finish(readGroup(INT64_MAX));
    return true;
}

KeyFrameScan::Group KeyFrameScan::readGroup(std::int64_t end)
{
    Group group;
    while (!group.isCut()) {
        Demuxer::Taken taken = m_demuxer.take(Track::Picture);
        if (!taken.packet)
            break;
        if ((taken.packet->flags & AV_PKT_FLAG_KEY) && shownAt(*taken.packet) >= end)
            break;
        group.add(std::move(taken.packet));
    }
    return group;
}

// By key frames in between first: two that were looked at may lie far apart.
std::int64_t KeyFrameScan::changeBetween(Look from, Look to)
{
    while (usOf(to.stamp) - usOf(from.stamp) > kGroupUs) {
        const std::int64_t middle = from.stamp + (to.stamp - from.stamp) / 2;
        const Result<Demuxer::Landing> landing
            = m_demuxer.goTo(Demuxer::Way::Index, Track::Picture, middle);
        if (!landing || landing->stamp <= from.stamp || landing->stamp >= to.stamp)
            break;
        const Demuxer::Taken taken = m_demuxer.take(Track::Picture);
        const std::optional<Look> look = taken.packet ? lookAt(*taken.packet) : std::nullopt;
        if (!look)
            break;
        (look->isBlack == from.isBlack ? from : to) = *look;
    }
    if (!m_demuxer.goTo(Demuxer::Way::Index, Track::Picture, from.stamp))
        return usOf(to.stamp);
    return changeWithin(readGroup(to.stamp), from, to);
}

// The first picture behind the last that is as the group begins.
std::int64_t KeyFrameScan::changeWithin(const Group &group, const Look &from, const Look &to)
{
    std::int64_t change = to.stamp;
    bool isChanged = true;
    decodePackets(m_stream, group.packets(), kMostGroupSeconds, [&](const AVFrame &frame) {
        const std::int64_t stamp = frame.best_effort_timestamp;
        const std::optional<bool> isBlack = m_dark.isBlack(frame);
        // What comes before the key frame leans on pictures that are not there.
        if (!isBlack || stamp == AV_NOPTS_VALUE || stamp < from.stamp || stamp >= to.stamp)
            return;
        if (*isBlack == from.isBlack)
            isChanged = false;
        else if (!std::exchange(isChanged, true))
            change = stamp;
    });
    return usOf(isChanged ? change : to.stamp);
}

void KeyFrameScan::take(const Look &now, const std::function<std::int64_t(const Look &)> &change)
{
    if (!m_last && now.isBlack)
        blackBegins(0);
    if (m_last && m_last->isBlack != now.isBlack) {
        const std::int64_t us = change(now);
        if (now.isBlack)
            blackBegins(us);
        else
            blackEnds(us);
    }
    m_last = now;
}

void KeyFrameScan::blackBegins(std::int64_t us)
{
    m_blackSinceUs = us;
}

void KeyFrameScan::blackEnds(std::int64_t us)
{
    if (m_blackSinceUs && us - *m_blackSinceUs >= kLeastBlackUs)
        result.black.add({*m_blackSinceUs, us - *m_blackSinceUs});
    m_blackSinceUs.reset();
}

// Behind the last key frame a clip may still fade out.
void KeyFrameScan::finish(const Group &last)
{
    bool wasBlack = m_blackSinceUs.has_value();
    std::int64_t decodedUs = 0;
    const bool isWhole
        = decodePackets(m_stream, last.packets(), kMostGroupSeconds, [&](const AVFrame &frame) {
              const std::int64_t stamp = frame.best_effort_timestamp;
              const std::optional<bool> isBlack = m_dark.isBlack(frame);
              if (!isBlack || stamp == AV_NOPTS_VALUE || (m_last && stamp < m_last->stamp))
                  return;
              decodedUs = usOf(stamp);
              if (*isBlack == wasBlack)
                  return;
              wasBlack = *isBlack;
              if (wasBlack)
                  blackBegins(decodedUs);
              else
                  blackEnds(decodedUs);
          });
    blackEnds(isWhole && !last.isCut() ? m_durationUs : decodedUs);
    result.told = m_ends.facts.isInterlaced ? m_fields.told(m_stream->codecpar->field_order)
                                            : FieldOrder::Progressive;
    result.seen = m_fields.seen();
}

// Interlaced pictures have the lines of a television picture, and come no faster.
bool KeyFrameScan::mayHaveFields() const
{
    constexpr std::array kLines{480, 486, 512, 576, 608, 1080, 1088};
    const AVRational rate = m_ends.facts.frameRate;
    return m_ends.facts.isInterlaced
        || (std::ranges::find(kLines, m_ends.facts.height) != kLines.end()
            && (rate.num <= 0 || av_q2d(rate) < 31));
}

std::vector<std::int64_t> KeyFrameScan::fieldPlaces() const
{
    std::vector<std::int64_t> places;
    if (!mayHaveFields())
        return places;
    if (m_durationUs <= kOnePlaceUs)
        return {m_durationUs / 2};
    for (const double part : kFieldPlaces)
        places.push_back(std::llround(double(m_durationUs) * part));
    return places;
}

void KeyFrameScan::judgeFields(const Group &group)
{
    const auto packets = group.packets();
    m_fields.begin();
    decodePackets(m_stream, packets.first(std::min(packets.size(), kFieldPackets)),
                  kMostGroupSeconds, [this](const AVFrame &frame) { m_fields.add(frame); });
}

void KeyFrameScan::byReading()
{
    Group group;
    std::vector<std::int64_t> places = fieldPlaces();
    for (;;) {
        Demuxer::Taken taken = m_demuxer.take(Track::Picture);
        if (!taken.packet)
            break;
        const std::int64_t stamp = shownAt(*taken.packet);
        const bool isDue = (taken.packet->flags & AV_PKT_FLAG_KEY) && stamp != AV_NOPTS_VALUE
            && (!m_last || usOf(stamp) >= usOf(m_last->stamp) + m_stepUs);
        const std::optional<Look> now = isDue ? lookAt(*taken.packet) : std::nullopt;
        if (!now) {
            group.add(std::move(taken.packet));
            continue;
        }
        take(*now, [&](const Look &to) {
            return group.isCut() ? usOf(to.stamp) : changeWithin(group, *m_last, to);
        });
        if (!places.empty() && usOf(stamp) >= places.front()) {
            places.erase(places.begin());
            judgeFields(group);
        }
        group.begin(std::move(taken.packet));
        tellPosition();
    }
    if (!places.empty())
        judgeFields(group);
    finish(group);
}

// What playing a clip takes, by the reader that plays it.
constexpr HouseFormat kLoadFormat{1280, 720, {30, 1}};
constexpr std::int64_t kLoadFrames = 45;
constexpr double kLoadSeconds = 3; // of processor time: after that it is known to be too much
constexpr double kSmallLoad = 0.2; // of the head in small pictures: no need to look further

double measureLoad(const ClipResources &resources, std::int64_t from)
{
    ClipRequest request;
    request.format = kLoadFormat;
    request.from = from;
    const Result<std::unique_ptr<ClipReader>> clip = ClipReader::open(request, resources);
    if (!clip)
        return 0;
    std::vector<std::uint8_t> picture(std::size_t(kLoadFormat.pictureBytes()));
    std::vector<std::int16_t> samples(std::size_t(samplesBefore(1, kLoadFormat.rate) + 2) * 2);
    HouseFrame frame{picture, samples};
    const double begin = processorSeconds();
    std::int64_t frames = 0;
    while (frames < kLoadFrames && processorSeconds() - begin < kLoadSeconds) {
        const Result<bool> more = clip.value()->next(frame);
        if (!more || !more.value())
            break;
        ++frames;
    }
    const double took = processorSeconds() - begin;
    return frames > 0 ? took * 30 / double(frames) : 0;
}

} // namespace

Result<ClipLook> lookAtPictures(const ClipResources &resources, const ClipEnds &ends,
                                std::int64_t durationUs,
                                const std::function<void(std::int64_t bytes)> &onRead)
{
    if (ends.facts.isStill || ends.facts.isTitleCard || ends.facts.videoCodec.isEmpty())
        return ClipLook();
    const auto open = [&resources] {
        Result<std::unique_ptr<Demuxer>> demuxer
            = Demuxer::open(resources.file, Demuxer::Wanted::Both);
        if (demuxer)
            demuxer.value()->leaveOut(Track::Sound);
        return demuxer;
    };
    Result<std::unique_ptr<Demuxer>> demuxer = open();
    if (!demuxer)
        return demuxer.error();
    if (!demuxer.value()->stream(Track::Picture))
        return ClipLook();
    std::optional<KeyFrameScan> scan;
    scan.emplace(*demuxer.value(), ends, durationUs, onRead);
    const bool isSought = isSoughtByIndex(ends.facts) && scan->byIndex();
    if (!isSought) {
        scan.reset();
        demuxer = open();
        if (!demuxer)
            return demuxer.error();
        scan.emplace(*demuxer.value(), ends, durationUs, onRead);
        scan->byReading();
    }
    ClipLook look = std::move(scan->result);
    const AVStream *stream = demuxer.value()->stream(Track::Picture);
    const int threads
        = effortFor(stream->codecpar, ends.facts.frameRate, kLoadFormat.width, kLoadFormat.height)
              .threads;
    const int half = std::max(1, int(std::thread::hardware_concurrency()) / 2);
    look.processors = std::clamp(threads, 1, half);
    look.load = ends.headLoad;
    if (ends.headLoad > kSmallLoad) {
        look.load = measureLoad(resources, 0);
        if (isSought && ends.facts.frames > 4 * kLoadFrames)
            look.load = std::max(look.load, measureLoad(resources, ends.facts.frames / 2));
    }
    return look;
}

QString fieldOrderName(FieldOrder order)
{
    switch (order) {
    case FieldOrder::Progressive:
        return u"progressive"_s;
    case FieldOrder::TopFirst:
        return u"top-first"_s;
    case FieldOrder::BottomFirst:
        return u"bottom-first"_s;
    case FieldOrder::Unknown:
        break;
    }
    return u"unknown"_s;
}

QJsonObject ClipLook::toJson() const
{
    return {{u"tier"_s, 3},
            {u"black"_s, black.toJson()},
            {u"keyFrames"_s, qint64(keyFrames)},
            {u"fields"_s,
             QJsonObject{{u"told"_s, fieldOrderName(told)}, {u"seen"_s, fieldOrderName(seen)}}},
            {u"load"_s,
             QJsonObject{{u"seconds"_s, std::round(load * 1000) / 1000},
                         {u"processors"_s, processors}}}};
}

} // namespace continuo
