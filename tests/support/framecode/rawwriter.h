// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/clipmaker.h"
#include "tests/support/framecode/outcome.h"
#include "tests/support/framecode/rate.h"

#include <QStringList>

#include <cstdint>
#include <memory>
#include <vector>

namespace framecode {

/// The channels of the recipe's layout, as ffmpeg names them; none where there is no such layout.
QStringList channelsOf(const QString &layout);
/// How many channels the recipe has.
int channelCount(const ClipRecipe &recipe);

/// Paints and synthesises a recipe's clip and writes it, raw, as NUT.
class RawWriter final {
public:
    /// Times of the pictures, in ticks. The sound goes from the first to the last sample given;
    /// that of zeroSeconds belongs to the first frame that is shown. Recipe and times must outlive
    /// it.
    RawWriter(const ClipRecipe &recipe, const std::vector<std::int64_t> &times, Rate tick,
              std::int64_t firstSample, std::int64_t samples, double zeroSeconds);
    ~RawWriter();
    RawWriter(const RawWriter &) = delete;
    RawWriter &operator=(const RawWriter &) = delete;

    Outcome<Done> writeTo(int descriptor);

private:
    struct Native;
    int open(int descriptor);
    int addSound();
    std::int64_t samplesBefore(std::int64_t ticks) const;
    int send(std::uint8_t *data, std::size_t size, int stream, std::int64_t time);
    void paintGround(std::size_t at);
    int writePicture(std::size_t at);
    int writeSound(std::int64_t until);

    const ClipRecipe &m_recipe;
    const std::vector<std::int64_t> &m_times;
    Rate m_tick;
    std::int64_t m_samples;
    std::int64_t m_sent;
    double m_zeroSeconds;
    std::vector<float> m_gains; // of the tones, by channel
    std::vector<std::uint8_t> m_picture;
    std::unique_ptr<Native> m_native;
};

} // namespace framecode
