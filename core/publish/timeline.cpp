// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/timeline.h"

#include <QCryptographicHash>

namespace continuo {

namespace {

// Frame numbers times a rate's parts times 48000 leave 64 bits within a channel's life.
__extension__ using Wide = __int128;

qint64 divideRounded(Wide numerator, Wide denominator)
{
    const Wide half = denominator / 2;
    return qint64(numerator >= 0 ? (numerator + half) / denominator
                                 : -((-numerator + half) / denominator));
}

void addNumber(QCryptographicHash &hash, qint64 value)
{
    hash.addData(QByteArray::number(value) + ';');
}

void addParameters(QCryptographicHash &hash, const AVCodecParameters &parameters)
{
    addNumber(hash, parameters.codec_id);
    addNumber(hash, parameters.width);
    addNumber(hash, parameters.height);
    addNumber(hash, parameters.sample_rate);
    addNumber(hash, parameters.ch_layout.nb_channels);
    addNumber(hash, parameters.video_delay);
    addNumber(hash, parameters.extradata_size);
    if (parameters.extradata_size > 0)
        hash.addData(QByteArray(reinterpret_cast<const char *>(parameters.extradata),
                                parameters.extradata_size));
}

} // namespace

std::shared_ptr<const StreamSet> StreamSet::create(FrameRate rate, const AVCodecParameters *video,
                                                   const AVCodecParameters *audio)
{
    auto set = std::make_shared<StreamSet>();
    set->rate = rate;
    set->video.reset(avcodec_parameters_alloc());
    set->audio.reset(avcodec_parameters_alloc());
    if (!set->video || !set->audio || avcodec_parameters_copy(set->video.get(), video) < 0
        || avcodec_parameters_copy(set->audio.get(), audio) < 0)
        return nullptr;
    // Tags belong to the container that a stream comes from.
    set->video->codec_tag = 0;
    set->audio->codec_tag = 0;
    set->audio->frame_size = int(kAacFrameSamples);
    set->videoDelay = video->video_delay;
    QCryptographicHash hash(QCryptographicHash::Sha1);
    addNumber(hash, rate.num);
    addNumber(hash, rate.den);
    addParameters(hash, *video);
    addParameters(hash, *audio);
    set->fingerprint = hash.result().toHex();
    return set;
}

bool decodesBefore(const TimelinePacket &a, const TimelinePacket &b, FrameRate rate)
{
    // A common unit: 1/(48000*num) s.
    const auto time = [rate](const TimelinePacket &packet) {
        return packet.isVideo() ? Wide(packet.dts) * rate.den * kHouseSampleRate
                                : Wide(packet.dts) * rate.num;
    };
    return time(a) < time(b);
}

qint64 MuxClock::videoTicks(qint64 frame, AVRational base) const
{
    return divideRounded(Wide(frame - m_origin) * m_rate.den * base.den,
                         Wide(m_rate.num) * base.num);
}

qint64 MuxClock::audioTicks(qint64 sample, AVRational base) const
{
    const Wide fromOrigin
        = Wide(sample) * m_rate.num - Wide(m_origin) * m_rate.den * kHouseSampleRate;
    return divideRounded(fromOrigin * base.den, Wide(m_rate.num) * kHouseSampleRate * base.num);
}

} // namespace continuo
