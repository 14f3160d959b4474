// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/onair/onair.h"

#include "tests/support/onair/machinewatch.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLockFile>
#include <QTest>

#include <algorithm>
#include <csignal>
#include <future>
#include <numeric>
#include <stdexcept>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const MachineWatch &machineWatch()
{
    static const MachineWatch watch;
    return watch;
}

// What it had seen when watchMachine() was called last.
MachineTally &machineBefore()
{
    static MachineTally tally;
    return tally;
}

// How many joins the first frames of what is expected have.
std::size_t joinsWithin(const framecode::Expectation &expectation, qint64 frames)
{
    const framecode::ExpectedSequence sequence(expectation);
    std::size_t joins = 0;
    framecode::ExpectedSequence::Position at = sequence.first();
    while (!sequence.isEnd(at)) {
        frames -= sequence.endFrame(at.ordinal) - at.frame;
        at = sequence.nextItem(at);
        if (frames <= 0 || sequence.isEnd(at))
            break;
        ++joins;
    }
    return joins;
}

// What is wrong with the report beside the faults that it lists.
QStringList faultsOfLength(const framecode::Report &report,
                           const framecode::Expectation &expectation, const FramesDue &due)
{
    QStringList faults;
    if (report.seen < due.least || (due.most && report.seen > *due.most)) {
        faults.append(
            u"%1 frames where %2 are due"_s.arg(report.seen)
                .arg(due.most ? QString::number(due.least) : u"%1 or more"_s.arg(due.least)));
    }
    if (due.most == due.least && expectation.begin == framecode::Begin::AtFirstFrame) {
        const std::size_t joins = joinsWithin(expectation, due.least);
        if (report.joins.size() != joins)
            faults.append(u"%1 joins where %2 are due"_s.arg(report.joins.size()).arg(joins));
    }
    return faults;
}

using Checked = framecode::Outcome<framecode::Report>;

bool judgeFarEnd(const Checked &report, const FarEndDue &output, const QString &folder)
{
    const QString &name = output.name;
    if (!report) {
        QTest::qFail(qPrintable(name + u": "_s + report.error()), __FILE__, __LINE__);
        return false;
    }
    QFile file(folder + u'/' + name + u".json"_s);
    if (file.open(QIODevice::WriteOnly))
        file.write(QJsonDocument(report.value().toJson()).toJson());
    qInfo("%s: %lld frames, %lld lost, %lld repeated, steps %lld..%lld ticks, %d gaps, %d clicks, "
          "%zu joins, A/V %.2f ms",
          qPrintable(name), static_cast<long long>(report.value().seen),
          static_cast<long long>(report.value().lost),
          static_cast<long long>(report.value().repeated),
          static_cast<long long>(report.value().minTicks),
          static_cast<long long>(report.value().maxTicks), report.value().gaps,
          report.value().clicks, report.value().joins.size(), report.value().avMaxMs);
    QStringList faults = faultsOfLength(report.value(), output.expectation, output.due);
    // What nginx marks, whose times have FLV's tick, is nginx's own.
    if (report.value().hls && report.value().hls->discontinuities > 0
        && !output.options.coarsestTick)
        faults.append(u"%1 discontinuities"_s.arg(report.value().hls->discontinuities));
    const bool isOnlyTorn = report.value().faultCount == 1 && output.due.torn >= 0
        && report.value().faults.front().kind == "unreadable"_L1
        && report.value().faults.front().atFrame == output.due.torn
        && report.value().faults.front().frames <= 1;
    if ((report.value().passed() || isOnlyTorn) && faults.isEmpty())
        return true;
    faults.append(report.value().toText());
    QTest::qFail(qPrintable(name + u'\n' + faults.join(u'\n')), __FILE__, __LINE__);
    return false;
}

} // namespace

qint64 Corpus::totalFrames() const
{
    return std::accumulate(frames.begin(), frames.end(), qint64(0));
}

Corpus loadCorpus(double seconds, framecode::Rate fps)
{
    std::signal(SIGPIPE, SIG_IGN);
    const QString folder
        = QDir(qEnvironmentVariable("CONTINUO_BIN") + u"/../corpus-%1"_s.arg(seconds))
              .absolutePath();
    QDir().mkpath(folder);
    QLockFile lock(folder + u"/lock"_s); // of several tests at once the first makes them
    lock.setStaleLockTime(0);
    if (!lock.lock())
        throw std::runtime_error("the folder of the clips cannot be locked");
    const framecode::Outcome<QString> list = framecode::makeCorpus(folder, seconds);
    if (!list)
        throw std::runtime_error(list.error().toStdString());
    const framecode::Outcome<framecode::Expectation> expected
        = framecode::expectationOfList(list.value(), fps);
    if (!expected)
        throw std::runtime_error(expected.error().toStdString());
    Corpus corpus;
    for (const framecode::ExpectedItem &item : expected.value().items) {
        corpus.files.append(item.clip->file);
        corpus.clips.push_back(item.clip);
        corpus.frames.push_back(qint64(framecode::houseFramesOf(*item.clip, fps).size()));
    }
    watchMachine(); // only now: making clips fills the machine
    return corpus;
}

framecode::Expectation expectationOf(const std::vector<listmodel::Airing> &airings,
                                     const QHash<QString, int> &clipOfItem, const Corpus &corpus,
                                     framecode::Rate fps)
{
    framecode::Expectation expectation;
    expectation.fps = fps;
    expectation.end = framecode::End::Anywhere;
    for (const listmodel::Airing &airing : airings) {
        framecode::ExpectedItem item;
        item.clip = corpus.clips[std::size_t(clipOfItem.value(airing.id))];
        expectation.items.push_back(item);
    }
    return expectation;
}

framecode::Expectation loopOf(const Corpus &corpus, framecode::Rate fps)
{
    framecode::Expectation expectation;
    expectation.fps = fps;
    for (const auto &clip : corpus.clips)
        expectation.items.push_back({clip, 0, std::nullopt, false});
    expectation.loop = true;
    expectation.end = framecode::End::Anywhere;
    expectation.slate = framecode::Slate::Never;
    return expectation;
}

bool checkFarEnd(const QString &input, const framecode::Expectation &expectation,
                 const QString &folder, const QString &name, const framecode::CheckOptions &options,
                 const FramesDue &due)
{
    return judgeFarEnd(framecode::check(input, expectation, options),
                       {input, expectation, name, options, due}, folder);
}

bool checkFarEnds(const QString &folder, const std::vector<FarEndDue> &outputs)
{
    std::vector<std::future<Checked>> reports;
    for (const FarEndDue &output : outputs) {
        reports.push_back(std::async(std::launch::async, [&output] {
            return framecode::check(output.input, output.expectation, output.options);
        }));
    }
    bool passed = true;
    for (std::size_t i = 0; i < outputs.size(); ++i)
        passed = judgeFarEnd(reports[i].get(), outputs[i], folder) && passed;
    return passed;
}

void watchMachine()
{
    machineBefore() = machineWatch().tally();
}

int machineStalls()
{
    return machineWatch().stalls();
}

int framesLateByTheMachine()
{
    return machineWatch().lateFramesSince({});
}

void AirTimer::start()
{
    m_stoodBefore = machineWatch().stoodMs();
    m_timer.start();
}

qint64 AirTimer::elapsedMs() const
{
    return std::max<qint64>(m_timer.elapsed() - stoodMs(), 0);
}

// Processors that stand still at the same time are one machine: the longest counts.
qint64 AirTimer::stoodMs() const
{
    const std::vector<qint64> now = machineWatch().stoodMs();
    qint64 longest = 0;
    for (std::size_t i = 0; i < std::min(now.size(), m_stoodBefore.size()); ++i)
        longest = std::max(longest, now[i] - m_stoodBefore[i]);
    return longest;
}

bool checkCounts(const QJsonObject &status)
{
    const QJsonObject counts = status.value("counts"_L1).toObject();
    for (const QString &name : {u"late"_s, u"held"_s, u"dropped"_s}) {
        const qint64 count = counts.value(name).toInteger(-1);
        const MachineWatch &machine = machineWatch();
        if (name == "late"_L1 && count > 0 && count <= machine.lateFramesSince(machineBefore())) {
            qInfo("the engine counts %lld late frames: the machine stood still %d times, for %lld "
                  "ms at most",
                  static_cast<long long>(count), machine.stalls() - machineBefore().stalls,
                  static_cast<long long>(machine.longest().count()));
            if (!machine.isInRealTime())
                qInfo("this is no proof: without the right to run in real time the watch cannot "
                      "tell a machine that stands still from one that is busy");
            continue;
        }
        if (count != 0) {
            QTest::qFail(qPrintable(u"the engine counts %1 %2 frames"_s.arg(count).arg(name)),
                         __FILE__, __LINE__);
            return false;
        }
    }
    return true;
}

} // namespace continuo
