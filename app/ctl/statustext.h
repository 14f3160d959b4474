// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>

class QTextStream;

namespace continuo {

// Each writes the result object of one method (docs/protocols.md, section 5) for people.
void printNothing(QTextStream &out, const QJsonObject &result);
void printChannels(QTextStream &out, const QJsonObject &result); ///< one line each
void printStatus(QTextStream &out, const QJsonObject &result); ///< one status or all, in full
void printDestinations(QTextStream &out, const QJsonObject &result);
void printAddedDestination(QTextStream &out, const QJsonObject &result);
void printPlaylist(QTextStream &out, const QJsonObject &result);
void printAddedItems(QTextStream &out, const QJsonObject &result); ///< the new ids, one a line
void printEdit(QTextStream &out, const QJsonObject &result);
void printLogo(QTextStream &out, const QJsonObject &result);
void printFrame(QTextStream &out, const QJsonObject &result);
void printProcesses(QTextStream &out, const QJsonObject &result);
void printRender(QTextStream &out, const QJsonObject &result);

} // namespace continuo
