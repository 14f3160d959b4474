#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The quick rows of the table ten times at random moments, on several stations at once
# (FAULTS_REPEAT, FAULTS_STATIONS, FAULTS_SIZE, FAULTS_SEED).
exec sh "$(dirname "$0")/repeated" "${FAULTS_STATIONS:-3}" "${FAULTS_REPEAT:-10}" \
    --kind quick --size "${FAULTS_SIZE:-640x360}"
