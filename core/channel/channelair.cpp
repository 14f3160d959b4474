// SPDX-License-Identifier: GPL-3.0-or-later
// How a channel goes on air, in place of a dead engine's too, and off air.
#include "core/base/logging.h"
#include "core/channel/channel.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// After a take-over the frames that are due already have disk and processor to themselves.
constexpr std::chrono::milliseconds kProofRest(1500);
// Twice as long as it takes until it is asked for again.
constexpr std::chrono::milliseconds kShortRest(500);

} // namespace

Result<std::int64_t> Channel::start()
{
    if (m_playout)
        return Error{ErrorCode::Busy, u"channel \"%1\" is on air already"_s.arg(name()), 0};
    if (m_chain)
        return Error{ErrorCode::Busy, u"channel \"%1\" is still going off air"_s.arg(name()), 0};
    const EncoderSettings encoder = EncoderSettings::forFormat(m_settings.format);
    PlayoutOptions options = playoutOptions();
    options.clock.firstFrame = m_options.firstFrame >= 0 && m_position.nextFrame < 0
        ? m_options.firstFrame
        : m_position.resumeFrame(m_settings.format.rate, encoder.gop);
    m_position.settled = {}; // before the channel was stopped, which ended that
    // What was on air when the channel was stopped is begun again, not passed over.
    const QString resume = m_cursor.onAirId();
    if (!resume.isEmpty() && m_cursor.nextId().isEmpty() && m_list.playlist().contains(resume))
        m_cursor.setNext(resume);
    return goOnAir(std::move(options), std::nullopt);
}

Result<std::int64_t> Channel::takeOver(std::map<QString, UniqueFd> held)
{
    m_logo.takeHeld(held);
    m_slate.takeHeld(held);
    Result<Inheritance> left = Inheritance::examine(name(), m_settings.format, std::move(held));
    if (!left)
        return left.error();
    const Inheritance::Place place = left->place();
    PlayoutOptions options = playoutOptions();
    options.clock.firstFrame = place.frame;
    Epoch epoch;
    epoch.frame = left->stood.epochFrame;
    epoch.monotonic = std::chrono::nanoseconds(left->stood.epochMonotonicNs);
    epoch.wall = std::chrono::microseconds(left->stood.epochWallUs);
    epoch.reason = u"resume"_s;
    options.clock.epoch = epoch;
    options.clock.counts = left->stood.counts;
    options.clock.againBelow = left->feedFrame();
    options.first = standingItems(place);
    // What was measured or set meanwhile is for the next airing, as it would have been.
    if (!options.first.empty() && options.first.front().id == place.itemId)
        options.first.front().goOnWith(left->stood.gain);
    options.clock.isOnEmergency = place.itemId == emergencyItemId() && !m_emergency.path().isEmpty()
        && options.first.empty();
    const std::int64_t feedFrame = left->feedFrame();
    const PlayoutItem resumed = options.first.empty() ? PlayoutItem() : options.first.front();
    m_proofs->rest(kProofRest);
    qCInfo(lcStation) << name() << "goes on at frame" << place.frame << "item" << place.itemId
                      << place.itemFrame << "encoder goes on:" << left->doesEncoderGoOn
                      << "fed from" << feedFrame << "released below" << left->nextFrame;
    Result<std::int64_t> goesOn = goOnAir(std::move(options), std::move(left).value());
    if (!goesOn)
        return goesOn;
    // Not before: else start(), which is left then, would go on with these.
    m_feedFrame = feedFrame;
    if (resumed.id == place.itemId) {
        m_resumedId = resumed.id;
        m_resumedFrom = resumed.from - resumed.in;
    }
    const auto &airings = m_position.airings;
    m_airings.continueAfterRestart(
        std::max(place.frame, airings.empty() ? place.frame : airings.back().frame));
    return goesOn;
}

// The item that was on air from the place on, and what had followed it already in frames that are
// lost with the dead engine, or was settled to follow it.
std::vector<PlayoutItem> Channel::standingItems(const Inheritance::Place &place) const
{
    std::vector<PlayoutItem> items;
    const auto add = [&](const QString &id, const ChannelPosition::Airing *aired) {
        const PlaylistItem *item = m_list.playlist().item(id);
        if (item) {
            items.push_back(playoutItem(*item));
        } else if (aired) { // taken from the list while it was on air
            PlayoutItem gone;
            gone.id = id;
            gone.path = aired->path;
            gone.title = aired->title;
            gone.out = aired->out;
            gone.category = aired->category;
            gone.targetLufs = m_settings.targetLufs;
            items.push_back(gone);
        }
        // Another in point or sound of the list is for the next time.
        if (aired) {
            items.back().in = items.back().from = aired->in;
            items.back().tracks = aired->tracks;
        }
    };
    const auto &airings = m_position.airings;
    if (!place.itemId.isEmpty()) {
        const auto aired = std::find_if(airings.rbegin(), airings.rend(), [&](const auto &airing) {
            return airing.itemId == place.itemId && airing.frame <= place.frame;
        });
        add(place.itemId, aired != airings.rend() ? &*aired : nullptr);
        if (!items.empty())
            items.back().from = place.itemFrame;
    }
    const auto next = std::ranges::find_if(
        airings, [&](const auto &airing) { return airing.frame >= place.frame; });
    if (next != airings.end()) {
        if (!items.empty())
            items.back().endBefore = place.itemFrame + next->frame - place.frame;
        if (!items.empty() && items.back().endBefore == place.itemFrame)
            items.clear(); // its last frame is out
        if (!next->itemId.isEmpty()) // else the slate had followed, and follows again by itself
            add(next->itemId, &*next);
    }
    // It follows the newest airing only, of which nothing may be out yet.
    const ChannelPosition::Airing &settled = m_position.settled;
    const bool endsWithNewest = !items.empty() && !airings.empty() && airings.end() - next <= 1
        && items.back().id == airings.back().itemId;
    if (endsWithNewest && !settled.itemId.isEmpty() && airings.back().frame == settled.frame)
        add(settled.itemId, &settled);
    return items;
}

PlayoutOptions Channel::playoutOptions() const
{
    PlayoutOptions options;
    options.clock.format = m_settings.format;
    options.clock.isPaced = m_options.isPaced;
    options.clock.pulse = m_options.pulse;
    options.clock.channel = name();
    options.logFile = m_paths.logs + u"/player.log"_s;
    options.safeZone = m_settings.safeZone;
    return options;
}

Result<std::int64_t> Channel::goOnAir(PlayoutOptions options, std::optional<Inheritance> left)
{
    const std::int64_t firstFrame = options.clock.firstFrame;
    const bool isTakeOver = left.has_value();
    std::optional<ChannelLogo::Left> logo;
    const std::int64_t emergencyFrom
        = left && options.clock.isOnEmergency ? left->place().itemFrame : 0;
    if (left)
        logo = {left->stood.logo, left->stood.logoWanted, left->feedFrame()};
    Result<std::unique_ptr<Playout>> playout = Playout::create(options);
    if (!playout)
        return playout.error();
    ChainOptions chainOptions;
    chainOptions.channel = name();
    chainOptions.encoder = EncoderSettings::forFormat(m_settings.format);
    chainOptions.runtimeFolder = m_paths.channelRuntime(name());
    chainOptions.logFolder = m_paths.logs;
    chainOptions.isPaced = m_options.isPaced;
    auto chain = std::make_unique<Chain>(chainOptions, playout.value()->retained(), m_keeper);
    connect(chain.get(), &Chain::message, this, &Channel::message);
    connect(chain.get(), &Chain::destinationChanged, this, &Channel::statusChanged);
    connect(chain.get(), &Chain::finished, this, &Channel::onChainFinished, Qt::QueuedConnection);
    Result<void> started = isTakeOver ? chain->takeOver(std::move(*left), m_settings.destinations)
                                      : chain->start(m_settings.destinations);
    if (!started)
        return started.error();

    m_chain = std::move(chain);
    m_playout = std::move(playout).value();
    m_startedAt = firstFrame;
    m_playout->setFollowers(
        [this](const QString &after, int count) { return followers(after, count); });
    connect(m_playout.get(), &Playout::itemStarted, this, &Channel::onItemStarted);
    connect(m_playout.get(), &Playout::playerEntered, this, &Channel::onPlayerEntered);
    connect(m_playout.get(), &Playout::itemFailed, this, &Channel::onItemFailed);
    connect(m_playout.get(), &Playout::playerReplaced, this,
            [this](const QString &itemId, qint64 itemFrame) {
                const PlaylistItem *item = m_list.playlist().item(itemId);
                const QString text
                    = u"the player of %1 died or stood still; another goes on at its frame %2"_s
                          .arg(item ? item->path : itemId)
                          .arg(itemFrame);
                m_airings.note(itemId, u"player-replaced"_s, text);
                Q_EMIT message(u"warning"_s, u"player-replaced"_s, text);
            });
    connect(m_playout.get(), &Playout::playersAbandoned, this, [this](int count) {
        if (count > 0)
            Q_EMIT message(u"warning"_s, u"players-abandoned"_s,
                           u"%1 players cannot be ended: the disk or share of their files does not "
                           u"answer"_s.arg(count));
        else
            Q_EMIT message(u"info"_s, u"players-abandoned-over"_s,
                           u"players that could not be ended have ended"_s);
    });
    connect(m_playout.get(), &Playout::epochBegan, this, &Channel::onEpochBegan);
    m_logo.begin(*m_playout, *m_chain, firstFrame, logo);
    m_slate.begin(*m_playout);
    m_emergency.begin(*m_playout, m_settings.targetLufs, emergencyFrom);
    m_load.emplace(m_settings.format.rate);
    if (Result<std::unique_ptr<MeterFeed>> meter = MeterFeed::start(); meter)
        m_meter = std::move(meter).value();
    else
        qCWarning(lcStation) << "the programme is not measured:" << meter.error().detail;
    tapProgramme();
    m_loadTimer.start();
    m_playout->start();
    m_played.clear();
    if (!m_settings.isOnAir) {
        m_settings.isOnAir = true;
        if (Result<void> saved = m_settings.save(m_paths); !saved)
            Q_EMIT message(u"warning"_s, u"settings-not-saved"_s, saved.error().detail);
    }
    if (isTakeOver)
        Q_EMIT message(u"warning"_s, u"engine-replaced"_s,
                       u"the engine died; another goes on at frame %1"_s.arg(firstFrame));
    Q_EMIT statusChanged();
    return firstFrame;
}

void Channel::onEpochBegan(const Epoch &epoch)
{
    m_epoch = epoch;
    m_airings.setEpoch(epoch);
    m_chain->setEpoch(epoch);
    m_slate.onTimeSet();
    savePosition(true);
    Q_EMIT listChanged(); // expected starts are others now
    const double seconds = std::chrono::duration<double>(epoch.stood).count();
    if (epoch.reason == "pause"_L1)
        Q_EMIT message(
            u"warning"_s, u"machine-stood-still"_s,
            u"the machine stood still for %1 s; the programme goes on where it was"_s.arg(
                seconds, 0, 'f', 1));
}

void Channel::onWallClockSet()
{
    if (m_playout)
        m_playout->onWallClockSet();
    m_slate.onTimeSet();
}

void Channel::stop(std::function<void(std::int64_t)> done)
{
    if (!m_playout) {
        done(m_position.nextFrame);
        return;
    }
    m_settings.isOnAir = false;
    if (Result<void> saved = m_settings.save(m_paths); !saved)
        Q_EMIT message(u"warning"_s, u"settings-not-saved"_s, saved.error().detail);
    shutDown([this, done = std::move(done)] { done(m_stoppedAt); });
}

void Channel::shutDown(std::function<void()> done)
{
    if (!m_playout && !m_chain) {
        done();
        return;
    }
    if (m_stopDone) {
        // Twice: both get told.
        m_stopDone = [first = std::move(m_stopDone), done](std::int64_t frame) {
            first(frame);
            done();
        };
        return;
    }
    m_stopDone = [done = std::move(done)](std::int64_t) { done(); };
    m_loadTimer.stop();
    m_load.reset();
    judgeSlate({});
    m_preview.reset();
    m_playout->stop();
    m_meter.reset();
    m_stoppedAt = m_playout->retained()->nextNumber();
    const AirState air = m_playout->status().air;
    m_airings.end(m_stoppedAt, air.counts.held, air.counts.dropped,
                  m_settings.isOnAir ? u"engine-ended"_s : u"channel-stopped"_s);
    savePosition(false);
    m_logo.end();
    m_slate.end();
    m_emergency.end();
    m_playout.reset();
    m_cell = {};
    m_chain->finish();
    Q_EMIT statusChanged();
}

void Channel::onChainFinished()
{
    m_chain.reset();
    m_onAirId.clear();
    Q_EMIT statusChanged();
    Q_EMIT listChanged();
    if (const auto done = std::exchange(m_stopDone, {}))
        done(m_stoppedAt);
}

// Once for all players of a start: the next will be no safer.
void Channel::onPlayerEntered(const QJsonObject &cell)
{
    const bool isFirst = m_cell.isEmpty();
    m_cell = cell;
    if (isFirst && !cell.value("closed"_L1).toBool())
        Q_EMIT message(u"warning"_s, u"player-without-cell"_s,
                       u"players are not locked in: %1"_s.arg(
                           cell.value("seccomp"_L1).toString(u"no answer"_s)));
}

// Whether viewers see the slate in place of the item that should be on air.
void Channel::judgeSlate(const PlayoutStatus &now)
{
    if (now.air.isEmergency && now.air.source)
        m_airings.note(now.itemId, u"emergency"_s,
                       u"the emergency clip was shown in its place, for want of its pictures"_s);
    m_emergency.see(now.air.isEmergency);
    const bool standsIn = now.air.isSlate && now.air.source;
    if (standsIn == std::exchange(m_isSlateStandingIn, standsIn))
        return;
    if (standsIn)
        Q_EMIT message(u"fault"_s, u"slate-stands-in"_s,
                       u"the slate is shown: %1 gives no pictures"_s.arg(now.itemTitle));
    else
        Q_EMIT message(u"info"_s, u"slate-stands-in-over"_s,
                       u"the slate no longer stands in for an item"_s);
    Q_EMIT statusChanged();
}

void Channel::judgeLoad()
{
    if (!m_playout || !m_options.isPaced)
        return;
    if (m_load->isOverloaded() || m_playout->isShort())
        m_proofs->rest(kShortRest);
    const PlayoutStatus now = m_playout->status();
    judgeSlate(now);
    const AirState &air = now.air;
    const std::int64_t dropped = m_load->droppedSince();
    switch (m_load->judge({OverloadJudge::Clock::now(), m_playout->retained()->unread(),
                           air.counts.late, air.counts.dropped})) {
    case OverloadJudge::Change::None:
        return;
    case OverloadJudge::Change::Begun:
        Q_EMIT message(u"warning"_s, u"overload"_s,
                       m_preview
                           ? u"the machine cannot keep up: the preview stands still until it can"_s
                           : u"the machine cannot keep up"_s);
        break;
    case OverloadJudge::Change::Over:
        if (dropped > 0)
            Q_EMIT message(
                u"fault"_s, u"frames-dropped"_s,
                u"%1 frames were left out because the machine could not keep up"_s.arg(dropped));
        Q_EMIT message(u"info"_s, u"overload-over"_s, u"the machine keeps up again"_s);
        break;
    }
    tapProgramme();
    Q_EMIT statusChanged();
}

} // namespace continuo
