// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/previewfeed.h"

#include "core/media/picturescaler.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::size_t kMaxWaiting = 15; // half a second: more is stale anyway
constexpr std::chrono::seconds kWakeAtLeast(10); // every frame wakes it, and its end
constexpr int kNice = 10; // the preview is the first thing to give way to the air

} // namespace

Result<std::unique_ptr<PreviewFeed>> PreviewFeed::start(const HouseFormat &format,
                                                        std::function<void(quint64)> onPublished)
{
    Result<PreviewLayout> layout = PreviewLayout::fitting(format.width, format.height);
    if (!layout)
        return layout.error();
    Result<PreviewRing> ring = PreviewRing::create(layout->width, layout->height);
    if (!ring)
        return ring.error();
    Result<EventFd> offered = EventFd::create();
    if (!offered)
        return offered.error();
    std::unique_ptr<PreviewFeed> feed(new PreviewFeed(
        format, std::move(ring).value(), std::move(offered).value(), std::move(onPublished)));
    PreviewFeed *raw = feed.get();
    feed->m_thread = std::jthread([raw](const std::stop_token &stop) { raw->run(stop); });
    return feed;
}

PreviewFeed::PreviewFeed(const HouseFormat &format, PreviewRing ring, EventFd offered,
                         std::function<void(quint64)> onPublished)
    : m_format(format)
    , m_ring(std::move(ring))
    , m_onPublished(std::move(onPublished))
    , m_offered(std::move(offered))
{
}

PreviewFeed::~PreviewFeed()
{
    m_thread.request_stop();
    m_offered.notify();
}

void PreviewFeed::offer(const AirFramePtr &frame)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_frames.size() >= kMaxWaiting)
            m_frames.pop_front();
        m_frames.push_back(frame);
    }
    m_offered.notify();
}

void PreviewFeed::run(const std::stop_token &stop)
{
    ::pthread_setname_np(::pthread_self(), "preview");
    ::setpriority(PRIO_PROCESS, id_t(::syscall(SYS_gettid)), kNice);
    const int width = m_ring.width();
    const int height = m_ring.height();
    PictureScaler scaler(PictureScaler::Target::Yuv420p);
    const std::size_t luma = std::size_t(width) * std::size_t(height);
    std::vector<std::uint8_t> small(luma * 3 / 2);
    const std::array<std::uint8_t *, 3> planes{small.data(), small.data() + luma,
                                               small.data() + luma + luma / 4};
    const std::array<int, 3> strides{width, width / 2, width / 2};
    for (;;) {
        std::deque<AirFramePtr> frames;
        m_offered.wait(kWakeAtLeast);
        if (stop.stop_requested())
            return;
        {
            const std::lock_guard lock(m_mutex);
            frames.swap(m_frames);
        }
        if (frames.empty())
            continue;
        for (const AirFramePtr &frame : frames)
            m_ring.publishAudio(frame->sound, measureAudio(frame->sound));
        const AirFramePtr &last = frames.back();
        const Result<void> scaled
            = scaler.scale(SourcePicture::packed(last->picture, m_format.width, m_format.height),
                           planes, strides, width, height);
        if (!scaled)
            continue; // no preview is no fault of the air
        const PicturePlanes picture{{planes[0], planes[1], planes[2]}, strides};
        m_onPublished(m_ring.publishPicture(picture, last->number));
    }
}

} // namespace continuo
