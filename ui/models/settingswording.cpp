// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of a channel's settings, and of what it shows while there is nothing to play.
#include "ui/models/wording.h"

#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// It is about the file that was asked for under this name: the engine begins with its path.
bool isAbout(const Error &error, const QJsonObject &asked, const QString &name)
{
    const QString path = asked.value(name).toString();
    return !path.isEmpty()
        && (error.detail.startsWith(path + u": "_s)
            || error.detail.startsWith(u"\"%1\" is not an absolute path"_s.arg(path)));
}

} // namespace

QString Wording::slateTrouble(const QString &code)
{
    if (code == "not-found"_L1)
        return tr("The slate's file is not there.");
    if (code == "permission-denied"_L1)
        return tr("The slate's file may not be read.");
    if (code == "unsupported"_L1)
        return tr("There is no picture in the slate's file.");
    if (code == "corrupt"_L1)
        return tr("The slate's file is damaged.");
    if (code == "timeout"_L1)
        return tr("The slate's disk or share does not answer.");
    return tr("The slate's picture cannot be shown.");
}

QString Wording::emergencyTrouble(const QString &code)
{
    if (code == "not-found"_L1)
        return tr("The emergency clip's file is not there.");
    if (code == "permission-denied"_L1)
        return tr("The emergency clip's file may not be read.");
    if (code == "unsupported"_L1)
        return tr("The emergency clip is of a kind that cannot be played.");
    if (code == "corrupt"_L1)
        return tr("The emergency clip's file is damaged.");
    if (code == "timeout"_L1)
        return tr("The emergency clip's disk or share does not answer.");
    return tr("The emergency clip cannot be shown.");
}

QString Wording::settingsRefusal(const Error &error, const QJsonObject &asked)
{
    const bool isPathless = error.detail.endsWith("is not an absolute path"_L1);
    if (error.code == ErrorCode::Busy && error.detail.contains("emergency clip"_L1))
        return tr("Another emergency clip is being tried. Try again in a moment.");
    // It is tried behind the emergency clip.
    const auto ofSlate = [&asked](const QString &words) {
        return asked.contains("emergency"_L1) ? tr("%1 The emergency clip is set.").arg(words)
                                              : words;
    };
    if (error.code == ErrorCode::Busy && error.detail.contains("slate"_L1))
        return ofSlate(tr("Another slate is being drawn. Try again in a moment."));
    if (isAbout(error, asked, u"slate"_s))
        return ofSlate(isPathless ? tr("Choose the slate's picture, or give its whole path.")
                                  : slateTrouble(errorCodeName(error.code)));
    if (isAbout(error, asked, u"emergency"_s)) {
        if (error.detail.contains("shorter than a second"_L1))
            return tr("The emergency clip is shorter than a second. Choose a longer one.");
        return isPathless ? tr("Choose the emergency clip, or give its whole path.")
                          : emergencyTrouble(errorCodeName(error.code));
    }
    if (error.code != ErrorCode::InvalidArgument)
        return Wording::error(error, u"channel.set"_s).headline;
    if (error.detail.contains("no code of a language"_L1))
        return tr("“%1” is no language. Give codes such as de, en or pt-BR, with commas between.")
            .arg(error.detail.section(u'"', 1, 1));
    if (error.detail.contains("languages"_L1))
        return tr("These are too many languages.");
    return tr("That loudness is not possible.");
}

} // namespace continuo
