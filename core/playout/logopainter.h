// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/prioritymutex.h"
#include "core/frames/airframe.h"
#include "core/frames/logoplan.h"
#include "core/playout/logo.h"

#include <QStringList>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace continuo {

/// When there is a logo.
struct LogoRule {
    QStringList offFor; ///< categories of items that have none
    bool isOnSlate = true;
    int fade = 12; ///< frames in which it comes and goes

    bool isWanted(const QString &category, bool isSlate) const
    {
        return isSlate ? isOnSlate : !offFor.contains(category, Qt::CaseInsensitive);
    }
};

/// Draws the channel's logo into each frame before it is aired. What was aired is never touched
/// again, since its pages are in the encoder's pipe: a picture that is shown again with another
/// look is copied, with the pixels that the logo had hidden in their place.
///
/// draw() to forget() are for the clock thread, the rest for the main thread. Neither waits for the
/// other longer than it takes to copy a pointer.
class LogoPainter final {
public:
    LogoPainter(const HouseFormat &format, std::int64_t firstFrame);

    /// Where a channel begins, before its clock does. \p wanted: of the frame that a dead engine
    /// aired last; absent: as the first frame's item wants it. No change takes effect before \p
    /// notBefore.
    void begin(const LogoPlan &plan, LogoPtr shown, LogoPtr leaving, LogoRule rule,
               std::optional<LogoRamp> wanted, std::int64_t notBefore);
    /// From its changesAt() on, a frame that is not yet made: \p logo, which has the number
    /// \p id (0: none), at \p level (0 to 255), by \p rule. Behind a change that is not over yet.
    LogoPlan change(std::int64_t id, LogoPtr logo, int level, LogoRule rule);
    LogoPlan plan() const;
    /// Whether what was aired last wants a logo.
    bool isWanted() const { return m_isWanted; }

    /// Gives \p frame its logo. \p own: its picture, when nobody else has that and it was not yet
    /// aired; null for the last picture again, and for the slate. \p category: of the item on air.
    void draw(AirFrame &frame, std::uint8_t *own, const QString &category);
    /// The frame that was drawn last is on air. One that is not was dropped.
    void aired();
    /// Lets go of all pictures.
    void forget();

private:
    struct Setup {
        LogoPlan plan;
        LogoPtr shown;
        LogoPtr leaving;
        LogoRule rule; ///< from plan.changesAt() on
        LogoRule before;
    };
    struct Layer {
        LogoPtr logo; ///< null: nothing is drawn
        int opacity = 0;
        bool operator==(const Layer &) const = default;
    };
    /// In the order in which they are drawn: the one that leaves, the one that is set.
    using Look = std::array<Layer, 2>;
    /// A picture with what is drawn into it, and how to come from there to another look.
    struct Shown {
        const std::uint8_t *base = nullptr; ///< as its source gave it, but for baseLook
        std::shared_ptr<const void> baseAlive;
        Look baseLook;
        std::array<std::vector<std::uint8_t>, 2> clean; ///< what each layer of baseLook hides
        const std::uint8_t *picture = nullptr; ///< as it is aired
        std::shared_ptr<const void> alive;
        Look look;
    };

    Look lookAt(AirFrame &frame, const QString &category);
    void followRule(const AirFrame &frame, bool isWanted, int fade);
    void drawInto(Shown &shown, std::uint8_t *picture, const Look &look);
    void redraw(Shown &shown, const Look &look) const;
    static void paint(std::uint8_t *picture, const Look &look,
                      const std::array<std::vector<std::uint8_t>, 2> &clean);

    const HouseFormat m_format;
    mutable PriorityMutex m_mutex;
    std::shared_ptr<const Setup> m_setup; // guarded by m_mutex
    std::int64_t m_made; // guarded by m_mutex; the last frame whose look is settled
    std::int64_t m_notBefore; // of the main thread
    std::atomic<bool> m_isWanted = true;

    // Of the clock thread, once that runs.
    std::optional<LogoRamp> m_wanted;
    Shown m_now; // of the frame that was aired last
    Shown m_next; // of the one that is being made
};

} // namespace continuo
