// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"

#include <QJsonArray>

#include <map>
#include <mutex>

namespace continuo {

/// When frames were due by the wall clock: one entry for each epoch of the channel. Any thread.
class Epochs final {
public:
    explicit Epochs(FrameRate rate)
        : m_rate(rate)
    {
    }

    /// Frame \p frame was due at \p wallUs (UTC microseconds since 1970), those after it at the
    /// house rate until the next epoch. Replaces one of the same frame.
    void add(qint64 frame, qint64 wallUs);
    /// The newest \p count as [[frame, wallUs], …], for restore() in another process.
    QJsonArray newest(int count) const;
    void restore(const QJsonArray &epochs);
    /// UTC microseconds at which \p frame was due. Before the first epoch it counts back from that;
    /// without any, the time of the first question counts as an epoch.
    qint64 wallUs(qint64 frame) const;

private:
    const FrameRate m_rate;
    mutable std::mutex m_mutex;
    mutable std::map<qint64, qint64> m_epochs; // guarded by m_mutex
};

} // namespace continuo
