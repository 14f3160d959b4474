// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/secretlog.h"

#include "core/base/logging.h"

#include <QRegularExpression>
#include <QStringList>
#include <QUrl>

extern "C" {
#include <libavutil/log.h>
}

#include <array>
#include <chrono>
#include <mutex>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// A part of a key that is shorter could be any word of a log line.
constexpr qsizetype kMinPartLength = 6;
constexpr int kMaxLines = 20;
constexpr std::chrono::seconds kLinesInterval(10);

// libav's callback has no context of its own, so what it needs is global.
struct SecretState {
    std::mutex mutex;
    QStringList secrets; // guarded by mutex; one entry for each guard
    std::chrono::steady_clock::time_point intervalStart; // guarded by mutex
    int lines = 0; // guarded by mutex
    int suppressed = 0; // guarded by mutex
};

SecretState &secretState()
{
    static SecretState state;
    return state;
}

// True when one more line may be said; \p suppressed gets what was not since.
bool mayLog(int *suppressed)
{
    SecretState &state = secretState();
    const std::scoped_lock lock(state.mutex);
    const auto now = std::chrono::steady_clock::now();
    if (now - state.intervalStart > kLinesInterval) {
        state.intervalStart = now;
        state.lines = 0;
        *suppressed = std::exchange(state.suppressed, 0);
    }
    if (state.lines >= kMaxLines) {
        ++state.suppressed;
        return false;
    }
    ++state.lines;
    return true;
}

void onAvLog(void *source, int level, const char *format, va_list arguments)
{
    if (level > AV_LOG_WARNING)
        return;
    int suppressed = 0;
    if (!mayLog(&suppressed))
        return;
    std::array<char, 1024> line{};
    int isLineStart = 1;
    av_log_format_line2(source, level, format, arguments, line.data(), int(line.size()),
                        &isLineStart);
    const QString text = withoutSecrets(QString::fromUtf8(line.data()).trimmed());
    if (suppressed > 0)
        qCWarning(lcPublish, "%d lines of libav were left out", suppressed);
    if (!text.isEmpty())
        qCWarning(lcPublish, "libav: %ls", qUtf16Printable(text));
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

void installSecretLog()
{
    av_log_set_callback(&onAvLog);
}

} // namespace continuo
