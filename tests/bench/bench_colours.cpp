// SPDX-License-Identifier: GPL-3.0-or-later
// bench_colours: what a 720p picture of wide gamut or high dynamic range costs to become BT.709, as
// a share of the time a frame has at 30 a second, and against copying the same picture (which it is
// in place of). Exit status 1 where one takes more than three quarters of a frame's time.
#include "core/media/avptr.h"
#include "core/media/colourmap.h"

#include <QElapsedTimer>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

using namespace continuo;

namespace {

constexpr int kWidth = 1280;
constexpr int kHeight = 720;
constexpr int kRounds = 40;
constexpr double kFrameMs = 1000.0 / 30;

// As bad as can be for the processor's caches.
FramePtr noise()
{
    FramePtr frame(av_frame_alloc());
    frame->format = AV_PIX_FMT_YUV420P10;
    frame->width = kWidth;
    frame->height = kHeight;
    if (av_frame_get_buffer(frame.get(), 0) < 0)
        return nullptr;
    std::mt19937 random(1);
    for (int plane = 0; plane < 3; ++plane) {
        const bool isLuma = plane == 0;
        for (int y = 0; y < (isLuma ? kHeight : kHeight / 2); ++y) {
            auto *row = reinterpret_cast<std::uint16_t *>(frame->data[plane]
                                                          + y * frame->linesize[plane]);
            std::generate_n(row, isLuma ? kWidth : kWidth / 2, [&random, isLuma] {
                return std::uint16_t(isLuma ? 64 + random() % 877 : 400 + random() % 225);
            });
        }
    }
    return frame;
}

template <typename Work> double quickestMs(Work work)
{
    double quickest = 1e9;
    for (int i = 0; i < kRounds; ++i) {
        QElapsedTimer timer;
        timer.start();
        work();
        quickest = std::min(quickest, double(timer.nsecsElapsed()) / 1e6);
    }
    return quickest;
}

} // namespace

int main()
{
    const FramePtr frame = noise();
    if (!frame)
        return 1;
    std::vector<std::uint8_t> house(std::size_t(kWidth) * kHeight * 3 / 2);
    const std::vector<std::uint8_t> other(house.size(), 1);
    const double copied
        = quickestMs([&] { std::memcpy(house.data(), other.data(), house.size()); });
    bool isQuick = true;
    std::printf("%-10s %10s %14s %12s\n", "720p", "ms", "of a frame", "to copying");
    const std::pair<const char *, Colours::Transfer> kinds[]{{"BT.2020", Colours::Transfer::Gamma},
                                                             {"PQ", Colours::Transfer::Pq},
                                                             {"HLG", Colours::Transfer::Hlg}};
    for (const auto &[name, transfer] : kinds) {
        Colours colours;
        colours.transfer = transfer;
        colours.gamut = Colours::Gamut::Bt2020;
        ColourMap map;
        bool isMapped = true;
        const double ms
            = quickestMs([&] { isMapped = map.map(frame.get(), colours, house) && isMapped; });
        std::printf("%-10s %10.2f %12.0f %% %12.0f\n", name, ms, ms / kFrameMs * 100, ms / copied);
        isQuick = isQuick && isMapped && ms < kFrameMs * 3 / 4;
    }
    return isQuick ? 0 : 1;
}
