// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/records/recordsdatabase.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace continuo {

/// What the writer tells, on its own thread.
struct RecordWriterEvents {
    /// The disk refuses: everything is kept and tried again each second. Told once, until
    /// recovered().
    std::function<void(const Error &)> troubled;
    /// All is written again; \p lost jobs had been dropped, the oldest first, for want of room.
    std::function<void(std::int64_t lost)> recovered;
    /// The file was damaged and is now called so; a new one was begun.
    std::function<void(const QString &setAsideAs)> damaged;
};

/// The thread that owns the records' database. Others leave jobs in a bounded queue and never wait
/// for the disk. Jobs that are there together are one transaction, so a busy station costs one
/// fsync a batch; a job is done when it is committed.
///
/// A full or dead disk: the batch is rolled back and kept, and tried again each second; beyond
/// \p kMaxJobs the oldest are dropped and counted.
class RecordWriter final {
public:
    using Job = std::function<Result<void>(RecordsDatabase &)>;
    using Done = std::function<void(const Result<void> &)>;

    static constexpr std::size_t kMaxJobs = 20000; // about 10 MB; a week of half-minute clips

    RecordWriter(const QString &file, RecordWriterEvents events);
    /// Tries once more to write what waits, then ends the thread: as long as the disk takes.
    ~RecordWriter();

    /// Leaves a job. One that waits under the same \p key (when not empty) is replaced, in its
    /// place. \p done is called on the writer's thread when the job is committed, or at once with
    /// the error when the disk refuses; the job is tried again all the same.
    void write(Job job, const QString &key = {}, Done done = {});
    /// Leaves a question. It is asked behind the jobs that were left before, or when these cannot
    /// be written; the error of opening the file when that is why nothing can be read.
    void read(std::function<void(const Result<RecordsDatabase *> &)> question);

private:
    struct Entry {
        Job job;
        QString key;
        Done done;
    };

    void run(const std::stop_token &stop);
    bool waitForWork(const std::stop_token &stop);
    Result<void> ensureOpen();
    bool writeBatch();
    Result<void> commitBatch();
    void answerQuestions();
    void fail(const Error &error);
    void pruneSome();

    const RecordWriterEvents m_events;

    // Of the writer's thread only.
    RecordsDatabase m_database;
    std::deque<Entry> m_batch; // taken off the queue, not yet committed
    int m_failures = 0; // in a row
    std::chrono::steady_clock::time_point m_nextPrune{};

    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<Entry> m_queue; // guarded by m_mutex
    std::deque<std::function<void(const Result<RecordsDatabase *> &)>> m_questions; // the same
    std::int64_t m_lost = 0; // guarded by m_mutex
    std::size_t m_batchSize = 0; // guarded by m_mutex: what of the bound the batch takes
    std::optional<Error> m_trouble; // guarded by m_mutex

    std::jthread m_thread; // last: it uses all of the above
};

} // namespace continuo
