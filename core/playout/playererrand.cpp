// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/playererrand.h"

#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr std::chrono::milliseconds kPatience = 20s; // as for what a clip's player begins with
constexpr std::chrono::milliseconds kReapInterval = 50ms;

} // namespace

PlayerErrand::PlayerErrand(const HouseFormat &format, QString logFile)
    : m_format(format)
    , m_logFile(std::move(logFile))
{
    m_patience.setSingleShot(true);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        end(Error{ErrorCode::Timeout,
                  u"its player brings nothing (is its disk or share reachable?)"_s, 0});
    });
    m_reap.setInterval(kReapInterval);
    connect(&m_reap, &QTimer::timeout, this, &PlayerErrand::reap);
}

PlayerErrand::~PlayerErrand() = default;

void PlayerErrand::run(const PlayerRequest &request, int slots, Done done)
{
    if (m_done)
        end(Error{ErrorCode::Closed, u"another was asked for meanwhile"_s, 0});
    m_done = std::move(done);
    Result<std::unique_ptr<Player>> player = Player::start(m_format, {slots, slots}, m_logFile);
    if (!player)
        return end(player.error());
    m_player = std::move(player).value();
    connect(m_player.get(), &Player::entered, this, &PlayerErrand::playerEntered);
    connect(m_player.get(), &Player::finished, this, [this] { end(m_player.get()); });
    connect(m_player.get(), &Player::failed, this, [this] { end(m_player->failure()); });
    m_patience.start(kPatience);
    if (Result<void> sent = m_player->open(request); !sent)
        end(sent.error());
}

void PlayerErrand::cancel()
{
    m_done = {};
    end(Error{ErrorCode::Closed, u"nobody wants it any more"_s, 0});
}

void PlayerErrand::end(const Result<const Player *> &outcome)
{
    m_patience.stop();
    std::unique_ptr<Player> player = std::move(m_player);
    if (player) {
        player->disconnect(this);
        m_leaving.add(player->takeProcess());
        m_reap.start();
    }
    if (const Done done = std::exchange(m_done, {}))
        done(outcome);
    // Not deleted here: it may be the sender of the signal that led here.
    if (player)
        player.release()->deleteLater();
}

void PlayerErrand::reap()
{
    m_leaving.reap();
    if (m_leaving.isEmpty())
        m_reap.stop();
}

} // namespace continuo
