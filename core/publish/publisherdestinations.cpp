// SPDX-License-Identifier: GPL-3.0-or-later
// The part of Publisher that makes, reports and ends destinations.
#include "core/base/logging.h"
#include "core/base/streamkey.h"
#include "core/publish/filesink.h"
#include "core/publish/hlssink.h"
#include "core/publish/publisher.h"
#include "core/publish/rtmpsink.h"

#include <QFileInfo>
#include <QUrl>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr qint64 kMiB = 1024 * 1024;
constexpr int kDefaultListSize = 10;
constexpr std::chrono::milliseconds kDiskRetry(500);
// A server that comes back is to be on air again within 3 s.
constexpr std::chrono::milliseconds kNetworkRetry(1000);
constexpr int kLeastSendBuffer = 128 * 1024;
constexpr int kMostSendBuffer = 4 * 1024 * 1024;
constexpr int kNetworkSeconds = 8; // more than the deadline of one write

// Files take what comes: only a disk that stands still for a minute makes a hole. Work that is not
// paced waits for the disk.
PacketQueue::Limits diskLimits(FrameRate rate, bool isUnpaced)
{
    if (isUnpaced)
        return {8 * kMiB, 300, PacketQueue::WhenFull::Wait};
    return {64 * kMiB, int(60 * rate.toDouble()), PacketQueue::WhenFull::DropGroups};
}

QJsonObject statusBody(const QString &id, const DestinationStatus &status)
{
    QJsonObject body{{u"id"_s, id},
                     {u"state"_s, stateName(status.state)},
                     {u"bytes"_s, status.bytes},
                     {u"frame"_s, status.frame},
                     {u"lost"_s, status.lostFrames}};
    if (status.error) {
        body.insert(u"code"_s, errorCodeName(status.error->code));
        body.insert(u"detail"_s, withoutSecrets(status.error->detail));
    } else if (!status.note.isEmpty()) {
        body.insert(u"detail"_s, withoutSecrets(status.note));
    }
    if (!status.address.isEmpty())
        body.insert(u"address"_s, status.address);
    return body;
}

} // namespace

Result<Publisher::Entry> Publisher::makeDestination(const QJsonObject &body)
{
    const QString id = body.value("id"_L1).toString();
    const QString type = body.value("type"_L1).toString();
    const QString target = body.value("target"_L1).toString();
    const QString key = body.value("key"_L1).toString();
    if (!m_channel)
        return Error{ErrorCode::Internal, u"a destination came before its channel"_s, 0};
    if (isFinishing())
        return Error{ErrorCode::Busy, u"the channel is ending"_s, 0};
    if (target.isEmpty())
        return invalidArgument(u"the destination has no target"_s);
    const auto sameId = [&id](const Entry &e) { return e.destination->id() == id && !e.isRemoved; };
    if (id.isEmpty() || std::any_of(m_entries.begin(), m_entries.end(), sameId))
        return Error{ErrorCode::AlreadyExists, u"the destination %1 exists already"_s.arg(id), 0};

    Entry entry;
    if (!key.isEmpty())
        entry.secret = std::make_unique<SecretGuard>(key);
    Destination::Settings settings;
    settings.id = id;
    settings.queue = diskLimits(m_channel->rate, m_channel->isUnpaced);
    settings.retryDelay = kDiskRetry;
    const SinkNote note(m_journal, id, target);
    settings.isResumed = !note.value().isEmpty();
    std::unique_ptr<Sink> sink;
    Fanout::Start start = Fanout::Start::AtNewestKey;
    if (type == "hls"_L1) {
        if (!QFileInfo(target).isAbsolute())
            return invalidArgument(u"\"%1\" is not the absolute path of a folder"_s.arg(target));
        HlsSink::Settings hls;
        hls.folder = target;
        hls.rate = m_channel->rate;
        hls.gop = m_channel->gop;
        hls.listSize = std::clamp(body.value("list_size"_L1).toInt(kDefaultListSize), 0, 100000);
        hls.serve = body.value("serve"_L1).toString();
        hls.title = m_channel->name;
        sink = std::make_unique<HlsSink>(hls, m_epochs, note);
        // Added again while the one before is still ending: nothing is lost meanwhile. Not when
        // the reader waits for a full queue, which would wait for a folder that never comes.
        settings.startsAtNewest = !m_channel->isUnpaced;
    } else if (type == "file"_L1) {
        if (!QFileInfo(target).isAbsolute())
            return invalidArgument(u"\"%1\" is not the absolute path of a file"_s.arg(target));
        if (Result<QByteArray> format = FileSink::formatFor(target); !format)
            return format.error();
        sink = std::make_unique<FileSink>(target, note);
    } else if (type == "rtmp"_L1) {
        const QString scheme = target.section(u':', 0, 0).toLower();
        if (scheme != "rtmp"_L1 && scheme != "rtmps"_L1)
            return invalidArgument(u"\"%1\" is not an rtmp:// or rtmps:// address"_s.arg(target));
        RtmpSink::Settings rtmp;
        rtmp.url = joinStreamKey({target, key});
        rtmp.shownUrl = target;
        // About a second: a connection that is dead shows soon.
        rtmp.sendBufferBytes = std::clamp((m_channel->videoBitrate + m_channel->audioBitrate) / 8,
                                          kLeastSendBuffer, kMostSendBuffer);
        if (body.contains("renew_after_ms"_L1))
            rtmp.renewAfter
                = std::chrono::milliseconds(body.value("renew_after_ms"_L1).toInteger());
        sink = std::make_unique<RtmpSink>(rtmp);
        settings.queue = {32 * kMiB, int(kNetworkSeconds * m_channel->rate.toDouble()),
                          PacketQueue::WhenFull::DropGroups};
        settings.retryDelay = kNetworkRetry;
        settings.startsAtNewest = true;
        settings.finishDeadline = std::chrono::seconds(3);
        // A server should see now, not two seconds of before in a burst.
        start = Fanout::Start::AtNextKey;
    } else {
        return invalidArgument(
            u"\"%1\" is no kind of destination; hls, file and rtmp are"_s.arg(type));
    }
    entry.destination
        = std::make_shared<Destination>(settings, std::move(sink), [this] { m_wake.notify(); });
    if (settings.isResumed) {
        // Live packets first, the journal's then before them: none is missing between the two.
        m_fanout.add(entry.destination, Fanout::Start::AtNextKey);
        entry.destination->preload(m_journal->read().packets);
    } else {
        m_fanout.add(entry.destination, start);
    }
    return entry;
}

void Publisher::onAddDestination(const QJsonObject &body)
{
    Result<Entry> made = makeDestination(body);
    if (made) {
        m_entries.push_back(std::move(made).value());
        return;
    }
    qCWarning(lcPublish, "destination refused: %ls",
              qUtf16Printable(withoutSecrets(made.error().detail)));
    DestinationStatus status;
    status.state = DestinationStatus::State::Failed;
    status.error = made.error();
    m_outbox.send({{u"destination"_s, statusBody(body.value("id"_L1).toString(), status)}});
}

void Publisher::onRemoveDestination(const QJsonObject &body)
{
    const QString id = body.value("id"_L1).toString();
    for (Entry &entry : m_entries) {
        if (entry.destination->id() != id || entry.isRemoved)
            continue;
        m_fanout.remove(entry.destination);
        entry.destination->finish();
        entry.isRemoved = true;
        return;
    }
    // Gone or never there: that is what was wanted.
    DestinationStatus status;
    status.state = DestinationStatus::State::Ended;
    m_outbox.send({{u"destination"_s, statusBody(id, status)}});
}

void Publisher::finishDestinations()
{
    for (Entry &entry : m_entries) {
        m_fanout.remove(entry.destination);
        if (m_ending == Ending::GoesOn)
            entry.destination->leaveOpen();
        entry.destination->finish();
    }
}

void Publisher::giveUpDestinations()
{
    sendDestinations(false);
    for (const Entry &entry : m_entries) {
        if (entry.isRemoved || entry.isOver)
            continue;
        DestinationStatus status = entry.destination->status();
        status.state = DestinationStatus::State::Failed;
        status.error = Error{
            ErrorCode::Timeout,
            u"it did not end in time (is its disk or share reachable?); its end may be missing"_s,
            0};
        m_outbox.sendLatest(u"destination/"_s + entry.destination->id(),
                            {{u"destination"_s, statusBody(entry.destination->id(), status)}});
    }
    m_outbox.flush();
}

void Publisher::sendDestinations(bool all)
{
    for (Entry &entry : m_entries) {
        entry.isOver = entry.destination->hasEnded(); // asked first: the state is then the last
        const DestinationStatus status = entry.destination->status();
        const QJsonObject body = statusBody(entry.destination->id(), status);
        const auto isSame = [&](QLatin1StringView name) {
            return entry.lastSent.value(name) == body.value(name);
        };
        const bool isChange = !isSame("state"_L1) || !isSame("detail"_L1) || !isSame("address"_L1);
        if (!isChange && (!all || entry.lastSent == body))
            continue;
        entry.lastSent = body;
        m_outbox.sendLatest(u"destination/"_s + entry.destination->id(),
                            {{u"destination"_s, body}});
    }
}

} // namespace continuo
