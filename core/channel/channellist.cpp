// SPDX-License-Identifier: GPL-3.0-or-later
// The list side of a channel: edits, what follows, and the list as clients see it.
#include "core/channel/channel.h"

#include "core/base/timecode.h"
#include "core/levels/gainplan.h"
#include "core/playlist/itemsound.h"

#include <QDateTime>
#include <QFileInfo>
#include <QJsonArray>

#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kLookAhead = 8;
constexpr int kMostSoon = 200;
constexpr std::int64_t kSoonUs = 60'000'000; // what begins within that is proven first
constexpr qsizetype kLooksInTurn = 200;

// An estimate moves: the status has it.
QJsonObject itemLevelJson(const AirGain &gain)
{
    if (gain.kind == AirGain::Kind::Estimated)
        return {{u"estimated"_s, true}};
    return {{u"gain"_s, double(gain.centiDb) / 100}, {u"estimated"_s, false}};
}

} // namespace

PlayoutItem Channel::playoutItem(const PlaylistItem &item) const
{
    PlayoutItem result;
    result.id = item.id;
    result.path = item.path;
    result.title = item.title;
    result.category = item.category;
    if (const auto proof = m_proofs->proof(item.path))
        result.expectedFrames = proof->fails() ? 0 : proof->frames(m_settings.format.rate);
    result.waypoints = m_proofs->waypoints(item.path);
    const ItemPoints points = pointsOf(item, m_settings.format.rate);
    result.in = result.from = points.in;
    result.out = points.out;
    result.tracks = tracksFor(item.sound, m_settings.languages);
    result.gainCentiDb = measuredGain(item, result.tracks);
    if (!result.gainCentiDb)
        result.targetLufs = m_settings.targetLufs; // its player estimates it
    return result;
}

// By what was measured of the whole file, in the track that the file itself would choose.
std::optional<int> Channel::measuredGain(const PlaylistItem &item, const QJsonObject &tracks) const
{
    const auto proof = m_proofs->proof(item.path);
    if (!m_settings.targetLufs || !tracks.isEmpty() || !proof)
        return std::nullopt;
    const QJsonObject levels = proof->levels();
    if (levels.isEmpty())
        return std::nullopt;
    const auto known = [&levels](QLatin1StringView name) {
        const QJsonValue value = levels.value(name);
        return value.isDouble() ? std::optional(value.toDouble()) : std::nullopt;
    };
    const LoudnessFacts facts{known("loudness"_L1), known("truePeak"_L1)};
    return int(std::lround(GainPlan::of(facts, *m_settings.targetLufs).gainDb * 100));
}

std::vector<PlayoutItem> Channel::playoutItems() const
{
    std::vector<PlayoutItem> items;
    for (const PlaylistItem &item : m_list.playlist().items())
        items.push_back(playoutItem(item));
    return items;
}

std::vector<PlayoutItem> Channel::followers(const QString &after, int count) const
{
    PlaylistCursor cursor = m_cursor;
    if (!after.isEmpty()) {
        if (m_list.playlist().contains(after))
            cursor.putOnAir(after);
        else
            cursor.finish();
    }
    return goodFollowers(cursor, count);
}

// What is proven not to play costs no player; as long as it is the same file, which is looked at
// every two seconds before its turn.
std::vector<PlayoutItem> Channel::goodFollowers(const PlaylistCursor &cursor, int count) const
{
    const int whole = m_list.playlist().size() + count; // once around
    for (int asked = count;; asked = std::min(asked * 8, whole)) {
        std::vector<PlayoutItem> items;
        const auto ids = cursor.following(m_list.playlist(), m_settings.looping, asked);
        for (const QString &id : ids) {
            const PlaylistItem *item = m_list.playlist().item(id);
            if (item && int(items.size()) < count && !isPassedOver(*item))
                items.push_back(playoutItem(*item));
        }
        if (int(items.size()) >= count || int(ids.size()) < asked || asked >= whole)
            return items;
    }
}

bool Channel::isPassedOver(const PlaylistItem &item) const
{
    const auto proof = m_proofs->proof(item.path);
    return proof && proof->willNotPlay();
}

// No player has tried what was passed over, and so nobody else says that it was not aired.
void Channel::tellPassedOver(const QString &itemId, JoinReason reason)
{
    constexpr int kMostTold = 50; // at a join; a whole list that was deleted is told in parts
    if (reason == JoinReason::Take)
        return;
    const int count = std::min(m_list.playlist().size(), kMostTold);
    for (const QString &id : m_cursor.following(m_list.playlist(), m_settings.looping, count)) {
        const PlaylistItem *item = m_list.playlist().item(id);
        if (id == itemId || !item || (!isPassedOver(*item) && !m_missed.contains(id)))
            return;
        if (m_missed.remove(id))
            continue; // a player had tried it before it was proven
        onItemFailed(id, *m_proofs->proof(item->path)->failure, 0);
        m_missed.remove(id);
    }
}

// What was aired to its end plays, whatever was found about it before.
void Channel::judgeProofOfAired(JoinReason reason)
{
    const PlaylistItem *item = m_list.playlist().item(m_onAirId);
    if (!item || reason != JoinReason::Follow || !isPassedOver(*item))
        return;
    const auto problem = m_problems.constFind(item->id);
    if (problem == m_problems.constEnd() || problem->frame < m_startOf.value(item->id, -1))
        m_proofs->withdraw(item->path);
}

Result<EditReply> Channel::edit(const Edit &edit, std::optional<quint64> expect)
{
    const std::int64_t frame = m_playout ? m_playout->settle() : 0;
    const bool isSettled = m_playout && !m_playout->settledNext().id.isEmpty();
    return edited(m_list.apply(edit, expect), frame, isSettled);
}

Result<EditReply> Channel::undo(std::optional<quint64> expect)
{
    const std::int64_t frame = m_playout ? m_playout->settle() : 0;
    const bool isSettled = m_playout && !m_playout->settledNext().id.isEmpty();
    return edited(m_list.undo(expect), frame, isSettled);
}

Result<EditReply> Channel::edited(Result<EditOutcome> outcome, std::int64_t frame, bool isSettled)
{
    if (!outcome)
        return outcome.error();
    takeUp(outcome.value());
    return EditReply{outcome->version, frame, isSettled, outcome->insertedIds};
}

void Channel::onExternalEdit(const EditOutcome &outcome)
{
    takeUp(outcome);
    Q_EMIT message(
        u"info"_s, u"list-file-taken-up"_s,
        u"%1 was changed by another program; the list has the changes"_s.arg(m_list.filePath()));
}

// The list has changed: so may the place in it, what follows, and where the item on air ends.
void Channel::takeUp(const EditOutcome &outcome)
{
    m_cursor.follow(outcome);
    takeUpOut();
    if (Result<void> saved = saveCursor(); !saved) // the edit itself is in the journal
        Q_EMIT message(u"warning"_s, u"position-not-saved"_s, saved.error().detail);
    const auto isGone
        = [this](const auto &entry) { return !m_list.playlist().contains(entry.key()); };
    m_problems.removeIf(isGone);
    m_startOf.removeIf(isGone);
    m_missed.removeIf([this](const QString &id) { return !m_list.playlist().contains(id); });
    if (m_playout)
        m_playout->listChanged();
    proveItems();
    Q_EMIT listChanged();
}

// A new in point of the item on air is for the next time, a new out point for this one.
void Channel::takeUpOut()
{
    const PlaylistItem *item = m_list.playlist().item(m_onAirId);
    if (!m_playout || !item || m_playout->onAirItem().id != item->id)
        return;
    const std::int64_t out = pointsOf(*item, m_settings.format.rate).out;
    if (out == m_playout->onAirItem().out)
        return;
    m_airings.note(item->id, u"out-moved"_s, u"its out point was moved while it was on air"_s);
    m_playout->setOut(item->id, out);
}

Result<EditReply> Channel::setItem(const QString &itemId, const ItemChange &change,
                                   std::optional<quint64> expect)
{
    const PlaylistItem *known = m_list.playlist().item(itemId);
    if (!known)
        return Error{ErrorCode::NotFound, u"no item \"%1\" in the list"_s.arg(itemId), 0};
    PlaylistItem item = *known;
    if (change.title)
        item.title = change.title->isEmpty() ? titleFromPath(item.path) : *change.title;
    if (change.category)
        item.category = *change.category;
    if (change.sound) {
        Result<QString> sound = soundFromText(*change.sound);
        if (!sound)
            return sound.error();
        item.sound = sound.value();
    }
    if (Result<void> set = setPoints(item, change.in, change.out, m_settings.format.rate); !set)
        return set.error();
    return edit(UpdateEdit{{item}}, expect);
}

Result<EditReply> Channel::setNext(const QString &itemId, std::optional<quint64> expect)
{
    if (Result<void> good = m_list.checkExpected(expect); !good)
        return good.error();
    if (!m_list.playlist().contains(itemId))
        return Error{ErrorCode::NotFound, u"no item \"%1\" in the list"_s.arg(itemId), 0};
    const std::int64_t frame = m_playout ? m_playout->settle() : 0;
    const bool isSettled = m_playout && !m_playout->settledNext().id.isEmpty();
    const PlaylistCursor before = m_cursor;
    m_cursor.setNext(itemId);
    if (Result<void> saved = saveCursor(); !saved) {
        m_cursor = before;
        return saved.error();
    }
    if (m_playout)
        m_playout->listChanged();
    Q_EMIT listChanged();
    return EditReply{m_list.playlist().version(), frame, isSettled, {}};
}

Result<void> Channel::setLooping(Looping looping)
{
    if (m_playout)
        m_playout->settle();
    if (Result<void> saved = saveCursor(); !saved) // what is settled does not change by it
        return saved;
    m_settings.looping = looping;
    if (m_playout)
        m_playout->listChanged();
    Q_EMIT listChanged();
    return m_settings.save(m_paths);
}

Result<void> Channel::setSafeZone(std::chrono::milliseconds zone)
{
    m_settings.safeZone = zone;
    if (m_playout)
        m_playout->setSafeZone(zone);
    return m_settings.save(m_paths);
}

Result<void> Channel::setLoudness(std::optional<double> targetLufs)
{
    m_settings.targetLufs = targetLufs;
    m_emergency.setTarget(targetLufs);
    Q_EMIT listChanged(); // its items tell their gains
    return m_settings.save(m_paths);
}

Result<void> Channel::setLanguages(const QString &languages)
{
    Result<QStringList> list = languagesFromText(languages);
    if (!list)
        return list.error();
    m_settings.languages = std::move(list).value();
    if (m_playout)
        m_playout->listChanged();
    Q_EMIT listChanged(); // what is measured is of the track that the file itself would choose
    return m_settings.save(m_paths);
}

void Channel::proveItems()
{
    m_listPaths.clear();
    for (const PlaylistItem &item : m_list.playlist().items()) {
        m_listPaths.insert(item.path);
        m_proofs->look(item.path);
    }
}

// A file that comes, goes or changes is to be seen before its turn, whatever brings it: those that
// follow at each look, the whole list in turns (a share is asked 100 times a second at most).
void Channel::lookAgain()
{
    const bool isBehind = m_proofs->isLooking(); // a slow share: the followers alone
    std::int64_t untilUs = 0;
    int shown = 0;
    // Those that are passed over, too: they may have been replaced.
    for (const QString &id : m_cursor.following(m_list.playlist(), m_settings.looping, kMostSoon)) {
        const PlaylistItem *item = m_list.playlist().item(id);
        if (!item || (shown >= kLookAhead && untilUs > kSoonUs))
            break;
        const auto proof = m_proofs->proof(item->path);
        m_proofs->look(item->path, ProofQueue::Turn::Soon);
        untilUs += proof && !proof->fails() ? std::max<std::int64_t>(proof->durationUs(), 0) : 0;
        shown += proof && proof->fails() ? 0 : 1;
    }
    if (isBehind)
        return;
    const auto &items = m_list.playlist().items();
    const qsizetype count = std::min<qsizetype>(kLooksInTurn, items.size());
    for (qsizetype i = 0; i < count; ++i) {
        m_lookedAt = (m_lookedAt + 1) % qsizetype(items.size());
        m_proofs->look(items[m_lookedAt].path, ProofQueue::Turn::Again);
    }
}

void Channel::onProved(const QString &path, bool isAnother)
{
    if (!m_listPaths.contains(path))
        return;
    const auto proof = m_proofs->proof(path);
    if (proof && !proof->fails()) {
        if (m_playout)
            m_playout->fileIsGood(path);
        // What kept the file before it from playing says nothing of this one; nor does that it was
        // not there when its player was.
        m_problems.removeIf([&](const auto &problem) {
            return problem->path == path && problem->framesPlayed == 0
                && (isAnother || problem->error.code == ErrorCode::NotFound);
        });
    }
    if (m_playout && (isAnother || (proof && proof->willNotPlay())))
        m_playout->listChanged(); // it may be passed over now, or not any more
    Q_EMIT listChanged();
}

std::int64_t Channel::clipFrames(const PlaylistItem &item) const
{
    const auto proof = m_proofs->proof(item.path);
    return proof && !proof->fails() ? proof->frames(m_settings.format.rate) : -1;
}

qint64 Channel::itemDurationMs(const PlaylistItem &item) const
{
    const std::int64_t frames = pointsOf(item, m_settings.format.rate).framesOf(clipFrames(item));
    if (frames >= 0)
        return framesToNanoseconds(frames, m_settings.format.rate) / 1000000;
    return item.duration ? item.duration->count() : -1;
}

std::optional<Error> Channel::whyNothingShows(const PlaylistItem &item) const
{
    const FrameRate rate = m_settings.format.rate;
    return nothingToShow(pointsOf(item, rate), clipFrames(item), rate);
}

QJsonObject Channel::itemJson(const PlaylistItem &item, const QString &nextId) const
{
    QJsonObject object{{u"id"_s, item.id}, {u"path"_s, item.path}, {u"title"_s, item.title}};
    QString state = m_played.contains(item.id) ? u"played"_s : u"queued"_s;
    QString reason;
    ErrorCode reasonCode = ErrorCode::Internal;
    const auto proof = m_proofs->proof(item.path);
    if (proof && proof->willNotPlay()) {
        state = proof->failure->code == ErrorCode::NotFound ? u"missing"_s : u"failed"_s;
        reason = proof->failure->detail;
        reasonCode = proof->failure->code;
    } else if (const auto error = whyNothingShows(item); error && item.id != m_onAirId) {
        state = u"failed"_s;
        reason = error->detail;
        reasonCode = error->code;
    } else if (const auto problem = m_problems.constFind(item.id);
               problem != m_problems.constEnd()) {
        if (problem->framesPlayed == 0)
            state = u"failed"_s;
        reason = problem->error.detail;
        reasonCode = problem->error.code;
    }
    if (item.id == nextId)
        state = u"next"_s;
    if (item.id == m_onAirId && !m_onAirId.isEmpty())
        state = u"on-air"_s;
    object.insert(u"state"_s, state);
    if (!item.category.isEmpty())
        object.insert(u"category"_s, item.category);
    if (!reason.isEmpty()) {
        object.insert(u"reason"_s, reason);
        object.insert(u"reasonCode"_s, errorCodeName(reasonCode));
    }
    if (!item.sound.isEmpty())
        object.insert(u"sound"_s, item.sound);
    const FrameRate rate = m_settings.format.rate;
    if (item.in) {
        object.insert(u"in"_s, timecodeText(*item.in, rate));
        object.insert(u"inUs"_s, qint64(item.in->count()));
    }
    if (item.out) {
        object.insert(u"out"_s, timecodeText(*item.out, rate));
        object.insert(u"outUs"_s, qint64(item.out->count()));
    }
    if (const qint64 duration = itemDurationMs(item); duration >= 0)
        object.insert(u"durationMs"_s, duration);
    object.insert(u"proof"_s, m_proofs->summary(item.path));
    // As its player was asked, where it has one: what is measured meanwhile is for the next time.
    std::optional<AirGain> gain = m_playout ? m_playout->gainOf(item.id) : std::nullopt;
    if (!gain && m_settings.targetLufs)
        gain = playoutItem(item).askedGain();
    const bool isMute = proof && !proof->fails() && proof->tier > 0 && proof->audio().isEmpty();
    if (gain && gain->kind != AirGain::Kind::None && !isMute)
        object.insert(u"loudness"_s, itemLevelJson(*gain));
    if (proof && !proof->fails() && proof->tier > 0) {
        const QJsonObject video = proof->video();
        object.insert(u"frames"_s, qint64(proof->frames(m_settings.format.rate)));
        if (!video.isEmpty()) {
            object.insert(u"width"_s, video.value("width"_L1));
            object.insert(u"height"_s, video.value("height"_L1));
            object.insert(u"fps"_s, video.value("fps"_L1).toVariant().toString());
            object.insert(u"videoCodec"_s, video.value("codec"_L1));
        }
        if (const QJsonObject audio = proof->audio(); !audio.isEmpty())
            object.insert(u"audioCodec"_s, audio.value("codec"_L1));
    }
    return object;
}

QJsonObject Channel::playlistJson() const
{
    QString nextId;
    qint64 nextStartMs = -1;
    if (m_playout) {
        const PlayoutStatus status = m_playout->status();
        nextId = status.nextId;
        if (status.itemFrames >= 0 && status.air.source) {
            const qint64 left = status.air.startFrame + status.itemFrames - 1 - status.air.frame;
            nextStartMs = QDateTime::currentMSecsSinceEpoch()
                + framesToNanoseconds(std::max<qint64>(left, 0), m_settings.format.rate) / 1000000;
        } else if (!status.air.source) {
            nextStartMs = QDateTime::currentMSecsSinceEpoch();
        }
    }
    // Expected starts follow from what is next, in list order; once around when looping.
    QHash<QString, qint64> starts;
    const PlaylistCursor &cursor = m_cursor;
    const int count = m_list.playlist().size();
    if (nextStartMs >= 0) {
        for (const QString &id : cursor.following(m_list.playlist(), m_settings.looping, count)) {
            if (starts.contains(id) || nextStartMs < 0)
                break;
            starts.insert(id, nextStartMs);
            const PlaylistItem *item = m_list.playlist().item(id);
            if (isPassedOver(*item) || whyNothingShows(*item))
                continue;
            const qint64 duration = itemDurationMs(*item);
            nextStartMs = duration < 0 ? -1 : nextStartMs + duration;
        }
    }
    QJsonArray items;
    for (const PlaylistItem &item : m_list.playlist().items()) {
        QJsonObject object = itemJson(item, nextId);
        if (const auto start = starts.constFind(item.id);
            start != starts.constEnd() && item.id != m_onAirId)
            object.insert(u"startsAtMs"_s, *start);
        items.append(object);
    }
    QJsonObject result{{u"channel"_s, name()},
                       {u"version"_s, qint64(m_list.playlist().version())},
                       {u"loop"_s, m_settings.looping == Looping::On},
                       {u"file"_s, m_list.filePath()},
                       {u"items"_s, items}};
    if (!m_onAirId.isEmpty())
        result.insert(u"onAir"_s, m_onAirId);
    if (!nextId.isEmpty())
        result.insert(u"next"_s, nextId);
    return result;
}

} // namespace continuo
