// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/fieldjudge.h"

#include "core/media/filters.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

#include <QString>

#include <string_view>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Of which it is clear, and how many times as many as of which something else is. A false alarm is
// worse than none: fine patterns and titles look like fields in single pictures.
constexpr int kLeastPictures = 12;
constexpr int kMuchMore = 10;

std::string_view entryOf(const AVFrame &frame, const char *name)
{
    const AVDictionaryEntry *entry = av_dict_get(frame.metadata, name, nullptr, 0);
    return entry ? entry->value : "";
}

} // namespace

bool FieldJudge::build(const AVFrame &frame)
{
    m_graph.reset(avfilter_graph_alloc());
    if (!m_graph)
        return false;
    m_graph->nb_threads = 1;
    const Result<AVFilterContext *> source = addFilter(
        m_graph.get(), "buffer", u"in"_s,
        u"video_size=%1x%2:pix_fmt=%3:time_base=1/1000:pixel_aspect=1/1"_s.arg(frame.width)
            .arg(frame.height)
            .arg(frame.format));
    const Result<AVFilterContext *> sink
        = addFilter(m_graph.get(), "buffersink", u"out"_s, QString());
    if (!source || !sink)
        return false;
    m_source = source.value();
    m_sink = sink.value();
    return bool(connectFilters(m_graph.get(), m_source, m_sink, u"idet"_s));
}

void FieldJudge::add(const AVFrame &frame)
{
    if (frame.interlaced_frame)
        ++(frame.top_field_first ? m_toldTop : m_toldBottom);
    if (!m_graph && !build(frame))
        return m_graph.reset();
    const FramePtr copy(av_frame_clone(&frame));
    const FramePtr out(av_frame_alloc());
    if (!copy || !out || av_buffersrc_add_frame(m_source, copy.get()) < 0)
        return;
    while (av_buffersink_get_frame(m_sink, out.get()) >= 0) {
        // By itself and among its neighbours.
        const std::string_view is = entryOf(*out, "lavfi.idet.multiple.current_frame");
        if (is != entryOf(*out, "lavfi.idet.single.current_frame")) {
            av_frame_unref(out.get());
            continue;
        }
        if (is == "tff")
            ++m_top;
        else if (is == "bff")
            ++m_bottom;
        else if (is == "progressive")
            ++m_progressive;
        av_frame_unref(out.get());
    }
}

FieldOrder FieldJudge::seen() const
{
    const int fields = m_top + m_bottom;
    if (m_progressive >= kLeastPictures && m_progressive > kMuchMore * fields)
        return FieldOrder::Progressive;
    if (fields < kLeastPictures || fields <= kMuchMore * m_progressive)
        return FieldOrder::Unknown;
    if (m_top > kMuchMore * m_bottom)
        return FieldOrder::TopFirst;
    return m_bottom > kMuchMore * m_top ? FieldOrder::BottomFirst : FieldOrder::Unknown;
}

FieldOrder FieldJudge::told(AVFieldOrder container) const
{
    if (m_toldTop > m_toldBottom)
        return FieldOrder::TopFirst;
    if (m_toldBottom > m_toldTop)
        return FieldOrder::BottomFirst;
    // As PictureTrack takes it.
    if (container == AV_FIELD_TT || container == AV_FIELD_TB)
        return FieldOrder::TopFirst;
    if (container == AV_FIELD_BB || container == AV_FIELD_BT)
        return FieldOrder::BottomFirst;
    return FieldOrder::Unknown;
}

} // namespace continuo
