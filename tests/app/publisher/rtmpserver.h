// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/childprocess.h"

#include <QString>

namespace continuo::test {

/// A TCP port of the loopback that was free a moment ago.
int freePort();

/// A real nginx with its rtmp module on the loopback, that hands out HLS, too.
class RtmpServer final {
public:
    /// Why it cannot be run here; empty when it can.
    static QString missing();

    /// Writes the configuration into \p folder. Nothing runs yet.
    RtmpServer(const QString &folder, int port);
    ~RtmpServer() { stop(); }

    bool start(); ///< true when the port answers
    void stop();
    int port() const { return m_port; }
    QString url() const; ///< "rtmp://127.0.0.1:PORT/live"
    QString playlist(const QString &key) const; ///< the HLS list of a stream, a file
    QByteArray logs() const;

private:
    QString m_folder;
    int m_port;
    ChildProcess m_nginx;
};

} // namespace continuo::test
