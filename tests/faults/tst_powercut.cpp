// SPDX-License-Identifier: GPL-3.0-or-later
// A session of edits is recorded call by call; then the power is cut after each call, what was not
// synced is dropped in every way, and the real code opens what is left: each answered edit is
// there. As-run log and alarms: tst_powercutrecords.
//
// What is promised. List, position, settings and key are synced before they are answered. The list
// file is written behind the answer, by exchange: a whole one stands there, and at most one behind
// the last that was written, since that one's name is synced with the next.
#include "core/channel/channelsettings.h"
#include "core/playlist/playliststore.h"
#include "tests/faults/powercuts.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kEdits = 32;
constexpr int kSaves = 5; // of so many edits, one with position, settings and key
const QString kChannel = u"one"_s;
const QString kDestination = u"d1"_s;

// Longer than any real one: half of it has to be seen.
QString keyOf(qint64 edit)
{
    return u"key %1 "_s.arg(edit).repeated(300);
}

QString keyPath(const StationPaths &paths)
{
    return u"%1/keys/%2.key"_s.arg(paths.channelConfig(kChannel), kDestination);
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QStringList idsOf(const PlaylistStore &store)
{
    QStringList ids;
    for (const PlaylistItem &item : store.playlist().items())
        ids.append(item.id);
    return ids;
}

} // namespace

class TestPowerCut : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { recordSession(); }

    void everyAnswer_isKept_data() { addWhatIsKept(); }

    void everyAnswer_isKept()
    {
        QFETCH(disklog::Kept, kept);
        qint64 answered = -1;
        int cut = 0;
        disklog::PowerCuts cuts(m_operations);
        while (cuts.next()) {
            const bool isAnswer = cuts.last().kind == disklog::Kind::Answer;
            if (isAnswer)
                answered = cuts.last().offset;
            if (answered < 0)
                continue; // nothing was promised yet
            if (!isAnswer && !cuts.hasChanged(kept))
                continue;
            QTemporaryDir folder(powerCutTemplate());
            QVERIFY(cuts.write(kept, folder.path()));
            const QString trouble = open(folder.path(), answered);
            QVERIFY2(trouble.isEmpty(),
                     qPrintable(u"cut after call %1 of %2, answer %3: %4"_s.arg(cuts.done())
                                    .arg(m_operations.size())
                                    .arg(answered)
                                    .arg(trouble)));
            ++cut;
        }
        qInfo("%lld calls, %d of them leave another disk",
              static_cast<long long>(m_operations.size()), cut);
    }

private:
    // Edit i is answered; now and then position, key and settings are saved, with its number.
    void recordSession()
    {
        QTemporaryDir folder(powerCutTemplate());
        const StationPaths paths = StationPaths::forState(folder.path());
        QString listPath;
        disklog::begin(folder.path());
        QVERIFY(paths.create());
        {
            QVERIFY(makeFolder(paths.channelData(kChannel), 0700));
            QVERIFY(makeFolder(paths.channelConfig(kChannel), 0700));
            PlaylistStore store(paths.channelData(kChannel));
            QVERIFY(store.open());
            noteListFile(store);
            QRandomGenerator random(7);
            for (int i = 0; i < kEdits; ++i) {
                QVERIFY(doEdit(store, random, i));
                m_lists.append(idsOf(store));
                noteListFile(store); // folding the journal writes it
                if (i % kSaves == 0)
                    QVERIFY(save(paths, i));
                m_filesAtAnswer.append(m_files.size());
                disklog::answer(i);
                if (i % 4 == 0) {
                    store.flushFile();
                    noteListFile(store);
                }
                QCoreApplication::processEvents();
                noteListFile(store);
            }
            listPath = store.filePath();
        }
        noteListFile(listPath);
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

    void noteListFile(const QString &path)
    {
        const QByteArray bytes = contentOf(path);
        if (m_files.isEmpty() || m_files.last() != bytes)
            m_files.append(bytes);
    }
    void noteListFile(const PlaylistStore &store) { noteListFile(store.filePath()); }

    static bool save(const StationPaths &paths, int number)
    {
        ChannelPosition position;
        position.nextFrame = number;
        if (!position.save(paths, kChannel)
            || !saveKey(paths, kChannel, kDestination, keyOf(number)))
            return false;
        ChannelSettings settings;
        settings.name = kChannel;
        settings.safeZone = std::chrono::milliseconds(number);
        DestinationSettings destination;
        destination.id = kDestination;
        destination.type = u"rtmp"_s;
        destination.target = u"rtmp://server/live"_s;
        destination.hasKey = true;
        settings.destinations.push_back(destination);
        return bool(settings.save(paths));
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
        // Before the store, which writes it anew.
        if (const QString trouble = listFileTrouble(paths, answered); !trouble.isEmpty())
            return trouble;
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
        const qint64 saved = answered - answered % kSaves;
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
        return keyTrouble(paths, settings.value(), saved);
    }

    QString listFileTrouble(const StationPaths &paths, qint64 answered) const
    {
        const QString path = paths.channelData(kChannel) + u"/playlist.m3u8"_s;
        // Those of m_files that may stand there: from the one before the last that was written at
        // the answer, up to what was written until the next.
        const qsizetype oldest = m_filesAtAnswer[answered] - 2;
        const qsizetype end = answered + 1 < m_filesAtAnswer.size() ? m_filesAtAnswer[answered + 1]
                                                                    : m_files.size();
        if (!QFileInfo::exists(path))
            return oldest < 0 ? QString() : u"there is no list file"_s;
        const QByteArray bytes = contentOf(path);
        for (qsizetype i = std::max<qsizetype>(oldest, 0); i < end; ++i) {
            if (bytes == m_files[i])
                return {};
        }
        return u"the list file has %1 bytes and is %2 of those that were written"_s
            .arg(bytes.size())
            .arg(m_files.contains(bytes) ? u"another"_s : u"none"_s);
    }

    // The one that was saved, or the whole of the next; nobody else may read either.
    static QString keyTrouble(const StationPaths &paths, const ChannelSettings &settings,
                              qint64 saved)
    {
        struct stat facts { };
        if (::stat(QFile::encodeName(keyPath(paths)).constData(), &facts) < 0)
            return u"there is no key"_s;
        if (const unsigned mode = facts.st_mode & 07777U; mode != 0600U)
            return u"the key has the mode %1"_s.arg(mode, 4, 8, QChar(u'0'));
        if (settings.destinations.size() != 1)
            return u"the settings have %1 destinations"_s.arg(settings.destinations.size());
        const QString key = settings.destinations.front().key;
        if (key != keyOf(saved) && key != keyOf(saved + kSaves))
            return u"the key is none that was saved: %1 characters"_s.arg(key.size());
        return {};
    }

    QList<disklog::Operation> m_operations;
    QList<QStringList> m_lists; // after each edit
    QList<QByteArray> m_files; // what stood in the list file, one after the other
    QList<qsizetype> m_filesAtAnswer; // how many it had been
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestPowerCut)
#include "tst_powercut.moc"
