// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLoggingCategory>
#include <QString>

namespace continuo {

Q_DECLARE_LOGGING_CATEGORY(lcStation) // channels, settings, control
Q_DECLARE_LOGGING_CATEGORY(lcPlayout) // players, clock, joins
Q_DECLARE_LOGGING_CATEGORY(lcEncoder) // FIFOs and the encoder
Q_DECLARE_LOGGING_CATEGORY(lcPublish) // destinations
Q_DECLARE_LOGGING_CATEGORY(lcMedia) // FFmpeg wrappers
Q_DECLARE_LOGGING_CATEGORY(lcConsole) // the desktop console

/// Sends all log lines of this process to \p file ("2026-01-31T12:00:00.123Z warning station: …"),
/// appended, turned over to FILE.1 at \p maxBytes. An empty name logs to standard error.
/// Call once, at the start of main().
void startLogging(const QString &file, qint64 maxBytes = 8 * 1024 * 1024);

/// Bounds a log that other programs append to, also while they do: once \p file is longer than
/// \p maxBytes, its last 2 MiB (\p maxBytes if that is less) become FILE.1 and it begins anew. A
/// line written in that very moment may be lost. The default is twice what startLogging() turns
/// over at, so that programs that bound their own log are left alone.
void boundLog(const QString &file, qint64 maxBytes = 16 * 1024 * 1024);

} // namespace continuo
