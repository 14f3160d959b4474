#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every file of the media folder in one list, paced in real time (about 25 minutes).
if [ -z "${CONTINUO_TEST_MEDIA:-}" ]; then
    echo "CONTINUO_TEST_MEDIA names no folder of real media files"
    exit 77
fi
export CONTINUO_MEDIA_PACED=1 QTEST_FUNCTION_TIMEOUT=2700000
exec "$CONTINUO_BIN/tst_media"
