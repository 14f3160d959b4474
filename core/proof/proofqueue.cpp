// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/proofqueue.h"

#include "core/base/logging.h"
#include "core/proof/thumbnailstore.h"

#include <QDateTime>
#include <QMetaObject>

#include <algorithm>
#include <cerrno>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kTick = 250ms;
// A file that is being copied changes with each look; a prover for each of them would tell nothing.
constexpr auto kSettleInterval = 1s;
constexpr qint64 kSettledNs = 2'000'000'000;
constexpr auto kStorePatience = 2s; // a disk that does not say what it has is not waited for
constexpr auto kRetry = 30s; // before what may have passed is tried again
constexpr int kFirstDelay = 6; // patiences: 30 s
constexpr std::chrono::milliseconds kLongestDelay = 10min;
const QString kNoAnswer = u"its disk or share does not answer"_s;
constexpr int kMostThumbnails = 3; // of a file
constexpr qsizetype kMostKnown = 100'000; // two full lists; each takes one or two kB

bool isBeingWritten(const FileState &state)
{
    const qint64 ageNs = QDateTime::currentMSecsSinceEpoch() * 1'000'000 - state.modifiedNs;
    return ageNs >= 0 && ageNs < kSettledNs;
}

FileState stateFromJson(const QJsonObject &object)
{
    FileState state;
    state.exists = true;
    state.sizeBytes = object.value("sizeBytes"_L1).toInteger();
    state.modifiedNs = object.value("modifiedNs"_L1).toInteger();
    state.device = object.value("device"_L1).toInteger();
    state.inode = object.value("inode"_L1).toInteger();
    return state;
}

// Of the list: with what clients ask thumbnails by, where there are some.
QJsonObject summaryOf(const FileState &state, const Proof &proof)
{
    QJsonObject summary = proof.summary();
    if (proof.hasThumbnails())
        summary.insert(u"thumbnail"_s, thumbnailTag(state));
    return summary;
}

Proof withFailure(Proof proof, ErrorCode code, const QString &detail)
{
    proof.failure = Error{code, detail, 0};
    return proof;
}

} // namespace

ProofQueue::ProofQueue(const QString &databaseFile, QObject *parent)
    : QObject(parent)
    , m_looker(kMostAbandoned)
{
    m_rest.setSingleShot(true);
    connect(&m_rest, &QTimer::timeout, this, [this] {
        if (m_prover)
            m_prover->goOn();
        startNext();
    });
    m_settle.setSingleShot(true);
    m_settle.setInterval(kSettleInterval);
    connect(&m_settle, &QTimer::timeout, this, [this] {
        for (const QString &path : std::exchange(m_growing, {}))
            ask(path);
    });
    m_tick.setInterval(kTick);
    connect(&m_tick, &QTimer::timeout, this, &ProofQueue::onTick);
    m_tick.start();
    connect(&m_looker, &FileLooker::looked, this, &ProofQueue::onLooked);
    connect(&m_looker, &FileLooker::hung, this, [this](const QString &path) {
        const Entry known = m_known.value(path); // what was found before may be true again
        conclude(path, known.state, withFailure(known.proof, ErrorCode::Timeout, kNoAnswer));
        holdFolder(path);
    });
    connect(&m_looker, &FileLooker::cameBack, this, [this](const QString &path) {
        folderAnswers(folderOf(path));
        tellAbandoned();
    });
    // The first not before the event loop runs: whoever makes us may have to ask for a rest yet.
    m_rest.start(0ms);
    if (!databaseFile.isEmpty())
        openStore(databaseFile);
}

ProofQueue::~ProofQueue() = default;

void ProofQueue::setPatience(std::chrono::milliseconds time)
{
    m_patience = time;
    m_looker.setPatience(time);
}

void ProofQueue::look(const QString &path, Turn turn)
{
    const auto underWay = m_underWay.find(path);
    if (underWay == m_underWay.end()) {
        m_underWay.insert(path, turn);
        ask(path);
        return;
    }
    if (m_prover && m_prover->path() == path)
        m_askedMeanwhile.insert(path);
    if (turn < *underWay) {
        *underWay = turn;
        if (m_waitingAs.contains(path)) {
            m_waiting[std::size_t(turn)].push_back(path);
            startNext();
        }
    }
}

void ProofQueue::again(const QString &path)
{
    if (m_store)
        m_store->forget(path);
    m_crashes.remove(path);
    if (const auto known = m_known.find(path); known != m_known.end())
        known->state = {};
    look(path, Turn::Again);
}

void ProofQueue::picture(const QString &path)
{
    if (thumbnailTagOf(path).isEmpty() || m_underWay.contains(path))
        return;
    m_toPicture.insert(path);
    look(path, Turn::Again);
}

QString ProofQueue::thumbnailTagOf(const QString &path) const
{
    const auto known = m_known.constFind(path);
    const bool hasSome = known != m_known.constEnd() && known->proof.hasThumbnails();
    return hasSome ? thumbnailTag(known->state) : QString();
}

void ProofQueue::withdraw(const QString &path)
{
    const auto known = m_known.find(path);
    if (known == m_known.end() || !known->proof.failure || known->proof.isContradicted)
        return;
    known->proof.isContradicted = true;
    known->summary = summaryOf(known->state, known->proof);
    if (m_store)
        m_store->keep(path, known->state, known->proof);
    Q_EMIT proved(path, false);
}

void ProofQueue::rest(std::chrono::milliseconds time)
{
    if (m_rest.isActive() && m_rest.remainingTimeAsDuration() >= time)
        return;
    m_rest.start(time);
    if (m_prover)
        m_prover->rest();
}

std::optional<Proof> ProofQueue::proof(const QString &path) const
{
    const auto known = m_known.constFind(path);
    return known == m_known.constEnd() ? std::nullopt : std::optional(known->proof);
}

QJsonObject ProofQueue::summary(const QString &path) const
{
    const auto known = m_known.constFind(path);
    return known == m_known.constEnd() ? Proof().summary() : known->summary;
}

void ProofQueue::ask(const QString &path)
{
    if (!parkIfSilent(path))
        m_looker.ask(path,
                     m_underWay.value(path) == Turn::Soon ? FileLooker::Place::First
                                                          : FileLooker::Place::Last);
}

void ProofQueue::onLooked(const QString &path, const FileState &state)
{
    const auto known = m_known.constFind(path);
    const bool isKnown = known != m_known.constEnd();
    if (isKnown && known->state == state) {
        const bool isToRetry = known->proof.fails() && isPassing(known->proof.failure->code)
            && !known->proof.hasCrashed && Clock::now() >= known->retryAt;
        if (!isToRetry) {
            if (m_underWay.value(path) == Turn::Soon)
                wantWaypoints(path, state);
            if (m_toPicture.contains(path))
                return enqueue(path, state);
            return finish(path);
        }
    }
    m_toPicture.remove(path); // it is proven, and that makes them
    if (!state.exists) {
        conclude(path, state, Proof::ofUnreachable(state.error, path));
    } else if (isKnown && isBeingWritten(state)) {
        m_growing.insert(path);
        if (!m_settle.isActive())
            m_settle.start();
    } else if (m_store && m_store->find(path, state)) {
        m_finding.insert(path, {state, Clock::now()});
    } else {
        enqueue(path, state);
    }
}

void ProofQueue::enqueue(const QString &path, const FileState &state)
{
    m_waitingAs.insert(path, state);
    m_waiting[std::size_t(m_underWay.value(path))].push_back(path);
    startNext();
}

// Empty: there is none.
QString ProofQueue::takeNext()
{
    for (std::deque<QString> &turn : m_waiting) {
        while (!turn.empty()) {
            const QString path = std::move(turn.front());
            turn.pop_front();
            // One that moved to another turn was taken there.
            if (m_waitingAs.contains(path) && !parkIfSilent(path))
                return path;
        }
    }
    return {};
}

void ProofQueue::startNext()
{
    if (m_rest.isActive() || abandoned() >= kMostAbandoned)
        return;
    if (m_prover)
        return makeWay();
    if (const QString path = takeNext(); !path.isEmpty())
        begin(path);
}

// What is soon to be on air does not wait until hours of something else were read.
void ProofQueue::makeWay()
{
    const QString path = m_prover->path();
    const std::deque<QString> &soon = m_waiting.front();
    const bool isUrgent = std::ranges::any_of(
        soon, [this](const QString &other) { return m_waitingAs.contains(other); });
    if (!isUrgent || m_underWay.value(path) == Turn::Soon || m_proving.tier < 1)
        return;
    letGo();
    enqueue(path, m_provingAs);
}

void ProofQueue::begin(const QString &path)
{
    m_provingAs = m_waitingAs.take(path);
    m_proving = {};
    m_provingWaypoints.reset();
    m_isNamed = false;
    m_pictured = 0;
    const auto known = m_known.constFind(path);
    m_isPicturing
        = m_toPicture.remove(path) && known != m_known.constEnd() && known->state == m_provingAs;
    // A folder that gave nothing before may lie on a disk that is never idle.
    m_prover = std::make_unique<Prover>(
        path, m_isPicturing ? u"1"_s : u"1,2,3"_s,
        m_silences.contains(folderOf(path)) ? Prover::Reads::InTurn : Prover::Reads::WhenIdle);
    connect(m_prover.get(), &Prover::told, this, &ProofQueue::onTold);
    connect(m_prover.get(), &Prover::ended, this, &ProofQueue::onEnded);
    connect(m_prover.get(), &Prover::crashed, this, &ProofQueue::onCrashed);
    connect(m_prover.get(), &Prover::notStarted, this, [this] {
        m_proving = withFailure({}, ErrorCode::Internal, u"continuo-player cannot be started"_s);
        onEnded();
    });
    m_prover->start();
}

void ProofQueue::onTold(const QJsonObject &line)
{
    const QString path = m_prover->path();
    const QJsonObject proof = line.value("proof"_L1).toObject();
    if (line.contains("file"_L1)) { // told before the file was parsed; behind that by whoever it is
        if (!std::exchange(m_isNamed, true))
            m_provingAs = stateFromJson(line.value("file"_L1).toObject());
        return;
    }
    folderAnswers(folderOf(path));
    if (line.contains("thumbnail"_L1)) {
        if (++m_pictured <= kMostThumbnails)
            Q_EMIT pictured(thumbnailTag(m_provingAs), line.value("thumbnail"_L1).toObject());
    } else if (m_isPicturing) {
        return; // all else is known
    } else if (line.contains("waypoints"_L1)) {
        m_provingWaypoints = std::make_shared<const WaypointList>(
            WaypointList::fromJson(line.value("waypoints"_L1).toObject()));
    } else if (line.contains("failed"_L1)) {
        m_proving.failure = Proof::fromJson(line).failure;
    } else if (proof.value("tier"_L1).toInt() == 1) {
        m_proving.ends = proof;
        m_proving.tier = 1;
        publish(path, m_provingAs, m_proving);
        startNext(); // there may be somebody more urgent
    } else if (proof.value("tier"_L1).toInt() == 2) {
        m_proving.reading = proof;
        m_proving.tier = 2;
        publish(path, m_provingAs, m_proving);
    } else if (proof.value("tier"_L1).toInt() == 3) {
        m_proving.look = proof;
        m_proving.tier = 3;
    }
}

void ProofQueue::onEnded()
{
    if (m_isPicturing)
        return endPicturing();
    if (m_proving.tier < 3 && !m_proving.failure)
        return onCrashed(u"ended without a word"_s);
    concludeProving();
}

void ProofQueue::concludeProving()
{
    const QString path = m_prover->path();
    letGo();
    // Gone since it was looked at: when it is back it may look the same.
    const bool isGone = m_proving.failure && m_proving.failure->code == ErrorCode::NotFound;
    if (isGone) {
        m_provingAs = {};
        m_provingAs.error = ENOENT;
    }
    if (m_store && !isGone && (!m_proving.failure || !isPassing(m_proving.failure->code)))
        m_store->keep(path, m_provingAs, m_proving);
    if (!isGone)
        takeWaypoints(path);
    conclude(path, m_provingAs, m_proving);
    startNext();
}

void ProofQueue::onCrashed(const QString &how)
{
    if (m_isPicturing)
        return endPicturing();
    const QString path = m_prover->path();
    letGo();
    if (++m_crashes[path] < 2) {
        qCWarning(lcStation).noquote() << u"the prover of %1 %2"_s.arg(path, how);
        m_underWay.insert(path, Turn::Again);
        enqueue(path, m_provingAs);
        return;
    }
    m_proving = withFailure(m_proving, ErrorCode::Corrupt,
                            u"what reads it breaks down, twice: it "_s + how);
    m_proving.hasCrashed = true;
    if (m_store)
        m_store->keep(path, m_provingAs, m_proving);
    conclude(path, m_provingAs, m_proving);
    startNext();
}

void ProofQueue::endPicturing()
{
    const QString path = m_prover->path();
    letGo();
    finish(path);
    startNext();
}

// Ends the prover, and forgets it when it has gone.
void ProofQueue::letGo()
{
    Prover *prover = m_prover.get();
    prover->disconnect(this);
    const auto forget = [this, prover] {
        QMetaObject::invokeMethod( // we are inside its signal
            this,
            [this, prover] {
                std::erase_if(m_abandoned,
                              [prover](const auto &one) { return one.get() == prover; });
                tellAbandoned();
                startNext();
            },
            Qt::QueuedConnection);
    };
    if (!prover->pid()) {
        m_prover.release()->deleteLater();
        return;
    }
    connect(prover, &Prover::ended, this, forget);
    connect(prover, &Prover::crashed, this, forget);
    prover->kill();
    m_abandoned.push_back(std::move(m_prover));
    tellAbandoned();
}

void ProofQueue::tellAbandoned()
{
    const bool isStuck = abandoned() >= kMostAbandoned;
    if (isStuck == std::exchange(m_isStuck, isStuck))
        return;
    if (isStuck)
        Q_EMIT message(u"fault"_s, u"proving-stands-still"_s,
                       u"%1 files were asked for that never answered; no other is looked into "
                       "until one of them does"_s.arg(abandoned()));
    else
        Q_EMIT message(u"info"_s, u"proving-stands-still-over"_s, u"files are looked into again"_s);
}

void ProofQueue::judgeProver()
{
    const QString path = m_prover->path();
    switch (m_prover->pace(m_patience)) {
    case Prover::Pace::Moving:
        return;
    case Prover::Pace::NoProgress:
        // From tier 2 on it has been read to its end, and only what it looks like stays unknown.
        if (m_proving.tier == 2)
            return concludeProving();
        return onCrashed(u"works without reading on"_s);
    case Prover::Pace::NoBytes:
        break;
    }
    letGo();
    holdFolder(path); // first: what is looked at again behind this waits with the others
    if (m_isPicturing)
        finish(path);
    else
        conclude(path, m_provingAs, withFailure(m_proving, ErrorCode::Timeout, kNoAnswer));
    startNext();
}

void ProofQueue::onTick()
{
    const auto now = Clock::now();
    if (m_prover)
        judgeProver();
    std::vector<std::pair<QString, FileState>> unanswered;
    for (auto asked = m_finding.begin(); asked != m_finding.end();) {
        if (now - asked->at > kStorePatience) {
            unanswered.emplace_back(asked.key(), asked->state);
            asked = m_finding.erase(asked);
        } else {
            ++asked;
        }
    }
    for (const auto &[path, state] : unanswered)
        enqueue(path, state);
    std::vector<QString> released;
    for (Silence &silence : m_silences) {
        if (now >= silence.until)
            std::ranges::move(std::exchange(silence.parked, {}), std::back_inserter(released));
    }
    for (const QString &path : released)
        m_looker.ask(path, FileLooker::Place::Last);
}

bool ProofQueue::parkIfSilent(const QString &path)
{
    const auto silence = m_silences.find(folderOf(path));
    if (silence == m_silences.end() || Clock::now() >= silence->until)
        return false;
    m_waitingAs.remove(path);
    silence->parked.push_back(path);
    return true;
}

void ProofQueue::holdFolder(const QString &path)
{
    const QString folder = folderOf(path);
    Silence &silence = m_silences[folder];
    const bool isNew = silence.delay == 0ms;
    silence.delay = isNew ? kFirstDelay * m_patience : std::min(silence.delay * 2, kLongestDelay);
    silence.until = Clock::now() + silence.delay;
    for (const QString &waiting : m_looker.takeOut(folder))
        silence.parked.push_back(waiting);
    tellAbandoned();
    if (isNew)
        Q_EMIT message(u"warning"_s, u"files-do-not-answer"_s,
                       u"%1: its disk or share does not answer; its files are looked at again "
                       "later"_s.arg(folder));
}

void ProofQueue::folderAnswers(const QString &folder)
{
    const auto silence = m_silences.find(folder);
    if (silence == m_silences.end())
        return;
    const std::vector<QString> parked = std::move(silence->parked);
    m_silences.erase(silence);
    for (const QString &path : parked)
        m_looker.ask(path, FileLooker::Place::Last);
    Q_EMIT message(u"info"_s, u"files-do-not-answer-over"_s, u"%1: it answers again"_s.arg(folder));
}

void ProofQueue::publish(const QString &path, const FileState &state, const Proof &proof)
{
    const auto known = m_known.constFind(path);
    const bool isAnother = known != m_known.constEnd() && known->state != state;
    if (known == m_known.constEnd() && m_known.size() >= kMostKnown)
        m_known.erase(m_known.begin());
    m_known.insert(path, {state, proof, summaryOf(state, proof), Clock::now() + kRetry});
    Q_EMIT proved(path, isAnother);
}

void ProofQueue::conclude(const QString &path, const FileState &state, const Proof &proof)
{
    const Turn turn = m_underWay.take(path);
    m_crashes.remove(path);
    publish(path, state, proof);
    lookIfAsked(path, turn);
}

void ProofQueue::finish(const QString &path)
{
    lookIfAsked(path, m_underWay.take(path));
}

void ProofQueue::lookIfAsked(const QString &path, Turn turn)
{
    if (m_askedMeanwhile.remove(path))
        look(path, turn);
}

} // namespace continuo
