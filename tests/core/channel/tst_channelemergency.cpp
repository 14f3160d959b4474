// SPDX-License-Identifier: GPL-3.0-or-later
// With real players, and a paced clock where it is on air.
#include "tst_channelemergency.h"

#include "core/channel/channelemergency.h"
#include "core/channel/channelsettings.h"
#include "core/playout/playout.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

const HouseFormat kSmall{160, 90, {30, 1}};

QString black()
{
    return u"color=black:s=160x90:r=30:d=20"_s;
}

QString white()
{
    return u"color=white:s=160x90:r=30:d=20"_s;
}

bool makeClip(const QString &path, const QString &source)
{
    return QProcess::execute(u"ffmpeg"_s,
                             {u"-v"_s, u"error"_s, u"-y"_s, u"-f"_s, u"lavfi"_s, u"-i"_s, source,
                              u"-c:v"_s, u"libx264"_s, u"-preset"_s, u"ultrafast"_s, path})
        == 0;
}

// One emergency clip, and what it told.
struct EmergencyRig {
    explicit EmergencyRig(const QString &path = {})
        : emergency(kSmall, folder.filePath(u"player.log"_s), path, [this](const QString &wanted) {
            kept = wanted;
            return Result<void>();
        })
    {
        QObject::connect(&emergency, &ChannelEmergency::message, &emergency,
                         [this](const QString &, const QString &code, const QString &) {
                             messages.append(code);
                         });
    }
    ~EmergencyRig()
    {
        if (playout)
            playout->setTap({});
        emergency.end();
    }

    QString set(const QString &path)
    {
        std::optional<Result<void>> outcome;
        emergency.set(path, [&](const Result<void> &done) { outcome = done; });
        if (!QTest::qWaitFor([&] { return outcome.has_value(); }, 20000))
            return u"no answer"_s;
        return *outcome ? QString() : outcome->error().detail;
    }

    // On air with an empty list; on the clip from its frame \p from on, or on the slate.
    void goOnAir(std::int64_t from = -1, std::optional<double> targetLufs = {})
    {
        PlayoutOptions options;
        options.clock.format = kSmall;
        options.clock.isOnEmergency = from >= 0;
        options.logFile = folder.filePath(u"player.log"_s);
        Result<std::unique_ptr<Playout>> made = Playout::create(options);
        QVERIFY(made);
        playout = std::move(made).value();
        playout->setFollowers([](const QString &, int) { return std::vector<PlayoutItem>(); });
        playout->setTap([this](const AirFramePtr &frame) {
            isShown = frame->isEmergency;
            isSlate = frame->isSlate;
            held = frame->counts.held;
            if (!frame->isEmergency)
                return;
            const std::int64_t place = frame->position.before;
            if (place == 0)
                ++times;
            if (first < 0)
                first = place;
            if (frame->picture[0] > 200 && firstWhite < 0)
                firstWhite = place;
            if (place == 5 && times < int(peaks.size())) {
                int peak = 0;
                for (const std::int16_t sample : frame->sound)
                    peak = std::max(peak, std::abs(int(sample)));
                peaks[std::size_t(times)] = peak;
            }
        });
        auto *drain = new QTimer(playout.get()); // what an encoder would do
        QObject::connect(drain, &QTimer::timeout, playout.get(), [this] {
            playout->retained()->acknowledge(playout->retained()->nextNumber());
        });
        drain->start(20);
        emergency.begin(*playout, targetLufs, std::max<std::int64_t>(from, 0));
        const auto grey
            = std::make_shared<std::vector<std::uint8_t>>(std::size_t(kSmall.pictureBytes()), 128);
        playout->setSlate({{grey->data(), grey}, {}, {}});
        playout->start();
    }
    QString state() const { return emergency.statusJson().value("state"_L1).toString(); }

    QTemporaryDir folder;
    QString kept;
    QStringList messages;
    std::unique_ptr<Playout> playout;
    ChannelEmergency emergency;
    std::atomic<bool> isShown = false;
    std::atomic<bool> isSlate = false;
    std::atomic<int> times = 0; // that it began
    std::atomic<std::int64_t> first = -1; // frame of it that was shown
    std::atomic<std::int64_t> firstWhite = -1; // likewise, with a white picture
    std::array<std::atomic<int>, 8> peaks{}; // of its sixth frame's sound, by times
    std::atomic<std::int64_t> held = 0;
};

} // namespace

void TestChannelEmergency::init()
{
    QTest::failOnWarning(QRegularExpression(u"^(?!.*goes on in another player)"_s));
}

void TestChannelEmergency::set_triesTheClip_andRefusesInWords()
{
    EmergencyRig rig;
    const auto file
        = [&](const char *name) { return rig.folder.filePath(QString::fromLatin1(name)); };
    QVERIFY(rig.emergency.statusJson().isEmpty());
    QCOMPARE(rig.set(u"a.mp4"_s), u"\"a.mp4\" is not an absolute path"_s);
    QVERIFY(rig.set(file("missing.mp4")).contains(u"does not exist"_s));
    QFile text(file("words.mp4"));
    QVERIFY(text.open(QIODevice::WriteOnly) && text.write("no clip\n") > 0);
    text.close();
    QVERIFY(rig.set(text.fileName()).startsWith(text.fileName() + u": "_s));
    QVERIFY(makeClip(file("short.mp4"), u"testsrc2=s=160x90:r=30:d=0.5"_s));
    QVERIFY2(rig.set(file("short.mp4")).contains(u"shorter than a second"_s),
             qPrintable(rig.set(file("short.mp4"))));
    QVERIFY(rig.kept.isEmpty());
    QVERIFY(rig.emergency.statusJson().isEmpty());
    QVERIFY(makeClip(file("clip.mp4"), u"testsrc2=s=160x90:r=30:d=2"_s));
    QCOMPARE(rig.set(file("clip.mp4")), QString());
    QCOMPARE(rig.kept, file("clip.mp4"));
    QCOMPARE(rig.state(), u"ready"_s);
    QCOMPARE(rig.set(QString()), QString());
    QVERIFY(rig.emergency.statusJson().isEmpty());

    const StationPaths paths = StationPaths::forState(rig.folder.path());
    ChannelSettings settings;
    settings.name = u"one"_s;
    settings.emergency = u"/clip.mp4"_s;
    QVERIFY(settings.save(paths));
    QCOMPARE(ChannelSettings::load(paths, settings.name)->emergency, settings.emergency);
}

void TestChannelEmergency::clip_repeats_andOutlivesItsPlayers()
{
    const QTemporaryDir folder;
    const QString clip = folder.filePath(u"clip.mp4"_s);
    QVERIFY(makeClip(clip, u"testsrc2=s=160x90:r=30:d=2"_s));
    EmergencyRig rig(clip);
    rig.goOnAir(40); // as an engine that takes over
    QTRY_VERIFY(rig.isShown);
    QCOMPARE(rig.first, 40);
    QTRY_VERIFY(rig.times >= 2); // it was joined to itself
    QCOMPARE(rig.held, 0);
    const std::vector<pid_t> players = rig.playout->emergency().players();
    QVERIFY(!players.empty());
    for (const pid_t player : players)
        QCOMPARE(::kill(player, SIGKILL), 0);
    const int before = rig.times;
    QTRY_VERIFY(rig.times >= before + 2);
    QVERIFY(rig.isShown);
    QCOMPARE(rig.set(QString()), QString());
    QTRY_VERIFY(rig.isSlate);
    QTRY_VERIFY(rig.playout->emergency().players().empty());
    QVERIFY(rig.messages.isEmpty());
}

void TestChannelEmergency::clipThatHasGone_isTold_andTriedAgain()
{
    const QTemporaryDir folder;
    const QString clip = folder.filePath(u"clip.mp4"_s);
    EmergencyRig rig(clip);
    rig.goOnAir();
    QTRY_COMPARE(rig.messages, QStringList{u"emergency-failed"_s});
    QCOMPARE(rig.state(), u"failed"_s);
    QCOMPARE(rig.emergency.statusJson().value("code"_L1).toString(), u"not-found"_s);
    QVERIFY(makeClip(folder.filePath(u"new.mp4"_s), u"testsrc2=s=160x90:r=30:d=2"_s));
    QVERIFY(QFile::rename(folder.filePath(u"new.mp4"_s), clip));
    QTRY_COMPARE(rig.state(), u"cued"_s);
    QCOMPARE(rig.messages, (QStringList{u"emergency-failed"_s, u"emergency-failed-over"_s}));
    QTRY_VERIFY(rig.isShown); // five seconds of slate
    rig.emergency.see(true);
    QCOMPARE(rig.state(), u"on-air"_s);
    QCOMPARE(rig.messages.last(), u"emergency-on-air"_s);
    QCOMPARE(rig.playout->onAirItem().id, QString());
}

// What is on air of it goes on to its end, and says nothing of the file.
void TestChannelEmergency::clipThatGoesWhileOnAir_isToldOnce()
{
    const QTemporaryDir folder;
    const QString clip = folder.filePath(u"clip.mp4"_s);
    QVERIFY(makeClip(clip, u"testsrc2=s=160x90:r=30:d=2"_s));
    EmergencyRig rig(clip);
    rig.goOnAir(0);
    QTRY_VERIFY(rig.isShown);
    QVERIFY(QFile::remove(clip));
    QTRY_VERIFY_WITH_TIMEOUT(rig.isSlate, 10'000);
    QCOMPARE(rig.messages, QStringList{u"emergency-failed"_s});
    QCOMPARE(rig.state(), u"failed"_s);
    QCOMPARE(rig.set(QString()), QString());
    QCOMPARE(rig.messages, (QStringList{u"emergency-failed"_s, u"emergency-failed-over"_s}));
}

void TestChannelEmergency::failure_isOver_offAir()
{
    EmergencyRig rig(u"/nonexistent/clip.mp4"_s);
    rig.goOnAir();
    QTRY_COMPARE(rig.messages, QStringList{u"emergency-failed"_s});
    rig.emergency.end();
    QCOMPARE(rig.messages, (QStringList{u"emergency-failed"_s, u"emergency-failed-over"_s}));
    QCOMPARE(rig.state(), u"ready"_s);
}

// Else the clip that was asked for before would come in its place.
void TestChannelEmergency::none_isRefused_whileAClipIsTried()
{
    EmergencyRig rig;
    const QString clip = rig.folder.filePath(u"clip.mp4"_s);
    QVERIFY(makeClip(clip, u"testsrc2=s=160x90:r=30:d=2"_s));
    bool isTaken = false;
    rig.emergency.set(clip, [&](const Result<void> &done) { isTaken = bool(done); });
    QVERIFY(rig.set(QString()).contains(u"try again"_s));
    QTRY_VERIFY(isTaken);
    QCOMPARE(rig.kept, clip);
    QCOMPARE(rig.set(QString()), QString());
    QVERIFY(rig.emergency.statusJson().isEmpty());
}

void TestChannelEmergency::sameFile_setAgain_isReadAnew()
{
    const QTemporaryDir folder;
    const QString clip = folder.filePath(u"clip.mp4"_s);
    const QString other = folder.filePath(u"other.mp4"_s);
    QVERIFY(makeClip(clip, black()) && makeClip(other, white()));
    EmergencyRig rig(clip);
    rig.goOnAir(40);
    QTRY_VERIFY(rig.isShown);
    QVERIFY(QFile::remove(clip) && QFile::rename(other, clip));
    QCOMPARE(rig.set(clip), QString());
    QTRY_VERIFY(rig.firstWhite >= 0);
    QCOMPARE(rig.firstWhite, 0);
    QVERIFY(rig.messages.isEmpty());
}

// The other file's middle is not what follows.
void TestChannelEmergency::replacedFile_isBegunAnew_whenItsPlayerDies()
{
    const QTemporaryDir folder;
    const QString clip = folder.filePath(u"clip.mp4"_s);
    const QString other = folder.filePath(u"other.mp4"_s);
    QVERIFY(makeClip(clip, black()) && makeClip(other, white()));
    EmergencyRig rig(clip);
    rig.goOnAir(40);
    QTRY_VERIFY(rig.isShown);
    QVERIFY(QFile::remove(clip) && QFile::rename(other, clip));
    for (const pid_t player : rig.playout->emergency().players())
        QCOMPARE(::kill(player, SIGKILL), 0);
    QTRY_VERIFY(rig.firstWhite >= 0);
    QCOMPARE(rig.firstWhite, 0);
}

// The one before was far lower, so that its gain would be far too much.
void TestChannelEmergency::anotherClip_isHeardWithItsOwnGain()
{
    const QTemporaryDir folder;
    const auto make = [&](const QString &name, const QString &level, const QString &seconds) {
        const QString path = folder.filePath(name);
        const QString source = u"testsrc2=s=160x90:r=30:d=%2[out0];"
                               u"aevalsrc=%1*sin(2*PI*997*t):s=48000:d=%2[out1]"_s;
        return makeClip(path, source.arg(level, seconds)) ? path : QString();
    };
    const QString low = make(u"low.mp4"_s, u"0.02"_s, u"20"_s);
    const QString loud = make(u"loud.mp4"_s, u"0.4"_s, u"1.5"_s);
    EmergencyRig rig(low);
    rig.goOnAir(0, -23.0);
    QTRY_VERIFY(rig.peaks[1] > 0);
    QCOMPARE(rig.set(loud), QString());
    QTRY_VERIFY(rig.peaks[3] > 0); // its second time
    const int first = rig.peaks[2];
    const int second = rig.peaks[3];
    QVERIFY2(std::abs(second - first) < first / 5,
             qPrintable(u"%1 behind %2"_s.arg(second).arg(first)));
}

} // namespace continuo
