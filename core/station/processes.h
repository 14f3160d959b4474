// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QString>

#include <sys/types.h>

namespace continuo {

/// What a process has used so far, from /proc: {"role","channel"?,"pid","cpuSeconds" (user and
/// system), "rssBytes","pssBytes"}. Figures that cannot be read are absent.
QJsonObject processJson(const QString &role, const QString &channel, pid_t pid);

} // namespace continuo
