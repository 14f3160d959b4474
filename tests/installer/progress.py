#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `watched` of installer/progress.sh leaves behind when its script is interrupted: nothing.

Prints one PASS or FAIL! line a check, as QtTest does, so that ./check counts them.
"""
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

PROGRESS = pathlib.Path(__file__).resolve().parents[2] / "installer" / "progress.sh"
PATIENCE = 60  # seconds; a busy machine

# As cmake and its compilers: a program that waits for one that it has started.
COMMAND = """
import os, subprocess, sys
child = subprocess.Popen(["sleep", "1000"])
with open(sys.argv[1] + ".new", "w") as pids:
    pids.write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
child.wait()
"""
SCRIPT = """
set -uo pipefail
. "$1"
watched 1 "$2/log" "$3" -c "$4" "$2/pids" || { echo "status $?"; exit 1; }
"""


def default_signals():
    # What was ignored when a script began cannot be trapped, and nohup and the like ignore some.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def is_alive(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"  # a container may have nobody who reaps


def comes(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def interrupted(number, status):
    with tempfile.TemporaryDirectory() as folder:
        pids = pathlib.Path(folder) / "pids"
        script = subprocess.Popen(
            ["bash", "-c", SCRIPT, "script", PROGRESS, folder, sys.executable, COMMAND],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            preexec_fn=default_signals)
        if not comes(pids.exists):
            yield "the command did not start"
        script.send_signal(number)
        said = script.communicate(timeout=PATIENCE)[0]
        for pid in pids.read_text().split():
            if not comes(lambda pid=pid: not is_alive(pid)):
                yield f"process {pid} is left over"
    if script.returncode != status:
        yield f"the exit status is {script.returncode} in place of {status}"
    if f"Stopping ({number.name})" not in said:
        yield f"it does not say what it does: {said!r}"


def ctrl_c_ends_command_and_script():
    yield from interrupted(signal.SIGINT, 130)


def termination_ends_command_and_script():
    yield from interrupted(signal.SIGTERM, 143)


def status_is_the_commands():
    script = subprocess.run(
        ["bash", "-c", '. "$1"; watched 1 /dev/null sh -c "exit 7"', "script", PROGRESS],
        check=False)
    if script.returncode != 7:
        yield f"the status is {script.returncode} in place of 7"


def main():
    failed = 0
    checks = (ctrl_c_ends_command_and_script, termination_ends_command_and_script,
              status_is_the_commands)
    for check in checks:
        broken = list(check())
        failed += bool(broken)
        print(f"{'FAIL! ' if broken else 'PASS  '} : Watched::{check.__name__}()")
        for line in broken:
            print(f"   {line}")
    print(f"Totals: {len(checks) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
