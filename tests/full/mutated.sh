#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Two hundred damaged files in one list, paced in real time (about 15 minutes; CONTINUO_MUTANTS: how
# many; CONTINUO_SEED: of the damages).
export CONTINUO_MUTANTS="${CONTINUO_MUTANTS:-200}" CONTINUO_SEED="${CONTINUO_SEED:-$(date +%s)}"
export QTEST_FUNCTION_TIMEOUT=2700000
exec "$CONTINUO_BIN/tst_mutated"
