// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/localsocket.h"
#include "core/control/rpcclient.h"
#include "core/control/rpcserver.h"
#include "tests/core/control/subjects.h"

#include <QJsonDocument>
#include <QLocalSocket>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

// A client that may send anything and reads only when told.
class TestRpcHostile final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        std::signal(SIGPIPE, SIG_IGN); // as every program does; QtTest puts its own handler there
        QTest::failOnWarning(QRegularExpression(u".?"_s));
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = m_folder->filePath(u"control"_s);
        m_server = std::make_unique<RpcServer>(u"continuod"_s);
        m_handled = 0;
        m_server->setHandler([this](const QString &method, const QJsonObject &, RpcReply reply) {
            ++m_handled;
            reply.result({{u"method"_s, method}});
        });
        QVERIFY(m_server->listen(m_path));
        m_raw = std::make_unique<QLocalSocket>();
        QVERIFY(m_raw->setSocketDescriptor(connectLocally(m_path).value().release()));
        QTRY_VERIFY(m_raw->canReadLine());
        QCOMPARE(nextLine().value(u"method"_s).toString(), u"hello"_s);
    }
    void cleanup()
    {
        m_raw.reset();
        m_server.reset();
        m_folder.reset();
    }

    void badLine_isNamed_andTheNextIsHandled_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<int>("code");
        QTest::addColumn<int>("id"); // -1: null
        const auto row = [](const char *name, const char *line, int code, int id) {
            QTest::newRow(name) << QByteArray(line) << code << id;
        };
        row("garbage", "\x01\xff\xfe garbage", -32700, -1);
        row("half an object", "{\"jsonrpc\":\"2.0\",\"id\":1", -32700, -1);
        row("bare text", "\"hello\"", -32700, -1);
        row("batch", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"channel.list\"}]", -32600, -1);
        row("no version", "{\"id\":7,\"method\":\"channel.list\"}", -32600, 7);
        row("no method", "{\"jsonrpc\":\"2.0\",\"id\":7}", -32600, 7);
        row("method is a number", "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":1}", -32600, 7);
        row("id is an object", "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"channel.list\"}",
            -32600, -1);
        row("positional",
            "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"channel.list\",\"params\":[1]}", -32602, 7);
        row("unknown method", "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"rm\"}", -32601, 7);
        row("wrong parameter",
            "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"channel.list\",\"params\":{\"a\":1}}",
            -32602, 7);
    }
    void badLine_isNamed_andTheNextIsHandled()
    {
        QFETCH(QByteArray, line);
        QFETCH(int, code);
        QFETCH(int, id);
        m_raw->write(line + "\n\n" + kGood);
        QTRY_VERIFY(m_raw->canReadLine());
        const QJsonObject answer = nextLine();
        QCOMPARE(answer.value(u"error"_s).toObject().value(u"code"_s).toInt(), code);
        QVERIFY(answer.contains(u"id"_s));
        QCOMPARE(answer.value(u"id"_s).toInt(-1), id);
        QTRY_VERIFY(m_raw->canReadLine());
        QCOMPARE(nextLine().value(u"id"_s).toString(), u"good"_s);
        QCOMPARE(m_handled, 1);
    }

    void notification_isHandled_andNotAnswered()
    {
        m_raw->write("{\"jsonrpc\":\"2.0\",\"method\":\"channel.list\"}\n");
        m_raw->write("{\"jsonrpc\":\"2.0\",\"method\":\"rm\"}\n");
        m_raw->write(kGood);
        QTRY_VERIFY(m_raw->canReadLine());
        QCOMPARE(nextLine().value(u"id"_s).toString(), u"good"_s);
        QCOMPARE(m_handled, 2);
    }

    void line_mayComeInPieces()
    {
        for (const char byte : kGood) {
            QCOMPARE(m_handled, 0);
            m_raw->write(QByteArray(1, byte));
            m_raw->flush();
            QCoreApplication::processEvents();
        }
        QTRY_COMPARE(m_handled, 1);
    }

    void line_ofOneMebibyte_isRead()
    {
        const QByteArray head
            = "{\"jsonrpc\":\"2.0\",\"id\":\"big\",\"method\":\"channel.list\",\"x\":\"";
        const QByteArray tail = "\"}\n";
        m_raw->write(head + QByteArray(1024 * 1024 - head.size() - tail.size(), 'x') + tail);
        QTRY_VERIFY(m_raw->canReadLine());
        QCOMPARE(nextLine().value(u"id"_s).toString(), u"big"_s);
    }

    void line_withoutEnd_endsTheConnection()
    {
        QSignalSpy gone(m_server.get(), &RpcServer::clientGone);
        m_raw->write(QByteArray(3 * 1024 * 1024, '['));
        QTRY_VERIFY(m_raw->canReadLine());
        QCOMPARE(nextLine().value(u"error"_s).toObject().value(u"code"_s).toInt(), -32700);
        QTRY_COMPARE(gone.count(), 1);
        QCOMPARE(m_server->clientCount(), 0U);
    }

    void deepNesting_isRefused()
    {
        m_raw->write(QByteArray(200'000, '[') + "\n" + kGood);
        QTRY_VERIFY(m_raw->canReadLine());
        QCOMPARE(nextLine().value(u"error"_s).toObject().value(u"code"_s).toInt(), -32700);
        QTRY_COMPARE(m_handled, 1);
    }

    void flood_leavesOthersTheirTurn()
    {
        m_raw->write(QByteArray(kGood).repeated(5000));
        RpcClient other;
        int handledBefore = 0;
        bool isAnswered = false;
        connect(&other, &RpcClient::connected, this, [&] {
            other.call(u"channel.list"_s, {}, this, [&](const auto &) {
                isAnswered = true;
                handledBefore = m_handled;
            });
        });
        other.connectToStation(m_path);
        QTRY_VERIFY(isAnswered);
        QVERIFY(handledBefore < 5000);
        QTRY_COMPARE(m_handled, 5001);
    }

    void slowRequests_leaveOthersTheirTurn_andKeepTheirOrder()
    {
        // Fewer than a turn may have, but each takes as long as an edit on a slow disk: half a
        // second in all.
        constexpr int kRequests = 50;
        m_server->setHandler([this](const QString &, const QJsonObject &, const RpcReply &reply) {
            QThread::msleep(10);
            reply.result({{u"number"_s, ++m_handled}});
        });
        for (int id = 1; id <= kRequests; ++id)
            m_raw->write(QByteArray(kGood).replace("\"good\"", QByteArray::number(id)));
        RpcClient other;
        int handledBefore = 0;
        bool isAnswered = false;
        connect(&other, &RpcClient::connected, this, [&] {
            other.call(u"channel.list"_s, {}, this, [&](const auto &) {
                isAnswered = true;
                handledBefore = m_handled;
            });
        });
        other.connectToStation(m_path);
        QTRY_VERIFY(isAnswered);
        QVERIFY2(handledBefore < kRequests, qPrintable(QString::number(handledBefore)));
        QTRY_COMPARE(m_handled, kRequests + 1);
        int last = 0; // number of the answer before: the other client's is among them
        for (int id = 1; id <= kRequests; ++id) {
            QTRY_VERIFY(m_raw->canReadLine());
            const QJsonObject answer = nextLine();
            QCOMPARE(answer.value(u"id"_s).toInt(), id);
            const int number = answer.value(u"result"_s).toObject().value(u"number"_s).toInt();
            QVERIFY(number > last);
            last = number;
        }
    }

    void slowReader_getsTheLatestSnapshot()
    {
        subscribe();
        m_raw->setReadBufferSize(1024); // reads no more than this: the kernel's buffer fills
        const QString padding(200'000, u'x');
        QJsonObject status{{u"padding"_s, padding}};
        for (int i = 0; i < 200; ++i) { // 40 MB in all, were each kept
            status.insert(u"number"_s, i);
            m_server->notify(u"event.status"_s, status, u"a"_s);
            m_server->notify(u"event.playlist"_s, status, u"a"_s);
        }
        QVERIFY(m_server->counters().snapshotsReplaced > 300);
        QCOMPARE(m_server->counters().slowClientsEnded, 0U);
        m_server->notify(u"event.item"_s, {{u"item"_s, u"kept"_s}}, u"a"_s);
        m_raw->setReadBufferSize(0);
        m_raw->read(1); // wakes the reading up again; takes the first brace
        int lastStatus = -1;
        int lastPlaylist = -1;
        bool isItemSeen = false;
        const auto isAllSeen = [&] {
            while (m_raw->canReadLine()) {
                const QJsonObject note = nextLine();
                const QString method = note.value(u"method"_s).toString();
                const int number = note.value(u"params"_s).toObject().value(u"number"_s).toInt();
                if (method == u"event.status"_s)
                    lastStatus = number;
                else if (method == u"event.playlist"_s)
                    lastPlaylist = number;
                else if (method == u"event.item"_s)
                    isItemSeen = true;
            }
            return lastStatus == 199 && lastPlaylist == 199 && isItemSeen;
        };
        QTRY_VERIFY(isAllSeen());
    }

    void deadReader_isEnded_andOthersAreNot()
    {
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"left \\d+ bytes unread"_s));
        subscribe();
        m_raw->setReadBufferSize(1024);
        QSignalSpy gone(m_server.get(), &RpcServer::clientGone);
        RpcClient other;
        other.connectToStation(m_path);
        QTRY_VERIFY(other.isConnected());
        const QJsonObject note{{u"text"_s, QString(200'000, u'x')}};
        for (int i = 0; i < 100; ++i)
            m_server->notify(u"event.message"_s, note);
        QCOMPARE(m_server->counters().slowClientsEnded, 1U);
        QTRY_COMPARE(gone.count(), 1);
        QCOMPARE(m_server->clientCount(), 1U);
        QVERIFY(other.isConnected());
    }

    void unreadAnswers_holdBackFurtherRequests()
    {
        m_server->setHandler([this](const QString &, const QJsonObject &, const RpcReply &reply) {
            ++m_handled;
            reply.result({{u"padding"_s, QString(100'000, u'x')}});
        });
        m_raw->setReadBufferSize(1024);
        m_raw->write(QByteArray(kGood).repeated(1000)); // 100 MB of answers
        QTRY_VERIFY(m_handled > 30);
        for (int i = 0; i < 20; ++i)
            QCoreApplication::processEvents();
        QVERIFY2(m_handled < 80, qPrintable(QString::number(m_handled)));
        QCOMPARE(m_server->clientCount(), 1U);
    }

    void server_mayGo_beforeItsClients() { m_server.reset(); }

private:
    static constexpr const char kGoodText[]
        = "{\"jsonrpc\":\"2.0\",\"id\":\"good\",\"method\":\"channel.list\"}\n";
    const QByteArray kGood{kGoodText};

    QJsonObject nextLine() { return QJsonDocument::fromJson(m_raw->readLine()).object(); }
    void subscribe()
    {
        m_raw->write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"events.subscribe\"}\n");
        QTRY_VERIFY(m_raw->canReadLine());
        nextLine();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
    std::unique_ptr<RpcServer> m_server;
    std::unique_ptr<QLocalSocket> m_raw;
    int m_handled = 0;
};

} // namespace

std::unique_ptr<QObject> makeRpcHostileTest()
{
    return std::make_unique<TestRpcHostile>();
}

#include "tst_rpchostile.moc"
