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

} // namespace

qint64 Corpus::totalFrames() const
{
    return std::accumulate(frames.begin(), frames.end(), qint64(0));
}

Corpus loadCorpus(double seconds, framecode::Rate fps)
{
    std::signal(SIGPIPE, SIG_IGN);
    watchMachine();
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

bool checkFarEnd(const QString &input, const framecode::Expectation &expectation,
                 const QString &folder, const QString &name, const framecode::CheckOptions &options)
{
    const framecode::Outcome<framecode::Report> report
        = framecode::check(input, expectation, options);
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
    if (!report.value().passed())
        QTest::qFail(qPrintable(name + u'\n' + report.value().toText()), __FILE__, __LINE__);
    return report.value().passed();
}

void watchMachine()
{
    machineWatch();
}

int machineStalls()
{
    return machineWatch().stalls();
}

int framesLateByTheMachine()
{
    return machineWatch().lateFrames();
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
        if (name == "late"_L1 && count > 0 && count <= machine.lateFrames()) {
            qInfo("the engine counts %lld late frames: the machine stood still %d times, for %lld "
                  "ms at most",
                  static_cast<long long>(count), machine.stalls(),
                  static_cast<long long>(machine.longest().count()));
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
