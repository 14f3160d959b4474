// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/avlog.h"

#include "core/base/logging.h"

extern "C" {
#include <libavutil/log.h>
}

#include <array>
#include <chrono>
#include <cstring>
#include <mutex>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kLinesAtOnce = 20;
constexpr auto kWindow = std::chrono::seconds(10);

// FFmpeg's callback is a plain function without user data, so its state has to live here.
struct LogState {
    std::mutex mutex;
    std::chrono::steady_clock::time_point windowStart; // guarded by mutex
    int lines = 0; // guarded by mutex
    int leftOut = 0; // guarded by mutex
    int printPrefix = 1; // guarded by mutex
};

LogState &logState()
{
    static LogState state;
    return state;
}

// A broken file gives thousands of lines a second: they would fill the disk and cost time.
bool mayPass(LogState &state)
{
    const auto now = std::chrono::steady_clock::now();
    if (now - state.windowStart > kWindow) {
        if (state.leftOut > 0)
            qCInfo(lcMedia) << state.leftOut << "more lines of FFmpeg were left out";
        state.windowStart = now;
        state.lines = 0;
        state.leftOut = 0;
    }
    if (state.lines >= kLinesAtOnce) {
        ++state.leftOut;
        return false;
    }
    ++state.lines;
    return true;
}

// Lines about how FFmpeg is used, that say nothing about the clip.
bool isNoise(const char *format)
{
    return std::strstr(format, "deprecated pixel format used")
        || std::strstr(format, "lowres is overriden");
}

void onAvLog(void *context, int level, const char *format, va_list arguments)
{
    if (level > AV_LOG_WARNING || isNoise(format))
        return;
    LogState &state = logState();
    const std::lock_guard lock(state.mutex);
    if (!mayPass(state))
        return;
    std::array<char, 512> line{};
    av_log_format_line2(context, level, format, arguments, line.data(), int(line.size()),
                        &state.printPrefix);
    const QString text = QString::fromUtf8(line.data()).trimmed();
    if (text.isEmpty())
        return;
    if (level <= AV_LOG_FATAL)
        qCWarning(lcMedia).noquote() << text;
    else
        qCInfo(lcMedia).noquote() << text;
}

} // namespace

void routeAvLog()
{
    av_log_set_level(AV_LOG_WARNING);
    av_log_set_callback(&onAvLog);
}

} // namespace continuo
