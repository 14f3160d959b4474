// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/orientation.h"

#include <QFile>
#include <QtEndian>

#include <array>
#include <cstdint>
#include <optional>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

// ISO/IEC 14496-12: a box is its size (with itself) and its name, each of four bytes.
constexpr qint64 kBoxHead = 8;

struct Box {
    qint64 from = 0; // of its contents
    qint64 to = 0;
};

/// The first box of that name behind `at` within `parent`.
std::optional<Box> findBox(const QByteArray &bytes, const Box &parent, const char *name)
{
    for (qint64 at = parent.from; at + kBoxHead <= parent.to;) {
        qint64 size = qFromBigEndian<quint32>(bytes.constData() + at);
        qint64 head = kBoxHead;
        if (size == 1 && at + 16 <= parent.to) { // a long one, which only media data is
            size = qFromBigEndian<qint64>(bytes.constData() + at + kBoxHead);
            head = 16;
        }
        if (size < head || at + size > parent.to)
            return std::nullopt;
        if (bytes.mid(at + 4, 4) == name)
            return Box{at + head, at + size};
        at += size;
    }
    return std::nullopt;
}

/// Where the matrix of the first track with a picture stands; -1: none.
qint64 matrixOffset(const QByteArray &bytes)
{
    const std::optional<Box> movie = findBox(bytes, {0, bytes.size()}, "moov");
    if (!movie)
        return -1;
    Box rest = *movie;
    while (const std::optional<Box> track = findBox(bytes, rest, "trak")) {
        rest.from = track->to;
        const std::optional<Box> header = findBox(bytes, *track, "tkhd");
        if (!header)
            return -1;
        // Behind version, flags, times, number and duration (longer in version 1), layer, group and
        // volume; width and height stand behind the matrix, and are 0 for sound.
        const qint64 matrix = header->from + (bytes[header->from] == 1 ? 52 : 40);
        if (matrix + 44 <= header->to
            && qFromBigEndian<quint32>(bytes.constData() + matrix + 36) > 0)
            return matrix;
    }
    return -1;
}

// A JPEG's first segment: a TIFF of one directory with one tag, after EXIF 2.3, 4.5.4 and 4.6.4.
QByteArray exifSegment(int turnClockwise, bool isMirrored)
{
    constexpr std::array<std::array<char, 2>, 4> kTags{{{1, 2}, {6, 5}, {3, 4}, {8, 7}}};
    const char tag = kTags[static_cast<std::size_t>(turnClockwise / 90)][isMirrored ? 1 : 0];
    const QByteArray body = QByteArray::fromRawData("Exif\0\0MM\0\x2A\0\0\0\x08", 14)
        + QByteArray::fromRawData("\0\x01\x01\x12\0\x03\0\0\0\x01\0", 11) + tag
        + QByteArray(6, '\0');
    QByteArray head("\xFF\xE1\0\0", 4);
    qToBigEndian<quint16>(quint16(body.size() + 2), head.data() + 2);
    return head + body;
}

} // namespace

Outcome<Done> setOrientation(const QString &file, int turnClockwise, bool isMirrored)
{
    if (turnClockwise == 0 && !isMirrored)
        return Done{};
    QFile media(file);
    if (!media.open(QIODevice::ReadWrite))
        return Failure{media.errorString()};
    if (file.endsWith(u".jpg"_s)) {
        QByteArray bytes = media.readAll();
        bytes.insert(2, exifSegment(turnClockwise, isMirrored)); // behind the mark of a JPEG
        if (!media.seek(0) || media.write(bytes) != bytes.size() || !media.flush())
            return Failure{media.errorString()};
        return Done{};
    }
    const qint64 offset = matrixOffset(media.readAll());
    if (offset < 0)
        return Failure{u"it has no track header: only mp4 and mov carry an orientation"_s};
    // a, b, c, d of x' = a x + c y, y' = b x + d y, with y downwards.
    constexpr std::array<std::array<int, 4>, 4> kTurns{
        {{1, 0, 0, 1}, {0, 1, -1, 0}, {-1, 0, 0, -1}, {0, -1, 1, 0}}};
    std::array<int, 4> turn = kTurns[static_cast<std::size_t>(turnClockwise / 90)];
    if (isMirrored) {
        turn[0] = -turn[0];
        turn[2] = -turn[2];
    }
    constexpr std::int32_t kOne = 1 << 16;
    const std::array<std::int32_t, 9> matrix{
        turn[0] * kOne, turn[1] * kOne, 0, turn[2] * kOne, turn[3] * kOne, 0, 0, 0, 1 << 30};
    QByteArray written(qsizetype(sizeof matrix), '\0');
    qToBigEndian<std::int32_t>(matrix.data(), qsizetype(matrix.size()), written.data());
    if (!media.seek(offset) || media.write(written) != written.size() || !media.flush())
        return Failure{media.errorString()};
    return Done{};
}

} // namespace framecode
