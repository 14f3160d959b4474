// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/barcode.h"
#include "tests/support/framecode/outcome.h"
#include "tests/support/framecode/segmentsource.h"

#include <QString>

#include <chrono>
#include <memory>
#include <optional>
#include <span>

namespace framecode {

/// A decoded picture. Times are as the container gives them, after its edit list.
struct Picture {
    LumaView luma;
    std::int64_t ticks = 0; // presentation time, in MediaFacts::pictureBase
    std::int64_t durationTicks = 0; // 0: not given
    double seconds = 0; // the same as ticks
    bool interlaced = false;
    bool topFieldFirst = false;
};

/// Decoded sound: the mean of the first two channels.
struct Sound {
    std::span<const float> samples;
    double seconds = 0; // presentation time of the first sample
    double rate = 48000;
};

/// For programs: FFmpeg's own words are left out (each 404 of a list that is not there yet), the
/// errors returned and the report say what matters. Holds for the whole process.
void silenceLibraries();

class MediaSink {
public:
    virtual ~MediaSink() = default;
    virtual void onPicture(const Picture &picture) = 0;
    virtual void onSound(const Sound &sound) = 0;
};

struct MediaFacts {
    bool hasPicture = false;
    bool hasSound = false;
    int width = 0;
    int height = 0;
    Rate pictureBase{1, 90000}; // seconds a tick
    std::int64_t pictureEndTicks = 0; // when its stream ends, as the container says; 0: it does not
    Rate sampleAspect{1, 1};
    Rate frameRate{25, 1}; // as the container says
    bool hasFrameRate = false;
    int turnClockwise = 0; // what a player must turn the picture by: 0, 90, 180, 270
    bool isMirrored = false; // and then exchange left and right
    QString videoCodec;
    QString audioCodec;
    int sampleRate = 0;
    int channels = 0;
};

/// Decodes the first video and the first sound stream of a file, an address or a local HLS
/// playlist (see SegmentSource). Used from one thread.
class MediaReader {
public:
    /// Blocks up to 60 s for a network source (longer in follow mode: until something is there).
    static Outcome<std::unique_ptr<MediaReader>>
    open(const QString &input, std::chrono::milliseconds follow = std::chrono::milliseconds(0));
    ~MediaReader();
    MediaReader(const MediaReader &) = delete;
    MediaReader &operator=(const MediaReader &) = delete;

    /// Hands everything to the sink, in the order of the file, and returns at its end.
    Outcome<Done> readAll(MediaSink &sink);

    const MediaFacts &facts() const { return m_facts; }
    /// Packets that a decoder refused, and pictures that it flagged as broken.
    int decodeErrors() const { return m_decodeErrors; }
    std::optional<HlsFacts> hlsFacts() const;

private:
    struct Native;
    MediaReader();
    Outcome<Done> openInput(const QString &input);
    Outcome<Done> openDecoders();
    void drain(bool video, MediaSink &sink);
    void deliverPicture(MediaSink &sink);
    void deliverSound(MediaSink &sink);

    std::unique_ptr<SegmentSource> m_segments; // outlives m_native, which reads from it
    std::unique_ptr<Native> m_native;
    MediaFacts m_facts;
    int m_decodeErrors = 0;
};

} // namespace framecode
