// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/itemsound.h"
#include "subjects.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace continuo {

void TestItemSound::text_isANumberOrLanguages_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("sound"); // null: refused
    QTest::newRow("nothing") << u""_s << u""_s;
    QTest::newRow("index") << u" 12 "_s << u"12"_s;
    QTest::newRow("language") << u"de"_s << u"de"_s;
    QTest::newRow("languages") << u"deu, pt-BR ,en"_s << u"deu,pt-BR,en"_s;
    QTest::newRow("index and language") << u"2,de"_s << QString();
    QTest::newRow("a word") << u"Deutsch, bitte"_s << u"Deutsch,bitte"_s; // of eight letters
    QTest::newRow("a sentence") << u"the German one"_s << QString();
    QTest::newRow("a line") << u"de\nen"_s << QString();
    QTest::newRow("a large number") << u"123456"_s << QString();
    QTest::newRow("too many") << QStringList(17, u"de"_s).join(u',') << QString();
}

void TestItemSound::text_isANumberOrLanguages()
{
    QFETCH(QString, text);
    QFETCH(QString, sound);
    const Result<QString> made = soundFromText(text);
    QCOMPARE(bool(made), !sound.isNull());
    if (made)
        QCOMPARE(made.value(), sound);
    else
        QCOMPARE(made.error().code, ErrorCode::InvalidArgument);
}

void TestItemSound::item_comesBeforeTheChannel()
{
    QCOMPARE(tracksFor({}, {}), QJsonObject());
    QCOMPARE(tracksFor({}, {u"de"_s}), (QJsonObject{{u"languages"_s, QJsonArray{u"de"_s}}}));
    QCOMPARE(tracksFor(u"fr"_s, {u"de"_s}),
             (QJsonObject{{u"languages"_s, QJsonArray{u"fr"_s, u"de"_s}}}));
    QCOMPARE(tracksFor(u"2"_s, {u"de"_s}),
             (QJsonObject{{u"sound"_s, 2}, {u"languages"_s, QJsonArray{u"de"_s}}}));
}

} // namespace continuo
