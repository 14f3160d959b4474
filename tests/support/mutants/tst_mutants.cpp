// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/mutants/mutants.h"

#include <QDir>
#include <QFile>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

#include <stdexcept>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QByteArray counting(int size, int step)
{
    QByteArray bytes(size, '\0');
    for (int i = 0; i < size; ++i)
        bytes[i] = char(i * step + i / 256);
    return bytes;
}

} // namespace

class TestMutants final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sameSeed_makesTheSameFile()
    {
        QString first;
        QString second;
        const QByteArray a = mutated(counting(9000, 1), counting(700, 3), 5, &first);
        QCOMPARE(mutated(counting(9000, 1), counting(700, 3), 5, &second), a);
        QCOMPARE(first, second);
        QVERIFY(!first.isEmpty());
    }

    void everySeed_changesTheFile_andManyWays()
    {
        QSet<QByteArray> results;
        QString all;
        for (std::uint32_t seed = 0; seed < 300; ++seed) {
            QString damage;
            const QByteArray bytes = mutated(counting(9000, 1), counting(700, 3), seed, &damage);
            QVERIFY2(bytes != counting(9000, 1), qPrintable(damage));
            results.insert(bytes);
            all += damage;
        }
        QVERIFY(results.size() > 290);
        for (const QString &way :
             {u"flipped"_s, u"0x7fffffff"_s, u"cut off"_s, u"its first"_s, u"taken out"_s,
              u"empty"_s, u"repeated"_s, u"moved"_s, u"another file"_s})
            QVERIFY2(all.contains(way), qPrintable(way));
    }

    void smallFile_isNoTrouble()
    {
        for (int size = 0; size < 6; ++size) {
            for (std::uint32_t seed = 0; seed < 200; ++seed) {
                QString damage;
                mutated(counting(size, 1), counting(size, 3), seed, &damage);
            }
        }
    }

    void mutant_isTheSame_whateverTheCount()
    {
        QTemporaryDir folder;
        QStringList sources;
        for (int i = 1; i < 4; ++i) {
            QFile file(folder.filePath(u"source-%1.bin"_s.arg(i)));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(counting(5000 * i, i));
            sources.append(file.fileName());
        }
        QVERIFY(QDir(folder.path()).mkdir(u"few"_s) && QDir(folder.path()).mkdir(u"many"_s));
        const auto few = makeMutants(sources, folder.filePath(u"few"_s), 2, 9);
        const auto many = makeMutants(sources, folder.filePath(u"many"_s), 7, 9);
        QCOMPARE(few.size(), std::size_t(2));
        QCOMPARE(many.size(), std::size_t(7));
        for (std::size_t i = 0; i < few.size(); ++i) {
            QFile one(few[i].file);
            QFile other(many[i].file);
            QVERIFY(one.open(QIODevice::ReadOnly) && other.open(QIODevice::ReadOnly));
            QCOMPARE(one.readAll(), other.readAll());
            QCOMPARE(few[i].damage, many[i].damage);
        }
        QVERIFY_THROWS_EXCEPTION(std::runtime_error,
                                 makeMutants({u"/none"_s}, folder.path(), 1, 1));
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestMutants)
#include "tst_mutants.moc"
