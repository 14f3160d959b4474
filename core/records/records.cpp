// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/records/records.h"

#include <QTimer>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

WallTime now()
{
    return std::chrono::duration_cast<WallTime>(
        std::chrono::system_clock::now().time_since_epoch());
}

} // namespace

Records::Records(const QString &file, std::chrono::milliseconds patience)
    : m_patience(patience)
{
    RecordWriterEvents events;
    events.troubled = [this](const Error &error) {
        later([this, error] {
            Q_EMIT message(u"warning"_s, u"records-not-written"_s,
                           u"as-run log and alarms cannot be written: %1"_s.arg(error.detail));
        });
    };
    events.recovered = [this](std::int64_t lost) {
        later([this, lost] {
            Q_EMIT message(u"info"_s, u"records-not-written-over"_s,
                           u"as-run log and alarms are written again"_s);
            if (lost > 0) {
                Q_EMIT message(u"fault"_s, u"records-lost"_s,
                               u"%1 records were lost while they could not be written"_s.arg(lost));
            }
        });
    };
    events.damaged = [this](const QString &name) {
        later([this, name] {
            Q_EMIT message(u"fault"_s, u"records-damaged"_s,
                           u"as-run log and alarms were damaged; they are kept as %1"_s.arg(name));
        });
    };
    m_writer = std::make_unique<RecordWriter>(file, std::move(events));
    // What a power cut left open ends where it was last noted.
    m_writer->write([](RecordsDatabase &database) { return database.closeInterrupted(); });
    loadAlarms();
}

Records::~Records() = default;

void Records::later(std::function<void()> function)
{
    {
        const std::scoped_lock lock(m_laterMutex);
        m_later.push_back(std::move(function));
    }
    // By name: the event carries nothing that two threads of ours would touch.
    QMetaObject::invokeMethod(this, "runLater", Qt::QueuedConnection);
}

void Records::runLater()
{
    std::vector<std::function<void()>> functions;
    {
        const std::scoped_lock lock(m_laterMutex);
        functions.swap(m_later);
    }
    for (const std::function<void()> &function : functions)
        function();
}

void Records::beginAiring(const Airing &airing, bool mayContinue)
{
    ++m_begun;
    m_writer->write([airing, mayContinue](RecordsDatabase &database) {
        return database.beginAiring(airing, mayContinue);
    });
}

void Records::noteProgress(const QString &channel, const AiringProgress &progress)
{
    // Only the newest of a row counts; it must not take the place of one of the row before.
    m_writer->write(
        [channel, progress](RecordsDatabase &database) {
            return database.noteProgress(channel, progress);
        },
        u"progress %1 %2"_s.arg(m_begun).arg(channel));
}

void Records::endAiring(const QString &channel, const AiringProgress &progress,
                        const QStringList &reasons, const QString &detail)
{
    m_writer->write([=](RecordsDatabase &database) {
        return database.endAiring(channel, progress, reasons, detail);
    });
}

void Records::addAiring(const Airing &airing)
{
    m_writer->write([airing](RecordsDatabase &database) { return database.addAiring(airing); });
}

void Records::whenKept(std::function<void()> answer)
{
    const auto once = std::make_shared<std::function<void()>>(std::move(answer));
    const auto tell = [once] {
        if (const auto function = std::exchange(*once, {}))
            function();
    };
    QTimer::singleShot(m_patience, this, tell);
    const auto ask = [this, tell] {
        m_writer->write([](RecordsDatabase &) { return Result<void>(); }, {},
                        [this, tell](const Result<void> &) { later(tell); });
    };
    // Alarms that wait for those of before to be loaded are not on their way to the disk yet.
    if (m_areAlarmsLoaded)
        ask();
    else
        m_untilLoaded.emplace_back(ask);
}

void Records::listAirings(const AiringQuery &query,
                          std::function<void(const Result<AiringList> &)> answer)
{
    m_writer->read(
        [this, query, answer = std::move(answer)](const Result<RecordsDatabase *> &database) {
            const Result<AiringList> list = database ? database.value()->airings(query)
                                                     : Result<AiringList>(database.error());
            later([list, answer] { answer(list); });
        });
}

void Records::keepDays(int days, std::function<void(const Result<int> &)> answer)
{
    const auto ask = [this, answer](const Result<RecordsDatabase *> &database) {
        const Result<int> kept
            = database ? database.value()->keepDays() : Result<int>(database.error());
        later([kept, answer] { answer(kept); });
    };
    if (days < 0)
        return m_writer->read(ask);
    m_writer->write([days](RecordsDatabase &database) { return database.setKeepDays(days); }, {},
                    [this, days, answer](const Result<void> &written) {
                        const Result<int> kept
                            = written ? Result<int>(days) : Result<int>(written.error());
                        later([kept, answer] { answer(kept); });
                    });
}

void Records::loadAlarms()
{
    m_writer->read([this](const Result<RecordsDatabase *> &database) {
        std::vector<Alarm> alarms;
        if (database) {
            if (Result<std::vector<Alarm>> loaded = database.value()->alarms(); loaded)
                alarms = std::move(loaded).value();
        }
        later([this, alarms = std::move(alarms)] { onAlarmsLoaded(alarms); });
    });
    // Then alarms begin without what was written down.
    QTimer::singleShot(m_patience, this, [this] { onAlarmsLoaded({}); });
}

void Records::onAlarmsLoaded(std::vector<Alarm> alarms)
{
    if (m_areAlarmsLoaded)
        return;
    m_areAlarmsLoaded = true;
    const std::vector<Alarm> before = alarms;
    m_alarms.load(std::move(alarms));
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i].state != m_alarms.all()[i].state)
            save(m_alarms.all()[i]);
    }
    for (const auto &function : std::exchange(m_untilLoaded, {}))
        function();
}

void Records::onMessage(const QString &channel, const QString &level, const QString &code,
                        const QString &text)
{
    if (level == "warning"_L1 || level == "fault"_L1)
        raiseAlarm(channel, {}, code, level, text);
    else if (code.endsWith("-over"_L1))
        endAlarm(channel, {}, code.chopped(5));
}

void Records::raiseAlarm(const QString &channel, const QString &subject, const QString &code,
                         const QString &level, const QString &text)
{
    if (!m_areAlarmsLoaded) {
        m_untilLoaded.push_back([=, this] { raiseAlarm(channel, subject, code, level, text); });
        return;
    }
    changed(m_alarms.raise(channel, subject, code, level, text, now()));
}

void Records::endAlarm(const QString &channel, const QString &subject, const QString &code)
{
    if (!m_areAlarmsLoaded) {
        m_untilLoaded.push_back([=, this] { endAlarm(channel, subject, code); });
        return;
    }
    changed(m_alarms.end(channel, subject, code, now()));
}

std::size_t Records::clearAlarms(const QString &channel)
{
    const std::vector<Alarm> cleared = m_alarms.clear(channel);
    for (const Alarm &alarm : cleared) {
        save(alarm);
        Q_EMIT alarmChanged(alarm.toJson());
    }
    return cleared.size();
}

void Records::changed(const Alarm *alarm)
{
    if (!alarm)
        return;
    save(*alarm);
    Q_EMIT alarmChanged(alarm->toJson());
}

void Records::save(const Alarm &alarm)
{
    m_writer->write([alarm](RecordsDatabase &database) { return database.saveAlarm(alarm); },
                    u"alarm "_s + alarm.key);
}

} // namespace continuo
