// SPDX-License-Identifier: GPL-3.0-or-later
// Which sound of a file goes out, at the far end: what is set while an item is on air counts from
// the next one on, also where an engine dies meanwhile.
#include "tests/support/onair/onair.h"

#include <QProcess>
#include <QRegularExpression>
#include <QTest>

#include <cmath>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

class TestLanguages : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itemOnAir_keepsItsSound_acrossEngines()
    {
        guarded([this] { play(); });
    }

private:
    static constexpr int kSeconds = 8;

    // The tone of the first language, which is the default, and the silence of the other.
    QString makeClip() const
    {
        const QString file = m_folder + u"/two.mkv"_s;
        const int status = QProcess::execute(u"ffmpeg"_s,
                                             {u"-v"_s,
                                              u"error"_s,
                                              u"-y"_s,
                                              u"-f"_s,
                                              u"lavfi"_s,
                                              u"-i"_s,
                                              u"testsrc2=s=160x90:r=30:d=%1"_s.arg(kSeconds),
                                              u"-f"_s,
                                              u"lavfi"_s,
                                              u"-i"_s,
                                              u"sine=r=48000:d=%1"_s.arg(kSeconds),
                                              u"-f"_s,
                                              u"lavfi"_s,
                                              u"-i"_s,
                                              u"anullsrc=r=48000:d=%1"_s.arg(kSeconds),
                                              u"-map"_s,
                                              u"0"_s,
                                              u"-map"_s,
                                              u"1"_s,
                                              u"-map"_s,
                                              u"2"_s,
                                              u"-metadata:s:a:0"_s,
                                              u"language=eng"_s,
                                              u"-metadata:s:a:1"_s,
                                              u"language=deu"_s,
                                              u"-disposition:a:0"_s,
                                              u"default"_s,
                                              u"-c:v"_s,
                                              u"libx264"_s,
                                              u"-c:a"_s,
                                              u"flac"_s,
                                              file});
        return status == 0 ? file : QString();
    }

    // When the recording falls silent, in seconds from its beginning, by ffmpeg; each time.
    static QList<double> silences(const QString &file)
    {
        QProcess process;
        process.start(u"ffmpeg"_s,
                      {u"-nostdin"_s, u"-hide_banner"_s, u"-i"_s, file, u"-vn"_s, u"-af"_s,
                       u"silencedetect=n=-50dB:d=0.05"_s, u"-f"_s, u"null"_s, u"-"_s});
        QList<double> starts;
        if (!process.waitForFinished(60000))
            return starts;
        static const QRegularExpression start(u"silence_start: ([0-9.]+)"_s);
        auto found = start.globalMatch(QString::fromUtf8(process.readAllStandardError()));
        while (found.hasNext())
            starts.append(found.next().captured(1).toDouble());
        return starts;
    }

    void play()
    {
        const QString clip = makeClip();
        QVERIFY(!clip.isEmpty());
        TestStation station;
        station.call(
            u"channel.create"_s,
            {{u"name"_s, m_channel}, {u"width"_s, 160}, {u"height"_s, 90}, {u"loop"_s, false}});
        const QStringList ids = station.add(m_channel, {clip, clip});
        const QString record = m_folder + u"/record.mkv"_s;
        station.addDestination(m_channel, u"file:"_s + record);
        station.call(u"channel.start"_s, {{u"channel"_s, m_channel}});
        const auto reach = [&](const QString &id, qint64 frame) {
            station.waitForStatus(
                m_channel,
                [&](const QJsonObject &now) {
                    const QJsonObject item = now.value("item"_L1).toObject();
                    return now.value("state"_L1) == "on-air"_L1 && item.value("id"_L1) == id
                        && item.value("frame"_L1).toInteger() >= frame;
                },
                30s);
        };
        reach(ids[0], 30);
        station.call(u"channel.set"_s, {{u"name"_s, m_channel}, {u"languages"_s, u"de"_s}});
        reach(ids[0], 60);
        ::kill(pid_t(station.client().greeting().value("pid"_L1).toInteger()), SIGKILL);
        station.reconnect();
        reach(ids[1], 60);
        station.call(u"channel.stop"_s, {{u"channel"_s, m_channel}});
        const QList<double> starts = silences(record);
        QCOMPARE(starts.size(), 1);
        QVERIFY2(std::abs(starts.first() - kSeconds) < 0.1,
                 qPrintable(QString::number(starts.first())));
    }

    const QString m_channel = u"languages"_s;
    const QString m_folder = outputFolder(u"languages"_s);
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestLanguages)
#include "tst_languages.moc"
