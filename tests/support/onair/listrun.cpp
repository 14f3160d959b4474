// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/onair/listrun.h"

#include "tests/support/onair/onair.h"

#include <QElapsedTimer>
#include <QJsonArray>

#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

QHash<QString, QString> problemsIn(const QJsonObject &object)
{
    QHash<QString, QString> problems;
    for (const QJsonValue &problem : object.value("problems"_L1).toArray()) {
        problems.insert(problem.toObject().value("item"_L1).toString(),
                        problem.toObject().value("detail"_L1).toString());
    }
    return problems;
}

} // namespace

ListRun playList(TestStation &station, const QString &channel, const QString &record,
                 std::chrono::seconds longest, const std::function<void()> &atEnd)
{
    ListRun run;
    QString onAir;
    QElapsedTimer onAirSince;
    qint64 since = 0;
    bool isSlate = false;
    QObject context;
    QObject::connect(&station.client(), &RpcClient::notification, &context,
                     [&](const QString &method, const QJsonObject &params) {
                         if (method != "event.item"_L1
                             || params.value("channel"_L1).toString() != channel)
                             return;
                         const qint64 frame = params.value("frame"_L1).toInteger();
                         if (!onAir.isEmpty())
                             run.framesOf[onAir] += frame - since;
                         onAir = params.value("item"_L1).toString();
                         onAirSince.start();
                         since = frame;
                         isSlate = params.value("reason"_L1) == "slate"_L1;
                     });
    station.call(u"events.subscribe"_s, {{u"channel"_s, channel}});
    station.addDestination(channel, u"file:"_s + record);
    watchMachine();
    const qint64 first
        = station.call(u"channel.start"_s, {{u"channel"_s, channel}}).value("frame"_L1).toInteger();
    onAirSince.start();
    // The slate also stands between two items when none of those that follow has a frame yet.
    while (!isSlate || station.status(channel).contains("next"_L1)) {
        if (!station.client().readFor(1s))
            throw std::runtime_error("the station has gone");
        if (!isSlate && onAirSince.elapsed() > std::chrono::milliseconds(longest).count()) {
            run.left.append(onAir);
            station.call(u"channel.skip"_s, {{u"channel"_s, channel}});
        }
    }
    if (atEnd)
        atEnd();
    run.status = station.status(channel);
    run.problemOf = problemsIn(run.status);
    run.frames
        = station.call(u"channel.stop"_s, {{u"channel"_s, channel}}).value("frame"_L1).toInteger()
        - first;
    return run;
}

ListRun renderList(TestStation &station, const QString &channel, const QString &record)
{
    ListRun run;
    const QJsonObject result
        = station.call(u"station.render"_s, {{u"channel"_s, channel}, {u"out"_s, record}}, 900s);
    const QJsonArray items = result.value("items"_L1).toArray();
    run.frames = result.value("frames"_L1).toInteger();
    for (qsizetype i = 0; i < items.size(); ++i) {
        const QJsonObject item = items[i].toObject();
        const qint64 start = item.value("frame"_L1).toInteger();
        const qint64 end = i + 1 < items.size()
            ? items[i + 1].toObject().value("frame"_L1).toInteger()
            : items.first().toObject().value("frame"_L1).toInteger() + run.frames;
        run.framesOf[item.value("item"_L1).toString()] += end - start;
    }
    run.problemOf = problemsIn(result);
    return run;
}

} // namespace continuo
