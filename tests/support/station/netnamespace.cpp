// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/station/netnamespace.h"

#include "tests/support/patience.h"

#include <QCoreApplication>
#include <QProcess>
#include <QStandardPaths>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Of a block kept for tests of networks (RFC 2544): four addresses a process, so that several can
// have theirs at once. The first is that of the network.
QString addressOf(int which)
{
    const int number = int(QCoreApplication::applicationPid() % 0x8000) * 4 + which;
    return u"198.%1.%2.%3"_s.arg(18 + number / 0x10000)
        .arg(number / 0x100 % 0x100)
        .arg(number % 0x100);
}

QString outside()
{
    return addressOf(1);
}

QString ipProgram()
{
    return QStandardPaths::findExecutable(u"ip"_s, {u"/usr/sbin"_s, u"/sbin"_s, u"/usr/bin"_s});
}

bool ip(const QString &arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedChannels);
    process.start(ipProgram(), arguments.split(u' '));
    return process.waitForFinished(kTestPatienceMs) && process.exitStatus() == QProcess::NormalExit
        && process.exitCode() == 0;
}

} // namespace

QString NetNamespace::unavailable()
{
    if (ipProgram().isEmpty())
        return u"the program ip (iproute2) is not installed"_s;
    if (::geteuid() != 0)
        return u"a network namespace with a link to it needs root"_s;
    static const bool isPossible = NetNamespace().isReady();
    return isPossible ? QString() : u"a network namespace with a link to it cannot be made here"_s;
}

NetNamespace::NetNamespace()
    : m_name(u"continuo-%1"_s.arg(QCoreApplication::applicationPid()))
{
    const QString link = u"cont%1"_s.arg(QCoreApplication::applicationPid() % 100000);
    m_isReady = ip(u"netns add "_s + m_name)
        && ip(u"link add %1 type veth peer name inside netns %2"_s.arg(link, m_name))
        && ip(u"addr add %1/30 dev %2"_s.arg(outside(), link)) && ip(u"link set %1 up"_s.arg(link))
        && ip(u"-n %1 addr add %2/30 dev inside"_s.arg(m_name, address()))
        && ip(u"-n %1 link set inside up"_s.arg(m_name))
        && ip(u"-n %1 link set lo up"_s.arg(m_name));
}

NetNamespace::~NetNamespace()
{
    ip(u"netns del "_s + m_name); // and with it both ends of the link
}

QString NetNamespace::address() const
{
    return addressOf(2);
}

QStringList NetNamespace::launcher() const
{
    return {ipProgram(), u"netns"_s, u"exec"_s, m_name};
}

bool NetNamespace::setHole(bool isHole)
{
    return ip(
        u"-n %1 route %2 blackhole %3/32"_s.arg(m_name, isHole ? u"add"_s : u"del"_s, outside()));
}

} // namespace continuo
