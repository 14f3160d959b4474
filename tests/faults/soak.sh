#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Eighteen hours of a small channel as fast as it goes, then half an hour of 720p in real time, where
# engines are killed, too (SOAK_FRAMES, SOAK_SECONDS: other lengths; SOAK_SEED).
status=0
seed=${SOAK_SEED:-$(date +%s)}
"$CONTINUO_BIN/tst_soak" --unpaced --height 90 --frames "${SOAK_FRAMES:-2000000}" \
    --seed "$seed" || status=1
"$CONTINUO_BIN/tst_soak" --height 720 --frames $((${SOAK_SECONDS:-1800} * 30)) \
    --seed "$seed" || status=1
exit $status
