// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/frames/previewring.h"

#include "core/base/uniquefd.h"

#include <QRandomGenerator>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

Result<PreviewRing> PreviewRing::create(int width, int height)
{
    Result<PreviewLayout> layout = PreviewLayout::compute(width, height);
    if (!layout)
        return layout.error();
    UniqueFd fd;
    QString name;
    // The name is random, so a second try is already unlikely.
    for (int attempt = 0; attempt < 4 && !fd.isValid(); ++attempt) {
        name = u"/continuo-%1-%2"_s.arg(::getuid())
                   .arg(QRandomGenerator::system()->generate64(), 16, 16, QChar(u'0'));
        fd.reset(
            ::shm_open(name.toLatin1().constData(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!fd.isValid() && errno != EEXIST)
            break;
    }
    if (!fd.isValid())
        return errorFromErrno(errno, u"create shared memory for the preview"_s);
    const QByteArray nativeName = name.toLatin1();
    // posix_fallocate: on a full /dev/shm an error now, not SIGBUS at the first picture.
    if (const int failure = ::posix_fallocate(fd.get(), 0, off_t(layout->totalBytes))) {
        ::shm_unlink(nativeName.constData());
        return errorFromErrno(failure, u"size shared memory for the preview"_s);
    }
    Result<Mapping> mapping
        = Mapping::map(fd.get(), layout->totalBytes, Mapping::Access::ReadWrite);
    if (!mapping) {
        ::shm_unlink(nativeName.constData());
        return mapping.error();
    }
    PreviewHeader header{};
    header.magic = kPreviewMagic;
    header.version = kPreviewVersion;
    header.width = width;
    header.height = height;
    header.pictures = kPreviewPictures;
    header.pictureOffset = layout->pictureOffset;
    header.pictureStride = layout->pictureStride;
    header.audioOffset = layout->audioOffset;
    header.peak.fill(std::bit_cast<std::uint32_t>(-120.0F));
    header.rms = header.peak;
    std::memcpy(mapping->data(), &header, sizeof header);
    return PreviewRing(name, layout.value(), std::move(mapping).value());
}

PreviewRing::PreviewRing(QString name, PreviewLayout layout, Mapping mapping)
    : m_name(std::move(name))
    , m_layout(layout)
    , m_mapping(std::move(mapping))
{
}

PreviewRing::PreviewRing(PreviewRing &&other) noexcept
    : m_name(std::exchange(other.m_name, QString()))
    , m_layout(other.m_layout)
    , m_mapping(std::move(other.m_mapping))
    , m_sequence(other.m_sequence)
    , m_audioWritten(other.m_audioWritten)
{
}

PreviewRing &PreviewRing::operator=(PreviewRing &&other) noexcept
{
    std::swap(m_name, other.m_name);
    std::swap(m_layout, other.m_layout);
    m_mapping = std::move(other.m_mapping);
    std::swap(m_sequence, other.m_sequence);
    std::swap(m_audioWritten, other.m_audioWritten);
    return *this;
}

PreviewRing::~PreviewRing()
{
    if (!m_name.isEmpty())
        ::shm_unlink(m_name.toLatin1().constData());
}

PreviewHeader &PreviewRing::header() const
{
    return *reinterpret_cast<PreviewHeader *>(m_mapping.data());
}

std::uint64_t PreviewRing::publishPicture(const PicturePlanes &picture, std::int64_t frame)
{
    const std::uint64_t sequence = m_sequence + 1;
    const std::uint64_t index = sequence % kPreviewPictures;
    std::byte *to = m_mapping.data() + m_layout.pictureOffset + index * m_layout.pictureStride;
    const auto width = std::size_t(m_layout.width);
    std::array<std::byte, kPreviewMaxWidth + 8> carry{};
    std::size_t carried = 0;
    // Rows of an odd number of half-width bytes do not end on words: what is left of a row is
    // carried over to the next.
    for (std::size_t plane = 0; plane < 3; ++plane) {
        const std::size_t bytes = plane == 0 ? width : width / 2;
        const int rows = plane == 0 ? m_layout.height : m_layout.height / 2;
        for (int row = 0; row < rows; ++row) {
            const std::uint8_t *from
                = picture.data[plane] + std::ptrdiff_t(row) * picture.stride[plane];
            std::memcpy(carry.data() + carried, from, bytes);
            const std::size_t have = carried + bytes;
            const std::size_t whole = have / 8 * 8;
            storeShared(to, carry.data(), whole);
            to += whole;
            carried = have - whole;
            std::memmove(carry.data(), carry.data() + whole, carried);
        }
    }
    // Width and height are even: the whole is a multiple of 2; the stride has room for the rest.
    if (carried > 0)
        storeShared(to, carry.data(), 8);
    PreviewHeader &shared = header();
    std::atomic_ref(shared.frame[index]).store(frame, std::memory_order_release);
    std::atomic_ref(shared.sequence).store(sequence, std::memory_order_release);
    m_sequence = sequence;
    return sequence;
}

void PreviewRing::publishAudio(std::span<const std::int16_t> samples, const AudioMeters &meters)
{
    PreviewHeader &shared = header();
    std::byte *ring = m_mapping.data() + m_layout.audioOffset;
    std::size_t done = 0;
    const std::size_t count = samples.size() / 2;
    while (done < count) {
        const std::uint64_t at = m_audioWritten % kPreviewAudioSamples;
        const std::size_t block = std::min({count - done, std::size_t(kPreviewAudioSamples - at),
                                            std::size_t(kPreviewAudioBlock)});
        const auto *from = reinterpret_cast<const std::byte *>(samples.data() + done * 2);
        for (std::size_t i = 0; i < block; ++i) {
            std::uint32_t word = 0;
            std::memcpy(&word, from + i * 4, 4);
            std::atomic_ref(*reinterpret_cast<std::uint32_t *>(ring + (at + i) * 4))
                .store(word, std::memory_order_release);
        }
        done += block;
        m_audioWritten += block;
        std::atomic_ref(shared.audioWritten).store(m_audioWritten, std::memory_order_release);
    }
    for (std::size_t channel = 0; channel < 2; ++channel) {
        std::atomic_ref(shared.peak[channel])
            .store(std::bit_cast<std::uint32_t>(meters.peak[channel]), std::memory_order_release);
        std::atomic_ref(shared.rms[channel])
            .store(std::bit_cast<std::uint32_t>(meters.rms[channel]), std::memory_order_release);
    }
}

} // namespace continuo
