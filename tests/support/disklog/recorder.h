// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/disklog/disklog.h"

#include <QHash>

// Between the interposed functions and the log.
namespace disklog {

class Recorder final {
public:
    static Recorder &instance();

    void begin(const QString &folder);
    QList<Operation> end();
    void add(const Operation &operation);

    bool isOn() const { return m_isOn; }
    /// The path below the recorded folder; empty: it is elsewhere (or recording is off).
    QByteArray below(const char *path) const;
    void opened(int fd, const QByteArray &path, bool isNew, bool isTruncated);
    void closed(int fd) { m_files.remove(fd); }
    void wrote(int fd, const void *data, ssize_t size, qint64 offset);
    void truncated(int fd, qint64 size);
    void synced(int fd);
    void renamed(const QByteArray &from, const QByteArray &to, bool isExchange);
    void unlinked(const QByteArray &path);
    void madeFolder(const QByteArray &path);
    bool knows(int fd) const { return m_isOn && m_files.contains(fd); }

private:
    struct Open {
        int file = -1;
        QByteArray path; // of a folder
    };

    bool m_isOn = false;
    QByteArray m_root;
    QList<Operation> m_operations;
    QHash<int, Open> m_files; // by descriptor
    QHash<QByteArray, int> m_names;
    int m_nextFile = 0;
};

} // namespace disklog
