// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/keeper/keeper.h"
#include "core/base/lockfile.h"
#include "core/base/logging.h"

#include <QDir>
#include <QFile>

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

constexpr int kFailed = 1;

constexpr const char kHelp[]
    = R"(Usage: continuo-keeper [--state DIR] [--detach] [--patience MS] [-- ENGINE-OPTION...]

Starts the engine of a station (continuod), starts it again when it dies or hangs, and holds the
descriptors that must outlive it. continuoctl and the console start it by themselves.

  --state DIR    keep everything of the station under DIR (default: the XDG folders)
  --detach       go to the background once the station is ours; log to keeper.log
  --patience MS  kill an engine that was silent for so long (default 1000)
  -- ...         options for continuod, for example --unpaced

Exit status: 0 ended on purpose, 1 failed, 2 wrong use, 3 another keeper or engine has it.
Example: continuo-keeper --state /srv/station1 --detach
)";

int complain(const QString &what, int status)
{
    std::fprintf(stderr, "continuo-keeper: %s\n", qUtf8Printable(what));
    return status;
}

// By hand: QCommandLineParser would want a QCoreApplication, and that must not be made before the
// fork below.
Result<KeeperOptions> parse(const QStringList &arguments)
{
    KeeperOptions options;
    for (qsizetype i = 1; i < arguments.size(); ++i) {
        const QString &argument = arguments.at(i);
        const QString value = arguments.value(i + 1);
        if (argument == "--"_L1) {
            options.engineArguments = arguments.mid(i + 1);
            break;
        }
        if (argument == "--detach"_L1) {
            options.detach = true;
        } else if (argument == "--state"_L1 && !value.isEmpty()) {
            options.stateFolder = QDir(value).absolutePath();
            ++i;
        } else if (argument == "--patience"_L1 && value.toInt() >= 100) {
            options.patience = std::chrono::milliseconds(value.toInt());
            ++i;
        } else {
            const QString why = u"'%1' is no option or needs another value: see --help"_s;
            return Error{ErrorCode::InvalidArgument, why.arg(argument), 0};
        }
    }
    options.engineProgram = stationProgram(u"continuod"_s);
    return options;
}

bool goToBackground()
{
    const pid_t child = ::fork();
    if (child != 0)
        ::_exit(child < 0 ? complain(u"cannot fork"_s, kFailed) : 0);
    ::setsid();
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int fd : {0, 1, 2})
        ::dup2(null.get(), fd);
    // A working folder on a disk must not keep that disk from being unmounted.
    return ::chdir("/") == 0;
}

} // namespace

int main(int argc, char **argv)
{
    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments.append(QFile::decodeName(argv[i]));
    const QStringList own = arguments.mid(0, arguments.indexOf(u"--"_s));
    if (own.contains("--help"_L1) || own.contains("-h"_L1)) {
        std::fputs(kHelp, stdout);
        return 0;
    }
    if (own.contains("--version"_L1)) {
        std::puts("continuo-keeper " CONTINUO_VERSION);
        return 0;
    }
    const Result<KeeperOptions> options = parse(arguments);
    if (!options)
        return complain(options.error().detail, kWrongUse);
    const StationPaths paths = StationPaths::forState(options->stateFolder);
    if (const Result<void> made = paths.create(); !made)
        return complain(made.error().detail, kFailed);
    const Result<UniqueFd> lock = lockFile(paths.runtime + u"/keeper.lock"_s);
    if (!lock && lock.error().code == ErrorCode::AlreadyExists)
        return complain(u"this station has a keeper: "_s + lock.error().detail, kStationTaken);
    if (!lock)
        return complain(lock.error().detail, kFailed);
    if (options->detach && !goToBackground())
        return kFailed;
    startLogging(options->detach ? paths.logs + u"/keeper.log"_s : QString());
    noteLockOwner(lock->get());
    return Keeper(options.value(), paths).run();
}
