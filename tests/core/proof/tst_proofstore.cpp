// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/proofstore.h"
#include "tests/core/proof/subjects.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <condition_variable>
#include <mutex>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

constexpr qint64 kModifiedNs = 1'700'000'000'123'456'789; // no double holds it

FileState someState()
{
    FileState state;
    state.exists = true;
    state.sizeBytes = 5;
    state.modifiedNs = kModifiedNs;
    state.device = 7;
    state.inode = 9;
    return state;
}

Proof someProof()
{
    Proof proof;
    proof.ends = {{u"facts"_s, QJsonObject{{u"durationUs"_s, 1'000'000}}}};
    proof.tier = 1;
    return proof;
}

WaypointListPtr someWaypoints(std::int64_t count)
{
    WaypointList list;
    list.tickUs = 100.0 / 9;
    list.leading = 0;
    for (std::int64_t i = 0; i < count; ++i)
        list.points.push_back(
            {i * 1'000'000'007, i * 450'000, i * 450'000, i * 125, 0, 0, -9, std::uint32_t(i), 3});
    return std::make_shared<const WaypointList>(std::move(list));
}

/// A store, and what it says; find() waits for the answer.
class Kept {
public:
    explicit Kept(const QString &file)
        : m_store(file, events())
    {
    }
    ProofStore &store() { return m_store; }
    std::optional<Proof> find(const QString &path, const FileState &state)
    {
        std::unique_lock lock(m_mutex);
        m_hasAnswer = false;
        m_store.find(path, state);
        m_answered.wait(lock, [this] { return m_hasAnswer; });
        return m_answer;
    }
    /// The last waypoints that were asked for: the store could not say.
    bool isUnknown() const { return m_isUnknown; }
    WaypointListPtr findWaypoints(const QString &path, const FileState &state)
    {
        std::unique_lock lock(m_mutex);
        m_hasAnswer = false;
        m_isUnknown = false;
        m_store.findWaypoints(path, state);
        m_answered.wait(lock, [this] { return m_hasAnswer; });
        return m_waypoints;
    }
    std::atomic<int> damaged = 0;
    std::atomic<int> troubled = 0;
    std::atomic<int> recovered = 0;

private:
    ProofStoreEvents events()
    {
        return {[this](const QString &, const FileState &, const std::optional<Proof> &proof) {
                    const std::lock_guard lock(m_mutex);
                    m_answer = proof;
                    m_hasAnswer = true;
                    m_answered.notify_all();
                },
                [this](const Error &) { ++troubled; },
                [this] { ++recovered; },
                [this](const Error &) { ++damaged; },
                [this](const QString &, const FileState &, const WaypointListPtr &list) {
                    const std::lock_guard lock(m_mutex);
                    m_waypoints = list;
                    m_hasAnswer = true;
                    m_answered.notify_all();
                },
                [this](const QString &, const FileState &) {
                    const std::lock_guard lock(m_mutex);
                    m_waypoints.reset();
                    m_isUnknown = true;
                    m_hasAnswer = true;
                    m_answered.notify_all();
                }};
    }

    std::mutex m_mutex;
    std::condition_variable m_answered;
    std::optional<Proof> m_answer;
    WaypointListPtr m_waypoints;
    bool m_isUnknown = false;
    bool m_hasAnswer = false;
    ProofStore m_store;
};

class TestProofStore final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void proof_isThere_afterReopening()
    {
        const QTemporaryDir folder;
        const QString file = folder.filePath(u"proofs.sqlite"_s);
        {
            Kept kept(file);
            kept.store().keep(u"/a"_s, someState(), someProof());
        } // ends when it is written
        Kept again(file);
        const std::optional<Proof> proof = again.find(u"/a"_s, someState());
        QVERIFY(proof);
        QCOMPARE(proof->toJson(), someProof().toJson());
        QVERIFY(!again.find(u"/b"_s, someState()));
        again.store().forget(u"/a"_s);
        QVERIFY(!again.find(u"/a"_s, someState()));
    }

    void proof_isOfThatFileOnly_data()
    {
        QTest::addColumn<QString>("what");
        for (const char *what : {"size", "time", "device", "inode"})
            QTest::newRow(what) << QString::fromLatin1(what);
    }
    void proof_isOfThatFileOnly()
    {
        QFETCH(QString, what);
        const QTemporaryDir folder;
        Kept kept(folder.filePath(u"proofs.sqlite"_s));
        kept.store().keep(u"/a"_s, someState(), someProof());
        QVERIFY(kept.find(u"/a"_s, someState()));
        FileState other = someState();
        qint64 &changed = what == "size"_L1 ? other.sizeBytes
            : what == "time"_L1             ? other.modifiedNs
            : what == "device"_L1           ? other.device
                                            : other.inode;
        ++changed; // of the time: one nanosecond
        QVERIFY(!kept.find(u"/a"_s, other));
        kept.store().keep(u"/a"_s, other, someProof());
        QVERIFY(kept.find(u"/a"_s, other));
        QVERIFY(!kept.find(u"/a"_s, someState())); // the file has but one state
    }

    void waypoints_areThere_afterReopening()
    {
        const QTemporaryDir folder;
        const QString file = folder.filePath(u"proofs.sqlite"_s);
        const WaypointListPtr list = someWaypoints(std::int64_t(WaypointList::kMost));
        {
            Kept kept(file);
            kept.store().keepWaypoints(u"/a"_s, someState(), list);
        }
        QVERIFY(QFileInfo(file).size() < 200'000); // three hours of them
        Kept again(file);
        const WaypointListPtr found = again.findWaypoints(u"/a"_s, someState());
        QVERIFY(found && *found == *list);
        QVERIFY(!again.findWaypoints(u"/b"_s, someState()));
        FileState other = someState();
        ++other.modifiedNs;
        QVERIFY(!again.findWaypoints(u"/a"_s, other));
        again.store().forget(u"/a"_s);
        QVERIFY(!again.findWaypoints(u"/a"_s, someState()));
    }

    void shelf_isBounded()
    {
        WaypointShelf shelf;
        const WaypointListPtr list = someWaypoints(3);
        for (qsizetype i = 0; i < WaypointShelf::kMostFiles; ++i)
            shelf.put(QString::number(i), someState(), list);
        QVERIFY(shelf.find(u"0"_s)); // and so it is wanted
        shelf.put(u"more"_s, someState(), list);
        QVERIFY(shelf.has(u"0"_s, someState()) && shelf.has(u"more"_s, someState()));
        QVERIFY(!shelf.has(u"1"_s, someState()));
        FileState other = someState();
        ++other.sizeBytes;
        QVERIFY(!shelf.has(u"more"_s, other));
    }

    void damaged_isBegunAnew_data()
    {
        QTest::addColumn<bool>("isTorn"); // else it never was a database
        QTest::newRow("torn") << true;
        QTest::newRow("something else") << false;
    }
    void damaged_isBegunAnew()
    {
        QFETCH(bool, isTorn);
        const QTemporaryDir folder;
        const QString name = folder.filePath(u"proofs.sqlite"_s);
        {
            Kept kept(name);
            for (int i = 0; i < 200; ++i)
                kept.store().keep(u"/%1"_s.arg(i), someState(), someProof());
        }
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadWrite));
        if (isTorn)
            file.seek(4096);
        file.write(QByteArray(isTorn ? int(file.size() - 4096) : 4096, 'x'));
        file.close();
        Kept kept(name);
        QVERIFY(!kept.find(u"/1"_s, someState()));
        QTRY_COMPARE(kept.damaged.load(), 1);
        kept.store().keep(u"/1"_s, someState(), someProof());
        QVERIFY(kept.find(u"/1"_s, someState()));
        QCOMPARE(kept.troubled.load(), 0);
    }

    void refusingDisk_isToldOnce_andGoneOnWith()
    {
        const QTemporaryDir folder;
        const QString name = folder.filePath(u"gone/proofs.sqlite"_s); // no such folder
        Kept kept(name);
        QVERIFY(!kept.find(u"/a"_s, someState()));
        kept.store().keep(u"/a"_s, someState(), someProof());
        QVERIFY(!kept.find(u"/a"_s, someState()));
        QVERIFY(!kept.findWaypoints(u"/a"_s, someState()));
        QVERIFY(kept.isUnknown()); // and not: it has none
        QCOMPARE(kept.troubled.load(), 1);
        QVERIFY(QDir().mkpath(folder.filePath(u"gone"_s)));
        kept.store().keep(u"/a"_s, someState(), someProof());
        QVERIFY(kept.find(u"/a"_s, someState()));
        QTRY_COMPARE(kept.recovered.load(), 1);
        QVERIFY(!kept.findWaypoints(u"/a"_s, someState()));
        QVERIFY(!kept.isUnknown());
    }
};

} // namespace

std::unique_ptr<QObject> makeProofStoreTest()
{
    return std::make_unique<TestProofStore>();
}

#include "tst_proofstore.moc"
