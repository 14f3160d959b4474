#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The demo as a person uses it: ./run FILE, on a machine without a display and on one with (Xvfb); a
# status line a second; Ctrl+C, after which nothing of it is left. About a minute once it is built.
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
missing=()
for program in Xvfb xdotool ffmpeg; do
    command -v "$program" >/dev/null || missing+=("$program")
done
if ((${#missing[@]})); then
    echo "${missing[*]} not installed"
    exit 77
fi

least_lines=12
folder=$(mktemp -d /tmp/continuo-run.XXXXXX) # short: the path of a socket has at most 107 bytes
running=
screen=
failed=0

# wait_until SECONDS COMMAND…: false when it was not so within that time.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.2
    done
}

# All that has come of one ./run, whoever its parent is by now: what a program starts has its
# environment.
marked() {
    grep -lzxF "CONTINUO_TEST_STATION=$1" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3
}
none_marked() { [[ -z $(marked "$1") ]]; }

end_all() {
    local pid name
    trap '' INT TERM HUP
    for name in none Xvfb; do
        for pid in $(marked "$folder/$name"); do kill -KILL "$pid" 2>/dev/null; done
    done
    if [[ -n $screen ]]; then kill "$screen" 2>/dev/null; fi
    rm -rf "$folder"
}
trap end_all EXIT
trap 'exit 1' INT TERM HUP

complain() { # complain NAME TEXT
    printf 'display %s: %s\n' "$1" "$2"
    failed=1
}

has_ended() { [[ ! -e /proc/$running ]]; }
is_on_air_or_ended() { grep -q '^On air\.' "$log" || has_ended; }
status_lines() { grep -E '^[0-9]{2}:[0-9]{2}:[0-9]{2}  on-air +A clip ' "$log"; }
has_lines() { (($(status_lines | wc -l) >= least_lines)); }
# What a window manager would show: mapped, and of the console's class.
sees_console() { [[ -n $(xdotool search --onlyvisible --class continuo 2>/dev/null) ]]; }
console_of() { # console_of MARK: its pid
    local pid
    for pid in $(marked "$1"); do
        if [[ $(readlink "/proc/$pid/exe") == */continuo ]]; then echo "$pid"; fi
    done
}

rows=()
# try NAME [VARIABLE=VALUE…]: a run in an environment of its own.
try() {
    local name=$1 state=$folder/$1 console=no code began took lines span left
    log=$folder/$1.log
    shift
    # A group of its own, as a terminal gives it. And SIGINT as by default, even where whoever started
    # us ignores it: a script cannot catch what was ignored before.
    set -m
    env --default-signal=INT -u DISPLAY -u WAYLAND_DISPLAY -u QT_QPA_PLATFORM \
        CONTINUO_TEST_STATION="$state" "$@" \
        "$top/run" "$folder/A clip.mp4" --state "$state" >"$log" 2>&1 </dev/null &
    running=$!
    set +m
    wait_until 1800 is_on_air_or_ended # where nothing is built yet, it builds first
    if ! grep -q '^On air\.' "$log"; then
        complain "$name" "./run did not go on air:"
        tail -n 20 "$log"
        return
    fi
    wait_until 90 has_lines || complain "$name" "no $least_lines status lines of the clip within 90 s"
    if [[ $name == none ]]; then
        grep -q 'There is no display' "$log" || complain "$name" "it does not say that there is no display"
        [[ -z $(console_of "$state") ]] || complain "$name" "a console runs without a display"
    elif wait_until 30 sees_console && [[ -n $(console_of "$state") ]]; then
        console=shown
    else
        complain "$name" "no window of the console is shown"
    fi
    # By their own times, so that a machine that stood still before or behind them changes nothing.
    # What one status takes longer is made up for by the next.
    read -r lines span < <(status_lines | awk '{
            split($1, part, ":")
            last = part[1] * 3600 + part[2] * 60 + part[3]
            if (!n++) first = last
        } END { print n + 0, last - first + 1 }')
    ((2 * lines >= span)) || complain "$name" "only $lines status lines in $span s"
    ((lines <= span + 3)) || complain "$name" "$lines status lines in $span s: more than one a second"

    began=${EPOCHREALTIME/[.,]/}
    kill -INT -- "-$running" # Ctrl+C: all of the group
    if ! wait_until 90 has_ended; then
        complain "$name" "it has not ended 90 s after SIGINT:"
        tail -n 5 "$log"
        return
    fi
    wait "$running"
    code=$?
    took=$(((${EPOCHREALTIME/[.,]/} - began) / 100000))
    ((code == 0)) || complain "$name" "it ended with status $code"
    if ! tail -n 1 "$log" | grep -q '^Stopped cleanly after '; then
        complain "$name" "it does not say that it stopped cleanly:"
        tail -n 5 "$log"
    fi
    grep -q '^#EXT-X-ENDLIST' "$state/hls/demo/index.m3u8" ||
        complain "$name" "the list of the stream is left without its end"
    # The console is told to end, and not waited for.
    wait_until 20 none_marked "$state"
    left=$(marked "$state" | wc -l)
    ((left == 0)) || complain "$name" "left behind: $(ps -o pid=,args= -p "$(marked "$state" | xargs | tr ' ' ,)")"
    rows+=("$(printf '%-8s %14s %14s %8s %8d.%d s %6d' "$name" \
        "$(sed -n 's/^On air\. .* playable \([0-9.]*\) s .*/\1 s/p' "$log")" \
        "$lines in $span s" "$console" $((took / 10)) $((took % 10)) "$left")")
}

ffmpeg -nostdin -v error -f lavfi -i testsrc2=s=640x360:r=25:d=8 -f lavfi -i sine=f=440:d=8 \
    -c:v libx264 -preset veryfast -c:a aac "$folder/A clip.mp4" || exit 1
try none

Xvfb -displayfd 1 -screen 0 1920x1000x24 -nolisten tcp >"$folder/display" 2>/dev/null &
screen=$!
has_display() { [[ -s $folder/display ]]; }
if wait_until 30 has_display; then
    DISPLAY=:$(head -n 1 "$folder/display")
    export DISPLAY
    # No bus: else one is started for the display and stays behind.
    try Xvfb DISPLAY="$DISPLAY" QT_QPA_PLATFORM=xcb DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent
else
    complain Xvfb "Xvfb did not start"
fi

echo "./run FILE, then Ctrl+C"
printf '%-8s %14s %14s %8s %12s %6s\n' display 'playable after' 'status lines' console 'ended after' left
((${#rows[@]} == 0)) || printf '%s\n' "${rows[@]}"
((failed)) && exit 1
exit 0
