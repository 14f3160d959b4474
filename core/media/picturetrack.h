// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/media/decoder.h"
#include "core/media/picturegraph.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace continuo {

/// What is known of a stream's pictures when the last one has come; in its time base, 0: nothing.
struct LastPicture {
    /// What a demuxer's container says of lengths, and is to be believed.
    struct Trust {
        bool durations = false; ///< each packet's, which others guess
        bool length = false; ///< the stream's
    };
    static Trust trustIn(const QString &format);

    const AVStream *stream = nullptr;
    Trust trust;
    std::int64_t stamp = 0; ///< of the last one, as the file has it
    std::int64_t stated = 0; ///< its duration, as its packet says
    std::int64_t usual = 0; ///< between two pictures
    std::int64_t lastStep = 0; ///< between the last two
    std::int64_t nominal = 0; ///< by the rate
    /// How long it lasts.
    std::int64_t length() const;
};

/// The moving picture of a clip as house frames 0, 1, 2 …: frame k shows the last source picture i
/// with round(t_i*fps) <= k, where t_i counts from the first picture; there are round(d*fps)
/// frames (one at least) of a picture that lasts d. One thread.
class PictureTrack final {
public:
    /// Opens the decoder and decodes the first picture. Errors: Corrupt (none decodes),
    /// Unsupported, NoSpace.
    static Result<std::unique_ptr<PictureTrack>> open(Demuxer &demuxer, const HouseFormat &format);

    PictureTrack(const PictureTrack &) = delete;
    PictureTrack &operator=(const PictureTrack &) = delete;

    /// Goes on at house frame \p frame, after the demuxer was sent to a key frame: \p landing.
    /// False when the first good picture from there on comes after \p latest (in the stream's time
    /// base, as the demuxer gives it), so that pictures before \p frame would be missing.
    bool restart(std::int64_t frame, const Demuxer::Landing &landing, std::int64_t latest);
    /// When house frame \p frame is due, in the stream's time base as the demuxer gives it.
    /// Nothing where the file has no times.
    std::optional<std::int64_t> stampOf(std::int64_t frame) const;
    /// The next house picture (yuv420p, house size; yuv420p10 where ColourMap has to follow, see
    /// colours()); null after the last.
    /// Errors: Unsupported, NoSpace (a picture that cannot be conformed).
    Result<FramePtr> next();

    /// The file's time of the first picture, in time base \p base; nothing when it has none.
    std::optional<std::int64_t> zero(AVRational base) const;
    const PictureShape &shape() const { return m_shape; }
    /// Those of a picture that came from next().
    Colours colours(const AVFrame *picture) const;
    /// How the pictures that go into the house's rate compare with it.
    RateRule rateRule() const;
    AVRational frameRate() const { return m_frameRate; }
    std::int64_t sourceFrames() const { return m_decoder.frames(); }
    std::int64_t errors() const { return m_decoder.errors(); }
    /// When the last picture ends, in microseconds from the first; known after the last frame.
    std::int64_t endUs() const;
    /// Whether the file says how long its pictures last (so that one picture is no still).
    bool hasDuration() const { return m_hasDuration; }
    std::int64_t frames() const { return m_frame; } ///< after the last: how many there are
    const AVStream *stream() const { return m_stream; }

private:
    PictureTrack(Demuxer &demuxer, Decoder decoder, const HouseFormat &format);

    Result<void> decodeFirst();
    FramePtr decode();
    FramePtr decodePlaced();
    bool isLeap(const AVFrame *frame) const;
    void placeInTime(AVFrame *frame);
    PictureShape shapeOfNext() const;
    FramePtr decodeNext();
    Result<void> feed();
    Result<void> rebuildGraph();
    std::int64_t pictureTicks() const;
    std::int64_t lastDuration() const;
    Result<FramePtr> take(FramePtr frame);

    Decoder m_decoder;
    HouseFormat m_format;
    const AVStream *m_stream;
    Orientation m_orientation = Orientation::Upright;
    AVRational m_frameRate{0, 1};
    bool m_showsFields = false; ///< where there are some: the house has more frames than it
    int m_threads = 1;
    LastPicture::Trust m_trust;

    std::optional<std::int64_t> m_zero; ///< in the stream's time base
    PictureShape m_shape;
    std::optional<PictureGraph> m_graph;
    FramePtr m_next; ///< decoded, not yet in the graph; its pts counts from item zero
    FramePtr m_after; ///< decoded to judge the timestamp of the one before; not yet placed in time
    bool m_closing = false; ///< the graph is closed; what is still in it comes first
    bool m_hasDecoderEnded = false; ///< there may still be pictures in m_backlog
    bool m_decoded = false; ///< all pictures went into the graph
    bool m_sawInterlaced = false;
    Aperture m_aperture;
    int m_peakNits = 0; ///< of all the clip, so that it shows no steps
    bool m_isAlphaLeftOut = false; ///< the format has it, but nobody has filled it in
    std::optional<bool> m_isTopFirst; ///< only the container says that there are fields
    bool m_hasDuration = false;

    std::int64_t m_lastPts = 0;
    std::int64_t m_lastStep = 0; ///< between the last two pictures
    std::int64_t m_lastPacketDuration = 0; ///< of the last picture, as the packet says; or 0
    std::int64_t m_pictures = 0; ///< that went into the timeline

    /// After a restart: the pictures before the one that the graph begins with are kept here, as
    /// many as filters look back, and decoded pictures up to m_feedFrom are not fed.
    std::deque<FramePtr> m_backlog;
    std::int64_t m_feedFrom = INT64_MIN;
    bool m_isRestarted = false; ///< the next picture has no other before it
    bool m_isSkipping = false; ///< until the frame of the restart is reached

    std::int64_t m_frame = 0; ///< the next house frame
    FramePtr m_held; ///< the last one, shown again where the timeline has a hole
    FramePtr m_early; ///< came before its turn
};

} // namespace continuo
