// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/models/tst_stationpresenter.h"

#include "tests/ui/stationfixture.h"

#include <QElapsedTimer>
#include <QHash>
#include <QJsonArray>
#include <QLocalServer>
#include <QLocalSocket>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

QJsonObject troubleOf(const QString &state, qint64 lastMs)
{
    return {{u"code"_s, u"destination-trouble"_s},
            {u"level"_s, u"warning"_s},
            {u"text"_s, u"rtmp://a.example/live: connect: nobody listens there"_s},
            {u"firstMs"_s, lastMs},
            {u"lastMs"_s, lastMs},
            {u"count"_s, 1},
            {u"channel"_s, u"Riverside TV"_s},
            {u"subject"_s, u"d1"_s},
            {u"state"_s, state}};
}

QJsonObject statusWithDestination(const QString &state)
{
    QJsonObject status = StationFixture::statusOf(u"Riverside TV"_s, u"on-air"_s);
    status.insert(u"destinations"_s,
                  QJsonArray{QJsonObject{{u"id"_s, u"d1"_s},
                                         {u"type"_s, u"rtmp"_s},
                                         {u"target"_s, u"rtmp://a.example/live"_s},
                                         {u"state"_s, state}}});
    return status;
}

int countOf(const ScriptedEngine &engine, const QString &method)
{
    return int(std::count_if(engine.asked.cbegin(), engine.asked.cend(),
                             [&method](const auto &call) { return call.first == method; }));
}

// Answers the methods of \p answers, and all others with nothing; what was asked is noted.
void answerWith(ScriptedEngine &engine, const QHash<QString, Result<QJsonObject>> &answers)
{
    engine.server->setHandler([&engine, answers](const QString &method, const QJsonObject &params,
                                                 const RpcReply &reply) {
        engine.asked.append({method, params});
        const auto found = answers.constFind(method);
        if (found == answers.constEnd())
            reply.result({});
        else if (*found)
            reply.result(found->value());
        else
            reply.error(found->error());
    });
}

} // namespace

void StationPresenterTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void StationPresenterTest::channels_comeAfterConnecting()
{
    StationFixture fixture;
    fixture.engine.items = {QJsonObject{{u"id"_s, u"1"_s}, {u"path"_s, u"/a.mp4"_s}}};

    fixture.connectBoth();
    QCOMPARE(fixture.station.selectedName(), u"Riverside TV"_s);
    QTRY_COMPARE(fixture.station.playlist().rowCount(), 1);
}

void StationPresenterTest::station_isKnownEmpty_whenItHasNoChannels()
{
    StationFixture fixture;
    fixture.engine.channels = {};
    fixture.connectBoth();
    QVERIFY(fixture.station.channels().isEmpty());
    QVERIFY(!fixture.station.selected());
}

void StationPresenterTest::event_changesWhatIsShown()
{
    StationFixture fixture;
    fixture.connectBoth();
    const QSignalSpy changes(&fixture.station, &StationPresenter::channelChanged);
    QTRY_VERIFY(fixture.station.selected());
    fixture.engine.server->notify(u"event.status"_s,
                                  StationFixture::statusOf(u"Riverside TV"_s, u"slate"_s),
                                  u"Riverside TV"_s);
    QTRY_COMPARE(fixture.station.selected()->phase, ChannelPhase::Slate);
    fixture.engine.server->notify(
        u"event.playlist"_s,
        {{u"channel"_s, u"Riverside TV"_s},
         {u"items"_s, QJsonArray{QJsonObject{{u"id"_s, u"5"_s}, {u"title"_s, u"New"_s}}}}},
        u"Riverside TV"_s);
    QTRY_COMPARE(fixture.station.playlist().rowOf(u"5"_s), 0);
    fixture.engine.server->notify(u"event.status"_s,
                                  StationFixture::statusOf(u"Riverside TV"_s, u"removed"_s),
                                  u"Riverside TV"_s);
    QTRY_VERIFY(!fixture.station.selected());
    QVERIFY(fixture.station.channels().isEmpty());
}

void StationPresenterTest::wantedChannel_isSelected_whenItComes()
{
    StationFixture fixture;
    fixture.station.select(u"Event B"_s);
    fixture.connectBoth();
    QCOMPARE(fixture.station.selectedName(), u"Riverside TV"_s);
    fixture.engine.server->notify(u"event.status"_s,
                                  StationFixture::statusOf(u"Event B"_s, u"off"_s), u"Event B"_s);
    QTRY_COMPARE(fixture.station.selectedName(), u"Event B"_s);
}

void StationPresenterTest::firstChannel_isSelected_whenTheStationWasEmpty()
{
    StationFixture fixture;
    fixture.engine.channels = {};
    fixture.connectBoth();
    for (const QString &name : {u"Zenith"_s, u"Alpha"_s})
        fixture.engine.server->notify(u"event.status"_s, StationFixture::statusOf(name, u"off"_s),
                                      name);
    QTRY_COMPARE(fixture.station.channels().size(), 2);
    QCOMPARE(fixture.station.selectedName(), u"Zenith"_s);
}

void StationPresenterTest::refusedChannel_isNotWantedAnyMore()
{
    StationFixture fixture;
    fixture.connectBoth();
    fixture.engine.refusal = Error{ErrorCode::NoSpace, u"English"_s, 0};
    const QSignalSpy refused(&fixture.station, &StationPresenter::createRefused);
    fixture.station.createChannel({u"Event B"_s, 1280, 720, u"25"_s});
    QTRY_COMPARE(refused.count(), 1);
    fixture.engine.server->notify(u"event.status"_s,
                                  StationFixture::statusOf(u"Event B"_s, u"off"_s), u"Event B"_s);
    QTRY_VERIFY(fixture.station.channels().contains(u"Event B"_s));
    QCOMPARE(fixture.station.selectedName(), u"Riverside TV"_s);
}

void StationPresenterTest::files_goInPartsAndInOrder()
{
    StationFixture fixture;
    fixture.connectBoth();
    QStringList paths;
    for (int i = 0; i < 450; ++i)
        paths << u"/clips/%1.mp4"_s.arg(i);
    fixture.engine.asked.clear();
    fixture.station.addFiles(u"Riverside TV"_s, paths, 3);
    QStringList received;
    const auto collect = [&] {
        received.clear();
        for (const auto &[method, params] : std::as_const(fixture.engine.asked)) {
            if (method != "playlist.add"_L1)
                continue;
            if (params.value("at"_L1).toInteger() != 3 + received.size())
                return false;
            const QJsonArray files = params.value("files"_L1).toArray();
            for (const QJsonValue &file : files)
                received << file.toString();
        }
        return received == paths;
    };
    QTRY_VERIFY(collect());
}

void StationPresenterTest::steps_followOneAnother_whenKeysAreFast()
{
    StationFixture fixture;
    for (const QString &id : {u"a"_s, u"b"_s, u"c"_s, u"d"_s})
        fixture.engine.items.append(StationFixture::itemOf(id));
    fixture.connectBoth();
    const auto movesSoFar = [&] {
        QList<int> rows;
        for (const auto &[method, params] : std::as_const(fixture.engine.asked)) {
            if (method == "playlist.move"_L1)
                rows << params.value("to"_L1).toInt();
        }
        return rows;
    };
    const auto show = [&](const QStringList &ids, int version) {
        QJsonArray items;
        for (const QString &id : ids)
            items.append(StationFixture::itemOf(id));
        fixture.engine.server->notify(
            u"event.playlist"_s,
            {{u"channel"_s, u"Riverside TV"_s}, {u"version"_s, version}, {u"items"_s, items}},
            u"Riverside TV"_s);
    };
    fixture.engine.editVersion = 2;
    fixture.station.stepItems({u"b"_s}, 1);
    fixture.station.stepItems({u"b"_s}, 1);
    fixture.station.stepItems({u"b"_s}, 1); // it is the last by then
    fixture.station.stepItems({u"b"_s}, -1);
    QTRY_COMPARE(movesSoFar(), QList<int>({3}));
    fixture.engine.editVersion = 3;
    show({u"a"_s, u"c"_s, u"b"_s, u"d"_s}, 2);
    QTRY_COMPARE(movesSoFar(), QList<int>({3, 4}));
    fixture.engine.editVersion = 4;
    show({u"a"_s, u"c"_s, u"d"_s, u"b"_s}, 3);
    QTRY_COMPARE(movesSoFar(), QList<int>({3, 4, 2}));
}

void StationPresenterTest::refusal_becomesAMessage()
{
    StationFixture fixture;
    fixture.connectBoth();
    fixture.engine.refusal = Error{ErrorCode::Busy, u"channel is off"_s, 0};
    const int before = fixture.station.messages().rowCount();
    fixture.station.skip();
    QTRY_COMPARE(fixture.station.messages().rowCount(), before + 1);
    QCOMPARE(fixture.station.messages().entryAt(0)->words.headline,
             u"Not possible at the moment."_s);
    QCOMPARE(fixture.station.messages().entryAt(0)->level, MessageLevel::Warning);
}

void StationPresenterTest::line_isTakenUpAgain_whenTheEngineComesBack()
{
    StationFixture fixture;
    fixture.connectBoth();
    QTRY_VERIFY(fixture.station.selected());
    fixture.engine.server.reset();
    QTRY_COMPARE(fixture.link.state(), StationLink::State::Reconnecting);
    QCOMPARE(fixture.station.selected()->phase, ChannelPhase::Unknown);
    fixture.engine.begin();
    QTRY_COMPARE(fixture.link.state(), StationLink::State::Connected);
    QTRY_COMPARE(fixture.station.selected()->phase, ChannelPhase::OnAir);
    QCOMPARE(fixture.station.selectedName(), u"Riverside TV"_s);
}

void StationPresenterTest::problem_isSaid_whenSomethingElseAnswers()
{
    const QTemporaryDir folder;
    StationLink link(folder.path());
    const Result<void> created = link.paths().create();
    QVERIFY(created);
    QLocalServer stranger;
    QVERIFY(stranger.listen(link.paths().controlSocket()));
    connect(&stranger, &QLocalServer::newConnection, &stranger, [&stranger] {
        QLocalSocket *socket = stranger.nextPendingConnection();
        socket->write("220 mail.example ready\r\n");
    });
    link.open();
    // No second station is started beside whatever that is.
    QTRY_COMPARE(link.state(), StationLink::State::CannotStart);
    QVERIFY(!link.problem().isEmpty());
}

void StationPresenterTest::refusedChannel_isSaidBesideTheName()
{
    StationFixture fixture;
    fixture.connectBoth();
    fixture.engine.refusal = Error{ErrorCode::AlreadyExists, u"English"_s, 0};
    const QSignalSpy refused(&fixture.station, &StationPresenter::createRefused);
    const int before = fixture.station.messages().rowCount();
    fixture.station.createChannel({u"Riverside TV"_s, 1280, 720, u"25"_s});
    QTRY_COMPARE(refused.count(), 1);
    QCOMPARE(refused.at(0).at(0).toString(), u"There is a channel of that name already."_s);
    QCOMPARE(fixture.station.messages().rowCount(), before + 1);
    QCOMPARE(fixture.engine.lastOf(u"destination.add"_s), QJsonObject());
}

void StationPresenterTest::take_isAskedOnce_whenPressedTwice()
{
    StationFixture fixture;
    fixture.engine.items.append(StationFixture::itemOf(u"a"_s));
    fixture.connectBoth();
    const QSignalSpy taken(&fixture.station, &StationPresenter::taken);
    fixture.station.take(u"a"_s);
    fixture.station.take(u"a"_s);
    QTRY_COMPARE(taken.count(), 1);
    QCOMPARE(countOf(fixture.engine, u"channel.take"_s), 1);
    fixture.station.take(u"a"_s); // once answered it is a new one
    QTRY_COMPARE(taken.count(), 2);
    QCOMPARE(countOf(fixture.engine, u"channel.take"_s), 2);
}

void StationPresenterTest::take_isNotTold_whenAnotherWasAskedSince()
{
    StationFixture fixture;
    for (const QString &id : {u"a"_s, u"b"_s})
        fixture.engine.items.append(StationFixture::itemOf(id));
    fixture.connectBoth();
    const QSignalSpy taken(&fixture.station, &StationPresenter::taken);
    fixture.station.take(u"a"_s);
    fixture.station.take(u"b"_s);
    fixture.station.take(u"a"_s); // the last wish counts
    fixture.station.skip();
    fixture.station.undo(); // answered after all of them
    QTRY_COMPARE(countOf(fixture.engine, u"playlist.undo"_s), 1);
    QCOMPARE(countOf(fixture.engine, u"channel.take"_s), 3);
    fixture.station.take(u"b"_s);
    QTRY_COMPARE(taken.count(), 1); // that of the last line alone
}

void StationPresenterTest::take_saysItCannotPlay_whenTheRowIsThere()
{
    StationFixture fixture;
    fixture.engine.items.append(StationFixture::itemOf(u"a"_s));
    fixture.connectBoth();
    fixture.engine.refusal = Error{ErrorCode::NotFound, u"open /clips/a.mp4"_s, 0};
    const QSignalSpy taken(&fixture.station, &StationPresenter::taken);
    const auto newest = [&] {
        const MessageEntry *entry = fixture.station.messages().entryAt(0);
        return entry ? entry->words.headline : QString();
    };
    fixture.station.take(u"a"_s);
    QTRY_COMPARE(newest(), u"It cannot play; nothing was taken."_s);
    fixture.station.take(u"gone"_s);
    QTRY_COMPARE(newest(), u"That row is no longer in the list."_s);
    QCOMPARE(taken.count(), 0);
}

void StationPresenterTest::trouble_isSaid_whenADestinationHasIt()
{
    StationFixture fixture;
    fixture.engine.channels = {statusWithDestination(u"retrying"_s)};
    fixture.connectBoth();
    const QString channel = u"Riverside TV"_s;
    const MessageModel &messages = fixture.station.messages();
    const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
    RpcServer &server = *fixture.engine.server;
    server.notify(u"event.alarm"_s, troubleOf(u"active"_s, nowMs), channel);
    QTRY_COMPARE(messages.rowCount(), 1);
    QCOMPARE(messages.entryAt(0)->words.headline, u"RTMP a.example: refused the connection."_s);
    QCOMPARE(messages.entryAt(0)->words.detail, u"Trying again by itself."_s);
    QCOMPARE(messages.entryAt(0)->level, MessageLevel::Warning);
    server.notify(u"event.alarm"_s, troubleOf(u"over"_s, nowMs), channel);
    server.notify(u"event.status"_s, statusWithDestination(u"running"_s), channel);
    QTRY_COMPARE(messages.rowCount(), 2);
    QCOMPARE(messages.entryAt(0)->words.headline, u"RTMP a.example runs again."_s);
    QCOMPARE(messages.entryAt(0)->level, MessageLevel::Info);
    // Over because its channel ended: nothing runs. And what comes as a message is said by that.
    server.notify(u"event.alarm"_s, troubleOf(u"active"_s, nowMs + 1), channel);
    server.notify(u"event.alarm"_s, troubleOf(u"over"_s, nowMs + 1), channel);
    server.notify(u"event.status"_s, StationFixture::statusOf(channel, u"off"_s), channel);
    server.notify(u"event.alarm"_s, {{u"code"_s, u"overload"_s}, {u"channel"_s, channel}}, channel);
    server.notify(u"event.status"_s, StationFixture::statusOf(channel, u"slate"_s), channel);
    QTRY_COMPARE(fixture.station.selected()->phase, ChannelPhase::Slate);
    QCOMPARE(messages.rowCount(), 2);
    QCOMPARE(messages.entryAt(0)->repeats + messages.entryAt(1)->repeats, 3); // trouble was counted
}

void StationPresenterTest::alarms_areThere_whenTheyCameAtNight()
{
    StationFixture fixture;
    const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
    const qint64 hourMs = 3'600'000;
    QJsonObject over = troubleOf(u"over"_s, nowMs - 5 * hourMs);
    over.insert(u"overMs"_s, nowMs - 4 * hourMs);
    const QJsonObject replaced{
        {u"code"_s, u"encoder-replaced"_s}, {u"level"_s, u"warning"_s},
        {u"text"_s, u"English"_s},          {u"firstMs"_s, nowMs - 3 * hourMs},
        {u"lastMs"_s, nowMs - 2 * hourMs},  {u"count"_s, 4},
        {u"channel"_s, u"Riverside TV"_s}};
    QJsonObject tooOld = replaced;
    tooOld.insert(u"lastMs"_s, nowMs - 25 * hourMs);
    tooOld.insert(u"code"_s, u"player-replaced"_s);
    const QHash<QString, Result<QJsonObject>> answers{
        {u"channel.list"_s,
         QJsonObject{{u"channels"_s, QJsonArray{statusWithDestination(u"running"_s)}}}},
        {u"alarms.list"_s, QJsonObject{{u"alarms"_s, QJsonArray{replaced, over, tooOld}}}}};
    fixture.engine.begin();
    answerWith(fixture.engine, answers);
    fixture.link.open();
    const MessageModel &messages = fixture.station.messages();
    QTRY_COMPARE(messages.rowCount(), 2);
    QCOMPARE(messages.entryAt(0)->words.headline, u"The encoder stopped and is replaced."_s);
    QCOMPARE(messages.entryAt(0)->time.toMSecsSinceEpoch(), nowMs - 2 * hourMs);
    QCOMPARE(messages.entryAt(0)->repeats, 4);
    QCOMPARE(messages.entryAt(1)->words.headline, u"RTMP a.example: refused the connection."_s);
    QCOMPARE(messages.entryAt(1)->words.detail,
             u"Over since %1."_s.arg(Wording::dayAndTime(nowMs - 4 * hourMs)));
    // The same alarms are not shown again when the line comes back.
    fixture.engine.server.reset();
    QTRY_COMPARE(fixture.link.state(), StationLink::State::Reconnecting);
    fixture.engine.begin();
    answerWith(fixture.engine, answers);
    QTRY_COMPARE(countOf(fixture.engine, u"alarms.list"_s), 2);
    fixture.station.undo();
    QTRY_COMPARE(countOf(fixture.engine, u"playlist.undo"_s), 1);
    QCOMPARE(messages.rowCount(), 4); // the line ended, and is there again
}

void StationPresenterTest::message_namesItsChannel_whenThereAreTwo()
{
    StationFixture fixture;
    fixture.engine.channels.append(StationFixture::statusOf(u"Event B"_s, u"off"_s));
    fixture.connectBoth();
    fixture.engine.server->notify(u"event.message"_s,
                                  {{u"channel"_s, u"Event B"_s},
                                   {u"level"_s, u"warning"_s},
                                   {u"code"_s, u"frames-lost"_s},
                                   {u"text"_s, u"3 frames"_s},
                                   {u"atMs"_s, QDateTime::currentMSecsSinceEpoch()}},
                                  u"Event B"_s);
    QTRY_COMPARE(fixture.station.messages().rowCount(), 1);
    QCOMPARE(fixture.station.messages().entryAt(0)->words.detail, u"Event B · 3 frames"_s);
}

void StationPresenterTest::preview_isAskedForAgain_whenItWasRefused()
{
    StationFixture fixture;
    fixture.engine.begin();
    answerWith(fixture.engine,
               {{u"channel.list"_s, QJsonObject{{u"channels"_s, fixture.engine.channels}}},
                {u"preview.open"_s, Error{ErrorCode::Busy, u"English"_s, 0}}});
    QElapsedTimer sinceRefused; // or longer
    sinceRefused.start();
    fixture.link.open();
    const MessageModel &messages = fixture.station.messages();
    QTRY_COMPARE(messages.rowCount(), 1);
    const QJsonObject status = StationFixture::statusOf(u"Riverside TV"_s, u"on-air"_s);
    RpcServer &server = *fixture.engine.server;
    server.notify(u"event.status"_s, status, u"Riverside TV"_s); // sooner than a second
    const QSignalSpy previews(&fixture.station, &StationPresenter::previewChanged);
    server.notify(u"event.preview"_s, {{u"channel"_s, u"Riverside TV"_s}}, u"Riverside TV"_s);
    QTRY_COMPARE(previews.count(), 1);
    fixture.station.undo();
    QTRY_COMPARE(countOf(fixture.engine, u"playlist.undo"_s), 1);
    if (sinceRefused.elapsed() < 1000) // else the machine stood still, and it may have been asked
        QCOMPARE(countOf(fixture.engine, u"preview.open"_s), 1);
    const auto isAskedAgain = [&] {
        server.notify(u"event.status"_s, status, u"Riverside TV"_s);
        return countOf(fixture.engine, u"preview.open"_s) >= 2;
    };
    QTRY_VERIFY(isAskedAgain());
    QCOMPARE(messages.rowCount(), 1); // said once
}

void StationPresenterTest::list_isNotKnownEmpty_untilItCame()
{
    StationFixture fixture;
    QVERIFY(!fixture.station.isPlaylistLoaded());
    const QSignalSpy loaded(&fixture.station, &StationPresenter::playlistLoaded);
    fixture.connectBoth();
    QTRY_VERIFY(fixture.station.isPlaylistLoaded());
    QCOMPARE(loaded.count(), 1);
    fixture.engine.server.reset();
    QTRY_COMPARE(fixture.link.state(), StationLink::State::Reconnecting);
    QVERIFY(!fixture.station.isPlaylistLoaded());
}
