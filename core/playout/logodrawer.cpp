// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/logodrawer.h"

#include <optional>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr std::chrono::milliseconds kPatience = 20s; // as for what a clip's player begins with
constexpr std::chrono::milliseconds kReapInterval = 50ms;

} // namespace

LogoDrawer::LogoDrawer(const HouseFormat &format, QString logFile)
    : m_format(format)
    , m_logFile(std::move(logFile))
{
    m_patience.setSingleShot(true);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        end(Error{ErrorCode::Timeout,
                  u"its player brings nothing (is its disk or share reachable?)"_s, 0});
    });
    m_reap.setInterval(kReapInterval);
    connect(&m_reap, &QTimer::timeout, this, &LogoDrawer::reap);
}

LogoDrawer::~LogoDrawer() = default;

void LogoDrawer::draw(const QString &path, const LogoPlace &place, Done done)
{
    if (m_done)
        end(Error{ErrorCode::Closed, u"another logo was asked for meanwhile"_s, 0});
    m_done = std::move(done);
    Result<std::unique_ptr<Player>> player = Player::start(m_format, {2, 2}, m_logFile);
    if (!player)
        return end(player.error());
    m_player = std::move(player).value();
    connect(m_player.get(), &Player::entered, this, &LogoDrawer::playerEntered);
    connect(m_player.get(), &Player::finished, this, &LogoDrawer::onFinished);
    connect(m_player.get(), &Player::failed, this, [this] { end(m_player->failure()); });
    m_patience.start(kPatience);
    PlayerRequest request;
    request.path = path;
    request.logo = place;
    if (Result<void> sent = m_player->open(request); !sent)
        end(sent.error());
}

void LogoDrawer::onFinished()
{
    const std::optional<SlotView> colour = m_player->source()->slot(0);
    const std::optional<SlotView> alpha = m_player->source()->slot(1);
    if (!colour || !alpha)
        return end(Error{ErrorCode::Corrupt, u"its player handed over what is no logo"_s, 0});
    end(Logo::create(colour->picture, alpha->picture, m_format));
}

void LogoDrawer::end(Result<LogoPtr> outcome)
{
    m_patience.stop();
    if (m_player) {
        m_player->disconnect(this);
        m_leaving.push_back(m_player->takeProcess());
        m_player.release()->deleteLater(); // it may be the sender of the signal that led here
        m_reap.start();
    }
    if (const Done done = std::exchange(m_done, {}))
        done(std::move(outcome));
}

void LogoDrawer::reap()
{
    std::erase_if(m_leaving, [](ChildProcess &process) { return process.wait(0ms).has_value(); });
    if (m_leaving.empty())
        m_reap.stop();
}

} // namespace continuo
