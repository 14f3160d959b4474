// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/demuxer.h"

#include "core/base/logging.h"
#include "core/media/averror.h"

extern "C" {
#include <libavutil/dict.h>
}

#include <QStringList>

#include <algorithm>
#include <cerrno>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr auto kDeadline = std::chrono::seconds(20);
constexpr std::int64_t kSecondUs = AV_TIME_BASE;
// How far the tracks of a file may lie apart: ffmpeg's own muxers keep to 10 s.
constexpr std::int64_t kReachUs = 10 * kSecondUs;
constexpr std::int64_t kReachBytes = 64LL * 1024 * 1024;
// Transport streams are made of joins; elsewhere a long gap is a picture that stands still, and is
// for ffmpeg, too.
constexpr std::int64_t kForwardTsUs = 10 * kSecondUs;
constexpr std::int64_t kForwardUs = 600 * kSecondUs;
constexpr int kMaxBadReads = 100;

// Lists of other files, and text that would be taken for a terminal's pictures.
bool isNoClipFormat(const QString &name)
{
    static const QStringList refused{u"tty"_s,  u"concat"_s,  u"ffmetadata"_s, u"sdp"_s,
                                     u"hls"_s,  u"dash"_s,    u"imf"_s,        u"applehttp"_s,
                                     u"rtsp"_s, u"bin"_s,     u"xbin"_s,       u"adf"_s,
                                     u"idf"_s,  u"rawvideo"_s};
    const QStringList names = name.split(u',');
    return std::any_of(names.begin(), names.end(),
                       [](const QString &part) { return refused.contains(part); });
}

/// Why a file is no media to libavformat.
QString whyInvalid(const ClipFile &file)
{
    if (file.size() == 0)
        return u"the file is empty"_s;
    // The first box of an MP4 or MOV: it stands before the sound and picture, the index often
    // after them.
    std::array<std::uint8_t, 8> begin{};
    const Result<std::size_t> count = file.read(0, begin);
    if (count && count.value() == begin.size() && std::memcmp(&begin[4], "ftyp", 4) == 0)
        return u"its index is missing or damaged: it was not recorded or copied to its end"_s;
    return u"this is no media file, or its header is damaged"_s;
}

Error unopenable(int averror, const ClipFile &file)
{
    Error error = errorFromAv(averror, u"open %1"_s.arg(file.path()));
    if (averror == AVERROR_INVALIDDATA || averror == AVERROR_EOF)
        error.detail = whyInvalid(file);
    return error;
}

} // namespace

int Demuxer::onInterrupt(void *opaque)
{
    const auto *self = static_cast<const Demuxer *>(opaque);
    return std::chrono::steady_clock::now() > self->m_deadline ? 1 : 0;
}

void Demuxer::startDeadline()
{
    m_deadline = std::chrono::steady_clock::now() + kDeadline;
}

// For the one format that opens its file itself, by name: stills without a signature of their own.
int Demuxer::onOpen(AVFormatContext *format, AVIOContext **context, const char *address, int flags,
                    AVDictionary **)
{
    auto *self = static_cast<Demuxer *>(format->opaque);
    if (self->m_file->address() != address || (flags & AVIO_FLAG_WRITE)) {
        qCWarning(lcMedia).noquote()
            << u"it names another file, which is not read: "_s + QString::fromUtf8(address);
        return AVERROR(EPERM);
    }
    Result<std::unique_ptr<FileInput>> input = FileInput::create(self->m_file, self->interrupt());
    if (!input)
        return AVERROR(ENOMEM);
    *context = input.value()->context();
    self->m_inputs.push_back(std::move(input).value());
    return 0;
}

int Demuxer::onClose(AVFormatContext *format, AVIOContext *context)
{
    auto *self = static_cast<Demuxer *>(format->opaque);
    std::erase_if(self->m_inputs,
                  [context](const auto &input) { return input->context() == context; });
    return 0;
}

Demuxer::Demuxer(ClipFilePtr file)
    : m_file(std::move(file))
{
}

Result<std::unique_ptr<Demuxer>> Demuxer::open(const ClipFilePtr &file, Wanted wanted,
                                               const TrackChoice &tracks)
{
    std::unique_ptr<Demuxer> demuxer(new Demuxer(file));
    if (Result<void> opened = demuxer->openFormat(); !opened)
        return opened.error();
    if (Result<void> chosen = demuxer->chooseStreams(wanted, tracks); !chosen)
        return chosen.error();
    return demuxer;
}

// As avformat_open_input() chooses a format, but known before anything of the format runs.
Result<const AVInputFormat *> Demuxer::probe(AVFormatContext *format)
{
    const char *address = m_file->address().constData();
    const AVProbeData nameOnly{address, nullptr, 0, nullptr};
    int score = AVPROBE_SCORE_RETRY;
    if (const AVInputFormat *byName = av_probe_input_format2(&nameOnly, 0, &score))
        return byName; // reads by onOpen()
    Result<std::unique_ptr<FileInput>> input = FileInput::create(m_file, interrupt());
    if (!input)
        return input.error();
    format->pb = input.value()->context();
    m_inputs.push_back(std::move(input).value());
    const AVInputFormat *byContent = nullptr;
    const int probed = av_probe_input_buffer2(format->pb, &byContent, address, format, 0, 0);
    if (probed < 0)
        return unopenable(probed, *m_file);
    return byContent;
}

Result<void> Demuxer::openFormat()
{
    InputPtr format(avformat_alloc_context());
    if (!format)
        return errorFromAv(AVERROR(ENOMEM), u"open %1"_s.arg(m_file->path()));
    format->opaque = this;
    format->flags |= AVFMT_FLAG_CUSTOM_IO; // its input is ours to free
    format->interrupt_callback = interrupt();
    format->io_open = &Demuxer::onOpen;
    format->io_close2 = &Demuxer::onClose;
    format->max_analyze_duration = 5 * AV_TIME_BASE;
    startDeadline();
    const Result<const AVInputFormat *> probed = probe(format.get());
    if (!probed)
        return probed.error();
    if (isNoClipFormat(QString::fromUtf8(probed.value()->name)))
        return Error{ErrorCode::Unsupported, u"a list or text file, not a clip"_s, 0};
    AVDictionary *options = nullptr;
    av_dict_set(&options, "pattern_type", "none", 0); // "clip%03d.png" is a name
    AVFormatContext *raw = format.release(); // freed there when it fails
    const int opened
        = avformat_open_input(&raw, m_file->address().constData(), probed.value(), &options);
    av_dict_free(&options);
    if (opened < 0)
        return unopenable(opened, *m_file);
    m_format.reset(raw);
    startDeadline();
    const int found = avformat_find_stream_info(m_format.get(), nullptr);
    if (found < 0)
        return unopenable(found, *m_file);
    m_times.emplace(isMadeOfJoins() ? kForwardTsUs : kForwardUs);
    return {};
}

Result<void> Demuxer::chooseStreams(Wanted wanted, const TrackChoice &tracks)
{
    AVFormatContext *format = m_format.get();
    const auto [picture, sound] = continuo::chooseStreams(format, tracks, wanted == Wanted::Both);
    if (picture < 0 && sound < 0) {
        QStringList codecs;
        bool hasMedia = false;
        for (unsigned i = 0; i < format->nb_streams; ++i) {
            const AVStream *stream = format->streams[i];
            const AVMediaType type = stream->codecpar->codec_type;
            if (type != AVMEDIA_TYPE_VIDEO && type != AVMEDIA_TYPE_AUDIO)
                continue;
            if (stream->disposition & AV_DISPOSITION_ATTACHED_PIC)
                continue;
            hasMedia = true;
            codecs += QString::fromUtf8(avcodec_get_name(stream->codecpar->codec_id));
        }
        if (hasMedia)
            return Error{ErrorCode::Unsupported,
                         u"no decoder for what is in it (%1)"_s.arg(codecs.join(u", "_s)), 0};
        if (wanted == Wanted::Both)
            return Error{ErrorCode::Unsupported, u"there is neither picture nor sound in it"_s, 0};
        return Error{ErrorCode::Unsupported, u"there is no sound in it"_s, 0};
    }
    for (unsigned i = 0; i < format->nb_streams; ++i) {
        AVStream *stream = format->streams[i];
        if (int(i) == picture)
            state(Track::Picture).stream = stream;
        else if (int(i) == sound)
            state(Track::Sound).stream = stream;
        else
            stream->discard = AVDISCARD_ALL;
    }
    return {};
}

bool Demuxer::isMadeOfJoins() const
{
    return m_format->iformat->flags & AVFMT_TS_DISCONT;
}

QString Demuxer::formatName() const
{
    return QString::fromUtf8(m_format->iformat->name);
}

bool Demuxer::isFull(const TrackState &track) const
{
    if (track.queue.size() < 2)
        return false;
    if (track.queuedBytes > kReachBytes)
        return true;
    const AVPacket *first = track.queue.front().get();
    const AVPacket *last = track.queue.back().get();
    if (first->dts == AV_NOPTS_VALUE || last->dts == AV_NOPTS_VALUE)
        return false;
    return av_rescale_q(last->dts - first->dts, track.stream->time_base, AV_TIME_BASE_Q) > kReachUs;
}

Demuxer::Taken Demuxer::take(Track track)
{
    TrackState &wanted = state(track);
    TrackState &other = state(track == Track::Picture ? Track::Sound : Track::Picture);
    if (!wanted.stream)
        return {};
    while (wanted.queue.empty() && !m_ended) {
        // Without its sound a picture goes on; without its picture there is nothing to show.
        if (track == Track::Sound && isFull(other))
            return {Outcome::OutOfReach, nullptr};
        PacketPtr packet = readPacket();
        if (!packet)
            break;
        TrackState &owner = packet->stream_index == wanted.stream->index ? wanted : other;
        if (&owner == &other && owner.queuedBytes > kReachBytes) {
            if (m_dropped++ == 0)
                qCWarning(lcMedia) << "sound lies too far from its picture and is left out";
            continue;
        }
        owner.queuedBytes += packet->size;
        owner.queue.push_back(std::move(packet));
    }
    if (wanted.queue.empty())
        return {};
    return {Outcome::Packet, pop(wanted)};
}

PacketPtr Demuxer::pop(TrackState &track)
{
    PacketPtr packet = std::move(track.queue.front());
    track.queue.pop_front();
    track.queuedBytes -= packet->size;
    ++track.passed;
    return packet;
}

PacketPtr Demuxer::readPacket()
{
    while (PacketPtr packet = readUnrepaired()) {
        const Track track = *trackOf(*packet);
        m_times->repair(track, packet.get(), state(track).stream->time_base);
        if (m_noter)
            m_noter->add(track, *packet, *m_times);
        if (!state(track).isLeftOut)
            return packet;
    }
    return nullptr;
}

std::optional<Track> Demuxer::trackOf(const AVPacket &packet) const
{
    for (const Track track : {Track::Picture, Track::Sound}) {
        const AVStream *stream = state(track).stream;
        if (stream && packet.stream_index == stream->index && stream->discard != AVDISCARD_ALL)
            return track;
    }
    return std::nullopt;
}

PacketPtr Demuxer::readUnrepaired()
{
    PacketPtr packet(av_packet_alloc());
    while (packet) {
        startDeadline();
        const int read = av_read_frame(m_format.get(), packet.get());
        if (read == AVERROR(EAGAIN))
            continue;
        if (read == AVERROR_EOF || (read < 0 && m_format->pb && m_format->pb->eof_reached))
            break;
        if (read < 0) {
            // Damage inside the file: most formats find the next whole packet by themselves.
            if (read == AVERROR_INVALIDDATA && ++m_badReads < kMaxBadReads)
                continue;
            m_readError = errorFromAv(read, u"read on"_s);
            break;
        }
        PlayProgress::count(m_file->progress().packetsRead);
        if (trackOf(*packet))
            return packet;
        av_packet_unref(packet.get());
    }
    m_ended = true;
    return nullptr;
}

} // namespace continuo
