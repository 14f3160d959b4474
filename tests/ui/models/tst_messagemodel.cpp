// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/models/tst_messagemodel.h"

#include "ui/models/messagemodel.h"

#include <QAbstractItemModelTester>
#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

void MessageModelTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void MessageModelTest::messages_standNewestFirst()
{
    MessageModel model;
    const QAbstractItemModelTester tester(&model);
    model.add(MessageLevel::Info, {u"First."_s, {}});
    model.add(MessageLevel::Warning, {u"Second."_s, u"Why."_s});
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.index(0).data().toString(), u"Second. Why."_s);
    QCOMPARE(model.index(1).data().toString(), u"First."_s);
    QVERIFY(!model.entryAt(2));
}

void MessageModelTest::message_isCounted_whenItComesAgain()
{
    MessageModel model;
    const QAbstractItemModelTester tester(&model);
    for (int i = 0; i < 3; ++i)
        model.add(MessageLevel::Warning, {u"Refused."_s, {}});
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.entryAt(0)->repeats, 3);
}

void MessageModelTest::oldest_goes_whenThereAreTooMany()
{
    MessageModel model;
    for (int i = 0; i < MessageModel::kMaxMessages + 5; ++i)
        model.add(MessageLevel::Info, {QString::number(i), {}});
    QCOMPARE(model.rowCount(), MessageModel::kMaxMessages);
    QCOMPARE(model.index(model.rowCount() - 1).data().toString(), u"5"_s);
}

void MessageModelTest::repeat_movesUp_whenAmongTheNewest()
{
    MessageModel model;
    const QAbstractItemModelTester tester(&model);
    const QDateTime begin = QDateTime::currentDateTime();
    model.add(MessageLevel::Warning, {u"Refused."_s, {}}, begin);
    for (int i = 1; i < MessageModel::kRepeatRows; ++i)
        model.add(MessageLevel::Info, {QString::number(i), {}}, begin.addSecs(i));
    model.add(MessageLevel::Warning, {u"Refused."_s, {}}, begin.addSecs(30));
    QCOMPARE(model.rowCount(), MessageModel::kRepeatRows);
    QCOMPARE(model.entryAt(0)->words.headline, u"Refused."_s);
    QCOMPARE(model.entryAt(0)->repeats, 2);
    QCOMPARE(model.entryAt(0)->time, begin.addSecs(30));
    // The level is part of it, and beyond the newest rows it is a new one.
    model.add(MessageLevel::Fault, {u"Refused."_s, {}}, begin.addSecs(31));
    QCOMPARE(model.entryAt(0)->repeats, 1);
    for (int i = 0; i < MessageModel::kRepeatRows; ++i)
        model.add(MessageLevel::Info, {u"more %1"_s.arg(i), {}}, begin.addSecs(40 + i));
    model.add(MessageLevel::Warning, {u"Refused."_s, {}}, begin.addSecs(90));
    QCOMPARE(model.entryAt(0)->repeats, 1);
}

void MessageModelTest::message_standsAtItsTime_whenItIsOlder()
{
    MessageModel model;
    const QAbstractItemModelTester tester(&model);
    const QDateTime now = QDateTime::currentDateTime();
    model.add(MessageLevel::Info, {u"Now."_s, {}}, now);
    model.add(MessageLevel::Fault, {u"At night."_s, {}}, now.addSecs(-3600), 3);
    model.add(MessageLevel::Info, {u"Between."_s, {}}, now.addSecs(-60));
    model.add(MessageLevel::Info, {u"Now."_s, {}}, now.addSecs(-7200)); // not a repeat of that one
    QCOMPARE(model.rowCount(), 4);
    QCOMPARE(model.entryAt(0)->words.headline, u"Now."_s);
    QCOMPARE(model.entryAt(0)->repeats, 1);
    QCOMPARE(model.entryAt(1)->words.headline, u"Between."_s);
    QCOMPARE(model.entryAt(2)->words.headline, u"At night."_s);
    QCOMPARE(model.entryAt(2)->repeats, 3);
    QCOMPARE(model.entryAt(3)->words.headline, u"Now."_s);
}

void MessageModelTest::infoGoesFirst_whenThereAreTooMany()
{
    MessageModel model;
    const QAbstractItemModelTester tester(&model);
    const QDateTime begin = QDateTime::currentDateTime();
    model.add(MessageLevel::Fault, {u"At night."_s, {}}, begin);
    for (int i = 1; i <= MessageModel::kMaxMessages; ++i)
        model.add(MessageLevel::Info, {QString::number(i), {}}, begin.addSecs(i));
    const int last = MessageModel::kMaxMessages - 1;
    QCOMPARE(model.rowCount(), MessageModel::kMaxMessages);
    QCOMPARE(model.entryAt(last)->words.headline, u"At night."_s);
    QCOMPARE(model.entryAt(last - 1)->words.headline, u"2"_s);
    for (int i = 0; i < MessageModel::kMaxMessages; ++i) // no Info is left: the oldest goes
        model.add(MessageLevel::Warning, {QString::number(i), {}}, begin.addSecs(1000 + i));
    QCOMPARE(model.rowCount(), MessageModel::kMaxMessages);
    QCOMPARE(model.entryAt(last)->words.headline, u"0"_s);
}
