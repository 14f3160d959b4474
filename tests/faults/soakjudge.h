// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/soakrecord.h"
#include "tests/support/framecode/check.h"

namespace continuo {

/// Lays what came of a soak beside what was done in it; prints tables, and verdicts as QtTest does.
class SoakJudge final {
public:
    /// Both must outlive it.
    SoakJudge(const SoakOptions &options, const SoakRecord &record)
        : m_options(options)
        , m_record(record)
    {
    }

    /// Each was made, and cost what it may.
    bool areFaultsGood() const;
    /// All that is not as the model has it is explained by a fault; the report goes into \p folder.
    bool isOutputGood(const QString &name, const framecode::Outcome<framecode::Report> &outcome,
                      const QString &folder) const;
    /// Their number, memory and descriptors stayed flat.
    bool areProcessesGood() const;

private:
    QStringList unexplained(const framecode::Report &report) const;
    QStringList growing(const QString &role, const std::vector<SoakRecord::Sample> &samples) const;
    QStringList growingConsoles() const;
    QStringList growingLives() const;

    const SoakOptions &m_options;
    const SoakRecord &m_record;
};

} // namespace continuo
