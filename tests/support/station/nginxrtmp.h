// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

namespace continuo {

/// A real nginx with its rtmp module, on loopback where nothing else is said, handing out HLS of
/// what is published to rtmp://127.0.0.1:PORT/live/NAME as a folder of segments that are all kept.
class NginxRtmp final {
public:
    /// The reason why nginx or its module cannot be used here; empty: it can.
    static QString unavailable();

    NginxRtmp();
    /// In another place: listens at \p address there, started by \p launcher (a command line's
    /// beginning; empty: none).
    NginxRtmp(QString address, QStringList launcher);
    ~NginxRtmp();

    bool start(); ///< false: see errorLog(); after stop() at the same port again
    void stop();
    /// How often a publisher has been accepted, by nginx's own log.
    int publications() const;
    int port() const { return m_rtmpPort; }
    /// The folder with the playlists and segments that nginx writes.
    QString hlsFolder() const { return m_folder.path() + QStringLiteral("/hls"); }
    QString url() const; ///< rtmp://127.0.0.1:PORT/live
    QString playlist(const QString &stream) const; ///< the .m3u8 on disk
    QString errorLog() const;

private:
    QTemporaryDir m_folder;
    QString m_address = QStringLiteral("127.0.0.1");
    QStringList m_launcher;
    QProcess m_process;
    int m_rtmpPort = 0;
};

} // namespace continuo
