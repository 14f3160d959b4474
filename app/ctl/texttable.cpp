// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/texttable.h"

#include <QDateTime>
#include <QTextStream>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString scaled(double value, double step, const QStringList &units)
{
    qsizetype unit = 0;
    while (value >= step && unit + 1 < units.size()) {
        value /= step;
        ++unit;
    }
    return QString::number(value, 'f', unit == 0 ? 0 : 1) + u' ' + units.at(unit);
}

} // namespace

TextTable::TextTable(const QStringList &heads)
{
    QStringList cells;
    for (const QString &head : heads) {
        m_isRight.push_back(head.startsWith(u'>'));
        cells.append(head.startsWith(u'>') ? head.mid(1) : head);
    }
    m_rows.push_back(cells);
}

void TextTable::addRow(const QStringList &cells)
{
    QStringList clean;
    for (const QString &cell : cells)
        clean.append(printable(cell));
    m_rows.push_back(clean);
}

void TextTable::write(QTextStream &out, int indent) const
{
    std::vector<qsizetype> widths(m_isRight.size(), 0);
    for (const QStringList &row : m_rows) {
        for (std::size_t i = 0; i < widths.size(); ++i)
            widths[i] = std::max(widths[i], row.value(qsizetype(i)).size());
    }
    for (const QStringList &row : m_rows) {
        QString line(indent, u' ');
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const QString cell = row.value(qsizetype(i));
            line += m_isRight[i] ? cell.rightJustified(widths[i]) : cell.leftJustified(widths[i]);
            line += u"  "_s;
        }
        while (line.endsWith(u' '))
            line.chop(1);
        out << line << '\n';
    }
}

QString printable(const QString &text)
{
    QString clean = text;
    for (QChar &character : clean) {
        if (character.category() == QChar::Other_Control)
            character = u'?';
    }
    return clean;
}

QString durationText(qint64 milliseconds)
{
    const qint64 seconds = std::max<qint64>(0, milliseconds) / 1000;
    const QString minutes = QString::number(seconds / 60 % 60);
    const QString rest = u":%1"_s.arg(seconds % 60, 2, 10, QChar(u'0'));
    if (seconds < 3600)
        return minutes + rest;
    return QString::number(seconds / 3600) + u':' + minutes.rightJustified(2, u'0') + rest;
}

QString sizeText(double bytes)
{
    return scaled(bytes, 1000, {u"B"_s, u"kB"_s, u"MB"_s, u"GB"_s, u"TB"_s});
}

QString rateText(double bitsPerSecond)
{
    return scaled(bitsPerSecond, 1000, {u"b/s"_s, u"kb/s"_s, u"Mb/s"_s, u"Gb/s"_s});
}

QString clockText(qint64 utcMilliseconds)
{
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(utcMilliseconds);
    const bool isToday = time.date() == QDate::currentDate();
    return time.toString(isToday ? u"HH:mm:ss"_s : u"yyyy-MM-dd HH:mm:ss"_s);
}

} // namespace continuo
