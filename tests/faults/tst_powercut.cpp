// SPDX-License-Identifier: GPL-3.0-or-later
// A session of edits is recorded call by call; then the power is cut after each call, what was not
// synced is dropped in every way, and the real code opens what is left: each answered edit is
// there.
#include "core/channel/channelsettings.h"
#include "core/playlist/playliststore.h"
#include "tests/support/disklog/disklog.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kEdits = 32;
const QString kChannel = u"one"_s;

QStringList idsOf(const PlaylistStore &store)
{
    QStringList ids;
    for (const PlaylistItem &item : store.playlist().items())
        ids.append(item.id);
    return ids;
}

// In memory where that can be: thousands of small folders are made.
QString temporaryTemplate()
{
    const QString memory = u"/dev/shm"_s;
    return (QFileInfo(memory).isWritable() ? memory : QDir::tempPath()) + u"/powercut-XXXXXX"_s;
}

} // namespace

class TestPowerCut : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { recordSession(); }

    void everyAnswer_isKept_data()
    {
        QTest::addColumn<disklog::Kept>("kept");
        QTest::newRow("everything was written") << disklog::Kept::Everything;
        QTest::newRow("synced only") << disklog::Kept::SyncedOnly;
        QTest::newRow("names, synced bytes") << disklog::Kept::NamesAndSyncedBytes;
        QTest::newRow("bytes, synced names") << disklog::Kept::BytesAndSyncedNames;
        QTest::newRow("last write torn") << disklog::Kept::TornLastWrite;
    }

    void everyAnswer_isKept()
    {
        QFETCH(disklog::Kept, kept);
        qint64 answered = -1;
        for (qsizetype count = 0; count <= m_operations.size(); ++count) {
            if (count > 0 && m_operations[count - 1].kind == disklog::Kind::Answer)
                answered = m_operations[count - 1].offset;
            if (answered < 0)
                continue; // nothing was promised yet
            QTemporaryDir folder(temporaryTemplate());
            QVERIFY(disklog::replay(m_operations, count, kept, folder.path()));
            const QString trouble = open(folder.path(), answered);
            QVERIFY2(trouble.isEmpty(),
                     qPrintable(u"cut after call %1 of %2, answer %3: %4"_s.arg(count)
                                    .arg(m_operations.size())
                                    .arg(answered)
                                    .arg(trouble)));
        }
        qInfo("%lld cuts", static_cast<long long>(m_operations.size()));
    }

private:
    // Edit i is answered; now and then the position and the settings are saved, with its number.
    void recordSession()
    {
        QTemporaryDir folder(temporaryTemplate());
        const StationPaths paths = StationPaths::forState(folder.path());
        disklog::begin(folder.path());
        QVERIFY(paths.create());
        {
            QVERIFY(makeFolder(paths.channelData(kChannel), 0700));
            QVERIFY(makeFolder(paths.channelConfig(kChannel), 0700));
            PlaylistStore store(paths.channelData(kChannel));
            QVERIFY(store.open());
            QRandomGenerator random(7);
            for (int i = 0; i < kEdits; ++i) {
                QVERIFY(doEdit(store, random, i));
                m_lists.append(idsOf(store));
                if (i % 5 == 0) {
                    ChannelPosition position;
                    position.nextFrame = i;
                    QVERIFY(position.save(paths, kChannel));
                    ChannelSettings settings;
                    settings.name = kChannel;
                    settings.safeZone = std::chrono::milliseconds(i);
                    QVERIFY(settings.save(paths));
                }
                disklog::answer(i);
                if (i % 4 == 0)
                    store.flushFile();
                QCoreApplication::processEvents();
            }
        }
        m_operations = disklog::end();
        qsizetype folds = 0;
        for (const disklog::Operation &operation : std::as_const(m_operations)) {
            if (operation.kind == disklog::Kind::Rename && operation.other.endsWith(".snapshot"))
                ++folds;
        }
        qInfo("%lld calls, the journal was folded %lld times",
              static_cast<long long>(m_operations.size()), static_cast<long long>(folds));
        QVERIFY(folds > 0); // long titles are there to make it happen
    }

    static bool doEdit(PlaylistStore &store, QRandomGenerator &random, int number)
    {
        const int size = int(store.playlist().items().size());
        const int row = random.bounded(size + 1);
        if (size < 4 || number % 3 == 0) {
            PlaylistItem item;
            item.path = u"/media/clip %1.mkv"_s.arg(number);
            item.title = QString(16000, QChar(u'a' + number % 26));
            return bool(store.apply(InsertEdit{row, {item}}));
        }
        const QString id = store.playlist().items()[random.bounded(size)].id;
        if (number % 3 == 1)
            return bool(store.apply(MoveEdit{{id}, row}));
        if (size > 8)
            return bool(store.apply(RemoveEdit{{id}}));
        PlaylistItem item = store.playlist().items().first();
        item.title = QString(16000, QChar(u'A' + number % 26));
        return bool(store.apply(UpdateEdit{{item}}));
    }

    // What is wrong with what is left; empty: all that was answered is there.
    QString open(const QString &folder, qint64 answered) const
    {
        const StationPaths paths = StationPaths::forState(folder);
        PlaylistStore store(paths.channelData(kChannel));
        if (const Result<void> opened = store.open(); !opened)
            return u"the list cannot be opened: "_s + opened.error().detail;
        // The edit that was under way when the power went may be there or not.
        const QStringList ids = idsOf(store);
        bool isKept = false;
        for (qsizetype i = answered; i < std::min(answered + 2, m_lists.size()); ++i)
            isKept = isKept || ids == m_lists[i];
        if (!isKept)
            return u"the list has %1 items where the answer had %2 (%3)"_s.arg(ids.size())
                .arg(m_lists[answered].size())
                .arg(store.openWarning());
        const qint64 saved = answered - answered % 5;
        const ChannelPosition position = ChannelPosition::load(paths, kChannel);
        if (position.nextFrame < saved)
            return u"the position is %1 where %2 was saved"_s.arg(position.nextFrame).arg(saved);
        const Result<ChannelSettings> settings = ChannelSettings::load(paths, kChannel);
        if (!settings)
            return u"the settings cannot be read: "_s + settings.error().detail;
        if (settings.value().safeZone.count() < saved)
            return u"the settings are those of edit %1 where %2 was saved"_s
                .arg(settings.value().safeZone.count())
                .arg(saved);
        return {};
    }

    QList<disklog::Operation> m_operations;
    QList<QStringList> m_lists; // after each edit
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestPowerCut)
#include "tst_powercut.moc"
