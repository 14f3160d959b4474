// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/publish/continuitycounters.h"
#include "core/publish/muxer.h"
#include "core/publish/sink.h"
#include "core/publish/sinknote.h"
#include "core/publish/writebehindfile.h"

#include <chrono>

namespace continuo {

/// Records into one file: Matroska, MP4 or MPEG-TS by its ending. Times count from the first frame.
/// At each key frame all before it is in the file, so that a kill at any time leaves it readable
/// up to there (MP4 is fragmented for that). A full disk makes a hole from key frame to key frame,
/// counted; new parameters begin a new file with a number in its name. A file that was deleted, or
/// that the disk refuses for another reason than its being full, is an error of write() at the next
/// key frame: after prepare() another is begun.
class FileSink final : public Sink {
public:
    /// With a note of an earlier publisher its file is cut back to what was whole, and continued,
    /// whether that was killed, even while ending the file, or ended it to leave it to this one.
    /// \p indexTime is how long its past may be read for the index of a Matroska file: on a slow
    /// disk or share the live packets would be dropped meanwhile.
    explicit FileSink(QString path, SinkNote note = {},
                      std::chrono::milliseconds indexTime = std::chrono::seconds(2))
        : m_path(std::move(path))
        , m_note(std::move(note))
        , m_indexTime(indexTime)
    {
    }

    /// The muxer for an ending (mkv, mp4, ts). Errors: InvalidArgument with a sentence.
    static Result<QByteArray> formatFor(const QString &path);

    Result<void> prepare() override;
    Result<void> write(const TimelinePacketPtr &packet) override;
    Result<void> finish() override;
    void abandon() override;
    std::optional<ResumePoint> resumePoint() const override { return m_resume; }
    QString note() const override;
    QString address() const override { return m_madePath; }

private:
    // How far the file on disk is whole, as noted for the next publisher.
    struct Standing {
        QString path; // empty: no file to go on with, only its counts
        qint64 inode = 0; // of the file
        qint64 bytes = 0; // whole in the file; 0: nothing yet
        qint64 frame = -1; // the key frame that comes next
        qint64 dts = 0; // decode time after the last frame that is in the file or counted as lost
        qint64 origin = 0; // frame at which the file's clock is zero
        qint64 firstFrame = 0; // the file's first packets
        qint64 firstDts = 0;
        qint64 firstSample = -1;
        QByteArray fingerprint;
        qint64 lost = 0;
        qint64 bytesBefore = 0;
        int group = 0; // times that something was brought out
    };

    void resume(const QJsonObject &note);
    void writeNote();
    Result<void> begin(const TimelinePacket &key);
    Result<void> openMuxer(const QByteArray &format);
    Result<void> beginNew(const TimelinePacket &key, const QByteArray &format);
    Result<void> goOn(const TimelinePacket &key, const QByteArray &format);
    Result<void> skipFirstFragment();
    Result<void> restoreHead();
    Result<void> indexOldClusters(qint64 from);
    Result<void> bringOut(const TimelinePacket &key);
    void writeOut();
    Error leaveFile(const Error &why, const TimelinePacket &key);
    Result<void> writeFragmentIndex();
    Result<void> end();

    const QString m_path;
    const SinkNote m_note;
    const std::chrono::milliseconds m_indexTime;
    bool m_hasPrepared = false;
    std::optional<ResumePoint> m_resume;
    std::optional<Standing> m_left; // by a killed publisher, until it is gone on with
    Standing m_standing;
    QString m_madePath; // the newest part
    // Order of freeing: muxer, IO, file.
    std::unique_ptr<WriteBehindFile> m_file;
    std::unique_ptr<MuxerIo> m_io;
    std::unique_ptr<Muxer> m_muxer;
    ContinuityCounters m_counters; // of a transport stream
    bool m_isSwallowing = false; // what the muxer writes is in the file already
    QByteArray m_swallowed;
    std::shared_ptr<const StreamSet> m_streams;
    std::optional<MuxClock> m_clock;
    std::optional<qint64> m_lastDts; // of video
    qint64 m_openFrames = 0; // given to the muxer since all was in the file
    qint64 m_bytesBefore = 0; // of earlier parts
    bool m_isDropping = false; // the disk is full and so is our memory for it
};

} // namespace continuo
