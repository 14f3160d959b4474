// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/rows.h"

#include "tests/support/desktop/desktop.h"
#include "tests/support/desktop/screenshot.h"

#include <QProcess>

#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

int rowOnAir(FaultRun &run)
{
    const QJsonObject item = run.status().value_or(QJsonObject()).value("item"_L1).toObject();
    return int(run.listIds().indexOf(item.value("id"_L1).toString()));
}

// Writes into the model what the console has changed.
void noteOrder(FaultRun &run, const QStringList &order)
{
    listmodel::Edit edit;
    edit.kind = listmodel::Edit::Kind::Order;
    edit.ids = order;
    edit.frame = run.status().value_or(QJsonObject()).value("frame"_L1).toInteger();
    run.model().note(edit);
}

// By mouse and keys, as a person does: the last row is moved up twice; the second time the console
// dies before it can know what became of it.
void killConsole(FaultRun &run, Desktop &desktop)
{
    QProcess console;
    console.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    console.start(qEnvironmentVariable("CONTINUO_BIN") + u"/continuo"_s,
                  {u"--state"_s, run.station().folder()});
    if (!console.waitForStarted())
        throw std::runtime_error("the console did not start");
    const int last = int(run.items().size()) - 1;
    std::optional<QRect> row;
    run.waitFor(
        [&] {
            const int onAir = rowOnAir(run);
            // Far from the choice of what follows, and away from the item on air.
            if (onAir < 0 || onAir > last - 4)
                return false;
            row = Screenshot(desktop.picture()).row(last, onAir);
            return row.has_value();
        },
        60s, u"the console does not show the row on air"_s);
    desktop.click(row->center());
    run.waitFor([&] { return Desktop::isActive(console.processId()); }, 30s,
                u"the console's window does not get the keys"_s);
    desktop.key(u"ctrl+Up"_s);
    QStringList order = run.model().list();
    order.swapItemsAt(last, last - 1);
    run.waitFor([&] { return run.listIds() == order; }, 30s,
                u"the console's edit did not reach the list"_s);
    noteOrder(run, order);
    desktop.key(u"ctrl+Up"_s);
    run.airFor(std::chrono::milliseconds(run.random().bounded(100)));
    run.mark();
    console.kill(); // SIGKILL
    console.waitForFinished();
    QStringList second = order;
    second.swapItemsAt(last - 1, last - 2);
    run.airFor(500ms);
    run.listIds(); // what the console had sent is done behind this answer, at the latest
    const QStringList now = run.listIds();
    if (now == second)
        noteOrder(run, second);
    else if (now != order)
        run.result().reasons.append(u"the list is neither as before the last edit nor as after"_s);
    run.result().notes.append(now == second ? u"the last edit was kept"_s
                                            : u"the last edit had not been sent"_s);
}

} // namespace

std::vector<FaultRow> consoleRows(Desktop &desktop, const QString &missing)
{
    FaultRow row;
    row.name = u"killConsole"_s;
    row.text = u"kill -9 console, within 100 ms of edits"_s;
    row.inject = [&desktop](FaultRun &run) { killConsole(run, desktop); };
    row.unavailable = [missing] { return missing; };
    return {row};
}

} // namespace continuo
