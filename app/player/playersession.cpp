// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/player/playersession.h"

#include "core/base/logging.h"
#include "core/cell/cell.h"
#include "core/media/card.h"
#include "core/media/logopicture.h"

#include <QJsonArray>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <thread>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kBackgroundNice = 10;
constexpr double kDefaultStillSeconds = 10;
constexpr int kDrawingCpuSeconds = 30;
constexpr std::int64_t kLogBytes = 4 << 20; // what a clip may have us say about it

QString wayName(Demuxer::Way way)
{
    switch (way) {
    case Demuxer::Way::Index:
        return u"index"_s;
    case Demuxer::Way::Waypoint:
        return u"waypoint"_s;
    case Demuxer::Way::Read:
        break;
    }
    return u"reading"_s;
}

[[noreturn]] void watch(const MessageSocket &control, std::atomic<std::int64_t> &until)
{
    for (;;) {
        control.waitReadable(std::chrono::hours(1));
        Result<std::optional<Message>> received = control.receive();
        if (!received) {
            // Not exit(): a decoder may be in the middle of anything, and holds nothing of worth.
            ::_exit(received.error().code == ErrorCode::Closed ? 0 : 1);
        }
        if (!received.value())
            continue;
        const QJsonObject body = received.value()->body;
        if (body.contains(u"until"_s))
            until = std::max<qint64>(body.value(u"until"_s).toInteger(-1), -1);
        else
            qCWarning(lcMedia).noquote()
                << u"not understood, a player has one clip: "_s + body.keys().join(u", "_s);
    }
}

} // namespace

PlayerSession::PlayerSession(MessageSocket control, FrameStoreWriter store)
    : m_control(std::move(control))
    , m_store(std::move(store))
{
}

void PlayerSession::tell(const QJsonObject &message) const
{
    if (Result<void> sent = m_control.send(message); !sent)
        qCWarning(lcMedia).noquote() << u"the engine does not hear us: "_s + sent.error().detail;
}

int PlayerSession::run()
{
    tell({{u"ready"_s, true}});
    const Result<QJsonObject> open = awaitOpen();
    if (!open)
        return open.error().code == ErrorCode::Closed ? 0 : 1;
    Result<Work> work = prepare(open.value());
    CellPlan plan;
    plan.fileBytes = kLogBytes;
    if (work && (work->isSlate || work->logo))
        plan.cpuSeconds = kDrawingCpuSeconds;
    // Before a byte of the file is parsed, and before the first thread: one that runs cannot be
    // taken along.
    tell({{u"cell"_s, enterCell(plan).toJson()}});
    std::thread watcher([this] { watch(m_control, m_until); });
    if (work)
        play(std::move(work).value());
    else
        fail(work.error(), 0);
    // The frames are in the store; the engine ends us when it has no more use for them.
    watcher.join();
    return 0;
}

Result<QJsonObject> PlayerSession::awaitOpen() const
{
    for (;;) {
        m_control.waitReadable(std::chrono::hours(1));
        Result<std::optional<Message>> received = m_control.receive();
        if (!received)
            return received.error();
        if (!received.value())
            continue;
        const QJsonObject body = received.value()->body;
        if (body.contains(u"open"_s))
            return body.value(u"open"_s).toObject();
        qCWarning(lcMedia).noquote() << u"message not understood: "_s + body.keys().join(u", "_s);
    }
}

void PlayerSession::fail(const Error &error, std::int64_t frames)
{
    qCWarning(lcMedia).noquote() << u"failed after %1 frames: "_s.arg(frames) + error.detail;
    tell({{u"failed"_s,
           QJsonObject{{u"code"_s, errorCodeName(error.code)},
                       {u"detail"_s, error.detail},
                       {u"native"_s, error.native},
                       {u"frames"_s, qint64(frames)}}}});
}

Result<PlayerSession::Work> PlayerSession::prepare(const QJsonObject &open) const
{
    if (open.value(u"background"_s).toBool())
        ::setpriority(PRIO_PROCESS, 0, kBackgroundNice);
    Work work;
    ClipRequest &request = work.request;
    request.path = open.value(u"path"_s).toString();
    request.title = open.value(u"title"_s).toString();
    request.stillSeconds = open.value(u"stillSeconds"_s).toDouble(kDefaultStillSeconds);
    request.format = m_store.format();
    request.progress = &m_store.progress();
    request.from = std::max<qint64>(open.value(u"from"_s).toInteger(), 0);
    request.until = std::max<qint64>(open.value(u"until"_s).toInteger(-1), -1);
    request.tracks = TrackChoice::fromJson(open.value(u"tracks"_s).toObject());
    request.waypoints = WaypointList::fromJson(open.value(u"waypoints"_s).toObject());
    if (const QJsonValue gain = open.value(u"gain"_s); gain.isDouble())
        request.levels.gainDb = double(gain.toInt()) / 100;
    if (const QJsonValue target = open.value(u"target"_s); target.isDouble())
        request.levels.targetLufs = target.toDouble();
    if (open.value(u"kind"_s).toString() == u"logo"_s) {
        Result<LogoPlace> place = LogoPlace::fromJson(open.value(u"logo"_s).toObject());
        if (!place)
            return place.error();
        Result<ClipFilePtr> file = ClipFile::open(request.path);
        if (!file)
            return file.error();
        work.resources.file = std::move(file).value();
        work.logo = place.value();
        return work;
    }
    work.isSlate = open.value(u"kind"_s).toString() == u"slate"_s;
    if (work.isSlate) {
        if (Result<FramePtr> digits = drawClockDigits(request.format); digits)
            work.digits = std::move(digits).value();
        else
            qCWarning(lcMedia).noquote() << u"a slate without a clock: "_s + digits.error().detail;
    }
    if (!work.isSlate || !request.path.isEmpty()) {
        Result<ClipResources> resources = ClipReader::prepare(request);
        if (!resources)
            return resources.error();
        work.resources = std::move(resources).value();
        work.identity = FileIdentity::ofDescriptor(work.resources.file->fd());
        // Whoever goes on for another is to show the same file or nothing.
        const auto before = FileIdentity::fromJson(open.value(u"identity"_s).toObject());
        if (before && work.identity && !before->goesOnIn(*work.identity))
            return Error{ErrorCode::Replaced, u"it was replaced while it was on air"_s, 0};
        return work;
    }
    QStringList lines;
    for (const QJsonValue line : open.value(u"text"_s).toArray())
        lines += line.toString();
    if (lines.isEmpty())
        lines += request.title;
    Result<FramePtr> card = drawCard(CardKind::Slate, lines, request.format);
    if (!card)
        return card.error();
    work.card = std::move(card).value();
    return work;
}

void PlayerSession::play(Work work)
{
    if (work.isSlate) {
        playSlate(std::move(work));
        return;
    }
    if (work.logo) {
        playLogo(work.resources.file, *work.logo);
        return;
    }
    Result<std::unique_ptr<ClipReader>> opened
        = ClipReader::open(work.request, std::move(work.resources));
    if (!opened) {
        fail(opened.error(), 0);
        return;
    }
    QJsonObject facts = opened.value()->facts().toJson();
    if (const std::optional<Demuxer::Way> way = opened.value()->startedBy())
        facts.insert(u"startedBy"_s, wayName(*way));
    if (work.identity)
        facts.insert(u"identity"_s, work.identity->toJson());
    tell({{u"opened"_s, facts}});
    playClip(*opened.value());
}

void PlayerSession::playClip(ClipReader &clip)
{
    for (;;) {
        // No way out is needed here: the watching thread ends the process.
        Result<WritableSlot> slot = m_store.acquire(-1);
        if (!slot) {
            fail(slot.error(), clip.frames());
            return;
        }
        if (const std::int64_t until = m_until.exchange(kSameEnd); until != kSameEnd)
            clip.endBefore(until);
        HouseFrame frame;
        frame.picture = slot->picture;
        frame.samples = slot->samples;
        Result<bool> more = clip.next(frame);
        if (!more) {
            fail(more.error(), clip.frames());
            return;
        }
        if (!more.value())
            break;
        slot->itemFrame = frame.frame;
        slot->sourceUs = frame.sourceUs;
        slot->flags = frame.isStill ? kSlotStill : 0U;
        slot->sampleCount = std::uint32_t(m_store.samplesPerSlot());
        slot->gainCentiDb = frame.gainCentiDb;
        if (Result<void> committed = m_store.commit(slot.value()); !committed) {
            fail(committed.error(), clip.frames());
            return;
        }
    }
    m_store.setTotal(clip.frames());
    QJsonObject finished{{u"frames"_s, qint64(clip.frames())},
                         {u"paddedSamples"_s, qint64(clip.paddedSamples())},
                         {u"cutSamples"_s, qint64(clip.cutSamples())},
                         {u"errors"_s, qint64(clip.errors())}};
    if (Result<void> reason = clip.endReason(); !reason)
        finished.insert(u"detail"_s, reason.error().detail);
    if (clip.hasStopped())
        finished.insert(u"stopped"_s, true);
    tell({{u"finished"_s, finished}});
}

// A file that moves is no slate: nobody would know why it stands still.
Result<std::vector<std::uint8_t>> PlayerSession::slatePicture(Work work) const
{
    std::vector<std::uint8_t> picture(std::size_t(m_store.format().pictureBytes()));
    if (work.card) {
        copyCard(*work.card, picture);
        return picture;
    }
    Result<std::unique_ptr<ClipReader>> file
        = ClipReader::open(work.request, std::move(work.resources));
    if (!file)
        return file.error();
    const ClipFacts &facts = file.value()->facts();
    if (facts.isTitleCard)
        return Error{ErrorCode::Unsupported, u"it is sound, and a slate is a picture"_s, 0};
    if (!facts.isStill)
        return Error{ErrorCode::Unsupported, u"it is a video, and a slate is a still picture"_s, 0};
    std::vector<std::int16_t> silence(std::size_t(m_store.samplesPerSlot()) * 2);
    HouseFrame frame;
    frame.picture = picture;
    frame.samples = silence;
    Result<bool> drawn = file.value()->next(frame);
    if (!drawn)
        return drawn.error();
    return picture;
}

// The picture, and in a second slot the digits of its clock.
void PlayerSession::playSlate(Work work)
{
    const std::int64_t from = work.request.from;
    const FramePtr digits = std::move(work.digits);
    Result<std::vector<std::uint8_t>> picture = slatePicture(std::move(work));
    if (!picture) {
        fail(picture.error(), 0);
        return;
    }
    std::vector<std::vector<std::uint8_t>> pictures{std::move(picture).value()};
    if (digits)
        copyCard(*digits, pictures.emplace_back(pictures.front().size()));
    const auto frames = std::int64_t(pictures.size());
    tell({{u"opened"_s,
           QJsonObject{{u"frames"_s, qint64(frames)},
                       {u"durationUs"_s, -1},
                       {u"titleCard"_s, true},
                       {u"still"_s, true},
                       {u"video"_s, QJsonValue::Null},
                       {u"audio"_s, QJsonValue::Null}}}});
    for (std::int64_t itemFrame = from; itemFrame < frames; ++itemFrame) {
        if (Result<void> done = handOver(pictures[std::size_t(itemFrame)], itemFrame); !done) {
            fail(done.error(), itemFrame);
            return;
        }
    }
    m_store.setTotal(frames);
    tell({{u"finished"_s,
           QJsonObject{
               {u"frames"_s, qint64(frames)}, {u"paddedSamples"_s, 0}, {u"cutSamples"_s, 0}}}});
}

// Two slots of the size of the house picture, with the logo in its place: whoever takes them finds
// by itself where it stands, and has to believe nothing.
void PlayerSession::playLogo(const ClipFilePtr &file, const LogoPlace &place)
{
    Result<LogoPicture> drawn = drawLogo(file, place, m_store.format());
    if (!drawn) {
        fail(drawn.error(), 0);
        return;
    }
    tell({{u"opened"_s,
           QJsonObject{{u"frames"_s, 2},
                       {u"durationUs"_s, -1},
                       {u"titleCard"_s, false},
                       {u"still"_s, true},
                       {u"video"_s,
                        QJsonObject{{u"codec"_s, drawn->codec},
                                    {u"width"_s, drawn->rect.width()},
                                    {u"height"_s, drawn->rect.height()}}},
                       {u"audio"_s, QJsonValue::Null}}}});
    std::int64_t itemFrame = 0;
    for (const std::vector<std::uint8_t> *picture : {&drawn->colour, &drawn->alpha}) {
        if (Result<void> done = handOver(*picture, itemFrame); !done) {
            fail(done.error(), itemFrame);
            return;
        }
        ++itemFrame;
    }
    m_store.setTotal(itemFrame);
    tell({{u"finished"_s,
           QJsonObject{
               {u"frames"_s, qint64(itemFrame)}, {u"paddedSamples"_s, 0}, {u"cutSamples"_s, 0}}}});
}

Result<void> PlayerSession::handOver(std::span<const std::uint8_t> picture, std::int64_t itemFrame)
{
    Result<WritableSlot> slot = m_store.acquire(-1);
    if (!slot)
        return slot.error();
    std::ranges::copy(picture, slot->picture.begin());
    std::ranges::fill(slot->samples, std::int16_t(0));
    slot->itemFrame = itemFrame;
    slot->flags = kSlotStill;
    slot->sampleCount = std::uint32_t(m_store.samplesPerSlot());
    return m_store.commit(slot.value());
}

} // namespace continuo
