// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/channel.h"

#include "core/base/logging.h"

#include <QUuid>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString reasonName(JoinReason reason)
{
    switch (reason) {
    case JoinReason::Follow:
        return u"follow"_s;
    case JoinReason::Skip:
        return u"skip"_s;
    case JoinReason::Take:
        return u"take"_s;
    case JoinReason::Slate:
        return u"slate"_s;
    }
    return u"follow"_s;
}

Error offAir(const QString &name)
{
    return Error{ErrorCode::Busy, u"channel \"%1\" is off air"_s.arg(name), 0};
}

} // namespace

Channel::Channel(const StationPaths &paths, ChannelSettings settings, ChannelOptions options,
                 KeeperLink *keeper)
    : m_paths(paths)
    , m_settings(std::move(settings))
    , m_options(options)
    , m_keeper(keeper)
    , m_list(paths.channelData(m_settings.name))
    , m_airings(m_settings.name, m_settings.format.rate)
    , m_prober(m_settings.format)
{
    connect(&m_list, &PlaylistStore::externallyEdited, this, &Channel::onExternalEdit);
    connect(&m_list, &PlaylistStore::fileRefused, this, [this](const Error &error) {
        Q_EMIT message(u"warning"_s, u"list-file-refused"_s, error.detail);
    });
    connect(&m_list, &PlaylistStore::fileWriteFailed, this, [this](const Error &error) {
        Q_EMIT message(u"warning"_s, u"list-file-not-written"_s, error.detail);
    });
    m_loadTimer.setInterval(250);
    connect(&m_loadTimer, &QTimer::timeout, this, &Channel::judgeLoad);
    connect(&m_prober, &ItemProber::probed, this, [this] { Q_EMIT listChanged(); });
}

Result<std::unique_ptr<Channel>> Channel::open(const StationPaths &paths,
                                               const ChannelSettings &settings,
                                               const ChannelOptions &options, KeeperLink *keeper)
{
    std::unique_ptr<Channel> channel(new Channel(paths, settings, options, keeper));
    if (Result<void> opened = channel->m_list.open(); !opened)
        return opened.error();
    if (!channel->m_list.openWarning().isEmpty())
        qCWarning(lcStation) << settings.name << channel->m_list.openWarning();
    channel->m_position = ChannelPosition::load(paths, settings.name);
    channel->m_cursor = PlaylistCursor::fromJson(channel->m_position.cursor);
    channel->probeItems();
    return channel;
}

Channel::~Channel()
{
    m_preview.reset();
    m_playout.reset();
    m_chain.reset();
}

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
    // What was on air when the channel was stopped is begun again, not passed over.
    const QString resume = m_cursor.onAirId();
    if (!resume.isEmpty() && m_cursor.nextId().isEmpty() && m_list.playlist().contains(resume))
        m_cursor.setNext(resume);
    return goOnAir(std::move(options), std::nullopt);
}

Result<std::int64_t> Channel::takeOver(std::map<QString, UniqueFd> held)
{
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
    options.first = standingItems(place);
    m_resumedId = place.itemId;
    if (!m_resumedId.isEmpty())
        m_airings.continueAfterRestart();
    qCInfo(lcStation) << name() << "goes on at frame" << place.frame << "item" << place.itemId
                      << place.itemFrame << "encoder goes on:" << left->doesEncoderGoOn
                      << "released below" << left->nextFrame;
    return goOnAir(std::move(options), std::move(left).value());
}

// The item that was on air from the place on, and what had followed it already in frames that are
// lost with the dead engine.
std::vector<PlayoutItem> Channel::standingItems(const Inheritance::Place &place) const
{
    std::vector<PlayoutItem> items;
    const auto add = [&](const QString &id, const ChannelPosition::Airing *aired) {
        if (const PlaylistItem *item = m_list.playlist().item(id)) {
            items.push_back(playoutItem(*item));
        } else if (aired) { // taken from the list while it was on air
            PlayoutItem gone;
            gone.id = id;
            gone.path = aired->path;
            gone.title = aired->title;
            items.push_back(gone);
        }
    };
    const auto &airings = m_position.airings;
    if (!place.itemId.isEmpty()) {
        const auto aired = std::ranges::find_if(
            airings, [&](const auto &airing) { return airing.itemId == place.itemId; });
        add(place.itemId, aired != airings.end() ? &*aired : nullptr);
        if (!items.empty())
            items.back().from = place.itemFrame;
    }
    const auto next = std::ranges::find_if(
        airings, [&](const auto &airing) { return airing.frame >= place.frame; });
    if (next == airings.end())
        return items;
    if (!items.empty())
        items.back().endBefore = place.itemFrame + next->frame - place.frame;
    if (!items.empty() && items.back().endBefore == place.itemFrame)
        items.clear(); // its last frame is out
    add(next->itemId, &*next);
    return items;
}

PlayoutOptions Channel::playoutOptions() const
{
    PlayoutOptions options;
    options.clock.format = m_settings.format;
    options.clock.isPaced = m_options.isPaced;
    options.channel = name();
    options.logFile = m_paths.logs + u"/player.log"_s;
    options.safeZone = m_settings.safeZone;
    return options;
}

Result<std::int64_t> Channel::goOnAir(PlayoutOptions options, std::optional<Inheritance> left)
{
    const std::int64_t firstFrame = options.clock.firstFrame;
    const bool isTakeOver = left.has_value();
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
    connect(m_playout.get(), &Playout::itemFailed, this, &Channel::onItemFailed);
    connect(m_playout.get(), &Playout::playerReplaced, this,
            [this](const QString &itemId, qint64 itemFrame) {
                const PlaylistItem *item = m_list.playlist().item(itemId);
                const QString text = u"the player of %1 died; another goes on at its frame %2"_s
                                         .arg(item ? item->path : itemId)
                                         .arg(itemFrame);
                m_airings.note(itemId, u"player-replaced"_s, text);
                Q_EMIT message(u"warning"_s, u"player-replaced"_s, text);
            });
    connect(m_playout.get(), &Playout::epochBegan, this, &Channel::onEpochBegan);
    m_load.emplace(m_settings.format.rate);
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
    savePosition(true);
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
    m_preview.reset();
    m_playout->stop();
    m_stoppedAt = m_playout->retained()->nextNumber();
    const AirState air = m_playout->status().air;
    m_airings.end(m_stoppedAt, air.held, air.dropped,
                  m_settings.isOnAir ? u"engine-ended"_s : u"channel-stopped"_s);
    savePosition(false);
    m_playout.reset();
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

void Channel::skip(Done done)
{
    if (!m_playout)
        return done(offAir(name()));
    m_playout->skip([this, done = std::move(done)](const Result<CutOutcome> &outcome) {
        cutDone(done, outcome);
    });
}

void Channel::take(const QString &itemId, Done done)
{
    if (!m_playout)
        return done(offAir(name()));
    const PlaylistItem *item = m_list.playlist().item(itemId);
    if (!item)
        return done(Error{ErrorCode::NotFound, u"no item \"%1\" in the list"_s.arg(itemId), 0});
    m_playout->take(playoutItem(*item),
                    [this, done = std::move(done)](const Result<CutOutcome> &outcome) {
                        cutDone(done, outcome);
                    });
}

void Channel::cutDone(const Done &done, const Result<CutOutcome> &outcome)
{
    if (!outcome)
        return done(outcome.error());
    done(QJsonObject{{u"frame"_s, qint64(outcome->frame)}, {u"item"_s, outcome->itemId}});
}

Result<Destination> Channel::addDestination(Destination destination)
{
    for (const Destination &other : m_settings.destinations) {
        if (other.type == destination.type && other.target == destination.target)
            return Error{
                ErrorCode::AlreadyExists,
                u"channel \"%1\" has the destination %2 already"_s.arg(name(), other.target), 0};
    }
    destination.id = QUuid::createUuid().toString(QUuid::Id128).left(8);
    if (!destination.key.isEmpty()) {
        destination.hasKey = true;
        if (Result<void> kept = saveKey(m_paths, name(), destination.id, destination.key); !kept)
            return kept.error();
    }
    m_settings.destinations.push_back(destination);
    if (Result<void> saved = m_settings.save(m_paths); !saved) {
        m_settings.destinations.pop_back();
        removeKey(m_paths, name(), destination.id);
        return saved.error();
    }
    if (m_chain && m_playout)
        m_chain->addDestination(destination);
    Q_EMIT statusChanged();
    return destination;
}

Result<void> Channel::removeDestination(const QString &id)
{
    const auto found = std::ranges::find_if(
        m_settings.destinations, [&](const Destination &entry) { return entry.id == id; });
    if (found == m_settings.destinations.end())
        return Error{ErrorCode::NotFound, u"no destination \"%1\""_s.arg(id), 0};
    m_settings.destinations.erase(found);
    removeKey(m_paths, name(), id);
    if (m_chain)
        m_chain->removeDestination(id);
    Q_EMIT statusChanged();
    return m_settings.save(m_paths);
}

Result<QJsonObject> Channel::openPreview(quint64 client)
{
    if (!m_playout)
        return offAir(name());
    if (!m_preview) {
        Result<std::unique_ptr<PreviewFeed>> preview
            = PreviewFeed::start(m_settings.format, [this](quint64 sequence) {
                  QMetaObject::invokeMethod(
                      this, [this, sequence] { Q_EMIT previewPublished(sequence); },
                      Qt::QueuedConnection);
              });
        if (!preview)
            return preview.error();
        m_preview = std::move(preview).value();
        showPreview();
    }
    m_preview->addClient(client);
    return QJsonObject{{u"shm"_s, m_preview->name()}, {u"bytes"_s, m_preview->bytes()}};
}

// Not while the machine cannot keep up: the preview is the first to be left out.
void Channel::showPreview()
{
    if (!m_playout)
        return;
    if (m_preview && !(m_load && m_load->isOverloaded()))
        m_playout->setTap([feed = m_preview](const AirFramePtr &frame) { feed->offer(frame); });
    else
        m_playout->setTap({});
}

void Channel::judgeLoad()
{
    if (!m_playout || !m_options.isPaced)
        return;
    const AirState air = m_playout->status().air;
    const std::int64_t dropped = m_load->droppedSince();
    switch (m_load->judge(
        {OverloadJudge::Clock::now(), m_playout->retained()->unread(), air.late, air.dropped})) {
    case OverloadJudge::Change::None:
        return;
    case OverloadJudge::Change::Begun:
        Q_EMIT message(u"warning"_s, u"overload"_s,
                       m_preview
                           ? u"the machine cannot keep up: the preview stands still until it can"_s
                           : u"the machine cannot keep up"_s);
        break;
    case OverloadJudge::Change::Over:
        Q_EMIT message(u"info"_s, u"overload-over"_s,
                       dropped > 0
                           ? u"the machine keeps up again; %1 frames were left out"_s.arg(dropped)
                           : u"the machine keeps up again; no frame was left out"_s);
        break;
    }
    showPreview();
    Q_EMIT statusChanged();
}

void Channel::closePreview(quint64 client)
{
    if (!m_preview || !m_preview->removeClient(client))
        return;
    m_preview.reset();
    showPreview();
}

void Channel::onItemStarted(const QString &itemId, qint64 frame, JoinReason reason)
{
    if (!m_onAirId.isEmpty())
        m_played.insert(m_onAirId);
    m_onAirId = itemId;
    const bool isResumed = !itemId.isEmpty() && itemId == std::exchange(m_resumedId, QString());
    QString title;
    QString path;
    if (const PlaylistItem *item = m_list.playlist().item(itemId)) {
        title = item->title;
        path = item->path;
        if (!isResumed) // what followed it may stand there already
            m_cursor.putOnAir(itemId);
    } else {
        // Slate, or an item that was removed after its turn had been settled: the place is kept.
        m_cursor.finish();
    }
    if (!isResumed)
        m_position.addAiring({itemId, path, title, frame});
    savePosition(true);
    recordStart(itemId, frame, reason);
    Q_EMIT itemStarted(itemId, title, frame, isResumed ? u"resume"_s : reasonName(reason));
    Q_EMIT listChanged();
}

void Channel::recordStart(const QString &itemId, qint64 frame, JoinReason reason)
{
    const PlayoutStatus status = m_playout->status();
    AiringRecorder::Begin begin{itemId,
                                {},
                                status.itemTitle,
                                frame,
                                reasonName(reason),
                                status.itemFrames,
                                status.heldBefore,
                                status.droppedBefore};
    if (const PlaylistItem *item = m_list.playlist().item(itemId)) {
        begin.path = item->path;
        begin.title = item->title;
    }
    m_airings.begin(begin);
}

void Channel::recordProgress()
{
    if (!m_playout)
        return;
    const AirState air = m_playout->status().air;
    m_airings.progress(air.frame + 1, air.held, air.dropped);
}

void Channel::onItemFailed(const QString &itemId, const Error &error, qint64 frames)
{
    const PlaylistItem *item = m_list.playlist().item(itemId);
    const QString path = item ? item->path : QString();
    m_problems.insert(itemId, {itemId, path, error, m_playout->airFrame(), frames});
    if (frames > 0)
        m_airings.note(itemId, u"cut-short"_s, error.detail);
    else if (item)
        m_airings.missed(itemId, path, item->title, m_playout->airFrame(), error.detail);
    const QString text = frames > 0
        ? u"%1 ends after %2 frames: %3"_s.arg(path).arg(frames).arg(error.detail)
        : u"%1 cannot play: %2"_s.arg(path, error.detail);
    Q_EMIT message(u"warning"_s, frames > 0 ? u"item-cut-short"_s : u"item-cannot-play"_s, text);
    Q_EMIT listChanged();
    Q_EMIT statusChanged();
}

void Channel::savePosition(bool isOnAir)
{
    m_position.nextFrame = m_playout ? m_playout->retained()->nextNumber() : m_position.nextFrame;
    m_position.epochFrame = isOnAir && m_options.isPaced ? m_epoch.frame : -1;
    m_position.epochWallUs = m_epoch.wall.count();
    m_position.cursor = m_cursor.toJson();
    if (Result<void> saved = m_position.save(m_paths, name()); !saved)
        Q_EMIT message(u"warning"_s, u"position-not-saved"_s, saved.error().detail);
}

std::vector<std::pair<QString, pid_t>> Channel::processes() const
{
    std::vector<std::pair<QString, pid_t>> result;
    if (m_playout) {
        for (const auto &[item, pid] : m_playout->status().players)
            result.emplace_back(item == "spare"_L1 ? u"player (spare)"_s : u"player"_s, pid);
    }
    if (m_chain) {
        const ChainStatus status = m_chain->status();
        if (status.encoderPid > 0)
            result.emplace_back(u"encoder"_s, status.encoderPid);
        if (status.publisherPid > 0)
            result.emplace_back(u"publisher"_s, status.publisherPid);
    }
    return result;
}

} // namespace continuo
