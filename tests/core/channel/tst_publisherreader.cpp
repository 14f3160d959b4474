// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_publisherreader.h"

#include "core/channel/publisherreader.h"

#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr std::int64_t kFirst = 480;
constexpr std::size_t kBound = 12;
constexpr int kSession = 3;

// A reader of a publisher that the test speaks for. Its frames are at their bound, so that whatever
// frees one is told by takenEvent(), without an event loop.
struct ReaderBench {
    std::shared_ptr<RetainedFrames> retained;
    MessageSocket ours;
    MessageSocket theirs;
    std::vector<QJsonObject> heard;
    std::unique_ptr<PublisherReader> reader;

    ReaderBench()
    {
        retained = RetainedFrames::create(FrameRate{30, 1}, kFirst, kBound).value();
        for (std::size_t i = 0; i < kBound; ++i) {
            auto frame = std::make_shared<AirFrame>();
            frame->number = kFirst + std::int64_t(i);
            retained->push(frame);
        }
        auto ends = MessageSocket::createPair();
        ours = std::move(ends.value().first);
        theirs = std::move(ends.value().second);
        reader = std::make_unique<PublisherReader>(
            EventFd::create().value(), ours, kSession, retained,
            [this](const QJsonObject &message) { heard.push_back(message); });
    }
    bool say(const QJsonObject &message) const { return bool(theirs.send(message)); }
    bool acknowledge(int session, std::int64_t frame) const
    {
        return say({{u"ack"_s, QJsonObject{{u"session"_s, session}, {u"frame"_s, qint64(frame)}}}});
    }
    bool waitUntilFreed() const { return retained->takenEvent().wait(30s); }
};

QJsonObject numbered(int number)
{
    return {{u"alive"_s, number}};
}

} // namespace

void TestPublisherReader::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestPublisherReader::acknowledgement_freesFrames_whileTheMainThreadIsBlocked()
{
    ReaderBench bench;
    QVERIFY(bench.acknowledge(kSession, kFirst + 5));
    QVERIFY(bench.waitUntilFreed());
    QCOMPARE(bench.retained->firstRetained(), kFirst + 5);
    QVERIFY(bench.heard.empty()); // it has heard nothing itself
    QTRY_COMPARE(bench.heard.size(), 1U);
}

void TestPublisherReader::acknowledgement_ofAReplacedSession_freesNothing()
{
    ReaderBench bench;
    bench.reader->setSession(kSession + 1);
    QVERIFY(bench.acknowledge(kSession, kFirst + 9));
    QVERIFY(bench.acknowledge(kSession + 1, kFirst + 2)); // read behind it
    QVERIFY(bench.waitUntilFreed());
    QCOMPARE(bench.retained->firstRetained(), kFirst + 2);
}

void TestPublisherReader::messages_areHandedOn_inOrder()
{
    constexpr int kMany = 300;
    ReaderBench bench;
    for (int i = 0; i < kMany; ++i)
        QVERIFY(bench.say(numbered(i)));
    QTRY_COMPARE(bench.heard.size(), std::size_t(kMany));
    for (int i = 0; i < kMany; ++i)
        QCOMPARE(bench.heard[std::size_t(i)], numbered(i));
}

void TestPublisherReader::finish_handsOnWhatWasSaidLast()
{
    ReaderBench bench;
    QVERIFY(bench.say(numbered(1)));
    QVERIFY(bench.say(numbered(2)));
    bench.theirs.close();
    bench.reader->finish(); // no event loop runs
    QCOMPARE(bench.heard, (std::vector<QJsonObject>{numbered(1), numbered(2)}));
    QTest::qWait(0); // what was on its way finds nothing more
    QCOMPARE(bench.heard.size(), 2U);
}

void TestPublisherReader::waitingAcknowledgement_givesWayToTheNext()
{
    ReaderBench bench;
    QVERIFY(bench.say(numbered(1)));
    QVERIFY(bench.acknowledge(kSession, kFirst + 1));
    QVERIFY(bench.acknowledge(kSession, kFirst + 2));
    QVERIFY(bench.say(numbered(2)));
    bench.reader->finish();
    QCOMPARE(bench.heard.size(), 3U);
    QCOMPARE(bench.heard[0], numbered(1));
    QCOMPARE(bench.heard[1].value("ack"_L1).toObject().value("frame"_L1).toInteger(), kFirst + 2);
    QCOMPARE(bench.heard[2], numbered(2));
}

void TestPublisherReader::destruction_dropsWhatWaits()
{
    ReaderBench bench;
    QVERIFY(bench.acknowledge(kSession, kFirst + 1));
    QVERIFY(bench.waitUntilFreed());
    bench.reader.reset();
    QTest::qWait(0);
    QVERIFY(bench.heard.empty());
}

} // namespace continuo
