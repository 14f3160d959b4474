// SPDX-License-Identifier: GPL-3.0-or-later
// High dynamic range and wide gamut as BT.709, against the published formulas.
#include "colourformulas.h"
#include "mediafactory.h"

#include "core/media/colourmap.h"
#include "tests/support/mediafolder/mediafolder.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kPatch = 16; // pixels on each side of a patch

/// A row of patches, as raw yuv420p10.
std::vector<std::uint16_t> patchPicture(const std::vector<std::array<int, 3>> &patches)
{
    std::vector<std::uint16_t> picture;
    for (std::size_t plane = 0; plane < 3; ++plane) {
        const int side = plane == 0 ? kPatch : kPatch / 2;
        for (int y = 0; y < side; ++y) {
            for (const std::array<int, 3> &patch : patches)
                picture.insert(picture.end(), std::size_t(side), std::uint16_t(patch[plane]));
        }
    }
    return picture;
}

/// The middle of a patch: Y (the mean of four pixels, as values are spread over them), U and V.
Triple shownPatch(const std::vector<std::uint8_t> &picture, std::size_t patch, std::size_t patches)
{
    const std::size_t width = patches * kPatch;
    const std::size_t x = patch * kPatch + kPatch / 2;
    const std::uint8_t *luma = picture.data() + kPatch / 2 * width + x;
    const std::uint8_t *u = picture.data() + width * kPatch + kPatch / 4 * width / 2 + x / 2;
    return {(luma[0] + luma[1] + luma[width] + luma[width + 1]) / 4.0, double(u[0]),
            double(u[width / 2 * kPatch / 2])};
}

HouseFormat patchHouse(std::size_t patches)
{
    return {int(patches) * kPatch, kPatch, {25, 1}};
}

QStringList tags(Signal kind)
{
    const QString transfer = kind == Signal::Pq ? u"smpte2084"_s
        : kind == Signal::Hlg                   ? u"arib-std-b67"_s
                                                : u"bt2020-10"_s;
    return {u"-color_primaries"_s, u"bt2020"_s,   u"-color_trc"_s,   transfer,
            u"-colorspace"_s,      u"bt2020nc"_s, u"-color_range"_s, u"tv"_s};
}

/// For encoders that ask the picture.
QString tagFilter(Signal kind)
{
    const QStringList options = tags(kind);
    return u"color_primaries=%1:color_trc=%2:colorspace=%3"_s.arg(options[1], options[3],
                                                                  options[5]);
}

QStringList hevc(const QString &more = QString())
{
    return {u"-c:v"_s, u"libx265"_s, u"-x265-params"_s,
            u"log-level=error:lossless=1:pools=1"_s + more};
}

QString text(const Triple &value)
{
    return u"%1 %2 %3"_s.arg(value[0], 0, 'f', 1).arg(value[1], 0, 'f', 1).arg(value[2], 0, 'f', 1);
}

// Skin, leaves, sky and the like, then bars; R'G'B' of BT.709.
std::vector<Triple> plainColours()
{
    return {{0.45, 0.32, 0.27}, {0.76, 0.59, 0.51}, {0.38, 0.48, 0.62}, {0.34, 0.42, 0.26},
            {0.51, 0.50, 0.69}, {0.40, 0.74, 0.67}, {0.84, 0.49, 0.17}, {0.28, 0.36, 0.65},
            {0.76, 0.35, 0.39}, {0.36, 0.24, 0.42}, {0.62, 0.74, 0.25}, {0.88, 0.64, 0.18},
            {0.22, 0.24, 0.59}, {0.27, 0.58, 0.29}, {0.69, 0.19, 0.23}, {0.91, 0.78, 0.12},
            {0.73, 0.34, 0.58}, {0.14, 0.52, 0.64}, {0.75, 0.75, 0.25}, {0.25, 0.75, 0.75},
            {0.25, 0.75, 0.25}, {0.75, 0.25, 0.75}, {0.75, 0.25, 0.25}, {0.25, 0.25, 0.75}};
}

void addSignals()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("2020") << int(Signal::Gamma);
    QTest::newRow("PQ") << int(Signal::Pq);
    QTest::newRow("HLG") << int(Signal::Hlg);
}

} // namespace

class TestColours final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();

    void patches_lookAlike_data();
    void patches_lookAlike();
    void wideGamut_isWhatZscaleMakes();
    void greys_followTheFormulas_data();
    void greys_followTheFormulas();
    void hues_stay_data();
    void hues_stay();
    void colours_mayChangeWithinAClip();
    void cover_isMappedOnce();
    void realFiles_followTheFormulas_data();
    void realFiles_followTheFormulas();
    void map_refusesOtherPictures();

private:
    /// A clip of yuv420p10le pictures; empty when ffmpeg failed.
    QString encode(const QString &name, const std::vector<std::uint16_t> &picture,
                   const QString &size, const QStringList &output);

    MediaFactory m_media;
};

void TestColours::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

QString TestColours::encode(const QString &name, const std::vector<std::uint16_t> &picture,
                            const QString &size, const QStringList &output)
{
    const QString raw = m_media.path(name + u".raw"_s);
    QFile file(raw);
    if (!file.open(QIODevice::WriteOnly))
        return {};
    for (int i = 0; i < 5; ++i)
        file.write(reinterpret_cast<const char *>(picture.data()), qint64(picture.size() * 2));
    file.close();
    const QString path = m_media.path(name);
    const bool made = runFfmpeg(QStringList{u"-f"_s, u"rawvideo"_s, u"-pix_fmt"_s, u"yuv420p10le"_s,
                                            u"-s"_s, size, u"-r"_s, u"25"_s, u"-i"_s, raw}
                                + output + QStringList{path});
    return made ? path : QString();
}

void TestColours::patches_lookAlike_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("ending");
    QTest::addColumn<QStringList>("codec");
    const QStringList avc{u"-c:v"_s, u"libx264"_s, u"-qp"_s, u"1"_s};
    const QStringList prores{u"-c:v"_s, u"prores_ks"_s,    u"-profile:v"_s,
                             u"3"_s,    u"-bits_per_mb"_s, u"8000"_s};
    for (const auto &[name, kind] :
         {std::pair("2020", Signal::Gamma), {"PQ", Signal::Pq}, {"HLG", Signal::Hlg}}) {
        QTest::addRow("%s, hevc mp4", name) << int(kind) << u"mp4"_s << hevc();
        QTest::addRow("%s, h264 ts", name) << int(kind) << u"ts"_s << avc;
        QTest::addRow("%s, prores mov", name)
            << int(kind) << u"mov"_s
            << prores + QStringList{u"-vf"_s, u"setparams="_s + tagFilter(kind)};
        QTest::addRow("%s, ffv1 mkv", name)
            << int(kind) << u"mkv"_s << QStringList{u"-c:v"_s, u"ffv1"_s};
    }
}

// Colours that a screen of BT.709 can show, put into the wide signals: they come out as they were
// (2020), or as the formulas have them at their brightness.
void TestColours::patches_lookAlike()
{
    QFETCH(int, kind);
    QFETCH(QString, ending);
    QFETCH(QStringList, codec);
    std::vector<std::array<int, 3>> patches;
    std::vector<Triple> wanted;
    for (const Triple &colour : plainColours()) {
        const Triple signal = wideSignal(Signal(kind), colour);
        patches.push_back(wideCodes(signal));
        wanted.push_back(Signal(kind) == Signal::Gamma ? houseCodes(colour)
                                                       : expectedCodes(Signal(kind), 1000, signal));
    }
    const QString path
        = encode(u"patches-%1.%2"_s.arg(kind).arg(ending), patchPicture(patches),
                 u"%1x%2"_s.arg(patches.size() * kPatch).arg(kPatch), tags(Signal(kind)) + codec);
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, patchHouse(patches.size()), true);
    QVERIFY2(played.result, qPrintable(played.result ? QString() : played.result.error().detail));
    QCOMPARE(played.pictures.size(), std::size_t(5));
    for (std::size_t i = 0; i < patches.size(); ++i) {
        const Triple shown = shownPatch(played.pictures.front(), i, patches.size());
        for (std::size_t k = 0; k < 3; ++k)
            QVERIFY2(
                std::abs(shown[k] - wanted[i][k]) <= 3,
                qPrintable(u"patch %1: %2, not %3"_s.arg(i).arg(text(shown), text(wanted[i]))));
    }
}

void TestColours::wideGamut_isWhatZscaleMakes()
{
    std::vector<std::array<int, 3>> patches;
    for (const Triple &colour : plainColours())
        patches.push_back(wideCodes(wideSignal(Signal::Gamma, colour)));
    const QString path
        = encode(u"zscale.mkv"_s, patchPicture(patches),
                 u"%1x%2"_s.arg(patches.size() * kPatch).arg(kPatch), tags(Signal::Gamma) + hevc());
    QVERIFY(!path.isEmpty());
    const HouseFormat house = patchHouse(patches.size());
    const PlayedClip played = playClip(path, house, true);
    QVERIFY(played.result);
    const QString raw = path + u".yuv"_s;
    QVERIFY(runFfmpeg({u"-i"_s, path, u"-vf"_s,
                       u"zscale=p=709:t=709:m=709:r=limited:d=none,format=yuv420p"_s,
                       u"-frames:v"_s, u"1"_s, u"-f"_s, u"rawvideo"_s, raw}));
    QFile file(raw);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    QCOMPARE(bytes.size(), qint64(house.pictureBytes()));
    const std::vector<std::uint8_t> due(bytes.begin(), bytes.end());
    for (std::size_t i = 0; i < patches.size(); ++i) {
        const Triple shown = shownPatch(played.pictures.front(), i, patches.size());
        const Triple wanted = shownPatch(due, i, patches.size());
        for (std::size_t k = 0; k < 3; ++k)
            QVERIFY2(std::abs(shown[k] - wanted[k]) <= 3,
                     qPrintable(u"patch %1: %2, not %3"_s.arg(i).arg(text(shown), text(wanted))));
    }
}

void TestColours::greys_followTheFormulas_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("metadata");
    QTest::addColumn<int>("peak");
    const QString screen = u":master-display=G(8500,39850)B(6550,2300)R(35400,14600)"
                           "WP(15635,16450)L(%1,50)"_s;
    QTest::newRow("2020") << int(Signal::Gamma) << QString() << 1000;
    QTest::newRow("PQ") << int(Signal::Pq) << QString() << 1000;
    QTest::newRow("PQ, MaxCLL") << int(Signal::Pq) << u":max-cll=600,100"_s << 600;
    QTest::newRow("PQ, a screen") << int(Signal::Pq) << screen.arg(40'000'000) << 4000;
    QTest::newRow("PQ, both") << int(Signal::Pq) << screen.arg(40'000'000) + u":max-cll=2000,100"_s
                              << 2000;
    QTest::newRow("PQ, no brighter than white") << int(Signal::Pq) << u":max-cll=150,100"_s << 150;
    QTest::newRow("HLG") << int(Signal::Hlg) << QString() << 1000;
}

void TestColours::greys_followTheFormulas()
{
    QFETCH(int, kind);
    QFETCH(QString, metadata);
    QFETCH(int, peak);
    std::vector<std::array<int, 3>> patches;
    for (int code = 64; code <= 940; code += 12)
        patches.push_back({code, 512, 512});
    // The white of BT.2408: 203 nit, 75 % of HLG; all there is of a signal without one.
    const double white = Signal(kind) == Signal::Pq ? pqInverse(203)
        : Signal(kind) == Signal::Hlg               ? 0.75
                                                    : 1;
    patches.push_back(wideCodes({white, white, white}));
    const double brightest = Signal(kind) == Signal::Pq ? pqInverse(peak) : 1;
    patches.push_back(wideCodes({brightest, brightest, brightest}));
    const QString path = encode(u"greys.mkv"_s, patchPicture(patches),
                                u"%1x%2"_s.arg(patches.size() * kPatch).arg(kPatch),
                                tags(Signal(kind)) + hevc(metadata));
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, patchHouse(patches.size()), true);
    QVERIFY(played.result);
    double before = 0;
    for (std::size_t i = 0; i < patches.size(); ++i) {
        const Triple shown = shownPatch(played.pictures.front(), i, patches.size());
        const Triple signal = signalOf(patches[i][0], 512, 512);
        const double wanted = expectedCodes(Signal(kind), peak, signal)[0];
        QVERIFY2(std::abs(shown[0] - wanted) <= 1.25,
                 qPrintable(u"code %1: %2, not %3"_s.arg(patches[i][0]).arg(shown[0]).arg(wanted)));
        QVERIFY2(shown[1] == 128 && shown[2] == 128, qPrintable(text(shown)));
        if (i + 2 < patches.size())
            QVERIFY2(shown[0] + 0.25 >= before,
                     qPrintable(u"%1 after %2"_s.arg(shown[0]).arg(before)));
        before = shown[0];
    }
    QCOMPARE(shownPatch(played.pictures.front(), 0, patches.size())[0], 16.0);
    const double whiteShown
        = shownPatch(played.pictures.front(), patches.size() - 2, patches.size())[0];
    const double brightestShown
        = shownPatch(played.pictures.front(), patches.size() - 1, patches.size())[0];
    qInfo("reference white is %.1f, the brightest %.1f", whiteShown, brightestShown);
    if (peak > 203)
        QVERIFY2(std::abs(brightestShown - 235) <= 1.25,
                 qPrintable(QString::number(brightestShown)));
}

void TestColours::hues_stay_data()
{
    addSignals();
}

// Primaries and mixtures of BT.2020 that no screen of BT.709 can show, from dark to their
// brightest.
void TestColours::hues_stay()
{
    QFETCH(int, kind);
    const std::vector<Triple> hues{{1, 0, 0}, {0, 1, 0},   {0, 0, 1},   {1, 1, 0},  {0, 1, 1},
                                   {1, 0, 1}, {1, 0.5, 0}, {0.5, 0, 1}, {0, 1, 0.5}};
    constexpr std::size_t kSteps = 12;
    for (std::size_t hue = 0; hue < hues.size(); ++hue) {
        std::vector<std::array<int, 3>> patches;
        std::vector<Triple> light;
        for (std::size_t step = 1; step <= kSteps; ++step) {
            const double bright = std::pow(double(step) / kSteps, 2.4);
            Triple signal = hues[hue];
            for (double &value : signal) {
                value *= bright;
                value = Signal(kind) == Signal::Pq ? pqInverse(value * 1000)
                    : Signal(kind) == Signal::Hlg  ? hlgOetf(value)
                                                   : std::pow(value, 1 / 2.4);
            }
            patches.push_back(wideCodes(signal));
            light.push_back(screenLight(Signal(kind), 1000, signal));
        }
        const QString path = encode(u"hue.mkv"_s, patchPicture(patches),
                                    u"%1x%2"_s.arg(patches.size() * kPatch).arg(kPatch),
                                    tags(Signal(kind)) + hevc());
        QVERIFY(!path.isEmpty());
        const PlayedClip played = playClip(path, patchHouse(patches.size()), true);
        QVERIFY(played.result);
        double before = 0;
        for (std::size_t step = 0; step < kSteps; ++step) {
            const Triple shown = shownPatch(played.pictures.front(), step, kSteps);
            const QByteArray what
                = u"hue %1, step %2: %3"_s.arg(hue).arg(step).arg(text(shown)).toUtf8();
            QVERIFY2(shown[0] + 0.5 >= before, what.constData());
            before = shown[0];
            const double y = (shown[0] - 16) / 219;
            const double red = y + 1.5748 * (shown[2] - 128) / 224;
            const double blue = y + 1.8556 * (shown[1] - 128) / 224;
            const Triple rgb{red, (y - 0.2126 * red - 0.0722 * blue) / 0.7152, blue};
            // What was clearly more before is not less now.
            for (std::size_t a = 0; a < 3; ++a) {
                for (std::size_t b = 0; b < 3; ++b) {
                    if (light[step][a] > light[step][b] + 0.01)
                        QVERIFY2(rgb[a] > rgb[b] - 0.02, what.constData());
                }
            }
        }
    }
}

void TestColours::colours_mayChangeWithinAClip()
{
    const QString joined = m_media.path(u"colours.h264"_s);
    const std::vector<std::array<int, 3>> patches(4, {500, 512, 512});
    const QStringList codec{u"-c:v"_s, u"libx264"_s, u"-qp"_s, u"1"_s};
    const QStringList house{u"-color_primaries"_s, u"bt709"_s, u"-color_trc"_s,   u"bt709"_s,
                            u"-colorspace"_s,      u"bt709"_s, u"-color_range"_s, u"tv"_s};
    QFile whole(joined);
    QVERIFY(whole.open(QIODevice::WriteOnly));
    int part = 0;
    for (const QStringList &tag : {house, tags(Signal::Pq), tags(Signal::Hlg), house}) {
        const QString path = encode(u"colours-%1.h264"_s.arg(part), patchPicture(patches),
                                    u"64x16"_s, tag + codec);
        QVERIFY(!path.isEmpty());
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        whole.write(file.readAll());
        ++part;
    }
    whole.close();
    const PlayedClip played = playClip(joined, {64, 16, {25, 1}});
    QVERIFY(played.result);
    QCOMPARE(played.luma.size(), std::size_t(20));
    const Triple signal = signalOf(500, 512, 512);
    const std::array<double, 4> wanted{125, expectedCodes(Signal::Pq, 1000, signal)[0],
                                       expectedCodes(Signal::Hlg, 1000, signal)[0], 125};
    for (std::size_t i = 0; i < 20; ++i)
        QVERIFY2(std::abs(played.luma[i] - wanted[i / 5]) <= 2,
                 qPrintable(u"frame %1: %2"_s.arg(i).arg(played.luma[i])));
}

void TestColours::cover_isMappedOnce()
{
    const QString picture = encode(u"cover.mkv"_s, patchPicture({{500, 512, 512}}), u"16x16"_s,
                                   tags(Signal::Pq) + hevc() + QStringList{u"-frames:v"_s, u"1"_s});
    QVERIFY(!picture.isEmpty());
    const QString path = m_media.path(u"covered.mkv"_s);
    QVERIFY(runFfmpeg({u"-i"_s, picture, u"-f"_s, u"lavfi"_s, u"-i"_s, u"sine=d=2"_s, u"-map"_s,
                       u"0:v"_s, u"-map"_s, u"1:a"_s, u"-c:v"_s, u"copy"_s, path}));
    const PlayedClip played = playClip(path, {16, 16, {25, 1}});
    QVERIFY(played.result);
    QVERIFY(played.facts.isStill);
    QCOMPARE(played.luma.size(), std::size_t(50));
    const double wanted = expectedCodes(Signal::Pq, 1000, signalOf(500, 512, 512))[0];
    for (const int luma : played.luma)
        QVERIFY2(std::abs(luma - wanted) <= 2, qPrintable(QString::number(luma)));
}

void TestColours::realFiles_followTheFormulas_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("peak");
    const QString folder = mediaFolder();
    const auto row = [](const char *name, Signal kind, int peak = 1000) {
        QTest::newRow(name) << QString::fromLatin1(name) << int(kind) << peak;
    };
    row("androidx__dolbyVision-hdr.MOV", Signal::Hlg);
    row("androidx__sample_edit_list.mp4", Signal::Hlg);
    row("qt__h264_avc1_yuv420p10le_tv_bt2020.mov", Signal::Hlg);
    row("androidx__hdr10-av1.mp4", Signal::Pq);
    row("androidx__sample_with_colr_mdcv_and_clli.mp4", Signal::Pq);
    row("androidx__roadtrip-vp92-10bit.webm", Signal::Gamma);
}

// Each pixel of the first frame, after the graph.
void TestColours::realFiles_followTheFormulas()
{
    QFETCH(QString, name);
    QFETCH(int, kind);
    QFETCH(int, peak);
    const QString path = mediaFolder() + u'/' + name;
    if (mediaFolder().isEmpty() || !QFile::exists(path))
        QSKIP("CONTINUO_TEST_MEDIA names no folder that has it");
    const HouseFormat house{320, 180, {30, 1}};
    ClipRequest request;
    request.path = path;
    request.format = house;
    Result<std::unique_ptr<ClipReader>> clip = ClipReader::open(request);
    QVERIFY(clip);
    std::vector<std::uint8_t> picture(std::size_t(house.pictureBytes()));
    std::vector<std::int16_t> samples((std::size_t(samplesBefore(1, house.rate)) + 2) * 2);
    HouseFrame frame{picture, samples};
    Result<bool> more = clip.value()->next(frame);
    QVERIFY(more && more.value());
    QProcess ffmpeg;
    ffmpeg.start(u"ffmpeg"_s,
                 {u"-v"_s, u"error"_s, u"-nostdin"_s, u"-noautorotate"_s, u"-i"_s, path, u"-vf"_s,
                  clip.value()->facts().pictureFilters, u"-frames:v"_s, u"1"_s, u"-f"_s,
                  u"rawvideo"_s, u"-pix_fmt"_s, u"yuv420p10le"_s, u"-"_s});
    QVERIFY(ffmpeg.waitForFinished());
    const QByteArray raw = ffmpeg.readAllStandardOutput();
    QCOMPARE(raw.size(), qint64(picture.size() * 2));
    const auto *wide = reinterpret_cast<const std::uint16_t *>(raw.constData());
    constexpr int kPixels = 320 * 180;
    std::vector<double> apart;
    double sum = 0;
    for (int i = 0; i < kPixels; ++i) {
        const int chroma = i / 320 / 2 * 160 + i % 320 / 2;
        const Triple signal
            = signalOf(wide[i], wide[kPixels + chroma], wide[kPixels + kPixels / 4 + chroma]);
        apart.push_back(
            std::abs(picture[std::size_t(i)] - expectedCodes(Signal(kind), peak, signal)[0]));
        sum += apart.back();
    }
    std::ranges::sort(apart);
    qInfo("luma apart: mean %.2f, 99 %% within %.1f, most %.1f", sum / kPixels,
          apart[kPixels * 99 / 100], apart.back());
    QVERIFY(sum / kPixels <= 1);
    QVERIFY(apart[kPixels * 99 / 100] <= 3);
}

void TestColours::map_refusesOtherPictures()
{
    FramePtr frame(av_frame_alloc());
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = 16;
    frame->height = 16;
    QVERIFY(av_frame_get_buffer(frame.get(), 0) >= 0);
    std::vector<std::uint8_t> house(16 * 16 * 3 / 2);
    ColourMap map;
    QCOMPARE(map.map(frame.get(), Colours(), house).error().code, ErrorCode::InvalidArgument);
    frame->format = AV_PIX_FMT_YUV420P10;
    house.pop_back();
    QCOMPARE(map.map(frame.get(), Colours(), house).error().code, ErrorCode::InvalidArgument);
}

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestColours)
#include "tst_colours.moc"
