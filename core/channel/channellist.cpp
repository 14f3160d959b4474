// SPDX-License-Identifier: GPL-3.0-or-later
// The list side of a channel: edits, what follows, and the list as clients see it.
#include "core/channel/channel.h"

#include <QDateTime>
#include <QFileInfo>
#include <QJsonArray>

#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kLookAhead = 8;
constexpr qsizetype kLooksInTurn = 200;

} // namespace

PlayoutItem Channel::playoutItem(const PlaylistItem &item) const
{
    PlayoutItem result;
    result.id = item.id;
    result.path = item.path;
    result.title = item.title;
    if (const auto facts = m_prober.facts(item.path))
        result.expectedFrames = facts->failure ? 0 : facts->frames;
    result.targetLufs = m_settings.targetLufs;
    return result;
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
    std::vector<PlayoutItem> items;
    for (const QString &id : cursor.following(m_list.playlist(), m_settings.looping, count)) {
        if (const PlaylistItem *item = m_list.playlist().item(id))
            items.push_back(playoutItem(*item));
    }
    return items;
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

// The list has changed: so may the place in it, and what follows.
void Channel::takeUp(const EditOutcome &outcome)
{
    m_cursor.follow(outcome);
    if (Result<void> saved = saveCursor(); !saved) // the edit itself is in the journal
        Q_EMIT message(u"warning"_s, u"position-not-saved"_s, saved.error().detail);
    const auto isGone
        = [this](const auto &entry) { return !m_list.playlist().contains(entry.key()); };
    m_problems.removeIf(isGone);
    m_startOf.removeIf(isGone);
    if (m_playout)
        m_playout->listChanged();
    probeItems();
    Q_EMIT listChanged();
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
    return m_settings.save(m_paths);
}

void Channel::probeItems()
{
    for (const PlaylistItem &item : m_list.playlist().items())
        m_prober.probe(item.path);
}

// A file that comes, goes or changes is to be seen before its turn, whatever brings it: those that
// follow at each look, the whole list in turns (a share is asked 100 times a second at most).
void Channel::lookAgain()
{
    const bool isBehind = m_prober.isLooking(); // a slow share: the followers alone
    for (const PlayoutItem &item : followers(m_onAirId, kLookAhead))
        m_prober.probe(item.path);
    if (isBehind)
        return;
    const auto &items = m_list.playlist().items();
    const qsizetype count = std::min<qsizetype>(kLooksInTurn, items.size());
    for (qsizetype i = 0; i < count; ++i) {
        m_lookedAt = (m_lookedAt + 1) % qsizetype(items.size());
        m_prober.probe(items[m_lookedAt].path);
    }
}

void Channel::onProbed(const QString &path, bool isAnother)
{
    if (const auto facts = m_prober.facts(path); facts && !facts->failure) {
        if (m_playout)
            m_playout->fileIsGood(path);
        // What kept the file before it from playing says nothing of this one; nor does that it was
        // not there when its player was.
        m_problems.removeIf([&](const auto &problem) {
            return problem->path == path && problem->framesPlayed == 0
                && (isAnother || problem->error.code == ErrorCode::NotFound);
        });
    }
    Q_EMIT listChanged();
}

qint64 Channel::itemDurationMs(const PlaylistItem &item) const
{
    if (const auto facts = m_prober.facts(item.path); facts && facts->frames >= 0)
        return framesToNanoseconds(facts->frames, m_settings.format.rate) / 1000000;
    return item.duration ? item.duration->count() : -1;
}

QJsonObject Channel::itemJson(const PlaylistItem &item, const QString &nextId) const
{
    QJsonObject object{{u"id"_s, item.id}, {u"path"_s, item.path}, {u"title"_s, item.title}};
    QString state = m_played.contains(item.id) ? u"played"_s : u"queued"_s;
    QString reason;
    ErrorCode reasonCode = ErrorCode::Internal;
    const auto facts = m_prober.facts(item.path);
    if (facts && facts->failure) {
        state = facts->failure->code == ErrorCode::NotFound ? u"missing"_s : u"failed"_s;
        reason = facts->failure->detail;
        reasonCode = facts->failure->code;
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
    if (!reason.isEmpty()) {
        object.insert(u"reason"_s, reason);
        object.insert(u"reasonCode"_s, errorCodeName(reasonCode));
    }
    if (const qint64 duration = itemDurationMs(item); duration >= 0)
        object.insert(u"durationMs"_s, duration);
    if (facts && !facts->failure) {
        object.insert(u"frames"_s, qint64(facts->frames));
        if (facts->width > 0) {
            object.insert(u"width"_s, facts->width);
            object.insert(u"height"_s, facts->height);
            object.insert(u"fps"_s, facts->fps);
        }
        if (!facts->videoCodec.isEmpty())
            object.insert(u"videoCodec"_s, facts->videoCodec);
        if (!facts->audioCodec.isEmpty())
            object.insert(u"audioCodec"_s, facts->audioCodec);
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
            const auto facts = m_prober.facts(item->path);
            if (facts && facts->failure)
                continue; // passed over
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
