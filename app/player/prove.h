// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace continuo {

/// How far a file is looked through; each needs what those before have found.
enum class ProofTiers {
    Ends, ///< opened, two seconds of its start and of its end decoded
    Reading, ///< and then every packet read, its sound decoded
    All, ///< and then its key frames looked at
};

/// "1", "1,2" or "1,2,3".
std::optional<ProofTiers> proofTiersFromText(const QString &text);

/// Proves one file and prints what is found as it is found (docs/protocols.md, section 2). Returns
/// the exit status: 0, or 1 when the file will not play.
int proveFile(const QString &path, ProofTiers tiers);

} // namespace continuo
