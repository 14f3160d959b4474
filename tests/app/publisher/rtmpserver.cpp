// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/publisher/rtmpserver.h"

#include "tests/support/patience.h"

#include <QDir>
#include <QFile>
#include <QHostAddress>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;

namespace continuo::test {

namespace {

const QString kModule = u"/usr/lib/nginx/modules/ngx_rtmp_module.so"_s;

QString nginxProgram()
{
    // Not in the PATH of an ordinary user.
    return QStandardPaths::findExecutable(u"nginx"_s, {u"/usr/sbin"_s, u"/usr/bin"_s});
}

} // namespace

int freePort()
{
    QTcpServer server;
    server.listen(QHostAddress::LocalHost, 0);
    return server.serverPort();
}

QString RtmpServer::missing()
{
    if (nginxProgram().isEmpty())
        return u"nginx is not installed"_s;
    if (!QFile::exists(kModule))
        return u"nginx has no rtmp module (libnginx-mod-rtmp)"_s;
    return {};
}

RtmpServer::RtmpServer(const QString &folder, int port)
    : m_folder(folder)
    , m_port(port)
{
    QDir().mkpath(folder + u"/hls"_s);
    QFile file(folder + u"/nginx.conf"_s);
    if (!file.open(QIODevice::WriteOnly))
        return;
    const QString conf = u"load_module %1;\n"
                         u"daemon off; master_process off;\n"
                         u"pid %2/nginx.pid; error_log %2/error.log info;\n"
                         u"events { worker_connections 64; }\n"
                         u"rtmp { access_log %2/access.log; server { listen 127.0.0.1:%3;\n"
                         u"  chunk_size 4096; application live { live on; record off;\n"
                         u"  hls on; hls_path %2/hls; hls_fragment 2s; hls_playlist_length 60s;\n"
                         u"  hls_cleanup off; drop_idle_publisher 5s; } } }\n"_s;
    file.write(conf.arg(kModule, folder).arg(port).toUtf8());
}

bool RtmpServer::start()
{
    ChildRequest request;
    request.program = nginxProgram();
    request.arguments
        = QStringList{u"-c"_s, m_folder + u"/nginx.conf"_s, u"-e"_s, m_folder + u"/error.log"_s};
    request.logFile = m_folder + u"/nginx.stderr"_s;
    Result<ChildProcess> started = ChildProcess::start(request);
    if (!started)
        return false;
    m_nginx = std::move(started).value();
    return QTest::qWaitFor(
        [this] {
            QTcpSocket socket;
            socket.connectToHost(QHostAddress::LocalHost, quint16(m_port));
            return socket.waitForConnected(200);
        },
        kTestPatienceMs);
}

void RtmpServer::stop()
{
    m_nginx.signal(SIGKILL);
    m_nginx.wait(std::chrono::milliseconds(kTestPatienceMs));
}

QString RtmpServer::url() const
{
    return u"rtmp://127.0.0.1:%1/live"_s.arg(m_port);
}

QString RtmpServer::playlist(const QString &key) const
{
    return m_folder + u"/hls/"_s + key + u".m3u8"_s;
}

QByteArray RtmpServer::logs() const
{
    QByteArray text;
    for (const QString &name : {u"/error.log"_s, u"/nginx.stderr"_s}) {
        QFile file(m_folder + name);
        if (file.open(QIODevice::ReadOnly))
            text += file.readAll();
    }
    return text;
}

} // namespace continuo::test
