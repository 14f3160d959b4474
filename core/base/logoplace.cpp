// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/logoplace.h"

#include <QStringList>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kMarginDivisor = 20; // 5 %

// In the order of LogoPlace::Anchor.
const QStringList &cornerNames()
{
    static const QStringList names{u"top-left"_s, u"top-right"_s, u"bottom-left"_s,
                                   u"bottom-right"_s};
    return names;
}

QString sizeText(QSize size)
{
    return u"%1x%2"_s.arg(size.width()).arg(size.height());
}

} // namespace

Result<QRect> LogoPlace::rectFor(QSize own, const HouseFormat &format) const
{
    const QSize picture(format.width, format.height);
    QSize size = own;
    if (widthPercent > 0) {
        const int width = std::max(1, int(std::lround(format.width * widthPercent / 100)));
        const int height
            = std::max(1, int(std::lround(double(own.height()) * width / own.width())));
        size = QSize(width, height);
    }
    if (size.width() > picture.width() || size.height() > picture.height()) {
        return invalidArgument(
            u"the logo is larger than the picture (%1 pixels, and the picture "
            "has %2): give it a smaller width"_s.arg(sizeText(size), sizeText(picture)));
    }
    if (anchor == Anchor::Free) {
        const QRect rect(QPoint(x, y), size);
        if (!QRect(QPoint(0, 0), picture).contains(rect)) {
            return invalidArgument(
                u"the logo (%1 pixels) does not fit into the picture (%2) at %3,%4"_s
                    .arg(sizeText(size), sizeText(picture))
                    .arg(x)
                    .arg(y));
        }
        return rect;
    }
    // One that is nearly as large as the picture comes nearer to its edges.
    const int roomX = picture.width() - size.width();
    const int roomY = picture.height() - size.height();
    const int marginX = std::min(picture.width() / kMarginDivisor, roomX / 2);
    const int marginY = std::min(picture.height() / kMarginDivisor, roomY / 2);
    const bool isLeft = anchor == Anchor::TopLeft || anchor == Anchor::BottomLeft;
    const bool isTop = anchor == Anchor::TopLeft || anchor == Anchor::TopRight;
    return QRect(QPoint(isLeft ? marginX : roomX - marginX, isTop ? marginY : roomY - marginY),
                 size);
}

QJsonObject LogoPlace::toJson() const
{
    QJsonObject object;
    if (anchor == Anchor::Free) {
        object.insert(u"x"_s, x);
        object.insert(u"y"_s, y);
    } else {
        object.insert(u"corner"_s, cornerNames().at(int(anchor)));
    }
    if (widthPercent > 0)
        object.insert(u"widthPercent"_s, widthPercent);
    if (isPremultiplied)
        object.insert(u"premultiplied"_s, true);
    return object;
}

Result<LogoPlace> LogoPlace::fromJson(const QJsonObject &object)
{
    LogoPlace place;
    const bool hasX = object.contains("x"_L1);
    if (hasX != object.contains("y"_L1))
        return invalidArgument(u"a free place of the logo needs both x and y"_s);
    if (hasX && object.contains("corner"_L1))
        return invalidArgument(u"the logo stands in a corner or at x and y, not both"_s);
    if (hasX) {
        place.anchor = Anchor::Free;
        place.x = object.value("x"_L1).toInt();
        place.y = object.value("y"_L1).toInt();
    } else if (object.contains("corner"_L1)) {
        const QString name = object.value("corner"_L1).toString();
        const qsizetype index = cornerNames().indexOf(name);
        if (index < 0)
            return invalidArgument(u"there is no corner \"%1\"; there are %2"_s.arg(
                name, cornerNames().join(u", "_s)));
        place.anchor = Anchor(index);
    }
    place.widthPercent = object.value("widthPercent"_L1).toDouble();
    if (!(place.widthPercent >= 0 && place.widthPercent <= 100))
        return invalidArgument(u"the logo's width may be 0 (its own) to 100 percent"_s);
    place.isPremultiplied = object.value("premultiplied"_L1).toBool();
    return place;
}

} // namespace continuo
