// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/barcode.h"
#include "tests/support/framecode/clip.h"
#include "tests/support/framecode/patches.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QString>
#include <QStringList>

#include <memory>
#include <optional>

namespace continuo {

/// What of a clip is played, and into what.
struct PlayOrder {
    QString size = QStringLiteral("640x360");
    QString fps = QStringLiteral("30");
    int from = 0;
    std::optional<int> until = std::nullopt;
};

/// Plays the clip by the real player into \p output and fails the running test unless each frame
/// and sample is the one that the model orders, and the picture as large as its shape wants.
void playExactly(const std::shared_ptr<const framecode::Clip> &clip, const PlayOrder &order,
                 const QString &output);

/// What ffmpeg makes of a file with these arguments, on its standard output.
QByteArray decoded(const QString &file, const QStringList &arguments);
/// So many frames of what was played, from \p first on, of that size; none where they are missing.
QByteArrayList playedFrames(const QString &output, int first, int count, const QString &size);
framecode::Planes planesOf(const QByteArray &frame, const QString &size);
framecode::LumaView lumaOf(const framecode::Planes &planes);

} // namespace continuo
