// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace continuo {

/// A place in the midst of a file from which a clip goes on exactly as if all before it had been
/// read. Its leading stream is the picture, of a clip without one the sound; the other is the sound
/// beside a picture. Stamps are in ticks of their streams, after timestamps were repaired.
struct Waypoint {
    std::int64_t position = 0; ///< of a byte: where reading begins
    std::int64_t stamp = 0; ///< pts (else dts) of the key frame, the first packet that counts
    std::int64_t dts = 0; ///< of that packet
    std::int64_t packets = 0; ///< of the leading stream before it
    std::int64_t otherStamp = 0; ///< of the other stream's first packet that counts
    std::int64_t otherDts = 0;
    std::int64_t shiftUs = 0; ///< added to the file's timestamps there
    std::uint32_t digest = 0; ///< of the packets that follow in both, and their stamps
    /// How many samples behind its stamp the other stream's first one is heard, if the sound is
    /// heard at that rate: where recordings were joined, small steps are not made up for.
    std::optional<std::int64_t> drift = {};

    friend bool operator==(const Waypoint &, const Waypoint &) = default;
};

/// The waypoints of one file, in its order, and what is the same for all.
struct WaypointList {
    /// Three hours in steps of five seconds; a longer file has fewer for each hour.
    static constexpr std::size_t kMost = 2160;

    std::int64_t zeroUs = 0; ///< the file's time of the clip's start
    double tickUs = 0; ///< a tick of the leading stream, to choose by
    int leading = -1; ///< index of that stream in the file
    int other = -1; ///< of the other; -1: there is none
    std::array<std::int64_t, 2> startUs{}; ///< of the leading stream and the other
    std::vector<Waypoint> points;

    bool isEmpty() const { return points.empty(); }
    /// Those from which a start at \p us of the clip may begin: the last \p count before it.
    WaypointList before(std::int64_t us, std::size_t count) const;

    QJsonObject toJson() const;
    /// What is not as toJson() makes it gives an empty list.
    static WaypointList fromJson(const QJsonObject &object);

    friend bool operator==(const WaypointList &, const WaypointList &) = default;
};

} // namespace continuo
