// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/models/tst_playlistmodel.h"

#include "ui/models/playlistmodel.h"
#include "ui/models/wording.h"

#include <QAbstractItemModelTester>
#include <QDateTime>
#include <QItemSelectionModel>
#include <QJsonObject>
#include <QMimeData>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <random>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

// "a b c" is three rows of these ids.
std::vector<PlaylistEntry> entriesOf(const QString &ids)
{
    std::vector<PlaylistEntry> entries;
    const QStringList list = ids.split(u' ', Qt::SkipEmptyParts);
    for (const QString &id : list) {
        PlaylistEntry entry;
        entry.id = id;
        entry.title = u"Title of "_s + id;
        entries.push_back(entry);
    }
    return entries;
}

QString idsOf(const PlaylistModel &model)
{
    QStringList ids;
    for (int row = 0; row < model.rowCount(); ++row)
        ids << model.index(row, 0).data(PlaylistModel::IdRole).toString();
    return ids.join(u' ');
}

} // namespace

void PlaylistModelTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void PlaylistModelTest::snapshot_givesItsOrder_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::newRow("first") << u""_s << u"a b c"_s;
    QTest::newRow("all gone") << u"a b c"_s << u""_s;
    QTest::newRow("append") << u"a b"_s << u"a b c d"_s;
    QTest::newRow("insert in front") << u"c d"_s << u"a b c d"_s;
    QTest::newRow("insert between") << u"a d"_s << u"a b c d"_s;
    QTest::newRow("remove ends") << u"a b c d"_s << u"b c"_s;
    QTest::newRow("remove two runs") << u"a b c d e f"_s << u"a d f"_s;
    QTest::newRow("first to last") << u"a b c d"_s << u"b c d a"_s;
    QTest::newRow("last to first") << u"a b c d"_s << u"d a b c"_s;
    QTest::newRow("block down") << u"a b c d e"_s << u"c d e a b"_s;
    QTest::newRow("block up") << u"a b c d e"_s << u"a d e b c"_s;
    QTest::newRow("reversed") << u"a b c d e"_s << u"e d c b a"_s;
    QTest::newRow("all at once") << u"a b c d e f"_s << u"x f b y z a e"_s;
}

void PlaylistModelTest::snapshot_givesItsOrder()
{
    QFETCH(QString, before);
    QFETCH(QString, after);
    PlaylistModel model;
    const QAbstractItemModelTester tester(&model);
    model.setEntries(entriesOf(before));
    const QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    model.setEntries(entriesOf(after));
    QCOMPARE(idsOf(model), after);
    QCOMPARE(resets.count(), 0);
}

void PlaylistModelTest::snapshot_isOneMove_whenOneRowMoved()
{
    PlaylistModel model;
    model.setEntries(entriesOf(u"a b c d e f"_s));
    const QSignalSpy moves(&model, &QAbstractItemModel::rowsMoved);
    model.setEntries(entriesOf(u"b c d e a f"_s));
    QCOMPARE(moves.count(), 1);
    QCOMPARE(moves.at(0).at(1).toInt(), 0);
    QCOMPARE(moves.at(0).at(4).toInt(), 5);
}

void PlaylistModelTest::snapshot_isOneInsert_whenABlockCame()
{
    PlaylistModel model;
    model.setEntries(entriesOf(u"a b"_s));
    const QSignalSpy inserts(&model, &QAbstractItemModel::rowsInserted);
    model.setEntries(entriesOf(u"a x y z b"_s));
    QCOMPARE(inserts.count(), 1);
    QCOMPARE(inserts.at(0).at(1).toInt(), 1);
    QCOMPARE(inserts.at(0).at(2).toInt(), 3);
}

void PlaylistModelTest::snapshot_changesNothing_whenEqual()
{
    PlaylistModel model;
    model.setEntries(entriesOf(u"a b c"_s));
    const QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
    model.setEntries(entriesOf(u"a b c"_s));
    QCOMPARE(changes.count(), 0);
    auto entries = entriesOf(u"a b c"_s);
    entries[1].state = EntryState::OnAir;
    model.setEntries(entries);
    QCOMPARE(changes.count(), 1);
    QCOMPARE(changes.at(0).at(0).toModelIndex().row(), 1);
    QCOMPARE(changes.at(0).at(1).toModelIndex().row(), 1);
}

void PlaylistModelTest::snapshot_keepsSelection_whenRowsMove()
{
    PlaylistModel model;
    model.setEntries(entriesOf(u"a b c d e"_s));
    QItemSelectionModel selection(&model);
    for (const int row : {1, 2})
        selection.select(model.index(row, 0),
                         QItemSelectionModel::Select | QItemSelectionModel::Rows);
    model.setEntries(entriesOf(u"x a d b e c"_s));
    QStringList ids;
    const QModelIndexList rows = selection.selectedRows();
    for (const QModelIndex &row : rows)
        ids << row.data(PlaylistModel::IdRole).toString();
    ids.sort();
    QCOMPARE(ids, QStringList({u"b"_s, u"c"_s}));
}

void PlaylistModelTest::snapshots_areFollowed_whenRandom()
{
    std::mt19937 random(20260131);
    PlaylistModel model;
    const QAbstractItemModelTester tester(&model);
    QStringList ids;
    int last = 0;
    for (int round = 0; round < 200; ++round) {
        for (int edit = 0; edit < 3; ++edit) {
            const auto kind = random() % 3;
            if (kind == 0 || ids.isEmpty()) {
                ids.insert(qsizetype(random() % std::size_t(ids.size() + 1)),
                           QString::number(++last));
            } else if (kind == 1) {
                ids.removeAt(qsizetype(random() % std::size_t(ids.size())));
            } else {
                ids.move(qsizetype(random() % std::size_t(ids.size())),
                         qsizetype(random() % std::size_t(ids.size())));
            }
        }
        if (round % 20 == 0)
            std::shuffle(ids.begin(), ids.end(), random);
        model.setEntries(entriesOf(ids.join(u' ')));
        QCOMPARE(idsOf(model), ids.join(u' '));
    }
}

void PlaylistModelTest::snapshot_resets_whenIdsAreTwice()
{
    PlaylistModel model;
    model.setEntries(entriesOf(u"a b"_s));
    model.setEntries(entriesOf(u"a a b"_s));
    QCOMPARE(idsOf(model), u"a a b"_s);
}

void PlaylistModelTest::row_showsStateFactsAndTimes()
{
    const QJsonObject item{{u"id"_s, u"7"_s},           {u"path"_s, u"/clips/Evening news.mp4"_s},
                           {u"state"_s, u"on-air"_s},   {u"durationMs"_s, 1770000},
                           {u"width"_s, 1920},          {u"height"_s, 1080},
                           {u"fps"_s, u"30000/1001"_s}, {u"videoCodec"_s, u"h264"_s},
                           {u"audioCodec"_s, u"aac"_s}, {u"startsAtMs"_s, qint64(1769893261000)}};
    PlaylistModel model;
    model.setEntries({PlaylistEntry::fromJson(item)});
    const auto text
        = [&model](int column) { return model.index(0, column).data(Qt::DisplayRole).toString(); };
    QCOMPARE(text(PlaylistModel::StateColumn), u"On air"_s);
    QCOMPARE(text(PlaylistModel::TitleColumn), u"Evening news"_s);
    QCOMPARE(text(PlaylistModel::LengthColumn), u"00:29:30"_s);
    QCOMPARE(text(PlaylistModel::StartsColumn),
             Wording::dayAndTime(1769893261000)); // of another day: that stands in front
    QVERIFY(text(PlaylistModel::StartsColumn)
                .contains(QDateTime::fromMSecsSinceEpoch(1769893261000).toString(u" HH:mm"_s)));
    QCOMPARE(model.index(0, PlaylistModel::TitleColumn).data(PlaylistModel::FactsRole).toString(),
             u"1920x1080 29.97 · H.264 · AAC"_s);
    QCOMPARE(model.totalDurationMs(), 1770000);
    QCOMPARE(model.endsAtMs(), 1769893261000 + 1770000);
}

void PlaylistModelTest::row_showsEnglishOnlyAsToolTip()
{
    const QJsonObject item{{u"id"_s, u"7"_s},
                           {u"path"_s, u"/clips/a.mp4"_s},
                           {u"state"_s, u"failed"_s},
                           {u"reason"_s, u"moov atom not found"_s},
                           {u"reasonCode"_s, u"corrupt"_s}};
    PlaylistModel model;
    model.setEntries(playlistFromJson({item}));
    const QModelIndex title = model.index(0, PlaylistModel::TitleColumn);
    QCOMPARE(title.data(PlaylistModel::FactsRole).toString(),
             u"The file is damaged · will be passed over"_s);
    QCOMPARE(title.data(Qt::ToolTipRole).toString(),
             u"a\nThe file is damaged · will be passed over\n/clips/a.mp4\nmoov atom not found"_s);
}

void PlaylistModelTest::row_saysCued_whenNextIsCued()
{
    PlaylistModel model;
    auto entries = entriesOf(u"a b"_s);
    entries[1].state = EntryState::Next;
    model.setEntries(entries);
    QCOMPARE(model.index(1, 0).data().toString(), u"Next"_s);
    const QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
    model.setNextCued(true);
    QCOMPARE(changes.count(), 1);
    QCOMPARE(model.index(1, 0).data().toString(), u"Next · cued"_s);
}

void PlaylistModelTest::row_saysSlate_whenThatStandsIn()
{
    PlaylistModel model;
    auto entries = entriesOf(u"a b"_s);
    entries[0].state = EntryState::OnAir;
    model.setEntries(entries);
    const QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
    model.setSlateInPlaceOf(u"a"_s, false);
    QCOMPARE(changes.count(), 1);
    QCOMPARE(model.index(0, 0).data().toString(), u"Slate"_s);
    QCOMPARE(model.index(0, PlaylistModel::TitleColumn).data(PlaylistModel::FactsRole).toString(),
             u"It gives no pictures. The slate is shown in its place."_s);
    model.setSlateInPlaceOf(u"a"_s, true);
    QCOMPARE(model.index(0, 0).data().toString(), u"Emergency"_s);
    QCOMPARE(model.index(0, PlaylistModel::TitleColumn).data(PlaylistModel::FactsRole).toString(),
             u"It gives no pictures. The emergency clip is in its place."_s);
    model.setSlateInPlaceOf({}, false);
    QCOMPARE(model.index(0, 0).data().toString(), u"On air"_s);
}

void PlaylistModelTest::row_saysWhatWasFound_data()
{
    QTest::addColumn<QString>("state");
    QTest::addColumn<QJsonObject>("proof");
    QTest::addColumn<QString>("shown");
    QTest::addColumn<QString>("note"); // a line of the tool tip
    QTest::addColumn<bool>("isWarning");
    const QJsonObject early{
        {u"verdict"_s, u"warning"_s}, {u"code"_s, u"ends-early"_s}, {u"atUs"_s, 84'000'000}};
    QTest::newRow("ready") << u"queued"_s << QJsonObject{{u"verdict"_s, u"ready"_s}} << u"Follow"_s
                           << QString() << false;
    QTest::newRow("under way") << u"queued"_s << QJsonObject{{u"verdict"_s, u"pending"_s}}
                               << u"Checking"_s << u"It is being looked through."_s << false;
    QTest::newRow("flaws") << u"queued"_s << early << u"Has flaws"_s
                           << u"It ends early, at 01:24. What follows begins then."_s << true;
    QTest::newRow("flaws, next") << u"next"_s << early << u"Next"_s
                                 << u"It ends early, at 01:24. What follows begins then."_s
                                 << false;
    QTest::newRow("silent") << u"queued"_s
                            << QJsonObject{{u"verdict"_s, u"warning"_s},
                                           {u"code"_s, u"silent"_s},
                                           {u"atUs"_s, 5'000'000},
                                           {u"lengthUs"_s, 65'000'000}}
                            << u"Has flaws"_s
                            << u"It is silent for 01:05, first at 00:05. It plays as it is."_s
                            << true;
    QTest::newRow("black") << u"queued"_s
                           << QJsonObject{{u"verdict"_s, u"warning"_s},
                                          {u"code"_s, u"black"_s},
                                          {u"atUs"_s, 72'000'000},
                                          {u"lengthUs"_s, 8'000'000}}
                           << u"Has flaws"_s
                           << u"It is black for 00:08, first at 01:12. It plays as it is."_s
                           << true;
    for (const auto &[code, note] :
         {std::pair{u"too-heavy"_s, u"It is too heavy for this machine. Frames will be held."_s},
          std::pair{u"fields-unmarked"_s,
                    u"It is interlaced and does not say so. Moving edges will look like combs."_s},
          std::pair{u"fields-swapped"_s,
                    u"Its fields are the other way round than it says. What moves will judder."_s}})
        QTest::newRow(qPrintable(code))
            << u"queued"_s << QJsonObject{{u"verdict"_s, u"warning"_s}, {u"code"_s, code}}
            << u"Has flaws"_s << note << true;
    QTest::newRow("dead share") << u"queued"_s
                                << QJsonObject{{u"verdict"_s, u"pending"_s},
                                               {u"code"_s, u"timeout"_s}}
                                << u"Checking"_s
                                << u"Its disk or share does not answer. It is looked at again, "
                                   "and plays if it can."_s
                                << false;
    QTest::newRow("crashes") << u"failed"_s
                             << QJsonObject{{u"verdict"_s, u"will-not-play"_s},
                                            {u"code"_s, u"crashes"_s}}
                             << u"Will not play"_s
                             << u"What reads it breaks down. It will be passed over."_s << false;
    QTest::newRow("older engine") << u"queued"_s << QJsonObject() << u"Follow"_s << QString()
                                  << false;
}

void PlaylistModelTest::row_saysWhatWasFound()
{
    QFETCH(QString, state);
    QFETCH(QJsonObject, proof);
    QFETCH(QString, note);
    PlaylistModel model;
    model.setEntries({PlaylistEntry::fromJson(
        {{u"id"_s, u"a"_s}, {u"title"_s, u"A"_s}, {u"state"_s, state}, {u"proof"_s, proof}})});
    const QModelIndex index = model.index(0, 0);
    QTEST(index.data().toString(), "shown");
    QTEST(index.data(PlaylistModel::IsWarningRole).toBool(), "isWarning");
    const QStringList lines = index.data(Qt::ToolTipRole).toString().split(u'\n');
    QVERIFY2(note.isEmpty() ? lines.size() <= 2 : lines.contains(note),
             qPrintable(lines.join(u'|')));
}

void PlaylistModelTest::mimeData_isInOrderOfTheList()
{
    PlaylistModel model;
    model.setEntries(entriesOf(u"a b c"_s));
    const std::unique_ptr<QMimeData> data(
        model.mimeData({model.index(2, 0), model.index(2, 1), model.index(0, 1)}));
    QCOMPARE(data->data(QString(PlaylistModel::kRowsMimeType)), "a\nc\n");
}
