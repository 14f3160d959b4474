// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/soundjudge.h"

#include "tests/support/framecode/tones.h"

#include <algorithm>
#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

// As long as a symbol: each window holds a change of tones. Within one symbol three steady tones
// look alike at several places (0.95 at 0.7 ms was seen).
constexpr double kWindowSeconds = 0.040;
constexpr double kHopSeconds = 0.010;
constexpr double kNearSeconds = 0.0015; // how far a window may lie from the one before
constexpr double kWideSeconds = 0.6; // how far a lost sound is searched
constexpr double kWideWindowSeconds = 0.120;
constexpr double kFoundMatch = 0.75; // of the wide search
constexpr double kSureMatch = 0.9; // of a place other than the last
constexpr double kGoodMatch = 0.8;
constexpr double kStepSeconds = 0.0004;
// A coder smears an edge over its window, and an item cut short fades out over some milliseconds.
constexpr double kEdgeSeconds = 0.045;
constexpr double kGuardSeconds = 0.015;
constexpr double kJoinSeconds = 0.025; // an AAC packet at 48 kHz, and some
constexpr double kMinGapSeconds = 0.006;
constexpr double kSilentLevel = 0.003; // -50 dB of full scale
constexpr double kSilentShare = 0.08; // of the stretch's own level
constexpr double kMarginSeconds = kWideSeconds + 0.2;
constexpr int kPatience = 4; // windows without a match before the sound is searched wide

} // namespace

struct SoundJudge::Part {
    const Job &job;
    std::int64_t begin = 0; // of the stretch, index of sound
    std::int64_t end = 0;
    double soundFrom = 0; // seconds since the item's zero where sound is expected, both
    double soundTo = 0; //  within the stretch
    bool edgeBefore = true; // the sound expected begins anew there
    bool edgeAfter = true;
    double level = 0;
    std::vector<float> reference; // from begin to end
    std::vector<Window> windows;
    double lag = 0; // median, seconds
    std::vector<std::pair<double, double>> gaps; // seconds since the item's zero
    std::vector<double> clicks; // the same
    SoundResult result;

    double zero() const { return job.stretch.zeroSeconds; }
    bool isNear(double at, double distance) const
    {
        // Where the sound is early or late as a whole, so are its ends.
        const double reach = std::abs(lag) + distance;
        const bool edge
            = (edgeBefore && at < soundFrom + reach) || (edgeAfter && at > soundTo - reach);
        return edge || std::any_of(gaps.begin(), gaps.end(), [=](const auto &gap) {
                   return at > gap.first - distance && at < gap.second + distance;
               });
    }
};

SoundJudge::SoundJudge(const Rate &fps, const Limits &limits, Report &report,
                       ResultHandler onResult)
    : m_fps(fps)
    , m_limits(limits)
    , m_report(report)
    , m_onResult(std::move(onResult))
{
}

void SoundJudge::append(const Sound &sound)
{
    if (m_rate == 0) {
        m_rate = sound.rate;
        m_gridStart = sound.seconds;
        m_keepFrom = sound.seconds;
    }
    // Laid by counting; the timestamps (rounded to 1 ms in some containers) only correct a leap.
    const double expected = timeOf(end());
    const double step = sound.seconds - expected;
    std::span<const float> samples = sound.samples;
    if (std::abs(step) > 0.0025) {
        ++m_report.soundTimestampSteps;
        fault(u"soundtime"_s, expected,
              u"the sound's timestamps leap by %1 ms"_s.arg(step * 1000, 0, 'f', 1));
        const auto count = static_cast<std::int64_t>(std::llround(std::abs(step) * m_rate));
        if (step > 0 && step < 3600) {
            m_samples.insert(m_samples.end(), static_cast<std::size_t>(count), 0.0F);
        } else if (step < 0) {
            samples = samples.subspan(
                static_cast<std::size_t>(std::min<std::int64_t>(count, std::ssize(samples))));
        }
    }
    m_samples.insert(m_samples.end(), samples.begin(), samples.end());
    m_report.soundPresent = true;
    m_report.soundSeconds = timeOf(end()) - m_gridStart;
    while (!m_jobs.empty()) {
        const Stretch &stretch = m_jobs.front().stretch;
        const double until = stretch.seconds + static_cast<double>(stretch.frames) / m_fps.value();
        if (timeOf(end()) < until + kMarginSeconds)
            break;
        process(m_jobs.front());
        m_jobs.pop_front();
    }
    forget();
}

void SoundJudge::judge(const Stretch &stretch, std::shared_ptr<const Clip> clip)
{
    m_jobs.push_back({stretch, std::move(clip)});
}

void SoundJudge::finish()
{
    for (const Job &job : m_jobs)
        process(job);
    m_jobs.clear();
}

void SoundJudge::forget()
{
    // Sound that no stretch asks for (a long slate) is not kept for ever either.
    const double from = std::max(m_keepFrom - kMarginSeconds, timeOf(end()) - m_limits.keepSeconds);
    const std::int64_t drop = indexAt(from) - m_firstIndex;
    if (drop < static_cast<std::int64_t>(m_rate * 10))
        return;
    m_samples.erase(m_samples.begin(), m_samples.begin() + std::min(drop, std::ssize(m_samples)));
    m_firstIndex += drop;
}

std::int64_t SoundJudge::indexAt(double seconds) const
{
    return static_cast<std::int64_t>(std::llround((seconds - m_gridStart) * m_rate));
}

double SoundJudge::timeOf(std::int64_t index) const
{
    return m_rate > 0 ? m_gridStart + static_cast<double>(index) / m_rate : 0;
}

std::int64_t SoundJudge::end() const
{
    return m_firstIndex + std::ssize(m_samples);
}

bool SoundJudge::has(std::int64_t from, std::int64_t count) const
{
    return from >= m_firstIndex && from + count <= end();
}

void SoundJudge::fault(const QString &kind, double seconds, const QString &text)
{
    const double since = seconds - m_origin;
    const auto frame = static_cast<std::int64_t>(std::floor(since * m_fps.value() + 1e-6));
    m_report.addFault({kind, frame, since, text});
}

double SoundJudge::loudness(std::int64_t from, std::int64_t count) const
{
    if (!has(from, count) || count <= 0)
        return 0;
    double sum = 0;
    const float *at = m_samples.data() + (from - m_firstIndex);
    for (std::int64_t i = 0; i < count; ++i)
        sum += static_cast<double>(at[i]) * static_cast<double>(at[i]);
    return std::sqrt(sum / static_cast<double>(count));
}

/// Normalised correlation of every `step`-th sample of a window.
double SoundJudge::match(const float *reference, std::int64_t at, std::int64_t count,
                         int step) const
{
    if (!has(at, count))
        return 0;
    const float *heard = m_samples.data() + (at - m_firstIndex);
    float both = 0;
    float own = 1e-9F;
    float other = 1e-9F;
    for (std::int64_t i = 0; i < count; i += step) {
        both += heard[i] * reference[i];
        own += heard[i] * heard[i];
        other += reference[i] * reference[i];
    }
    return static_cast<double>(both / std::sqrt(own * other));
}

SoundJudge::Window SoundJudge::bestNear(const Part &part, std::int64_t at, double lag) const
{
    const auto count = static_cast<std::int64_t>(kWindowSeconds * m_rate);
    const float *reference = part.reference.data() + (at - part.begin);
    const auto score = [&](std::int64_t offset) { return match(reference, at + offset, count, 1); };
    auto best = static_cast<std::int64_t>(std::llround(lag));
    double top = score(best);
    // As a rule it is where it was: climb. If that finds nothing, try all the places near.
    for (int climbed = 0; climbed < 8; ++climbed) {
        const double before = score(best - 1);
        const double after = score(best + 1);
        if (top >= before && top >= after)
            break;
        best += after > before ? 1 : -1;
        top = std::max(before, after);
    }
    if (top < kSureMatch) {
        const auto reach = static_cast<std::int64_t>(kNearSeconds * m_rate);
        const auto centre = static_cast<std::int64_t>(std::llround(lag));
        for (std::int64_t offset = centre - reach; offset <= centre + reach; ++offset) {
            const double value = score(offset);
            if (value > top + 1e-6) {
                top = value;
                best = offset;
            }
        }
    }
    // The top of the parabola through the three best: a fraction of a sample.
    const double before = score(best - 1);
    const double after = score(best + 1);
    const double bend = before - 2 * top + after;
    const double peak = bend < -1e-9 ? (before - after) / (2 * bend) : 0;
    return {timeOf(at) - part.zero(), static_cast<double>(best) + std::clamp(peak, -0.5, 0.5), top,
            false};
}

std::optional<double> SoundJudge::searchWide(const Part &part, std::int64_t at) const
{
    const auto count = std::min<std::int64_t>(
        static_cast<std::int64_t>(kWideWindowSeconds * m_rate), part.end - at);
    if (count < static_cast<std::int64_t>(kWideWindowSeconds * m_rate / 2))
        return std::nullopt;
    const float *reference = part.reference.data() + (at - part.begin);
    const auto reach = static_cast<std::int64_t>(kWideSeconds * m_rate);
    std::int64_t best = 0;
    double top = 0;
    // The tones end below 4 kHz: steps of 2 samples and every 4th sample cannot miss the top.
    for (std::int64_t offset = -reach; offset <= reach; offset += 2) {
        const double value = match(reference, at + offset, count, 4);
        if (value > top) {
            top = value;
            best = offset;
        }
    }
    return top > kFoundMatch ? std::optional(static_cast<double>(best)) : std::nullopt;
}

void SoundJudge::process(const Job &job)
{
    const Stretch &stretch = job.stretch;
    const Clip &clip = *job.clip;
    const double from = stretch.first.frame / m_fps.value();
    const double until = from + static_cast<double>(stretch.frames) / m_fps.value();
    Part part{job, 0, 0, 0, 0, true, true, 0, {}, {}, 0, {}, {}, {}};
    if (m_rate > 0) {
        part.begin = indexAt(part.zero() + from);
        part.end = indexAt(part.zero() + until);
        m_keepFrom = part.zero() + until;
    }
    part.soundFrom = std::max(from, clip.soundFrom);
    part.soundTo = std::min(until, clip.soundTo);
    part.edgeBefore = !(stretch.continues && part.soundFrom <= from);
    part.edgeAfter = !(stretch.continued && part.soundTo >= until);
    const bool expected = clip.hasSound && part.soundTo - part.soundFrom > 0.06;
    if (m_rate == 0) {
        if (expected) {
            ++m_report.gaps;
            m_report.gapMs += (part.soundTo - part.soundFrom) * 1000;
            fault(u"gap"_s, part.zero() + part.soundFrom, u"there is no sound at all"_s);
        }
        m_onResult(stretch, part.result);
        return;
    }
    if (expected) {
        part.reference.resize(
            static_cast<std::size_t>(std::max<std::int64_t>(0, part.end - part.begin)));
        synthesizeTones(clip.id, timeOf(part.begin) - part.zero() - clip.soundOffset, m_rate,
                        part.reference);
        trackWindows(part);
        judgeLags(part);
        judgeGaps(part);
        judgeMatches(part);
        judgeClicks(part);
        judgeEdges(part);
    }
    judgeSilence(part);
    m_onResult(stretch, part.result);
}

void SoundJudge::trackWindows(Part &part) const
{
    const auto count = static_cast<std::int64_t>(kWindowSeconds * m_rate);
    const auto hop = static_cast<std::int64_t>(kHopSeconds * m_rate);
    const double before = part.edgeBefore ? kGuardSeconds : 0;
    const double after = part.edgeAfter ? kGuardSeconds : 0;
    const std::int64_t first = std::max(part.begin, indexAt(part.zero() + part.soundFrom + before));
    const std::int64_t last
        = std::min(part.end, indexAt(part.zero() + part.soundTo - after)) - count;
    std::vector<double> levels;
    for (std::int64_t at = first; at <= last; at += hop)
        levels.push_back(loudness(at, count));
    if (levels.empty())
        return;
    const auto high = levels.begin() + static_cast<std::ptrdiff_t>(levels.size() * 3 / 4);
    std::nth_element(levels.begin(), high, levels.end());
    part.level = *high;

    double lag = 0;
    if (m_hasLast) {
        lag = part.job.stretch.first.ordinal == m_lastOrdinal ? (m_lastShift - part.zero()) * m_rate
                                                              : m_lastLag;
    }
    // A new item may lie elsewhere than the one before: there one window is enough to look.
    int missed = m_hasLast && !part.edgeBefore ? 0 : kPatience - 1;
    for (std::int64_t at = first; at <= last; at += hop) {
        if (!has(at, count))
            continue;
        Window window = bestNear(part, at, lag);
        window.silent = loudness(at, count) < std::max(kSilentLevel, part.level * kSilentShare);
        if (window.match < kSureMatch && !window.silent && ++missed >= kPatience) {
            missed = 0;
            if (const auto found = searchWide(part, at)) {
                const Window elsewhere = bestNear(part, at, *found);
                if (elsewhere.match > window.match)
                    window = elsewhere;
            }
        }
        if (window.match >= kSureMatch && !window.silent) {
            missed = 0;
            lag = window.lag;
        }
        part.windows.push_back(window);
    }
}

void SoundJudge::judgeLags(Part &part)
{
    std::vector<double> lags;
    for (const Window &window : part.windows) {
        if (!window.silent && window.match >= kGoodMatch)
            lags.push_back(window.lag / m_rate);
    }
    SoundResult &result = part.result;
    result.windows = static_cast<int>(lags.size());
    if (lags.empty())
        return;
    result.firstMs = lags.front() * 1000;
    result.lastMs = lags.back() * 1000;
    double sum = 0;
    for (const double lag : lags) {
        sum += lag;
        if (std::abs(lag) * 1000 > std::abs(result.maxMs))
            result.maxMs = lag * 1000;
    }
    result.meanMs = sum / static_cast<double>(lags.size()) * 1000;
    const auto middle = lags.begin() + static_cast<std::ptrdiff_t>(lags.size() / 2);
    std::nth_element(lags.begin(), middle, lags.end());
    part.lag = *middle;
    if (std::abs(result.maxMs) > m_limits.avToleranceMs) {
        fault(u"av"_s, part.job.stretch.seconds,
              u"the sound is up to %1 ms %2"_s.arg(std::abs(result.maxMs), 0, 'f', 1)
                  .arg(result.maxMs > 0 ? u"late"_s : u"early"_s));
    }
}

void SoundJudge::judgeGaps(Part &part)
{
    const auto block = static_cast<std::int64_t>(m_rate / 1000);
    const double threshold = std::max(kSilentLevel, part.level * kSilentShare);
    // Where the sound is late as a whole, its beginning and end are late too.
    const double from = std::max(part.soundFrom, part.soundFrom + part.lag);
    const double to = std::min(part.soundTo, part.soundTo + part.lag);
    const std::int64_t first = std::max(m_firstIndex, indexAt(part.zero() + from));
    const std::int64_t last = std::min(end(), indexAt(part.zero() + to));
    std::int64_t silentSince = -1;
    bool heard = false;
    for (std::int64_t at = first; at <= last; at += block) {
        const bool over = at + 3 * block > last;
        const bool silent = !over && loudness(at, 3 * block) < threshold;
        if (silent && silentSince < 0)
            silentSince = at;
        if (!silent && !over) {
            const double now = timeOf(at) - part.zero();
            if (!heard)
                part.result.audibleFrom = now;
            heard = true;
            part.result.audibleTo = now + 0.003;
        }
        if (silent || silentSince < 0)
            continue;
        // Three blocks are heard at a time: the silence reaches two blocks further.
        const double start = timeOf(silentSince) - part.zero();
        const double stop = std::min(to, timeOf(at + 2 * block) - part.zero());
        const bool atEdge = (part.edgeBefore && start < from + kGuardSeconds)
            || (part.edgeAfter && stop > to - kGuardSeconds);
        silentSince = -1;
        // A decoder hears the very first AAC packet of a stream only in part: the half that
        // overlaps with the packet before is missing.
        const bool atBegin = part.zero() + start < timeOf(m_firstIndex) + kJoinSeconds;
        const double bearable = atEdge ? m_limits.edgeGapSeconds : kMinGapSeconds;
        if (stop - start < (atBegin ? std::max(bearable, kJoinSeconds) : bearable))
            continue;
        part.gaps.emplace_back(start, stop);
        ++m_report.gaps;
        m_report.gapMs += (stop - start) * 1000;
        fault(
            u"gap"_s, part.zero() + start,
            u"%1 ms of silence where there must be sound"_s.arg((stop - start) * 1000, 0, 'f', 1));
    }
}

void SoundJudge::judgeMatches(Part &part)
{
    const Stretch &stretch = part.job.stretch;
    int good = 0;
    int audible = 0;
    for (const Window &window : part.windows) {
        audible += window.silent ? 0 : 1;
        good += !window.silent && window.match >= kGoodMatch ? 1 : 0;
    }
    if (audible > 6 && good * 2 < audible) {
        ++m_report.wrongSound;
        fault(u"sound"_s, stretch.seconds,
              u"the sound is not that of clip %1"_s.arg(part.job.clip->id));
        return;
    }
    // Steps of the lag between windows that match, and what does not match between them.
    const auto count = static_cast<std::int64_t>(kWindowSeconds * m_rate);
    double badSince = -1;
    for (const Window &window : part.windows) {
        const double middle = window.at + kWindowSeconds / 2;
        const double now = part.zero() + middle;
        // Where the sound is early or late, some of it lies beyond the ends of the input.
        const bool beyond = !has(indexAt(part.zero() + part.lag + window.at), count);
        if (window.silent || beyond)
            continue;
        if (window.match < kGoodMatch) {
            if (badSince < 0 && !part.isNear(middle, kEdgeSeconds))
                badSince = middle;
            continue;
        }
        double step = 0;
        const double shift = part.zero() + window.lag / m_rate;
        if (m_hasLast && m_lastOrdinal == stretch.first.ordinal && now - m_lastGood < 0.25)
            step = shift - m_lastShift;
        const bool gapBetween = part.isNear(middle, kEdgeSeconds) && !part.gaps.empty();
        const double bad = badSince < 0 ? 0 : middle - badSince;
        if ((std::abs(step) > kStepSeconds && !gapBetween) || bad > 0) {
            addClick(part, badSince < 0 ? middle : badSince,
                     std::abs(step) > kStepSeconds
                         ? u"%1 ms of sound are %2"_s.arg(std::abs(step) * 1000, 0, 'f', 2)
                               .arg(step < 0 ? u"missing"_s : u"too much"_s)
                         : u"%1 ms of sound are damaged"_s.arg(bad * 1000, 0, 'f', 0));
        }
        badSince = -1;
        if (!part.isNear(middle, kEdgeSeconds))
            part.result.worstMatch = std::min(part.result.worstMatch, window.match);
        m_hasLast = true;
        m_lastOrdinal = stretch.first.ordinal;
        m_lastShift = shift;
        m_lastLag = window.lag;
        m_lastGood = now;
    }
}

/// What breaks the wave shows far above the tones, where nothing else is: the sixth difference of
/// samples takes the tones down to some 0.005 (their peak is 0.36) and a splice up to 0.05 to 2.
void SoundJudge::judgeClicks(Part &part)
{
    constexpr double kLimit = 0.15; // of the level
    const std::int64_t first
        = std::max(m_firstIndex, indexAt(part.zero() + part.soundFrom + kEdgeSeconds));
    const std::int64_t last
        = std::min(end(), indexAt(part.zero() + part.soundTo - kEdgeSeconds)) - 6;
    const double limit = std::max(part.level, kSilentLevel) * kLimit;
    for (std::int64_t at = first; at < last; ++at) {
        const float *x = m_samples.data() + (at - m_firstIndex);
        const float rough = x[0] + x[6] - 6 * (x[1] + x[5]) + 15 * (x[2] + x[4]) - 20 * x[3];
        if (static_cast<double>(std::abs(rough)) < limit)
            continue;
        const double when = timeOf(at + 3) - part.zero();
        if (!part.isNear(when, kEdgeSeconds))
            addClick(part, when, u"the wave is broken"_s);
    }
}

void SoundJudge::addClick(Part &part, double when, const QString &text)
{
    const bool known = std::any_of(part.clicks.begin(), part.clicks.end(),
                                   [=](double click) { return std::abs(click - when) < 0.06; });
    part.clicks.push_back(when);
    if (known) // one break shows in several windows
        return;
    ++m_report.clicks;
    fault(u"click"_s, part.zero() + when, text);
}

void SoundJudge::judgeEdges(const Part &part)
{
    constexpr double kSlack = 0.08; // a coder's delay at either end of a file
    const double missingBefore = timeOf(m_firstIndex) - (part.zero() + part.soundFrom);
    const double missingAfter = part.zero() + part.soundTo - timeOf(end());
    const auto note = [&](double seconds, double missing, const QString &text) {
        ++m_report.gaps;
        m_report.gapMs += missing * 1000;
        fault(u"gap"_s, seconds, text.arg(missing * 1000, 0, 'f', 1));
    };
    if (m_firstIndex == 0 && missingBefore > kSlack && !m_limits.mayBeginLate)
        note(part.zero() + part.soundFrom, missingBefore, u"the sound begins %1 ms late"_s);
    if (missingAfter > kSlack && !m_limits.mayEndEarly)
        note(timeOf(end()), missingAfter, u"the sound ends %1 ms before it must"_s);
}

void SoundJudge::judgeSilence(const Part &part)
{
    const Clip &clip = *part.job.clip;
    const double from = part.job.stretch.first.frame / m_fps.value();
    const double until = from + static_cast<double>(part.job.stretch.frames) / m_fps.value();
    // A neighbour that is late or early reaches into the silence; that is judged as its lag.
    const double slack
        = kEdgeSeconds + std::max(std::abs(part.lag), std::abs(m_lastLag) / std::max(m_rate, 1.0));
    const auto check = [&](double start, double stop) {
        const std::int64_t first = indexAt(part.zero() + start + slack);
        const std::int64_t last = indexAt(part.zero() + stop - slack);
        const auto block = static_cast<std::int64_t>(m_rate / 100);
        for (std::int64_t at = first; at + block <= last; at += block) {
            if (loudness(at, block) <= kSilentLevel)
                continue;
            ++m_report.unexpectedSound;
            fault(u"sound"_s, timeOf(at), u"sound where clip %1 has none"_s.arg(clip.id));
            return;
        }
    };
    if (!clip.hasSound) {
        check(from, until);
        return;
    }
    check(from, std::min(until, clip.soundFrom));
    check(std::max(from, clip.soundTo), until);
}

} // namespace framecode
