// SPDX-License-Identifier: GPL-3.0-or-later
// The end of the item on air, when it is moved.
#include "core/base/logging.h"
#include "core/playout/playout.h"

#include <algorithm>

namespace continuo {

// The frame of its clip before which an item ends, or what is thought of that; -1: not known.
std::int64_t Playout::endOf(const Entry &entry)
{
    if (const std::optional<std::int64_t> length = entry.player->source()->length())
        return *length;
    const std::int64_t expected = entry.player->facts().expectedFrames;
    const std::int64_t limit = entry.item.limit();
    return limit >= 0 && (expected < 0 || limit < expected) ? limit : expected;
}

void Playout::setOut(const QString &itemId, std::int64_t out)
{
    if (!m_onAir.player || m_onAir.item.id != itemId)
        return;
    m_onAir.item.out = out;
    applyOut();
}

// The item on air does not end sooner before what follows is under way, so that nothing is held for
// an edit.
void Playout::applyOut()
{
    if (!m_onAir.player)
        return;
    Player &player = *m_onAir.player;
    const std::int64_t out = m_onAir.item.out;
    const std::int64_t until = player.request().until;
    if (out != until) {
        if (out >= 0 && (until < 0 || out < until)) {
            settleIfDue(m_clock->state());
            if (!m_cue.empty() && !m_cue.front().player->source()->isUnderWay())
                return;
        }
        player.endBefore(out);
        player.source()->endBefore(m_onAir.item.limit());
    }
    goOnBehindOut();
}

// A player that had stopped at the former end is followed by one that makes what comes after it,
// and takes its place as soon as it has some; if that is too late, the item ends where it would
// have. It begins one frame before: the sound of that one was faded out.
void Playout::goOnBehindOut()
{
    Player &player = *m_onAir.player;
    const ClipSourcePtr source = player.source();
    const std::int64_t out = m_onAir.item.out;
    const std::int64_t end = source->end();
    if (!player.hasFinished() || !player.hasStopped() || (out >= 0 && out <= end)) {
        dropExtension();
        m_extendedFrom = -1;
        return;
    }
    if (!m_extension && m_extendedFrom != end)
        startExtension(end);
    if (!m_extension)
        return;
    if (m_extension->request().until != out)
        m_extension->endBefore(out);
    if (!m_extension->source()->isUnderWay())
        return;
    if (!m_extension->join(source)) {
        dropExtension();
        return;
    }
    follow(m_onAir, std::move(m_extension));
    m_onAir.watch.begin(); // the new one is judged anew
    refill();
}

void Playout::startExtension(std::int64_t end)
{
    m_extendedFrom = end; // once: a file that has gone would cost a player a round
    std::unique_ptr<Player> next = takeSpare();
    if (!next)
        return;
    PlayerRequest request = m_onAir.player->requestToGoOn();
    request.from = end - 1;
    if (request.targetLufs)
        request.gainCentiDb = m_onAir.player->source()->lastGainCentiDb();
    if (Result<void> sent = next->open(request); !sent) {
        qCWarning(lcPlayout) << "a spare player was lost:" << sent.error().detail;
        retire(std::move(next));
        return;
    }
    connect(
        next.get(), &Player::failed, this,
        [this] {
            if (m_extension && m_extension->hasFailed())
                dropExtension();
        },
        Qt::QueuedConnection);
    m_extension = std::move(next);
    QTimer::singleShot(0, this, &Playout::ensureSpare);
}

void Playout::dropExtension()
{
    retire(std::move(m_extension));
}

} // namespace continuo
