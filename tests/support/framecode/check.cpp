// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/check.h"

#include "tests/support/framecode/background.h"
#include "tests/support/framecode/mediareader.h"
#include "tests/support/framecode/picturejudge.h"
#include "tests/support/framecode/soundjudge.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

std::vector<Rate> shapesOf(const Expectation &expectation)
{
    std::vector<Rate> shapes;
    for (const ExpectedItem &item : expectation.items)
        shapes.push_back(item.clip->displayAspect);
    return shapes;
}

// Of a tick: what computing with fractions leaves.
constexpr double kExact = 1e-3;

/// The timestamps of pictures: each step against 1/fps and, where the rate is told and not the
/// container's guess, each time against n/fps since the first one. Steps that are one tick too long
/// are each within the tolerance, and lead away all the same.
class TimestampJudge {
public:
    TimestampJudge(const MediaFacts &facts, const Rate &fps, bool isRateTold,
                   const CheckOptions &options, Report &report)
        : m_report(report)
        , m_base(facts.pictureBase)
        , m_isRateTold(isRateTold)
    {
        if (options.coarsestTick)
            m_tolerance = std::max(1.0, options.coarsestTick->value() / m_base.value());
        report.tick = m_base;
        report.expectedTicks = 1 / (fps.value() * m_base.value());
    }

    void push(const Picture &picture, std::int64_t atFrame)
    {
        if (atFrame > 0) {
            const std::int64_t step = picture.ticks - m_last;
            m_report.minTicks = atFrame == 1 ? step : std::min(m_report.minTicks, step);
            m_report.maxTicks = atFrame == 1 ? step : std::max(m_report.maxTicks, step);
            const std::int64_t frames = atFrame - m_fromFrame;
            const double off = static_cast<double>(picture.ticks - m_fromTicks)
                - static_cast<double>(frames) * m_report.expectedTicks;
            if (std::abs(static_cast<double>(step) - m_report.expectedTicks)
                > m_tolerance + kExact) {
                fault(picture, atFrame,
                      u"a step of %1 ticks instead of %2"_s.arg(step).arg(m_report.expectedTicks));
            } else if (m_isRateTold && std::abs(off) > m_tolerance + kExact) {
                fault(
                    picture, atFrame,
                    u"the times have drifted by %1 ticks within %2 frames"_s.arg(off).arg(frames));
            }
        } else {
            m_first = picture.seconds;
            countFrom(picture, atFrame);
        }
        m_last = picture.ticks;
    }

private:
    // What comes behind it is judged from here on: it is one fault.
    void fault(const Picture &picture, std::int64_t atFrame, const QString &text)
    {
        ++m_report.timestampFaults;
        m_report.addFault({u"timestamp"_s, atFrame, picture.seconds - m_first, text});
        countFrom(picture, atFrame);
    }

    void countFrom(const Picture &picture, std::int64_t atFrame)
    {
        m_fromTicks = picture.ticks;
        m_fromFrame = atFrame;
    }

    Report &m_report;
    Rate m_base;
    bool m_isRateTold;
    std::int64_t m_last = 0;
    std::int64_t m_fromTicks = 0;
    std::int64_t m_fromFrame = 0;
    double m_first = 0;
    double m_tolerance = 1; // in ticks
};

class Checker final : public MediaSink {
public:
    Checker(const Expectation &expectation, const MediaFacts &facts, const CheckOptions &options,
            Report &report)
        : m_report(report)
        , m_sequence(expectation)
        , m_finder(shapesOf(expectation))
        , m_timestamps(facts, expectation.fps, true, options, report)
        , m_sound(expectation.fps, limits(expectation, options), report,
                  [this](const Stretch &stretch, const SoundResult &result) {
                      addRun(stretch, result);
                  })
        , m_pictures(expectation, m_sequence, report, [this](const Stretch &stretch) {
            m_sound.judge(stretch, m_sequence.item(stretch.first.ordinal).clip);
        })
    {
    }

    void onPicture(const Picture &picture) override
    {
        if (m_report.seen == 0) {
            m_report.startSeconds = picture.seconds;
            m_sound.setOrigin(picture.seconds);
        }
        const ReadResult read = m_finder.read(picture.luma);
        m_timestamps.push(picture, m_report.seen);
        m_pictures.push({m_report.seen, picture.seconds, read.state, read.code});
    }

    void onSound(const Sound &sound) override { m_sound.append(sound); }

    void finish()
    {
        m_pictures.finish();
        m_sound.finish();
        for (const Join &join : m_report.joins) {
            if (!join.exact)
                m_report.addFault({u"join"_s, join.atFrame, join.seconds,
                                   u"from item %1 to item %2 is not exact"_s.arg(join.fromItem)
                                       .arg(join.toItem)});
        }
    }

private:
    static SoundJudge::Limits limits(const Expectation &expectation, const CheckOptions &options)
    {
        SoundJudge::Limits limits;
        limits.avToleranceMs = options.avToleranceMs.value_or(1000 / expectation.fps.value() + 0.7);
        limits.mayBeginLate = expectation.begin == Begin::Anywhere;
        limits.mayEndEarly = expectation.end == End::Anywhere;
        return limits;
    }

    void addRun(const Stretch &stretch, const SoundResult &sound)
    {
        if (sound.windows > 0) {
            if (m_report.avWindows == 0)
                m_report.avFirstMs = sound.firstMs;
            m_report.avLastMs = sound.lastMs;
            m_report.avWindows += sound.windows;
            if (std::abs(sound.maxMs) > std::abs(m_report.avMaxMs))
                m_report.avMaxMs = sound.maxMs;
        }
        if (!stretch.continues || m_report.runs.empty()) {
            Run run;
            const ExpectedItem &item = m_sequence.item(stretch.first.ordinal);
            run.clip = item.clip->id;
            run.item = m_sequence.itemIndex(stretch.first.ordinal);
            run.ordinal = stretch.first.ordinal;
            run.firstHouseFrame = stretch.first.frame;
            run.firstSource = stretch.firstSource;
            run.atFrame = stretch.atFrame;
            run.seconds = stretch.seconds - m_report.startSeconds;
            m_report.runs.push_back(run);
        }
        Run &run = m_report.runs.back();
        run.frames += stretch.frames;
        run.lastSource = stretch.lastSource;
        const int windows = run.windows + sound.windows;
        if (windows > 0)
            run.avMeanMs = (run.avMeanMs * run.windows + sound.meanMs * sound.windows) / windows;
        run.windows = windows;
        if (std::abs(sound.maxMs) > std::abs(run.avMaxMs))
            run.avMaxMs = sound.maxMs;
    }

    Report &m_report;
    ExpectedSequence m_sequence;
    CodeFinder m_finder;
    TimestampJudge m_timestamps;
    SoundJudge m_sound;
    PictureJudge m_pictures; // hands stretches to m_sound
};

class Surveyor final : public MediaSink {
public:
    Surveyor(const MediaFacts &facts, const Rate &fps, const CheckOptions &options, Report &report)
        : m_report(report)
        , m_finder({})
        , m_timestamps(facts, fps, options.fps.has_value(), options, report)
    {
    }

    void onPicture(const Picture &picture) override
    {
        const ReadResult read = m_finder.read(picture.luma);
        m_timestamps.push(picture, m_report.seen);
        if (m_report.seen == 0)
            m_report.startSeconds = picture.seconds;
        const std::int64_t at = m_report.seen++;
        if (read.state != ReadState::Read) {
            ++(read.state == ReadState::None ? m_report.slate : m_report.unreadable);
            m_open = false;
            return;
        }
        ++m_report.read;
        if (!m_open || m_report.runs.back().clip != read.code.clip) {
            Run run;
            run.clip = read.code.clip;
            run.firstSource = read.code.frame;
            run.atFrame = at;
            run.seconds = picture.seconds - m_report.startSeconds;
            m_report.runs.push_back(run);
            m_open = true;
        }
        ++m_report.runs.back().frames;
        m_report.runs.back().lastSource = read.code.frame;
    }

    void onSound(const Sound &sound) override
    {
        m_report.soundPresent = true;
        m_report.soundSeconds += static_cast<double>(sound.samples.size()) / sound.rate;
    }

private:
    Report &m_report;
    CodeFinder m_finder;
    TimestampJudge m_timestamps;
    bool m_open = false;
};

/// What both kinds of check know at the end.
void conclude(const MediaReader &reader, Report &report)
{
    report.hls = reader.hlsFacts();
    report.decodeErrors = reader.decodeErrors();
    if (report.decodeErrors > 0)
        report.addFault(
            {u"decode"_s, -1, 0,
             u"the decoder called %1 packets or pictures broken"_s.arg(report.decodeErrors)});
    if (report.hls && report.hls->missedSegments > 0)
        report.addFault({u"segment"_s, -1, 0,
                         u"%1 segments could not be had"_s.arg(report.hls->missedSegments)});
}

Outcome<Report> checkNow(const QString &input, const Expectation &expectation,
                         const CheckOptions &options)
{
    const Outcome<std::unique_ptr<MediaReader>> reader = MediaReader::open(input, options.follow);
    if (!reader)
        return Failure{reader.error()};
    const MediaFacts &facts = reader.value()->facts();
    if (!facts.hasPicture)
        return Failure{u"%1: no picture in it"_s.arg(input)};
    Report report;
    report.input = input;
    report.fps = expectation.fps;
    Checker checker(expectation, facts, options, report);
    const Outcome<Done> read = reader.value()->readAll(checker);
    if (!read)
        return Failure{u"%1: %2"_s.arg(input, read.error())};
    checker.finish();
    conclude(*reader.value(), report);
    return report;
}

} // namespace

Outcome<Report> check(const QString &input, const Expectation &expectation,
                      const CheckOptions &options)
{
    return inBackground([&] { return checkNow(input, expectation, options); });
}

Outcome<Report> survey(const QString &input, const CheckOptions &options)
{
    const Outcome<std::unique_ptr<MediaReader>> reader = MediaReader::open(input, options.follow);
    if (!reader)
        return Failure{reader.error()};
    const MediaFacts &facts = reader.value()->facts();
    if (!facts.hasPicture)
        return Failure{u"%1: no picture in it"_s.arg(input)};
    Report report;
    report.input = input;
    report.fps = options.fps.value_or(facts.frameRate);
    Surveyor surveyor(facts, report.fps, options, report);
    const Outcome<Done> read = reader.value()->readAll(surveyor);
    if (!read)
        return Failure{u"%1: %2"_s.arg(input, read.error())};
    conclude(*reader.value(), report);
    return report;
}

} // namespace framecode
