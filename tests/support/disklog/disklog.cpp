// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/disklog/disklog.h"

#include "tests/support/disklog/recorder.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <sys/stat.h>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace disklog {

namespace {

QByteArray folderOf(const QByteArray &path)
{
    const qsizetype slash = path.lastIndexOf('/');
    return slash < 0 ? QByteArray() : path.left(slash);
}

void resizeZeroed(QByteArray &all, qint64 size)
{
    if (all.size() < size)
        all.append(size - all.size(), '\0');
    else
        all.truncate(size);
}

} // namespace

// A disk: what programs see, and what is surely kept.
struct Disk {
    QHash<int, QByteArray> bytes;
    QHash<int, QByteArray> keptBytes;
    QHash<int, int> modes;
    QHash<QByteArray, int> names;
    QHash<QByteArray, int> keptNames;
    QList<QByteArray> folders;
    // The second half of the last write: what stood in its place. No file: it was synced since.
    int tornFile = -1;
    qint64 tornAt = 0;
    QByteArray tornBefore;
    qint64 tornSize = 0; // of the file with half of that write

    void sync(const Operation &operation)
    {
        if (operation.file >= 0) {
            keptBytes[operation.file] = bytes.value(operation.file);
            if (tornFile == operation.file)
                tornFile = -1; // what was synced cannot be torn
            return;
        }
        const auto isIn = [&](const QByteArray &name) { return folderOf(name) == operation.path; };
        keptNames.removeIf([&](const auto &entry) { return isIn(entry.key()); });
        for (auto entry = names.cbegin(); entry != names.cend(); ++entry) {
            if (isIn(entry.key()))
                keptNames.insert(entry.key(), entry.value());
        }
    }

    void write(const Operation &operation)
    {
        QByteArray &all = bytes[operation.file];
        tornFile = operation.file;
        tornAt = operation.offset + operation.bytes.size() / 2;
        tornBefore = all.mid(tornAt, operation.offset + operation.bytes.size() - tornAt);
        tornSize = std::max<qint64>(all.size(), tornAt);
        if (all.size() < operation.offset)
            resizeZeroed(all, operation.offset);
        all.replace(operation.offset, operation.bytes.size(), operation.bytes);
    }

    void apply(const Operation &operation)
    {
        switch (operation.kind) {
        case Kind::Create:
            names.insert(operation.path, operation.file);
            bytes.insert(operation.file, {});
            modes.insert(operation.file, int(operation.offset));
            break;
        case Kind::Truncate:
            resizeZeroed(bytes[operation.file], operation.offset);
            if (tornFile == operation.file)
                tornFile = -1;
            break;
        case Kind::Write:
            write(operation);
            break;
        case Kind::Sync:
            sync(operation);
            break;
        case Kind::Rename:
            names.insert(operation.other, names.take(operation.path));
            break;
        case Kind::Exchange: {
            const int first = names.value(operation.path);
            names.insert(operation.path, names.value(operation.other));
            names.insert(operation.other, first);
            break;
        }
        case Kind::Unlink:
            names.remove(operation.path);
            break;
        case Kind::Folder:
            folders.append(operation.path);
            break;
        case Kind::Answer:
            break;
        }
    }

    QByteArray left(int file, Kept kept) const
    {
        if (kept == Kept::TornLastWrite && file == tornFile) {
            QByteArray torn = bytes.value(file);
            torn.replace(tornAt, tornBefore.size(), tornBefore);
            torn.truncate(tornSize);
            return torn;
        }
        const bool hasBytes = kept != Kept::SyncedOnly && kept != Kept::NamesAndSyncedBytes;
        return (hasBytes ? bytes : keptBytes).value(file);
    }
};

Recorder &Recorder::instance()
{
    static Recorder recorder;
    return recorder;
}

void Recorder::begin(const QString &folder)
{
    const std::lock_guard lock(m_mutex);
    m_root = QFile::encodeName(QFileInfo(folder).absoluteFilePath()) + '/';
    m_operations.clear();
    m_files.clear();
    m_names.clear();
    m_nextFile = 0;
    m_isOn = true;
}

QList<Operation> Recorder::end()
{
    const std::lock_guard lock(m_mutex);
    m_isOn = false;
    return std::exchange(m_operations, {});
}

void Recorder::add(const Operation &operation)
{
    const std::lock_guard lock(m_mutex);
    note(operation);
}

void Recorder::note(const Operation &operation)
{
    if (m_isOn)
        m_operations.append(operation);
}

QByteArray Recorder::below(const char *path) const
{
    if (!m_isOn)
        return {};
    const std::lock_guard lock(m_mutex);
    const QByteArray name(path);
    return name.startsWith(m_root) ? name.mid(m_root.size()) : QByteArray();
}

void Recorder::opened(int fd, const QByteArray &path, std::optional<int> newMode, bool isTruncated)
{
    const std::lock_guard lock(m_mutex);
    Open open{-1, path};
    if (newMode) {
        open.file = m_nextFile++;
        m_names.insert(path, open.file);
        note({Kind::Create, open.file, path, {}, *newMode, {}});
    } else {
        open.file = m_names.value(path, -1);
        if (open.file >= 0 && isTruncated)
            note({Kind::Truncate, open.file, {}, {}, 0, {}});
    }
    m_files.insert(fd, open);
}

void Recorder::wrote(int fd, const void *data, ssize_t size, qint64 offset)
{
    if (!m_isOn || size <= 0)
        return;
    const std::lock_guard lock(m_mutex);
    if (m_files.contains(fd))
        note({Kind::Write,
              m_files[fd].file,
              {},
              {},
              offset,
              QByteArray(static_cast<const char *>(data), qsizetype(size))});
}

void Recorder::truncated(int fd, qint64 size)
{
    if (!m_isOn)
        return;
    const std::lock_guard lock(m_mutex);
    if (m_files.contains(fd))
        note({Kind::Truncate, m_files[fd].file, {}, {}, size, {}});
}

void Recorder::synced(int fd)
{
    if (!m_isOn)
        return;
    const std::lock_guard lock(m_mutex);
    if (m_files.contains(fd))
        note({Kind::Sync, m_files[fd].file, m_files[fd].path, {}, 0, {}});
}

void Recorder::closed(int fd)
{
    if (!m_isOn)
        return;
    const std::lock_guard lock(m_mutex);
    m_files.remove(fd);
}

bool Recorder::knows(int fd) const
{
    if (!m_isOn)
        return false;
    const std::lock_guard lock(m_mutex);
    return m_files.contains(fd);
}

void Recorder::renamed(const QByteArray &from, const QByteArray &to, bool isExchange)
{
    const std::lock_guard lock(m_mutex);
    const int file = m_names.take(from);
    if (isExchange)
        m_names.insert(from, m_names.value(to));
    m_names.insert(to, file);
    note({isExchange ? Kind::Exchange : Kind::Rename, -1, from, to, 0, {}});
}

void Recorder::unlinked(const QByteArray &path)
{
    const std::lock_guard lock(m_mutex);
    m_names.remove(path);
    note({Kind::Unlink, -1, path, {}, 0, {}});
}

void Recorder::madeFolder(const QByteArray &path)
{
    add({Kind::Folder, -1, path, {}, 0, {}});
}

void begin(const QString &folder)
{
    Recorder::instance().begin(folder);
}

void answer(qint64 number)
{
    Recorder::instance().add({Kind::Answer, -1, {}, {}, number, {}});
}

QList<Operation> end()
{
    return Recorder::instance().end();
}

PowerCuts::PowerCuts(QList<Operation> operations)
    : m_operations(std::move(operations))
    , m_disk(std::make_unique<Disk>())
{
}

PowerCuts::~PowerCuts() = default;

bool PowerCuts::next()
{
    if (m_done == m_operations.size())
        return false;
    m_disk->apply(m_operations[m_done++]);
    return true;
}

bool PowerCuts::hasChanged(Kept kept) const
{
    switch (last().kind) {
    case Kind::Folder:
        return true;
    case Kind::Answer:
        return false;
    case Kind::Write:
    case Kind::Truncate:
        return kept != Kept::SyncedOnly && kept != Kept::NamesAndSyncedBytes;
    case Kind::Create:
    case Kind::Rename:
    case Kind::Exchange:
    case Kind::Unlink:
        return kept != Kept::SyncedOnly && kept != Kept::BytesAndSyncedNames;
    case Kind::Sync:
        return kept != Kept::Everything;
    }
    return true;
}

bool PowerCuts::write(Kept kept, const QString &target) const
{
    const bool hasNames = kept != Kept::SyncedOnly && kept != Kept::BytesAndSyncedNames;
    const QHash<QByteArray, int> &names = hasNames ? m_disk->names : m_disk->keptNames;
    for (const QByteArray &folder : std::as_const(m_disk->folders))
        QDir().mkpath(target + u'/' + QFile::decodeName(folder));
    for (auto entry = names.cbegin(); entry != names.cend(); ++entry) {
        const QString path = target + u'/' + QFile::decodeName(entry.key());
        QFile file(path);
        const QByteArray content = m_disk->left(entry.value(), kept);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            return false;
        file.close();
        const int mode = m_disk->modes.value(entry.value());
        if (::chmod(QFile::encodeName(path).constData(), mode_t(mode)) < 0)
            return false;
    }
    return true;
}

} // namespace disklog
