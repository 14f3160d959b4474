// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/logodrawer.h"

#include <optional>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

LogoDrawer::LogoDrawer(const HouseFormat &format, QString logFile)
    : m_format(format)
    , m_errand(format, std::move(logFile))
{
    connect(&m_errand, &PlayerErrand::playerEntered, this, &LogoDrawer::playerEntered);
}

void LogoDrawer::draw(const QString &path, const LogoPlace &place, Done done)
{
    PlayerRequest request;
    request.path = path;
    request.logo = place;
    m_errand.run(request, 2, [this, done = std::move(done)](const Result<const Player *> &player) {
        if (!player)
            return done(player.error());
        const std::optional<SlotView> colour = player.value()->source()->slot(0);
        const std::optional<SlotView> alpha = player.value()->source()->slot(1);
        if (!colour || !alpha)
            return done(Error{ErrorCode::Corrupt, u"its player handed over what is no logo"_s, 0});
        done(Logo::create(colour->picture, alpha->picture, m_format));
    });
}

} // namespace continuo
