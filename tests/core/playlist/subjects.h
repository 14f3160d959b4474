// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playlist/playlist.h"

#include <QObject>
#include <QRandomGenerator>
#include <QRegularExpression>
#include <QTest>

#include <memory>

namespace continuo {

/// "/clips/NAME.mp4" with NAME as its id and title.
inline PlaylistItem namedItem(const QString &name)
{
    PlaylistItem item;
    item.id = name;
    item.path = QStringLiteral("/clips/%1.mp4").arg(name);
    item.title = name;
    return item;
}

/// namedItem() for each letter: namedItems("ABC").
inline QList<PlaylistItem> namedItems(const QString &names)
{
    QList<PlaylistItem> items;
    for (const QChar name : names)
        items.append(namedItem(name));
    return items;
}

inline QString names(const QList<PlaylistItem> &items)
{
    QString text;
    for (const PlaylistItem &item : items)
        text += item.id;
    return text;
}

inline Playlist namedPlaylist(const QString &names)
{
    Playlist list;
    const Result<EditOutcome> outcome = list.apply(InsertEdit{0, namedItems(names)});
    Q_ASSERT(outcome);
    return list;
}

class PlaylistSubject : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".?"))); }
};

class TestPlaylist final : public PlaylistSubject {
    Q_OBJECT
private Q_SLOTS:
    void edit_changesTheOrder_data();
    void edit_changesTheOrder();
    void edit_isRefused_whenWrong_data();
    void edit_isRefused_whenWrong();
    void insert_fillsInIdAndTitle();
    void undo_restoresEveryStep();
    void randomEdits_agreeWithANaiveModel();
    void change_survivesJson();
};

class TestPlaylistCursor final : public PlaylistSubject {
    Q_OBJECT
private Q_SLOTS:
    void following_afterEdits_data();
    void following_afterEdits();
    void next_isUsedOnceAndForgottenWhenRemoved();
    void finish_keepsThePlaceForLaterItems();
    void following_listsManyAhead();
    void randomEdits_agreeWithAListWithHoles();
};

class TestItemPoints final : public PlaylistSubject {
    Q_OBJECT
private Q_SLOTS:
    void points_areFramesOfTheClip_data();
    void points_areFramesOfTheClip();
    void setPoints_refusesWithASentence_data();
    void setPoints_refusesWithASentence();
    void setPoints_takesAPointAway();
    void whatShowsNothing_isNamed();
    void edits_areUndoneAndReopened();
};

class TestM3u final : public PlaylistSubject {
    Q_OBJECT
private Q_SLOTS:
    void parse_readsWhatIsThere();
    void parse_takesAnyLineEnd_data();
    void parse_takesAnyLineEnd();
    void parse_refusesWithLineAndReason_data();
    void parse_refusesWithLineAndReason();
    void parse_refusesTooManyItems();
    void parse_dropsTheSecondOfAnIdTwice();
    void write_comesBackTheSame();
    void mutatedBytes_neverCrash();
};

class TestPlaylistMerge final : public PlaylistSubject {
    Q_OBJECT
private Q_SLOTS:
    void merge_givesTheOrder_data();
    void merge_givesTheOrder();
    void merge_findsItemsWithoutId();
    void merge_takesAnotherPathAsANewItem();
    void merge_takesValuesOfTheSideThatChangedThem();
    void randomMerges_keepWhatBothKept();
};

class TestPlaylistJournal final : public PlaylistSubject {
    Q_OBJECT
private Q_SLOTS:
    void open_givesBackEveryAnsweredEdit();
    void open_recoversFromEveryPrefix();
    void open_setsDamageAside();
    void open_refusesADamagedSnapshot_whenThereIsNoListFile();
    void open_recovers_whenCutBetweenSnapshotAndJournal();
    void open_replaysUndos_ofEditsThatWereFolded();
    void open_keepsTheVersionAskedFor();
    void append_leavesTheFileAsItWas_whenTheDiskIsFull();
};

class TestPlaylistFileWatcher final : public PlaylistSubject {
    Q_OBJECT
private Q_SLOTS:
    void change_isNoticedOnceAndSoon_data();
    void change_isNoticedOnceAndSoon();
    void halfWritten_isWaitedFor();
    void ownContent_isNotAChange();
    void missing_isSaidOnce();
    void folder_mayGoAndComeBack();
};

class TestItemSound final : public PlaylistSubject {
    Q_OBJECT
private Q_SLOTS:
    void text_isANumberOrLanguages_data();
    void text_isANumberOrLanguages();
    void item_comesBeforeTheChannel();
};

class TestPlaylistStore final : public PlaylistSubject {
    Q_OBJECT
private Q_SLOTS:
    void edits_areInTheFileAndAfterReopening();
    void firstEdits_areKept_whenTheirFileWasNotWritten();
    void edits_areKept_whenTheirFileIsFarBehind_data();
    void edits_areKept_whenTheirFileIsFarBehind();
    void fileEdit_becomesAnEdit();
    void fileEdit_isMergedWithWhatItsAuthorHadNotSeen();
    void fileEdit_isMerged_howeverManyEditsWereNotWritten();
    void fileEdit_isTakenUp_whenMadeWhileClosed();
    void invalidFile_changesNothingAndIsNamed();
    void displacedPlainFile_undoesNoEdit();
    void whatIsNoFile_isRefusedAndMovedByTheNextEdit_data();
    void whatIsNoFile_isRefusedAndMovedByTheNextEdit();
    void whatIsNoFile_isLeftAlone_whenFoundByOpen();
    void damagedSnapshot_isReplacedByTheFileAndTheEditsSince_data();
    void damagedSnapshot_isReplacedByTheFileAndTheEditsSince();
    void tooOldFile_changesNothingAndIsNamed();
    void tooOldFile_isReplacedAndKeptAside_whenFoundByOpen();
    void deletedFile_isWrittenAgain();
    void expectedVersion_isChecked();
    void racingEdits_loseNothing();
};

} // namespace continuo
