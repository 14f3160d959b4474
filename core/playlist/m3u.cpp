// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/m3u.h"

#include "core/playlist/itemsound.h"
#include "core/playlist/playlist.h"

#include <QDir>
#include <QSet>
#include <QStringDecoder>
#include <QUrl>

#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr qsizetype kMaxLineBytes = 16 * 1024; // a path has at most 4096 bytes, 12 KiB as a URL
constexpr double kMaxSeconds = 1e9; // 31 years; far from where int64 microseconds end

Error atLine(int line, const QString &reason)
{
    return Error{ErrorCode::Corrupt, u"line %1: %2"_s.arg(line).arg(reason)};
}

/// Seconds as decimal number; nothing when \p text is none.
std::optional<double> parseSeconds(QStringView text)
{
    bool good = false;
    const double seconds = text.trimmed().toDouble(&good);
    if (!good || !std::isfinite(seconds) || std::abs(seconds) > kMaxSeconds)
        return std::nullopt;
    return seconds;
}

class M3uParser final {
public:
    explicit M3uParser(QString folder)
        : m_folder(std::move(folder))
    {
    }

    Result<void> addLine(int number, const QString &line)
    {
        m_line = number;
        if (line.trimmed().isEmpty())
            return {};
        return line.startsWith(u'#') ? addTag(line) : addPath(line);
    }

    M3uDocument takeDocument()
    {
        m_document.trailer = m_item.tags; // whatever no path followed
        return std::move(m_document);
    }

private:
    Result<void> addTag(const QString &line)
    {
        const auto valueOf = [&](QStringView tag) -> std::optional<QStringView> {
            return line.startsWith(tag) ? std::optional(QStringView(line).sliced(tag.size()))
                                        : std::nullopt;
        };
        if (line.trimmed() == u"#EXTM3U")
            return {};
        if (const auto value = valueOf(u"#EXTINF:"))
            return addExtinf(*value);
        if (const auto value = valueOf(u"#CONTINUO-ID:"))
            return addId(value->trimmed().toString());
        if (const auto value = valueOf(u"#CONTINUO-CATEGORY:")) {
            m_item.category = value->trimmed().toString();
            return {};
        }
        if (const auto value = valueOf(u"#CONTINUO-SOUND:"))
            return addSound(value->toString());
        if (const auto value = valueOf(u"#CONTINUO-IN:"))
            return addPoint(*value, m_item.in);
        if (const auto value = valueOf(u"#CONTINUO-OUT:"))
            return addPoint(*value, m_item.out);
        if (const auto value = valueOf(u"#CONTINUO-VERSION:")) {
            m_document.version = value->trimmed().toULongLong();
            return {};
        }
        const bool ofTheList = line.startsWith(u"#PLAYLIST") || line.startsWith(u"#EXT");
        if (ofTheList && m_document.items.isEmpty() && !m_itemBegun)
            m_document.header.append(line);
        else
            m_item.tags.append(line);
        return {};
    }

    Result<void> addExtinf(QStringView value)
    {
        // SECONDS[ key="a, b"...],TITLE: the comma that ends the attributes is the first one
        // outside of quotes.
        qsizetype comma = -1;
        bool quoted = false;
        for (qsizetype i = 0; i < value.size() && comma < 0; ++i) {
            if (value[i] == u'"')
                quoted = !quoted;
            else if (value[i] == u',' && !quoted)
                comma = i;
        }
        if (comma < 0)
            return atLine(m_line, u"#EXTINF without a comma before the title"_s);
        const QStringView head = value.first(comma).trimmed();
        qsizetype space = 0;
        while (space < head.size() && !head[space].isSpace())
            ++space;
        const std::optional<double> seconds = parseSeconds(head.first(space));
        if (!seconds)
            return atLine(
                m_line, u"#EXTINF with \"%1\" where seconds should stand"_s.arg(head.first(space)));
        if (*seconds >= 0)
            m_item.duration = std::chrono::milliseconds(std::llround(*seconds * 1e3));
        m_item.attributes = head.sliced(space).trimmed().toString();
        m_item.title = value.sliced(comma + 1).trimmed().toString();
        m_itemBegun = true;
        return {};
    }

    Result<void> addSound(const QString &text)
    {
        Result<QString> sound = soundFromText(text);
        if (!sound)
            return atLine(m_line, sound.error().detail);
        m_item.sound = sound.value();
        return {};
    }

    Result<void> addId(const QString &id)
    {
        if (!isValidItemId(id))
            return atLine(m_line, u"\"%1\" is no item id"_s.arg(id));
        m_itemBegun = true;
        // A line that was copied: the second is a new item and gets an id of its own.
        if (m_ids.contains(id))
            return {};
        m_item.id = id;
        return {};
    }

    Result<void> addPoint(QStringView value, std::optional<std::chrono::microseconds> &point)
    {
        const std::optional<double> seconds = parseSeconds(value);
        if (!seconds || *seconds < 0)
            return atLine(m_line, u"\"%1\" is no time in seconds"_s.arg(value));
        point = std::chrono::microseconds(std::llround(*seconds * 1e6));
        m_itemBegun = true;
        return {};
    }

    Result<void> addPath(const QString &line)
    {
        QString path = line;
        const qsizetype scheme = line.indexOf(u"://");
        if (line.startsWith(u"file:", Qt::CaseInsensitive)) {
            path = QUrl(line.trimmed(), QUrl::StrictMode).toLocalFile();
            if (path.isEmpty())
                return atLine(m_line, u"\"%1\" is no address of a file"_s.arg(line));
        } else if (scheme > 0 && !line.first(scheme).contains(u'/')) {
            return atLine(
                m_line,
                u"\"%1\" is an address on the network; only files can be played"_s.arg(line));
        }
        if (m_document.items.size() >= Playlist::kMaxItems)
            return Error{ErrorCode::NoSpace,
                         u"line %1: more than %2 items"_s.arg(m_line).arg(Playlist::kMaxItems)};
        m_item.path = QDir::cleanPath(QDir::isAbsolutePath(path) ? path : m_folder + u'/' + path);
        if (!m_item.id.isEmpty())
            m_ids.insert(m_item.id);
        m_document.items.append(std::exchange(m_item, PlaylistItem()));
        m_itemBegun = false;
        return {};
    }

    QString m_folder;
    M3uDocument m_document;
    PlaylistItem m_item; // what stands above the next path
    bool m_itemBegun = false; // something of ours was said about the next item
    QSet<QString> m_ids;
    int m_line = 0;
};

QString singleLine(QString text)
{
    for (QChar &c : text) {
        if (c == u'\n' || c == u'\r' || c.isNull())
            c = u' ';
    }
    return text.trimmed();
}

QString pathLine(const QString &path)
{
    // A name may hold line breaks, begin or end with a space or look like an address.
    const bool plain = !path.contains(u'\n') && !path.contains(u'\r') && path.trimmed() == path
        && path.startsWith(u'/');
    return plain ? path : QUrl::fromLocalFile(path).toString(QUrl::FullyEncoded);
}

QString secondsText(double seconds)
{
    QString text = QString::number(seconds, 'f', 6);
    while (text.endsWith(u'0'))
        text.chop(1);
    return text.endsWith(u'.') ? text.chopped(1) : text;
}

} // namespace

Result<M3uDocument> parseM3u(const QByteArray &bytes, const QString &folder)
{
    if (bytes.trimmed().isEmpty())
        return Error{ErrorCode::Corrupt,
                     u"line 1: the file is empty (an empty list is the one line #EXTM3U)"_s};
    M3uParser parser(QDir(folder).absolutePath());
    int number = 0;
    qsizetype start = bytes.startsWith("\xEF\xBB\xBF") ? 3 : 0;
    while (start < bytes.size()) {
        qsizetype end = start;
        while (end < bytes.size() && bytes[end] != '\n' && bytes[end] != '\r')
            ++end;
        ++number;
        const QByteArrayView raw = QByteArrayView(bytes).sliced(start, end - start);
        const bool isPair = QByteArrayView(bytes).sliced(end).startsWith("\r\n");
        start = end + (isPair ? 2 : 1);
        if (raw.size() > kMaxLineBytes)
            return atLine(number, u"longer than %1 bytes; this is no list"_s.arg(kMaxLineBytes));
        if (raw.contains('\0'))
            return atLine(number, u"holds a NUL byte; this is no text"_s);
        QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
        const QString line = decoder(raw);
        if (decoder.hasError())
            return atLine(number, u"is not UTF-8"_s);
        if (Result<void> added = parser.addLine(number, line); !added)
            return added.error();
    }
    return parser.takeDocument();
}

QByteArray writeM3u(const M3uDocument &document)
{
    QString text = u"#EXTM3U\n"_s;
    const auto addLine = [&](const QString &line) { text += line + u'\n'; };
    if (document.version > 0)
        addLine(u"#CONTINUO-VERSION:"_s + QString::number(document.version));
    for (const QString &line : document.header)
        addLine(line);
    for (const PlaylistItem &item : document.items) {
        QString head = item.duration ? secondsText(double(item.duration->count()) / 1e3) : u"-1"_s;
        if (!item.attributes.isEmpty())
            head += u' ' + singleLine(item.attributes);
        addLine(u"#EXTINF:"_s + head + u',' + singleLine(item.title));
        if (!item.id.isEmpty())
            addLine(u"#CONTINUO-ID:"_s + item.id);
        if (item.in)
            addLine(u"#CONTINUO-IN:"_s + secondsText(double(item.in->count()) / 1e6));
        if (item.out)
            addLine(u"#CONTINUO-OUT:"_s + secondsText(double(item.out->count()) / 1e6));
        if (!item.category.isEmpty())
            addLine(u"#CONTINUO-CATEGORY:"_s + singleLine(item.category));
        if (!item.sound.isEmpty())
            addLine(u"#CONTINUO-SOUND:"_s + singleLine(item.sound));
        for (const QString &tag : item.tags)
            addLine(tag);
        addLine(pathLine(item.path));
    }
    for (const QString &line : document.trailer)
        addLine(line);
    return text.toUtf8();
}

} // namespace continuo
