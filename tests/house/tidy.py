#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""clang-tidy over core and app, newest changes first, within a time.

What passed is not looked at again while the file, the headers of ours that it includes, and
.clang-tidy stay as they were (.cache/tidy).
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / "build" / "tidy"
CACHE = TOP / ".cache" / "tidy"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def closure(path, seen):
    """The file and all headers of ours that it includes."""
    if path in seen or not path.is_file():
        return seen
    seen.add(path)
    for name in INCLUDE.findall(path.read_text("utf-8", "replace")):
        closure(TOP / name, seen)
        closure(path.parent / name, seen)
    return seen


def key_of(path):
    digest = hashlib.sha256((TOP / ".clang-tidy").read_bytes())
    for part in sorted(closure(path, set())):
        digest.update(str(part.relative_to(TOP)).encode() + b"\0" + part.read_bytes())
    return digest.hexdigest()


def newest_first(paths):
    log = subprocess.run(["git", "-C", TOP, "log", "--format=", "--name-only", "-n", "400"],
                         capture_output=True, text=True, check=False).stdout.split()
    rank = {}
    for place, name in enumerate(log):
        rank.setdefault(name, place)
    return sorted(paths, key=lambda path: (rank.get(str(path.relative_to(TOP)), len(log)), path))


def tidy(path, deadline):
    if time.monotonic() > deadline:
        return path, None, ""
    # Flags of GCC that clang does not know are no finding.
    run = subprocess.run(["clang-tidy", "-p", BUILD, "--quiet",
                          "--extra-arg=-Wno-unknown-warning-option", path],
                         capture_output=True, text=True, check=False)
    return path, run.returncode, run.stdout + ("" if run.returncode == 0 else run.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    deadline = time.monotonic() + arguments.minutes * 60

    known = {pathlib.Path(entry["file"]).resolve()
             for entry in json.loads((BUILD / "compile_commands.json").read_text())}
    wanted = [pathlib.Path(name).resolve() for name in arguments.files]
    if not wanted:
        wanted = [path for path in known if path.is_relative_to(TOP / "core")
                  or path.is_relative_to(TOP / "app")]
    CACHE.mkdir(parents=True, exist_ok=True)
    keys = {path: key_of(path) for path in wanted}
    waiting = newest_first(path for path in wanted if not (CACHE / keys[path]).exists())

    failed, left = [], []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, status, output in pool.map(lambda path: tidy(path, deadline), waiting):
            name = path.relative_to(TOP)
            if status is None:
                left.append(name)
            elif status == 0:
                (CACHE / keys[path]).touch()
                print(f"good {name}", flush=True)
            else:
                failed.append(name)
                print(f"{output}\nbad {name}", flush=True)
    if left:
        print(f"SKIP   : {len(left)} of {len(wanted)} files not looked at within "
              f"{arguments.minutes:g} minutes (the next run goes on with them)")
    print(f"clang-tidy: {len(wanted) - len(left)} files looked at, {len(failed)} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
