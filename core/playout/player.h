// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/childprocess.h"
#include "core/base/fileidentity.h"
#include "core/base/logoplace.h"
#include "core/base/messagesocket.h"
#include "core/base/waypoint.h"
#include "core/playout/clipsource.h"

#include <QJsonObject>
#include <QObject>
#include <QSocketNotifier>
#include <QStringList>

#include <memory>
#include <optional>

namespace continuo {

/// What a player is asked to play.
struct PlayerRequest {
    QString itemId;
    QString path; ///< of the clip, or of the picture that is the slate (empty: a card)
    QString title;
    bool isSlate = false; ///< one picture: that of the file, or a card
    QStringList text; ///< of the card
    double stillSeconds = 10; ///< how long a still image is shown
    QJsonObject tracks; ///< `open.tracks`
    std::int64_t in = 0; ///< frame of the clip with which the item begins
    std::int64_t from = 0; ///< first frame of the clip that is wanted
    std::int64_t until = -1; ///< and the first that is not; -1: to its end
    /// Of its sound, in 1/100 dB, from a measurement; with a target what an estimate goes on from.
    std::optional<int> gainCentiDb = {};
    std::optional<double> targetLufs = {}; ///< its player estimates the gain
    std::shared_ptr<const WaypointList> waypoints = {}; ///< of the file; null: none are known
    /// The file has to be this one, or one that it has become (FileIdentity::goesOnIn()).
    std::optional<FileIdentity> identity;
    std::optional<LogoPlace> logo; ///< draw the picture of the file there: its colours, its alpha
};

/// What a player found out when it opened its clip.
struct PlayerFacts {
    std::int64_t expectedFrames = -1; ///< of the whole clip; -1: not known
    std::int64_t durationUs = -1;
    QJsonObject video; ///< codec, width, height, fps, interlaced; empty without a picture
    QJsonObject audio; ///< codec, channels, sampleRate; empty without sound
    bool isTitleCard = false;
    QString startedBy; ///< how it came to PlayerRequest::from, as it says; empty: it played there
    std::optional<FileIdentity> identity; ///< of its file, as it was opened
};

/// One continuo-player process and its frame store. It starts as a spare and plays one clip. Owner
/// thread: the engine's main thread. If the process dies, the frames that it handed over stay good
/// and its source stays open for another player; the owner decides (takeOver() or close()).
class Player final : public QObject {
    Q_OBJECT
public:
    /// Starts a spare. \p logFile: where its standard error goes.
    static Result<std::unique_ptr<Player>> start(const HouseFormat &format, StoreSize size,
                                                 const QString &logFile);
    ~Player() override;

    /// Gives the spare its clip. Errors: Closed (it has died meanwhile), Busy.
    Result<void> open(const PlayerRequest &request);
    /// Gives it the clip of a player that died, to go on where that one stood: \p source gets
    /// another part. Errors as open().
    Result<void> takeOver(PlayerRequest request, const ClipSourcePtr &source);

    /// PlayerRequest::until is another. Where it has ended already, hasStopped() says where.
    void endBefore(std::int64_t itemFrame);
    /// What it hands over follows in \p source, in place of what is there from its first frame on.
    /// False: too late, nothing has changed.
    bool join(const ClipSourcePtr &source);

    const ClipSourcePtr &source() const { return m_source; }
    const PlayerRequest &request() const { return m_request; }
    /// What another is asked that goes on with its item: once a frame is there, in the same file.
    PlayerRequest requestToGoOn() const;
    const PlayerFacts &facts() const { return m_facts; }
    bool isOpened() const { return m_isOpened; }
    bool hasFinished() const { return m_hasFinished; }
    /// It has finished because no more was wanted; there may be more of the clip.
    bool hasStopped() const { return m_hasStopped; }
    bool hasFailed() const { return m_failure.has_value(); }
    const Error &failure() const { return *m_failure; }
    /// It failed by dying, which says nothing yet about the clip. Its source is still open then.
    bool hasDied() const { return m_hasDied; }
    pid_t pid() const { return m_process.pid(); }
    bool isRunning() const { return m_process.isValid() && !m_process.hasEnded(); }
    /// User and system time it has used, in clock ticks; 0 once it has ended.
    std::int64_t cpuTicks() const { return m_process.cpuTicks(); }
    /// What it says of itself below the frame.
    PlayProgress progress() const { return m_store->progress(); }
    bool isStopped() const { return m_process.isStopped(); }
    /// It stands still, or hands over what is no frame: from now on as if it had died, even when it
    /// said that it had finished. failed() follows.
    void giveUp(Error error);
    /// Takes the process away (killed, not yet waited for) when the player is no longer needed.
    ChildProcess takeProcess();

Q_SIGNALS:
    /// It has locked itself in: \p cell says which walls stand (docs/protocols.md).
    void entered(const QJsonObject &cell);
    void opened();
    void finished();
    /// It will hand over no more. Frames that it handed over before are in source().
    void failed();

private:
    Player(std::shared_ptr<FrameStore> store, ChildProcess process, MessageSocket control);

    void onMessages();
    void onMessage(const QJsonObject &message);
    Result<void> sendOpen();
    void insertWaypoints(QJsonObject &body) const;
    void fail(Error error);
    void close();

    std::shared_ptr<FrameStore> m_store;
    ChildProcess m_process;
    MessageSocket m_control;
    QSocketNotifier m_notifier;
    ClipSourcePtr m_source;
    PlayerRequest m_request;
    PlayerFacts m_facts;
    std::optional<Error> m_failure;
    bool m_isOpened = false;
    bool m_hasFinished = false;
    bool m_hasStopped = false;
    bool m_hasDied = false;
};

} // namespace continuo
