// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/mediafiles.h"

#include <QDir>
#include <QFileInfo>
#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// The end of the run of digits (or of other characters) that starts at \p from.
qsizetype endOfRun(const QString &text, qsizetype from)
{
    const bool isDigit = text.at(from).isDigit();
    while (from < text.size() && text.at(from).isDigit() == isDigit)
        ++from;
    return from;
}

QStringView withoutZeros(QStringView digits)
{
    while (digits.size() > 1 && digits.front() == u'0')
        digits = digits.mid(1);
    return digits;
}

void addFolder(const QString &folder, const std::atomic_bool &stop, MediaFiles &found)
{
    QFileInfoList entries
        = QDir(folder).entryInfoList(QDir::AllEntries | QDir::NoDotAndDotDot, QDir::NoSort);
    std::sort(entries.begin(), entries.end(), [](const QFileInfo &a, const QFileInfo &b) {
        return naturallyLess(a.fileName(), b.fileName());
    });
    for (const QFileInfo &entry : std::as_const(entries)) {
        if (stop.load() || found.isCutShort)
            return;
        if (entry.isDir()) {
            if (!entry.isSymLink())
                addFolder(entry.absoluteFilePath(), stop, found);
        } else if (!isMediaFileName(entry.fileName())) {
            ++found.passedOver;
        } else if (found.paths.size() >= kMaxFiles) {
            found.isCutShort = true;
        } else {
            found.paths << entry.absoluteFilePath();
        }
    }
}

} // namespace

bool isMediaFileName(const QString &name)
{
    static const QSet<QString> endings{
        u"mp4"_s,  u"m4v"_s,  u"mov"_s,  u"qt"_s,   u"mkv"_s,  u"webm"_s, u"avi"_s,  u"divx"_s,
        u"mpg"_s,  u"mpeg"_s, u"m2v"_s,  u"m1v"_s,  u"vob"_s,  u"ts"_s,   u"m2ts"_s, u"mts"_s,
        u"m2t"_s,  u"mxf"_s,  u"gxf"_s,  u"flv"_s,  u"f4v"_s,  u"wmv"_s,  u"asf"_s,  u"ogv"_s,
        u"ogm"_s,  u"ogg"_s,  u"3gp"_s,  u"3g2"_s,  u"dv"_s,   u"nut"_s,  u"y4m"_s,  u"rm"_s,
        u"rmvb"_s, u"mp3"_s,  u"m4a"_s,  u"aac"_s,  u"wav"_s,  u"flac"_s, u"opus"_s, u"oga"_s,
        u"ac3"_s,  u"wma"_s,  u"aif"_s,  u"aiff"_s, u"mka"_s,  u"png"_s,  u"jpg"_s,  u"jpeg"_s,
        u"gif"_s,  u"bmp"_s,  u"webp"_s, u"tif"_s,  u"tiff"_s, u"h264"_s, u"hevc"_s, u"w64"_s,
    };
    return endings.contains(QFileInfo(name).suffix().toLower());
}

// Not QCollator: in the C locale it compares byte by byte, so that "Part 10" comes before "Part 2".
bool naturallyLess(const QString &left, const QString &right)
{
    qsizetype l = 0;
    qsizetype r = 0;
    while (l < left.size() && r < right.size()) {
        const qsizetype lEnd = endOfRun(left, l);
        const qsizetype rEnd = endOfRun(right, r);
        QStringView a = QStringView(left).mid(l, lEnd - l);
        QStringView b = QStringView(right).mid(r, rEnd - r);
        int order = 0;
        if (a.front().isDigit() && b.front().isDigit()) {
            a = withoutZeros(a);
            b = withoutZeros(b);
            order = a.size() != b.size() ? (a.size() < b.size() ? -1 : 1) : a.compare(b);
        } else {
            order = QString::localeAwareCompare(a.toString().toCaseFolded(),
                                                b.toString().toCaseFolded());
        }
        if (order != 0)
            return order < 0;
        l = lEnd;
        r = rEnd;
    }
    const qsizetype leftRest = left.size() - l;
    const qsizetype rightRest = right.size() - r;
    return leftRest != rightRest ? leftRest < rightRest : left < right;
}

MediaFiles findMediaFiles(const QList<QUrl> &urls, const std::atomic_bool &stop)
{
    MediaFiles found;
    for (const QUrl &url : urls) {
        if (stop.load() || found.isCutShort)
            break;
        if (!url.isLocalFile()) {
            ++found.onNetwork;
            continue;
        }
        const QFileInfo info(url.toLocalFile());
        if (info.isDir())
            addFolder(info.absoluteFilePath(), stop, found);
        else
            found.paths << info.absoluteFilePath(); // one that cannot play is named by the engine
    }
    return found;
}

} // namespace continuo
