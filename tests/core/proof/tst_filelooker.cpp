// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/filelooker.h"
#include "tests/core/proof/subjects.h"

#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

#include <semaphore>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

/// A share whose server does not answer until it is opened.
struct DeadShare {
    std::counting_semaphore<16> opened{0};

    static StatWorker::Look look(const std::shared_ptr<DeadShare> &share)
    {
        return [share](const QString &path) {
            if (path.startsWith("/dead/"_L1))
                share->opened.acquire();
            return FileState{true, 0, path.size(), 0, 0, 0};
        };
    }
};

QStringList pathsOf(const QSignalSpy &spy)
{
    QStringList paths;
    for (const auto &call : spy)
        paths.append(call.first().toString());
    return paths;
}

class TestFileLooker final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void hangingFile_isTold_andOthersGoOn()
    {
        const auto share = std::make_shared<DeadShare>();
        FileLooker looker(4, DeadShare::look(share));
        looker.setPatience(500ms);
        const QSignalSpy looked(&looker, &FileLooker::looked);
        const QSignalSpy hung(&looker, &FileLooker::hung);
        const QSignalSpy back(&looker, &FileLooker::cameBack);
        looker.ask(u"/good/1"_s, FileLooker::Place::Last);
        looker.ask(u"/dead/1"_s, FileLooker::Place::Last);
        looker.ask(u"/good/2"_s, FileLooker::Place::Last);
        QTRY_COMPARE(hung.size(), 1);
        QCOMPARE(pathsOf(hung), QStringList{u"/dead/1"_s});
        QTRY_COMPARE(pathsOf(looked), (QStringList{u"/good/1"_s, u"/good/2"_s}));
        QCOMPARE(looker.hanging(), 1);
        share->opened.release(2);
        QTRY_COMPARE(pathsOf(back), QStringList{u"/dead/1"_s});
        QCOMPARE(looker.hanging(), 0);
        QCOMPARE(looked.size(), 2); // what came late was not asked for any more
    }

    void hangingWorkers_areBounded()
    {
        const auto share = std::make_shared<DeadShare>();
        FileLooker looker(2, DeadShare::look(share));
        looker.setPatience(300ms);
        const QSignalSpy looked(&looker, &FileLooker::looked);
        const QSignalSpy hung(&looker, &FileLooker::hung);
        for (int i = 0; i < 3; ++i)
            looker.ask(u"/dead/%1"_s.arg(i), FileLooker::Place::Last);
        looker.ask(u"/good/1"_s, FileLooker::Place::Last);
        QTRY_COMPARE(hung.size(), 2);
        QTest::qWait(1000); // as long as it would take to hang on the third
        QCOMPARE(hung.size(), 2);
        QCOMPARE(looked.size(), 0);
        QCOMPARE(looker.takeOut(u"/dead"_s), std::vector<QString>{u"/dead/2"_s});
        share->opened.release(4);
        QTRY_COMPARE(pathsOf(looked), QStringList{u"/good/1"_s});
        QTRY_COMPARE(looker.hanging(), 0);
    }

    void firstPlace_goesBeforeWhatWaits()
    {
        const auto share = std::make_shared<DeadShare>();
        FileLooker looker(4, DeadShare::look(share));
        const QSignalSpy looked(&looker, &FileLooker::looked);
        looker.ask(u"/dead/1"_s, FileLooker::Place::Last); // keeps the others waiting
        looker.ask(u"/good/1"_s, FileLooker::Place::Last);
        looker.ask(u"/good/2"_s, FileLooker::Place::First);
        share->opened.release();
        QTRY_COMPARE(pathsOf(looked), (QStringList{u"/dead/1"_s, u"/good/2"_s, u"/good/1"_s}));
    }
};

} // namespace

std::unique_ptr<QObject> makeFileLookerTest()
{
    return std::make_unique<TestFileLooker>();
}

#include "tst_filelooker.moc"
