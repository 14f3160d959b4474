// SPDX-License-Identifier: GPL-3.0-or-later
// What a logo costs the clock thread at 720p30, in percent of a core: at most 1 for one of the size
// that channels have, also while another is faded over to. The pictures are so many that none of
// them is in a cache, as in the frame store, where another process has written them.
#include "core/playout/logopainter.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <memory>
#include <vector>

using namespace continuo;

namespace {

using Picture = std::vector<std::uint8_t>;

constexpr double kMost = 1.0; // percent
constexpr int kPictures = 85; // slots that a player touches at 720p30
constexpr int kFrames = 30 * 60;
const HouseFormat kHouse{1280, 720, {30, 1}};

// An ellipse with a soft edge, bottom right.
LogoPtr logoOf(int width, int height, int colour)
{
    const Picture colours(std::size_t(kHouse.pictureBytes()), std::uint8_t(colour));
    Picture alpha(colours.size(), 0);
    const auto fill = [&](std::size_t plane, int stride, int left, int top, int columns, int rows) {
        for (int y = 0; y < rows; ++y) {
            for (int x = 0; x < columns; ++x) {
                const double dx = (x + 0.5) / columns * 2 - 1;
                const double dy = (y + 0.5) / rows * 2 - 1;
                const double inside = std::clamp((1 - dx * dx - dy * dy) * 4, 0.0, 1.0);
                alpha[plane + std::size_t((top + y) * stride + left + x)]
                    = std::uint8_t(std::lround(inside * 254) + 1);
            }
        }
    };
    const int left = kHouse.width - width;
    const int top = kHouse.height - height;
    const auto luma = std::size_t(kHouse.width) * std::size_t(kHouse.height);
    fill(0, kHouse.width, left, top, width, height);
    for (const std::size_t plane : {luma, luma + luma / 4})
        fill(plane, kHouse.width / 2, left / 2, top / 2, width / 2, height / 2);
    Result<LogoPtr> logo = Logo::create(colours.data(), alpha.data(), kHouse);
    return logo ? logo.value() : nullptr;
}

double threadSeconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

// Percent of a core for frames as players hand them over.
double percentOf(const LogoPlan &plan, const LogoPtr &shown, const LogoPtr &leaving,
                 const std::vector<std::shared_ptr<Picture>> &pictures)
{
    LogoPainter painter(kHouse, 480);
    painter.begin(plan, shown, leaving, {}, std::nullopt, 480);
    const double before = threadSeconds();
    for (int i = 0; i < kFrames; ++i) {
        const std::shared_ptr<Picture> &picture = pictures[std::size_t(i) % pictures.size()];
        AirFrame frame;
        frame.number = 480 + i;
        frame.picture = picture->data();
        frame.keepAlive = picture;
        painter.draw(frame, picture->data(), {});
        painter.aired();
    }
    return (threadSeconds() - before) / kFrames * 30 * 100;
}

} // namespace

int main()
{
    std::vector<std::shared_ptr<Picture>> pictures;
    for (int i = 0; i < kPictures; ++i)
        pictures.push_back(std::make_shared<Picture>(std::size_t(kHouse.pictureBytes()), 100));
    LogoPlan steady;
    steady.shown = {1, LogoRamp::steady(204)};
    const LogoPlan fading = steady.changed(2, 204, 480, kFrames);
    struct Row {
        const char *name;
        int width;
        int height;
        bool isFading;
        bool isJudged;
    };
    constexpr Row kRows[]{{"a tenth wide", 128, 72, false, true},
                          {"a tenth wide, fading over", 128, 72, true, true},
                          {"a fifth wide", 256, 144, false, true},
                          {"a fifth wide, fading over", 256, 144, true, true},
                          {"a banner all along", 1280, 144, false, false},
                          {"the whole picture", 1280, 720, false, false}};
    bool isMet = true;
    std::printf("logo at 720p30            pixels     %% of a core\n");
    for (const Row &row : kRows) {
        const LogoPtr logo = logoOf(row.width, row.height, 200);
        const LogoPtr other = logoOf(row.width, row.height, 60);
        if (!logo || !other)
            return 2;
        const double percent = row.isFading ? percentOf(fading, other, logo, pictures)
                                            : percentOf(steady, logo, nullptr, pictures);
        isMet = isMet && (!row.isJudged || percent <= kMost);
        std::printf("%-26s%4dx%-4d %12.3f%s\n", row.name, row.width, row.height, percent,
                    row.isJudged ? "" : "   (not judged)");
    }
    std::printf("at most %.0f %% of a core: %s\n", kMost, isMet ? "met" : "MISSED");
    return isMet ? 0 : 1;
}
