// SPDX-License-Identifier: GPL-3.0-or-later
#include "subjects.h"

#include "core/playlist/m3u.h"

using namespace Qt::StringLiterals;

namespace continuo {

void TestM3u::parse_readsWhatIsThere()
{
    const QByteArray text = "\xEF\xBB\xBF#EXTM3U x-tvg-url=\"a\"\r\n"
                            "#CONTINUO-VERSION:17\r\n"
                            "#PLAYLIST:Evening\r\n"
                            "\r\n"
                            "#EXTINF:12.5 tvg-name=\"a, b\" group=\"c\",News, late\r\n"
                            "#CONTINUO-ID:k3m9-x_1\r\n"
                            "#EXTVLCOPT:start-time=3\r\n"
                            "#CONTINUO-IN:1.5\r\n"
                            "#CONTINUO-OUT:9.000001\r\n"
                            "#CONTINUO-CATEGORY:news\r\n"
                            "#CONTINUO-SOUND: de, eng\r\n"
                            "sub/../Ne\xCC\x88ws 1.mp4\r\n"
                            "#EXTINF:-1,Second\n"
                            "/abs/b.mkv\n"
                            "file:///c/d%20e%23.mov\n"
                            "# the end\n";
    const Result<M3uDocument> parsed = parseM3u(text, u"/lists"_s);
    QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().detail));
    const M3uDocument &document = parsed.value();
    QCOMPARE(document.version, quint64(17));
    QCOMPARE(document.header, (QStringList{u"#EXTM3U x-tvg-url=\"a\""_s, u"#PLAYLIST:Evening"_s}));
    QCOMPARE(document.trailer, QStringList{u"# the end"_s});
    QCOMPARE(document.items.size(), 3);
    const PlaylistItem &first = document.items[0];
    QCOMPARE(first.id, u"k3m9-x_1"_s);
    QCOMPARE(first.path, u"/lists/Ne\u0308ws 1.mp4"_s);
    QCOMPARE(first.title, u"News, late"_s);
    QCOMPARE(first.attributes, u"tvg-name=\"a, b\" group=\"c\""_s);
    QVERIFY(first.duration == std::chrono::milliseconds(12500));
    QVERIFY(first.in == std::chrono::microseconds(1'500'000));
    QVERIFY(first.out == std::chrono::microseconds(9'000'001));
    QCOMPARE(first.category, u"news"_s);
    QCOMPARE(first.sound, u"de,eng"_s);
    QCOMPARE(first.tags, QStringList{u"#EXTVLCOPT:start-time=3"_s});
    QCOMPARE(document.items[1].path, u"/abs/b.mkv"_s);
    QVERIFY(!document.items[1].duration);
    QVERIFY(document.items[1].id.isEmpty());
    QCOMPARE(document.items[2].path, u"/c/d e#.mov"_s);
    QVERIFY(parseM3u("#EXTM3U", u"/"_s)->items.isEmpty());
}

void TestM3u::parse_takesAnyLineEnd_data()
{
    QTest::addColumn<QByteArray>("end");
    QTest::newRow("LF") << QByteArray("\n");
    QTest::newRow("CR LF") << QByteArray("\r\n");
    QTest::newRow("CR") << QByteArray("\r");
}

void TestM3u::parse_takesAnyLineEnd()
{
    QFETCH(QByteArray, end);
    QByteArray text = "#EXTM3U|#EXTINF:2,Two||/a.mp4|#EXTINF:soon,Three|/b.mp4|";
    text.replace("|", end);
    Result<M3uDocument> parsed = parseM3u(text, u"/"_s);
    QVERIFY(!parsed);
    QVERIFY2(parsed.error().detail.startsWith(u"line 5: "), qPrintable(parsed.error().detail));
    parsed = parseM3u(text.replace("soon", "3"), u"/"_s);
    QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().detail));
    QCOMPARE(parsed->items.size(), 2);
    QCOMPARE(parsed->items[0].path, u"/a.mp4"_s);
    QCOMPARE(parsed->items[1].title, u"Three"_s);
    QCOMPARE(parsed->items[1].path, u"/b.mp4"_s);
}

void TestM3u::parse_refusesWithLineAndReason_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("start");
    const auto add = [](const char *name, const QByteArray &text, const QString &start) {
        QTest::newRow(name) << text << start;
    };
    add("empty", "", u"line 1: the file is empty"_s);
    add("blank", "\n \n", u"line 1: the file is empty"_s);
    add("not UTF-8", "#EXTM3U\n/a\n/b\xFF.mp4\n", u"line 3: is not UTF-8"_s);
    add("latin 1", "#EXTM3U\n/M\xFCnchen.mp4\n", u"line 2: is not UTF-8"_s);
    add("NUL", QByteArray("#EXTM3U\n/a\0b\n", 13), u"line 2: holds a NUL"_s);
    add("EXTINF without comma", "#EXTM3U\n#EXTINF:12\n/a\n", u"line 2: #EXTINF without"_s);
    add("EXTINF without number", "#EXTINF:abc,T\n/a\n", u"line 1: #EXTINF with \"abc\""_s);
    add("EXTINF empty", "#EXTINF:,T\n/a\n", u"line 1: #EXTINF with \"\""_s);
    add("EXTINF not finite", "#EXTINF:inf,T\n/a\n", u"line 1: #EXTINF with \"inf\""_s);
    add("EXTINF huge", "#EXTINF:1e300,T\n/a\n", u"line 1: #EXTINF with \"1e300\""_s);
    add("bad id", "#CONTINUO-ID:a b\n/a\n", u"line 1: \"a b\" is no item id"_s);
    add("empty id", "#CONTINUO-ID:\n/a\n", u"line 1: \"\" is no item id"_s);
    add("bad in point", "#EXTM3U\n\n#CONTINUO-IN:-3\n/a\n", u"line 3: \"-3\" is no time"_s);
    add("address", "#EXTM3U\nhttp://host/a.m3u8\n", u"line 2: \"http://host/a.m3u8\" is an"_s);
    add("address of a file elsewhere", "file:\n", u"line 1: \"file:\" is no"_s);
    add("long line", "#EXTM3U\n/" + QByteArray(20000, 'a'), u"line 2: longer than 16384"_s);
    add("picture", QByteArray("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16), u"line 1: is not UTF-8"_s);
}

void TestM3u::parse_refusesWithLineAndReason()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, start);
    const Result<M3uDocument> parsed = parseM3u(text, u"/"_s);
    QVERIFY(!parsed);
    QCOMPARE(int(parsed.error().code), int(ErrorCode::Corrupt));
    QVERIFY2(parsed.error().detail.startsWith(start), qPrintable(parsed.error().detail));
}

void TestM3u::parse_refusesTooManyItems()
{
    const QByteArray most = QByteArray("/a\n").repeated(Playlist::kMaxItems);
    const Result<M3uDocument> parsed = parseM3u(most, u"/"_s);
    QVERIFY(parsed);
    QCOMPARE(parsed->items.size(), Playlist::kMaxItems);
    const Result<M3uDocument> tooMany = parseM3u(most + "/b\n", u"/"_s);
    QCOMPARE(int(tooMany.error().code), int(ErrorCode::NoSpace));
    QVERIFY(tooMany.error().detail.startsWith(u"line 50001: "));
}

void TestM3u::parse_dropsTheSecondOfAnIdTwice()
{
    const Result<M3uDocument> parsed
        = parseM3u("#CONTINUO-ID:one\n/a\n#CONTINUO-ID:one\n/a\n", u"/"_s);
    QVERIFY(parsed);
    QCOMPARE(parsed->items[0].id, u"one"_s);
    QVERIFY(parsed->items[1].id.isEmpty());
}

void TestM3u::write_comesBackTheSame()
{
    M3uDocument document;
    document.version = 3;
    document.header = QStringList{u"#PLAYLIST:Evening"_s};
    document.trailer = QStringList{u"# bye"_s};
    const QStringList paths{u"/a.mp4"_s,
                            u"/with space/Ünï – 日本.mov"_s,
                            u"/ends with "_s,
                            u"/line\nbreak\r.ts"_s,
                            u"/per%20cent#1.mp4"_s,
                            u"/co,mma\"quote\".mkv"_s};
    for (const QString &path : paths) {
        PlaylistItem item;
        item.id = makeItemId();
        item.path = path;
        item.title = u"Title, of %1"_s.arg(document.items.size());
        item.duration = std::chrono::milliseconds(1001);
        item.tags = QStringList{u"#EXTGRP:x"_s};
        document.items.append(item);
    }
    document.items[1].duration.reset();
    document.items[2].in = std::chrono::microseconds(40'000);
    document.items[2].out = std::chrono::microseconds(60'000'001);
    document.items[2].category = u"Ads"_s;
    document.items[2].sound = u"2"_s;
    document.items[2].attributes = u"a=\"b, c\""_s;
    const QByteArray text = writeM3u(document);
    const Result<M3uDocument> back = parseM3u(text, u"/elsewhere"_s);
    QVERIFY2(back, back ? "" : qPrintable(back.error().detail));
    QVERIFY(back->items == document.items);
    QCOMPARE(back->header, document.header);
    QCOMPARE(back->trailer, document.trailer);
    QCOMPARE(writeM3u(back.value()), text);
}

void TestM3u::mutatedBytes_neverCrash()
{
    const QByteArray good = "#EXTM3U\n#EXTINF:1.5 a=\"b\",T\n#CONTINUO-ID:x\nfile:///a%20b\n/c\n";
    QRandomGenerator random(5);
    int accepted = 0;
    for (int round = 0; round < 3000; ++round) {
        QByteArray text = good;
        for (int change = random.bounded(1, 6); change > 0; --change)
            text[random.bounded(int(text.size()))] = char(random.bounded(256));
        text.truncate(random.bounded(1, int(text.size()) + 1));
        const Result<M3uDocument> parsed = parseM3u(text, u"/"_s);
        if (parsed) {
            ++accepted;
            const QByteArray written = writeM3u(parsed.value());
            const Result<M3uDocument> again = parseM3u(written, u"/"_s);
            QVERIFY2(again, qPrintable(QString::fromUtf8(text.toPercentEncoding())));
            QCOMPARE(again->items.size(), parsed->items.size());
        } else {
            QVERIFY(parsed.error().detail.startsWith(u"line "));
        }
    }
    QVERIFY(accepted > 100);
}

} // namespace continuo
