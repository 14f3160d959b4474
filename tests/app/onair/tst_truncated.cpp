// SPDX-License-Identifier: GPL-3.0-or-later
// Files that lose their second half while they are on air, as a broken copy does: each ends where
// it has no more, is named, and the next one follows without a hole.
#include "tests/support/onair/onair.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QTest>

#include <unistd.h>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

class TestTruncated : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fileCutOnAir_endsThere_andTheNextFollows()
    {
        guarded([this] { play(); });
    }

private:
    static constexpr int kFps = 30;
    static constexpr int kFrames = 12 * kFps;
    // Behind what is decoded ahead when it is cut, and well before the end.
    static constexpr double kLeft = 0.6;
    static constexpr qint64 kCutAt = 30;
    static constexpr qint64 kLeast = kFrames / 2;

    // Three that are cut and one that is not.
    void makeClips()
    {
        int id = 0;
        for (const QString &name : {u"a.mp4"_s, u"b.ts"_s, u"c.mkv"_s, u"good.mp4"_s}) {
            framecode::ClipRecipe recipe;
            recipe.output = m_folder + u'/' + name;
            recipe.id = ++id;
            recipe.frames = id < 4 ? kFrames : 2 * kFps;
            recipe.width = 320;
            recipe.height = 180;
            const framecode::Outcome<framecode::Clip> clip = framecode::makeClip(recipe);
            QVERIFY2(clip, qPrintable(clip ? QString() : clip.error()));
            m_clips.push_back(std::make_shared<const framecode::Clip>(clip.value()));
            m_files.append(recipe.output);
        }
    }

    void play()
    {
        makeClips();
        TestStation station;
        station.call(
            u"channel.create"_s,
            {{u"name"_s, m_channel}, {u"width"_s, 320}, {u"height"_s, 180}, {u"loop"_s, false}});
        const QStringList ids = station.add(m_channel, m_files);
        const QString record = m_folder + u"/record.mkv"_s;
        station.addDestination(m_channel, u"file:"_s + record);
        watchMachine();
        station.call(u"channel.start"_s, {{u"channel"_s, m_channel}});
        const auto reach = [&](const QString &id, qint64 frame) {
            return station.waitForStatus(
                m_channel,
                [&](const QJsonObject &now) {
                    const QJsonObject item = now.value("item"_L1).toObject();
                    return item.value("id"_L1) == id && item.value("frame"_L1).toInteger() >= frame;
                },
                30s);
        };
        for (int i = 0; i < 3; ++i) {
            reach(ids[i], kCutAt);
            const QByteArray path = QFile::encodeName(m_files[i]);
            QCOMPARE(
                ::truncate(path.constData(), qint64(double(QFileInfo(m_files[i]).size()) * kLeft)),
                0);
        }
        const QJsonObject status = reach(ids[3], kFps);
        QVERIFY(checkCounts(status));
        QCOMPARE(status.value("encoder"_L1).toObject().value("session"_L1).toInt(), 1);
        const QJsonArray rows
            = station.call(u"asrun.list"_s, {{u"channel"_s, m_channel}}).value("rows"_L1).toArray();
        station.call(u"channel.stop"_s, {{u"channel"_s, m_channel}});

        framecode::Expectation expectation;
        expectation.fps = {kFps, 1};
        for (int i = 0; i < 4; ++i)
            expectation.items.push_back({m_clips[std::size_t(i)], 0, std::nullopt, i < 3});
        expectation.end = framecode::End::Anywhere;
        expectation.slate = framecode::Slate::Never;
        const framecode::Outcome<framecode::Report> report = framecode::check(record, expectation);
        QVERIFY2(report, qPrintable(report ? QString() : report.error()));
        const framecode::Report &seen = report.value();
        QCOMPARE(seen.lost + seen.repeated + seen.slate + seen.outOfOrder, 0);
        QCOMPARE(seen.timestampFaults, 0);
        QCOMPARE(seen.runs.size(), std::size_t(4));
        QVERIFY(rows.size() >= 3);
        for (int i = 0; i < 3; ++i) {
            const framecode::Run &run = seen.runs[std::size_t(i)];
            const QJsonObject row = rows[i].toObject();
            QVERIFY2(run.frames >= kLeast && run.frames < kFrames,
                     qPrintable(u"%1: %2 frames"_s.arg(m_files[i]).arg(run.frames)));
            QCOMPARE(row.value("frames"_L1).toInteger(), qint64(run.frames));
            qInfo("%s: %lld of %d frames, %s", qPrintable(QFileInfo(m_files[i]).fileName()),
                  static_cast<long long>(run.frames), kFrames,
                  qPrintable(QString::fromUtf8(QJsonDocument(row).toJson(QJsonDocument::Compact))));
        }
        // Where sound and picture do not lie side by side in the file, one ends before the other.
        for (const framecode::Fault &fault : seen.faults)
            QVERIFY2(fault.kind == "gap"_L1, qPrintable(seen.toText()));
        QVERIFY2(seen.faultCount <= 3, qPrintable(seen.toText()));
    }

    const QString m_channel = u"truncated"_s;
    const QString m_folder = outputFolder(u"truncated"_s);
    QStringList m_files;
    std::vector<std::shared_ptr<const framecode::Clip>> m_clips;
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestTruncated)
#include "tst_truncated.moc"
