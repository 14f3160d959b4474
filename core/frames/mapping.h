// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <cstddef>
#include <utility>

namespace continuo {

/// A shared mapping of a whole descriptor; unmapped when it goes away. The descriptor may be
/// closed while the mapping lives.
class Mapping final {
public:
    enum class Access { ReadOnly, ReadWrite };

    Mapping() = default;
    /// Maps the first \p bytes of \p fd. Errors: NoSpace, Io.
    static Result<Mapping> map(int fd, std::size_t bytes, Access access);

    Mapping(Mapping &&other) noexcept
        : m_data(std::exchange(other.m_data, nullptr))
        , m_bytes(std::exchange(other.m_bytes, 0))
    {
    }
    Mapping &operator=(Mapping &&other) noexcept
    {
        std::swap(m_data, other.m_data);
        std::swap(m_bytes, other.m_bytes);
        return *this;
    }
    Mapping(const Mapping &) = delete;
    Mapping &operator=(const Mapping &) = delete;
    ~Mapping();

    std::byte *data() const { return m_data; }
    std::size_t bytes() const { return m_bytes; }

private:
    std::byte *m_data = nullptr;
    std::size_t m_bytes = 0;
};

} // namespace continuo
