// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playlist/m3u.h"
#include "core/playlist/playlist.h"
#include "core/playlist/playlistfilewatcher.h"
#include "core/playlist/playlistjournal.h"

#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>

namespace continuo {

/// A channel's playlist with its life on disk, all in one folder: each edit is journalled before
/// it is answered, and the list also stands there as `playlist.m3u8`, written at most 100 ms
/// after an edit. What any other program does to that file becomes an edit, merged with what
/// happened since the version that the program had read (it says so in its #CONTINUO-VERSION line;
/// without that line: the version that was written last). A file of a version that is no longer
/// known is refused: a merge from any other would undo edits. Lives on the engine's main thread.
class PlaylistStore final : public QObject {
    Q_OBJECT

public:
    explicit PlaylistStore(QString folder, QObject *parent = nullptr);
    ~PlaylistStore() override;

    /// Reads what is kept (an empty list when there is nothing), makes the folder if needed, and
    /// begins to watch the file. A change that was made to it while no engine ran is taken up at
    /// once (externallyEdited). A file too old for that is kept aside as any that is refused,
    /// named in openWarning() and replaced. A damaged snapshot is replaced by what stands in the
    /// file and was journalled since. Errors: as PlaylistJournal::open().
    Result<void> open();
    /// Does an edit and keeps it; blocks for one fdatasync. \p expect: refuse unless the list has
    /// this version. Errors: as Playlist::prepare(); Busy (another version); NoSpace, Io (cannot be
    /// kept, so it is not done).
    Result<EditOutcome> apply(const Edit &edit, std::optional<quint64> expect = {});
    /// Takes back the last edit. Errors: NotFound (nothing to undo), Busy, NoSpace, Io.
    Result<EditOutcome> undo(std::optional<quint64> expect = {});
    /// Busy, unless the list has the version \p expect or none is expected.
    Result<void> checkExpected(std::optional<quint64> expect) const;
    /// Writes the file now.
    void flushFile();

    const Playlist &playlist() const { return m_list; }
    QString filePath() const { return m_filePath; }
    /// What open() found wrong with the kept files and went on from; empty: nothing.
    const QString &openWarning() const { return m_openWarning; }

Q_SIGNALS:
    /// Another program changed the file; the list does not have it yet.
    void externalEditFound();
    /// Another program changed the file, and the list now has what it did.
    void externallyEdited(const EditOutcome &outcome);
    /// Another program made a file that is no list (or no file at all) or was made from a version
    /// too old to merge, or the edit could not be kept: nothing has changed. detail names the file,
    /// the line (of what is no list) and the reason.
    void fileRefused(const Error &error);
    /// The file could not be written; tried again in 5 s and with the next edit.
    void fileWriteFailed(const Error &error);

private:
    Result<EditOutcome> commit(const PlaylistChange &change, PlaylistJournal::Kind kind);
    void foldWhenDue();
    void rememberVersion();
    const QList<PlaylistItem> *versionItems(quint64 version) const;
    quint64 versionReadBy(const M3uDocument &document, quint64 written) const;
    void takeUpFoundFile(const QByteArray &bytes, const Result<M3uDocument> &document);
    void takeUpFile(const QByteArray &bytes) { takeUp(bytes, m_writtenVersion); }
    void takeUp(const QByteArray &bytes, quint64 written);
    void onWriteDue();
    void refuse(const QByteArray &bytes, const Error &error);
    void setAside(const QString &displaced, const Error &reason);
    Error named(Error error) const;
    void warnOfFile(const Error &error, const QString &outcome);
    QByteArray render(quint64 version, const QList<PlaylistItem> &items) const;
    Result<void> replaceFile(const QByteArray &bytes);

    QString m_folder;
    QString m_filePath;
    QString m_openWarning;
    Playlist m_list;
    std::optional<PlaylistJournal> m_journal;
    // Bases of merges, oldest first: the last versions, and the one that stands in the file.
    QList<PlaylistVersion> m_versions;
    quint64 m_writtenVersion = 0; // of the file
    QStringList m_header; // lines of the file that belong to no item
    QStringList m_trailer;
    QTimer m_writeDue;
    PlaylistFileWatcher m_watcher;
};

} // namespace continuo
