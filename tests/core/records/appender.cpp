// SPDX-License-Identifier: GPL-3.0-or-later
// records-appender FILE FIRST: rows and alarms, one after the other; writes the number of each row
// that the records called kept, as a line, until it is killed.
#include "core/records/records.h"

#include <QCoreApplication>

#include <cstdio>
#include <cstdlib>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

void append(Records &records, std::int64_t number)
{
    Airing airing;
    airing.channel = u"one"_s;
    airing.itemId = QString::number(number);
    airing.path = u"/clips/%1.mp4"_s.arg(number);
    airing.startFrame = number * 100;
    airing.end.nextFrame = airing.startFrame;
    airing.start = WallTime(number);
    airing.isOnAir = true;
    airing.begun = u"follow"_s;
    if (number > 0)
        records.endAiring(airing.channel, {airing.startFrame, airing.start, 0, 0}, {}, {});
    records.beginAiring(airing);
    records.raiseAlarm(airing.channel, QString::number(number % 7), u"encoder-replaced"_s,
                       u"warning"_s, u"number %1"_s.arg(number));
    records.whenKept([&records, number] {
        std::printf("%lld\n", static_cast<long long>(number));
        std::fflush(stdout);
        append(records, number + 1);
    });
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (argc != 3)
        return 2;
    // Kept is what is on the disk, however slow that is; and its rows are of 1970.
    Records records(QString::fromLocal8Bit(argv[1]), std::chrono::hours(1));
    records.keepDays(0, [](const Result<int> &) {});
    append(records, std::atoll(argv[2]));
    return QCoreApplication::exec();
}
