// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/desktop/desktop.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QGuiApplication>
#include <QPixmap>
#include <QScreen>
#include <QStandardPaths>

#include <sys/prctl.h>

#include <csignal>

using namespace Qt::StringLiterals;

namespace {

constexpr int kDragSteps = 16;
constexpr int kPatienceMs = 30'000; // until a program of the screen is there
constexpr auto kScreen = "1920x1000x24";

// What xdotool says; empty when it could not be said.
QByteArray asked(const QStringList &arguments)
{
    QProcess process;
    process.setStandardErrorFile(QProcess::nullDevice());
    process.start(u"xdotool"_s, arguments);
    process.waitForFinished(kPatienceMs);
    return process.exitCode() == 0 ? process.readAllStandardOutput().trimmed() : QByteArray();
}

} // namespace

Desktop::~Desktop()
{
    for (QProcess *process : {&m_manager, &m_screen}) {
        process->terminate();
        if (!process->waitForFinished(3000))
            process->kill();
    }
}

QString Desktop::missing()
{
    QStringList names;
    for (const QString &name : {u"Xvfb"_s, u"openbox"_s, u"xdotool"_s}) {
        if (QStandardPaths::findExecutable(name).isEmpty())
            names << name;
    }
    return names.isEmpty() ? QString() : names.join(u", "_s) + u" not installed"_s;
}

bool Desktop::begin()
{
    m_folder = QDir(qEnvironmentVariable("CONTINUO_BIN") + u"/../screenshots"_s).absolutePath();
    QDir().mkpath(m_folder);
    // The server chooses a free number and says it on its standard output.
    for (QProcess *process : {&m_screen, &m_manager})
        process->setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
    m_screen.setStandardErrorFile(QProcess::nullDevice());
    // No auto-repeat: a key that a machine which stands still keeps pressed is pressed once.
    m_screen.start(u"Xvfb"_s,
                   {u"-displayfd"_s, u"1"_s, u"-screen"_s, u"0"_s, QString::fromLatin1(kScreen),
                    u"-nolisten"_s, u"tcp"_s, u"-r"_s}); // no key repeats itself
    if (!m_screen.waitForReadyRead(kPatienceMs)) {
        m_error = u"Xvfb did not start: "_s + m_screen.errorString();
        return false;
    }
    const QByteArray display = ':' + m_screen.readAllStandardOutput().trimmed();
    qputenv("DISPLAY", display);
    qputenv("QT_QPA_PLATFORM", "xcb");
    // No bus: else one is started for the display and stays behind.
    qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    m_manager.setStandardOutputFile(QProcess::nullDevice());
    m_manager.setStandardErrorFile(QProcess::nullDevice());
    m_manager.start(u"openbox"_s, {u"--sm-disable"_s});
    if (!m_manager.waitForStarted()) {
        m_error = u"openbox did not start: "_s + m_manager.errorString();
        return false;
    }
    // Windows that come before it would be moved, and clicked where they are no more.
    const QDeadlineTimer deadline(kPatienceMs);
    while (asked({u"get_num_desktops"_s}).isEmpty()) {
        if (deadline.hasExpired() || m_manager.waitForFinished(20)) {
            m_error = u"openbox does not manage the screen"_s;
            return false;
        }
    }
    return true;
}

bool Desktop::run(const QStringList &arguments)
{
    const int status = QProcess::execute(u"xdotool"_s, arguments);
    if (status != 0)
        qWarning("xdotool %s ended with %d", qPrintable(arguments.join(u' ')), status);
    return status == 0;
}

void Desktop::move(const QPoint &to)
{
    run({u"mousemove"_s, QString::number(to.x()), QString::number(to.y())});
}

void Desktop::click(const QPoint &at, int button)
{
    run({u"mousemove"_s, QString::number(at.x()), QString::number(at.y()), u"sleep"_s, u"0.05"_s,
         u"click"_s, QString::number(button)});
}

void Desktop::clickWith(const QString &key, const QPoint &at)
{
    run({u"keydown"_s, key});
    click(at);
    run({u"keyup"_s, key});
}

void Desktop::drag(const QPoint &from, const QPoint &to)
{
    QStringList hand{u"mousemove"_s,
                     QString::number(from.x()),
                     QString::number(from.y()),
                     u"sleep"_s,
                     u"0.15"_s,
                     u"mousedown"_s,
                     u"1"_s,
                     u"sleep"_s,
                     u"0.15"_s};
    // One jump is no drag: both programs and the protocol between them need the steps.
    for (int step = 1; step <= kDragSteps; ++step) {
        const QPoint at = from + (to - from) * step / kDragSteps;
        hand << u"mousemove"_s << QString::number(at.x()) << QString::number(at.y()) << u"sleep"_s
             << u"0.06"_s;
    }
    hand << u"sleep"_s << u"0.25"_s << u"mouseup"_s << u"1"_s;
    run(hand);
}

void Desktop::key(const QString &keys)
{
    run({u"key"_s, keys});
}

bool Desktop::isActive(qint64 process)
{
    return asked({u"getactivewindow"_s, u"getwindowpid"_s}) == QByteArray::number(process);
}

QString Desktop::titlesOf(qint64 process)
{
    const QList<QByteArray> windows
        = asked({u"search"_s, u"--all"_s, u"--onlyvisible"_s, u"--pid"_s, QString::number(process),
                 u"--name"_s, u"."_s})
              .split('\n');
    QStringList titles;
    for (const QByteArray &window : windows) {
        if (!window.isEmpty())
            titles << QString::fromUtf8(asked({u"getwindowname"_s, QString::fromLatin1(window)}));
    }
    titles.removeAll(QString()); // it was closed meanwhile
    return titles.join(u'\n');
}

QImage Desktop::picture() const
{
    return QGuiApplication::primaryScreen()->grabWindow(0).toImage().convertToFormat(
        QImage::Format_RGB32);
}
