// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/stalldetector.h"

using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kIdleEncoder = 1s;
constexpr auto kBusyEncoder = 3s;
constexpr auto kFirstPacket = 5s;
constexpr auto kSilentPublisher = 3s;
constexpr auto kFirstWord = 10s; // a program to be loaded from a disk that is busy
constexpr auto kOwnGap = 1s; // we stood still ourselves: nobody is to be blamed for that

} // namespace

StallDetector::Verdict StallDetector::judge(const Reading &reading)
{
    const auto now = reading.now;
    if (!m_last || now - m_last->now > kOwnGap) {
        m_hasMoved = m_last && m_hasMoved;
        m_progressAt = m_ticksAt = m_wordAt = now;
        m_last = reading;
        return Verdict::Moving;
    }
    const bool isAcknowledged = reading.acknowledged != m_last->acknowledged;
    if (isAcknowledged)
        m_hasMoved = true;
    if (isAcknowledged || !reading.isInputFull || !reading.isPublisherReady)
        m_progressAt = now;
    if (reading.encoderTicks != m_last->encoderTicks)
        m_ticksAt = now;
    if (reading.publisherWords != m_last->publisherWords)
        m_wordAt = now;
    m_last = reading;
    if (now - m_wordAt >= (reading.isPublisherReady ? kSilentPublisher : kFirstWord))
        return Verdict::PublisherStuck;
    const auto still = now - m_progressAt;
    if (reading.isOutputHalf)
        return still >= kSilentPublisher ? Verdict::PublisherStuck : Verdict::Moving;
    const bool isIdle = now - m_ticksAt >= kIdleEncoder;
    const auto allowed = !m_hasMoved ? kFirstPacket : isIdle ? kIdleEncoder : kBusyEncoder;
    return still >= allowed ? Verdict::EncoderStuck : Verdict::Moving;
}

} // namespace continuo
