// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_logopainter.h"

#include "core/playout/logopainter.h"

#include <QTest>

#include <map>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

using Pixels = std::vector<std::uint8_t>;

const HouseFormat kSmallHouse{64, 36, {30, 1}};
constexpr std::int64_t kFirstAired = 480;

// An opaque logo of one colour: 16x8 at \p x, 20.
LogoPtr logoAt(int x, int colour)
{
    const Pixels colours(std::size_t(kSmallHouse.pictureBytes()), std::uint8_t(colour));
    Pixels alpha(colours.size(), 0);
    const int luma = kSmallHouse.width * kSmallHouse.height;
    for (int line = 20; line < 28; ++line)
        std::fill_n(alpha.begin() + line * kSmallHouse.width + x, 16, std::uint8_t(255));
    for (const int plane : {luma, luma + luma / 4}) {
        for (int line = 10; line < 14; ++line)
            std::fill_n(alpha.begin() + plane + line * kSmallHouse.width / 2 + x / 2, 8,
                        std::uint8_t(255));
    }
    Result<LogoPtr> logo = Logo::create(colours.data(), alpha.data(), kSmallHouse);
    return logo ? logo.value() : nullptr;
}

// A picture whose every sample is \p value.
std::shared_ptr<Pixels> flat(int value)
{
    return std::make_shared<Pixels>(std::size_t(kSmallHouse.pictureBytes()), std::uint8_t(value));
}

AirFrame unaired(std::int64_t number, const std::shared_ptr<Pixels> &picture)
{
    AirFrame frame;
    frame.number = number;
    frame.picture = picture->data();
    frame.keepAlive = picture;
    return frame;
}

// Draws and airs a picture that nobody else has.
AirFrame air(LogoPainter &painter, std::int64_t number, const std::shared_ptr<Pixels> &picture,
             const QString &category = {})
{
    AirFrame frame = unaired(number, picture);
    painter.draw(frame, picture->data(), category);
    painter.aired();
    return frame;
}

// The same of the last one, or of the slate.
AirFrame airAgain(LogoPainter &painter, std::int64_t number, const AirFrame &last)
{
    AirFrame frame = last;
    frame.number = number;
    painter.draw(frame, nullptr, {});
    painter.aired();
    return frame;
}

// What the middle of a logo at \p x shows.
int seen(const AirFrame &frame, int x)
{
    return frame.picture[24 * kSmallHouse.width + x + 8];
}

Pixels copyOf(const AirFrame &frame)
{
    return {frame.picture, frame.picture + kSmallHouse.pictureBytes()};
}

} // namespace

void TestLogoPainter::withoutALogo_picturesStayWhatTheyAre()
{
    LogoPainter painter(kSmallHouse, kFirstAired);
    const auto picture = flat(50);
    const AirFrame frame = air(painter, kFirstAired, picture);
    QCOMPARE(frame.picture, picture->data());
    QCOMPARE(*picture, *flat(50));
    const AirFrame held = airAgain(painter, kFirstAired + 1, frame);
    QCOMPARE(held.picture, picture->data());
}

void TestLogoPainter::change_takesEffect_atTheFrameThatIsSaid()
{
    LogoPainter painter(kSmallHouse, kFirstAired);
    for (std::int64_t number = kFirstAired; number < 500; ++number)
        air(painter, number, flat(50));
    LogoRule rule;
    rule.fade = 4;
    const LogoPlan plan = painter.change(1, logoAt(8, 250), 255, rule);
    QVERIFY(plan.changesAt() > 500 && plan.changesAt() < 503);
    QVERIFY(painter.plan() == plan);
    for (std::int64_t number = 500; number < 510; ++number) {
        const AirFrame frame = air(painter, number, flat(50));
        const std::int64_t step = std::clamp<std::int64_t>(number - plan.changesAt() + 1, 0, 4);
        QCOMPARE(seen(frame, 8), 50 + int(255 * step / 4 * 200 + 127) / 255);
        QCOMPARE(int(frame.picture[0]), 50);
    }
}

void TestLogoPainter::changeDuringAFade_waitsForItsEnd()
{
    LogoPainter painter(kSmallHouse, kFirstAired);
    LogoRule rule;
    rule.fade = 20;
    air(painter, kFirstAired, flat(50));
    const LogoPlan first = painter.change(1, logoAt(8, 250), 255, rule);
    air(painter, kFirstAired + 1, flat(50));
    const LogoPlan second = painter.change(2, logoAt(40, 150), 255, rule);
    QCOMPARE(second.changesAt(), first.restsAt() + 1);
    QCOMPARE(second.leaving.logo, 1);
    int last = 50;
    for (std::int64_t number = kFirstAired + 2; number < second.changesAt(); ++number) {
        const AirFrame frame = air(painter, number, flat(50));
        QVERIFY(seen(frame, 8) >= last); // it goes on as it was told
        last = seen(frame, 8);
        QCOMPARE(seen(frame, 40), 50);
    }
    QCOMPARE(last, 250);
    AirFrame frame;
    for (std::int64_t number = second.changesAt(); number <= second.restsAt(); ++number)
        frame = air(painter, number, flat(50));
    QCOMPARE(seen(frame, 8), 50);
    QCOMPARE(seen(frame, 40), 150);
}

void TestLogoPainter::pictureShownAgain_isNotDrawnTwice()
{
    LogoPainter painter(kSmallHouse, kFirstAired);
    LogoPlan plan;
    plan.shown = {1, LogoRamp::steady(128)};
    painter.begin(plan, logoAt(8, 250), nullptr, {}, std::nullopt, kFirstAired);
    const AirFrame frame = air(painter, kFirstAired, flat(50));
    QCOMPARE(seen(frame, 8), 150);
    AirFrame held = airAgain(painter, kFirstAired + 1, frame);
    held = airAgain(painter, kFirstAired + 2, held);
    QCOMPARE(held.picture, frame.picture);
    QCOMPARE(seen(held, 8), 150);
}

// While the picture stands its logo goes on: the pixels that it had hidden come back.
void TestLogoPainter::pictureShownAgain_hasTheLookOfItsFrame()
{
    LogoPainter painter(kSmallHouse, kFirstAired);
    LogoPlan plan;
    plan.shown = {1, LogoRamp::steady(255)};
    LogoRule rule;
    rule.fade = 5;
    painter.begin(plan, logoAt(8, 250), nullptr, rule, std::nullopt, kFirstAired);
    const AirFrame first = air(painter, kFirstAired, flat(50));
    const Pixels aired = copyOf(first);
    const LogoPlan next = painter.change(2, logoAt(16, 150), 255, rule); // they overlap
    AirFrame held = first;
    for (std::int64_t number = kFirstAired + 1; number < kFirstAired + 20; ++number) {
        held = airAgain(painter, number, held);
        const auto reference = flat(50);
        AirFrame fresh = unaired(number, reference);
        LogoPainter other(kSmallHouse, number);
        other.begin(next, logoAt(16, 150), logoAt(8, 250), rule, std::nullopt, kFirstAired);
        other.draw(fresh, reference->data(), {});
        QCOMPARE(copyOf(held), *reference);
    }
    QCOMPARE(copyOf(first), aired); // its pages were in the pipe
    QCOMPARE(seen(held, 16), 150);
    QCOMPARE(int(held.picture[24 * kSmallHouse.width + 10]), 50);
}

void TestLogoPainter::slate_isNotTouched_andDrawnOnceALook()
{
    LogoPainter painter(kSmallHouse, kFirstAired);
    LogoPlan plan;
    plan.shown = {1, LogoRamp::steady(255)};
    painter.begin(plan, logoAt(8, 250), nullptr, {}, std::nullopt, kFirstAired);
    const auto slate = flat(30);
    AirFrame still = unaired(kFirstAired, slate);
    still.isSlate = true;
    const AirFrame first = airAgain(painter, kFirstAired, still);
    const AirFrame second = airAgain(painter, kFirstAired + 1, still);
    QCOMPARE(seen(first, 8), 250);
    QCOMPARE(second.picture, first.picture);
    QCOMPARE(*slate, *flat(30));
    LogoRule rule;
    rule.isOnSlate = false;
    rule.fade = 3;
    const LogoPlan without = painter.change(1, logoAt(8, 250), 255, rule);
    AirFrame last;
    for (std::int64_t number = kFirstAired + 2; number <= without.changesAt() + 2; ++number)
        last = airAgain(painter, number, still);
    QCOMPARE(seen(last, 8), 30);
    QVERIFY(!painter.isWanted());
    QCOMPARE(seen(first, 8), 250);
    QCOMPARE(*slate, *flat(30));
}

// What follows a frame that was dropped stands on the one that was aired before it.
void TestLogoPainter::droppedFrame_isForgotten()
{
    LogoPainter painter(kSmallHouse, kFirstAired);
    LogoPlan plan;
    plan.shown = {1, LogoRamp{kFirstAired, 0, 255, 5}};
    painter.begin(plan, logoAt(8, 250), nullptr, {}, std::nullopt, kFirstAired);
    const AirFrame aired = air(painter, kFirstAired, flat(50));
    const auto picture = flat(90);
    AirFrame dropped = unaired(kFirstAired + 1, picture);
    painter.draw(dropped, picture->data(), {});
    const AirFrame held = airAgain(painter, kFirstAired + 1, aired);
    QCOMPARE(seen(held, 8), 50 + (102 * 200 + 127) / 255);
    QCOMPARE(int(held.picture[0]), 50);
}

void TestLogoPainter::category_fadesItOutAndIn()
{
    LogoPainter painter(kSmallHouse, kFirstAired);
    LogoPlan plan;
    plan.shown = {1, LogoRamp::steady(255)};
    LogoRule rule;
    rule.offFor = QStringList{u"Ads"_s};
    rule.fade = 4;
    painter.begin(plan, logoAt(8, 255), nullptr, rule, std::nullopt, kFirstAired);
    const auto shown = [&](std::int64_t number, const QString &category) {
        return seen(air(painter, number, flat(0), category), 8);
    };
    QCOMPARE(shown(480, u"film"_s), 255);
    QCOMPARE(shown(481, u"ads"_s), 192);
    QCOMPARE(shown(482, u"ads"_s), 128);
    QCOMPARE(shown(483, u"ads"_s), 64);
    QCOMPARE(shown(484, u"ads"_s), 0);
    QVERIFY(!painter.isWanted());
    QCOMPARE(shown(485, {}), 63);
    QCOMPARE(shown(486, u"Ads"_s), 48); // so short an item
    QCOMPARE(shown(487, {}), 99);
    for (std::int64_t number = 488; number < 490; ++number)
        shown(number, {});
    QCOMPARE(shown(490, {}), 255);
}

// Wherever an engine dies, the next one makes the frames that follow, and those that are made
// again, as it would have.
void TestLogoPainter::nextEngine_drawsTheSame()
{
    const std::map<std::int64_t, LogoPtr> logos{
        {0, nullptr}, {1, logoAt(8, 250)}, {2, logoAt(16, 150)}};
    LogoRule rule;
    rule.offFor = QStringList{u"Ads"_s};
    const auto category
        = [](std::int64_t number) { return number >= 520 && number < 560 ? u"Ads"_s : QString(); };
    struct Moment {
        Pixels picture;
        LogoRamp wanted;
        LogoPlan plan; // as the ledger has it
    };
    std::map<std::int64_t, Moment> all;
    LogoPainter painter(kSmallHouse, kFirstAired);
    painter.begin({{1, LogoRamp::steady(255)}, {}}, logos.at(1), nullptr, rule, std::nullopt,
                  kFirstAired);
    for (std::int64_t number = kFirstAired; number < 620; ++number) {
        const auto picture = flat(int(number % 200));
        const AirFrame frame = air(painter, number, picture, category(number));
        all[number] = {*picture, frame.logoWanted, painter.plan()};
        if (number == 498)
            painter.change(2, logos.at(2), 200, rule);
        if (number == 575)
            painter.change(0, nullptr, 0, rule);
    }
    for (std::int64_t died = kFirstAired + 10; died < 618; ++died) {
        const Moment &left = all.at(died);
        LogoPainter next(kSmallHouse, died - 9);
        next.begin(left.plan, logos.at(left.plan.shown.logo), logos.at(left.plan.leaving.logo),
                   rule, left.wanted, died + 1);
        for (std::int64_t number = died - 9; number < died + 2; ++number) {
            if (all.at(number).plan != left.plan && number > died)
                break; // a client asked for it meanwhile
            const auto picture = flat(int(number % 200));
            air(next, number, picture, category(number));
            QVERIFY2(*picture == all.at(number).picture,
                     qPrintable(u"died at %1, frame %2"_s.arg(died).arg(number)));
        }
        QVERIFY(next.change(2, logos.at(2), 255, rule).changesAt() > died);
    }
}

} // namespace continuo
