// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/clipmaker.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>
#include <vector>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

std::vector<ClipRecipe> recipes(const QString &folder, double seconds)
{
    std::vector<ClipRecipe> list;
    const auto add = [&](const QString &name, Rate fps, int width, int height, const QString &video,
                         const QString &audio) -> ClipRecipe & {
        ClipRecipe recipe;
        recipe.id = static_cast<int>(list.size()) + 1;
        recipe.output
            = QDir(folder).filePath(u"%1-%2"_s.arg(recipe.id, 2, 10, QChar(u'0')).arg(name));
        recipe.fps = fps;
        recipe.frames = static_cast<int>(std::lround(seconds * fps.value()));
        recipe.width = width;
        recipe.height = height;
        recipe.videoCodec = video;
        recipe.audioCodec = audio;
        list.push_back(recipe);
        return list.back();
    };
    add(u"h264-24.mp4"_s, {24, 1}, 1280, 720, u"h264"_s, u"aac"_s);
    ClipRecipe &field = add(u"mpeg2-25i.ts"_s, {25, 1}, 720, 576, u"mpeg2"_s, u"mp2"_s);
    field.fields = Fields::TopFirst;
    field.sampleAspect = {64, 45};
    ClipRecipe &mono
        = add(u"mpeg4-29.97-mono.avi"_s, {30000, 1001}, 640, 480, u"mpeg4"_s, u"mp3"_s);
    mono.sampleRate = 44100;
    mono.channels = 1;
    add(u"hevc-30-surround.mkv"_s, {30, 1}, 1280, 720, u"hevc"_s, u"ac3"_s).channels = 6;
    add(u"prores-50.mov"_s, {50, 1}, 960, 540, u"prores"_s, u"pcm"_s);
    add(u"h264-60-silent.mp4"_s, {60, 1}, 1280, 720, u"h264"_s, u"none"_s);
    add(u"vp9-30.webm"_s, {30, 1}, 640, 360, u"vp9"_s, u"opus"_s);
    add(u"h264-irregular.mp4"_s, {25, 1}, 1280, 720, u"h264"_s, u"aac"_s).irregularSeed = 8;
    add(u"h264-portrait.mov"_s, {30, 1}, 1280, 720, u"h264"_s, u"aac"_s).turnClockwise = 90;
    add(u"h264-25-short-sound.ts"_s, {25, 1}, 1280, 720, u"h264"_s, u"aac"_s).audioDeltaMs = -800;
    add(u"h264-29.97-long-sound.mkv"_s, {30000, 1001}, 1280, 720, u"h264"_s, u"vorbis"_s)
        .audioDeltaMs
        = 700;
    ClipRecipe &film
        = add(u"hevc-23.976-scope.mp4"_s, {24000, 1001}, 1280, 536, u"hevc"_s, u"aac"_s);
    film.sampleRate = 44100;
    return list;
}

bool isMade(const ClipRecipe &recipe)
{
    const QFileInfo file(recipe.output);
    const QFileInfo sidecar(sidecarPath(recipe.output));
    if (!file.exists() || !sidecar.exists() || sidecar.lastModified() < file.lastModified())
        return false;
    const Outcome<Clip> clip = readSidecar(recipe.output);
    return clip && clip.value().id == recipe.id
        && clip.value().times.size() == static_cast<std::size_t>(recipe.frames);
}

} // namespace

Outcome<QString> makeCorpus(const QString &folder, double seconds)
{
    if (!QDir().mkpath(folder))
        return Failure{u"%1 cannot be made"_s.arg(folder)};
    const std::vector<ClipRecipe> list = recipes(folder, seconds);
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    QString complaint; // guarded by mutex
    const auto work = [&] {
        for (std::size_t at = next++; at < list.size(); at = next++) {
            if (isMade(list[at]))
                continue;
            const Outcome<Clip> clip = makeClip(list[at]);
            if (!clip) {
                const std::lock_guard lock(mutex);
                complaint += clip.error() + u'\n';
            }
        }
    };
    {
        std::vector<std::jthread> workers;
        const unsigned count = std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
        for (unsigned i = 0; i < count; ++i)
            workers.emplace_back(work);
    }
    if (!complaint.isEmpty())
        return Failure{complaint.trimmed()};
    QJsonArray clips;
    for (const ClipRecipe &recipe : list) {
        clips.append(
            QJsonObject{{u"file"_s, QFileInfo(recipe.output).fileName()}, {u"clip"_s, recipe.id}});
    }
    QSaveFile file(QDir(folder).filePath(u"list.json"_s));
    if (!file.open(QIODevice::WriteOnly)
        || file.write(QJsonDocument(QJsonObject{{u"clips"_s, clips}}).toJson()) < 0
        || !file.commit())
        return Failure{u"%1: %2"_s.arg(file.fileName(), file.errorString())};
    return file.fileName();
}

} // namespace framecode
