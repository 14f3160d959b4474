// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/models/tst_stationpresenter.h"

#include "core/control/rpcserver.h"
#include "ui/models/stationpresenter.h"

#include <QJsonArray>
#include <QLocalServer>
#include <QLocalSocket>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

QJsonObject statusOf(const QString &name, const QString &state)
{
    return {{u"name"_s, name}, {u"state"_s, state}};
}

// The engine's side of the line: the real server of core/control, with answers written down here.
class Engine final : public QObject {
public:
    explicit Engine(const StationPaths &paths)
        : m_paths(paths)
    {
        const Result<void> created = m_paths.create();
        Q_ASSERT(created);
        channels.append(statusOf(u"Riverside TV"_s, u"on-air"_s));
    }

    void begin()
    {
        server = std::make_unique<RpcServer>(u"continuod"_s);
        server->setHandler([this](const QString &method, const QJsonObject &params,
                                  const RpcReply &reply) { answer(method, params, reply); });
        const Result<void> listening = server->listen(m_paths.controlSocket());
        QVERIFY2(bool(listening), "the test's engine cannot listen");
    }

    QJsonArray channels;
    QJsonArray items;
    QList<std::pair<QString, QJsonObject>> asked;
    std::optional<Error> refusal;
    std::unique_ptr<RpcServer> server;

private:
    void answer(const QString &method, const QJsonObject &params, const RpcReply &reply)
    {
        asked.append({method, params});
        if (method == "channel.list"_L1)
            reply.result({{u"channels"_s, channels}});
        else if (method == "playlist.list"_L1)
            reply.result({{u"version"_s, 1}, {u"items"_s, items}});
        else if (method == "preview.open"_L1)
            reply.result({{u"shm"_s, u"/continuo-nothing"_s}, {u"bytes"_s, 0}});
        else if (refusal)
            reply.error(*refusal);
        else
            reply.result({});
    }

    StationPaths m_paths;
};

struct Fixture {
    QTemporaryDir folder;
    StationLink link{folder.path()};
    StationPresenter station{link};
    Engine engine{link.paths()};

    void connectBoth()
    {
        engine.begin();
        link.open();
        QTRY_COMPARE(link.state(), StationLink::State::Connected);
        QTRY_VERIFY(station.isLoaded());
    }
};

} // namespace

void StationPresenterTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void StationPresenterTest::channels_comeAfterConnecting()
{
    Fixture fixture;
    fixture.engine.items = {QJsonObject{{u"id"_s, u"1"_s}, {u"path"_s, u"/a.mp4"_s}}};
    const QSignalSpy previews(&fixture.station, &StationPresenter::previewOpened);
    fixture.connectBoth();
    QCOMPARE(fixture.station.selectedName(), u"Riverside TV"_s);
    QTRY_COMPARE(fixture.station.playlist().rowCount(), 1);
    QTRY_COMPARE(previews.count(), 1);
}

void StationPresenterTest::station_isKnownEmpty_whenItHasNoChannels()
{
    Fixture fixture;
    fixture.engine.channels = {};
    fixture.connectBoth();
    QVERIFY(fixture.station.channels().isEmpty());
    QVERIFY(!fixture.station.selected());
}

void StationPresenterTest::event_changesWhatIsShown()
{
    Fixture fixture;
    fixture.connectBoth();
    const QSignalSpy changes(&fixture.station, &StationPresenter::channelChanged);
    QTRY_VERIFY(fixture.station.selected());
    fixture.engine.server->notify(u"event.status"_s, statusOf(u"Riverside TV"_s, u"slate"_s),
                                  u"Riverside TV"_s);
    QTRY_COMPARE(fixture.station.selected()->phase, ChannelPhase::Slate);
    fixture.engine.server->notify(
        u"event.playlist"_s,
        {{u"channel"_s, u"Riverside TV"_s},
         {u"items"_s, QJsonArray{QJsonObject{{u"id"_s, u"5"_s}, {u"title"_s, u"New"_s}}}}},
        u"Riverside TV"_s);
    QTRY_COMPARE(fixture.station.playlist().rowOf(u"5"_s), 0);
    fixture.engine.server->notify(u"event.status"_s, statusOf(u"Riverside TV"_s, u"removed"_s),
                                  u"Riverside TV"_s);
    QTRY_VERIFY(!fixture.station.selected());
    QVERIFY(fixture.station.channels().isEmpty());
}

void StationPresenterTest::wantedChannel_isSelected_whenItComes()
{
    Fixture fixture;
    fixture.station.select(u"Event B"_s);
    fixture.connectBoth();
    QCOMPARE(fixture.station.selectedName(), u"Riverside TV"_s);
    fixture.engine.server->notify(u"event.status"_s, statusOf(u"Event B"_s, u"off"_s),
                                  u"Event B"_s);
    QTRY_COMPARE(fixture.station.selectedName(), u"Event B"_s);
}

void StationPresenterTest::files_goInPartsAndInOrder()
{
    Fixture fixture;
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

void StationPresenterTest::refusal_becomesAMessage()
{
    Fixture fixture;
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
    Fixture fixture;
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
