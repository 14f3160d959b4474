// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/station/heartbeat.h"

#include <condition_variable>
#include <mutex>

using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kInterval = 250ms;
constexpr auto kPatience = 5s;

} // namespace

Heartbeat::Heartbeat(std::function<void()> beat)
    : m_beat(std::move(beat))
    , m_lastTurn(std::chrono::steady_clock::now())
{
    m_turn.setInterval(kInterval);
    QObject::connect(&m_turn, &QTimer::timeout, &m_turn,
                     [this] { m_lastTurn = std::chrono::steady_clock::now(); });
    m_turn.start();
    m_thread = std::jthread([this](const std::stop_token &stop) { run(stop); });
}

Heartbeat::~Heartbeat() = default;

void Heartbeat::run(const std::stop_token &stop)
{
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        if (std::chrono::steady_clock::now() - m_lastTurn.load() < kPatience)
            m_beat();
        never.wait_for(lock, stop, kInterval, [] { return false; });
    }
}

} // namespace continuo
