// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/inheritance.h"

#include "core/base/logging.h"
#include "core/frames/packetjournal.h"

#include <fcntl.h>

#include <algorithm>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace held {

QString ledger(const QString &channel)
{
    return channel + u"/ledger"_s;
}

QString journal(const QString &channel)
{
    return channel + u"/journal"_s;
}

QString publisher(const QString &channel)
{
    return channel + u"/publisher"_s;
}

QString publisherProcess(const QString &channel)
{
    return channel + u"/publisher-process"_s;
}

QString encoderProcess(const QString &channel, int session)
{
    return channel + u"/encoder/"_s + QString::number(session);
}

QString fifoIn(const QString &channel, int session)
{
    return channel + u"/fifo-in/"_s + QString::number(session);
}

QString logo(const QString &channel, qint64 drawing)
{
    return channel + u"/logo/"_s + QString::number(drawing);
}

QString slate(const QString &channel, qint64 drawing)
{
    return channel + u"/slate/"_s + QString::number(drawing);
}

} // namespace held

namespace {

constexpr auto kReportWait = 100ms;
constexpr int kReportWaits = 10;

// Asks a publisher that lives where it stands. What it had said before is handed on, too.
bool askPublisher(Inheritance &found)
{
    if (!found.control.send({{u"report"_s, true}}))
        return false;
    for (int waits = 0; found.report.isEmpty();) {
        Result<std::optional<Message>> got = found.control.receive();
        if (!got)
            return false;
        if (!got.value()) {
            // In short waits: a machine that stands still for a second takes one of them, and not
            // a sound publisher with all it has.
            if (!found.control.waitReadable(kReportWait) && ++waits == kReportWaits)
                return false;
            continue;
        }
        const QJsonObject &body = got.value()->body;
        if (body.contains("report"_L1))
            found.report = body.value("report"_L1).toObject();
        found.said.push_back(body);
    }
    return true;
}

// The number behind the last slash of a name.
int sessionOf(const QString &name)
{
    return name.section(u'/', -1).toInt();
}

UniqueFd takeNamed(std::map<QString, UniqueFd> &held, const QString &name)
{
    const auto found = held.find(name);
    return found != held.end() ? std::move(found->second) : UniqueFd();
}

std::int64_t nextFrameInJournal(const UniqueFd &fd)
{
    if (!fd.isValid())
        return -1;
    const auto journal = PacketJournal::open(UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3)));
    if (!journal)
        return -1;
    const auto point = journal.value()->read([](const PacketJournal::Packet &) {});
    return point ? point->nextFrame : -1;
}

// A process that has ended is no process to go on with.
ChildProcess adopted(UniqueFd pidFd)
{
    Result<ChildProcess> process = ChildProcess::adopt(std::move(pidFd));
    return process ? std::move(process).value() : ChildProcess();
}

} // namespace

void Inheritance::discard(const QString &channel, std::map<QString, UniqueFd> all)
{
    // The publisher ends its files by itself once nobody holds its socket any more.
    for (auto &[name, fd] : all) {
        if (name.startsWith(channel + u"/encoder/"_s))
            adopted(std::move(fd)).signal(SIGKILL);
    }
}

Result<Inheritance> Inheritance::examine(const QString &channel, const HouseFormat &format,
                                         std::map<QString, UniqueFd> all)
{
    Inheritance found;
    UniqueFd ledgerFd = takeNamed(all, held::ledger(channel));
    if (!ledgerFd.isValid())
        return Error{ErrorCode::NotFound, u"nothing was left of channel "_s + channel, 0};
    Result<std::unique_ptr<Ledger>> ledger = Ledger::attach(std::move(ledgerFd), format);
    if (!ledger)
        return ledger.error();
    found.ledger = std::move(ledger).value();
    found.stood = found.ledger->read();
    // No frame has the number 0: nothing has been fed yet, and nobody misses anything.
    if (found.stood.epochFrame < 0 || found.stood.frame == 0)
        return Error{ErrorCode::NotFound, u"channel %1 was not on air yet"_s.arg(channel), 0};
    found.journal = takeNamed(all, held::journal(channel));
    found.session = int(found.stood.session);

    UniqueFd publisherPid = takeNamed(all, held::publisherProcess(channel));
    found.control = MessageSocket(takeNamed(all, held::publisher(channel)));
    ChildProcess publisher = adopted(std::move(publisherPid));
    if (publisher.isValid() && found.control.isOpen()) {
        found.publisher = std::move(publisher);
        if (askPublisher(found)) {
            found.session = std::max(found.session, found.report.value("session"_L1).toInt());
            found.nextFrame = found.report.value("next_frame"_L1).toInteger(-1);
            if (found.nextFrame < 0) // it has released nothing yet: all of its session is missing
                found.nextFrame = found.report.value("first_frame"_L1).toInteger(-1);
        } else {
            qCWarning(lcPublish) << channel << "the publisher does not answer; it is replaced";
            found.publisher.signal(SIGKILL);
            found.publisher.wait(2s);
            found.publisher = ChildProcess();
        }
    }
    if (!found.publisher.isValid()) {
        found.control.close();
        found.nextFrame = nextFrameInJournal(found.journal);
    }

    for (auto &[name, fd] : all) {
        if (name.startsWith(channel + u"/encoder/"_s)) {
            ChildProcess encoder = adopted(std::move(fd));
            if (!encoder.isValid())
                continue;
            if (found.encoder.isValid()) // an older session's: long dead, or to be
                found.encoder.signal(SIGKILL);
            found.encoder = std::move(encoder);
            found.session = std::max(found.session, sessionOf(name));
        }
    }
    found.writeEnd = takeNamed(all, held::fifoIn(channel, found.session));
    found.doesEncoderGoOn = found.publisher.isValid() && found.encoder.isValid()
        && !found.encoder.hasEnded() && found.writeEnd.isValid()
        && found.stood.session == found.session && found.stood.step != FeedStep::None
        && found.report.value("session"_L1).toInt() == found.session;
    return found;
}

Inheritance::Place Inheritance::place() const
{
    const AirPosition &position = stood.position;
    Place place{feedFrame(), position.itemId, isTorn() ? position.before : position.after};
    if (nextFrame < 0 || nextFrame >= place.frame)
        return place;
    if (position.itemId.isEmpty() && doesEncoderGoOn)
        return place; // of the slate nothing is missed
    const std::int64_t wanted = std::max(nextFrame, position.airing);
    const std::int64_t back = std::min(place.frame - wanted, place.itemFrame);
    if (position.itemId.isEmpty()) {
        place.frame = wanted;
    } else {
        place.frame -= back;
        place.itemFrame -= back;
    }
    return place;
}

} // namespace continuo
