// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/uniquefd.h"
#include "core/publish/continuitycounters.h"
#include "core/publish/epochs.h"
#include "core/publish/hlsplaylist.h"
#include "core/publish/hlsserver.h"
#include "core/publish/muxer.h"
#include "core/publish/sink.h"
#include "core/publish/sinknote.h"

#include <deque>
#include <optional>

namespace continuo {

/// Writes a live HLS folder: index.m3u8 and MPEG-TS segments, cut at the frame numbers that are
/// multiples of the group of pictures. A segment is muxed in memory and appears whole, by rename.
/// Timestamps are the absolute frame numbers in 90 kHz, modulo 2^33. A folder that holds an
/// earlier run's list is gone on with; nothing that stands there is written again.
///
/// A disk that refuses keeps some segments waiting, then loses the oldest: counted, marked as a
/// discontinuity. A list that cannot be replaced is trouble, too: what it names stays. A folder
/// that vanishes is made again and told as trouble for the length of a segment.
class HlsSink final : public Sink {
public:
    struct Settings {
        QString folder;
        FrameRate rate;
        int gop = 60; ///< frames
        int listSize = 10; ///< segments in the list, 0 = all
        QString serve; ///< HOST:PORT at which the folder is served; empty: not
        QString title; ///< of the page served
    };

    /// With a note of a killed publisher the list goes on where it ends, redoing the segment that
    /// was not finished.
    HlsSink(Settings settings, std::shared_ptr<const Epochs> epochs, SinkNote note = {});

    Result<void> prepare() override;
    Result<void> write(const TimelinePacketPtr &packet) override;
    Result<void> finish() override;
    void abandon() override;
    std::optional<ResumePoint> resumePoint() const override { return m_resume; }
    QString address() const override { return m_server ? m_server->playlistUrl() : QString(); }

private:
    // A segment while its packets come in.
    struct Draft {
        qint64 firstFrame = 0;
        qint64 frames = 0;
        bool isDiscontinuous = false;
        TimelineBatch packets;
    };
    // A muxed segment that the disk has not taken yet.
    struct Finished {
        qint64 firstFrame = 0;
        qint64 frames = 0;
        bool isDiscontinuous = false;
        QByteArray fingerprint;
        QByteArray bytes;
    };

    Result<void> lockFolder();
    void resume(const QJsonObject &note);
    void writeNote();
    QString serveAddress() const;
    Result<void> addVideo(const TimelinePacketPtr &packet);
    Result<void> addAudio(const TimelinePacketPtr &packet);
    Result<void> complete(Draft draft);
    Result<void> openMuxer(const StreamSet &streams);
    void writeWaiting();
    void startServer();
    void updateTrouble();
    Result<void> writeSegment(const Finished &finished);
    Result<void> writePlaylist(HlsPlaylist::End end);
    QString path(const QString &name) const { return m_settings.folder + u'/' + name; }
    qint64 highestSequenceInFolder() const;

    const Settings m_settings;
    const std::shared_ptr<const Epochs> m_epochs;
    const SinkNote m_note;
    std::optional<ResumePoint> m_resume;
    int m_servedPort = 0; // of the publisher before
    qint64 m_begin = -1; // the first frame of this destination
    ContinuityCounters m_counters;
    HlsPlaylist m_playlist;
    bool m_isPrepared = false;
    UniqueFd m_lock; // the folder, held against a second writer
    bool m_hasList = false; // this destination has written one into the folder
    qint64 m_lowestSequence = 0; // for a list that is empty
    std::shared_ptr<const StreamSet> m_streams;
    std::optional<qint64> m_lastDts; // of video
    std::optional<Draft> m_current;
    std::optional<Draft> m_following; // begun, while sound of m_current may still come
    bool m_nextIsDiscontinuous = false;
    // Freed before the IO that it writes to.
    std::unique_ptr<MuxerIo> m_io;
    std::unique_ptr<Muxer> m_muxer;
    QByteArray m_muxed; // what the muxer wrote since the last segment
    std::deque<Finished> m_waiting;
    std::optional<Error> m_diskTrouble;
    std::optional<Error> m_listTrouble;
    std::optional<Error> m_folderTrouble;
    std::optional<Error> m_serveTrouble;
    std::unique_ptr<HlsServer> m_server;
};

} // namespace continuo
