// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/commandline.h"

#include <QDateTime>

class QTextStream;

namespace continuo {

/// asrun CHANNEL [--from T] [--to T]
Result<QJsonObject> asrunParams(const CommandLine &line);
/// asrun keep [DAYS]
Result<QJsonObject> keepParams(const CommandLine &line);

/// A time as people write it: "2026-11-22", "2026-11-22T18:30" (local unless it ends in Z or an
/// offset), "18:30" (today), "2h", "30m" or "7d" (ago). Errors: InvalidArgument.
Result<QDateTime> timeFromText(const QString &text, const QDateTime &now);

void printAsrun(QTextStream &out, const QJsonObject &result);
/// RFC 4180: a line of names, then a line a row, each ended by CRLF; times as ISO 8601 in UTC.
void printAsrunCsv(QTextStream &out, const QJsonObject &result);
void printKeep(QTextStream &out, const QJsonObject &result);
void printAlarms(QTextStream &out, const QJsonObject &result);
void printCleared(QTextStream &out, const QJsonObject &result);

} // namespace continuo
