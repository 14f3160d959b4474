// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/faultclips.h"

#include <QDir>
#include <QLockFile>

#include <csignal>
#include <stdexcept>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr double kSeconds = 10;

struct Make {
    const char *name;
    framecode::Rate fps;
    const char *video;
    const char *audio;
};

constexpr Make kMakes[] = {
    {"h264-30.mp4", {30, 1}, "h264", "aac"},          {"mpeg2-25.ts", {25, 1}, "mpeg2", "mp2"},
    {"h264-29.97.mkv", {30000, 1001}, "h264", "aac"}, {"mpeg4-24.avi", {24, 1}, "mpeg4", "mp3"},
    {"h264-60.mp4", {60, 1}, "h264", "aac"},          {"h264-30-pcm.mkv", {30, 1}, "h264", "pcm"},
};

} // namespace

Corpus faultClips(int height)
{
    std::signal(SIGPIPE, SIG_IGN);
    const QString folder
        = QDir(qEnvironmentVariable("CONTINUO_BIN") + u"/../corpus-faults-%1"_s.arg(height))
              .absolutePath();
    QDir().mkpath(folder);
    QLockFile lock(folder + u"/lock"_s); // of several runs at once the first makes them
    lock.setStaleLockTime(0);
    if (!lock.lock())
        throw std::runtime_error("the folder of the clips cannot be locked");
    Corpus corpus;
    int id = 0;
    for (const Make &make : kMakes) {
        framecode::ClipRecipe recipe;
        recipe.output = folder + u'/' + QLatin1StringView(make.name);
        recipe.id = ++id;
        recipe.fps = make.fps;
        recipe.frames = int(kSeconds * make.fps.value());
        recipe.width = height * 16 / 9;
        recipe.height = height;
        recipe.videoCodec = QLatin1StringView(make.video);
        recipe.audioCodec = QLatin1StringView(make.audio);
        framecode::Outcome<framecode::Clip> clip = framecode::readSidecar(recipe.output);
        if (!clip || int(clip.value().times.size()) != recipe.frames)
            clip = framecode::makeClip(recipe);
        if (!clip)
            throw std::runtime_error(clip.error().toStdString());
        corpus.files.append(recipe.output);
        corpus.clips.push_back(std::make_shared<const framecode::Clip>(clip.value()));
        corpus.frames.push_back(
            qint64(framecode::houseFramesOf(*corpus.clips.back(), kFps).size()));
    }
    return corpus;
}

} // namespace continuo
