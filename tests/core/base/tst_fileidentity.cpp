// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/fileidentity.h"
#include "core/base/uniquefd.h"

#include <QFile>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

FileIdentity identityOf(const QString &path)
{
    const UniqueFd fd(::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC));
    return FileIdentity::ofDescriptor(fd.get()).value_or(FileIdentity());
}

void write(const QString &path, const QByteArray &bytes, QIODevice::OpenMode mode = {})
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | mode));
    QCOMPARE(file.write(bytes), bytes.size());
}

} // namespace

class TestFileIdentity final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void file_goesOnInItself_whenItGrows();
    void file_doesNotGoOn_whenItWasCut();
    void file_doesNotGoOn_inOneThatTookItsName();
    void numbersOfTheSystem_mayChange_whenSizeAndTimeDoNot();
    void json_bringsItBack_orNothing();
};

void TestFileIdentity::file_goesOnInItself_whenItGrows()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(u"clip"_s);
    write(path, "begin");
    const FileIdentity before = identityOf(path);
    QVERIFY(before.inode != 0 && before.sizeBytes == 5 && before.modifiedNs > 0);
    QVERIFY(before.goesOnIn(before));
    write(path, ", and more", QIODevice::Append);
    QVERIFY(before.goesOnIn(identityOf(path)));
}

void TestFileIdentity::file_doesNotGoOn_whenItWasCut()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(u"clip"_s);
    write(path, "all of it");
    const FileIdentity before = identityOf(path);
    QVERIFY(QFile::resize(path, 3));
    QVERIFY(!before.goesOnIn(identityOf(path)));
}

void TestFileIdentity::file_doesNotGoOn_inOneThatTookItsName()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(u"clip"_s);
    write(path, "the first");
    const FileIdentity before = identityOf(path);
    write(dir.filePath(u"other"_s), "the second one");
    QVERIFY(QFile::remove(path));
    QVERIFY(QFile::rename(dir.filePath(u"other"_s), path));
    QVERIFY(!before.goesOnIn(identityOf(path)));
}

void TestFileIdentity::numbersOfTheSystem_mayChange_whenSizeAndTimeDoNot()
{
    const FileIdentity before{5, 17, 1000, 1'600'000'000'000'000'001};
    FileIdentity now = before;
    now.device = 6;
    now.inode = 3;
    QVERIFY(before.goesOnIn(now));
    ++now.modifiedNs;
    QVERIFY(!before.goesOnIn(now));
}

void TestFileIdentity::json_bringsItBack_orNothing()
{
    // No double holds these.
    const FileIdentity identity{1, (qint64(1) << 62) + 1, 7, 1'600'000'000'000'000'001};
    const QByteArray text = QJsonDocument(identity.toJson()).toJson();
    QCOMPARE(FileIdentity::fromJson(QJsonDocument::fromJson(text).object()), identity);
    QCOMPARE(FileIdentity::fromJson({}), std::nullopt);
    QCOMPARE(FileIdentity::fromJson({{u"device"_s, 1}, {u"inode"_s, u"2"_s}}), std::nullopt);
    QCOMPARE(FileIdentity::ofDescriptor(-1), std::nullopt);
}

QTEST_GUILESS_MAIN(TestFileIdentity)
#include "tst_fileidentity.moc"
