// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/eventfd.h"
#include "core/base/messagesocket.h"
#include "core/frames/retainedframes.h"

#include <QJsonObject>
#include <QObject>

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace continuo {

/// Hears what a publisher says, on a thread of its own: the only one that receives from its socket,
/// on which the main thread may send meanwhile. An acknowledgement frees the retained frames at
/// once, since the main thread may be held up by a disk for seconds, and frames would be dropped
/// for want of room. Each message is then handed to the main thread, in order. Owner thread: main.
///
/// An acknowledgement of a session that was replaced must free nothing: the feed of the next one
/// begins at the first frame that was not released, and would wait for ever for one that is gone.
/// So the number of the session and the freeing have one mutex; with an atomic number the thread
/// could be between looking at it and freeing while the session changes. When setSession() has
/// returned, nothing is freed for an older session any more.
///
/// What waits for the main thread is bounded by how long the keeper bears with an engine whose main
/// thread does not turn: acknowledgements, the only frequent messages, replace each other.
class PublisherReader final : public QObject {
    Q_OBJECT
public:
    using Handler = std::function<void(const QJsonObject &message)>;

    /// Begins to read. \p socket outlives this object. \p handler is called on the owner's thread
    /// and must not destroy this object.
    PublisherReader(EventFd wake, const MessageSocket &socket, int session,
                    std::shared_ptr<RetainedFrames> retained, Handler handler);
    /// Ends the thread; what was not handed on is dropped.
    ~PublisherReader() override;

    /// From now on \p session is the one whose acknowledgements count. To be called before the
    /// publisher can know of that session.
    void setSession(int session);
    /// Hands on what waits, without waiting for the event loop.
    Q_INVOKABLE void deliver();
    /// The publisher has ended: ends the thread and hands on all that it has said.
    void finish();

private:
    void run(const std::stop_token &stop);
    void stop();
    bool readAll();
    void take(const QJsonObject &message);

    const EventFd m_wake;
    const MessageSocket &m_socket;
    const std::shared_ptr<RetainedFrames> m_retained;
    const Handler m_handler;
    std::mutex m_mutex; // the clock thread never takes it
    int m_session; // guarded by m_mutex
    std::vector<QJsonObject> m_waiting; // guarded by m_mutex; a delivery is on its way
    std::jthread m_thread; // last: it uses all of the above
};

} // namespace continuo
