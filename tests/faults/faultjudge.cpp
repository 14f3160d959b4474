// SPDX-License-Identifier: GPL-3.0-or-later
// What the far ends show of each fault, and whether the table allows it.
#include "tests/faults/faultrun.h"

#include "tests/faults/faultclips.h"

#include <QFile>
#include <QJsonDocument>

#include <algorithm>
#include <future>
#include <limits>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// The report beside the output, for a person who wants to know more.
void keepReport(const framecode::Report &report, const QString &path)
{
    QFile file(path);
    if (file.open(QIODevice::WriteOnly))
        file.write(QJsonDocument(report.toJson()).toJson());
}

// Which of \p window's faults held and dropped frames do not explain: sound pauses and joins wait
// where a frame is shown again; sound lacks where a frame was left out.
QStringList unexplained(const FarEndWindow &window, qint64 held, qint64 dropped)
{
    QStringList left = window.others;
    if (held + dropped > 0)
        left.removeIf([](const QString &other) { return other.startsWith("join"_L1); });
    if (dropped > 0)
        left.removeIf(
            [](const QString &other) { return other.endsWith("of sound are missing"_L1); });
    if (window.gaps > held + dropped)
        left.append(u"%1 gaps in the sound"_s.arg(window.gaps));
    return left;
}

void compare(const QString &name, const FarEndWindow &window, FaultResult &result)
{
    const Allowed &allowed = result.allowed;
    const qint64 held = result.held;
    const qint64 dropped = result.dropped;
    QStringList &reasons = result.reasons;
    if (allowed.dropsCounted && window.lost != dropped)
        reasons.append(
            u"%1: %2 lost, %3 counted as dropped"_s.arg(name).arg(window.lost).arg(dropped));
    if (!allowed.dropsCounted && window.lost > allowed.lost)
        reasons.append(u"%1: %2 lost"_s.arg(name).arg(window.lost));
    // Every repeated frame is one that the engine counted as held, and the other way round.
    if (window.repeated != held)
        reasons.append(
            u"%1: %2 repeated, %3 counted as held"_s.arg(name).arg(window.repeated).arg(held));
    if (window.damaged > allowed.damaged)
        reasons.append(u"%1: %2 pictures damaged"_s.arg(name).arg(window.damaged));
    const QStringList others = unexplained(window, held, allowed.dropsCounted ? dropped : 0);
    if (!others.isEmpty())
        reasons.append(
            name + u": "_s + others.first()
            + (others.size() > 1 ? u" (and %1 more)"_s.arg(others.size() - 1) : QString()));
}

} // namespace

void FaultRun::judge()
{
    // After a power cut the air begins anew: what was aired before ends there.
    FaultResult *const cut = m_results.back().allowed.newTimeline && m_results.back().frame > 0
        ? &m_results.back()
        : nullptr;
    if (cut != nullptr) {
        m_last = cut->frame;
        cut->end = cut->frame - kInFlight;
    }
    m_airings = m_model->airings(m_first, m_last + 1800);
    const framecode::Expectation expectation
        = expectationOf(m_airings, m_clipOfItem, m_corpus, kFps);
    using Checked = framecode::Outcome<framecode::Report>;
    // Both are read at once; the verdicts come after that, one by one.
    const auto check = [&](const QString &file) {
        return std::async(std::launch::async, [path = m_folder + file, &expectation] {
            return framecode::check(path, expectation);
        });
    };
    const auto judged = [&](const Checked &report, const QString &name) {
        if (!report) {
            for (FaultResult &result : m_results)
                result.reasons.append(name + u": "_s + report.error());
            return FarEnd();
        }
        keepReport(report.value(), m_folder + u'/' + name + u".json"_s);
        return FarEnd(report.value(), m_first);
    };
    std::future<Checked> hlsReport = check(u"/hls/index.m3u8"_s);
    std::future<Checked> recordReport = check(u"/record.mkv"_s);
    const FarEnd hls = judged(hlsReport.get(), u"HLS"_s);
    const FarEnd record = judged(recordReport.get(), u"recording"_s);
    qint64 from = m_first;
    for (FaultResult &result : m_results) {
        result.hls = hls.window(from, result.end);
        result.record = record.window(from, result.end);
        from = result.end;
        for (const auto &[name, end] :
             {std::pair(u"HLS"_s, &hls), std::pair(u"recording"_s, &record)}) {
            const qint64 reached = m_first + end->frames();
            if (end->report() != nullptr && reached < std::min(result.end, m_last))
                result.reasons.append(u"%1 ends at frame %2 of %3"_s.arg(name).arg(reached).arg(
                    std::min(result.end, m_last)));
        }
    }
    if (m_nginx)
        judgeRtmp(expectation);
    if (cut != nullptr)
        judgeNewTimeline(*cut);
    for (const auto &[index, later] : m_laterJudges)
        later(expectation, m_results[index]);
}

framecode::Expectation FaultRun::listForEver() const
{
    framecode::Expectation expectation;
    expectation.fps = kFps;
    const QStringList list = m_model->list();
    for (const QString &id : list) {
        framecode::ExpectedItem item;
        item.clip = m_corpus.clips[std::size_t(m_clipOfItem.value(id))];
        expectation.items.push_back(item);
    }
    expectation.loop = true;
    expectation.begin = framecode::Begin::Anywhere;
    expectation.end = framecode::End::Anywhere;
    return expectation;
}

// What the HLS folder tells its viewers after all has been started again: the list goes round from
// wherever it was, without a fault.
void FaultRun::judgeNewTimeline(FaultResult &result)
{
    const QString playlist = m_folder + u"/hls/index.m3u8"_s;
    const QString after = afterLastDiscontinuity(playlist);
    if (after == playlist) {
        result.reasons.append(u"HLS has no discontinuity where the air begins anew"_s);
        return;
    }
    const framecode::Outcome<framecode::Report> report = framecode::check(after, listForEver());
    if (!report)
        result.reasons.append(u"HLS after the new start: "_s + report.error());
    else if (!report.value().passed())
        result.reasons.append(u"HLS after the new start: "_s + report.value().faults.front().text);
    if (report)
        keepReport(report.value(), m_folder + u"/HLS-after.json"_s);
}

std::size_t FaultRun::airingAt(qint64 frame) const
{
    std::size_t airing = 0;
    while (airing + 1 < m_airings.size()
           && m_airings[airing].start + m_airings[airing].frames <= frame)
        ++airing;
    return airing;
}

qint64 FaultRun::endOf(const framecode::Report &report, std::size_t first) const
{
    if (report.runs.empty() || report.runs.back().ordinal < 0)
        return -1;
    const framecode::Run &last = report.runs.back();
    const std::size_t airing = first + std::size_t(last.ordinal);
    return airing < m_airings.size() ? m_airings[airing].start + last.firstHouseFrame + last.frames
                                     : -1;
}

void FaultRun::judgeRtmp(const framecode::Expectation &expectation)
{
    // nginx goes on with its list after a new publication, and marks the place.
    m_rtmpParts.back().playlist = m_rtmpParts.size() > 1
        ? afterLastDiscontinuity(m_nginx->playlist(u"show"_s))
        : m_nginx->playlist(u"show"_s);
    m_rtmpParts.back().endRow = m_results.size();
    std::size_t row = 0;
    int number = 0;
    for (const RtmpPart &part : m_rtmpParts) {
        // A connection begins at any key frame; the airings that were over by then would make it
        // doubtful which time round of the list it began in.
        framecode::Expectation expected = expectation;
        const std::size_t first = airingAt(part.from);
        expected.items.erase(expected.items.begin(),
                             expected.items.begin() + std::ptrdiff_t(first));
        expected.begin = framecode::Begin::Anywhere;
        const bool isAnew = number > 0 && row > 0 && m_results[row - 1].allowed.newTimeline;
        if (isAnew)
            expected = listForEver();
        framecode::CheckOptions options;
        options.coarsestTick = framecode::Rate{1, 1000}; // what FLV has, and nginx hands on
        framecode::Outcome<framecode::Report> report
            = framecode::check(part.playlist, expected, options);
        if (report && number > 0) {
            // A connection made anew begins in the middle of the sound: its first packets have none
            // before them to overlap with.
            std::erase_if(report.value().faults, [](const framecode::Fault &fault) {
                return fault.kind == "click"_L1 && fault.seconds < 0.1;
            });
        }
        FarEnd end;
        QString trouble;
        if (report) {
            keepReport(report.value(), m_folder + u"/RTMP-%1.json"_s.arg(number));
            qint64 begin = part.from;
            if (!report.value().runs.empty() && !isAnew) {
                const framecode::Run &run = report.value().runs.front();
                begin = m_airings[first + std::size_t(run.ordinal)].start + run.firstHouseFrame
                    - run.atFrame;
            }
            end = FarEnd(report.value(), begin);
        } else {
            trouble = u"RTMP: "_s + report.error();
        }
        // The row that costs the connection is judged by what comes after it.
        const bool isNew = number++ > 0;
        if (isNew && row > 0) {
            FaultResult &cause = m_results[row - 1];
            cause.rtmp = end.window(0, isAnew ? std::numeric_limits<qint64>::max() : cause.end);
            cause.hasRtmp = report && end.frames() > 0;
            if (!trouble.isEmpty())
                cause.reasons.append(trouble);
        }
        qint64 from = isNew && row > 0 ? m_results[row - 1].end : 0;
        for (; row < part.endRow; ++row) {
            FaultResult &result = m_results[row];
            result.rtmp = end.window(from, result.end);
            result.hasRtmp = bool(report);
            from = result.end;
            const qint64 reached = end.firstFrame() + end.frames();
            // nginx writes whole fragments: the last two seconds may be missing.
            if (report && reached + 75 < std::min(result.end, m_last))
                result.reasons.append(u"RTMP ends at frame %1 of %2"_s.arg(reached).arg(
                    std::min(result.end, m_last)));
            if (!trouble.isEmpty())
                result.reasons.append(trouble);
        }
        if (row < m_results.size())
            ++row; // the next part's cause
    }
}

void FaultRun::verdict(FaultResult &result)
{
    const Allowed &allowed = result.allowed;
    if (result.held > allowed.held)
        result.reasons.append(u"%1 frames held, %2 allowed"_s.arg(result.held).arg(allowed.held));
    if (result.late > 0 && !allowed.late)
        result.reasons.append(u"%1 frames late"_s.arg(result.late));
    compare(u"HLS"_s, result.hls, result);
    compare(u"recording"_s, result.record, result);
    if (result.hasRtmp)
        compare(u"RTMP"_s, result.rtmp, result);
    if (result.hasRtmp && !allowed.newConnection && result.publications > 0)
        result.reasons.append(u"RTMP was published anew"_s);
    if (allowed.reconnect.count() > 0 && result.reconnectMs > allowed.reconnect.count())
        result.reasons.append(u"RTMP was back after %1 ms"_s.arg(result.reconnectMs));
    if (allowed.back.count() > 0 && result.backMs > allowed.back.count())
        result.reasons.append(u"back on air after %1 ms"_s.arg(result.backMs));
}

} // namespace continuo
