// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/channel.h"

#include "core/base/logging.h"

#include <QUuid>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::chrono::seconds kLookInterval(2); // at the files of the list
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
    case JoinReason::Emergency:
        return u"emergency"_s;
    }
    return u"follow"_s;
}

Error offAir(const QString &name)
{
    return Error{ErrorCode::Busy, u"channel \"%1\" is off air"_s.arg(name), 0};
}

} // namespace

Channel::Channel(const StationPaths &paths, ChannelSettings settings, ChannelOptions options,
                 KeeperLink *keeper, ProofQueue *proofs)
    : m_paths(paths)
    , m_settings(std::move(settings))
    , m_options(options)
    , m_keeper(keeper)
    , m_list(paths.channelData(m_settings.name))
    , m_airings(m_settings.name, m_settings.format.rate)
    , m_proofs(proofs)
    , m_logo(
          m_settings.name, m_settings.format, paths.logs + u"/player.log"_s, m_settings.logo,
          [this](const LogoSettings &logo) {
              const LogoSettings before = std::exchange(m_settings.logo, logo);
              Result<void> saved = m_settings.save(m_paths);
              if (!saved)
                  m_settings.logo = before;
              return saved;
          },
          keeper)
    , m_slate(
          m_settings.name, m_settings.format, paths.logs + u"/player.log"_s, m_settings.slate,
          [this](const SlateSettings &slate) {
              const SlateSettings before = std::exchange(m_settings.slate, slate);
              Result<void> saved = m_settings.save(m_paths);
              if (!saved)
                  m_settings.slate = before;
              return saved;
          },
          keeper)
    , m_emergency(m_settings.format, paths.logs + u"/player.log"_s, m_settings.emergency,
                  [this](const QString &path) {
                      const QString before = std::exchange(m_settings.emergency, path);
                      Result<void> saved = m_settings.save(m_paths);
                      if (!saved)
                          m_settings.emergency = before;
                      return saved;
                  })
{
    connect(&m_logo, &ChannelLogo::changed, this, &Channel::statusChanged);
    connect(&m_logo, &ChannelLogo::message, this, &Channel::message);
    connect(&m_logo, &ChannelLogo::playerEntered, this, &Channel::onPlayerEntered);
    connect(&m_slate, &ChannelSlate::changed, this, &Channel::statusChanged);
    connect(&m_slate, &ChannelSlate::message, this, &Channel::message);
    connect(&m_slate, &ChannelSlate::playerEntered, this, &Channel::onPlayerEntered);
    connect(&m_emergency, &ChannelEmergency::changed, this, &Channel::statusChanged);
    connect(&m_emergency, &ChannelEmergency::message, this, &Channel::message);
    connect(&m_emergency, &ChannelEmergency::playerEntered, this, &Channel::onPlayerEntered);
    // Before each edit, as in edit(): afterwards the place in the list would not fit the list.
    connect(&m_list, &PlaylistStore::externalEditFound, this, [this] {
        if (m_playout)
            m_playout->settle();
    });
    connect(&m_list, &PlaylistStore::externallyEdited, this, &Channel::onExternalEdit);
    connect(&m_list, &PlaylistStore::fileRefused, this, [this](const Error &error) {
        Q_EMIT message(u"warning"_s, u"list-file-refused"_s, error.detail);
    });
    connect(&m_list, &PlaylistStore::fileWriteFailed, this, [this](const Error &error) {
        Q_EMIT message(u"warning"_s, u"list-file-not-written"_s, error.detail);
    });
    m_loadTimer.setInterval(250);
    connect(&m_loadTimer, &QTimer::timeout, this, &Channel::judgeLoad);
    connect(m_proofs, &ProofQueue::proved, this, &Channel::onProved);
    m_lookTimer.setInterval(kLookInterval);
    connect(&m_lookTimer, &QTimer::timeout, this, &Channel::lookAgain);
    m_lookTimer.start();
}

Result<std::unique_ptr<Channel>> Channel::open(const StationPaths &paths,
                                               const ChannelSettings &settings,
                                               const ChannelOptions &options, KeeperLink *keeper,
                                               ProofQueue *proofs)
{
    std::unique_ptr<Channel> channel(new Channel(paths, settings, options, keeper, proofs));
    // First: the list may find edits in its file, which the place in it has to follow.
    channel->m_position = ChannelPosition::load(paths, settings.name);
    channel->m_cursor = PlaylistCursor::fromJson(channel->m_position.cursor);
    if (Result<void> opened = channel->m_list.open(); !opened)
        return opened.error();
    channel->proveItems();
    return channel;
}

Channel::~Channel()
{
    m_preview.reset();
    m_playout.reset();
    m_chain.reset();
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

Result<DestinationSettings> Channel::addDestination(DestinationSettings destination)
{
    for (const DestinationSettings &other : m_settings.destinations) {
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
        m_settings.destinations, [&](const DestinationSettings &entry) { return entry.id == id; });
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
        tapProgramme();
    }
    m_preview->addClient(client);
    return QJsonObject{{u"shm"_s, m_preview->name()}, {u"bytes"_s, m_preview->bytes()}};
}

// Not while the machine cannot keep up: preview and meter are the first to be left out.
void Channel::tapProgramme()
{
    if (!m_playout)
        return;
    if ((!m_preview && !m_meter) || (m_load && m_load->isOverloaded())) {
        m_playout->setTap({});
        return;
    }
    m_playout->setTap([preview = m_preview, meter = m_meter](const AirFramePtr &frame) {
        if (meter)
            meter->offer(frame);
        if (preview)
            preview->offer(frame);
    });
}

void Channel::closePreview(quint64 client)
{
    if (!m_preview || !m_preview->removeClient(client))
        return;
    m_preview.reset();
    tapProgramme();
}

void Channel::onItemStarted(const QString &itemId, qint64 frame, JoinReason reason)
{
    judgeProofOfAired(reason);
    tellPassedOver(itemId, reason);
    if (!m_onAirId.isEmpty())
        m_played.insert(m_onAirId);
    m_onAirId = itemId;
    const bool isResumed = !itemId.isEmpty() && itemId == std::exchange(m_resumedId, QString());
    const PlayoutItem aired = m_playout->onAirItem();
    // It may have been taken from the list since it was settled, and another engine has to find it.
    QString title = aired.title;
    QString path = aired.path;
    QString category = aired.category;
    if (const PlaylistItem *item = m_list.playlist().item(itemId)) {
        title = item->title;
        path = item->path;
        category = item->category;
        m_proofs->look(path); // it may have come, or changed, since the list last did
        if (!isResumed) // what followed it may stand there already
            m_cursor.putOnAir(itemId);
    } else {
        // Slate, or an item that was removed after its turn had been settled: the place is kept.
        m_cursor.finish();
    }
    // What was wrong with it before it last began says nothing of it now.
    if (const auto problem = m_problems.constFind(itemId); problem != m_problems.constEnd()
        && (problem->framesPlayed == 0 || problem->frame < m_startOf.value(itemId, -1)))
        m_problems.erase(problem);
    m_startOf.insert(itemId, frame);
    if (!isResumed)
        m_position.addAiring(
            {itemId, path, title, frame, aired.in, aired.out, category, aired.tracks});
    savePosition(true);
    recordStart(itemId, frame, reason, isResumed ? m_resumedFrom : 0);
    Q_EMIT itemStarted(itemId, title, frame, isResumed ? u"resume"_s : reasonName(reason));
    takeUpOut(); // it may have been moved since this airing was settled
    Q_EMIT listChanged();
}

void Channel::recordStart(const QString &itemId, qint64 frame, JoinReason reason, qint64 from)
{
    const PlayoutStatus status = m_playout->status();
    AiringRecorder::Begin begin{itemId,
                                {},
                                status.itemTitle,
                                frame,
                                reasonName(reason),
                                status.itemFrames,
                                from,
                                status.heldBefore,
                                status.droppedBefore};
    if (const PlaylistItem *item = m_list.playlist().item(itemId)) {
        begin.path = item->path;
        begin.title = item->title;
    } else {
        begin.path = m_playout->onAirItem().path;
    }
    if (reason == JoinReason::Emergency)
        begin.path = m_emergency.path();
    m_airings.begin(begin);
}

void Channel::recordProgress()
{
    if (!m_playout)
        return;
    const AirState air = m_playout->status().air;
    m_airings.progress(air.frame + 1, air.counts.held, air.counts.dropped);
}

void Channel::onItemFailed(const QString &itemId, const Error &error, qint64 frames)
{
    const PlaylistItem *item = m_list.playlist().item(itemId);
    const QString path = item ? item->path : QString();
    m_problems.insert(itemId, {itemId, path, error, m_playout->airFrame(), frames});
    if (frames == 0)
        m_missed.insert(itemId);
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
    if (m_playout)
        m_position.nextFrame = std::max(m_playout->retained()->nextNumber(), m_feedFrame);
    m_position.epochFrame = isOnAir && m_options.isPaced ? m_epoch.frame : -1;
    m_position.epochWallUs = m_epoch.wall.count();
    m_position.cursor = m_cursor.toJson();
    if (Result<void> saved = m_position.save(m_paths, name()); !saved)
        Q_EMIT message(u"warning"_s, u"position-not-saved"_s, saved.error().detail);
}

// What an edit did to the place in the list is kept before the edit is answered; so is what had
// been settled before it, which the next engine could not tell from the list any more. Until
// something is on air that is what a dead engine had settled.
Result<void> Channel::saveCursor()
{
    ChannelPosition position = m_position;
    position.cursor = m_cursor.toJson();
    if (m_playout && !m_onAirId.isEmpty()) {
        if (!position.airings.empty() && position.airings.back().itemId == m_onAirId)
            position.airings.back().out = m_playout->onAirItem().out;
        const PlayoutItem next = m_playout->settledNext();
        position.settled = {};
        if (!next.id.isEmpty() && !position.airings.empty())
            position.settled = {next.id, next.path, next.title,    position.airings.back().frame,
                                next.in, next.out,  next.category, next.tracks};
    }
    if (position.cursor == m_position.cursor && position.settled == m_position.settled
        && position.airings == m_position.airings)
        return {};
    Result<void> saved = position.save(m_paths, name());
    if (saved)
        m_position = std::move(position);
    return saved;
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
