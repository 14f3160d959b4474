// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cell/walls.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kNamespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC;
// A folder that is there wherever the rest works; it is covered in this namespace only.
constexpr const char *kRoot = "/proc";

Result<void> emptyRoot()
{
    // Else what is mounted here would be mounted for all. In a chroot that is no mount it fails.
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0)
        return errorFromErrno(errno, u"make the mounts private"_s);
    if (::mount("none", kRoot, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, "size=4k")
        < 0)
        return errorFromErrno(errno, u"mount an empty root"_s);
    // pivot_root(2), "." twice: the old root lies on top of the new one, and is let go.
    if (::chdir(kRoot) < 0 || ::syscall(SYS_pivot_root, ".", ".") < 0
        || ::umount2(".", MNT_DETACH) < 0 || ::chdir("/") < 0)
        return errorFromErrno(errno, u"change to an empty root"_s);
    return {};
}

Result<void> dropCapabilities()
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    if (::syscall(SYS_capset, &header, none.data()) < 0)
        return errorFromErrno(errno, u"give up capabilities"_s);
    return {};
}

} // namespace

Result<void> enterNamespaces()
{
    Result<void> outcome;
    // Root where user namespaces are closed (a chroot, some containers) needs none.
    if (::unshare(CLONE_NEWUSER | kNamespaces) < 0) {
        const int why = errno;
        if (::unshare(kNamespaces) < 0)
            outcome = errorFromErrno(why, u"make namespaces without privileges"_s);
    }
    if (outcome)
        outcome = emptyRoot();
    const Result<void> dropped = dropCapabilities();
    return outcome ? dropped : outcome;
}

} // namespace continuo
