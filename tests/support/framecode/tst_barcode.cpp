// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/barcode.h"
#include "tests/support/framecode/subjects.h"

#include <QRegularExpression>
#include <QTest>

#include <random>

using namespace Qt::StringLiterals;
using namespace framecode;

namespace {

struct TestPicture {
    TestPicture(int w, int h)
        : width(w)
        , height(h)
        , luma(static_cast<std::size_t>(w) * static_cast<std::size_t>(h), 16)
    {
    }
    LumaCanvas canvas()
    {
        LumaCanvas view;
        view.data = luma.data();
        view.stepY = width;
        view.width = width;
        view.height = height;
        return view;
    }
    LumaView view() const
    {
        LumaView view;
        view.data = luma.data();
        view.stepY = width;
        view.width = width;
        view.height = height;
        return view;
    }
    /// The part of the picture that an area covers.
    LumaCanvas part(const Area &area)
    {
        LumaCanvas view = canvas();
        view.data += static_cast<int>(area.y) * width + static_cast<int>(area.x);
        view.width = static_cast<int>(area.width);
        view.height = static_cast<int>(area.height);
        return view;
    }
    void fillPart(const Area &area, std::uint8_t value)
    {
        const LumaCanvas canvas = part(area);
        for (int y = 0; y < canvas.height; ++y)
            std::fill_n(canvas.data + y * canvas.stepY, canvas.width, value);
    }

    int width;
    int height;
    std::vector<std::uint8_t> luma;
};

constexpr PictureCode kCodes[]{{1, 0}, {5, 123456}, {kMaxClip, kMaxFrame}, {0, 0}, {2047, 1}};

class TestBarcode final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void code_isReadWhereItLies_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("aspectWidth");
        QTest::addColumn<int>("aspectHeight");
        QTest::newRow("720p") << 1280 << 720 << 16 << 9;
        QTest::newRow("720p 4:3") << 1280 << 720 << 4 << 3;
        QTest::newRow("720p portrait") << 1280 << 720 << 9 << 16;
        QTest::newRow("720p scope") << 1280 << 720 << 239 << 100;
        QTest::newRow("256x144") << 256 << 144 << 16 << 9;
        QTest::newRow("256x144 portrait") << 256 << 144 << 9 << 16;
        QTest::newRow("160x90") << 160 << 90 << 16 << 9;
        QTest::newRow("160x90 4:3") << 160 << 90 << 4 << 3;
        QTest::newRow("160x90 portrait") << 160 << 90 << 9 << 16;
    }
    void code_isReadWhereItLies()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, aspectWidth);
        QFETCH(int, aspectHeight);
        const Rate aspect{aspectWidth, aspectHeight};
        const Area area = fittedArea(aspect, width, height);
        CodeFinder knowing({aspect});
        CodeFinder searching({});
        for (const PictureCode &code : kCodes) {
            TestPicture picture(width, height);
            picture.fillPart(area, 110);
            paintCode(picture.part(area), code);
            const ReadResult known = knowing.read(picture.view());
            QVERIFY(known.state == ReadState::Read && known.code == code);
            // Without knowing the shape: by the edges of what is bright.
            const ReadResult found = searching.read(picture.view());
            QVERIFY(found.state == ReadState::Read && found.code == code);
        }
    }

    void code_isReadUpright_whenTheViewIsTurned_data()
    {
        QTest::addColumn<int>("degrees");
        for (const int degrees : {0, 90, 180, 270})
            QTest::addRow("%d", degrees) << degrees;
    }
    void code_isReadUpright_whenTheViewIsTurned()
    {
        QFETCH(int, degrees);
        TestPicture picture(640, 360);
        paintCode(picture.canvas().turned(degrees), {9, 77});
        const LumaView upright = picture.view().turned(degrees);
        QCOMPARE(upright.width, degrees % 180 == 0 ? 640 : 360);
        const Area whole{0, 0, double(upright.width), double(upright.height)};
        QCOMPARE(readCode(upright, whole).code, (PictureCode{9, 77}));
        const LumaView wrong = picture.view().turned((degrees + 90) % 360);
        const Area other{0, 0, double(wrong.width), double(wrong.height)};
        QVERIFY(readCode(wrong, other).state != ReadState::Read);
    }

    void code_survivesNoise()
    {
        std::mt19937 random(1);
        TestPicture picture(1280, 720);
        paintCode(picture.canvas(), {300, 4000});
        for (std::uint8_t &sample : picture.luma)
            sample = static_cast<std::uint8_t>(std::clamp(
                static_cast<int>(sample) + static_cast<int>(random() % 161) - 80, 0, 255));
        QCOMPARE(CodeFinder({}).read(picture.view()).code, (PictureCode{300, 4000}));
    }

    void everyCell_isGuarded()
    {
        // Whichever of the 48 cells turns over: never another code.
        for (int row = 0; row < 6; ++row) {
            for (int column = 0; column < 8; ++column) {
                TestPicture picture(320, 180);
                paintCode(picture.canvas(), {12, 345});
                const Area cell{(column + 1) * 32.0, 36.0 + (row + 1) * 12.0, 32, 12};
                const bool white
                    = picture.luma[static_cast<std::size_t>((cell.y + 6) * 320 + cell.x + 16)]
                    > 128;
                picture.fillPart(cell, white ? 32 : 220);
                QVERIFY(CodeFinder({}).read(picture.view()).state == ReadState::Damaged);
            }
        }
    }

    void pictureWithoutCode_hasNone()
    {
        std::mt19937 random(2);
        CodeFinder finder({});
        TestPicture picture(320, 180);
        QVERIFY(finder.read(picture.view()).state == ReadState::None);
        for (int round = 0; round < 200; ++round) {
            // Blocks as large as cells: the worst case for a false code.
            for (int y = 0; y < 15; ++y) {
                for (int x = 0; x < 10; ++x)
                    picture.fillPart({x * 32.0, y * 12.0, 32, 12},
                                     static_cast<std::uint8_t>(random() % 2 == 0 ? 30 : 220));
            }
            QVERIFY(finder.read(picture.view()).state != ReadState::Read);
        }
    }

    void tenBits_areReadAsEight()
    {
        TestPicture picture(640, 360);
        paintCode(picture.canvas(), {3, 14});
        std::vector<std::uint16_t> deep(picture.luma.begin(), picture.luma.end());
        for (std::uint16_t &sample : deep)
            sample = static_cast<std::uint16_t>(sample << 2);
        LumaView view = picture.view();
        view.data = reinterpret_cast<const std::uint8_t *>(deep.data());
        view.stepX = 2;
        view.stepY = 1280;
        view.bytesPerSample = 2;
        view.shift = 2;
        QCOMPARE(CodeFinder({}).read(view).code, (PictureCode{3, 14}));
    }
};

} // namespace

std::unique_ptr<QObject> makeBarcodeTest()
{
    return std::make_unique<TestBarcode>();
}

#include "tst_barcode.moc"
