// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>

namespace continuo {

/// How a player gets on below the frame: words in memory that it shares with its engine (the header
/// of the frame store). Only ever counted up, by the player; to whoever watches they are a hint.
struct PlayProgress {
    std::uint64_t readsBegun = 0; ///< what it asked of the file system
    std::uint64_t readsEnded = 0; ///< what came back of that
    std::uint64_t bytesRead = 0;
    std::uint64_t packetsRead = 0; ///< parts of the file that were taken apart
    std::uint64_t packetsDecoded = 0; ///< taken by a decoder

    /// What stands in \p shared now.
    static PlayProgress of(PlayProgress &shared)
    {
        const auto load = [](std::uint64_t &word) {
            return std::atomic_ref(word).load(std::memory_order_relaxed);
        };
        return {load(shared.readsBegun), load(shared.readsEnded), load(shared.bytesRead),
                load(shared.packetsRead), load(shared.packetsDecoded)};
    }
    /// Counts \p word of one that is shared.
    static void count(std::uint64_t &word, std::uint64_t by = 1)
    {
        std::atomic_ref(word).fetch_add(by, std::memory_order_relaxed);
    }

    bool isReading() const { return readsBegun != readsEnded; }
    bool operator==(const PlayProgress &) const = default;
};

/// One call that the file system may never answer.
class ReadUnderWay final {
public:
    explicit ReadUnderWay(PlayProgress &progress)
        : m_progress(progress)
    {
        PlayProgress::count(m_progress.readsBegun);
    }
    ~ReadUnderWay() { PlayProgress::count(m_progress.readsEnded); }
    ReadUnderWay(const ReadUnderWay &) = delete;
    ReadUnderWay &operator=(const ReadUnderWay &) = delete;

private:
    PlayProgress &m_progress;
};

} // namespace continuo
