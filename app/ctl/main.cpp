// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands.h"
#include "app/ctl/doctor.h"
#include "app/ctl/recordstext.h"
#include "app/ctl/secrets.h"
#include "app/ctl/stationconnection.h"
#include "core/base/corefile.h"
#include "core/base/logging.h"
#include "core/control/methods.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTextStream>
#include <QThread>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

constexpr std::chrono::milliseconds kGreetingWait = 5s;
constexpr std::chrono::milliseconds kAnswerWait = 60s;
constexpr auto kReturnWait = 10s; // the keeper brings a dead engine back within about a second
constexpr auto kLook = 200ms; // how often `watch` looks whether anybody still reads
constexpr double kMostSeconds = 1e9;

// False when nobody reads standard output any more (`watch | head`).
bool writeLine(const QJsonObject &object)
{
    const QByteArray line = QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
    std::fwrite(line.constData(), 1, std::size_t(line.size()), stdout);
    return std::fflush(stdout) == 0; // at once: a reader of `watch` waits for whole lines
}

// A pipe's reader that has gone is told at once by poll(), by write() only with the next event.
bool isOutputRead()
{
    pollfd output{STDOUT_FILENO, 0, 0};
    return ::poll(&output, 1, 0) == 0 || (output.revents & (POLLERR | POLLHUP)) == 0;
}

int complain(const Error &error, bool isJson, int status)
{
    if (isJson) {
        writeLine(
            {{u"error"_s,
              QJsonObject{{u"code"_s, errorCodeName(error.code)}, {u"detail"_s, error.detail}}}});
    } else {
        std::fprintf(stderr, "continuoctl: %s\n", qUtf8Printable(error.detail));
    }
    return status;
}

int complainAboutConnection(const Error &error, const StationConnection &link, bool isJson)
{
    if (error.code == ErrorCode::Timeout)
        return complain(error, isJson, kTimedOut);
    if (!StationConnection::meansNotRunning(error) || error.native == 0)
        return complain(error, isJson, kNotReachable);
    return complain(
        {ErrorCode::NotFound, u"the station is not running (%1)"_s.arg(link.paths().runtime), 0},
        isJson, kNotReachable);
}

int complainAboutAnswer(const Error &error, bool isJson)
{
    switch (error.code) {
    case ErrorCode::Timeout:
        return complain(error, isJson, kTimedOut);
    case ErrorCode::Closed:
        return complain(error, isJson, kNotReachable);
    default:
        return complain(error, isJson, kRefused);
    }
}

// A text to read; with --json it is the one member of the object.
int printText(const QString &name, const QString &text, bool isJson)
{
    if (isJson)
        writeLine({{name, text}});
    else
        std::fputs(qUtf8Printable(text), stdout);
    return kDone;
}

int help(const QStringList &words, bool isJson)
{
    if (words.isEmpty())
        return printText(u"help"_s, generalHelp(), isJson);
    QString text = groupHelp(words.first());
    if (const CommandSpec *command = findCommand(commandTable(), words))
        text = commandHelp(*command);
    if (text.isEmpty()) {
        return complain({ErrorCode::InvalidArgument,
                         u"there is no command '%1': see continuoctl --help"_s.arg(words.first()),
                         0},
                        isJson, kWrongUse);
    }
    return printText(u"help"_s, text, isJson);
}

/// What all commands share once the words are understood.
struct Session {
    const CommandSpec &command;
    CommandLine line;
    bool isJson = false;
    StationConnection link;
};

std::chrono::milliseconds secondsOption(const CommandLine &line, const char *option)
{
    return std::chrono::milliseconds(qint64(line.value(option).toDouble() * 1000));
}

// A list that comes in portions is asked for to its end.
Result<QJsonObject> callToTheEnd(RpcClient &client, const QString &method, QJsonObject params,
                                 std::optional<std::chrono::milliseconds> timeout)
{
    Result<QJsonObject> result = client.callAndWait(method, params, timeout);
    QJsonArray rows;
    while (result && result->value("more"_L1).toBool()) {
        for (const QJsonValue &row : result->value("rows"_L1).toArray())
            rows.append(row);
        params.insert("after"_L1, rows.last().toObject().value("id"_L1));
        result = client.callAndWait(method, params, timeout);
    }
    if (!result || rows.isEmpty())
        return result;
    for (const QJsonValue &row : result->value("rows"_L1).toArray())
        rows.append(row);
    return QJsonObject{{u"rows"_s, rows}};
}

int runMethod(Session &session)
{
    Result<QJsonObject> params = session.command.params(session.line);
    if (!params)
        return complain(params.error(), session.isJson, kWrongUse);
    const QString method = QString::fromLatin1(session.command.method);
    std::optional<std::chrono::milliseconds> timeout = kAnswerWait;
    if (method == "station.render"_L1)
        timeout.reset();
    if (session.line.has("--timeout"))
        timeout = secondsOption(session.line, "--timeout");
    const Result<void> connected = session.command.startsStation
        ? session.link.connectOrStart()
        : session.link.connect(std::min(timeout.value_or(kGreetingWait), kGreetingWait));
    if (!connected)
        return complainAboutConnection(connected.error(), session.link, session.isJson);
    const Result<QJsonObject> result
        = callToTheEnd(session.link.client(), method, params.value(), timeout);
    if (!result)
        return complainAboutAnswer(result.error(), session.isJson);
    if (const QString warning = result->value("warning"_L1).toString(); !warning.isEmpty())
        std::fprintf(stderr, "warning: %s\n", qUtf8Printable(warning));
    if (session.isJson) {
        writeLine(result.value());
        return kDone;
    }
    QTextStream out(stdout);
    if (session.line.has("--csv"))
        printAsrunCsv(out, result.value());
    else
        session.command.print(out, result.value());
    return kDone;
}

// Waits for the engine that the keeper starts in the place of one that died.
bool connectAgain(StationConnection &link, const QDeadlineTimer &end)
{
    const QDeadlineTimer patience(kReturnWait);
    while (!patience.hasExpired() && !end.hasExpired() && isOutputRead()) {
        if (link.connect(1s))
            return true;
        if (!link.isKeeperRunning())
            return false;
        QThread::msleep(kLook.count());
    }
    return false;
}

int runWatch(Session &session)
{
    RpcClient &client = session.link.client();
    if (const Result<void> connected = session.link.connect(); !connected)
        return complainAboutConnection(connected.error(), session.link, session.isJson);
    const Result<QJsonObject> params = session.command.params(session.line);
    if (!params)
        return complain(params.error(), session.isJson, kWrongUse);
    bool isRead = true;
    QObject::connect(
        &client, &RpcClient::notification, &client,
        [&isRead](const QString &method, const QJsonObject &event) {
            isRead = isRead && writeLine({{u"method"_s, method}, {u"params"_s, event}});
        });
    const QDeadlineTimer end = session.line.has("--seconds")
        ? QDeadlineTimer(secondsOption(session.line, "--seconds"))
        : QDeadlineTimer(QDeadlineTimer::Forever);
    Result<QJsonObject> subscribed
        = client.callAndWait(u"events.subscribe"_s, params.value(), kAnswerWait);
    while (isRead && isOutputRead() && !end.hasExpired()) {
        const bool isThere = subscribed
            && client.readFor(
                end.isForever() ? kLook
                                : std::min(kLook, std::chrono::milliseconds(end.remainingTime())));
        if (isThere)
            continue;
        if (!subscribed && subscribed.error().code != ErrorCode::Closed)
            return complainAboutAnswer(subscribed.error(), session.isJson);
        std::fputs("continuoctl: the connection to the station ended; connecting again\n", stderr);
        if (!connectAgain(session.link, end)) {
            if (end.hasExpired() || !isOutputRead())
                break;
            return complain({ErrorCode::Closed, u"the connection to the station ended"_s, 0},
                            session.isJson, kNotReachable);
        }
        std::fputs("continuoctl: connected again; what happened meanwhile is not told\n", stderr);
        subscribed = client.callAndWait(u"events.subscribe"_s, params.value(), kAnswerWait);
    }
    return kDone;
}

int runShutdown(Session &session)
{
    // An engine that is well greets at once; one that is dead or hangs is the keeper's to end.
    const Result<void> connected = session.link.connect(1s);
    if (connected) {
        const auto result = session.link.client().callAndWait(u"station.shutdown"_s, {}, 60s);
        if (!result && result.error().code != ErrorCode::Closed)
            return complainAboutAnswer(result.error(), session.isJson);
    } else if (!session.link.endKeeper()) {
        if (!StationConnection::meansNotRunning(connected.error()))
            return complainAboutConnection(connected.error(), session.link, session.isJson);
        // What was asked for is so: no failure.
        std::fputs("the station is not running\n", stderr);
        if (session.isJson)
            writeLine({});
        return kDone;
    }
    if (const Result<void> ended = session.link.waitForEnd(); !ended)
        return complain(ended.error(), session.isJson, kTimedOut);
    if (session.isJson)
        writeLine({});
    return kDone;
}

int runDoctor(const Session &session)
{
    const QList<Finding> findings = examine({session.link.paths(), session.line.has("--state")});
    if (session.isJson) {
        writeLine(findingsJson(findings));
    } else {
        QTextStream out(stdout);
        printFindings(out, findings);
    }
    return doctorStatus(findings);
}

int run(const QStringList &words)
{
    Result<CommandLine> sorted = sortWords(commandTable(), words);
    if (!sorted)
        return complain(sorted.error(), words.contains("--json"_L1), kWrongUse);
    CommandLine line = std::move(sorted).value();
    const bool isJson = line.has("--json");
    if (line.has("--version")) {
        if (isJson)
            writeLine({{u"version"_s, QStringLiteral(CONTINUO_VERSION)}});
        else
            std::puts("continuoctl " CONTINUO_VERSION);
        return kDone;
    }
    if (line.has("--help"))
        return help(line.arguments, isJson);
    const CommandSpec *command = findCommand(commandTable(), line.arguments);
    if (!command) {
        const QString word = line.arguments.value(0);
        const QString group = groupHelp(word);
        const QString why = word.isEmpty()
            ? u"no command was given: see continuoctl --help"_s
            : u"there is no command '%1': see continuoctl --help"_s.arg(line.arguments.join(u' '));
        return complain(
            {ErrorCode::InvalidArgument, group.isEmpty() ? why : why + u'\n' + group, 0}, isJson,
            kWrongUse);
    }
    const QLatin1StringView name(command->name);
    if (name == "help"_L1)
        return help(line.arguments.mid(1), isJson);
    Result<CommandLine> fitted = fitToCommand(*command, std::move(line));
    if (!fitted)
        return complain(fitted.error(), isJson, kWrongUse);
    for (const char *option : {"--timeout", "--seconds"}) {
        bool isNumber = true;
        const double seconds = fitted->value(option).toDouble(&isNumber);
        // Also "nan" and "inf" are numbers.
        const bool isTime = isNumber && seconds >= 0 && seconds <= kMostSeconds;
        if (fitted->has(option) && !isTime) {
            const QString why = QString::fromLatin1(option) + u" wants seconds"_s;
            return complain({ErrorCode::InvalidArgument, why, 0}, isJson, kWrongUse);
        }
    }
    if (name == "api-docs"_L1)
        return printText(u"markdown"_s, apiMarkdown(), isJson);
    const QString state = fitted->value("--state");
    Session session{*command, std::move(fitted).value(), isJson,
                    StationConnection(state.isEmpty() ? state : QDir(state).absolutePath())};
    if (name == "watch"_L1)
        return runWatch(session);
    if (name == "shutdown"_L1)
        return runShutdown(session);
    if (name == "doctor"_L1)
        return runDoctor(session);
    return runMethod(session);
}

} // namespace

int main(int argc, char **argv)
{
    forbidCoreFiles();
    QStringList words;
    for (int i = 1; i < argc; ++i)
        words.append(QFile::decodeName(argv[i]));
    hideSecretsOfCommandLine(argc, argv);
    std::signal(SIGPIPE, SIG_IGN);
    QCoreApplication application(argc, argv);
    startLogging(QString());
    return run(words);
}
