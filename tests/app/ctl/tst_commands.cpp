// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/lockfile.h"
#include "core/base/paths.h"
#include "core/base/uniquefd.h"
#include "core/control/localsocket.h"
#include "core/control/methods.h"
#include "core/control/rpcserver.h"
#include "tests/app/ctl/subjects.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

// What continuoctl says to a station: the station's end of the socket is here.
class TestCommands final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(u".?"_s));
        m_folder = std::make_unique<QTemporaryDir>();
        const StationPaths paths = StationPaths::forState(m_folder->path());
        QVERIFY(paths.create());
        for (const QString &name : {u"/x.mp4"_s, u"/-odd.mp4"_s}) {
            QFile file(work() + name);
            QVERIFY(file.open(QIODevice::WriteOnly));
        }
        m_method.clear();
        m_params = {};
        m_outcome = QJsonObject();
        m_kept.reset();
        m_isSilent = false;
        m_server = std::make_unique<RpcServer>(u"continuod"_s);
        m_server->setHandler(
            [this](const QString &method, const QJsonObject &params, const RpcReply &reply) {
                m_method = method;
                m_params = params;
                if (m_isSilent)
                    m_kept = reply;
                else
                    reply.answer(m_outcome);
            });
        QVERIFY(m_server->listen(paths.controlSocket()));
    }
    void cleanup()
    {
        m_kept.reset();
        m_server.reset();
        m_folder.reset();
    }

    void request_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("request"); // FOLDER: the working folder
        const auto row = [](const char *arguments, const char *request) {
            QTest::newRow(arguments)
                << QString::fromUtf8(arguments).split(u' ') << QByteArray(request);
        };
        row("channel create a", "channel.create {'name':'a'}");
        row("channel create a --size 1920x1080 --fps 29.97 --loop off --safe-zone 2000",
            "channel.create {'fps':'30000/1001','height':1080,'loop':false,'name':'a',"
            "'safeZoneMs':2000,'width':1920}");
        row("channel set a --loop=on", "channel.set {'loop':true,'name':'a'}");
        row("channel set a --loudness -23", "channel.set {'loudness':'-23','name':'a'}");
        row("channel create a --loudness=off", "channel.create {'loudness':'off','name':'a'}");
        row("channel list", "channel.list {}");
        row("channel remove a", "channel.remove {'name':'a'}");
        row("destination add a hls:out --serve 127.0.0.1:0 --list-size 6",
            "destination.add {'channel':'a','listSize':6,'serve':'127.0.0.1:0',"
            "'target':'hls:FOLDER/out'}");
        row("destination add a file:../x.mkv",
            "destination.add {'channel':'a','target':'file:PARENT/x.mkv'}");
        row("destination list a", "destination.list {'channel':'a'}");
        row("destination remove a d1", "destination.remove {'channel':'a','id':'d1'}");
        row("logo set a", "logo.set {'channel':'a'}");
        row("logo set a x.mp4 --corner bottom-left --width 12.5 --opacity 80 --fade 25",
            "logo.set {'channel':'a','corner':'bottom-left','fade':25,'opacity':80,"
            "'path':'FOLDER/x.mp4','widthPercent':12.5}");
        row("logo set a --at 10,20 --off-for Ads,News --on-slate off --premultiplied on",
            "logo.set {'channel':'a','offFor':['Ads','News'],'onSlate':false,"
            "'premultiplied':true,'x':10,'y':20}");
        row("logo off a", "logo.off {'channel':'a'}");
        row("playlist add a x.mp4 --category Ads",
            "playlist.add {'category':'Ads','channel':'a','files':['FOLDER/x.mp4']}");
        row("playlist add a x.mp4 /dev/null --at 3",
            "playlist.add {'at':3,'channel':'a','files':['FOLDER/x.mp4','/dev/null']}");
        row("playlist add a -- -odd.mp4",
            "playlist.add {'channel':'a','files':['FOLDER/-odd.mp4']}");
        row("playlist add a x.mp4 --in 00:00:01:00 --out 90.5",
            "playlist.add {'channel':'a','files':['FOLDER/x.mp4'],'in':'00:00:01:00',"
            "'out':'90.5'}");
        row("playlist set a i1 --in 1 --out= --title T --category film --sound de --expect 7",
            "playlist.set {'category':'film','channel':'a','expect':7,'in':'1','item':'i1',"
            "'out':'','sound':'de','title':'T'}");
        row("channel set a --languages de,en", "channel.set {'languages':'de,en','name':'a'}");
        row("channel set a --slate x.mp4", "channel.set {'name':'a','slate':'FOLDER/x.mp4'}");
        row("channel set a --slate-clock on", "channel.set {'name':'a','slateClock':true}");
        row("channel set a --emergency x.mp4",
            "channel.set {'emergency':'FOLDER/x.mp4','name':'a'}");
        row("channel set a --slate=", "channel.set {'name':'a','slate':''}");
        row("playlist list a", "playlist.list {'channel':'a'}");
        row("playlist remove a i1 i2", "playlist.remove {'channel':'a','items':['i1','i2']}");
        row("playlist move a i1 --to 0 --expect 7",
            "playlist.move {'channel':'a','expect':7,'items':['i1'],'to':0}");
        row("playlist clear a", "playlist.clear {'channel':'a'}");
        row("playlist undo a", "playlist.undo {'channel':'a'}");
        row("proof x.mp4", "proof.get {'path':'FOLDER/x.mp4'}");
        row("thumbnail get x.mp4 --kind tail",
            "thumbnail.get {'kind':'tail','path':'FOLDER/x.mp4'}");
        row("start a", "channel.start {'channel':'a'}");
        row("stop a", "channel.stop {'channel':'a'}");
        row("skip a", "channel.skip {'channel':'a'}");
        row("take a i1", "channel.take {'channel':'a','item':'i1'}");
        row("next a i1", "channel.next {'channel':'a','item':'i1'}");
        row("status", "channel.status {}");
        row("status a", "channel.status {'channel':'a'}");
        row("asrun a", "asrun.list {'channel':'a'}");
        row("asrun a --from 2026-01-31T18:30:00Z --to 2026-02-01T00:00:00.5Z --csv",
            "asrun.list {'channel':'a','fromMs':1769884200000,'toMs':1769904000500}");
        row("asrun keep", "asrun.keep {}");
        row("asrun keep 30", "asrun.keep {'days':30}");
        row("alarms", "alarms.list {}");
        row("alarms clear a", "alarms.clear {'channel':'a'}");
        row("processes", "station.processes {}");
        row("render a --out o.mp4", "station.render {'channel':'a','out':'FOLDER/o.mp4'}");
    }
    void request()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, request);
        run(arguments);
        QVERIFY2(m_status == 0, m_error.constData());
        QByteArray sent
            = m_method.toUtf8() + ' ' + QJsonDocument(m_params).toJson(QJsonDocument::Compact);
        sent.replace('"', '\'');
        request.replace("FOLDER", work().toUtf8()).replace("PARENT", m_folder->path().toUtf8());
        QCOMPARE(sent, request);
        QVERIFY(validateParams(m_method, m_params));
        QVERIFY2(m_error.isEmpty(), m_error.constData());
        if (arguments.contains(u"--csv"_s))
            return; // the other form for scripts
        // A script is given the answer as it came, and nothing beside it.
        m_outcome = QJsonObject{{u"answer"_s, 42}};
        run(QStringList{u"--json"_s} + arguments);
        QVERIFY2(m_status == 0, m_error.constData());
        QCOMPARE(m_output, "{\"answer\":42}\n");
        QVERIFY2(m_error.isEmpty(), m_error.constData());
    }

    void everyMethod_hasACommand()
    {
        QStringList missing;
        const QByteArray help = runFor({u"--help"_s});
        for (const MethodSpec &method : methodTable()) {
            const QString name = method.name;
            if (name.startsWith(u"events."_s) || name.startsWith(u"preview."_s))
                continue; // watch; and the console's own
            const QString command
                = name.endsWith(u"run.list"_s) || name == u"alarms.list"_s || name == u"proof.get"_s
                ? name.section(u'.', 0, 0)
                : name.startsWith(u"station."_s) || name.startsWith(u"channel.st"_s)
                    || name.startsWith(u"channel.sk"_s) || name.startsWith(u"channel.t"_s)
                    || name.startsWith(u"channel.n"_s)
                ? name.section(u'.', 1)
                : QString(name).replace(u'.', u' ');
            if (!help.contains("\n  " + command.toUtf8()))
                missing.append(name);
        }
        QCOMPARE(missing, QStringList());
    }

    void answer_isPrintedAsJson()
    {
        m_outcome = QJsonObject{{u"frame"_s, 481}, {u"item"_s, u"i1"_s}};
        QCOMPARE(runFor({u"--json"_s, u"skip"_s, u"a"_s}), "{\"frame\":481,\"item\":\"i1\"}\n");
        QCOMPARE(runFor({u"skip"_s, u"a"_s}), "frame 481, item i1\n");
    }

    void refusal_isStatus1()
    {
        m_outcome = Error{ErrorCode::Busy, u"the channel is off air"_s, 0};
        run({u"skip"_s, u"a"_s});
        QCOMPARE(m_status, 1);
        QCOMPARE(m_error, "continuoctl: the channel is off air\n");
        run({u"--json"_s, u"skip"_s, u"a"_s});
        QCOMPARE(m_status, 1);
        QCOMPARE(m_output,
                 "{\"error\":{\"code\":\"busy\",\"detail\":\"the channel is off air\"}}\n");
    }

    void silence_isStatus4()
    {
        m_isSilent = true;
        run({u"--timeout"_s, u"0.05"_s, u"status"_s});
        QCOMPARE(m_status, 4);
    }

    void stationThatDoesNotGreet_isStatus4()
    {
        m_server.reset();
        const auto path = StationPaths::forState(m_folder->path()).controlSocket();
        const Result<UniqueFd> mute = listenLocally(path); // connects, and says nothing
        QVERIFY(mute);
        run({u"--timeout"_s, u"0.05"_s, u"status"_s});
        QCOMPARE(m_status, 4);
    }

    void json_isAllOfTheOutput_whereTextIsPrinted_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QString>("name");
        for (const char *arguments :
             {"help", "--help", "help playlist add", "playlist add --help", "help playlist"})
            QTest::newRow(arguments) << QString::fromLatin1(arguments) << u"help"_s;
        QTest::newRow("api-docs") << u"api-docs"_s << u"markdown"_s;
        QTest::newRow("--version") << u"--version"_s << u"version"_s;
    }
    void json_isAllOfTheOutput_whereTextIsPrinted()
    {
        QFETCH(QString, arguments);
        QFETCH(QString, name);
        const QStringList words = arguments.split(u' ');
        const QByteArray text = runFor(words);
        const QByteArray json = runFor(QStringList{u"--json"_s} + words);
        QCOMPARE(json.count('\n'), 1);
        const QJsonObject object = QJsonDocument::fromJson(json).object();
        QCOMPARE(object.keys(), QStringList{name});
        const QByteArray value = object.value(name).toString().toUtf8();
        QVERIFY(!value.isEmpty());
        // The number of a version stands behind the program's name.
        QVERIFY2(text == value || text == "continuoctl " + value + '\n', json.constData());
        QCOMPARE(m_method, QString());
    }

    void json_isAllOfTheOutput_whenHelpIsNotFound()
    {
        run({u"--json"_s, u"help"_s, u"fly"_s});
        QCOMPARE(m_status, 2);
        QVERIFY2(m_output.startsWith("{\"error\":"), m_output.constData());
        QCOMPARE(m_error, QByteArray());
    }

    void endOfTheStation_isStatus3()
    {
        m_isSilent = true;
        const auto process = startCtl(withState({u"status"_s}), work());
        QTRY_VERIFY(m_kept);
        m_server.reset();
        QTRY_COMPARE(process->state(), QProcess::NotRunning);
        QCOMPARE(process->exitCode(), 3);
    }

    void wrongUse_isStatus2_andAsksNobody_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QByteArray>("text");
        const auto row = [](const char *arguments, const char *text) {
            QTest::newRow(arguments) << QString::fromUtf8(arguments) << QByteArray(text);
        };
        row("fly", "there is no command 'fly'");
        row("playlist", "playlist add CHANNEL FILE...");
        row("playlist add", "CHANNEL is missing");
        row("playlist add a", "FILE... is missing");
        row("start a b", "'b' is too much");
        row("start a --at 3", "--at is no option of 'start'");
        row("start a --now", "there is no option --now");
        row("playlist add a x --at", "--at needs a value");
        row("playlist add a x --at one", "--at wants a whole number");
        row("playlist add a x --at -1", "--at wants a whole number");
        row("playlist add a x.mp4 gone.mp4", "gone.mp4 does not exist");
        row("playlist add a .", "is a folder; give its files");
        row("playlist move a i1", "--to ROW is missing");
        row("channel create a --loop maybe", "--loop wants on or off");
        row("channel create a --size 3x", "");
        row("channel create a --fps 0", "");
        row("render a", "--out FILE is missing");
        row("destination add a /tmp/x", "is no destination");
        row("destination add a hls:", "a path is missing");
        row("destination add a rtmp://h/a --key-stdin --key-file f", "do not go together");
        row("destination add a rtmp://h/a --key-file /nonexistent", "open /nonexistent");
        row("status --timeout soon", "--timeout wants seconds");
        row("status --timeout nan", "--timeout wants seconds");
        row("watch --seconds inf", "--seconds wants seconds");
        row("playlist undo a --expect soon", "--expect wants a whole number");
    }
    void wrongUse_isStatus2_andAsksNobody()
    {
        QFETCH(QString, arguments);
        QFETCH(QByteArray, text);
        run(arguments.split(u' '));
        QCOMPARE(m_status, 2);
        QVERIFY2(m_error.contains(text), m_error.constData());
        QCOMPARE(m_method, QString());
    }

    void key_comesFromStandardInput()
    {
        const auto process = startCtl(
            withState({u"destination"_s, u"add"_s, u"a"_s, u"rtmp://h/live"_s, u"--key-stdin"_s}));
        process->write("s3cret\nnot the key\n");
        QTRY_COMPARE(process->state(), QProcess::NotRunning);
        QCOMPARE(process->exitCode(), 0);
        QCOMPARE(m_params.value(u"key"_s).toString(), u"s3cret"_s);
        QCOMPARE(m_params.value(u"target"_s).toString(), u"rtmp://h/live"_s);
        QCOMPARE(process->readAllStandardError(), QByteArray());
    }

    void key_comesFromAFile()
    {
        const QString path = work() + u"/key"_s;
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("s3cret") == 6);
        file.close();
        QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::ReadOther));
        run({u"destination"_s, u"add"_s, u"a"_s, u"rtmp://h/live"_s, u"--key-file"_s, path});
        QCOMPARE(m_status, 0);
        QCOMPARE(m_params.value(u"key"_s).toString(), u"s3cret"_s);
        QVERIFY2(m_error.contains("chmod 600"), m_error.constData());
    }

    void keyFile_isItsFirstLine_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QByteArray>("error");
        QTest::newRow("line") << QByteArray("s3cret\n") << QByteArray();
        QTest::newRow("line of Windows") << QByteArray("\xef\xbb\xbfs3cret\r\n") << QByteArray();
        QTest::newRow("empty") << QByteArray() << QByteArray("holds no key");
        QTest::newRow("empty line") << QByteArray("\r\ns3cret\n") << QByteArray("holds no key");
        QTest::newRow("1 MB") << QByteArray(1'000'000, 'x') << QByteArray("longer than any key");
        QTest::newRow("no text") << QByteArray("\x01s3cret\n") << QByteArray("is no text");
    }
    void keyFile_isItsFirstLine()
    {
        QFETCH(QByteArray, content);
        QFETCH(QByteArray, error);
        QFile file(work() + u"/key"_s);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
        QVERIFY(file.setPermissions(QFile::ReadOwner));
        file.close();
        run({u"destination"_s, u"add"_s, u"a"_s, u"rtmp://h/live"_s, u"--key-file"_s,
             file.fileName()});
        QCOMPARE(m_status, error.isEmpty() ? 0 : 2);
        QVERIFY2(m_error.contains(error) && !m_error.contains("s3cret"), m_error.constData());
        QCOMPARE(m_params.value(u"key"_s).toString(), error.isEmpty() ? u"s3cret"_s : QString());
    }

    void keyFile_mayBeAPipe_butNoFolder()
    {
        const QString pipe = work() + u"/pipe"_s;
        QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0600), 0);
        const auto process = startCtl(withState(
            {u"destination"_s, u"add"_s, u"a"_s, u"rtmp://h/live"_s, u"--key-file"_s, pipe}));
        // Read and write: neither waits for the reader nor fails without one.
        const UniqueFd writer(::open(QFile::encodeName(pipe).constData(), O_RDWR | O_CLOEXEC));
        QCOMPARE(::write(writer.get(), "s3cret\n", 7), ssize_t(7));
        QTRY_COMPARE(process->state(), QProcess::NotRunning);
        QCOMPARE(process->exitCode(), 0);
        QCOMPARE(m_params.value(u"key"_s).toString(), u"s3cret"_s);
        run({u"destination"_s, u"add"_s, u"a"_s, u"rtmp://h/live"_s, u"--key-file"_s, work()});
        QCOMPARE(m_status, 2);
        QVERIFY2(m_error.contains("is a folder"), m_error.constData());
    }

    void keyInTheUrl_isSplitOff_wiped_andWarnedOf()
    {
        m_isSilent = true; // so that it lives while we look
        const auto process = startCtl(
            withState({u"destination"_s, u"add"_s, u"a"_s, u"rtmp://h/live/s3cret?x=1"_s}));
        QTRY_VERIFY(m_kept);
        QFile file(u"/proc/%1/cmdline"_s.arg(process->processId()));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray shown = file.readAll();
        QVERIFY2(shown.contains("rtmp://h/live") && !shown.contains("s3cret"), shown.constData());
        QCOMPARE(m_params.value(u"target"_s).toString(), u"rtmp://h/live"_s);
        QCOMPARE(m_params.value(u"key"_s).toString(), u"s3cret?x=1"_s);
        m_kept->result();
        QTRY_COMPARE(process->state(), QProcess::NotRunning);
        const QByteArray warning = process->readAllStandardError();
        QVERIFY2(warning.contains("--key-stdin") && !warning.contains("s3cret"),
                 warning.constData());
    }

    void watch_writesEventsAsLines()
    {
        const auto process = startCtl(withState({u"watch"_s, u"a"_s}));
        QTRY_VERIFY(m_server->hasSubscriber(u"a"_s));
        QVERIFY(!m_server->hasSubscriber(u"b"_s));
        m_server->notify(u"event.item"_s, {{u"item"_s, u"i1"_s}}, u"a"_s);
        QTRY_VERIFY(process->canReadLine());
        QCOMPARE(process->readLine(), "{\"method\":\"event.item\",\"params\":{\"item\":\"i1\"}}\n");
        process->kill();
        QTRY_COMPARE(process->state(), QProcess::NotRunning);
    }

    void watch_ends_whenNobodyReads()
    {
        QProcess shell;
        shell.start(u"/bin/sh"_s,
                    {u"-c"_s, u"\"$@\" | head -n 1"_s, u"sh"_s,
                     qEnvironmentVariable("CONTINUO_BIN") + u"/continuoctl"_s, u"--state"_s,
                     m_folder->path(), u"watch"_s});
        const auto hasEnded = [&] {
            m_server->notify(u"event.item"_s, {{u"item"_s, u"i1"_s}}, u"a"_s);
            return shell.state() == QProcess::NotRunning;
        };
        QTRY_VERIFY(hasEnded());
        QCOMPARE(shell.readAll().count('\n'), 1);
        QTRY_COMPARE(m_server->clientCount(), 0U);
    }

    void watch_ends_whenNobodyReads_andNothingHappens()
    {
        QProcess shell;
        shell.start(u"/bin/sh"_s,
                    {u"-c"_s, u"\"$@\" | true"_s, u"sh"_s,
                     qEnvironmentVariable("CONTINUO_BIN") + u"/continuoctl"_s, u"--state"_s,
                     m_folder->path(), u"watch"_s});
        QTRY_COMPARE(shell.state(), QProcess::NotRunning);
        QCOMPARE(shell.readAllStandardError(), QByteArray());
    }

    void watch_goesOn_whenTheEngineIsReplaced()
    {
        const StationPaths paths = StationPaths::forState(m_folder->path());
        const Result<UniqueFd> keeper = lockFile(paths.runtime + u"/keeper.lock"_s);
        QVERIFY(keeper);
        const auto process = startCtl(withState({u"watch"_s, u"a"_s}));
        QTRY_VERIFY(m_server->hasSubscriber(u"a"_s));
        m_server = std::make_unique<RpcServer>(u"continuod"_s);
        QVERIFY(m_server->listen(paths.controlSocket()));
        QTRY_VERIFY(m_server->hasSubscriber(u"a"_s));
        m_server->notify(u"event.item"_s, {{u"item"_s, u"i2"_s}}, u"a"_s);
        QTRY_VERIFY(process->canReadLine());
        QCOMPARE(process->readLine(), "{\"method\":\"event.item\",\"params\":{\"item\":\"i2\"}}\n");
        process->kill();
        QTRY_COMPARE(process->state(), QProcess::NotRunning);
    }

    void watch_isStatus3_whenTheStationEnds()
    {
        const auto process = startCtl(withState({u"watch"_s, u"a"_s}));
        QTRY_VERIFY(m_server->hasSubscriber(u"a"_s));
        m_server.reset();
        QTRY_COMPARE(process->state(), QProcess::NotRunning);
        QCOMPARE(process->exitCode(), 3);
        QVERIFY(process->readAllStandardError().contains("the connection to the station ended"));
    }

    void namesFromFiles_doNotReachTheTerminalRaw()
    {
        m_outcome = QJsonObject{{u"items"_s,
                                 QJsonArray{QJsonObject{{u"id"_s, u"i1"_s},
                                                        {u"state"_s, u"queued"_s},
                                                        {u"title"_s, u"a\u001b]0;owned\u0007\nb"_s},
                                                        {u"durationMs"_s, 3'675'000}}}}};
        const QByteArray text = runFor({u"playlist"_s, u"list"_s, u"a"_s});
        QVERIFY2(text.contains("a?]0;owned??b") && text.contains("1:01:15"), text.constData());
    }

    void apiDocs_areAsPrinted()
    {
        QFile file(QStringLiteral(CONTINUO_SOURCE_DIR) + u"/docs/api.md"_s);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(file.readAll() == runFor({u"api-docs"_s}),
                 "run: continuoctl api-docs > docs/api.md");
    }

    void help_teaches_data()
    {
        QTest::addColumn<QString>("arguments");
        for (const char *arguments : {"--help", "help", "-h"})
            QTest::newRow(arguments) << QString::fromLatin1(arguments);
        QTest::newRow("one command") << u"playlist add --help"_s;
        QTest::newRow("help of one") << u"help playlist add"_s;
        QTest::newRow("one word") << u"help start"_s;
    }
    void help_teaches()
    {
        QFETCH(QString, arguments);
        const QByteArray text = runFor(arguments.split(u' '));
        QVERIFY2(text.startsWith("Usage: continuoctl"), text.constData());
        QVERIFY2(text.contains("  continuoctl "), text.constData()); // an example
    }

private:
    QString work() const { return m_folder->path() + u"/data"_s; }
    QStringList withState(const QStringList &arguments) const
    {
        return QStringList{u"--state"_s, m_folder->path()} + arguments;
    }
    void run(const QStringList &arguments)
    {
        const auto process = startCtl(withState(arguments), work());
        process->closeWriteChannel();
        QTRY_COMPARE(process->state(), QProcess::NotRunning);
        QCOMPARE(process->exitStatus(), QProcess::NormalExit);
        m_status = process->exitCode();
        m_output = process->readAllStandardOutput();
        m_error = process->readAllStandardError();
    }
    QByteArray runFor(const QStringList &arguments)
    {
        run(arguments);
        if (m_status != 0)
            qInfo("%s", m_error.constData());
        return m_status == 0 ? m_output : QByteArray();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<RpcServer> m_server;
    QString m_method;
    QJsonObject m_params;
    Result<QJsonObject> m_outcome{QJsonObject()};
    bool m_isSilent = false;
    std::optional<RpcReply> m_kept;
    int m_status = -1;
    QByteArray m_output;
    QByteArray m_error;
};

} // namespace

std::unique_ptr<QObject> makeCommandsTest()
{
    return std::make_unique<TestCommands>();
}

#include "tst_commands.moc"
