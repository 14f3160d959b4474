// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/colourmap.h"

#include "core/media/averror.h"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr double kWhiteNits = 203; // BT.2408
constexpr int kUsualPeakNits = 1000; // also the one that HLG's system gamma of 1.2 is for
constexpr double kBrightestNits = 10'000; // PQ ends there

// BT.2087 and, for P3 with the white of D65, SMPTE EG 432-1 against BT.709.
using Matrix = std::array<std::array<float, 3>, 3>;
constexpr Matrix kFrom709{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
constexpr Matrix kFrom2020{{{1.660491F, -0.587641F, -0.072850F},
                            {-0.124550F, 1.132899F, -0.008349F},
                            {-0.018151F, -0.100579F, 1.118730F}}};
constexpr Matrix kFromP3{{{1.224940F, -0.224940F, 0.0F},
                          {-0.042057F, 1.042057F, 0.0F},
                          {-0.019638F, -0.078636F, 1.098274F}}};

// A signal as a place in a table. A tenth above white is kept for standard range; below 0 there is
// no light.
constexpr int kSignalSteps = 4096;
constexpr int kSignals = kSignalSteps * 11 / 10;
// Light as a place in a table: 256 steps an octave, 22 octaves. Nothing of 8 bits lies below.
constexpr int kOctaves = 22;
constexpr int kOctaveBits = 8;
constexpr int kLights = (kOctaves << kOctaveBits) + 1;

constexpr double kPqM1 = 2610.0 / 16384;
constexpr double kPqM2 = 2523.0 / 4096 * 128;
constexpr double kPqC1 = 3424.0 / 4096;
constexpr double kPqC2 = 2413.0 / 4096 * 32;
constexpr double kPqC3 = 2392.0 / 4096 * 32;

double pqToNits(double value)
{
    const double power = std::pow(std::clamp(value, 0.0, 1.0), 1 / kPqM2);
    return kBrightestNits
        * std::pow(std::max(power - kPqC1, 0.0) / (kPqC2 - kPqC3 * power), 1 / kPqM1);
}

double nitsToPq(double nits)
{
    const double power = std::pow(std::clamp(nits / kBrightestNits, 0.0, 1.0), kPqM1);
    return std::pow((kPqC1 + kPqC2 * power) / (1 + kPqC3 * power), kPqM2);
}

double hlgToScene(double value)
{
    constexpr double kA = 0.17883277;
    constexpr double kB = 1 - 4 * kA;
    constexpr double kC = 0.55991073;
    return value <= 0.5 ? value * value / 3 : (std::exp((value - kC) / kA) + kB) / 12;
}

// BT.2390, 5.4.1, with a black of 0 on both sides.
double kneeNits(double nits, double peakNits)
{
    if (peakNits <= kWhiteNits)
        return std::min(nits, kWhiteNits);
    const double peak = nitsToPq(peakNits);
    const double most = nitsToPq(kWhiteNits) / peak;
    const double value = std::min(nitsToPq(nits) / peak, 1.0);
    const double start = 1.5 * most - 0.5;
    if (value < start)
        return nits;
    const double t = (value - start) / (1 - start);
    const double t2 = t * t;
    const double t3 = t2 * t;
    return pqToNits(peak
                    * ((2 * t3 - 3 * t2 + 1) * start + (t3 - 2 * t2 + t) * (1 - start)
                       + (-2 * t3 + 3 * t2) * most));
}

/// Of a signal from 0 on; 1 is kBrightestNits in PQ, the peak of the scene in HLG.
double lightOf(Colours::Transfer transfer, double signal)
{
    switch (transfer) {
    case Colours::Transfer::Pq:
        return pqToNits(signal) / kBrightestNits;
    case Colours::Transfer::Hlg:
        return hlgToScene(std::min(signal, 1.0));
    case Colours::Transfer::Gamma:
        break;
    }
    return std::pow(signal, 2.4);
}

/// The light that stands at a place of a table.
double lightAt(int place)
{
    return place == 0 ? 0
                      : std::exp2(place / (1 << kOctaveBits) - kOctaves)
            * (1 + double(place % (1 << kOctaveBits)) / (1 << kOctaveBits));
}

using Four = float __attribute__((vector_size(16)));
using FourPlaces = int __attribute__((vector_size(16)));

Four lesser(Four a, Four b)
{
    return a < b ? a : b;
}

Four greater(Four a, Four b)
{
    return a > b ? a : b;
}

Four all(float value)
{
    return Four{} + value;
}

Four lookUp(const std::vector<float> &table, FourPlaces places)
{
    return Four{table[std::size_t(places[0])], table[std::size_t(places[1])],
                table[std::size_t(places[2])], table[std::size_t(places[3])]};
}

FourPlaces placeOfSignal(Four signal)
{
    const Four place = lesser(greater(signal * kSignalSteps + 0.5F, all(0)), all(kSignals - 1));
    return __builtin_convertvector(place, FourPlaces);
}

// The bits of a float are nearly its logarithm: exponent, then how far on to the next power of 2.
FourPlaces placeOfLight(Four light)
{
    constexpr int kShift = 23 - kOctaveBits;
    constexpr int kFirst = (127 - kOctaves) << kOctaveBits;
    const auto bits = std::bit_cast<FourPlaces>(lesser(light, all(1)));
    const FourPlaces place = ((bits + (1 << (kShift - 1))) >> kShift) - kFirst;
    return place > 0 ? place : FourPlaces{};
}

/// Red, green and blue of four pixels.
struct Pixels {
    Four red;
    Four green;
    Four blue;
};

Pixels toBt709(const Pixels &from, const Matrix &by)
{
    const auto row = [&from, &by](std::size_t i) {
        return from.red * by[i][0] + from.green * by[i][1] + from.blue * by[i][2];
    };
    return {row(0), row(1), row(2)};
}

/// How much of a colour may be kept beside a grey so that it is shown.
Four share(Four value, Four grey)
{
    const Four above = value > 1.0F ? (1 - grey) / (value - grey) : all(1);
    const Four below = value < 0.0F ? grey / (grey - value) : all(1);
    return lesser(above, below);
}

/// Towards the grey of the same luminance as far as it takes to be shown.
void intoGamut(Pixels &light)
{
    const FourPlaces outside = (lesser(light.red, lesser(light.green, light.blue)) < 0.0F)
        | (greater(light.red, greater(light.green, light.blue)) > 1.0F);
    if (!(outside[0] | outside[1] | outside[2] | outside[3]))
        return;
    const Four luminance = light.red * 0.2126F + light.green * 0.7152F + light.blue * 0.0722F;
    const Four grey = lesser(greater(luminance, all(0)), all(1));
    const Four keep
        = lesser(share(light.red, grey), lesser(share(light.green, grey), share(light.blue, grey)));
    for (Four *value : {&light.red, &light.green, &light.blue})
        *value = lesser(greater(grey + keep * (*value - grey), all(0)), all(1));
}

const std::uint16_t *rowOf(const AVFrame *frame, int plane, int row)
{
    return reinterpret_cast<const std::uint16_t *>(frame->data[plane]
                                                   + std::ptrdiff_t(row) * frame->linesize[plane]);
}

int maxCll(const AVContentLightMetadata *light)
{
    return light && light->MaxCLL > 0 ? int(std::min(light->MaxCLL, 10'000U)) : 0;
}

int masteringPeak(const AVMasteringDisplayMetadata *screen)
{
    if (!screen || !screen->has_luminance || screen->max_luminance.den <= 0)
        return 0;
    return int(std::clamp(av_q2d(screen->max_luminance), 0.0, kBrightestNits));
}

template <typename Data>
const Data *sideData(const AVStream *stream, AVPacketSideDataType ofStream, const AVFrame *frame,
                     AVFrameSideDataType ofFrame)
{
    std::size_t bytes = 0;
    const std::uint8_t *data = stream ? av_stream_get_side_data(stream, ofStream, &bytes) : nullptr;
    if (data && bytes >= sizeof(Data))
        return reinterpret_cast<const Data *>(data);
    const AVFrameSideData *side = av_frame_get_side_data(frame, ofFrame);
    return side && side->size >= sizeof(Data) ? reinterpret_cast<const Data *>(side->data)
                                              : nullptr;
}

} // namespace

Colours coloursOf(const AVFrame *frame)
{
    Colours colours;
    if (frame->color_trc == AVCOL_TRC_SMPTE2084)
        colours.transfer = Colours::Transfer::Pq;
    else if (frame->color_trc == AVCOL_TRC_ARIB_STD_B67)
        colours.transfer = Colours::Transfer::Hlg;
    const bool isUnsaid = frame->color_primaries == AVCOL_PRI_UNSPECIFIED
        || frame->color_primaries == AVCOL_PRI_RESERVED0;
    const bool hasWideMatrix
        = frame->colorspace == AVCOL_SPC_BT2020_NCL || frame->colorspace == AVCOL_SPC_BT2020_CL;
    if (frame->color_primaries == AVCOL_PRI_SMPTE432)
        colours.gamut = Colours::Gamut::P3;
    else if (frame->color_primaries == AVCOL_PRI_BT2020
             || (isUnsaid && (hasWideMatrix || colours.transfer != Colours::Transfer::Gamma)))
        colours.gamut = Colours::Gamut::Bt2020;
    return colours;
}

void tagColours(AVFrame *frame, const Colours &colours)
{
    frame->color_trc = AVCOL_TRC_BT709;
    if (colours.transfer == Colours::Transfer::Pq)
        frame->color_trc = AVCOL_TRC_SMPTE2084;
    else if (colours.transfer == Colours::Transfer::Hlg)
        frame->color_trc = AVCOL_TRC_ARIB_STD_B67;
    frame->color_primaries = AVCOL_PRI_BT709;
    if (colours.gamut == Colours::Gamut::P3)
        frame->color_primaries = AVCOL_PRI_SMPTE432;
    else if (colours.gamut == Colours::Gamut::Bt2020)
        frame->color_primaries = AVCOL_PRI_BT2020;
}

int peakNitsOf(const AVStream *stream, const AVFrame *first)
{
    if (const int nits = maxCll(sideData<AVContentLightMetadata>(
            stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, first, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL));
        nits > 0)
        return nits;
    if (const int nits = masteringPeak(
            sideData<AVMasteringDisplayMetadata>(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
                                                 first, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA));
        nits > 0)
        return nits;
    return kUsualPeakNits;
}

Result<void> ColourMap::map(const AVFrame *from, const Colours &colours, std::span<std::uint8_t> to)
{
    const std::size_t pixels = std::size_t(from->width) * std::size_t(from->height);
    if (from->format != AV_PIX_FMT_YUV420P10 || from->width % 2 != 0 || from->height % 2 != 0
        || to.size() != pixels * 3 / 2)
        return Error{ErrorCode::InvalidArgument, u"no picture whose colours can be mapped"_s, 0};
    if (m_colours != colours)
        makeTables(colours);
    for (int row = 0; row < from->height; row += 2)
        mapRows(from, row, to);
    return {};
}

Result<FramePtr> ColourMap::mapped(const AVFrame *from, const Colours &colours)
{
    FramePtr frame(av_frame_alloc());
    std::vector<std::uint8_t> planes(std::size_t(from->width) * std::size_t(from->height) * 3 / 2);
    if (Result<void> done = map(from, colours, planes); !done)
        return done.error();
    if (frame) {
        frame->format = AV_PIX_FMT_YUV420P;
        frame->width = from->width;
        frame->height = from->height;
    }
    if (!frame || av_frame_get_buffer(frame.get(), 0) < 0)
        return errorFromAv(AVERROR(ENOMEM), u"map the colours of a picture"_s);
    const std::uint8_t *row = planes.data();
    for (int plane = 0; plane < 3; ++plane) {
        const int width = plane == 0 ? from->width : from->width / 2;
        const int height = plane == 0 ? from->height : from->height / 2;
        for (int y = 0; y < height; ++y, row += width)
            std::copy_n(row, width,
                        frame->data[plane] + std::ptrdiff_t(y) * frame->linesize[plane]);
    }
    frame->pts = from->pts;
    return frame;
}

void ColourMap::makeTables(const Colours &colours)
{
    m_lightOfSignal.clear();
    for (int i = 0; i < kSignals; ++i)
        m_lightOfSignal.push_back(float(lightOf(colours.transfer, double(i) / kSignalSteps)));
    const bool isHlg = colours.transfer == Colours::Transfer::Hlg;
    const double unit = isHlg ? kUsualPeakNits : kBrightestNits;
    const double peakNits = isHlg ? kUsualPeakNits : colours.peakNits;
    m_signalOfLight.clear();
    m_systemGamma.clear();
    m_knee.clear();
    for (int i = 0; i < kLights; ++i) {
        const double light = lightAt(i);
        m_signalOfLight.push_back(float(std::pow(light, 1 / 2.4)));
        m_systemGamma.push_back(float(std::pow(light, 0.2)));
        const double nits = light * unit;
        m_knee.push_back(float((i > 0 ? kneeNits(nits, peakNits) / nits : 1) * unit / kWhiteNits));
    }
    m_colours = colours;
}

void ColourMap::mapRows(const AVFrame *from, int row, std::span<std::uint8_t> to) const
{
    const Colours::Transfer transfer = m_colours->transfer;
    const Matrix &matrix = m_colours->gamut == Colours::Gamut::Bt2020 ? kFrom2020
        : m_colours->gamut == Colours::Gamut::P3                      ? kFromP3
                                                                      : kFrom709;
    const std::array luma{rowOf(from, 0, row), rowOf(from, 0, row + 1)};
    const std::uint16_t *u = rowOf(from, 1, row / 2);
    const std::uint16_t *v = rowOf(from, 2, row / 2);
    const std::ptrdiff_t width = from->width;
    const std::ptrdiff_t half = width / 2;
    std::uint8_t *const upper = to.data() + row * width;
    std::uint8_t *const lower = upper + width;
    std::uint8_t *const toU = to.data() + width * from->height + row / 2 * half;
    std::uint8_t *const toV = toU + half * (from->height / 2);
    for (std::ptrdiff_t block = 0; block < half; ++block) {
        const std::ptrdiff_t x = 2 * block;
        const Four codes{float(luma[0][x]), float(luma[0][x + 1]), float(luma[1][x]),
                         float(luma[1][x + 1])};
        const Four y = (codes - 64) * (1.0F / 876);
        const float cb = (float(u[block]) - 512) * (1.0F / 896);
        const float cr = (float(v[block]) - 512) * (1.0F / 896);
        Pixels light{lookUp(m_lightOfSignal, placeOfSignal(y + 1.4746F * cr)),
                     lookUp(m_lightOfSignal, placeOfSignal(y - (0.16455F * cb + 0.57135F * cr))),
                     lookUp(m_lightOfSignal, placeOfSignal(y + 1.8814F * cb))};
        if (transfer != Colours::Transfer::Gamma) {
            Four gain = all(1);
            if (transfer == Colours::Transfer::Hlg)
                gain = lookUp(m_systemGamma,
                              placeOfLight(light.red * 0.2627F + light.green * 0.6780F
                                           + light.blue * 0.0593F));
            // All three by the same factor: no hue changes where one of them is at its end.
            const Four brightest = greater(light.red, greater(light.green, light.blue));
            gain *= lookUp(m_knee, placeOfLight(brightest * gain));
            light = {light.red * gain, light.green * gain, light.blue * gain};
        }
        light = toBt709(light, matrix);
        intoGamut(light);
        const Four red = lookUp(m_signalOfLight, placeOfLight(light.red));
        const Four green = lookUp(m_signalOfLight, placeOfLight(light.green));
        const Four blue = lookUp(m_signalOfLight, placeOfLight(light.blue));
        const Four grey = red * 0.2126F + green * 0.7152F + blue * 0.0722F;
        // What lies between two values of eight bits is spread over the four pixels, as swscale
        // would: no bands.
        const Four shown = grey * 219 + Four{16.125F, 16.625F, 16.875F, 16.375F};
        upper[x] = std::uint8_t(shown[0]);
        upper[x + 1] = std::uint8_t(shown[1]);
        lower[x] = std::uint8_t(shown[2]);
        lower[x + 1] = std::uint8_t(shown[3]);
        const Four us = (blue - grey) * (224 / 1.8556F / 4);
        const Four vs = (red - grey) * (224 / 1.5748F / 4);
        toU[block] = std::uint8_t(128.5F + us[0] + us[1] + us[2] + us[3]);
        toV[block] = std::uint8_t(128.5F + vs[0] + vs[1] + vs[2] + vs[3]);
    }
}

} // namespace continuo
