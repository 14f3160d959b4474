// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/eventfd.h"
#include "core/base/houseformat.h"
#include "core/base/prioritymutex.h"
#include "core/frames/airframe.h"
#include "core/frames/previewring.h"

#include <QSet>
#include <QString>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace continuo {

/// Scales what is on air into the preview ring while somebody watches. The clock thread offers
/// frames and never waits; a preview that falls behind leaves pictures out.
class PreviewFeed final {
public:
    /// \p onPublished is called on the feed's thread with the sequence of each picture.
    /// Errors: NoSpace, Io.
    static Result<std::unique_ptr<PreviewFeed>> start(const HouseFormat &format,
                                                      std::function<void(quint64)> onPublished);
    ~PreviewFeed();

    void offer(const AirFramePtr &frame); ///< any thread; never blocks for long

    void addClient(quint64 client) { m_clients.insert(client); }
    /// True when that was the last one.
    bool removeClient(quint64 client) { return m_clients.remove(client) && m_clients.isEmpty(); }
    QString name() const { return m_ring.name(); }
    qint64 bytes() const { return qint64(m_ring.bytes()); }

private:
    PreviewFeed(const HouseFormat &format, PreviewRing ring, EventFd offered,
                std::function<void(quint64)> onPublished);
    void run(const std::stop_token &stop);

    const HouseFormat m_format;
    PreviewRing m_ring;
    const std::function<void(quint64)> m_onPublished;
    QSet<quint64> m_clients; // main thread
    PriorityMutex m_mutex;
    // No condition variable: its own mutex inherits no priority.
    const EventFd m_offered;
    std::deque<AirFramePtr> m_frames; // guarded by m_mutex
    std::jthread m_thread; // last: it uses all of the above
};

} // namespace continuo
