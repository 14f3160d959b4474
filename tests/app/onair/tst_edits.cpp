// SPDX-License-Identifier: GPL-3.0-or-later
// Two hundred edits at twenty a second and fifty rewrites of the list's file (and some that are
// refused) change nothing on air but what comes next, and that exactly as the accepted edits say.
#include "tests/support/onair/onair.h"
#include "tests/support/patience.h"

#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QRandomGenerator>
#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr qint64 kSafeZoneFrames = 45;
constexpr int kEdits = 200;
constexpr qint64 kEditsMs = 10'500; // 20 a second
constexpr int kRewrites = 50; // that are taken up
constexpr int kRefusals = 5; // beside them
constexpr qint64 kNoticedMs = 1000; // "at once": the file settles for 150 ms
constexpr qint64 kQuietFrames = 33; // the same at 30 a second, and until the file is written
// What is noticed is on the disk before it is told, and a disk may take longer than that now and
// then. Whatever is noticed in another way than at once would be so every time.
constexpr int kSlowNotices = 2;

// What is no list, and the reason that must be given for it.
struct NoList {
    const char *text;
    QString reason;
};
const std::array kNoLists{
    NoList{"#EXTM3U\n#EXTINF:nonsense\n/a\n",
           u"line 2: #EXTINF without a comma before the title"_s},
    NoList{"#EXTM3U\n#EXTINF:soon,title\n/a\n",
           u"line 2: #EXTINF with \"soon\" where seconds should stand"_s},
    NoList{"#EXTM3U\n#EXTINF:4,title\nhttp://example.org/a.mp4\n",
           u"line 3: \"http://example.org/a.mp4\" is an address on the network"_s}};

// The entries of a list file, each with the lines that belong to it.
struct ListFile {
    QByteArray head;
    QList<QByteArray> entries;
    QStringList ids;

    static ListFile read(const QString &path)
    {
        ListFile result;
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            return result;
        QByteArray entry;
        QString id;
        for (const QByteArray &line : file.readAll().split('\n')) {
            if (line.isEmpty())
                continue;
            if (line.startsWith("#EXTM3U") || line.startsWith("#CONTINUO-VERSION")
                || line.startsWith("#PLAYLIST")) {
                result.head += line + '\n';
                continue;
            }
            if (line.startsWith("#CONTINUO-ID:"))
                id = QString::fromUtf8(line.mid(13).trimmed());
            entry += line + '\n';
            if (!line.startsWith('#')) {
                result.entries.append(std::exchange(entry, {}));
                result.ids.append(std::exchange(id, {}));
            }
        }
        return result;
    }
    QByteArray text() const { return head + entries.join(); }
    bool isVersion(qint64 version) const
    {
        return head.contains("#CONTINUO-VERSION:" + QByteArray::number(version) + '\n');
    }
};

enum class Manner { InPlace, Rename, HalfFirst };

void writeList(const QString &path, const QByteArray &text, Manner manner, TestStation &station)
{
    if (manner == Manner::Rename) {
        QFile other(path + u".other-program"_s);
        if (other.open(QIODevice::WriteOnly)) {
            other.write(text);
            other.close();
        }
        std::rename(QFile::encodeName(other.fileName()).constData(),
                    QFile::encodeName(path).constData());
        return;
    }
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate))
        return;
    if (manner == Manner::HalfFirst) {
        file.write(text.left(text.size() / 2));
        file.flush();
        station.client().readFor(60ms);
        file.write(text.mid(text.size() / 2));
    } else {
        file.write(text);
    }
}

} // namespace

class TestEdits : public QObject {
    Q_OBJECT

private:
    const QString m_channel = u"edits"_s;

    QStringList listIds(TestStation &station)
    {
        QStringList ids;
        const QJsonArray items = station.call(u"playlist.list"_s, {{u"channel"_s, m_channel}})
                                     .value("items"_L1)
                                     .toArray();
        for (const QJsonValue &item : items)
            ids.append(item.toObject().value("id"_L1).toString());
        return ids;
    }

private Q_SLOTS:
    void editsAndRewrites_changeOnlyWhatComesNext()
    {
        guarded([this] { editAndRewrite(); });
    }

private:
    void editAndRewrite()
    {
        const framecode::Rate fps{30, 1};
        const Corpus corpus = loadCorpus(4, fps);
        const QString folder = outputFolder(u"edits"_s);
        // Each edit is on the disk before it is answered. How fast that is, is the disk's: here the
        // station's own folder is in memory, what it puts out is not.
        if (QFileInfo(u"/dev/shm"_s).isWritable())
            qputenv("TMPDIR", "/dev/shm");
        TestStation station;
        station.call(u"channel.create"_s,
                     {{u"name"_s, m_channel},
                      {u"loop"_s, true},
                      {u"safeZoneMs"_s, kSafeZoneFrames * 1000 / 30}});
        const QStringList ids = station.add(m_channel, corpus.files);
        QHash<QString, int> clipOfItem;
        QHash<QString, qint64> framesOfItem;
        for (int i = 0; i < int(ids.size()); ++i) {
            clipOfItem.insert(ids[i], i);
            framesOfItem.insert(ids[i], corpus.frames[std::size_t(i)]);
        }
        listmodel::ListModel model(ids, kSafeZoneFrames, framesOfItem);
        station.addDestination(m_channel, u"hls:"_s + folder + u"/hls"_s, {{u"listSize"_s, 0}});
        station.addDestination(m_channel, u"file:"_s + folder + u"/record.mkv"_s);
        watchMachine();
        const qint64 first = station.call(u"channel.start"_s, {{u"channel"_s, m_channel}})
                                 .value("frame"_L1)
                                 .toInteger();
        station.waitForStatus(
            m_channel, [](const QJsonObject &now) { return now.value("state"_L1) == "on-air"_L1; },
            30s);

        QRandomGenerator random(42);
        QElapsedTimer timer;
        timer.start();
        AirTimer air;
        air.start();
        for (int i = 0; i < kEdits; ++i) {
            const QStringList now = model.list();
            listmodel::Edit edit;
            QJsonObject reply;
            const int kind = int(random.bounded(3));
            if (kind == 0 || now.size() < 6) {
                const int clip = random.bounded(int(corpus.files.size()));
                edit.kind = listmodel::Edit::Kind::Insert;
                edit.row = random.bounded(int(now.size()) + 1);
                reply = station.call(u"playlist.add"_s,
                                     {{u"channel"_s, m_channel},
                                      {u"files"_s, QJsonArray{corpus.files[clip]}},
                                      {u"at"_s, edit.row}});
                const QString id = reply.value("items"_L1)
                                       .toArray()
                                       .first()
                                       .toObject()
                                       .value("id"_L1)
                                       .toString();
                edit.ids = QStringList{id};
                clipOfItem.insert(id, clip);
                model.setFrames(id, corpus.frames[std::size_t(clip)]);
            } else if (kind == 1) {
                edit.kind = listmodel::Edit::Kind::Remove;
                edit.ids = QStringList{now[random.bounded(int(now.size()))]};
                reply = station.call(u"playlist.remove"_s,
                                     {{u"channel"_s, m_channel},
                                      {u"items"_s, QJsonArray::fromStringList(edit.ids)}});
            } else {
                edit.kind = listmodel::Edit::Kind::Move;
                edit.ids = QStringList{now[random.bounded(int(now.size()))]};
                edit.row = random.bounded(int(now.size()) + 1);
                reply = station.call(u"playlist.move"_s,
                                     {{u"channel"_s, m_channel},
                                      {u"items"_s, QJsonArray::fromStringList(edit.ids)},
                                      {u"to"_s, edit.row}});
            }
            edit.frame = reply.value("frame"_L1).toInteger();
            model.note(edit);
            const qint64 left = (i + 1) * 50 - timer.elapsed();
            if (left > 0)
                station.client().readFor(std::chrono::milliseconds(left));
        }
        const qint64 took = air.elapsedMs();
        QCOMPARE(listIds(station), model.list());
        qInfo("%d edits in %.1f s", kEdits, double(took) / 1000);
        QVERIFY2(took <= kEditsMs, qPrintable(u"%1 ms"_s.arg(took)));

        Rewriting rewriting{station, model, first, random, corpus, clipOfItem, {}, {}};
        rewriteFile(rewriting);
        if (QTest::currentTestFailed())
            return;
        const QJsonObject status = station.status(m_channel);
        checkCounts(status);
        // By then the item that follows by the last rewrite is on air, too.
        const qint64 until = status.value("frame"_L1).toInteger() + 180;
        station.waitForStatus(
            m_channel,
            [&](const QJsonObject &now) { return now.value("acked"_L1).toInteger() > until; }, 60s);
        checkCounts(station.status(m_channel));
        const qint64 last = station.call(u"channel.stop"_s, {{u"channel"_s, m_channel}})
                                .value("frame"_L1)
                                .toInteger();
        const framecode::Expectation expectation
            = expectationOf(model.airings(first, last), clipOfItem, corpus, fps);
        const FramesDue all = FramesDue::exactly(last - first);
        checkFarEnds(folder,
                     {{folder + u"/hls/index.m3u8"_s, expectation, u"hls"_s, {}, all},
                      {folder + u"/record.mkv"_s, expectation, u"record"_s, {}, all}});
    }

private:
    // What the rewrites work on, and what was seen of them.
    struct Rewriting {
        TestStation &station;
        listmodel::ListModel &model;
        const qint64 first;
        QRandomGenerator &random;
        const Corpus &corpus;
        QHash<QString, int> &clipOfItem;
        QStringList refusals; // the words of each
        std::vector<qint64> noticedMs;
    };

    // Other programs permute, add, repeat and drop lines of the list's file. Each rewrite is begun
    // only where it is sure on which side of a choice it falls.
    void rewriteFile(Rewriting &all)
    {
        QObject context;
        connect(&all.station.client(), &RpcClient::notification, &context,
                [&](const QString &method, const QJsonObject &params) {
                    if (method == "event.message"_L1
                        && params.value("code"_L1) == "list-file-refused"_L1)
                        all.refusals.append(params.value("text"_L1).toString());
                });
        all.station.call(u"events.subscribe"_s, {{u"channel"_s, m_channel}});
        all.station.client().readFor(300ms); // the last edits have reached the file
        for (int i = 0; i < kRewrites && !QTest::currentTestFailed(); ++i) {
            rewrite(all, i);
            if (i % (kRewrites / kRefusals) == 0 && !QTest::currentTestFailed())
                spoil(all, i / (kRewrites / kRefusals));
        }
        if (QTest::currentTestFailed())
            return;
        QCOMPARE(all.refusals.size(), kRefusals);
        QCOMPARE(all.noticedMs.size(), std::size_t(kRewrites + kRefusals));
        std::ranges::sort(all.noticedMs);
        const auto slow
            = std::ranges::count_if(all.noticedMs, [](qint64 took) { return took > kNoticedMs; });
        qInfo("%d rewrites and %d refused by name and line; noticed after %lld ms, the slowest "
              "after %lld and %lld",
              kRewrites, kRefusals, static_cast<long long>(all.noticedMs[all.noticedMs.size() / 2]),
              static_cast<long long>(*(all.noticedMs.end() - 2)),
              static_cast<long long>(all.noticedMs.back()));
        QVERIFY2(slow <= kSlowNotices, qPrintable(u"%1 after more than a second"_s.arg(slow)));
    }

    // As any program would: read the list as it stands, to change it and save it.
    ListFile readInStep(Rewriting &all)
    {
        const QString path = all.station.status(m_channel).value("listFile"_L1).toString();
        const qint64 version = all.station.status(m_channel).value("listVersion"_L1).toInteger();
        ListFile file = ListFile::read(path);
        QElapsedTimer waited;
        waited.start();
        while (!file.isVersion(version) && waited.elapsed() < kTestPatienceMs) {
            all.station.client().readFor(20ms);
            file = ListFile::read(path);
        }
        if (!file.isVersion(version) || file.ids != all.model.list())
            throw std::runtime_error("the list's file is not the list: "
                                     + file.text().toStdString());
        // Only now: the file may have waited for the disk for longer than such a stretch.
        waitForQuietStretch(all.station, all.model, all.first);
        return file;
    }

    void rewrite(Rewriting &all, int number)
    {
        QRandomGenerator &random = all.random;
        ListFile file = readInStep(all);
        const QJsonObject status = all.station.status(m_channel);
        const QString onAir = status.value("item"_L1).toObject().value("id"_L1).toString();
        const int size = int(file.ids.size());
        const int from = random.bounded(size);
        const int kind = number % 5;
        qsizetype added = -1; // the row of an entry that has no id yet
        int clip = 0; // of it
        if (kind == 1) {
            clip = random.bounded(int(all.corpus.files.size()));
            added = random.bounded(size + 1);
            file.entries.insert(added, all.corpus.files[clip].toUtf8() + '\n');
        } else if (kind == 2) {
            // Lines that were copied, with their id: the first of the two keeps it.
            clip = all.clipOfItem.value(file.ids[from]);
            added = from + 1 + random.bounded(size - from);
            file.entries.insert(added, QByteArray(file.entries[from]));
        } else if (kind == 3 && size > 6 && file.ids[from] != onAir) {
            file.ids.removeAt(from);
            file.entries.removeAt(from);
        } else {
            const int to = (from + 1 + random.bounded(size - 1)) % size;
            file.ids.move(from, to);
            file.entries.move(from, to);
        }
        if (added >= 0)
            file.ids.insert(added, QString());
        const qint64 frame = all.station.status(m_channel).value("frame"_L1).toInteger();
        writeList(status.value("listFile"_L1).toString(), file.text(), Manner(number % 3),
                  all.station);
        AirTimer noticed;
        noticed.start();
        QStringList now = listIds(all.station);
        while (!isTakenUp(now, file.ids) && noticed.elapsedMs() < kTestPatienceMs) {
            all.station.client().readFor(10ms);
            now = listIds(all.station);
        }
        all.noticedMs.push_back(noticed.elapsedMs());
        if (!isTakenUp(now, file.ids))
            qInfo("rewrite %d was not taken up", number);
        if (added >= 0 && added < now.size()) {
            const QString id = now[added];
            QVERIFY2(!all.clipOfItem.contains(id), qPrintable(id)); // nor one that was removed
            file.ids[added] = id;
            all.clipOfItem.insert(id, clip);
            all.model.setFrames(id, all.corpus.frames[std::size_t(clip)]);
        }
        QCOMPARE(now, file.ids);
        listmodel::Edit edit;
        edit.kind = listmodel::Edit::Kind::Order;
        edit.ids = file.ids;
        edit.frame = frame;
        all.model.note(edit);
    }

    // A list that is none changes nothing, and is named with its line and the reason.
    void spoil(Rewriting &all, int number)
    {
        const ListFile file = readInStep(all);
        const QString path = all.station.status(m_channel).value("listFile"_L1).toString();
        const NoList &bad = kNoLists[std::size_t(number) % kNoLists.size()];
        const qsizetype before = all.refusals.size();
        writeList(path, bad.text, Manner::Rename, all.station);
        AirTimer noticed;
        noticed.start();
        while (all.refusals.size() == before && noticed.elapsedMs() < kTestPatienceMs)
            all.station.client().readFor(20ms);
        all.noticedMs.push_back(noticed.elapsedMs());
        QCOMPARE(all.refusals.size(), before + 1);
        QVERIFY2(all.refusals.last().contains(bad.reason), qPrintable(all.refusals.last()));
        QCOMPARE(listIds(all.station), all.model.list());
        writeList(path, file.text(), Manner::Rename, all.station);
        QElapsedTimer settled;
        settled.start();
        while (settled.elapsed() < 400)
            all.station.client().readFor(20ms);
    }

    // Whether \p listed is what a file with the ids \p written has become; an entry that had none
    // there has got one.
    static bool isTakenUp(const QStringList &listed, const QStringList &written)
    {
        return std::ranges::equal(listed, written, [](const QString &now, const QString &wanted) {
            return wanted.isEmpty() ? !now.isEmpty() : now == wanted;
        });
    }

    // Until no choice falls into the next kQuietFrames.
    void waitForQuietStretch(TestStation &station, const listmodel::ListModel &model, qint64 first)
    {
        for (;;) {
            const qint64 frame = station.status(m_channel).value("frame"_L1).toInteger();
            bool isQuiet = true;
            for (const listmodel::Airing &airing : model.airings(first, frame + 100)) {
                const qint64 choice
                    = std::max(airing.start, airing.start + airing.frames - kSafeZoneFrames);
                isQuiet = isQuiet && (choice < frame - 2 || choice > frame + kQuietFrames)
                    && (airing.start < frame - 2 || airing.start > frame + kQuietFrames);
            }
            if (isQuiet)
                return;
            station.client().readFor(30ms);
        }
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestEdits)
#include "tst_edits.moc"
