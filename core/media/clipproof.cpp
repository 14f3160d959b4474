// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/clipproof.h"

#include "core/media/soundscan.h"

#include <QJsonArray>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::int64_t kEndFrames = 60; // two seconds
// Poster of a clip of ten seconds and more: a quarter into it, the best of so many frames.
constexpr std::int64_t kLeastForPoster = 300;
constexpr std::int64_t kPosterPart = 4;
constexpr std::int64_t kPosterFrames = 61;
constexpr std::int64_t kPosterStep = 6;
constexpr std::int64_t kLongestGapUs = 2'000'000;
constexpr std::int64_t kSlowestUs = 1'000'000; // pictures a second apart are a show of slides
constexpr std::size_t kReorder = 32; // codecs put off 16 pictures at most, as two fields each
constexpr std::size_t kMostSteps = 4096; // different ones that are told apart
// How far apart two steps may be that a container's clock has rounded: 1 ms, to either side.
constexpr std::int64_t kRoundingUs = 2100;

// By the header alone. Matroska has one or has none.
bool isIndexed(const ClipFacts &facts)
{
    return facts.container != "matroska"_L1 && isSoughtByIndex(facts);
}

struct Memory {
    std::vector<std::uint8_t> picture
        = std::vector<std::uint8_t>(std::size_t(kProofFormat.pictureBytes()));
    std::vector<std::int16_t> samples
        = std::vector<std::int16_t>(std::size_t(samplesBefore(1, kProofFormat.rate) + 2) * 2);
    HouseFrame frame{picture, samples};
};

/// What is called for each frame that is decoded.
using OnFrame = std::function<void(const HouseFrame &frame)>;

Result<std::int64_t> countFrames(ClipReader &clip, std::int64_t most, Memory &memory,
                                 const OnFrame &onFrame = {})
{
    std::int64_t frames = 0;
    while (frames < most) {
        Result<bool> more = clip.next(memory.frame);
        if (!more)
            return more.error();
        if (!more.value())
            break;
        ++frames;
        if (onFrame)
            onFrame(memory.frame);
    }
    return frames;
}

/// Picks thumbnails while a clip is looked into.
class ThumbnailPicker final {
public:
    explicit ThumbnailPicker(ClipEnds &ends)
        : m_ends(ends)
        , m_maker(ends.facts, kProofFormat)
    {
    }

    void take(ThumbnailKind kind, const HouseFrame &frame);
    /// The best of what is considered becomes the poster.
    void consider(const HouseFrame &frame);
    void takePoster();
    bool beats(const ThumbnailPicker &other) const
    {
        return m_bestContrast >= other.m_bestContrast;
    }
    bool isGoodEnough() const { return m_bestContrast >= kGoodContrast; }

private:
    static constexpr double kGoodContrast = 24; // black has 0, fog 5, a title on black 20

    ClipEnds &m_ends;
    const ThumbnailMaker m_maker;
    double m_bestContrast = -1;
    std::int64_t m_bestUs = 0;
    std::vector<std::uint8_t> m_best;
};

void ThumbnailPicker::take(ThumbnailKind kind, const HouseFrame &frame)
{
    if (!m_maker.hasPictures())
        return;
    Result<Thumbnail> made = m_maker.make(kind, frame.picture, frame.sourceUs);
    if (made) // no proof fails for want of one
        m_ends.thumbnails.push_back(std::move(made).value());
}

void ThumbnailPicker::consider(const HouseFrame &frame)
{
    const double contrast = m_maker.contrast(frame.picture);
    if (isGoodEnough() || contrast <= m_bestContrast)
        return;
    m_bestContrast = contrast;
    m_bestUs = frame.sourceUs;
    m_best.assign(frame.picture.begin(), frame.picture.end());
}

void ThumbnailPicker::takePoster()
{
    HouseFrame frame{m_best, {}};
    frame.sourceUs = m_bestUs;
    if (!m_best.empty())
        take(ThumbnailKind::Poster, frame);
}

// People know a clip by what is in it, and it may begin with black, a leader or a board.
void lookForPoster(const ClipResources &resources, const ClipEnds &ends, ThumbnailPicker &picker)
{
    if (ends.facts.frames < kLeastForPoster || ends.facts.isStill || !isSoughtByIndex(ends.facts))
        return;
    ClipRequest request;
    request.format = kProofFormat;
    request.from = ends.facts.frames / kPosterPart;
    const Result<std::unique_ptr<ClipReader>> clip = ClipReader::open(request, resources);
    if (!clip)
        return;
    Memory memory;
    for (std::int64_t i = 0; i < kPosterFrames && !picker.isGoodEnough(); ++i) {
        const Result<bool> more = clip.value()->next(memory.frame);
        if (!more || !more.value())
            return;
        if (i % kPosterStep == 0)
            picker.consider(memory.frame);
    }
}

void lookAtTail(const ClipResources &resources, ClipEnds &ends, ThumbnailPicker &picker)
{
    const std::int64_t from = ends.facts.frames - kEndFrames;
    if (from <= kEndFrames || ends.facts.isStill || !isSoughtByIndex(ends.facts))
        return;
    ClipRequest request;
    request.format = kProofFormat;
    request.from = from;
    ends.hasTail = true;
    const Result<std::unique_ptr<ClipReader>> clip = ClipReader::open(request, resources);
    if (!clip) {
        ends.tailErrors = 1;
        return;
    }
    // What could not be decoded on the way there leans on pictures before, which were left out.
    const std::int64_t before = clip.value()->errors();
    Memory memory;
    const Result<std::int64_t> frames = countFrames(*clip.value(), 2 * kEndFrames, memory);
    ends.tailFrames = frames ? frames.value() : 0;
    if (ends.tailFrames > 0)
        picker.take(ThumbnailKind::Tail, memory.frame);
    ends.tailErrors = clip.value()->errors() - before + (frames ? 0 : 1);
}

/// The times of a clip's pictures, in the order in which they are shown.
class PictureTimes final {
public:
    PictureTimes(const Demuxer &demuxer, AVRational rate, std::optional<std::int64_t> zeroUs)
        : m_stream(demuxer.stream(Track::Picture))
        , m_base(m_stream->time_base)
    {
        m_trust = LastPicture::trustIn(demuxer.formatName());
        if (zeroUs)
            m_zero = m_latest = av_rescale_q(*zeroUs, AV_TIME_BASE_Q, m_base);
        if (rate.num > 0 && rate.den > 0)
            m_nominal = av_rescale_q(1, av_inv_q(rate), m_base);
    }

    void add(const AVPacket &packet);
    void finish(ClipReading &reading);
    /// The latest that is known, from the start of the item.
    std::int64_t atUs() const { return inUs(m_latest - m_zero.value_or(0)); }

private:
    std::int64_t inUs(std::int64_t ticks) const
    {
        return av_rescale_q(ticks, m_base, AV_TIME_BASE_Q);
    }
    void place(std::int64_t stamp);
    std::int64_t usualStep() const;
    std::int64_t lastLength() const;

    const AVStream *m_stream;
    AVRational m_base;
    LastPicture::Trust m_trust;
    std::optional<std::int64_t> m_zero;
    std::int64_t m_nominal = 0; ///< between two pictures
    std::vector<std::int64_t> m_waiting; ///< smallest first
    std::optional<std::int64_t> m_placed; ///< the one that was placed last
    std::int64_t m_latest = 0;
    std::int64_t m_length = 0; ///< of the latest, as its packet says
    std::int64_t m_pictures = 0;
    std::map<std::int64_t, std::int64_t> m_steps; ///< how often each was made
    StretchList m_gaps;
};

void PictureTimes::add(const AVPacket &packet)
{
    if (packet.flags & AV_PKT_FLAG_DISCARD) // outside of an edit list
        return;
    std::int64_t stamp = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
    if (stamp == AV_NOPTS_VALUE)
        stamp = m_pictures == 0 ? m_zero.value_or(0) : m_latest + std::max(m_length, m_nominal);
    if (!m_zero)
        m_zero = m_latest = stamp;
    ++m_pictures;
    if (stamp < *m_zero) // leans on what was before the file's start, and is not shown
        return;
    if (stamp >= m_latest) {
        m_latest = stamp;
        m_length = packet.duration;
    }
    m_waiting.insert(std::ranges::upper_bound(m_waiting, stamp), stamp);
    if (m_waiting.size() > kReorder) {
        place(m_waiting.front());
        m_waiting.erase(m_waiting.begin());
    }
}

void PictureTimes::place(std::int64_t stamp)
{
    if (m_placed && stamp > *m_placed) {
        const std::int64_t step = stamp - *m_placed;
        if (m_steps.size() < kMostSteps || m_steps.contains(step))
            ++m_steps[step];
        if (inUs(step) > kLongestGapUs)
            m_gaps.add({inUs(*m_placed - m_zero.value_or(0)), inUs(step)});
    }
    m_placed = std::max(stamp, m_placed.value_or(stamp));
}

std::int64_t PictureTimes::usualStep() const
{
    const auto most
        = std::ranges::max_element(m_steps, {}, [](const auto &step) { return step.second; });
    return most == m_steps.end() ? m_nominal : most->first;
}

std::int64_t PictureTimes::lastLength() const
{
    LastPicture last;
    last.stream = m_stream;
    last.trust = m_trust;
    last.stamp = m_latest;
    last.stated = m_length;
    last.usual = usualStep();
    last.nominal = m_nominal;
    return last.length();
}

void PictureTimes::finish(ClipReading &reading)
{
    for (const std::int64_t stamp : m_waiting)
        place(stamp);
    m_waiting.clear();
    if (m_pictures == 0)
        return;
    const std::int64_t usual = usualStep();
    std::int64_t steps = 0;
    std::int64_t others = 0;
    for (const auto &[step, count] : m_steps) {
        steps += count;
        if (std::abs(inUs(step) - inUs(usual)) > kRoundingUs)
            others += count;
    }
    reading.isVariable = others > 2 && others * 50 > steps;
    if (inUs(usual) <= kSlowestUs)
        reading.gaps = m_gaps;
    reading.durationUs = atUs() + inUs(lastLength());
}

/// Reads one clip to its end.
class Reading final {
public:
    Reading(Demuxer &demuxer, const std::function<void(std::int64_t)> &onRead)
        : m_demuxer(demuxer)
        , m_onRead(onRead)
    {
    }

    void pictures(PictureTimes &times, SoundScan *sound);
    void soundAlone(SoundScan &sound);
    ClipReading result;

private:
    void noteDamage(const AVPacket *packet, std::int64_t atUs);
    void tellPosition();

    Demuxer &m_demuxer;
    const std::function<void(std::int64_t)> &m_onRead;
    int m_badReads = 0;
    std::int64_t m_told = 0;
};

void Reading::noteDamage(const AVPacket *packet, std::int64_t atUs)
{
    const int badReads = m_demuxer.badReads();
    if ((packet && (packet->flags & AV_PKT_FLAG_CORRUPT)) || badReads > m_badReads)
        result.damage.add({atUs, 0});
    m_badReads = badReads;
}

void Reading::tellPosition()
{
    constexpr std::int64_t kEachBytes = 1 << 20;
    const AVIOContext *io = m_demuxer.format()->pb;
    const std::int64_t position = io ? io->pos : 0;
    if (std::abs(position - m_told) < kEachBytes)
        return;
    m_told = position;
    m_onRead(position);
}

void Reading::pictures(PictureTimes &times, SoundScan *sound)
{
    for (;;) {
        const Demuxer::Taken taken = m_demuxer.take(Track::Picture);
        if (!taken.packet)
            break;
        ++result.packets;
        times.add(*taken.packet);
        noteDamage(taken.packet.get(), times.atUs());
        if (sound)
            sound->advanceTo(times.atUs());
        tellPosition();
    }
    noteDamage(nullptr, times.atUs());
    times.finish(result);
    if (sound)
        sound->advanceTo(result.durationUs);
}

void Reading::soundAlone(SoundScan &sound)
{
    while (!sound.hasEnded()) {
        sound.advanceWithin();
        noteDamage(nullptr, sound.atUs());
        tellPosition();
    }
    result.durationUs = sound.endUs();
}

void beginWaypoints(Demuxer &demuxer, const ClipEnds &ends)
{
    if (!ends.facts.isStill && !isIndexed(ends.facts))
        demuxer.noteWaypoints(ends.zeroUs);
}

WaypointList finishWaypoints(const ClipFilePtr &file, Demuxer &demuxer)
{
    WaypointList list = demuxer.takeWaypoints();
    if (list.isEmpty() || !demuxer.formatName().startsWith(u"matroska"_s))
        return list;
    // Most have an index. What was read has filled it, so that another has to be asked.
    const Demuxer::Wanted wanted
        = demuxer.stream(Track::Picture) ? Demuxer::Wanted::Both : Demuxer::Wanted::SoundOnly;
    const Result<std::unique_ptr<Demuxer>> other = Demuxer::open(file, wanted);
    return other && other.value()->hasIndexFor(list) ? WaypointList() : list;
}

// Those beside a join are left out: where the sound is there is more than a number.
void noteDrifts(WaypointList &list, const SoundTrack &sound)
{
    if (list.other < 0)
        return;
    for (Waypoint &point : list.points)
        point.drift = sound.driftAt(point.otherStamp);
    std::erase_if(list.points, [](const Waypoint &point) { return !point.drift; });
}

QJsonValue rounded(const std::optional<double> &value)
{
    return value ? QJsonValue(std::round(*value * 100) / 100) : QJsonValue();
}

} // namespace

// Going to the end of others means reading all there is before it, which the second tier does.
bool isSoughtByIndex(const ClipFacts &facts)
{
    constexpr std::array kSought{"mov"_L1, "matroska"_L1, "avi"_L1, "mxf"_L1,
                                 "asf"_L1, "wav"_L1,      "flac"_L1};
    return std::ranges::any_of(kSought, [&](auto name) { return facts.container == name; });
}

void StretchList::add(Stretch stretch)
{
    ++count;
    totalUs += stretch.lengthUs;
    if (first.size() < kMostPlaces)
        first.push_back(stretch);
}

QJsonObject StretchList::toJson() const
{
    QJsonArray places;
    for (const Stretch &stretch : first)
        places.append(QJsonObject{{u"atUs"_s, qint64(stretch.atUs)},
                                  {u"lengthUs"_s, qint64(stretch.lengthUs)}});
    return {{u"count"_s, qint64(count)}, {u"totalUs"_s, qint64(totalUs)}, {u"places"_s, places}};
}

QJsonObject ClipEnds::toJson() const
{
    QJsonObject object{
        {u"tier"_s, 1},
        {u"facts"_s, facts.toJson()},
        {u"head"_s,
         QJsonObject{{u"frames"_s, qint64(headFrames)}, {u"errors"_s, qint64(headErrors)}}}};
    if (hasTail)
        object.insert(
            u"tail"_s,
            QJsonObject{{u"frames"_s, qint64(tailFrames)}, {u"errors"_s, qint64(tailErrors)}});
    QJsonObject pictures;
    for (const Thumbnail &thumbnail : thumbnails)
        pictures.insert(thumbnailKindName(thumbnail.kind), qint64(thumbnail.atUs));
    if (!pictures.isEmpty())
        object.insert(u"thumbnails"_s, pictures);
    return object;
}

QJsonObject ClipReading::toJson() const
{
    QJsonObject object{{u"tier"_s, 2},
                       {u"durationUs"_s, qint64(durationUs)},
                       {u"packets"_s, qint64(packets)},
                       {u"damage"_s, damage.toJson()},
                       {u"gaps"_s, gaps.toJson()},
                       {u"variableRate"_s, isVariable}};
    if (hasSound)
        object.insert(u"sound"_s,
                      QJsonObject{{u"silences"_s, silences.toJson()},
                                  {u"missing"_s, missing.toJson()},
                                  {u"loudness"_s, rounded(loudness)},
                                  {u"truePeak"_s, rounded(truePeak)}});
    if (!endReason)
        object.insert(u"endReason"_s, endReason.error().detail);
    return object;
}

Result<ClipEnds> decodeEnds(const ClipResources &resources)
{
    ClipRequest request;
    request.format = kProofFormat;
    Result<std::unique_ptr<ClipReader>> clip = ClipReader::open(request, resources);
    if (!clip)
        return clip.error();
    ClipEnds ends;
    ends.facts = clip.value()->facts();
    ends.zeroUs = clip.value()->zeroUs();
    const bool isMoving = !ends.facts.isStill && !ends.facts.isTitleCard;
    ThumbnailPicker picker(ends);
    ThumbnailPicker ofHead(ends);
    Memory memory;
    // One that has no tail of its own is decoded to its end.
    const bool isShort = ends.facts.frames > 0 && ends.facts.frames <= 2 * kEndFrames;
    const std::int64_t most = isShort ? 2 * kEndFrames + 1 : kEndFrames;
    const double before = processorSeconds();
    const Result<std::int64_t> head
        = countFrames(*clip.value(), most, memory, [&](const HouseFrame &frame) {
              if (isMoving && frame.frame == 0)
                  picker.take(ThumbnailKind::Head, frame);
              if (frame.frame % kPosterStep == 0)
                  ofHead.consider(frame);
          });
    if (!head)
        return head.error();
    ends.headFrames = head.value();
    if (ends.headFrames > 0)
        ends.headLoad = (processorSeconds() - before) * 30 / double(ends.headFrames);
    ends.headErrors = clip.value()->errors();
    clip.value().reset();
    if (isMoving && ends.headFrames > 0 && ends.headFrames < most)
        picker.take(ThumbnailKind::Tail, memory.frame);
    lookForPoster(resources, ends, picker);
    (picker.isGoodEnough() || picker.beats(ofHead) ? picker : ofHead).takePoster();
    lookAtTail(resources, ends, picker);
    return ends;
}

Result<ClipReading> readThrough(const ClipFilePtr &file, const ClipEnds &ends,
                                const std::function<void(std::int64_t bytes)> &onRead)
{
    const bool hasPictures = !ends.facts.isTitleCard && !ends.facts.videoCodec.isEmpty();
    const bool hasSound = !ends.facts.audioCodec.isEmpty();
    Result<std::unique_ptr<Demuxer>> demuxer = Demuxer::open(
        file, hasPictures || !hasSound ? Demuxer::Wanted::Both : Demuxer::Wanted::SoundOnly);
    if (!demuxer)
        return demuxer.error();
    std::optional<SoundScan> sound;
    if (hasSound) {
        Result<std::unique_ptr<SoundTrack>> track = SoundTrack::open(*demuxer.value());
        if (track)
            sound.emplace(std::move(track).value(), ends.zeroUs);
    }
    Reading reading(*demuxer.value(), onRead);
    beginWaypoints(*demuxer.value(), ends);
    const AVStream *stream = demuxer.value()->stream(Track::Picture);
    const bool isCover = ends.facts.isStill && hasSound;
    if (hasPictures && !isCover && stream) {
        PictureTimes times(*demuxer.value(), ends.facts.frameRate, ends.zeroUs);
        reading.pictures(times, sound ? &*sound : nullptr);
    } else if (sound) {
        reading.soundAlone(*sound);
    }
    if (ends.facts.isStill && !hasSound)
        reading.result.durationUs = ends.facts.durationUs;
    if (sound)
        sound->finish(reading.result);
    reading.result.endReason = demuxer.value()->readError();
    reading.result.waypoints = finishWaypoints(file, *demuxer.value());
    if (sound && sound->track().hasSteadyDrift())
        noteDrifts(reading.result.waypoints, sound->track());
    return std::move(reading.result);
}

} // namespace continuo
