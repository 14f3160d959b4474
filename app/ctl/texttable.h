// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <vector>

class QTextStream;

namespace continuo {

/// Columns of text, each as wide as its widest cell. A head that begins with '>' is right-aligned.
class TextTable final {
public:
    explicit TextTable(const QStringList &heads);
    void addRow(const QStringList &cells);
    bool isEmpty() const { return m_rows.size() <= 1; }
    /// Writes all lines, each after \p indent spaces.
    void write(QTextStream &out, int indent = 0) const;

private:
    std::vector<bool> m_isRight;
    std::vector<QStringList> m_rows; // the first is the head
};

/// Text from a file name or a title, safe on a terminal: control characters become '?'.
QString printable(const QString &text);
/// 75000 -> "1:15"; 3675000 -> "1:01:15"
QString durationText(qint64 milliseconds);
/// "12.3 MB"
QString sizeText(double bytes);
/// "2.9 Mb/s"
QString rateText(double bitsPerSecond);
/// "14:05:09", of today's clock; with the date when it is another day
QString clockText(qint64 utcMilliseconds);

} // namespace continuo
