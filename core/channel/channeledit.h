// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

#include <cstdint>
#include <optional>

namespace continuo {

/// An edit that was accepted.
struct EditReply {
    quint64 version = 0; ///< of the list after it
    std::int64_t frame = 0; ///< on air when it was accepted
    bool isNextSettled = false; ///< what follows was settled already: it counts after the join
    QStringList insertedIds;
};

/// What is to be changed of an item; the points as parseTimecode() takes them, empty: none.
struct ItemChange {
    std::optional<QString> title; ///< empty: by its path
    std::optional<QString> category;
    std::optional<QString> in;
    std::optional<QString> out;
    std::optional<QString> sound; ///< as soundFromText() takes it
};

} // namespace continuo
