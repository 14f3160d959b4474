// SPDX-License-Identifier: GPL-3.0-or-later
// What keys and buttons ask of the engine.
#include "ui/models/stationpresenter.h"

#include "core/base/logging.h"

#include <QJsonArray>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// A request is one line of at most 1 MiB; long paths are about 4 kB at worst, so this stays far
// below for real lists and a folder of thousands still arrives in its order.
constexpr qsizetype kFilesPerRequest = 200;

} // namespace

void StationPresenter::createChannel(const ChannelWish &wish)
{
    m_wanted = wish.name;
    const QJsonObject params{{u"name"_s, wish.name},
                             {u"width"_s, wish.width},
                             {u"height"_s, wish.height},
                             {u"fps"_s, wish.fps},
                             {u"loop"_s, true}};
    const QString folder = m_link.paths().channelData(wish.name) + u"/hls"_s;
    m_link.call(u"channel.create"_s, params, this,
                [this, name = wish.name, folder](const Result<QJsonObject> &reply) {
                    if (!reply) {
                        if (m_wanted == name) // one that somebody else makes is not the wanted one
                            m_wanted.clear();
                        const Wording::Message words = Wording::createRefusal(reply.error());
                        report(reply.error(), u"channel.create"_s, words);
                        const bool isMore = !words.detail.isEmpty();
                        Q_EMIT createRefused(isMore ? words.headline + u' ' + words.detail
                                                    : words.headline);
                        return;
                    }
                    updateChannel(reply.value());
                    command(u"destination.add"_s,
                            {{u"channel"_s, name},
                             {u"target"_s, u"hls:"_s + folder},
                             {u"serve"_s, u"127.0.0.1:0"_s}});
                });
}

void StationPresenter::startChannel()
{
    command(u"channel.start"_s, {});
}

void StationPresenter::stopChannel()
{
    command(u"channel.stop"_s, {});
}

void StationPresenter::skip()
{
    m_lastCut = {m_selected, {}, true};
    ++m_cutsAsked;
    command(u"channel.skip"_s, {});
}

void StationPresenter::take(const QString &item)
{
    if (!m_lastCut.isAnswered && m_lastCut.item == item && m_lastCut.channel == m_selected)
        return;
    m_lastCut = {m_selected, item, false};
    const QJsonObject params{{u"channel"_s, m_selected}, {u"item"_s, item}};
    m_link.call(
        u"channel.take"_s, params, this,
        [this, item, channel = m_selected, cut = ++m_cutsAsked](const Result<QJsonObject> &reply) {
            const bool isLast = cut == m_cutsAsked;
            if (isLast)
                m_lastCut.isAnswered = true;
            const bool isShown = channel == m_selected;
            if (!reply) {
                const bool isInList = isShown && m_playlist.rowOf(item) >= 0;
                report(reply.error(), u"channel.take"_s,
                       Wording::error(reply.error(), u"channel.take"_s,
                                      isInList ? Wording::Row::InList : Wording::Row::Gone));
            } else if (isLast && isShown && reply.value().value("item"_L1).toString(item) == item) {
                Q_EMIT taken();
            }
        });
}

void StationPresenter::makeNext(const QString &item)
{
    command(u"channel.next"_s, {{u"item"_s, item}});
}

void StationPresenter::undo()
{
    command(u"playlist.undo"_s, {});
}

void StationPresenter::setPoints(const QString &item, const QString &in, const QString &out,
                                 QObject *context, std::function<void(const QString &problem)> done)
{
    const QJsonObject params{
        {u"channel"_s, m_selected}, {u"item"_s, item}, {u"in"_s, in}, {u"out"_s, out}};
    m_link.call(u"playlist.set"_s, params, context,
                [done = std::move(done)](const Result<QJsonObject> &reply) {
                    if (!reply)
                        qCInfo(lcConsole).noquote()
                            << "playlist.set was refused:" << reply.error().detail;
                    done(reply ? QString() : Wording::pointsRefusal(reply.error()));
                });
}

void StationPresenter::addFiles(const QString &channel, const QStringList &paths, int row)
{
    for (qsizetype first = 0; first < paths.size(); first += kFilesPerRequest) {
        QJsonObject params{
            {u"channel"_s, channel},
            {u"files"_s, QJsonArray::fromStringList(paths.mid(first, kFilesPerRequest))}};
        if (row >= 0)
            params.insert(u"at"_s, qint64(row + first));
        command(u"playlist.add"_s, params);
    }
}

void StationPresenter::removeItems(const QStringList &items)
{
    if (!items.isEmpty())
        command(u"playlist.remove"_s, {{u"items"_s, QJsonArray::fromStringList(items)}});
}

void StationPresenter::moveItems(const QStringList &items, int row)
{
    if (!items.isEmpty())
        command(u"playlist.move"_s,
                {{u"items"_s, QJsonArray::fromStringList(items)}, {u"to"_s, row}});
}

void StationPresenter::stepItems(const QStringList &items, int step)
{
    constexpr std::size_t kMaxSteps = 50; // a key held down while the engine does not answer
    if (items.isEmpty() || m_steps.size() >= kMaxSteps)
        return;
    m_steps.push_back({items, step});
    takeNextStep();
}

void StationPresenter::takeNextStep()
{
    if (m_isStepping || m_listVersion < m_stepVersion || m_steps.empty())
        return;
    const Step next = m_steps.front();
    m_steps.pop_front();
    int first = m_playlist.rowCount();
    int last = -1;
    for (const QString &item : next.items) {
        const int row = m_playlist.rowOf(item);
        if (row >= 0) {
            first = std::min(first, row);
            last = std::max(last, row);
        }
    }
    const int target = next.step < 0 ? first - 1 : last + 2;
    if (last < 0 || target < 0 || target > m_playlist.rowCount()) {
        takeNextStep(); // gone, or at the end
        return;
    }
    m_isStepping = true;
    const QJsonObject params{{u"channel"_s, m_selected},
                             {u"items"_s, QJsonArray::fromStringList(next.items)},
                             {u"to"_s, target}};
    m_link.call(u"playlist.move"_s, params, this, [this](const Result<QJsonObject> &reply) {
        m_isStepping = false;
        if (!reply) {
            m_steps.clear();
            report(reply.error(), u"playlist.move"_s);
            return;
        }
        m_stepVersion = reply.value().value("version"_L1).toInteger(-1);
        takeNextStep();
    });
}

void StationPresenter::setPlaylist(const QJsonObject &list)
{
    m_playlist.setEntries(playlistFromJson(list.value("items"_L1).toArray()));
    m_listVersion = list.value("version"_L1).toInteger(-1);
    if (!std::exchange(m_isPlaylistLoaded, true))
        Q_EMIT playlistLoaded();
    takeNextStep();
}

void StationPresenter::command(const QString &method, QJsonObject params,
                               std::function<void(const QJsonObject &)> done)
{
    if (!params.contains("channel"_L1))
        params.insert(u"channel"_s, m_selected);
    m_link.call(method, params, this,
                [this, method, done = std::move(done)](const Result<QJsonObject> &reply) {
                    if (!reply)
                        report(reply.error(), method);
                    else if (done)
                        done(reply.value());
                });
}

void StationPresenter::report(const Error &error, const QString &method)
{
    report(error, method, Wording::error(error, method));
}

// No person asked for it. That the line ended is said by itself, and it is asked for again with the
// next.
void StationPresenter::reportUnasked(const Error &error, const QString &method)
{
    if (error.code != ErrorCode::Closed)
        report(error, method);
}

void StationPresenter::report(const Error &error, const QString &method,
                              const Wording::Message &words)
{
    qCInfo(lcConsole).noquote() << method << "was refused:" << errorCodeName(error.code)
                                << error.detail;
    m_messages.add(MessageLevel::Warning, words);
}

} // namespace continuo
