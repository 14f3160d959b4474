// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/downmix.h"

#include <QStringList>

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

QString sumText(const QList<double> &shares)
{
    QStringList terms;
    for (qsizetype i = 0; i < shares.size(); ++i) {
        if (shares[i] > 0)
            terms += u"%1*c%2"_s.arg(shares[i], 0, 'f', 6).arg(i);
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
    constexpr AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO;
    if (layout.nb_channels < 1 || av_channel_layout_compare(&layout, &stereo) == 0)
        return {};
    // The sum of several may be more than full scale, which integers would cut off.
    const QString inFloat = u"aformat=sample_fmts=fltp|flt,"_s;
    QList<double> left;
    QList<double> right;
    bool hasPlaces = false;
    for (int i = 0; i < layout.nb_channels; ++i) {
        const StereoShare share
            = stereoShare(av_channel_layout_channel_from_index(&layout, unsigned(i)));
        left += share.left;
        right += share.right;
        hasPlaces = hasPlaces || share.left > 0 || share.right > 0;
    }
    if (layout.nb_channels == 1) {
        left = {kMinus3Db};
        right = {kMinus3Db};
    } else if (!hasPlaces) {
        return u"pan=stereo|c0=c0|c1=c1,"_s;
    }
    return inFloat + u"pan=stereo|c0=%1|c1=%2,"_s.arg(sumText(left), sumText(right));
}

} // namespace continuo
