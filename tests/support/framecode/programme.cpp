// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/programme.h"

#include "tests/support/framecode/check.h"

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

constexpr int kPatienceMs = 60000;

QString sizeOf(const House &house)
{
    return u"%1x%2"_s.arg(house.width).arg(house.height);
}

QStringList containerOptions(const QString &output)
{
    if (output.endsWith(u".m3u8"_s))
        return {u"-hls_time"_s, u"2"_s, u"-hls_list_size"_s, u"0"_s};
    return {};
}

/// Encodes pictures from the given input (raw ones through the standard input) and the programme's
/// sound, cut or padded to its pictures.
Outcome<Done> encodeWith(const QStringList &pictureInput, const QByteArray &rawPictures,
                         const QStringList &encoding, const Programme &programme,
                         const QString &output)
{
    QTemporaryDir folder;
    QFile sound(folder.filePath(u"sound"_s));
    const std::int64_t samples
        = firstSampleOf(static_cast<std::int64_t>(programme.pictures.size()), programme.house.fps);
    QByteArray padded = programme.sound;
    padded.resize(samples * Programme::kBytesPerSample, '\0');
    if (!sound.open(QIODevice::WriteOnly) || sound.write(padded) < 0 || !sound.flush())
        return Failure{u"%1: %2"_s.arg(sound.fileName(), sound.errorString())};
    const QStringList arguments = QStringList{u"-v"_s, u"error"_s, u"-y"_s} + pictureInput
        + QStringList{u"-f"_s, u"s16le"_s,       u"-ar"_s,  u"48000"_s, u"-ac"_s,  u"2"_s,
                      u"-i"_s, sound.fileName(), u"-map"_s, u"0:v"_s,   u"-map"_s, u"1:a"_s}
        + encoding + containerOptions(output) + QStringList{output};
    const Outcome<QByteArray> run = runProgram(u"ffmpeg"_s, arguments, rawPictures);
    if (!run)
        return Failure{run.error()};
    return Done{};
}

} // namespace

Outcome<QByteArray> runProgram(const QString &program, const QStringList &arguments,
                               const QByteArray &input)
{
    QProcess process;
    process.start(program, arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(kPatienceMs))
        return Failure{u"%1: %2"_s.arg(program, process.errorString())};
    const QByteArray complaint = process.readAllStandardError();
    if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
        return Failure{
            u"%1 %2: %3"_s.arg(program, arguments.join(u' '), QString::fromUtf8(complaint))};
    return process.readAllStandardOutput();
}

QStringList channelEncoding()
{
    return {u"-c:v"_s,     u"libx264"_s, u"-preset"_s,  u"veryfast"_s, u"-b:v"_s, u"1M"_s,
            u"-maxrate"_s, u"1M"_s,      u"-bufsize"_s, u"2M"_s,       u"-g"_s,   u"60"_s,
            u"-c:a"_s,     u"aac"_s,     u"-b:a"_s,     u"128k"_s};
}

Outcome<QString> conformGraph(const Clip &clip, const House &house)
{
    const Outcome<Report> facts = survey(clip.file);
    if (!facts)
        return Failure{facts.error()};
    const auto frames = static_cast<std::int64_t>(houseFramesOf(clip, house.fps).size());
    // tpad: without a picture beyond the last one the fps filter drops the last house frame.
    const QString video
        = u"[0:v]%1setpts=PTS-STARTPTS,tpad=stop_mode=clone:stop=9,fps=%2:start_time=0:round=near,"
          "scale=w=iw*sar:h=ih,setsar=1,scale=%3:%4:force_original_aspect_ratio=decrease:"
          "force_divisible_by=2,pad=%3:%4:-1:-1,format=yuv420p,trim=end_frame=%5[v]"_s
              .arg(clip.interlaced ? u"bwdif=mode=0:deint=1,"_s : QString())
              .arg(toString(house.fps))
              .arg(house.width)
              .arg(house.height)
              .arg(frames);
    const qint64 samples = firstSampleOf(frames, house.fps);
    if (!clip.hasSound) {
        return video
            + u";anullsrc=r=48000:cl=stereo,atrim=end_sample=%1,aformat=s16:48000:stereo[a]"_s.arg(
                samples);
    }
    return video
        + u";[0:a]asetpts=PTS-(%1)/TB,aresample=48000:async=1:first_pts=0,"
          "aformat=s16:48000:stereo,apad,atrim=end_sample=%2[a]"_s
              .arg(facts.value().startSeconds, 0, 'f', 9)
              .arg(samples);
}

Outcome<Done> encodeConformed(const Clip &clip, const House &house, const QString &output)
{
    const Outcome<QString> graph = conformGraph(clip, house);
    if (!graph)
        return Failure{graph.error()};
    const QStringList arguments
        = QStringList{u"-nostdin"_s, u"-v"_s,   u"error"_s, u"-y"_s,
                      u"-copyts"_s,  u"-i"_s,   clip.file,  u"-filter_complex"_s,
                      graph.value(), u"-map"_s, u"[v]"_s,   u"-map"_s,
                      u"[a]"_s}
        + channelEncoding() + QStringList{output};
    const Outcome<QByteArray> run = runProgram(u"ffmpeg"_s, arguments);
    if (!run)
        return Failure{run.error()};
    return Done{};
}

Outcome<Programme> conform(const std::vector<Clip> &clips, const House &house)
{
    Programme programme;
    programme.house = house;
    const qsizetype pictureBytes = qsizetype(house.width) * house.height * 3 / 2;
    for (const Clip &clip : clips) {
        const Outcome<QString> graph = conformGraph(clip, house);
        if (!graph)
            return Failure{graph.error()};
        QTemporaryDir folder;
        const QString sound = folder.filePath(u"sound"_s);
        const Outcome<QByteArray> run
            = runProgram(u"ffmpeg"_s,
                         {u"-nostdin"_s, u"-v"_s, u"error"_s, u"-copyts"_s, u"-i"_s, clip.file,
                          u"-filter_complex"_s, graph.value(), u"-map"_s, u"[v]"_s, u"-f"_s,
                          u"rawvideo"_s, u"-"_s, u"-map"_s, u"[a]"_s, u"-f"_s, u"s16le"_s, sound});
        if (!run)
            return Failure{run.error()};
        for (qsizetype at = 0; at + pictureBytes <= run.value().size(); at += pictureBytes)
            programme.pictures.push_back(run.value().mid(at, pictureBytes));
        QFile file(sound);
        if (!file.open(QIODevice::ReadOnly))
            return Failure{u"%1: %2"_s.arg(sound, file.errorString())};
        programme.sound += file.readAll();
    }
    return programme;
}

Outcome<Done> encode(const Programme &programme, const QString &output)
{
    QTemporaryDir folder;
    QByteArray pictures;
    for (const QByteArray &picture : programme.pictures)
        pictures += picture;
    return encodeWith({u"-f"_s, u"rawvideo"_s, u"-s"_s, sizeOf(programme.house), u"-pix_fmt"_s,
                       u"yuv420p"_s, u"-r"_s, toString(programme.house.fps), u"-i"_s, u"-"_s},
                      pictures, channelEncoding(), programme, output);
}

Outcome<Done> encodeSound(const QString &encoded, const Programme &programme, const QString &output)
{
    return encodeWith({u"-i"_s, encoded}, {}, channelEncoding() + QStringList{u"-c:v"_s, u"copy"_s},
                      programme, output);
}

Outcome<Done> copy(const QString &encoded, const QString &output)
{
    const Outcome<QByteArray> run
        = runProgram(u"ffmpeg"_s,
                     QStringList{u"-nostdin"_s, u"-v"_s, u"error"_s, u"-y"_s, u"-i"_s, encoded,
                                 u"-c"_s, u"copy"_s}
                         + containerOptions(output) + QStringList{output});
    if (!run)
        return Failure{run.error()};
    return Done{};
}

} // namespace framecode
