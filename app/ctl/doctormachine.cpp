// SPDX-License-Identifier: GPL-3.0-or-later
// Checks of the programs and of the machine's settings.
#include "app/ctl/doctor.h"
#include "core/base/childprocess.h"
#include "core/base/lingering.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLibraryInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>

#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

using Level = Finding::Level;

constexpr int kPatienceMs = 10000;
// Two FIFOs of 256 KiB a channel, and as many again while an encoder is being replaced.
constexpr qint64 kPipePagesOfAChannel = 2LL * 2 * 256 / 4;
constexpr rlim_t kNiceZero = 20; // RLIMIT_NICE is 20 minus the nice value (getrlimit(2))

// What the program says; nullopt when it cannot be run or does not end.
std::optional<QString> outputOf(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.setStandardErrorFile(QProcess::nullDevice());
    process.start(program, arguments);
    if (!process.waitForFinished(kPatienceMs)) {
        process.kill();
        process.waitForFinished(1000);
        return std::nullopt;
    }
    if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
        return std::nullopt;
    return QString::fromUtf8(process.readAllStandardOutput());
}

// A word in the second column of a list like that of `ffmpeg -encoders`.
bool lists(const QString &output, const QString &flags, const QString &name)
{
    const QRegularExpression line(u"^ ?%1 +%2 "_s.arg(flags, name),
                                  QRegularExpression::MultilineOption);
    return line.match(output).hasMatch();
}

} // namespace

QList<Finding> checkFfmpeg(const DoctorContext &)
{
    const QString name = u"ffmpeg"_s;
    const QString advice = u"install Debian's ffmpeg: apt install ffmpeg"_s;
    const QString program = QStandardPaths::findExecutable(u"ffmpeg"_s);
    if (program.isEmpty())
        return {
            {name, Level::Fault, u"there is no program ffmpeg: nothing can be encoded"_s, advice}};
    const std::optional<QString> encoders = outputOf(program, {u"-hide_banner"_s, u"-encoders"_s});
    const std::optional<QString> formats = outputOf(program, {u"-hide_banner"_s, u"-formats"_s});
    const std::optional<QString> version = outputOf(program, {u"-version"_s});
    if (!encoders || !formats || !version)
        return {{name, Level::Fault, u"%1 does not run"_s.arg(program), advice}};
    QStringList missing;
    for (const QString &encoder : {u"libx264"_s, u"aac"_s}) {
        if (!lists(*encoders, u"[VA][A-Z.]{5}"_s, encoder))
            missing.append(u"the encoder "_s + encoder);
    }
    if (!lists(*formats, u"DE"_s, u"nut"_s))
        missing.append(u"the format NUT"_s);
    if (!missing.isEmpty())
        return {
            {name, Level::Fault, u"%1 lacks %2"_s.arg(program, missing.join(u" and "_s)), advice}};
    return {
        {name,
         Level::Well,
         u"ffmpeg %1 has libx264, aac and NUT (%2)"_s.arg(version->section(u' ', 2, 2), program),
         {}}};
}

QList<Finding> checkPrograms(const DoctorContext &)
{
    QStringList missing;
    for (const QString &program :
         {u"continuod"_s, u"continuo-keeper"_s, u"continuo-player"_s, u"continuo-publisher"_s}) {
        const QString path = stationProgram(program);
        if (!QFileInfo(path).isExecutable() && QStandardPaths::findExecutable(path).isEmpty())
            missing.append(path);
    }
    if (missing.isEmpty())
        return {
            {u"programs"_s, Level::Well, u"engine, keeper, player and publisher are there"_s, {}}};
    return {{u"programs"_s, Level::Fault, u"missing: "_s + missing.join(u", "_s),
             u"install Continuo again"_s}};
}

QList<Finding> checkCell(const DoctorContext &)
{
    const QString name = u"cell"_s;
    const std::optional<QString> answer
        = outputOf(stationProgram(u"continuo-player"_s), {u"--cell"_s});
    const QJsonObject cell = QJsonDocument::fromJson(answer.value_or(QString()).toUtf8()).object();
    if (!cell.value("closed"_L1).toBool())
        return {{name, Level::Warning,
                 u"players cannot lock themselves in: a file made to attack a decoder could reach "
                 "what %1 can"_s.arg(userName()),
                 u"allow seccomp filters, in a container by its security profile"_s}};
    QStringList missing;
    for (const auto &[wall, word] :
         {std::pair{"landlock"_L1, "Landlock"_L1}, std::pair{"namespaces"_L1, "namespaces"_L1},
          std::pair{"limits"_L1, "limits"_L1}}) {
        if (cell.value(wall).isString())
            missing.append(u"no %1: %2"_s.arg(word, cell.value(wall).toString()));
    }
    if (missing.isEmpty())
        return {{name, Level::Well, u"players read clips in a cell with all its walls"_s, {}}};
    return {{name,
             Level::Note,
             u"players read clips in a cell that lacks a wall (%1); the others hold by "
             "themselves"_s.arg(missing.join(u"; "_s)),
             {}}};
}

QList<Finding> checkFonts(const DoctorContext &)
{
    // The one that title cards and slate ask for (core/media/card.cpp).
    if (QFileInfo::exists(u"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"_s))
        return {{u"fonts"_s, Level::Well, u"the font of slate and title cards is there"_s, {}}};
    return {
        {u"fonts"_s, Level::Warning,
         u"DejaVu Sans is missing: slate and title cards take another font or stay without words"_s,
         u"apt install fonts-dejavu-core"_s}};
}

QList<Finding> checkDatabase(const DoctorContext &)
{
    const QString plugin
        = QLibraryInfo::path(QLibraryInfo::PluginsPath) + u"/sqldrivers/libqsqlite.so"_s;
    if (QFileInfo::exists(plugin))
        return {{u"database"_s, Level::Well, u"Qt can write SQLite"_s, {}}};
    return {{u"database"_s, Level::Fault,
             u"%1 is missing: as-run log and alarms cannot be kept"_s.arg(plugin),
             u"apt install libqt6sql6-sqlite"_s}};
}

QList<Finding> checkPipes(const DoctorContext &context)
{
    QFile file(u"/proc/sys/fs/pipe-user-pages-soft"_s);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const qint64 pages = file.readAll().trimmed().toLongLong();
    const auto channels = qint64(QDir(context.paths.config + u"/channels"_s)
                                     .entryList(QDir::Dirs | QDir::NoDotAndDotDot)
                                     .size());
    const qint64 needed = std::max<qint64>(channels, 1) * kPipePagesOfAChannel;
    const bool isBound = pages > 0 && ::getuid() != 0; // 0: no limit; root has none
    if (isBound && needed > pages) {
        return {{u"pipes"_s, Level::Warning,
                 u"a user may have %1 pages in pipes, and %2 channels want %3: pipes will be "
                 "smaller"_s.arg(pages)
                     .arg(channels)
                     .arg(needed),
                 u"sysctl fs.pipe-user-pages-soft=%1"_s.arg(needed * 2)}};
    }
    return {{u"pipes"_s,
             Level::Well,
             isBound ? u"pipes may be as large as wanted, for up to %1 channels"_s.arg(
                 pages / kPipePagesOfAChannel)
                     : u"pipes may be as large as wanted"_s,
             {}}};
}

QList<Finding> checkPriority(const DoctorContext &)
{
    rlimit realtime{};
    rlimit nice{};
    ::getrlimit(RLIMIT_RTPRIO, &realtime);
    ::getrlimit(RLIMIT_NICE, &nice);
    if (::getuid() == 0 || realtime.rlim_cur > 0 || nice.rlim_cur > kNiceZero)
        return {
            {u"priority"_s, Level::Well, u"a priority over other programs may be asked for"_s, {}}};
    return {{u"priority"_s, Level::Note,
             u"no priority over other programs may be asked for: on a machine that does other work "
             "frames can come late"_s,
             u"set rtprio and nice for the user in /etc/security/limits.d, or LimitRTPRIO in the "
             "unit"_s}};
}

QList<Finding> checkClock(const DoctorContext &)
{
    timex state{}; // modes 0: only asks
    const int result = ::adjtimex(&state);
    if (result < 0)
        return {};
    if (result != TIME_ERROR && (state.status & STA_UNSYNC) == 0)
        return {{u"clock"_s, Level::Well, u"the system clock is synchronised"_s, {}}};
    return {{u"clock"_s, Level::Warning,
             u"the system clock is not synchronised: as-run times go wrong with it"_s,
             u"timedatectl set-ntp true (or install chrony)"_s}};
}

} // namespace continuo
