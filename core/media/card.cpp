// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/card.h"

#include "core/base/logging.h"
#include "core/base/slateclock.h"
#include "core/media/averror.h"
#include "core/media/filters.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
}

#include <QFileInfo>

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// The colours of console.md.
const QString kBackground = u"0x14171c"_s;
const QString kPanel = u"0x1b1f26"_s;
const QString kText = u"0xe6eaf0"_s;
const QString kDim = u"0x97a3b3"_s;
const QString kAccent = u"0x5aa9e6"_s;

/// One line of text on the card, in pixels from the top left corner.
struct TextLine {
    QString text;
    int x;
    int y;
    int size;
    QString colour;
    bool isBold;
    // Expressions of drawtext, where its place depends on its size.
    QString xAt = {};
    QString yAt = {};
};

struct Card {
    QString boxes; ///< drawbox filters, joined by commas; may be empty
    std::vector<TextLine> lines;
};

QString fontFile(bool bold)
{
    return bold ? u"/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"_s
                : u"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"_s;
}

QString box(int x, int y, int width, int height, const QString &colour)
{
    return u"drawbox=%1:%2:%3:%4:%5:fill"_s.arg(x).arg(y).arg(width).arg(height).arg(colour);
}

Card layOut(CardKind kind, const QStringList &lines, const HouseFormat &format)
{
    const int width = format.width;
    const int height = format.height;
    // By the shorter side, so that portrait houses have no giant letters.
    const int unit = std::min(width, height * 16 / 9);
    const int large = std::max(8, unit * (kind == CardKind::Slate ? 56 : 44) / 1280);
    const int small = std::max(7, unit * 26 / 1280);
    const int margin = width * 8 / 100;
    const int bar = std::max(2, unit * 6 / 1280);
    const int textX = margin + bar * 4;
    // A letter of DejaVu Sans is 0.6 of its size wide on average, in bold a little more.
    const int room = width - textX - margin;
    const auto columns = [room](int size) { return std::max(4, room * 100 / (size * 66)); };

    Card card;
    int y = 0;
    QStringList first = wrapText(lines.value(0), columns(large), 3);
    for (const QString &line : first) {
        card.lines.push_back({line, textX, y, large, kText, true});
        y += large * 130 / 100;
    }
    y += small * 60 / 100;
    for (const QString &paragraph : lines.mid(1)) {
        for (const QString &line : wrapText(paragraph, columns(small), 2)) {
            card.lines.push_back({line, textX, y, small, kDim, false});
            y += small * 150 / 100;
        }
    }
    const int top = std::max(0, (height - y) / 2);
    for (TextLine &line : card.lines)
        line.y += top;
    QStringList boxes;
    if (kind == CardKind::Slate) {
        const int band = height * 12 / 100;
        boxes += box(0, 0, width, band, kPanel);
        boxes += box(0, height - band, width, band, kPanel);
    }
    boxes += box(margin, top - bar, bar, std::max(y, large) + bar, kAccent);
    card.boxes = boxes.join(u',');
    return card;
}

Result<AVFilterContext *> addText(AVFilterGraph *graph, const TextLine &line, std::size_t index)
{
    const AVFilter *filter = avfilter_get_by_name("drawtext");
    if (!filter)
        return errorFromAv(AVERROR_FILTER_NOT_FOUND, u"drawtext"_s);
    AVFilterContext *context = avfilter_graph_alloc_filter(
        graph, filter, QByteArray("text" + QByteArray::number(qulonglong(index))).constData());
    if (!context)
        return errorFromAv(AVERROR(ENOMEM), u"drawtext"_s);
    // Set as values, not as an argument text: a title may hold any character.
    const auto set = [context](const char *name, const QString &value) {
        av_opt_set(context, name, value.toUtf8().constData(), AV_OPT_SEARCH_CHILDREN);
    };
    set("expansion", u"none"_s);
    set("text", line.text);
    set("x", line.xAt.isEmpty() ? QString::number(line.x) : line.xAt);
    set("y", line.yAt.isEmpty() ? QString::number(line.y) : line.yAt);
    set("fontsize", QString::number(line.size));
    set("fontcolor", line.colour);
    if (QFileInfo::exists(fontFile(line.isBold)))
        set("fontfile", fontFile(line.isBold));
    else
        set("font", u"Sans"_s);
    const int initialised = avfilter_init_str(context, nullptr);
    if (initialised < 0) {
        avfilter_free(context);
        return errorFromAv(initialised, u"draw text"_s);
    }
    return context;
}

Result<FramePtr> render(const Card &card, const HouseFormat &format, bool withText)
{
    GraphPtr graph(avfilter_graph_alloc());
    if (!graph)
        return errorFromAv(AVERROR(ENOMEM), u"draw a card"_s);
    graph->nb_threads = 1;
    // In RGB, so that the colours meet one conversion only, with the house's matrix.
    Result<AVFilterContext *> last = addFilter(
        graph.get(), "color", u"background"_s,
        u"color=%1:size=%2x%3:rate=1"_s.arg(kBackground).arg(format.width).arg(format.height));
    if (!last)
        return last.error();
    const auto append = [&](Result<AVFilterContext *> next) -> Result<void> {
        if (!next)
            return next.error();
        const int linked = avfilter_link(last.value(), 0, next.value(), 0);
        if (linked < 0)
            return errorFromAv(linked, u"draw a card"_s);
        last = next;
        return {};
    };
    Result<void> ok = append(addFilter(graph.get(), "format", u"rgb"_s, u"pix_fmts=gbrp|rgb24"_s));
    for (const QString &drawn : card.boxes.split(u',', Qt::SkipEmptyParts)) {
        if (ok)
            ok = append(addFilter(graph.get(), "drawbox", QString(), drawn.section(u'=', 1)));
    }
    for (std::size_t i = 0; withText && i < card.lines.size() && ok; ++i)
        ok = append(addText(graph.get(), card.lines[i], i));
    if (ok)
        ok = append(addFilter(graph.get(), "scale", u"house"_s,
                              u"out_color_matrix=bt709:out_range=limited"_s));
    if (ok)
        ok = append(addFilter(graph.get(), "format", u"yuv"_s, u"pix_fmts=yuv420p"_s));
    if (ok)
        ok = append(addFilter(graph.get(), "buffersink", u"out"_s, QString()));
    if (!ok)
        return ok.error();
    FramePtr frame(av_frame_alloc());
    int result = avfilter_graph_config(graph.get(), nullptr);
    if (result >= 0)
        result = frame ? av_buffersink_get_frame(last.value(), frame.get()) : AVERROR(ENOMEM);
    if (result < 0)
        return errorFromAv(result, u"draw a card"_s);
    return frame;
}

} // namespace

QStringList wrapText(const QString &text, int maxColumns, int maxLines)
{
    QStringList lines;
    QString rest = text.simplified();
    while (!rest.isEmpty() && lines.size() < maxLines) {
        if (rest.size() <= maxColumns) {
            lines += rest;
            return lines;
        }
        qsizetype cut = rest.lastIndexOf(u' ', maxColumns);
        const bool atSpace = cut > maxColumns / 3;
        if (!atSpace)
            cut = maxColumns;
        if (!atSpace && rest.at(cut - 1).isHighSurrogate())
            --cut;
        lines += rest.left(cut);
        rest = rest.mid(atSpace ? cut + 1 : cut);
    }
    if (!rest.isEmpty() && !lines.isEmpty()) {
        QString &last = lines.last();
        if (last.size() >= maxColumns)
            last.chop(last.size() - maxColumns + 1);
        last = last.trimmed() + u'…';
    }
    return lines;
}

Result<FramePtr> drawCard(CardKind kind, const QStringList &lines, const HouseFormat &format)
{
    const Card card = layOut(kind, lines, format);
    Result<FramePtr> drawn = render(card, format, true);
    if (drawn)
        return drawn;
    qCWarning(lcMedia).noquote() << u"a card is drawn without its text: "_s + drawn.error().detail;
    return render(card, format, false);
}

Result<FramePtr> drawClockDigits(const HouseFormat &format)
{
    const auto place = SlateClockPlace::in(format);
    if (!place)
        return Error{ErrorCode::Unsupported, u"the picture is too small for a clock"_s, 0};
    Card sheet;
    sheet.boxes = box(0, 0, SlateClockPlace::kGlyphs * place->cellWidth, place->cellHeight, kPanel);
    // A digit is 0.73 of its size high; all stand on one line.
    const int baseline = place->cellHeight / 2 + place->fontSize * 365 / 1000;
    for (int i = 0; i < SlateClockPlace::kGlyphs; ++i) {
        TextLine glyph{i == SlateClockPlace::kColon ? u":"_s : QString::number(i),
                       0,
                       0,
                       place->fontSize,
                       kText,
                       true};
        glyph.xAt = u"%1-text_w/2"_s.arg(i * place->cellWidth + place->cellWidth / 2);
        glyph.yAt = u"%1-ascent"_s.arg(baseline);
        sheet.lines.push_back(glyph);
    }
    return render(sheet, format, true);
}

void copyCard(const AVFrame &card, std::span<std::uint8_t> planes)
{
    av_image_copy_to_buffer(planes.data(), int(planes.size()), card.data, card.linesize,
                            AVPixelFormat(card.format), card.width, card.height, 1);
}

} // namespace continuo
