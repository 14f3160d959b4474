// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paths.h"
#include "core/control/rpcserver.h"
#include "tests/app/ctl/subjects.h"
#include "tests/support/patience.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

QJsonObject row(int id, const QString &title)
{
    return {{u"id"_s, id},
            {u"channel"_s, u"a"_s},
            {u"item"_s, u"i%1"_s.arg(id)},
            {u"path"_s, u"/clips/%1.mp4"_s.arg(id)},
            {u"title"_s, title},
            {u"plannedStartMs"_s, qint64(1769884200000)},
            {u"startMs"_s, qint64(1769884200040)},
            {u"endMs"_s, qint64(1769884201000)},
            {u"startFrame"_s, 480},
            {u"endFrame"_s, 504},
            {u"frames"_s, 24},
            {u"held"_s, 1},
            {u"dropped"_s, 0},
            {u"begun"_s, u"follow"_s},
            {u"reasons"_s, QJsonArray{u"player-replaced"_s, u"skip"_s}},
            {u"detail"_s, u"killed"_s}};
}

// As-run log and alarms as continuoctl writes them; the station's end of the socket is here.
class TestRecordsText final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(u".?"_s));
        m_folder = std::make_unique<QTemporaryDir>();
        const StationPaths paths = StationPaths::forState(m_folder->path());
        QVERIFY(paths.create());
        m_asked.clear();
        m_server = std::make_unique<RpcServer>(u"continuod"_s);
        m_server->setHandler(
            [this](const QString &, const QJsonObject &params, const RpcReply &reply) {
                m_asked.append(params);
                reply.result(m_answers.value(m_asked.size() - 1));
            });
        QVERIFY(m_server->listen(paths.controlSocket()));
    }
    void cleanup() { m_server.reset(); }

    // RFC 4180: CRLF, and quotes where a field holds comma, quote or line break.
    void csv_isQuotedAndInUtc()
    {
        m_answers = {{{u"rows"_s, QJsonArray{row(1, u"plain"_s), row(2, u"a \"b\", c\nd"_s)}}}};
        QCOMPARE(
            output({u"asrun"_s, u"a"_s, u"--csv"_s}),
            QByteArray(
                "channel,item,path,title,planned_start,planned_end,start,end,start_frame,"
                "end_frame,frames,held,dropped,begun,reasons,detail\r\n"
                "a,i1,/clips/1.mp4,plain,2026-01-31T18:30:00.000Z,,2026-01-31T18:30:00.040Z,"
                "2026-01-31T18:30:01.000Z,480,504,24,1,0,follow,player-replaced skip,killed\r\n"
                "a,i2,/clips/2.mp4,\"a \"\"b\"\", c\nd\",2026-01-31T18:30:00.000Z,,"
                "2026-01-31T18:30:00.040Z,2026-01-31T18:30:01.000Z,480,504,24,1,0,follow,"
                "player-replaced skip,killed\r\n"));
    }

    void longLog_isAskedForToItsEnd()
    {
        m_answers = {{{u"rows"_s, QJsonArray{row(1, u"x"_s), row(7, u"y"_s)}}, {u"more"_s, true}},
                     {{u"rows"_s, QJsonArray{row(8, u"z"_s)}}}};
        const QJsonObject result
            = QJsonDocument::fromJson(output({u"asrun"_s, u"a"_s, u"--json"_s})).object();
        QCOMPARE(result.value("rows"_L1).toArray().size(), 3);
        QVERIFY(!result.contains("more"_L1));
        QCOMPARE(m_asked.size(), 2);
        QCOMPARE(m_asked[1].value("after"_L1).toInt(), 7);
    }

    void tables_sayIt()
    {
        m_answers = {{{u"rows"_s, QJsonArray{row(1, u"Night film"_s)}}}};
        const QByteArray asrun = output({u"asrun"_s, u"a"_s});
        QVERIFY2(asrun.contains("Night film") && asrun.contains("player-replaced skip: killed"),
                 asrun.constData());
        m_asked.clear();
        m_answers = {{{u"alarms"_s,
                       QJsonArray{QJsonObject{{u"code"_s, u"encoder-replaced"_s},
                                              {u"level"_s, u"warning"_s},
                                              {u"text"_s, u"it died"_s},
                                              {u"action"_s, u"a new one went on"_s},
                                              {u"count"_s, 3},
                                              {u"firstMs"_s, qint64(1769884200000)},
                                              {u"lastMs"_s, qint64(1769884201000)}}}}}};
        const QByteArray alarms = output({u"alarms"_s});
        QVERIFY2(alarms.contains("encoder-replaced") && alarms.contains("a new one went on"),
                 alarms.constData());
    }

    void wrongTimes_areRefused_data()
    {
        QTest::addColumn<QString>("time");
        for (const char *time : {"soon", "2026-13-01", "25:00", "2x", ""})
            QTest::newRow(time) << QString::fromLatin1(time);
    }
    void wrongTimes_areRefused()
    {
        QFETCH(QString, time);
        output({u"asrun"_s, u"a"_s, u"--from"_s, time}, 2);
        QVERIFY(m_asked.isEmpty());
    }

    void relativeTimes_countFromNow()
    {
        m_answers = {{{u"rows"_s, QJsonArray()}}};
        output({u"asrun"_s, u"a"_s, u"--from"_s, u"2h"_s});
        const qint64 ago
            = QDateTime::currentMSecsSinceEpoch() - m_asked[0].value("fromMs"_L1).toInteger();
        QVERIFY(ago >= 7200'000 && ago < 7260'000);
    }

private:
    QByteArray output(const QStringList &arguments, int status = 0)
    {
        const auto process = startCtl(QStringList{u"--state"_s, m_folder->path()} + arguments);
        const bool hasEnded = QTest::qWaitFor(
            [&] { return process->state() == QProcess::NotRunning; }, kTestPatienceMs);
        if (!hasEnded || process->exitCode() != status)
            QTest::qFail(process->readAllStandardError().constData(), __FILE__, __LINE__);
        return process->readAllStandardOutput();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<RpcServer> m_server;
    QList<QJsonObject> m_answers;
    QList<QJsonObject> m_asked;
};

} // namespace

std::unique_ptr<QObject> makeRecordsTextTest()
{
    return std::make_unique<TestRecordsText>();
}

#include "tst_recordstext.moc"
