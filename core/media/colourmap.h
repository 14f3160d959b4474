// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/media/avptr.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace continuo {

/// What the numbers of a picture mean as light.
struct Colours {
    enum class Transfer {
        Gamma, ///< standard dynamic range, shown by BT.1886
        Pq, ///< SMPTE ST 2084
        Hlg, ///< ARIB STD-B67
    };
    enum class Gamut { Bt709, Bt2020, P3 };

    Transfer transfer = Transfer::Gamma;
    Gamut gamut = Gamut::Bt709;
    int peakNits = 1000; ///< the brightest there is in it; for PQ

    /// Nothing to be mapped.
    bool areTheHouses() const { return transfer == Transfer::Gamma && gamut == Gamut::Bt709; }

    friend bool operator==(const Colours &a, const Colours &b) = default;
};

/// What a frame says of its colours, without the peak. PQ, HLG and the matrix of BT.2020 mean the
/// primaries of BT.2020 where there is no word on those.
Colours coloursOf(const AVFrame *frame);
/// Has coloursOf() give \p colours for \p frame.
void tagColours(AVFrame *frame, const Colours &colours);
/// The brightest there is, as the stream (null: there is none) or its first picture says: MaxCLL,
/// else the peak of the screen it was made on, else 1000 nit.
int peakNitsOf(const AVStream *stream, const AVFrame *first);

/// Brings pictures of high dynamic range and of wide gamut to BT.709: reference white of 203 nit
/// (BT.2408), what is brighter by the knee of BT.2390, HLG with the system gamma of 1.2 for 1000
/// nit; what lies outside of BT.709 then loses saturation and keeps its luminance. By a table. One
/// thread.
class ColourMap final {
public:
    /// Writes \p from (yuv420p10 limited, matrix of BT.2020, even size) to \p to as BT.709 limited
    /// yuv420p: Y, U, V planes without padding. Makes its tables when the colours are others than
    /// before. Errors: InvalidArgument (another format, or \p to is of another size).
    Result<void> map(const AVFrame *from, const Colours &colours, std::span<std::uint8_t> to);
    /// The same into a frame of its own. Errors: as map(); NoSpace.
    Result<FramePtr> mapped(const AVFrame *from, const Colours &colours);

private:
    void makeTables(const Colours &colours);
    void mapRows(const AVFrame *from, int row, std::span<std::uint8_t> to) const;

    std::optional<Colours> m_colours; ///< those of the tables
    std::vector<float> m_lightOfSignal;
    std::vector<float> m_systemGamma; ///< what light is to be multiplied by in HLG
    std::vector<float> m_knee; ///< the same where it is too bright; 1 is white behind it
    std::vector<float> m_signalOfLight;
};

} // namespace continuo
