// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/meterfeed.h"

#include "core/base/houseformat.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace continuo {

namespace {

constexpr std::size_t kMostFrames = 15; // that wait: each holds a picture, too
constexpr std::chrono::seconds kLongestWait(10); // every frame wakes it, and its end
constexpr int kMeterNice = 5; // before the preview, behind the air
constexpr std::int64_t kReadEvery = kHouseSampleRate / 10; // samples

} // namespace

Result<std::unique_ptr<MeterFeed>> MeterFeed::start()
{
    Result<LoudnessMeter> meter = LoudnessMeter::create();
    if (!meter)
        return meter.error();
    Result<EventFd> offered = EventFd::create();
    if (!offered)
        return offered.error();
    std::unique_ptr<MeterFeed> feed(
        new MeterFeed(std::move(meter).value(), std::move(offered).value()));
    MeterFeed *raw = feed.get();
    feed->m_thread = std::jthread([raw](const std::stop_token &stop) { raw->run(stop); });
    return feed;
}

MeterFeed::MeterFeed(LoudnessMeter meter, EventFd offered)
    : m_meter(std::move(meter))
    , m_offered(std::move(offered))
{
}

MeterFeed::~MeterFeed()
{
    m_thread.request_stop();
    m_offered.notify();
}

void MeterFeed::offer(const AirFramePtr &frame)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_frames.size() >= kMostFrames) {
            m_frames.pop_front();
            ++m_reading.missed;
        }
        m_frames.push_back(frame);
    }
    m_offered.notify();
}

MeterFeed::Reading MeterFeed::reading() const
{
    const std::lock_guard lock(m_mutex);
    return m_reading;
}

void MeterFeed::run(const std::stop_token &stop)
{
    ::pthread_setname_np(::pthread_self(), "meter");
    ::setpriority(PRIO_PROCESS, id_t(::syscall(SYS_gettid)), kMeterNice);
    std::int64_t unread = 0;
    while (!stop.stop_requested()) {
        std::deque<AirFramePtr> frames;
        m_offered.wait(kLongestWait);
        {
            const std::lock_guard lock(m_mutex);
            frames.swap(m_frames);
        }
        for (const AirFramePtr &frame : frames) {
            m_meter.add(std::span<const std::int16_t>(frame->sound));
            unread += std::int64_t(frame->sound.size() / kHouseChannels);
        }
        if (unread < kReadEvery)
            continue;
        unread = 0;
        Reading reading{m_meter.momentary(), m_meter.shortTerm(), m_meter.integrated(),
                        m_meter.truePeak()};
        const std::lock_guard lock(m_mutex);
        reading.missed = m_reading.missed;
        m_reading = reading;
    }
}

} // namespace continuo
