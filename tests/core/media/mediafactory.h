// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/clipreader.h"

#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <cstdint>
#include <vector>

namespace continuo {

/// Runs the ffmpeg program with \p arguments ("-v error -y" stand before); false with the reason
/// printed when it fails.
bool runFfmpeg(const QStringList &arguments);

/// Makes clips whose picture i is flat grey of luma lumaOf(i) and whose sample n of sound is
/// (n mod 20011) - 10000 on both channels, so that what comes out tells where it came from.
class MediaFactory final {
public:
    struct Recipe {
        QString name = {}; ///< file name; the ending chooses the container
        QString fps = QStringLiteral("25");
        int pictures = 50;
        QStringList output = {}; ///< options before the file name, codecs among them
        double soundSeconds = -1; ///< -1: none
        int sampleRate = 48000;
        QString size = QStringLiteral("64x36");
        QStringList soundInput = {}; ///< options before the sound input ("-itsoffset")
        QStringList pictureInput = {}; ///< options before the picture input
        QString pictureFilter = {}; ///< after the numbers were drawn
    };

    QString path(const QString &name) const { return m_folder.filePath(name); }
    /// Empty when ffmpeg failed.
    QString make(const Recipe &recipe) const;

    static int lumaOf(int picture) { return 20 + 4 * (picture % 50); }
    static std::int16_t sampleAt(std::int64_t n) { return std::int16_t(n % 20011 - 10000); }

private:
    QTemporaryDir m_folder;
};

/// All of a clip as house frames.
struct PlayedClip {
    Result<void> result;
    ClipFacts facts;
    std::vector<int> luma; ///< of each frame's middle
    std::vector<std::int16_t> sound; ///< left channel, S(0) to S(frames)
    std::vector<std::vector<std::uint8_t>> pictures; ///< only if asked for
    std::int64_t padded = 0;
    std::int64_t cut = 0;
    int stills = 0;
};

PlayedClip playClip(const QString &path, const HouseFormat &format, bool keepPictures = false,
                    double stillSeconds = 1, const TrackChoice &tracks = {});

} // namespace continuo
