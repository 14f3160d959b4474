// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/channel/statworker.h"

#include <QHash>
#include <QJsonObject>
#include <QObject>
#include <QQueue>
#include <QSet>
#include <QTimer>

#include <chrono>
#include <memory>
#include <optional>

class QProcess;

namespace continuo {

/// What is known of a file before it is played.
struct ItemFacts {
    std::int64_t durationUs = -1;
    std::int64_t frames = -1; ///< at the format that was asked for
    int width = 0;
    int height = 0;
    QString fps;
    QString videoCodec;
    QString audioCodec;
    std::optional<Error> failure; ///< it cannot be opened
};

/// Looks into files in the background, one at a time and at low priority, by
/// `continuo-player --probe` (the engine itself never parses media). Nothing here touches a file on
/// the thread that calls it: whether a known one has changed is a StatWorker's to find out, since a
/// file on a dead share would stop the engine until the keeper kills it. Owner thread: main.
class ItemProber final : public QObject {
    Q_OBJECT
public:
    explicit ItemProber(const HouseFormat &format, QObject *parent = nullptr);
    ~ItemProber() override;

    /// Looks into \p path unless that was done since the file last changed. Answered by probed();
    /// for a known file that somebody is writing just now, once it has been left alone for 2 s.
    /// Returns at once, whatever the file lies on; costs as much with 50,000 files as with one.
    void probe(const QString &path);
    /// Known files that were asked for are still being looked at.
    bool isLooking() const { return m_looks > 0; }
    /// Looks into no further file for \p time: somebody needs disk and processor more.
    void rest(std::chrono::milliseconds time) { m_rest.start(time); }
    /// A player that has no answer after \p time is killed: a dead network share must not hold up
    /// the other files for ever. 20 s; for tests on a busy machine.
    void setPatience(std::chrono::milliseconds time) { m_patience = time; }
    /// What is known now.
    std::optional<ItemFacts> facts(const QString &path) const;

Q_SIGNALS:
    /// \p isAnother: it is not the file any more of which something was known before.
    void probed(const QString &path, bool isAnother);

private:
    struct Entry {
        std::optional<FileState> state; ///< of which the facts are; nothing: nobody could say
        ItemFacts facts;
    };
    struct Request {
        QString path;
        std::optional<FileState> state; ///< as it was before; nothing: not known
    };

    void look(const QString &path);
    void startNext();
    void onFinished();
    void onAnswers(const StatWorker::Answers &answers);
    void conclude(const QString &path, const Entry &entry);

    const HouseFormat m_format;
    std::chrono::milliseconds m_patience{20000};
    QHash<QString, Entry> m_known;
    QSet<QString> m_underWay; // with m_stats, in m_growing, m_queue or m_current: at most once
    QQueue<Request> m_queue;
    QTimer m_rest; // while it runs none of m_queue is begun
    QSet<QString> m_growing; // written a moment ago: looked at again by m_settle
    QTimer m_settle;
    qsizetype m_looks = 0; // asked of m_stats and not answered
    Request m_current;
    std::unique_ptr<QProcess> m_process;
    StatWorker m_stats; // last: it calls what uses all of the above
};

} // namespace continuo
