// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/mutants/mutants.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Distributions of the standard library differ from one to the next: a seed would not be enough.
class Dice {
public:
    explicit Dice(std::uint32_t seed)
        : m_random(seed)
    {
    }
    /// 0 to below - 1; 0 where below is 0.
    qsizetype below(qsizetype below)
    {
        if (below <= 0)
            return 0;
        const std::uint64_t high = m_random(); // in this order, whatever the compiler would do
        const std::uint64_t wide = high << 32 | m_random();
        return qsizetype(wide % std::uint64_t(below));
    }
    /// A place in \p size bytes; every second one in the head, where the structure of a file is.
    qsizetype place(qsizetype size)
    {
        constexpr qsizetype kHead = 4096;
        return below(below(2) == 0 ? std::min(size, kHead) : size);
    }

private:
    std::mt19937 m_random;
};

struct Span {
    qsizetype from = 0;
    qsizetype length = 0;
};

Span anySpan(Dice &dice, qsizetype size)
{
    const qsizetype from = dice.place(size);
    return {from, 1 + dice.below(std::max<qsizetype>((size - from) / 4, 1))};
}

QString flip(QByteArray &bytes, const QByteArray &, Dice &dice)
{
    const qsizetype count = 1 + dice.below(60);
    for (qsizetype i = 0; i < count; ++i)
        bytes[dice.place(bytes.size())] ^= char(1 + dice.below(255));
    return u"%1 bytes flipped"_s.arg(count);
}

// Sizes, counts and times are what a parser believes most readily.
QString setField(QByteArray &bytes, const QByteArray &, Dice &dice)
{
    constexpr std::array<std::uint32_t, 6> kValues{0,          1,          0x7fffffff,
                                                   0x80000000, 0xffffffff, 0x00ffffff};
    const std::uint32_t value = kValues[std::size_t(dice.below(kValues.size()))];
    const qsizetype at = dice.place(bytes.size() - 3) / 4 * 4;
    for (int i = 0; i < 4 && at + i < bytes.size(); ++i)
        bytes[at + i] = char(value >> (24 - 8 * i));
    return u"0x%1 at %2"_s.arg(value, 0, 16).arg(at);
}

QString cutOff(QByteArray &bytes, const QByteArray &, Dice &dice)
{
    const qsizetype size = bytes.size();
    bytes.truncate(dice.below(size));
    return u"cut off at %1 of %2"_s.arg(bytes.size()).arg(size);
}

QString cutHead(QByteArray &bytes, const QByteArray &, Dice &dice)
{
    const qsizetype count = 1 + dice.place(bytes.size() - 1);
    bytes.remove(0, count);
    return u"without its first %1"_s.arg(count);
}

QString takeOut(QByteArray &bytes, const QByteArray &, Dice &dice)
{
    const Span span = anySpan(dice, bytes.size());
    bytes.remove(span.from, span.length);
    return u"%1 taken out at %2"_s.arg(span.length).arg(span.from);
}

QString blank(QByteArray &bytes, const QByteArray &, Dice &dice)
{
    const Span span = anySpan(dice, bytes.size());
    std::fill_n(bytes.begin() + span.from, std::min(span.length, bytes.size() - span.from), '\0');
    return u"%1 empty at %2"_s.arg(span.length).arg(span.from);
}

QString repeat(QByteArray &bytes, const QByteArray &, Dice &dice)
{
    const Span span = anySpan(dice, bytes.size());
    bytes.insert(span.from, bytes.mid(span.from, span.length));
    return u"%1 repeated at %2"_s.arg(span.length).arg(span.from);
}

QString exchange(QByteArray &bytes, const QByteArray &, Dice &dice)
{
    const Span span = anySpan(dice, bytes.size());
    const QByteArray part = bytes.mid(span.from, span.length);
    bytes.remove(span.from, span.length);
    const qsizetype to = dice.below(bytes.size() + 1);
    bytes.insert(to, part);
    return u"%1 moved from %2 to %3"_s.arg(part.size()).arg(span.from).arg(to);
}

QString splice(QByteArray &bytes, const QByteArray &other, Dice &dice)
{
    const Span span = anySpan(dice, bytes.size());
    const Span taken = anySpan(dice, other.size());
    bytes.replace(span.from, span.length, other.mid(taken.from, taken.length));
    return u"%1 of another file at %2"_s.arg(taken.length).arg(span.from);
}

using Damage = QString (*)(QByteArray &bytes, const QByteArray &other, Dice &dice);
constexpr std::array<Damage, 9> kDamages{flip,  setField, cutOff,   cutHead, takeOut,
                                         blank, repeat,   exchange, splice};

QByteArray readAll(const QString &name)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly))
        throw std::runtime_error((name + u": "_s + file.errorString()).toStdString());
    return file.readAll();
}

} // namespace

QByteArray mutated(QByteArray bytes, const QByteArray &other, std::uint32_t seed, QString *damage)
{
    Dice dice(seed);
    QStringList done;
    const QByteArray whole = bytes;
    for (qsizetype left = 1 + dice.below(3); left > 0 && !bytes.isEmpty(); --left)
        done.append(kDamages[std::size_t(dice.below(kDamages.size()))](bytes, other, dice));
    while (bytes == whole && !bytes.isEmpty()) // what was moved can have come back
        done.append(flip(bytes, other, dice));
    *damage += done.join(u", "_s);
    return bytes;
}

std::vector<Mutant> makeMutants(const QStringList &sources, const QString &folder, int count,
                                std::uint32_t seed)
{
    std::vector<Mutant> mutants;
    for (int i = 0; i < count; ++i) {
        const QString &source = sources[i % sources.size()];
        const QString &other = sources[(i * 7 + 3) % sources.size()];
        Mutant mutant;
        mutant.source = source;
        mutant.file = QDir(folder).filePath(
            u"%1-%2"_s.arg(i, 3, 10, QChar(u'0')).arg(QFileInfo(source).fileName()));
        const QByteArray bytes = mutated(readAll(source), readAll(other),
                                         seed + std::uint32_t(i) * 2654435761U, &mutant.damage);
        QFile file(mutant.file);
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            throw std::runtime_error((mutant.file + u": "_s + file.errorString()).toStdString());
        mutants.push_back(mutant);
    }
    return mutants;
}

} // namespace continuo
