// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <atomic>
#include <memory>
#include <thread>

namespace continuo {

/// A folder behind a file system of our own (FUSE, spoken to the kernel without a library), read
/// only and not cached, that can stop answering as the share of a dead server does: who reads then
/// sleeps, and not even SIGKILL wakes him. The process needs mounts of its own, and its mounts end
/// with it. What is served are the files of one folder, not of folders in it.
class StallFs final {
public:
    /// Why this machine cannot have one; empty: it can.
    static QString unavailable();

    /// Covers \p folder with what is in it. Throws std::runtime_error.
    explicit StallFs(const QString &folder);
    /// Answers all that waits and uncovers the folder.
    ~StallFs();
    StallFs(const StallFs &) = delete;
    StallFs &operator=(const StallFs &) = delete;

    void stall(); ///< opens and reads are not answered from now on
    void goOn(); ///< they are, those that waited first
    int waiting() const { return m_waiting; } ///< that are not answered
    int reads() const { return m_reads; } ///< that were

private:
    struct Server;
    void serve();

    const QString m_folder;
    std::unique_ptr<Server> m_server;
    std::atomic<bool> m_isStalled = false;
    std::atomic<bool> m_isEnding = false;
    std::atomic<int> m_waiting = 0;
    std::atomic<int> m_reads = 0;
    std::thread m_thread; // last: it uses all of the above
};

} // namespace continuo
