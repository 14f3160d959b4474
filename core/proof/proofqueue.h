// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proof/filelooker.h"
#include "core/proof/proof.h"
#include "core/proof/proofstore.h"
#include "core/proof/prover.h"
#include "core/proof/waypointshelf.h"

#include <QHash>
#include <QObject>
#include <QSet>
#include <QTimer>

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace continuo {

/// Proves the files of all channels before their turn, one at a time and at the lowest priority, by
/// `continuo-player --prove` (the engine itself never parses media), and remembers what was found.
/// Nothing here touches a file on the thread that calls it. Owner thread: main.
///
/// A file that does not answer for five seconds is left to itself, told as such, and what else is
/// in its folder waits: 30 s, then longer up to ten minutes. A prover that a file ends is tried
/// once more; then the file will not play.
class ProofQueue final : public QObject {
    Q_OBJECT
public:
    /// Why a file is looked at; the first go before the others.
    enum class Turn { Soon, New, Again };
    /// Of lookers and provers that no signal ends.
    static constexpr int kMostAbandoned = 4;

    /// Without a \p databaseFile proofs last as long as this.
    explicit ProofQueue(const QString &databaseFile, QObject *parent = nullptr);
    ~ProofQueue() override;

    /// Proves \p path unless that was done since the file last changed. Answered by proved(); for a
    /// known file that somebody is writing just now, once it has been left alone for 2 s. Returns
    /// at once, whatever the file lies on; costs as much with 50,000 files as with one.
    void look(const QString &path, Turn turn = Turn::New);
    /// Proves it again, changed or not.
    void again(const QString &path);
    /// Its thumbnails are made again, as pictured() tells, unless that is under way: they were not
    /// kept. Of a file that nothing is known of, nothing.
    void picture(const QString &path);
    /// It was aired to its end, whatever the proof says.
    void withdraw(const QString &path);
    /// Proves nothing for \p time, and the one under way stands still: somebody needs the machine.
    void rest(std::chrono::milliseconds time);

    /// What is known now; nothing: it was not asked for, or not looked at yet.
    std::optional<Proof> proof(const QString &path) const;
    /// Its Proof::summary(), made once: lists are long.
    QJsonObject summary(const QString &path) const;
    /// By what clients know its thumbnails; empty where there are none (yet).
    QString thumbnailTagOf(const QString &path) const;
    /// Where a start in the midst of it may begin; null where it needs none, or none are known yet:
    /// they are here a moment after the file is looked at as Turn::Soon.
    WaypointListPtr waypoints(const QString &path) { return m_shelf.find(path); }
    bool isUnderWay(const QString &path) const { return m_underWay.contains(path); }
    bool isLooking() const { return m_looker.isBusy(); }
    qsizetype waiting() const { return m_underWay.size(); } ///< files
    int abandoned() const { return int(m_abandoned.size()) + m_looker.hanging(); }
    qint64 proverPid() const { return m_prover ? m_prover->pid() : 0; } ///< 0: none runs
    /// How long a file may give nothing; 5 s. For tests on a busy machine.
    void setPatience(std::chrono::milliseconds time);

Q_SIGNALS:
    /// \p isAnother: it is not the file any more of which something was known before.
    void proved(const QString &path, bool isAnother);
    void message(const QString &level, const QString &code, const QString &text);
    /// One of the thumbnails of the file that has \p tag now, as the prover told it.
    void pictured(const QString &tag, const QJsonObject &thumbnail);

private:
    using Clock = std::chrono::steady_clock;
    struct Entry {
        FileState state; // of which the proof is
        Proof proof;
        QJsonObject summary;
        Clock::time_point retryAt{}; // of a failure that may pass
    };
    struct Asked { // of the store
        FileState state;
        Clock::time_point at;
    };
    struct Silence { // of a folder that does not answer
        std::chrono::milliseconds delay{0};
        Clock::time_point until;
        std::vector<QString> parked;
    };

    void ask(const QString &path);
    void finish(const QString &path);
    void lookIfAsked(const QString &path, Turn turn);
    void onLooked(const QString &path, const FileState &state);
    void onFound(const QString &path, const FileState &state, const std::optional<Proof> &proof);
    void enqueue(const QString &path, const FileState &state);
    void startNext();
    QString takeNext();
    void begin(const QString &path);
    void onTold(const QJsonObject &line);
    void onEnded();
    void onCrashed(const QString &how);
    void concludeProving();
    void judgeProver();
    void letGo();
    void makeWay();
    void onTick();
    bool parkIfSilent(const QString &path);
    void holdFolder(const QString &path);
    void folderAnswers(const QString &folder);
    void tellAbandoned();
    void endPicturing();
    void publish(const QString &path, const FileState &state, const Proof &proof);
    void conclude(const QString &path, const FileState &state, const Proof &proof);
    void openStore(const QString &file);
    void wantWaypoints(const QString &path, const FileState &state);
    void takeWaypoints(const QString &path);

    std::chrono::milliseconds m_patience{5000};
    QHash<QString, Entry> m_known;
    QHash<QString, Turn> m_underWay; // with m_looker, in one of the following, or m_prover's
    QSet<QString> m_askedMeanwhile; // asked for while m_prover had it open: it may have changed
    QSet<QString> m_growing; // written a moment ago: looked at again by m_settle
    QHash<QString, Asked> m_finding;
    QHash<QString, FileState> m_waitingAs; // what is in m_waiting, as it was looked at
    std::array<std::deque<QString>, 3> m_waiting; // by turn; also what has moved to another
    QHash<QString, Silence> m_silences; // by folder
    QHash<QString, int> m_crashes;
    QSet<QString> m_toPicture; // known files whose thumbnails are to be made again
    QTimer m_rest; // while it runs nothing is proven
    QTimer m_settle;
    QTimer m_tick;

    std::unique_ptr<Prover> m_prover;
    FileState m_provingAs;
    bool m_isNamed = false; // the prover has said which file it has open
    int m_pictured = 0; // thumbnails that it told
    bool m_isPicturing = false; // it only makes thumbnails of what is known
    Proof m_proving;
    WaypointListPtr m_provingWaypoints; // null: it told of none
    WaypointShelf m_shelf;
    std::vector<std::unique_ptr<Prover>> m_abandoned; // killed, and not gone
    bool m_isStuck = false; // as many as may be are abandoned, which was told

    FileLooker m_looker;
    std::unique_ptr<ProofStore> m_store; // last: it calls what uses all of the above
};

} // namespace continuo
