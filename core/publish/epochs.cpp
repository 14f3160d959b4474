// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/epochs.h"

#include <chrono>

namespace continuo {

namespace {

// One for each start, drop and resume: a channel that makes more forgets the oldest.
constexpr std::size_t kMaxEpochs = 1000;

} // namespace

void Epochs::add(qint64 frame, qint64 wallUs)
{
    const std::scoped_lock lock(m_mutex);
    m_epochs[frame] = wallUs;
    if (m_epochs.size() > kMaxEpochs)
        m_epochs.erase(m_epochs.begin());
}

QJsonArray Epochs::newest(int count) const
{
    const std::scoped_lock lock(m_mutex);
    QJsonArray list;
    for (auto epoch = m_epochs.rbegin(); epoch != m_epochs.rend() && list.size() < count; ++epoch)
        list.prepend(QJsonArray{epoch->first, epoch->second});
    return list;
}

void Epochs::restore(const QJsonArray &epochs)
{
    for (const QJsonValue &epoch : epochs)
        add(epoch[0].toInteger(), epoch[1].toInteger());
}

qint64 Epochs::wallUs(qint64 frame) const
{
    const std::scoped_lock lock(m_mutex);
    if (m_epochs.empty()) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        m_epochs[frame] = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    }
    auto epoch = m_epochs.upper_bound(frame);
    if (epoch != m_epochs.begin())
        --epoch;
    const qint64 distance = frame - epoch->first;
    const qint64 ns = framesToNanoseconds(distance < 0 ? -distance : distance, m_rate);
    return epoch->second + (distance < 0 ? -ns : ns) / 1000;
}

} // namespace continuo
