// SPDX-License-Identifier: GPL-3.0-or-later
// Damaged files in one list, between clips that are sound: the stream is unbroken, no process but
// players dies, what is sound plays whole, and what is not plays or is named. CONTINUO_MUTANTS: how
// many; CONTINUO_SEED: of the damages. The files stay in the build's test-output/mutated.
#include "tests/support/mediafolder/mediafolder.h"
#include "tests/support/mutants/mutants.h"
#include "tests/support/onair/listrun.h"
#include "tests/support/onair/onair.h"

#include <QDir>
#include <QFileInfo>
#include <QHash>
#include <QTest>

#include <algorithm>
#include <array>
#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr framecode::Rate kHouseRate{30, 1};
// Numbers of the clips that are sound; two in turn, since those between them may all be refused.
constexpr std::array kWitnesses{98, 99};
constexpr qint64 kLargest = 2'000'000; // bytes of a real file that is worth damaging here
// A time that was damaged can make a picture stand for minutes, as its file then says.
constexpr auto kLongest = 20s;
constexpr std::size_t kBetween = 4; // mutants from one witness to the next

int variable(const char *name, int standard)
{
    return qEnvironmentVariableIsSet(name) ? qEnvironmentVariableIntValue(name) : standard;
}

// Ours and others' in turn: many makes, and many ways in which real files are put together.
QStringList sourceFiles(const Corpus &corpus)
{
    QStringList real;
    for (const MediaFile &file : mediaFiles()) {
        if (file.grade != "broken"_L1 && file.seconds < 15
            && QFileInfo(file.path).size() < kLargest)
            real.append(file.path);
    }
    QStringList sources;
    const qsizetype count = std::max(real.size(), corpus.files.size());
    for (qsizetype i = 0; i < count; ++i) {
        sources.append(corpus.files[i % corpus.files.size()]);
        if (!real.isEmpty())
            sources.append(real[i % real.size()]);
    }
    return sources;
}

framecode::Clip makeWitness(const QString &folder, int id)
{
    framecode::ClipRecipe recipe;
    recipe.output = folder + u"/witness-%1.mp4"_s.arg(id);
    recipe.id = id;
    recipe.frames = 30;
    recipe.width = 320;
    recipe.height = 180;
    const framecode::Outcome<framecode::Clip> clip = framecode::makeClip(recipe);
    if (!clip)
        throw std::runtime_error(clip.error().toStdString());
    return clip.value();
}

QHash<QString, pid_t> permanentProcesses(const TestStation &station)
{
    QHash<QString, pid_t> pids;
    for (const QString &role : {u"keeper"_s, u"engine"_s, u"encoder"_s, u"publisher"_s})
        pids.insert(role, station.pidOf(role));
    return pids;
}

} // namespace

class TestMutated : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void damagedFiles_neverBreakTheStream()
    {
        guarded([this] { playMutants(); });
    }

private:
    void playMutants()
    {
        const int seed = variable("CONTINUO_SEED", 1);
        const Corpus corpus = loadCorpus(2, kHouseRate);
        const QString folder = outputFolder(u"mutated"_s);
        const std::vector<Mutant> mutants = makeMutants(
            sourceFiles(corpus), folder, variable("CONTINUO_MUTANTS", 16), std::uint32_t(seed));
        const std::array witnesses{makeWitness(folder, kWitnesses[0]),
                                   makeWitness(folder, kWitnesses[1])};
        const auto witnessFrames
            = qint64(framecode::houseFramesOf(witnesses[0], kHouseRate).size());

        TestStation station;
        const QString channel = u"mutated"_s;
        station.call(
            u"channel.create"_s,
            {{u"name"_s, channel}, {u"width"_s, 256}, {u"height"_s, 144}, {u"loop"_s, false}});
        QStringList files;
        qsizetype sound = 0;
        for (std::size_t i = 0; i < mutants.size(); ++i) {
            if (i % kBetween == 0)
                files.append(witnesses[std::size_t(sound++) % 2].file);
            files.append(mutants[i].file);
        }
        files.append(witnesses[std::size_t(sound++) % 2].file);
        const QStringList ids = station.add(channel, files);
        QCOMPARE(ids.size(), files.size());
        // The permanent ones are there once the first item is on air.
        QHash<QString, pid_t> before;
        QObject context;
        connect(&station.client(), &RpcClient::notification, &context, [&](const QString &method) {
            if (method == "event.item"_L1 && before.isEmpty())
                before = permanentProcesses(station);
        });
        const QString record = folder + u"/record.mkv"_s;
        const ListRun run = playList(station, channel, record, 60s,
                                     [&] { QCOMPARE(permanentProcesses(station), before); });
        const QJsonObject counts = run.status.value("counts"_L1).toObject();
        const qint64 held = counts.value("held"_L1).toInteger();
        QCOMPARE(counts.value("dropped"_L1).toInteger(-1), 0);
        QVERIFY(counts.value("late"_L1).toInteger(-1) <= framesLateByTheMachine());

        QStringList wrong;
        std::size_t next = 0;
        int refused = 0;
        for (qsizetype i = 0; i < files.size(); ++i) {
            const qint64 played = run.framesOf.value(ids[i], 0);
            const QString problem = run.problemOf.value(ids[i]);
            if (files[i] == witnesses[0].file || files[i] == witnesses[1].file) {
                // Its last frame is held where what follows has none yet.
                if (played < witnessFrames || played > witnessFrames + held || !problem.isEmpty())
                    wrong.append(u"witness %1: %2 frames; %3"_s.arg(i).arg(played).arg(problem));
                continue;
            }
            const Mutant &mutant = mutants[next++];
            refused += played == 0 ? 1 : 0;
            const QString line = u"%1 (%2): %3 frames; %4"_s.arg(
                QFileInfo(mutant.file).fileName(), mutant.damage, QString::number(played), problem);
            qInfo("%s", qPrintable(line));
            if (played == 0 && problem.isEmpty())
                wrong.append(line + u"neither played nor named"_s);
        }
        qInfo("seed %d: %zu damaged files, %d refused; %lld frames, %lld of them held", seed,
              mutants.size(), refused, static_cast<long long>(run.frames),
              static_cast<long long>(held));
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(u'\n')));
        checkRecord(record, run.frames, held, witnessFrames, sound);
    }

    // Every frame that was aired is in the recording, at its time; the witnesses are exact.
    static void checkRecord(const QString &record, qint64 frames, qint64 held, qint64 witnessFrames,
                            qsizetype witnesses)
    {
        framecode::CheckOptions options;
        options.fps = kHouseRate;
        const framecode::Outcome<framecode::Report> report = framecode::survey(record, options);
        QVERIFY2(report, qPrintable(report ? QString() : report.error()));
        QCOMPARE(report.value().seen, frames);
        QCOMPARE(report.value().timestampFaults, 0);
        QCOMPARE(report.value().soundTimestampSteps, 0);
        QCOMPARE(report.value().decodeErrors, 0);
        qsizetype whole = 0;
        for (const framecode::Run &run : report.value().runs) {
            if (std::ranges::find(kWitnesses, run.clip) != kWitnesses.end())
                whole += run.frames >= witnessFrames && run.frames <= witnessFrames + held
                        && run.firstSource == 0
                    ? 1
                    : 0;
        }
        QCOMPARE(whole, witnesses);
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestMutated)
#include "tst_mutated.moc"
