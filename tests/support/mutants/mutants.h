// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <cstdint>
#include <vector>

namespace continuo {

/// A file that was damaged on purpose.
struct Mutant {
    QString file;
    QString source; ///< what it was made from
    QString damage; ///< in words: "9 bytes flipped, cut off at 4711 of 20000"
};

/// \p bytes with one to three damages: bytes flipped, a size field set to what nobody expects, cut
/// off, its head or a stretch of it missing, empty, repeated or exchanged, or replaced by bytes of
/// \p other. The same seed makes the same file on any machine. What was done is added to \p damage.
QByteArray mutated(QByteArray bytes, const QByteArray &other, std::uint32_t seed, QString *damage);

/// \p count mutants of \p sources, taken in turn, in \p folder, which must exist; mutant n of a
/// seed is the same whatever the count. Throws std::runtime_error naming the file that cannot be
/// read or written.
std::vector<Mutant> makeMutants(const QStringList &sources, const QString &folder, int count,
                                std::uint32_t seed);

} // namespace continuo
