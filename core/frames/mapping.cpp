// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/frames/mapping.h"

#include <sys/mman.h>

#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

Result<Mapping> Mapping::map(int fd, std::size_t bytes, Access access)
{
    const int protection = access == Access::ReadOnly ? PROT_READ : PROT_READ | PROT_WRITE;
    void *data = ::mmap(nullptr, bytes, protection, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        return errorFromErrno(errno, u"map %1 bytes of shared memory"_s.arg(bytes));
    Mapping mapping;
    mapping.m_data = static_cast<std::byte *>(data);
    mapping.m_bytes = bytes;
    return mapping;
}

Mapping::~Mapping()
{
    if (m_data)
        ::munmap(m_data, m_bytes);
}

} // namespace continuo
