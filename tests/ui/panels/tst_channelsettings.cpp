// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/panels/tst_channelsettings.h"

#include "tests/ui/panels/shownwords.h"
#include "tests/ui/stationfixture.h"
#include "ui/panels/channeldialog.h"
#include "ui/panels/logoform.h"
#include "ui/panels/loudnesspanel.h"
#include "ui/panels/mainwindow.h"
#include "ui/panels/programmepanel.h"
#include "ui/widgets/playlistview.h"
#include "ui/widgets/statemark.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QLabel>
#include <QLayout>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QRegularExpression>
#include <QSpinBox>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

const QString kChannel = u"Riverside TV"_s;

QJsonObject logoJson()
{
    return {{u"path"_s, u"/logos/tv.png"_s},
            {u"state"_s, u"shown"_s},
            {u"on"_s, true},
            {u"corner"_s, u"top-left"_s},
            {u"widthPercent"_s, 10},
            {u"opacity"_s, 80},
            {u"fade"_s, 12},
            {u"offFor"_s, QJsonArray{u"advert"_s}},
            {u"onSlate"_s, true}};
}

struct Settings : StationFixture {
    Settings()
    {
        engine.items.append(itemOf(u"a"_s));
        window.resize(1600, 900);
        window.show();
        Q_UNUSED(QTest::qWaitForWindowActive(&window)) // else its keys are nobody's
        connectBoth();
        tell({{u"loudness"_s, QJsonObject{{u"target"_s, -20}}},
              {u"languages"_s, QJsonArray{u"de"_s, u"en"_s}},
              {u"format"_s, QJsonObject{{u"width"_s, 1280}, {u"height"_s, 720}}},
              {u"logo"_s, logoJson()}});
        [this] { QTRY_VERIFY(station.selected() && station.selected()->logo); }();
        engine.asked.clear();
    }

    void tell(const QJsonObject &more)
    {
        QJsonObject status = statusOf(kChannel, u"on-air"_s);
        for (auto field = more.begin(); field != more.end(); ++field)
            status.insert(field.key(), field.value());
        engine.server->notify(u"event.status"_s, status, kChannel);
    }
    void press(Qt::Key key)
    {
        window.activateWindow(); // behind a dialog that was closed
        Q_UNUSED(QTest::qWaitForWindowActive(&window))
        QTest::keyClick(window.findChild<PlaylistView *>(), key, Qt::ControlModifier);
    }
    ChannelDialog *dialog() { return window.findChild<ChannelDialog *>(); }
    template <typename Field> Field *field(const QString &name)
    {
        return dialog()->findChild<Field *>(name);
    }
    QJsonObject answerTo(const QString &method)
    {
        [&] { QTRY_VERIFY2(!engine.lastOf(method).isEmpty(), qPrintable(method)); }();
        return engine.lastOf(method);
    }

    Theme theme{Palette::dark(), QApplication::font()};
    MainWindow window{theme, station};
};

} // namespace

void ChannelSettingsTest::initTestCase()
{
    installLevelAccessibility();
    QLocale::setDefault(QLocale::c());
}

void ChannelSettingsTest::init()
{
    // As with the window's own test: what Qt says of sound servers differs from machine to machine.
    QTest::failOnWarning(QRegularExpression(u"QObject|QLayout|QPainter|QFont|QSocket|QTimer"_s));
}

void ChannelSettingsTest::loudness_isShown_whileOnAir()
{
    Settings shown;
    const auto &panel = *shown.window.findChild<LoudnessPanel *>();
    const QJsonObject item{{u"id"_s, u"a"_s},
                           {u"title"_s, u"Film"_s},
                           {u"loudness"_s, QJsonObject{{u"gain"_s, 3.2}, {u"estimated"_s, true}}}};
    shown.tell({{u"item"_s, item},
                {u"uptimeMs"_s, 60'000},
                {u"loudness"_s,
                 QJsonObject{{u"target"_s, -23},
                             {u"momentary"_s, -21.5},
                             {u"shortTerm"_s, -22.0},
                             {u"integrated"_s, -23.4},
                             {u"truePeak"_s, -3.1},
                             {u"missed"_s, 0}}}});
    const QStringList words{
        u"target −23 LUFS"_s, u"On target"_s, u"This item: +3.2 dB by a live estimate"_s,
        u"Loudness"_s,        u"−21.5"_s,     u"−22.0"_s,
        u"−23.4"_s,           u"−3.1"_s,      u"Now"_s,
        u"3 seconds"_s,       u"Programme"_s, u"Peak, dBTP"_s};
    const auto sorted = [](QStringList list) {
        list.sort();
        return list;
    };
    QTRY_COMPARE(sorted(shownWords(panel)), sorted(words));
    QCOMPARE(shownLevels(panel), (QMap<QString, double>{{u"Momentary loudness"_s, -21.5}}));
    QCOMPARE(panel.findChild<StateMark *>()->health(), Health::Good);
    const QString warning = u"Peaks above −1 dBTP may distort"_s;
    QVERIFY(!shownWords(panel).contains(warning));
    shown.tell({{u"loudness"_s, QJsonObject{{u"integrated"_s, -23}, {u"truePeak"_s, 0.2}}}});
    QTRY_VERIFY(shownWords(panel).contains(warning));
    shown.engine.server->notify(u"event.status"_s, StationFixture::statusOf(kChannel, u"off"_s),
                                kChannel);
    QTRY_VERIFY(!panel.isVisible()); // nothing of it stays
}

void ChannelSettingsTest::loudness_isNotShown_whenNothingIsMeasured()
{
    Settings shown;
    const auto &panel = *shown.window.findChild<LoudnessPanel *>();
    QTRY_VERIFY(shownWords(panel).contains(
        u"Not measured: the machine cannot keep up. The air has its sound."_s));
    QVERIFY(shownWords(panel).contains(u"target −20 LUFS"_s));
    QVERIFY(shownLevels(panel).isEmpty());
}

void ChannelSettingsTest::logo_isToggledByKey()
{
    Settings shown;
    const auto &panel = *shown.window.findChild<ProgrammePanel *>();
    QVERIFY(shownWords(panel).contains(u"Logo on"_s));
    shown.press(Qt::Key_L);
    QCOMPARE(shown.answerTo(u"logo.off"_s), (QJsonObject{{u"channel"_s, kChannel}}));
    QJsonObject logo = logoJson();
    logo.insert(u"on"_s, false);
    logo.insert(u"state"_s, u"off"_s);
    shown.tell({{u"logo"_s, logo}});
    QTRY_VERIFY(shownWords(panel).contains(u"Logo off"_s));
    shown.press(Qt::Key_L);
    QCOMPARE(shown.answerTo(u"logo.set"_s), (QJsonObject{{u"channel"_s, kChannel}}));
    logo.insert(u"on"_s, true);
    logo.insert(u"state"_s, u"failed"_s);
    logo.insert(u"code"_s, u"not-found"_s);
    shown.tell({{u"logo"_s, logo}});
    QTRY_VERIFY(shownWords(panel).contains(u"The logo's file is not there."_s));
    shown.tell({});
    QTRY_VERIFY(!shownWords(panel).contains(u"The logo's file is not there."_s));
    shown.engine.asked.clear();
    shown.press(Qt::Key_L); // there is none
    shown.press(Qt::Key_N);
    shown.answerTo(u"channel.skip"_s);
    QVERIFY(shown.engine.lastOf(u"logo.set"_s).isEmpty());
    QVERIFY(shown.engine.lastOf(u"logo.off"_s).isEmpty());
}

void ChannelSettingsTest::settings_askForWhatIsAnother()
{
    Settings shown;
    shown.press(Qt::Key_Comma);
    QVERIFY(shown.dialog());
    auto *loudness = shown.field<QComboBox>(u"loudness"_s);
    QCOMPARE(loudness->currentData().toDouble(), -20.0); // none of ours, and shown
    QCOMPARE(shown.field<QLineEdit>(u"languages"_s)->text(), u"de, en"_s);
    QCOMPARE(shown.field<QLineEdit>(u"path"_s)->text(), u"/logos/tv.png"_s);
    QCOMPARE(shown.field<QComboBox>(u"corner"_s)->currentText(), u"Top left"_s);
    QVERIFY(!shown.field<QSpinBox>(u"x"_s)->isVisible());
    loudness->setCurrentIndex(0);
    shown.field<QLineEdit>(u"languages"_s)->setText(u" fr,de , "_s);
    auto *corner = shown.field<QComboBox>(u"corner"_s);
    corner->setCurrentIndex(corner->count() - 1);
    QVERIFY(shown.field<QSpinBox>(u"x"_s)->isVisible());
    shown.field<QSpinBox>(u"x"_s)->setValue(40);
    shown.field<QSpinBox>(u"y"_s)->setValue(30);
    shown.field<QLineEdit>(u"offFor"_s)->setText(u"advert, film"_s);
    QTest::keyClick(shown.field<QLineEdit>(u"languages"_s), Qt::Key_Return);
    const QJsonObject settings{
        {u"name"_s, kChannel}, {u"loudness"_s, u"off"_s}, {u"languages"_s, u"fr, de"_s}};
    QCOMPARE(shown.answerTo(u"channel.set"_s), settings);
    const QJsonObject logo = shown.answerTo(u"logo.set"_s);
    QCOMPARE(logo.value("x"_L1).toInt(), 40);
    QCOMPARE(logo.value("y"_L1).toInt(), 30);
    QVERIFY(!logo.contains("corner"_L1));
    QCOMPARE(logo.value("offFor"_L1).toArray(), (QJsonArray{u"advert"_s, u"film"_s}));
    QTRY_VERIFY(!shown.dialog());
}

void ChannelSettingsTest::settings_askForNothing_whenNothingChanged()
{
    Settings shown;
    shown.press(Qt::Key_Comma);
    QVERIFY(shown.dialog());
    QTest::keyClick(shown.field<QLineEdit>(u"languages"_s), Qt::Key_Return);
    QTRY_VERIFY(!shown.dialog());
    QVERIFY(shown.engine.asked.isEmpty());
    shown.press(Qt::Key_Comma);
    QVERIFY(shown.dialog());
    shown.dialog()->findChild<LogoForm *>()->setChecked(false);
    QTest::keyClick(shown.field<QLineEdit>(u"languages"_s), Qt::Key_Return);
    QCOMPARE(shown.answerTo(u"logo.off"_s), (QJsonObject{{u"channel"_s, kChannel}}));
    QVERIFY(shown.engine.lastOf(u"channel.set"_s).isEmpty());
}

void ChannelSettingsTest::settings_keepWhatWasTyped_whenRefused()
{
    Settings shown;
    shown.press(Qt::Key_Comma);
    QVERIFY(shown.dialog());
    auto *languages = shown.field<QLineEdit>(u"languages"_s);
    auto *problem = shown.field<QLabel>(u"problem"_s);
    QVERIFY(!problem->isVisible());
    shown.engine.refusal = Error{ErrorCode::InvalidArgument,
                                 u"\"x1\" is no code of a language (de, eng, pt-BR)"_s, 0};
    languages->setText(u"x1"_s);
    QTest::keyClick(languages, Qt::Key_Return);
    QTRY_VERIFY(problem->isVisible());
    QVERIFY(problem->text().startsWith(u"“x1” is no language."_s));
    QCOMPARE(languages->text(), u"x1"_s);
    // Another refusal in its place.
    languages->setText(u"de, en"_s);
    shown.field<QLineEdit>(u"path"_s)->setText(u"/nowhere.png"_s);
    shown.engine.refusal = Error{ErrorCode::NotFound, u"/nowhere.png: no such file"_s, 0};
    shown.engine.refusedMethod = u"logo.set"_s;
    QTest::keyClick(languages, Qt::Key_Return);
    QTRY_COMPARE(problem->text(), u"The logo's file is not there. All else is set."_s);
    QTest::keyClick(languages, Qt::Key_Escape);
    QTRY_VERIFY(!shown.dialog());
}

// The slate may be in force though the clip beside it was refused.
void ChannelSettingsTest::settings_askAgain_forWhatWasRefused()
{
    Settings shown;
    shown.press(Qt::Key_Comma);
    QVERIFY(shown.dialog());
    auto *picture = shown.field<QLineEdit>(u"slatePath"_s);
    picture->setText(u"/slates/tv.png"_s);
    shown.field<QLineEdit>(u"emergencyPath"_s)->setText(u"/clips/sorry.mp4"_s);
    shown.engine.refusal = Error{ErrorCode::NotFound, u"/slates/tv.png: No such file"_s, 0};
    QTest::keyClick(picture, Qt::Key_Return);
    QTRY_COMPARE(shown.field<QLabel>(u"problem"_s)->text(),
                 u"The slate's file is not there. The emergency clip is set."_s);
    shown.engine.refusal.reset();
    shown.engine.asked.clear();
    picture->clear();
    shown.field<QLineEdit>(u"emergencyPath"_s)->clear();
    QTest::keyClick(picture, Qt::Key_Return);
    QCOMPARE(
        shown.answerTo(u"channel.set"_s),
        (QJsonObject{{u"name"_s, kChannel}, {u"slate"_s, QString()}, {u"emergency"_s, QString()}}));
    QTRY_VERIFY(!shown.dialog());
}

void ChannelSettingsTest::settings_sayThatFilesAreTried_andGoOnWhenClosed()
{
    Settings shown;
    shown.press(Qt::Key_Comma);
    QVERIFY(shown.dialog());
    auto *picture = shown.field<QLineEdit>(u"slatePath"_s);
    picture->setText(u"/slates/tv.png"_s);
    shown.dialog()->findChild<LogoForm *>()->setChecked(false);
    shown.engine.heldMethod = u"channel.set"_s;
    QTest::keyClick(picture, Qt::Key_Return);
    auto *problem = shown.field<QLabel>(u"problem"_s);
    QTRY_VERIFY(problem->isVisible() && problem->text().startsWith(u"Trying the files."_s));
    auto *ok = shown.dialog()->findChild<QDialogButtonBox *>()->button(QDialogButtonBox::Ok);
    QVERIFY(!ok->isEnabled());
    QTest::keyClick(picture, Qt::Key_Return); // is not asked twice
    QTRY_COMPARE(shown.engine.held.size(), 1);
    QTest::keyClick(picture, Qt::Key_Escape);
    QTRY_VERIFY(!shown.dialog());
    shown.engine.refusal = Error{ErrorCode::NotFound, u"/logos/tv.png: No such file"_s, 0};
    shown.engine.held.takeFirst().result();
    shown.answerTo(u"logo.off"_s); // the rest is asked for, and what is refused is told
    const auto &messages = shown.station.messages();
    QTRY_VERIFY(messages.rowCount() > 0
                && messages.index(0, 0).data().toString().contains(u"logo"_s));
}

void ChannelSettingsTest::standIns_areAskedForWhereTheyChanged()
{
    Settings shown;
    shown.press(Qt::Key_Comma);
    QVERIFY(shown.dialog());
    auto *picture = shown.field<QLineEdit>(u"slatePath"_s);
    auto *clock = shown.field<QCheckBox>(u"slateClock"_s);
    auto *clip = shown.field<QLineEdit>(u"emergencyPath"_s);
    QVERIFY(picture->text().isEmpty() && clip->text().isEmpty());
    QVERIFY(!clock->isEnabled()); // the card has it anyway
    picture->setText(u" /slates/tv.png "_s);
    QVERIFY(clock->isEnabled() && !clock->isChecked());
    clock->setChecked(true);
    clip->setText(u"/clips/sorry.mp4"_s);
    // Of two files the words say which.
    shown.engine.refusal = Error{ErrorCode::NotFound, u"/clips/sorry.mp4: No such file"_s, 0};
    QTest::keyClick(clip, Qt::Key_Return);
    QTRY_COMPARE(shown.field<QLabel>(u"problem"_s)->text(),
                 u"The emergency clip's file is not there."_s);
    shown.engine.refusal.reset();
    shown.engine.asked.clear();
    QTest::keyClick(clip, Qt::Key_Return);
    QCOMPARE(shown.answerTo(u"channel.set"_s),
             (QJsonObject{{u"name"_s, kChannel},
                          {u"slate"_s, u"/slates/tv.png"_s},
                          {u"slateClock"_s, true},
                          {u"emergency"_s, u"/clips/sorry.mp4"_s}}));
    QTRY_VERIFY(!shown.dialog());

    const QJsonObject slate{{u"path"_s, u"/slates/tv.png"_s},
                            {u"clock"_s, true},
                            {u"state"_s, u"failed"_s},
                            {u"code"_s, u"corrupt"_s}};
    const QJsonObject emergency{{u"path"_s, u"/clips/sorry.mp4"_s}, {u"state"_s, u"cued"_s}};
    shown.tell({{u"slate"_s, slate}, {u"emergency"_s, emergency}});
    QTRY_VERIFY(shown.station.selected()->emergency);
    shown.engine.asked.clear();
    shown.press(Qt::Key_Comma);
    QVERIFY(shown.dialog());
    QCOMPARE(shown.field<QLineEdit>(u"slatePath"_s)->text(), u"/slates/tv.png"_s);
    QVERIFY(shown.field<QCheckBox>(u"slateClock"_s)->isChecked());
    clip = shown.field<QLineEdit>(u"emergencyPath"_s);
    QCOMPARE(clip->text(), u"/clips/sorry.mp4"_s);
    const auto labels = shown.dialog()->findChildren<QLabel *>();
    QVERIFY(std::ranges::any_of(labels, [](const QLabel *label) {
        return label->text() == u"The slate's file is damaged."_s;
    }));
    clip->clear(); // none any more
    QTest::keyClick(clip, Qt::Key_Return);
    QCOMPARE(shown.answerTo(u"channel.set"_s),
             (QJsonObject{{u"name"_s, kChannel}, {u"emergency"_s, QString()}}));
}

void ChannelSettingsTest::settings_fitASmallScreen()
{
    Settings shown;
    shown.press(Qt::Key_Comma);
    QVERIFY(shown.dialog());
    auto *corner = shown.field<QComboBox>(u"corner"_s);
    corner->setCurrentIndex(corner->count() - 1); // the widest
    shown.dialog()->showProblem(u"The emergency clip's file is not there."_s);
    const int height = shown.dialog()->height();
    QVERIFY2(height <= 640, qPrintable(QString::number(height)));
    // What is needed at least: the screen of a test is narrower than any of a console.
    const int width = shown.dialog()->layout()->totalMinimumSize().width();
    QVERIFY2(width <= 980, qPrintable(QString::number(width)));
}

void ChannelSettingsTest::settings_haveEachKeyOnce()
{
    Settings shown;
    shown.press(Qt::Key_Comma);
    QVERIFY(shown.dialog());
    QMap<QChar, QString> keys;
    const auto widgets = shown.dialog()->findChildren<QWidget *>();
    for (const QWidget *widget : widgets) {
        // Of combo boxes, fields and whatever else has its contents as its text: none has a key.
        const QString text
            = widget->property("text").toString() + widget->property("title").toString();
        const qsizetype at = text.indexOf(u'&');
        if (at < 0 || qobject_cast<const QLineEdit *>(widget))
            continue;
        const QChar key = text.at(at + 1).toLower();
        QVERIFY2(!keys.contains(key), qPrintable(keys.value(key) + u", "_s + text));
        keys.insert(key, text);
    }
    QVERIFY(keys.contains(u'm') && keys.contains(u'i') && keys.contains(u'k'));
}

void ChannelSettingsTest::settings_close_whenAnotherChannelIsShown()
{
    Settings shown;
    shown.engine.server->notify(u"event.status"_s, StationFixture::statusOf(u"Event B"_s, u"off"_s),
                                u"Event B"_s);
    QTRY_COMPARE(shown.station.channels().size(), 2);
    shown.press(Qt::Key_Comma);
    QVERIFY(shown.dialog());
    shown.station.select(u"Event B"_s);
    QTRY_VERIFY(!shown.dialog());
}

void ChannelSettingsTest::settings_stay_whenAnotherChannelIsRemoved()
{
    Settings shown;
    const QString other = u"Event B"_s;
    shown.engine.server->notify(u"event.status"_s, StationFixture::statusOf(other, u"off"_s),
                                other);
    QTRY_COMPARE(shown.station.channels().size(), 2);
    shown.press(Qt::Key_Comma);
    QVERIFY(shown.dialog());
    shown.field<QLineEdit>(u"languages"_s)->setText(u"pt"_s);
    shown.engine.server->notify(u"event.status"_s, {{u"name"_s, other}, {u"state"_s, u"removed"_s}},
                                other);
    QTRY_COMPARE(shown.station.channels().size(), 1);
    QTest::qWait(50);
    QVERIFY(shown.dialog());
    QCOMPARE(shown.field<QLineEdit>(u"languages"_s)->text(), u"pt"_s);
}

void ChannelSettingsTest::cleanupTestCase()
{
    QLocale::setDefault(QLocale::system());
}
