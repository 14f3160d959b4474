// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/check.h"
#include "tests/support/framecode/clipmaker.h"
#include "tests/support/listmodel/listmodel.h"
#include "tests/support/station/teststation.h"

#include <QElapsedTimer>
#include <QHash>
#include <QStringList>

#include <memory>
#include <optional>
#include <vector>

namespace continuo {

/// The frame-coded clips of a test and what the model knows of them.
struct Corpus {
    QStringList files;
    std::vector<std::shared_ptr<const framecode::Clip>> clips;
    std::vector<qint64> frames; ///< house frames of each, by the model

    qint64 totalFrames() const;
};

/// The twelve clips of different make, \p seconds long each; made once a build.
Corpus loadCorpus(double seconds, framecode::Rate fps);

/// The items that the model says were aired, as an expectation for the checker.
framecode::Expectation expectationOf(const std::vector<listmodel::Airing> &airings,
                                     const QHash<QString, int> &clipOfItem, const Corpus &corpus,
                                     framecode::Rate fps);

/// The corpus in its order again and again, each clip whole, and never a slate.
framecode::Expectation loopOf(const Corpus &corpus, framecode::Rate fps);

/// How many frames an output must have: an expectation that may end anywhere says nothing of it.
struct FramesDue {
    qint64 least = 0;
    std::optional<qint64> most;
    /// Counted from the first: an engine died while its encoder read it, and it may be damaged.
    qint64 torn = -1;

    static FramesDue exactly(qint64 frames) { return {frames, frames}; }
};

/// Fails the running test with the report's faults unless \p input shows exactly \p expectation, as
/// many frames of it as \p due says and, where that is one number, as many joins as those have. No
/// HLS of ours may have a discontinuity. Writes the report into \p folder. Returns whether it
/// passed.
bool checkFarEnd(const QString &input, const framecode::Expectation &expectation,
                 const QString &folder, const QString &name,
                 const framecode::CheckOptions &options = {}, const FramesDue &due = {});

/// One of several outputs, and what checkFarEnd() asks of it.
struct FarEndDue {
    QString input;
    framecode::Expectation expectation;
    QString name;
    framecode::CheckOptions options = {};
    FramesDue due = {};
};

/// The same for several outputs, all of which are read at once and then judged in their order.
/// Returns whether all passed.
bool checkFarEnds(const QString &folder, const std::vector<FarEndDue> &outputs);

/// Begins to watch whether the machine itself stands still, and what checkCounts() excuses is
/// counted from the last call on: right before a channel is started. loadCorpus() does it, too,
/// when the clips are made.
void watchMachine();
/// How often it stood still since the first call, long enough to make a frame late.
int machineStalls();
/// How many frames that can have made late.
int framesLateByTheMachine();

/// The time that passes, less that for which the machine itself stood still: what a station is
/// measured by. Whoever starts one has called watchMachine().
class AirTimer final {
public:
    void start();
    qint64 elapsedMs() const;
    /// What the above leaves out.
    qint64 stoodMs() const;

private:
    QElapsedTimer m_timer;
    std::vector<qint64> m_stoodBefore; // by processor
};

/// Fails the running test unless the engine counted no frame late, held or dropped. Where the
/// machine stood still since watchMachine(), the frames due meanwhile are said, and not held
/// against the engine.
bool checkCounts(const QJsonObject &status);

} // namespace continuo
