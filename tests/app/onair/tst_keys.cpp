// SPDX-License-Identifier: GPL-3.0-or-later
// A stream key stands in no file, log, status, command line or environment but its own 0600 file.
#include "tests/support/onair/onair.h"

#include "tests/support/station/nginxrtmp.h"

#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

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

} // namespace

class TestKeys : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void plantedKeys_standOnlyInTheirOwnFiles()
    {
        guarded([this] { plantAndSearch(); });
    }

private:
    void plantAndSearch()
    {
        if (const QString reason = NginxRtmp::unavailable(); !reason.isEmpty())
            QSKIP(qPrintable(reason));
        NginxRtmp nginx;
        QVERIFY2(nginx.start(), qPrintable(nginx.errorLog()));
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
        station.addDestination(channel, nginx.url(), {{u"key"_s, QString::fromUtf8(kApart)}});
        const QJsonObject reply = station.call(
            u"destination.add"_s,
            {{u"channel"_s, channel},
             {u"target"_s, u"rtmp://127.0.0.1:1/live/"_s + QString::fromUtf8(kInUrl)}});
        QVERIFY(!reply.value("warning"_L1).toString().isEmpty());
        QVERIFY(!holdsKey(QJsonDocument(reply).toJson()));
        station.call(u"channel.start"_s, {{u"channel"_s, channel}});
        // One is received, the other is refused and tried again: both ways log and report.
        station.waitForStatus(
            channel,
            [](const QJsonObject &now) {
                const QJsonArray all = now.value("destinations"_L1).toArray();
                return all.size() == 2 && all[0].toObject().value("state"_L1) == "running"_L1
                    && all[1].toObject().value("state"_L1) == "retrying"_L1;
            },
            30s);
        station.client().readFor(3s);
        QVERIFY2(QFile::exists(nginx.playlist(QString::fromUtf8(kApart)))
                     || nginx.errorLog().contains(QString::fromUtf8(kApart)),
                 "nginx never saw the key");

        const QByteArray status = QJsonDocument(station.status(channel)).toJson()
            + QJsonDocument(station.call(u"destination.list"_s, {{u"channel"_s, channel}})).toJson()
            + QJsonDocument(station.call(u"playlist.list"_s, {{u"channel"_s, channel}})).toJson();
        QVERIFY(!holdsKey(status));
        QVERIFY(!heard.isEmpty());
        QVERIFY(!holdsKey(heard));
        const QJsonArray processes
            = station.call(u"station.processes"_s).value("processes"_L1).toArray();
        QVERIFY(processes.size() >= 5);
        for (const QJsonValue &process : processes) {
            const QString folder
                = u"/proc/%1/"_s.arg(process.toObject().value("pid"_L1).toInteger());
            QVERIFY(!holdsKey(contentOf(folder + u"cmdline"_s)));
            QVERIFY(!holdsKey(contentOf(folder + u"environ"_s)));
        }
        station.call(u"channel.stop"_s, {{u"channel"_s, channel}});
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
