// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_statworker.h"

#include "core/proof/statworker.h"
#include "tests/support/cputime.h"

#include <QDateTime>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <memory>
#include <semaphore>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// A share whose server does not answer until it is opened.
struct Gate {
    std::binary_semaphore reached{0};
    std::binary_semaphore opened{0};
};

StatWorker::Look lookThrough(const std::shared_ptr<Gate> &gate)
{
    return [gate](const QString &path) {
        if (path == "/dead/clip"_L1) {
            gate->reached.release();
            gate->opened.acquire();
        }
        FileState state;
        state.exists = true;
        state.sizeBytes = path.size();
        return state;
    };
}

// Keeps what it is told.
struct Receiver {
    QObject context;
    StatWorker::Answers got;

    StatWorker::Handler handler()
    {
        return [this](const StatWorker::Answers &answers) {
            got.insert(got.end(), answers.begin(), answers.end());
        };
    }
};

} // namespace

void TestStatWorker::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestStatWorker::answers_sayWhatTheFileIs_inOrder()
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(u"clip.wav"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write("12345"), 5);
    QVERIFY(file.flush());
    QVERIFY(file.setFileTime(QDateTime::fromMSecsSinceEpoch(1'700'000'000'123),
                             QFileDevice::FileModificationTime));
    file.close();

    Receiver receiver;
    StatWorker worker(&receiver.context, receiver.handler());
    worker.ask(file.fileName());
    worker.ask(u"/nowhere/clip"_s);
    worker.ask(folder.path());
    QTRY_COMPARE(receiver.got.size(), 3U);
    QCOMPARE(receiver.got[0].path, file.fileName());
    QVERIFY(receiver.got[0].state.exists);
    QCOMPARE(receiver.got[0].state.sizeBytes, 5);
    QCOMPARE(receiver.got[0].state.modifiedNs, 1'700'000'000'123'000'000);
    QVERIFY(receiver.got[0].state.inode > 0);
    QVERIFY(receiver.got[0].state == FileState::of(file.fileName()));
    QCOMPARE(receiver.got[1].path, u"/nowhere/clip"_s);
    QVERIFY(!receiver.got[1].state.exists);
    QCOMPARE(receiver.got[1].state.error, ENOENT);
    QVERIFY(receiver.got[2].state.exists);
}

void TestStatWorker::many_areAskedForAtOnce()
{
    constexpr int kMany = 20000;
    Receiver receiver;
    StatWorker worker(&receiver.context, receiver.handler());
    const long before = threadCpuMs();
    for (int i = 0; i < kMany; ++i)
        worker.ask(u"/nowhere/%1"_s.arg(i));
    const long took = threadCpuMs() - before;
    QVERIFY2(took < linearCpuMs(20000), qPrintable(QString::number(took)));
    QTRY_COMPARE(receiver.got.size(), std::size_t(kMany));
    for (int i = 0; i < kMany; ++i)
        QCOMPARE(receiver.got[std::size_t(i)].path, u"/nowhere/%1"_s.arg(i));
}

void TestStatWorker::hangingLook_delaysOnlyWhatIsBehind()
{
    const auto gate = std::make_shared<Gate>();
    Receiver receiver;
    StatWorker worker(&receiver.context, receiver.handler(), lookThrough(gate));
    worker.ask(u"/good/clip"_s);
    worker.ask(u"/dead/clip"_s);
    worker.ask(u"/good/other"_s);
    gate->reached.acquire();
    QTRY_COMPARE(receiver.got.size(), 1U); // nor does it hold us up
    gate->opened.release();
    QTRY_COMPARE(receiver.got.size(), 3U);
    QCOMPARE(receiver.got[2].path, u"/good/other"_s);
}

void TestStatWorker::hangingLook_isLeftBehind()
{
    const auto gate = std::make_shared<Gate>();
    Receiver receiver;
    {
        StatWorker worker(&receiver.context, receiver.handler(), lookThrough(gate));
        worker.ask(u"/dead/clip"_s);
        worker.ask(u"/good/clip"_s);
        gate->reached.acquire();
    } // would never come back if it waited
    gate->opened.release();
    QTRY_COMPARE(gate.use_count(), 1L); // the thread has gone, with all that it had
    QVERIFY(receiver.got.empty());
}

} // namespace continuo
