// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/frames/previewlayout.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::size_t kPage = 4096;

std::size_t roundUp(std::size_t value, std::size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

float toDecibel(double value)
{
    return value <= 1e-6 ? -120.0F : float(20.0 * std::log10(value));
}

} // namespace

AudioMeters measureAudio(std::span<const std::int16_t> samples)
{
    AudioMeters meters;
    const std::size_t count = samples.size() / 2;
    if (count == 0)
        return meters;
    for (std::size_t channel = 0; channel < 2; ++channel) {
        int peak = 0;
        std::int64_t squares = 0;
        for (std::size_t i = channel; i < count * 2; i += 2) {
            const int sample = samples[i];
            peak = std::max(peak, std::abs(sample));
            squares += std::int64_t(sample) * sample;
        }
        meters.peak[channel] = toDecibel(peak / 32768.0);
        meters.rms[channel] = toDecibel(std::sqrt(double(squares) / double(count)) / 32768.0);
    }
    return meters;
}

Result<PreviewLayout> PreviewLayout::compute(int width, int height)
{
    if (width < 2 || height < 2 || width % 2 || height % 2 || width > kPreviewMaxWidth
        || height > kPreviewMaxHeight)
        return Error{ErrorCode::InvalidArgument,
                     u"a preview of %1x%2; even sizes up to %3x%4 are possible"_s.arg(width)
                         .arg(height)
                         .arg(kPreviewMaxWidth)
                         .arg(kPreviewMaxHeight),
                     0};
    PreviewLayout layout;
    layout.width = width;
    layout.height = height;
    layout.pictureBytes = std::size_t(width) * std::size_t(height) * 3 / 2;
    layout.pictureOffset = kPage;
    layout.pictureStride = roundUp(layout.pictureBytes, kPage);
    layout.audioOffset = layout.pictureOffset + layout.pictureStride * kPreviewPictures;
    layout.totalBytes = layout.audioOffset + kPreviewAudioSamples * 2 * sizeof(std::int16_t);
    return layout;
}

Result<PreviewLayout> PreviewLayout::fitting(int width, int height)
{
    if (width < 2 || height < 2)
        return compute(width, height);
    const double factor
        = std::min({1.0, double(kPreviewMaxWidth) / width, double(kPreviewMaxHeight) / height});
    return compute(std::max(2, int(std::lround(width * factor / 2)) * 2),
                   std::max(2, int(std::lround(height * factor / 2)) * 2));
}

void storeShared(std::byte *shared, const std::byte *from, std::size_t bytes)
{
    std::size_t done = 0;
    for (; done + 8 <= bytes; done += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, from + done, 8);
        std::atomic_ref(*reinterpret_cast<std::uint64_t *>(shared + done))
            .store(word, std::memory_order_release);
    }
    if (done < bytes) {
        std::uint32_t word = 0;
        std::memcpy(&word, from + done, 4);
        std::atomic_ref(*reinterpret_cast<std::uint32_t *>(shared + done))
            .store(word, std::memory_order_release);
    }
}

void loadShared(std::byte *to, const std::byte *shared, std::size_t bytes)
{
    // atomic_ref takes no const object (before C++26); it is only read here.
    auto *source = const_cast<std::byte *>(shared);
    std::size_t done = 0;
    for (; done + 8 <= bytes; done += 8) {
        const std::uint64_t word
            = std::atomic_ref(*reinterpret_cast<std::uint64_t *>(source + done))
                  .load(std::memory_order_acquire);
        std::memcpy(to + done, &word, 8);
    }
    if (done < bytes) {
        const std::uint32_t word
            = std::atomic_ref(*reinterpret_cast<std::uint32_t *>(source + done))
                  .load(std::memory_order_acquire);
        std::memcpy(to + done, &word, 4);
    }
}

} // namespace continuo
