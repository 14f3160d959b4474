// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pipe/fifo.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

class TestFifo : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString m_path;

    EventFd stopEvent()
    {
        Result<EventFd> event = EventFd::create();
        Q_ASSERT(event);
        return std::move(event).value();
    }
    UniqueFd openReader()
    {
        return UniqueFd(
            ::open(QFile::encodeName(m_path).constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    }

private Q_SLOTS:
    void initTestCase() { std::signal(SIGPIPE, SIG_IGN); }

    void init()
    {
        QTest::failOnWarning(QRegularExpression(u".?"_s));
        m_path = m_folder.filePath(u"pipe"_s);
        QVERIFY(createFifo(m_path));
    }

    void create_replacesStaleFile_withMode0600()
    {
        QFile stale(m_folder.filePath(u"stale"_s));
        QVERIFY(stale.open(QIODevice::WriteOnly));
        stale.close();
        QVERIFY(createFifo(stale.fileName()));
        struct stat info { };
        QCOMPARE(::stat(QFile::encodeName(stale.fileName()).constData(), &info), 0);
        QVERIFY(S_ISFIFO(info.st_mode));
        QCOMPARE(info.st_mode & 0777U, 0600U);
    }

    void open_timesOut_withoutReader()
    {
        const EventFd stop = stopEvent();
        const Result<FifoWriter> writer = FifoWriter::open(m_path, stop, 50ms);
        QVERIFY(!writer);
        QCOMPARE(writer.error().code, ErrorCode::Timeout);
    }

    void open_endsAtOnce_whenStopped()
    {
        const EventFd stop = stopEvent();
        stop.notify();
        const Result<FifoWriter> writer = FifoWriter::open(m_path, stop, 10s);
        QVERIFY(!writer);
        QCOMPARE(writer.error().native, ECANCELED);
    }

    void open_saysSo_whenFifoIsDeleted()
    {
        QVERIFY(QFile::remove(m_path));
        const EventFd stop = stopEvent();
        const Result<FifoWriter> writer = FifoWriter::open(m_path, stop, 1s);
        QVERIFY(!writer);
        QCOMPARE(writer.error().code, ErrorCode::NotFound);
    }

    void level_tellsWhatWaits()
    {
        const UniqueFd reader = openReader();
        const EventFd stop = stopEvent();
        Result<FifoWriter> writer = FifoWriter::open(m_path, stop, 1s);
        QVERIFY(writer);
        const std::vector<std::uint8_t> bytes(100000, 7);
        QVERIFY(writer->write(bytes.data(), bytes.size(), stop));
        QCOMPARE(pipeLevel(writer->fd()).bytes, 100000);
        QCOMPARE(pipeLevel(writer->fd()).capacity, kPipeBytes);
        QCOMPARE(pipeLevel(-1).capacity, 0);
    }

    void write_passesMoreThanThePipeHolds_inOrder_data()
    {
        QTest::addColumn<bool>("isLent");
        QTest::newRow("written") << false;
        QTest::newRow("lent") << true;
    }
    void write_passesMoreThanThePipeHolds_inOrder()
    {
        QFETCH(const bool, isLent);
        UniqueFd reader = openReader();
        const EventFd stop = stopEvent();
        Result<FifoWriter> writer = FifoWriter::open(m_path, stop, 1s);
        QVERIFY(writer);
        std::vector<std::uint8_t> bytes(3 * 1024 * 1024 + 17);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = std::uint8_t(i * 31 >> 3);
        auto received = std::async(std::launch::async, [&reader] {
            ::fcntl(reader.get(), F_SETFL, 0); // blocking from here on
            std::vector<std::uint8_t> all;
            std::array<std::uint8_t, 8192> part{};
            for (;;) {
                const ssize_t got = ::read(reader.get(), part.data(), part.size());
                if (got <= 0)
                    return all;
                all.insert(all.end(), part.begin(), part.begin() + got);
            }
        });
        QVERIFY(isLent ? writer->lend(bytes.data(), bytes.size(), stop)
                       : writer->write(bytes.data(), bytes.size(), stop));
        {
            const FifoWriter closing = std::move(writer).value();
        }
        QVERIFY(received.get() == bytes);
    }

    void write_reportsClosed_whenReaderGoes()
    {
        UniqueFd reader = openReader();
        const EventFd stop = stopEvent();
        Result<FifoWriter> writer = FifoWriter::open(m_path, stop, 1s);
        QVERIFY(writer);
        reader.reset();
        const std::uint8_t byte = 1;
        const Result<void> written = writer->write(&byte, 1, stop);
        QVERIFY(!written);
        QCOMPARE(written.error().native, EPIPE);
    }

    // What is read is the page itself: nothing was copied.
    void lend_sharesThePages()
    {
        const UniqueFd reader = openReader();
        const EventFd stop = stopEvent();
        Result<FifoWriter> writer = FifoWriter::open(m_path, stop, 1s);
        QVERIFY(writer);
        std::vector<std::uint8_t> bytes(1000, 1);
        QVERIFY(writer->lend(bytes.data(), bytes.size(), stop));
        std::ranges::fill(bytes, std::uint8_t(2));
        std::vector<std::uint8_t> read(bytes.size());
        QCOMPARE(::read(reader.get(), read.data(), read.size()), ssize_t(read.size()));
        QVERIFY(read == bytes);
    }

    void write_stops_whenFullAndTold()
    {
        const UniqueFd reader = openReader();
        const EventFd stop = stopEvent();
        Result<FifoWriter> writer = FifoWriter::open(m_path, stop, 1s);
        QVERIFY(writer);
        const std::vector<std::uint8_t> bytes(std::size_t(kPipeBytes) * 2);
        auto written = std::async(std::launch::async,
                                  [&] { return writer->write(bytes.data(), bytes.size(), stop); });
        QTRY_COMPARE(pipeLevel(reader.get()).bytes, kPipeBytes);
        stop.notify();
        const Result<void> outcome = written.get();
        QVERIFY(!outcome);
        QCOMPARE(outcome.error().native, ECANCELED);
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestFifo)
#include "tst_fifo.moc"
