// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QLineEdit;

namespace continuo {

/// Lets the operator choose a file for \p field, in a dialog of its own. It begins in the folder of
/// what stands there, unless \p failure, the name of an error code, says that its disk does not
/// answer: what looks there holds the whole window up.
void chooseFile(QLineEdit *field, const QString &title, const QString &filter,
                const QString &failure);

} // namespace continuo
