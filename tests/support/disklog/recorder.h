// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/disklog/disklog.h"

#include <QHash>

#include <atomic>
#include <mutex>
#include <optional>

// Between the interposed functions and the log. Any thread.
namespace disklog {

class Recorder final {
public:
    static Recorder &instance();

    void begin(const QString &folder);
    QList<Operation> end();
    void add(const Operation &operation);

    /// The path below the recorded folder; empty: it is elsewhere (or recording is off).
    QByteArray below(const char *path) const;
    /// \p newMode: the file was made by that, with that mode.
    void opened(int fd, const QByteArray &path, std::optional<int> newMode, bool isTruncated);
    void closed(int fd);
    void wrote(int fd, const void *data, ssize_t size, qint64 offset);
    void truncated(int fd, qint64 size);
    void synced(int fd);
    void renamed(const QByteArray &from, const QByteArray &to, bool isExchange);
    void unlinked(const QByteArray &path);
    void madeFolder(const QByteArray &path);
    bool knows(int fd) const;

private:
    struct Open {
        int file = -1;
        QByteArray path; // of a folder
    };

    void note(const Operation &operation); // with m_mutex

    std::atomic<bool> m_isOn = false; // looked at first: most calls are not for us
    mutable std::mutex m_mutex;
    QByteArray m_root; // this and what follows is guarded by m_mutex
    QList<Operation> m_operations;
    QHash<int, Open> m_files; // by descriptor
    QHash<QByteArray, int> m_names;
    int m_nextFile = 0;
};

} // namespace disklog
