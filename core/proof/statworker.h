// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>
#include <memory>
#include <vector>

class QObject;

namespace continuo {

/// What the file system says of a file; `continuo-player --prove` prints the same of it.
struct FileState {
    bool exists = false;
    int error = 0; ///< errno: why nothing can be said of it
    qint64 sizeBytes = -1;
    qint64 modifiedNs = -1; ///< since 1970
    qint64 device = 0;
    qint64 inode = 0;

    bool operator==(const FileState &) const = default;
    /// Looks at \p path. Blocks, for ever when that lies on a share whose server is dead.
    static FileState of(const QString &path);
};

/// Looks at files on a thread of its own, one after the other. A look at a share whose server is
/// dead ends only when the server is back: that delays what was asked behind it and nobody else.
/// For the same reason the thread is never joined: nothing wakes it there, and a channel that is
/// closed must not wait for it. It is left behind, with what it needs. Owner thread: the
/// receiver's.
class StatWorker final {
public:
    struct Answer {
        QString path;
        FileState state;
    };
    using Answers = std::vector<Answer>; ///< in the order in which they were asked for
    using Handler = std::function<void(const Answers &answers)>;
    using Look = std::function<FileState(const QString &path)>;

    /// \p handler is called on the thread of \p receiver, which outlives this object. \p look is
    /// for tests: no file system hangs on demand.
    StatWorker(QObject *receiver, Handler handler, Look look = &FileState::of);
    ~StatWorker();
    StatWorker(const StatWorker &) = delete;
    StatWorker &operator=(const StatWorker &) = delete;

    /// Asks for \p path; returns at once. What waits is bounded by whoever asks: a path is not to
    /// be asked for again before it was answered.
    void ask(const QString &path);

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;
};

} // namespace continuo
