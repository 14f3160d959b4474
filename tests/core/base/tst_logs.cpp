// SPDX-License-Identifier: GPL-3.0-or-later
// Logs that other programs write are bounded, whoever has them open.
#include "core/base/childprocess.h"
#include "core/base/logging.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

class TestLogs final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void log_isCut_underItsWriter()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(u"player.log"_s);
        QFile writer(path);
        QVERIFY(writer.open(QIODevice::Append | QIODevice::Unbuffered));
        for (int i = 0; i < 100; ++i)
            writer.write(QByteArray::number(1000 + i) + '\n');
        boundLog(path, 500); // it has 500
        QCOMPARE(contents(path).size(), 500);
        writer.write("one more\n");
        const QByteArray before = contents(path);
        boundLog(path, 500);
        QCOMPARE(contents(path), QByteArray());
        QCOMPARE(contents(path + u".1"_s), before.right(500));
        writer.write("goes on\n"); // at the new end, without a hole
        QCOMPARE(contents(path), QByteArray("goes on\n"));
        boundLog(path, 5);
        QCOMPARE(contents(path + u".1"_s), QByteArray("s on\n"));
    }

    void whatIsNoLog_isLeftAlone()
    {
        const QTemporaryDir folder;
        boundLog(folder.filePath(u"none"_s), 0);
        boundLog(folder.path(), 0);
        boundLog(u"/dev/zero"_s, 0);
        QVERIFY(!QFile::exists(folder.filePath(u"none.1"_s)));
        QVERIFY(!QFile::exists(folder.path() + u".1"_s));
    }

    void child_beginsALongLogAnew()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(u"encoder.log"_s);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(17 * 1024 * 1024));
        file.close();
        ChildRequest request;
        request.program = u"echo"_s;
        request.arguments = QStringList(u"hello"_s);
        request.logFile = path;
        Result<ChildProcess> child = ChildProcess::start(request);
        QVERIFY(child);
        QTRY_VERIFY(child->hasEnded());
        child->wait(0ms);
        QCOMPARE(contents(path), QByteArray("hello\n"));
        QCOMPARE(QFile(path + u".1"_s).size(), 2 * 1024 * 1024);
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestLogs)

#include "tst_logs.moc"
