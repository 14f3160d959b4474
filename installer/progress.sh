# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by run, check and install-packages.

# watched SECONDS LOG COMMAND…: runs COMMAND with its output in LOG; every so many seconds says its
# last line. Its status is the command's.
watched() {
    local every=$1 log=$2 running last=$SECONDS
    shift 2
    "$@" >"$log" 2>&1 </dev/null &
    running=$!
    while kill -0 "$running" 2>/dev/null; do
        sleep 0.3
        if ((SECONDS - last >= every)); then
            last=$SECONDS
            printf '    … %s\n' "$(tail -n 1 "$log" | tr -d '\r' | cut -c 1-100)"
        fi
    done
    wait "$running"
}
