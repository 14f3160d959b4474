// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/clipreader.h"
#include "core/media/thumbnail.h"

#include <QJsonObject>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace continuo {

/// A place in a clip, in microseconds from its start as shown, and how long what is there lasts.
struct Stretch {
    std::int64_t atUs = 0;
    std::int64_t lengthUs = 0;
};

/// One kind of flaw: how often and for how long, and where the first are.
struct StretchList {
    static constexpr std::size_t kMostPlaces = 20; ///< a damaged file has thousands

    std::int64_t count = 0;
    std::int64_t totalUs = 0;
    std::vector<Stretch> first;

    void add(Stretch stretch);
    QJsonObject toJson() const; ///< {"count","totalUs","places":[{"atUs","lengthUs"}…]}
};

/// What decoding two seconds of a clip's start and of its end shows.
struct ClipEnds {
    ClipFacts facts;
    std::optional<std::int64_t> zeroUs; ///< the file's time of the first picture
    std::int64_t headFrames = 0; ///< at 30 a second
    std::int64_t headErrors = 0;
    double headLoad = 0; ///< processor time that a second of it took, in seconds
    bool hasTail = false; ///< false: too short to have one, or only to be had by reading it all
    std::int64_t tailFrames = 0;
    std::int64_t tailErrors = 0;
    std::vector<Thumbnail> thumbnails; ///< of a clip with pictures; of a still only the poster

    QJsonObject toJson() const; ///< of the thumbnails only where they are from
};

/// What reading all of a clip and decoding its sound shows. Times are those of the item as shown.
struct ClipReading {
    std::int64_t durationUs = 0;
    std::int64_t packets = 0;
    StretchList damage; ///< packets that were marked as damaged, or did not decode
    StretchList gaps; ///< no picture comes for over two seconds
    StretchList silences; ///< of two seconds and more, at most -60 dBFS
    StretchList missing; ///< there is no sound at all for a fifth of a second and more
    bool isVariable = false; ///< its pictures last differently long
    bool hasSound = false;
    std::optional<double> loudness; ///< LUFS, integrated over all of it; nothing: too quiet
    std::optional<double> truePeak; ///< dBTP
    Result<void> endReason; ///< why it could not be read to its end
    WaypointList waypoints; ///< where it has no index; told by itself

    QJsonObject toJson() const;
};

/// In which files are proven: small, so that most of the time goes into decoding; the rate only
/// counts frames.
inline const HouseFormat kProofFormat{640, 360, {30, 1}};

/// Whether its container has an index by which any place is found at once.
bool isSoughtByIndex(const ClipFacts &facts);

/// Decodes both ends of the clip, by the reader that plays it. Errors: as ClipReader::open(), and
/// what stops it within its first two seconds.
Result<ClipEnds> decodeEnds(const ClipResources &resources);

/// Reads every packet and decodes the sound, as it would be played. \p onRead is called with the
/// position in the file, some times a second. Errors: as Demuxer::open().
Result<ClipReading> readThrough(const ClipFilePtr &file, const ClipEnds &ends,
                                const std::function<void(std::int64_t bytes)> &onRead);

} // namespace continuo
