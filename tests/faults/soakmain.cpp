// SPDX-License-Identifier: GPL-3.0-or-later
// tst_soak: a long time on air with random faults and edits.
#include "tests/faults/soak.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#include <sys/prctl.h>

#include <cstdio>
#include <exception>

using namespace Qt::StringLiterals;
using namespace continuo;

int main(int argc, char *argv[])
{
    const QCoreApplication application(argc, argv);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    QCommandLineParser parser;
    parser.addHelpOption();
    parser.addOption(
        {u"frames"_s, u"How many are aired (default 5400: three minutes)."_s, u"N"_s, u"5400"_s});
    parser.addOption(
        {u"height"_s, u"Lines of the picture, 16:9 (default 360)."_s, u"N"_s, u"360"_s});
    parser.addOption({u"unpaced"_s, u"As fast as the encoder reads."_s});
    parser.addOption({u"seed"_s, u"Default: 1."_s, u"N"_s});
    parser.addOption({u"faults"_s,
                      u"Whom to kill: player, encoder, publisher, console, keeper, engine (only "
                      "when paced)."_s,
                      u"ROLE,…"_s, u"player,encoder,publisher,console,keeper,engine"_s});
    parser.process(application);
    SoakOptions options;
    options.seed = parser.isSet(u"seed"_s) ? parser.value(u"seed"_s).toUInt() : 1u;
    options.frames = parser.value(u"frames"_s).toLongLong();
    options.height = parser.value(u"height"_s).toInt();
    options.isPaced = !parser.isSet(u"unpaced"_s);
    options.faults = parser.value(u"faults"_s).split(u',', Qt::SkipEmptyParts);
    try {
        Soak soak(options);
        return soak.run() ? 0 : 1;
    } catch (const std::exception &error) {
        std::printf("FAIL!  : Soak::air() %s\n", error.what());
        return 1;
    }
}
