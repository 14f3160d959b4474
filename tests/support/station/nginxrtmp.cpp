// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/station/nginxrtmp.h"

#include "tests/support/patience.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>
#include <QThread>

#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString modulePath()
{
    return u"/usr/lib/nginx/modules/ngx_rtmp_module.so"_s;
}

QString nginxProgram()
{
    return QStandardPaths::findExecutable(u"nginx"_s,
                                          {u"/usr/sbin"_s, u"/usr/bin"_s, u"/usr/local/sbin"_s});
}

int freePort()
{
    QTcpServer probe;
    probe.listen(QHostAddress::LocalHost);
    return probe.serverPort();
}

} // namespace

QString NginxRtmp::unavailable()
{
    if (nginxProgram().isEmpty())
        return u"nginx is not installed"_s;
    if (!QFile::exists(modulePath()))
        return u"nginx's rtmp module (libnginx-mod-rtmp) is not installed"_s;
    return {};
}

NginxRtmp::NginxRtmp()
    : m_rtmpPort(freePort())
{
}

NginxRtmp::NginxRtmp(QString address, QStringList launcher)
    : m_address(std::move(address))
    , m_launcher(std::move(launcher))
    , m_rtmpPort(freePort())
{
}

NginxRtmp::~NginxRtmp()
{
    stop();
}

void NginxRtmp::stop()
{
    m_process.terminate();
    if (!m_process.waitForFinished(3000)) {
        m_process.kill();
        m_process.waitForFinished();
    }
}

bool NginxRtmp::start()
{
    const QString folder = m_folder.path();
    for (const QString &name : {u"hls"_s, u"logs"_s})
        QDir(folder).mkpath(name);
    // Workers drop to "nobody" when nginx is started as root: they must reach and write the folder.
    QFile::setPermissions(folder, QFile::Permissions::fromInt(0x7777));
    QFile::setPermissions(folder + u"/hls"_s, QFile::Permissions::fromInt(0x7777));
    QFile conf(folder + u"/nginx.conf"_s);
    if (!conf.open(QIODevice::WriteOnly))
        return false;
    conf.write(u"load_module %1; daemon off; master_process off; pid %2/nginx.pid;\n"
               "error_log %2/logs/error.log info;\n"
               "events { worker_connections 64; }\n"
               "rtmp { access_log off; server { listen %4:%3; chunk_size 4096;\n"
               "  application live { live on; record off; hls on; hls_path %2/hls;\n"
               "    hls_fragment 2s; hls_playlist_length 3600s; hls_cleanup off; hls_nested off;\n"
               "    drop_idle_publisher 5s; } } }\n"_s.arg(modulePath(), folder)
                   .arg(m_rtmpPort)
                   .arg(m_address)
                   .toUtf8());
    conf.close();
    m_process.setProcessChannelMode(QProcess::ForwardedChannels);
    QStringList command = m_launcher;
    command << nginxProgram() << u"-c"_s << conf.fileName() << u"-p"_s << folder;
    m_process.start(command.first(), command.mid(1));
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < kTestPatienceMs && m_process.state() != QProcess::NotRunning) {
        QTcpSocket socket;
        socket.connectToHost(m_address, quint16(m_rtmpPort));
        if (socket.waitForConnected(200))
            return true;
        QThread::msleep(20);
    }
    return false;
}

int NginxRtmp::publications() const
{
    return int(errorLog().count(u"publish: name="_s));
}

QString NginxRtmp::url() const
{
    return u"rtmp://%1:%2/live"_s.arg(m_address).arg(m_rtmpPort);
}

QString NginxRtmp::playlist(const QString &stream) const
{
    return m_folder.path() + u"/hls/"_s + stream + u".m3u8"_s;
}

QString NginxRtmp::errorLog() const
{
    QFile file(m_folder.path() + u"/logs/error.log"_s);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

} // namespace continuo
