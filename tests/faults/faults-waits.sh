#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The rows that wait for a server or a disk ten times at random moments, each for as long as the table
# says, on several stations at once (about 10 minutes; FAULTS_REPEAT, FAULTS_STATIONS, FAULTS_SIZE,
# FAULTS_SEED).
exec sh "$(dirname "$0")/repeated" "${FAULTS_STATIONS:-5}" "${FAULTS_REPEAT:-10}" \
    --kind waits --long --size "${FAULTS_SIZE:-640x360}"
