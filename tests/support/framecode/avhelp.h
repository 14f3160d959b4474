// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

extern "C" {
#include <libavcodec/packet.h>
#include <libavutil/error.h>
}

#include <QString>

namespace framecode {

struct PacketFree {
    void operator()(AVPacket *packet) const noexcept { av_packet_free(&packet); }
};

/// What FFmpeg says about an AVERROR code.
inline QString errorText(int code)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(code, text, sizeof text);
    return QString::fromUtf8(text);
}

} // namespace framecode
