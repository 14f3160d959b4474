// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/reaper.h"

#include <QCoreApplication>
#include <QSocketNotifier>

#include <memory>

using namespace std::chrono_literals;

namespace continuo {

void reapLater(ChildProcess process)
{
    // Without an application this process is at its end, and who follows it reaps.
    if (!process.isValid() || process.wait(0ms) || !QCoreApplication::instance())
        return;
    const auto child = std::make_shared<ChildProcess>(std::move(process));
    auto *notifier
        = new QSocketNotifier(child->pidFd(), QSocketNotifier::Read, QCoreApplication::instance());
    QObject::connect(notifier, &QSocketNotifier::activated, notifier, [notifier, child] {
        if (!child->wait(0ms))
            return;
        notifier->setEnabled(false);
        notifier->deleteLater();
    });
}

} // namespace continuo
