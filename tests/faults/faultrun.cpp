// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/faultrun.h"

#include "tests/faults/faultclips.h"

#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr qint64 kSafeZoneFrames = 45;

qint64 countOf(const QJsonObject &status, QLatin1StringView name)
{
    return status.value("counts"_L1).toObject().value(name).toInteger();
}

qint64 lastTold(const QJsonArray &alarms, const QString &code)
{
    qint64 last = 0;
    for (const QJsonValue &alarm : alarms) {
        if (alarm.toObject().value("code"_L1) == code)
            last = std::max(last, alarm.toObject().value("lastMs"_L1).toInteger());
    }
    return last;
}

bool isActive(const QJsonArray &alarms, const QString &code)
{
    return std::any_of(alarms.begin(), alarms.end(), [&](const QJsonValue &alarm) {
        return alarm.toObject().value("code"_L1) == code
            && alarm.toObject().value("state"_L1) == "active"_L1;
    });
}

// What happened, and what was done about it.
bool hasWords(const QJsonArray &alarms, const QString &code)
{
    return std::all_of(alarms.begin(), alarms.end(), [&](const QJsonValue &value) {
        const QJsonObject alarm = value.toObject();
        return alarm.value("code"_L1) != code
            || (!alarm.value("text"_L1).toString().isEmpty()
                && !alarm.value("action"_L1).toString().isEmpty());
    });
}

} // namespace

FaultRun::FaultRun(Options options, const StationSetup &setup)
    : m_options(std::move(options))
    , m_random(m_options.seed)
    , m_folder(outputFolder(m_options.name))
    , m_corpus(faultClips())
    , m_station(std::make_unique<TestStation>(setup))
{
    QDir().mkpath(clipFolder());
    const QDir clips(QDir(clipFolder()).canonicalPath()); // as /proc names what is open
    for (QString &file : m_corpus.files) {
        const QString copy = clips.filePath(QFileInfo(file).fileName());
        QFile::remove(copy);
        if (!QFile::copy(std::exchange(file, copy), copy))
            throw std::runtime_error("the clips cannot be copied");
    }
    watchMachine();
    if (NginxRtmp::unavailable().isEmpty()) {
        m_nginx = std::make_unique<NginxRtmp>();
        if (!m_nginx->start())
            throw std::runtime_error("nginx: " + m_nginx->errorLog().toStdString());
    }
}

FaultRun::~FaultRun() = default;

void FaultRun::begin()
{
    TestStation &station = *m_station;
    station.call(u"channel.create"_s,
                 {{u"name"_s, m_channel},
                  {u"width"_s, m_options.width},
                  {u"height"_s, m_options.height},
                  {u"loop"_s, true},
                  {u"safeZoneMs"_s, kSafeZoneFrames * 1000 / 30}});
    m_ids = station.add(m_channel, m_corpus.files);
    QHash<QString, qint64> framesOfItem;
    for (int i = 0; i < int(m_ids.size()); ++i) {
        m_clipOfItem.insert(m_ids[i], i);
        framesOfItem.insert(m_ids[i], m_corpus.frames[std::size_t(i)]);
    }
    m_model = std::make_unique<listmodel::ListModel>(m_ids, kSafeZoneFrames, framesOfItem);
    station.addDestination(m_channel, u"hls:"_s + m_folder + u"/hls"_s, {{u"listSize"_s, 0}});
    station.addDestination(m_channel, u"file:"_s + m_folder + u"/record.mkv"_s);
    if (m_nginx)
        station.addDestination(m_channel, m_nginx->url(), {{u"key"_s, u"show"_s}});
    m_first = station.call(u"channel.start"_s, {{u"channel"_s, m_channel}})
                  .value("frame"_L1)
                  .toInteger();
    m_rtmpParts.push_back({{}, m_first, 0});
    waitFor(
        [this] {
            const auto now = status();
            return now && now->value("acked"_L1).toInteger() > m_first
                && (!m_nginx || m_nginx->publications() > 0);
        },
        60s, u"the channel did not come on air and to nginx"_s);
}

std::vector<FaultResult> FaultRun::play(const std::vector<const FaultRow *> &rows)
{
    for (const FaultRow *row : rows) {
        if (row->prepare)
            row->prepare(*this);
    }
    begin();
    m_results.reserve(rows.size()); // m_result points into it
    try {
        for (const FaultRow *row : rows)
            playRow(*row);
        m_last = m_station->call(u"channel.stop"_s, {{u"channel"_s, m_channel}})
                     .value("frame"_L1)
                     .toInteger();
    } catch (const std::exception &error) {
        m_last = m_status.value("frame"_L1).toInteger();
        m_result->reasons.append(QString::fromUtf8(error.what()));
        if (m_nginx)
            m_result->publications
                = m_isMarked ? m_nginx->publications() - m_result->publications : 0;
        m_station->client().disconnectFromStation();
        m_station->signalAll(SIGKILL);
    }
    m_results.back().end = std::max(m_last, m_results.back().frame) + kInFlight;
    judge();
    for (FaultResult &result : m_results)
        verdict(result);
    return m_results;
}

void FaultRun::playRow(const FaultRow &row)
{
    m_results.push_back({});
    m_result = &m_results.back();
    m_result->row = &row;
    m_result->allowed = row.allowed;
    m_result->alarms = row.alarms;
    m_isMarked = false;
    airFor(std::chrono::milliseconds(2500 + m_random.bounded(2500)));
    keepRtmp();
    const QJsonArray before = alarms();
    row.inject(*this);
    waitUntilBack();
    airFor(2s);
    waitFor(
        [this] {
            const auto now = status();
            return now
                && now->value("encoder"_L1).toObject().value("delayFrames"_L1).toInteger() < 60;
        },
        30s, u"the encoder did not catch up"_s);
    const auto counted = [this](QLatin1StringView name) {
        const qint64 now = countOf(m_status, name);
        const qint64 earlier = countOf(m_before, name);
        return now >= earlier ? now - earlier : now; // a new engine may begin at 0
    };
    m_result->held = counted("held"_L1);
    m_result->dropped = counted("dropped"_L1);
    m_result->late
        = std::max<qint64>(0, counted("late"_L1) - (framesLateByTheMachine() - m_lateBefore));
    if (m_nginx)
        m_result->publications = m_nginx->publications() - m_result->publications;
    if (const qint64 stood = m_sinceFault.stoodMs(); stood > 0)
        m_result->notes.append(u"the machine itself stood still for %1 ms"_s.arg(stood));
    expectAlarms(before);
}

void FaultRun::mark()
{
    if (m_isMarked)
        return;
    m_isMarked = true;
    m_lateBefore
        = framesLateByTheMachine(); // before the status, which may come from behind a stall
    const auto now = status();
    m_before = now.value_or(m_status);
    m_result->frame = m_before.value("frame"_L1).toInteger();
    if (m_results.size() > 1)
        m_results[m_results.size() - 2].end = m_result->frame - kInFlight;
    if (m_nginx)
        m_result->publications = m_nginx->publications();
    m_sinceFault.start();
}

std::optional<QJsonObject> FaultRun::status()
{
    RpcClient &client = m_station->client();
    if (!client.isConnected()) {
        client.disconnectFromStation();
        if (!client.waitForConnected(m_station->path(u"run/control"_s), 500ms))
            return {};
    }
    const Result<QJsonObject> now
        = client.callAndWait(u"channel.status"_s, {{u"channel"_s, m_channel}}, 5s);
    if (!now)
        return {};
    m_status = now.value();
    return m_status;
}

pid_t FaultRun::pid(const QString &role) const
{
    const pid_t found = m_station->pidOf(role);
    if (found == 0)
        throw std::runtime_error("there is no process to hit: " + role.toStdString());
    return found;
}

void FaultRun::kill(const QString &role, int signal)
{
    mark();
    ::kill(pid(role), signal);
}

void FaultRun::waitFor(const std::function<bool()> &condition, std::chrono::milliseconds timeout,
                       const QString &what)
{
    AirTimer timer;
    timer.start();
    while (!condition()) {
        if (timer.elapsedMs() > timeout.count())
            throw std::runtime_error(
                u"%1 within %2 ms"_s.arg(what).arg(timeout.count()).toStdString());
        airFor(20ms);
    }
}

void FaultRun::airFor(std::chrono::milliseconds time)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < time.count()) {
        const auto left = std::chrono::milliseconds(time.count() - timer.elapsed());
        if (!m_station->client().isConnected() || !m_station->client().readFor(left))
            std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(left, 20ms));
    }
}

void FaultRun::judgeLater(std::function<void(const framecode::Expectation &, FaultResult &)> judge)
{
    m_laterJudges.emplace_back(m_results.size() - 1, std::move(judge));
}

QStringList FaultRun::listIds()
{
    QStringList ids;
    const QJsonArray items = m_station->call(u"playlist.list"_s, {{u"channel"_s, m_channel}})
                                 .value("items"_L1)
                                 .toArray();
    for (const QJsonValue &item : items)
        ids.append(item.toObject().value("id"_L1).toString());
    return ids;
}

bool FaultRun::moveLast(int to, QString *refusal)
{
    listmodel::Edit edit;
    edit.kind = listmodel::Edit::Kind::Move;
    edit.ids = QStringList{m_model->list().last()};
    edit.row = to;
    const Result<QJsonObject> reply
        = m_station->tryCall(u"playlist.move"_s,
                             {{u"channel"_s, m_channel},
                              {u"items"_s, QJsonArray::fromStringList(edit.ids)},
                              {u"to"_s, to}});
    if (!reply) {
        if (refusal != nullptr)
            *refusal = reply.error().detail;
        return false;
    }
    edit.frame = reply.value().value("frame"_L1).toInteger();
    m_model->note(edit);
    return true;
}

QString FaultRun::fileOf(const QString &item) const
{
    const int clip = m_clipOfItem.value(item, -1);
    return clip < 0 ? QString() : m_corpus.files[clip];
}

pid_t FaultRun::playerOf(const QString &item) const
{
    const QString file = fileOf(item);
    if (file.isEmpty())
        return 0;
    const QList<StationProcess> all = m_station->processes();
    for (auto process = all.rbegin(); process != all.rend(); ++process) {
        if (process->role != "player"_L1)
            continue;
        QDirIterator descriptors(u"/proc/%1/fd"_s.arg(process->pid),
                                 QDir::Files | QDir::System | QDir::NoDotAndDotDot);
        while (descriptors.hasNext()) {
            if (QFile::symLinkTarget(descriptors.next()) == file)
                return process->pid;
        }
    }
    return 0;
}

// Back means that a frame put on air after the fault has come through the encoder and has been
// released to every destination.
void FaultRun::waitUntilBack()
{
    mark();
    const int publications = m_result->publications;
    const bool isReconnectWanted = m_nginx && m_result->allowed.newConnection;
    waitFor(
        [&] {
            const auto now = status();
            const bool isBack = now && now->value("state"_L1) == "on-air"_L1
                && now->value("acked"_L1).toInteger() > m_result->frame;
            if (isBack && m_result->backMs < 0)
                m_result->backMs = m_sinceFault.elapsedMs();
            if (m_nginx && m_result->reconnectMs < 0 && m_nginx->publications() > publications)
                m_result->reconnectMs = m_sinceFault.elapsedMs();
            return m_result->backMs >= 0 && (!isReconnectWanted || m_result->reconnectMs >= 0);
        },
        60s, u"the channel was not back on air (and published)"_s);
}

// A fault that nobody is told of is not dealt with. An engine that is new knows of those before it
// only when they have been read back from the disk.
void FaultRun::expectAlarms(const QJsonArray &before)
{
    QStringList missing;
    QStringList wordless;
    const auto look = [&] {
        missing.clear();
        wordless.clear();
        const QJsonArray now = alarms();
        for (const QString &code : std::as_const(m_result->alarms)) {
            // One that lasts is not counted again while it does; an engine that could not read the
            // others in time counts from one.
            if (timesRaised(now, code) <= timesRaised(before, code) && !isActive(before, code)
                && lastTold(now, code) <= lastTold(before, code))
                missing.append(code);
            else if (!hasWords(now, code))
                wordless.append(code);
        }
        return missing.isEmpty() && wordless.isEmpty();
    };
    AirTimer timer;
    timer.start();
    while (!look() && timer.elapsedMs() < 10000)
        airFor(100ms);
    if (!missing.isEmpty())
        m_result->reasons.append(u"no alarm says "_s + missing.join(u" or "_s));
    if (!wordless.isEmpty())
        m_result->reasons.append(u"without what happened or what was done: the alarm "_s
                                 + wordless.join(u" and "_s));
}

QJsonArray FaultRun::alarms()
{
    if (!m_station->client().isConnected() && !status()) // which connects to a new engine
        return {};
    const Result<QJsonObject> all
        = m_station->client().callAndWait(u"alarms.list"_s, QJsonObject(), 5s);
    return all ? all.value().value("alarms"_L1).toArray() : QJsonArray();
}

qint64 FaultRun::timesRaised(const QJsonArray &alarms, const QString &code)
{
    qint64 times = 0;
    for (const QJsonValue &alarm : alarms) {
        if (alarm.toObject().value("code"_L1) == code)
            times += alarm.toObject().value("count"_L1).toInteger();
    }
    return times;
}

// The timestamps of a new connection begin anew: what was handed out before a fault that costs the
// connection is kept aside and judged by itself.
void FaultRun::keepRtmp()
{
    if (!m_nginx || !m_result->allowed.newConnection)
        return;
    const QDir from(m_nginx->hlsFolder());
    const QString to = m_folder + u"/nginx-%1"_s.arg(m_rtmpParts.size());
    QDir().mkpath(to);
    // The list first: the segments that it names are whole by then.
    QFile::copy(from.filePath(u"show.m3u8"_s), to + u"/show.m3u8"_s);
    const QStringList names = from.entryList({u"*.ts"_s}, QDir::Files);
    for (const QString &name : names)
        QFile::copy(from.filePath(name), to + u'/' + name);
    m_rtmpParts.back().playlist = m_rtmpParts.size() > 1
        ? afterLastDiscontinuity(to + u"/show.m3u8"_s)
        : to + u"/show.m3u8"_s;
    m_rtmpParts.back().endRow = m_results.size() - 1;
    const qint64 frame = m_status.value("frame"_L1).toInteger();
    m_rtmpParts.push_back({{}, frame, 0});
}

} // namespace continuo
