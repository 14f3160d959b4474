// SPDX-License-Identifier: GPL-3.0-or-later
// What a player that was taken over by its file can do: nothing. Tried from inside, by all walls
// and by each alone, and looked at from outside on the real player.
#include "core/base/childprocess.h"
#include "tests/support/patience.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

constexpr int kRefusedToRun = 3; // as cell-tryout has it

const QStringList &allowed()
{
    static const QStringList names{u"read-the-clip"_s, u"write-a-frame"_s, u"wake-the-engine"_s,
                                   u"start-a-thread"_s, u"use-memory"_s};
    return names;
}

// What each wall has to refuse by itself.
QStringList refusedBy(const QString &wall, int landlock)
{
    const QStringList paths{u"read-a-file"_s,   u"read-the-machine"_s, u"read-its-own-memory"_s,
                            u"list-a-folder"_s, u"write-a-file"_s,     u"make-a-file"_s,
                            u"make-a-folder"_s, u"rename-a-file"_s,    u"remove-a-file"_s,
                            u"run-a-program"_s};
    if (wall == u"seccomp"_s)
        return paths
            + QStringList{u"connect-here"_s,
                          u"connect-away"_s,
                          u"listen"_s,
                          u"fork"_s,
                          u"vfork"_s,
                          u"signal-the-engine"_s,
                          u"trace-the-engine"_s,
                          u"read-the-engine"_s,
                          u"mount"_s,
                          u"make-namespaces"_s,
                          u"make-code"_s,
                          u"make-a-ring"_s,
                          u"block-the-wake-up"_s,
                          u"empty-the-store"_s,
                          u"grow-the-store"_s,
                          u"have-another-descriptor"_s};
    if (wall == u"landlock"_s)
        return landlock > 0
            ? paths + QStringList{u"mount"_s, u"trace-the-engine"_s, u"read-the-engine"_s}
            : QStringList();
    if (wall == u"namespaces"_s)
        return paths
            + QStringList{u"connect-here"_s, u"connect-away"_s, u"mount"_s, u"trace-the-engine"_s,
                          u"read-the-engine"_s};
    return {u"have-another-descriptor"_s, u"use-too-much-memory"_s};
}

class TestCell final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        for (const QString &name : {u"secret"_s, u"clip"_s}) {
            QFile file(m_folder->filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write("0123456789");
        }
    }

    void withoutWalls_allSucceeds();
    void allWalls_letNothingThrough();
    void eachWall_holdsByItself_data();
    void eachWall_holdsByItself();
    void realPlayer_isInItsCell();

private:
    QJsonObject tryOut(const QString &walls);

    std::unique_ptr<QTemporaryDir> m_folder;
};

QString program(const QString &name)
{
    return qEnvironmentVariable("CONTINUO_BIN") + u'/' + name;
}

QJsonObject TestCell::tryOut(const QString &walls)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(program(u"cell-tryout"_s), {walls, m_folder->path()});
    if (!process.waitForFinished(kTestPatienceMs))
        return {};
    QJsonObject answer = QJsonDocument::fromJson(process.readAllStandardOutput()).object();
    QJsonObject tries = answer.value("tries"_L1).toObject();
    const bool hasRun = process.exitCode() == 0;
    if (!tries.isEmpty() && (hasRun || process.exitCode() == kRefusedToRun))
        tries.insert(u"run-a-program"_s, hasRun ? u"done"_s : u"refused"_s);
    answer.insert(u"tries"_s, tries);
    return answer;
}

// Else the others would show nothing: a try that fails anyway.
void TestCell::withoutWalls_allSucceeds()
{
    const QJsonObject tries = tryOut(u"none"_s).value("tries"_L1).toObject();
    for (const QString &name :
         {u"read-a-file"_s, u"read-the-machine"_s, u"read-its-own-memory"_s, u"list-a-folder"_s,
          u"write-a-file"_s, u"make-a-file"_s, u"listen"_s, u"connect-here"_s, u"fork"_s,
          u"vfork"_s, u"run-a-program"_s, u"signal-the-engine"_s, u"make-code"_s,
          u"block-the-wake-up"_s, u"empty-the-store"_s, u"grow-the-store"_s,
          u"have-another-descriptor"_s, u"use-too-much-memory"_s, u"remove-a-file"_s})
        QCOMPARE(tries.value(name).toString(), u"done"_s);
}

void TestCell::allWalls_letNothingThrough()
{
    const QJsonObject answer = tryOut(u"all"_s);
    QVERIFY2(answer.value("cell"_L1).toObject().value("closed"_L1).toBool(),
             "no filter of system calls on this machine");
    const QJsonObject tries = answer.value("tries"_L1).toObject();
    QVERIFY(tries.contains(u"run-a-program"_s));
    for (auto one = tries.begin(); one != tries.end(); ++one) {
        const bool isDone = one.value().toString() == u"done"_s;
        QVERIFY2(isDone == allowed().contains(one.key()),
                 qPrintable(one.key() + u": "_s + one.value().toString()));
    }
    QFile secret(m_folder->filePath(u"secret"_s));
    QVERIFY(secret.open(QIODevice::ReadOnly));
    QCOMPARE(secret.readAll(), QByteArray("0123456789"));
    QVERIFY(!QFile::exists(m_folder->filePath(u"made"_s)));
}

void TestCell::eachWall_holdsByItself_data()
{
    QTest::addColumn<QString>("wall");
    for (const QString &wall :
         {u"seccomp"_s, u"landlock"_s, u"landlock-of-6.1"_s, u"namespaces"_s, u"limits"_s})
        QTest::newRow(qPrintable(wall)) << wall;
}

void TestCell::eachWall_holdsByItself()
{
    QFETCH(QString, wall);
    const QJsonObject answer = tryOut(wall);
    QVERIFY(!answer.isEmpty());
    const QString kind = wall.section(u'-', 0, 0);
    const QJsonValue stands = answer.value("cell"_L1).toObject().value(kind);
    if (stands.isString())
        QSKIP(qPrintable(u"no %1 here: %2"_s.arg(wall, stands.toString())));
    const QJsonObject tries = answer.value("tries"_L1).toObject();
    for (const QString &name : allowed())
        QVERIFY2(tries.value(name).toString() == u"done"_s,
                 qPrintable(name + u": "_s + tries.value(name).toString()));
    for (const QString &name : refusedBy(kind, stands.toInt())) {
        QVERIFY2(tries.contains(name), qPrintable(name));
        QVERIFY2(tries.value(name).toString() != u"done"_s, qPrintable(name));
    }
}

// As the kernel tells it, before the player has read anything of its clip.
void TestCell::realPlayer_isInItsCell()
{
    QProcess player;
    player.start(program(u"continuo-player"_s), {u"--cell"_s});
    QVERIFY(player.waitForFinished(kTestPatienceMs));
    const QJsonObject cell = QJsonDocument::fromJson(player.readAllStandardOutput()).object();
    QCOMPARE(player.exitCode(), 0);
    QCOMPARE(cell.value("closed"_L1).toBool(), true);
    QCOMPARE(cell.value("limits"_L1).toBool(), true);
}

} // namespace

QTEST_GUILESS_MAIN(TestCell)
#include "tst_cell.moc"
