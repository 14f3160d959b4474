// SPDX-License-Identifier: GPL-3.0-or-later
#include "playerharness.h"

#include "core/base/slateclock.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <csignal>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const HouseFormat kHouse{160, 90, {30, 1}};

QString player()
{
    return qEnvironmentVariable("CONTINUO_BIN") + u"/continuo-player"_s;
}

struct Run {
    int exitCode = -1;
    QString output;
    QString errors;
};

Run run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForFinished(kTestPatienceMs))
        return {};
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

/// Descriptors that a process has open.
int openDescriptors(pid_t pid)
{
    return int(QDir(u"/proc/%1/fd"_s.arg(pid))
                   .entryList(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::System)
                   .size());
}

} // namespace

class TestPlayer final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();

    void clip_isReadInACell();
    void clip_isHandedOverWhole();
    void clip_isHandedOverFromAFrameOn_data();
    void clip_isHandedOverFromAFrameOn();
    void clip_endsWhereItIsTold();
    void clip_waitsForSlotsAndKeepsThem();
    void spare_saysReadyAndWaits();
    void soundOnly_isAStillWithItsSound();
    void slate_isACard_andTheDigitsOfItsClock();
    void slate_isThePictureOfAFile();
    void longClip_isBegunAtAWaypoint();
    void logo_isColourAndAlpha_fromACell();
    void logo_isRefusedInWords_data();
    void logo_isRefusedInWords();
    void clip_isOpened_ifItIsTheSameFile();
    void broken_isNamed_data();
    void broken_isNamed();
    void player_endsWithItsEngine_data();
    void player_endsWithItsEngine();
    void player_survivesABadMessage();
    void frames_stayWhenThePlayerIsKilled();
    void background_isNicer();

    void help_teaches();
    void graph_printsWhatFfmpegTakes();
    void probe_printsFacts();
    void usage_isExplained_data();
    void usage_isExplained();

private:
    QString make(const QString &name, const QStringList &arguments);

    QTemporaryDir m_folder;
    QString m_clip; ///< 2 s, 25 fps, 160x90, tone
    QString m_song; ///< 1 s of sound
};

QString TestPlayer::make(const QString &name, const QStringList &arguments)
{
    const QString path = m_folder.filePath(name);
    const Run made = run(u"ffmpeg"_s,
                         QStringList{u"-v"_s, u"error"_s, u"-nostdin"_s, u"-y"_s} + arguments
                             + QStringList{path});
    if (made.exitCode != 0)
        qInfo().noquote() << made.errors;
    return made.exitCode == 0 ? path : QString();
}

void TestPlayer::initTestCase()
{
    QVERIFY2(QFile::exists(player()), "CONTINUO_BIN must name the folder of the programs");
    m_clip
        = make(u"clip.mp4"_s,
               {u"-f"_s, u"lavfi"_s, u"-i"_s, u"testsrc2=s=160x90:r=25:d=2"_s, u"-f"_s, u"lavfi"_s,
                u"-i"_s, u"sine=d=2"_s, u"-c:v"_s, u"libx264"_s, u"-preset"_s, u"ultrafast"_s});
    m_song = make(u"A song.wav"_s, {u"-f"_s, u"lavfi"_s, u"-i"_s, u"sine=d=1"_s});
    QVERIFY(!m_clip.isEmpty() && !m_song.isEmpty());
}

void TestPlayer::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

// As the kernel tells it.
void TestPlayer::clip_isReadInACell()
{
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 8);
    QVERIFY(harness);
    PlayerHarness &engine = *harness.value();
    engine.open({{u"path"_s, m_clip}, {u"kind"_s, u"clip"_s}});
    const std::optional<QJsonValue> cell = engine.waitFor(u"cell"_s);
    QVERIFY(cell);
    QCOMPARE(cell->toObject().value(u"closed"_s).toBool(), true);
    QVERIFY(engine.waitFor(u"opened"_s));
    QFile status(u"/proc/%1/status"_s.arg(engine.process().pid()));
    QVERIFY(status.open(QIODevice::ReadOnly));
    const QByteArray text = status.readAll();
    for (const char *line : {"Seccomp:\t2\n", "NoNewPrivs:\t1\n", "CapEff:\t0000000000000000\n"})
        QVERIFY2(text.contains(line), text.constData());
    QVERIFY(!QFile::exists(u"/proc/%1/root/etc"_s.arg(engine.process().pid()))
            || cell->toObject().value(u"namespaces"_s).isString());
}

void TestPlayer::clip_isHandedOverWhole()
{
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 8);
    QVERIFY(harness);
    PlayerHarness &engine = *harness.value();
    QCOMPARE(engine.waitFor(u"ready"_s), std::optional<QJsonValue>(true));
    engine.open({{u"path"_s, m_clip}, {u"kind"_s, u"clip"_s}});
    const std::optional<QJsonValue> opened = engine.waitFor(u"opened"_s);
    QVERIFY(opened);
    const QJsonObject video = opened->toObject().value(u"video"_s).toObject();
    QCOMPARE(opened->toObject().value(u"frames"_s).toInt(), 60);
    QCOMPARE(opened->toObject().value(u"durationUs"_s).toInt(), 2'000'000);
    QCOMPARE(video.value(u"codec"_s).toString(), u"h264"_s);
    QCOMPARE(video.value(u"fps"_s).toDouble(), 25.0);
    QCOMPARE(video.value(u"interlaced"_s).toBool(true), false);
    QCOMPARE(opened->toObject().value(u"audio"_s).toObject().value(u"codec"_s).toString(),
             u"aac"_s);
    std::int64_t frames = 0;
    bool inOrder = true;
    bool heard = false;
    const std::optional<QJsonObject> end = engine.drain([&](const SlotView &slot) {
        inOrder = inOrder && slot.header.itemFrame == frames && slot.header.flags == 0
            && slot.header.sampleCount == 1601 && slot.header.sourceUs == frames * 1'000'000 / 30;
        heard = heard || slot.samples[1000] != 0;
        ++frames;
    });
    QVERIFY(end);
    QVERIFY(inOrder);
    QVERIFY(heard);
    QCOMPARE(frames, 60);
    QCOMPARE(end->value(u"frames"_s).toInt(), 60);
    QVERIFY(end->contains(u"paddedSamples"_s) && end->contains(u"cutSamples"_s));
    QCOMPARE(engine.store().total(), 60);
    QVERIFY(!engine.store().isCorrupt());
    QVERIFY(!engine.process().hasEnded()); // until its engine ends it
}

void TestPlayer::clip_isHandedOverFromAFrameOn_data()
{
    QTest::addColumn<QJsonObject>("request");
    QTest::addColumn<int>("frames");
    QTest::addColumn<int>("from");
    const QJsonObject clip{{u"path"_s, m_clip}, {u"kind"_s, u"clip"_s}};
    const QJsonObject song{{u"path"_s, m_song}, {u"kind"_s, u"clip"_s}};
    const QJsonObject slate{{u"kind"_s, u"slate"_s}, {u"text"_s, QJsonArray{u"Soon"_s}}};
    QTest::newRow("clip, early") << clip << 60 << 7;
    QTest::newRow("clip, late") << clip << 60 << 47;
    QTest::newRow("clip, last") << clip << 60 << 59;
    QTest::newRow("clip, behind its end") << clip << 60 << 60;
    QTest::newRow("clip, far behind its end") << clip << 60 << 5000;
    QTest::newRow("song") << song << 30 << 12;
    QTest::newRow("song, behind its end") << song << 30 << 30;
    QTest::newRow("slate") << slate << 2 << 1;
}

void TestPlayer::clip_isHandedOverFromAFrameOn()
{
    QFETCH(QJsonObject, request);
    QFETCH(int, frames);
    QFETCH(int, from);
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 8);
    QVERIFY(harness);
    PlayerHarness &engine = *harness.value();
    request.insert(u"from"_s, from);
    engine.open(request);
    std::uint64_t handed = 0;
    bool inOrder = true;
    const std::optional<QJsonObject> end = engine.drain([&](const SlotView &slot) {
        inOrder = inOrder && slot.header.sequence == handed
            && slot.header.itemFrame == from + std::int64_t(handed);
        ++handed;
    });
    QVERIFY(end);
    QVERIFY(inOrder);
    QCOMPARE(std::int64_t(handed), std::max(frames - from, 0));
    // All that is said of the item is said of the whole of it.
    QCOMPARE(end->value(u"frames"_s).toInt(), frames);
    QCOMPARE(engine.store().total(), frames);
}

// At first, and then at another place, while frames before that wait to be handed over.
void TestPlayer::clip_endsWhereItIsTold()
{
    for (const int until : {30, 50, 20, -1}) {
        Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 8);
        QVERIFY(harness);
        PlayerHarness &engine = *harness.value();
        engine.open({{u"path"_s, m_clip}, {u"from"_s, 5}, {u"until"_s, 30}});
        QTRY_COMPARE(engine.store().written(), std::uint64_t(8));
        engine.tell({{u"until"_s, until}});
        const int end = until < 0 ? 60 : until;
        std::int64_t frames = 0;
        const std::optional<QJsonObject> told = engine.drain([&](const SlotView &) { ++frames; });
        QVERIFY(told);
        QCOMPARE(frames, end - 5);
        QCOMPARE(told->value(u"frames"_s).toInt(), end);
        QCOMPARE(told->value(u"stopped"_s).toBool(), until >= 0);
        QCOMPARE(engine.store().total(), end);
    }
}

void TestPlayer::clip_waitsForSlotsAndKeepsThem()
{
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 4);
    PlayerHarness &engine = *harness.value();
    engine.open({{u"path"_s, m_clip}});
    QTRY_COMPARE(engine.store().written(), std::uint64_t(4));
    const std::optional<SlotView> first = engine.store().slot(0);
    QVERIFY(first);
    const QByteArray kept(reinterpret_cast<const char *>(first->picture),
                          qsizetype(engine.store().pictureBytes()));
    // Given back out of order: nothing may be overwritten while slot 0 is held.
    engine.store().release(2);
    engine.store().release(1);
    engine.store().release(3);
    QVERIFY(!engine.waitFor(u"ready"_s)->isUndefined());
    QVERIFY(engine.waitFor(u"opened"_s));
    QCOMPARE(engine.store().written(), std::uint64_t(4));
    QCOMPARE(kept,
             QByteArray(reinterpret_cast<const char *>(first->picture),
                        qsizetype(engine.store().pictureBytes())));
    engine.store().release(0);
    QTRY_COMPARE(engine.store().written(), std::uint64_t(8));
}

void TestPlayer::spare_saysReadyAndWaits()
{
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 8);
    PlayerHarness &engine = *harness.value();
    QVERIFY(engine.waitFor(u"ready"_s));
    QVERIFY(!engine.process().hasEnded());
    QCOMPARE(engine.store().written(), std::uint64_t(0));
    // The four that it was given, and the standard three: nothing else is inherited or opened.
    QVERIFY2(openDescriptors(engine.process().pid()) <= 7,
             qPrintable(QString::number(openDescriptors(engine.process().pid()))));
}

void TestPlayer::soundOnly_isAStillWithItsSound()
{
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 8);
    PlayerHarness &engine = *harness.value();
    engine.open({{u"path"_s, m_song}, {u"title"_s, u"100% „quoted“ 'title'"_s}});
    const std::optional<QJsonValue> opened = engine.waitFor(u"opened"_s);
    QVERIFY(opened);
    QVERIFY(opened->toObject().value(u"titleCard"_s).toBool());
    QVERIFY(opened->toObject().value(u"video"_s).isNull());
    int frames = 0;
    int loud = 0;
    const std::optional<QJsonObject> end = engine.drain([&](const SlotView &slot) {
        ++frames;
        const bool isLoud = std::any_of(slot.samples, slot.samples + 200,
                                        [](std::int16_t sample) { return sample != 0; });
        loud += isLoud && (slot.header.flags & kSlotStill) ? 1 : 0;
    });
    QVERIFY(end);
    QCOMPARE(frames, 30);
    QVERIFY(loud >= 28);
}

void TestPlayer::slate_isACard_andTheDigitsOfItsClock()
{
    const HouseFormat house{640, 360, {25, 1}};
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(house, 4);
    QVERIFY(harness);
    PlayerHarness &engine = *harness.value();
    engine.open(
        {{u"kind"_s, u"slate"_s}, {u"text"_s, QJsonArray{u"Channel one"_s, u"Nothing to play"_s}}});
    std::vector<std::vector<std::uint8_t>> pictures;
    const std::optional<QJsonObject> end = engine.drain([&](const SlotView &slot) {
        pictures.emplace_back(slot.picture, slot.picture + house.pictureBytes());
    });
    QVERIFY(end);
    QCOMPARE(end->value(u"frames"_s).toInt(), 2);
    QCOMPARE(pictures.size(), 2U);
    QVERIFY(*std::max_element(pictures[0].begin(), pictures[0].begin() + 640L * 360) > 150);
    // Every glyph is another, whole (its edge is the ground), and white.
    const auto place = SlateClockPlace::in(house);
    QVERIFY(place);
    std::vector<std::vector<std::uint8_t>> glyphs;
    const int ground = pictures[1][0];
    for (int i = 0; i < SlateClockPlace::kGlyphs; ++i) {
        auto &glyph = glyphs.emplace_back();
        for (int y = 0; y < place->cellHeight; ++y) {
            const auto row = pictures[1].begin() + y * 640L + long(i) * place->cellWidth;
            glyph.insert(glyph.end(), row, row + place->cellWidth);
            QVERIFY(std::abs(row[0] - ground) <= 8);
            if (y == 0 || y == place->cellHeight - 1)
                QVERIFY(std::abs(*std::max_element(row, row + place->cellWidth) - ground) <= 8);
        }
        QVERIFY(*std::ranges::max_element(glyph) > 150);
        QVERIFY(std::count(glyphs.begin(), glyphs.end(), glyph) == 1);
    }
    // The clock's ground is that of the card where it stands.
    QVERIFY(std::abs(pictures[0][std::size_t(place->y * 640 + place->x)] - ground) <= 2);
}

void TestPlayer::slate_isThePictureOfAFile()
{
    const QString png
        = make(u"slate.png"_s,
               {u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=white:s=90x90"_s, u"-frames:v"_s, u"1"_s});
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 2);
    QVERIFY(harness);
    PlayerHarness &engine = *harness.value();
    engine.open({{u"kind"_s, u"slate"_s}, {u"path"_s, png}, {u"text"_s, QJsonArray{u"One"_s}}});
    int frames = 0;
    const std::optional<QJsonObject> end = engine.drain([&](const SlotView &slot) {
        if (frames++ > 0)
            return; // the digits of its clock
        QCOMPARE(int(slot.picture[45 * 160 + 80]), 235);
        QCOMPARE(int(slot.picture[45 * 160 + 4]), 16); // beside it, in its own shape
    });
    QVERIFY(end);
    QCOMPARE(frames, 2);
    // What moves is none.
    Result<std::unique_ptr<PlayerHarness>> second = PlayerHarness::start(kHouse, 2);
    QVERIFY(second);
    second.value()->open({{u"kind"_s, u"slate"_s}, {u"path"_s, m_clip}});
    const std::optional<QJsonValue> failed = second.value()->waitFor(u"failed"_s);
    QVERIFY(failed);
    QCOMPARE(failed->toObject().value(u"code"_s).toString(), u"unsupported"_s);
}

// What the proof has noted comes back with the clip.
void TestPlayer::longClip_isBegunAtAWaypoint()
{
    const QString path
        = make(u"long.ts"_s,
               {u"-f"_s, u"lavfi"_s, u"-i"_s, u"testsrc2=s=160x90:r=25:d=40"_s, u"-f"_s, u"lavfi"_s,
                u"-i"_s, u"sine=r=48000:d=40"_s, u"-c:v"_s, u"libx264"_s, u"-preset"_s,
                u"ultrafast"_s, u"-g"_s, u"50"_s, u"-c:a"_s, u"mp2"_s});
    QVERIFY(!path.isEmpty());
    QJsonObject waypoints;
    const Run proven = run(player(), {u"--prove"_s, path, u"--tiers"_s, u"1,2"_s});
    for (const QString &line : proven.output.split(u'\n')) {
        const QJsonObject told = QJsonDocument::fromJson(line.toUtf8()).object();
        if (told.contains(u"waypoints"_s))
            waypoints = told.value(u"waypoints"_s).toObject();
    }
    QVERIFY(!waypoints.isEmpty());
    for (const bool isKnown : {true, false}) {
        Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 8);
        QVERIFY(harness);
        PlayerHarness &engine = *harness.value();
        QJsonObject request{{u"path"_s, path}, {u"from"_s, 1000}};
        if (isKnown)
            request.insert(u"waypoints"_s, waypoints);
        engine.open(request);
        const std::optional<QJsonValue> opened = engine.waitFor(u"opened"_s);
        QVERIFY(opened);
        QCOMPARE(opened->toObject().value(u"startedBy"_s).toString(),
                 isKnown ? u"waypoint"_s : u"reading"_s);
        const std::optional<SlotView> frame = engine.nextFrame();
        QVERIFY(frame);
        QCOMPARE(frame->header.itemFrame, 1000);
    }
}

void TestPlayer::logo_isColourAndAlpha_fromACell()
{
    const QString png = make(u"logo.png"_s,
                             {u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=red@0.5:s=20x10,format=rgba"_s,
                              u"-frames:v"_s, u"1"_s});
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 2);
    QVERIFY(harness);
    PlayerHarness &engine = *harness.value();
    engine.open({{u"kind"_s, u"logo"_s},
                 {u"path"_s, png},
                 {u"logo"_s, QJsonObject{{u"x"_s, 31}, {u"y"_s, 40}}}});
    const std::optional<QJsonValue> cell = engine.waitFor(u"cell"_s);
    QVERIFY(cell);
    QCOMPARE(cell->toObject().value(u"closed"_s).toBool(), true);
    std::vector<std::vector<std::uint8_t>> pictures;
    const std::optional<QJsonObject> end = engine.drain([&](const SlotView &slot) {
        pictures.emplace_back(slot.picture, slot.picture + kHouse.pictureBytes());
    });
    QVERIFY(end);
    QCOMPARE(end->value(u"frames"_s).toInt(), 2);
    QCOMPARE(pictures.size(), std::size_t(2));
    const auto luma = [&](std::size_t picture, int x, int y) {
        return int(pictures[picture][std::size_t(y * 160 + x)]);
    };
    for (const auto &[x, y] : {std::pair(31, 40), std::pair(50, 49)}) {
        QCOMPARE(luma(0, x, y), 63); // red in BT.709
        QVERIFY(std::abs(luma(1, x, y) - 128) <= 1);
    }
    for (const auto &[x, y] :
         {std::pair(30, 40), std::pair(51, 49), std::pair(31, 39), std::pair(50, 50)})
        QCOMPARE(luma(1, x, y), 0);
    const std::size_t chroma = 160UL * 90 + 20 * 80 + 15; // its left half is outside
    QCOMPARE(int(pictures[0][chroma + 80UL * 45]), 240);
    QVERIFY(std::abs(int(pictures[1][chroma]) - 64) <= 1);
}

void TestPlayer::logo_isRefusedInWords_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("words");
    QTest::newRow("missing") << u"/nowhere.png"_s << u"not-found"_s
                             << u"/nowhere.png does not exist"_s;
    QTest::newRow("sound") << m_song << u"unsupported"_s << u"there is no picture in it"_s;
    QTest::newRow("too large") << make(
        u"large.png"_s,
        {u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=red:s=162x20"_s, u"-frames:v"_s, u"1"_s})
                               << u"invalid-argument"_s
                               << u"the logo is larger than the picture (162x20 pixels, and the "
                                  "picture has 160x90): give it a smaller width"_s;
    QFile damaged(m_folder.filePath(u"damaged.png"_s));
    if (damaged.open(QIODevice::WriteOnly))
        damaged.write(QByteArray::fromHex("89504e470d0a1a0a0000000d49484452") + QByteArray(200, 0));
    QTest::newRow("damaged") << damaged.fileName() << u"corrupt"_s
                             << u"its picture is damaged and cannot be decoded"_s;
}

void TestPlayer::logo_isRefusedInWords()
{
    QFETCH(QString, path);
    QFETCH(QString, code);
    QFETCH(QString, words);
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 2);
    QVERIFY(harness);
    PlayerHarness &engine = *harness.value();
    engine.open({{u"kind"_s, u"logo"_s}, {u"path"_s, path}, {u"logo"_s, QJsonObject()}});
    const std::optional<QJsonValue> failed = engine.waitFor(u"failed"_s);
    QVERIFY(failed);
    QCOMPARE(failed->toObject().value(u"detail"_s).toString(), words);
    QCOMPARE(failed->toObject().value(u"code"_s).toString(), code);
}

void TestPlayer::broken_isNamed_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("code");
    QTest::newRow("missing") << u"nowhere.mp4"_s << QByteArray() << u"not-found"_s;
    QTest::newRow("empty") << u"empty.mp4"_s << QByteArray("") << u"corrupt"_s;
    QTest::newRow("text renamed") << u"text.mp4"_s << QByteArray("not a clip\n").repeated(500)
                                  << u"corrupt"_s;
}

void TestPlayer::broken_isNamed()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, code);
    const QString path = m_folder.filePath(name);
    if (!bytes.isNull()) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 4);
    PlayerHarness &engine = *harness.value();
    engine.open({{u"path"_s, path}});
    const std::optional<QJsonValue> failed = engine.waitFor(u"failed"_s);
    QVERIFY(failed);
    QCOMPARE(failed->toObject().value(u"code"_s).toString(), code);
    QCOMPARE(failed->toObject().value(u"frames"_s).toInt(-1), 0);
    QVERIFY(!failed->toObject().value(u"detail"_s).toString().isEmpty());
}

// As one is asked that goes on for another.
void TestPlayer::clip_isOpened_ifItIsTheSameFile()
{
    Result<std::unique_ptr<PlayerHarness>> first = PlayerHarness::start(kHouse, 4);
    first.value()->open({{u"path"_s, m_clip}});
    const std::optional<QJsonValue> opened = first.value()->waitFor(u"opened"_s);
    QVERIFY(opened);
    QJsonObject identity = opened->toObject().value(u"identity"_s).toObject();
    QCOMPARE(identity.value(u"sizeBytes"_s).toInteger(), QFileInfo(m_clip).size());

    Result<std::unique_ptr<PlayerHarness>> same = PlayerHarness::start(kHouse, 4);
    same.value()->open({{u"path"_s, m_clip}, {u"identity"_s, identity}, {u"from"_s, 10}});
    QVERIFY(same.value()->waitFor(u"opened"_s));

    identity.insert(u"inode"_s, identity.value(u"inode"_s).toInteger() + 1);
    identity.insert(u"modifiedNs"_s, 1);
    Result<std::unique_ptr<PlayerHarness>> other = PlayerHarness::start(kHouse, 4);
    other.value()->open({{u"path"_s, m_clip}, {u"identity"_s, identity}, {u"from"_s, 10}});
    const std::optional<QJsonValue> failed = other.value()->waitFor(u"failed"_s);
    QVERIFY(failed);
    QCOMPARE(failed->toObject().value(u"code"_s).toString(), u"replaced"_s);
    QCOMPARE(other.value()->store().written(), std::uint64_t(0));
}

void TestPlayer::player_endsWithItsEngine_data()
{
    QTest::addColumn<QString>("state");
    QTest::newRow("spare") << u"spare"_s;
    QTest::newRow("waiting for a slot") << u"full"_s;
    QTest::newRow("done") << u"done"_s;
}

void TestPlayer::player_endsWithItsEngine()
{
    QFETCH(QString, state);
    Result<std::unique_ptr<PlayerHarness>> harness
        = PlayerHarness::start(kHouse, state == u"done"_s ? 70 : 4);
    PlayerHarness &engine = *harness.value();
    QVERIFY(engine.waitFor(u"ready"_s));
    if (state != u"spare"_s)
        engine.open({{u"path"_s, m_clip}});
    if (state == u"full"_s)
        QTRY_COMPARE(engine.store().written(), std::uint64_t(4));
    if (state == u"done"_s)
        QVERIFY(engine.waitFor(u"finished"_s));
    engine.closeControl();
    const std::optional<ChildExit> exit
        = engine.process().wait(std::chrono::milliseconds(kTestPatienceMs));
    QVERIFY(exit);
    QVERIFY(!exit->wasKilled);
    QCOMPARE(exit->code, 0);
}

void TestPlayer::player_survivesABadMessage()
{
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 4);
    PlayerHarness &engine = *harness.value();
    QVERIFY(engine.waitFor(u"ready"_s));
    engine.open({});
    QVERIFY(engine.waitFor(u"failed"_s));
    engine.open({{u"path"_s, m_clip}}); // a second one: refused, not fatal
    QVERIFY(!engine.process().hasEnded());
}

void TestPlayer::frames_stayWhenThePlayerIsKilled()
{
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 6);
    PlayerHarness &engine = *harness.value();
    engine.open({{u"path"_s, m_clip}});
    QTRY_COMPARE(engine.store().written(), std::uint64_t(6));
    engine.process().signal(SIGKILL);
    QVERIFY(engine.process().wait(std::chrono::milliseconds(kTestPatienceMs)));
    for (std::uint64_t sequence = 0; sequence < 6; ++sequence) {
        const std::optional<SlotView> slot = engine.store().slot(sequence);
        QVERIFY(slot);
        QCOMPARE(slot->header.itemFrame, std::int64_t(sequence));
        engine.store().release(sequence);
    }
}

void TestPlayer::background_isNicer()
{
    Result<std::unique_ptr<PlayerHarness>> harness = PlayerHarness::start(kHouse, 4);
    PlayerHarness &engine = *harness.value();
    engine.open({{u"path"_s, m_clip}, {u"background"_s, true}});
    QVERIFY(engine.waitFor(u"opened"_s));
    QFile stat(u"/proc/%1/stat"_s.arg(engine.process().pid()));
    QVERIFY(stat.open(QIODevice::ReadOnly));
    const QByteArray line = stat.readAll();
    // Behind the name in brackets: field 3 is the state, 19 the nice value.
    const QList<QByteArray> fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    QCOMPARE(fields.value(19 - 3).toInt(), 10);
}

void TestPlayer::help_teaches()
{
    const Run help = run(player(), {u"--help"_s});
    QCOMPARE(help.exitCode, 0);
    QVERIFY(help.output.contains(u"--graph"_s) && help.output.contains(u"--probe"_s));
    const Run version = run(player(), {u"--version"_s});
    QCOMPARE(version.exitCode, 0);
    QVERIFY(version.output.startsWith(u"continuo-player "_s));
}

void TestPlayer::graph_printsWhatFfmpegTakes()
{
    const Run graph = run(player(), {u"--graph"_s, m_clip, u"--format"_s, u"320x180@25"_s});
    QCOMPARE(graph.exitCode, 0);
    const QStringList lines = graph.output.trimmed().split(u'\n');
    QCOMPARE(lines.size(), 2);
    QVERIFY(lines[0].startsWith(u"video: "_s) && lines[1].startsWith(u"audio: "_s));
    const Run played = run(u"ffmpeg"_s,
                           {u"-v"_s, u"error"_s, u"-i"_s, m_clip, u"-vf"_s, lines[0].mid(7),
                            u"-af"_s, lines[1].mid(7), u"-f"_s, u"framecrc"_s, u"-"_s});
    QCOMPARE(played.exitCode, 0);
    QVERIFY(played.output.contains(u"#dimensions 0: 320x180"_s));
    QCOMPARE(
        played.output.count(QRegularExpression(u"^0, "_s, QRegularExpression::MultilineOption)),
        50);
}

void TestPlayer::probe_printsFacts()
{
    const Run probe = run(player(), {u"--probe"_s, m_clip});
    QCOMPARE(probe.exitCode, 0);
    const QJsonObject facts = QJsonDocument::fromJson(probe.output.toUtf8()).object();
    QCOMPARE(facts.value(u"frames"_s).toInt(), 60);
    QCOMPARE(facts.value(u"width"_s).toInt(), 160);
    QCOMPARE(facts.value(u"videoCodec"_s).toString(), u"h264"_s);
    QCOMPARE(facts.value(u"channels"_s).toInt(), 1);
    const Run missing = run(player(), {u"--probe"_s, u"/nowhere.mp4"_s});
    QCOMPARE(missing.exitCode, 1);
    const QJsonObject failed = QJsonDocument::fromJson(missing.output.toUtf8()).object();
    QCOMPARE(failed.value(u"failed"_s).toObject().value(u"code"_s).toString(), u"not-found"_s);
}

void TestPlayer::usage_isExplained_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("nothing") << QStringList();
    QTest::newRow("unknown option") << QStringList{u"--nonsense"_s};
    QTest::newRow("no such descriptors")
        << QStringList{u"--control"_s, u"77"_s, u"--store"_s, u"78"_s,
                       u"--ready"_s,   u"79"_s, u"--free"_s,  u"80"_s};
    QTest::newRow("odd format") << QStringList{u"--probe"_s, u"/dev/null"_s, u"--format"_s,
                                               u"1281x720"_s};
}

void TestPlayer::usage_isExplained()
{
    QFETCH(QStringList, arguments);
    const Run used = run(player(), arguments);
    QCOMPARE(used.exitCode, 2);
    QVERIFY(used.errors.startsWith(u"continuo-player: "_s));
}

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestPlayer)
#include "tst_player.moc"
