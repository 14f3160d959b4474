// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/rows.h"

#include "tests/support/station/holeproxy.h"
#include "tests/support/station/netnamespace.h"

#include <QDir>
#include <QElapsedTimer>
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

// What the status says of a destination, which a row listens to while it has it in hand.
struct HeardOf {
    QString state;
    QString detail; ///< now
    QStringList details; ///< each that was heard

    void listen(FaultRun &run, const QString &id)
    {
        const QJsonArray all
            = run.status().value_or(QJsonObject()).value("destinations"_L1).toArray();
        for (const QJsonValue &one : all) {
            const QJsonObject destination = one.toObject();
            if (destination.value("id"_L1) != id)
                continue;
            state = destination.value("state"_L1).toString();
            detail = destination.value("detail"_L1).toString();
            if (!detail.isEmpty() && !details.contains(detail))
                details.append(detail);
        }
    }
    QString words() const { return u'"' + details.join(u"\", \""_s) + u'"'; }
};

// Nothing of what the second server hands out since it is back is wrong; ends the destination.
void judgeSecondServer(FaultRun &run, NginxRtmp &server, const QString &id)
{
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
    HeardOf heard;
    AirTimer timer;
    timer.start();
    while (timer.elapsedMs() < 30000) {
        heard.listen(run, id);
        run.airFor(100ms);
    }
    const int before = server.publications();
    setHole(false);
    timer.start();
    run.sinceFault().start();
    run.waitFor(
        [&] {
            heard.listen(run, id);
            return server.publications() > before;
        },
        20s, u"it did not come back after the black hole"_s);
    const qint64 took = timer.elapsedMs();
    if (took > 8000)
        run.result().reasons.append(u"back %1 ms after the black hole"_s.arg(took));
    run.result().notes.append(u"published %1 ms after the hole; the status said: %2"_s.arg(
        QString::number(took), heard.words()));
    run.airFor(5s);
    judgeSecondServer(run, server, id);
}

// Over before the server gives a publisher up that says nothing (drop_idle_publisher 5s): what
// stood between has forgotten the connection, of which only we were told. A hole in which the
// connection stays shows nothing of it: we give that up after 5 s, and so does the server.
void forgetfulHole(FaultRun &run)
{
    NginxRtmp server;
    if (!server.start())
        throw std::runtime_error("the second nginx did not start");
    HoleProxy proxy(server.port());
    const QString id
        = run.station().addDestination(run.channel(), proxy.url(), {{u"key"_s, u"hole"_s}});
    HeardOf heard;
    const auto isRunning = [&] {
        heard.listen(run, id);
        return heard.state == "running"_L1 && heard.detail.isEmpty();
    };
    run.waitFor(isRunning, 30s, u"the second server was not published to"_s);
    run.airFor(4s);
    run.mark();
    proxy.setHole(true);
    proxy.loseClients();
    AirTimer whole;
    whole.start();
    QElapsedTimer timer; // as the server's, which runs on while the machine stands still
    timer.start();
    while (timer.elapsed() < 3000) {
        heard.listen(run, id);
        run.airFor(50ms);
    }
    if (isRunning())
        run.result().reasons.append(u"the status says nothing of the lost connection"_s);
    proxy.setHole(false);
    const bool isInTime = timer.elapsed() < 4000; // the server's patience ends a second later
    run.sinceFault().start();
    // Not by what nginx has logged: that is also what it refuses.
    run.waitFor(isRunning, 20s, u"it did not come back after the black hole"_s);
    const qint64 took = run.sinceFault().elapsedMs();
    if (took > 8000)
        run.result().reasons.append(u"back %1 ms after the black hole"_s.arg(took));
    run.result().notes.append(u"running %1 ms after the hole; the status said: %2"_s.arg(
        QString::number(took), heard.words()));
    const QString held = u"the server still holds the old session"_s;
    // After a machine's stall the server's patience may be over before it is asked.
    if (heard.details.filter(held).isEmpty() && isInTime && whole.stoodMs() < 500)
        run.result().reasons.append(u"the status does not say: "_s + held);
    run.airFor(5s);
    judgeSecondServer(run, server, id);
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
    const QStringList trouble{u"destination-trouble"_s};
    const auto add = [&](const QString &name, const QString &text, const Allowed &allowed,
                         std::function<void(FaultRun &)> inject, QString (*unavailable)()) {
        rows.push_back({name, text, allowed, std::move(inject), unavailable, {}, trouble});
    };
    add(u"stopServer30s"_s, u"nginx stopped 30 s"_s, back, stopServer, noNginx);
    add(u"blackHole30s"_s, u"nginx black-holed 30 s (a proxy that stops reading)"_s, {}, proxyHole,
        noNginx);
    add(u"blackHoleRoute30s"_s, u"nginx black-holed 30 s (a blackhole route in a namespace)"_s, {},
        routeHole, noNamespace);
    add(u"blackHole3s"_s, u"nginx black-holed 3 s, and the connection forgotten"_s, {},
        forgetfulHole, noNginx);
    return rows;
}

} // namespace continuo
