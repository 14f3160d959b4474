// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/playlistentry.h"

#include <QAbstractTableModel>
#include <QHash>

namespace continuo {

/// The rows of one channel's playlist. It is never edited here: the engine owns the list, and each
/// snapshot of it is laid over the rows as real inserts, removes, moves and changes, so that
/// selection, scroll position and a drag under way survive an edit by anybody.
class PlaylistModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        StateColumn,
        PictureColumn, ///< of a thumbnail, which the model does not have
        TitleColumn,
        StartsColumn,
        LengthColumn,
        ColumnCount
    };
    enum Role {
        IdRole = Qt::UserRole,
        StateRole,
        FactsRole,
        IsFaultRole,
        IsWarningRole,
        PathRole,
        IsSoundOnlyRole,
        ThumbnailRole, ///< by what its thumbnails are known; empty: there are none (yet)
    };

    /// Mime type of rows that are dragged inside the list: ids, one a line.
    static constexpr QLatin1StringView kRowsMimeType{"application/x-continuo-items"};

    explicit PlaylistModel(QObject *parent = nullptr);

    /// Lays a snapshot over the rows; ids must be unique.
    void setEntries(std::vector<PlaylistEntry> entries);
    /// Another channel's list: a reset.
    void resetEntries(std::vector<PlaylistEntry> entries);

    /// The next item's first frames are decoded: its row says so.
    void setNextCued(bool isCued);

    /// The slate, or the emergency clip, is shown in the place of this item, whose turn it is;
    /// empty: of none.
    void setSlateInPlaceOf(const QString &id, bool isEmergency);

    /// When the item on air began, UTC since 1970: the snapshots tell what is to come.
    void setOnAirStart(const QString &id, qint64 startedAtMs);

    const PlaylistEntry *entryAt(int row) const; ///< nullptr out of range
    int rowOf(const QString &id) const; ///< -1: not in the list
    /// The sum of all known lengths.
    qint64 totalDurationMs() const;
    /// When the list ends, UTC since 1970; -1 when it cannot be told.
    qint64 endsAtMs() const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;
    Qt::DropActions supportedDropActions() const override;
    QStringList mimeTypes() const override;
    QMimeData *mimeData(const QModelIndexList &indexes) const override;

private:
    void removeAbsent(const QHash<QString, int> &wanted);
    void placeInOrder(std::vector<PlaylistEntry> &entries);
    void updateValues(std::vector<PlaylistEntry> entries);
    int currentRowOf(const QString &id) const;
    bool isReplacedBySlate(const PlaylistEntry &entry) const;
    QString stateOf(const PlaylistEntry &entry) const;
    QString factsOf(const PlaylistEntry &entry) const;

    std::vector<PlaylistEntry> m_entries;
    QString m_onAirId;
    qint64 m_onAirStartMs = -1;
    QString m_replacedId; ///< of the item that the slate stands in for
    bool m_isEmergency = false; ///< not the slate, but the emergency clip
    bool m_isNextCued = false;
};

} // namespace continuo
