#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The quick rows of the table ten times at random moments, at 720p (about 45 minutes; FAULTS_REPEAT:
# how often; FAULTS_SEED). The other rows: faults-waits, faults-loads.
exec "$CONTINUO_BIN/tst_faults" --kind quick --size 1280x720 --repeat "${FAULTS_REPEAT:-10}" \
    --seed "${FAULTS_SEED:-$(date +%s)}"
