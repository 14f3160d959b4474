// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/outbox.h"
#include "tests/core/publish/subjects.h"

#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo::test {

class TestOutbox final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void readerThatStandsStill_getsTheNewestOfEachKind_inOrder();
};

void TestOutbox::readerThatStandsStill_getsTheNewestOfEachKind_inOrder()
{
    auto pair = MessageSocket::createPair();
    QVERIFY(pair);
    Outbox outbox(pair->first);
    const QString ballast(1000, u'x');
    for (int i = 0; i < 5000; ++i)
        outbox.sendLatest(u"ack"_s, {{u"ack"_s, i}, {u"ballast"_s, ballast}});
    outbox.send({{u"ended"_s, 1}});
    outbox.sendLatest(u"ack"_s, {{u"ack"_s, 5000}});
    QVERIFY(!outbox.flush());
    QStringList order;
    bool isFlushed = false;
    int last = -1;
    while (!isFlushed || order.isEmpty() || order.last() != u"ack 5000"_s) {
        auto message = pair->second.receive();
        QVERIFY(message);
        if (!message.value()) {
            QVERIFY(!isFlushed);
            isFlushed = outbox.flush();
            continue;
        }
        const QJsonObject body = (*message.value()).body;
        if (body.contains(u"ended"_s)) {
            order.append(u"ended"_s);
            continue;
        }
        QVERIFY(body.value(u"ack"_s).toInt() > last);
        last = body.value(u"ack"_s).toInt();
        order.append(u"ack %1"_s.arg(last));
    }
    QVERIFY(order.size() < 4000);
    QCOMPARE(order[order.size() - 2], u"ended"_s);
}

QObject *makeOutboxTest()
{
    return new TestOutbox;
}

} // namespace continuo::test

#include "tst_outbox.moc"
