// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands.h"

#include "app/ctl/parameters.h"
#include "app/ctl/prooftext.h"
#include "app/ctl/recordstext.h"
#include "app/ctl/statustext.h"

namespace continuo {

namespace {

constexpr OptionSpec kExpect{"--expect", "VERSION",
                             "refuse when the list is no longer at this version"};
constexpr OptionSpec kLoop{"--loop", "on|off", "begin again after the last item (default on)"};
constexpr OptionSpec kSafeZone{"--safe-zone", "MS",
                               "how long before a join the next item is fixed (default 5000)"};
constexpr OptionSpec kLoudness{
    "--loudness", "off|LUFS", "what every item is brought to: -23 (of a new channel), -16, -14, …"};

constexpr OptionSpec kCreateOptions[]{
    {"--size", "WxH", "pixels (default 1280x720)"},
    {"--fps", "R", "frame rate: 25, 29.97, 30000/1001 (default 30)"},
    kLoop,
    kSafeZone,
    kLoudness,
};
constexpr OptionSpec kSetOptions[]{
    kLoop,
    kSafeZone,
    {"--languages", "LIST", "of the sound, best first: de,en; '': as each file says"},
    kLoudness,
    {"--slate", "FILE", "picture shown while there is nothing to play; '': a card with the name"},
    {"--emergency", "FILE", "clip that follows the slate after five seconds; '': none"},
    {"--slate-clock", "on|off", "whether that picture has the clock of the card (default off)"},
};
constexpr OptionSpec kDestinationOptions[]{
    {"--key-stdin", nullptr, "read the stream key from standard input (asks at a terminal)"},
    {"--key-file", "F", "read the stream key from the first line of a file"},
    {"--serve", "ADDR:PORT", "HLS: serve the folder over HTTP too (port 0: any free one)"},
    {"--list-size", "N", "HLS: segments in the live playlist"},
};
constexpr OptionSpec kIn{
    "--in", "T", "place in the clip where it begins: HH:MM:SS:FF or seconds; '': the clip's begin"};
constexpr OptionSpec kOut{"--out", "T",
                          "place where it ends, which is not shown any more; '': the clip's end"};
constexpr OptionSpec kAddOptions[]{
    {"--at", "N", "row of the first new item, from 0 (default: end)"}, kIn,     kOut,
    {"--category", "NAME", "of the new items: some may have no logo"}, kExpect,
};
constexpr OptionSpec kItemOptions[]{{"--title", "TEXT", "'': by the file's name"},
                                    {"--category", "TEXT", "a word of yours, kept with the item"},
                                    kIn,
                                    kOut,
                                    {"--sound", "WHICH",
                                     "index of a track of its file, or languages: de,en; '': as "
                                     "the channel has it"},
                                    kExpect};
constexpr OptionSpec kThumbnailOptions[]{
    {"--kind", "KIND", "poster (default), head (the first picture) or tail (the last)"}};
constexpr OptionSpec kLogoOptions[]{
    {"--corner", "CORNER", "top-left, top-right, bottom-left or bottom-right (default top-right)"},
    {"--at", "X,Y", "in place of a corner: pixels from the upper left one"},
    {"--width", "PERCENT", "of the picture's width (0, the default: the file's own pixels)"},
    {"--opacity", "PERCENT", "default 100"},
    {"--fade", "FRAMES", "in which it comes, changes and goes (default 12)"},
    {"--off-for", "NAME,NAME", "categories of items that are shown without it"},
    {"--on-slate", "on|off", "whether the slate has it (default on)"},
    {"--premultiplied", "on|off", "whether its colours are multiplied by its alpha (default off)"},
};
constexpr OptionSpec kMoveOptions[]{
    {"--to", "N", "row before which they stand afterwards, counted before the move"}, kExpect};
constexpr OptionSpec kEditOptions[]{kExpect};
constexpr OptionSpec kRenderOptions[]{{"--out", "FILE", "the ending chooses mkv, mp4 or ts"}};
constexpr OptionSpec kAsrunOptions[]{
    {"--from", "T", "only what was on air at or after that time"},
    {"--to", "T", "only what began before that time"},
    {"--csv", nullptr, "comma-separated values (RFC 4180), times in UTC"},
};
constexpr OptionSpec kWatchOptions[]{{"--seconds", "N", "end after so many seconds"}};

constexpr CommandSpec kCommands[]{
    {"channel create", "NAME", "Makes a channel; it stays off air until it is started.",
     "continuoctl channel create 'Riverside TV' --size 1920x1080 --fps 25\n"
     "continuoctl channel create demo --loop off",
     kCreateOptions, true, "channel.create", channelSettings, printStatus},
    {"channel set", "NAME", "Changes settings of a channel, on air too.",
     "continuoctl channel set demo --loop on\n"
     "continuoctl channel set demo --loudness -16\n"
     "continuoctl channel set demo --slate back-soon.png --emergency best-of.mp4",
     kSetOptions, true, "channel.set", channelSettings, printStatus},
    {"channel list",
     "",
     "Lists the channels.",
     "continuoctl channel list",
     {},
     false,
     "channel.list",
     noParams,
     printChannels},
    {"channel remove",
     "NAME",
     "Removes a channel that is off air, with its list.",
     "continuoctl stop demo && continuoctl channel remove demo",
     {},
     true,
     "channel.remove",
     nameParams,
     printNothing},
    {"destination add", "CHANNEL URL|hls:DIR|file:PATH",
     "Adds a place that the channel goes to, on air too; prints its id.",
     "continuoctl destination add demo hls:/srv/hls --serve 127.0.0.1:8080\n"
     "continuoctl destination add demo file:recording.mkv\n"
     "continuoctl destination add demo rtmp://a.example/live --key-file ~/key.txt\n"
     "pass show stream-key | continuoctl destination add demo rtmp://a.example/live --key-stdin",
     kDestinationOptions, true, "destination.add", destinationParams, printAddedDestination},
    {"destination list",
     "CHANNEL",
     "Lists the destinations of a channel.",
     "continuoctl destination list demo",
     {},
     false,
     "destination.list",
     channelParams,
     printDestinations},
    {"destination remove",
     "CHANNEL ID",
     "Ends a destination cleanly and forgets its key.",
     "continuoctl destination remove demo d2",
     {},
     true,
     "destination.remove",
     destinationIdParams,
     printNothing},
    {"logo set", "CHANNEL [FILE]",
     "Shows a logo, on air too; what is not given stays as it was set. Prints its first frame.",
     "continuoctl logo set demo logo.png --corner bottom-right --width 12 --opacity 80\n"
     "continuoctl logo set demo --off-for Ads,News\n"
     "continuoctl logo set demo other.webp --fade 25",
     kLogoOptions, true, "logo.set", logoParams, printLogo},
    {"logo off",
     "CHANNEL",
     "Takes the logo away; 'logo set' without a file shows it again.",
     "continuoctl logo off demo",
     {},
     true,
     "logo.off",
     channelParams,
     printLogo},
    {"playlist add", "CHANNEL FILE...", "Adds files to the list; prints the new items' ids.",
     "continuoctl playlist add demo intro.mp4 film.mkv\n"
     "continuoctl playlist add demo --at 0 *.mov\n"
     "continuoctl playlist add demo match.mxf --in 00:03:10:00 --out 00:48:20:12",
     kAddOptions, true, "playlist.add", filesParams, printAddedItems},
    {"playlist list",
     "CHANNEL",
     "Shows the list with states, lengths and expected starts.",
     "continuoctl playlist list demo\n"
     "continuoctl --json playlist list demo | jq -r '.items[].path'",
     {},
     false,
     "playlist.list",
     channelParams,
     printPlaylist},
    {"playlist remove", "CHANNEL ITEM...", "Removes items; one that is on air plays to its end.",
     "continuoctl playlist remove demo 7", kEditOptions, true, "playlist.remove", itemsParams,
     printEdit},
    {"playlist move", "CHANNEL ITEM...", "Moves items to another place.",
     "continuoctl playlist move demo 7 8 --to 0", kMoveOptions, true, "playlist.move", moveParams,
     printEdit},
    {"playlist set", "CHANNEL ITEM",
     "Sets title, category, in or out point or sound of an item; a new out point counts at once on "
     "air.",
     "continuoctl playlist set demo 7 --in 00:00:10:00 --out 00:01:30:12\n"
     "continuoctl playlist set demo 7 --out '' --title 'The whole film'",
     kItemOptions, true, "playlist.set", setParams, printEdit},
    {"playlist clear", "CHANNEL", "Removes every item; what is on air plays to its end.",
     "continuoctl playlist clear demo", kEditOptions, true, "playlist.clear", channelParams,
     printEdit},
    {"playlist undo", "CHANNEL", "Undoes the last edit.", "continuoctl playlist undo demo",
     kEditOptions, true, "playlist.undo", channelParams, printEdit},
    {"proof",
     "FILE",
     "Shows what was found about a file of a list before its turn.",
     "continuoctl proof film.mkv\n"
     "continuoctl --json proof film.mkv | jq .reading.sound",
     {},
     false,
     "proof.get",
     proofParams,
     printProof},
    {"proof again",
     "FILE",
     "Looks through a file again, whether or not it has changed.",
     "continuoctl proof again film.mkv",
     {},
     true,
     "proof.again",
     proofParams,
     printNothing},
    {"thumbnail get", "FILE", "Gets a small picture of a file of a list, as a JPEG in base64.",
     "continuoctl --json thumbnail get film.mkv | jq -r .jpeg | base64 -d > film.jpg",
     kThumbnailOptions, false, "thumbnail.get", thumbnailParams, printThumbnail},
    {"start",
     "CHANNEL",
     "Puts a channel on air.",
     "continuoctl start demo",
     {},
     true,
     "channel.start",
     channelParams,
     printFrame},
    {"stop",
     "CHANNEL",
     "Takes a channel off air; its destinations end cleanly.",
     "continuoctl stop demo",
     {},
     true,
     "channel.stop",
     channelParams,
     printFrame},
    {"skip",
     "CHANNEL",
     "Goes to the next item now; prints the frame at which it is on air.",
     "continuoctl skip demo",
     {},
     true,
     "channel.skip",
     channelParams,
     printFrame},
    {"take",
     "CHANNEL ITEM",
     "Puts an item on air now; prints the frame at which it is.",
     "continuoctl take demo 7",
     {},
     true,
     "channel.take",
     itemParams,
     printFrame},
    {"next", "CHANNEL ITEM", "Makes an item follow the one on air.", "continuoctl next demo 7",
     kEditOptions, true, "channel.next", itemParams, printEdit},
    {"status",
     "[CHANNEL]",
     "Shows what was measured at each step of the chain.",
     "continuoctl status demo\n"
     "continuoctl --json status demo | jq .counts",
     {},
     false,
     "channel.status",
     channelParams,
     printStatus},
    {"watch", "[CHANNEL]",
     "Writes events as JSON lines until it is ended; goes on when the engine is replaced.",
     "continuoctl watch demo --seconds 60", kWatchOptions, false, nullptr, channelParams,
     printNothing},
    {"asrun", "CHANNEL", "Shows what was on air, as planned and as it was, and why they differ.",
     "continuoctl asrun demo --from 2h\n"
     "continuoctl asrun demo --from 2026-01-01 --to 2026-02-01 --csv > january.csv\n"
     "continuoctl asrun demo --from 18:30 --json",
     kAsrunOptions, false, "asrun.list", asrunParams, printAsrun},
    {"asrun keep",
     "[DAYS]",
     "Says or sets for how many days as-run log and alarms are kept (0: for ever).",
     "continuoctl asrun keep 800",
     {},
     false,
     "asrun.keep",
     keepParams,
     printKeep},
    {"alarms",
     "[CHANNEL]",
     "Lists what went wrong: when, how often, and what was done about it.",
     "continuoctl alarms\n"
     "continuoctl alarms demo --json | jq -r '.alarms[].code'",
     {},
     false,
     "alarms.list",
     channelParams,
     printAlarms},
    {"alarms clear",
     "[CHANNEL]",
     "Clears the alarms that are over; the next of a kind is a new one.",
     "continuoctl alarms clear",
     {},
     false,
     "alarms.clear",
     channelParams,
     printCleared},
    {"processes",
     "",
     "Lists each process of the station: role, channel, pid, CPU, memory.",
     "continuoctl processes",
     {},
     false,
     "station.processes",
     noParams,
     printProcesses},
    {"render", "CHANNEL",
     "Plays the list of a channel that is off air once, as fast as it can, into a file.",
     "continuoctl render demo --out demo.mp4", kRenderOptions, true, "station.render", renderParams,
     printRender},
    {"doctor",
     "",
     "Looks whether this machine can keep a channel on air, and says what to do (exit status: 0 "
     "all "
     "well, 1 warnings, 2 faults).",
     "continuoctl doctor\n"
     "continuoctl --json doctor | jq -r '.checks[] | select(.level == \"fault\") | .text'",
     {},
     false,
     nullptr,
     noParams,
     printNothing},
    {"shutdown",
     "",
     "Ends every channel and every process of the station; waits for it.",
     "continuoctl shutdown",
     {},
     false,
     nullptr,
     noParams,
     printNothing},
    {"api-docs",
     "",
     "Prints docs/api.md, the description of the control interface.",
     "continuoctl api-docs > docs/api.md",
     {},
     false,
     nullptr,
     noParams,
     printNothing},
    {"help",
     "[COMMAND]",
     "Prints help for a command, or the list of commands.",
     "continuoctl help playlist add",
     {},
     false,
     nullptr,
     noParams,
     printNothing},
};

} // namespace

std::span<const CommandSpec> commandTable()
{
    return kCommands;
}

} // namespace continuo
