// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/rate.h"

#include <QStringList>

#include <numeric>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

// 128 bits are a compiler extension; without the word a pedantic build refuses it.
__extension__ using Wide = __int128;

} // namespace

Outcome<Rate> parseRate(const QString &text)
{
    if (text == u"23.976"_s || text == u"23.98"_s)
        return Rate{24000, 1001};
    if (text == u"29.97"_s)
        return Rate{30000, 1001};
    if (text == u"59.94"_s)
        return Rate{60000, 1001};
    QString plain = text;
    plain.replace(u':', u'/');
    const QStringList parts = plain.split(u'/');
    bool numOk = false;
    bool denOk = true;
    const qint64 num = parts.first().toLongLong(&numOk);
    const qint64 den = parts.size() == 2 ? parts.last().toLongLong(&denOk) : 1;
    if (!numOk || !denOk || parts.size() > 2 || num <= 0 || den <= 0)
        return Failure{u"'%1' is no rate: say 30, 30000/1001 or 29.97"_s.arg(text)};
    const qint64 divisor = std::gcd(num, den);
    return Rate{num / divisor, den / divisor};
}

QString toString(const Rate &rate)
{
    return u"%1/%2"_s.arg(rate.num).arg(rate.den);
}

std::int64_t roundedProduct(std::int64_t value, const Rate &by)
{
    const Wide product = static_cast<Wide>(value) * by.num;
    const Wide magnitude = product < 0 ? -product : product;
    const Wide rounded = (2 * magnitude + by.den) / (2 * static_cast<Wide>(by.den));
    return static_cast<std::int64_t>(product < 0 ? -rounded : rounded);
}

std::int64_t firstSampleOf(std::int64_t frame, const Rate &fps)
{
    const Wide product = static_cast<Wide>(frame) * 48000 * fps.den;
    Wide whole = product / fps.num;
    if (product < 0 && whole * fps.num != product)
        --whole;
    return static_cast<std::int64_t>(whole);
}

} // namespace framecode
