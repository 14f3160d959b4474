#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every row of the table ten times at random moments (FAULTS_REPEAT: how often; FAULTS_SEED).
exec "$CONTINUO_BIN/tst_faults" --all --long --size 1280x720 --repeat "${FAULTS_REPEAT:-10}" \
    --seed "${FAULTS_SEED:-$(date +%s)}"
