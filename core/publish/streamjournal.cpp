// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/streamjournal.h"

#include "core/base/logging.h"
#include "core/frames/packetjournal.h"

#include <QDataStream>
#include <QIODevice>
#include <QJsonDocument>

#include <cstring>
#include <map>

extern "C" {
#include <libavutil/mem.h>
}

namespace continuo {

namespace {

constexpr qsizetype kMaxExtradata = 4096;

// Both ways with one list of fields, so that they cannot differ.
template <typename Field> void forEachField(AVCodecParameters &p, Field field)
{
    field(p.codec_type);
    field(p.codec_id);
    field(p.format);
    field(p.bit_rate);
    field(p.profile);
    field(p.level);
    field(p.width);
    field(p.height);
    field(p.sample_aspect_ratio.num);
    field(p.sample_aspect_ratio.den);
    field(p.field_order);
    field(p.color_range);
    field(p.color_primaries);
    field(p.color_trc);
    field(p.color_space);
    field(p.chroma_location);
    field(p.video_delay);
    field(p.sample_rate);
    field(p.initial_padding);
}

void writeParameters(QDataStream &stream, const AVCodecParameters &parameters)
{
    AVCodecParameters copy = parameters; // not written to; forEachField takes it both ways
    forEachField(copy, [&stream](const auto &value) { stream << qint64(value); });
    stream << qint64(parameters.ch_layout.nb_channels);
    stream << QByteArray(reinterpret_cast<const char *>(parameters.extradata),
                         parameters.extradata_size);
}

ParametersPtr readParameters(QDataStream &stream)
{
    ParametersPtr parameters(avcodec_parameters_alloc());
    if (!parameters)
        return parameters;
    forEachField(*parameters, [&stream](auto &value) {
        qint64 number = 0;
        stream >> number;
        value = static_cast<std::remove_reference_t<decltype(value)>>(number);
    });
    qint64 channels = 0;
    QByteArray extradata;
    stream >> channels >> extradata;
    if (channels > 0 && channels <= 64)
        av_channel_layout_default(&parameters->ch_layout, int(channels));
    if (!extradata.isEmpty() && extradata.size() <= kMaxExtradata) {
        parameters->extradata = static_cast<std::uint8_t *>(
            av_mallocz(std::size_t(extradata.size()) + AV_INPUT_BUFFER_PADDING_SIZE));
        if (!parameters->extradata)
            return nullptr;
        std::memcpy(parameters->extradata, extradata.constData(), std::size_t(extradata.size()));
        parameters->extradata_size = int(extradata.size());
    }
    return parameters;
}

} // namespace

Result<std::unique_ptr<StreamJournal>> StreamJournal::open(UniqueFd fd, FrameRate rate)
{
    Result<std::unique_ptr<PacketJournal>> journal = PacketJournal::open(std::move(fd));
    if (!journal)
        return journal.error();
    if (const auto point = journal.value()->read({}); !point) {
        qCWarning(lcPublish, "%ls; it is begun anew", qUtf16Printable(point.error().detail));
        journal.value()->clear();
    }
    return std::unique_ptr<StreamJournal>(new StreamJournal(std::move(journal).value(), rate));
}

StreamJournal::StreamJournal(std::unique_ptr<PacketJournal> journal, FrameRate rate)
    : m_journal(std::move(journal))
    , m_rate(rate)
{
}

StreamJournal::~StreamJournal() = default;

void StreamJournal::append(const TimelineBatch &batch, qint64 nextFrame,
                           std::optional<qint64> nextSample)
{
    std::vector<PacketJournal::Packet> packets;
    packets.reserve(batch.size());
    for (const TimelinePacketPtr &packet : batch) {
        if (packet->streams != m_streams) {
            QByteArray blob;
            QDataStream stream(&blob, QIODevice::WriteOnly);
            writeParameters(stream, *packet->streams->video);
            writeParameters(stream, *packet->streams->audio);
            const Result<std::uint32_t> number = m_journal->addParameters(blob);
            if (!number)
                qCWarning(lcPublish, "journal: %ls", qUtf16Printable(number.error().detail));
            m_parameters = number ? number.value() : 0;
            m_streams = packet->streams;
        }
        packets.push_back(
            {packet->isVideo(), packet->isKey, m_parameters, packet->pts, packet->dts,
             std::as_bytes(std::span(packet->payload->data, std::size_t(packet->payload->size)))});
    }
    if (Result<void> done = m_journal->append(packets, {nextFrame, nextSample.value_or(-1)}); !done)
        qCWarning(lcPublish, "journal: %ls", qUtf16Printable(done.error().detail));
}

std::shared_ptr<const StreamSet> StreamJournal::readStreams(std::uint32_t number) const
{
    const QByteArray blob = m_journal->parameters(number);
    QDataStream stream(blob);
    const ParametersPtr video = readParameters(stream);
    const ParametersPtr audio = readParameters(stream);
    if (stream.status() != QDataStream::Ok || !video || !audio
        || video->codec_id != AV_CODEC_ID_H264 || audio->codec_id != AV_CODEC_ID_AAC
        || audio->sample_rate != kHouseSampleRate)
        return nullptr;
    return StreamSet::create(m_rate, video.get(), audio.get());
}

StreamJournal::Contents StreamJournal::read() const
{
    Contents contents;
    std::vector<std::uint32_t> numbers; // of each packet
    const Result<PacketJournal::Point> point
        = m_journal->read([&](const PacketJournal::Packet &source) {
              auto packet = std::make_shared<TimelinePacket>();
              packet->kind
                  = source.isVideo ? TimelinePacket::Kind::Video : TimelinePacket::Kind::Audio;
              packet->isKey = source.isKey;
              packet->pts = source.pts;
              packet->dts = source.dts;
              packet->payload.reset(av_packet_alloc());
              if (!packet->payload
                  || av_new_packet(packet->payload.get(), int(source.payload.size())) < 0)
                  return;
              std::memcpy(packet->payload->data, source.payload.data(), source.payload.size());
              contents.packets.push_back(std::move(packet));
              numbers.push_back(source.parameters);
          });
    if (point && point->nextFrame >= 0)
        contents.nextFrame = point->nextFrame;
    if (point && point->nextSample >= 0)
        contents.nextSample = point->nextSample;
    // Outside read(), which holds the journal's lock. Sets are few and shared.
    std::map<std::uint32_t, std::shared_ptr<const StreamSet>> sets;
    TimelineBatch good;
    good.reserve(contents.packets.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto [set, isNew] = sets.try_emplace(numbers[i]);
        if (isNew)
            set->second = readStreams(numbers[i]);
        if (!set->second)
            continue; // of a broken table: a hole, which is counted where it is seen
        auto packet = std::const_pointer_cast<TimelinePacket>(contents.packets[i]);
        packet->streams = set->second; // nobody else has it yet
        good.push_back(std::move(packet));
    }
    contents.packets = std::move(good);
    return contents;
}

QJsonObject StreamJournal::note(const QString &id) const
{
    return QJsonDocument::fromJson(m_journal->note(id.toUtf8())).object();
}

void StreamJournal::setNote(const QString &id, const QJsonObject &note)
{
    const Result<void> set
        = m_journal->setNote(id.toUtf8(), QJsonDocument(note).toJson(QJsonDocument::Compact));
    if (!set)
        qCWarning(lcPublish, "journal: %ls", qUtf16Printable(set.error().detail));
}

void StreamJournal::removeNote(const QString &id)
{
    m_journal->removeNote(id.toUtf8());
}

} // namespace continuo
