// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paths.h"
#include "tests/app/ctl/subjects.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStorageInfo>
#include <QTemporaryDir>
#include <QTest>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

// What the machine is like differs; so each fault is planted, and its check alone is looked at.
class TestDoctor final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(u".?"_s));
        m_folder = std::make_unique<QTemporaryDir>();
        m_state = m_folder->filePath(u"state"_s);
        m_environment = QProcessEnvironment::systemEnvironment();
        m_arguments = {u"--state"_s, m_state};
    }

    void soundStation_hasNoFaults_andNothingIsMade()
    {
        const QJsonObject result = examine();
        QCOMPARE(result.value("faults"_L1).toInt(), 0);
        QCOMPARE(m_status, result.value("warnings"_L1).toInt() > 0 ? 1 : 0);
        QStringList checks{u"ffmpeg"_s,   u"programs"_s,       u"fonts"_s,
                           u"database"_s, u"runtime-folder"_s, u"pipes"_s};
        if (QStorageInfo(m_folder->path()).bytesAvailable() > 1'200'000'000)
            checks.append(u"disk"_s); // else the machine's own is a warning
        for (const QString &check : checks)
            QCOMPARE(levelOf(result, check), u"well"_s);
        // A wall may be missing where the tests run (a chroot has no user namespaces).
        QVERIFY((QStringList{u"well"_s, u"note"_s}).contains(levelOf(result, u"cell"_s)));
        QVERIFY(!QFile::exists(m_state));
    }

    void words_sayWhatToDo()
    {
        m_environment.insert(u"PATH"_s, m_folder->path());
        const auto process = start({u"doctor"_s});
        QCOMPARE(process->exitCode(), 2);
        const QByteArray text = process->readAllStandardOutput();
        QVERIFY2(text.contains("FAULT   there is no program ffmpeg"), text.constData());
        QVERIFY2(text.contains("-> install Debian's ffmpeg: apt install ffmpeg"), text.constData());
    }

    void ffmpegWithoutItsEncoder_isAFault()
    {
        QFile fake(m_folder->filePath(u"ffmpeg"_s));
        QVERIFY(fake.open(QIODevice::WriteOnly));
        fake.write("#!/bin/sh\n"
                   "echo ' A....D aac   AAC'; echo ' V....D libx264rgb  H.264'; "
                   "echo ' DE nut  NUT'\n");
        fake.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        fake.close();
        m_environment.insert(u"PATH"_s, m_folder->path() + u':' + qEnvironmentVariable("PATH"));
        const QJsonObject result = examine();
        QCOMPARE(levelOf(result, u"ffmpeg"_s), u"fault"_s);
        QVERIFY2(textOf(result, u"ffmpeg"_s).endsWith(u" lacks the encoder libx264"_s),
                 qPrintable(textOf(result, u"ffmpeg"_s)));
    }

    void runtimeFolderOpenToOthers_isAFault()
    {
        const StationPaths paths = StationPaths::forState(m_state);
        QVERIFY(paths.create());
        QVERIFY(::chmod(qPrintable(paths.runtime), 0750) == 0);
        const QJsonObject result = examine();
        QCOMPARE(levelOf(result, u"runtime-folder"_s), u"fault"_s);
        QVERIFY(textOf(result, u"runtime-folder"_s).contains(u"mode 0750"_s));
        QCOMPARE(m_status, 2);
    }

    void missingRuntimeDir_isAWarning_ofTheXdgFoldersOnly()
    {
        m_environment.remove(u"XDG_RUNTIME_DIR"_s);
        QCOMPARE(levelOf(examine(), u"runtime-folder"_s), u"well"_s);
        m_arguments.clear();
        m_environment.insert(u"HOME"_s, m_folder->path());
        for (const QString &name : {u"XDG_CONFIG_HOME"_s, u"XDG_DATA_HOME"_s, u"XDG_STATE_HOME"_s})
            m_environment.remove(name);
        QCOMPARE(levelOf(examine(), u"runtime-folder"_s), u"warning"_s);
    }

    // Whether it is on is the machine's own: what is said has to fit that.
    void lingering_isAskedFor_whereTheRuntimeFolderEndsWithTheLogout()
    {
        QCOMPARE(levelOf(examine(), u"lingering"_s), QString()); // --state: it stays
        m_arguments.clear();
        m_environment.insert(u"HOME"_s, m_folder->path());
        for (const QString &name : {u"XDG_CONFIG_HOME"_s, u"XDG_DATA_HOME"_s, u"XDG_STATE_HOME"_s})
            m_environment.remove(name);
        m_environment.insert(u"XDG_RUNTIME_DIR"_s, m_folder->path());
        QCOMPARE(levelOf(examine(), u"lingering"_s), QString());
        m_environment.insert(u"XDG_RUNTIME_DIR"_s, u"/run/user/4294967000"_s);
        const QJsonObject result = examine();
        const passwd *user = ::getpwuid(::getuid());
        const QString name
            = user ? QString::fromLocal8Bit(user->pw_name) : QString::number(::getuid());
        if (QFile::exists(u"/var/lib/systemd/linger/"_s + name)) {
            QCOMPARE(levelOf(result, u"lingering"_s), u"well"_s);
        } else {
            QCOMPARE(levelOf(result, u"lingering"_s), u"warning"_s);
            QCOMPARE(textOf(result, u"lingering"_s),
                     u"with the last logout of %1 the system removes /run/user/4294967000/continuo "
                     "and ends the station"_s.arg(name));
            QCOMPARE(checkOf(result, u"lingering"_s).value("advice"_L1).toString(),
                     u"loginctl enable-linger "_s + name);
            QVERIFY(m_status >= 1);
        }
        QVERIFY(!QFile::exists(u"/run/user/4294967000"_s));
    }

    void leftFifos_areNamed()
    {
        const StationPaths paths = StationPaths::forState(m_state);
        QVERIFY(paths.create());
        QCOMPARE(levelOf(examine(), u"stale-fifos"_s), QString());
        QVERIFY(QDir().mkpath(paths.channelRuntime(u"a"_s)));
        QVERIFY(::mkfifo(qPrintable(paths.channelRuntime(u"a"_s) + u"/in.1"_s), 0600) == 0);
        QCOMPARE(levelOf(examine(), u"stale-fifos"_s), u"note"_s);
    }

    void folderOfADestination_isLookedAt()
    {
        const StationPaths paths = StationPaths::forState(m_state);
        QVERIFY(paths.create());
        QVERIFY(QDir().mkpath(paths.channelConfig(u"a"_s)));
        QFile settings(paths.channelConfig(u"a"_s) + u"/channel.json"_s);
        QVERIFY(settings.open(QIODevice::WriteOnly));
        settings.write(R"({"destinations":[{"type":"hls","target":"/proc/nothing"}]})");
        settings.close();
        const QJsonObject result = examine();
        bool isNamed = false;
        for (const QJsonValue &check : result.value("checks"_L1).toArray()) {
            const QString text = check.toObject().value("text"_L1).toString();
            if (text.startsWith(u"/proc/nothing (HLS of a)"_s))
                isNamed = check.toObject().value("level"_L1) == u"fault"_s;
        }
        QVERIFY(isNamed);
    }

private:
    std::unique_ptr<QProcess> start(const QStringList &arguments)
    {
        auto process = std::make_unique<QProcess>();
        process->setProgram(qEnvironmentVariable("CONTINUO_BIN") + u"/continuoctl"_s);
        process->setArguments(m_arguments + arguments);
        process->setProcessEnvironment(m_environment);
        process->start();
        process->waitForFinished(kTestPatienceMs);
        return process;
    }
    QJsonObject examine()
    {
        const auto process = start({u"doctor"_s, u"--json"_s});
        m_status = process->exitCode();
        return QJsonDocument::fromJson(process->readAllStandardOutput()).object();
    }
    // Of the first of that name; empty: there is none.
    static QJsonObject checkOf(const QJsonObject &result, const QString &name)
    {
        for (const QJsonValue &check : result.value("checks"_L1).toArray()) {
            if (check.toObject().value("check"_L1) == name)
                return check.toObject();
        }
        return {};
    }
    static QString levelOf(const QJsonObject &result, const QString &name)
    {
        return checkOf(result, name).value("level"_L1).toString();
    }
    static QString textOf(const QJsonObject &result, const QString &name)
    {
        return checkOf(result, name).value("text"_L1).toString();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_state;
    QProcessEnvironment m_environment;
    QStringList m_arguments;
    int m_status = -1;
};

} // namespace

std::unique_ptr<QObject> makeDoctorTest()
{
    return std::make_unique<TestDoctor>();
}

#include "tst_doctor.moc"
