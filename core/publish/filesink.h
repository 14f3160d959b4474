// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/publish/muxer.h"
#include "core/publish/sink.h"
#include "core/publish/writebehindfile.h"

namespace continuo {

/// Records into one file: Matroska, MP4 or MPEG-TS by its ending. Times count from the first frame.
/// At each key frame all before it is in the file, so that a kill at any time leaves it readable
/// up to there (MP4 is fragmented for that). A full disk makes a hole from key frame to key frame,
/// counted; new parameters begin a new file with a number in its name.
class FileSink final : public Sink {
public:
    explicit FileSink(QString path)
        : m_path(std::move(path))
    {
    }

    /// The muxer for an ending (mkv, mp4, ts). Errors: InvalidArgument with a sentence.
    static Result<QByteArray> formatFor(const QString &path);

    Result<void> prepare() override;
    Result<void> write(const TimelinePacketPtr &packet) override;
    Result<void> finish() override;
    void abandon() override;
    QString note() const override;
    QString address() const override { return m_madePath; }

private:
    Result<void> begin(const TimelinePacket &key);
    Result<void> bringOut();
    Result<void> end();

    const QString m_path;
    QString m_madePath; // the newest part
    // Order of freeing: muxer, IO, file.
    std::unique_ptr<WriteBehindFile> m_file;
    std::unique_ptr<MuxerIo> m_io;
    std::unique_ptr<Muxer> m_muxer;
    std::shared_ptr<const StreamSet> m_streams;
    std::optional<MuxClock> m_clock;
    std::optional<qint64> m_lastDts; // of video
    qint64 m_bytesBefore = 0; // of earlier parts
    bool m_isDropping = false; // the disk is full and so is our memory for it
};

} // namespace continuo
