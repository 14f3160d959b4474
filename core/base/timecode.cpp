// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/timecode.h"

#include <QStringList>

#include <algorithm>
#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr double kMostSeconds = 360'000; // 100 hours: what HH:MM:SS:FF can say

Error noPlace(const QString &text, FrameRate rate)
{
    return invalidArgument(
        u"\"%1\" is no place in a clip; give HH:MM:SS:FF (FF below %2) or seconds, for example "
        u"00:01:30:00 or 90.5"_s.arg(text)
            .arg(std::llround(rate.toDouble())));
}

// Digits alone: toInt() also takes signs and blanks.
bool isDigits(const QString &text)
{
    return !text.isEmpty()
        && std::all_of(text.begin(), text.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
}

} // namespace

Result<std::chrono::microseconds> parseTimecode(const QString &text, FrameRate rate)
{
    QStringList parts = text.trimmed().split(u':');
    const bool hasFrames = parts.size() == 4;
    if (parts.size() > 4)
        return noPlace(text, rate);
    const QString last = parts.takeLast();
    double seconds = 0; // those that stand before the last part
    for (const QString &part : std::as_const(parts)) {
        // Only the first may be 60 or more: "90:00" is an hour and a half of minutes.
        const bool isFirst = &part == &parts.constFirst();
        if (!isDigits(part) || part.size() > 6 || (!isFirst && part.toInt() >= 60))
            return noPlace(text, rate);
        seconds = seconds * 60 + part.toInt();
    }
    if (hasFrames) {
        const std::int64_t perSecond = std::llround(rate.toDouble());
        if (!isDigits(last) || last.size() > 3 || last.toInt() >= perSecond
            || seconds >= kMostSeconds)
            return noPlace(text, rate);
        const std::int64_t frame = std::int64_t(seconds) * perSecond + last.toInt();
        return std::chrono::microseconds((framesToNanoseconds(frame, rate) + 500) / 1000);
    }
    const bool isPlain = std::all_of(last.begin(), last.end(),
                                     [](QChar c) { return (c >= u'0' && c <= u'9') || c == u'.'; });
    bool isNumber = false;
    const double rest = last.toDouble(&isNumber);
    seconds = seconds * (parts.isEmpty() ? 1 : 60) + rest;
    if (!isPlain || !isNumber || (!parts.isEmpty() && rest >= 60) || seconds >= kMostSeconds)
        return noPlace(text, rate);
    return std::chrono::microseconds(std::llround(seconds * 1e6));
}

QString timecodeText(std::chrono::microseconds time, FrameRate rate)
{
    const std::int64_t perSecond = std::llround(rate.toDouble());
    const std::int64_t frame = microsecondsToFrames(time.count(), rate);
    const std::int64_t seconds = frame / perSecond;
    return u"%1:%2:%3:%4"_s.arg(seconds / 3600, 2, 10, QChar(u'0'))
        .arg(seconds / 60 % 60, 2, 10, QChar(u'0'))
        .arg(seconds % 60, 2, 10, QChar(u'0'))
        .arg(frame % perSecond, 2, 10, QChar(u'0'));
}

} // namespace continuo
