// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

#include <array>
#include <cerrno>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

struct CodeName {
    ErrorCode code;
    QLatin1StringView name;
};

constexpr std::array<CodeName, 14> kCodeNames{{
    {ErrorCode::InvalidArgument, "invalid-argument"_L1},
    {ErrorCode::NotFound, "not-found"_L1},
    {ErrorCode::PermissionDenied, "permission-denied"_L1},
    {ErrorCode::AlreadyExists, "already-exists"_L1},
    {ErrorCode::Busy, "busy"_L1},
    {ErrorCode::NoSpace, "no-space"_L1},
    {ErrorCode::Io, "io"_L1},
    {ErrorCode::Unsupported, "unsupported"_L1},
    {ErrorCode::Corrupt, "corrupt"_L1},
    {ErrorCode::Timeout, "timeout"_L1},
    {ErrorCode::Closed, "closed"_L1},
    {ErrorCode::Refused, "refused"_L1},
    {ErrorCode::Replaced, "replaced"_L1},
    {ErrorCode::Internal, "internal"_L1},
}};

ErrorCode codeOfErrno(int errnoValue)
{
    switch (errnoValue) {
    case ENOENT:
    case ENOTDIR:
        return ErrorCode::NotFound;
    case EACCES:
    case EPERM:
    case EROFS:
        return ErrorCode::PermissionDenied;
    case EEXIST:
        return ErrorCode::AlreadyExists;
    case EBUSY:
    case EADDRINUSE:
        return ErrorCode::Busy;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
        return ErrorCode::NoSpace;
    case ETIMEDOUT:
        return ErrorCode::Timeout;
    case EPIPE:
    case ECONNRESET:
        return ErrorCode::Closed;
    case ECONNREFUSED:
        return ErrorCode::Refused;
    case EINVAL:
        return ErrorCode::InvalidArgument;
    default:
        return ErrorCode::Io;
    }
}

} // namespace

QString errorCodeName(ErrorCode code)
{
    for (const CodeName &entry : kCodeNames) {
        if (entry.code == code)
            return entry.name;
    }
    return u"internal"_s;
}

ErrorCode errorCodeFromName(const QString &name)
{
    for (const CodeName &entry : kCodeNames) {
        if (entry.name == name)
            return entry.code;
    }
    return ErrorCode::Internal;
}

Error errorFromErrno(int errnoValue, const QString &what)
{
    return Error{codeOfErrno(errnoValue),
                 what + u": "_s + QString::fromLocal8Bit(std::strerror(errnoValue)), errnoValue};
}

} // namespace continuo
