// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/channellogo.h"

#include "core/base/logging.h"
#include "core/channel/chain.h"
#include "core/channel/inheritance.h"
#include "core/playout/playout.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

ChannelLogo::ChannelLogo(QString channel, const HouseFormat &format, const QString &logFile,
                         LogoSettings settings, Save save, KeeperLink *keeper)
    : m_channel(std::move(channel))
    , m_format(format)
    , m_settings(std::move(settings))
    , m_save(std::move(save))
    , m_keeper(keeper)
    , m_drawer(format, logFile)
{
    connect(&m_drawer, &LogoDrawer::playerEntered, this, &ChannelLogo::playerEntered);
}

void ChannelLogo::set(const QJsonObject &params, const Done &done)
{
    const Result<LogoSettings> wanted = m_settings.changed(params);
    if (!wanted)
        return done(wanted.error());
    if (m_isSetting)
        return done(Error{ErrorCode::Busy, u"another logo is being drawn; try again"_s, 0});
    m_isSetting = true;
    m_drawer.draw(wanted->path, wanted->place,
                  [this, wanted = wanted.value(), done](const Result<LogoPtr> &drawn) {
                      m_isSetting = false;
                      if (drawn)
                          return done(show(wanted, drawn.value()));
                      if (m_settings.isOn && !m_logo)
                          restore(); // was put off for this one
                      done(Error{drawn.error().code,
                                 u"%1: %2"_s.arg(wanted.path, drawn.error().detail),
                                 drawn.error().native});
                  });
}

void ChannelLogo::off(const Done &done)
{
    if (m_settings.path.isEmpty())
        return done(Error{ErrorCode::NotFound, u"channel \"%1\" has no logo"_s.arg(m_channel), 0});
    LogoSettings wanted = m_settings;
    wanted.isOn = false;
    done(take(wanted, nullptr));
}

// The same pixels again are the same logo: only its opacity changes, and nothing is faded over to.
ChannelLogo::Outcome ChannelLogo::show(LogoSettings wanted, const LogoPtr &drawn)
{
    const bool isSame = m_logo && m_logo->looksLike(*drawn);
    if (!isSame) {
        const std::int64_t shown = m_painter ? m_painter->plan().shown.logo : 0;
        wanted.drawing = std::max<qint64>(m_settings.drawing, shown) + 1;
    }
    return take(wanted, isSame ? m_logo : drawn);
}

ChannelLogo::Outcome ChannelLogo::take(const LogoSettings &wanted, const LogoPtr &logo)
{
    if (Result<void> saved = m_save(wanted); !saved)
        return saved.error();
    m_settings = wanted;
    m_logo = logo;
    m_failure.reset();
    if (m_painter)
        return std::optional(put());
    Q_EMIT changed();
    return std::optional<std::int64_t>();
}

// Keeper and ledger have it before it is aired, and before it is answered.
std::int64_t ChannelLogo::put()
{
    if (m_logo)
        hold(m_settings.drawing, *m_logo);
    const LogoPlan plan
        = m_painter->change(m_logo ? m_settings.drawing : 0, m_logo, level(), m_settings.rule);
    m_chain->setLogo(plan);
    dropAllBut({plan.shown.logo, plan.leaving.logo});
    Q_EMIT changed();
    return plan.changesAt();
}

void ChannelLogo::takeHeld(std::map<QString, UniqueFd> &held)
{
    m_left.clear();
    m_held.clear();
    const QString prefix = held::logo(m_channel, 0).chopped(1);
    for (auto entry = held.begin(); entry != held.end();) {
        if (!entry->first.startsWith(prefix)) {
            ++entry;
            continue;
        }
        const auto taken = held.extract(entry++);
        const qint64 drawing = taken.key().mid(prefix.size()).toLongLong();
        m_held.insert(drawing);
        Result<LogoPtr> logo = Logo::attach(std::move(taken.mapped()), m_format);
        if (logo)
            m_left[drawing] = std::move(logo).value();
        else
            qCWarning(lcStation).noquote() << taken.key() + u": "_s + logo.error().detail;
    }
}

void ChannelLogo::begin(Playout &playout, Chain &chain, std::int64_t firstFrame,
                        const std::optional<Left> &left)
{
    m_painter = &playout.logo();
    m_chain = &chain;
    const std::map<qint64, LogoPtr> drawings = std::exchange(m_left, {});
    if (!left) {
        LogoPlan plan;
        if (m_logo) {
            hold(m_settings.drawing, *m_logo);
            plan.shown = {m_settings.drawing, LogoRamp::steady(level())};
        }
        m_painter->begin(plan, m_logo, nullptr, m_settings.rule, std::nullopt, firstFrame);
        m_chain->setLogo(plan);
        if (m_settings.isOn && !m_logo)
            restore();
        return;
    }
    const auto drawn = [&](std::int64_t drawing) {
        const auto found = drawings.find(drawing);
        return found != drawings.end() ? found->second : nullptr;
    };
    const LogoPlan &plan = left->plan;
    const LogoPtr shown = drawn(plan.shown.logo);
    m_painter->begin(plan, shown, drawn(plan.leaving.logo), m_settings.rule, left->wanted,
                     left->notBefore);
    // What was set is kept before it is shown: an engine may have died in between.
    const bool isSet = m_settings.isOn && shown && plan.shown.logo == m_settings.drawing;
    m_logo = isSet ? shown : nullptr;
    if (m_settings.isOn && !isSet)
        restore();
    else if (isSet ? plan.shown.opacity.to != level() : plan.shown.logo != 0)
        put();
}

// The file as it is now, since nothing that was drawn of it is left.
void ChannelLogo::restore()
{
    m_drawer.draw(m_settings.path, m_settings.place, [this](const Result<LogoPtr> &drawn) {
        const Outcome shown = drawn ? show(m_settings, drawn.value()) : Outcome(drawn.error());
        if (shown || m_isSetting) // a client has asked for another meanwhile
            return;
        m_failure = shown.error();
        Q_EMIT message(u"warning"_s, u"logo-failed"_s,
                       u"the logo %1 is not shown: %2"_s.arg(m_settings.path, m_failure->detail));
        Q_EMIT changed();
    });
}

void ChannelLogo::end()
{
    m_painter = nullptr;
    m_chain = nullptr;
    dropAllBut({});
}

void ChannelLogo::hold(qint64 drawing, const Logo &logo)
{
    if (!m_keeper || m_held.contains(drawing))
        return;
    m_held.insert(drawing);
    if (Result<void> held = m_keeper->hold(held::logo(m_channel, drawing), logo.fd()); !held)
        qCWarning(lcStation) << "the keeper does not hold a logo:" << held.error().detail;
}

void ChannelLogo::dropAllBut(const QSet<qint64> &drawings)
{
    if (!m_keeper)
        return;
    const QSet<qint64> unused = m_held - drawings;
    for (const qint64 drawing : unused) {
        m_held.remove(drawing);
        if (Result<void> dropped = m_keeper->drop(held::logo(m_channel, drawing)); !dropped)
            qCWarning(lcStation) << "the keeper may still hold a logo:" << dropped.error().detail;
    }
}

QString ChannelLogo::stateName() const
{
    if (m_drawer.isBusy())
        return u"drawing"_s;
    if (!m_settings.isOn)
        return u"off"_s;
    if (m_failure)
        return u"failed"_s;
    if (!m_painter)
        return u"ready"_s;
    return m_painter->isWanted() ? u"shown"_s : u"hidden"_s;
}

QJsonObject ChannelLogo::statusJson() const
{
    if (m_settings.path.isEmpty() && !m_isSetting)
        return {};
    QJsonObject object = m_settings.toJson();
    object.insert(u"state"_s, stateName());
    if (m_failure) {
        object.insert(u"code"_s, errorCodeName(m_failure->code));
        object.insert(u"detail"_s, m_failure->detail);
    }
    if (m_painter)
        object.insert(u"frame"_s, qint64(m_painter->plan().changesAt()));
    return object;
}

} // namespace continuo
