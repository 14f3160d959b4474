// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/hlsserver.h"

#include "core/base/uniquefd.h"
#include "core/publish/hlsplaylist.h"

#include <QFile>

#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr unsigned kMaxConnections = 200;
constexpr unsigned kIdleSeconds = 20;
constexpr std::size_t kConnectionBytes = 32 * 1024;

struct Range {
    std::uint64_t first = 0;
    std::uint64_t length = 0;
    unsigned status = MHD_HTTP_OK;
};

// "bytes=0-499", "bytes=500-", "bytes=-500"; several ranges or nonsense are answered whole.
Range parseRange(const char *header, std::uint64_t size)
{
    const Range whole{0, size, MHD_HTTP_OK};
    const QByteArray text = header ? QByteArray(header).trimmed() : QByteArray();
    if (!text.startsWith("bytes=") || text.contains(','))
        return whole;
    const QByteArray range = text.mid(6);
    const qsizetype dash = range.indexOf('-');
    if (dash < 0)
        return whole;
    bool firstOk = false;
    bool lastOk = false;
    const std::uint64_t first = range.left(dash).toULongLong(&firstOk);
    const std::uint64_t last = range.mid(dash + 1).toULongLong(&lastOk);
    if (dash == 0) { // the last so many bytes
        if (!lastOk)
            return whole;
        if (last == 0 || size == 0)
            return {0, 0, MHD_HTTP_RANGE_NOT_SATISFIABLE};
        const std::uint64_t length = std::min(last, size);
        return {size - length, length, MHD_HTTP_PARTIAL_CONTENT};
    }
    if (!firstOk || (!lastOk && dash + 1 < range.size()) || (lastOk && last < first))
        return whole;
    if (first >= size)
        return {0, 0, MHD_HTTP_RANGE_NOT_SATISFIABLE};
    const std::uint64_t end = lastOk && last < size ? last + 1 : size;
    return {first, end - first, MHD_HTTP_PARTIAL_CONTENT};
}

MHD_Result queueAndDrop(MHD_Connection *connection, unsigned status, MHD_Response *response)
{
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Access-Control-Allow-Origin", "*");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    const MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

MHD_Result answerText(MHD_Connection *connection, unsigned status, QByteArray text,
                      const char *type = "text/plain; charset=utf-8")
{
    MHD_Response *response = MHD_create_response_from_buffer(std::size_t(text.size()), text.data(),
                                                             MHD_RESPMEM_MUST_COPY);
    if (response) {
        MHD_add_response_header(response, "Content-Type", type);
        MHD_add_response_header(response, "Cache-Control", "no-cache");
        if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
            MHD_add_response_header(response, "Allow", "GET, HEAD");
    }
    return queueAndDrop(connection, status, response);
}

MHD_Result answerFile(MHD_Connection *connection, const QByteArray &path, bool isPlaylist)
{
    UniqueFd file(::open(path.constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat facts { };
    if (!file.isValid() || ::fstat(file.get(), &facts) < 0 || !S_ISREG(facts.st_mode))
        return answerText(connection, MHD_HTTP_NOT_FOUND,
                          isPlaylist ? "The channel has not begun yet.\n" : "Not found.\n");
    const auto size = std::uint64_t(facts.st_size);
    const Range range = parseRange(
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE), size);
    if (range.status == MHD_HTTP_RANGE_NOT_SATISFIABLE) {
        MHD_Response *response
            = MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT);
        if (response)
            MHD_add_response_header(response, "Content-Range",
                                    ("bytes */" + QByteArray::number(size)).constData());
        return queueAndDrop(connection, range.status, response);
    }
    MHD_Response *response
        = MHD_create_response_from_fd_at_offset64(range.length, file.get(), range.first);
    if (!response)
        return MHD_NO;
    (void)file.release(); // the response closes it
    MHD_add_response_header(response, "Content-Type",
                            isPlaylist ? "application/vnd.apple.mpegurl" : "video/mp2t");
    // A segment never changes once it is there; the list changes with each.
    MHD_add_response_header(response, "Cache-Control", isPlaylist ? "no-cache" : "max-age=3600");
    MHD_add_response_header(response, "Accept-Ranges", "bytes");
    if (range.status == MHD_HTTP_PARTIAL_CONTENT) {
        const QByteArray content = "bytes " + QByteArray::number(range.first) + '-'
            + QByteArray::number(range.first + range.length - 1) + '/' + QByteArray::number(size);
        MHD_add_response_header(response, "Content-Range", content.constData());
    }
    return queueAndDrop(connection, range.status, response);
}

MHD_Result answer(void *context, MHD_Connection *connection, const char *url, const char *method,
                  const char *, const char *, std::size_t *uploadBytes, void **)
{
    const auto *server = static_cast<const HlsServer *>(context);
    const QByteArray verb(method);
    if (verb == "OPTIONS")
        return answerText(connection, MHD_HTTP_OK, "");
    if (verb != "GET" && verb != "HEAD") {
        *uploadBytes = 0;
        return answerText(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET and HEAD.\n");
    }
    const QByteArray path(url);
    if (path == "/")
        return answerText(connection, MHD_HTTP_OK, server->page(), "text/html; charset=utf-8");
    // Names are matched, not resolved: there is no way out of the folder.
    if (path == "/index.m3u8")
        return answerFile(connection, server->folder() + path, true);
    if (segmentSequence(QString::fromLatin1(path.mid(1))))
        return answerFile(connection, server->folder() + path, false);
    return answerText(connection, MHD_HTTP_NOT_FOUND, "Not found.\n");
}

QByteArray makePage(const QString &title)
{
    static const char page[] = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>@TITLE@</title><style>
body{margin:0;background:#14171c;color:#d8dde6;font:16px/1.5 sans-serif}
main{max-width:960px;margin:0 auto;padding:24px}
h1{font-size:20px;font-weight:600}video{width:100%;background:#000;aspect-ratio:16/9}
code{background:#232831;padding:2px 6px;border-radius:4px;user-select:all}#hint{color:#9aa3b2}
</style></head><body><main><h1>@TITLE@</h1>
<video id="v" controls autoplay muted playsinline src="index.m3u8"></video>
<p>Address of the stream: <code id="a">index.m3u8</code></p><p id="hint"></p>
<script>
const v=document.getElementById('v'),a=new URL('index.m3u8',location).href,
h=document.getElementById('hint');document.getElementById('a').textContent=a;
if(!v.canPlayType('application/vnd.apple.mpegurl'))
h.textContent='This browser does not play HLS by itself: open the address in VLC, mpv or ffplay.';
v.addEventListener('error',()=>{setTimeout(()=>{v.src='index.m3u8?'+Date.now();v.play()},3000)});
</script></main></body></html>
)";
    return QByteArray(page).replace("@TITLE@", title.toHtmlEscaped().toUtf8());
}

struct SocketAddress {
    sockaddr_storage storage{};
    bool isIpv6 = false;
};

std::optional<SocketAddress> parseAddress(const QString &text, QString *host)
{
    const qsizetype colon = text.lastIndexOf(u':');
    bool ok = false;
    const std::uint16_t port = colon > 0 ? text.mid(colon + 1).toUShort(&ok) : 0;
    if (!ok)
        return std::nullopt;
    QString name = text.left(colon);
    if (name == u"localhost"_s)
        name = u"127.0.0.1"_s;
    SocketAddress address;
    if (name.startsWith(u'[') && name.endsWith(u']')) {
        sockaddr_in6 ipv6{};
        ipv6.sin6_family = AF_INET6;
        ipv6.sin6_port = htons(port);
        address.isIpv6 = true;
        const QByteArray inside = name.mid(1, name.size() - 2).toLatin1();
        if (::inet_pton(AF_INET6, inside.constData(), &ipv6.sin6_addr) != 1)
            return std::nullopt;
        std::memcpy(&address.storage, &ipv6, sizeof ipv6);
        *host = name == u"[::]"_s ? u"[::1]"_s : name;
        return address;
    }
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(port);
    if (::inet_pton(AF_INET, name.toLatin1().constData(), &ipv4.sin_addr) != 1)
        return std::nullopt;
    std::memcpy(&address.storage, &ipv4, sizeof ipv4);
    *host = name == u"0.0.0.0"_s ? u"127.0.0.1"_s : name;
    return address;
}

} // namespace

Result<std::unique_ptr<HlsServer>> HlsServer::start(const QString &address, const QString &folder,
                                                    const QString &title)
{
    std::unique_ptr<HlsServer> server(new HlsServer);
    std::optional<SocketAddress> socket = parseAddress(address, &server->m_host);
    if (!socket)
        return Error{ErrorCode::InvalidArgument,
                     u"\"%1\" is not an address to serve at; give 127.0.0.1:8080"_s.arg(address),
                     0};
    server->m_folder = QFile::encodeName(folder);
    server->m_page = makePage(title);
    errno = 0;
    server->m_daemon = MHD_start_daemon(
        MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD
            | (socket->isIpv6 ? unsigned(MHD_USE_IPv6) : 0u),
        0, nullptr, nullptr, &answer, server.get(), MHD_OPTION_SOCK_ADDR, &socket->storage,
        MHD_OPTION_CONNECTION_LIMIT, kMaxConnections, MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionBytes, MHD_OPTION_END);
    if (!server->m_daemon && errno == EACCES)
        return Error{ErrorCode::PermissionDenied,
                     u"serve at %1: ports below 1024 are not for everybody; take another, as "
                     u"8080"_s.arg(address),
                     0};
    if (!server->m_daemon)
        return errorFromErrno(errno ? errno : EADDRINUSE, u"serve at "_s + address);
    const MHD_DaemonInfo *info = MHD_get_daemon_info(server->m_daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->m_port = info ? info->port : 0;
    return server;
}

HlsServer::~HlsServer()
{
    if (m_daemon)
        MHD_stop_daemon(m_daemon);
}

QString HlsServer::playlistUrl() const
{
    return u"http://%1:%2/index.m3u8"_s.arg(m_host).arg(m_port);
}

} // namespace continuo
