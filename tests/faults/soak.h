// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/onair/onair.h"

#include <QElapsedTimer>
#include <QRandomGenerator>

#include <map>
#include <memory>
#include <vector>

namespace continuo {

/// A channel on air for a long time, with random faults and edits; judged at the end.
class Soak final {
public:
    struct Options {
        quint32 seed = 1;
        qint64 frames = 1800; ///< of air
        int height = 360;
        bool isPaced = true;
        /// Roles to kill: player, encoder, publisher, console, keeper, engine (when paced).
        QStringList faults;
    };

    explicit Soak(Options options);
    ~Soak();

    /// Airs, judges, prints the tables; true when nothing was lost and all stayed flat.
    bool run();

private:
    struct Sample {
        qint64 memory = 0; ///< bytes, proportional, of all processes of the role
        int descriptors = 0; ///< of the one that has most
        int processes = 0;
        bool isSettled = true; ///< the channel was not just begun or taken over
    };
    /// Where frames were shown again: behind frame from, and not behind to.
    struct Hold {
        qint64 from = 0;
        qint64 to = 0;
        qint64 frames = 0; ///< as counted by the engine
    };
    struct PlayerKill {
        qint64 frame = 0;
        int machineBefore = 0; ///< frames that the machine itself had made late by then
        qint64 allowed = 0; ///< of held
        qint64 held = 0;
    };
    struct TakeOver {
        qint64 from = 0; ///< the frames that it can have to do with
        qint64 to = 0;
    };
    struct Life {
        QString role;
        std::vector<int> descriptors;
    };

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
    QStringList unexplained(const framecode::Report &report) const;
    bool judge(const QString &name, const framecode::Outcome<framecode::Report> &outcome) const;
    bool printFaults() const;
    bool printProcesses() const;
    QStringList growing(const QString &role, const std::vector<Sample> &samples) const;
    QStringList growingConsoles() const;
    QStringList growingLives() const;

    Options m_options;
    QRandomGenerator m_random;
    QString m_folder;
    Corpus m_corpus;
    std::unique_ptr<TestStation> m_station;
    std::unique_ptr<listmodel::ListModel> m_model;
    QHash<QString, int> m_clipOfItem;
    QElapsedTimer m_timer;
    qint64 m_airedMs = 0;
    QJsonObject m_status;
    qint64 m_first = 0;
    qint64 m_last = 0;
    int m_edits = 0;

    QStringList m_bag; // the kinds of fault that come before any comes again
    QString m_lastFault; // empty: none yet
    std::map<QString, int> m_kills;
    qint64 m_engineKilledAt = -1; // by m_timer; -1: never
    qint64 m_longestTakeOverMs = 0;
    bool m_isSettling = false;
    AirTimer m_sinceSettling;

    qint64 m_held = 0; // as counted by the engine
    qint64 m_strayHeld = 0; // of these, those that no killed player explains
    std::vector<Hold> m_holds;
    std::vector<PlayerKill> m_playerKills;
    std::vector<TakeOver> m_takeOvers;
    bool m_isLateJudged = false;
    qint64 m_lateBefore = 0;
    int m_lateByTheMachine = 0; // when that was
    QStringList m_late; // in words, where frames were late

    std::map<QString, std::vector<Sample>> m_samples; // by role
    std::vector<Sample> m_consoles; // each just before it was killed
    std::vector<int> m_strayPlayers; // how many more there were than the channel knew of
    std::map<pid_t, Life> m_lives;
};

} // namespace continuo
