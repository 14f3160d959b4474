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
