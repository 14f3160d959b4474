#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every trait through the real player, and every make of file begun at waypoints; ./check has one of each
# kind (about 5 minutes).
export CONTINUO_ALL_TRAITS=1 QTEST_FUNCTION_TIMEOUT=900000
status=0
"$CONTINUO_BIN/tst_app_player_traits" || status=1
"$CONTINUO_BIN/tst_core_media_waypoints" || status=1
exit $status
