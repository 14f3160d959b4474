// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/station/processes.h"

#include <QFile>
#include <QList>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QByteArray readProc(pid_t pid, const char *name)
{
    QFile file(u"/proc/%1/%2"_s.arg(pid).arg(QLatin1StringView(name)));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// "Pss:      1234 kB" in smaps_rollup.
qint64 kilobytesOf(const QByteArray &text, const char *field)
{
    for (const QByteArray &line : text.split('\n')) {
        if (line.startsWith(field))
            return line.mid(qsizetype(qstrlen(field))).trimmed().split(' ').value(0).toLongLong();
    }
    return -1;
}

} // namespace

QJsonObject processJson(const QString &role, const QString &channel, pid_t pid)
{
    QJsonObject object{{u"role"_s, role}, {u"pid"_s, qint64(pid)}};
    if (!channel.isEmpty())
        object.insert(u"channel"_s, channel);
    // The name in parentheses may hold spaces: fields are counted from behind it, state being 3.
    const QByteArray stat = readProc(pid, "stat");
    const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    if (fields.size() > 12) {
        const double ticks = fields[11].toDouble() + fields[12].toDouble();
        object.insert(u"cpuSeconds"_s, ticks / double(::sysconf(_SC_CLK_TCK)));
    }
    const QByteArray memory = readProc(pid, "smaps_rollup");
    if (const qint64 rss = kilobytesOf(memory, "Rss:"); rss >= 0)
        object.insert(u"rssBytes"_s, rss * 1024);
    if (const qint64 pss = kilobytesOf(memory, "Pss:"); pss >= 0)
        object.insert(u"pssBytes"_s, pss * 1024);
    return object;
}

} // namespace continuo
