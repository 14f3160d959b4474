// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/hlsplaylist.h"
#include "tests/core/publish/subjects.h"

#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo::test {

class TestHlsPlaylist final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void text_isAsRfc8216Says();
    void window_slides_andFilesGoLater();
    void frozenList_keepsWhatItNames();
    void discontinuitySequence_countsWhatLeft();
    void resume_roundTrips();
    void resume_trimsWithoutDeleting();
    void resume_refusesForeignLists_data();
    void resume_refusesForeignLists();
    void segmentNames_areReadBackExactly();
};

void TestHlsPlaylist::text_isAsRfc8216Says()
{
    HlsPlaylist list(2, 3);
    list.append({8, 2'000'000, 1'700'000'000'123'000, false});
    list.append({9, 2'002'000, 1'700'000'002'123'000, true});
    list.setContinuation(600, "abc");
    QCOMPARE(list.toText(HlsPlaylist::End::Open),
             "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:8\n"
             "#EXT-X-DISCONTINUITY-SEQUENCE:0\n#EXT-X-INDEPENDENT-SEGMENTS\n"
             "# continuo next-frame 600 abc\n"
             "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.123Z\n#EXTINF:2.000000,\n"
             "seg00000008.ts\n"
             "#EXT-X-DISCONTINUITY\n"
             "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:22.123Z\n#EXTINF:2.002000,\n"
             "seg00000009.ts\n");
    QVERIFY(list.toText(HlsPlaylist::End::Ended).endsWith("seg00000009.ts\n#EXT-X-ENDLIST\n"));
    list.append({10, 3'700'000, 0, false});
    QVERIFY(list.toText(HlsPlaylist::End::Open).contains("#EXT-X-TARGETDURATION:4\n"));
    QVERIFY(HlsPlaylist(2, 0).toText(HlsPlaylist::End::Open).contains("PLAYLIST-TYPE:EVENT\n"));
}

void TestHlsPlaylist::window_slides_andFilesGoLater()
{
    HlsPlaylist list(2, 3);
    std::vector<qint64> expired;
    QCOMPARE(list.nextSequence(8), qint64(8));
    for (qint64 sequence = 8; sequence < 20; ++sequence) {
        QCOMPARE(list.nextSequence(8), sequence);
        list.append({sequence, 2'000'000, 0, false});
        for (const qint64 gone : list.takeExpired()) {
            // Out of the list for as long as the longest list lasts, and one segment.
            QVERIFY(gone + 3 + 1 < list.segments().front().sequence);
            expired.push_back(gone);
        }
    }
    QCOMPARE(list.segments().size(), std::size_t(3));
    QCOMPARE(list.segments().front().sequence, qint64(17));
    QCOMPARE(expired, (std::vector<qint64>{8, 9, 10, 11, 12}));
}

void TestHlsPlaylist::frozenList_keepsWhatItNames()
{
    HlsPlaylist list(2, 2);
    std::vector<qint64> expired;
    const auto append = [&](qint64 sequence) {
        list.append({sequence, 2'000'000, 0, false});
        if (sequence < 5 || sequence > 20) // between, the one on disk names 3 and 4
            list.setPublished();
        for (const qint64 gone : list.takeExpired())
            expired.push_back(gone);
    };
    for (qint64 sequence = 1; sequence <= 20; ++sequence)
        append(sequence);
    // 5 and so on were never told to anybody: the folder does not grow for ever.
    QCOMPARE(expired, (std::vector<qint64>{1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}));
    expired.clear();
    for (const qint64 sequence : {21, 22, 23})
        append(sequence); // out of the list since 21
    QCOMPARE(expired, (std::vector<qint64>{16, 17, 18}));
    append(24);
    QCOMPARE(expired, (std::vector<qint64>{16, 17, 18, 3, 4, 19}));
}

void TestHlsPlaylist::discontinuitySequence_countsWhatLeft()
{
    HlsPlaylist list(2, 2);
    list.append({1, 2'000'000, 0, false});
    list.append({2, 2'000'000, 0, true});
    list.append({3, 2'000'000, 0, true});
    QCOMPARE(list.discontinuitySequence(), qint64(0));
    list.append({4, 2'000'000, 0, false});
    QCOMPARE(list.discontinuitySequence(), qint64(1));
    list.append({5, 2'000'000, 0, false});
    QCOMPARE(list.discontinuitySequence(), qint64(2));
}

void TestHlsPlaylist::resume_roundTrips()
{
    HlsPlaylist list(2, 3);
    for (qint64 sequence = 5; sequence < 10; ++sequence)
        list.append({sequence, 1'966'667, 1'700'000'000'000'000 + sequence * 1000,
                     sequence == 5 || sequence == 8});
    list.setContinuation(12345, "f00");
    HlsPlaylist again(2, 3);
    QVERIFY(again.resume(list.toText(HlsPlaylist::End::Ended)));
    QCOMPARE(again.toText(HlsPlaylist::End::Open), list.toText(HlsPlaylist::End::Open));
    QCOMPARE(again.nextSequence(0), qint64(10));
    QCOMPARE(again.nextFrame(), qint64(12345));
}

void TestHlsPlaylist::resume_trimsWithoutDeleting()
{
    HlsPlaylist all(2, 0);
    for (qint64 sequence = 0; sequence < 50; ++sequence)
        all.append({sequence, 2'000'000, 0, false});
    HlsPlaylist window(2, 5);
    QVERIFY(window.resume(all.toText(HlsPlaylist::End::Ended)));
    QCOMPARE(window.segments().size(), std::size_t(5));
    QVERIFY(window.takeExpired().empty());
}

void TestHlsPlaylist::resume_refusesForeignLists_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("no playlist") << QByteArray("hello\n");
    QTest::newRow("other names") << QByteArray(
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:1\n#EXTINF:2.0,\na.ts\n");
    QTest::newRow("wrong number") << QByteArray(
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:1\n#EXTINF:2.0,\nseg00000002.ts\n");
    QTest::newRow("no sequence") << QByteArray("#EXTM3U\n#EXTINF:2.0,\nseg00000002.ts\n");
    QTest::newRow("no duration") << QByteArray(
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:2\nseg00000002.ts\n");
    QTest::newRow("mad duration") << QByteArray(
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:2\n#EXTINF:1e30,\nseg00000002.ts\n");
}

void TestHlsPlaylist::resume_refusesForeignLists()
{
    QFETCH(QByteArray, text);
    HlsPlaylist list(2, 3);
    const Result<void> resumed = list.resume(text);
    QVERIFY(!resumed);
    QCOMPARE(resumed.error().code, ErrorCode::Corrupt);
    QVERIFY(list.segments().empty());
    QCOMPARE(list.nextSequence(7), qint64(7));
}

void TestHlsPlaylist::segmentNames_areReadBackExactly()
{
    QCOMPARE(segmentFileName(42), u"seg00000042.ts"_s);
    QCOMPARE(segmentFileName(1234567890), u"seg1234567890.ts"_s);
    QCOMPARE(segmentSequence(u"seg00000042.ts"_s), std::optional<qint64>(42));
    QCOMPARE(segmentSequence(u"seg1234567890.ts"_s), std::optional<qint64>(1234567890));
    for (const QString &wrong :
         {u"seg42.ts"_s, u"seg000000042.ts"_s, u"seg0000004x.ts"_s, u"../seg00000042.ts"_s,
          u"seg00000042.ts.new"_s, u"index.m3u8"_s, u"seg.ts"_s, u""_s, u"seg-0000042.ts"_s})
        QVERIFY2(!segmentSequence(wrong), qPrintable(wrong));
}

QObject *makeHlsPlaylistTest()
{
    return new TestHlsPlaylist;
}

} // namespace continuo::test

#include "tst_hlsplaylist.moc"
