// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/expectation.h"
#include "tests/support/framecode/mediareader.h"
#include "tests/support/framecode/picturejudge.h"
#include "tests/support/framecode/report.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace framecode {

struct SoundResult {
    int windows = 0; // that were found in the sound
    double meanMs = 0; // how late the sound is
    double maxMs = 0; // the greatest amount, with its sign
    double firstMs = 0;
    double lastMs = 0;
    double audibleFrom = 0; // seconds from the item's zero, as heard
    double audibleTo = 0;
    double worstMatch = 1; // normalised correlation of the worst window, 0 to 1
};

/// Lays the sound of each stretch of pictures beside the wave that its clip must have there. The
/// place of best correlation says how late the sound is; where the place leaps there is a click;
/// where nothing correlates or is heard, other sound or a gap.
class SoundJudge {
public:
    struct Limits {
        double avToleranceMs = 34; // beyond it: a fault
        bool mayBeginLate = false; // the input begins or ends in the middle of a stream
        bool mayEndEarly = false;
        double keepSeconds = 300; // of sound, for stretches still to come
        // Silence allowed where the sound expected begins or ends: the tones rise in 5 ms, and an
        // item that is cut may fade as long.
        double edgeGapSeconds = 0.009;
    };
    using ResultHandler = std::function<void(const Stretch &, const SoundResult &)>;

    SoundJudge(const Rate &fps, const Limits &limits, Report &report, ResultHandler onResult);

    void append(const Sound &sound);
    /// Judged as soon as the sound for it is there.
    void judge(const Stretch &stretch, std::shared_ptr<const Clip> clip);
    void finish();
    /// What the seconds of faults are counted from.
    void setOrigin(double seconds) { m_origin = seconds; }

private:
    struct Job {
        Stretch stretch;
        std::shared_ptr<const Clip> clip;
    };
    struct Window {
        double at; // seconds since the item's zero
        double lag; // samples
        double match;
        bool silent;
    };
    struct Part; // a stretch while it is judged

    void process(const Job &job);
    void trackWindows(Part &part) const;
    void judgeLags(Part &part);
    void judgeMatches(Part &part);
    void judgeGaps(Part &part);
    void judgeClicks(Part &part);
    void addClick(Part &part, double when, const QString &text);
    void judgeSilence(const Part &part);
    void judgeEdges(const Part &part);
    Window bestNear(const Part &part, std::int64_t at, double lag) const;
    std::optional<double> searchWide(const Part &part, std::int64_t at) const;
    double match(const float *reference, std::int64_t at, std::int64_t count, int step) const;
    double loudness(std::int64_t from, std::int64_t count) const;
    std::int64_t indexAt(double seconds) const;
    double timeOf(std::int64_t index) const;
    bool has(std::int64_t from, std::int64_t count) const;
    std::int64_t end() const;
    void forget();
    void fault(const QString &kind, double seconds, const QString &text);

    Rate m_fps;
    Limits m_limits;
    Report &m_report;
    ResultHandler m_onResult;
    double m_origin = 0;

    std::deque<Job> m_jobs;
    std::vector<float> m_samples;
    std::int64_t m_firstIndex = 0; // of m_samples, counted from the first sound of all
    double m_gridStart = 0; // time of index 0
    double m_rate = 0;
    double m_keepFrom = 0; // sound before this is not needed any more

    // Where the last stretch left off, to join the next one to it.
    bool m_hasLast = false;
    std::int64_t m_lastOrdinal = 0;
    double m_lastShift = 0; // seconds: item zero plus lag
    double m_lastLag = 0; // samples
    double m_lastGood = 0; // time of the last window that matched
};

} // namespace framecode
