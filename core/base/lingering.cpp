// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/lingering.h"

#include <QFileInfo>

#include <pwd.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace continuo {

bool endsWithLastLogout(const QString &runtimeFolder, const QString &lingerFolder)
{
    return runtimeFolder.startsWith(u"/run/user/"_s)
        && !QFileInfo::exists(lingerFolder + u'/' + userName());
}

QString userName()
{
    const passwd *user = ::getpwuid(::getuid());
    return user ? QString::fromLocal8Bit(user->pw_name) : QString::number(::getuid());
}

} // namespace continuo
