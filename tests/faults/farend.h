// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/check.h"

#include <QStringList>

#include <optional>

namespace continuo {

/// What a far end shows of one stretch of air.
struct FarEndWindow {
    qint64 lost = 0;
    qint64 repeated = 0;
    qint64 damaged = 0;
    int gaps = 0;
    QStringList others; ///< faults of every other kind, in words

    bool isClean() const { return lost + repeated + damaged + gaps == 0 && others.isEmpty(); }
};

/// A judged far end whose pictures are placed on the station's frame numbers.
class FarEnd final {
public:
    FarEnd() = default;
    /// \p firstFrame: the station's number of the input's first picture.
    FarEnd(framecode::Report report, qint64 firstFrame);

    /// What is wrong from frame \p from to before \p to; faults of no one frame belong to all.
    FarEndWindow window(qint64 from, qint64 to) const;
    qint64 firstFrame() const { return m_firstFrame; }
    qint64 frames() const { return m_report ? m_report->seen : 0; }
    const framecode::Report *report() const { return m_report ? &*m_report : nullptr; }

private:
    std::optional<framecode::Report> m_report;
    qint64 m_firstFrame = 0;
};

/// A playlist beside \p playlist with only what follows its last discontinuity; the playlist itself
/// when it has none. Empty: it cannot be read or written.
QString afterLastDiscontinuity(const QString &playlist);

} // namespace continuo
