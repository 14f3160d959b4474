// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/rows.h"

#include "core/frames/previewreader.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QProcess>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

qint64 delayOf(const QJsonObject &status)
{
    return status.value("encoder"_L1).toObject().value("delayFrames"_L1).toInteger();
}

qint64 droppedOf(const QJsonObject &status)
{
    return status.value("counts"_L1).toObject().value("dropped"_L1).toInteger();
}

constexpr QLatin1StringView kFramesDropped = "frames-dropped"_L1; // the code of an alarm

// What the status says is left out.
QStringList shedOf(const QJsonObject &status)
{
    QStringList shed;
    const QJsonArray names = status.value("overload"_L1).toObject().value("shed"_L1).toArray();
    for (const QJsonValue &name : names)
        shed.append(name.toString());
    return shed;
}

PreviewReader openPreview(FaultRun &run)
{
    const QString ring = run.station()
                             .call(u"preview.open"_s, {{u"channel"_s, run.channel()}})
                             .value("shm"_L1)
                             .toString();
    Result<PreviewReader> preview = PreviewReader::attach(ring);
    if (!preview)
        throw std::runtime_error("the preview: " + preview.error().detail.toStdString());
    return std::move(preview).value();
}

// Looks on while the machine cannot keep up: what is left out, in which order, and what is said of
// it. A busy machine may come to that more than once.
class ShedWatch final {
public:
    explicit ShedWatch(FaultRun &run)
        : m_run(run)
        , m_preview(openPreview(run))
    {
    }

    /// The fault begins: what is counted and said from now on is its own.
    void begin();
    /// Looks, and gives the status that it saw. To be called a few times a second.
    QJsonObject look();
    bool isOverloaded() const { return !m_shed.isEmpty(); }
    bool hasBeenOverloaded() const { return !m_orders.isEmpty(); }
    qint64 dropped() const { return droppedOf(m_run.lastStatus()) - m_droppedBefore; }
    bool hasShedFrames() const;
    /// Once it is over: the order, the words, the preview.
    void judge();

private:
    void countWords();

    FaultRun &m_run;
    const PreviewReader m_preview;
    PreviewPicture m_picture;
    QStringList m_shed; // now
    QList<QList<QStringList>> m_orders; // of each overload
    qint64 m_shedSince = 0; // the frame on air when the preview was seen to stand still
    qint64 m_droppedBefore = 0;
    qint64 m_timesBefore = 0; // that "frames-dropped" had been raised
    qint64 m_droppedInWords = 0;
    bool m_hasAllWords = true;
    QString m_wentOn; // the preview, while it was to stand still
};

void ShedWatch::begin()
{
    m_droppedBefore = droppedOf(m_run.lastStatus());
    m_timesBefore = FaultRun::timesRaised(m_run.alarms(), kFramesDropped);
}

bool ShedWatch::hasShedFrames() const
{
    return std::ranges::any_of(m_orders, [](const QList<QStringList> &order) {
        return order.last().contains(u"frames"_s);
    });
}

QJsonObject ShedWatch::look()
{
    // First the picture: it was made before the answer, which may tell of the end.
    const bool isNew = m_preview.readPicture(m_picture);
    const std::optional<QJsonObject> said = m_run.status();
    if (!said)
        return {};
    const QStringList shed = shedOf(*said);
    const bool hasShedPreview = shed.contains(u"preview"_s);
    if (!shed.isEmpty() && m_shed.isEmpty())
        m_orders.emplaceBack();
    if (!shed.isEmpty() && shed != m_shed)
        m_orders.last().append(shed);
    // Its thread has the last frames in hand still: what was on air by then may come.
    if (hasShedPreview && !m_shed.contains(u"preview"_s))
        m_shedSince = said->value("frame"_L1).toInteger();
    else if (hasShedPreview && isNew && m_picture.frame > m_shedSince)
        m_wentOn
            = u"the preview went on, from frame %1 to %2"_s.arg(m_shedSince).arg(m_picture.frame);
    if (shed.isEmpty() && !m_shed.isEmpty())
        countWords();
    m_shed = shed;
    return *said;
}

// The alarm's text is that of the last overload: each is read when it is over.
void ShedWatch::countWords()
{
    const QJsonArray alarms = m_run.alarms();
    const qint64 times = FaultRun::timesRaised(alarms, kFramesDropped) - m_timesBefore;
    if (times <= 0)
        return;
    m_timesBefore += times;
    m_hasAllWords = m_hasAllWords && times == 1;
    const auto alarm = std::ranges::find_if(alarms, [](const QJsonValue &one) {
        return one.toObject().value("code"_L1) == kFramesDropped;
    });
    const QString text = alarm->toObject().value("text"_L1).toString();
    m_droppedInWords += text.section(u' ', 0, 0).toLongLong();
    m_run.result().notes.append(u'"' + text + u'"');
}

void ShedWatch::judge()
{
    FaultResult &result = m_run.result();
    const QStringList first{u"preview"_s, u"meter"_s};
    const QList<QStringList> whole{first, first + QStringList{u"frames"_s}};
    for (const QList<QStringList> &order : std::as_const(m_orders)) {
        if (order == whole.first(std::min(order.size(), whole.size())))
            continue;
        result.reasons.append(u"shed in another order"_s);
        for (const QStringList &shed : order)
            result.reasons.append(u"then "_s + shed.join(u" and "_s));
    }
    const QJsonArray alarms = m_run.alarms();
    const auto alarm = std::ranges::find_if(alarms, [](const QJsonValue &one) {
        return one.toObject().value("code"_L1) == "overload"_L1;
    });
    const QString text
        = alarm == alarms.end() ? QString() : alarm->toObject().value("text"_L1).toString();
    if (hasBeenOverloaded()) {
        result.notes.append(u'"' + text + u'"');
        if (!text.contains(u"preview stands still"_s))
            result.reasons.append(u"no alarm says that the preview stands still"_s);
    }
    if (!m_wentOn.isEmpty())
        result.reasons.append(m_wentOn);
    if (m_hasAllWords && m_droppedInWords != dropped())
        result.reasons.append(
            u"%1 frames dropped, %2 in the words of the alarms"_s.arg(dropped()).arg(
                m_droppedInWords));
    const qint64 since = std::max(m_shedSince, m_run.lastStatus().value("frame"_L1).toInteger());
    m_run.waitFor([&] { return m_preview.readPicture(m_picture) && m_picture.frame > since; }, 5s,
                  u"the preview does not come back"_s);
}

// All of it by one bound, from the end of the load.
void waitUntilKeptUp(FaultRun &run, ShedWatch &watch)
{
    run.sinceFault().start();
    // The engine waits for two seconds without a late frame; each that is the machine's own begins
    // them anew.
    constexpr qint64 kRecoveryMs = 5000;
    qint64 bound = kRecoveryMs;
    int lateByTheMachine = framesLateByTheMachine();
    run.waitFor(
        [&] {
            if (const int late = framesLateByTheMachine(); late != lateByTheMachine) {
                lateByTheMachine = late;
                bound = std::max(kRecoveryMs, run.sinceFault().elapsedMs() + 2500);
            }
            const QJsonObject now = watch.look();
            return now.value("state"_L1) == "on-air"_L1 && delayOf(now) < 45
                && !watch.isOverloaded();
        },
        30s, u"it did not recover"_s);
    const qint64 took = run.sinceFault().elapsedMs();
    run.result().notes.append(u"recovered after %1 ms"_s.arg(took));
    if (took > bound)
        run.result().reasons.append(u"recovered after %1 ms"_s.arg(took));
}

void burn(FaultRun &run)
{
    ShedWatch watch(run);
    run.airFor(1s);
    std::vector<std::unique_ptr<QProcess>> burners;
    run.mark();
    watch.begin();
    for (int i = 0; i < 2; ++i) {
        burners.push_back(std::make_unique<QProcess>());
        burners.back()->start(u"sh"_s, {u"-c"_s, u"while :; do :; done"_s});
    }
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < (run.isLong() ? 60000 : 15000)) {
        run.airFor(200ms);
        watch.look();
    }
    for (const auto &burner : burners) {
        burner->kill();
        burner->waitForFinished();
    }
    waitUntilKeptUp(run, watch);
    watch.judge();
    // A machine may be worth more than they take: then nothing has to be said.
    if (watch.hasBeenOverloaded())
        run.result().alarms.append(u"overload"_s);
    else
        run.result().notes.append(u"the machine kept up"_s);
    if (watch.dropped() > 0)
        run.result().alarms.append(QString(kFramesDropped));
}

// Gives the encoder so little of each fifth of a second that it falls behind by about half a
// second in each, whatever the machine is worth.
class SlowEncoder final {
public:
    explicit SlowEncoder(FaultRun &run)
        : m_run(run)
        , m_pid(run.pid(u"encoder"_s))
    {
    }
    ~SlowEncoder() { ::kill(m_pid, SIGCONT); }

    void runOnce()
    {
        ::kill(m_pid, SIGCONT);
        m_run.airFor(m_share);
        ::kill(m_pid, SIGSTOP);
        m_run.airFor(kPeriod - m_share);
    }

    // A second later: what it lost in it, in frames, of those aired.
    void adjust(qint64 fellBehind)
    {
        if (fellBehind < 10)
            m_share = std::max<std::chrono::milliseconds>(m_share * 7 / 10, 4ms);
        else if (fellBehind > 20)
            m_share = std::min<std::chrono::milliseconds>(m_share * 5 / 4 + 1ms, kPeriod * 9 / 10);
    }

    static constexpr std::chrono::milliseconds kPeriod = 200ms;

private:
    FaultRun &m_run;
    const pid_t m_pid;
    std::chrono::milliseconds m_share = 60ms;
};

void overload(FaultRun &run)
{
    ShedWatch watch(run);
    run.airFor(1s);
    run.mark();
    watch.begin();
    qint64 before = delayOf(run.lastStatus());
    qint64 dropped = droppedOf(run.lastStatus());
    {
        SlowEncoder encoder(run);
        for (auto left = std::chrono::milliseconds(run.isLong() ? 60s : 25s); left > 0ms;
             left -= 1s) {
            for (auto part = 0ms; part < 1s; part += SlowEncoder::kPeriod) {
                encoder.runOnce();
                watch.look();
            }
            const QJsonObject now = run.status().value_or(QJsonObject());
            const qint64 gone = droppedOf(now);
            encoder.adjust(delayOf(now) - before + gone - dropped);
            before = delayOf(now);
            dropped = gone;
        }
    }
    waitUntilKeptUp(run, watch);
    if (!watch.hasShedFrames())
        run.result().reasons.append(u"no frames were left out"_s);
    watch.judge();
}

} // namespace

std::vector<FaultRow> overloadRows()
{
    Allowed shed;
    shed.dropsCounted = true;
    Allowed busy = shed;
    busy.late = true;
    return {{u"burners"_s, u"two burners on both cores"_s, busy, burn, {}, {}, {}},
            {u"overload"_s,
             u"an encoder that does half of its work"_s,
             shed,
             overload,
             {},
             {},
             {u"overload"_s, QString(kFramesDropped)}}};
}

} // namespace continuo
