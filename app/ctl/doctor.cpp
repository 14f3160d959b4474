// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/doctor.h"

#include "app/ctl/texttable.h"

#include <QJsonArray>
#include <QTextStream>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString levelName(Finding::Level level)
{
    switch (level) {
    case Finding::Level::Well:
        return u"well"_s;
    case Finding::Level::Note:
        return u"note"_s;
    case Finding::Level::Warning:
        return u"warning"_s;
    case Finding::Level::Fault:
        return u"fault"_s;
    }
    return {};
}

qsizetype countOf(const QList<Finding> &findings, Finding::Level level)
{
    return std::ranges::count(findings, level, &Finding::level);
}

} // namespace

QList<Finding> examine(const DoctorContext &context)
{
    QList<Finding> findings;
    for (const auto check : {checkFfmpeg, checkPrograms, checkCell, checkFonts, checkDatabase,
                             checkRuntimeFolder, checkStaleFifos, checkDisks, checkLingering,
                             checkUnit, checkPipes, checkPriority, checkClock})
        findings += check(context);
    return findings;
}

int doctorStatus(const QList<Finding> &findings)
{
    if (countOf(findings, Finding::Level::Fault) > 0)
        return 2;
    return countOf(findings, Finding::Level::Warning) > 0 ? 1 : 0;
}

QJsonObject findingsJson(const QList<Finding> &findings)
{
    QJsonArray checks;
    for (const Finding &finding : findings) {
        QJsonObject object{{u"check"_s, finding.check},
                           {u"level"_s, levelName(finding.level)},
                           {u"text"_s, finding.text}};
        if (!finding.advice.isEmpty())
            object.insert(u"advice"_s, finding.advice);
        checks.append(object);
    }
    return {{u"checks"_s, checks},
            {u"warnings"_s, countOf(findings, Finding::Level::Warning)},
            {u"faults"_s, countOf(findings, Finding::Level::Fault)}};
}

void printFindings(QTextStream &out, const QList<Finding> &findings)
{
    for (const Finding &finding : findings) {
        const bool isBad = finding.level >= Finding::Level::Warning;
        const QString level = levelName(finding.level);
        out << (isBad ? level.toUpper() : level).leftJustified(8) << printable(finding.text)
            << '\n';
        if (!finding.advice.isEmpty())
            out << "        -> " << printable(finding.advice) << '\n';
    }
    const qsizetype warnings = countOf(findings, Finding::Level::Warning);
    const qsizetype faults = countOf(findings, Finding::Level::Fault);
    if (warnings + faults == 0)
        out << "All is well.\n";
    else
        out << "faults: " << faults << ", warnings: " << warnings << '\n';
}

} // namespace continuo
