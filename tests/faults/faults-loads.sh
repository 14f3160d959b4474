#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Two burners for as long as the table says, ten times at random moments, at 720p (about 20 minutes;
# FAULTS_REPEAT, FAULTS_SIZE, FAULTS_SEED).
exec sh "$(dirname "$0")/repeated" 1 "${FAULTS_REPEAT:-10}" --kind loads --long \
    --size "${FAULTS_SIZE:-1280x720}"
