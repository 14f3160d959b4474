// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/faultrun.h"

#include <vector>

namespace continuo {

/// Plays rows, prints PASS, FAIL! and SKIP lines as QtTest does, and the table at the end.
class FaultTable final {
public:
    void run(const FaultRun::Options &options, const std::vector<const FaultRow *> &rows);
    void skip(const FaultRow &row, const QString &reason);
    void print(quint32 seed) const;
    bool hasFailed() const { return m_hasFailed; }

private:
    struct Line {
        QString name;
        QString text;
        QString hls;
        QString record;
        QString rtmp;
        QString late;
        QString held;
        QString back;
        QString verdict;
    };
    void add(const FaultResult &result);

    std::vector<Line> m_lines;
    bool m_hasFailed = false;
};

} // namespace continuo
