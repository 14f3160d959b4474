#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every trait through the real player and before the judge of frames, the corpus at every rate, every
# make of file begun at waypoints, and files of an hour begun in their midst; ./check has one of each
# kind (about 10 minutes).
export CONTINUO_ALL_TRAITS=1 QTEST_FUNCTION_TIMEOUT=900000
status=0
for test in tst_app_player_traits tst_app_player_exact tst_core_media_waypoints \
    tst_core_media_start tst_framecode_media; do
    "$CONTINUO_BIN/$test" || status=1
done
exit $status
