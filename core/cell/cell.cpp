// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cell/cell.h"

#include "core/cell/walls.h"

#include <QJsonValue>

#include <sys/prctl.h>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

template <typename T> QJsonValue wallJson(const Result<T> &wall)
{
    if (!wall)
        return wall.error().detail;
    if constexpr (std::is_same_v<T, int>)
        return wall.value();
    else
        return true;
}

} // namespace

QJsonObject CellReport::toJson() const
{
    return {{u"closed"_s, isClosed()},
            {u"seccomp"_s, wallJson(seccomp)},
            {u"landlock"_s, wallJson(landlock)},
            {u"namespaces"_s, wallJson(namespaces)},
            {u"limits"_s, wallJson(limits)}};
}

CellReport enterCell(const CellPlan &plan)
{
    int endSignal = 0;
    ::prctl(PR_GET_PDEATHSIG, &endSignal, 0, 0, 0);
    CellReport report;
    report.namespaces = enterNamespaces();
    // Both are taken away where capabilities change. The engine looks into /proc for its players.
    ::prctl(PR_SET_PDEATHSIG, endSignal, 0, 0, 0);
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    report.landlock = enterLandlock();
    report.limits = setLimits(plan);
    report.seccomp = enterSeccomp();
    return report;
}

} // namespace continuo
