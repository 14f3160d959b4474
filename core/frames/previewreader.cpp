// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/frames/previewreader.h"

#include "core/base/uniquefd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Where a reader that lost its place goes on: 0.25 s behind the writer.
constexpr std::uint64_t kCatchUpSamples = 12000;

Error notAPreview(const QString &name)
{
    return Error{ErrorCode::InvalidArgument,
                 u"%1 is no preview of this version of Continuo"_s.arg(name), 0};
}

} // namespace

Result<PreviewReader> PreviewReader::attach(const QString &name)
{
    UniqueFd fd(::shm_open(name.toLocal8Bit().constData(), O_RDONLY | O_CLOEXEC, 0));
    if (!fd.isValid())
        return errorFromErrno(errno, u"open the preview %1"_s.arg(name));
    struct stat info { };
    if (::fstat(fd.get(), &info) < 0)
        return errorFromErrno(errno, u"look at the preview %1"_s.arg(name));
    if (info.st_size < off_t(sizeof(PreviewHeader)))
        return notAPreview(name);
    const auto bytes = std::size_t(info.st_size);
    Result<Mapping> mapping = Mapping::map(fd.get(), bytes, Mapping::Access::ReadOnly);
    if (!mapping)
        return mapping.error();
    // Only what is written before the name is told to anybody: no atomics needed.
    const auto &header = *reinterpret_cast<const PreviewHeader *>(mapping->data());
    if (header.magic != kPreviewMagic || header.version != kPreviewVersion
        || header.pictures != kPreviewPictures)
        return notAPreview(name);
    Result<PreviewLayout> layout = PreviewLayout::compute(header.width, header.height);
    if (!layout || layout->totalBytes != bytes || header.pictureOffset != layout->pictureOffset
        || header.pictureStride != layout->pictureStride
        || header.audioOffset != layout->audioOffset)
        return notAPreview(name);
    return PreviewReader(layout.value(), std::move(mapping).value());
}

PreviewReader::PreviewReader(PreviewLayout layout, Mapping mapping)
    : m_layout(layout)
    , m_mapping(std::move(mapping))
{
}

PreviewHeader &PreviewReader::header() const
{
    // Not const, since atomic_ref takes no const object; the mapping is read-only.
    return *reinterpret_cast<PreviewHeader *>(m_mapping.data());
}

bool PreviewReader::readPicture(PreviewPicture &picture) const
{
    PreviewHeader &shared = header();
    for (int attempt = 0; attempt < 2; ++attempt) {
        const std::uint64_t sequence
            = std::atomic_ref(shared.sequence).load(std::memory_order_acquire);
        if (sequence == 0 || sequence == picture.sequence)
            return false;
        const std::uint64_t index = sequence % kPreviewPictures;
        // Room for the last word, which may reach over the picture's end.
        picture.planes.resize((m_layout.pictureBytes + 7) / 8 * 8);
        const std::int64_t frame
            = std::atomic_ref(shared.frame[index]).load(std::memory_order_acquire);
        loadShared(reinterpret_cast<std::byte *>(picture.planes.data()),
                   m_mapping.data() + m_layout.pictureOffset + index * m_layout.pictureStride,
                   picture.planes.size());
        picture.planes.resize(m_layout.pictureBytes);
        const std::uint64_t after
            = std::atomic_ref(shared.sequence).load(std::memory_order_acquire);
        if (after >= sequence + kPreviewPictures - 1)
            continue;
        picture.sequence = sequence;
        picture.frame = frame;
        picture.width = m_layout.width;
        picture.height = m_layout.height;
        return true;
    }
    // The buffer holds parts of two pictures now: nobody may take it for one.
    picture.sequence = 0;
    return false;
}

std::uint64_t PreviewReader::audioWritten() const
{
    return std::atomic_ref(header().audioWritten).load(std::memory_order_acquire);
}

std::size_t PreviewReader::readAudio(std::uint64_t &position, std::span<std::int16_t> samples) const
{
    constexpr std::uint64_t kReach = kPreviewAudioSamples - kPreviewAudioBlock;
    const std::uint64_t written = audioWritten();
    if (position > written || written - position > kReach)
        position = written - std::min(written, kCatchUpSamples);
    const auto count = std::size_t(
        std::min<std::uint64_t>(written - position, std::uint64_t(samples.size() / 2)));
    const std::byte *ring = m_mapping.data() + m_layout.audioOffset;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t at = (position + i) % kPreviewAudioSamples;
        loadShared(reinterpret_cast<std::byte *>(samples.data() + i * 2), ring + at * 4, 4);
    }
    if (audioWritten() - position > kReach)
        return 0; // overwritten during the copy: the next call catches up
    position += count;
    return count;
}

AudioMeters PreviewReader::meters() const
{
    PreviewHeader &shared = header();
    AudioMeters meters;
    for (std::size_t channel = 0; channel < 2; ++channel) {
        meters.peak[channel] = std::bit_cast<float>(
            std::atomic_ref(shared.peak[channel]).load(std::memory_order_acquire));
        meters.rms[channel] = std::bit_cast<float>(
            std::atomic_ref(shared.rms[channel]).load(std::memory_order_acquire));
    }
    return meters;
}

} // namespace continuo
