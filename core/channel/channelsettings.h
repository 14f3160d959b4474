// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/airpulse.h"
#include "core/base/houseformat.h"
#include "core/base/paths.h"
#include "core/channel/chain.h"
#include "core/channel/logosettings.h"
#include "core/channel/slatesettings.h"
#include "core/playlist/playlistcursor.h"

#include <QStringList>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace continuo {

/// What the items of a new channel are brought to, LUFS (EBU R 128).
constexpr double kUsualTargetLufs = -23;

/// How the engine was told to run its channels.
struct ChannelOptions {
    bool isPaced = true;
    std::int64_t firstFrame = -1; ///< -1: where the channel left off, else kFirstFrame
    std::shared_ptr<AirPulse> pulse = std::make_shared<AirPulse>(); ///< hears of paced clocks
};

/// What a channel is, as the operator set it. Kept in channel.json of its settings folder; stream
/// keys stand beside it, each in a 0600 file of its own.
struct ChannelSettings {
    QString name;
    HouseFormat format;
    Looping looping = Looping::On;
    std::chrono::milliseconds safeZone{5000};
    QStringList languages; ///< of the sound, best first; empty: as each file says
    std::optional<double> targetLufs; ///< what every item is brought to; nothing: left as it is
    std::vector<DestinationSettings> destinations;
    LogoSettings logo;
    SlateSettings slate;
    QString emergency; ///< path of the emergency clip; empty: there is none
    bool isOnAir = false; ///< put on air again when the engine starts

    /// Errors: NotFound, Corrupt, Io, Unsupported (of another version); each names the file.
    static Result<ChannelSettings> load(const StationPaths &paths, const QString &name);
    Result<void> save(const StationPaths &paths) const;
};

/// "off" or what the programme's loudness is to be, LUFS, from -36 to -10. Errors: InvalidArgument.
Result<std::optional<double>> loudnessFromText(const QString &text);
/// The same as a number, or "off".
QJsonValue loudnessToJson(std::optional<double> targetLufs);

/// True for a name that is safe as a folder: 1 to 64 characters, no '/', no leading '.'.
bool isValidChannelName(const QString &name);

/// Writes the key of a destination to its own 0600 file. Errors: NoSpace, PermissionDenied, Io.
Result<void> saveKey(const StationPaths &paths, const QString &channel, const QString &id,
                     const QString &key);
void removeKey(const StationPaths &paths, const QString &channel, const QString &id);

/// Where a channel stood when it was last on air, so that frame numbers, HLS sequence numbers and
/// the place in the list go on.
struct ChannelPosition {
    std::int64_t nextFrame = -1; ///< -1: never on air
    std::int64_t epochFrame = -1; ///< on air when it was written: since when
    std::int64_t epochWallUs = 0;
    QJsonObject cursor;
    /// What went on air last, newest at the end: the playing order of the last seconds.
    struct Airing {
        QString itemId; ///< empty: the slate
        QString path;
        QString title;
        std::int64_t frame = 0; ///< its first
        std::int64_t in = 0; ///< the frame of its clip that was that first one
        std::int64_t out = -1; ///< as PlayoutItem::out
        QString category = {};
        QJsonObject tracks = {}; ///< as PlayoutItem::tracks
        bool operator==(const Airing &) const = default;
    };
    std::vector<Airing> airings;
    /// What was settled to follow the newest of them, as of the last edit; its frame is the first
    /// of that newest one. Without an id: nothing was.
    Airing settled;

    void addAiring(Airing airing); ///< forgets the oldest, and what was settled before it

    static ChannelPosition load(const StationPaths &paths, const QString &channel);
    Result<void> save(const StationPaths &paths, const QString &channel) const;
    /// The frame to go on at, a multiple of \p gop and beyond all that can have been aired.
    std::int64_t resumeFrame(FrameRate rate, int gop) const;
};

} // namespace continuo
