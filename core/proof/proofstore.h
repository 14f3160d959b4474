// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proof/proof.h"
#include "core/proof/statworker.h"
#include "core/proof/waypointshelf.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace continuo {

/// What the store tells, on its own thread.
struct ProofStoreEvents {
    /// Whether the file that was asked for was proven in that very state.
    std::function<void(const QString &path, const FileState &state,
                       const std::optional<Proof> &proof)>
        found;
    /// The disk refuses: proofs last as long as the engine. Told once, until recovered().
    std::function<void(const Error &error)> troubled;
    std::function<void()> recovered;
    /// The database was damaged and begun anew.
    std::function<void(const Error &error)> damaged;
    /// Those of the file in that very state; null: there are none.
    std::function<void(const QString &path, const FileState &state, const WaypointListPtr &list)>
        waypointsFound;
    /// The disk did not say whether there are some.
    std::function<void(const QString &path, const FileState &state)> waypointsUnknown;
};

/// Keeps proofs from one engine to the next: `proofs.sqlite`, with a thread of its own, so that
/// nobody waits for the disk. A proof belongs to a path and to what the file system says of it.
/// Nothing in it is missed for long: what cannot be kept, or read again, is proven again. So a
/// damaged database is thrown away, and what the queue cannot take (kMaxJobs) is left out.
class ProofStore final {
public:
    static constexpr std::size_t kMaxJobs = 60'000; ///< a full list, and what is being proven

    ProofStore(const QString &file, ProofStoreEvents events);
    /// Writes what waits, then ends the thread: as long as the disk takes.
    ~ProofStore();
    ProofStore(const ProofStore &) = delete;
    ProofStore &operator=(const ProofStore &) = delete;

    /// Answered by found(). False: the queue is full, and it is not.
    bool find(const QString &path, const FileState &state);
    void keep(const QString &path, const FileState &state, const Proof &proof);
    void forget(const QString &path);
    /// Answered by waypointsFound() or waypointsUnknown(). False: the queue is full, and it is not.
    bool findWaypoints(const QString &path, const FileState &state);
    void keepWaypoints(const QString &path, const FileState &state, WaypointListPtr list);

private:
    enum class Kind { Find, Keep, Forget, FindWaypoints, KeepWaypoints };
    struct Job {
        Kind kind = Kind::Find;
        QString path;
        FileState state;
        Proof proof; // to keep
        WaypointListPtr waypoints = {}; // to keep
    };

    bool push(Job job);
    void run(const std::stop_token &stop);
    void work(std::deque<Job> &jobs, class ProofDatabase &database);
    Result<void> workOne(const Job &job, class ProofDatabase &database);
    void answerUnknown(const std::deque<Job> &jobs) const;
    void note(const Result<void> &outcome, class ProofDatabase &database);

    const QString m_file;
    const ProofStoreEvents m_events;
    bool m_isTroubled = false; // of the thread only
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<Job> m_jobs; // guarded by m_mutex
    std::jthread m_thread; // last: it uses all of the above
};

} // namespace continuo
