// SPDX-License-Identifier: GPL-3.0-or-later
// With real players, and a clock where it is on air.
#include "tst_channelslate.h"

#include "core/channel/channelsettings.h"
#include "core/channel/channelslate.h"
#include "core/channel/inheritance.h"
#include "core/playout/playout.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

const HouseFormat kFormat{160, 90, {30, 1}};

// A file that ffmpeg makes of a source; \p more: how.
bool makeFile(const QString &path, const QString &source, const QStringList &more)
{
    return QProcess::execute(
               u"ffmpeg"_s,
               QStringList{u"-v"_s, u"error"_s, u"-y"_s, u"-f"_s, u"lavfi"_s, u"-i"_s, source}
                   + more + QStringList{path})
        == 0;
}

bool makeColour(const QString &path, const QString &colour)
{
    return makeFile(path, u"color=%1:s=320x180"_s.arg(colour), {u"-frames:v"_s, u"1"_s});
}

// One slate, and what it told.
struct Rig {
    explicit Rig(const QString &path = {}, KeeperLink *keeper = nullptr, qint64 drawing = 1)
        : slate(
            u"one"_s, kFormat, folder.filePath(u"player.log"_s), {path, false, drawing},
            [this](const SlateSettings &wanted) {
                kept = wanted;
                return Result<void>();
            },
            keeper)
    {
        QObject::connect(&slate, &ChannelSlate::message, &slate,
                         [this](const QString &, const QString &code, const QString &) {
                             messages.append(code);
                         });
    }
    ~Rig()
    {
        if (playout)
            playout->setTap({});
        slate.end();
    }

    // Sets, and waits; the words of the refusal, if there is one.
    QString set(const QString &path)
    {
        std::optional<Result<void>> outcome;
        slate.set(path, [&](const Result<void> &done) { outcome = done; });
        if (!QTest::qWaitFor([&] { return outcome.has_value(); }, 20000))
            return u"no answer"_s;
        return *outcome ? QString() : outcome->error().detail;
    }

    void goOnAir()
    {
        PlayoutOptions options;
        options.clock.format = kFormat;
        options.logFile = folder.filePath(u"player.log"_s);
        Result<std::unique_ptr<Playout>> made = Playout::create(options);
        QVERIFY(made);
        playout = std::move(made).value();
        playout->setFollowers([](const QString &, int) { return std::vector<PlayoutItem>(); });
        playout->setTap([this](const AirFramePtr &frame) {
            const std::uint8_t *end
                = frame->picture + std::ptrdiff_t(kFormat.width) * kFormat.height;
            const auto [least, most] = std::minmax_element(frame->picture, end);
            darkest = *least;
            brightest = *most;
            if (isFirst.exchange(false))
                firstBrightest = *most;
        });
        auto *drain = new QTimer(playout.get()); // what an encoder would do
        QObject::connect(drain, &QTimer::timeout, playout.get(), [this] {
            playout->retained()->acknowledge(playout->retained()->nextNumber());
        });
        drain->start(20);
        slate.begin(*playout);
        playout->start();
    }
    // The card has white letters on a dark ground.
    bool showsCard() const { return brightest > 128 && darkest < 50; }
    bool showsOnly(int luma) const
    {
        return std::abs(brightest - luma) <= 2 && std::abs(darkest - luma) <= 2;
    }
    QString state() const { return slate.statusJson().value("state"_L1).toString(); }

    QTemporaryDir folder;
    SlateSettings kept;
    QStringList messages;
    std::unique_ptr<Playout> playout;
    ChannelSlate slate;
    std::atomic<int> darkest = -1;
    std::atomic<int> brightest = -1;
    std::atomic<bool> isFirst = true;
    std::atomic<int> firstBrightest = -1;
};

} // namespace

void TestChannelSlate::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestChannelSlate::set_drawsAPicture_andRefusesInWords()
{
    Rig rig;
    const auto file
        = [&](const char *name) { return rig.folder.filePath(QString::fromLatin1(name)); };
    QCOMPARE(rig.set(u"soon.png"_s), u"\"soon.png\" is not an absolute path"_s);
    QVERIFY2(rig.set(file("missing.png")).contains(u"does not exist"_s),
             qPrintable(rig.set(file("missing.png"))));
    QVERIFY(makeFile(file("clip.mp4"), u"testsrc2=s=160x90:r=30:d=1"_s, {}));
    QVERIFY(rig.set(file("clip.mp4")).endsWith(u"it is a video, and a slate is a still picture"_s));
    QVERIFY(makeFile(file("song.wav"), u"sine=d=1"_s, {}));
    QVERIFY(rig.set(file("song.wav")).endsWith(u"it is sound, and a slate is a picture"_s));
    QFile text(file("words.png"));
    QVERIFY(text.open(QIODevice::WriteOnly) && text.write("no picture\n") > 0);
    text.close();
    QVERIFY(rig.set(text.fileName()).startsWith(text.fileName() + u": "_s));
    QCOMPARE(rig.kept, SlateSettings()); // nothing was changed by any of it
    QCOMPARE(rig.slate.statusJson().value("path"_L1).toString(), QString());

    QVERIFY(makeColour(file("grey.jpg"), u"gray"_s));
    QCOMPARE(rig.set(file("grey.jpg")), QString());
    QCOMPARE(rig.kept.path, file("grey.jpg"));
    QCOMPARE(rig.kept.drawing, 2);
    QCOMPARE(rig.state(), u"ready"_s);
    QCOMPARE(rig.set(QString()), QString());
    QCOMPARE(rig.kept, (SlateSettings{QString(), false, 3}));
    QVERIFY(rig.messages.isEmpty());
}

void TestChannelSlate::settings_outlastARestart()
{
    const QTemporaryDir folder;
    const StationPaths paths = StationPaths::forState(folder.path());
    ChannelSettings settings;
    settings.name = u"one"_s;
    QVERIFY(settings.save(paths));
    QCOMPARE(ChannelSettings::load(paths, settings.name)->slate, SlateSettings());
    settings.slate = {u"/soon.png"_s, true, 17};
    QVERIFY(settings.save(paths));
    QCOMPARE(ChannelSettings::load(paths, settings.name)->slate, settings.slate);
}

void TestChannelSlate::picture_isChangedOnAir()
{
    Rig rig;
    rig.goOnAir();
    QTRY_VERIFY(rig.showsCard());
    QCOMPARE(rig.state(), u"shown"_s);
    const QString white = rig.folder.filePath(u"white.png"_s);
    QVERIFY(makeColour(white, u"white"_s));
    QCOMPARE(rig.set(white), QString());
    QTRY_VERIFY(rig.showsOnly(235));
    QVERIFY(QFile::remove(white)); // it is needed no more
    QVERIFY(rig.slate.setClock(true));
    QTRY_VERIFY(rig.darkest < 60 && rig.brightest >= 233); // the clock's ground
    QVERIFY(rig.slate.setClock(false));
    QTRY_VERIFY(rig.showsOnly(235));
    QVERIFY(rig.set(rig.folder.filePath(u"other.png"_s)).contains(u"does not exist"_s));
    QVERIFY(rig.showsOnly(235));
    QCOMPARE(rig.state(), u"shown"_s);
    QCOMPARE(rig.set(QString()), QString());
    QTRY_VERIFY(rig.showsCard());
    QCOMPARE(rig.playout->status().air.counts.held, 0);
    QVERIFY(rig.messages.isEmpty());
}

void TestChannelSlate::brokenPicture_isTheCard_untilItCanBeDrawn()
{
    const QTemporaryDir folder;
    const QString white = folder.filePath(u"white.png"_s);
    Rig rig(white);
    rig.goOnAir();
    QTRY_VERIFY(rig.showsCard());
    QCOMPARE(rig.messages, QStringList{u"slate-failed"_s});
    QCOMPARE(rig.state(), u"failed"_s);
    QCOMPARE(rig.slate.statusJson().value("code"_L1).toString(), u"not-found"_s);
    QVERIFY(makeColour(folder.filePath(u"new.png"_s), u"white"_s));
    QVERIFY(QFile::rename(folder.filePath(u"new.png"_s), white));
    QTRY_VERIFY(rig.showsOnly(235));
    QTRY_COMPARE(rig.state(), u"shown"_s);
    QCOMPARE(rig.messages, (QStringList{u"slate-failed"_s, u"slate-failed-over"_s}));
}

// The alarm ends also where the picture never comes.
void TestChannelSlate::brokenPicture_isOver_whenItIsNotWanted()
{
    for (const bool isOffAir : {false, true}) {
        Rig rig(u"/nonexistent/white.png"_s);
        rig.goOnAir();
        QTRY_COMPARE(rig.messages, QStringList{u"slate-failed"_s});
        if (isOffAir)
            rig.slate.end();
        else
            QCOMPARE(rig.set(QString()), QString());
        QCOMPARE(rig.messages, (QStringList{u"slate-failed"_s, u"slate-failed-over"_s}));
        QCOMPARE(rig.state(), isOffAir ? u"ready"_s : u"shown"_s);
    }
}

void TestChannelSlate::card_isDrawnAgain_whenItsPlayerDies()
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"^no slate, black is shown"_s));
    Rig rig;
    rig.goOnAir();
    // Long before any of them has a picture.
    QFile list(u"/proc/self/task/%1/children"_s.arg(::getpid()));
    QVERIFY(list.open(QIODevice::ReadOnly));
    for (const QByteArray &pid : list.readAll().simplified().split(' '))
        QCOMPARE(::kill(pid.toInt(), SIGKILL), 0);
    QTRY_VERIFY(rig.showsCard());
}

// Its file has gone meanwhile.
void TestChannelSlate::nextEngine_showsWhatTheKeeperHolds()
{
    Result<std::pair<MessageSocket, MessageSocket>> ends = MessageSocket::createPair();
    QVERIFY(ends);
    KeeperLink keeper(std::move(ends.value().first));
    Rig rig(QString(), &keeper);
    rig.goOnAir();
    const QString white = rig.folder.filePath(u"white.png"_s);
    QVERIFY(makeColour(white, u"white"_s));
    QCOMPARE(rig.set(white), QString());
    QTRY_VERIFY(rig.showsOnly(235));
    // What the keeper has got, up to that.
    std::map<QString, UniqueFd> held;
    for (auto got = ends->second.receive(); got && got.value(); got = ends->second.receive()) {
        Message &message = *got.value();
        if (message.body.contains("hold"_L1))
            held[message.body.value("hold"_L1).toString()] = std::move(message.fds.at(0));
        else
            held.erase(message.body.value("drop"_L1).toString());
    }
    QCOMPARE(held.size(), 1U);
    QCOMPARE(held.begin()->first, held::slate(u"one"_s, rig.kept.drawing));

    Rig next(rig.kept.path, &keeper, rig.kept.drawing);
    QVERIFY(QFile::remove(white));
    next.slate.takeHeld(held);
    QVERIFY(held.empty());
    next.goOnAir();
    QTRY_VERIFY(!next.isFirst);
    QCOMPARE(next.firstBrightest, 235);
    QCOMPARE(next.state(), u"shown"_s);
    QVERIFY(next.messages.isEmpty());
}

} // namespace continuo
