// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/ctl/subjects.h"
#include "tests/support/patience.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace {

// What an operator's script does, from nothing to off air: each command a continuoctl, the station
// a real one.
class TestScript final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(makeClip(u"short.mp4"_s, 2));
        QVERIFY(makeClip(u"long.mp4"_s, 90)); // none ends by itself while a test looks
    }
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void cleanup() { run({u"shutdown"_s}); }

    void movedList_isRenderedInItsOrder()
    {
        ask({u"channel"_s, u"create"_s, u"a"_s, u"--size"_s, u"160x90"_s, u"--fps"_s, u"25"_s});
        const QStringList ids = addFiles(u"a"_s, {u"short.mp4"_s, u"short.mp4"_s, u"short.mp4"_s});
        QCOMPARE(ids.size(), 3);
        ask({u"playlist"_s, u"move"_s, u"a"_s, ids[2], u"--to"_s, u"0"_s});
        const QStringList order{ids[2], ids[0], ids[1]};
        QCOMPARE(listed(u"a"_s), order);
        const QJsonObject made = ask({u"render"_s, u"a"_s, u"--out"_s, u"out.mkv"_s});
        QCOMPARE(made.value("frames"_L1).toInteger(), 3 * 2 * 25);
        QStringList played;
        for (const QJsonValue &one : made.value("items"_L1).toArray())
            played.append(one.toObject().value("item"_L1).toString());
        QCOMPARE(played, order);
        QVERIFY(made.value("problems"_L1).toArray().isEmpty());
        QVERIFY(QFileInfo(m_folder.filePath(u"out.mkv"_s)).size() > 0);
    }

    // Of a file that has German at 880 Hz behind English at 440 Hz.
    void sound_isThatOfTheChannel_orOfTheItem()
    {
        QVERIFY(makeTwoLanguages(u"two.mkv"_s));
        ask({u"channel"_s, u"create"_s, u"c"_s, u"--size"_s, u"160x90"_s, u"--fps"_s, u"25"_s});
        ask({u"channel"_s, u"set"_s, u"c"_s, u"--languages"_s, u"ja, de-AT"_s});
        QCOMPARE(statusOf(u"c"_s).value("languages"_L1).toArray(),
                 (QJsonArray{u"ja"_s, u"de-AT"_s}));
        const QStringList ids = addFiles(u"c"_s, {u"two.mkv"_s, u"two.mkv"_s, u"two.mkv"_s});
        ask({u"playlist"_s, u"set"_s, u"c"_s, ids[1], u"--sound"_s, u"eng"_s});
        ask({u"playlist"_s, u"set"_s, u"c"_s, ids[2], u"--sound"_s, u"1"_s});
        run({u"playlist"_s, u"set"_s, u"c"_s, ids[0], u"--sound"_s, u"the second"_s});
        QVERIFY(m_status != 0);
        ask({u"render"_s, u"c"_s, u"--out"_s, u"two-out.mkv"_s});
        QList<int> heard;
        for (const double second : {1.0, 3.0, 5.0})
            heard.append(toneAt(u"two-out.mkv"_s, second));
        QVERIFY2(heard[0] > 860 && heard[0] < 900, qPrintable(QString::number(heard[0])));
        QVERIFY2(heard[1] > 430 && heard[1] < 450, qPrintable(QString::number(heard[1])));
        QVERIFY2(heard[2] > 430 && heard[2] < 450, qPrintable(QString::number(heard[2])));
    }

    void listOnAir_isCommanded_andWatched()
    {
        ask({u"channel"_s, u"create"_s, u"b"_s, u"--size"_s, u"160x90"_s, u"--fps"_s, u"25"_s});
        const QStringList ids = addFiles(u"b"_s, {u"long.mp4"_s, u"long.mp4"_s, u"long.mp4"_s});
        QCOMPARE(ids.size(), 3);
        ask({u"destination"_s, u"add"_s, u"b"_s, u"file:air.mkv"_s});
        ask({u"start"_s, u"b"_s});
        QTRY_COMPARE(statusOf(u"b"_s).value("state"_L1).toString(), u"on-air"_s);
        QCOMPARE(onAir(u"b"_s), ids[0]);
        const auto watch
            = startCtl({u"--state"_s, state(), u"watch"_s, u"b"_s, u"--seconds"_s, u"300"_s});
        QTRY_VERIFY(watch->canReadLine()); // on air the status comes again and again

        QVERIFY(ask({u"next"_s, u"b"_s, ids[2]}).contains("version"_L1));
        const auto nextNow = [this] {
            return statusOf(u"b"_s).value("next"_L1).toObject().value("id"_L1).toString();
        };
        QTRY_COMPARE(nextNow(), ids[2]);
        const QJsonObject skipped = ask({u"skip"_s, u"b"_s});
        QCOMPARE(skipped.value("item"_L1).toString(), ids[2]);
        QTRY_COMPARE(onAir(u"b"_s), ids[2]);
        const QJsonObject taken = ask({u"take"_s, u"b"_s, ids[1]});
        QCOMPARE(taken.value("item"_L1).toString(), ids[1]);
        QVERIFY(taken.value("frame"_L1).toInteger() > skipped.value("frame"_L1).toInteger());
        QTRY_COMPARE(onAir(u"b"_s), ids[1]);
        ask({u"playlist"_s, u"move"_s, u"b"_s, ids[0], u"--to"_s, u"3"_s});
        QCOMPARE(listed(u"b"_s), QStringList({ids[1], ids[2], ids[0]}));
        QCOMPARE(onAir(u"b"_s), ids[1]); // an edit moves nothing that is on air

        // Both were told as they happened, at the frames that the answers had named.
        QList<QJsonObject> airings;
        bool isAllJson = true;
        const auto hasHeard = [&](const QJsonObject &reply, const QString &reason) {
            while (watch->canReadLine()) {
                const QJsonObject event = QJsonDocument::fromJson(watch->readLine()).object();
                isAllJson = isAllJson && event.contains("method"_L1);
                if (event.value("method"_L1) == "event.item"_L1)
                    airings.append(event.value("params"_L1).toObject());
            }
            return std::ranges::any_of(airings, [&](const QJsonObject &airing) {
                return airing.value("item"_L1) == reply.value("item"_L1)
                    && airing.value("frame"_L1) == reply.value("frame"_L1)
                    && airing.value("reason"_L1).toString() == reason;
            });
        };
        QTRY_VERIFY(hasHeard(skipped, u"skip"_s));
        QTRY_VERIFY(hasHeard(taken, u"take"_s));
        QVERIFY(isAllJson);
        ask({u"stop"_s, u"b"_s});
        QVERIFY(QFileInfo(m_folder.filePath(u"air.mkv"_s)).size() > 0);
        watch->kill();
        QTRY_COMPARE(watch->state(), QProcess::NotRunning);
    }

private:
    QString state() const { return m_folder.filePath(u"state"_s); }
    bool makeClip(const QString &name, int seconds) const
    {
        return QProcess::execute(u"ffmpeg"_s,
                                 {u"-nostdin"_s, u"-v"_s, u"error"_s, u"-f"_s, u"lavfi"_s, u"-i"_s,
                                  u"testsrc2=s=160x90:r=5:d=%1"_s.arg(seconds), u"-f"_s, u"lavfi"_s,
                                  u"-i"_s, u"sine=f=440:d=%1"_s.arg(seconds), u"-c:v"_s,
                                  u"libx264"_s, u"-preset"_s, u"ultrafast"_s, u"-c:a"_s, u"aac"_s,
                                  m_folder.filePath(name)})
            == 0;
    }
    bool makeTwoLanguages(const QString &name) const
    {
        return QProcess::execute(u"ffmpeg"_s,
                                 {u"-nostdin"_s,
                                  u"-v"_s,
                                  u"error"_s,
                                  u"-f"_s,
                                  u"lavfi"_s,
                                  u"-i"_s,
                                  u"testsrc2=s=160x90:r=5:d=2"_s,
                                  u"-f"_s,
                                  u"lavfi"_s,
                                  u"-i"_s,
                                  u"sine=f=440:d=2"_s,
                                  u"-f"_s,
                                  u"lavfi"_s,
                                  u"-i"_s,
                                  u"sine=f=880:d=2"_s,
                                  u"-map"_s,
                                  u"0"_s,
                                  u"-map"_s,
                                  u"1"_s,
                                  u"-map"_s,
                                  u"2"_s,
                                  u"-c:v"_s,
                                  u"libx264"_s,
                                  u"-preset"_s,
                                  u"ultrafast"_s,
                                  u"-c:a"_s,
                                  u"aac"_s,
                                  u"-metadata:s:a:0"_s,
                                  u"language=eng"_s,
                                  u"-metadata:s:a:1"_s,
                                  u"language=ger"_s,
                                  m_folder.filePath(name)})
            == 0;
    }
    // By how often it rises through 0 in a half second from there on.
    int toneAt(const QString &name, double second) const
    {
        QProcess ffmpeg;
        ffmpeg.start(u"ffmpeg"_s,
                     {u"-nostdin"_s, u"-v"_s, u"error"_s, u"-i"_s, m_folder.filePath(name),
                      u"-ss"_s, QString::number(second - 0.25), u"-t"_s, u"0.5"_s, u"-f"_s,
                      u"s16le"_s, u"-ac"_s, u"1"_s, u"-ar"_s, u"48000"_s, u"-"_s});
        ffmpeg.waitForFinished();
        const QByteArray bytes = ffmpeg.readAllStandardOutput();
        const auto *samples = reinterpret_cast<const qint16 *>(bytes.constData());
        int rises = 0;
        for (qsizetype i = 1; i < bytes.size() / 2; ++i)
            rises += samples[i - 1] < 0 && samples[i] >= 0 ? 1 : 0;
        return rises * 2;
    }
    void run(const QStringList &arguments)
    {
        const auto process
            = startCtl(QStringList{u"--state"_s, state()} + arguments, m_folder.path());
        process->closeWriteChannel();
        QTRY_COMPARE(process->state(), QProcess::NotRunning);
        m_status = process->exitCode();
        m_output = process->readAllStandardOutput();
    }
    // The answer; a refusal fails the test.
    QJsonObject ask(const QStringList &arguments)
    {
        run(QStringList{u"--json"_s} + arguments);
        if (m_status != 0)
            QTest::qFail(qPrintable(arguments.join(u' ') + u": "_s + QString::fromUtf8(m_output)),
                         __FILE__, __LINE__);
        return QJsonDocument::fromJson(m_output).object();
    }
    static QStringList idsOf(const QJsonObject &list)
    {
        QStringList ids;
        for (const QJsonValue &item : list.value("items"_L1).toArray())
            ids.append(item.toObject().value("id"_L1).toString());
        return ids;
    }
    QStringList addFiles(const QString &channel, const QStringList &files)
    {
        return idsOf(ask(QStringList{u"playlist"_s, u"add"_s, channel} + files));
    }
    QStringList listed(const QString &channel)
    {
        return idsOf(ask({u"playlist"_s, u"list"_s, channel}));
    }
    QJsonObject statusOf(const QString &channel) { return ask({u"status"_s, channel}); }
    QString onAir(const QString &channel)
    {
        return statusOf(channel).value("item"_L1).toObject().value("id"_L1).toString();
    }

    QTemporaryDir m_folder;
    int m_status = -1;
    QByteArray m_output;
};

} // namespace

std::unique_ptr<QObject> makeScriptTest()
{
    return std::make_unique<TestScript>();
}

#include "tst_script.moc"
