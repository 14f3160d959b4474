// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/mediafolder/mediafolder.h"

#include <QFile>
#include <QProcess>
#include <QStringList>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QByteArray probed(const QString &path, const QString &stream, const QString &entries)
{
    QProcess probe;
    probe.start(u"ffprobe"_s,
                {u"-v"_s, u"quiet"_s, u"-select_streams"_s, stream, u"-show_entries"_s, entries,
                 u"-of"_s, u"csv=p=0"_s, path});
    probe.waitForFinished(60000);
    return probe.readAllStandardOutput();
}

} // namespace

QString mediaFolder()
{
    return qEnvironmentVariable("CONTINUO_TEST_MEDIA");
}

QList<MediaFile> mediaFiles()
{
    QList<MediaFile> files;
    QFile manifest(mediaFolder() + u"/MANIFEST.tsv"_s);
    if (mediaFolder().isEmpty() || !manifest.open(QIODevice::ReadOnly))
        return files;
    const auto fieldsOf = [](QByteArray line) {
        if (line.endsWith('\n'))
            line.chop(1);
        return QString::fromUtf8(line).split(u'\t');
    };
    const QStringList head = fieldsOf(manifest.readLine());
    while (!manifest.atEnd()) {
        const QStringList row = fieldsOf(manifest.readLine());
        const auto field = [&](QLatin1StringView name) { return row.value(head.indexOf(name)); };
        if (field("class"_L1).isEmpty())
            continue;
        files.append({mediaFolder() + u'/' + field("file"_L1), field("file"_L1), field("class"_L1),
                      field("notes"_L1), field("duration s"_L1).toDouble(),
                      field("xerror rc"_L1) == "0"_L1});
    }
    return files;
}

bool hasMovingPicture(const QString &path)
{
    return probed(path, u"V:0"_s, u"stream=codec_type"_s).contains("video");
}

double presentedSeconds(const QString &path)
{
    const QString stream = hasMovingPicture(path) ? u"V:0"_s : u"a:0"_s;
    const QList<QByteArray> lines
        = probed(path, stream, u"packet=pts_time,duration_time,flags"_s).split('\n');
    double from = 1e18;
    double to = -1;
    for (const QByteArray &line : lines) {
        const QList<QByteArray> fields = line.split(',');
        bool isNumber = false;
        const double pts = fields.value(0).toDouble(&isNumber);
        // Packets flagged to be discarded are those outside an edit list.
        if (!isNumber || fields.value(2).contains('D'))
            continue;
        from = std::min(from, pts);
        to = std::max(to, pts + fields.value(1).toDouble());
    }
    return to < 0 ? -1 : to - from;
}

} // namespace continuo
