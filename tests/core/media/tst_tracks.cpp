// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_tracks.h"

#include "core/media/trackchoice.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const HouseFormat kTrackHouse{64, 36, {25, 1}};

/// The tone of the middle half second, by how often it rises through 0; 0: silence.
int toneOf(const std::vector<std::int16_t> &sound)
{
    const std::size_t begin = sound.size() / 2 - 12'000;
    int rises = 0;
    for (std::size_t i = begin; i < begin + 24'000; ++i)
        rises += sound[i] < 0 && sound[i + 1] >= 0 ? 1 : 0;
    return rises * 2;
}

QStringList tone(int hertz)
{
    return {u"-f"_s, u"lavfi"_s, u"-i"_s, u"sine=f=%1:d=2:r=48000"_s.arg(hertz)};
}

QStringList colour()
{
    return {u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=gray:s=64x36:r=25:d=2"_s};
}

TrackChoice choiceOf(const QStringList &languages)
{
    TrackChoice choice;
    choice.languages = languages;
    return choice;
}

/// Arguments without spaces in them.
QStringList words(const char *text)
{
    return QString::fromLatin1(text).split(u' ');
}

} // namespace

void TestTracks::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestTracks::languages_areKnownByAnyCode_data()
{
    QTest::addColumn<QString>("one");
    QTest::addColumn<QString>("other");
    QTest::addColumn<bool>("isSame");
    const auto add = [](const QString &one, const QString &other, bool isSame) {
        QTest::addRow("%s and %s", qPrintable(one), qPrintable(other)) << one << other << isSame;
    };
    add(u"de"_s, u"ger"_s, true);
    add(u"de"_s, u"deu"_s, true);
    add(u"de-AT"_s, u"ger"_s, true);
    add(u"DE"_s, u"deu"_s, true);
    add(u"fr"_s, u"fre"_s, true);
    add(u"fr-CA"_s, u"fra"_s, true);
    add(u"cs"_s, u"cze"_s, true);
    add(u"zh-Hant"_s, u"chi"_s, true);
    add(u"en_GB"_s, u"eng"_s, true);
    add(u"haw"_s, u"haw"_s, true);
    add(u"qaa"_s, u"qaa"_s, true); // the original, in broadcasts
    add(u"de"_s, u"eng"_s, false);
    add(u"de"_s, u""_s, false);
    add(u"en"_s, u"und"_s, false);
    add(u"qaa"_s, u"qab"_s, false);
}

void TestTracks::languages_areKnownByAnyCode()
{
    QFETCH(QString, one);
    QFETCH(QString, other);
    QFETCH(bool, isSame);
    QCOMPARE(isSameLanguage(one, other), isSame);
    QCOMPARE(isSameLanguage(other, one), isSame);
}

void TestTracks::choice_isReadWithBounds()
{
    QJsonArray many;
    for (int i = 0; i < 100; ++i)
        many.append(u"de"_s);
    many.prepend(QString(1000, u'x'));
    many.prepend(7);
    const TrackChoice choice = TrackChoice::fromJson(
        {{u"sound"_s, -5}, {u"programme"_s, u"one"_s}, {u"languages"_s, many}});
    QCOMPARE(choice.sound, -1);
    QCOMPARE(choice.programme, -1);
    QCOMPARE(choice.languages, QStringList(16, u"de"_s));
}

QString TestTracks::threeLanguages(const QString &ending)
{
    const QString path = m_media.path(u"languages."_s + ending);
    if (QFile::exists(path))
        return path;
    const bool made = runFfmpeg(
        colour() + tone(440) + tone(880) + tone(1320)
        + words("-map 0 -map 1 -map 2 -map 3 -c:v mpeg4 -c:a aac -metadata:s:a:0 language=eng "
                "-metadata:s:a:1 language=ger -metadata:s:a:2 language=fre -disposition:a:0 0 "
                "-disposition:a:1 default -disposition:a:2 0")
        + QStringList{u"-metadata:s:a:2"_s, u"title=Version française"_s, path});
    return made ? path : QString();
}

void TestTracks::sound_isTheOneWanted_data()
{
    QTest::addColumn<QString>("ending");
    QTest::addColumn<QJsonObject>("choice");
    QTest::addColumn<int>("hertz");
    const auto add
        = [](const char *name, const QString &ending, const QJsonObject &choice, int hertz) {
              QTest::addRow("%s, %s", qPrintable(ending), name) << ending << choice << hertz;
          };
    for (const QString &ending : {u"mkv"_s, u"mp4"_s, u"ts"_s}) {
        const auto languages = [](const QJsonArray &codes) {
            return QJsonObject{{u"languages"_s, codes}};
        };
        add("English", ending, languages({u"en"_s}), 440);
        add("German", ending, languages({u"de-AT"_s}), 880);
        add("French by 639-2", ending, languages({u"fra"_s}), 1320);
        add("the first that there is", ending, languages({u"ja"_s, u"fr"_s, u"en"_s}), 1320);
        add("by its index", ending, {{u"sound"_s, 3}, {u"languages"_s, QJsonArray{u"en"_s}}}, 1320);
        add("by an index of none", ending, {{u"sound"_s, 9}, {u"languages"_s, QJsonArray{u"en"_s}}},
            440);
        if (ending == u"ts"_s)
            continue; // it has no default, and what is best there libavformat says
        add("nothing asked for", ending, {}, 880);
        add("none that there is", ending, languages({u"ja"_s}), 880);
        add("by the picture's index", ending, {{u"sound"_s, 0}}, 880);
    }
}

void TestTracks::sound_isTheOneWanted()
{
    QFETCH(QString, ending);
    QFETCH(QJsonObject, choice);
    QFETCH(int, hertz);
    const QString path = threeLanguages(ending);
    QVERIFY(!path.isEmpty());
    const int index = choice.value(u"sound"_s).toInt(3);
    if (index != 3)
        QTest::ignoreMessage(QtWarningMsg,
                             QRegularExpression(u"there is no sound at %1 in it"_s.arg(index)));
    const PlayedClip played = playClip(path, kTrackHouse, false, 1, TrackChoice::fromJson(choice));
    QVERIFY(played.result);
    QVERIFY(played.luma.size() >= 50);
    QVERIFY2(std::abs(toneOf(played.sound) - hertz) <= 4,
             qPrintable(QString::number(toneOf(played.sound))));
}

void TestTracks::sound_forSome_isForThem()
{
    const QString path = m_media.path(u"described.mkv"_s);
    QVERIFY(runFfmpeg(colour() + tone(440) + tone(880)
                      + words("-map 0 -map 1 -map 2 -c:v mpeg4 -c:a aac -metadata:s:a language=ger "
                              "-disposition:a:0 default+visual_impaired -disposition:a:1 0")
                      + QStringList{path}));
    const PlayedClip played = playClip(path, kTrackHouse, false, 1, choiceOf({u"de"_s}));
    QVERIFY(played.result);
    QVERIFY(std::abs(toneOf(played.sound) - 880) <= 4);
}

void TestTracks::programme_isTheOneWanted_data()
{
    QTest::addColumn<int>("programme");
    QTest::addColumn<QStringList>("languages");
    QTest::addColumn<int>("luma");
    QTest::addColumn<int>("hertz");
    QTest::newRow("the first") << 1 << QStringList() << 60 << 440;
    QTest::newRow("the second") << 2 << QStringList() << 180 << 880;
    QTest::newRow("the second, French") << 2 << QStringList{u"fr"_s} << 180 << 1320;
    QTest::newRow("the first, which has no French") << 1 << QStringList{u"fr"_s} << 60 << 440;
}

void TestTracks::programme_isTheOneWanted()
{
    QFETCH(int, programme);
    QFETCH(QStringList, languages);
    QFETCH(int, luma);
    QFETCH(int, hertz);
    const QString path = m_media.path(u"programmes.ts"_s);
    const auto flat = [](int value, const char *size) {
        return QStringList{u"-f"_s, u"lavfi"_s, u"-i"_s,
                           u"color=black:s=%1:r=25:d=2,format=yuv420p,geq=lum=%2:cb=128:cr=128"_s
                               .arg(QString::fromLatin1(size))
                               .arg(value)};
    };
    if (!QFile::exists(path))
        QVERIFY(runFfmpeg(flat(60, "64x36") + flat(180, "128x72") + tone(440) + tone(880)
                          + tone(1320)
                          + words("-map 0 -map 1 -map 2 -map 3 -map 4 -c:v mpeg2video -q:v 2 "
                                  "-b:v:1 2M -c:a mp2 -metadata:s:a:2 language=fre -program "
                                  "program_num=1:st=0:st=2 -program program_num=2:st=1:st=3:st=4")
                          + QStringList{path}));
    TrackChoice choice = choiceOf(languages);
    choice.programme = programme;
    const PlayedClip played = playClip(path, kTrackHouse, false, 1, choice);
    QVERIFY(played.result);
    QVERIFY2(std::abs(played.luma[25] - luma) <= 3, qPrintable(QString::number(played.luma[25])));
    QVERIFY2(std::abs(toneOf(played.sound) - hertz) <= 4,
             qPrintable(QString::number(toneOf(played.sound))));
}

void TestTracks::programme_thatIsNotInIt_isLeftOut()
{
    TrackChoice choice;
    choice.programme = 7;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"there is no programme 7 in it"_s));
    const PlayedClip played = playClip(threeLanguages(u"mkv"_s), kTrackHouse, false, 1, choice);
    QVERIFY(played.result);
    QVERIFY(std::abs(toneOf(played.sound) - 880) <= 4);
}

void TestTracks::tracks_areTold()
{
    const PlayedClip played
        = playClip(threeLanguages(u"mkv"_s), kTrackHouse, false, 1, choiceOf({u"fr"_s}));
    QVERIFY(played.result);
    const QJsonArray tracks = played.facts.toJson().value(u"tracks"_s).toArray();
    QCOMPARE(tracks.size(), 4);
    QCOMPARE(tracks[0].toObject().value(u"kind"_s).toString(), u"picture"_s);
    QCOMPARE(tracks[0].toObject().value(u"chosen"_s).toBool(), true);
    QCOMPARE(tracks[3].toObject(),
             (QJsonObject{{u"index"_s, 3},
                          {u"kind"_s, u"sound"_s},
                          {u"codec"_s, u"aac"_s},
                          {u"language"_s, u"fre"_s},
                          {u"title"_s, u"Version française"_s},
                          {u"default"_s, false},
                          {u"chosen"_s, true},
                          {u"channels"_s, 1}}));
    QCOMPARE(tracks[2].toObject().value(u"default"_s).toBool(), true);
    QCOMPARE(tracks[2].toObject().value(u"chosen"_s).toBool(), false);
}

void TestTracks::clip_keepsItsTrack_whenBegunLater()
{
    ClipRequest request;
    request.path = threeLanguages(u"ts"_s);
    request.format = kTrackHouse;
    request.from = 30;
    request.tracks = choiceOf({u"fr"_s});
    Result<std::unique_ptr<ClipReader>> clip = ClipReader::open(request);
    QVERIFY(clip);
    std::vector<std::uint8_t> picture(std::size_t(kTrackHouse.pictureBytes()));
    std::vector<std::int16_t> samples((std::size_t(samplesBefore(1, kTrackHouse.rate)) + 2) * 2);
    HouseFrame frame{picture, samples};
    std::vector<std::int16_t> left;
    while (left.size() < 30'000) {
        Result<bool> more = clip.value()->next(frame);
        QVERIFY(more && more.value());
        for (std::size_t i = 0; i < 1920; ++i)
            left.push_back(samples[i * 2]);
    }
    QVERIFY(std::abs(toneOf(left) - 1320) <= 4);
}

} // namespace continuo
