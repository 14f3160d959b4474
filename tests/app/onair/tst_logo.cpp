// SPDX-License-Identifier: GPL-3.0-or-later
// A logo that is changed on air five times, that some items do not have, and whose engine is
// killed: no frame is lost, repeated, held or late, and the recording shows what the answers say,
// at the frames that they name.
#include "tests/support/onair/onair.h"

#include <QJsonArray>
#include <QProcess>
#include <QRegularExpression>
#include <QTest>

#include <array>
#include <cmath>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

using Colour = std::array<double, 3>; // Y, Cb, Cr

// The logos: 128x72, of which 8 pixels at each edge are transparent. What is looked at lies in the
// middle of them, 5 % from the edges of the picture.
constexpr int kWidth = 104;
constexpr int kHeight = 48;
constexpr int kTop = 720 - 36 - 72 + 12;
constexpr int kLeft = 64 + 12;
constexpr int kRight = 1280 - 64 - 128 + 12;

enum Place { BottomRight, BottomLeft };

struct Shade {
    const char *name;
    int red;
    int green;
    int blue;

    Colour colour() const
    {
        const double y = (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
        return {16 + 219 * y, 128 + 224 * (blue / 255.0 - y) / 1.8556,
                128 + 224 * (red / 255.0 - y) / 1.5748};
    }
};
constexpr Shade kRed{"red", 192, 32, 32};
constexpr Shade kBlue{"blue", 32, 32, 192};
constexpr Shade kGreen{"green", 32, 192, 32};
constexpr Shade kOrange{"orange", 224, 128, 32};

constexpr double kSame = 6; // of an encoder's doing
constexpr double kOther = 25;

double distance(const Colour &a, const Colour &b)
{
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

// How far \p colour is on the way from \p from to \p to.
double progress(const Colour &colour, const Colour &from, const Colour &to)
{
    double along = 0;
    double length = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        along += (colour.at(i) - from.at(i)) * (to.at(i) - from.at(i));
        length += (to.at(i) - from.at(i)) * (to.at(i) - from.at(i));
    }
    return along / length;
}

QString text(const Colour &colour)
{
    return u"%1 %2 %3"_s.arg(colour[0], 0, 'f', 1)
        .arg(colour[1], 0, 'f', 1)
        .arg(colour[2], 0, 'f', 1);
}

// A state of the logo, from an answered frame on.
struct Stretch {
    qint64 from = 0;
    int fade = 0;
    std::optional<Shade> shade; // none: it is off
    Place place = BottomRight;
};

} // namespace

class TestLogoOnAir : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void logo_isChangedWithoutASeam()
    {
        guarded([this] { changeOnAir(); });
    }
    void render_hasTheLogo_too()
    {
        guarded([this] { render(); });
    }

private:
    QString makeLogo(const Shade &shade) const
    {
        const QString path = m_folder + u'/' + QString::fromLatin1(shade.name) + u".png"_s;
        const int failed = QProcess::execute(
            u"ffmpeg"_s,
            {u"-v"_s, u"error"_s, u"-y"_s, u"-f"_s, u"lavfi"_s, u"-i"_s,
             u"color=0x%1:s=112x56,format=rgba,pad=128:72:8:8:black@0"_s.arg(
                 (shade.red << 16) + (shade.green << 8) + shade.blue, 6, 16, QChar(u'0')),
             u"-frames:v"_s, u"1"_s, path});
        if (failed != 0)
            throw std::runtime_error("ffmpeg makes no logo");
        return path;
    }

    // The mean colour of both places in each picture of the recording.
    std::vector<std::array<Colour, 2>> colours(const QString &input) const
    {
        QProcess ffmpeg;
        ffmpeg.start(
            u"nice"_s,
            {u"ffmpeg"_s, u"-v"_s, u"error"_s, u"-i"_s, input, u"-filter_complex"_s,
             u"[0:v]split[a][b];[a]crop=%1:%2:%3:%5[c];[b]crop=%1:%2:%4:%5[d];[c][d]hstack"_s
                 .arg(kWidth)
                 .arg(kHeight)
                 .arg(kRight)
                 .arg(kLeft)
                 .arg(kTop),
             u"-fps_mode"_s, u"passthrough"_s, u"-f"_s, u"rawvideo"_s, u"-pix_fmt"_s, u"yuv420p"_s,
             u"-"_s});
        if (!ffmpeg.waitForFinished(300'000))
            throw std::runtime_error("ffmpeg reads no recording");
        const QByteArray all = ffmpeg.readAllStandardOutput();
        constexpr qsizetype kPicture = 2 * kWidth * kHeight * 3 / 2;
        std::vector<std::array<Colour, 2>> result;
        for (qsizetype at = 0; at + kPicture <= all.size(); at += kPicture) {
            std::array<Colour, 2> both{};
            for (const std::size_t place : {0UL, 1UL}) {
                qsizetype plane = at;
                for (std::size_t i = 0; i < 3; ++i) {
                    const int width = i == 0 ? kWidth : kWidth / 2;
                    const int height = i == 0 ? kHeight : kHeight / 2;
                    double sum = 0;
                    for (int y = 0; y < height; ++y) {
                        for (int x = 0; x < width; ++x)
                            sum += std::uint8_t(
                                all[plane + (y * 2 + qsizetype(place)) * width + x]);
                    }
                    both.at(place).at(i) = sum / (width * height);
                    plane += qsizetype(2) * width * height;
                }
            }
            result.push_back(both);
        }
        return result;
    }

    void changeOnAir()
    {
        const framecode::Rate fps{30, 1};
        const Corpus corpus = loadCorpus(4, fps);
        TestStation station;
        station.call(u"channel.create"_s, {{u"name"_s, m_channel}, {u"loop"_s, true}});
        for (qsizetype i = 0; i < corpus.files.size(); ++i) {
            QJsonObject item{{u"channel"_s, m_channel}, {u"files"_s, QJsonArray{corpus.files[i]}}};
            if (std::size_t(i) == kAd)
                item.insert(u"category"_s, u"Ads"_s);
            station.call(u"playlist.add"_s, item);
        }
        station.addDestination(m_channel, u"file:"_s + m_folder + u"/record.mkv"_s);
        QVERIFY(!set(station,
                     {{u"path"_s, makeLogo(kRed)},
                      {u"corner"_s, u"bottom-right"_s},
                      {u"offFor"_s, QJsonArray{u"Ads"_s}}}));
        for (const Shade &shade : {kBlue, kGreen, kOrange})
            makeLogo(shade);
        watchMachine();
        m_first = station.call(u"channel.start"_s, {{u"channel"_s, m_channel}})
                      .value("frame"_L1)
                      .toInteger();
        m_stretches = {{m_first, 0, kRed, BottomRight}};
        qint64 start = m_first;
        for (const qint64 frames : corpus.frames)
            m_starts.push_back(std::exchange(start, start + frames));
        changeAndKill(station);
        const qint64 last = station.call(u"channel.stop"_s, {{u"channel"_s, m_channel}})
                                .value("frame"_L1)
                                .toInteger();

        const framecode::Expectation expectation = loopOf(corpus, fps);
        FramesDue due = FramesDue::exactly(last - m_first);
        due.torn = m_torn >= 0 ? m_torn - m_first : -1;
        checkFarEnd(m_folder + u"/record.mkv"_s, expectation, m_folder, u"record"_s, {}, due);
        const auto seen = colours(m_folder + u"/record.mkv"_s);
        QCOMPARE(qint64(seen.size()), last - m_first);
        judge(seen);
    }

    void render()
    {
        const Corpus corpus = loadCorpus(4, {30, 1});
        TestStation station;
        station.call(u"channel.create"_s, {{u"name"_s, m_channel}});
        for (const auto &[file, category] :
             {std::pair(corpus.files[0], QString()), std::pair(corpus.files[3], u"Ads"_s)}) {
            station.call(u"playlist.add"_s,
                         {{u"channel"_s, m_channel},
                          {u"files"_s, QJsonArray{file}},
                          {u"category"_s, category}});
        }
        QVERIFY(!set(station,
                     {{u"path"_s, makeLogo(kRed)},
                      {u"corner"_s, u"bottom-left"_s},
                      {u"fade"_s, 0},
                      {u"offFor"_s, QJsonArray{u"Ads"_s}}}));
        const QString out = m_folder + u"/rendered.mkv"_s;
        station.call(u"station.render"_s, {{u"channel"_s, m_channel}, {u"out"_s, out}}, 120s);
        const auto seen = colours(out);
        QCOMPARE(qint64(seen.size()), corpus.frames[0] + corpus.frames[3]);
        for (std::size_t frame = 0; frame < seen.size(); ++frame) {
            const double far = distance(seen[frame][BottomLeft], kRed.colour());
            const bool isShown = qint64(frame) < corpus.frames[0];
            QVERIFY2(isShown ? far <= kSame : far >= kOther,
                     qPrintable(u"frame %1: %2"_s.arg(frame).arg(text(seen[frame][BottomLeft]))));
        }
    }

    // The frame at which what was asked for begins; nothing off air.
    std::optional<qint64> set(TestStation &station, QJsonObject params)
    {
        params.insert(u"channel"_s, m_channel);
        const QJsonObject reply = station.call(u"logo.set"_s, params);
        return reply.contains(u"frame"_s) ? std::optional(reply.value(u"frame"_s).toInteger())
                                          : std::nullopt;
    }

    void reach(TestStation &station, qint64 frame)
    {
        station.waitForStatus(
            m_channel,
            [&](const QJsonObject &now) { return now.value("frame"_L1).toInteger() >= frame; },
            60s);
    }

    void changeAndKill(TestStation &station)
    {
        const auto path = [this](const Shade &shade) { return makeLogo(shade); };
        const auto note = [this](std::optional<qint64> frame, const Stretch &stretch) {
            if (!frame)
                throw std::runtime_error("no frame was named");
            m_stretches.push_back(stretch);
            m_stretches.back().from = *frame;
        };
        reach(station, m_first + 60);
        note(set(station, {{u"path"_s, path(kBlue)}}), {0, 12, kBlue, BottomRight});
        // The ad, and a second behind it.
        reach(station, m_starts[kAd] + 60);
        QCOMPARE(logoState(station), u"hidden"_s);
        reach(station, m_starts[kAd + 1] + 30);
        QCOMPARE(logoState(station), u"shown"_s);
        checkCounts(station.status(m_channel));
        ::kill(pid_t(station.client().greeting().value("pid"_L1).toInteger()), SIGKILL);
        station.reconnect();
        station.waitForStatus(
            m_channel, [](const QJsonObject &now) { return now.value("state"_L1) == "on-air"_L1; },
            30s);
        m_torn = fedFrom(station);
        // What was in the encoder is made again first, and may reach back into the ad.
        station.waitForStatus(
            m_channel,
            [](const QJsonObject &now) {
                return now.value("logo"_L1).toObject().value("state"_L1) == "shown"_L1;
            },
            10s);
        reach(station, m_starts[kAd + 2]);
        note(set(station, {{u"corner"_s, u"bottom-left"_s}}), {0, 12, kBlue, BottomLeft});
        reach(station, m_starts[kAd + 2] + 60);
        const QJsonObject off = station.call(u"logo.off"_s, {{u"channel"_s, m_channel}});
        note(off.value("frame"_L1).toInteger(), {0, 12, std::nullopt, BottomLeft});
        reach(station, m_starts[kAd + 3]);
        note(set(station,
                 {{u"path"_s, path(kGreen)}, {u"corner"_s, u"bottom-right"_s}, {u"fade"_s, 0}}),
             {0, 0, kGreen, BottomRight});
        reach(station, m_starts[kAd + 3] + 60);
        note(set(station, {{u"path"_s, path(kOrange)}, {u"fade"_s, 30}}),
             {0, 30, kOrange, BottomRight});
        const qint64 end = m_stretches.back().from + 90;
        const QJsonObject status = station.waitForStatus(
            m_channel,
            [&](const QJsonObject &now) { return now.value("acked"_L1).toInteger() > end; }, 60s);
        // An engine that took over is late by what it took to come.
        const QJsonObject counts = status.value("counts"_L1).toObject();
        QCOMPARE(counts.value("held"_L1).toInteger(), 0);
        QCOMPARE(counts.value("dropped"_L1).toInteger(), 0);
    }

    // By its log: the frame with which the engine that took over feeds the same encoder first.
    static qint64 fedFrom(TestStation &station)
    {
        static const QRegularExpression line(u"encoder goes on: (true|false) fed from (\\d+) "_s);
        const QRegularExpressionMatch match = line.match(station.logs());
        if (!match.hasMatch())
            throw std::runtime_error("the log does not say what the encoder is fed next");
        return match.captured(1) == "true"_L1 ? match.captured(2).toLongLong() : -1;
    }

    QString logoState(TestStation &station)
    {
        return station.status(m_channel).value("logo"_L1).toObject().value("state"_L1).toString();
    }

    // What a frame is to show: the stretch that it is in, or nothing while something fades.
    const Stretch *stretchAt(qint64 frame) const
    {
        const Stretch *found = nullptr;
        for (const Stretch &stretch : m_stretches) {
            if (frame >= stretch.from)
                found = frame >= stretch.from + stretch.fade - 1 ? &stretch : nullptr;
        }
        return found;
    }

    void judge(const std::vector<std::array<Colour, 2>> &seen)
    {
        const auto at = [&](qint64 frame, Place place) {
            return seen.at(std::size_t(frame - m_first)).at(std::size_t(place));
        };
        constexpr int kFade = 12;
        int shown = 0;
        int hidden = 0;
        for (qint64 frame = m_first; frame < m_first + qint64(seen.size()); ++frame) {
            // An engine that is killed while the encoder reads a picture leaves that one damaged:
            // the part that was written, with zeros behind it. It has no colour to be judged.
            if (frame == m_torn)
                continue;
            const Stretch *stretch = stretchAt(frame);
            const bool isAd = frame >= m_starts[kAd] && frame < m_starts[kAd + 1];
            if (!stretch || (isAd && frame < m_starts[kAd] + kFade)
                || (frame >= m_starts[kAd + 1] && frame < m_starts[kAd + 1] + kFade - 1))
                continue;
            for (const Place place : {BottomRight, BottomLeft}) {
                const bool isThere = stretch->shade && stretch->place == place && !isAd;
                const Colour found = at(frame, place);
                for (const Shade &shade : {kRed, kBlue, kGreen, kOrange}) {
                    const double far = distance(found, shade.colour());
                    const bool isIt = isThere && shade.name == stretch->shade->name;
                    QVERIFY2(isIt ? far <= kSame : far >= kOther,
                             qPrintable(u"frame %1, place %2: %3, %4 is %5"_s.arg(frame)
                                            .arg(int(place))
                                            .arg(text(found), QString::fromLatin1(shade.name),
                                                 text(shade.colour()))));
                }
                shown += isThere ? 1 : 0;
                hidden += isThere ? 0 : 1;
            }
        }
        qInfo("%d places with the logo that was told, %d without one", shown, hidden);
        // One into another in the same place, from the frame that was answered on.
        judgeFade(at, m_stretches[1].from, 12, kRed, kBlue);
        judgeFade(at, m_stretches[5].from, 30, kGreen, kOrange);
    }

    template <typename At>
    static void judgeFade(const At &at, qint64 from, int fade, const Shade &before,
                          const Shade &after)
    {
        QString steps;
        for (int i = -1; i < fade; ++i) {
            const Colour found = at(from + i, BottomRight);
            const double done = progress(found, before.colour(), after.colour());
            const double due = double(i + 1) / fade;
            steps += u"%1 "_s.arg(done, 0, 'f', 2);
            QVERIFY2(
                std::abs(done - due) <= 0.05,
                qPrintable(u"frame %1 of the fade: %2, %3 is due"_s.arg(i).arg(done).arg(due)));
        }
        qInfo("%s to %s: %s", before.name, after.name, qPrintable(steps));
    }

    static constexpr std::size_t kAd = 2;
    const QString m_channel = u"logo"_s;
    const QString m_folder = outputFolder(u"logo"_s);
    qint64 m_first = 0;
    qint64 m_torn = -1; // may be damaged: what the killed engine was writing
    std::vector<qint64> m_starts; // of the items, by the model
    std::vector<Stretch> m_stretches;
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestLogoOnAir)
#include "tst_logo.moc"
