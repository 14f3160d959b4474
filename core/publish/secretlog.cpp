// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/secretlog.h"

#include "core/base/logging.h"

#include <QHash>
#include <QRegularExpression>
#include <QStringList>
#include <QUrl>

extern "C" {
#include <libavutil/log.h>
}

#include <array>
#include <chrono>
#include <mutex>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// A part of a key that is shorter could be any word of a log line.
constexpr qsizetype kMinPartLength = 6;
constexpr int kMaxLines = 20;
constexpr std::chrono::seconds kLinesInterval(10);
constexpr std::chrono::seconds kRepeat(60);

// libav's callback has no context of its own, so what it needs is global.
struct SecretState {
    std::mutex mutex;
    QStringList secrets; // guarded by mutex; one entry for each guard
    std::chrono::steady_clock::time_point intervalStart; // guarded by mutex
    int lines = 0; // guarded by mutex
    int suppressed = 0; // guarded by mutex
    QHash<QString, std::chrono::steady_clock::time_point> recent; // guarded by mutex
};

SecretState &secretState()
{
    static SecretState state;
    return state;
}

QString &threadError()
{
    thread_local QString error;
    return error;
}

// True when \p line may be said; \p suppressed gets what was not since.
bool mayLog(const QString &line, int *suppressed)
{
    SecretState &state = secretState();
    const std::scoped_lock lock(state.mutex);
    const auto now = std::chrono::steady_clock::now();
    if (now - state.intervalStart > kLinesInterval) {
        state.intervalStart = now;
        state.lines = 0;
        *suppressed = std::exchange(state.suppressed, 0);
        state.recent.removeIf([now](const auto &said) { return now - said.value() > kRepeat; });
    }
    if (state.recent.contains(line))
        return false; // a destination that is away says the same at each try
    if (state.lines >= kMaxLines) {
        ++state.suppressed;
        return false;
    }
    ++state.lines;
    state.recent.insert(line, now);
    return true;
}

void onAvLog(void *source, int level, const char *format, va_list arguments)
{
    if (level > AV_LOG_WARNING)
        return;
    std::array<char, 1024> line{};
    int isLineStart = 0; // no "[rtmp @ 0x55…] ": the address makes each line another
    av_log_format_line2(source, level, format, arguments, line.data(), int(line.size()),
                        &isLineStart);
    const QString text = withoutSecrets(QString::fromUtf8(line.data()).trimmed());
    if (text.isEmpty())
        return;
    // The first is the cause, those after it what became of it.
    if (level <= AV_LOG_ERROR && threadError().isEmpty())
        threadError() = text;
    const AVClass *type = source ? *static_cast<const AVClass *const *>(source) : nullptr;
    const QString part = type ? QString::fromUtf8(type->item_name(source)) : u"libav"_s;
    int suppressed = 0;
    if (!mayLog(part + u' ' + text, &suppressed))
        return;
    if (suppressed > 0)
        qCWarning(lcPublish, "%d lines of libav were left out", suppressed);
    qCWarning(lcPublish, "libav %ls: %ls", qUtf16Printable(part), qUtf16Printable(text));
}

} // namespace

SecretGuard::SecretGuard(const QString &secret)
{
    QStringList texts{secret, QUrl::fromPercentEncoding(secret.toUtf8()),
                      QString::fromLatin1(QUrl::toPercentEncoding(secret))};
    static const QRegularExpression separators(u"[/?&=:@#]"_s);
    for (const QString &part : secret.split(separators, Qt::SkipEmptyParts)) {
        if (part.size() >= kMinPartLength)
            texts.append(part);
    }
    texts.removeAll(QString());
    texts.removeDuplicates();
    m_texts = texts;
    SecretState &state = secretState();
    const std::scoped_lock lock(state.mutex);
    state.secrets += m_texts;
}

SecretGuard::~SecretGuard()
{
    SecretState &state = secretState();
    const std::scoped_lock lock(state.mutex);
    for (const QString &text : m_texts)
        state.secrets.removeOne(text);
}

QString withoutSecrets(QString text)
{
    SecretState &state = secretState();
    const std::scoped_lock lock(state.mutex);
    for (const QString &secret : state.secrets)
        text.replace(secret, u"***"_s);
    return text;
}

QString takeLibavError()
{
    return std::exchange(threadError(), {});
}

void installSecretLog()
{
    av_log_set_callback(&onAvLog);
}

} // namespace continuo
