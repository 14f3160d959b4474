#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every wrap of a counter on the real chain, from a minute before it on (about 8 minutes).
export CONTINUO_ALL_WRAPS=1 QTEST_FUNCTION_TIMEOUT=900000
exec "$CONTINUO_BIN/tst_weeks"
