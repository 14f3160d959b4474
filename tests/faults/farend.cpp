// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/farend.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

FarEnd::FarEnd(framecode::Report report, qint64 firstFrame)
    : m_report(std::move(report))
    , m_firstFrame(firstFrame)
{
}

FarEndWindow FarEnd::window(qint64 from, qint64 to) const
{
    FarEndWindow result;
    if (!m_report)
        return result;
    for (const framecode::Fault &fault : m_report->faults) {
        const qint64 frame = m_firstFrame + qint64(fault.atFrame);
        if (fault.atFrame >= 0 && (frame < from || frame >= to))
            continue;
        if (fault.kind == "lost"_L1)
            result.lost += fault.frames;
        else if (fault.kind == "repeated"_L1)
            result.repeated += fault.frames;
        else if (fault.kind == "unreadable"_L1)
            result.damaged += fault.frames;
        else if (fault.kind == "gap"_L1)
            ++result.gaps;
        else if (fault.kind == "jump"_L1)
            (fault.frames > 0 ? result.lost : result.repeated) += std::abs(fault.frames);
        else
            result.others.append(
                u"%1 at %2 s: %3"_s.arg(fault.kind).arg(fault.seconds, 0, 'f', 2).arg(fault.text));
    }
    return result;
}

QString afterLastDiscontinuity(const QString &playlist)
{
    QFile file(playlist);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray text = file.readAll();
    const QByteArray tag = "#EXT-X-DISCONTINUITY\n";
    const qsizetype at = text.lastIndexOf(tag);
    if (at < 0)
        return playlist;
    const qsizetype head = text.indexOf("#EXTINF");
    QFile rest(QFileInfo(playlist).path() + u"/after.m3u8"_s);
    if (!rest.open(QIODevice::WriteOnly))
        return {};
    rest.write(text.left(std::max<qsizetype>(head, 0)) + text.mid(at + tag.size()));
    return rest.fileName();
}

} // namespace continuo
