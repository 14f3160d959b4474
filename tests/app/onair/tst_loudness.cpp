// SPDX-License-Identifier: GPL-3.0-or-later
// A station that brings its items to one loudness: judged by ffmpeg in what the encoder made.
#include "tests/support/loudness/loudness.h"
#include "tests/support/onair/onair.h"

#include <QJsonArray>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr int kSeconds = 12; // of each item
constexpr double kTarget = -23;

struct LoudItem {
    TestSignal signal;
    double loudness; ///< LUFS
    QString file;
};

} // namespace

class TestStationLoudness : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        guarded([this] { makeItems(); });
    }
    void render_bringsEveryItemToTheTarget()
    {
        guarded([this] { render(); });
    }
    void onAir_isMeasured_andTheItemTellsItsGain()
    {
        guarded([this] { playOnAir(); });
    }
    void estimatedGain_goesOn_whenTheEngineIsKilled()
    {
        guarded([this] { killEngine(); });
    }

private:
    void makeItems()
    {
        for (const double loudness : {-40.0, -14.0, -5.0, -30.0}) {
            for (const TestSignal signal :
                 {TestSignal::Sine, TestSignal::Speech, TestSignal::ClippedNoise}) {
                const std::vector<float> plain = testSignal(signal, kSeconds);
                const JudgedLoudness judged = judgeLoudness(plain, m_folder.path());
                QVERIFY2(judged.failure.isEmpty(), qPrintable(judged.failure));
                const QString raw = m_folder.filePath(u"item.f32"_s);
                const QString file = m_folder.filePath(u"item-%1.wav"_s.arg(m_items.size()));
                QVERIFY(writeSamples(raw, raised(plain, loudness - judged.integrated)));
                QCOMPARE(QProcess::execute(u"ffmpeg"_s,
                                           QStringList{u"-v"_s, u"error"_s} + samplesInput(raw)
                                               + QStringList{u"-c:a"_s, u"pcm_f32le"_s, file}),
                         0);
                m_items.push_back({signal, loudness, file});
            }
        }
    }

    QString addChannel(TestStation &station, std::size_t items)
    {
        const QString channel = u"level"_s;
        station.call(u"channel.create"_s,
                     {{u"name"_s, channel},
                      {u"width"_s, 160},
                      {u"height"_s, 90},
                      {u"loop"_s, false},
                      {u"loudness"_s, QString::number(kTarget)}});
        QStringList files;
        for (std::size_t i = 0; i < items; ++i)
            files.append(m_items[i].file);
        station.add(channel, files);
        return channel;
    }

    void render()
    {
        TestStation station;
        const QString channel = addChannel(station, m_items.size());
        const QString out = station.path(u"out.mkv"_s);
        const QJsonArray rendered
            = station.call(u"station.render"_s, {{u"channel"_s, channel}, {u"out"_s, out}}, 300s)
                  .value("items"_L1)
                  .toArray();
        QCOMPARE(std::size_t(rendered.size()), m_items.size());
        for (std::size_t i = 0; i < m_items.size(); ++i) {
            const qint64 frame
                = rendered.at(qsizetype(i)).toObject().value("frame"_L1).toInteger() - 480;
            const JudgedLoudness judged
                = judgeLoudness({u"-ss"_s, QString::number(double(frame) / 30), u"-t"_s,
                                 QString::number(kSeconds), u"-i"_s, out});
            qInfo("%.0f LUFS: %.1f LUFS, %.1f dBTP", m_items[i].loudness, judged.integrated,
                  judged.truePeak);
            QVERIFY2(judged.failure.isEmpty(), qPrintable(judged.failure));
            QVERIFY(std::abs(judged.integrated - kTarget) <= 0.5);
            QVERIFY(judged.truePeak <= -1);
        }
    }

    static bool isProven(TestStation &station, const QString &channel)
    {
        const QJsonArray items = station.call(u"playlist.list"_s, {{u"channel"_s, channel}})
                                     .value("items"_L1)
                                     .toArray();
        return std::ranges::none_of(items, [](const QJsonValue &item) {
            return item.toObject().value("proof"_L1).toObject().value("verdict"_L1) == "pending"_L1;
        });
    }

    void playOnAir()
    {
        TestStation station;
        const QString channel = addChannel(station, 1);
        const QString out = station.path(u"air.mkv"_s);
        station.addDestination(channel, u"file:"_s + out);
        // What is measured by its turn begins with its gain.
        QTRY_VERIFY(isProven(station, channel));
        const QJsonValue listed = station.call(u"playlist.list"_s, {{u"channel"_s, channel}})
                                      .value("items"_L1)
                                      .toArray()
                                      .at(0)
                                      .toObject()
                                      .value("loudness"_L1);
        QVERIFY(std::abs(listed.toObject().value("gain"_L1).toDouble() - 17) <= 0.2);
        QVERIFY(!listed.toObject().value("estimated"_L1).toBool());
        station.call(u"channel.start"_s, {{u"channel"_s, channel}});
        const auto near = [](const QJsonValue &value, double due, double apart) {
            return value.isDouble() && std::abs(value.toDouble() - due) <= apart;
        };
        const auto isLevelled = [&near](const QJsonObject &status) {
            const QJsonObject meter = status.value("loudness"_L1).toObject();
            const QJsonObject item
                = status.value("item"_L1).toObject().value("loudness"_L1).toObject();
            return near(meter.value("shortTerm"_L1), kTarget, 0.5)
                && near(meter.value("integrated"_L1), kTarget, 0.5)
                && near(item.value("gain"_L1), 17, 0.2) && item.contains("estimated"_L1)
                && !item.value("estimated"_L1).toBool();
        };
        station.waitForStatus(channel, isLevelled, 30s);
        station.waitForStatus(
            channel,
            [](const QJsonObject &status) { return status.value("state"_L1) == "slate"_L1; }, 60s);
        station.call(u"channel.set"_s, {{u"name"_s, channel}, {u"loudness"_s, u"off"_s}});
        station.call(u"channel.stop"_s, {{u"channel"_s, channel}});
        const QJsonObject off = station.status(channel).value("loudness"_L1).toObject();
        QCOMPARE(off, (QJsonObject{{u"target"_s, u"off"_s}}));
        const JudgedLoudness judged = judgeLoudness({u"-i"_s, out});
        QVERIFY2(judged.failure.isEmpty(), qPrintable(judged.failure));
        QVERIFY2(std::abs(judged.integrated - kTarget) <= 0.5,
                 qPrintable(QString::number(judged.integrated)));
        QVERIFY(judged.truePeak <= -1);
    }

    static QJsonObject levelOf(const QJsonObject &status)
    {
        return status.value("item"_L1).toObject().value("loudness"_L1).toObject();
    }

    // Ten times as loud after three seconds: the gain is on its way down for long, and who listened
    // anew would begin 10 dB and more lower.
    void killEngine()
    {
        const QString file = m_folder.filePath(u"rise.wav"_s);
        QCOMPARE(QProcess::execute(
                     u"ffmpeg"_s,
                     {u"-v"_s, u"error"_s, u"-f"_s, u"lavfi"_s, u"-i"_s,
                      u"aevalsrc='0.02*sin(2*PI*997*t)*if(lt(t,3),1,10)':s=48000:d=60"_s, file}),
                 0);
        TestStation station;
        const QString channel = addChannel(station, 0);
        // In a language that no file says, which no proof measures.
        station.call(u"channel.set"_s, {{u"name"_s, channel}, {u"languages"_s, u"de"_s}});
        station.add(channel, {file});
        station.call(u"channel.start"_s, {{u"channel"_s, channel}});
        const auto hasGain = [](const QJsonObject &status) {
            return levelOf(status).value("estimated"_L1).toBool()
                && levelOf(status).contains("gain"_L1) && status.value("state"_L1) == "on-air"_L1;
        };
        const QJsonObject first = station.waitForStatus(channel, hasGain, 20s);
        const double begun = levelOf(first).value("gain"_L1).toDouble();
        const QJsonObject before = station.waitForStatus(
            channel,
            [begun](const QJsonObject &status) {
                return levelOf(status).value("gain"_L1).toDouble() < begun - 1.5;
            },
            30s);
        const auto milliseconds = [](const QJsonObject &status) {
            return status.value("item"_L1).toObject().value("positionMs"_L1).toInteger();
        };
        ::kill(pid_t(station.client().greeting().value("pid"_L1).toInteger()), SIGKILL);
        station.reconnect();
        const QJsonObject after = station.waitForStatus(
            channel,
            [&](const QJsonObject &status) {
                return hasGain(status) && milliseconds(status) > milliseconds(before);
            },
            20s);
        const double stood = levelOf(before).value("gain"_L1).toDouble();
        const double now = levelOf(after).value("gain"_L1).toDouble();
        const double seconds = double(milliseconds(after) - milliseconds(before)) / 1000;
        qInfo("begun with %.2f dB, %.2f dB before the kill, %.2f dB %.1f s later", begun, stood,
              now, seconds);
        // What was in the encoder is made again, and moved over again.
        constexpr double kAgainSeconds = 4;
        QVERIFY(std::abs(now - stood) <= 0.5 * (seconds + kAgainSeconds) + 0.1);
    }

    QTemporaryDir m_folder;
    std::vector<LoudItem> m_items;
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestStationLoudness)
#include "tst_loudness.moc"
