// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/records/recordwriter.h"

#include "core/base/logging.h"

#include <pthread.h>

#include <algorithm>

using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kRetry = 1s;
constexpr int kFailuresBeforeReopening = 5;
constexpr auto kPruneInterval = 1h;
constexpr auto kPruneSoon = 200ms; // between two portions, so that writes come in between
constexpr int kPrunePortion = 500; // rows in one transaction

bool isWorthAnotherTry(const Error &error)
{
    return error.code != ErrorCode::Internal;
}

} // namespace

RecordWriter::RecordWriter(const QString &file, RecordWriterEvents events)
    : m_events(std::move(events))
    , m_database(file)
    , m_thread([this](const std::stop_token &stop) { run(stop); })
{
}

RecordWriter::~RecordWriter()
{
    m_thread.request_stop();
    m_wake.notify_all();
    m_thread.join();
}

void RecordWriter::write(Job job, const QString &key, Done done)
{
    std::optional<Error> trouble;
    Done dropped;
    {
        const std::lock_guard lock(m_mutex);
        trouble = m_trouble;
        Entry entry{std::move(job), key, trouble ? Done() : done};
        const auto same = key.isEmpty()
            ? m_queue.end()
            : std::ranges::find_if(m_queue, [&](const Entry &one) { return one.key == key; });
        if (same != m_queue.end() && !same->done) {
            *same = std::move(entry);
        } else {
            m_queue.push_back(std::move(entry));
            if (m_queue.size() + m_batchSize > kMaxJobs) {
                dropped = std::move(m_queue.front().done);
                m_queue.pop_front();
                ++m_lost;
            }
        }
    }
    m_wake.notify_all();
    if (trouble && done)
        done(*trouble);
    if (dropped)
        dropped(Error{ErrorCode::Busy, QStringLiteral("the disk takes no more records"), 0});
}

void RecordWriter::read(std::function<void(const Result<RecordsDatabase *> &)> question)
{
    {
        const std::lock_guard lock(m_mutex);
        m_questions.push_back(std::move(question));
    }
    m_wake.notify_all();
}

void RecordWriter::run(const std::stop_token &stop)
{
    ::pthread_setname_np(::pthread_self(), "records");
    m_nextPrune = std::chrono::steady_clock::now() + 10s; // not while the station starts
    while (waitForWork(stop)) {
        while (writeBatch() && !stop.stop_requested()) { }
        answerQuestions();
        if (std::chrono::steady_clock::now() >= m_nextPrune)
            pruneSome();
    }
    while (writeBatch()) { }
    answerQuestions();
    m_database.close(); // in the thread that opened it
}

// False: end.
bool RecordWriter::waitForWork(const std::stop_token &stop)
{
    std::unique_lock lock(m_mutex);
    const auto now = std::chrono::steady_clock::now();
    const auto until = m_trouble ? now + kRetry : std::max(m_nextPrune, now);
    const bool isTroubled = m_trouble.has_value();
    m_wake.wait_until(lock, stop, until, [&] {
        // While the disk refuses, new jobs are no reason to try sooner.
        return !m_questions.empty() || (!isTroubled && !m_queue.empty());
    });
    return !stop.stop_requested();
}

Result<void> RecordWriter::ensureOpen()
{
    // SQLite would go on writing into a file that was deleted.
    if (m_database.isOpen() && m_database.isThere())
        return {};
    m_database.close();
    Result<void> opened = m_database.open();
    if (!opened && opened.error().code == ErrorCode::Corrupt) {
        const QString name = m_database.setAside();
        qCWarning(lcStation) << "the records were damaged and are now" << name
                             << opened.error().detail;
        m_events.damaged(name);
        opened = m_database.open();
    }
    return opened;
}

// True: something was written, and there may be more.
bool RecordWriter::writeBatch()
{
    {
        const std::lock_guard lock(m_mutex);
        std::ranges::move(m_queue, std::back_inserter(m_batch));
        m_queue.clear();
        m_batchSize = m_batch.size();
        if (m_batch.empty() && !m_trouble)
            return false;
    }
    const bool wasEmpty = m_batch.empty();
    if (const Result<void> committed = commitBatch(); !committed) {
        fail(committed.error());
        return false;
    }
    m_failures = 0;
    for (const Entry &entry : std::exchange(m_batch, {})) {
        if (entry.done)
            entry.done({});
    }
    bool hasRecovered = false;
    std::int64_t lost = 0;
    {
        const std::lock_guard lock(m_mutex);
        m_batchSize = 0;
        hasRecovered = m_trouble.has_value();
        m_trouble.reset();
        lost = std::exchange(m_lost, 0);
    }
    if (hasRecovered || lost > 0)
        m_events.recovered(lost);
    return !wasEmpty;
}

Result<void> RecordWriter::commitBatch()
{
    if (Result<void> opened = ensureOpen(); !opened)
        return opened;
    if (Result<void> begun = m_database.begin(); !begun)
        return begun;
    for (auto entry = m_batch.begin(); entry != m_batch.end();) {
        const Result<void> written = entry->job(m_database);
        if (!written && isWorthAnotherTry(written.error()))
            return written;
        if (!written) {
            // A statement that SQLite does not take is a bug; it must not hold up the others.
            qCWarning(lcStation) << "a record is lost:" << written.error().detail;
            if (entry->done)
                entry->done(written);
            entry = m_batch.erase(entry);
        } else {
            ++entry;
        }
    }
    return m_database.commit();
}

void RecordWriter::fail(const Error &error)
{
    m_database.rollback();
    // What stands there can be read on while the disk is full. Closed only now and then, so that a
    // disk that was replaced is found.
    if (++m_failures % kFailuresBeforeReopening == 0)
        m_database.close();
    if (error.code == ErrorCode::Corrupt) {
        const QString name = m_database.setAside();
        qCWarning(lcStation) << "the records were damaged and are now" << name << error.detail;
        m_events.damaged(name);
    }
    std::deque<Entry> waiting;
    bool isNew = false;
    {
        const std::lock_guard lock(m_mutex);
        isNew = !m_trouble;
        m_trouble = error;
        for (Entry &entry : m_queue)
            waiting.push_back({{}, {}, std::exchange(entry.done, {})});
    }
    if (isNew) {
        qCWarning(lcStation) << "records wait for the disk:" << error.detail;
        m_events.troubled(error);
    }
    for (Entry &entry : m_batch)
        waiting.push_back({{}, {}, std::exchange(entry.done, {})});
    for (const Entry &entry : waiting) {
        if (entry.done)
            entry.done(error);
    }
}

void RecordWriter::answerQuestions()
{
    std::deque<std::function<void(const Result<RecordsDatabase *> &)>> questions;
    {
        const std::lock_guard lock(m_mutex);
        // A job that came since the last batch may have come before the question.
        if (!m_queue.empty() && !m_trouble)
            return;
        questions.swap(m_questions);
    }
    for (const auto &question : questions) {
        const Result<void> opened = ensureOpen();
        question(opened ? Result<RecordsDatabase *>(&m_database)
                        : Result<RecordsDatabase *>(opened.error()));
    }
}

void RecordWriter::pruneSome()
{
    const auto now = std::chrono::steady_clock::now();
    m_nextPrune = now + kPruneInterval;
    if (!ensureOpen())
        return;
    const Result<int> days = m_database.keepDays();
    if (!days || days.value() <= 0)
        return;
    const auto wall
        = std::chrono::duration_cast<WallTime>(std::chrono::system_clock::now().time_since_epoch());
    const Result<int> pruned
        = m_database.prune(wall - std::chrono::hours(24) * days.value(), kPrunePortion);
    if (!pruned)
        qCWarning(lcStation) << "old records stay for now:" << pruned.error().detail;
    else if (pruned.value() > 0)
        m_nextPrune = now + kPruneSoon;
}

} // namespace continuo
