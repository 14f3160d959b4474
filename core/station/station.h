// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/keeperclient.h"
#include "core/base/paths.h"
#include "core/base/wallclockwatch.h"
#include "core/channel/channel.h"
#include "core/control/rpcserver.h"
#include "core/proof/proofqueue.h"
#include "core/proof/thumbnailstore.h"
#include "core/records/records.h"
#include "core/station/renderjob.h"

#include <QHash>
#include <QObject>
#include <QTimer>

#include <map>
#include <memory>

namespace continuo {

/// All channels of one engine, and what clients may do with them. Owner thread: main.
class Station final : public QObject {
    Q_OBJECT
public:
    /// \p keeper may be null (an engine started by hand).
    Station(const StationPaths &paths, const ChannelOptions &options, KeeperLink *keeper);
    ~Station() override;

    /// Opens all channels, listens for clients, puts on air what was on air.
    /// Errors: as RpcServer::listen().
    Result<void> start();
    /// A keeper died and another has come.
    void onKeeperReplaced(bool wasSilent);
    /// Takes every channel off the air cleanly, then emits finished().
    void shutDown();

Q_SIGNALS:
    void finished();

private:
    using Method = void (Station::*)(const QJsonObject &, const RpcReply &);

    std::map<QString, UniqueFd> fetchHeld();
    static std::map<QString, UniqueFd> takeHeldOf(const QString &channel,
                                                  std::map<QString, UniqueFd> &held);
    void dropHeld(const QString &name);
    void startChannel(Channel &channel, std::map<QString, UniqueFd> held);
    Result<void> listen(std::map<QString, UniqueFd> &held);
    void loadChannels();
    Result<std::unique_ptr<Channel>> openChannel(const QString &name);
    static QString leftOutText(const QString &name, const QString &reason);
    bool isRendering(const QString &channel) const;
    void boundLogs() const;
    void adopt(std::unique_ptr<Channel> channel);
    Result<Channel *> channelOf(const QJsonObject &params);
    void handle(const QString &method, const QJsonObject &params, const RpcReply &reply);
    void publishStatus();
    void publishLists();
    void connectRecords();
    void connectProofs();
    static Result<QByteArray> encodeThumbnail(const RawThumbnail &thumbnail);
    void answerPicture(quint64 number, const QByteArray &jpeg);
    void onThumbnailTrouble(const Result<void> &state);
    Result<Proof> proofOf(const QString &path) const;
    void watchDestinations(const Channel &channel);
    void onMessage(const QString &channel, const QString &level, const QString &code,
                   const QString &text);

    void channelCreate(const QJsonObject &params, const RpcReply &reply);
    void channelList(const QJsonObject &params, const RpcReply &reply);
    void channelRemove(const QJsonObject &params, const RpcReply &reply);
    void channelSet(const QJsonObject &params, const RpcReply &reply);
    void channelStart(const QJsonObject &params, const RpcReply &reply);
    void channelStop(const QJsonObject &params, const RpcReply &reply);
    void channelSkip(const QJsonObject &params, const RpcReply &reply);
    void channelTake(const QJsonObject &params, const RpcReply &reply);
    void channelNext(const QJsonObject &params, const RpcReply &reply);
    void channelStatus(const QJsonObject &params, const RpcReply &reply);
    void destinationAdd(const QJsonObject &params, const RpcReply &reply);
    void destinationList(const QJsonObject &params, const RpcReply &reply);
    void destinationRemove(const QJsonObject &params, const RpcReply &reply);
    void logoSet(const QJsonObject &params, const RpcReply &reply);
    void logoOff(const QJsonObject &params, const RpcReply &reply);
    void playlistAdd(const QJsonObject &params, const RpcReply &reply);
    void playlistList(const QJsonObject &params, const RpcReply &reply);
    void playlistRemove(const QJsonObject &params, const RpcReply &reply);
    void playlistMove(const QJsonObject &params, const RpcReply &reply);
    void playlistClear(const QJsonObject &params, const RpcReply &reply);
    void playlistSet(const QJsonObject &params, const RpcReply &reply);
    void playlistUndo(const QJsonObject &params, const RpcReply &reply);
    void previewOpen(const QJsonObject &params, const RpcReply &reply);
    void previewClose(const QJsonObject &params, const RpcReply &reply);
    void proofGet(const QJsonObject &params, const RpcReply &reply);
    void proofAgain(const QJsonObject &params, const RpcReply &reply);
    void thumbnailGet(const QJsonObject &params, const RpcReply &reply);
    void asrunList(const QJsonObject &params, const RpcReply &reply);
    void asrunKeep(const QJsonObject &params, const RpcReply &reply);
    void alarmsList(const QJsonObject &params, const RpcReply &reply);
    void alarmsClear(const QJsonObject &params, const RpcReply &reply);
    void stationProcesses(const QJsonObject &params, const RpcReply &reply);
    void stationRender(const QJsonObject &params, const RpcReply &reply);
    void stationShutdown(const QJsonObject &params, const RpcReply &reply);

    const StationPaths m_paths;
    const ChannelOptions m_options;
    KeeperLink *const m_keeper;
    RpcServer m_server;
    Records m_records; // before the channels, which write into it
    ProofQueue m_proofs; // the same
    ThumbnailStore m_thumbnails; // behind the queue, which fills it
    QTimer m_progressTimer;
    QHash<QString, QHash<QString, QString>> m_troubled; // channel, destination, state
    std::map<QString, std::unique_ptr<Channel>> m_channels;
    QHash<QString, QString> m_leftOut; // at the start: channel, why
    struct Render {
        quint64 client = 0; // who waits for it
        QString channel;
        std::unique_ptr<RenderJob> job;
    };
    std::map<QString, Render> m_renders;
    struct PictureAsked {
        RpcReply reply;
        QJsonObject result;
    };
    std::map<quint64, PictureAsked> m_picturesAsked; // of the store, which has bounds
    quint64 m_lastPicture = 0;
    bool m_arePicturesKept = true; // or the disk refuses them
    int m_lastRender = 0;
    WallClockWatch m_clockWatch;
    QTimer m_statusTimer; // ten a second: no client needs more, and a shell can follow it
    QTimer m_listTimer; // edits in a burst are shown at once, together
    QSet<QString> m_changedLists;
    bool m_isShuttingDown = false;
};

} // namespace continuo
