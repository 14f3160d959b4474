// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/station/stationprocesses.h"

#include <QByteArray>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QHash>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QByteArray readProc(pid_t pid, const QString &name)
{
    QFile file(u"/proc/%1/%2"_s.arg(pid).arg(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QString roleOf(const QString &program)
{
    static const QHash<QString, QString> roles{
        {u"continuo-keeper"_s, u"keeper"_s}, {u"continuod"_s, u"engine"_s},
        {u"continuo-player"_s, u"player"_s}, {u"continuo-publisher"_s, u"publisher"_s},
        {u"ffmpeg"_s, u"encoder"_s},         {u"continuo"_s, u"console"_s}};
    return roles.value(program, program);
}

} // namespace

QList<StationProcess> stationProcesses(const QString &folder)
{
    const QByteArray mark = QByteArray(kStationMark) + '=' + QFile::encodeName(folder);
    QList<StationProcess> found;
    const QStringList entries = QDir(u"/proc"_s).entryList(QDir::Dirs);
    for (const QString &entry : entries) {
        const pid_t pid = entry.toInt();
        if (pid <= 0 || !readProc(pid, u"environ"_s).split('\0').contains(mark))
            continue;
        // The name in parentheses may hold spaces: fields are counted from behind it.
        const QByteArray stat = readProc(pid, u"stat"_s);
        const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
        if (fields.size() < 2 || fields[0].isEmpty() || fields[0][0] == 'Z')
            continue;
        const QList<QByteArray> words = readProc(pid, u"cmdline"_s).split('\0');
        const QString program = QFileInfo(QFile::decodeName(words.value(0))).fileName();
        // A player that only looks through a file is none of a channel's.
        const bool isProver = words.value(1) == "--prove";
        found.append(
            {isProver ? u"prover"_s : roleOf(program), pid, fields[1].toInt(), fields[0][0]});
    }
    std::ranges::sort(found, {}, &StationProcess::pid);
    return found;
}

int openDescriptors(pid_t pid)
{
    const QDir folder(u"/proc/%1/fd"_s.arg(pid));
    if (!folder.exists())
        return -1;
    return int(folder.entryList(QDir::Files | QDir::System | QDir::NoDotAndDotDot).size());
}

qint64 proportionalMemory(pid_t pid)
{
    const QList<QByteArray> lines = readProc(pid, u"smaps_rollup"_s).split('\n');
    for (const QByteArray &line : lines) {
        if (line.startsWith("Pss:"))
            return line.mid(4).trimmed().split(' ').value(0).toLongLong() * 1024;
    }
    return -1;
}

} // namespace continuo
