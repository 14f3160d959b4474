// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"

#include <QJsonObject>
#include <QList>
#include <QString>

class QTextStream;

namespace continuo {

/// What one look found.
struct Finding {
    enum class Level {
        Well,
        Note, ///< worth knowing, nothing to worry about
        Warning, ///< works now, and may not later
        Fault, ///< cannot work
    };

    QString check; ///< stable name, for scripts: "ffmpeg", "runtime-folder"
    Level level = Level::Well;
    QString text; ///< what is so, a sentence
    QString advice; ///< what to do about it
};

/// What the checks look at.
struct DoctorContext {
    StationPaths paths;
    bool hasStateFolder = false; ///< --state: the XDG folders do not matter
};

// Each looks at one part of the machine and starts, makes and changes nothing. Those that start
// another program (ffmpeg, a player) wait at most ten seconds.
QList<Finding> checkFfmpeg(const DoctorContext &context);
QList<Finding> checkPrograms(const DoctorContext &context);
QList<Finding> checkCell(const DoctorContext &context);
QList<Finding> checkRuntimeFolder(const DoctorContext &context);
QList<Finding> checkLingering(const DoctorContext &context);
QList<Finding> checkUnit(const DoctorContext &context);
QList<Finding> checkStaleFifos(const DoctorContext &context);
QList<Finding> checkDisks(const DoctorContext &context);
QList<Finding> checkPipes(const DoctorContext &context);
QList<Finding> checkPriority(const DoctorContext &context);
QList<Finding> checkClock(const DoctorContext &context);
QList<Finding> checkFonts(const DoctorContext &context);
QList<Finding> checkDatabase(const DoctorContext &context);

/// All of the above.
QList<Finding> examine(const DoctorContext &context);
/// 0 all well, 1 warnings, 2 faults.
int doctorStatus(const QList<Finding> &findings);
QJsonObject findingsJson(const QList<Finding> &findings);
void printFindings(QTextStream &out, const QList<Finding> &findings);

} // namespace continuo
