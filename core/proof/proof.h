// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/houseformat.h"

#include <QJsonObject>
#include <QString>

#include <cstdint>
#include <optional>
#include <vector>

namespace continuo {

/// Proofs of another version of the prover are made again.
constexpr int kProverVersion = 2;

/// What may be expected of a file when its turn comes.
enum class ProofVerdict {
    Pending, ///< not known yet, or it could not be found out
    Ready,
    Warning, ///< it plays, with flaws that viewers will notice
    WillNotPlay,
};

/// Stable name of a verdict, as it stands in JSON ("will-not-play").
QString verdictName(ProofVerdict verdict);

/// One thing that was found about a file.
struct ProofFinding {
    QString code; ///< "ends-early"; of one that will not play the name of an error code, "crashes"
    QString detail; ///< a sentence in English, for log and command line
    std::int64_t atUs = -1; ///< the first place, from the start of the clip; -1: of all of it
    std::int64_t lengthUs = -1; ///< in all; -1: it has none
    std::int64_t count = 1; ///< places

    QJsonObject toJson() const;
};

/// What is known of a file before its turn, and what follows from it. A value, in the file's own
/// time, so that channels of all rates share it.
struct Proof {
    int tier = 0; ///< the last one that was done; 0: nothing is known
    QJsonObject ends; ///< the first tier as the prover told it (docs/protocols.md, section 2)
    QJsonObject reading; ///< the second
    std::optional<Error> failure; ///< why it will not play, or could not be proven
    bool hasCrashed = false; ///< that is: it ends every prover
    bool isContradicted = false; ///< it should not have played, and was aired to its end

    static Proof fromJson(const QJsonObject &object);
    QJsonObject toJson() const;
    /// Of a file that cannot be looked at: \p error is an errno.
    static Proof ofUnreachable(int error, const QString &path);

    /// True length where the whole was read, else what the file says of itself; -1: not known.
    std::int64_t durationUs() const;
    /// House frames of that; -1: not known.
    std::int64_t frames(FrameRate rate) const;
    QJsonObject video() const; ///< "codec", "width", "height", "fps"; empty without a picture
    QJsonObject audio() const; ///< "codec"…; empty without sound
    /// {"loudness","truePeak"} of the whole sound, LUFS and dBTP, null where there is none to tell;
    /// empty where it was not measured.
    QJsonObject levels() const;

    /// It will not play, or could not be proven.
    bool fails() const { return failure && !isContradicted; }
    bool willNotPlay() const; ///< the verdict says so; costs nothing
    ProofVerdict verdict() const;
    /// The worst first; none where the verdict is Ready.
    std::vector<ProofFinding> findings() const;
    /// For the list: {"verdict","code"?,"detail"?,"atUs"?,"lengthUs"?,"count"?}, of the worst.
    QJsonObject summary() const;
};

/// The same file at another time may do better: such failures are no verdict, and not kept.
bool isPassing(ErrorCode code);

} // namespace continuo
