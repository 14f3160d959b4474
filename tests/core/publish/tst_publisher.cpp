// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/publisher.h"
#include "tests/core/publish/subjects.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo::test {

class TestPublisher final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void destinationThatDoesNotEnd_isSaidToHaveFailed();
};

void TestPublisher::destinationThatDoesNotEnd_isSaidToHaveFailed()
{
    const QTemporaryDir folder;
    auto ends = MessageSocket::createPair();
    QVERIFY(ends);
    Result<std::unique_ptr<Publisher>> publisher = Publisher::create(ends->first);
    QVERIFY(publisher);
    publisher.value()->handle(
        {{u"channel"_s,
          QJsonObject{{u"format"_s, HouseFormat().toJson()}, {u"name"_s, u"one"_s}}}});
    publisher.value()->handle({{u"add_destination"_s,
                                QJsonObject{{u"id"_s, u"slow"_s},
                                            {u"type"_s, u"file"_s},
                                            {u"target"_s, folder.filePath(u"slow.ts"_s)}}}});
    publisher.value()->giveUpDestinations(); // it has not even been told to end
    QJsonObject last;
    for (;;) {
        const Result<std::optional<Message>> message = ends->second.receive();
        QVERIFY(message);
        if (!message.value())
            break;
        if (const QJsonObject &body = message.value()->body; body.contains(u"destination"_s))
            last = body.value(u"destination"_s).toObject();
    }
    QCOMPARE(last.value(u"id"_s).toString(), u"slow"_s);
    QCOMPARE(last.value(u"state"_s).toString(), u"failed"_s);
    QCOMPARE(last.value(u"code"_s).toString(), errorCodeName(ErrorCode::Timeout));
}

QObject *makePublisherTest()
{
    return new TestPublisher;
}

} // namespace continuo::test

#include "tst_publisher.moc"
