// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QString>

#include <deque>
#include <optional>
#include <vector>

namespace continuo {

/// One segment of an HLS playlist. Its file is segmentFileName(sequence).
struct HlsSegment {
    qint64 sequence = 0; ///< EXT-X-MEDIA-SEQUENCE of this segment
    qint64 durationUs = 0;
    qint64 wallUs = 0; ///< EXT-X-PROGRAM-DATE-TIME, UTC microseconds since 1970
    bool isDiscontinuous = false; ///< does not go on where the one before it ends

    friend bool operator==(const HlsSegment &, const HlsSegment &) = default;
};

/// "seg00000042.ts": at least eight digits.
QString segmentFileName(qint64 sequence);
/// The sequence in such a name; nothing for any other.
std::optional<qint64> segmentSequence(const QString &fileName);

/// A media playlist (RFC 8216) as values and text. No input or output.
class HlsPlaylist final {
public:
    /// \p targetSeconds is EXT-X-TARGETDURATION (raised when a segment is longer). \p listSize
    /// segments are listed; 0 lists all, as an event.
    HlsPlaylist(int targetSeconds, int listSize);

    /// Goes on with a playlist that toText() made in an earlier run: its segments stay listed (the
    /// newest listSize of them) and are never numbered again. Errors: Corrupt, nothing is changed.
    Result<void> resume(const QByteArray &text);

    /// The number of the next segment: one more than the last, else \p wish.
    qint64 nextSequence(qint64 wish) const;
    /// Adds a segment whose sequence came from nextSequence(). One that leaves the list is to be
    /// deleted when it has been out of it for as long as a client may still read it.
    void append(const HlsSegment &segment);
    /// Takes over segments (rising, older than all listed) that an earlier run had out of the list
    /// but had not deleted yet.
    void expectExpired(const std::vector<qint64> &sequences);
    /// The list as it is now is what clients read. Until then they read the one before, and what
    /// that one names does not expire.
    void setPublished();
    /// Segments whose files may be deleted now, each given once. To be asked after each append().
    std::vector<qint64> takeExpired();

    /// The frame and the parameters' fingerprint at which the list ends: a run that begins with
    /// just these goes on without EXT-X-DISCONTINUITY. Kept in a comment of the text.
    void setContinuation(qint64 nextFrame, const QByteArray &fingerprint);
    qint64 nextFrame() const { return m_nextFrame; } ///< -1: not known
    const QByteArray &fingerprint() const { return m_fingerprint; }

    const std::deque<HlsSegment> &segments() const { return m_segments; }
    qint64 discontinuitySequence() const { return m_discontinuitySequence; }
    enum class End { Open, Ended };
    QByteArray toText(End end) const;

private:
    struct Expiring {
        qint64 sequence = 0;
        qint64 leftAt = 0; // the newest sequence when it left the list
    };

    void push(const HlsSegment &segment);
    void dropOldest();

    int m_targetSeconds;
    int m_listSize;
    std::deque<HlsSegment> m_segments;
    // Their text, which a list of all of a month's segments cannot be written anew for each.
    QByteArray m_entries;
    qint64 m_discontinuitySequence = 0;
    qint64 m_nextFrame = -1;
    QByteArray m_fingerprint;
    std::deque<Expiring> m_expiring; // out of the list, file still there
    // The list that clients read; none when the last is below the first.
    qint64 m_publishedFirst = 0;
    qint64 m_publishedLast = -1;
};

} // namespace continuo
