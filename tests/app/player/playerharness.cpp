// SPDX-License-Identifier: GPL-3.0-or-later
#include "playerharness.h"

#include "tests/support/patience.h"

#include <QDeadlineTimer>
#include <QTest>

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <array>

using namespace Qt::StringLiterals;

namespace continuo {

Result<std::unique_ptr<PlayerHarness>> PlayerHarness::start(const HouseFormat &format, int slots)
{
    std::unique_ptr<PlayerHarness> harness(new PlayerHarness);
    Result<std::shared_ptr<FrameStore>> store = FrameStore::create(format, {slots, slots});
    if (!store)
        return store.error();
    harness->m_store = store.value();
    Result<std::pair<MessageSocket, MessageSocket>> pair = MessageSocket::createPair();
    if (!pair)
        return pair.error();
    harness->m_control = std::move(pair->first);
    ChildRequest request;
    request.program = qEnvironmentVariable("CONTINUO_BIN") + u"/continuo-player"_s;
    request.arguments
        = {u"--control"_s, u"3"_s, u"--store"_s, u"4"_s, u"--ready"_s, u"5"_s, u"--free"_s, u"6"_s};
    request.fds = {{pair->second.fd(), 3},
                   {harness->m_store->fd(), 4},
                   {harness->m_store->readyFd(), 5},
                   {harness->m_store->freeFd(), 6}};
    Result<ChildProcess> process = ChildProcess::start(request);
    if (!process)
        return process.error();
    harness->m_process = std::move(process).value();
    return harness;
}

PlayerHarness::~PlayerHarness()
{
    m_control.close();
    if (m_process.isValid())
        m_process.stop(std::chrono::seconds(2));
}

void PlayerHarness::open(const QJsonObject &request) const
{
    const Result<void> sent = m_control.send({{u"open"_s, request}});
    if (!sent)
        qWarning("open was not sent: %s", qPrintable(sent.error().detail));
}

void PlayerHarness::tell(const QJsonObject &message) const
{
    const Result<void> sent = m_control.send(message);
    if (!sent)
        qWarning("it was not told: %s", qPrintable(sent.error().detail));
    const auto unread = [this] {
        int bytes = 0;
        return ::ioctl(m_control.fd(), SIOCOUTQ, &bytes) == 0 ? bytes : 0;
    };
    QTRY_COMPARE(unread(), 0);
}

void PlayerHarness::receive()
{
    for (;;) {
        Result<std::optional<Message>> message = m_control.receive();
        if (!message || !message.value())
            return;
        m_messages.push_back((*message.value()).body);
    }
}

std::optional<QJsonValue> PlayerHarness::waitFor(const QString &name)
{
    const QDeadlineTimer deadline(kTestPatienceMs);
    while (!deadline.hasExpired()) {
        receive();
        while (!m_messages.empty()) {
            const QJsonObject body = m_messages.front();
            m_messages.erase(m_messages.begin());
            if (body.contains(name))
                return body.value(name);
        }
        m_control.waitReadable(std::chrono::milliseconds(100));
        if (m_process.hasEnded())
            break;
    }
    return std::nullopt;
}

std::optional<SlotView> PlayerHarness::nextFrame()
{
    const QDeadlineTimer deadline(kTestPatienceMs);
    while (!deadline.hasExpired()) {
        if (m_store->framesAhead(m_next) > 0)
            return m_store->slot(m_next++);
        pollfd entry{m_store->readyFd(), POLLIN, 0};
        ::poll(&entry, 1, 100);
        m_store->clearReady();
    }
    return std::nullopt;
}

std::optional<QJsonObject>
PlayerHarness::drain(const std::function<void(const SlotView &)> &onFrame)
{
    QDeadlineTimer deadline(60'000);
    std::optional<QJsonObject> end;
    while (!deadline.hasExpired()) {
        while (m_store->framesAhead(m_next) > 0) {
            const std::optional<SlotView> slot = m_store->slot(m_next);
            if (!slot)
                return std::nullopt;
            onFrame(*slot);
            m_store->release(m_next++);
            deadline.setRemainingTime(60'000);
        }
        if (end)
            return end;
        receive();
        for (const QJsonObject &body : m_messages) {
            for (const QString &name : {u"finished"_s, u"failed"_s}) {
                if (body.contains(name))
                    end = body.value(name).toObject();
            }
        }
        if (end)
            continue; // what was handed over before the message is in the store by now
        std::array<pollfd, 2> entries{pollfd{m_store->readyFd(), POLLIN, 0},
                                      pollfd{m_control.fd(), POLLIN, 0}};
        ::poll(entries.data(), entries.size(), 100);
        m_store->clearReady();
        if (m_process.hasEnded() && m_store->framesAhead(m_next) == 0)
            return std::nullopt;
    }
    return std::nullopt;
}

} // namespace continuo
