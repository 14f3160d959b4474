// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace continuo {

/// A network namespace with one link to this machine (veth), for a server that can become
/// unreachable as behind a router without a route. Needs root and the ip program; gone with the
/// object.
class NetNamespace final {
public:
    /// The reason why there can be none here; empty: there can.
    static QString unavailable();

    NetNamespace();
    ~NetNamespace();
    NetNamespace(const NetNamespace &) = delete;
    NetNamespace &operator=(const NetNamespace &) = delete;

    bool isReady() const { return m_isReady; }
    QString address() const; ///< of the inside
    /// What stands before a command line to run it inside.
    QStringList launcher() const;
    /// Nothing that the inside sends arrives any more, and nobody is told (a blackhole route).
    bool setHole(bool isHole);

private:
    QString m_name;
    bool m_isReady = false;
};

} // namespace continuo
