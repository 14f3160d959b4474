// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>
#include <utility>
#include <variant>

namespace continuo {

/// What went wrong, coarse enough that ui can make one sentence for each.
enum class ErrorCode {
    InvalidArgument, ///< the caller asked for something that makes no sense
    NotFound, ///< file, channel, item or destination does not exist
    PermissionDenied,
    AlreadyExists,
    Busy, ///< in use, or not possible in this state
    NoSpace, ///< disk or memory is full
    Io, ///< a read or write failed
    Unsupported, ///< format, codec or feature that we (or this FFmpeg) cannot handle
    Corrupt, ///< data that is not what it claims to be
    Timeout,
    Closed, ///< the other side went away
    Refused, ///< a server or the system said no
    Replaced, ///< another file has taken the name
    Internal, ///< a bug of ours or an unexpected answer of a library
};

/// Stable lower-case name of a code, as it stands in JSON ("not-found").
QString errorCodeName(ErrorCode code);
/// The code of a name from errorCodeName(); Internal for an unknown one.
ErrorCode errorCodeFromName(const QString &name);

/// An error as a value: code for the program, detail in English for log and details pane.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    QString detail; ///< what happened, to what; no secrets
    int native = 0; ///< errno or AVERROR, 0 when neither
};

/// An Error with the code InvalidArgument.
inline Error invalidArgument(const QString &detail)
{
    return {ErrorCode::InvalidArgument, detail};
}
/// An Error from errno: \p what names the action and its object ("open /a/b").
Error errorFromErrno(int errnoValue, const QString &what);

/// A value or an Error. Check with `if (!result)`; never ignore it.
template <typename T> class [[nodiscard]] Result {
public:
    Result(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    {
    }
    Result(Error error)
        : m_state(std::in_place_index<1>, std::move(error))
    {
    }

    explicit operator bool() const { return m_state.index() == 0; }
    T &value() & { return std::get<0>(m_state); }
    const T &value() const & { return std::get<0>(m_state); }
    T &&value() && { return std::get<0>(std::move(m_state)); }
    T *operator->() { return &std::get<0>(m_state); }
    const T *operator->() const { return &std::get<0>(m_state); }
    const Error &error() const { return std::get<1>(m_state); }

private:
    std::variant<T, Error> m_state;
};

/// Success without a value, or an Error.
template <> class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error)
        : m_error(std::move(error))
    {
    }

    explicit operator bool() const { return !m_error; }
    const Error &error() const { return *m_error; }

private:
    std::optional<Error> m_error;
};

} // namespace continuo
