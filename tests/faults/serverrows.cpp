// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/rows.h"

#include "tests/support/station/holeproxy.h"
#include "tests/support/station/netnamespace.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>

#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

QString noNginx()
{
    return NginxRtmp::unavailable();
}

void stopServer(FaultRun &run)
{
    run.mark();
    run.nginx().stop();
    run.airFor(30s);
    if (!run.nginx().start())
        throw std::runtime_error("nginx did not start again");
    run.sinceFault().start();
}

QString detailOf(FaultRun &run, const QString &id)
{
    const QJsonArray all = run.status().value_or(QJsonObject()).value("destinations"_L1).toArray();
    for (const QJsonValue &one : all) {
        if (one.toObject().value("id"_L1) == id)
            return one.toObject().value("detail"_L1).toString();
    }
    return {};
}

// A second server that can be black-holed, so that the first one shows what stays untouched.
void blackHole(FaultRun &run, NginxRtmp &server, const QString &url,
               const std::function<void(bool)> &setHole)
{
    const QString id = run.station().addDestination(run.channel(), url, {{u"key"_s, u"hole"_s}});
    run.waitFor([&] { return server.publications() > 0; }, 30s,
                u"the second server was not published to"_s);
    run.airFor(4s);
    run.mark();
    setHole(true);
    QStringList details;
    AirTimer timer;
    timer.start();
    const auto listen = [&] {
        const QString detail = detailOf(run, id);
        if (!detail.isEmpty() && !details.contains(detail))
            details.append(detail);
    };
    while (timer.elapsedMs() < 30000) {
        listen();
        run.airFor(100ms);
    }
    const int before = server.publications();
    setHole(false);
    timer.start();
    run.sinceFault().start();
    run.waitFor(
        [&] {
            listen();
            return server.publications() > before;
        },
        20s, u"it did not come back after the black hole"_s);
    const qint64 took = timer.elapsedMs();
    if (took > 8000)
        run.result().reasons.append(u"back %1 ms after the black hole"_s.arg(took));
    run.result().notes.append(u"published %1 ms after the hole; the status said: \"%2\""_s.arg(
        QString::number(took), details.join(u"\", \""_s)));
    run.airFor(5s);
    const QString copy = run.folder() + u'/' + run.result().row->name;
    QDir().mkpath(copy);
    // The list first: the segments that it names are whole by then.
    QFile::copy(server.playlist(u"hole"_s), copy + u"/hole.m3u8"_s);
    const QStringList names = QDir(server.hlsFolder()).entryList({u"*.ts"_s}, QDir::Files);
    for (const QString &name : names)
        QFile::copy(server.hlsFolder() + u'/' + name, copy + u'/' + name);
    run.station().call(u"destination.remove"_s, {{u"channel"_s, run.channel()}, {u"id"_s, id}});
    run.judgeLater([copy](framecode::Expectation expectation, FaultResult &result) {
        expectation.begin = framecode::Begin::Anywhere;
        framecode::CheckOptions options;
        options.coarsestTick = framecode::Rate{1, 1000};
        const framecode::Outcome<framecode::Report> report = framecode::check(
            afterLastDiscontinuity(copy + u"/hole.m3u8"_s), expectation, options);
        if (!report)
            result.reasons.append(u"the server after the hole: "_s + report.error());
        else if (!report.value().passed())
            result.reasons.append(u"the server after the hole: "_s
                                  + report.value().faults.front().text);
    });
}

void proxyHole(FaultRun &run)
{
    NginxRtmp server;
    if (!server.start())
        throw std::runtime_error("the second nginx did not start");
    HoleProxy proxy(server.port());
    blackHole(run, server, proxy.url(), [&](bool isHole) { proxy.setHole(isHole); });
}

void routeHole(FaultRun &run)
{
    NetNamespace elsewhere;
    NginxRtmp server(elsewhere.address(), elsewhere.launcher());
    if (!elsewhere.isReady() || !server.start())
        throw std::runtime_error("nginx did not start in a network namespace");
    blackHole(run, server, server.url(), [&](bool isHole) {
        if (!elsewhere.setHole(isHole))
            throw std::runtime_error("the route could not be set");
    });
}

QString noNamespace()
{
    const QString reason = noNginx();
    return reason.isEmpty() ? NetNamespace::unavailable() : reason;
}

} // namespace

std::vector<FaultRow> serverRows()
{
    std::vector<FaultRow> rows;
    Allowed back;
    back.newConnection = true;
    back.reconnect = 3s;
    rows.push_back({u"stopServer30s"_s, u"nginx stopped 30 s"_s, back, stopServer, noNginx, {}});
    rows.push_back({u"blackHole30s"_s,
                    u"nginx black-holed 30 s (a proxy that stops reading)"_s,
                    {},
                    proxyHole,
                    noNginx,
                    {}});
    rows.push_back({u"blackHoleRoute30s"_s,
                    u"nginx black-holed 30 s (a blackhole route in a namespace)"_s,
                    {},
                    routeHole,
                    noNamespace,
                    {}});
    return rows;
}

} // namespace continuo
