// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/check.h"
#include "tests/support/framecode/clipmaker.h"
#include "tests/support/framecode/programme.h"
#include "tests/support/framecode/subjects.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <functional>

using namespace Qt::StringLiterals;
using namespace framecode;

namespace {

using Spoil = std::function<void(Programme &)>;

QByteArray silence(double seconds)
{
    return QByteArray(static_cast<qsizetype>(seconds * 48000) * Programme::kBytesPerSample, '\0');
}

/// Three clips of two seconds as one stream, 60 frames each, and what becomes of it when it is
/// spoilt. 640x360, so that one encoding takes half a second.
class TestPlantedFaults final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        const ClipRecipe recipes[]{recipe(u"a.mp4"_s, 1, {24, 1}), recipe(u"b.mkv"_s, 2, {60, 1}),
                                   recipe(u"c.ts"_s, 3, {25, 1})};
        std::vector<Clip> clips;
        for (const ClipRecipe &one : recipes) {
            const Outcome<Clip> clip = makeClip(one);
            QVERIFY2(clip, qPrintable(clip ? QString() : clip.error()));
            clips.push_back(clip.value());
            m_expectation.items.push_back(
                {std::make_shared<const Clip>(clip.value()), 0, std::nullopt, false});
        }
        m_expectation.slate = Slate::Never;
        Outcome<Programme> programme = conform(clips, {640, 360, {30, 1}});
        QVERIFY2(programme, qPrintable(programme ? QString() : programme.error()));
        m_programme = programme.value();
        QCOMPARE(m_programme.pictures.size(), std::size_t(180));
    }
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void goodStream_passes_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *ending : {"ts", "mkv", "mp4", "flv", "m3u8"})
            QTest::newRow(ending) << u"good."_s + QString::fromLatin1(ending);
    }
    void goodStream_passes()
    {
        QFETCH(QString, name);
        const Report report = judge([](Programme &) {}, name);
        QVERIFY2(report.passed(), qPrintable(report.toText()));
        QCOMPARE(report.read, 180);
        QCOMPARE(report.joins.size(), std::size_t(2));
        QVERIFY(std::abs(report.avMaxMs) < 1);
        QVERIFY(report.avWindows > 500);
        QCOMPARE(report.hls.has_value(), name.endsWith(u"m3u8"_s));
    }

    void plantedFault_isFoundAndOnlyThat_data()
    {
        QTest::addColumn<Spoil>("spoil");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("atFrame"); // where the first one is, -1 for anywhere
        QTest::newRow("one frame dropped")
            << Spoil([](Programme &p) { p.pictures.erase(p.pictures.begin() + 75); }) << u"lost"_s
            << 75;
        QTest::newRow("one frame repeated") << Spoil([](Programme &p) {
            p.pictures.insert(p.pictures.begin() + 75, p.pictures[75]);
        }) << u"repeated"_s << 76;
        QTest::newRow("two frames swapped")
            << Spoil([](Programme &p) { std::swap(p.pictures[75], p.pictures[76]); }) << u"order"_s
            << 75;
        QTest::newRow("a frame without its code")
            << Spoil([](Programme &p) { p.pictures[75].fill(char(120)); }) << u"unreadable"_s << 75;
        QTest::newRow("40 ms of silence") << Spoil([](Programme &p) {
            p.sound.replace(p.soundOffset(2.7), silence(0.04).size(), silence(0.04));
        }) << u"gap"_s << 81;
        QTest::newRow("10 ms of silence at a join") << Spoil([](Programme &p) {
            p.sound.replace(p.soundOffset(4.01), silence(0.01).size(), silence(0.01));
        }) << u"gap"_s << 120;
        QTest::newRow("sound 50 ms late")
            << Spoil([](Programme &p) { p.sound.prepend(silence(0.05)); }) << u"av"_s << 0;
        QTest::newRow("sound 50 ms early")
            << Spoil([](Programme &p) { p.sound.remove(0, silence(0.05).size()); }) << u"av"_s << 0;
        QTest::newRow("1024 samples missing") << Spoil([](Programme &p) {
            p.sound.remove(p.soundOffset(2.7), 1024 * Programme::kBytesPerSample);
        }) << u"click"_s << -1;
        QTest::newRow("48 samples missing") << Spoil([](Programme &p) {
            p.sound.remove(p.soundOffset(2.7), 48 * Programme::kBytesPerSample);
        }) << u"click"_s << -1;
        QTest::newRow("one sample off") << Spoil([](Programme &p) {
            p.sound.replace(p.soundOffset(2.7), 4, QByteArrayLiteral("\x00\x40\x00\x40"));
        }) << u"click"_s << -1;
        QTest::newRow("sound of another place") << Spoil([](Programme &p) {
            p.sound.replace(p.soundOffset(2), silence(2).size(),
                            p.sound.mid(p.soundOffset(4), silence(2).size()));
        }) << u"sound"_s << 60;
    }
    void plantedFault_isFoundAndOnlyThat()
    {
        QFETCH(Spoil, spoil);
        QFETCH(QString, kind);
        QFETCH(int, atFrame);
        // Where pictures are dropped, the list ends early by as much.
        const Report report = judge(spoil, u"spoilt.ts"_s);
        QVERIFY2(!report.passed(), qPrintable(report.toText()));
        for (const Fault &fault : report.faults)
            QVERIFY2(fault.kind == kind, qPrintable(report.toText()));
        // Late sound is a fault of each item, everything else of one place.
        QVERIFY2(kind == u"av"_s || report.faultCount == 1, qPrintable(report.toText()));
        if (atFrame >= 0)
            QCOMPARE(report.faults.front().atFrame, atFrame);
        else
            QVERIFY(std::abs(report.faults.front().seconds - 2.7) < 0.05);
    }

    void missingSound_isFound()
    {
        const QString whole = m_folder.filePath(u"whole.ts"_s);
        const QString mute = m_folder.filePath(u"mute.ts"_s);
        const Outcome<Done> made = make([](Programme &) {}, whole);
        QVERIFY2(made, qPrintable(made ? QString() : made.error()));
        QVERIFY(runProgram(u"ffmpeg"_s,
                           {u"-nostdin"_s, u"-v"_s, u"error"_s, u"-y"_s, u"-i"_s, whole, u"-an"_s,
                            u"-c"_s, u"copy"_s, mute}));
        const Outcome<Report> report = check(mute, m_expectation);
        QVERIFY(report);
        QVERIFY(!report.value().soundPresent);
        QCOMPARE(report.value().gaps, 3);
    }

    void timestampHole_isFound()
    {
        const QString output = m_folder.filePath(u"hole.mkv"_s);
        const QString good = m_folder.filePath(u"good-for-hole.mkv"_s);
        const Outcome<Done> made = make([](Programme &) {}, good);
        QVERIFY2(made, qPrintable(made ? QString() : made.error()));
        // Everything from frame 90 on comes 100 ms later.
        QVERIFY(runProgram(u"ffmpeg"_s,
                           {u"-nostdin"_s, u"-v"_s, u"error"_s, u"-y"_s, u"-i"_s, good, u"-c"_s,
                            u"copy"_s, u"-bsf:v"_s, u"setts=ts=TS+gte(PTS\\,2990)*100"_s,
                            u"-bsf:a"_s, u"setts=ts=TS+gte(PTS\\,2990)*100"_s, output}));
        const Outcome<Report> report = check(output, m_expectation);
        QVERIFY(report);
        QVERIFY2(report.value().timestampFaults >= 1, qPrintable(report.value().toText()));
        QVERIFY(report.value().soundTimestampSteps >= 1);
        QCOMPARE(report.value().lost + report.value().repeated, 0);
    }

    // One tick of 1/90000 s a frame: each step alone is within the tolerance.
    void timestampDrift_isFound()
    {
        const QString output = m_folder.filePath(u"drift.ts"_s);
        const QString good = m_folder.filePath(u"good-for-drift.ts"_s);
        const Outcome<Done> made = make([](Programme &) {}, good);
        QVERIFY2(made, qPrintable(made ? QString() : made.error()));
        QVERIFY(runProgram(u"ffmpeg"_s,
                           {u"-nostdin"_s, u"-v"_s, u"error"_s, u"-y"_s, u"-i"_s, good, u"-c"_s,
                            u"copy"_s, u"-bsf:v"_s,
                            u"setts=pts=PTS+(PTS-STARTPTS)/3000:dts=DTS+(DTS-STARTPTS)/3000"_s,
                            output}));
        const Outcome<Report> report = check(output, m_expectation);
        QVERIFY(report);
        QCOMPARE(report.value().minTicks, 3001);
        QCOMPARE(report.value().maxTicks, 3001);
        QVERIFY2(report.value().timestampFaults >= 1, qPrintable(report.value().toText()));
        // Two frames may pass before it is more than a tick, and nothing else is wrong.
        QCOMPARE(report.value().faults.front().atFrame, 2);
        QCOMPARE(report.value().faultCount, report.value().timestampFaults);
    }

    void commandLine_tellsByItsExitStatus()
    {
        const QString program = qEnvironmentVariable("CONTINUO_BIN") + u"/framecode"_s;
        if (!QFile::exists(program))
            QSKIP("CONTINUO_BIN is not set, or framecode is not built");
        const QString output = m_folder.filePath(u"line.ts"_s);
        const Outcome<Done> made = make([](Programme &) {}, output);
        QVERIFY2(made, qPrintable(made ? QString() : made.error()));
        QFile list(m_folder.filePath(u"list.json"_s));
        QVERIFY(list.open(QIODevice::WriteOnly));
        list.write(R"({"clips": [{"file": "a.mp4"}, {"file": "b.mkv"}, {"file": "c.ts"}]})");
        list.close();
        const QStringList good{u"check"_s, output, u"--list"_s, list.fileName(), u"--json"_s};
        const Outcome<QByteArray> printed = runProgram(program, good);
        QVERIFY2(printed, qPrintable(printed ? QString() : printed.error()));
        const QJsonObject json = QJsonDocument::fromJson(printed.value()).object();
        QVERIFY(json.value("passed"_L1).toBool());
        QCOMPARE(json.value("frames"_L1).toObject().value("read"_L1).toInt(), 180);
        QCOMPARE(json.value("joins"_L1).toArray().size(), 2);
        QCOMPARE(exitStatus(program, good + QStringList{u"--times"_s, u"2"_s}), 1);
        QCOMPARE(exitStatus(program, {u"read"_s, output}), 0);
        const QString none = m_folder.filePath(u"none.ts"_s);
        QCOMPARE(exitStatus(program, {u"check"_s, none}), 2);
    }

private:
    ClipRecipe recipe(const QString &name, int id, const Rate &fps)
    {
        ClipRecipe one;
        one.output = m_folder.filePath(name);
        one.id = id;
        one.fps = fps;
        one.frames = static_cast<int>(2 * fps.num);
        one.width = 640;
        one.height = 360;
        return one;
    }

    /// The programme spoilt and encoded. Where the pictures stay as they are, they are encoded
    /// once.
    Outcome<Done> make(const Spoil &spoil, const QString &output)
    {
        Programme programme = m_programme;
        spoil(programme);
        if (programme.pictures != m_programme.pictures)
            return encode(programme, output);
        if (!QFile::exists(m_good)) {
            const Outcome<Done> made = encode(m_programme, m_good);
            if (!made)
                return made;
        }
        return programme.sound == m_programme.sound ? copy(m_good, output)
                                                    : encodeSound(m_good, programme, output);
    }

    Report judge(const Spoil &spoil, const QString &name)
    {
        const QString output = m_folder.filePath(name);
        const Outcome<Done> made = make(spoil, output);
        const Outcome<Report> report
            = made ? check(output, m_expectation) : Outcome<Report>(Failure{made.error()});
        if (!report) {
            Report failed;
            failed.addFault({u"test"_s, -1, 0, report.error()});
            return failed;
        }
        return report.value();
    }

    static int exitStatus(const QString &program, const QStringList &arguments)
    {
        QProcess process;
        process.start(program, arguments);
        return process.waitForFinished(120'000) ? process.exitCode() : -1; // it judges, too
    }

    QTemporaryDir m_folder;
    const QString m_good = m_folder.filePath(u"good-once.ts"_s);
    Programme m_programme;
    Expectation m_expectation;
};

} // namespace

std::unique_ptr<QObject> makePlantedFaultsTest()
{
    return std::make_unique<TestPlantedFaults>();
}

#include "tst_plantedfaults.moc"
