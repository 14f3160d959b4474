// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/uniquefd.h"
#include "core/cell/walls.h"

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// All rights that version 1, 2 and 3 of the interface know (Linux 5.13, 5.19, 6.2).
constexpr std::array<std::uint64_t, 3> kRights{
    (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1, // the last of version 1
    (LANDLOCK_ACCESS_FS_REFER << 1) - 1,
    (1ULL << 15) - 1, // TRUNCATE, which the headers of Debian 12 do not have
};

} // namespace

Result<int> enterLandlock(int newest)
{
    const auto version
        = int(::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
    if (version <= 0)
        return Error{ErrorCode::Unsupported,
                     errno == EOPNOTSUPP ? u"this system has it switched off"_s
                                         : u"this kernel or container does not have it"_s,
                     errno};
    const int used = std::min({version, newest, int(kRights.size())});
    const landlock_ruleset_attr rights{kRights[std::size_t(used - 1)]};
    // Without a rule: every path is refused.
    const UniqueFd ruleset(int(::syscall(SYS_landlock_create_ruleset, &rights, sizeof rights, 0)));
    if (!ruleset.isValid())
        return errorFromErrno(errno, u"make the rules"_s);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) < 0)
        return errorFromErrno(errno, u"put the rules in force"_s);
    return used;
}

} // namespace continuo
