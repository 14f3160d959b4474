// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QString>

#include <cstdint>
#include <memory>

struct MHD_Daemon;

namespace continuo {

/// Serves one HLS folder over HTTP: the playlist, its segments and a small page that plays it.
/// Nothing else in the folder, nothing outside, no writing. A thread of its own.
class HlsServer final {
public:
    /// \p address is "HOST:PORT" with a numeric host ("127.0.0.1:8080", "[::1]:0"); port 0 takes a
    /// free one. \p title stands on the page. Errors: InvalidArgument, Busy (port in use),
    /// PermissionDenied, Io.
    static Result<std::unique_ptr<HlsServer>> start(const QString &address, const QString &folder,
                                                    const QString &title);
    ~HlsServer();
    HlsServer(const HlsServer &) = delete;
    HlsServer &operator=(const HlsServer &) = delete;

    QString playlistUrl() const; ///< "http://127.0.0.1:34567/index.m3u8"
    std::uint16_t port() const { return m_port; }

    const QByteArray &folder() const { return m_folder; }
    const QByteArray &page() const { return m_page; }

private:
    HlsServer() = default;

    QByteArray m_folder;
    QByteArray m_page;
    QString m_host; ///< as it stands in a URL
    std::uint16_t m_port = 0;
    MHD_Daemon *m_daemon = nullptr;
};

} // namespace continuo
