// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/downmix.h"

#include <QStringList>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr double kMinus3Db = 0.70710678118654752;
// libavutil's guess for 16 channels is a hall, for most other numbers nothing.
constexpr std::array<std::uint64_t, 9> kLayoutOfNumber{0,
                                                       AV_CH_LAYOUT_MONO,
                                                       AV_CH_LAYOUT_STEREO,
                                                       AV_CH_LAYOUT_SURROUND,
                                                       AV_CH_LAYOUT_QUAD,
                                                       AV_CH_LAYOUT_5POINT0_BACK,
                                                       AV_CH_LAYOUT_5POINT1_BACK,
                                                       AV_CH_LAYOUT_6POINT1,
                                                       AV_CH_LAYOUT_7POINT1};

struct Shares {
    QList<StereoShare> channels;
    bool hasPlaces = false; ///< false: they are tracks side by side
};

Shares sharesOf(AVChannelLayout layout)
{
    settleLayout(layout);
    Shares shares;
    for (int i = 0; i < layout.nb_channels; ++i) {
        const StereoShare share
            = stereoShare(av_channel_layout_channel_from_index(&layout, unsigned(i)));
        shares.channels += share;
        shares.hasPlaces = shares.hasPlaces || share.left > 0 || share.right > 0;
    }
    if (layout.nb_channels == 1)
        shares = {{{kMinus3Db, kMinus3Db}}, true};
    return shares;
}

QString sumText(const QList<StereoShare> &channels, double StereoShare::*side)
{
    QStringList terms;
    for (qsizetype i = 0; i < channels.size(); ++i) {
        if (channels[i].*side > 0)
            terms += u"%1*c%2"_s.arg(channels[i].*side, 0, 'f', 6).arg(i);
    }
    return terms.isEmpty() ? u"0*c0"_s : terms.join(u'+');
}

} // namespace

StereoShare stereoShare(AVChannel channel)
{
    switch (channel) {
    case AV_CHAN_FRONT_LEFT:
    case AV_CHAN_FRONT_LEFT_OF_CENTER:
    case AV_CHAN_STEREO_LEFT:
    case AV_CHAN_WIDE_LEFT:
        return {1, 0};
    case AV_CHAN_FRONT_RIGHT:
    case AV_CHAN_FRONT_RIGHT_OF_CENTER:
    case AV_CHAN_STEREO_RIGHT:
    case AV_CHAN_WIDE_RIGHT:
        return {0, 1};
    case AV_CHAN_FRONT_CENTER:
    case AV_CHAN_BOTTOM_FRONT_CENTER:
        return {kMinus3Db, kMinus3Db};
    case AV_CHAN_BACK_LEFT:
    case AV_CHAN_SIDE_LEFT:
    case AV_CHAN_SURROUND_DIRECT_LEFT:
    case AV_CHAN_TOP_FRONT_LEFT:
    case AV_CHAN_TOP_SIDE_LEFT:
    case AV_CHAN_TOP_BACK_LEFT:
    case AV_CHAN_BOTTOM_FRONT_LEFT:
        return {kMinus3Db, 0};
    case AV_CHAN_BACK_RIGHT:
    case AV_CHAN_SIDE_RIGHT:
    case AV_CHAN_SURROUND_DIRECT_RIGHT:
    case AV_CHAN_TOP_FRONT_RIGHT:
    case AV_CHAN_TOP_SIDE_RIGHT:
    case AV_CHAN_TOP_BACK_RIGHT:
    case AV_CHAN_BOTTOM_FRONT_RIGHT:
        return {0, kMinus3Db};
    case AV_CHAN_BACK_CENTER:
    case AV_CHAN_TOP_CENTER:
    case AV_CHAN_TOP_FRONT_CENTER:
    case AV_CHAN_TOP_BACK_CENTER:
        return {0.5, 0.5};
    default:
        return {};
    }
}

void settleLayout(AVChannelLayout &layout)
{
    const int channels = layout.nb_channels;
    if (layout.order != AV_CHANNEL_ORDER_UNSPEC || channels < 1
        || std::size_t(channels) >= kLayoutOfNumber.size())
        return;
    av_channel_layout_uninit(&layout);
    av_channel_layout_from_mask(&layout, kLayoutOfNumber[std::size_t(channels)]);
}

QString downmixText(const AVChannelLayout &layout)
{
    const Shares shares = sharesOf(layout);
    const QList<StereoShare> &channels = shares.channels;
    const bool isStereo = channels.size() == 2 && channels[0].left == 1 && channels[0].right == 0
        && channels[1].left == 0 && channels[1].right == 1;
    if (channels.isEmpty() || isStereo)
        return {};
    if (!shares.hasPlaces)
        return u"pan=stereo|c0=c0|c1=c1,"_s;
    // The sum of several may be more than full scale, which integers would cut off.
    return u"aformat=sample_fmts=fltp|flt,pan=stereo|c0=%1|c1=%2,"_s.arg(
        sumText(channels, &StereoShare::left), sumText(channels, &StereoShare::right));
}

bool mayExceedFullScale(const AVChannelLayout &layout)
{
    double left = 0;
    double right = 0;
    for (const StereoShare &share : sharesOf(layout).channels) {
        left += share.left;
        right += share.right;
    }
    return std::max(left, right) > 1;
}

} // namespace continuo
