// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/soakjudge.h"

#include "tests/support/onair/onair.h"

#include <QFile>
#include <QJsonDocument>

#include <algorithm>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// By then each kind of fault has been there: six in random order, at most 12 s for each, and what
// settling takes.
constexpr qint64 kAllFaultsMs = 150'000;

// In so many samples (20 s) nothing that is on its way out is still there.
constexpr std::size_t kStreak = 10;
constexpr std::size_t kLongLife = 24; // samples
constexpr int kSpareDescriptors = 4; // they come and go with clients, items and sessions
constexpr std::size_t kManyConsoles = 16;

// What a channel may have at once when it has settled. Players: on air, cued (one: each clip is
// longer than the two seconds that are decoded ahead), spare, and one that draws the slate.
int mostOf(const QString &role)
{
    static const QStringList single{u"keeper"_s, u"engine"_s, u"encoder"_s, u"publisher"_s};
    if (role == "player"_L1)
        return 4;
    return single.contains(role) ? 1 : 0;
}

// As QtTest prints it, for ./check to count.
bool verdict(bool isGood, const char *name, const QString &text)
{
    std::printf("%s : Soak::%s() %s\n", isGood ? "PASS  " : "FAIL! ", name, qPrintable(text));
    return isGood;
}

} // namespace

// What the faults that were made do not explain, each where it is: near held frames the sound
// pauses and a join waits, and a take-over may cost a picture.
QStringList SoakJudge::unexplained(const framecode::Report &report) const
{
    std::vector<qint64> repeated(m_record.holds.size());
    std::vector<qint64> gaps(m_record.holds.size());
    std::vector<qint64> damaged(m_record.takeOvers.size());
    QStringList left;
    for (const framecode::Fault &fault : report.faults) {
        const qint64 frame = m_record.first + qint64(fault.atFrame);
        const auto hold = std::ranges::find_if(m_record.holds, [&](const SoakRecord::Hold &one) {
            return fault.atFrame >= 0 && frame >= one.from - kNearFrames
                && frame <= one.to + kNearFrames;
        });
        if (hold != m_record.holds.end()) {
            const auto index = std::size_t(hold - m_record.holds.begin());
            if (fault.kind == "repeated"_L1)
                repeated[index] += fault.frames;
            else if (fault.kind == "gap"_L1)
                ++gaps[index];
            if (fault.kind == "repeated"_L1 || fault.kind == "gap"_L1 || fault.kind == "join"_L1)
                continue;
        }
        const auto takeOver
            = std::ranges::find_if(m_record.takeOvers, [&](const SoakRecord::TakeOver &one) {
                  return fault.atFrame >= 0 && frame >= one.from && frame <= one.to;
              });
        if (takeOver != m_record.takeOvers.end() && fault.kind == "unreadable"_L1)
            damaged[std::size_t(takeOver - m_record.takeOvers.begin())] += fault.frames;
        else
            left.append(u"%1 at frame %2: %3"_s.arg(fault.kind).arg(frame).arg(fault.text));
    }
    for (std::size_t i = 0; i < m_record.holds.size(); ++i) {
        const SoakRecord::Hold &hold = m_record.holds[i];
        if (repeated[i] != hold.frames)
            left.append(u"%1 repeated at frame %2, %3 counted as held"_s.arg(repeated[i])
                            .arg(hold.from)
                            .arg(hold.frames));
        if (gaps[i] > hold.frames)
            left.append(u"%1 gaps in the sound at frame %2, %3 frames held"_s.arg(gaps[i])
                            .arg(hold.from)
                            .arg(hold.frames));
    }
    for (std::size_t i = 0; i < m_record.takeOvers.size(); ++i) {
        if (damaged[i] > 1)
            left.append(u"%1 pictures damaged by the take-over at frame %2"_s.arg(damaged[i])
                            .arg(m_record.takeOvers[i].from + kTakeOverFrames));
    }
    const auto unlisted = qint64(report.faultCount) - qint64(report.faults.size());
    if (unlisted > 0)
        left.append(u"%1 faults more are not listed"_s.arg(unlisted));
    return left;
}

bool SoakJudge::isOutputGood(const QString &name,
                             const framecode::Outcome<framecode::Report> &outcome,
                             const QString &folder) const
{
    if (!outcome) {
        std::printf("FAIL!  : Soak::%s() %s\n", qPrintable(name), qPrintable(outcome.error()));
        return false;
    }
    const framecode::Report &report = outcome.value();
    QFile file(folder + u'/' + name + u".json"_s);
    if (file.open(QIODevice::WriteOnly))
        file.write(QJsonDocument(report.toJson()).toJson());
    const QStringList left = unexplained(report);
    const bool isGood = report.lost == 0 && report.repeated == m_record.held && left.isEmpty()
        && report.seen >= m_options.frames;
    const QString seen
        = u"%1 frames, %2 lost, %3 repeated (%4 held), %5 damaged, %6 gaps, %7 joins"_s
              .arg(report.seen)
              .arg(report.lost)
              .arg(report.repeated)
              .arg(m_record.held)
              .arg(report.unreadable)
              .arg(report.gaps)
              .arg(report.joins.size());
    QStringList engines;
    for (const SoakRecord::TakeOver &one : m_record.takeOvers)
        engines.append(QString::number(one.from + kTakeOverFrames));
    return verdict(isGood, qPrintable(name),
                   isGood ? seen
                          : seen + u"\nNot explained:\n  "_s + left.join(u"\n  "_s)
                           + u"\nEngines died at frames "_s + engines.join(u", "_s) + u'\n'
                           + report.toText());
}

bool SoakJudge::areFaultsGood() const
{
    std::printf("\n%-10s %6s\n", "killed", "times");
    QStringList never;
    for (const QString &role : m_options.faults) {
        const auto found = m_record.kills.find(role);
        const int times = found == m_record.kills.end() ? 0 : found->second;
        std::printf("%-10s %6d\n", qPrintable(role), times);
        if (times == 0)
            never.append(role);
    }
    if (!m_record.takeOvers.empty())
        std::printf("a new engine had a later frame on air after %lld ms at most\n",
                    static_cast<long long>(m_record.longestTakeOverMs));
    bool isGood
        = verdict(never.isEmpty() || m_record.airedMs < kAllFaultsMs, "faults",
                  never.isEmpty() ? u"each was made"_s : u"not made: "_s + never.join(u", "_s));
    qint64 most = 0;
    QStringList tooMany;
    for (const SoakRecord::PlayerKill &death : m_record.playerKills) {
        most = std::max(most, death.held);
        if (death.held > death.allowed)
            tooMany.append(u"%1 behind the death at frame %2"_s.arg(death.held).arg(death.frame));
    }
    // Two seconds are in hand: a machine that stands still for longer leaves nothing to show.
    if (m_record.strayHeld > framesLateByTheMachine())
        tooMany.append(u"%1 behind no death of a player"_s.arg(m_record.strayHeld));
    isGood = verdict(
                 tooMany.isEmpty(), "held",
                 tooMany.isEmpty()
                     ? u"at most %1 frames for one player, %2 in all"_s.arg(most).arg(m_record.held)
                     : tooMany.join(u"; "_s))
        && isGood;
    if (m_options.isPaced)
        isGood = verdict(m_record.late.isEmpty(), "late",
                         m_record.late.isEmpty()
                             ? u"no frame but where an engine was replaced (the "
                               "machine can have made %1 late)"_s.arg(framesLateByTheMachine())
                             : m_record.late.join(u"; "_s))
            && isGood;
    return isGood;
}

// Prints the role's line; says what of it grows.
QStringList SoakJudge::growing(const QString &role,
                               const std::vector<SoakRecord::Sample> &samples) const
{
    QStringList wrong;
    const int most = mostOf(role);
    std::size_t inARow = 0;
    std::size_t longest = 0;
    for (const SoakRecord::Sample &one : samples) {
        inARow = one.isSettled && one.processes > most ? inARow + 1 : 0;
        longest = std::max(longest, inARow);
    }
    if (longest >= kStreak)
        wrong.append(u"more than %1 of %2 for %3 samples"_s.arg(most).arg(role).arg(longest));
    const std::size_t quarter = samples.size() / 4;
    if (quarter == 0)
        return wrong;
    // The first quarter holds the warming up: the second is what the last is laid beside. Below 0:
    // there is nothing to measure.
    const auto middle = [&](std::size_t from, const auto &value) {
        std::vector<double> values;
        for (std::size_t i = from; i < from + quarter; ++i) {
            if (samples[i].isSettled && value(samples[i]) >= 0)
                values.push_back(double(value(samples[i])));
        }
        if (values.empty())
            return -1.0;
        const auto half = values.begin() + std::ptrdiff_t(values.size() / 2);
        std::nth_element(values.begin(), half, values.end());
        return *half;
    };
    const auto number = [](const SoakRecord::Sample &one) { return one.processes; };
    const auto memory
        = [](const SoakRecord::Sample &one) { return one.processes > 0 ? one.memory : qint64(-1); };
    const auto descriptors
        = [](const SoakRecord::Sample &one) { return one.processes > 0 ? one.descriptors : -1; };
    const std::size_t late = samples.size() - quarter;
    const double early = middle(quarter, memory) / 1e6;
    const double end = middle(late, memory) / 1e6;
    const double fdsEarly = middle(quarter, descriptors);
    const double fdsLate = middle(late, descriptors);
    const double numberEarly = middle(quarter, number);
    const double numberLate = middle(late, number);
    const double top
        = double(std::ranges::max_element(samples, {}, &SoakRecord::Sample::memory)->memory) / 1e6;
    std::printf("%-10s %8zu %9.0f %9.0f %12.1f %12.1f %12.1f %10.0f %10.0f\n", qPrintable(role),
                samples.size(), numberEarly, numberLate, early, end, top, fdsEarly, fdsLate);
    if (numberLate > most || (numberEarly >= 0 && numberLate > numberEarly + 1))
        wrong.append(u"%1 of %2"_s.arg(numberLate).arg(role));
    if (fdsEarly >= 0 && fdsLate > fdsEarly + kSpareDescriptors)
        wrong.append(u"descriptors of "_s + role);
    // A tenth and 8 MB: what allocators and page caches move by themselves. Frame stores and the
    // packet journal are touched further for minutes: a short run may grow by one store of 240
    // slots (330 MB at 720p, 83 MB at 360p), the journal (about 17 MB) and as much again.
    const double store = 240 * 1.5 * m_options.height * (m_options.height * 16 / 9) / 1e6;
    const double bound = m_record.airedMs > 300'000 ? early * 1.1 + 8 : early + store + 34;
    if (m_record.airedMs >= 120'000 && early >= 0 && end > bound)
        wrong.append(u"memory of "_s + role);
    return wrong;
}

// Each console is a new one: what it has soon after its start must not depend on how long the
// station has run. How far each had come is chance, so that the greatest of many are compared.
QStringList SoakJudge::growingConsoles() const
{
    if (m_record.consoles.empty())
        return {};
    const auto half = m_record.consoles.begin() + std::ptrdiff_t(m_record.consoles.size() / 2);
    const auto most = [](auto from, auto to, auto member) {
        qint64 top = 0;
        for (; from != to; ++from)
            top = std::max(top, qint64(*from.*member));
        return top;
    };
    const double early
        = double(most(m_record.consoles.begin(), half, &SoakRecord::Sample::memory)) / 1e6;
    const double late
        = double(most(half, m_record.consoles.end(), &SoakRecord::Sample::memory)) / 1e6;
    const qint64 fdsEarly = most(m_record.consoles.begin(), half, &SoakRecord::Sample::descriptors);
    const qint64 fdsLate = most(half, m_record.consoles.end(), &SoakRecord::Sample::descriptors);
    std::printf("%-10s %8zu %9s %9s %12.1f %12.1f %12.1f %10lld %10lld\n", "console",
                m_record.consoles.size(), "1", "1", early, late, std::max(early, late),
                static_cast<long long>(fdsEarly), static_cast<long long>(fdsLate));
    QStringList wrong;
    if (m_record.consoles.size() < kManyConsoles)
        return wrong;
    if (late > early * 1.25 + 32)
        wrong.append(u"memory of new consoles"_s);
    if (fdsLate > fdsEarly + 2 * kSpareDescriptors)
        wrong.append(u"descriptors of new consoles"_s);
    return wrong;
}

// Of each process that lived long enough to say something. The least of a part: what an item or a
// session needs for a while comes and goes.
QStringList SoakJudge::growingLives() const
{
    QStringList wrong;
    for (const auto &[pid, life] : m_record.lives) {
        const std::size_t count = life.descriptors.size();
        if (count < kLongLife)
            continue;
        const auto least = [&values = life.descriptors](std::size_t from, std::size_t to) {
            return *std::min_element(values.begin() + std::ptrdiff_t(from),
                                     values.begin() + std::ptrdiff_t(to));
        };
        const int early = least(count / 4, count / 2);
        const int late = least(count * 3 / 4, count);
        if (late > early + kSpareDescriptors)
            wrong.append(
                u"%1 %2 had %3 descriptors and has %4"_s.arg(life.role).arg(pid).arg(early).arg(
                    late));
    }
    return wrong;
}

bool SoakJudge::areProcessesGood() const
{
    std::printf("\n%-10s %8s %9s %9s %12s %12s %12s %10s %10s\n", "process", "samples", "early",
                "late", "PSS MB early", "PSS MB late", "PSS MB most", "fds early", "fds late");
    QStringList wrong;
    for (const auto &[role, samples] : m_record.samples)
        wrong.append(growing(role, samples));
    wrong.append(growingConsoles());
    wrong.append(growingLives());
    // What the channel knows of is on air, cued or spare; a slate is drawn in a moment. Unpaced, an
    // item is on air for a third of a second and the two looks are not of the same moment.
    const auto strays = std::ptrdiff_t(m_record.strayPlayers.size() / 4);
    if (m_options.isPaced && strays > 0) {
        std::vector<int> late(m_record.strayPlayers.end() - strays, m_record.strayPlayers.end());
        std::nth_element(late.begin(), late.begin() + strays / 2, late.end());
        if (late[std::size_t(strays / 2)] > 0)
            wrong.append(
                u"%1 players that the channel does not know"_s.arg(late[std::size_t(strays / 2)]));
    }
    return verdict(wrong.isEmpty(), "flat",
                   wrong.isEmpty() ? u"number, memory and descriptors of the processes"_s
                                   : u"grows or is too much: "_s + wrong.join(u"; "_s));
}

} // namespace continuo
