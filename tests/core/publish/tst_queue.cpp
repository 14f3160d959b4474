// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/packetqueue.h"
#include "tests/core/publish/packets.h"
#include "tests/core/publish/subjects.h"
#include "tests/support/patience.h"

#include <QRegularExpression>
#include <QTest>

#include <atomic>
#include <thread>

using namespace Qt::StringLiterals;

namespace continuo::test {

class TestQueue final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void fullQueue_dropsWholeGroups_andCountsThem();
    void fullQueueOfOneGroup_goesOnAtTheNextKeyFrame();
    void waitingQueue_losesNothing();
    void closedQueue_givesWhatWaits_abortedNothing();
    void closing_freesWhoeverPushes();
    void skipToLastKey_keepsTheNewestGroup();

private:
    static void pushGroup(PacketQueue &queue, qint64 first, int frames)
    {
        for (int i = 0; i < frames; ++i) {
            queue.push(makeVideo(first + i, first + i, i == 0, 10));
            queue.push(makeAudio((first + i) * 1600, 5));
        }
    }
    static QList<qint64> popVideo(PacketQueue &queue)
    {
        QList<qint64> frames;
        TimelinePacketPtr packet;
        while (queue.pop(packet, std::chrono::milliseconds(0)) == PacketQueue::Pop::Packet) {
            if (packet->isVideo())
                frames.append(packet->pts);
        }
        return frames;
    }
};

void TestQueue::fullQueue_dropsWholeGroups_andCountsThem()
{
    PacketQueue queue({1000000, 10, PacketQueue::WhenFull::DropGroups});
    pushGroup(queue, 0, 4);
    pushGroup(queue, 4, 4);
    pushGroup(queue, 8, 4); // the eleventh frame finds it full: groups 0 and 4 go
    QCOMPARE(queue.droppedFrames(), qint64(8));
    QCOMPARE(popVideo(queue), (QList<qint64>{8, 9, 10, 11}));
}

void TestQueue::fullQueueOfOneGroup_goesOnAtTheNextKeyFrame()
{
    PacketQueue queue({1000000, 5, PacketQueue::WhenFull::DropGroups});
    pushGroup(queue, 0, 8);
    QCOMPARE(queue.droppedFrames(), qint64(8));
    QCOMPARE(queue.waitingFrames(), 0);
    pushGroup(queue, 8, 3);
    QCOMPARE(popVideo(queue), (QList<qint64>{8, 9, 10}));
    QCOMPARE(queue.droppedFrames(), qint64(8));
}

void TestQueue::waitingQueue_losesNothing()
{
    PacketQueue queue({200, 4, PacketQueue::WhenFull::Wait});
    std::thread pusher([&queue] {
        pushGroup(queue, 0, 500);
        queue.close();
    });
    TimelinePacketPtr packet;
    qint64 next = 0;
    while (queue.pop(packet, std::chrono::milliseconds(kTestPatienceMs))
           == PacketQueue::Pop::Packet) {
        if (packet->isVideo())
            QCOMPARE(packet->pts, next++);
    }
    pusher.join();
    QCOMPARE(next, qint64(500));
    QCOMPARE(queue.droppedFrames(), qint64(0));
}

void TestQueue::closedQueue_givesWhatWaits_abortedNothing()
{
    PacketQueue queue({});
    pushGroup(queue, 0, 2);
    queue.close();
    pushGroup(queue, 2, 2);
    QCOMPARE(popVideo(queue), (QList<qint64>{0, 1}));
    TimelinePacketPtr packet;
    QCOMPARE(queue.pop(packet, std::chrono::seconds(1)), PacketQueue::Pop::Closed);
    PacketQueue other({});
    pushGroup(other, 0, 2);
    other.abort();
    QCOMPARE(other.pop(packet, std::chrono::seconds(1)), PacketQueue::Pop::Closed);
}

void TestQueue::closing_freesWhoeverPushes()
{
    PacketQueue queue({1000, 2, PacketQueue::WhenFull::Wait});
    std::atomic<bool> isDone = false;
    std::thread pusher([&] {
        pushGroup(queue, 0, 10);
        isDone = true;
    });
    QTRY_COMPARE(queue.waitingFrames(), 2);
    queue.close();
    QTRY_VERIFY(isDone);
    pusher.join();
}

void TestQueue::skipToLastKey_keepsTheNewestGroup()
{
    PacketQueue queue({});
    pushGroup(queue, 0, 3);
    pushGroup(queue, 3, 2);
    queue.skipToLastKey();
    QCOMPARE(popVideo(queue), (QList<qint64>{3, 4}));
    QCOMPARE(queue.droppedFrames(), qint64(0));
}

QObject *makeQueueTest()
{
    return new TestQueue;
}

} // namespace continuo::test

#include "tst_queue.moc"
