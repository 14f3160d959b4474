// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/commandline.h"

class QTextStream;

namespace continuo {

/// proof FILE
Result<QJsonObject> proofParams(const CommandLine &line);
void printProof(QTextStream &out, const QJsonObject &result);
/// thumbnail get FILE [--kind KIND]
Result<QJsonObject> thumbnailParams(const CommandLine &line);
void printThumbnail(QTextStream &out, const QJsonObject &result);

} // namespace continuo
