// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/publisherreader.h"

#include <poll.h>
#include <pthread.h>

#include <array>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

PublisherReader::PublisherReader(EventFd wake, const MessageSocket &socket, int session,
                                 std::shared_ptr<RetainedFrames> retained, Handler handler)
    : m_wake(std::move(wake))
    , m_socket(socket)
    , m_retained(std::move(retained))
    , m_handler(std::move(handler))
    , m_session(session)
{
    m_thread = std::jthread([this](const std::stop_token &stop) { run(stop); });
}

PublisherReader::~PublisherReader()
{
    stop();
}

void PublisherReader::stop()
{
    if (!m_thread.joinable())
        return;
    m_thread.request_stop();
    m_wake.notify();
    m_thread.join();
}

void PublisherReader::run(const std::stop_token &stop)
{
    ::pthread_setname_np(::pthread_self(), "publisher");
    while (!stop.stop_requested()) {
        std::array<pollfd, 2> entries{{{m_socket.fd(), POLLIN, 0}, {m_wake.fd(), POLLIN, 0}}};
        ::poll(entries.data(), entries.size(), -1);
        if (!readAll())
            return; // the publisher's pidfd tells the main thread the rest
    }
}

// False when there is no more to come, or what comes is no message.
bool PublisherReader::readAll()
{
    for (;;) {
        const Result<std::optional<Message>> got = m_socket.receive();
        if (!got)
            return false;
        if (!got.value())
            return true;
        take(got.value()->body);
    }
}

void PublisherReader::take(const QJsonObject &message)
{
    const bool isAck = message.contains("ack"_L1);
    const std::lock_guard lock(m_mutex);
    if (isAck) {
        const QJsonObject ack = message.value("ack"_L1).toObject();
        if (ack.value("session"_L1).toInt() == m_session)
            m_retained->acknowledge(ack.value("frame"_L1).toInteger());
    }
    // By name: the event carries nothing that two threads of ours would touch.
    if (m_waiting.empty())
        QMetaObject::invokeMethod(this, "deliver", Qt::QueuedConnection);
    if (isAck && !m_waiting.empty() && m_waiting.back().contains("ack"_L1))
        m_waiting.back() = message; // it says all that the one before did
    else
        m_waiting.push_back(message);
}

void PublisherReader::setSession(int session)
{
    const std::lock_guard lock(m_mutex);
    m_session = session;
}

void PublisherReader::deliver()
{
    std::vector<QJsonObject> messages;
    {
        const std::lock_guard lock(m_mutex);
        messages.swap(m_waiting);
    }
    for (const QJsonObject &message : messages)
        m_handler(message);
}

void PublisherReader::finish()
{
    stop();
    readAll(); // by this thread, now that the other has ended
    deliver();
}

} // namespace continuo
