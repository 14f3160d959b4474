// SPDX-License-Identifier: GPL-3.0-or-later
// What a real engine makes of a station that is not as it should be, and of requests that do not
// fit what it is doing.
#include "core/base/childprocess.h"
#include "core/base/lockfile.h"
#include "tests/support/station/teststation.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void place(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
}

QString settingsOf(const QString &channel)
{
    return u"config/channels/%1/channel.json"_s.arg(channel);
}

} // namespace

class TestEngine final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void damagedFiles_keepNobodyElseOffTheAir()
    {
        guarded([this] { startDamaged(); });
    }
    void next_keepsWhatItExpects_acrossEngines()
    {
        guarded([this] { expectAcrossEngines(); });
    }
    void thumbnails_areGiven_andMadeAgain()
    {
        guarded([this] { askForThumbnails(); });
    }
    void secondEngine_isTurnedAway()
    {
        guarded([this] { startTwice(); });
    }
    void channel_isEitherOnAirOrRendered()
    {
        guarded([this] { renderOnAir(); });
    }
    void file_isSeen_whenItComesAndGoes()
    {
        guarded([this] { bringTheFile(false); });
    }
    void file_isSeen_byTheEngineAfterTheOneThatMissedIt()
    {
        guarded([this] { bringTheFile(true); });
    }
    void keeperThatIsStopped_isReplaced_andTheNewOneHoldsAll()
    {
        guarded([this] { stopKeeper(); });
    }
    void stoppedPlayers_endWithTheirEngine()
    {
        guarded([this] { stopPlayersKillEngine(); });
    }
    void newChannel_isLevelled_andOldOnesKeepWhatTheyHave()
    {
        guarded([this] { levelNewChannels(); });
    }
    void encoderThatKeepsDying_isStartedLater_andSaid()
    {
        guarded([this] { killEncoderAgain(); });
    }

private:
    void askForThumbnails()
    {
        TestStation station;
        const QString path = outputFolder(u"thumbnails"_s) + u"/clip.mp4"_s;
        QCOMPARE(QProcess::execute(u"ffmpeg"_s,
                                   {u"-v"_s, u"error"_s, u"-nostdin"_s, u"-y"_s, u"-f"_s,
                                    u"lavfi"_s, u"-i"_s, u"testsrc2=s=320x180:r=30:d=3"_s, path}),
                 0);
        station.call(u"channel.create"_s, {{u"name"_s, u"a"_s}});
        QVERIFY(!station.tryCall(u"thumbnail.get"_s, {{u"path"_s, path}})); // in no list
        station.add(u"a"_s, {path});
        const auto get = [&](const QString &kind) {
            QElapsedTimer patience;
            patience.start();
            Result<QJsonObject> answer
                = station.tryCall(u"thumbnail.get"_s, {{u"path"_s, path}, {u"kind"_s, kind}});
            while (!answer && patience.elapsed() < 60'000) {
                station.client().readFor(100ms);
                answer
                    = station.tryCall(u"thumbnail.get"_s, {{u"path"_s, path}, {u"kind"_s, kind}});
            }
            return answer ? answer.value() : QJsonObject();
        };
        for (const QString &kind : {u"poster"_s, u"head"_s, u"tail"_s}) {
            const QJsonObject picture = get(kind);
            const QByteArray jpeg
                = QByteArray::fromBase64(picture.value("jpeg"_L1).toString().toLatin1());
            QVERIFY2(jpeg.startsWith("\xff\xd8"), qPrintable(kind));
            QCOMPARE(picture.value("kind"_L1).toString(), kind);
        }
        const QJsonArray items = station.call(u"playlist.list"_s, {{u"channel"_s, u"a"_s}})
                                     .value("items"_L1)
                                     .toArray();
        const QString tag = get(u"poster"_s).value("tag"_L1).toString();
        QCOMPARE(
            items.at(0).toObject().value("proof"_L1).toObject().value("thumbnail"_L1).toString(),
            tag);
        QVERIFY(!station.tryCall(u"thumbnail.get"_s, {{u"path"_s, path}, {u"kind"_s, u"../x"_s}}));
        // Somebody made room on the disk.
        QDir kept(station.folder() + u"/data/thumbnails"_s);
        QCOMPARE(kept.entryList({tag + u".*.jpg"_s}).size(), 3);
        QVERIFY(kept.removeRecursively());
        QVERIFY(!station.tryCall(u"thumbnail.get"_s, {{u"path"_s, path}}));
        QVERIFY(!get(u"poster"_s).isEmpty());
    }
    void startDamaged()
    {
        const QByteArray cut = "{\"format\": {\"width\": 12";
        const QByteArray newer = "{\"version\": 2, \"format\": {}}";
        const QByteArray snapshot = "{\"items\": [";
        StationSetup setup;
        setup.prepare = [&](const QString &folder) {
            place(folder + u'/' + settingsOf(u"cut"_s), cut);
            place(folder + u'/' + settingsOf(u"newer"_s), newer);
            place(folder + u'/' + settingsOf(u"list"_s),
                  "{\"format\": {\"width\": 160, \"height\": 90, \"fps\": \"25\"}}");
            place(folder + u"/data/channels/list/playlist.snapshot"_s, snapshot);
            place(folder + u"/data/records.sqlite"_s, QByteArray(8192, 'x'));
        };
        TestStation station(setup);
        createChannel(station, u"good"_s);
        // The log of before is of no use; that is no reason to stay off the air.
        station.call(u"channel.start"_s, {{u"channel"_s, u"good"_s}});
        QTRY_VERIFY(!alarmText(station, u"records-damaged"_s).isEmpty());
        const QJsonArray channels = station.call(u"channel.list"_s).value("channels"_L1).toArray();
        QCOMPARE(channels.size(), 1);
        for (const QString &name : {u"cut"_s, u"newer"_s}) {
            const QString text = alarmText(station, u"channel-left-out"_s, name);
            QVERIFY2(text.contains(station.path(settingsOf(name))), qPrintable(text));
        }
        QVERIFY(alarmText(station, u"channel-left-out"_s, u"list"_s)
                    .contains(u"playlist.snapshot is damaged"_s));
        // Nobody puts a new channel over what may be mended.
        const Result<QJsonObject> created
            = station.tryCall(u"channel.create"_s, {{u"name"_s, u"cut"_s}});
        QVERIFY(!created);
        QCOMPARE(created.error().code, ErrorCode::AlreadyExists);
        QCOMPARE(contents(station.path(settingsOf(u"cut"_s))), cut);
        QCOMPARE(contents(station.path(settingsOf(u"newer"_s))), newer);
        QCOMPARE(contents(station.path(u"data/channels/list/playlist.snapshot"_s)), snapshot);
    }

    void expectAcrossEngines()
    {
        TestStation station;
        createChannel(station, u"a"_s);
        const QStringList ids = station.add(u"a"_s, {u"/none/1.mkv"_s, u"/none/2.mkv"_s});
        const auto next = [&](qint64 expect) {
            return station.tryCall(
                u"channel.next"_s,
                {{u"channel"_s, u"a"_s}, {u"item"_s, ids[1]}, {u"expect"_s, expect}});
        };
        const qint64 seen = station.call(u"playlist.list"_s, {{u"channel"_s, u"a"_s}})
                                .value("version"_L1)
                                .toInteger();
        QVERIFY(next(seen));
        station.add(u"a"_s, {u"/none/3.mkv"_s});
        for (const bool isSameEngine : {true, false}) {
            if (!isSameEngine) {
                ::kill(pid_t(station.client().greeting().value("pid"_L1).toInteger()), SIGKILL);
                station.reconnect();
            }
            const Result<QJsonObject> late = next(seen);
            QVERIFY(!late);
            QCOMPARE(late.error().code, ErrorCode::Busy);
            QVERIFY(next(seen + 1));
        }
    }

    void startTwice()
    {
        TestStation station;
        createChannel(station, u"a"_s);
        ChildRequest request;
        request.program = qEnvironmentVariable("CONTINUO_BIN") + u"/continuod"_s;
        request.arguments = QStringList{u"--state"_s, station.folder()};
        request.logFile = station.path(u"second.log"_s);
        Result<ChildProcess> second = ChildProcess::start(request);
        QVERIFY(second);
        QTRY_VERIFY(second->hasEnded());
        QCOMPARE(second->wait(0ms)->code, kStationTaken);
        const QByteArray pid
            = QByteArray::number(station.client().greeting().value("pid"_L1).toInteger());
        QVERIFY2(contents(request.logFile).contains("engine.lock is locked by process " + pid),
                 contents(request.logFile).constData());
        QCOMPARE(station.call(u"channel.list"_s).value("channels"_L1).toArray().size(), 1);
    }

    void renderOnAir()
    {
        TestStation station;
        createChannel(station, u"a"_s);
        const QJsonObject channel{{u"channel"_s, u"a"_s}};
        const QJsonObject render{{u"channel"_s, u"a"_s}, {u"out"_s, station.path(u"out.mkv"_s)}};
        station.call(u"channel.start"_s, channel);
        Result<QJsonObject> answer = station.tryCall(u"station.render"_s, render);
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, ErrorCode::Busy);
        QVERIFY2(answer.error().detail.contains(u"stop it first"_s),
                 qPrintable(answer.error().detail));
        checkCoreFiles(station);

        station.call(u"channel.stop"_s, channel);
        // Ten minutes: it cannot be done before the next request is read.
        const QString clip = makeClip(station);
        station.add(u"a"_s, QStringList(20, clip));
        station.client().call(u"station.render"_s, render, this, [](const auto &) {});
        answer = station.tryCall(u"channel.start"_s, channel);
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, ErrorCode::Busy);
        QVERIFY2(answer.error().detail.contains(u"is being rendered"_s),
                 qPrintable(answer.error().detail));
    }

    // Nobody edits the list meanwhile: the station finds it out by itself.
    void bringTheFile(bool isEngineKilled)
    {
        TestStation station;
        createChannel(station, u"a"_s);
        const QJsonObject channel{{u"channel"_s, u"a"_s}};
        const QString path = station.path(u"later.mkv"_s);
        station.add(u"a"_s, {path});
        station.call(u"channel.start"_s, channel);
        const auto problems
            = [&] { return station.status(u"a"_s).value("problems"_L1).toArray().size(); };
        const auto state = [&] {
            return station.call(u"playlist.list"_s, channel)
                .value("items"_L1)
                .toArray()
                .at(0)
                .toObject()
                .value("state"_L1)
                .toString();
        };
        QTRY_COMPARE(state(), u"missing"_s);
        QTRY_COMPARE(problems(), 1);
        if (isEngineKilled) {
            ::kill(pid_t(station.client().greeting().value("pid"_L1).toInteger()), SIGKILL);
            station.reconnect();
            QTRY_COMPARE(problems(), 1);
        }
        QVERIFY(QFile::rename(makeClip(station), path));
        QTRY_COMPARE(state(), u"on-air"_s);
        QCOMPARE(problems(), 0);
        station.call(u"channel.stop"_s, channel);
        QVERIFY(QFile::remove(path));
        QTRY_COMPARE(state(), u"missing"_s);
    }

    // It would hold everything, and start no engine again.
    void stopKeeper()
    {
        TestStation station;
        createChannel(station, u"a"_s);
        station.add(u"a"_s, {makeClip(station)});
        station.call(u"channel.start"_s, {{u"channel"_s, u"a"_s}});
        const auto isOnAir
            = [](const QJsonObject &now) { return now.value("state"_L1) == "on-air"_L1; };
        station.waitForStatus(u"a"_s, isOnAir, 30s);
        const pid_t keeper = station.pidOf(u"keeper"_s);
        const pid_t engine = station.pidOf(u"engine"_s);
        const pid_t encoder = station.pidOf(u"encoder"_s);
        ::kill(keeper, SIGSTOP);
        QTRY_VERIFY(alarmText(station, u"keeper-replaced"_s).contains("stood still"_L1));
        QVERIFY(station.pidOf(u"keeper"_s) > 0 && station.pidOf(u"keeper"_s) != keeper);
        QCOMPARE(station.pidOf(u"engine"_s), engine);
        ::kill(engine, SIGKILL);
        station.reconnect();
        station.waitForStatus(u"a"_s, isOnAir, 30s);
        QCOMPARE(station.pidOf(u"encoder"_s), encoder);
    }

    void stopPlayersKillEngine()
    {
        TestStation station;
        createChannel(station, u"a"_s);
        station.add(u"a"_s, {makeClip(station)});
        station.call(u"channel.start"_s, {{u"channel"_s, u"a"_s}});
        station.waitForStatus(
            u"a"_s, [](const QJsonObject &now) { return now.value("state"_L1) == "on-air"_L1; },
            30s);
        QVERIFY(station.status(u"a"_s).value("cell"_L1).toObject().value("closed"_L1).toBool());
        QList<pid_t> players;
        for (const StationProcess &process : stationProcesses(station.folder())) {
            if (process.role != "player"_L1)
                continue;
            players.append(process.pid);
            QCOMPARE(::kill(process.pid, SIGSTOP), 0);
        }
        QVERIFY(!players.isEmpty());
        ::kill(pid_t(station.client().greeting().value("pid"_L1).toInteger()), SIGKILL);
        station.reconnect();
        const auto isLeft = [&](const StationProcess &one) { return players.contains(one.pid); };
        QTRY_VERIFY(std::ranges::none_of(stationProcesses(station.folder()), isLeft));
    }

    // The first two are followed at once; the third within a minute is an alarm, and what comes
    // next waits for a second.
    void killEncoderAgain()
    {
        TestStation station;
        createChannel(station, u"a"_s);
        station.add(u"a"_s, {makeClip(station)});
        station.call(u"channel.start"_s, {{u"channel"_s, u"a"_s}});
        const auto told = [&] { return alarmOf(station, u"encoder-keeps-dying"_s, u"a"_s); };
        QJsonObject encoder = runningEncoder(station, 0);
        QElapsedTimer sinceKill;
        int kills = 0;
        while (told().isEmpty()) {
            // More than three only where a machine needs more than a minute for three.
            QVERIFY(++kills < 10);
            const int session = encoder.value("session"_L1).toInt();
            sinceKill.start();
            ::kill(pid_t(encoder.value("pid"_L1).toInteger()), SIGKILL);
            QTRY_VERIFY(!told().isEmpty()
                        || encoderOf(station.status(u"a"_s)).value("session"_L1).toInt() > session);
            if (!told().isEmpty()) {
                // A machine that stands still for the whole second does not see it waiting.
                const QJsonObject waiting = encoderOf(station.status(u"a"_s));
                if (waiting.value("session"_L1).toInt() == session) {
                    QCOMPARE(waiting.value("state"_L1).toString(), u"restarting"_s);
                    QCOMPARE(waiting.value("pid"_L1).toInteger(), 0);
                }
            }
            encoder = runningEncoder(station, session);
        }
        QVERIFY2(sinceKill.elapsed() >= 990, qPrintable(QString::number(sinceKill.elapsed())));
        QCOMPARE(told().value("level"_L1).toString(), u"fault"_s);
        QCOMPARE(told().value("text"_L1).toString(),
                 u"the encoder ended 3 times within a minute"_s);
        QCOMPARE(told().value("action"_L1).toString(), u"the next start waits longer"_s);
        const QJsonObject replaced = alarmOf(station, u"encoder-replaced"_s, u"a"_s);
        QVERIFY(replaced.value("count"_L1).toInt() >= 3);
        const qint64 frame = station.status(u"a"_s).value("frame"_L1).toInteger();
        station.waitForStatus(
            u"a"_s,
            [&](const QJsonObject &now) {
                return now.value("state"_L1) == "on-air"_L1
                    && now.value("acked"_L1).toInteger() > frame;
            },
            30s);
    }

    static QJsonObject encoderOf(const QJsonObject &status)
    {
        return status.value("encoder"_L1).toObject();
    }

    // Of a session behind \p session, with frames that have come out of it.
    static QJsonObject runningEncoder(TestStation &station, int session)
    {
        const QJsonObject now = station.waitForStatus(
            u"a"_s,
            [&](const QJsonObject &status) {
                const QJsonObject encoder = encoderOf(status);
                return encoder.value("session"_L1).toInt() > session
                    && encoder.value("state"_L1) == "running"_L1
                    && encoder.value("pid"_L1).toInteger() > 0;
            },
            30s);
        return encoderOf(now);
    }

    // Through engine and publisher go keys; what they use is measured all the same.
    static void checkCoreFiles(TestStation &station)
    {
        QStringList roles;
        const QJsonArray processes
            = station.call(u"station.processes"_s).value("processes"_L1).toArray();
        for (const QJsonValue &value : processes) {
            const QJsonObject process = value.toObject();
            const QString role = process.value("role"_L1).toString();
            if (role != "engine"_L1 && role != "publisher"_L1)
                continue;
            roles.append(role);
            QVERIFY(process.value("pssBytes"_L1).toInteger() > 0);
            QVERIFY(process.contains("cpuSeconds"_L1));
            const QByteArray limits
                = contents(u"/proc/%1/limits"_s.arg(process.value("pid"_L1).toInteger()));
            QVERIFY2(QString::fromLatin1(limits).contains(
                         QRegularExpression(u"Max core file size +0 +0 "_s)),
                     limits.constData());
        }
        QCOMPARE(roles, (QStringList{u"engine"_s, u"publisher"_s}));
    }

    void levelNewChannels()
    {
        StationSetup setup;
        setup.prepare = [&](const QString &folder) { // as an earlier version wrote it
            place(folder + u'/' + settingsOf(u"old"_s),
                  "{\"format\": {\"width\": 160, \"height\": 90, \"fps\": \"25\"}}");
        };
        TestStation station(setup);
        const auto target = [&](const QString &name) {
            return station.status(name).value("loudness"_L1).toObject().value("target"_L1);
        };
        // Not by the helper's call(), which has a default of its own.
        QVERIFY(station.client().callAndWait(u"channel.create"_s, {{u"name"_s, u"new"_s}}, 60s));
        station.call(u"channel.create"_s, {{u"name"_s, u"off"_s}, {u"loudness"_s, u"off"_s}});
        QCOMPARE(target(u"new"_s), QJsonValue(-23));
        QCOMPARE(target(u"off"_s), QJsonValue(u"off"_s));
        QCOMPARE(target(u"old"_s), QJsonValue(u"off"_s));
        ::kill(pid_t(station.client().greeting().value("pid"_L1).toInteger()), SIGKILL);
        station.reconnect();
        QCOMPARE(target(u"new"_s), QJsonValue(-23));
        QCOMPARE(target(u"off"_s), QJsonValue(u"off"_s));
    }

    static void createChannel(TestStation &station, const QString &name)
    {
        station.call(
            u"channel.create"_s,
            {{u"name"_s, name}, {u"width"_s, 160}, {u"height"_s, 90}, {u"fps"_s, u"25"_s}});
    }

    static QString makeClip(const TestStation &station)
    {
        const QString path = station.path(u"clip.mkv"_s);
        QProcess ffmpeg;
        ffmpeg.start(u"ffmpeg"_s,
                     {u"-v"_s, u"error"_s, u"-f"_s, u"lavfi"_s, u"-i"_s,
                      u"testsrc=s=160x90:r=25:d=30"_s, u"-c:v"_s, u"mpeg4"_s, path});
        ffmpeg.waitForFinished(30000);
        return path;
    }

    // Empty: it was not raised.
    static QJsonObject alarmOf(TestStation &station, const QString &code, const QString &channel)
    {
        const QJsonArray alarms = station.call(u"alarms.list"_s).value("alarms"_L1).toArray();
        for (const QJsonValue &value : alarms) {
            const QJsonObject alarm = value.toObject();
            if (alarm.value("code"_L1) == code && alarm.value("channel"_L1).toString() == channel)
                return alarm;
        }
        return {};
    }

    static QString alarmText(TestStation &station, const QString &code, const QString &channel = {})
    {
        return alarmOf(station, code, channel).value("text"_L1).toString();
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestEngine)

#include "tst_engine.moc"
