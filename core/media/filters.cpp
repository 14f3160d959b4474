// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/filters.h"

#include "core/media/averror.h"

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

Error unsupported(int averror, const QString &what)
{
    Error error = errorFromAv(averror, what);
    if (error.code != ErrorCode::NoSpace)
        error.code = ErrorCode::Unsupported;
    return error;
}

FilterInOutPtr endPoint(const char *name, AVFilterContext *filter)
{
    FilterInOutPtr end(avfilter_inout_alloc());
    if (end) {
        end->name = av_strdup(name);
        end->filter_ctx = filter;
        end->pad_idx = 0;
        end->next = nullptr;
    }
    return end;
}

} // namespace

Result<AVFilterContext *> addFilter(AVFilterGraph *graph, const char *type, const QString &name,
                                    const QString &arguments)
{
    const AVFilter *filter = avfilter_get_by_name(type);
    if (!filter)
        return unsupported(AVERROR_FILTER_NOT_FOUND, QString::fromLatin1(type));
    AVFilterContext *context = nullptr;
    const int created
        = avfilter_graph_create_filter(&context, filter, name.toUtf8().constData(),
                                       arguments.toUtf8().constData(), nullptr, graph);
    if (created < 0)
        return unsupported(created, u"filter %1=%2"_s.arg(QString::fromLatin1(type), arguments));
    return context;
}

Result<void> connectFilters(AVFilterGraph *graph, AVFilterContext *source, AVFilterContext *sink,
                            const QString &text)
{
    // The graph's open output is the source's, its open input the sink's.
    FilterInOutPtr outputs;
    if (source)
        outputs = endPoint("in", source);
    FilterInOutPtr inputs = endPoint("out", sink);
    if ((source && !outputs) || !inputs)
        return errorFromAv(AVERROR(ENOMEM), u"make a filter graph"_s);
    AVFilterInOut *rawOutputs = outputs.release();
    AVFilterInOut *rawInputs = inputs.release();
    const int parsed = avfilter_graph_parse_ptr(graph, text.toUtf8().constData(), &rawInputs,
                                                &rawOutputs, nullptr);
    outputs.reset(rawOutputs);
    inputs.reset(rawInputs);
    if (parsed < 0)
        return unsupported(parsed, u"filters %1"_s.arg(text));
    const int configured = avfilter_graph_config(graph, nullptr);
    if (configured < 0)
        return unsupported(configured, u"filters %1"_s.arg(text));
    return {};
}

} // namespace continuo
