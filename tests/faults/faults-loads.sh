#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The rows that need the whole machine, or stop it, ten times at random moments, at 720p, each for as long
# as the table says (about 40 minutes; FAULTS_REPEAT: how often; FAULTS_SEED).
exec "$CONTINUO_BIN/tst_faults" --kind loads --long --size 1280x720 --repeat "${FAULTS_REPEAT:-10}" \
    --seed "${FAULTS_SEED:-$(date +%s)}"
