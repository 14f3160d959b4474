// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/report.h"

#include <QJsonArray>
#include <QStringList>

#include <algorithm>
#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

/// Thousandths are enough for every time here, and keep the reports readable.
double rounded(double value)
{
    return std::round(value * 1000) / 1000;
}

qint64 wide(std::int64_t value)
{
    return static_cast<qint64>(value);
}

QJsonObject jsonOf(const Run &run)
{
    return {{u"clip"_s, run.clip},
            {u"item"_s, run.item},
            {u"ordinal"_s, wide(run.ordinal)},
            {u"firstHouseFrame"_s, run.firstHouseFrame},
            {u"frames"_s, wide(run.frames)},
            {u"firstSource"_s, run.firstSource},
            {u"lastSource"_s, run.lastSource},
            {u"atFrame"_s, wide(run.atFrame)},
            {u"seconds"_s, rounded(run.seconds)},
            {u"avMeanMs"_s, rounded(run.avMeanMs)},
            {u"avMaxMs"_s, rounded(run.avMaxMs)},
            {u"windows"_s, run.windows}};
}

QJsonObject jsonOf(const Join &join)
{
    return {{u"atFrame"_s, wide(join.atFrame)},
            {u"seconds"_s, rounded(join.seconds)},
            {u"fromOrdinal"_s, wide(join.fromOrdinal)},
            {u"fromItem"_s, join.fromItem},
            {u"toOrdinal"_s, wide(join.toOrdinal)},
            {u"toItem"_s, join.toItem},
            {u"exact"_s, join.exact},
            {u"early"_s, join.early},
            {u"held"_s, join.held},
            {u"lost"_s, wide(join.lost)}};
}

QJsonValue jsonOf(const std::optional<HlsFacts> &hls)
{
    if (!hls)
        return QJsonValue::Null;
    return QJsonObject{{u"segments"_s, hls->segments},
                       {u"missed"_s, hls->missedSegments},
                       {u"discontinuities"_s, hls->discontinuities},
                       {u"ended"_s, hls->ended}};
}

} // namespace

void Report::addFault(Fault fault)
{
    ++faultCount;
    if (faults.size() < kMaxFaults)
        faults.push_back(std::move(fault));
}

int Report::countOf(const QString &kind) const
{
    return static_cast<int>(std::count_if(faults.begin(), faults.end(),
                                          [&kind](const Fault &f) { return f.kind == kind; }));
}

QJsonObject Report::toJson() const
{
    QJsonArray runList;
    for (const Run &run : runs)
        runList.append(jsonOf(run));
    QJsonArray joinList;
    for (const Join &join : joins)
        joinList.append(jsonOf(join));
    QJsonArray faultList;
    for (const Fault &fault : faults) {
        faultList.append(QJsonObject{{u"kind"_s, fault.kind},
                                     {u"atFrame"_s, wide(fault.atFrame)},
                                     {u"seconds"_s, rounded(fault.seconds)},
                                     {u"text"_s, fault.text},
                                     {u"frames"_s, wide(fault.frames)}});
    }
    return {{u"passed"_s, passed()},
            {u"input"_s, input},
            {u"fps"_s, toString(fps)},
            {u"startSeconds"_s, startSeconds},
            {u"frames"_s,
             QJsonObject{{u"seen"_s, wide(seen)},
                         {u"read"_s, wide(read)},
                         {u"lost"_s, wide(lost)},
                         {u"repeated"_s, wide(repeated)},
                         {u"outOfOrder"_s, wide(outOfOrder)},
                         {u"unreadable"_s, wide(unreadable)},
                         {u"slate"_s, wide(slate)},
                         {u"foreign"_s, wide(foreign)}}},
            {u"runs"_s, runList},
            {u"joins"_s, joinList},
            {u"timestamps"_s,
             QJsonObject{{u"tick"_s, toString(tick)},
                         {u"expectedTicks"_s, rounded(expectedTicks)},
                         {u"minTicks"_s, wide(minTicks)},
                         {u"maxTicks"_s, wide(maxTicks)},
                         {u"faults"_s, wide(timestampFaults)}}},
            {u"av"_s,
             QJsonObject{{u"windows"_s, avWindows},
                         {u"maxMs"_s, rounded(avMaxMs)},
                         {u"maxFrames"_s, rounded(avMaxMs / 1000 * fps.value())},
                         {u"firstMs"_s, rounded(avFirstMs)},
                         {u"lastMs"_s, rounded(avLastMs)},
                         {u"driftMs"_s, rounded(avLastMs - avFirstMs)}}},
            {u"sound"_s,
             QJsonObject{{u"present"_s, soundPresent},
                         {u"seconds"_s, rounded(soundSeconds)},
                         {u"gaps"_s, gaps},
                         {u"gapMs"_s, rounded(gapMs)},
                         {u"clicks"_s, clicks},
                         {u"wrong"_s, wrongSound},
                         {u"unexpected"_s, unexpectedSound},
                         {u"timestampSteps"_s, soundTimestampSteps}}},
            {u"hls"_s, jsonOf(hls)},
            {u"decodeErrors"_s, decodeErrors},
            {u"faultCount"_s, wide(faultCount)},
            {u"faults"_s, faultList}};
}

QString Report::toText() const
{
    QStringList lines;
    lines << u"%1: %2"_s.arg(input, passed() ? u"PASS"_s : u"FAULTS: %1"_s.arg(faultCount));
    lines
        << u"  frames      seen %1, read %2, lost %3, repeated %4, out of order %5, unreadable %6, slate %7, foreign %8"_s
               .arg(seen)
               .arg(read)
               .arg(lost)
               .arg(repeated)
               .arg(outOfOrder)
               .arg(unreadable)
               .arg(slate)
               .arg(foreign);
    const auto exact
        = std::count_if(joins.begin(), joins.end(), [](const Join &join) { return join.exact; });
    const auto early
        = std::count_if(joins.begin(), joins.end(), [](const Join &join) { return join.early; });
    lines << u"  joins       %1, exact %2, left early as allowed %3"_s.arg(joins.size())
                 .arg(exact)
                 .arg(early);
    lines << u"  timestamps  steps %1 to %2 ticks of %3 s, expected %4, faults %5"_s.arg(minTicks)
                 .arg(maxTicks)
                 .arg(toString(tick))
                 .arg(rounded(expectedTicks))
                 .arg(timestampFaults);
    lines
        << u"  A/V         max %1 ms (%2 frames), first %3 ms, last %4 ms, drift %5 ms, %6 windows"_s
               .arg(rounded(avMaxMs))
               .arg(rounded(avMaxMs / 1000 * fps.value()))
               .arg(rounded(avFirstMs))
               .arg(rounded(avLastMs))
               .arg(rounded(avLastMs - avFirstMs))
               .arg(avWindows);
    if (soundPresent) {
        lines
            << u"  sound       %1 s, gaps %2 (%3 ms), clicks %4, wrong %5, unexpected %6, timestamp steps %7"_s
                   .arg(rounded(soundSeconds))
                   .arg(gaps)
                   .arg(rounded(gapMs))
                   .arg(clicks)
                   .arg(wrongSound)
                   .arg(unexpectedSound)
                   .arg(soundTimestampSteps);
    } else {
        lines << u"  sound       none"_s;
    }
    if (hls) {
        lines << u"  HLS         segments %1, missed %2, discontinuities %3%4"_s.arg(hls->segments)
                     .arg(hls->missedSegments)
                     .arg(hls->discontinuities)
                     .arg(hls->ended ? u", ended"_s : QString());
    }
    if (decodeErrors > 0)
        lines << u"  decoder     %1 errors"_s.arg(decodeErrors);
    for (const Fault &fault : faults) {
        lines << u"  %1 frame %2, %3 s: %4"_s.arg(fault.kind, -10)
                     .arg(fault.atFrame)
                     .arg(fault.seconds, 0, 'f', 3)
                     .arg(fault.text);
    }
    if (faultCount > static_cast<std::int64_t>(faults.size()))
        lines << u"  … and %1 more"_s.arg(faultCount - static_cast<std::int64_t>(faults.size()));
    return lines.join(u'\n') + u'\n';
}

} // namespace framecode
