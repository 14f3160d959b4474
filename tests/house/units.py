#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The systemd units: units.py FOLDER-WITH-BUILT-PROGRAMS FOLDER-TO-INSTALL

Prints one PASS, FAIL! or SKIP line a check, as QtTest does, so that ./check counts them.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BUILT, INSTALLED = (pathlib.Path(argument) for argument in sys.argv[1:3])
UNITS = {"continuo.service": "--user", "continuo@.service": "--system"}


def verify(unit):
    """What systemd says against the unit; a status alone does not tell of words that it ignored."""
    with tempfile.TemporaryDirectory() as runtime:
        run = subprocess.run(["systemd-analyze", UNITS[unit.name], "verify", unit],
                             env=os.environ | {"XDG_RUNTIME_DIR": runtime},
                             capture_output=True, text=True, check=False)
    lines = [line for line in run.stderr.splitlines() if unit.name.split(".")[0].rstrip("@") in line
             or "nit" in line]
    return lines + ([f"status {run.returncode}"] if run.returncode else [])


def systemd_takes(name):
    yield from verify(BUILT / name)


def systemd_would_refuse(name):
    """That the check above finds anything at all."""
    with tempfile.TemporaryDirectory() as folder:
        broken = pathlib.Path(folder) / name
        broken.write_text((BUILT / name).read_text().replace("KillMode=process", "KillMode=never"))
        if not verify(broken):
            yield "a wrong KillMode was not noticed"


def keeps_what_the_station_relies_on(name):
    text = (INSTALLED / name).read_text()
    for wanted in ("KillMode=process", "Restart=always", "StartLimitIntervalSec=0", "LimitCORE=0"):
        if not re.search(f"^{wanted}$", text, re.M):
            yield f"{name} lacks {wanted}"
    if not re.search(r"^ExecStart=/\S+/continuo-keeper", text, re.M):
        yield f"{name} does not start the keeper by its absolute path"
    for harmful in ("PrivateDevices", "ProtectClock", "PrivateTmp", "RestrictNamespaces",
                    "RestrictRealtime", "MemoryDenyWriteExecute"):
        if re.search(f"^{harmful}=", text, re.M):
            yield f"{name}: {harmful} breaks what the station starts"
    if "@" in text.replace("continuo@", ""):
        yield f"{name} has a word that was not filled in"


def main():
    passed = failed = skipped = 0
    for rule in (systemd_takes, systemd_would_refuse, keeps_what_the_station_relies_on):
        for name in UNITS:
            label = f"Units::{rule.__name__}({name})"
            if rule is not keeps_what_the_station_relies_on and not shutil.which("systemd-analyze"):
                print(f"SKIP   : {label} there is no systemd-analyze")
                skipped += 1
                continue
            broken = list(rule(name))
            failed += bool(broken)
            passed += not broken
            print(f"{'FAIL! ' if broken else 'PASS  '} : {label}")
            for line in broken:
                print(f"   {line}")
    print(f"Totals: {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
