// SPDX-License-Identifier: GPL-3.0-or-later
#include "mediafactory.h"

#include <QProcess>

using namespace Qt::StringLiterals;

namespace continuo {

bool runFfmpeg(const QStringList &arguments)
{
    QProcess process;
    process.start(u"ffmpeg"_s,
                  QStringList{u"-v"_s, u"error"_s, u"-nostdin"_s, u"-y"_s} + arguments);
    const bool ended = process.waitForFinished(4 * kTestPatienceMs); // an hour's file is much
    if (ended && process.exitCode() == 0)
        return true;
    qInfo().noquote() << "ffmpeg" << arguments.join(u' ') << process.readAllStandardError();
    return false;
}

QString MediaFactory::make(const Recipe &recipe) const
{
    // Grey pictures look the same in BT.601 and BT.709.
    QString source
        = u"color=black:s=%1:r=%2,format=yuv420p,geq=lum='20+4*mod(N,50)':cb=128:cr=128,trim=end_frame=%3"_s
              .arg(recipe.size, recipe.fps)
              .arg(recipe.pictures);
    if (!recipe.pictureFilter.isEmpty())
        source += u',' + recipe.pictureFilter;
    QStringList arguments;
    if (recipe.pictures > 0)
        arguments << recipe.pictureInput << u"-f"_s << u"lavfi"_s << u"-i"_s << source;
    if (recipe.soundSeconds >= 0) {
        const QString value = u"(mod(n,20011)-10000)/32768"_s;
        arguments << recipe.soundInput << u"-f"_s << u"lavfi"_s << u"-i"_s
                  << u"aevalsrc='%1|%1':s=%2:d=%3"_s.arg(value)
                         .arg(recipe.sampleRate)
                         .arg(recipe.soundSeconds);
    }
    arguments << recipe.output << path(recipe.name);
    return runFfmpeg(arguments) ? path(recipe.name) : QString();
}

PlayedClip playClip(const QString &path, const HouseFormat &format, bool keepPictures,
                    double stillSeconds, const TrackChoice &tracks)
{
    PlayedClip played;
    ClipRequest request{path, QString(), stillSeconds, format};
    request.tracks = tracks;
    Result<std::unique_ptr<ClipReader>> opened = ClipReader::open(request);
    if (!opened) {
        played.result = opened.error();
        return played;
    }
    ClipReader &clip = *opened.value();
    played.facts = clip.facts();
    std::vector<std::uint8_t> picture(std::size_t(format.pictureBytes()));
    std::vector<std::int16_t> samples((std::size_t(samplesBefore(1, format.rate)) + 2) * 2);
    HouseFrame frame{picture, samples};
    for (;;) {
        Result<bool> more = clip.next(frame);
        if (!more) {
            played.result = more.error();
            break;
        }
        if (!more.value())
            break;
        played.luma.push_back(picture[std::size_t(format.width) * std::size_t(format.height / 2)
                                      + std::size_t(format.width / 2)]);
        const std::int64_t count
            = samplesBefore(frame.frame + 1, format.rate) - samplesBefore(frame.frame, format.rate);
        for (std::int64_t i = 0; i < count; ++i)
            played.sound.push_back(samples[std::size_t(i) * 2]);
        played.stills += frame.isStill ? 1 : 0;
        if (keepPictures)
            played.pictures.push_back(picture);
    }
    played.padded = clip.paddedSamples();
    played.cut = clip.cutSamples();
    return played;
}

} // namespace continuo
