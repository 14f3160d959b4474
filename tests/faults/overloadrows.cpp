// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/rows.h"

#include "core/frames/previewreader.h"

#include <QJsonArray>
#include <QProcess>

#include <algorithm>
#include <memory>
#include <stdexcept>

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

void waitUntilKeptUp(FaultRun &run)
{
    run.sinceFault().start();
    run.waitFor(
        [&] {
            const auto now = run.status();
            return now && now->value("state"_L1) == "on-air"_L1 && delayOf(*now) < 45;
        },
        5s, u"it did not recover"_s);
    run.result().notes.append(u"recovered after %1 ms"_s.arg(run.sinceFault().elapsedMs()));
}

void burn(FaultRun &run)
{
    std::vector<std::unique_ptr<QProcess>> burners;
    run.mark();
    for (int i = 0; i < 2; ++i) {
        burners.push_back(std::make_unique<QProcess>());
        burners.back()->start(u"sh"_s, {u"-c"_s, u"while :; do :; done"_s});
    }
    run.airFor(run.isLong() ? 60s : 15s);
    for (const auto &burner : burners) {
        burner->kill();
        burner->waitForFinished();
    }
    waitUntilKeptUp(run);
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

// What the status says is left out.
QStringList shedOf(const QJsonObject &status)
{
    QStringList shed;
    const QJsonArray names = status.value("overload"_L1).toObject().value("shed"_L1).toArray();
    for (const QJsonValue &name : names)
        shed.append(name.toString());
    return shed;
}

void overload(FaultRun &run)
{
    const QString ring = run.station()
                             .call(u"preview.open"_s, {{u"channel"_s, run.channel()}})
                             .value("shm"_L1)
                             .toString();
    const Result<PreviewReader> preview = PreviewReader::attach(ring);
    if (!preview)
        throw std::runtime_error("the preview: " + preview.error().detail.toStdString());
    run.airFor(1s);
    run.mark();
    PreviewPicture picture;
    QList<QStringList> order; // of what was left out
    qint64 lastShown = 0;
    qint64 before = delayOf(run.lastStatus());
    qint64 dropped = droppedOf(run.lastStatus());
    {
        SlowEncoder encoder(run);
        for (auto left = std::chrono::milliseconds(run.isLong() ? 60s : 25s); left > 0ms;
             left -= 1s) {
            for (auto part = 0ms; part < 1s; part += SlowEncoder::kPeriod) {
                encoder.runOnce();
                const QJsonObject said = run.status().value_or(QJsonObject());
                const QStringList shed = shedOf(said);
                if (!shed.isEmpty() && (order.isEmpty() || order.last() != shed))
                    order.append(shed);
                // Its thread has the last frames in hand still: what was on air by then may come.
                if (shed.contains(u"preview"_s) && lastShown == 0 && preview->readPicture(picture))
                    lastShown = said.value("frame"_L1).toInteger();
            }
            const QJsonObject now = run.status().value_or(QJsonObject());
            const qint64 gone = droppedOf(now);
            encoder.adjust(delayOf(now) - before + gone - dropped);
            before = delayOf(now);
            dropped = gone;
        }
        preview->readPicture(picture);
    }
    waitUntilKeptUp(run);
    run.waitFor([&] { return shedOf(run.status().value_or(QJsonObject())).isEmpty(); }, 4s,
                u"it still says that it is overloaded"_s);
    FaultResult &result = run.result();
    if (order != QList<QStringList>{{u"preview"_s}, {u"preview"_s, u"frames"_s}}) {
        result.reasons.append(u"shed in another order"_s);
        for (const QStringList &shed : std::as_const(order))
            result.reasons.append(u"then "_s + shed.join(u" and "_s));
    }
    if (lastShown == 0 || picture.frame > lastShown)
        result.reasons.append(
            u"the preview went on, from frame %1 to %2"_s.arg(lastShown).arg(picture.frame));
    run.airFor(1s);
    if (!preview->readPicture(picture) || picture.frame <= lastShown)
        result.reasons.append(u"the preview does not come back"_s);
    const QJsonArray alarms = run.station().call(u"alarms.list"_s).value("alarms"_L1).toArray();
    const auto isAlarm = [](const QJsonValue &alarm, QLatin1StringView code) {
        return alarm.toObject().value("code"_L1) == code;
    };
    for (const QLatin1StringView code : {"overload"_L1, "frames-dropped"_L1}) {
        const auto found
            = std::ranges::find_if(alarms, [&](const QJsonValue &a) { return isAlarm(a, code); });
        if (found == alarms.end())
            result.reasons.append(u"no alarm says \"%1\""_s.arg(code));
        else
            result.notes.append(u'"' + found->toObject().value("text"_L1).toString() + u'"');
    }
}

} // namespace

std::vector<FaultRow> overloadRows()
{
    Allowed shed;
    shed.dropsCounted = true;
    Allowed busy = shed;
    busy.late = true;
    return {{u"burners"_s, u"two burners on both cores"_s, busy, burn, {}, {}},
            {u"overload"_s, u"an encoder that does half of its work"_s, shed, overload, {}, {}}};
}

} // namespace continuo
