// SPDX-License-Identifier: GPL-3.0-or-later
// A stream key stands in no file, log, status, command line or environment but its own 0600 file.
#include "tests/support/onair/onair.h"

#include "tests/support/station/nginxrtmp.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

const QByteArray kApart = "planted-key-given-apart-4711";
const QByteArray kInUrl = "planted-key-inside-the-url-0815";

bool holdsKey(const QByteArray &bytes)
{
    return bytes.contains(kApart) || bytes.contains(kInUrl);
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// Each process of the machine, whoever started it, in whose command line or environment a key
// stands. Our own is left out: it is we who know the keys.
QStringList holdersOfKeys()
{
    QStringList found;
    const QStringList entries = QDir(u"/proc"_s).entryList(QDir::Dirs);
    for (const QString &entry : entries) {
        const qint64 pid = entry.toLongLong();
        if (pid <= 0 || pid == QCoreApplication::applicationPid())
            continue;
        for (const QString &name : {u"cmdline"_s, u"environ"_s}) {
            if (holdsKey(contentOf(u"/proc/%1/%2"_s.arg(entry, name))))
                found.append(u"%1 of %2: %3"_s.arg(
                    name, entry,
                    QString::fromUtf8(contentOf(u"/proc/%1/comm"_s.arg(entry)).trimmed())));
        }
    }
    return found;
}

} // namespace

class TestKeys : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void plantedKeys_standOnlyInTheirOwnFiles_data()
    {
        QTest::addColumn<bool>("isReceived");
        QTest::newRow("refused by everybody") << false;
        QTest::newRow("received by nginx") << true;
    }
    void plantedKeys_standOnlyInTheirOwnFiles()
    {
        QFETCH(bool, isReceived);
        if (const QString reason = NginxRtmp::unavailable(); isReceived && !reason.isEmpty())
            QSKIP(qPrintable(reason));
        guarded([&] { plantAndSearch(isReceived); });
    }

private:
    // What is received and what is refused and tried again: both ways log and report.
    static void waitUntilSent(TestStation &station, const QString &channel, bool isReceived)
    {
        const QString first = isReceived ? u"running"_s : u"retrying"_s;
        station.waitForStatus(
            channel,
            [&](const QJsonObject &now) {
                const QJsonArray all = now.value("destinations"_L1).toArray();
                return all.size() == 2 && all[0].toObject().value("state"_L1).toString() == first
                    && all[1].toObject().value("state"_L1) == "retrying"_L1;
            },
            30s);
        station.client().readFor(3s);
    }

    void plantAndSearch(bool isReceived)
    {
        NginxRtmp nginx;
        QVERIFY2(!isReceived || nginx.start(), qPrintable(nginx.errorLog()));
        const Corpus corpus = loadCorpus(4, {30, 1});
        TestStation station;
        const QString channel = u"keys"_s;
        QByteArray heard; // all events, as a client sees them
        QObject context;
        connect(&station.client(), &RpcClient::notification, &context,
                [&](const QString &, const QJsonObject &params) {
                    heard += QJsonDocument(params).toJson();
                });
        station.call(u"channel.create"_s, {{u"name"_s, channel}});
        station.call(u"events.subscribe"_s);
        station.add(channel, corpus.files);
        station.addDestination(channel, isReceived ? nginx.url() : u"rtmp://127.0.0.1:1/other"_s,
                               {{u"key"_s, QString::fromUtf8(kApart)}});
        const QJsonObject reply = station.call(
            u"destination.add"_s,
            {{u"channel"_s, channel},
             {u"target"_s, u"rtmp://127.0.0.1:1/live/"_s + QString::fromUtf8(kInUrl)}});
        QVERIFY(!reply.value("warning"_L1).toString().isEmpty());
        QVERIFY(!holdsKey(QJsonDocument(reply).toJson()));
        station.call(u"channel.start"_s, {{u"channel"_s, channel}});
        waitUntilSent(station, channel, isReceived);
        const QJsonArray processes
            = station.call(u"station.processes"_s).value("processes"_L1).toArray();
        QVERIFY(processes.size() >= 5);
        // The publisher is told the keys: that its command line can be read shows that the search
        // would see them there.
        const pid_t publisher = station.pidOf(u"publisher"_s);
        QVERIFY(publisher > 0);
        QVERIFY(contentOf(u"/proc/%1/cmdline"_s.arg(publisher)).contains("publisher"));
        QCOMPARE(holdersOfKeys(), QStringList());
        if (isReceived) {
            QVERIFY2(QFile::exists(nginx.playlist(QString::fromUtf8(kApart)))
                         || nginx.errorLog().contains(QString::fromUtf8(kApart)),
                     "nginx never saw the key");
        }

        // The next publisher is told them again.
        ::kill(publisher, SIGKILL);
        const auto isReplaced = [&] {
            const pid_t now = station.pidOf(u"publisher"_s);
            return now > 0 && now != publisher;
        };
        QTRY_VERIFY(isReplaced());
        waitUntilSent(station, channel, isReceived);
        QCOMPARE(holdersOfKeys(), QStringList());

        const QByteArray status = QJsonDocument(station.status(channel)).toJson()
            + QJsonDocument(station.call(u"destination.list"_s, {{u"channel"_s, channel}})).toJson()
            + QJsonDocument(station.call(u"playlist.list"_s, {{u"channel"_s, channel}})).toJson()
            + QJsonDocument(station.call(u"alarms.list"_s, {{u"channel"_s, channel}})).toJson();
        QVERIFY(!holdsKey(status));
        QVERIFY(!heard.isEmpty());
        QVERIFY(!holdsKey(heard));
        station.call(u"channel.stop"_s, {{u"channel"_s, channel}});
        QCOMPARE(holdersOfKeys(), QStringList());
        int keyFiles = 0;
        QDirIterator files(station.folder(), QDir::Files | QDir::Hidden,
                           QDirIterator::Subdirectories);
        while (files.hasNext()) {
            const QString path = files.next();
            if (!holdsKey(contentOf(path)))
                continue;
            QVERIFY2(path.endsWith(".key"_L1), qPrintable(path));
            QCOMPARE(QFileInfo(path).permissions() & 0x0077, QFile::Permissions());
            ++keyFiles;
        }
        QCOMPARE(keyFiles, 2);
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestKeys)
#include "tst_keys.moc"
