#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What a picture of high dynamic range costs (some seconds).
exec "$CONTINUO_BIN/bench_colours"
