// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/publish/packets.h"

#include <algorithm>
#include <cstring>
#include <deque>

extern "C" {
#include <libavutil/mem.h>
}

namespace continuo::test {

namespace {

// SPS and PPS of x264 for 160x90 in annex B; AudioSpecificConfig of AAC LC, 48 kHz, stereo.
constexpr std::uint8_t kVideoExtra[]
    = {0,    0,    0,    1,    0x67, 0x64, 0x00, 0x0b, 0xac, 0xd9, 0x42, 0x8d, 0xf9,
       0x70, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x3c, 0x0f,
       0x14, 0x29, 0x96, 0,    0,    0,    1,    0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0};
constexpr std::uint8_t kAudioExtra[] = {0x11, 0x90};

void setExtra(AVCodecParameters *parameters, const std::uint8_t *bytes, std::size_t size)
{
    parameters->extradata
        = static_cast<std::uint8_t *>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
    std::memcpy(parameters->extradata, bytes, size);
    parameters->extradata_size = int(size);
}

TimelinePacketPtr makePacket(TimelinePacket::Kind kind, qint64 pts, qint64 dts, bool isKey,
                             int bytes, const std::shared_ptr<const StreamSet> &streams)
{
    auto packet = std::make_shared<TimelinePacket>();
    packet->kind = kind;
    packet->pts = pts;
    packet->dts = dts;
    packet->isKey = isKey;
    packet->payload.reset(av_packet_alloc());
    av_new_packet(packet->payload.get(), bytes);
    std::memset(packet->payload->data, 0x55, std::size_t(bytes));
    if (kind == TimelinePacket::Kind::Video && bytes >= 6) {
        const std::uint8_t start[] = {0, 0, 0, 1, std::uint8_t(isKey ? 0x65 : 0x41), 0x88};
        std::memcpy(packet->payload->data, start, sizeof start);
    }
    packet->streams = streams;
    return packet;
}

} // namespace

std::shared_ptr<const StreamSet> makeStreams(FrameRate rate, int videoDelay, int variant)
{
    const ParametersPtr video(avcodec_parameters_alloc());
    video->codec_type = AVMEDIA_TYPE_VIDEO;
    video->codec_id = AV_CODEC_ID_H264;
    video->width = 160;
    video->height = 90;
    video->video_delay = videoDelay;
    setExtra(video.get(), kVideoExtra, sizeof kVideoExtra);
    video->extradata[video->extradata_size - 1]
        = std::uint8_t(video->extradata[video->extradata_size - 1] + variant);
    const ParametersPtr audio(avcodec_parameters_alloc());
    audio->codec_type = AVMEDIA_TYPE_AUDIO;
    audio->codec_id = AV_CODEC_ID_AAC;
    audio->sample_rate = kHouseSampleRate;
    av_channel_layout_default(&audio->ch_layout, kHouseChannels);
    setExtra(audio.get(), kAudioExtra, sizeof kAudioExtra);
    return StreamSet::create(rate, video.get(), audio.get());
}

TimelinePacketPtr makeVideo(qint64 pts, qint64 dts, bool isKey, int bytes,
                            const std::shared_ptr<const StreamSet> &streams)
{
    return makePacket(TimelinePacket::Kind::Video, pts, dts, isKey, bytes, streams);
}

TimelinePacketPtr makeAudio(qint64 pts, int bytes, const std::shared_ptr<const StreamSet> &streams)
{
    return makePacket(TimelinePacket::Kind::Audio, pts, pts, true, bytes, streams);
}

std::vector<qint64> pyramidOrder(qint64 first, qint64 count, qint64 gop)
{
    std::vector<qint64> order;
    qint64 frame = first;
    const qint64 end = first + count;
    while (frame < end) {
        if (order.empty() || frame % gop == 0) {
            order.push_back(frame++); // a key frame: nothing before it is shown after it
            continue;
        }
        const qint64 groupEnd = std::min({frame + 4, end, (frame / gop + 1) * gop});
        const qint64 last = groupEnd - 1;
        order.push_back(last);
        if (last - frame == 3) {
            for (const qint64 b : {frame + 1, frame, frame + 2})
                order.push_back(b);
        } else {
            for (qint64 b = frame; b < last; ++b)
                order.push_back(b);
        }
        frame = groupEnd;
    }
    return order;
}

TimelineBatch makeSession(qint64 first, qint64 count, qint64 gop, FrameRate rate, int soundLag,
                          const std::shared_ptr<const StreamSet> &streams)
{
    std::deque<TimelinePacketPtr> video;
    for (const qint64 pts : pyramidOrder(first, count, gop))
        video.push_back(makeVideo(pts, first + qint64(video.size()) - 2,
                                  pts == first || pts % gop == 0, 100, streams));
    std::deque<TimelinePacketPtr> audio;
    const qint64 runIn = (samplesBefore(first, rate) / 1024 - 9) * 1024;
    for (qint64 pts = runIn; pts < samplesBefore(first + count, rate); pts += 1024)
        audio.push_back(makeAudio(pts, 50, streams));
    TimelineBatch session;
    const auto lagged = [&](const TimelinePacketPtr &packet) {
        TimelinePacket copy;
        copy.kind = TimelinePacket::Kind::Audio;
        copy.dts = packet->dts + qint64(soundLag) * 1024;
        return copy;
    };
    while (!video.empty() || !audio.empty()) {
        const bool soundFirst = !audio.empty()
            && (video.empty() || decodesBefore(lagged(audio.front()), *video.front(), rate));
        std::deque<TimelinePacketPtr> &from = soundFirst ? audio : video;
        session.push_back(from.front());
        from.pop_front();
    }
    return session;
}

} // namespace continuo::test
