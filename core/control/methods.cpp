// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/methods.h"

#include <QJsonArray>
#include <QStringList>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

using enum ParamType;

constexpr qint64 kMostRows = 50'000; // Playlist::kMaxItems
constexpr qint64 kLeastPixels = 16; // HouseFormat::validate()
constexpr qint64 kMostPixels = 8192;
constexpr qint64 kMostFade = 250;
constexpr qint64 kMostSafeZoneMs = 300'000;
constexpr qint64 kMostTimeMs = 253'402'300'799'999; // the last millisecond of the year 9999

constexpr ParamSpec kChannel{"channel"_L1, Text, true, "name of the channel"_L1};
constexpr ParamSpec kOptionalChannel{"channel"_L1, Text, false, "only this channel"_L1};
constexpr ParamSpec kExpect{
    "expect"_L1, Integer, false,
    "version of the list that the edit was made for; refused with busy when the list moved on"_L1};

constexpr ParamSpec kChannelCreate[]{
    {"name"_L1, Text, true, "name of the new channel"_L1},
    {"width"_L1, Integer, false, "pixels, even (default 1280)"_L1, kLeastPixels, kMostPixels},
    {"height"_L1, Integer, false, "pixels, even (default 720)"_L1, kLeastPixels, kMostPixels},
    {"fps"_L1, Text, false, "frame rate: 25, 30000/1001, 59.94 (default 30)"_L1},
    {"loop"_L1, Boolean, false, "begin again after the last item (default true)"_L1},
    {"safeZoneMs"_L1, Integer, false,
     "how long before a join the choice of the next item is fixed, ms (default 5000)"_L1, 0,
     kMostSafeZoneMs},
    {"loudness"_L1, Text, false,
     "what every item is brought to, LUFS: -23 (default), -16, -14 or another from -36 to -10; "
     "off: as loud as each file is"_L1},
};
constexpr ParamSpec kChannelName[]{{"name"_L1, Text, true, "name of the channel"_L1}};
constexpr ParamSpec kChannelSet[]{
    {"name"_L1, Text, true, "name of the channel"_L1},
    {"loop"_L1, Boolean, false, "begin again after the last item"_L1},
    {"safeZoneMs"_L1, Integer, false, "safe zone before a join, ms"_L1, 0, kMostSafeZoneMs},
    {"languages"_L1, Text, false,
     "of the sound where a file has several, best first: \"de, en\"; empty: as each file says"_L1},
    {"loudness"_L1, Text, false,
     "what every item is brought to from now on, LUFS: -23, -16, -14 or another from -36 to -10; "
     "off: as loud as each file is"_L1},
    {"slate"_L1, Text, false,
     "what is shown while there is nothing to play: absolute path of a picture; empty: a card with "
     "the channel's name and a clock (default)"_L1},
    {"emergency"_L1, Text, false,
     "what follows the slate after five seconds, again and again, until the list has something to "
     "play: absolute path of a clip; empty: none (default)"_L1},
    {"slateClock"_L1, Boolean, false, "whether that picture has the clock, too (default false)"_L1},
};
constexpr ParamSpec kJustChannel[]{kChannel};
constexpr ParamSpec kMaybeChannel[]{kOptionalChannel};
constexpr ParamSpec kChannelItem[]{kChannel, {"item"_L1, Text, true, "id of the item"_L1}};
constexpr ParamSpec kChannelNext[]{kChannel, {"item"_L1, Text, true, "id of the item"_L1}, kExpect};
constexpr ParamSpec kDestinationAdd[]{
    kChannel,
    {"target"_L1, Text, true, "URL (rtmp, rtmps), hls:DIR or file:PATH (mkv, mp4, ts)"_L1},
    {"key"_L1, Text, false, "stream key; kept in a 0600 file of its own, never given back"_L1},
    {"serve"_L1, Text, false,
     "HLS: also serve the folder over HTTP at ADDRESS:PORT (port 0: any)"_L1},
    {"listSize"_L1, Integer, false, "HLS: segments in the live playlist"_L1, 0, 100'000},
};
constexpr ParamSpec kDestinationRemove[]{kChannel,
                                         {"id"_L1, Text, true, "id of the destination"_L1}};
constexpr ParamSpec kIn{
    "in"_L1, Text, false,
    "place in the clip where the item begins: HH:MM:SS:FF in house frames, or seconds (12.48); "
    "empty: the clip's begin"_L1};
constexpr ParamSpec kOut{
    "out"_L1, Text, false,
    "the same: where it ends, which is not shown any more; empty: the clip's end"_L1};
constexpr ParamSpec kPlaylistAdd[]{
    kChannel,
    {"files"_L1, TextList, true, "absolute paths, in order"_L1},
    {"at"_L1, Integer, false, "row of the first new item, from 0 (default: the end)"_L1, 0,
     kMostRows},
    kIn,
    kOut,
    {"category"_L1, Text, false, "of the new items: some may have no logo"_L1},
    kExpect,
};
constexpr ParamSpec kPlaylistSet[]{
    kChannel,
    {"item"_L1, Text, true, "id of the item"_L1},
    {"title"_L1, Text, false, "empty: by the file's name"_L1},
    {"category"_L1, Text, false, "a word of yours, kept with the item"_L1},
    kIn,
    kOut,
    {"sound"_L1, Text, false,
     "which sound of its file: the index of the track, or languages; empty: as the channel has "
     "it"_L1},
    kExpect,
};
constexpr ParamSpec kLogoSet[]{
    kChannel,
    {"path"_L1, Text, false,
     "absolute path of a picture, with alpha or without (default: as before)"_L1},
    {"corner"_L1, Text, false,
     "top-left, top-right, bottom-left or bottom-right, 5 % from the edges (default top-right)"_L1},
    {"x"_L1, Integer, false, "in place of a corner: pixels from the left edge, with y"_L1, 0,
     kMostPixels},
    {"y"_L1, Integer, false, "pixels from the upper edge, with x"_L1, 0, kMostPixels},
    {"widthPercent"_L1, Number, false,
     "of the picture's width, 0 to 100 (0, the default: as many pixels as the file has)"_L1},
    {"opacity"_L1, Integer, false, "percent (default 100)"_L1, 0, 100},
    {"fade"_L1, Integer, false, "frames in which it comes, changes and goes (default 12)"_L1, 0,
     kMostFade},
    {"offFor"_L1, TextList, false, "categories of items that are shown without it"_L1},
    {"onSlate"_L1, Boolean, false, "whether the slate has it (default true)"_L1},
    {"premultiplied"_L1, Boolean, false,
     "whether the file's colours are multiplied by its alpha (default false; OpenEXR's are)"_L1},
};
constexpr ParamSpec kPlaylistRemove[]{
    kChannel, {"items"_L1, TextList, true, "ids of the items"_L1}, kExpect};
constexpr ParamSpec kPlaylistMove[]{
    kChannel,
    {"items"_L1, TextList, true, "ids of the items, in their new order"_L1},
    {"to"_L1, Integer, true, "row before which they stand afterwards, counted before the move"_L1,
     0, kMostRows},
    kExpect,
};
constexpr ParamSpec kProof[]{
    {"path"_L1, Text, true, "absolute path of a file that is in a list"_L1}};
constexpr ParamSpec kThumbnail[]{
    {"path"_L1, Text, true, "absolute path of a file that is in a list"_L1},
    {"kind"_L1, Text, false,
     "poster (default: by which people know it), head (the first that is shown) or tail (the last)"_L1},
};
constexpr ParamSpec kPlaylistEdit[]{kChannel, kExpect};
constexpr ParamSpec kRender[]{
    kChannel, {"out"_L1, Text, true, "absolute path; the ending chooses mkv, mp4 or ts"_L1}};

constexpr ParamSpec kAsrunList[]{
    kChannel,
    {"fromMs"_L1, Integer, false,
     "only what was on air at or after that time (UTC ms since 1970)"_L1, 0, kMostTimeMs},
    {"toMs"_L1, Integer, false, "only what began before that time (UTC ms since 1970)"_L1, 0,
     kMostTimeMs},
    {"after"_L1, Integer, false, "only rows behind the row of that id, to read on"_L1},
    {"limit"_L1, Integer, false, "rows in this answer (default 1000)"_L1, 1, 5000},
};
constexpr ParamSpec kAsrunKeep[]{
    {"days"_L1, Integer, false, "0: for ever; absent: only tells what is set"_L1, 0, 36'500}};

constexpr auto kEditReply
    = "`{\"version\",\"frame\",\"nextSettled\"?}`: version of the list after the edit, and the "
      "frame on air when it was accepted; nextSettled: what follows was settled before, and stays"_L1;
constexpr auto kStatus = "channel status"_L1;
constexpr auto kEmpty = "`{}`"_L1;
constexpr auto kEffect = "`{\"frame\",\"item\"}`: the frame number at which the item is on air"_L1;

constexpr MethodSpec kMethods[]{
    {"channel.create"_L1, "Makes a channel; it stays off air until it is started."_L1,
     kChannelCreate, kStatus},
    {"channel.list"_L1,
     "Gives the status of every channel."_L1,
     {},
     "`{\"channels\":[status]}`"_L1},
    {"channel.remove"_L1, "Removes a channel that is off air, with its list."_L1, kChannelName,
     kEmpty},
    {"channel.set"_L1, "Changes settings of a channel, on air too."_L1, kChannelSet, kStatus},
    {"channel.status"_L1, "Gives the status of one channel or of all."_L1, kMaybeChannel,
     "one channel status, or `{\"channels\":[status]}`"_L1},
    {"channel.start"_L1, "Puts a channel on air."_L1, kJustChannel,
     "`{\"frame\"}`: the first frame that will be aired"_L1},
    {"channel.stop"_L1, "Takes a channel off air; its destinations end cleanly."_L1, kJustChannel,
     "`{\"frame\"}`: the last frame that was aired"_L1},
    {"channel.skip"_L1, "Ends the item on air now and goes to the next."_L1, kJustChannel, kEffect},
    {"channel.take"_L1, "Puts an item on air now."_L1, kChannelItem, kEffect},
    {"channel.next"_L1, "Makes an item follow the one on air."_L1, kChannelNext, kEditReply},
    {"destination.add"_L1, "Adds a destination, on air too."_L1, kDestinationAdd,
     "`{\"destination\",\"warning\"?}`; the warning says that a key stood in the URL"_L1},
    {"destination.list"_L1, "Gives the destinations of a channel."_L1, kJustChannel,
     "`{\"destinations\":[destination]}`"_L1},
    {"destination.remove"_L1, "Ends a destination cleanly and forgets it and its key."_L1,
     kDestinationRemove, kEmpty},
    {"logo.set"_L1,
     "Shows a logo, on air too; what is not given stays as it was set. The file is read anew."_L1,
     kLogoSet,
     "`{\"logo\",\"frame\"?}`: as in the status; frame: the first with it, while on air"_L1},
    {"logo.off"_L1, "Takes the logo away; what was set is kept for the next logo.set."_L1,
     kJustChannel, "`{\"logo\",\"frame\"?}`: as logo.set"_L1},
    {"playlist.add"_L1, "Adds files to the list."_L1, kPlaylistAdd,
     "edit reply and `\"items\":[item]`, the new items"_L1},
    {"playlist.list"_L1, "Gives the whole list."_L1, kJustChannel,
     "`{\"channel\",\"file\",\"version\",\"loop\",\"items\":[item],\"onAir\"?,\"next\"?}`"_L1},
    {"playlist.remove"_L1, "Removes items; one that is on air plays to its end."_L1,
     kPlaylistRemove, kEditReply},
    {"playlist.move"_L1, "Moves items to another place."_L1, kPlaylistMove, kEditReply},
    {"playlist.clear"_L1, "Removes every item."_L1, kPlaylistEdit, kEditReply},
    {"playlist.set"_L1,
     "Sets title, category, in or out point or sound of an item. On air a new out point counts at "
     "once, a "
     "new in point the next time."_L1,
     kPlaylistSet, kEditReply},
    {"playlist.undo"_L1, "Undoes the last edit."_L1, kPlaylistEdit, kEditReply},
    {"proof.get"_L1, "Gives what was found about a file before its turn."_L1, kProof,
     "`{\"path\",\"verdict\",\"tier\",\"underWay\"?,\"findings\":[{\"code\",\"detail\",\"atUs\"?,"
     "\"lengthUs\"?,\"count\"?}],\"durationUs\"?,\"ends\"?,\"reading\"?,\"look\"?}`; verdict: "
     "pending, "
     "ready, "
     "warning or will-not-play"_L1},
    {"proof.again"_L1, "Looks through a file again, whether or not it has changed."_L1, kProof,
     kEmpty},
    {"thumbnail.get"_L1,
     "Gives a small picture of a file, once its first tier is proven; one that was not kept is "
     "made "
     "again, and there a little later."_L1,
     kThumbnail,
     "`{\"path\",\"kind\",\"tag\",\"atUs\",\"jpeg\"}`: in base64, 160x90 at most; the tag is "
     "that of the item's proof, another when the file is another"_L1},
    {"asrun.list"_L1, "Gives rows of the as-run log: what was on air, oldest first."_L1, kAsrunList,
     "`{\"rows\":[airing],\"more\"?}`; more: ask again with `after`"_L1},
    {"asrun.keep"_L1, "Says or sets for how many days the as-run log and alarms are kept."_L1,
     kAsrunKeep, "`{\"days\"}`"_L1},
    {"alarms.list"_L1, "Gives the alarms that were not cleared, newest first."_L1, kMaybeChannel,
     "`{\"alarms\":[alarm]}`"_L1},
    {"alarms.clear"_L1, "Clears the alarms that are not active any more."_L1, kMaybeChannel,
     "`{\"cleared\"}`: how many it were"_L1},
    {"station.processes"_L1,
     "Gives every process of the station with its cost."_L1,
     {},
     "`{\"processes\":[{\"role\",\"channel\",\"pid\",\"cpuSeconds\",\"rssBytes\",\"pssBytes\"}]}`"_L1},
    {"station.render"_L1,
     "Plays the list of a channel that is off air once, unpaced, into a file; ends with the "
     "connection that asked for it."_L1,
     kRender,
     "when done: `{\"frames\",\"seconds\",\"file\",\"items\":[{\"item\",\"frame\"}],\"problems\":[{"
     "\"item\",\"path\",\"code\",\"detail\",\"framesPlayed\"}]}`; seconds of programme"_L1},
    {"station.shutdown"_L1, "Ends every channel and every process of the station."_L1, {}, kEmpty},
    {"events.subscribe"_L1, "Sends events to this connection from now on."_L1, kMaybeChannel,
     kEmpty},
    {"preview.open"_L1,
     "Makes small pictures and the sound of what is on air, in shared memory."_L1, kJustChannel,
     "`{\"shm\",\"bytes\"}`: name and size of the ring"_L1},
    {"preview.close"_L1, "Says that this connection needs the preview no more."_L1, kJustChannel,
     kEmpty},
};

constexpr EventSpec kEvents[]{
    {"event.status"_L1,
     "A channel status: at each change, and at most 10 a second while on air."_L1},
    {"event.playlist"_L1,
     "`{\"channel\",\"version\",\"items\"}`: the whole list, after each edit or change of state."_L1},
    {"event.item"_L1,
     "`{\"channel\",\"item\",\"title\",\"frame\",\"reason\"}`: something went on air; reason is "
     "follow, skip, take, slate, emergency, or resume where a new engine goes on."_L1},
    {"event.message"_L1,
     "`{\"channel\",\"level\",\"code\",\"text\",\"atMs\"}`: empty channel: the station; level is "
     "info, warning or fault; text is English."_L1},
    {"event.alarm"_L1, "An alarm: it was raised, counted again, is over, or was cleared."_L1},
    {"event.preview"_L1, "`{\"channel\",\"sequence\"}`: the ring has a new picture."_L1},
};

// Out of the range is refused here, since behind it a number becomes an int by QJsonValue::toInt():
// that gives the default for one that does not fit, as if none had been given.
bool isWholeNumber(const QJsonValue &value, qint64 least, qint64 most)
{
    const double number = value.toDouble();
    return value.isDouble() && number == std::floor(number) && number >= double(least)
        && number <= double(most);
}

bool matches(const ParamSpec &param, const QJsonValue &value)
{
    switch (param.type) {
    case Text:
        return value.isString();
    case Integer:
        return isWholeNumber(value, param.least, param.most);
    case Number:
        return value.isDouble();
    case Boolean:
        return value.isBool();
    case TextList: {
        const QJsonArray list = value.toArray();
        return value.isArray() && std::all_of(list.begin(), list.end(), [](const auto &one) {
                   return one.isString();
               });
    }
    case Object:
        return value.isObject();
    }
    return false;
}

} // namespace

std::span<const MethodSpec> methodTable()
{
    return kMethods;
}

std::span<const EventSpec> eventTable()
{
    return kEvents;
}

const MethodSpec *findMethod(QStringView name)
{
    const auto found = std::find_if(std::begin(kMethods), std::end(kMethods),
                                    [&](const MethodSpec &method) { return method.name == name; });
    return found == std::end(kMethods) ? nullptr : found;
}

QString paramTypeText(const ParamSpec &param)
{
    switch (param.type) {
    case Text:
        return u"text"_s;
    case Integer:
        return u"whole number from %1 to %2"_s.arg(param.least).arg(param.most);
    case Number:
        return u"number"_s;
    case Boolean:
        return u"true or false"_s;
    case TextList:
        return u"list of texts"_s;
    case Object:
        return u"object"_s;
    }
    return u"object"_s;
}

Result<void> validateParams(QStringView method, const QJsonObject &params)
{
    const MethodSpec *spec = findMethod(method);
    if (!spec)
        return Error{ErrorCode::Unsupported, u"there is no method '%1'"_s.arg(method), 0};
    const auto fail = [&](const QString &why) {
        return Error{ErrorCode::InvalidArgument, method.toString() + u": "_s + why, 0};
    };
    for (auto param = params.begin(); param != params.end(); ++param) {
        const QString name = param.key();
        const auto known = std::find_if(spec->params.begin(), spec->params.end(),
                                        [&](const ParamSpec &one) { return one.name == name; });
        if (known == spec->params.end())
            return fail(u"there is no parameter '%1'"_s.arg(name));
        if (!matches(*known, param.value()))
            return fail(u"'%1' must be a %2"_s.arg(name, paramTypeText(*known)));
    }
    QStringList missing;
    for (const ParamSpec &param : spec->params) {
        if (param.isRequired && !params.contains(param.name))
            missing.append(u"'%1'"_s.arg(param.name));
    }
    if (!missing.isEmpty())
        return fail(missing.join(u", "_s) + (missing.size() == 1 ? u" is"_s : u" are"_s)
                    + u" missing"_s);
    return {};
}

} // namespace continuo
