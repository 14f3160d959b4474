// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/clip.h"

#include "tests/support/framecode/mediareader.h"
#include "tests/support/framecode/soundjudge.h"

#include <QFileInfo>

#include <algorithm>
#include <cmath>
#include <memory>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

// The sound judge counts in frames: in milliseconds here, whatever the clip's own rate.
constexpr Rate kMilliseconds{1000, 1};

// A coder fills its last packet up with silence.
constexpr double kPadding = 0.1;

class Examiner final : public MediaSink {
public:
    Examiner(const MediaFacts &facts, Rate displayAspect)
        : m_turn(facts.turnClockwise)
        , m_isMirrored(facts.isMirrored)
        , m_finder({displayAspect})
        , m_sound(kMilliseconds, {1e9, true, true, 1e9, kPadding}, m_report,
                  [this](const Stretch &, const SoundResult &result) { m_result = result; })
    {
    }

    void onPicture(const Picture &picture) override
    {
        const LumaView turned = picture.luma.turned(m_turn);
        const LumaView upright = m_isMirrored ? turned.mirrored() : turned;
        // Read in the stored shape: the plate fills the whole stored picture.
        const Area whole{0, 0, static_cast<double>(upright.width),
                         static_cast<double>(upright.height)};
        const ReadResult read = readCode(upright, whole);
        codes.push_back(read.state == ReadState::Read ? read.code.frame : -1);
        if (read.state == ReadState::Read)
            clip = read.code.clip;
        if (ticks.empty())
            firstSeconds = picture.seconds;
        ticks.push_back(picture.ticks);
        lastDuration = picture.durationTicks;
        interlaced += picture.interlaced ? 1 : 0;
    }

    void onSound(const Sound &sound) override
    {
        if (!heard)
            soundFrom = sound.seconds;
        heard = true;
        soundTo = sound.seconds + static_cast<double>(sound.samples.size()) / sound.rate;
        m_sound.append(sound);
    }

    const SoundResult &judgeSound(const Clip &of)
    {
        auto whole = std::make_shared<Clip>(of);
        whole->soundFrom = std::max(0.0, soundFrom - firstSeconds);
        whole->soundTo = soundTo - firstSeconds;
        Stretch stretch;
        stretch.seconds = firstSeconds;
        stretch.zeroSeconds = firstSeconds;
        stretch.frames = std::llround(std::max(whole->soundTo, of.durationSeconds()) * 1000);
        m_sound.judge(stretch, whole);
        m_sound.finish();
        return m_result;
    }
    const Report &report() const { return m_report; }

    std::vector<int> codes;
    std::vector<std::int64_t> ticks;
    int clip = 0;
    std::int64_t lastDuration = 0;
    int interlaced = 0;
    double firstSeconds = 0;
    bool heard = false;
    double soundFrom = 0;
    double soundTo = 0;

private:
    int m_turn;
    bool m_isMirrored;
    CodeFinder m_finder;
    Report m_report;
    SoundResult m_result;
    SoundJudge m_sound;
};

Rate displayAspectOf(const MediaFacts &facts)
{
    const Rate &sample = facts.sampleAspect;
    const Rate stored{facts.width * sample.num, facts.height * sample.den};
    const bool turned = facts.turnClockwise == 90 || facts.turnClockwise == 270;
    return turned ? Rate{stored.den, stored.num} : stored;
}

} // namespace

Outcome<Clip> examineClip(const QString &file, int id)
{
    const Outcome<std::unique_ptr<MediaReader>> reader = MediaReader::open(file);
    if (!reader)
        return Failure{reader.error()};
    const MediaFacts &facts = reader.value()->facts();
    Examiner examiner(facts, displayAspectOf(facts));
    const Outcome<Done> read = reader.value()->readAll(examiner);
    if (!read)
        return Failure{u"%1: %2"_s.arg(file, read.error())};
    if (examiner.ticks.empty())
        return Failure{u"%1: no picture in it"_s.arg(file)};
    for (std::size_t at = 0; at < examiner.codes.size(); ++at) {
        if (examiner.codes[at] != static_cast<int>(at) || examiner.clip != id) {
            return Failure{u"%1: picture %2 reads as %3 of clip %4"_s.arg(file)
                               .arg(at)
                               .arg(examiner.codes[at])
                               .arg(examiner.clip)};
        }
    }
    Clip clip;
    clip.file = QFileInfo(file).absoluteFilePath();
    clip.id = id;
    clip.tick = facts.pictureBase;
    for (const std::int64_t ticks : examiner.ticks)
        clip.times.push_back(ticks - examiner.ticks.front());
    std::int64_t last = examiner.lastDuration;
    // MP4 with reordered pictures has no durations for each, but says when the stream ends.
    if (last <= 0)
        last = facts.pictureEndTicks - examiner.ticks.back();
    if (last <= 0) // the container does not say: one frame at its rate
        last = std::llround(1 / (facts.frameRate.value() * clip.tick.value()));
    clip.durationTicks = clip.times.back() + last;
    clip.displayAspect = displayAspectOf(facts);
    clip.videoCodec = facts.videoCodec;
    clip.audioCodec = facts.audioCodec;
    clip.width = facts.width;
    clip.height = facts.height;
    clip.turnClockwise = facts.turnClockwise;
    clip.isMirrored = facts.isMirrored;
    clip.interlaced = examiner.interlaced * 2 > static_cast<int>(clip.times.size());
    clip.hasSound = examiner.heard;
    if (clip.hasSound) {
        const SoundResult &sound = examiner.judgeSound(clip);
        const Report &report = examiner.report();
        if (sound.windows == 0 || report.wrongSound > 0 || report.gaps > 0 || report.clicks > 0) {
            return Failure{u"%1: its sound does not carry the code cleanly: %2"_s.arg(
                file, report.faults.empty() ? u"nothing found"_s : report.faults.front().text)};
        }
        clip.soundOffset = sound.meanMs / 1000;
        clip.soundFrom = sound.audibleFrom;
        clip.soundTo = sound.audibleTo;
    }
    return clip;
}

} // namespace framecode
