// SPDX-License-Identifier: GPL-3.0-or-later
// Real files by others, many odd or broken, in one list: the good ones play whole, the others play
// or are named with the reason, and the stream has no hole. Files that last over a minute are left
// to
// "./check --full media-paced", which plays every one in real time.
#include "tests/support/onair/onair.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QProcess>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

struct MediaFile {
    QString path;
    QString grade; // good, odd, broken
    double seconds = 0; // as its container says
};

QList<MediaFile> readManifest(const QString &folder)
{
    QList<MediaFile> files;
    QFile manifest(folder + u"/MANIFEST.tsv"_s);
    if (!manifest.open(QIODevice::ReadOnly))
        return files;
    const QStringList head = QString::fromUtf8(manifest.readLine()).trimmed().split(u'\t');
    const qsizetype grade = head.indexOf("class"_L1);
    const qsizetype duration = head.indexOf("duration s"_L1);
    while (!manifest.atEnd()) {
        const QStringList row = QString::fromUtf8(manifest.readLine()).split(u'\t');
        if (row.size() > grade && grade >= 0)
            files.append({folder + u'/' + row[0], row[grade], row.value(duration).toDouble()});
    }
    return files;
}

// How long the picture (or, without one, the sound) lasts by its packets' times; -1: cannot be
// told.
double secondsByPackets(const QString &path, const QString &stream)
{
    QProcess probe;
    probe.start(u"ffprobe"_s,
                {u"-v"_s, u"quiet"_s, u"-select_streams"_s, stream, u"-show_entries"_s,
                 u"packet=pts_time,duration_time,flags"_s, u"-of"_s, u"csv=p=0"_s, path});
    probe.waitForFinished(60000);
    double from = 1e18;
    double to = -1;
    for (const QByteArray &line : probe.readAllStandardOutput().split('\n')) {
        const QList<QByteArray> fields = line.split(',');
        bool isNumber = false;
        const double pts = fields.value(0).toDouble(&isNumber);
        // Packets flagged to be discarded (edit lists) are not shown.
        if (!isNumber || fields.value(2).contains('D'))
            continue;
        from = std::min(from, pts);
        to = std::max(to, pts + fields.value(1).toDouble());
    }
    return to < 0 ? -1 : to - from;
}

bool hasMovingPicture(const QString &path)
{
    QProcess probe;
    probe.start(u"ffprobe"_s,
                {u"-v"_s, u"quiet"_s, u"-select_streams"_s, u"V:0"_s, u"-show_entries"_s,
                 u"stream=codec_type"_s, u"-of"_s, u"csv=p=0"_s, path});
    probe.waitForFinished(60000);
    return probe.readAllStandardOutput().contains("video");
}

} // namespace

class TestMedia : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyFile_playsOrIsNamed()
    {
        guarded([this] { playMedia(); });
    }

private:
    void playMedia()
    {
        const QString folder = qEnvironmentVariable("CONTINUO_TEST_MEDIA");
        if (folder.isEmpty())
            QSKIP("CONTINUO_TEST_MEDIA names no folder of real media files");
        QList<MediaFile> media = readManifest(folder);
        const auto countGood
            = [&media] { return std::ranges::count(media, u"good"_s, &MediaFile::grade); };
        QVERIFY2(media.size() >= 90, qPrintable(folder));
        QCOMPARE(countGood(), 44);
        const bool isPaced = qEnvironmentVariableIsSet("CONTINUO_MEDIA_PACED");
        if (!isPaced)
            media.removeIf([](const MediaFile &file) { return file.seconds > 60; });
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
        QHash<QString, qint64> framesPlayed;
        QHash<QString, QString> reasons;
        const QString record = output + u"/record.mkv"_s;
        const qint64 frames = isPaced ? playPaced(station, channel, record, framesPlayed, reasons)
                                      : render(station, channel, record, framesPlayed, reasons);

        const framecode::Outcome<framecode::Report> report = framecode::survey(record);
        QVERIFY2(report, "the recording cannot be read");
        QCOMPARE(report.value().seen, frames);
        QCOMPARE(report.value().timestampFaults, 0);
        QCOMPARE(report.value().soundTimestampSteps, 0);
        qsizetype whole = 0;
        QStringList wrong;
        for (qsizetype i = 0; i < media.size(); ++i) {
            const QString name = media[i].path.section(u'/', -1);
            const QString reason = reasons.value(ids[i]);
            const qint64 played = framesPlayed.value(ids[i], 0);
            if (media[i].grade != "good"_L1) {
                if (played == 0 && reason.isEmpty())
                    wrong.append(name + u": neither played nor named"_s);
                qInfo("%-8s %6lld frames  %s %s", qPrintable(media[i].grade),
                      static_cast<long long>(played), qPrintable(name), qPrintable(reason));
                continue;
            }
            const bool hasPicture = hasMovingPicture(media[i].path);
            const double seconds
                = secondsByPackets(media[i].path, hasPicture ? u"V:0"_s : u"a:0"_s);
            const double off = double(played) - seconds * 30;
            qInfo("good     %6lld frames  %s, %.2f off", static_cast<long long>(played),
                  qPrintable(name), off);
            if (!reason.isEmpty() || std::abs(off) > 1.5)
                wrong.append(
                    u"%1: %2 frames for %3 s; %4"_s.arg(name).arg(played).arg(seconds).arg(reason));
            else
                ++whole;
        }
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(u'\n')));
        QCOMPARE(whole, countGood());
    }

private:
    static void noteProblems(const QJsonArray &problems, QHash<QString, QString> &reasons)
    {
        for (const QJsonValue &problem : problems) {
            reasons.insert(problem.toObject().value("item"_L1).toString(),
                           problem.toObject().value("detail"_L1).toString());
        }
    }

    static qint64 render(TestStation &station, const QString &channel, const QString &record,
                         QHash<QString, qint64> &framesPlayed, QHash<QString, QString> &reasons)
    {
        const QJsonObject result = station.call(
            u"station.render"_s, {{u"channel"_s, channel}, {u"out"_s, record}}, 900s);
        const QJsonArray items = result.value("items"_L1).toArray();
        const qint64 total = result.value("frames"_L1).toInteger();
        for (qsizetype i = 0; i < items.size(); ++i) {
            const QJsonObject item = items[i].toObject();
            const qint64 start = item.value("frame"_L1).toInteger();
            const qint64 end = i + 1 < items.size()
                ? items[i + 1].toObject().value("frame"_L1).toInteger()
                : items.first().toObject().value("frame"_L1).toInteger() + total;
            framesPlayed.insert(item.value("item"_L1).toString(), end - start);
        }
        noteProblems(result.value("problems"_L1).toArray(), reasons);
        return total;
    }

    static qint64 playPaced(TestStation &station, const QString &channel, const QString &record,
                            QHash<QString, qint64> &framesPlayed, QHash<QString, QString> &reasons)
    {
        QString onAir;
        qint64 since = 0;
        bool isOver = false;
        QObject context;
        connect(&station.client(), &RpcClient::notification, &context,
                [&](const QString &method, const QJsonObject &params) {
                    if (method != "event.item"_L1)
                        return;
                    const qint64 frame = params.value("frame"_L1).toInteger();
                    if (!onAir.isEmpty())
                        framesPlayed.insert(onAir, frame - since);
                    onAir = params.value("item"_L1).toString();
                    since = frame;
                    isOver = params.value("reason"_L1) == "slate"_L1;
                });
        watchMachine();
        station.call(u"events.subscribe"_s, {{u"channel"_s, channel}});
        station.addDestination(channel, u"file:"_s + record);
        const qint64 first = station.call(u"channel.start"_s, {{u"channel"_s, channel}})
                                 .value("frame"_L1)
                                 .toInteger();
        while (!isOver && station.client().readFor(1s)) { }
        const QJsonObject status = station.status(channel);
        checkCounts(status);
        noteProblems(status.value("problems"_L1).toArray(), reasons);
        return station.call(u"channel.stop"_s, {{u"channel"_s, channel}})
                   .value("frame"_L1)
                   .toInteger()
            - first;
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestMedia)
#include "tst_media.moc"
