// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <vector>

namespace continuo {

/// Marks a longest strictly rising subsequence of \p values (patience sorting, n log n): the rows
/// that may stay where they are when a list is re-ordered.
inline std::vector<bool> longestRising(const std::vector<int> &values)
{
    constexpr std::size_t kNone = std::size_t(-1);
    std::vector<std::size_t> tails; // index of the smallest last value of each length
    std::vector<std::size_t> previous(values.size(), kNone);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto place
            = std::lower_bound(tails.begin(), tails.end(), values[i],
                               [&](std::size_t tail, int value) { return values[tail] < value; });
        if (place != tails.begin())
            previous[i] = *std::prev(place);
        if (place == tails.end())
            tails.push_back(i);
        else
            *place = i;
    }
    std::vector<bool> marked(values.size(), false);
    for (std::size_t i = tails.empty() ? kNone : tails.back(); i != kNone; i = previous[i])
        marked[i] = true;
    return marked;
}

} // namespace continuo
