// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/faulttable.h"

#include <cstdio>
#include <exception>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString lostAndRepeated(const FarEndWindow &window)
{
    QString text = u"%1/%2"_s.arg(window.lost).arg(window.repeated);
    if (window.damaged > 0)
        text += u" %1 damaged"_s.arg(window.damaged);
    return text;
}

} // namespace

void FaultTable::run(const FaultRun::Options &options, const std::vector<const FaultRow *> &rows)
{
    std::size_t done = 1;
    try {
        StationSetup setup;
        for (const FaultRow *row : rows) {
            if (row->setUp)
                row->setUp(setup);
        }
        FaultRun run(options, setup);
        const std::vector<FaultResult> results = run.play(rows);
        for (const FaultResult &result : results)
            add(result);
        done = results.size();
    } catch (const std::exception &error) {
        FaultResult failed;
        failed.row = rows.front();
        failed.reasons.append(QString::fromUtf8(error.what()));
        add(failed);
    }
    std::fflush(stdout);
    // A row that ended its station must not hide what the others do.
    if (done < rows.size())
        run(options, {rows.begin() + std::ptrdiff_t(done), rows.end()});
}

void FaultTable::skip(const FaultRow &row, const QString &reason)
{
    std::printf("SKIP   : Faults::%s() %s\n", qPrintable(row.name), qPrintable(reason));
    m_lines.push_back({row.name, row.text, {}, {}, {}, {}, {}, {}, u"skipped: "_s + reason});
}

void FaultTable::add(const FaultResult &result)
{
    Line line;
    line.name = result.row->name;
    line.text = result.row->text;
    line.hls = lostAndRepeated(result.hls);
    line.record = lostAndRepeated(result.record);
    line.rtmp = result.hasRtmp ? lostAndRepeated(result.rtmp) : u"not judged"_s;
    if (result.reconnectMs >= 0)
        line.rtmp += u", published after %1 ms"_s.arg(result.reconnectMs);
    line.late = QString::number(result.late);
    line.held = QString::number(result.held);
    line.back = result.backMs >= 0 ? QString::number(result.backMs) : u"never"_s;
    line.verdict = result.passed() ? u"ok"_s : u"FAILED: "_s + result.reasons.join(u"; "_s);
    if (!result.notes.isEmpty())
        line.verdict += u" ("_s + result.notes.join(u", "_s) + u')';
    std::printf(
        "%s : Faults::%s() %s\n", result.passed() ? "PASS  " : "FAIL! ", qPrintable(line.name),
        qPrintable(u"HLS %1, recording %2, RTMP %3, late %4, held %5, back after %6 ms: %7"_s.arg(
            line.hls, line.record, line.rtmp, line.late, line.held, line.back, line.verdict)));
    // Beside its PASS, which says nothing of that column.
    if (const QString reason = NginxRtmp::unavailable(); !reason.isEmpty() && !result.hasRtmp)
        std::printf("SKIP   : Faults::%s() its RTMP column was not judged: %s\n",
                    qPrintable(line.name), qPrintable(reason));
    m_hasFailed = m_hasFailed || !result.passed();
    m_lines.push_back(line);
}

void FaultTable::print(quint32 seed) const
{
    std::printf("\nseed %u; HLS, recording, RTMP: frames lost/repeated\n", seed);
    std::printf("%-48s %-10s %-10s %-30s %5s %5s %8s  %s\n", "fault", "HLS", "recording", "RTMP",
                "late", "held", "back ms", "verdict");
    for (const Line &line : m_lines) {
        std::printf("%-48s %-10s %-10s %-30s %5s %5s %8s  %s\n", qPrintable(line.text),
                    qPrintable(line.hls), qPrintable(line.record), qPrintable(line.rtmp),
                    qPrintable(line.late), qPrintable(line.held), qPrintable(line.back),
                    qPrintable(line.verdict));
    }
}

} // namespace continuo
