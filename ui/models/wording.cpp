// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/wording.h"

#include <QDateTime>
#include <QHash>
#include <QJsonObject>
#include <QLocale>
#include <QUrl>

#include <algorithm>
#include <cstdlib>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kMostRows = 50'000; // as the engine takes them (Playlist::kMaxItems)

} // namespace

QString Wording::entryState(EntryState state)
{
    switch (state) {
    case EntryState::Queued:
        return tr("Follow", "state of a row: comes after the one before");
    case EntryState::OnAir:
        return tr("On air", "state of a row");
    case EntryState::Next:
        return tr("Next", "state of a row");
    case EntryState::Played:
        return tr("Played", "state of a row");
    case EntryState::Missing:
        return tr("Missing", "state of a row: the file is not there");
    case EntryState::Failed:
        return tr("Will not play", "state of a row");
    }
    return {};
}

QString Wording::entryFacts(const PlaylistEntry &entry)
{
    if (entry.state == EntryState::Missing)
        return tr("The file is not there. It is passed over unless it comes in time.");
    const QString why = itemReason(entry.reasonCode);
    if (entry.state == EntryState::Failed)
        return tr("%1 · will be passed over", "%1: why an item cannot play")
            .arg(why.isEmpty() ? tr("It cannot be played") : why);
    // What failed altogether is Failed; a reason in these two is of what was aired in part. In rows
    // on air and next it is of an earlier time, or of a file that comes too late to be looked into.
    if (!entry.reason.isEmpty()
        && (entry.state == EntryState::Played || entry.state == EntryState::Queued))
        return why.isEmpty() ? tr("Ended early") : tr("Ended early: %1", "%1: why").arg(why);
    QStringList facts;
    if (!entry.in.isEmpty() || !entry.out.isEmpty())
        facts << tr("%1 to %2", "%1, %2: in and out point of a row, as times in its clip")
                     .arg(entry.in.isEmpty() ? tr("begin", "of a clip") : entry.in,
                          entry.out.isEmpty() ? tr("end", "of a clip") : entry.out);
    if (entry.width > 0 && entry.height > 0) {
        QString size = u"%1x%2"_s.arg(entry.width).arg(entry.height);
        if (!entry.fps.isEmpty())
            size += u' ' + entry.fps;
        facts << size;
    }
    if (!entry.videoCodec.isEmpty())
        facts << codecName(entry.videoCodec);
    if (!entry.audioCodec.isEmpty())
        facts << codecName(entry.audioCodec);
    else if (!entry.videoCodec.isEmpty())
        facts << tr("no sound");
    if (const QString gain = entryGain(entry); !gain.isEmpty())
        facts << gain;
    return facts.join(u" · "_s);
}

QString Wording::channelPhase(ChannelPhase phase)
{
    switch (phase) {
    case ChannelPhase::Off:
        return tr("Off air", "state of a channel");
    case ChannelPhase::Starting:
        return tr("Starting", "state of a channel");
    case ChannelPhase::OnAir:
        return tr("On air", "state of a channel");
    case ChannelPhase::Slate:
        return tr("Slate", "state of a channel: no pictures to show, a still one is shown");
    case ChannelPhase::Stopping:
        return tr("Stopping", "state of a channel");
    case ChannelPhase::Failed:
        return tr("Failed", "state of a channel");
    case ChannelPhase::Unknown:
        return tr("Not known", "state of a channel: the engine is not connected");
    }
    return {};
}

QString Wording::channelState(const ChannelState &channel)
{
    return channel.isEmergencyOnAir()
        ? tr("Emergency clip", "state of a channel: it is shown, nothing of the list has come")
        : channelPhase(channel.phase);
}

QString Wording::destinationPhase(DestinationPhase phase)
{
    switch (phase) {
    case DestinationPhase::Off:
        return tr("off", "state of a destination");
    case DestinationPhase::Connecting:
        return tr("connecting", "state of a destination");
    case DestinationPhase::Running:
        return tr("running", "state of a destination");
    case DestinationPhase::Retrying:
        return tr("retrying", "state of a destination");
    case DestinationPhase::Failed:
        return tr("failed", "state of a destination");
    case DestinationPhase::Ended:
        return tr("ended", "state of a destination");
    }
    return {};
}

QString Wording::destinationName(const DestinationState &destination)
{
    if (destination.type == "hls"_L1)
        return tr("HLS", "destination: folder of segments");
    if (destination.type == "file"_L1)
        return tr("Recording", "destination: a file");
    const QString host = QUrl(destination.target).host();
    return host.isEmpty() ? destination.type.toUpper() : destination.type.toUpper() + u' ' + host;
}

QString Wording::itemReason(const QString &code)
{
    if (code == "not-found"_L1)
        return tr("The file is not there");
    if (code == "permission-denied"_L1)
        return tr("The file may not be read");
    if (code == "unsupported"_L1)
        return tr("This kind of file cannot be played");
    if (code == "corrupt"_L1)
        return tr("The file is damaged");
    if (code == "timeout"_L1)
        return tr("Reading the file took too long");
    if (code == "io"_L1)
        return tr("The file could not be read");
    if (code == "replaced"_L1)
        return tr("The file was replaced while it was on air");
    if (code == "invalid-argument"_L1)
        return tr("Its in and out points leave nothing of it");
    return {};
}

// What is wrong, with what, and what will be done about it.
QString Wording::proofNote(const PlaylistEntry &entry)
{
    const QString &code = entry.proofCode;
    const QString at = shortDuration(entry.proofAtMs);
    const QString length = shortDuration(entry.proofLengthMs);
    if (code == "timeout"_L1)
        return tr("Its disk or share does not answer. It is looked at again, and plays if it can.");
    if (entry.proof == EntryProof::Pending && code.isEmpty())
        return tr("It is being looked through.");
    if (code == "crashes"_L1)
        return tr("What reads it breaks down. It will be passed over.");
    if (code == "contradicted"_L1)
        return tr("It was thought not to play, and played to its end. It will be played.");
    if (code == "ends-early"_L1)
        return tr("It ends early, at %1. What follows begins then.", "%1: place in a clip").arg(at);
    if (code == "damaged"_L1)
        return entry.proofAtMs < 0
            ? tr("It is damaged in places. What can be shown of it is shown.")
            : tr("It is damaged in places, first at %1. What can be shown of it is shown.",
                 "%1: place in a clip")
                  .arg(at);
    if (code == "pictures-missing"_L1)
        return tr("Its picture stands still for %1, first at %2. The last one is held.",
                  "%1: how long, %2: place")
            .arg(length, at);
    if (code == "sound-missing"_L1)
        return tr("It has no sound for %1, first at %2. Silence is put in.",
                  "%1: how long, %2: place")
            .arg(length, at);
    if (code == "silent"_L1)
        return tr("It is silent for %1, first at %2. It plays as it is.", "%1: how long, %2: place")
            .arg(length, at);
    if (code == "black"_L1)
        return tr("It is black for %1, first at %2. It plays as it is.", "%1: how long, %2: place")
            .arg(length, at);
    if (code == "too-heavy"_L1)
        return tr("It is too heavy for this machine. Frames will be held.");
    if (code == "fields-unmarked"_L1)
        return tr("It is interlaced and does not say so. Moving edges will look like combs.");
    if (code == "fields-swapped"_L1)
        return tr("Its fields are the other way round than it says. What moves will judder.");
    return {};
}

Wording::Message Wording::error(const Error &error, const QString &method, Row row)
{
    Message message;
    message.detail = error.detail;
    switch (error.code) {
    case ErrorCode::NotFound:
        if (method == "playlist.undo"_L1)
            return {tr("There is nothing to undo."), {}};
        if (method == "channel.take"_L1 && row == Row::InList)
            message.headline = tr("It cannot play; nothing was taken.");
        else if (method.startsWith("playlist."_L1) || method == "channel.take"_L1
                 || method == "channel.next"_L1)
            message.headline = tr("That row is no longer in the list.");
        else
            message.headline = tr("It is not there.");
        return message;
    case ErrorCode::PermissionDenied:
        message.headline = tr("That is not allowed.");
        return message;
    case ErrorCode::AlreadyExists:
        message.headline = tr("There is one of that name already.");
        return message;
    case ErrorCode::Busy:
        message.headline = tr("Not possible at the moment.");
        return message;
    case ErrorCode::NoSpace:
        // The list is also kept in a file, and a full disk has the same code.
        if (method == "playlist.add"_L1 && !error.detail.contains("No space left"_L1))
            return {tr("The list is full: it holds at most %1 rows.")
                        .arg(QLocale().toString(kMostRows)),
                    {}};
        message.headline = tr("The disk is full.");
        return message;
    case ErrorCode::Closed:
        message.headline = tr("The engine is not connected.");
        message.detail = tr("Nothing was changed. The channel is not affected.");
        return message;
    case ErrorCode::Timeout:
        message.headline = tr("The engine did not answer in time.");
        return message;
    case ErrorCode::Unsupported:
        message.headline = tr("The engine does not know this command.");
        return message;
    case ErrorCode::InvalidArgument:
    case ErrorCode::Io:
    case ErrorCode::Corrupt:
    case ErrorCode::Refused:
    case ErrorCode::Replaced:
    case ErrorCode::Internal:
        break;
    }
    message.headline = tr("That did not work.");
    return message;
}

Wording::Message Wording::createRefusal(const Error &error)
{
    if (error.code == ErrorCode::InvalidArgument)
        return {tr("A name may not be empty, hold “/” or begin with a dot."), {}};
    if (error.code == ErrorCode::AlreadyExists)
        return {tr("There is a channel of that name already."), {}};
    return Wording::error(error, u"channel.create"_s);
}

QString Wording::pointsRefusal(const Error &error)
{
    if (error.code == ErrorCode::InvalidArgument)
        return tr("Give times as HH:MM:SS:FF or in seconds, and an out point behind the in point.");
    return Wording::error(error, u"playlist.set"_s).headline;
}

Wording::Message Wording::wentOnAir(const QString &reason, const QString &title)
{
    if (reason == "skip"_L1)
        return {tr("Skipped to “%1”.").arg(title), {}};
    if (reason == "take"_L1)
        return {tr("“%1” was taken.").arg(title), {}};
    if (reason == "slate"_L1)
        return {tr("The slate is on air."), tr("Nothing else is ready to play.")};
    if (reason == "emergency"_L1)
        return {tr("The emergency clip is on air."), tr("Nothing else is ready to play.")};
    return {tr("“%1” went on air.").arg(title), {}};
}

Wording::Message Wording::event(const QString &code, const QString &text, const QString &channel)
{
    Q_UNUSED(channel)
    if (code == "encoder-replaced"_L1)
        return {tr("The encoder stopped and is replaced."), text};
    if (code == "encoder-start-failed"_L1)
        return {tr("The encoder cannot be started."), text};
    if (code == "encoder-keeps-dying"_L1)
        return {tr("The encoder keeps stopping. It is started again more slowly."), text};
    if (code == "publisher-replaced"_L1)
        return {tr("The publisher stopped and is replaced."), text};
    if (code == "publisher-keeps-dying"_L1)
        return {tr("The publisher keeps stopping. It is started again more slowly."), text};
    if (code == "publisher-start-failed"_L1)
        return {tr("The publisher cannot be started."), text};
    if (code == "player-replaced"_L1)
        return {tr("A player stopped; another goes on with the item."), text};
    if (code == "players-abandoned"_L1)
        return {tr("Players wait for a disk or share that does not answer, and cannot be ended."),
                text};
    if (code == "players-abandoned-over"_L1)
        return {tr("No player waits for a disk or share any more."), {}};
    if (code == "player-without-cell"_L1)
        return {tr("Players cannot be locked in on this machine."), text};
    if (code == "logo-failed"_L1)
        return {tr("The channel's logo cannot be shown."), text};
    if (code == "engine-replaced"_L1)
        return {tr("The engine stopped; another goes on with the same item."), text};
    if (code == "keeper-replaced"_L1)
        return {tr("The keeper stopped and is replaced."), {}};
    if (code == "frames-lost"_L1)
        return {tr("Frames were lost."), text};
    if (code == "frames-dropped"_L1)
        return {tr("Frames were left out; the numbering was closed up."), text};
    if (code == "overload"_L1)
        return {tr("The machine cannot keep up."), text};
    if (code == "overload-over"_L1)
        return {tr("The machine keeps up again."), text};
    if (code == "slate-stands-in"_L1)
        return {tr("The slate is shown: the item on air gives no pictures."), text};
    if (code == "slate-stands-in-over"_L1)
        return {tr("The slate no longer stands in for an item."), {}};
    if (code == "slate-failed"_L1)
        return {tr("The slate's picture cannot be shown; the channel's card is the slate."), text};
    if (code == "slate-failed-over"_L1)
        return {tr("The slate is as it was set."), {}};
    if (code == "emergency-failed"_L1)
        return {tr("The emergency clip cannot be shown; the slate stays in its place."), text};
    if (code == "emergency-failed-over"_L1)
        return {tr("The emergency clip can be shown, or is not wanted any more."), {}};
    if (code == "emergency-on-air"_L1)
        return {tr("The emergency clip is shown: nothing of the list came for five seconds."), {}};
    if (code == "emergency-on-air-over"_L1)
        return {tr("The emergency clip is not shown any more."), {}};
    if (code == "lingering-off"_L1)
        return {tr("The system ends the station with your last logout. To keep it on air, run "
                   "\"loginctl enable-linger\" in a terminal."),
                text};
    if (code == "machine-stood-still"_L1)
        return {tr("The machine stood still for a while; the programme goes on where it was."),
                text};
    if (code == "clock-was-set"_L1)
        return {tr("The system's clock was set; the channels go on undisturbed."), text};
    if (code == "files-do-not-answer"_L1)
        return {tr("A disk or share does not answer; its files are looked at again later."), text};
    if (code == "files-do-not-answer-over"_L1)
        return {tr("A disk or share answers again."), text};
    if (code == "proving-stands-still"_L1)
        return {tr("Files are not looked through any more: too many never answered."), text};
    if (code == "proving-stands-still-over"_L1)
        return {tr("Files are looked through again."), {}};
    if (code == "proofs-not-kept"_L1)
        return {tr("What is found about files cannot be kept for the next start."), text};
    if (code == "proofs-not-kept-over"_L1)
        return {tr("What is found about files is kept again."), {}};
    if (code == "proofs-damaged"_L1)
        return {tr("What was found about files was lost, and is found again."), text};
    if (code == "thumbnails-not-kept"_L1)
        return {tr("Thumbnails cannot be kept."), text};
    if (code == "thumbnails-not-kept-over"_L1)
        return {tr("Thumbnails are kept again."), {}};
    if (code == "item-cannot-play"_L1)
        return {tr("An item cannot play and was passed over."), text};
    if (code == "item-cut-short"_L1)
        return {tr("An item ended before its time."), text};
    if (code == "list-file-taken-up"_L1)
        return {tr("The list's file was changed by another program; the list has the changes."),
                {}};
    if (code == "list-file-refused"_L1)
        return {tr("The list's file was changed and cannot be read; the list stays as it is."),
                text};
    if (code == "list-recovered"_L1)
        return {tr("Something was wrong with the list's files; it went on from what is sound."),
                text};
    if (code == "channel-left-out"_L1)
        return {tr("A channel could not be opened; the others run."), text};
    if (code == "list-file-not-written"_L1)
        return {tr("The list cannot be kept in its file."), text};
    if (code == "channel-start-failed"_L1)
        return {tr("The channel could not be put on air again."), text};
    if (code == "channel-begun-anew"_L1)
        return {tr("The channel began anew: it could not go on where it was."), text};
    if (code == "settings-not-saved"_L1 || code == "position-not-saved"_L1)
        return {tr("The channel's settings cannot be kept."), text};
    return {text, {}};
}

Wording::Message Wording::alarm(const QJsonObject &alarm, const DestinationState *destination)
{
    const QString text = alarm.value("text"_L1).toString();
    Message message;
    if (alarm.value("code"_L1).toString() == "destination-trouble"_L1) {
        // "target: what happened", where the target may be one that is not known any more.
        DestinationState other;
        other.target = text.section(u": "_s, 0, 0);
        other.type = QUrl(other.target).scheme();
        if (destination && text.startsWith(destination->target))
            other = *destination;
        const bool isNamed = !other.id.isEmpty() || !QUrl(other.target).host().isEmpty();
        const QString name = isNamed ? destinationName(other) : other.target;
        const QString what = text.mid(other.target.size() + 2);
        const QString trouble = destinationTrouble(what);
        message.headline = trouble.isEmpty()
            ? tr("%1 does not run.", "%1: a destination").arg(name)
            : tr("%1: %2.", "%1: a destination, %2: what it did").arg(name, trouble);
        message.detail = alarm.value("level"_L1).toString() == "fault"_L1
            ? tr("It is not tried again by itself.")
            : tr("Trying again by itself.");
        if (trouble.isEmpty() && !what.isEmpty())
            message.detail += u" ("_s + what + u')';
    } else {
        message
            = event(alarm.value("code"_L1).toString(), text, alarm.value("channel"_L1).toString());
    }
    if (alarm.value("state"_L1).toString() == "over"_L1) {
        message.detail = tr("Over since %1.", "%1: time of day")
                             .arg(dayAndTime(alarm.value("overMs"_L1).toInteger(-1)));
    }
    return message;
}

Wording::Message Wording::destinationRuns(const DestinationState &destination)
{
    return {tr("%1 runs again.", "%1: a destination").arg(destinationName(destination)), {}};
}

QString Wording::destinationTrouble(const QString &english)
{
    if (english.contains("nobody listens"_L1) || english.contains("refused"_L1))
        return tr("refused the connection", "what a destination did");
    if (english.contains("old session"_L1))
        return tr("still holds the old connection", "what a destination did");
    if (english.contains("does not answer"_L1) || english.contains("timed out"_L1))
        return tr("does not answer", "what a destination did");
    if (english.contains("closed the connection"_L1))
        return tr("closed the connection", "what a destination did");
    if (english.contains("No space left"_L1))
        return tr("the disk is full", "what is wrong with a destination");
    if (english.contains("Permission denied"_L1))
        return tr("the folder may not be written", "what is wrong with a destination");
    return {};
}

QString Wording::processTrouble(const QString &state)
{
    if (state == "stuck"_L1)
        return tr("stands still");
    if (state == "restarting"_L1)
        return tr("is replaced");
    if (state == "failed"_L1)
        return tr("does not start");
    return {};
}

QString Wording::duration(qint64 ms)
{
    if (ms < 0)
        return u"–"_s;
    const qint64 seconds = ms / 1000;
    return u"%1:%2:%3"_s.arg(seconds / 3600, 2, 10, QChar(u'0'))
        .arg(seconds / 60 % 60, 2, 10, QChar(u'0'))
        .arg(seconds % 60, 2, 10, QChar(u'0'));
}

QString Wording::shortDuration(qint64 ms)
{
    if (ms < 0)
        return u"–"_s;
    const qint64 seconds = ms / 1000;
    if (seconds < 3600)
        return u"%1:%2"_s.arg(seconds / 60, 2, 10, QChar(u'0'))
            .arg(seconds % 60, 2, 10, QChar(u'0'));
    return u"%1:%2:%3"_s.arg(seconds / 3600)
        .arg(seconds / 60 % 60, 2, 10, QChar(u'0'))
        .arg(seconds % 60, 2, 10, QChar(u'0'));
}

QString Wording::timeOfDay(qint64 utcMs)
{
    return utcMs < 0 ? u"–"_s : QDateTime::fromMSecsSinceEpoch(utcMs).toString(u"HH:mm:ss"_s);
}

QString Wording::dayAndTime(qint64 utcMs, const QDate &today)
{
    const QString time = timeOfDay(utcMs);
    const QDateTime local = QDateTime::fromMSecsSinceEpoch(utcMs);
    const QDate day = local.date();
    if (utcMs < 0 || day == today)
        return time;
    constexpr qint64 kMostDaysByName = 6;
    if (std::abs(today.daysTo(day)) > kMostDaysByName)
        return QLocale().toString(day, u"d MMM"_s) + local.toString(u" HH:mm"_s);
    return QLocale().dayName(day.dayOfWeek(), QLocale::ShortFormat) + u' ' + time;
}

QString Wording::bitrate(qint64 bitsPerSecond)
{
    const QLocale locale;
    if (bitsPerSecond >= 1'000'000)
        return tr("%1 Mb/s").arg(locale.toString(double(bitsPerSecond) / 1e6, 'f', 1));
    return tr("%1 kb/s").arg(locale.toString(double(bitsPerSecond) / 1e3, 'f', 0));
}

QString Wording::codecName(const QString &codec)
{
    static const QHash<QString, QString> names{
        {u"h264"_s, u"H.264"_s},        {u"hevc"_s, u"HEVC"_s},    {u"mpeg1video"_s, u"MPEG-1"_s},
        {u"mpeg2video"_s, u"MPEG-2"_s}, {u"mpeg4"_s, u"MPEG-4"_s}, {u"vp8"_s, u"VP8"_s},
        {u"vp9"_s, u"VP9"_s},           {u"av1"_s, u"AV1"_s},      {u"prores"_s, u"ProRes"_s},
        {u"dnxhd"_s, u"DNxHD"_s},       {u"mjpeg"_s, u"MJPEG"_s},  {u"png"_s, u"PNG"_s},
        {u"aac"_s, u"AAC"_s},           {u"mp3"_s, u"MP3"_s},      {u"mp2"_s, u"MP2"_s},
        {u"ac3"_s, u"AC-3"_s},          {u"eac3"_s, u"E-AC-3"_s},  {u"opus"_s, u"Opus"_s},
        {u"vorbis"_s, u"Vorbis"_s},     {u"flac"_s, u"FLAC"_s},    {u"dts"_s, u"DTS"_s},
    };
    if (codec.startsWith("pcm_"_L1))
        return u"PCM"_s;
    return names.value(codec, codec);
}

} // namespace continuo
