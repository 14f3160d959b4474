#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
exec "$CONTINUO_BIN/bench_start"
