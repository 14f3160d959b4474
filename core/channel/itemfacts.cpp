// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/itemfacts.h"

#include "core/base/childprocess.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QProcess>
#include <QTimer>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// A file that is being copied changes with each look; a player for each of them would tell nothing.
constexpr auto kSettleInterval = 1s;
constexpr qint64 kSettledMs = 2000;

bool isBeingWritten(const FileState &state)
{
    const qint64 ageMs = QDateTime::currentMSecsSinceEpoch() - state.modifiedMs;
    return ageMs >= 0 && ageMs < kSettledMs;
}

ItemFacts factsFromJson(const QJsonObject &object)
{
    ItemFacts facts;
    if (object.contains("failed"_L1) || object.isEmpty()) {
        const QJsonObject reason = object.value("failed"_L1).toObject();
        facts.failure = Error{errorCodeFromName(reason.value("code"_L1).toString()),
                              reason.value("detail"_L1).toString(u"no answer"_s), 0};
        return facts;
    }
    facts.durationUs = object.value("durationUs"_L1).toInteger(-1);
    facts.frames = object.value("frames"_L1).toInteger(-1);
    facts.width = object.value("width"_L1).toInt();
    facts.height = object.value("height"_L1).toInt();
    facts.fps = object.value("fps"_L1).toVariant().toString();
    facts.videoCodec = object.value("videoCodec"_L1).toString();
    facts.audioCodec = object.value("audioCodec"_L1).toString();
    return facts;
}

ItemFacts factsOfMissing()
{
    ItemFacts facts;
    facts.failure = Error{ErrorCode::NotFound, u"the file does not exist"_s, 0};
    return facts;
}

// The file as the player had it before it opened it. A player that crashed or was killed says
// nothing: then what it was before, so that it is not tried again and again.
std::optional<FileState> stateFromJson(const QJsonObject &object,
                                       const std::optional<FileState> &before)
{
    if (object.contains("size"_L1))
        return FileState{true, object.value("size"_L1).toInteger(-1),
                         object.value("modifiedMs"_L1).toInteger(-1)};
    const QString code = object.value("failed"_L1).toObject().value("code"_L1).toString();
    return code == errorCodeName(ErrorCode::NotFound) ? FileState() : before;
}

} // namespace

ItemProber::ItemProber(const HouseFormat &format, QObject *parent)
    : QObject(parent)
    , m_format(format)
    , m_stats(this, [this](const StatWorker::Answers &answers) { onAnswers(answers); })
{
    m_rest.setSingleShot(true);
    connect(&m_rest, &QTimer::timeout, this, &ItemProber::startNext);
    m_settle.setSingleShot(true);
    m_settle.setInterval(kSettleInterval);
    connect(&m_settle, &QTimer::timeout, this, [this] {
        for (const QString &path : std::exchange(m_growing, {}))
            look(path);
    });
    // The first not before the event loop runs: whoever makes us may have to ask for a rest yet.
    rest(std::chrono::milliseconds(0));
}

ItemProber::~ItemProber()
{
    if (!m_process)
        return;
    m_process->disconnect(this);
    m_process->kill();
    m_process->waitForFinished(1000);
    if (m_process->state() == QProcess::NotRunning)
        return;
    // A kill does not get it out of its dead share: QProcess's destructor would wait half a minute.
    QProcess *stuck = m_process.release();
    connect(stuck, &QProcess::finished, stuck, &QObject::deleteLater);
}

void ItemProber::probe(const QString &path)
{
    if (m_underWay.contains(path))
        return;
    m_underWay.insert(path);
    if (m_known.contains(path))
        return look(path);
    m_queue.enqueue({path, std::nullopt}); // the player says what it found
    startNext();
}

std::optional<ItemFacts> ItemProber::facts(const QString &path) const
{
    const auto known = m_known.constFind(path);
    return known == m_known.constEnd() ? std::nullopt : std::optional(known->facts);
}

void ItemProber::look(const QString &path)
{
    ++m_looks;
    m_stats.ask(path);
}

void ItemProber::startNext()
{
    if (m_process || m_rest.isActive() || m_queue.isEmpty())
        return;
    m_current = m_queue.dequeue();
    m_process = std::make_unique<QProcess>();
    m_process->setProcessChannelMode(QProcess::SeparateChannels);
    m_process->setStandardErrorFile(QProcess::nullDevice());
    m_process->setChildProcessModifier([] {
        ::setpriority(PRIO_PROCESS, 0, 5);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); // our patience with it would end with us
    });
    connect(m_process.get(), &QProcess::finished, this, &ItemProber::onFinished);
    // Queued: it may be said inside of start(), and the whole queue would fail in one recursion.
    connect(
        m_process.get(), &QProcess::errorOccurred, this,
        [this](QProcess::ProcessError error) {
            if (error == QProcess::FailedToStart)
                onFinished();
        },
        Qt::QueuedConnection);
    QTimer::singleShot(m_patience, m_process.get(), &QProcess::kill);
    m_process->start(
        stationProgram(u"continuo-player"_s),
        {u"--probe"_s, m_current.path, u"--format"_s,
         u"%1x%2@%3"_s.arg(m_format.width).arg(m_format.height).arg(m_format.rate.toString())});
}

void ItemProber::onFinished()
{
    const QJsonObject answer = QJsonDocument::fromJson(m_process->readAllStandardOutput()).object();
    m_process.release()->deleteLater(); // we are inside its signal
    const Request done = std::exchange(m_current, Request());
    const std::optional<FileState> state = stateFromJson(answer, done.state);
    const QJsonObject failure = answer.value("failed"_L1).toObject();
    const bool isMissing = state && !state->exists
        && failure.value("code"_L1).toString() == errorCodeName(ErrorCode::NotFound);
    conclude(done.path, {state, isMissing ? factsOfMissing() : factsFromJson(answer)});
    startNext();
}

// Only files that are known were asked for.
void ItemProber::onAnswers(const StatWorker::Answers &answers)
{
    m_looks -= qsizetype(answers.size());
    for (const auto &[path, state] : answers) {
        const auto known = m_known.constFind(path);
        if (known != m_known.constEnd() && known->state == state)
            m_underWay.remove(path);
        else if (!state.exists && known != m_known.constEnd() && known->state)
            conclude(path, {state, factsOfMissing()});
        else if (state.exists && isBeingWritten(state))
            m_growing.insert(path);
        else
            m_queue.enqueue({path, state});
    }
    if (!m_growing.isEmpty() && !m_settle.isActive())
        m_settle.start();
    startNext();
}

void ItemProber::conclude(const QString &path, const Entry &entry)
{
    const auto known = m_known.constFind(path);
    const bool isAnother = known != m_known.constEnd() && known->state != entry.state;
    m_known.insert(path, entry);
    m_underWay.remove(path);
    Q_EMIT probed(path, isAnother);
}

} // namespace continuo
