// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/channel/airingrecorder.h"
#include "core/channel/chain.h"
#include "core/channel/channeledit.h"
#include "core/channel/channelemergency.h"
#include "core/channel/channellogo.h"
#include "core/channel/channelsettings.h"
#include "core/channel/channelslate.h"
#include "core/channel/meterfeed.h"
#include "core/channel/overloadjudge.h"
#include "core/channel/previewfeed.h"
#include "core/playlist/itempoints.h"
#include "core/playlist/playlistcursor.h"
#include "core/playlist/playliststore.h"
#include "core/playout/playout.h"
#include "core/proof/proofqueue.h"

#include <QHash>
#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>

namespace continuo {

/// One channel: its list, and while it is on air its playout and chain. Owner thread: main.
class Channel final : public QObject {
    Q_OBJECT
public:
    using Done = std::function<void(Result<QJsonObject>)>;

    /// Opens the list and the position; off air. \p proofs is the station's, and outlives this.
    /// Errors: as PlaylistStore::open().
    static Result<std::unique_ptr<Channel>> open(const StationPaths &paths,
                                                 const ChannelSettings &settings,
                                                 const ChannelOptions &options, KeeperLink *keeper,
                                                 ProofQueue *proofs);
    ~Channel() override;

    const QString &name() const { return m_settings.name; }
    const ChannelSettings &settings() const { return m_settings; }
    /// What was wrong with the kept list and gone on from; empty: nothing.
    const QString &openWarning() const { return m_list.openWarning(); }
    bool isOnAir() const { return m_playout != nullptr; }
    /// Its last frames are still on their way to the destinations.
    bool isGoingOffAir() const { return !m_playout && m_chain; }

    /// Goes on air. Errors: Busy (it is, or still stopping), those of starting processes.
    Result<std::int64_t> start();
    /// Goes on, at the next frame, where a dead engine stood; \p held is what the keeper held of
    /// this channel. Errors: NotFound, Corrupt (start() is left), those of start().
    Result<std::int64_t> takeOver(std::map<QString, UniqueFd> held);
    /// Goes off air: what was aired is written to its end first. \p done comes later.
    void stop(std::function<void(std::int64_t)> done);
    /// Off air because the engine ends: position and "on air" are kept for the next start.
    void shutDown(std::function<void()> done);

    void skip(Done done);
    void take(const QString &itemId, Done done);

    Result<EditReply> edit(const Edit &edit, std::optional<quint64> expect);
    Result<EditReply> undo(std::optional<quint64> expect);
    /// Sets what is given of an item. Errors: as edit(), InvalidArgument (setPoints(),
    /// soundFromText()).
    Result<EditReply> setItem(const QString &itemId, const ItemChange &change,
                              std::optional<quint64> expect);
    Result<EditReply> setNext(const QString &itemId, std::optional<quint64> expect);
    Result<void> setLooping(Looping looping);
    Result<void> setSafeZone(std::chrono::milliseconds zone);
    /// Of the sound of items that say nothing themselves; counts from the next item on.
    /// Errors: languagesFromText(); those of a file that cannot be written.
    Result<void> setLanguages(const QString &languages);
    /// For the items that are cued from now on.
    Result<void> setLoudness(std::optional<double> targetLufs);
    ChannelLogo &logo() { return m_logo; }
    ChannelSlate &slate() { return m_slate; }
    ChannelEmergency &emergency() { return m_emergency; }

    Result<DestinationSettings> addDestination(DestinationSettings destination);
    Result<void> removeDestination(const QString &id);
    QJsonArray destinationsJson() const;

    /// Where the as-run log goes; without it nothing is recorded.
    void setRecords(Records *records) { m_airings.setRecords(records); }
    /// Notes in the as-run log how far the item on air has got; every few seconds.
    void recordProgress();

    QJsonObject statusJson() const;
    QJsonObject playlistJson() const; ///< as the result of playlist.list, with "channel"
    std::vector<PlayoutItem> playoutItems() const; ///< the whole list
    QStringList itemIds(const QStringList &ids) const;
    /// The system's clock was set.
    void onWallClockSet();
    /// Processes of this channel: role and pid.
    std::vector<std::pair<QString, pid_t>> processes() const;

    /// Opens (or shares) the preview ring. Errors: Busy (off air), NoSpace.
    Result<QJsonObject> openPreview(quint64 client);
    void closePreview(quint64 client);

Q_SIGNALS:
    void statusChanged();
    void listChanged(); ///< items, their order or their states
    void itemStarted(const QString &itemId, const QString &title, qint64 frame,
                     const QString &reason);
    void message(const QString &level, const QString &code, const QString &text);
    void previewPublished(quint64 sequence);

private:
    struct Problem {
        QString itemId;
        QString path;
        Error error;
        qint64 frame = 0; ///< on air when it happened
        qint64 framesPlayed = 0;
    };

    Channel(const StationPaths &paths, ChannelSettings settings, ChannelOptions options,
            KeeperLink *keeper, ProofQueue *proofs);

    Result<std::int64_t> goOnAir(PlayoutOptions options, std::optional<Inheritance> left);
    PlayoutOptions playoutOptions() const;
    std::vector<PlayoutItem> standingItems(const Inheritance::Place &place) const;
    std::vector<PlayoutItem> followers(const QString &after, int count) const;
    PlayoutItem playoutItem(const PlaylistItem &item) const;
    std::optional<int> measuredGain(const PlaylistItem &item, const QJsonObject &tracks) const;
    std::optional<Error> whyNothingShows(const PlaylistItem &item) const;
    Result<EditReply> edited(Result<EditOutcome> outcome, std::int64_t frame, bool isSettled);
    void onExternalEdit(const EditOutcome &outcome);
    void takeUp(const EditOutcome &outcome);
    void takeUpOut();
    void onItemStarted(const QString &itemId, qint64 frame, JoinReason reason);
    void onItemFailed(const QString &itemId, const Error &error, qint64 frames);
    void onChainFinished();
    void onEpochBegan(const Epoch &epoch);
    void onPlayerEntered(const QJsonObject &cell);
    void judgeSlate(const PlayoutStatus &now);
    void judgeLoad();
    void tapProgramme();
    QJsonObject loudnessJson() const;
    void proveItems();
    void lookAgain();
    void onProved(const QString &path, bool isAnother);
    bool isPassedOver(const PlaylistItem &item) const;
    std::vector<PlayoutItem> goodFollowers(const PlaylistCursor &cursor, int count) const;
    void tellPassedOver(const QString &itemId, JoinReason reason);
    void judgeProofOfAired(JoinReason reason);
    void savePosition(bool isOnAir);
    Result<void> saveCursor();
    void recordStart(const QString &itemId, qint64 frame, JoinReason reason, qint64 from);
    void cutDone(const Done &done, const Result<CutOutcome> &outcome);
    QJsonObject itemJson(const PlaylistItem &item, const QString &nextId) const;
    std::int64_t clipFrames(const PlaylistItem &item) const; // -1: not known
    qint64 itemDurationMs(const PlaylistItem &item) const;

    const StationPaths m_paths;
    ChannelSettings m_settings;
    const ChannelOptions m_options;
    KeeperLink *const m_keeper;
    PlaylistStore m_list;
    PlaylistCursor m_cursor;
    AiringRecorder m_airings;
    ProofQueue *const m_proofs;
    QSet<QString> m_listPaths; // of the items, as of the last edit
    ChannelLogo m_logo;
    ChannelSlate m_slate;
    ChannelEmergency m_emergency;
    QTimer m_lookTimer;
    qsizetype m_lookedAt = 0; // in the list: up to where lookAgain() went
    ChannelPosition m_position;

    std::unique_ptr<Playout> m_playout; // on air
    std::unique_ptr<Chain> m_chain; // on air, or stopping
    // The clock keeps both as long as it offers a frame.
    std::shared_ptr<PreviewFeed> m_preview;
    std::shared_ptr<MeterFeed> m_meter; // on air
    std::optional<OverloadJudge> m_load; // on air
    QTimer m_loadTimer;
    bool m_isSlateStandingIn = false;
    QJsonObject m_cell; // of the last player, as its walls stand
    QString m_onAirId; // may have been removed from the list
    Epoch m_epoch;
    QString m_resumedId; // was on air when the engine before us died, and is to go on
    std::int64_t m_resumedFrom = 0; // at this frame of it
    std::int64_t m_startedAt = 0; // the first frame of this engine
    std::int64_t m_feedFrame = 0; // the frames below were aired by the engine before us
    QSet<QString> m_played;
    QHash<QString, Problem> m_problems; // by item, the last one
    QSet<QString> m_missed; // items that did not play, told, whose turn is still to come
    QHash<QString, qint64> m_startOf; // by item, the frame at which it last began
    std::function<void(std::int64_t)> m_stopDone;
    std::int64_t m_stoppedAt = 0;
};

} // namespace continuo
