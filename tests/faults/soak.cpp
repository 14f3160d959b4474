// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/soak.h"

#include "tests/faults/faultclips.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
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
// By then each kind of fault has been there: six in random order, at most 12 s for each, and what
// settling takes.
constexpr qint64 kAllFaultsMs = 150'000;

// How far from a held frame the sound pauses and the next item's join is moved: an AAC packet is
// not two thirds of a frame, and a fade is in one; half a second is well clear of anything else.
constexpr qint64 kNearFrames = 15;
// A killed player leaves two seconds of frames; the next one stands in its place in less than that.
constexpr qint64 kHoldReach = 240;
// The table's row of players: 5, within the first second of an item 10.
constexpr qint64 kMostHeld = 10;
// Around a take-over: what an encoder can have in it, and some.
constexpr qint64 kTakeOverFrames = 150;

// In so many samples (20 s) nothing that is on its way out is still there.
constexpr std::size_t kStreak = 10;
constexpr std::size_t kLongLife = 24; // samples
constexpr int kSpareDescriptors = 4; // they come and go with clients, items and sessions
constexpr std::size_t kManyConsoles = 16;

// What a channel may have at once when it has settled. Players: on air, cued (one: each clip is
// longer than the two seconds that are decoded ahead), spare, and one that draws the slate.
int mostOf(const QString &role)
{
    static const QStringList single{u"keeper"_s, u"engine"_s, u"encoder"_s, u"publisher"_s};
    if (role == "player"_L1)
        return 4;
    return single.contains(role) ? 1 : 0;
}

qint64 countIn(const QJsonObject &status, QLatin1StringView name)
{
    return status.value("counts"_L1).toObject().value(name).toInteger();
}

// As QtTest prints it, for ./check to count.
bool verdict(bool isGood, const char *name, const QString &text)
{
    std::printf("%s : Soak::%s() %s\n", isGood ? "PASS  " : "FAIL! ", name, qPrintable(text));
    return isGood;
}

} // namespace

Soak::Soak(Options options)
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
        m_samples[role];
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
    m_first = m_station->call(u"channel.start"_s, {{u"channel"_s, kChannel}})
                  .value("frame"_L1)
                  .toInteger();
    m_station->waitForStatus(
        kChannel,
        [this](const QJsonObject &now) { return now.value("acked"_L1).toInteger() > m_first; },
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
    const qint64 before = m_status.value("frame"_L1).toInteger(m_first);
    m_status = status;
    const qint64 held = countIn(m_status, "held"_L1);
    if (held > m_held)
        noteHeld(before, held - m_held);
    m_held = held;
}

// Held frames are noted where they were: what follows begins so much later.
void Soak::noteHeld(qint64 from, qint64 frames)
{
    m_model->noteHeld(from, frames);
    const qint64 to = m_status.value("frame"_L1).toInteger();
    if (!m_holds.empty() && from - m_holds.back().to <= 2 * kNearFrames) {
        m_holds.back().to = to;
        m_holds.back().frames += frames;
    } else {
        m_holds.push_back({from, to, frames});
    }
    // An engine and all its players start anew, and a fault may have come before it caught up.
    if (m_isSettling && frames <= kMostHeld)
        return;
    if (m_playerKills.empty() || from > m_playerKills.back().frame + kHoldReach) {
        m_strayHeld += frames;
        return;
    }
    PlayerKill &death = m_playerKills.back();
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
        m_late.append(
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
    ++m_edits;
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
    Sample one;
    one.memory = proportionalMemory(pid);
    one.descriptors = openDescriptors(pid);
    one.processes = 1;
    if (one.memory > 0 && one.descriptors >= 0)
        m_consoles.push_back(one);
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
    m_longestTakeOverMs = std::max(m_longestTakeOverMs, since.elapsedMs());
    m_takeOvers.push_back(
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
        PlayerKill death;
        death.frame = m_status.value("frame"_L1).toInteger();
        death.machineBefore = framesLateByTheMachine();
        death.allowed = kMostHeld;
        m_playerKills.push_back(death);
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
        ++m_kills[role];
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
    std::map<QString, Sample> now;
    for (const auto &[role, samples] : m_samples)
        now[role]; // none of it is a number, too
    const QList<StationProcess> all = ownProcesses();
    for (const StationProcess &process : all) {
        const qint64 memory = proportionalMemory(process.pid);
        const int descriptors = openDescriptors(process.pid);
        if (memory < 0 || descriptors < 0)
            continue;
        Sample &one = now[process.role];
        one.memory += memory;
        one.descriptors = std::max(one.descriptors, descriptors);
        ++one.processes;
        Life &life = m_lives[process.pid];
        if (life.role != process.role)
            life = {process.role, {}}; // the number was another's before
        life.descriptors.push_back(descriptors);
    }
    for (auto &[role, one] : now) {
        one.isSettled = !m_isSettling;
        m_samples[role].push_back(one);
    }
    if (!m_isSettling)
        m_strayPlayers.push_back(now[u"player"_s].processes - m_status.value("players"_L1).toInt());
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
    qint64 acked = m_first;
    const qint64 wanted = m_first + m_options.frames;
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
    m_airedMs = m_timer.elapsed();
}

// What the faults that were made do not explain, each where it is: near held frames the sound
// pauses and a join waits, and a take-over may cost a picture.
QStringList Soak::unexplained(const framecode::Report &report) const
{
    std::vector<qint64> repeated(m_holds.size());
    std::vector<qint64> gaps(m_holds.size());
    std::vector<qint64> damaged(m_takeOvers.size());
    QStringList left;
    for (const framecode::Fault &fault : report.faults) {
        const qint64 frame = m_first + qint64(fault.atFrame);
        const auto hold = std::ranges::find_if(m_holds, [&](const Hold &one) {
            return fault.atFrame >= 0 && frame >= one.from - kNearFrames
                && frame <= one.to + kNearFrames;
        });
        if (hold != m_holds.end()) {
            const auto index = std::size_t(hold - m_holds.begin());
            if (fault.kind == "repeated"_L1)
                repeated[index] += fault.frames;
            else if (fault.kind == "gap"_L1)
                ++gaps[index];
            if (fault.kind == "repeated"_L1 || fault.kind == "gap"_L1 || fault.kind == "join"_L1)
                continue;
        }
        const auto takeOver = std::ranges::find_if(m_takeOvers, [&](const TakeOver &one) {
            return fault.atFrame >= 0 && frame >= one.from && frame <= one.to;
        });
        if (takeOver != m_takeOvers.end() && fault.kind == "unreadable"_L1)
            damaged[std::size_t(takeOver - m_takeOvers.begin())] += fault.frames;
        else
            left.append(u"%1 at frame %2: %3"_s.arg(fault.kind).arg(frame).arg(fault.text));
    }
    for (std::size_t i = 0; i < m_holds.size(); ++i) {
        const Hold &hold = m_holds[i];
        if (repeated[i] != hold.frames)
            left.append(u"%1 repeated at frame %2, %3 counted as held"_s.arg(repeated[i])
                            .arg(hold.from)
                            .arg(hold.frames));
        if (gaps[i] > hold.frames)
            left.append(u"%1 gaps in the sound at frame %2, %3 frames held"_s.arg(gaps[i])
                            .arg(hold.from)
                            .arg(hold.frames));
    }
    for (std::size_t i = 0; i < m_takeOvers.size(); ++i) {
        if (damaged[i] > 1)
            left.append(u"%1 pictures damaged by the take-over at frame %2"_s.arg(damaged[i])
                            .arg(m_takeOvers[i].from + kTakeOverFrames));
    }
    const auto unlisted = qint64(report.faultCount) - qint64(report.faults.size());
    if (unlisted > 0)
        left.append(u"%1 faults more are not listed"_s.arg(unlisted));
    return left;
}

bool Soak::judge(const QString &name, const framecode::Outcome<framecode::Report> &outcome) const
{
    if (!outcome) {
        std::printf("FAIL!  : Soak::%s() %s\n", qPrintable(name), qPrintable(outcome.error()));
        return false;
    }
    const framecode::Report &report = outcome.value();
    QFile file(m_folder + u'/' + name + u".json"_s);
    if (file.open(QIODevice::WriteOnly))
        file.write(QJsonDocument(report.toJson()).toJson());
    const QStringList left = unexplained(report);
    const bool isGood = report.lost == 0 && report.repeated == m_held && left.isEmpty()
        && report.seen >= m_options.frames;
    const QString seen
        = u"%1 frames, %2 lost, %3 repeated (%4 held), %5 damaged, %6 gaps, %7 joins"_s
              .arg(report.seen)
              .arg(report.lost)
              .arg(report.repeated)
              .arg(m_held)
              .arg(report.unreadable)
              .arg(report.gaps)
              .arg(report.joins.size());
    return verdict(isGood, qPrintable(name),
                   isGood ? seen
                          : seen + u"\nNot explained:\n  "_s + left.join(u"\n  "_s) + u'\n'
                           + report.toText());
}

bool Soak::printFaults() const
{
    std::printf("\n%-10s %6s\n", "killed", "times");
    QStringList never;
    for (const QString &role : m_options.faults) {
        const auto found = m_kills.find(role);
        const int times = found == m_kills.end() ? 0 : found->second;
        std::printf("%-10s %6d\n", qPrintable(role), times);
        if (times == 0)
            never.append(role);
    }
    if (!m_takeOvers.empty())
        std::printf("a new engine had a later frame on air after %lld ms at most\n",
                    static_cast<long long>(m_longestTakeOverMs));
    bool isGood
        = verdict(never.isEmpty() || m_airedMs < kAllFaultsMs, "faults",
                  never.isEmpty() ? u"each was made"_s : u"not made: "_s + never.join(u", "_s));
    qint64 most = 0;
    QStringList tooMany;
    for (const PlayerKill &death : m_playerKills) {
        most = std::max(most, death.held);
        if (death.held > death.allowed)
            tooMany.append(u"%1 behind the death at frame %2"_s.arg(death.held).arg(death.frame));
    }
    // Two seconds are in hand: a machine that stands still for longer leaves nothing to show.
    if (m_strayHeld > framesLateByTheMachine())
        tooMany.append(u"%1 behind no death of a player"_s.arg(m_strayHeld));
    isGood = verdict(tooMany.isEmpty(), "held",
                     tooMany.isEmpty()
                         ? u"at most %1 frames for one player, %2 in all"_s.arg(most).arg(m_held)
                         : tooMany.join(u"; "_s))
        && isGood;
    if (m_options.isPaced)
        isGood = verdict(m_late.isEmpty(), "late",
                         m_late.isEmpty()
                             ? u"no frame but where an engine was replaced (the "
                               "machine can have made %1 late)"_s.arg(framesLateByTheMachine())
                             : m_late.join(u"; "_s))
            && isGood;
    return isGood;
}

// Prints the role's line; says what of it grows.
QStringList Soak::growing(const QString &role, const std::vector<Sample> &samples) const
{
    QStringList wrong;
    const int most = mostOf(role);
    std::size_t inARow = 0;
    std::size_t longest = 0;
    for (const Sample &one : samples) {
        inARow = one.isSettled && one.processes > most ? inARow + 1 : 0;
        longest = std::max(longest, inARow);
    }
    if (longest >= kStreak)
        wrong.append(u"more than %1 of %2 for %3 samples"_s.arg(most).arg(role).arg(longest));
    const std::size_t quarter = samples.size() / 4;
    if (quarter == 0)
        return wrong;
    // The first quarter holds the warming up: the second is what the last is laid beside. Below 0:
    // there is nothing to measure.
    const auto middle = [&](std::size_t from, const auto &value) {
        std::vector<double> values;
        for (std::size_t i = from; i < from + quarter; ++i) {
            if (samples[i].isSettled && value(samples[i]) >= 0)
                values.push_back(double(value(samples[i])));
        }
        if (values.empty())
            return -1.0;
        const auto half = values.begin() + std::ptrdiff_t(values.size() / 2);
        std::nth_element(values.begin(), half, values.end());
        return *half;
    };
    const auto number = [](const Sample &one) { return one.processes; };
    const auto memory
        = [](const Sample &one) { return one.processes > 0 ? one.memory : qint64(-1); };
    const auto descriptors
        = [](const Sample &one) { return one.processes > 0 ? one.descriptors : -1; };
    const std::size_t late = samples.size() - quarter;
    const double early = middle(quarter, memory) / 1e6;
    const double end = middle(late, memory) / 1e6;
    const double fdsEarly = middle(quarter, descriptors);
    const double fdsLate = middle(late, descriptors);
    const double numberEarly = middle(quarter, number);
    const double numberLate = middle(late, number);
    const double top = double(std::ranges::max_element(samples, {}, &Sample::memory)->memory) / 1e6;
    std::printf("%-10s %8zu %9.0f %9.0f %12.1f %12.1f %12.1f %10.0f %10.0f\n", qPrintable(role),
                samples.size(), numberEarly, numberLate, early, end, top, fdsEarly, fdsLate);
    if (numberLate > most || (numberEarly >= 0 && numberLate > numberEarly + 1))
        wrong.append(u"%1 of %2"_s.arg(numberLate).arg(role));
    if (fdsEarly >= 0 && fdsLate > fdsEarly + kSpareDescriptors)
        wrong.append(u"descriptors of "_s + role);
    // A tenth and 8 MB: what allocators and page caches move by themselves. Frame stores and the
    // packet journal are touched further for minutes: a short run may grow by one store of 240
    // slots (330 MB at 720p, 83 MB at 360p), the journal (about 17 MB) and as much again.
    const double store = 240 * 1.5 * m_options.height * (m_options.height * 16 / 9) / 1e6;
    const double bound = m_airedMs > 300'000 ? early * 1.1 + 8 : early + store + 34;
    if (m_airedMs >= 120'000 && early >= 0 && end > bound)
        wrong.append(u"memory of "_s + role);
    return wrong;
}

// Each console is a new one: what it has soon after its start must not depend on how long the
// station has run. How far each had come is chance, so that the greatest of many are compared.
QStringList Soak::growingConsoles() const
{
    if (m_consoles.empty())
        return {};
    const auto half = m_consoles.begin() + std::ptrdiff_t(m_consoles.size() / 2);
    const auto most = [](auto from, auto to, auto member) {
        qint64 top = 0;
        for (; from != to; ++from)
            top = std::max(top, qint64(*from.*member));
        return top;
    };
    const double early = double(most(m_consoles.begin(), half, &Sample::memory)) / 1e6;
    const double late = double(most(half, m_consoles.end(), &Sample::memory)) / 1e6;
    const qint64 fdsEarly = most(m_consoles.begin(), half, &Sample::descriptors);
    const qint64 fdsLate = most(half, m_consoles.end(), &Sample::descriptors);
    std::printf("%-10s %8zu %9s %9s %12.1f %12.1f %12.1f %10lld %10lld\n", "console",
                m_consoles.size(), "1", "1", early, late, std::max(early, late),
                static_cast<long long>(fdsEarly), static_cast<long long>(fdsLate));
    QStringList wrong;
    if (m_consoles.size() < kManyConsoles)
        return wrong;
    if (late > early * 1.25 + 32)
        wrong.append(u"memory of new consoles"_s);
    if (fdsLate > fdsEarly + 2 * kSpareDescriptors)
        wrong.append(u"descriptors of new consoles"_s);
    return wrong;
}

// Of each process that lived long enough to say something. The least of a part: what an item or a
// session needs for a while comes and goes.
QStringList Soak::growingLives() const
{
    QStringList wrong;
    for (const auto &[pid, life] : m_lives) {
        const std::size_t count = life.descriptors.size();
        if (count < kLongLife)
            continue;
        const auto least = [&values = life.descriptors](std::size_t from, std::size_t to) {
            return *std::min_element(values.begin() + std::ptrdiff_t(from),
                                     values.begin() + std::ptrdiff_t(to));
        };
        const int early = least(count / 4, count / 2);
        const int late = least(count * 3 / 4, count);
        if (late > early + kSpareDescriptors)
            wrong.append(
                u"%1 %2 had %3 descriptors and has %4"_s.arg(life.role).arg(pid).arg(early).arg(
                    late));
    }
    return wrong;
}

bool Soak::printProcesses() const
{
    std::printf("\n%-10s %8s %9s %9s %12s %12s %12s %10s %10s\n", "process", "samples", "early",
                "late", "PSS MB early", "PSS MB late", "PSS MB most", "fds early", "fds late");
    QStringList wrong;
    for (const auto &[role, samples] : m_samples)
        wrong.append(growing(role, samples));
    wrong.append(growingConsoles());
    wrong.append(growingLives());
    // What the channel knows of is on air, cued or spare; a slate is drawn in a moment. Unpaced, an
    // item is on air for a third of a second and the two looks are not of the same moment.
    const auto strays = std::ptrdiff_t(m_strayPlayers.size() / 4);
    if (m_options.isPaced && strays > 0) {
        std::vector<int> late(m_strayPlayers.end() - strays, m_strayPlayers.end());
        std::nth_element(late.begin(), late.begin() + strays / 2, late.end());
        if (late[std::size_t(strays / 2)] > 0)
            wrong.append(
                u"%1 players that the channel does not know"_s.arg(late[std::size_t(strays / 2)]));
    }
    return verdict(wrong.isEmpty(), "flat",
                   wrong.isEmpty() ? u"number, memory and descriptors of the processes"_s
                                   : u"grows or is too much: "_s + wrong.join(u"; "_s));
}

bool Soak::run()
{
    begin();
    air();
    m_last = m_station->call(u"channel.stop"_s, {{u"channel"_s, kChannel}})
                 .value("frame"_L1)
                 .toInteger();
    std::printf("soak: seed %u, %lld frames in %.0f s, %s, %d edits\n", m_options.seed,
                static_cast<long long>(m_last - m_first), double(m_airedMs) / 1000,
                m_options.isPaced ? "paced" : "unpaced (no engine is killed)", m_edits);
    const bool areFaultsGood = printFaults();
    std::fflush(stdout);
    const framecode::Expectation expected
        = expectationOf(m_model->airings(m_first, m_last), m_clipOfItem, m_corpus, kFps);
    // Both at once: a soak's judgement takes as long as its air.
    const auto check = [&](const QString &input) {
        return std::async(std::launch::async, [this, &expected, input] {
            return framecode::check(m_folder + u'/' + input, expected);
        });
    };
    auto hls = check(u"hls/index.m3u8"_s);
    auto record = check(u"record.mkv"_s);
    const bool isHlsGood = judge(u"hls"_s, hls.get());
    const bool isRecordGood = judge(u"recording"_s, record.get());
    return printProcesses() && areFaultsGood && isHlsGood && isRecordGood;
}

} // namespace continuo
