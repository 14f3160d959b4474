// SPDX-License-Identifier: GPL-3.0-or-later
// Files are looked through before their turn while a channel is on air: no frame is the later for
// it, each gets its verdict, and one that will not play is passed over without being tried.
#include "tests/support/onair/onair.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr int kFiles = 24; // two of each make; "--full probe" adds a thousand
constexpr int kCut = 0; // of them: the next one

QJsonArray itemsOf(TestStation &station, const QString &channel)
{
    return station.call(u"playlist.list"_s, {{u"channel"_s, channel}}).value("items"_L1).toArray();
}

QString verdictOf(const QJsonValue &item)
{
    return item.toObject().value("proof"_L1).toObject().value("verdict"_L1).toString();
}

} // namespace

class TestProofs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void addedFiles_areProven_withoutALateFrame()
    {
        guarded([this] { addAndProve(); });
    }

private:
    // Copies, which are other files to the station; the first one ends before its index.
    static QStringList makeFiles(const Corpus &corpus, const QString &folder)
    {
        QStringList files;
        for (int i = 0; i < kFiles; ++i) {
            const QString &clip = corpus.files[i % corpus.files.size()];
            files.append(folder + u"/file%1"_s.arg(i) + clip.mid(clip.lastIndexOf(u'.')));
            QFile::copy(clip, files.last());
        }
        QFile::remove(files[kCut]);
        files[kCut] = folder + u"/cut.mp4"_s;
        const auto mp4 = std::ranges::find_if(
            corpus.files, [](const QString &file) { return file.endsWith(u".mp4"_s); });
        QFile::copy(*mp4, files[kCut]);
        QFile cut(files[kCut]);
        cut.resize(4096);
        return files;
    }

    void addAndProve()
    {
        const Corpus corpus = loadCorpus(4, {30, 1});
        const QString folder = outputFolder(u"proofs"_s);
        const QStringList files = makeFiles(corpus, folder);
        watchMachine();
        TestStation station;
        const QString channel = u"proofs"_s;
        station.call(
            u"channel.create"_s,
            {{u"name"_s, channel}, {u"width"_s, 640}, {u"height"_s, 360}, {u"loop"_s, true}});
        station.add(channel, {corpus.files[0], corpus.files[1]});
        station.addDestination(channel, u"file:"_s + folder + u"/record.mkv"_s);
        station.call(u"channel.start"_s, {{u"channel"_s, channel}});
        station.waitForStatus(
            channel, [](const QJsonObject &now) { return now.value("state"_L1) == "on-air"_L1; },
            30s);
        const QStringList ids = station.add(channel, files);
        QElapsedTimer patience;
        patience.start();
        const auto isPending
            = [](const QJsonValue &item) { return verdictOf(item) == "pending"_L1; };
        QJsonArray items = itemsOf(station, channel);
        while (std::ranges::any_of(items, isPending) && patience.elapsed() < 120'000) {
            station.client().readFor(250ms);
            items = itemsOf(station, channel);
        }
        qInfo("%d files proven after %lld ms on air", kFiles,
              static_cast<long long>(patience.elapsed()));
        for (const QJsonValue &item : std::as_const(items)) {
            const QString path = item.toObject().value("path"_L1).toString();
            const QString due = path == files[kCut] ? u"will-not-play"_s : u"ready"_s;
            QVERIFY2(
                verdictOf(item) == due,
                qPrintable(
                    path + u": "_s + verdictOf(item) + u' '
                    + item.toObject().value("proof"_L1).toObject().value("detail"_L1).toString()));
        }
        const QJsonObject proof = station.call(u"proof.get"_s, {{u"path"_s, files[1]}});
        QCOMPARE(proof.value("verdict"_L1).toString(), u"ready"_s);
        QVERIFY(proof.value("reading"_L1).toObject().contains("sound"_L1));
        QVERIFY(!station.tryCall(u"proof.get"_s, {{u"path"_s, u"/in/no/list.mp4"_s}}));

        // The cut one has its turn, maybe before the last file is proven, and no player.
        const auto problemOf = [&](const QJsonObject &now) {
            for (const QJsonValue &value : now.value("problems"_L1).toArray()) {
                if (value.toObject().value("item"_L1).toString() == ids[kCut])
                    return value.toObject();
            }
            return QJsonObject();
        };
        const QJsonObject status = station.waitForStatus(
            channel, [&](const QJsonObject &now) { return !problemOf(now).isEmpty(); }, 60s);
        checkCounts(status);
        const QJsonObject problem = problemOf(status);
        QCOMPARE(problem.value("code"_L1).toString(), u"corrupt"_s);
        QVERIFY(problem.value("detail"_L1).toString().contains(u"index"_s));
        QVERIFY(!station.logs().contains(u"item \"%1\" stopped"_s.arg(ids[kCut])));
        const QJsonArray rows
            = station.call(u"asrun.list"_s, {{u"channel"_s, channel}}).value("rows"_L1).toArray();
        QVERIFY(std::ranges::any_of(rows, [&](const QJsonValue &row) {
            return row.toObject().value("item"_L1).toString() == ids[kCut]
                && row.toObject().value("begun"_L1).toString() == u"failed"_s;
        }));

        // Replaced, it is another file, and plays.
        QVERIFY(QFile::remove(files[kCut]) && QFile::copy(corpus.files[2], files[kCut]));
        patience.restart();
        QString verdict;
        while (verdict != u"ready"_s && patience.elapsed() < 60'000) {
            station.client().readFor(250ms);
            verdict = station.call(u"proof.get"_s, {{u"path"_s, files[kCut]}})
                          .value("verdict"_L1)
                          .toString();
        }
        QCOMPARE(verdict, u"ready"_s);
        station.call(u"channel.stop"_s, {{u"channel"_s, channel}});
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestProofs)
#include "tst_proofs.moc"
