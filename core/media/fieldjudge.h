// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/avptr.h"

#include <QString>

#include <optional>

namespace continuo {

/// How the lines of a picture belong together.
enum class FieldOrder {
    Unknown, ///< nobody says, or too little moves
    Progressive,
    TopFirst,
    BottomFirst,
};

/// Judges by what moves between the lines whether fields lie in decoded pictures, and which of them
/// is the first: FFmpeg's `idet`. One thread.
class FieldJudge final {
public:
    /// Another place: its pictures do not follow those before.
    void begin() { m_graph.reset(); }
    void add(const AVFrame &frame);
    /// Clear in most of what moved, else Unknown.
    FieldOrder seen() const;
    /// As the decoder flagged most of them; where it says nothing, by \p container.
    FieldOrder told(AVFieldOrder container) const;

private:
    bool build(const AVFrame &frame);

    GraphPtr m_graph;
    AVFilterContext *m_source = nullptr; // owned by m_graph
    AVFilterContext *m_sink = nullptr; // the same
    int m_top = 0; // pictures that looked so
    int m_bottom = 0;
    int m_progressive = 0;
    int m_toldTop = 0; // that were flagged so
    int m_toldBottom = 0;
};

} // namespace continuo
