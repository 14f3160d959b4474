// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/soak.h"

#include "tests/faults/faultclips.h"
#include "tests/faults/soakjudge.h"

#include <QJsonArray>
#include <QProcess>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr qint64 kSafeZoneFrames = 45;
// Over within 150 ms at 1000 frames a second, where an edit has to be written to disk in that time.
constexpr qint64 kUnpacedSafeZoneFrames = 150;
const QString kChannel = u"soak"_s;
// The list stays between these, so that memory has no reason to grow.
constexpr int kFewest = 6;
constexpr int kMost = 14;
constexpr qint64 kPollMs = 100;
constexpr qint64 kSampleMs = 2000;
// Three deaths of an engine within a minute make the keeper wait: one in a minute and a half at
// most.
constexpr qint64 kEngineRestMs = 90'000;
// Behind a start or a take-over, and once the encoder has caught up, the channel is as ever again:
// a new engine may be behind its time for 3 s, and looks into the files of the list from 1.5 s on.
constexpr qint64 kSettlingMs = 5000;
constexpr qint64 kSettledDelay = 60; // frames
constexpr qint64 kPatienceMs = 60'000;
// A killed player leaves two seconds of frames; the next one stands in its place in less than that.
constexpr qint64 kHoldReach = 240;
// The table's row of players: 5, within the first second of an item 10.
constexpr qint64 kMostHeld = 10;
qint64 countIn(const QJsonObject &status, QLatin1StringView name)
{
    return status.value("counts"_L1).toObject().value(name).toInteger();
}

} // namespace

Soak::Soak(SoakOptions options)
    : m_options(std::move(options))
    , m_random(m_options.seed)
    , m_folder(outputFolder(u"soak"_s))
    , m_corpus(faultClips(m_options.height))
    , m_station(std::make_unique<TestStation>(m_options.isPaced ? QStringList()
                                                                : QStringList{u"--unpaced"_s}))
{
    watchMachine();
    // What the table promises of an engine's death it promises in real time. At 900 frames a second
    // the safe zone is 50 ms, as long as the engine's own round: what a take-over finds settled,
    // and so what must follow, would be chance.
    if (!m_options.isPaced)
        m_options.faults.removeAll(u"engine"_s);
    for (const QString &role :
         {u"keeper"_s, u"engine"_s, u"player"_s, u"encoder"_s, u"publisher"_s})
        m_record.samples[role];
}

Soak::~Soak() = default;

void Soak::begin()
{
    const qint64 safeZone = m_options.isPaced ? kSafeZoneFrames : kUnpacedSafeZoneFrames;
    m_station->call(u"channel.create"_s,
                    {{u"name"_s, kChannel},
                     {u"width"_s, m_options.height * 16 / 9},
                     {u"height"_s, m_options.height},
                     {u"loop"_s, true},
                     {u"safeZoneMs"_s, safeZone * 1000 / 30}});
    const QStringList ids = m_station->add(kChannel, m_corpus.files);
    QHash<QString, qint64> framesOfItem;
    for (int i = 0; i < int(ids.size()); ++i) {
        m_clipOfItem.insert(ids[i], i);
        framesOfItem.insert(ids[i], m_corpus.frames[std::size_t(i)]);
    }
    m_model = std::make_unique<listmodel::ListModel>(ids, safeZone, framesOfItem);
    m_station->addDestination(kChannel, u"hls:"_s + m_folder + u"/hls"_s, {{u"listSize"_s, 0}});
    m_station->addDestination(kChannel, u"file:"_s + m_folder + u"/record.mkv"_s);
    m_record.first = m_station->call(u"channel.start"_s, {{u"channel"_s, kChannel}})
                         .value("frame"_L1)
                         .toInteger();
    m_station->waitForStatus(
        kChannel,
        [this](const QJsonObject &now) {
            return now.value("acked"_L1).toInteger() > m_record.first;
        },
        20s);
    poll();
    settleDown();
}

void Soak::poll()
{
    take(m_station->status(kChannel));
}

void Soak::take(const QJsonObject &status)
{
    const qint64 before = m_status.value("frame"_L1).toInteger(m_record.first);
    m_status = status;
    const qint64 held = countIn(m_status, "held"_L1);
    if (held > m_record.held)
        noteHeld(before, held - m_record.held);
    m_record.held = held;
}

// Held frames are noted where they were: what follows begins so much later.
void Soak::noteHeld(qint64 from, qint64 frames)
{
    m_model->noteHeld(from, frames);
    const qint64 to = m_status.value("frame"_L1).toInteger();
    if (!m_record.holds.empty() && from - m_record.holds.back().to <= 2 * kNearFrames) {
        m_record.holds.back().to = to;
        m_record.holds.back().frames += frames;
    } else {
        m_record.holds.push_back({from, to, frames});
    }
    // An engine and all its players start anew, and a fault may have come before it caught up.
    if (m_isSettling && frames <= kMostHeld)
        return;
    if (m_record.playerKills.empty() || from > m_record.playerKills.back().frame + kHoldReach) {
        m_record.strayHeld += frames;
        return;
    }
    SoakRecord::PlayerKill &death = m_record.playerKills.back();
    death.held += frames;
    death.allowed = kMostHeld + framesLateByTheMachine() - death.machineBefore;
}

// From a start or a take-over until judgeSettling() finds the channel as ever again.
void Soak::settleDown()
{
    m_isSettling = true;
    m_sinceSettling.start();
}

void Soak::judgeSettling()
{
    if (!m_isSettling || m_sinceSettling.elapsedMs() < kSettlingMs)
        return;
    // Unpaced, pipes and encoder are full of frames at any time.
    const qint64 delay
        = m_status.value("encoder"_L1).toObject().value("delayFrames"_L1).toInteger();
    if (!m_options.isPaced || delay < kSettledDelay) {
        m_isSettling = false;
        beginLate();
    } else if (m_sinceSettling.elapsedMs() > kPatienceMs) {
        throw std::runtime_error("the encoder did not catch up, it is " + std::to_string(delay)
                                 + " frames behind");
    }
}

// The machine is asked outside of the engine at both ends: a stall at either counts for the engine.
void Soak::beginLate()
{
    if (!m_options.isPaced)
        return;
    m_lateByTheMachine = framesLateByTheMachine();
    poll();
    m_lateBefore = countIn(m_status, "late"_L1);
    m_isLateJudged = true;
}

void Soak::endLate()
{
    if (!std::exchange(m_isLateJudged, false))
        return;
    const qint64 since = m_status.value("frame"_L1).toInteger();
    poll();
    const qint64 late = countIn(m_status, "late"_L1) - m_lateBefore;
    const qint64 allowed = framesLateByTheMachine() - m_lateByTheMachine;
    if (late > allowed)
        m_record.late.append(
            u"%1 (%2 by the machine) before frame %3, %4"_s.arg(late).arg(allowed).arg(since).arg(
                m_lastFault.isEmpty() ? u"behind the start"_s
                                      : u"behind the death of: "_s + m_lastFault));
}

void Soak::edit()
{
    const QStringList now = m_model->list();
    listmodel::Edit edit;
    const int kind = int(m_random.bounded(3));
    QJsonObject reply;
    if (now.size() < kFewest || (kind == 0 && now.size() < kMost)) {
        const int clip = m_random.bounded(int(m_corpus.files.size()));
        edit.kind = listmodel::Edit::Kind::Insert;
        edit.row = m_random.bounded(int(now.size()) + 1);
        reply = m_station->call(u"playlist.add"_s,
                                {{u"channel"_s, kChannel},
                                 {u"files"_s, QJsonArray{m_corpus.files[clip]}},
                                 {u"at"_s, edit.row}});
        const QString id
            = reply.value("items"_L1).toArray().first().toObject().value("id"_L1).toString();
        edit.ids = QStringList{id};
        m_clipOfItem.insert(id, clip);
        m_model->setFrames(id, m_corpus.frames[std::size_t(clip)]);
    } else {
        edit.kind = kind == 1 ? listmodel::Edit::Kind::Move : listmodel::Edit::Kind::Remove;
        edit.ids = QStringList{now[m_random.bounded(int(now.size()))]};
        edit.row = m_random.bounded(int(now.size()) + 1);
        QJsonObject params{{u"channel"_s, kChannel},
                           {u"items"_s, QJsonArray::fromStringList(edit.ids)}};
        if (edit.kind == listmodel::Edit::Kind::Move)
            params.insert(u"to"_s, edit.row);
        reply = m_station->call(edit.kind == listmodel::Edit::Kind::Move ? u"playlist.move"_s
                                                                         : u"playlist.remove"_s,
                                params);
    }
    edit.frame = reply.value("frame"_L1).toInteger();
    m_model->note(edit);
    ++m_record.edits;
}

// It dies at any moment of its start or of its first seconds.
bool Soak::killConsole()
{
    QProcess console;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"QT_QPA_PLATFORM"_s, u"offscreen"_s);
    console.setProcessEnvironment(environment);
    console.setStandardErrorFile(QProcess::nullDevice());
    console.start(qEnvironmentVariable("CONTINUO_BIN") + u"/continuo"_s,
                  {u"--state"_s, m_station->folder()});
    if (!console.waitForStarted())
        throw std::runtime_error("the console did not start");
    m_station->client().readFor(std::chrono::milliseconds(m_random.bounded(3000)));
    const auto pid = pid_t(console.processId());
    SoakRecord::Sample one;
    one.memory = proportionalMemory(pid);
    one.descriptors = openDescriptors(pid);
    one.processes = 1;
    if (one.memory > 0 && one.descriptors >= 0)
        m_record.consoles.push_back(one);
    console.kill(); // SIGKILL
    console.waitForFinished();
    return true;
}

// How often the engine has said that another keeper holds all.
int Soak::keepersReplaced()
{
    const QJsonArray alarms = m_station->call(u"alarms.list"_s).value("alarms"_L1).toArray();
    int count = 0;
    for (const QJsonValue &alarm : alarms) {
        const QJsonObject object = alarm.toObject();
        if (object.value("code"_L1).toString() == "keeper-replaced"_L1)
            count += object.value("count"_L1).toInt();
    }
    return count;
}

// Nothing else dies before another keeper holds all: keeper and engine together are as a power cut.
bool Soak::killKeeper()
{
    const pid_t keeper = m_station->pidOf(u"keeper"_s);
    if (keeper == 0)
        return false;
    const int before = keepersReplaced();
    AirTimer since;
    since.start();
    ::kill(keeper, SIGKILL);
    while (keepersReplaced() <= before) {
        if (since.elapsedMs() > kPatienceMs)
            throw std::runtime_error("no other keeper holds all:\n"
                                     + m_station->logs().toStdString());
        m_station->client().readFor(std::chrono::milliseconds(kPollMs));
        poll();
    }
    return true;
}

// Until another engine is past what it makes again and has a later frame on air: edits before that
// would be answered with frames that have been aired.
bool Soak::killEngine()
{
    const pid_t engine = m_station->pidOf(u"engine"_s);
    if (engine == 0)
        return false;
    const qint64 frame = m_status.value("frame"_L1).toInteger();
    m_engineKilledAt = m_timer.elapsed();
    AirTimer since;
    since.start();
    ::kill(engine, SIGKILL);
    RpcClient &client = m_station->client();
    for (;;) {
        if (since.elapsedMs() > kPatienceMs)
            throw std::runtime_error("no new engine has a later frame on air:\n"
                                     + m_station->logs().toStdString());
        if (!client.isConnected()
            && !client.waitForConnected(m_station->path(u"run/control"_s), 500ms)) {
            std::this_thread::sleep_for(20ms);
            continue;
        }
        const Result<QJsonObject> now
            = client.callAndWait(u"channel.status"_s, {{u"channel"_s, kChannel}}, 5s);
        if (now && client.greeting().value("pid"_L1).toInteger() != engine
            && now.value().value("state"_L1).toString() != "starting"_L1
            && now.value().value("frame"_L1).toInteger() > frame) {
            take(now.value());
            break;
        }
        std::this_thread::sleep_for(20ms);
    }
    m_record.longestTakeOverMs = std::max(m_record.longestTakeOverMs, since.elapsedMs());
    m_record.takeOvers.push_back(
        {frame - kTakeOverFrames, m_status.value("frame"_L1).toInteger() + kTakeOverFrames});
    settleDown();
    return true;
}

bool Soak::killOne(const QString &role)
{
    QList<pid_t> pids;
    const QList<StationProcess> all = ownProcesses();
    for (const StationProcess &process : all) {
        if (process.role == role)
            pids.append(process.pid);
    }
    if (pids.isEmpty())
        return false;
    if (role == "player"_L1) {
        SoakRecord::PlayerKill death;
        death.frame = m_status.value("frame"_L1).toInteger();
        death.machineBefore = framesLateByTheMachine();
        death.allowed = kMostHeld;
        m_record.playerKills.push_back(death);
    }
    ::kill(pids[m_random.bounded(int(pids.size()))], SIGKILL);
    return true;
}

// Each kind comes once before any comes again, in random order: a short soak has them all. False:
// nothing was broken, it is to be tried again.
bool Soak::breakSomething()
{
    if (m_bag.isEmpty())
        m_bag = m_options.faults;
    const QString role = m_bag.takeAt(m_random.bounded(int(m_bag.size())));
    const bool isEngine = role == "engine"_L1;
    if (isEngine && m_engineKilledAt >= 0 && m_timer.elapsed() < m_engineKilledAt + kEngineRestMs)
        return false;
    endLate();
    m_lastFault = role;
    if (!isEngine)
        beginLate();
    bool isBroken = false;
    if (role == "console"_L1)
        isBroken = killConsole();
    else if (role == "keeper"_L1)
        isBroken = killKeeper();
    else if (isEngine)
        isBroken = killEngine();
    else
        isBroken = killOne(role);
    if (isBroken) {
        ++m_record.kills[role];
        return true;
    }
    m_bag.append(role); // it is being replaced
    if (isEngine)
        beginLate();
    return false;
}

// Without what has been forked and has no program of its own yet, which looks like its parent, and
// without the prover, which comes and goes.
QList<StationProcess> Soak::ownProcesses() const
{
    const QList<StationProcess> all = m_station->processes();
    QList<StationProcess> own;
    for (const StationProcess &process : all) {
        const bool isForked = std::ranges::any_of(all, [&](const StationProcess &other) {
            return other.pid == process.parent && other.role == process.role;
        });
        if (!isForked && process.role != "prover"_L1)
            own.append(process);
    }
    return own;
}

void Soak::sample()
{
    poll(); // which players the channel has, as of now
    std::map<QString, SoakRecord::Sample> now;
    for (const auto &[role, samples] : m_record.samples)
        now[role]; // none of it is a number, too
    const QList<StationProcess> all = ownProcesses();
    for (const StationProcess &process : all) {
        const qint64 memory = proportionalMemory(process.pid);
        const int descriptors = openDescriptors(process.pid);
        if (memory < 0 || descriptors < 0)
            continue;
        SoakRecord::Sample &one = now[process.role];
        one.memory += memory;
        one.descriptors = std::max(one.descriptors, descriptors);
        ++one.processes;
        SoakRecord::Life &life = m_record.lives[process.pid];
        if (life.role != process.role)
            life = {process.role, {}}; // the number was another's before
        life.descriptors.push_back(descriptors);
    }
    for (auto &[role, one] : now) {
        one.isSettled = !m_isSettling;
        m_record.samples[role].push_back(one);
    }
    if (!m_isSettling)
        m_record.strayPlayers.push_back(now[u"player"_s].processes
                                        - m_status.value("players"_L1).toInt());
}

void Soak::air()
{
    m_timer.start();
    const auto nextIn = [this](int from, int to) {
        return m_timer.elapsed() + from + m_random.bounded(to - from);
    };
    qint64 fault = nextIn(4000, 8000);
    qint64 edited = nextIn(200, 3000);
    qint64 sampled = 0;
    qint64 moved = 0; // when the acknowledgements did
    qint64 acked = m_record.first;
    const qint64 wanted = m_record.first + m_options.frames;
    for (;;) {
        poll();
        const qint64 now = m_status.value("acked"_L1).toInteger();
        if (now >= wanted)
            break;
        if (now > acked) {
            acked = now;
            moved = m_timer.elapsed();
        } else if (m_timer.elapsed() > moved + 20000) {
            throw std::runtime_error("nothing was released for 20 s:\n"
                                     + m_station->logs().toStdString());
        }
        judgeSettling();
        if (m_timer.elapsed() > edited) {
            edit();
            edited = nextIn(200, 3000);
        }
        // The last seconds are quiet, so that each fault has shown what it does.
        if (!m_options.faults.isEmpty() && !m_isSettling && m_timer.elapsed() > fault
            && now < wanted - 240 && breakSomething())
            fault = nextIn(4000, 10000);
        if (m_timer.elapsed() > sampled) {
            sample();
            sampled = m_timer.elapsed() + kSampleMs;
        }
        m_station->client().readFor(std::chrono::milliseconds(kPollMs));
    }
    endLate();
    m_record.airedMs = m_timer.elapsed();
}

bool Soak::run()
{
    begin();
    air();
    m_record.last = m_station->call(u"channel.stop"_s, {{u"channel"_s, kChannel}})
                        .value("frame"_L1)
                        .toInteger();
    std::printf("soak: seed %u, %lld frames in %.0f s, %s, %d edits\n", m_options.seed,
                static_cast<long long>(m_record.last - m_record.first),
                double(m_record.airedMs) / 1000,
                m_options.isPaced ? "paced" : "unpaced (no engine is killed)", m_record.edits);
    const SoakJudge judge(m_options, m_record);
    const bool areFaultsGood = judge.areFaultsGood();
    std::fflush(stdout);
    const framecode::Expectation expected = expectationOf(
        m_model->airings(m_record.first, m_record.last), m_clipOfItem, m_corpus, kFps);
    // Both at once: a soak's judgement takes as long as its air.
    const auto check = [&](const QString &input) {
        return std::async(std::launch::async, [this, &expected, input] {
            return framecode::check(m_folder + u'/' + input, expected);
        });
    };
    auto hls = check(u"hls/index.m3u8"_s);
    auto record = check(u"record.mkv"_s);
    const bool isHlsGood = judge.isOutputGood(u"hls"_s, hls.get(), m_folder);
    const bool isRecordGood = judge.isOutputGood(u"recording"_s, record.get(), m_folder);
    return judge.areProcessesGood() && areFaultsGood && isHlsGood && isRecordGood;
}

} // namespace continuo
