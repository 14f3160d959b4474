# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by run, check and install-packages.

# watched SECONDS LOG COMMAND…: runs COMMAND with its output in LOG; every so many seconds says its
# last line. Its status is the command's. Ctrl+C (or TERM, HUP) ends COMMAND with all that it started,
# and then the script, with 130 (143, 129).
watched() {
    local every=$1 log=$2 running last=$SECONDS traps
    shift 2
    traps=$(trap -p INT TERM HUP)
    # A group of its own: what a script starts in the background does not hear Ctrl+C, and what that
    # has started in turn can only be ended by the group.
    set -m
    "$@" >"$log" 2>&1 </dev/null &
    running=$!
    set +m
    trap 'end_watched INT 130 "$running" "$log" "$@"' INT
    trap 'end_watched TERM 143 "$running" "$log" "$@"' TERM
    trap 'end_watched HUP 129 "$running" "$log" "$@"' HUP
    while [[ -e /proc/$running ]]; do
        sleep 0.3
        if ((SECONDS - last >= every)); then
            last=$SECONDS
            printf '    … %s\n' "$(tail -n 1 "$log" | tr -d '\r' | cut -c 1-100)"
        fi
    done
    trap - INT TERM HUP
    eval "$traps"
    wait "$running"
}

# What sudo runs is root's; install-packages has asked for the password by then.
signal_watched() {
    kill "-$1" -- "-$2" 2>/dev/null || ((EUID == 0)) || sudo -n kill "-$1" -- "-$2" 2>/dev/null || true
}

# end_watched SIGNAL STATUS GROUP LOG COMMAND…: what ninja and apt make of SIGINT is the cleanest end.
end_watched() {
    local name=$1 status=$2 group=$3 log=$4 signal tenths
    shift 4
    # Nothing of what follows may end us before COMMAND has ended: not a terminal or a reader of our
    # output that is gone, nor a caller's set -e.
    set +e
    trap '' INT TERM HUP PIPE
    printf '\nStopping (SIG%s): %s\n' "$name" "$*"
    for signal in INT TERM KILL; do
        signal_watched "$signal" "$group"
        for ((tenths = 0; tenths < 50; tenths++)); do
            [[ -e /proc/$group ]] || kill -0 -- "-$group" 2>/dev/null || break 2
            sleep 0.1
        done
    done
    printf 'Stopped. Its output is in %s.\n' "$log"
    exit "$status"
}
