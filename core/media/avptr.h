// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

#include <memory>

namespace continuo {

/// For FFmpeg frees that take T** and null it.
template <auto Free> struct AvFreeRef {
    template <typename T> void operator()(T *p) const noexcept { Free(&p); }
};
/// For FFmpeg frees that take T*.
template <auto Free> struct AvFree {
    template <typename T> void operator()(T *p) const noexcept { Free(p); }
};

using FramePtr = std::unique_ptr<AVFrame, AvFreeRef<av_frame_free>>;
using PacketPtr = std::unique_ptr<AVPacket, AvFreeRef<av_packet_free>>;
using CodecPtr = std::unique_ptr<AVCodecContext, AvFreeRef<avcodec_free_context>>;
using ParametersPtr = std::unique_ptr<AVCodecParameters, AvFreeRef<avcodec_parameters_free>>;
using GraphPtr = std::unique_ptr<AVFilterGraph, AvFreeRef<avfilter_graph_free>>;
using FilterInOutPtr = std::unique_ptr<AVFilterInOut, AvFreeRef<avfilter_inout_free>>;
using SwsPtr = std::unique_ptr<SwsContext, AvFree<sws_freeContext>>;
/// An input; its custom IO is freed by the class that owns both.
using InputPtr = std::unique_ptr<AVFormatContext, AvFreeRef<avformat_close_input>>;
/// A muxer; its custom IO is freed by the class that owns both.
using MuxerPtr = std::unique_ptr<AVFormatContext, AvFree<avformat_free_context>>;

} // namespace continuo
