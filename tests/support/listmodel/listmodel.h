// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QStringList>

#include <optional>
#include <vector>

namespace listmodel {

/// An edit as it was accepted: F is the frame of its answer.
struct Edit {
    enum class Kind { Insert, Remove, Move, Order };
    Kind kind = Kind::Insert;
    qint64 frame = 0;
    QStringList ids; ///< Order: the whole list as it is afterwards
    int row = 0; ///< Insert, Move: counted in the list before the edit
};

struct Airing {
    QString id;
    qint64 start = 0; ///< absolute frame
    qint64 frames = 0;
};

/// The model of what a list must put on air. Its rule, from the documentation:
/// - what follows an item that ends at frame J is chosen at J minus the safe zone (or when the item
///   goes on air, if it is shorter), from the list with all edits accepted before that frame;
/// - it is the item below the one on air; if that one was removed, the item below its place (the
///   nearest item above it that the removing edit left alone); at the end the first (looping).
class ListModel final {
public:
    ListModel(QStringList list, qint64 safeZoneFrames, QHash<QString, qint64> framesOfItem);

    void note(const Edit &edit); ///< in the order of the answers
    /// The item on air at \p frame lasted longer by frames that were shown again; in their order.
    void noteHeld(qint64 frame, qint64 frames) { m_held.push_back({frame, frames}); }
    void setFrames(const QString &id, qint64 frames) { m_frames.insert(id, frames); }
    /// What is on air from \p firstFrame until at least \p endFrame.
    std::vector<Airing> airings(qint64 firstFrame, qint64 endFrame) const;
    /// The list with all edits.
    QStringList list() const;

private:
    struct Place {
        QStringList list;
        QString onAir; ///< may not be in the list
        std::optional<QString> above; ///< when it is not: the item above its place; none: the top
        void apply(const Edit &edit);
        QString following() const;
        void putOnAir(const QString &id);
    };

    const QStringList m_list;
    const qint64 m_safeZone;
    QHash<QString, qint64> m_frames;
    std::vector<Edit> m_edits;
    struct Held {
        qint64 frame = 0;
        qint64 frames = 0;
    };
    std::vector<Held> m_held;
};

} // namespace listmodel
