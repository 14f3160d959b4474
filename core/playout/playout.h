// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playout/clockthread.h"
#include "core/playout/emergencyclip.h"
#include "core/playout/leavingplayers.h"
#include "core/playout/playoutentry.h"
#include "core/playout/playoutoptions.h"
#include "core/playout/playoutstatus.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>
#include <vector>

namespace continuo {

/// Keeps the clock thread fed: starts a player for every item ahead of its join, passes over what
/// will not play, re-targets when the list changes, carries out skip and take. Owner thread: main.
///
/// What follows is asked of the owner (setFollowers), so that playout knows nothing of lists. The
/// choice of what follows the item on air is settled at its end minus the safe zone; a change of
/// the list after that takes effect after the join.
class Playout final : public QObject {
    Q_OBJECT
public:
    /// \p after: what follows that item; empty: what follows the item on air. At most \p count,
    /// in order; fewer when the list ends.
    using Followers = std::function<std::vector<PlayoutItem>(const QString &after, int count)>;
    using CutDone = std::function<void(Result<CutOutcome>)>;

    /// Errors: Io (no descriptors left).
    static Result<std::unique_ptr<Playout>> create(const PlayoutOptions &options);
    ~Playout() override;

    void setFollowers(Followers followers) { m_followers = std::move(followers); }
    /// Starts players, and the clock once the first item has a frame (or there is none).
    void start();
    /// Ends the clock and the players. Retained frames stay.
    void stop();

    /// The list changed. Re-targets soon; at once when \p isUrgent.
    void listChanged(bool isUrgent = false);
    /// Settles what follows if its time has come; call before an edit is applied.
    /// Returns the frame on air, the stamp of that edit.
    std::int64_t settle();
    void skip(CutDone done);
    void take(const PlayoutItem &item, CutDone done);
    /// PlayoutItem::out of the item is another now. On air it ends there, or at the next frame
    /// where that is passed; in either case not before what follows can go on air.
    void setOut(const QString &itemId, std::int64_t out);

    PlayoutStatus status() const;
    /// How the player of an item was asked to level it; nothing where it has none.
    std::optional<AirGain> gainOf(const QString &itemId) const;
    std::int64_t airFrame() const;
    const PlayoutItem &onAirItem() const { return m_onAir.item; } ///< without an id: the slate
    /// The item whose turn is settled (inside the safe zone); without an id otherwise.
    PlayoutItem settledNext() const;
    const std::shared_ptr<RetainedFrames> &retained() const { return m_retained; }
    /// The file was looked into and is good: an item of it that failed is tried again.
    void fileIsGood(const QString &path);
    /// What is on air has less than half of its lead in hand, and more to come.
    bool isShort() const { return m_isShort; }
    void setTap(std::function<void(const AirFramePtr &)> tap);
    LogoPainter &logo() { return m_clock->logo(); }
    /// What is shown while there is nothing to play, from the next frame on; black before.
    void setSlate(SlateShow slate);
    /// What follows five seconds of slate; before start(), where another engine had it on air.
    /// Begun anew, also where it is the same file.
    void setEmergency(const EmergencySettings &settings);
    void setEmergencyTarget(std::optional<double> targetLufs);
    EmergencyClip &emergency() { return m_emergency; }
    void onWallClockSet() { m_clock->onWallClockSet(); }
    void setSafeZone(std::chrono::milliseconds zone) { m_options.safeZone = zone; }

Q_SIGNALS:
    /// Now is the time to have a slate drawn, where there is none: the item on air has a picture.
    void slateMayBeDrawn();
    /// A player is in its cell; \p cell says which walls stand.
    void playerEntered(const QJsonObject &cell);
    /// \p itemId is on air from \p frame on; empty: the slate, or by \p reason the emergency clip.
    void itemStarted(const QString &itemId, qint64 frame, continuo::JoinReason reason);
    /// A player looked into the file.
    void itemOpened(const QString &itemId, const continuo::PlayerFacts &facts);
    /// The item did not play, or not to its end: \p frames of it, from its in point on, were good.
    void itemFailed(const QString &itemId, const continuo::Error &error, qint64 frames);
    /// The item's player died; another goes on at frame \p itemFrame of the clip.
    void playerReplaced(const QString &itemId, qint64 itemFrame);
    void epochBegan(const continuo::Epoch &epoch);
    /// So many players were killed and do not end, which are many; 0: no more.
    void playersAbandoned(int count);
    /// finishesAtEnd: the programme ended before \p frame.
    void ended(qint64 frame);

private:
    using Entry = PlayoutEntry;
    struct Cut {
        bool isSkip = false;
        PlayoutItem item; // take only
        CutDone done;
    };

    Playout(const PlayoutOptions &options, std::shared_ptr<RetainedFrames> retained, EventFd wake);

    void onAirEvents();
    void onStarted(const AirEvent &event);
    void onPlayerOpened(Player *player);
    void onPlayerFinished(Player *player);
    void onPlayerFailed(Player *player);
    void passOver(Player *player, const Error &error);
    bool isReplacedInCue(const Player *player) const;
    void leaveOut(Entry &entry);
    void forgetFailures(std::chrono::seconds rest, std::chrono::seconds hangRest);
    void judgePlayers();
    void judgePlayer(Entry &entry, bool isWanted, bool isAnew);
    void judgeCued(bool isAnew);
    void judgeRace(bool isShort, bool isAnew);
    void startRival();
    bool adoptRival();
    void dropRival();
    void endRace();
    PlayerWatch::Time noticedAfter() const;
    static PlayerWatch::Sight sightOf(const Player &player);
    PlayerTrouble troubleOf(const Entry &entry) const;
    void tellState(PlayoutStatus &status, const Entry &entry) const;
    void shareMachine();
    bool replacePlayer(Player *player);
    void follow(Entry &entry, std::unique_ptr<Player> next);
    Entry *entryOf(const Player *player);
    void listen(Player *player);
    void replan();
    void refill();
    bool isSettled() const;
    bool isSettlingTime(const AirState &air) const;
    static std::int64_t endOf(const Entry &entry);
    void settleIfDue(const AirState &air);
    void applyOut();
    void goOnBehindOut();
    void startExtension(std::int64_t end);
    void dropExtension();
    std::vector<PlayoutItem> wanted() const;
    void sendCue();
    std::unique_ptr<Player> playerFor(const PlayoutItem &item);
    std::unique_ptr<Player> takeSpare();
    void ensureSpare();
    void startSpare();
    void retire(std::unique_ptr<Player> player);
    void leave(Player &player);
    void reap();
    void leaveAll();
    void startNextCut();
    void beginCut(Entry entry, JoinReason reason);
    void finishCut(Result<CutOutcome> outcome);
    void startClockWhenReady();
    void startRest();
    bool hasStopped() const { return m_isClockRunning && !m_house.isActive(); }

    PlayoutOptions m_options; // m_options.first: those that have not begun yet
    const std::shared_ptr<RetainedFrames> m_retained;
    Followers m_followers;
    std::unique_ptr<ClockThread> m_clock;
    bool m_isClockRunning = false;
    bool m_isShort = false; // as shareMachine() saw it last
    bool m_isFirstOnly = false; // goes on for another engine: no other player yet
    std::chrono::nanoseconds m_startedAt{};

    Entry m_onAir; // no player: slate
    std::int64_t m_onAirStart = -1;
    std::int64_t m_heldBefore = 0; // at that start, as in PlayoutStatus
    std::int64_t m_droppedBefore = 0;
    std::int64_t m_settledStart = -2; // m_onAirStart of the item whose follower is settled
    std::unique_ptr<Player> m_extension; // makes what follows a former end of the item on air
    std::int64_t m_extendedFrom = -1; // frame behind which that was tried last
    std::unique_ptr<Player> m_rival; // beside the player on air, which stands still
    PlayerWatch m_rivalWatch;
    std::chrono::nanoseconds m_raceAgainAt{}; // not before that
    std::chrono::nanoseconds m_raceRest{}; // the longer, the more often it was not needed
    std::vector<Entry> m_cue;
    std::unique_ptr<Player> m_spare;
    bool m_hasSlate = false;
    LeavingPlayers m_leaving;
    int m_abandoned = 0; // of those, and of those of the emergency clip
    std::chrono::nanoseconds m_deadRest{}; // of files that hang, while players do not end
    EmergencySettings m_emergencySettings;
    EmergencyClip m_emergency;
    std::vector<Cut> m_cuts; // the first is under way when m_isCutting
    bool m_isCutting = false;
    Entry m_cutEntry;
    bool m_hasCutDone = false; // the cut under way has happened; answered after the replan
    CutOutcome m_cutDone;
    std::vector<PlayoutFailure> m_failures; // not tried again before something else was on air
    std::chrono::nanoseconds m_judgedAt{}; // when judgePlayers() ran last
    QTimer m_retarget; // single shot: many edits in a row cause one change of what is cued
    QTimer m_house; // settles, reaps, starts the clock, judges players
};

} // namespace continuo
