// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/averror.h"

extern "C" {
#include <libavutil/error.h>
}

#include <array>
#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

ErrorCode codeOf(int averror)
{
    switch (averror) {
    case AVERROR_INVALIDDATA:
    case AVERROR_BUFFER_TOO_SMALL:
        return ErrorCode::Corrupt;
    case AVERROR_EOF:
        return ErrorCode::Closed;
    case AVERROR_EXIT:
    case AVERROR(ETIMEDOUT):
        return ErrorCode::Timeout;
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_ENCODER_NOT_FOUND:
    case AVERROR_FILTER_NOT_FOUND:
    case AVERROR_MUXER_NOT_FOUND:
    case AVERROR_PROTOCOL_NOT_FOUND:
    case AVERROR_BSF_NOT_FOUND:
    case AVERROR_OPTION_NOT_FOUND:
    case AVERROR_PATCHWELCOME:
    case AVERROR_EXPERIMENTAL:
    case AVERROR(ENOSYS):
        return ErrorCode::Unsupported;
    case AVERROR_STREAM_NOT_FOUND:
    case AVERROR(ENOENT):
    case AVERROR(ENOTDIR):
        return ErrorCode::NotFound;
    case AVERROR(EACCES):
    case AVERROR(EPERM):
        return ErrorCode::PermissionDenied;
    case AVERROR(ENOMEM):
    case AVERROR(ENOSPC):
        return ErrorCode::NoSpace;
    case AVERROR(EINVAL):
        return ErrorCode::InvalidArgument;
    case AVERROR(EPIPE):
        return ErrorCode::Closed;
    case AVERROR(EIO):
    case AVERROR(EISDIR):
        return ErrorCode::Io;
    default:
        return ErrorCode::Internal;
    }
}

} // namespace

Error errorFromAv(int averror, const QString &what)
{
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(averror, text.data(), text.size());
    return Error{codeOf(averror), what + u": "_s + QString::fromLocal8Bit(text.data()), averror};
}

} // namespace continuo
