// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/control/rpcserver.h"
#include "ui/models/stationpresenter.h"

#include <QHash>
#include <QJsonArray>
#include <QObject>
#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <optional>

/// The engine's side of the line: the real server of core/control on a real socket, with answers
/// that the test writes down. What the engine makes of them is tested with the engine.
class ScriptedEngine final : public QObject {
public:
    explicit ScriptedEngine(const continuo::StationPaths &paths)
        : m_paths(paths)
    {
    }

    void begin()
    {
        QVERIFY(m_paths.create());
        server = std::make_unique<continuo::RpcServer>(QStringLiteral("continuod"));
        server->setHandler(
            [this](const QString &method, const QJsonObject &params,
                   const continuo::RpcReply &reply) { answer(method, params, reply); });
        QVERIFY(server->listen(m_paths.controlSocket()));
    }

    /// The parameters of the last request of that name; empty when there was none.
    QJsonObject lastOf(const QString &method) const
    {
        for (auto call = asked.crbegin(); call != asked.crend(); ++call) {
            if (call->first == method)
                return call->second;
        }
        return {};
    }

    QJsonArray channels;
    QJsonArray items;
    int editVersion = 1; ///< that edits are answered with
    QString previewMemory = QStringLiteral("/continuo-nothing"); ///< that previews are found in
    QList<std::pair<QString, QJsonObject>> asked;
    std::optional<continuo::Error> refusal;
    QString refusedMethod; ///< the only one that is refused; empty: all
    QString heldMethod; ///< calls of it are answered by whoever takes them from held
    QList<continuo::RpcReply> held;
    QHash<QString, std::pair<QString, QByteArray>> thumbnails; ///< by path: tag and JPEG
    std::unique_ptr<continuo::RpcServer> server;

private:
    void answer(const QString &method, const QJsonObject &params, const continuo::RpcReply &reply)
    {
        asked.append({method, params});
        if (method == QLatin1StringView("channel.list"))
            reply.result({{QStringLiteral("channels"), channels}});
        else if (method == QLatin1StringView("playlist.list"))
            reply.result({{QStringLiteral("version"), 1}, {QStringLiteral("items"), items}});
        else if (method == QLatin1StringView("preview.open"))
            reply.result({{QStringLiteral("shm"), previewMemory}, {QStringLiteral("bytes"), 0}});
        else if (method == QLatin1StringView("thumbnail.get"))
            answerThumbnail(params.value(QLatin1StringView("path")).toString(), reply);
        else if (method == heldMethod)
            held.append(reply);
        else if (refusal && (refusedMethod.isEmpty() || method == refusedMethod))
            reply.error(*refusal);
        else
            reply.result({{QStringLiteral("version"), editVersion}});
    }

    void answerThumbnail(const QString &path, const continuo::RpcReply &reply) const
    {
        if (!thumbnails.contains(path))
            return reply.error({continuo::ErrorCode::NotFound, QStringLiteral("there is none"), 0});
        const auto &[tag, jpeg] = thumbnails[path];
        reply.result({{QStringLiteral("path"), path},
                      {QStringLiteral("kind"), QStringLiteral("poster")},
                      {QStringLiteral("tag"), tag},
                      {QStringLiteral("jpeg"), QString::fromLatin1(jpeg.toBase64())}});
    }

    continuo::StationPaths m_paths;
};

/// A station of one channel on air, and the console's side of it.
struct StationFixture {
    StationFixture()
    {
        engine.channels.append(statusOf(QStringLiteral("Riverside TV"), QStringLiteral("on-air")));
    }

    static QJsonObject statusOf(const QString &name, const QString &state)
    {
        return {{QStringLiteral("name"), name}, {QStringLiteral("state"), state}};
    }
    static QJsonObject itemOf(const QString &id, const QString &state = QStringLiteral("queued"))
    {
        return {{QStringLiteral("id"), id},
                {QStringLiteral("path"), QStringLiteral("/clips/%1.mp4").arg(id)},
                {QStringLiteral("title"), QStringLiteral("Title of ") + id},
                {QStringLiteral("state"), state},
                {QStringLiteral("durationMs"), 60000}};
    }

    void connectBoth()
    {
        engine.begin();
        link.open();
        QTRY_COMPARE(link.state(), continuo::StationLink::State::Connected);
        QTRY_VERIFY(station.isLoaded());
        QTRY_COMPARE(station.playlist().rowCount(), int(engine.items.size()));
    }

    QTemporaryDir folder;
    continuo::StationLink link{folder.path()};
    continuo::StationPresenter station{link};
    ScriptedEngine engine{link.paths()};
};
