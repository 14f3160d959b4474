// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace continuo {

/// A destination's URL that may be shown, and the secret that was in it.
struct StreamAddress {
    QString url; ///< without the secret
    QString key; ///< empty when there was none

    friend bool operator==(const StreamAddress &, const StreamAddress &) = default;
};

/// Splits what must not be shown off a URL; joinStreamKey() undoes it. Other targets ("hls:DIR",
/// "file:PATH", a URL without a secret) come back as they are. What counts as secret:
/// - rtmp, rtmps and their kin: the last path component when there are two or more ("app/KEY"),
///   with all that follows it; with one component, its query;
/// - any URL: query parameters with a name like key, token, passphrase, streamid, signature;
/// - any URL with a password (user:password@host): everything after the scheme; with one that is
///   written wrongly ("user:pass/word@host"), nothing but the scheme may be shown.
/// With a \p givenKey that came apart from the URL, an rtmp path is taken whole ("app/instance").
/// Doing it again with its own result changes nothing: client and engine may both do it.
StreamAddress splitStreamKey(const QString &target, const QString &givenKey = {});

/// The full URL again: `url/key`; a key that begins with '?' is joined as query, one that begins
/// with "//" replaces all after the scheme.
QString joinStreamKey(const StreamAddress &address);

} // namespace continuo
