// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/logopainter.h"

#include <algorithm>
#include <utility>

namespace continuo {

namespace {

// Frames between the answer and what it says, so that the ledger has it before it is aired.
constexpr std::int64_t kNotice = 2;

} // namespace

LogoPainter::LogoPainter(const HouseFormat &format, std::int64_t firstFrame)
    : m_format(format)
    , m_setup(std::make_shared<const Setup>())
    , m_made(firstFrame - kNotice)
    , m_notBefore(firstFrame)
{
}

void LogoPainter::begin(const LogoPlan &plan, LogoPtr shown, LogoPtr leaving, LogoRule rule,
                        std::optional<LogoRamp> wanted, std::int64_t notBefore)
{
    Setup setup{plan, std::move(shown), std::move(leaving), rule, rule};
    const std::lock_guard lock(m_mutex);
    m_setup = std::make_shared<const Setup>(std::move(setup));
    m_wanted = wanted;
    m_notBefore = notBefore;
}

LogoPlan LogoPainter::change(std::int64_t id, LogoPtr logo, int level, LogoRule rule)
{
    const std::lock_guard lock(m_mutex);
    const Setup &now = *m_setup;
    const std::int64_t number = std::max({m_made + kNotice, now.plan.restsAt() + 1, m_notBefore});
    Setup next;
    next.plan = now.plan.changed(id, level, number, rule.fade);
    next.shown = std::move(logo);
    next.leaving = next.plan.leaving.logo != 0 ? now.shown : nullptr;
    next.before = now.rule;
    next.rule = std::move(rule);
    m_setup = std::make_shared<const Setup>(std::move(next));
    return m_setup->plan;
}

LogoPlan LogoPainter::plan() const
{
    const std::lock_guard lock(m_mutex);
    return m_setup->plan;
}

LogoPainter::Look LogoPainter::lookAt(AirFrame &frame, const QString &category)
{
    std::shared_ptr<const Setup> setup;
    {
        const std::lock_guard lock(m_mutex);
        setup = m_setup;
        m_made = frame.number;
    }
    const bool isChanged = frame.number >= setup->plan.changesAt();
    const LogoRule &rule = isChanged ? setup->rule : setup->before;
    followRule(frame, rule.isWanted(category, frame.isSlate), rule.fade);
    frame.logoWanted = *m_wanted;
    const int wanted = m_wanted->at(frame.number);
    const auto layer = [&](const LogoPtr &logo, const LogoRamp &opacity) {
        const int level = (opacity.at(frame.number) * wanted + 127) / 255;
        return logo && level > 0 ? Layer{logo, level} : Layer{};
    };
    return {layer(setup->leaving, setup->plan.leaving.opacity),
            layer(setup->shown, setup->plan.shown.opacity)};
}

// Frames before the last turn were aired by an engine before us, which is to be followed as it
// went.
void LogoPainter::followRule(const AirFrame &frame, bool isWanted, int fade)
{
    const int level = isWanted ? 255 : 0;
    if (!m_wanted)
        m_wanted = LogoRamp::steady(level);
    else if (frame.number >= m_wanted->frame && m_wanted->to != level)
        m_wanted = m_wanted->turned(level, frame.number, fade);
    m_isWanted = m_wanted->to > 0;
}

void LogoPainter::draw(AirFrame &frame, std::uint8_t *own, const QString &category)
{
    const Look look = lookAt(frame, category);
    if (own) {
        m_next.base = m_next.picture = frame.picture;
        m_next.baseAlive = m_next.alive = frame.keepAlive;
        drawInto(m_next, own, look);
        return;
    }
    // The last picture, or the slate for which that stood: what is drawn over it is known.
    const bool isSame = frame.picture == m_now.picture
        || (frame.picture == m_now.base && m_now.baseLook == Look{});
    if (isSame) {
        m_next = m_now;
    } else {
        m_next.base = m_next.picture = frame.picture;
        m_next.baseAlive = m_next.alive = frame.keepAlive;
        m_next.baseLook = m_next.look = {};
    }
    if (m_next.look != look)
        redraw(m_next, look);
    frame.picture = m_next.picture;
    frame.keepAlive = m_next.alive;
}

void LogoPainter::drawInto(Shown &shown, std::uint8_t *picture, const Look &look)
{
    shown.baseLook = shown.look = look;
    for (std::size_t i = 0; i < look.size(); ++i) {
        if (!look.at(i).logo)
            continue;
        shown.clean.at(i).resize(look.at(i).logo->box().bytes());
        look.at(i).logo->save(picture, shown.clean.at(i).data());
    }
    paint(picture, look, shown.clean);
}

// Into a copy: the picture itself was aired, or is to be shown again.
void LogoPainter::redraw(Shown &shown, const Look &look) const
{
    const auto bytes = std::ptrdiff_t(m_format.pictureBytes());
    auto copy = std::make_shared<std::vector<std::uint8_t>>(shown.base, shown.base + bytes);
    for (std::size_t i = 0; i < look.size(); ++i) {
        if (shown.baseLook.at(i).logo)
            shown.baseLook.at(i).logo->restore(copy->data(), shown.clean.at(i).data());
    }
    std::array<std::vector<std::uint8_t>, 2> clean;
    if (look[0].logo && look[1].logo) { // else nobody asks what was there
        clean[1].resize(look[1].logo->box().bytes());
        look[1].logo->save(copy->data(), clean[1].data());
    }
    paint(copy->data(), look, clean);
    shown.picture = copy->data();
    shown.alive = std::move(copy);
    shown.look = look;
}

void LogoPainter::paint(std::uint8_t *picture, const Look &look,
                        const std::array<std::vector<std::uint8_t>, 2> &clean)
{
    const auto &[leaving, shown] = look;
    if (leaving.logo)
        leaving.logo->blend(picture, leaving.opacity);
    if (shown.logo && leaving.logo)
        shown.logo->blendBeside(picture, clean[1].data(), shown.opacity);
    else if (shown.logo)
        shown.logo->blend(picture, shown.opacity);
}

void LogoPainter::aired()
{
    std::swap(m_now, m_next);
    m_next.baseAlive.reset();
    m_next.alive.reset();
}

void LogoPainter::forget()
{
    m_now = {};
    m_next = {};
}

} // namespace continuo
