// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_logosettings.h"

#include "core/channel/channel.h"

#include <QFile>
#include <QJsonArray>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

bool makePicture(const QString &path, const QString &source)
{
    return QProcess::execute(u"ffmpeg"_s,
                             {u"-v"_s, u"error"_s, u"-y"_s, u"-f"_s, u"lavfi"_s, u"-i"_s, source,
                              u"-frames:v"_s, u"1"_s, path})
        == 0;
}

} // namespace

void TestLogoSettings::request_changesWhatItNames()
{
    const Result<LogoSettings> first
        = LogoSettings().changed({{u"path"_s, u"/l.png"_s}, {u"offFor"_s, QJsonArray{u"Ads"_s}}});
    QVERIFY(first);
    QCOMPARE(first->isOn, true);
    QCOMPARE(first->opacity, 100);
    QCOMPARE(first->rule.fade, 12);
    QCOMPARE(first->rule.isOnSlate, true);
    QCOMPARE(first->place, LogoPlace());
    const Result<LogoSettings> moved = first->changed({{u"x"_s, 4}, {u"y"_s, 6}, {u"fade"_s, 0}});
    QVERIFY(moved);
    QCOMPARE(moved->path, u"/l.png"_s);
    QCOMPARE(moved->rule.offFor, QStringList{u"Ads"_s});
    QCOMPARE(moved->rule.fade, 0);
    QCOMPARE(moved->place.anchor, LogoPlace::Anchor::Free);
    QCOMPARE(moved->place.y, 6);
    const Result<LogoSettings> further = moved->changed({{u"x"_s, 9}}); // y as it was
    QVERIFY(further);
    QCOMPARE(further->place.x, 9);
    QCOMPARE(further->place.y, 6);
    const Result<LogoSettings> back = moved->changed({{u"corner"_s, u"bottom-left"_s}});
    QVERIFY(back);
    QCOMPARE(back->place.anchor, LogoPlace::Anchor::BottomLeft);
}

void TestLogoSettings::request_isRefusedInWords()
{
    const auto words = [](const QJsonObject &params) {
        const Result<LogoSettings> changed = LogoSettings().changed(params);
        return changed ? QString() : changed.error().detail;
    };
    QCOMPARE(words({}), u"no file was given, and the channel has had no logo yet"_s);
    QCOMPARE(words({{u"path"_s, u"l.png"_s}}), u"\"l.png\" is not an absolute path"_s);
    QCOMPARE(words({{u"path"_s, u"/l.png"_s}, {u"x"_s, 3}}),
             u"a free place of the logo needs both x and y"_s);
    QCOMPARE(words({{u"path"_s, u"/l.png"_s}, {u"widthPercent"_s, 200}}),
             u"the logo's width may be 0 (its own) to 100 percent"_s);
}

void TestLogoSettings::settings_outlastARestart()
{
    const QTemporaryDir folder;
    const StationPaths paths = StationPaths::forState(folder.path());
    ChannelSettings settings;
    settings.name = u"one"_s;
    QVERIFY(settings.save(paths));
    QCOMPARE(ChannelSettings::load(paths, settings.name)->logo.path, QString());
    const Result<LogoSettings> logo = LogoSettings().changed({{u"path"_s, u"/l.png"_s},
                                                              {u"corner"_s, u"top-left"_s},
                                                              {u"widthPercent"_s, 12.5},
                                                              {u"opacity"_s, 80},
                                                              {u"fade"_s, 25},
                                                              {u"offFor"_s, QJsonArray{u"Ads"_s}},
                                                              {u"onSlate"_s, false},
                                                              {u"premultiplied"_s, true}});
    QVERIFY(logo);
    settings.logo = logo.value();
    settings.logo.drawing = 17;
    QVERIFY(settings.save(paths));
    const Result<ChannelSettings> read = ChannelSettings::load(paths, settings.name);
    QVERIFY(read);
    QCOMPARE(read->logo.toJson(), settings.logo.toJson());
    QCOMPARE(read->logo.drawing, 17);
    QCOMPARE(read->logo.rule.offFor, QStringList{u"Ads"_s});
    QCOMPARE(read->logo.place, settings.logo.place);
}

// Off air, by a real player.
void TestLogoSettings::channel_drawsWhatIsSet_andRefusesInWords()
{
    const QTemporaryDir folder;
    const StationPaths paths = StationPaths::forState(folder.path());
    ChannelSettings settings;
    settings.name = u"one"_s;
    QVERIFY(paths.create());
    QVERIFY(settings.save(paths));
    QVERIFY(makeFolder(paths.channelData(settings.name), 0700));
    ProofQueue proofs{QString()};
    Result<std::unique_ptr<Channel>> opened = Channel::open(paths, settings, {}, nullptr, &proofs);
    QVERIFY(opened);
    Channel &channel = *opened.value();
    std::optional<ChannelLogo::Outcome> outcome;
    const auto set = [&](const QJsonObject &params) {
        outcome.reset();
        channel.logo().set(params, [&](const ChannelLogo::Outcome &done) { outcome = done; });
    };
    const auto state = [&] { return channel.logo().statusJson().value("state"_L1).toString(); };

    const QString missing = folder.filePath(u"missing.png"_s);
    set({{u"path"_s, missing}});
    QTRY_VERIFY(outcome);
    QVERIFY(!*outcome);
    QCOMPARE(outcome->error().code, ErrorCode::NotFound);
    QVERIFY2(outcome->error().detail.contains(u"does not exist"_s),
             qPrintable(outcome->error().detail));
    QVERIFY(channel.logo().statusJson().isEmpty()); // nothing was changed by it

    const QString unseen = folder.filePath(u"unseen.png"_s);
    QVERIFY(makePicture(unseen, u"color=red@0:s=20x10,format=rgba"_s));
    set({{u"path"_s, unseen}});
    QTRY_VERIFY(outcome);
    QVERIFY(!*outcome);
    QVERIFY2(outcome->error().detail.endsWith(
                 u"nothing of the logo can be seen: it is all transparent"_s),
             qPrintable(outcome->error().detail));

    const QString red = folder.filePath(u"red.png"_s);
    QVERIFY(makePicture(red, u"color=red@0.5:s=20x10,format=rgba"_s));
    set({{u"path"_s, red}, {u"opacity"_s, 70}});
    QCOMPARE(state(), u"drawing"_s);
    std::optional<ChannelLogo::Outcome> second;
    channel.logo().set({{u"opacity"_s, 10}, {u"path"_s, red}},
                       [&](const ChannelLogo::Outcome &done) { second = done; });
    QVERIFY(second && !*second);
    QCOMPARE(second->error().code, ErrorCode::Busy);
    QTRY_VERIFY(outcome);
    QVERIFY2(*outcome, qPrintable(*outcome ? QString() : outcome->error().detail));
    QVERIFY(!outcome->value()); // off air there is no frame
    QCOMPARE(state(), u"ready"_s);
    const Result<ChannelSettings> kept = ChannelSettings::load(paths, settings.name);
    QVERIFY(kept);
    QCOMPARE(kept->logo.path, red);
    QCOMPARE(kept->logo.opacity, 70);
    QVERIFY(kept->logo.isOn);

    channel.logo().off([&](const ChannelLogo::Outcome &done) { outcome = done; });
    QVERIFY(*outcome);
    QCOMPARE(state(), u"off"_s);
    QVERIFY(!ChannelSettings::load(paths, settings.name)->logo.isOn);
}

} // namespace continuo
