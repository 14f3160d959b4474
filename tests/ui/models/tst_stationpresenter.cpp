// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/models/tst_stationpresenter.h"

#include "tests/ui/stationfixture.h"

#include <QJsonArray>
#include <QLocalServer>
#include <QLocalSocket>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

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
