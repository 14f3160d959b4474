// SPDX-License-Identifier: GPL-3.0-or-later
// Real files by others, many odd or broken, in one list: the good ones play whole, the others play
// or are named with the reason, and the stream has no hole. Files that last over 17 s are left to
// "tests/media check", which has the player play each of them whole, and to "./check --full
// tst_show", which plays every one in real time.
#include "tests/support/mediafolder/mediafolder.h"
#include "tests/support/onair/listrun.h"
#include "tests/support/onair/onair.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <future>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

class TestMedia : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyFile_playsOrIsNamed()
    {
        guarded([this] { playMedia(); });
    }

private:
    // A file whose times are odd or broken may say more than it has. Half of it, and a few frames
    // where there are not many, is what no times excuse.
    static bool hasStoppedEarly(qint64 played, double presented)
    {
        return double(played) + 3 < presented * 30 / 2;
    }

    void playMedia()
    {
        if (mediaFolder().isEmpty())
            QSKIP("CONTINUO_TEST_MEDIA names no folder of real media files");
        QList<MediaFile> media = mediaFiles();
        const auto countGood
            = [&media] { return std::ranges::count(media, u"good"_s, &MediaFile::grade); };
        QCOMPARE(media.size(), 94);
        QCOMPARE(countGood(), 44);
        media.removeIf([](const MediaFile &file) { return file.seconds > 17; });
        const QString output = outputFolder(u"media"_s);
        TestStation station;
        const QString channel = u"media"_s;
        station.call(
            u"channel.create"_s,
            {{u"name"_s, channel}, {u"width"_s, 640}, {u"height"_s, 360}, {u"loop"_s, false}});
        QStringList paths;
        for (const MediaFile &file : media)
            paths.append(file.path);
        const QStringList ids = station.add(channel, paths);
        QCOMPARE(ids.size(), media.size());
        const QString record = output + u"/record.mkv"_s;
        // Asked of ffprobe beside the render.
        std::future<std::vector<double>> asked = std::async(std::launch::async, [paths] {
            std::vector<double> seconds;
            for (const QString &path : paths)
                seconds.push_back(presentedSeconds(path));
            return seconds;
        });
        const ListRun run = renderList(station, channel, record);
        const std::vector<double> presented = asked.get();

        framecode::CheckOptions options;
        options.fps = framecode::Rate{30, 1};
        const framecode::Outcome<framecode::Report> report = framecode::survey(record, options);
        QVERIFY2(report, "the recording cannot be read");
        QCOMPARE(report.value().seen, run.frames);
        QCOMPARE(report.value().timestampFaults, 0);
        QCOMPARE(report.value().soundTimestampSteps, 0);
        qsizetype whole = 0;
        QStringList wrong;
        for (qsizetype i = 0; i < media.size(); ++i) {
            const QString &name = media[i].name;
            const QString reason = run.problemOf.value(ids[i]);
            const qint64 played = run.framesOf.value(ids[i], 0);
            const double seconds = presented[std::size_t(i)];
            const double off = double(played) - seconds * 30;
            if (media[i].grade != "good"_L1) {
                qInfo("%-8s %6lld frames  %s, %.2f off %s", qPrintable(media[i].grade),
                      static_cast<long long>(played), qPrintable(name), off, qPrintable(reason));
                if (reason.isEmpty() && (played == 0 || hasStoppedEarly(played, seconds)))
                    wrong.append(
                        u"%1: %2 frames for %3 s, and not named"_s.arg(name).arg(played).arg(
                            seconds));
                continue;
            }
            qInfo("good     %6lld frames  %s, %.2f off", static_cast<long long>(played),
                  qPrintable(name), off);
            if (!reason.isEmpty() || std::abs(off) > 1)
                wrong.append(
                    u"%1: %2 frames for %3 s; %4"_s.arg(name).arg(played).arg(seconds).arg(reason));
            else
                ++whole;
        }
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(u'\n')));
        QCOMPARE(whole, countGood());
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestMedia)
#include "tst_media.moc"
