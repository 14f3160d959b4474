// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/station/teststation.h"

#include "tests/support/patience.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>
#include <QThread>

#include <sys/prctl.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// Of calls that a test makes by the station's helper.
QJsonObject asTestsWant(const QString &method, QJsonObject params)
{
    if (method == "channel.create"_L1 && !params.contains("loudness"_L1))
        params.insert(u"loudness"_s, u"off"_s);
    return params;
}

[[noreturn]] void fail(const QString &text)
{
    throw std::runtime_error(text.toStdString());
}

} // namespace

TestStation::TestStation(const QStringList &engineArguments)
    : TestStation(StationSetup{engineArguments, QProcessEnvironment::systemEnvironment(), {}})
{
}

TestStation::TestStation(const StationSetup &setup)
    : m_arguments{u"--state"_s, m_folder.path()}
{
    if (!setup.engineArguments.isEmpty())
        m_arguments << u"--"_s << setup.engineArguments;
    if (setup.prepare)
        setup.prepare(m_folder.path());
    QProcessEnvironment marked = setup.environment;
    marked.insert(QString::fromLatin1(kStationMark), m_folder.path());
    m_keeper.setProcessEnvironment(marked);
    m_keeper.setProcessChannelMode(QProcess::ForwardedChannels);
    // A test that is killed takes its station with it.
    m_keeper.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
    startKeeper();
    reconnect();
}

void TestStation::startKeeper()
{
    const QString programs = qEnvironmentVariable("CONTINUO_BIN");
    m_keeper.start(programs + u"/continuo-keeper"_s, m_arguments);
    if (!m_keeper.waitForStarted())
        fail(u"the keeper did not start: "_s + m_keeper.errorString());
}

void TestStation::startAgain()
{
    m_keeper.waitForFinished(kTestPatienceMs);
    startKeeper();
    reconnect();
}

pid_t TestStation::pidOf(const QString &role) const
{
    const QList<StationProcess> all = processes();
    for (auto process = all.rbegin(); process != all.rend(); ++process) {
        // What has been forked and has no program of its own yet looks like its parent.
        const bool isForked = std::ranges::any_of(all, [&](const StationProcess &other) {
            return other.pid == process->parent && other.role == process->role;
        });
        if (process->role == role && !isForked)
            return process->pid;
    }
    return 0;
}

void TestStation::signalAll(int signal, const QString &role) const
{
    const QList<StationProcess> all = processes();
    // At once, as when the power goes: keeper and engine start each other again between two kills.
    if (signal == SIGKILL && role.isEmpty()) {
        for (const StationProcess &process : all)
            ::kill(process.pid, SIGSTOP);
    }
    for (const StationProcess &process : all) {
        if (role.isEmpty() || process.role == role)
            ::kill(process.pid, signal);
    }
}

void TestStation::reconnect()
{
    m_client.disconnectFromStation();
    QElapsedTimer timer;
    timer.start();
    for (;;) {
        const Result<void> connected
            = m_client.waitForConnected(m_folder.filePath(u"run/control"_s), 2s);
        if (connected)
            return;
        if (timer.elapsed() > kTestPatienceMs)
            fail(u"no engine: "_s + connected.error().detail + u'\n' + logs());
        QThread::msleep(20);
    }
}

TestStation::~TestStation()
{
    try {
        shutDown();
    } catch (const std::exception &error) {
        qWarning("%s", error.what());
    }
}

void TestStation::shutDown()
{
    if (std::exchange(m_isDown, true))
        return;
    const Result<QJsonObject> answer = m_client.callAndWait(u"station.shutdown"_s, {}, 40s);
    m_client.disconnectFromStation();
    waitUntilGone();
    if (!answer)
        fail(u"shutdown: "_s + answer.error().detail);
}

// By the marks and not by the keeper that was started here: after its death another one, whose
// parent is the engine, has taken its place.
void TestStation::waitUntilGone()
{
    QElapsedTimer timer;
    timer.start();
    while (!processes().isEmpty()) {
        if (timer.elapsed() > kTestPatienceMs) {
            QStringList left;
            const QList<StationProcess> all = processes();
            for (const StationProcess &process : all)
                left.append(u"%1 %2 (%3)"_s.arg(process.role)
                                .arg(process.pid)
                                .arg(QLatin1Char(process.state)));
            signalAll(SIGCONT);
            signalAll(SIGKILL);
            m_keeper.waitForFinished();
            fail(u"did not end after a shutdown: "_s + left.join(u", "_s));
        }
        m_keeper.waitForFinished(20);
    }
    m_keeper.waitForFinished(kTestPatienceMs);
}

Result<QJsonObject> TestStation::tryCall(const QString &method, const QJsonObject &params)
{
    return m_client.callAndWait(method, asTestsWant(method, params), 60s);
}

QJsonObject TestStation::call(const QString &method, const QJsonObject &params,
                              std::chrono::milliseconds timeout)
{
    Result<QJsonObject> answer = m_client.callAndWait(method, asTestsWant(method, params), timeout);
    if (!answer)
        fail(method + u": "_s + answer.error().detail);
    return answer.value();
}

QJsonObject TestStation::status(const QString &channel)
{
    return call(u"channel.status"_s, {{u"channel"_s, channel}});
}

QJsonObject TestStation::waitForStatus(const QString &channel,
                                       const std::function<bool(const QJsonObject &)> &condition,
                                       std::chrono::milliseconds timeout)
{
    QElapsedTimer timer;
    timer.start();
    for (;;) {
        const QJsonObject now = status(channel);
        if (condition(now))
            return now;
        if (timer.elapsed() > timeout.count())
            fail(u"the status did not come to be as expected: "_s
                 + QString::fromUtf8(QJsonDocument(now).toJson()) + logs());
        m_client.readFor(50ms);
    }
}

QStringList TestStation::add(const QString &channel, const QStringList &files)
{
    const QJsonObject answer
        = call(u"playlist.add"_s,
               {{u"channel"_s, channel}, {u"files"_s, QJsonArray::fromStringList(files)}});
    QStringList ids;
    for (const QJsonValue &item : answer.value("items"_L1).toArray())
        ids.append(item.toObject().value("id"_L1).toString());
    return ids;
}

QString TestStation::addDestination(const QString &channel, const QString &target,
                                    const QJsonObject &more)
{
    QJsonObject params = more;
    params.insert(u"channel"_s, channel);
    params.insert(u"target"_s, target);
    return call(u"destination.add"_s, params)
        .value("destination"_L1)
        .toObject()
        .value("id"_L1)
        .toString();
}

QString TestStation::logs() const
{
    QString text;
    const QDir folder(m_folder.filePath(u"log"_s));
    for (const QString &name : folder.entryList(QDir::Files)) {
        QFile file(folder.filePath(name));
        if (file.open(QIODevice::ReadOnly))
            text += u"== "_s + name + u'\n' + QString::fromUtf8(file.readAll().right(6000));
    }
    return text;
}

void guarded(const std::function<void()> &test)
{
    try {
        test();
    } catch (const std::exception &error) {
        QTest::qFail(error.what(), __FILE__, __LINE__);
    }
}

QString outputFolder(const QString &name)
{
    const QString path = qEnvironmentVariable("CONTINUO_BIN") + u"/../test-output/"_s + name;
    QDir(path).removeRecursively();
    QDir().mkpath(path);
    return QDir(path).absolutePath();
}

} // namespace continuo
