// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/playliststore.h"

#include "core/base/logging.h"
#include "core/base/paths.h"
#include "core/playlist/listfile.h"
#include "core/playlist/playlistmerge.h"

#include <QDateTime>
#include <QFile>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kWriteDelay = 100ms;
constexpr auto kRetryDelay = 5s;

Error tooOld(quint64 version)
{
    return Error{ErrorCode::Busy,
                 u"it was made from version %1, which is too old to merge"_s.arg(version)};
}

} // namespace

PlaylistStore::PlaylistStore(QString folder, QObject *parent)
    : QObject(parent)
    , m_folder(std::move(folder))
    , m_filePath(m_folder + u"/playlist.m3u8"_s)
    , m_watcher(m_filePath)
{
    m_writeDue.setSingleShot(true);
    connect(&m_writeDue, &QTimer::timeout, this, &PlaylistStore::onWriteDue);
    connect(&m_watcher, &PlaylistFileWatcher::fileChanged, this, &PlaylistStore::takeUpFile);
    connect(&m_watcher, &PlaylistFileWatcher::fileUnreadable, this,
            [this](const Error &error) { Q_EMIT fileRefused(named(error)); });
    connect(&m_watcher, &PlaylistFileWatcher::fileMissing, this, [this] {
        qCInfo(lcStation, "%s is gone; writing it again", qUtf8Printable(m_filePath));
        m_writeDue.start(0ms);
    });
}

PlaylistStore::~PlaylistStore()
{
    // While another program is at it, the file is left alone: the next open() takes its work up.
    if (m_writeDue.isActive() && !m_watcher.isSettling())
        flushFile();
}

Result<void> PlaylistStore::open()
{
    if (Result<void> made = makeFolder(m_folder, 0700); !made)
        return made;
    // Before the journal, which keeps the version that the file names however old that is: an
    // engine that was killed, or could not write, may have left any number of edits behind it.
    const Result<QByteArray> first = readListFile(m_filePath);
    Result<M3uDocument> document
        = first ? parseM3u(first.value(), m_folder) : Result<M3uDocument>(first.error());
    std::optional<PlaylistVersion> listFile;
    if (document)
        listFile = PlaylistVersion{document->version, document->items};
    Result<PlaylistJournal::Opened> opened
        = PlaylistJournal::open(m_folder, document ? document->version : 0, listFile);
    if (!opened)
        return opened.error();
    m_list = std::move(opened->playlist);
    m_versions = std::move(opened->versions);
    m_openWarning = std::move(opened->warning);
    m_journal.emplace(std::move(opened->journal));
    m_writtenVersion = m_list.version();

    // Once more: a long journal takes its time, and what is saved before the watch begins would
    // never be seen.
    const Result<QByteArray> bytes = readListFile(m_filePath);
    if (!bytes) {
        if (bytes.error().code == ErrorCode::NotFound) {
            flushFile();
        } else {
            warnOfFile(bytes.error(), u"the list is as it was; its next edit puts it there"_s);
            m_watcher.noteContent({}); // what can be read later is not known yet
        }
        m_watcher.start();
        return {};
    }
    m_watcher.noteContent(bytes.value());
    m_watcher.start();
    if (!first || bytes.value() != first.value())
        document = parseM3u(bytes.value(), m_folder);
    takeUpFoundFile(bytes.value(), document);
    return {};
}

void PlaylistStore::takeUpFoundFile(const QByteArray &bytes, const Result<M3uDocument> &document)
{
    if (!document) {
        warnOfFile(document.error(), u"the list is as it was"_s);
        return takeUpFile(bytes); // keeps it aside
    }
    m_header = document->header;
    m_trailer = document->trailer;
    // What we wrote ourselves, at this version or an earlier one, is no change. Also at
    // version 0, which the file does not name: else the first edits of a channel were undone
    // by its own file, when the engine was killed before it had written the next one.
    const QList<PlaylistItem> *written = versionItems(document->version);
    if (written && render(document->version, *written) == bytes) {
        m_writtenVersion = document->version;
        if (m_writtenVersion != m_list.version())
            m_writeDue.start(0ms);
        return;
    }
    const quint64 base = versionReadBy(document.value(), m_writtenVersion);
    const bool isTooOld = !versionItems(base);
    takeUpFile(bytes);
    if (!isTooOld)
        return;
    // Older than the snapshot: an old copy that was put back. Nobody waits for an answer here, so
    // our list goes back in its place.
    warnOfFile(tooOld(base), u"it is replaced and kept aside"_s);
    m_writeDue.start(0ms);
}

Error PlaylistStore::named(Error error) const
{
    error.detail = u"%1, %2"_s.arg(m_filePath, error.detail);
    return error;
}

void PlaylistStore::warnOfFile(const Error &error, const QString &outcome)
{
    m_openWarning += (m_openWarning.isEmpty() ? QString() : u"; "_s)
        + u"%1; %2"_s.arg(named(error).detail, outcome);
}

Result<void> PlaylistStore::checkExpected(std::optional<quint64> expect) const
{
    if (!m_journal)
        return Error{ErrorCode::Internal, u"the playlist store is not open"_s};
    if (expect && *expect != m_list.version())
        return Error{ErrorCode::Busy,
                     u"the list has moved on to version %1"_s.arg(m_list.version())};
    return {};
}

Result<EditOutcome> PlaylistStore::apply(const Edit &edit, std::optional<quint64> expect)
{
    if (Result<void> good = checkExpected(expect); !good)
        return good.error();
    const Result<PlaylistChange> change = m_list.prepare(edit);
    if (!change)
        return change.error();
    return commit(change.value(), PlaylistJournal::Kind::Forward);
}

Result<EditOutcome> PlaylistStore::undo(std::optional<quint64> expect)
{
    if (Result<void> good = checkExpected(expect); !good)
        return good.error();
    const Result<PlaylistChange> change = m_list.prepareUndo();
    if (!change)
        return change.error();
    return commit(change.value(), PlaylistJournal::Kind::Undo);
}

Result<EditOutcome> PlaylistStore::commit(const PlaylistChange &change, PlaylistJournal::Kind kind)
{
    if (Result<void> kept = m_journal->append(m_list.version() + 1, change, kind); !kept)
        return kept.error();
    Result<EditOutcome> outcome
        = kind == PlaylistJournal::Kind::Undo ? m_list.undo() : m_list.apply(change);
    if (!outcome)
        return Error{ErrorCode::Internal,
                     u"an edit that was checked failed: "_s + outcome.error().detail};
    rememberVersion();
    foldWhenDue();
    if (!m_writeDue.isActive() || m_writeDue.remainingTimeAsDuration() > kWriteDelay)
        m_writeDue.start(kWriteDelay);
    return outcome;
}

// The file first: folding forgets the versions before, and an open() that finds a file of one of
// those could not tell it from a save by another program, and would take back answered edits.
void PlaylistStore::foldWhenDue()
{
    if (!m_journal->isCompactionDue() || m_watcher.isSettling())
        return;
    flushFile();
    if (m_writtenVersion != m_list.version())
        return; // it says so itself, and this is tried again with the next edit
    // Its name has to be on the disk before the snapshot is. Where a file system cannot do that,
    // open() may find the file too old to merge, and then does not.
    syncFolder(m_folder);
    if (Result<void> folded = m_journal->compact(m_list); !folded)
        qCWarning(lcStation, "%s (all edits are kept; tried again with the next)",
                  qUtf8Printable(folded.error().detail));
}

void PlaylistStore::rememberVersion()
{
    m_versions.append({m_list.version(), m_list.items()});
    // Versions share what they have in common only as long as it is the whole list: bound the sum.
    qsizetype held = 0;
    for (const PlaylistVersion &version : std::as_const(m_versions))
        held += version.items.size();
    while (m_versions.size() > 2
           && (m_versions.size() > PlaylistJournal::kKeptVersions * 8
               || held > 4 * Playlist::kMaxItems)) {
        // Not the one in the file: whoever edits the file now has read that.
        const qsizetype oldest = m_versions.constFirst().version == m_writtenVersion ? 1 : 0;
        held -= m_versions.takeAt(oldest).items.size();
    }
}

/// Nothing for a version that is not kept: one before or behind it is no base, a merge from it
/// undoes what lies between.
const QList<PlaylistItem> *PlaylistStore::versionItems(quint64 version) const
{
    for (auto known = m_versions.crbegin(); known != m_versions.crend(); ++known) {
        if (known->version == version)
            return &known->items;
    }
    return nullptr;
}

/// \p written: the version that stood in the file when somebody may have read it.
quint64 PlaylistStore::versionReadBy(const M3uDocument &document, quint64 written) const
{
    const bool namesVersion = document.version > 0 && document.version <= m_list.version();
    return namesVersion ? document.version : written;
}

void PlaylistStore::takeUp(const QByteArray &bytes, quint64 written)
{
    Result<M3uDocument> document = parseM3u(bytes, m_folder);
    if (!document)
        return refuse(bytes, document.error());
    const quint64 version = versionReadBy(document.value(), written);
    const QList<PlaylistItem> *base = versionItems(version);
    if (!base)
        return refuse(bytes, tooOld(version));
    const PlaylistChange change = mergePlaylist(*base, m_list.items(), document->items);
    std::optional<EditOutcome> outcome;
    if (!change.isEmpty()) {
        Q_EMIT externalEditFound();
        const Result<PlaylistChange> checked = m_list.prepare(change);
        Result<EditOutcome> done = checked ? commit(checked.value(), PlaylistJournal::Kind::Forward)
                                           : Result<EditOutcome>(checked.error());
        if (!done)
            return refuse(bytes, done.error());
        outcome = std::move(done).value();
    }
    m_header = document->header;
    m_trailer = document->trailer;
    // Back to disk with ids and version, also when nothing changed but the looks of the file.
    m_writeDue.start(kWriteDelay);
    if (outcome)
        Q_EMIT externallyEdited(*outcome);
}

void PlaylistStore::refuse(const QByteArray &bytes, const Error &error)
{
    // The next edit replaces the file: what somebody wrote there must not be lost by that.
    const QString aside = m_filePath + u".refused"_s;
    if (Result<void> kept = writeFileDurably(aside, bytes); !kept)
        qCWarning(lcStation, "%s", qUtf8Printable(kept.error().detail));
    Q_EMIT fileRefused(named(error));
}

// What cannot be read cannot be copied either: it is left as it is, under another name.
void PlaylistStore::setAside(const QString &displaced, const Error &reason)
{
    const QString aside = m_filePath + u".refused-"_s
        + QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd'T'HHmmsszzz"_s);
    Error error = named(reason);
    if (::rename(QFile::encodeName(displaced).constData(), QFile::encodeName(aside).constData())
        == 0)
        error.detail += u"; it is now "_s + aside;
    Q_EMIT fileRefused(error);
}

QByteArray PlaylistStore::render(quint64 version, const QList<PlaylistItem> &items) const
{
    return writeM3u({items, m_header, m_trailer, version});
}

void PlaylistStore::onWriteDue()
{
    // Somebody is writing the file: first see what it becomes (bounded by the watcher's patience).
    if (m_watcher.isSettling())
        m_writeDue.start(50ms);
    else
        flushFile();
}

void PlaylistStore::flushFile()
{
    m_writeDue.stop();
    const Result<void> written = replaceFile(render(m_list.version(), m_list.items()));
    if (!written) {
        m_writeDue.start(kRetryDelay);
        Q_EMIT fileWriteFailed(written.error());
    }
}

Result<void> PlaylistStore::replaceFile(const QByteArray &bytes)
{
    const QByteArray target = QFile::encodeName(m_filePath);
    // The new file goes in by exchange: what it displaces can be looked at, so that a save of
    // another program in this very moment is not lost.
    const QString spare = m_filePath + u".next"_s;
    const QByteArray spareName = QFile::encodeName(spare);
    if (Result<void> written = writeFileDurably(spare, bytes); !written)
        return written;
    const QByteArray lastHash = m_watcher.knownHash();
    m_watcher.noteContent(bytes);
    const bool exchanged = ::renameat2(AT_FDCWD, spareName.constData(), AT_FDCWD,
                                       target.constData(), RENAME_EXCHANGE)
        == 0;
    // No file there yet, or a file system that cannot exchange.
    if (!exchanged && ::rename(spareName.constData(), target.constData()) < 0)
        return errorFromErrno(errno, u"write "_s + m_filePath);
    m_watcher.noteOwnReplacement();
    const quint64 before = std::exchange(m_writtenVersion, m_list.version());
    if (!exchanged)
        return {};
    const Result<QByteArray> displaced = readListFile(spare);
    if (!displaced) {
        setAside(spare, displaced.error());
        return {};
    }
    ::unlink(spareName.constData());
    if (PlaylistFileWatcher::contentHash(displaced.value()) != lastHash) {
        // Not from within: the caller of an edit gets its answer first.
        QTimer::singleShot(0, this,
                           [this, bytes = displaced.value(), before] { takeUp(bytes, before); });
    }
    return {};
}

} // namespace continuo
