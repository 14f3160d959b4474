// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTest>

namespace continuo {

/// How long a test waits for what must come, in ms: a guard against waiting for ever, never a
/// figure that is promised. What comes sooner is taken at once: a test that passes takes no longer.
inline constexpr int kTestPatienceMs = 30'000;

} // namespace continuo

// Qt gives up after 5 s: too soon for a program of the sanitizers on a virtual machine that others
// keep busy. Every test begins with this header: see continuo_test().
#undef QTRY_VERIFY
#undef QTRY_VERIFY2
#undef QTRY_COMPARE
#define QTRY_VERIFY(expr) QTRY_VERIFY_WITH_TIMEOUT(expr, ::continuo::kTestPatienceMs)
#define QTRY_VERIFY2(expr, words)                                                                  \
    QTRY_VERIFY2_WITH_TIMEOUT(expr, words, ::continuo::kTestPatienceMs)
#define QTRY_COMPARE(expr, due) QTRY_COMPARE_WITH_TIMEOUT(expr, due, ::continuo::kTestPatienceMs)
