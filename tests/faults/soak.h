// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/soakrecord.h"
#include "tests/support/onair/onair.h"

#include <QElapsedTimer>
#include <QRandomGenerator>

#include <map>
#include <memory>
#include <vector>

namespace continuo {

/// A channel on air for a long time, with random faults and edits; SoakJudge judges at the end.
class Soak final {
public:
    explicit Soak(SoakOptions options);
    ~Soak();

    /// Airs, judges, prints the tables; true when nothing was lost and all stayed flat.
    bool run();

private:
    void begin();
    void air();
    void poll();
    void take(const QJsonObject &status);
    void noteHeld(qint64 from, qint64 frames);
    void settleDown();
    void judgeSettling();
    void beginLate();
    void endLate();
    void edit();
    bool breakSomething();
    bool killOne(const QString &role);
    bool killConsole();
    bool killKeeper();
    bool killEngine();
    int keepersReplaced();
    QList<StationProcess> ownProcesses() const;
    void sample();

    SoakOptions m_options;
    SoakRecord m_record;
    QRandomGenerator m_random;
    QString m_folder;
    Corpus m_corpus;
    std::unique_ptr<TestStation> m_station;
    std::unique_ptr<listmodel::ListModel> m_model;
    QHash<QString, int> m_clipOfItem;
    QElapsedTimer m_timer;
    QJsonObject m_status;

    QStringList m_bag; // the kinds of fault that come before any comes again
    QString m_lastFault; // empty: none yet
    qint64 m_engineKilledAt = -1; // by m_timer; -1: never
    bool m_isSettling = false;
    AirTimer m_sinceSettling;

    bool m_isLateJudged = false;
    qint64 m_lateBefore = 0;
    int m_lateByTheMachine = 0; // when that was
};

} // namespace continuo
