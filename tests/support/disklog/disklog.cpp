// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/disklog/disklog.h"

#include "tests/support/disklog/recorder.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <utility>

using namespace Qt::StringLiterals;

namespace disklog {

namespace {

QByteArray folderOf(const QByteArray &path)
{
    const qsizetype slash = path.lastIndexOf('/');
    return slash < 0 ? QByteArray() : path.left(slash);
}

// A disk: what programs see, and what is surely kept.
struct Disk {
    QHash<int, QByteArray> bytes;
    QHash<int, QByteArray> keptBytes;
    QHash<QByteArray, int> names;
    QHash<QByteArray, int> keptNames;
    QList<QByteArray> folders;

    void sync(const Operation &operation)
    {
        if (operation.file >= 0) {
            keptBytes[operation.file] = bytes.value(operation.file);
            return;
        }
        const auto isIn = [&](const QByteArray &name) { return folderOf(name) == operation.path; };
        keptNames.removeIf([&](const auto &entry) { return isIn(entry.key()); });
        for (auto entry = names.cbegin(); entry != names.cend(); ++entry) {
            if (isIn(entry.key()))
                keptNames.insert(entry.key(), entry.value());
        }
    }

    void apply(const Operation &operation)
    {
        switch (operation.kind) {
        case Kind::Create:
            names.insert(operation.path, operation.file);
            bytes.insert(operation.file, {});
            break;
        case Kind::Truncate:
            bytes[operation.file].resize(operation.offset);
            break;
        case Kind::Write: {
            QByteArray &all = bytes[operation.file];
            if (all.size() < operation.offset)
                all.append(operation.offset - all.size(), '\0');
            all.replace(operation.offset, operation.bytes.size(), operation.bytes);
            break;
        }
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
};

} // namespace

Recorder &Recorder::instance()
{
    static Recorder recorder;
    return recorder;
}

void Recorder::begin(const QString &folder)
{
    m_root = QFile::encodeName(QFileInfo(folder).absoluteFilePath()) + '/';
    m_operations.clear();
    m_files.clear();
    m_names.clear();
    m_nextFile = 0;
    m_isOn = true;
}

QList<Operation> Recorder::end()
{
    m_isOn = false;
    return std::exchange(m_operations, {});
}

void Recorder::add(const Operation &operation)
{
    if (m_isOn)
        m_operations.append(operation);
}

QByteArray Recorder::below(const char *path) const
{
    const QByteArray name(path);
    return m_isOn && name.startsWith(m_root) ? name.mid(m_root.size()) : QByteArray();
}

void Recorder::opened(int fd, const QByteArray &path, bool isNew, bool isTruncated)
{
    Open open{-1, path};
    if (isNew) {
        open.file = m_nextFile++;
        m_names.insert(path, open.file);
        add({Kind::Create, open.file, path, {}, 0, {}});
    } else {
        open.file = m_names.value(path, -1);
        if (open.file >= 0 && isTruncated)
            add({Kind::Truncate, open.file, {}, {}, 0, {}});
    }
    m_files.insert(fd, open);
}

void Recorder::wrote(int fd, const void *data, ssize_t size, qint64 offset)
{
    if (knows(fd) && size > 0)
        add({Kind::Write,
             m_files[fd].file,
             {},
             {},
             offset,
             QByteArray(static_cast<const char *>(data), qsizetype(size))});
}

void Recorder::truncated(int fd, qint64 size)
{
    if (knows(fd))
        add({Kind::Truncate, m_files[fd].file, {}, {}, size, {}});
}

void Recorder::synced(int fd)
{
    if (knows(fd))
        add({Kind::Sync, m_files[fd].file, m_files[fd].path, {}, 0, {}});
}

void Recorder::renamed(const QByteArray &from, const QByteArray &to, bool isExchange)
{
    const int file = m_names.take(from);
    if (isExchange)
        m_names.insert(from, m_names.value(to));
    m_names.insert(to, file);
    add({isExchange ? Kind::Exchange : Kind::Rename, -1, from, to, 0, {}});
}

void Recorder::unlinked(const QByteArray &path)
{
    m_names.remove(path);
    add({Kind::Unlink, -1, path, {}, 0, {}});
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

bool replay(const QList<Operation> &operations, qsizetype count, Kept kept, const QString &target)
{
    Disk disk;
    qsizetype lastWrite = -1;
    for (qsizetype i = 0; i < count; ++i) {
        if (operations[i].kind == Kind::Write)
            lastWrite = i;
    }
    for (qsizetype i = 0; i < count; ++i) {
        Operation operation = operations[i];
        if (kept == Kept::TornLastWrite && i == lastWrite)
            operation.bytes.truncate(operation.bytes.size() / 2);
        // What was synced after it cannot be torn.
        const bool isSyncOfTorn = kept == Kept::TornLastWrite && i > lastWrite
            && operation.kind == Kind::Sync && lastWrite >= 0
            && operation.file == operations[lastWrite].file;
        if (isSyncOfTorn)
            return replay(operations, count, Kept::Everything, target);
        disk.apply(operation);
    }
    const bool hasNames = kept != Kept::SyncedOnly && kept != Kept::BytesAndSyncedNames;
    const bool hasBytes = kept != Kept::SyncedOnly && kept != Kept::NamesAndSyncedBytes;
    const QHash<QByteArray, int> &names = hasNames ? disk.names : disk.keptNames;
    const QHash<int, QByteArray> &bytes = hasBytes ? disk.bytes : disk.keptBytes;
    for (const QByteArray &folder : std::as_const(disk.folders))
        QDir().mkpath(target + u'/' + QFile::decodeName(folder));
    for (auto entry = names.cbegin(); entry != names.cend(); ++entry) {
        QFile file(target + u'/' + QFile::decodeName(entry.key()));
        const QByteArray content = bytes.value(entry.value());
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            return false;
    }
    return true;
}

} // namespace disklog
