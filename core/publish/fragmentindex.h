// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <functional>

namespace continuo {

/// The index that ends a fragmented MP4 file (box mfra: ISO 14496-12, 8.8.9 to 8.8.11), made by a
/// walk over the fragments that it has; each is taken to begin with a key frame. libavformat would
/// keep every fragment in memory for it, and would know only those of its own session.
/// \p read gives bytes of the file (fewer behind its end); \p end is its length in bytes, where the
/// index is to stand. Empty when the file holds no fragment, or is none of ours. Reads a few
/// hundred bytes a fragment: a day's recording takes a second.
QByteArray fragmentIndex(const std::function<QByteArray(qint64 offset, qint64 bytes)> &read,
                         qint64 end);

} // namespace continuo
