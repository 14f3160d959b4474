// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_aperture.h"

#include "tests/support/mediafolder/mediafolder.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>
#include <QtEndian>

#include <algorithm>
#include <array>
#include <cstdlib>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const HouseFormat kApertureHouse{144, 96, {25, 1}};

/// Puts \p box to the end of the picture's entry and lengthens all boxes about it. For files whose
/// moov is last, so that nothing else moves.
bool putIntoEntry(const QString &path, const QByteArray &box)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite))
        return false;
    QByteArray bytes = file.readAll();
    qsizetype at = 0;
    qsizetype end = bytes.size();
    QList<qsizetype> about;
    for (const char *name : {"moov", "trak", "mdia", "minf", "stbl", "stsd"}) {
        while (at + 8 <= end && bytes.mid(at + 4, 4) != name)
            at += qFromBigEndian<qint32>(bytes.constData() + at);
        if (at + 8 > end)
            return false;
        about.append(at);
        end = at + qFromBigEndian<qint32>(bytes.constData() + at);
        at += 8;
    }
    about.append(at + 8); // the entry, behind version and count
    const qsizetype entryEnd
        = about.last() + qFromBigEndian<qint32>(bytes.constData() + about.last());
    for (const qsizetype begin : about)
        qToBigEndian<qint32>(qFromBigEndian<qint32>(bytes.constData() + begin) + qint32(box.size()),
                             bytes.data() + begin);
    bytes.insert(entryEnd, box);
    return file.seek(0) && file.write(bytes) == bytes.size();
}

QByteArray clapBox(const std::array<qint32, 8> &values)
{
    QByteArray box(40, '\0');
    qToBigEndian<qint32>(40, box.data());
    box.replace(4, 4, "clap");
    for (std::size_t i = 0; i < values.size(); ++i)
        qToBigEndian<qint32>(values[i], box.data() + 8 + 4 * i);
    return box;
}

/// Whether all of the picture is white, to the edges.
bool isAllWhite(const std::vector<std::uint8_t> &picture, const HouseFormat &format)
{
    return std::all_of(picture.begin(), picture.begin() + format.width * format.height,
                       [](std::uint8_t luma) { return std::abs(luma - 200) <= 4; });
}

} // namespace

void TestAperture::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

bool TestAperture::makeBordered(const QString &path, const QStringList &output,
                                const QString &filter)
{
    return runFfmpeg(QStringList{u"-f"_s, u"lavfi"_s, u"-i"_s,
                                 u"color=black:s=168x108:r=25:d=0.4,format=yuv420p,"
                                 "geq=lum='if(between(X,16,159)*between(Y,8,103),200,90)':"
                                 "cb=128:cr=128"_s
                                     + filter}
                     + output + QStringList{path});
}

void TestAperture::cleanAperture_isCropped_data()
{
    using Values = QList<qint32>;
    QTest::addColumn<QString>("ending");
    QTest::addColumn<QList<qint32>>("values");
    QTest::addColumn<bool>("isCropped");
    const Values good{144, 1, 96, 1, 4, 1, 2, 1};
    QTest::newRow("mov") << u"mov"_s << good << true;
    QTest::newRow("mp4") << u"mp4"_s << good << true;
    QTest::newRow("fractions") << u"mov"_s << Values{1441, 10, 192, 2, 39, 10, 4, 2} << true;
    QTest::newRow("larger than the picture")
        << u"mov"_s << Values{200, 1, 96, 1, 0, 1, 0, 1} << false;
    QTest::newRow("beyond the edge") << u"mov"_s << Values{144, 1, 96, 1, 40, 1, 0, 1} << false;
    QTest::newRow("through nothing") << u"mov"_s << Values{144, 0, 96, 1, 0, 1, 0, 1} << false;
    QTest::newRow("nothing left") << u"mov"_s << Values{1, 1, 1, 1, 0, 1, 0, 1} << false;
    QTest::newRow("wild") << u"mov"_s << Values{INT32_MIN, 1, 96, 1, INT32_MAX, 1, 0, -1} << false;
}

void TestAperture::cleanAperture_isCropped()
{
    QFETCH(QString, ending);
    QFETCH(QList<qint32>, values);
    QFETCH(bool, isCropped);
    const QString path = m_media.path(u"clap."_s + ending);
    QVERIFY(makeBordered(path, {u"-c:v"_s, u"libx264"_s, u"-qp"_s, u"2"_s}));
    std::array<qint32, 8> fields{};
    std::ranges::copy(values, fields.begin());
    QVERIFY(putIntoEntry(path, clapBox(fields)));
    const PlayedClip played = playClip(path, kApertureHouse, true);
    QVERIFY(played.result);
    QCOMPARE(played.facts.pictureFilters.startsWith(u"crop=144:96:16:8,"_s), isCropped);
    QCOMPARE(isAllWhite(played.pictures.front(), kApertureHouse), isCropped);
}

// ffmpeg writes no PixelCrop; the two lengths that it writes for the display become crops.
void TestAperture::pixelCrop_isCropped()
{
    const QString path = m_media.path(u"pixelcrop.mkv"_s);
    QVERIFY(makeBordered(path, {u"-c:v"_s, u"ffv1"_s}, u",crop=168:96:0:8,setsar=2"_s));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QByteArray bytes = file.readAll();
    const qsizetype width = bytes.indexOf(QByteArray::fromHex("54b0"));
    const qsizetype height = bytes.indexOf(QByteArray::fromHex("54ba"));
    QVERIFY(width > 0 && height > 0);
    const auto replace = [&bytes](qsizetype at, const char *id, char pixels) {
        const int length = bytes[at + 2] & 0x7F;
        bytes.replace(at, 2, QByteArray::fromHex(id));
        bytes.replace(at + 3, length, QByteArray(length - 1, '\0') + pixels);
    };
    replace(width, "54cc", 16);
    replace(height, "54dd", 8);
    QVERIFY(file.seek(0) && file.write(bytes) == bytes.size());
    file.close();
    const PlayedClip played = playClip(path, kApertureHouse, true);
    QVERIFY(played.result);
    QVERIFY2(played.facts.pictureFilters.startsWith(u"crop=144:96:16:0,"_s),
             qPrintable(played.facts.pictureFilters));
    QVERIFY(isAllWhite(played.pictures.front(), kApertureHouse));
}

void TestAperture::fields_areCropped()
{
    const QString path = m_media.path(u"clapfields.mov"_s);
    QVERIFY(makeBordered(path, {u"-c:v"_s, u"ffvhuff"_s, u"-field_order"_s, u"tt"_s}));
    QVERIFY(putIntoEntry(path, clapBox({144, 1, 96, 1, 4, 1, 2, 1})));
    const HouseFormat house{144, 96, {50, 1}};
    const PlayedClip played = playClip(path, house, true);
    QVERIFY(played.result);
    QVERIFY2(played.facts.pictureFilters.startsWith(u"crop=144:96:16:8,bwdif=mode=send_field"_s),
             qPrintable(played.facts.pictureFilters));
    QCOMPARE(played.pictures.size(), std::size_t(20));
    for (const std::vector<std::uint8_t> &picture : played.pictures)
        QVERIFY(isAllWhite(picture, house));
}

void TestAperture::realFiles_areCropped_data()
{
    QTest::addColumn<QString>("crop");
    QTest::newRow("opf__dv-pal-interlaced.mov") << u"crop=702:576:8:0,"_s;
    QTest::newRow("opf__hdv-1080i50.mov") << u"crop=1416:1062:12:8,"_s;
    // Said of 720x486, and the decoder has 720x512: nobody knows where those lie in it.
    QTest::newRow("opf__mpeg-imx-525-60.mov") << u"bwdif="_s;
    QTest::newRow("opf__xdcam-ex-1080i60.mov") << u"crop=1888:1062:16:8,"_s;
    QTest::newRow("opf__xdcam-hd422-720p50.mov") << u"crop=1248:702:16:8,"_s;
}

void TestAperture::realFiles_areCropped()
{
    QFETCH(QString, crop);
    const QString path = mediaFolder() + u'/' + QString::fromUtf8(QTest::currentDataTag());
    if (mediaFolder().isEmpty() || !QFile::exists(path))
        QSKIP("CONTINUO_TEST_MEDIA names no folder that has it");
    ClipRequest request;
    request.path = path;
    request.format = kApertureHouse;
    Result<std::unique_ptr<ClipReader>> clip = ClipReader::open(request);
    QVERIFY(clip);
    const QString filters = clip.value()->facts().pictureFilters;
    QVERIFY2(filters.startsWith(crop), qPrintable(filters));
}

} // namespace continuo
