// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/console/tst_console.h"

#include "tests/support/desktop/desktop.h"
#include "tests/support/desktop/screenshot.h"
#include "tests/support/framecode/check.h"
#include "tests/support/framecode/clipmaker.h"
#include "tests/support/onair/onair.h"
#include "tests/support/patience.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

const QString kChannel = u"Riverside TV"_s;
constexpr int kClips = 6;
constexpr int kWait = kTestPatienceMs; // a program starts, a list goes round
// Where the other program's window stands: right of a console of 1600 pixels.
constexpr QPoint kSource{1700, 500};
constexpr int kShots = 10; // of the preview
constexpr qint64 kUsual = 4; // frames of 40 ms: engine, console, screen, one to spare

// What half of the last kShots do not exceed.
qint64 medianOfLast(const std::vector<qint64> &all)
{
    std::vector<qint64> last(all.end() - kShots, all.end());
    std::ranges::nth_element(last, last.begin() + kShots / 2);
    return last[kShots / 2];
}

} // namespace

ConsoleTest::ConsoleTest(Desktop &desktop, const QString &missing)
    : m_desktop(desktop)
    , m_missing(missing)
{
}

ConsoleTest::~ConsoleTest() = default;

void ConsoleTest::initTestCase()
{
    if (!m_missing.isEmpty())
        QSKIP(qPrintable(u"No window can be driven here: "_s + m_missing));
    m_output = outputFolder(u"console"_s);
    // Made once a build: on a busy machine this takes a while.
    const QString clipFolder
        = QDir(qEnvironmentVariable("CONTINUO_BIN") + u"/../clips-console"_s).absolutePath();
    QVERIFY(QDir().mkpath(clipFolder));
    for (int clip = 1; clip <= kClips; ++clip) {
        framecode::ClipRecipe recipe;
        recipe.output = clipFolder + u"/clip %1.mkv"_s.arg(clip);
        m_clips << recipe.output;
        recipe.id = clip;
        // The first is on air until a key takes another; the last ones are for long.
        recipe.frames = 25 * (clip == 1 ? 150 : clip >= 5 ? 60 : 10);
        const auto known = framecode::readSidecar(recipe.output);
        if (known && int(known.value().times.size()) == recipe.frames)
            continue;
        recipe.fps = {25, 1};
        recipe.width = 320;
        recipe.height = 180;
        const auto made = framecode::makeClip(recipe);
        QVERIFY2(made, made ? "" : qPrintable(made.error()));
    }
    m_console.setProcessChannelMode(QProcess::SeparateChannels);
    connect(&m_console, &QProcess::readyReadStandardError, this, [this] {
        const QByteArray words = m_console.readAllStandardError();
        m_said += words;
        std::fputs(words.constData(), stderr);
    });
    m_station = std::make_unique<TestStation>();
    m_station->call(u"channel.create"_s,
                    {{u"name"_s, kChannel},
                     {u"width"_s, 640},
                     {u"height"_s, 360},
                     {u"fps"_s, u"25"_s},
                     {u"loop"_s, true}});
    m_station->add(kChannel, m_clips.first(3));
    m_station->addDestination(kChannel, u"hls:"_s + m_output + u"/hls"_s, {{u"listSize"_s, 0}});
    m_firstFrame = m_station->call(u"channel.start"_s, {{u"channel"_s, kChannel}})
                       .value("frame"_L1)
                       .toInteger();
    m_station->waitForStatus(
        kChannel, [](const QJsonObject &now) { return now.value("state"_L1) == "on-air"_L1; }, 20s);
}

void ConsoleTest::openConsole()
{
    m_said.clear();
    m_console.start(qEnvironmentVariable("CONTINUO_BIN") + u"/continuo"_s,
                    {u"--state"_s, m_station->folder()});
    QVERIFY(m_console.waitForStarted());
    QTRY_VERIFY_WITH_TIMEOUT(seesOnAirRow(), kWait);
    QTRY_VERIFY_WITH_TIMEOUT(Desktop::isActive(m_console.processId()), kWait);
}

QString ConsoleTest::closeConsole()
{
    const qint64 process = m_console.processId();
    const QString before = Desktop::titlesOf(process);
    m_desktop.key(u"alt+F4"_s);
    QString last;
    const auto hasEnded = [&] {
        // For a moment both windows are seen, then the notice alone, then nothing.
        const QString now = Desktop::titlesOf(process);
        if (last.isEmpty() && !now.isEmpty() && !now.contains(before)) {
            last = now;
            keepPicture(u"closed"_s);
        }
        return m_console.state() == QProcess::NotRunning;
    };
    if (!QTest::qWaitFor(hasEnded, kWait))
        QTest::qFail("the console does not end", __FILE__, __LINE__);
    return last;
}

void ConsoleTest::window_showsTheChannelOnAir()
{
    openConsole();
    QCOMPARE(onAirNumber(), 0);
    const auto standsStill = [this] {
        const std::optional<QRect> first = Screenshot(m_desktop.picture()).onAirRow();
        const int before = std::exchange(m_listTop, first ? first->top() : -1);
        return m_listTop >= 0 && m_listTop == before;
    };
    QTRY_VERIFY_WITH_TIMEOUT(standsStill(), kWait);
    keepPicture(u"on-air"_s);
    QCOMPARE(titles(), QStringList({u"clip 1"_s, u"clip 2"_s, u"clip 3"_s}));
}

void ConsoleTest::preview_showsTheFrameOnAir()
{
    watchMachine();
    int stalls = machineStalls();
    QTRY_VERIFY_WITH_TIMEOUT(previewShows(1), kWait);
    // What is on air at the moment before and after the picture was taken bounds what it may show.
    const auto airFrame = [this] {
        return m_station->status(kChannel)
            .value("item"_L1)
            .toObject()
            .value("frame"_L1)
            .toInteger();
    };
    std::vector<qint64> behind; // by so many frames was each shot
    const QDeadlineTimer deadline(kWait);
    // A machine that is busy for a while makes the console late; one that is late by itself is so
    // for as long as it is looked at.
    while (std::ssize(behind) < kShots
           || (medianOfLast(behind) > kUsual && !deadline.hasExpired())) {
        const qint64 before = airFrame();
        const Screenshot shot(m_desktop.picture());
        const qint64 after = airFrame();
        // The engine is in time again at once after the machine has stood still, the console a
        // picture later: that says nothing of the console.
        const int now = machineStalls();
        if (std::exchange(stalls, now) != now && !deadline.hasExpired()) {
            QTest::qWait(500);
            continue;
        }
        const framecode::ReadResult read = shot.code();
        QCOMPARE(read.state, framecode::ReadState::Read);
        QCOMPARE(read.code.clip, 1);
        const qint64 frame = read.code.frame;
        behind.push_back(std::max({before - frame, frame - after, qint64(0)}));
    }
    const qint64 usual = medianOfLast(behind);
    const qint64 worst = *std::max_element(behind.begin(), behind.begin() + kShots);
    qInfo("the preview was usually %lld and at most %lld frames from the air",
          static_cast<long long>(usual), static_cast<long long>(worst));
    QVERIFY2(usual <= kUsual, "usually late by more than that");
    QVERIFY2(worst <= 13, "half a second behind"); // 25 fps, on a machine that is busy
    keepPicture(u"preview"_s);
}

void ConsoleTest::files_landWhereTheyWereDropped()
{
    // Between the second row and the third: into the upper half of the third.
    dragFromOutside({m_clips.at(3), m_clips.at(4)}, pointOf(2, 25));
    QTRY_COMPARE_WITH_TIMEOUT(
        titles(), QStringList({u"clip 1"_s, u"clip 2"_s, u"clip 4"_s, u"clip 5"_s, u"clip 3"_s}),
        kWait);
    keepPicture(u"dropped"_s);
}

void ConsoleTest::folder_landsWhereItWasDropped()
{
    const QString folder = m_output + u"/folder"_s;
    QVERIFY(QDir().mkpath(folder));
    QFile::remove(folder + u"/clip 6.mkv"_s);
    QVERIFY(QFile::copy(m_clips.at(5), folder + u"/clip 6.mkv"_s));
    QFile notes(folder + u"/notes.txt"_s);
    QVERIFY(notes.open(QIODevice::WriteOnly));
    // Behind the last: below its middle.
    dragFromOutside({folder}, pointOf(4, 75));
    QTRY_COMPARE_WITH_TIMEOUT(
        titles(),
        QStringList({u"clip 1"_s, u"clip 2"_s, u"clip 4"_s, u"clip 5"_s, u"clip 3"_s, u"clip 6"_s}),
        kWait);
}

void ConsoleTest::rows_moveByDragging()
{
    m_desktop.drag(pointOf(5, 50), pointOf(1, 25));
    QTRY_COMPARE_WITH_TIMEOUT(
        titles(),
        QStringList({u"clip 1"_s, u"clip 6"_s, u"clip 2"_s, u"clip 4"_s, u"clip 5"_s, u"clip 3"_s}),
        kWait);
    keepPicture(u"moved"_s);
}

void ConsoleTest::rows_moveAndGoTogether_whenSeveralAreSelected()
{
    const QStringList before = titles();
    m_desktop.click(pointOf(2, 50));
    QTRY_VERIFY_WITH_TIMEOUT(Desktop::isActive(m_console.processId()), kWait);
    m_desktop.clickWith(u"shift"_s, pointOf(3, 50));
    // By the other of the two: a press where the last one was could be a double click.
    m_desktop.drag(pointOf(2, 50), pointOf(5, 75));
    const QStringList moved{u"clip 1"_s, u"clip 6"_s, u"clip 5"_s,
                            u"clip 3"_s, u"clip 2"_s, u"clip 4"_s};
    QTRY_COMPARE_WITH_TIMEOUT(titles(), moved, kWait);
    keepPicture(u"moved-together"_s);

    m_desktop.click(pointOf(4, 50));
    QTRY_VERIFY_WITH_TIMEOUT(Desktop::isActive(m_console.processId()), kWait);
    m_desktop.clickWith(u"ctrl"_s, pointOf(2, 50));
    keepPicture(u"selected-apart"_s);
    m_desktop.key(u"Delete"_s);
    QTRY_COMPARE_WITH_TIMEOUT(
        titles(), QStringList({u"clip 1"_s, u"clip 6"_s, u"clip 3"_s, u"clip 4"_s}), kWait);
    m_desktop.key(u"ctrl+z"_s); // both at once
    QTRY_COMPARE_WITH_TIMEOUT(titles(), moved, kWait);
    m_desktop.key(u"ctrl+z"_s);
    QTRY_COMPARE_WITH_TIMEOUT(titles(), before, kWait);
}

void ConsoleTest::keys_moveRemoveAndUndo()
{
    // First on a row that is not among those selected before: of several, a click on one leaves the
    // others only when the button is let go.
    m_desktop.click(pointOf(5, 50));
    m_desktop.click(pointOf(2, 50));
    QTRY_VERIFY_WITH_TIMEOUT(Desktop::isActive(m_console.processId()), kWait);
    m_desktop.key(u"ctrl+Down"_s);
    QTRY_COMPARE_WITH_TIMEOUT(titles().mid(1, 3),
                              QStringList({u"clip 6"_s, u"clip 4"_s, u"clip 2"_s}), kWait);
    m_desktop.key(u"ctrl+Up"_s); // the row is still selected, where it is now
    QTRY_COMPARE_WITH_TIMEOUT(titles().mid(1, 3),
                              QStringList({u"clip 6"_s, u"clip 2"_s, u"clip 4"_s}), kWait);
    m_desktop.key(u"Delete"_s);
    QTRY_COMPARE_WITH_TIMEOUT(titles().size(), 5, kWait);
    QVERIFY(!titles().contains(u"clip 2"_s));
    m_desktop.key(u"ctrl+z"_s);
    QTRY_COMPARE_WITH_TIMEOUT(titles().mid(1, 3),
                              QStringList({u"clip 6"_s, u"clip 2"_s, u"clip 4"_s}), kWait);
}

void ConsoleTest::keys_makeNextTakeAndSkip()
{
    const auto airs = [this](const QString &part, const QString &title) {
        return m_station->status(kChannel).value(part).toObject().value("title"_L1) == title;
    };
    QTRY_VERIFY_WITH_TIMEOUT(seesOnAirRow(), kWait);
    m_desktop.click(pointOf(4, 50));
    QTRY_VERIFY_WITH_TIMEOUT(Desktop::isActive(m_console.processId()), kWait);
    m_desktop.key(u"Return"_s);
    QTRY_VERIFY_WITH_TIMEOUT(airs(u"next"_s, u"clip 5"_s), kWait);
    keepPicture(u"next"_s);
    m_desktop.key(u"ctrl+n"_s);
    QTRY_VERIFY_WITH_TIMEOUT(airs(u"item"_s, u"clip 5"_s), kWait);
    QTRY_VERIFY_WITH_TIMEOUT(previewShows(5), kWait);
    QTRY_VERIFY_WITH_TIMEOUT(seesOnAirRow(), kWait); // the list has come to rest
    m_desktop.click(pointOf(1, 50));
    m_desktop.key(u"ctrl+Return"_s);
    QTRY_VERIFY_WITH_TIMEOUT(airs(u"item"_s, u"clip 6"_s), kWait);
    QTRY_VERIFY_WITH_TIMEOUT(previewShows(6), kWait);
    keepPicture(u"taken"_s);
}

void ConsoleTest::closing_leavesTheChannelOnAir()
{
    const QString headline = kChannel + u" stays on air"_s;
    // The notice stands for two seconds. A machine that is busy for as long shows it to nobody,
    // which says nothing of the console: then once more.
    QString farewell;
    for (int i = 0; i < 5 && farewell.isEmpty(); ++i) {
        farewell = closeConsole();
        QCOMPARE(m_console.state(), QProcess::NotRunning);
        QCOMPARE(m_console.exitStatus(), QProcess::NormalExit);
        QCOMPARE(m_console.exitCode(), 0);
        QVERIFY2(QString::fromUtf8(m_said).contains(
                     headline + u". Open Continuo again to see and change what is on."_s),
                 m_said.constData());
        QCOMPARE(m_station->status(kChannel).value("state"_L1).toString(), u"on-air"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!seesOnAirRow(), kWait);
        openConsole();
    }
    QCOMPARE(farewell, headline);
    QTRY_VERIFY_WITH_TIMEOUT(previewShows(6), kWait);
    keepPicture(u"opened-again"_s);
}

void ConsoleTest::killing_leavesTheChannelOnAir()
{
    m_console.kill(); // SIGKILL
    QVERIFY(m_console.waitForFinished());
    QCOMPARE(m_station->status(kChannel).value("state"_L1).toString(), u"on-air"_s);
    openConsole();
    QTRY_VERIFY_WITH_TIMEOUT(previewShows(6), kWait);
    QCOMPARE(onAirNumber(), int(titles().indexOf(u"clip 6"_s)));
    keepPicture(u"after-kill"_s);
}

void ConsoleTest::air_lostNoFrame()
{
    const QJsonObject counts = m_station->status(kChannel).value("counts"_L1).toObject();
    const qint64 last = m_station->call(u"channel.stop"_s, {{u"channel"_s, kChannel}})
                            .value("frame"_L1)
                            .toInteger();
    keepPicture(u"off-air"_s);
    const auto report = framecode::survey(m_output + u"/hls/index.m3u8"_s);
    QVERIFY2(report, report ? "" : qPrintable(report.error()));
    qInfo("%lld frames, %d late, %d held, %d dropped", static_cast<long long>(report.value().seen),
          counts.value("late"_L1).toInt(), counts.value("held"_L1).toInt(),
          counts.value("dropped"_L1).toInt());
    QCOMPARE(report.value().seen, last - m_firstFrame);
    QCOMPARE(counts.value("dropped"_L1).toInt(), 0);
    // Item for item without a hole: 1 to the skip, 5 to the take, 6 through closing and killing.
    QStringList runs;
    for (const framecode::Run &run : report.value().runs) {
        runs << QString::number(run.clip);
        QCOMPARE(run.firstSource, 0);
        QCOMPARE(run.lastSource - run.firstSource + 1, int(run.frames));
    }
    QCOMPARE(runs.join(u' '), u"1 5 6"_s);
}

void ConsoleTest::cleanupTestCase()
{
    if (m_console.state() != QProcess::NotRunning) {
        m_console.terminate();
        if (!m_console.waitForFinished(3000))
            m_console.kill();
        m_console.waitForFinished();
    }
    m_station.reset();
}

QStringList ConsoleTest::ids()
{
    QStringList result;
    const QJsonArray items = m_station->call(u"playlist.list"_s, {{u"channel"_s, kChannel}})
                                 .value("items"_L1)
                                 .toArray();
    for (const QJsonValue &item : items)
        result << item.toObject().value("id"_L1).toString();
    return result;
}

QStringList ConsoleTest::titles()
{
    QStringList result;
    const QJsonArray items = m_station->call(u"playlist.list"_s, {{u"channel"_s, kChannel}})
                                 .value("items"_L1)
                                 .toArray();
    for (const QJsonValue &item : items)
        result << item.toObject().value("title"_L1).toString();
    return result;
}

int ConsoleTest::onAirNumber()
{
    const QString id
        = m_station->status(kChannel).value("item"_L1).toObject().value("id"_L1).toString();
    return int(ids().indexOf(id));
}

// The engine may have told us of an edit before the window has painted it: a click would hit the
// row that stood there before.
bool ConsoleTest::isAtRest()
{
    const int onAir = onAirNumber();
    const int rows = int(ids().size());
    const Screenshot shot(m_desktop.picture());
    const std::optional<QRect> first = shot.row(0, onAir);
    // To some pixels: see Screenshot::hasRow().
    if (onAir < 0 || rows == 0 || !first
        || std::abs(first->top() - m_listTop) > first->height() / 4)
        return false;
    const QImage before = m_list;
    m_list = shot.image().copy(first->united(*shot.row(rows - 1, onAir)));
    return m_list == before && shot.hasRow(rows - 1, onAir) && !shot.hasRow(rows, onAir);
}

// A point in a row as it stands on the screen once the list is at rest; \p yPercent from its top.
QPoint ConsoleTest::pointOf(int row, int yPercent)
{
    // Not QTRY_VERIFY, which asks once more after a yes: each question needs two new pictures.
    if (!QTest::qWaitFor([this] { return isAtRest(); }, kWait))
        QTest::qFail("the list does not come to rest", __FILE__, __LINE__);
    const std::optional<QRect> area = Screenshot(m_desktop.picture()).row(row, onAirNumber());
    if (!area) {
        QTest::qFail("the row on air is not on the screen", __FILE__, __LINE__);
        return {};
    }
    return {area->center().x(), area->top() + area->height() * yPercent / 100};
}

void ConsoleTest::dragFromOutside(const QStringList &files, const QPoint &to)
{
    QProcess source;
    source.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    source.start(qEnvironmentVariable("CONTINUO_BIN") + u"/dragsource"_s,
                 QStringList{QString::number(kSource.x()), QString::number(kSource.y())} + files);
    QVERIFY(source.waitForStarted());
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.picture().pixel(kSource + QPoint(100, 100)) != qRgb(0, 0, 0),
                             kWait);
    const qsizetype before = ids().size();
    m_desktop.drag(kSource + QPoint(100, 100), to);
    // What is dropped is asked for after the drop: a source that ends at once takes it away.
    QTRY_VERIFY_WITH_TIMEOUT(ids().size() > before, kWait);
    source.kill();
    source.waitForFinished();
    QTRY_VERIFY_WITH_TIMEOUT(Desktop::isActive(m_console.processId()), kWait);
}

void ConsoleTest::keepPicture(const QString &name)
{
    const QString file = m_desktop.folder() + u"/console-"_s + name + u".png"_s;
    if (!m_desktop.picture().save(file))
        qWarning("the screenshot cannot be kept in %s", qPrintable(file));
}

bool ConsoleTest::seesOnAirRow()
{
    return Screenshot(m_desktop.picture()).onAirRow().has_value();
}

bool ConsoleTest::previewShows(int clip)
{
    const framecode::ReadResult read = Screenshot(m_desktop.picture()).code();
    return read.state == framecode::ReadState::Read && read.code.clip == clip;
}
