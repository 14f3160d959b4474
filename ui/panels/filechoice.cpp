// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/filechoice.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QLineEdit>

using namespace Qt::StringLiterals;

namespace continuo {

void chooseFile(QLineEdit *field, const QString &title, const QString &filter,
                const QString &failure)
{
    const QString path = field->text().trimmed();
    const QString folder = path.isEmpty() || failure == "timeout"_L1
        ? QDir::homePath()
        : QFileInfo(path).absolutePath();
    // Not the static function: that runs an event loop of its own.
    auto *dialog = new QFileDialog(field->window(), title, folder, filter);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    QObject::connect(dialog, &QFileDialog::fileSelected, field, &QLineEdit::setText);
    dialog->open();
}

} // namespace continuo
