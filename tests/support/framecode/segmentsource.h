// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/outcome.h"

#include <QByteArray>
#include <QElapsedTimer>
#include <QList>
#include <QString>

#include <chrono>
#include <memory>

struct AVIOContext;

namespace framecode {

/// What the playlist itself said.
struct HlsFacts {
    int segments = 0; // read
    int missedSegments = 0; // slid out of the list before they were read, or could not be fetched
    int discontinuities = 0; // EXT-X-DISCONTINUITY tags between segments that were read
    bool ended = false; // EXT-X-ENDLIST
};

/// The segments of an HLS playlist, one after the other, as one stream of bytes. libavformat's own
/// HLS reader waits for ever on a list without an end, leaps to the live edge and skips quietly
/// what it cannot fetch; the judge must see each segment and count those that are missing.
/// Used from one thread; a read blocks while it waits for the next segment in follow mode.
class SegmentSource {
public:
    /// True for *.m3u8 (a path or an address) and for a folder.
    static bool isPlaylist(const QString &input);

    /// With `follow` above zero the list is read again and again for that long, and segments are
    /// fetched as they appear; else it is read once, whether it has an end or not.
    static Outcome<std::unique_ptr<SegmentSource>> open(const QString &input,
                                                        std::chrono::milliseconds follow);
    ~SegmentSource();
    SegmentSource(const SegmentSource &) = delete;
    SegmentSource &operator=(const SegmentSource &) = delete;

    AVIOContext *io() const { return m_io; }
    const HlsFacts &facts() const { return m_facts; }

private:
    SegmentSource(QString playlist, std::chrono::milliseconds follow);
    static int readCallback(void *opaque, std::uint8_t *buffer, int size);
    int read(std::uint8_t *buffer, int size);
    Outcome<Done> refresh();
    void takeSegments(const QByteArray &text);
    bool isFollowing() const;

    QString m_playlist;
    std::chrono::milliseconds m_follow;
    QElapsedTimer m_sinceStart;
    AVIOContext *m_io = nullptr;
    QList<QByteArray> m_waiting;
    QByteArray m_current;
    qsizetype m_at = 0;
    qint64 m_nextSequence = -1;
    QString m_map; // initialisation section that was sent last
    HlsFacts m_facts;
};

} // namespace framecode
