// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/media/colourmap.h"
#include "core/media/demuxer.h"
#include "core/media/levelcard.h"
#include "core/media/picturetrack.h"
#include "core/media/soundlevels.h"
#include "core/media/soundtrack.h"

#include <QJsonObject>
#include <QString>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace continuo {

/// What is to be played, and into what.
struct ClipRequest {
    QString path;
    QString title; ///< for the title card; empty: the file's name
    double stillSeconds = 10; ///< how long a still picture is shown
    HouseFormat format;
    std::int64_t from = 0; ///< the first house frame of the clip that is wanted
    std::int64_t until = -1; ///< and the first that is not wanted any more; -1: to its end
    TrackChoice tracks = {};
    LevelRequest levels = {};
};

/// All that playing a clip has to open: after it nothing needs the right to open anything.
struct ClipResources {
    ClipFilePtr file;
    /// For a clip without a picture: fonts are read to draw it.
    std::shared_ptr<const AVFrame> titleCard;
};

/// What a clip is, known when it is opened. Empty or 0 where it does not apply, -1 where unknown.
struct ClipFacts {
    QString container;
    std::int64_t durationUs = -1; ///< of the picture, or of the sound where there is no picture
    std::int64_t frames = -1; ///< house frames expected from it
    QString videoCodec;
    int width = 0;
    int height = 0;
    AVRational frameRate{0, 1};
    bool isInterlaced = false;
    int rotation = 0; ///< degrees clockwise that the picture is turned for showing
    QString audioCodec;
    int channels = 0;
    int sampleRate = 0;
    bool isTitleCard = false; ///< no picture of its own: title card or cover art, with its levels
    bool isStill = false;
    QString pictureFilters; ///< as `ffmpeg -vf` takes them, without ColourMap; empty for cards
    QString soundFilters; ///< as `ffmpeg -af` takes them; empty without sound

    QJsonArray tracks; ///< all that there are: tracksJson()

    /// {"frames","durationUs","container","video":{…}|null,"audio":{…}|null,"titleCard","still",
    /// "tracks":[…]}
    QJsonObject toJson() const;
};

/// Where ClipReader puts one house frame; the two spans are the caller's memory.
struct HouseFrame {
    std::span<std::uint8_t> picture; ///< format.pictureBytes(): Y, U, V planes without padding
    std::span<std::int16_t> samples; ///< stereo, interleaved; filled from S(frame) on
    std::int64_t frame = 0; ///< out: number in the clip
    std::int64_t sourceUs = 0; ///< out: position in the source
    bool isStill = false; ///< out
    int gainCentiDb = 0; ///< out: of its sound
};

/// Plays one clip as house frames. Sound and picture begin together with the first picture; the
/// item is as long as its picture, sound is padded or cut to it. One thread.
class ClipReader final {
public:
    /// Opens the clip, decodes the first picture, tells what it is, goes to the frame from which on
    /// it is wanted: frames have the pictures and the places of the sound that they have when the
    /// clip is played from 0. Blocks for that long: files with an index take tens of milliseconds,
    /// others are read up to there.
    /// Errors: those of ClipFile::open() and Demuxer::open(); Corrupt or Unsupported with a
    /// sentence that says why it will not play.
    static Result<std::unique_ptr<ClipReader>> open(const ClipRequest &request);
    /// The same in two steps. The first opens the file and parses nothing of it: errors of
    /// ClipFile::open(), Unsupported.
    static Result<ClipResources> prepare(const ClipRequest &request);
    static Result<std::unique_ptr<ClipReader>> open(const ClipRequest &request,
                                                    ClipResources resources);

    ClipReader(const ClipReader &) = delete;
    ClipReader &operator=(const ClipReader &) = delete;
    ~ClipReader();

    /// Fills \p frame with the next house frame: the one copy of the picture there is. False after
    /// the last. Errors: Unsupported, NoSpace.
    Result<bool> next(HouseFrame &frame);

    /// ClipRequest::until is another from now on. Where \p frame is passed already, one frame more
    /// comes, so that whoever leaves the clip there has sound to fade out.
    void endBefore(std::int64_t frame);

    const ClipFacts &facts() const { return m_facts; }
    /// The file's time of the first picture, in microseconds; nothing where it has none.
    std::optional<std::int64_t> zeroUs() const;
    /// The number of the next frame; after the end: that behind the last, which is the number of
    /// all frames of the clip unless it hasStopped().
    std::int64_t frames() const { return m_frame; }
    std::int64_t paddedSamples() const { return m_paddedSamples; } ///< silence put in so far
    /// Sound after the last picture; 0 where it hasStopped().
    std::int64_t cutSamples() const { return m_cutSamples; }
    /// It ended because no more was wanted (ClipRequest::until), not with the clip.
    bool hasStopped() const { return m_hasStopped; }
    std::int64_t errors() const; ///< packets that could not be decoded
    /// Why the clip ended before its file did; success when it did not.
    Result<void> endReason() const;

private:
    ClipReader(ClipRequest request, ClipResources resources);

    Result<void> openMedia();
    Result<void> openSoundOnly();
    Result<void> openSound();
    Result<void> openPictures();
    void judgeSinglePicture();
    void becomeStill();
    void learnFacts();
    enum class Start { Done, Late, Impossible };
    Result<void> startAt(std::int64_t frame);
    Result<void> reopen();
    Start tryStart(Demuxer::Way way, std::int64_t frame, double marginSeconds);
    bool restartSound(std::int64_t frame, bool mayBeMissing, Start *outcome);
    Result<void> beginLevels();
    Result<void> soundFromStart(std::int64_t frame);
    Result<void> stepTo(std::int64_t frame);
    Result<FramePtr> nextPicture(bool *isLast);
    Result<void> copyPicture(const AVFrame *shown, std::span<std::uint8_t> to);
    Result<bool> stillFrame(FramePtr *picture, bool *isLast);
    bool isLastWanted() const { return m_frame + 1 == m_request.until; }
    void fillSound(HouseFrame &frame, bool isLast);

    ClipRequest m_request;
    const ClipResources m_resources;
    std::unique_ptr<Demuxer> m_demuxer;
    std::unique_ptr<Demuxer> m_soundDemuxer; ///< where the sound has to be read by itself
    std::unique_ptr<PictureTrack> m_pictures; ///< null for cards and stills
    std::unique_ptr<SoundTrack> m_sound; ///< null where there is none
    ClipFacts m_facts;
    ColourMap m_colourMap;

    FramePtr m_ahead; ///< the next picture, to know in time which is the last
    FramePtr m_still; ///< for cards and stills
    std::optional<LevelCard> m_levelCard; ///< over it, where there is nothing but sound
    std::int64_t m_stillFrames = -1; ///< how many of it; -1: as long as the sound lasts
    std::unique_ptr<SoundLevels> m_levels; ///< null where the sound stays as it is
    bool m_isMixed = false; ///< and may be more than full scale by that
    bool m_hasBegun = false; ///< a frame was made
    std::vector<float> m_samples; ///< of the frame that is made
    std::int64_t m_frame = 0;
    std::int64_t m_paddedSamples = 0;
    std::int64_t m_cutSamples = 0;
    bool m_isOver = false;
    bool m_hasStopped = false;
};

} // namespace continuo
