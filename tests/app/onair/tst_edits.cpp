// SPDX-License-Identifier: GPL-3.0-or-later
// Two hundred edits at twenty a second and fifty rewrites of the list's file change nothing on air
// but what comes next, and that exactly as the accepted edits say.
#include "tests/support/onair/onair.h"
#include "tests/support/patience.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QRandomGenerator>
#include <QRegularExpression>
#include <QTest>

#include <cstdio>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr qint64 kSafeZoneFrames = 45;
constexpr int kEdits = 200;
constexpr int kRewrites = 50;

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
        const qint64 first = station.call(u"channel.start"_s, {{u"channel"_s, m_channel}})
                                 .value("frame"_L1)
                                 .toInteger();
        station.waitForStatus(
            m_channel, [](const QJsonObject &now) { return now.value("state"_L1) == "on-air"_L1; },
            30s);

        QRandomGenerator random(42);
        QElapsedTimer timer;
        timer.start();
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
        QCOMPARE(listIds(station), model.list());
        qInfo("%d edits in %.1f s", kEdits, double(timer.elapsed()) / 1000);

        rewriteFile(station, model, first, random);
        const QJsonObject status = station.status(m_channel);
        checkCounts(status);
        const qint64 until = status.value("frame"_L1).toInteger() + 300;
        station.waitForStatus(
            m_channel,
            [&](const QJsonObject &now) { return now.value("acked"_L1).toInteger() > until; }, 60s);
        checkCounts(station.status(m_channel));
        const qint64 last = station.call(u"channel.stop"_s, {{u"channel"_s, m_channel}})
                                .value("frame"_L1)
                                .toInteger();
        const framecode::Expectation expectation
            = expectationOf(model.airings(first, last), clipOfItem, corpus, fps);
        checkFarEnd(folder + u"/hls/index.m3u8"_s, expectation, folder, u"hls"_s);
        checkFarEnd(folder + u"/record.mkv"_s, expectation, folder, u"record"_s);
    }

private:
    // Other programs permute, drop and repeat lines of the list's file. Each rewrite is begun only
    // where it is sure on which side of a choice it falls.
    void rewriteFile(TestStation &station, listmodel::ListModel &model, qint64 first,
                     QRandomGenerator &random)
    {
        const QString path = station.status(m_channel).value("listFile"_L1).toString();
        int refused = 0;
        QObject context;
        connect(&station.client(), &RpcClient::notification, &context,
                [&](const QString &method, const QJsonObject &params) {
                    if (method == "event.message"_L1
                        && params.value("code"_L1) == "list-file-refused"_L1) {
                        ++refused;
                        QVERIFY(params.value("text"_L1).toString().contains("line"_L1));
                    }
                });
        station.call(u"events.subscribe"_s, {{u"channel"_s, m_channel}});
        station.client().readFor(300ms); // the last edits have reached the file
        for (int i = 0; i < kRewrites; ++i) {
            // As any program would: read the list as it stands, change it, save it.
            ListFile file = ListFile::read(path);
            QElapsedTimer written;
            written.start();
            const QByteArray version
                = QByteArray::number(station.status(m_channel).value("listVersion"_L1).toInteger());
            while (!file.head.contains("#CONTINUO-VERSION:" + version)
                   && written.elapsed() < kTestPatienceMs) {
                station.client().readFor(20ms);
                file = ListFile::read(path);
            }
            QVERIFY2(file.head.contains("#CONTINUO-VERSION:" + version), file.head.constData());
            QCOMPARE(file.ids, model.list());
            // Only now: the file may have waited for the disk for longer than such a stretch.
            waitForQuietStretch(station, model, first);
            const QString onAir
                = station.status(m_channel).value("item"_L1).toObject().value("id"_L1).toString();
            if (i % 10 == 9) {
                // A list that is none changes nothing and is named with its line.
                const int before = refused;
                writeList(path, "#EXTM3U\n#EXTINF:nonsense\n/a\n", Manner::Rename, station);
                QElapsedTimer patience;
                patience.start();
                while (refused == before && patience.elapsed() < kTestPatienceMs)
                    station.client().readFor(20ms);
                QCOMPARE(refused, before + 1);
                QCOMPARE(listIds(station), model.list());
                writeList(path, file.text(), Manner::Rename, station);
                station.client().readFor(400ms);
                continue;
            }
            const int from = random.bounded(int(file.ids.size()));
            const int to = random.bounded(int(file.ids.size()));
            if (i % 4 == 3 && file.ids.size() > 6 && file.ids[from] != onAir) {
                file.ids.removeAt(from);
                file.entries.removeAt(from);
            } else {
                file.ids.move(from, to);
                file.entries.move(from, to);
            }
            const qint64 frame = station.status(m_channel).value("frame"_L1).toInteger();
            writeList(path, file.text(), Manner(i % 3), station);
            QElapsedTimer noticed;
            noticed.start();
            while (listIds(station) != file.ids && noticed.elapsed() < kTestPatienceMs)
                station.client().readFor(10ms);
            if (listIds(station) != file.ids)
                qInfo("rewrite %d was not taken up", i);
            QCOMPARE(listIds(station), file.ids);
            listmodel::Edit edit;
            edit.kind = listmodel::Edit::Kind::Order;
            edit.ids = file.ids;
            edit.frame = frame;
            model.note(edit);
        }
        qInfo("%d rewrites, %d of them refused by name and line", kRewrites, refused);
    }

    // Until no choice falls into the next second and a half.
    void waitForQuietStretch(TestStation &station, const listmodel::ListModel &model, qint64 first)
    {
        for (;;) {
            const qint64 frame = station.status(m_channel).value("frame"_L1).toInteger();
            bool isQuiet = true;
            for (const listmodel::Airing &airing : model.airings(first, frame + 100)) {
                const qint64 choice
                    = std::max(airing.start, airing.start + airing.frames - kSafeZoneFrames);
                isQuiet = isQuiet && (choice < frame - 2 || choice > frame + 45)
                    && (airing.start < frame - 2 || airing.start > frame + 45);
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
