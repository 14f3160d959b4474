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
        QStringList faults; ///< roles to kill: player, encoder, publisher, console
    };

    explicit Soak(Options options);
    ~Soak();

    /// Airs, judges, prints the table; true when nothing was lost and all stayed flat.
    bool run();

private:
    struct Sample {
        double seconds = 0;
        qint64 memory = 0; ///< bytes, proportional, of all processes of the role
        int descriptors = 0;
        int processes = 0;
    };
    using Samples = std::map<QString, std::vector<Sample>>;

    void begin();
    void air();
    void poll();
    void edit();
    void breakSomething();
    void killConsole();
    void sample();
    bool judge(const QString &name, const framecode::Outcome<framecode::Report> &outcome) const;
    bool printMemory() const;

    Options m_options;
    QRandomGenerator m_random;
    QString m_folder;
    Corpus m_corpus;
    std::unique_ptr<TestStation> m_station;
    std::unique_ptr<listmodel::ListModel> m_model;
    QHash<QString, int> m_clipOfItem;
    QElapsedTimer m_timer;
    QJsonObject m_status;
    qint64 m_first = 0;
    qint64 m_last = 0;
    qint64 m_held = 0; ///< as counted by the engine
    int m_edits = 0;
    std::map<QString, int> m_kills;
    Samples m_samples;
};

} // namespace continuo
