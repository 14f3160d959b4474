#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Power cuts of the records, more of them than in ./check: within long runs of writes, and while the log
# is long (about 2 minutes).
export CONTINUO_ALL_CUTS=1 QTEST_FUNCTION_TIMEOUT=900000
exec "$CONTINUO_BIN/tst_powercutrecords"
