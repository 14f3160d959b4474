// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/uniquefd.h"
#include "core/publish/timeline.h"

#include <QJsonObject>
#include <QString>

#include <memory>
#include <optional>

namespace continuo {

class PacketJournal;

/// The packet journal of a channel in the publisher's words: released packets go in before anything
/// else is done with them, and a publisher that takes the place of a killed one reads them back.
/// Any thread.
class StreamJournal final {
public:
    struct Contents {
        TimelineBatch packets; ///< oldest first, in the order in which they were released
        qint64 nextFrame = -1; ///< first frame not released; -1: nothing ever was
        std::optional<qint64> nextSample;
    };

    /// Takes over the memory \p fd of a channel of \p rate; what is broken in it is forgotten, with
    /// a warning. Errors: Corrupt (no such memory), NoSpace, Io.
    static Result<std::unique_ptr<StreamJournal>> open(UniqueFd fd, FrameRate rate);
    ~StreamJournal();

    /// Remembers what is released, before it is acknowledged.
    void append(const TimelineBatch &batch, qint64 nextFrame, std::optional<qint64> nextSample);
    /// A copy of all that is there.
    Contents read() const;

    /// What a destination noted about its output, empty when it did not.
    QJsonObject note(const QString &id) const;
    void setNote(const QString &id, const QJsonObject &note);
    void removeNote(const QString &id);

private:
    StreamJournal(std::unique_ptr<PacketJournal> journal, FrameRate rate);
    std::shared_ptr<const StreamSet> readStreams(std::uint32_t number) const;

    const std::unique_ptr<PacketJournal> m_journal;
    const FrameRate m_rate;
    // The writing thread's:
    std::shared_ptr<const StreamSet> m_streams; // as written last
    std::uint32_t m_parameters = 0;
};

} // namespace continuo
