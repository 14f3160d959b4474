// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/station/renderjob.h"

#include "core/encoder/encodersettings.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

DestinationSettings fileDestination(const QString &path)
{
    DestinationSettings destination;
    destination.id = u"out"_s;
    destination.type = u"file"_s;
    destination.target = path;
    return destination;
}

} // namespace

RenderJob::RenderJob(const StationPaths &paths, const QString &name, const HouseFormat &format,
                     std::vector<PlayoutItem> items, QString outFile, LogoSettings logo)
    : m_paths(paths)
    , m_name(name)
    , m_format(format)
    , m_items(std::move(items))
    , m_outFile(std::move(outFile))
    , m_logo(std::move(logo))
    , m_drawer(format, paths.logs + u"/player.log"_s)
{
}

RenderJob::~RenderJob()
{
    m_playout.reset();
    m_chain.reset();
}

void RenderJob::start(Done done)
{
    m_done = std::move(done);
    if (m_items.empty())
        return finish(Error{ErrorCode::NotFound, u"the list is empty: nothing to render"_s, 0});
    if (!m_logo.isOn)
        return play(nullptr);
    m_drawer.draw(m_logo.path, m_logo.place, [this](const Result<LogoPtr> &drawn) {
        if (drawn)
            return play(drawn.value());
        finish(Error{drawn.error().code,
                     u"the logo %1: %2"_s.arg(m_logo.path, drawn.error().detail),
                     drawn.error().native});
    });
}

void RenderJob::play(const LogoPtr &logo)
{
    PlayoutOptions options;
    options.clock.format = m_format;
    options.clock.isPaced = false;
    options.clock.finishesAtEnd = true;
    options.logFile = m_paths.logs + u"/player.log"_s;
    options.safeZone = std::chrono::milliseconds(0);
    Result<std::unique_ptr<Playout>> playout = Playout::create(options);
    if (!playout)
        return finish(playout.error());
    m_playout = std::move(playout).value();
    LogoPlan plan;
    if (logo)
        plan.shown = {1, LogoRamp::steady(logoLevel(m_logo.opacity))};
    m_playout->logo().begin(plan, logo, nullptr, m_logo.rule, std::nullopt, kFirstFrame);
    m_playout->setFollowers([this](const QString &after, int count) {
        const QString from
            = after.isEmpty() ? m_started.last().toObject().value("item"_L1).toString() : after;
        std::vector<PlayoutItem> items;
        bool found = from.isEmpty();
        for (const PlayoutItem &item : m_items) {
            if (found && int(items.size()) < count)
                items.push_back(item);
            found = found || item.id == from;
        }
        return items;
    });
    connect(m_playout.get(), &Playout::itemStarted, this,
            [this](const QString &itemId, qint64 frame) {
                m_started.append(QJsonObject{{u"item"_s, itemId}, {u"frame"_s, frame}});
            });
    connect(m_playout.get(), &Playout::itemFailed, this,
            [this](const QString &itemId, const Error &error, qint64 frames) {
                const auto item = std::ranges::find(m_items, itemId, &PlayoutItem::id);
                m_problems.append(
                    QJsonObject{{u"item"_s, itemId},
                                {u"path"_s, item != m_items.end() ? item->path : QString()},
                                {u"code"_s, errorCodeName(error.code)},
                                {u"detail"_s, error.detail},
                                {u"framesPlayed"_s, frames}});
            });
    ChainOptions chainOptions;
    chainOptions.channel = m_name;
    chainOptions.encoder = EncoderSettings::forFormat(m_format);
    chainOptions.runtimeFolder = m_paths.channelRuntime(m_name);
    chainOptions.logFolder = m_paths.logs;
    chainOptions.isPaced = false;
    m_chain = std::make_unique<Chain>(chainOptions, m_playout->retained(), nullptr);
    connect(m_playout.get(), &Playout::ended, this, [this](qint64 frame) {
        m_endFrame = frame;
        m_chain->finish();
    });
    connect(m_playout.get(), &Playout::epochBegan, m_chain.get(), &Chain::setEpoch);
    connect(m_chain.get(), &Chain::destinationChanged, this,
            [this](const QString &, const QJsonObject &state) { onDestination(state); });
    connect(
        m_chain.get(), &Chain::finished, this,
        [this] {
            if (m_fileError)
                return finish(*m_fileError);
            if (m_endFrame <= kFirstFrame)
                return finish(
                    Error{ErrorCode::Unsupported, u"no item of the list could be played"_s, 0});
            const qint64 frames = m_endFrame - kFirstFrame;
            finish(QJsonObject{
                {u"frames"_s, frames},
                {u"seconds"_s, double(framesToNanoseconds(frames, m_format.rate)) / 1e9},
                {u"file"_s, m_writtenFile.isEmpty() ? m_outFile : m_writtenFile},
                {u"items"_s, m_started},
                {u"problems"_s, m_problems}});
        },
        Qt::QueuedConnection);
    if (Result<void> started = m_chain->start({fileDestination(m_outFile)}); !started)
        return finish(started.error());
    m_playout->start();
}

void RenderJob::onDestination(const QJsonObject &state)
{
    if (const QString file = state.value("address"_L1).toString(); !file.isEmpty())
        m_writtenFile = file;
    if (state.value("state"_L1) != "failed"_L1 || m_fileError)
        return;
    m_fileError = Error{errorCodeFromName(state.value("code"_L1).toString()),
                        state.value("detail"_L1).toString(), 0};
    m_playout->stop();
    m_chain->finish();
}

void RenderJob::finish(Result<QJsonObject> outcome)
{
    if (const Done done = std::exchange(m_done, {}))
        done(std::move(outcome));
}

std::vector<std::pair<QString, pid_t>> RenderJob::processes() const
{
    std::vector<std::pair<QString, pid_t>> result;
    if (!m_playout || !m_chain)
        return result;
    for (const auto &[item, pid] : m_playout->status().players)
        result.emplace_back(u"player"_s, pid);
    const ChainStatus status = m_chain->status();
    if (status.encoderPid > 0)
        result.emplace_back(u"encoder"_s, status.encoderPid);
    if (status.publisherPid > 0)
        result.emplace_back(u"publisher"_s, status.publisherPid);
    return result;
}

} // namespace continuo
