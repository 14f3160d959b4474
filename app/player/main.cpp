// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/player/inspect.h"
#include "app/player/playersession.h"
#include "app/player/prove.h"
#include "core/base/logging.h"
#include "core/media/avlog.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#include <fcntl.h>
#include <sys/prctl.h>

#include <csignal>
#include <cstdio>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

constexpr int kUsageError = 2;

int usageError(const QString &text)
{
    std::fprintf(stderr, "continuo-player: %s\nTry --help.\n", qUtf8Printable(text));
    return kUsageError;
}

/// The inherited descriptor of an option; invalid when it is none.
UniqueFd inherited(const QCommandLineParser &parser, const QString &option)
{
    bool isNumber = false;
    const int fd = parser.value(option).toInt(&isNumber);
    if (!isNumber || fd < 3 || ::fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return {};
    return UniqueFd(fd);
}

Result<HouseFormat> formatOf(const QString &text)
{
    return houseFormatFromText(text.section(u'@', 0, 0),
                               text.contains(u'@') ? text.section(u'@', 1) : u"30"_s);
}

int serve(const QCommandLineParser &parser)
{
    UniqueFd control = inherited(parser, u"control"_s);
    UniqueFd store = inherited(parser, u"store"_s);
    UniqueFd ready = inherited(parser, u"ready"_s);
    UniqueFd free = inherited(parser, u"free"_s);
    if (!control.isValid() || !store.isValid() || !ready.isValid() || !free.isValid())
        return usageError(u"--control, --store, --ready and --free name open descriptors; the "
                          u"engine starts players so"_s);
    // It ends by its control socket, which a process that is stopped or spins does not read. The
    // signal comes when the thread that started it ends: of an engine that is the main thread.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    Result<FrameStoreWriter> writer
        = FrameStoreWriter::attach(std::move(store), std::move(ready), std::move(free));
    if (!writer) {
        qCCritical(lcMedia).noquote() << writer.error().detail;
        return 1;
    }
    PlayerSession session(MessageSocket(std::move(control)), std::move(writer).value());
    return session.run();
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"continuo-player"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(CONTINUO_VERSION));
    ::signal(SIGPIPE, SIG_IGN);

    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"Plays one clip as frames of a channel. The engine starts it; by hand it tells about a "
        u"clip."_s);
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOptions({
        {u"control"_s, u"Descriptor of the engine's control socket."_s, u"FD"_s},
        {u"store"_s, u"Descriptor of the frame store."_s, u"FD"_s},
        {u"ready"_s, u"Descriptor of the wake-up to the engine."_s, u"FD"_s},
        {u"free"_s, u"Descriptor of the wake-up from the engine."_s, u"FD"_s},
        {u"graph"_s, u"Print the filter graphs for FILE as ffmpeg's -vf and -af take them."_s,
         u"FILE"_s},
        {u"probe"_s, u"Print what FILE is, as JSON; exit status 1 if it will not play."_s,
         u"FILE"_s},
        {u"prove"_s,
         u"Look through FILE before its turn and print what was found, as JSON, a line a tier; "
         u"exit status 1 if it will not play."_s,
         u"FILE"_s},
        {u"tiers"_s,
         u"With --prove: 1 decodes both ends, 2 reads all and listens to the sound, 3 looks at key "
         u"frames."_s,
         u"LIST"_s, u"1,2,3"_s},
        {u"play"_s, u"Play all of FILE as fast as it goes and print how it went."_s, u"FILE"_s},
        {u"nut"_s, u"With --play: write the frames as NUT to OUT (- for standard output)."_s,
         u"OUT"_s},
        {u"from"_s, u"With --play: begin at house frame N of the clip."_s, u"N"_s, u"0"_s},
        {u"until"_s, u"With --play: end before house frame N of the clip (default: its end)."_s,
         u"N"_s, u"-1"_s},
        {u"cell"_s, u"Print what the cell is made of in which clips are read here."_s},
        {u"format"_s, u"House format for --graph, --probe and --play."_s, u"WxH@FPS"_s,
         u"1280x720@30"_s},
    });
    if (!parser.parse(QCoreApplication::arguments()))
        return usageError(parser.errorText());
    if (parser.isSet(u"help"_s))
        parser.showHelp();
    if (parser.isSet(u"version"_s))
        parser.showVersion();
    startLogging(QString());
    routeAvLog();

    if (parser.isSet(u"cell"_s))
        return printCell();
    const Result<HouseFormat> format = formatOf(parser.value(u"format"_s));
    if (!format)
        return usageError(format.error().detail);
    bool isNumber = false;
    const qint64 from = parser.value(u"from"_s).toLongLong(&isNumber);
    if (!isNumber || from < 0)
        return usageError(u"--from takes a frame number"_s);
    const qint64 until = parser.value(u"until"_s).toLongLong(&isNumber);
    if (!isNumber || (parser.isSet(u"until"_s) && until < 0))
        return usageError(u"--until takes a frame number"_s);
    if (parser.isSet(u"graph"_s))
        return printGraphs(parser.value(u"graph"_s), format.value());
    if (parser.isSet(u"probe"_s))
        return printFacts(parser.value(u"probe"_s), format.value());
    if (parser.isSet(u"prove"_s)) {
        const std::optional<ProofTiers> tiers = proofTiersFromText(parser.value(u"tiers"_s));
        return tiers ? proveFile(parser.value(u"prove"_s), *tiers)
                     : usageError(u"--tiers takes 1, 1,2 or 1,2,3"_s);
    }
    if (parser.isSet(u"play"_s))
        return playThrough(parser.value(u"play"_s), format.value(), parser.value(u"nut"_s), from,
                           until);
    return serve(parser);
}
