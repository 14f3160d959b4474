// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/logoplace.h"

#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const HouseFormat kHouse{1280, 720, {30, 1}};

LogoPlace corner(LogoPlace::Anchor anchor, double widthPercent = 0)
{
    LogoPlace place;
    place.anchor = anchor;
    place.widthPercent = widthPercent;
    return place;
}

LogoPlace free(int x, int y)
{
    LogoPlace place;
    place.anchor = LogoPlace::Anchor::Free;
    place.x = x;
    place.y = y;
    return place;
}

} // namespace

class TestLogoPlace final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void rect_isWhereItWasAskedFor_data()
    {
        using Anchor = LogoPlace::Anchor;
        QTest::addColumn<LogoPlace>("place");
        QTest::addColumn<QSize>("own");
        QTest::addColumn<QRect>("rect");
        const QSize own(101, 51);
        QTest::newRow("top left") << corner(Anchor::TopLeft) << own << QRect(64, 36, 101, 51);
        QTest::newRow("top right") << corner(Anchor::TopRight) << own << QRect(1115, 36, 101, 51);
        QTest::newRow("bottom left")
            << corner(Anchor::BottomLeft) << own << QRect(64, 633, 101, 51);
        QTest::newRow("bottom right, a tenth wide")
            << corner(Anchor::BottomRight, 10) << own << QRect(1088, 619, 128, 65);
        QTest::newRow("free, odd") << free(3, 7) << own << QRect(3, 7, 101, 51);
        QTest::newRow("to the last pixel") << free(1179, 669) << own << QRect(1179, 669, 101, 51);
        QTest::newRow("as large as the picture")
            << corner(Anchor::TopLeft) << QSize(1280, 720) << QRect(0, 0, 1280, 720);
        QTest::newRow("a line is not lost")
            << corner(Anchor::TopLeft, 1) << QSize(4000, 2) << QRect(64, 36, 13, 1);
    }
    void rect_isWhereItWasAskedFor()
    {
        QFETCH(LogoPlace, place);
        QFETCH(QSize, own);
        QFETCH(QRect, rect);
        const Result<QRect> found = place.rectFor(own, kHouse);
        QVERIFY2(found, qPrintable(found ? QString() : found.error().detail));
        QCOMPARE(found.value(), rect);
    }

    void place_isRefusedInWords()
    {
        const auto words = [](const LogoPlace &place, QSize own) {
            const Result<QRect> rect = place.rectFor(own, kHouse);
            return rect ? QString() : rect.error().detail;
        };
        QCOMPARE(words({}, QSize(1281, 20)),
                 u"the logo is larger than the picture (1281x20 pixels, and the picture has "
                 "1280x720): give it a smaller width"_s);
        QVERIFY(words({}, QSize(20, 721)).contains(u"20x721"_s));
        QVERIFY(
            words(corner(LogoPlace::Anchor::TopLeft, 50), QSize(10, 20)).contains(u"640x1280"_s));
        QCOMPARE(words(free(1180, 0), QSize(101, 51)),
                 u"the logo (101x51 pixels) does not fit into the picture (1280x720) at 1180,0"_s);
        QVERIFY(!words(free(-1, 0), QSize(10, 10)).isEmpty());
    }

    void place_isReadAsItWasWritten_data()
    {
        QTest::addColumn<LogoPlace>("place");
        LogoPlace premultiplied = corner(LogoPlace::Anchor::BottomLeft, 12.5);
        premultiplied.isPremultiplied = true;
        QTest::newRow("default") << LogoPlace();
        QTest::newRow("corner") << premultiplied;
        QTest::newRow("free") << free(0, 19);
    }
    void place_isReadAsItWasWritten()
    {
        QFETCH(LogoPlace, place);
        const Result<LogoPlace> read = LogoPlace::fromJson(place.toJson());
        QVERIFY(read);
        QCOMPARE(read.value(), place);
    }

    void request_isRefused_data()
    {
        QTest::addColumn<QJsonObject>("request");
        QTest::newRow("corner") << QJsonObject{{u"corner"_s, u"middle"_s}};
        QTest::newRow("half a place") << QJsonObject{{u"x"_s, 5}};
        QTest::newRow("two places")
            << QJsonObject{{u"x"_s, 5}, {u"y"_s, 5}, {u"corner"_s, u"top-left"_s}};
        QTest::newRow("width") << QJsonObject{{u"widthPercent"_s, 101}};
        QTest::newRow("below zero") << QJsonObject{{u"widthPercent"_s, -1}};
    }
    void request_isRefused()
    {
        QFETCH(QJsonObject, request);
        const Result<LogoPlace> read = LogoPlace::fromJson(request);
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::InvalidArgument);
    }
};

} // namespace continuo

QTEST_APPLESS_MAIN(continuo::TestLogoPlace)
#include "tst_logoplace.moc"
