// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/proof/statworker.h"

#include <QByteArray>
#include <QHash>
#include <QJsonObject>
#include <QString>

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

namespace continuo {

/// A small picture as a prover hands it over (docs/protocols.md, section 2). What is in it comes
/// from a process that parses what strangers send: it is a picture because its size says so, and
/// nothing in it is parsed.
struct RawThumbnail {
    QString kind; ///< "poster", "head" or "tail"
    int width = 0;
    int height = 0;
    QByteArray yuv; ///< yuv420p, planes without padding

    /// Nothing where \p object is none.
    static std::optional<RawThumbnail> fromJson(const QJsonObject &object);
};

/// "poster", "head" and "tail".
bool isThumbnailKind(const QString &kind);
/// By what a file's thumbnails are known, to the engine and to its clients: another as soon as the
/// file is another, the same whatever it is called.
QString thumbnailTag(const FileState &state);

/// How many thumbnails are kept.
struct ThumbnailBounds {
    qsizetype files = 30'000; ///< three of an item
    qint64 bytes = 160 << 20;
};

/// Keeps thumbnails from one engine to the next, as `TAG.KIND.jpg` in a folder of their own, with a
/// thread of its own: nobody waits for the disk. Those that were not asked for longest go first.
/// Nothing in it is missed for long: what is lost is made again.
class ThumbnailStore final {
public:
    /// Called on the store's thread.
    using Encode = std::function<Result<QByteArray>(const RawThumbnail &thumbnail)>;
    using Found = std::function<void(const QByteArray &jpeg)>; ///< empty: there is none
    /// The disk refuses; told once, until it does not (success).
    using Troubled = std::function<void(const Result<void> &state)>;

    ThumbnailStore(const QString &folder, Encode encode, Troubled troubled,
                   ThumbnailBounds bounds = {});
    /// Ends the thread when it is done with what it does now: as long as the disk takes.
    ~ThumbnailStore();
    ThumbnailStore(const ThumbnailStore &) = delete;
    ThumbnailStore &operator=(const ThumbnailStore &) = delete;

    /// What cannot be taken because the disk is behind is left out, and made again when asked for.
    void keep(const QString &tag, RawThumbnail thumbnail);
    /// \p found is called on the store's thread, in order with what is kept. False: too many are
    /// asked for, and it is not called.
    bool find(const QString &tag, const QString &kind, Found found);

private:
    static constexpr std::size_t kMostJobs = 512; // of which a picture takes 22 kB

    struct Job {
        QString name; // of the file
        RawThumbnail thumbnail; // to keep
        Found found; // else
    };
    struct Kept {
        qint64 bytes = 0;
        qint64 usedMs = 0; // as the file's time has it
        std::list<QString>::iterator place;
    };

    bool push(Job job);
    void run(const std::stop_token &stop);
    void learn();
    void write(const Job &job);
    QByteArray read(const QString &name);
    void note(const QString &name, qint64 bytes, qint64 usedMs);
    void drop(const QString &name);
    void tell(const Result<void> &state);
    QString pathOf(const QString &name) const { return m_folder + u'/' + name; }

    const QString m_folder;
    const Encode m_encode;
    const Troubled m_troubled;
    const ThumbnailBounds m_bounds;
    bool m_isTroubled = false; // this and the next three: of the thread only
    QHash<QString, Kept> m_kept;
    std::list<QString> m_order; // by use, the last used first
    qint64 m_bytes = 0;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<Job> m_jobs; // guarded by m_mutex
    std::jthread m_thread; // last: it uses all of the above
};

} // namespace continuo
