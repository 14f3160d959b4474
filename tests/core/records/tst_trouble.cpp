// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/records/subjects.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QTemporaryDir>

#include <sys/resource.h>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

// No file of this process may grow beyond the size that the write-ahead log has: what a full disk
// does, on demand.
class FullDisk final {
public:
    explicit FullDisk(const QString &log)
    {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        rlimit limit = m_before;
        limit.rlim_cur = rlim_t(QFileInfo(log).size());
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &m_before); }
    FullDisk(const FullDisk &) = delete;
    FullDisk &operator=(const FullDisk &) = delete;

private:
    rlimit m_before{};
};

class TestTrouble final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(u".?"_s));
        m_folder = std::make_unique<QTemporaryDir>();
        open();
    }
    void cleanup() { m_records.reset(); }

    void fullDisk_isTold_andGoesOnByItself()
    {
        m_records->beginAiring(airingOf(u"a"_s, 480));
        QVERIFY(isKept(*m_records));
        {
            QTest::ignoreMessage(QtWarningMsg,
                                 QRegularExpression(u"records wait for the disk.*"_s));
            const FullDisk full(file() + u"-wal"_s);
            m_records->endAiring(u"one"_s, until(600), {}, {});
            m_records->beginAiring(airingOf(u"b"_s, 600));
            QTRY_COMPARE(m_codes, QStringList(u"records-not-written"_s));
            // Nobody waits for the disk, and what stands there can be read.
            QVERIFY(isKept(*m_records)); // before the end of the patience
            QCOMPARE(rowsOf(*m_records).size(), 1);
            m_records->onMessage(u"one"_s, u"warning"_s, u"overload"_s, u"much"_s);
            QCOMPARE(m_records->alarms({}).size(), 1U); // also while nothing can be written
        }
        QTRY_COMPARE(m_codes.size(), 2);
        QCOMPARE(m_codes.last(), u"records-not-written-over"_s);
        const QList<Airing> rows = rowsOf(*m_records);
        QCOMPARE(rows.size(), 2);
        QCOMPARE(rows[0].end.nextFrame, 600);
        QVERIFY(rows[1].isOnAir);
        open();
        QTRY_COMPARE(m_records->alarms({}).size(), 1U);
    }

    void folderThatIsMissing_isTriedAgain()
    {
        m_records.reset();
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"records wait for the disk.*"_s));
        const QString folder = m_folder->filePath(u"later"_s);
        m_records = std::make_unique<Records>(folder + u"/records.sqlite"_s, kDiskPatience);
        m_records->beginAiring(airingOf(u"a"_s, 480));
        QVERIFY(isKept(*m_records)); // answered all the same
        QVERIFY(!listed(*m_records, {u"one"_s, {}, {}, 0, 10}));
        QVERIFY(QDir().mkpath(folder));
        QTRY_COMPARE(rowsOf(*m_records).size(), 1);
    }

    void deletedFile_isMadeAnew()
    {
        m_records->beginAiring(airingOf(u"a"_s, 480));
        QVERIFY(isKept(*m_records));
        for (const QString &end : {QString(), u"-wal"_s, u"-shm"_s})
            QFile::remove(file() + end);
        m_records->beginAiring(airingOf(u"b"_s, 600));
        QVERIFY(isKept(*m_records));
        open();
        QCOMPARE(rowsOf(*m_records).size(), 1);
    }

    void damagedFile_isSetAside_data()
    {
        QTest::addColumn<int>("from");
        QTest::newRow("no database at all") << 0;
        QTest::newRow("its pages") << 4096;
    }
    void damagedFile_isSetAside()
    {
        QFETCH(int, from);
        m_records->beginAiring(airingOf(u"a"_s, 480));
        m_records.reset();
        {
            QFile damaged(file());
            QVERIFY(damaged.open(QIODevice::ReadWrite));
            QVERIFY(damaged.size() > 4096);
            damaged.seek(from);
            damaged.write(QByteArray(int(damaged.size()) - from, 'x'));
        }
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"the records were damaged.*"_s));
        if (from > 0)
            QTest::ignoreMessage(QtWarningMsg,
                                 QRegularExpression(u"records wait for the disk.*"_s));
        open();
        m_records->beginAiring(airingOf(u"b"_s, 480));
        QTRY_VERIFY(m_codes.contains(u"records-damaged"_s));
        QTRY_COMPARE(rowsOf(*m_records).size(), 1);
        QCOMPARE(QDir(m_folder->path()).entryList({u"*.damaged-*"_s}, QDir::Files).size(), 1);
    }

    void queue_isBounded_andSaysWhatWasLost()
    {
        m_records.reset();
        std::atomic<std::int64_t> lost = -1;
        RecordWriterEvents events;
        std::atomic<bool> isTroubled = false;
        events.troubled = [&](const Error &) { isTroubled = true; };
        events.damaged = [](const QString &) {};
        events.recovered = [&](std::int64_t number) { lost = number; };
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"records wait for the disk.*"_s));
        const QString folder = m_folder->filePath(u"later"_s);
        RecordWriter writer(folder + u"/records.sqlite"_s, std::move(events));
        std::atomic<int> done = 0;
        const auto write = [&] {
            writer.write([&](RecordsDatabase &) {
                ++done;
                return Result<void>();
            });
        };
        write();
        QTRY_VERIFY(isTroubled);
        for (std::size_t i = 1; i < RecordWriter::kMaxJobs + 50; ++i)
            write();
        QVERIFY(QDir().mkpath(folder));
        QTRY_COMPARE(lost, 50);
        QCOMPARE(done, int(RecordWriter::kMaxJobs));
    }

private:
    QString file() const { return m_folder->filePath(u"records.sqlite"_s); }
    void open()
    {
        m_codes.clear();
        m_records.reset();
        m_records = std::make_unique<Records>(file(), kDiskPatience);
        connect(m_records.get(), &Records::message, this,
                [this](const QString &, const QString &code) { m_codes.append(code); });
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Records> m_records;
    QStringList m_codes;
};

} // namespace

std::unique_ptr<QObject> makeTroubleTest()
{
    return std::make_unique<TestTrouble>();
}

#include "tst_trouble.moc"
