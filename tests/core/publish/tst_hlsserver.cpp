// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/hlsserver.h"
#include "tests/core/publish/subjects.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo::test {

namespace {

struct Answer {
    int status = 0;
    QByteArray head;
    QByteArray body;
};

} // namespace

class TestHlsServer final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void files_areServedWithTheirTypes();
    void ranges_areServed_data();
    void ranges_areServed();
    void everythingElse_isRefused_data();
    void everythingElse_isRefused();
    void page_isSelfContained();
    void takenPort_isAnError();
    void badAddress_isAnError_data();
    void badAddress_isAnError();

private:
    Answer ask(const QByteArray &path, const QByteArray &headers = {},
               const QByteArray &method = "GET") const;

    QTemporaryDir m_dir;
    std::unique_ptr<HlsServer> m_server;
};

void TestHlsServer::initTestCase()
{
    QDir(m_dir.path()).mkdir(u"hls"_s);
    const auto write = [this](const QString &name, const QByteArray &bytes) {
        QFile file(m_dir.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    };
    write(u"secret"_s, "no");
    write(u"hls/secret"_s, "no");
    write(u"hls/index.m3u8"_s, "#EXTM3U\n");
    write(u"hls/seg00000001.ts"_s, "0123456789");
    QVERIFY(QFile::link(m_dir.filePath(u"secret"_s), m_dir.filePath(u"hls/seg00000002.ts"_s)));
    auto server = HlsServer::start(u"127.0.0.1:0"_s, m_dir.filePath(u"hls"_s), u"A <b> & \"c\""_s);
    QVERIFY(server);
    m_server = std::move(server).value();
    QCOMPARE(m_server->playlistUrl(), u"http://127.0.0.1:%1/index.m3u8"_s.arg(m_server->port()));
    QVERIFY(m_server->port() > 0);
}

Answer TestHlsServer::ask(const QByteArray &path, const QByteArray &headers,
                          const QByteArray &method) const
{
    QTcpSocket socket;
    socket.connectToHost(u"127.0.0.1"_s, m_server->port());
    if (!socket.waitForConnected(kTestPatienceMs))
        return {};
    socket.write(method + ' ' + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers
                 + "\r\n");
    QByteArray all;
    while (socket.waitForReadyRead(kTestPatienceMs))
        all += socket.readAll();
    all += socket.readAll();
    const qsizetype split = all.indexOf("\r\n\r\n");
    return {all.mid(9, 3).toInt(), all.left(split), all.mid(split + 4)};
}

void TestHlsServer::files_areServedWithTheirTypes()
{
    Answer answer = ask("/index.m3u8");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, "#EXTM3U\n");
    QVERIFY(answer.head.contains("Content-Type: application/vnd.apple.mpegurl"));
    QVERIFY(answer.head.contains("Cache-Control: no-cache"));
    QVERIFY(answer.head.contains("Access-Control-Allow-Origin: *"));
    answer = ask("/seg00000001.ts");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, "0123456789");
    QVERIFY(answer.head.contains("Content-Type: video/mp2t"));
    answer = ask("/seg00000001.ts", {}, "HEAD");
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.body.isEmpty());
    QVERIFY(answer.head.contains("Content-Length: 10"));
}

void TestHlsServer::ranges_areServed_data()
{
    QTest::addColumn<QByteArray>("range");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("middle") << QByteArray("bytes=2-4") << 206 << QByteArray("234");
    QTest::newRow("from") << QByteArray("bytes=7-") << 206 << QByteArray("789");
    QTest::newRow("last") << QByteArray("bytes=-3") << 206 << QByteArray("789");
    QTest::newRow("more than all") << QByteArray("bytes=0-99") << 206 << QByteArray("0123456789");
    QTest::newRow("behind") << QByteArray("bytes=10-") << 416 << QByteArray();
    QTest::newRow("backwards") << QByteArray("bytes=5-2") << 200 << QByteArray("0123456789");
    QTest::newRow("two") << QByteArray("bytes=0-1,3-4") << 200 << QByteArray("0123456789");
    QTest::newRow("nonsense") << QByteArray("bytes=a-b") << 200 << QByteArray("0123456789");
    QTest::newRow("overflow") << QByteArray("bytes=0-18446744073709551615") << 206
                              << QByteArray("0123456789");
}

void TestHlsServer::ranges_areServed()
{
    QFETCH(QByteArray, range);
    const Answer answer = ask("/seg00000001.ts", "Range: " + range + "\r\n");
    QTEST(answer.status, "status");
    QTEST(answer.body, "body");
}

void TestHlsServer::everythingElse_isRefused_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<int>("status");
    const QByteArray get("GET");
    QTest::newRow("other file") << QByteArray("/secret") << get << 404;
    QTest::newRow("above") << QByteArray("/../secret") << get << 404;
    QTest::newRow("above, encoded") << QByteArray("/%2e%2e/secret") << get << 404;
    QTest::newRow("link") << QByteArray("/seg00000002.ts") << get << 404;
    QTest::newRow("not there") << QByteArray("/seg00000003.ts") << get << 404;
    QTest::newRow("writing") << QByteArray("/index.m3u8") << QByteArray("PUT") << 405;
    QTest::newRow("deleting") << QByteArray("/index.m3u8") << QByteArray("DELETE") << 405;
}

void TestHlsServer::everythingElse_isRefused()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, method);
    const Answer answer = ask(path, "Content-Length: 0\r\n", method);
    QTEST(answer.status, "status");
    QVERIFY(!answer.body.contains("no\n"));
}

void TestHlsServer::page_isSelfContained()
{
    const Answer answer = ask("/");
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.body.contains("A &lt;b&gt; &amp; &quot;c&quot;"));
    QVERIFY(!answer.body.contains("http://") && !answer.body.contains("https://"));
}

void TestHlsServer::takenPort_isAnError()
{
    const auto second
        = HlsServer::start(u"127.0.0.1:%1"_s.arg(m_server->port()), m_dir.path(), u"b"_s);
    QVERIFY(!second);
    QCOMPARE(second.error().code, ErrorCode::Busy);
}

void TestHlsServer::badAddress_isAnError_data()
{
    QTest::addColumn<QString>("address");
    for (const char *address :
         {"", "127.0.0.1", "8080", ":8080", "host:80", "127.0.0.1:99999", "::1:80", "[::1]:x"})
        QTest::newRow(address) << QString::fromLatin1(address);
}

void TestHlsServer::badAddress_isAnError()
{
    QFETCH(QString, address);
    const auto server = HlsServer::start(address, m_dir.path(), u"b"_s);
    QVERIFY(!server);
    QCOMPARE(server.error().code, ErrorCode::InvalidArgument);
}

QObject *makeHlsServerTest()
{
    return new TestHlsServer;
}

} // namespace continuo::test

#include "tst_hlsserver.moc"
