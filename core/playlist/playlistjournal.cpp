// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/playlistjournal.h"

#include "core/base/paths.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Below this no folding: a snapshot costs two fsyncs and buys nothing in a small journal.
constexpr qint64 kSmallJournalBytes = 256 * 1024;
constexpr qsizetype kSumDigits = 16;

QString snapshotPath(const QString &folder)
{
    return folder + u"/playlist.snapshot"_s;
}

QString journalPath(const QString &folder)
{
    return folder + u"/playlist.journal"_s;
}

QByteArray checkSum(QByteArrayView text)
{
    return QCryptographicHash::hash(text.toByteArray(), QCryptographicHash::Sha256)
        .toHex()
        .first(kSumDigits);
}

Error ioError(const QString &what, const QString &path, int errnoValue)
{
    return errorFromErrno(errnoValue, what + u' ' + path);
}

/// The whole file; nothing when there is none.
Result<std::optional<QByteArray>> readWhole(const QString &path)
{
    UniqueFd file(::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC));
    if (!file.isValid() && errno == ENOENT)
        return std::optional<QByteArray>();
    if (!file.isValid())
        return ioError(u"open"_s, path, errno);
    QByteArray bytes;
    QByteArray block(64 * 1024, Qt::Uninitialized);
    while (true) {
        const ssize_t got = ::read(file.get(), block.data(), std::size_t(block.size()));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ioError(u"read"_s, path, errno);
        if (got == 0)
            return std::optional(bytes);
        bytes.append(block.constData(), got);
    }
}

Result<Playlist> parseSnapshot(const QByteArray &bytes)
{
    QByteArrayView text = QByteArrayView(bytes).trimmed();
    if (!text.startsWith('{')) { // that is one of before there were sums
        if (text.size() <= kSumDigits
            || checkSum(text.sliced(kSumDigits + 1)) != text.first(kSumDigits))
            return Error{ErrorCode::Corrupt, u"is damaged"_s};
        text = text.sliced(kSumDigits + 1);
    }
    const QJsonObject object = QJsonDocument::fromJson(text.toByteArray()).object();
    if (!object[u"items"_s].isArray())
        return Error{ErrorCode::Corrupt, u"is damaged"_s};
    QList<PlaylistItem> items;
    const QJsonArray values = object[u"items"_s].toArray();
    items.reserve(values.size());
    for (const QJsonValue &value : values) {
        Result<PlaylistItem> item = itemFromJson(value.toObject());
        if (!item)
            return item.error();
        items.append(std::move(item).value());
    }
    return Playlist::restored(items, object[u"version"_s].toString().toULongLong());
}

struct Snapshot {
    Playlist list;
    qint64 bytes = 0;
};

/// Version 0 when there is none. Errors: Corrupt; those of reading a file.
Result<Snapshot> readSnapshot(const QString &folder)
{
    const QString path = snapshotPath(folder);
    const Result<std::optional<QByteArray>> bytes = readWhole(path);
    if (!bytes)
        return bytes.error();
    if (!bytes.value())
        return Snapshot();
    Result<Playlist> list = parseSnapshot(*bytes.value());
    if (!list)
        return Error{ErrorCode::Corrupt, path + u' ' + list.error().detail};
    return Snapshot{std::move(list).value(), bytes.value()->size()};
}

/// The list of a list file, whose items need not have ids.
Result<Playlist> listOf(const PlaylistVersion &listFile)
{
    Playlist list;
    const Result<EditOutcome> filled = list.apply(InsertEdit{0, listFile.items});
    return filled ? Playlist::restored(list.items(), listFile.version)
                  : Result<Playlist>(filled.error());
}

QString asideName(const QString &path)
{
    return path + u".damaged-"_s + QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd'T'HHmmss"_s);
}

void addWarning(PlaylistJournal::Opened &opened, const QString &text)
{
    opened.warning += (opened.warning.isEmpty() ? QString() : u"; "_s) + text;
}

struct Record {
    quint64 version = 0;
    PlaylistJournal::Kind kind = PlaylistJournal::Kind::Forward;
    PlaylistChange change;
};

/// Nothing when the line is torn or damaged.
std::optional<Record> readRecord(QByteArrayView line)
{
    if (line.size() < kSumDigits + 3 || line[kSumDigits] != ' ')
        return std::nullopt;
    const QByteArrayView text = line.sliced(kSumDigits + 1);
    if (checkSum(text) != line.first(kSumDigits))
        return std::nullopt;
    const QJsonObject object = QJsonDocument::fromJson(text.toByteArray()).object();
    Result<PlaylistChange> change = changeFromJson(object[u"change"_s].toObject());
    if (!change)
        return std::nullopt;
    return Record{object[u"version"_s].toString().toULongLong(),
                  object[u"undo"_s].toBool() ? PlaylistJournal::Kind::Undo
                                             : PlaylistJournal::Kind::Forward,
                  std::move(change).value()};
}

/// Adds the list as it is to the versions kept: the last ones and \p alsoKeep.
void keepVersion(PlaylistJournal::Opened &opened, std::optional<quint64> alsoKeep)
{
    opened.versions.append({opened.playlist.version(), opened.playlist.items()});
    const qsizetype first = opened.versions.constFirst().version == alsoKeep ? 1 : 0;
    if (opened.versions.size() > PlaylistJournal::kKeptVersions + first)
        opened.versions.removeAt(first);
}

/// Replays \p bytes onto \p opened; gives the number of bytes that were good.
qsizetype replay(const QByteArray &bytes, std::optional<quint64> alsoKeep,
                 PlaylistJournal::Opened &opened)
{
    qsizetype start = 0;
    while (start < bytes.size()) {
        const qsizetype end = bytes.indexOf('\n', start);
        if (end < 0)
            return start;
        const std::optional<Record> record
            = readRecord(QByteArrayView(bytes).sliced(start, end - start));
        Playlist &list = opened.playlist;
        if (!record || record->version > list.version() + 1)
            return start;
        if (record->version == list.version() + 1) {
            // The change of the record, not that of list.undo(): what was undone may be older than
            // the snapshot, and then nothing here knows it.
            const Result<EditOutcome> outcome = record->kind == PlaylistJournal::Kind::Undo
                ? list.replayUndo(record->change)
                : list.apply(record->change);
            if (!outcome)
                return start;
            keepVersion(opened, alsoKeep);
        }
        start = end + 1;
    }
    return start;
}

} // namespace

Result<PlaylistJournal::Opened>
PlaylistJournal::open(const QString &folder, std::optional<quint64> alsoKeep,
                      const std::optional<PlaylistVersion> &listFile)
{
    Opened opened;
    opened.journal.m_folder = folder;
    Result<Snapshot> snapshot = readSnapshot(folder);
    if (snapshot) {
        opened.playlist = std::move(snapshot->list);
        opened.journal.m_snapshotSize = snapshot->bytes;
    } else {
        // A bad sector is damage, too.
        const ErrorCode code = snapshot.error().code;
        const bool isDamaged = code == ErrorCode::Corrupt || code == ErrorCode::Io;
        Result<Playlist> list
            = isDamaged && listFile ? listOf(*listFile) : Result<Playlist>(snapshot.error());
        if (!list)
            return snapshot.error();
        opened.playlist = std::move(list).value();
    }
    opened.versions.append({opened.playlist.version(), opened.playlist.items()});
    if (Result<void> read = openRecords(opened, alsoKeep); !read)
        return read.error();
    if (!snapshot)
        replaceSnapshot(opened, snapshot.error());
    return opened;
}

Result<void> PlaylistJournal::openRecords(Opened &opened, std::optional<quint64> alsoKeep)
{
    const QString path = journalPath(opened.journal.m_folder);
    const Result<std::optional<QByteArray>> read = readWhole(path);
    if (!read)
        return read.error();
    if (!read.value()) {
        // Made by rename and fsync of the folder, so that its name outlives a power cut.
        if (Result<void> made = writeFileDurably(path, QByteArray(), 0600); !made)
            return made.error();
    }
    const QByteArray bytes = read.value().value_or(QByteArray());
    const qsizetype good = replay(bytes, alsoKeep, opened);
    const bool damaged = bytes.indexOf('\n', good) >= 0;
    if (damaged) {
        const QString aside = asideName(path);
        if (Result<void> kept = writeFileDurably(aside, bytes, 0600); !kept)
            return kept.error();
        addWarning(
            opened,
            u"playlist.journal is damaged at byte %1; the list is as it was before that, the file "
            "is kept as %2"_s.arg(good)
                .arg(aside));
    }
    UniqueFd file(::open(QFile::encodeName(path).constData(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!file.isValid())
        return ioError(u"open"_s, path, errno);
    if (good < bytes.size() && (::ftruncate(file.get(), good) < 0 || ::fdatasync(file.get()) < 0))
        return ioError(u"cut back"_s, path, errno);
    opened.journal.m_file = std::move(file);
    opened.journal.m_size = good;
    return {};
}

void PlaylistJournal::replaceSnapshot(Opened &opened, const Error &damage)
{
    const QString path = snapshotPath(opened.journal.m_folder);
    const QString aside = asideName(path);
    // A second name for it, since its bytes need not be readable.
    const bool isKept
        = ::link(QFile::encodeName(path).constData(), QFile::encodeName(aside).constData()) == 0;
    addWarning(opened,
               u"%1; the list is that of the list file with the edits since then (version %2)"_s
                   .arg(damage.detail)
                   .arg(opened.playlist.version()));
    // Where that fails, the next open() finds the same files.
    if (Result<void> written = opened.journal.compact(opened.playlist); !written)
        addWarning(opened, written.error().detail);
    else if (isKept)
        addWarning(opened, u"the damaged file is kept as "_s + aside);
}

Result<void> PlaylistJournal::append(quint64 version, const PlaylistChange &change, Kind kind)
{
    QJsonObject object{{u"version"_s, QString::number(version)},
                       {u"change"_s, changeToJson(change)}};
    if (kind == Kind::Undo)
        object[u"undo"_s] = true;
    const QByteArray text = QJsonDocument(object).toJson(QJsonDocument::Compact);
    const QByteArray line = checkSum(text) + ' ' + text + '\n';
    qsizetype done = 0;
    int failure = 0;
    while (done < line.size() && failure == 0) {
        const ssize_t got
            = ::write(m_file.get(), line.constData() + done, std::size_t(line.size() - done));
        if (got >= 0)
            done += got;
        else if (errno != EINTR)
            failure = errno;
    }
    if (failure == 0 && ::fdatasync(m_file.get()) < 0)
        failure = errno;
    if (failure != 0) {
        // Half a record in front of the next good one would be taken for damage.
        if (::ftruncate(m_file.get(), m_size) < 0)
            return ioError(u"cut back after a failed write"_s, journalPath(m_folder), errno);
        return ioError(u"write"_s, journalPath(m_folder), failure);
    }
    m_size += line.size();
    return {};
}

bool PlaylistJournal::isCompactionDue() const
{
    return m_size >= kSmallJournalBytes && m_size >= 2 * m_snapshotSize;
}

Result<void> PlaylistJournal::compact(const Playlist &list)
{
    QJsonArray items;
    for (const PlaylistItem &item : list.items())
        items.append(itemToJson(item));
    const QJsonObject object{{u"version"_s, QString::number(list.version())}, {u"items"_s, items}};
    const QByteArray text = QJsonDocument(object).toJson(QJsonDocument::Compact);
    const QByteArray bytes = checkSum(text) + ' ' + text + '\n';
    if (Result<void> written = writeFileDurably(snapshotPath(m_folder), bytes, 0600); !written)
        return written;
    m_snapshotSize = bytes.size();
    if (::ftruncate(m_file.get(), 0) < 0)
        return ioError(u"empty"_s, journalPath(m_folder), errno);
    m_size = 0; // at once: an append() that fails cuts back to it
    if (::fdatasync(m_file.get()) < 0)
        return ioError(u"empty"_s, journalPath(m_folder), errno);
    return {};
}

} // namespace continuo
