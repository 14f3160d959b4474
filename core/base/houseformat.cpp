// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/houseformat.h"

#include <QStringList>

#include <cmath>
#include <numeric>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// The remainder of a 128-bit division does not fit QtCore's helpers; GCC and Clang have the type.
__extension__ using Wide = __int128;

} // namespace

QString FrameRate::toString() const
{
    if (den == 1)
        return QString::number(num);
    return QString::number(num) + u'/' + QString::number(den);
}

Result<FrameRate> FrameRate::parse(const QString &text)
{
    const QStringList parts = text.trimmed().split(u'/');
    bool numOk = false;
    bool denOk = true;
    FrameRate rate;
    if (parts.size() == 2) {
        rate.num = parts[0].toLongLong(&numOk);
        rate.den = parts[1].toLongLong(&denOk);
    } else if (parts.size() == 1) {
        const double value = parts[0].toDouble(&numOk);
        const double whole = std::round(value);
        if (numOk && (!std::isfinite(value) || value < 1 || value > 1000))
            numOk = false;
        if (numOk && std::abs(value - whole) < 1e-9) {
            rate = {std::int64_t(whole), 1};
        } else if (numOk) {
            // 23.976, 29.97, 59.94 are the NTSC rates n*1000/1001; others are taken to the 1/1000.
            const double ntsc = std::ceil(value);
            if (std::abs(value - ntsc * 1000 / 1001) < 0.005)
                rate = {std::int64_t(ntsc) * 1000, 1001};
            else
                rate = {std::llround(value * 1000), 1000};
        }
    }
    if (!numOk || !denOk || rate.num < 1 || rate.den < 1)
        return invalidArgument(
            u"\"%1\" is not a frame rate; give 25, 30000/1001 or 29.97"_s.arg(text));
    const std::int64_t divisor = std::gcd(rate.num, rate.den);
    rate.num /= divisor;
    rate.den /= divisor;
    return rate;
}

std::int64_t samplesBefore(std::int64_t frame, FrameRate rate)
{
    const Wide scaled = Wide(frame) * kHouseSampleRate * rate.den;
    // Down, as the sums of joins need it, where "/" goes towards zero.
    return std::int64_t(scaled < 0 ? (scaled + 1) / rate.num - 1 : scaled / rate.num);
}

std::int64_t framesToNanoseconds(std::int64_t frames, FrameRate rate)
{
    return std::int64_t(Wide(frames) * 1000000000 * rate.den / rate.num);
}

std::int64_t microsecondsToFrames(std::int64_t microseconds, FrameRate rate)
{
    const Wide scaled = Wide(microseconds) * rate.num;
    const Wide unit = Wide(1000000) * rate.den;
    const Wide half = unit / 2;
    return std::int64_t(scaled >= 0 ? (scaled + half) / unit : (scaled - half) / unit);
}

Result<void> HouseFormat::validate() const
{
    if (width < 16 || height < 16 || width > 8192 || height > 8192)
        return invalidArgument(
            u"a picture of %1x%2 is out of range; 16x16 to 8192x8192 is possible"_s.arg(width).arg(
                height));
    if (width % 2 || height % 2)
        return invalidArgument(u"%1x%2: width and height must be even"_s.arg(width).arg(height));
    if (rate.num < 1 || rate.den < 1 || rate.toDouble() > 120 || rate.toDouble() < 1
        || rate.num > 1000000 || rate.den > 1000000)
        return invalidArgument(
            u"%1 fps is out of range; 1 to 120 is possible"_s.arg(rate.toString()));
    return {};
}

QJsonObject HouseFormat::toJson() const
{
    return {{u"width"_s, width}, {u"height"_s, height}, {u"fps"_s, rate.toString()}};
}

Result<HouseFormat> HouseFormat::fromJson(const QJsonObject &object)
{
    Result<FrameRate> rate = FrameRate::parse(object.value(u"fps"_s).toString());
    if (!rate)
        return rate.error();
    const HouseFormat format{object.value(u"width"_s).toInt(), object.value(u"height"_s).toInt(),
                             rate.value()};
    if (Result<void> valid = format.validate(); !valid)
        return valid.error();
    return format;
}

Result<HouseFormat> houseFormatFromText(const QString &size, const QString &fps)
{
    const QStringList parts = size.toLower().split(u'x');
    bool widthOk = false;
    bool heightOk = false;
    HouseFormat format;
    if (parts.size() == 2) {
        format.width = parts[0].toInt(&widthOk);
        format.height = parts[1].toInt(&heightOk);
    }
    if (!widthOk || !heightOk)
        return invalidArgument(
            u"\"%1\" is not a picture size; give WIDTHxHEIGHT, for example 1280x720"_s.arg(size));
    Result<FrameRate> rate = FrameRate::parse(fps);
    if (!rate)
        return rate.error();
    format.rate = rate.value();
    if (Result<void> valid = format.validate(); !valid)
        return valid.error();
    return format;
}

} // namespace continuo
