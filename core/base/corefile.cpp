// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/corefile.h"

#include "core/base/logging.h"

#include <sys/resource.h>

namespace continuo {

// Not PR_SET_DUMPABLE: it gives the files in /proc/PID to root, and memory and processor time of
// the station's processes are read there by their own user. systemd-coredump keeps to this limit.
void forbidCoreFiles()
{
    const rlimit none{0, 0};
    if (::setrlimit(RLIMIT_CORE, &none) < 0)
        qCWarning(lcStation, "a crash may leave a core file with stream keys in it");
}

} // namespace continuo
