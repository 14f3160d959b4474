// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/localsocket.h"
#include "core/control/methods.h"
#include "core/control/rpcclient.h"
#include "core/control/rpcserver.h"
#include "tests/core/control/subjects.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <sys/stat.h>

#include <csignal>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

constexpr std::chrono::milliseconds kPatience(kTestPatienceMs);

class TestRpc final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        std::signal(SIGPIPE, SIG_IGN); // as every program does; QtTest puts its own handler there
        QTest::failOnWarning(QRegularExpression(u".?"_s));
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = m_folder->filePath(u"control"_s);
        m_server = std::make_unique<RpcServer>(u"continuod"_s);
        m_server->setHandler([](const QString &method, const QJsonObject &params, RpcReply reply) {
            if (method == u"channel.start"_s && params.value(u"channel"_s) == u"none"_s)
                reply.error({ErrorCode::NotFound, u"there is no channel 'none'"_s, 2});
            else
                reply.result({{u"echo"_s, params}, {u"method"_s, method}});
        });
        const Result<void> listening = m_server->listen(m_path);
        QVERIFY2(listening, listening ? "" : qPrintable(listening.error().detail));
    }
    void cleanup()
    {
        m_server.reset();
        m_folder.reset();
    }

    void call_isAnswered()
    {
        RpcClient client;
        QSignalSpy connected(&client, &RpcClient::connected);
        client.connectToStation(m_path);
        QCOMPARE(connected.count(), 0); // never before it returns
        QTRY_COMPARE(connected.count(), 1);
        const QJsonObject hello = connected.at(0).at(0).toJsonObject();
        QCOMPARE(hello.value(u"protocol"_s).toInt(), kControlProtocol);
        QCOMPARE(hello.value(u"program"_s).toString(), u"continuod"_s);
        QCOMPARE(hello.value(u"pid"_s).toInteger(), qint64(::getpid()));

        QList<Result<QJsonObject>> answers;
        const auto keep = [&](const Result<QJsonObject> &answer) { answers.append(answer); };
        client.call(u"channel.start"_s, {{u"channel"_s, u"a"_s}}, this, keep);
        client.call(u"channel.start"_s, {{u"channel"_s, u"none"_s}}, this, keep);
        client.call(u"channel.start"_s, {}, this, keep);
        client.call(u"channel.fly"_s, {}, this, keep);
        QTRY_COMPARE(answers.size(), 4);
        QCOMPARE(answers[0].value().value(u"method"_s).toString(), u"channel.start"_s);
        QCOMPARE(answers[1].error().code, ErrorCode::NotFound);
        QCOMPARE(answers[1].error().detail, u"there is no channel 'none'"_s);
        QCOMPARE(answers[1].error().native, 2);
        QCOMPARE(answers[2].error().code, ErrorCode::InvalidArgument);
        QCOMPARE(answers[3].error().code, ErrorCode::Unsupported);
    }

    void call_failsLater_whenNotConnected()
    {
        RpcClient client;
        int answered = 0;
        client.call(u"channel.list"_s, {}, this, [&](const Result<QJsonObject> &answer) {
            ++answered;
            QCOMPARE(answer.error().code, ErrorCode::Closed);
        });
        QCOMPARE(answered, 0);
        QTRY_COMPARE(answered, 1);
    }

    void call_isForgotten_whenItsContextIsGone()
    {
        RpcClient client;
        client.connectToStation(m_path);
        QTRY_VERIFY(client.isConnected());
        auto context = std::make_unique<QObject>();
        bool isCalled = false;
        bool isLaterCalled = false;
        client.call(u"channel.list"_s, {}, context.get(), [&](const auto &) { isCalled = true; });
        client.call(u"channel.list"_s, {}, this, [&](const auto &) { isLaterCalled = true; });
        context.reset();
        QTRY_VERIFY(isLaterCalled);
        QVERIFY(!isCalled);
    }

    void reply_mayComeLate()
    {
        std::optional<RpcReply> kept;
        m_server->setHandler(
            [&](const QString &, const QJsonObject &, RpcReply reply) { kept = std::move(reply); });
        RpcClient client;
        client.connectToStation(m_path);
        QTRY_VERIFY(client.isConnected());
        int frame = 0;
        client.call(u"channel.skip"_s, {{u"channel"_s, u"a"_s}}, this,
                    [&](const auto &answer) { frame = answer.value().value(u"frame"_s).toInt(); });
        QTRY_VERIFY(kept);
        QVERIFY(kept->isWanted());
        kept->result({{u"frame"_s, 481}});
        kept->result({{u"frame"_s, 999}}); // the first counts
        QTRY_COMPARE(frame, 481);
    }

    void reply_isHarmless_whenTheClientHasGone()
    {
        std::optional<RpcReply> kept;
        m_server->setHandler(
            [&](const QString &, const QJsonObject &, RpcReply reply) { kept = std::move(reply); });
        QSignalSpy gone(m_server.get(), &RpcServer::clientGone);
        auto client = std::make_unique<RpcClient>();
        client->connectToStation(m_path);
        QTRY_VERIFY(client->isConnected());
        bool isClosed = false;
        client->call(u"channel.skip"_s, {{u"channel"_s, u"a"_s}}, this, [&](const auto &answer) {
            isClosed = !answer && answer.error().code == ErrorCode::Closed;
        });
        QTRY_VERIFY(kept);
        client->disconnectFromStation();
        QVERIFY(isClosed);
        QTRY_COMPARE(gone.count(), 1);
        QCOMPARE(gone.at(0).at(0).toULongLong(), kept->client());
        QVERIFY(!kept->isWanted());
        kept->result();
        // … and when the server has gone as well.
        m_server.reset();
        kept->error({ErrorCode::Closed, {}, 0});
    }

    void reply_isInternalError_whenForgotten()
    {
        m_server->setHandler([](const QString &, const QJsonObject &, const RpcReply &) {});
        RpcClient client;
        client.connectToStation(m_path);
        QTRY_VERIFY(client.isConnected());
        std::optional<ErrorCode> code;
        client.call(u"channel.list"_s, {}, this,
                    [&](const auto &answer) { code = answer.error().code; });
        QTRY_VERIFY(code);
        QCOMPARE(*code, ErrorCode::Internal);
    }

    void notify_reachesSubscribersOfTheChannel()
    {
        RpcClient all;
        RpcClient one;
        RpcClient none;
        QSignalSpy subscribed(m_server.get(), &RpcServer::subscribed);
        QSignalSpy allNotes(&all, &RpcClient::notification);
        QSignalSpy oneNotes(&one, &RpcClient::notification);
        QSignalSpy noNotes(&none, &RpcClient::notification);
        for (RpcClient *client : {&all, &one, &none})
            client->connectToStation(m_path);
        QTRY_VERIFY(all.isConnected() && one.isConnected() && none.isConnected());
        QVERIFY(!m_server->hasSubscriber(u"b"_s));
        all.call(u"events.subscribe"_s, {}, this, {});
        one.call(u"events.subscribe"_s, {{u"channel"_s, u"a"_s}}, this, {});
        QTRY_COMPARE(subscribed.count(), 2);
        QVERIFY(m_server->hasSubscriber(u"b"_s));
        m_server->notify(u"event.item"_s, {{u"item"_s, u"1"_s}}, u"a"_s);
        m_server->notify(u"event.item"_s, {{u"item"_s, u"2"_s}}, u"b"_s);
        m_server->notify(u"event.message"_s, {{u"text"_s, u"x"_s}});
        QTRY_COMPARE(allNotes.count(), 3);
        QTRY_COMPARE(oneNotes.count(), 2);
        QCOMPARE(oneNotes.at(0).at(1).toJsonObject().value(u"item"_s).toString(), u"1"_s);
        QCOMPARE(oneNotes.at(1).at(0).toString(), u"event.message"_s);
        bool isAnswered = false;
        none.call(u"channel.list"_s, {}, this, [&](const auto &) { isAnswered = true; });
        QTRY_VERIFY(isAnswered); // all notes before it would have come by now
        QCOMPARE(noNotes.count(), 0);
    }

    void client_reconnects_whenTheEngineComesBack()
    {
        RpcClient client;
        client.setRetryInterval(10ms);
        QSignalSpy failed(&client, &RpcClient::connectionFailed);
        QSignalSpy disconnected(&client, &RpcClient::disconnected);
        client.connectToStation(m_path);
        QTRY_VERIFY(client.isConnected());
        m_server.reset();
        QTRY_COMPARE(disconnected.count(), 1);
        QTRY_VERIFY(failed.count() > 2); // the socket file is still there: refused
        QCOMPARE(failed.at(0).at(0).value<Error>().code, ErrorCode::Refused);
        m_server = std::make_unique<RpcServer>(u"continuod"_s);
        QVERIFY(m_server->listen(m_path)); // over the stale file
        QTRY_VERIFY(client.isConnected());
    }

    void client_reportsAnotherProtocol()
    {
        m_server.reset();
        Result<UniqueFd> listener = listenLocally(m_path);
        QVERIFY(listener);
        std::jthread other([fd = listener->get()] {
            UniqueFd peer;
            while (!peer.isValid())
                peer = acceptLocally(fd).value();
            const QByteArray hello
                = R"({"jsonrpc":"2.0","method":"hello","params":{"protocol":99}})"
                  "\n";
            if (::write(peer.get(), hello.constData(), size_t(hello.size())) < 0)
                qWarning("the greeting was not written");
        });
        RpcClient client;
        QSignalSpy failed(&client, &RpcClient::connectionFailed);
        client.connectToStation(m_path);
        QTRY_COMPARE(failed.count(), 1);
        QCOMPARE(failed.at(0).at(0).value<Error>().code, ErrorCode::Unsupported);
    }

    void callAndWait_needsNoEventLoop()
    {
        QString first;
        std::optional<Error> timedOut;
        std::optional<Error> refused;
        QStringList notes;
        m_server->setHandler([&](const QString &method, const QJsonObject &, RpcReply reply) {
            static std::optional<RpcReply> never;
            m_server->notify(u"event.message"_s, {{u"text"_s, method}});
            if (method == u"channel.list"_s)
                reply.result({{u"ok"_s, u"yes"_s}});
            else
                never = reply;
        });
        const QString path = m_path;
        QThread *thread = QThread::create([&] {
            RpcClient client;
            connect(&client, &RpcClient::notification, &client,
                    [&](const QString &method, const auto &) { notes.append(method); });
            if (!client.waitForConnected(path, kPatience))
                return;
            if (!client.callAndWait(u"events.subscribe"_s, {}, kPatience))
                return;
            const auto answer = client.callAndWait(u"channel.list"_s, {}, kPatience);
            first = answer ? answer.value().value(u"ok"_s).toString() : answer.error().detail;
            timedOut = client.callAndWait(u"station.shutdown"_s, {}, 20ms).error();
            refused = RpcClient().waitForConnected(path + u"x"_s, kPatience).error();
        });
        thread->start();
        QTRY_VERIFY(thread->isFinished());
        thread->wait();
        delete thread;
        QCOMPARE(first, u"yes"_s);
        QCOMPARE(timedOut->code, ErrorCode::Timeout);
        QCOMPARE(refused->code, ErrorCode::NotFound);
        QCOMPARE(notes.value(0), u"event.message"_s);
    }

    void listen_isRefused_whereAnotherEngineAnswers()
    {
        RpcServer second(u"continuod"_s);
        const Result<void> listening = second.listen(m_path);
        QVERIFY(!listening);
        QCOMPARE(listening.error().code, ErrorCode::AlreadyExists);
        QVERIFY(connectLocally(m_path)); // and the first one still does
    }

    void listen_isPrivate()
    {
        struct stat info { };
        QCOMPARE(::stat(QFile::encodeName(m_path).constData(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0700U);
    }

    void listen_worksInADeepFolder()
    {
        QString deep = m_folder->path();
        for (int i = 0; i < 6; ++i)
            deep += u"/a-folder-with-a-rather-long-name"_s;
        QVERIFY(QDir().mkpath(deep));
        RpcServer server(u"continuod"_s);
        QVERIFY(server.listen(deep + u"/control"_s));
        RpcClient client;
        client.connectToStation(deep + u"/control"_s);
        QTRY_VERIFY(client.isConnected());
    }

    void listenOn_goesOn_withTheKeptDescriptor()
    {
        UniqueFd kept(::dup(m_server->listenDescriptor()));
        m_server.reset(); // the engine dies; the keeper still holds the socket
        RpcClient client;
        client.connectToStation(m_path); // waits in the backlog, is not refused
        m_server = std::make_unique<RpcServer>(u"continuod"_s);
        QVERIFY(m_server->listenOn(std::move(kept)));
        QTRY_VERIFY(client.isConnected());
        RpcServer other(u"continuod"_s);
        QVERIFY(!other.listenOn(UniqueFd(::dup(0))));
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
    std::unique_ptr<RpcServer> m_server;
};

} // namespace

std::unique_ptr<QObject> makeRpcTest()
{
    return std::make_unique<TestRpc>();
}

#include "tst_rpc.moc"
