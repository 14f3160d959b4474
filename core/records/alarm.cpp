// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/records/alarm.h"

#include <QHash>
#include <QUuid>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr WallTime kSameAlarm = 1h; // beyond that it is a new one

struct Code {
    bool lasts = false;
    QLatin1StringView action;
};

const QHash<QString, Code> &codes()
{
    static const QHash<QString, Code> table{
        {u"encoder-replaced"_s,
         {false, "a new encoder was fed every frame that had not been released"_L1}},
        {u"encoder-keeps-dying"_s, {false, "the next start waits longer"_L1}},
        {u"encoder-start-failed"_s, {false, "it is tried again"_L1}},
        {u"publisher-replaced"_s,
         {false, "a new publisher went on where the files end; servers were connected anew"_L1}},
        {u"publisher-keeps-dying"_s, {false, "the next start waits longer"_L1}},
        {u"publisher-start-failed"_s, {false, {}}},
        {u"player-replaced"_s, {false, "a new player went on at the next frame"_L1}},
        {u"players-abandoned"_s,
         {true, "others play on; those end when the disk or share answers again"_L1}},
        {u"player-without-cell"_s,
         {false, "clips are played all the same; continuoctl doctor says what to do"_L1}},
        {u"logo-failed"_s, {false, "the channel goes on without it; logo.set tries it again"_L1}},
        {u"engine-replaced"_s, {false, "the new engine went on at the next frame"_L1}},
        {u"keeper-replaced"_s, {false, "a new keeper holds all again"_L1}},
        {u"files-do-not-answer"_s, {true, "they are looked at again, more and more seldom"_L1}},
        {u"proving-stands-still"_s, {true, "files play as they are, unproven"_L1}},
        {u"proofs-not-kept"_s, {true, "they last until the engine ends"_L1}},
        {u"proofs-damaged"_s, {false, "a new database was begun"_L1}},
        {u"item-cannot-play"_s, {false, "it was passed over"_L1}},
        {u"item-cut-short"_s, {false, "the next item followed"_L1}},
        {u"channel-left-out"_s, {false, "its files are untouched, and the other channels run"_L1}},
        {u"list-recovered"_s,
         {false, "the list went on from what is sound; what is not was kept aside"_L1}},
        {u"list-file-refused"_s, {false, "the list stays as it was"_L1}},
        {u"list-file-not-written"_s, {false, "the list itself is kept; the file is behind it"_L1}},
        {u"frames-lost"_s, {false, "the rest goes on without them"_L1}},
        {u"frames-dropped"_s, {false, "the numbering was closed up"_L1}},
        {u"destination-trouble"_s, {true, "it is tried again by itself"_L1}},
        {u"emergency-failed"_s, {true, "the slate stays in its place; it is tried again"_L1}},
        {u"emergency-on-air"_s,
         {true, "it is left as soon as an item of the list has pictures"_L1}},
        {u"slate-failed"_s,
         {true, "the card with the channel's name is shown; the picture is tried again"_L1}},
        {u"slate-stands-in"_s,
         {true, "another player is tried; when it fails, too, the next item follows"_L1}},
        {u"overload"_s, {true, "work that can wait is left out until the machine keeps up"_L1}},
        {u"records-not-written"_s, {true, "they are kept in memory and written when it can be"_L1}},
        {u"records-lost"_s, {false, "the rest was written"_L1}},
        {u"records-damaged"_s, {false, "the file was set aside and a new one begun"_L1}},
        {u"lingering-off"_s, {false, "the station goes on until then"_L1}},
        {u"clock-was-set"_s, {false, "what is on air is not moved by it"_L1}},
        {u"machine-stood-still"_s, {false, "the programme goes on where it was"_L1}},
    };
    return table;
}

} // namespace

QString alarmAction(const QString &code)
{
    return codes().value(code).action;
}

bool isLastingAlarm(const QString &code)
{
    return codes().value(code).lasts;
}

QJsonObject Alarm::toJson() const
{
    QJsonObject object{{u"code"_s, code},
                       {u"level"_s, level},
                       {u"text"_s, text},
                       {u"firstMs"_s, toMilliseconds(first)},
                       {u"lastMs"_s, toMilliseconds(last)},
                       {u"count"_s, qint64(count)}};
    if (!channel.isEmpty())
        object.insert(u"channel"_s, channel);
    if (!subject.isEmpty())
        object.insert(u"subject"_s, subject);
    if (const QString action = alarmAction(code); !action.isEmpty())
        object.insert(u"action"_s, action);
    if (state != State::Once)
        object.insert(u"state"_s, state == State::Active ? u"active"_s : u"over"_s);
    if (state == State::Over)
        object.insert(u"overMs"_s, toMilliseconds(over));
    if (isCleared)
        object.insert(u"cleared"_s, true);
    return object;
}

void AlarmBook::load(std::vector<Alarm> alarms)
{
    for (Alarm &alarm : alarms) {
        if (alarm.state == Alarm::State::Active) {
            alarm.state = Alarm::State::Over;
            alarm.over = alarm.last;
        }
    }
    m_alarms.insert(m_alarms.begin(), std::make_move_iterator(alarms.begin()),
                    std::make_move_iterator(alarms.end()));
}

Alarm *AlarmBook::find(const QString &channel, const QString &subject, const QString &code)
{
    const auto found = std::find_if(m_alarms.rbegin(), m_alarms.rend(), [&](const Alarm &alarm) {
        return alarm.code == code && alarm.channel == channel && alarm.subject == subject;
    });
    return found == m_alarms.rend() ? nullptr : &*found;
}

const Alarm *AlarmBook::raise(const QString &channel, const QString &subject, const QString &code,
                              const QString &level, const QString &text, WallTime now)
{
    const auto state = isLastingAlarm(code) ? Alarm::State::Active : Alarm::State::Once;
    Alarm *same = find(channel, subject, code);
    if (same && same->state == Alarm::State::Active) {
        const bool isNew = same->text != text || same->level != level;
        same->text = text;
        same->level = level;
        same->last = now;
        return isNew ? same : nullptr;
    }
    // Both ways: the clock may have been set back.
    if (same && now - same->last < kSameAlarm && same->last - now < kSameAlarm) {
        same->text = text;
        same->level = level;
        same->last = now;
        same->state = state;
        ++same->count;
        return same;
    }
    if (m_alarms.size() >= kMaxOpenAlarms)
        m_alarms.erase(m_alarms.begin());
    Alarm alarm;
    alarm.key = QUuid::createUuid().toString(QUuid::Id128);
    alarm.channel = channel;
    alarm.subject = subject;
    alarm.code = code;
    alarm.level = level;
    alarm.text = text;
    alarm.first = now;
    alarm.last = now;
    alarm.state = state;
    return &m_alarms.emplace_back(std::move(alarm));
}

const Alarm *AlarmBook::end(const QString &channel, const QString &subject, const QString &code,
                            WallTime now)
{
    Alarm *alarm = find(channel, subject, code);
    if (!alarm || alarm->state != Alarm::State::Active)
        return nullptr;
    alarm->state = Alarm::State::Over;
    alarm->over = now;
    return alarm;
}

std::vector<Alarm> AlarmBook::clear(const QString &channel)
{
    const auto firstCleared
        = std::stable_partition(m_alarms.begin(), m_alarms.end(), [&](const Alarm &alarm) {
              return alarm.state == Alarm::State::Active
                  || (!channel.isEmpty() && alarm.channel != channel);
          });
    std::vector<Alarm> cleared(std::make_move_iterator(firstCleared),
                               std::make_move_iterator(m_alarms.end()));
    m_alarms.erase(firstCleared, m_alarms.end());
    for (Alarm &alarm : cleared)
        alarm.isCleared = true;
    return cleared;
}

std::vector<Alarm> AlarmBook::list(const QString &channel) const
{
    std::vector<Alarm> alarms;
    for (const Alarm &alarm : m_alarms) {
        if (channel.isEmpty() || alarm.channel == channel)
            alarms.push_back(alarm);
    }
    std::ranges::stable_sort(alarms, std::ranges::greater(), &Alarm::last);
    return alarms;
}

} // namespace continuo
