#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The quick rows of the table and those that stop processes ten times at random moments, each for as
# long as the table says, on several stations at once (about 30 minutes; FAULTS_REPEAT,
# FAULTS_STATIONS, FAULTS_SIZE, FAULTS_SEED).
exec sh "$(dirname "$0")/repeated" "${FAULTS_STATIONS:-3}" "${FAULTS_REPEAT:-10}" \
    --kind quick,stops --long --size "${FAULTS_SIZE:-640x360}"
