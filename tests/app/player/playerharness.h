// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/childprocess.h"
#include "core/base/messagesocket.h"
#include "core/frames/framestore.h"

#include <QJsonObject>
#include <QString>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace continuo {

/// The engine's end of one real player process.
class PlayerHarness final {
public:
    /// Starts continuo-player from CONTINUO_BIN with a store of \p slots slots.
    static Result<std::unique_ptr<PlayerHarness>> start(const HouseFormat &format, int slots);
    PlayerHarness(const PlayerHarness &) = delete;
    PlayerHarness &operator=(const PlayerHarness &) = delete;
    ~PlayerHarness();

    void open(const QJsonObject &request) const;
    /// Says something else to it, and waits until its watching thread has read that.
    void tell(const QJsonObject &message) const;
    /// The next message named \p name ("ready", "opened", …) within 20 s; others are passed over.
    std::optional<QJsonValue> waitFor(const QString &name);
    /// Takes frames, in order, each released at once, until "finished" or "failed" and the store
    /// is empty; its value, or nothing after 60 s of nothing.
    std::optional<QJsonObject> drain(const std::function<void(const SlotView &)> &onFrame);
    /// The next frame within 20 s, not released.
    std::optional<SlotView> nextFrame();

    FrameStore &store() { return *m_store; }
    ChildProcess &process() { return m_process; }
    void closeControl() { m_control.close(); }

private:
    PlayerHarness() = default;
    void receive();

    std::shared_ptr<FrameStore> m_store;
    MessageSocket m_control;
    ChildProcess m_process;
    std::vector<QJsonObject> m_messages;
    std::uint64_t m_next = 0;
};

} // namespace continuo
