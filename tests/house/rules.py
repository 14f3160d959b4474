#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house that a machine can check (CONTRIBUTING.md names them).

Prints one PASS or FAIL! line a rule, as QtTest does, so that ./check counts them the same way.
"""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
# Who may use whom inside core. The order is also that of core/CMakeLists.txt (checked below).
BASICS = ["base", "pipe", "frames", "media"]
MAY_USE = {
    "base": [],
    "cell": ["base"],
    "levels": ["base"],
    "pipe": ["base"],
    "frames": ["base"],
    "media": ["base", "frames", "levels"],
    "playlist": ["base"],
    "records": ["base"],
    "proof": ["base"],
    "control": ["base"],
    "encoder": BASICS,
    "playout": BASICS + ["playlist"],
    "publish": BASICS,
}
MAY_USE["channel"] = list(MAY_USE)
MAY_USE["station"] = list(MAY_USE)
# What the folders above core use, and nothing else; programs know each other by sockets and pipes only.
ABOVE_MAY_USE = {
    "ui/models": ["core/base", "core/control"],
    "ui/widgets": ["core/base", "ui/models"],
    "ui/panels": ["core/base", "core/frames", "core/media", "ui/models", "ui/widgets"],
    "app/console": ["core/base", "ui/models", "ui/panels", "ui/widgets"],
    "app/ctl": ["core/base", "core/control"],
    "app/engine": ["core/base", "core/station"],
    "app/keeper": ["core/base"],
    "app/player": ["core/base", "core/cell", "core/frames", "core/media"],
    "app/publisher": ["core/base", "core/publish"],
}
CORE_QT = {"QtCore", "QtNetwork", "QtSql"}
LIMITS = {"header": 200, "source": 600, "test": 800, "cmake": 120}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def tracked():
    """Files under version control; in an export without .git, all but the build folders."""
    run = subprocess.run(["git", "-C", TOP, "ls-files", "-z", "-co", "--exclude-standard"],
                         capture_output=True, check=False)
    if run.returncode == 0:
        names = [name for name in run.stdout.decode().split("\0") if name]
    else:
        names = [str(path.relative_to(TOP)) for path in TOP.rglob("*") if path.is_file()]
        names = [name for name in names
                 if not name.startswith((".git/", "build/", ".cache/", ".check/", ".run/"))]
    return sorted(name for name in names if (TOP / name).is_file())


FILES = tracked()
TEXT = {}
for file_name in FILES:
    try:
        TEXT[file_name] = (TOP / file_name).read_text("utf-8")
    except UnicodeDecodeError:
        pass  # a picture
CODE = [name for name in FILES if name.endswith((".cpp", ".h", ".c", ".hpp")) and name in TEXT]


def includes(name):
    return [(bracket == "<", path) for bracket, path in INCLUDE.findall(TEXT[name])]


def core_module(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "core" and len(parts) > 2 else None


def qt_classes():
    """Header name -> Qt modules that have it, from the installed headers."""
    owners = {}
    for folder in pathlib.Path("/usr/include").glob("*/qt6/Qt*"):
        for header in folder.iterdir():
            owners.setdefault(header.name, set()).add(folder.name)
    return owners


def core_has_no_gui():
    owners = qt_classes()
    for name in CODE:
        if not name.startswith("core/"):
            continue
        for system, path in includes(name):
            if not system or not path.startswith("Q"):
                continue
            modules = {path.split("/")[0]} if "/" in path else owners.get(path, set())
            if modules and not modules & CORE_QT:
                yield f"{name} includes <{path}> of {', '.join(sorted(modules))}"


def layers_point_down():
    below = {"core": ("core/",), "ui": ("core/", "ui/"), "app": ("core/", "ui/", "app/")}
    for name in CODE:
        layer = name.split("/")[0]
        for system, path in includes(name):
            ours = not system and path.startswith(("core/", "ui/", "app/", "tests/"))
            if ours and layer in below and not path.startswith(below[layer]):
                yield f"{name} includes {path}"


def modules_keep_their_order():
    order = re.search(r"foreach\(module ([^)]*)\)", TEXT["core/CMakeLists.txt"]).group(1).split()
    if sorted(order) != sorted(MAY_USE):
        yield f"core/CMakeLists.txt names {order}, this test {list(MAY_USE)}"
        return
    for module, used in MAY_USE.items():
        for other in used:
            if order.index(other) > order.index(module) and module not in ("channel", "station"):
                yield f"core/CMakeLists.txt has {other} behind {module}, which may use it"
    for name in CODE:
        module = core_module(name)
        for _, path in includes(name) if module else []:
            other = core_module(path)
            if other and other != module and other not in MAY_USE.get(module, []):
                yield f"{name}: core/{module} may not include {path}"
    for name in FILES:
        module = core_module(name)
        if module and name.endswith("CMakeLists.txt"):
            for other in re.findall(r"continuo::core_(\w+)", TEXT[name]):
                if other != module and other not in MAY_USE.get(module, []):
                    yield f"{name}: core_{module} may not link core_{other}"


def programs_and_console_keep_to_their_links():
    folders = {"/".join(name.split("/")[:2]) for name in CODE
               if name.startswith(("ui/", "app/")) and name.count("/") > 1}
    for folder in sorted(folders ^ set(ABOVE_MAY_USE)):
        yield f"{folder} is not both a folder and in this test's list of what may be used"
    for folder in sorted(folders & set(ABOVE_MAY_USE)):
        may_use = [folder] + ABOVE_MAY_USE[folder]
        for name in FILES:
            if not name.startswith(folder + "/"):
                continue
            if name in CODE:
                for system, path in includes(name):
                    other = "/".join(path.split("/")[:2])
                    if not system and path.startswith(("core/", "ui/", "app/")) \
                            and other not in may_use:
                        yield f"{name}: {folder} may not include {path}"
            elif name.endswith("CMakeLists.txt"):
                for layer, module in re.findall(r"continuo::([a-z]+)_(\w+)", TEXT[name]):
                    if f"{layer}/{module}" not in may_use:
                        yield f"{name}: {folder} may not link {layer}_{module}"


def libraries_link_what_they_include():
    for name in FILES:
        folder = name.removesuffix("/CMakeLists.txt")
        if not name.endswith("/CMakeLists.txt") or not folder.startswith(("core/", "ui/")):
            continue
        if "continuo_library(" not in TEXT[name]:
            continue
        linked = {"base"} | set(re.findall(r"continuo::(?:core|ui)_(\w+)", TEXT[name]))
        own = folder.split("/")[1]
        for source in CODE:
            if not source.startswith(folder + "/"):
                continue
            for _, path in includes(source):
                parts = path.split("/")
                if len(parts) > 2 and parts[0] in ("core", "ui") and parts[1] != own \
                        and parts[1] not in linked:
                    yield f"{name} does not link {parts[0]}_{parts[1]}, but {source} includes it"


def libav_stays_in_media_and_publish():
    allowed = ("core/media/", "core/publish/", "tests/")
    for name in CODE:
        if name.startswith(allowed):
            continue
        for _, path in includes(name):
            if re.match(r"lib(av|sw)\w+/", path):
                yield f"{name} includes {path}"


def free_functions_of_libav_stay_in_one_place():
    # Not av_free and avio_context_free, nor closing a member: a class with custom IO must do both
    # in its own order. Not av_dict_free: FFmpeg replaces a dictionary in place.
    call = re.compile(r"\b(av_(frame|packet)_free|avcodec_free_context|avfilter_graph_free"
                      r"|avformat_(close_input|free_context)|sws_freeContext|swr_free)\s*\(")
    for name in CODE:
        if name == "core/media/avptr.h" or name.startswith("tests/"):
            continue
        for number, line in enumerate(TEXT[name].splitlines(), 1):
            code = line.split("//")[0]
            if call.search(code) and "avformat_close_input(&m_" not in code:
                yield f"{name}:{number} {line.strip()}"


def spdx_line_on_top():
    wanted = "SPDX-License-Identifier: GPL-3.0-or-later"
    for name, text in TEXT.items():
        lines = text.splitlines()[:2] + ["", ""]
        script = lines[0].startswith("#!")
        if name.endswith((".cpp", ".h", ".py", ".sh", ".cmake", "CMakeLists.txt")) or script:
            if wanted not in lines[1 if script else 0]:
                yield name


def headers_are_guarded_and_clean():
    for name in CODE:
        if not name.endswith(".h"):
            continue
        if "#pragma once" not in TEXT[name]:
            yield f"{name} has no #pragma once"
        if re.search(r"^\s*using namespace", TEXT[name], re.M):
            yield f"{name} has a using namespace"


def own_header_comes_first():
    for name in CODE:
        own = name.removesuffix(".cpp") + ".h"
        if not name.endswith(".cpp") or own not in TEXT:
            continue
        found = includes(name)
        if found and found[0][1] not in (own, own.split("/")[-1]):
            yield f"{name} begins with {found[0][1]}"


def includes_name_classes():
    for name in CODE:
        for system, path in includes(name):
            if system and re.fullmatch(r"Qt(Core|Gui|Widgets|Network|Sql|Test|Multimedia)", path):
                yield f"{name} includes the whole of <{path}>"


def colours_stay_in_the_palette():
    for name in CODE:
        if not name.startswith("ui/") or name == "ui/widgets/palette.cpp":
            continue
        for number, line in enumerate(TEXT[name].splitlines(), 1):
            if re.search(r"QColor\(\s*\d|qRgb\(|\"#[0-9a-fA-F]{3,8}\"|Qt::(red|green|blue|white|black|gr[ae]y)", line):
                yield f"{name}:{number} {line.strip()}"


def types_have_names_of_their_own():
    """Two types of one name in one program are one to the linker, which takes either's functions."""
    opening = re.compile(r"^(?:inline )?namespace ([\w:]+)? ?\{|^\} // namespace|"
                         r"^(?:struct|class|enum class|union) (?:alignas\(\d+\) )?(\w+)(?: final)?(?: :.*)?(?: \{)?$")
    places = {}
    for name in CODE:
        spaces = []
        for line in TEXT[name].splitlines():
            found = opening.match(line)
            if not found:
                continue
            if line.startswith("}"):
                spaces = spaces[:-1]
            elif "namespace" in line:
                spaces.append(found.group(1) or "")
            elif "" not in spaces:
                places.setdefault("::".join(spaces + [found.group(2)]), []).append(name)
    for kind, names in places.items():
        if len(names) > 1:
            yield f"{kind}: {', '.join(names)}"


def open_ends_carry_an_issue():
    for name, text in TEXT.items():
        if name == "tests/house/rules.py" or not name.endswith((".cpp", ".h", ".py", ".sh", ".txt")):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))", line):
                yield f"{name}:{number} {line.strip()}"


def files_keep_their_size():
    for name, text in TEXT.items():
        if name.endswith("CMakeLists.txt"):
            kind = "cmake"
        elif name.startswith("tests/") and name.endswith((".cpp", ".h")):
            kind = "test"
        elif name.endswith(".h"):
            kind = "header"
        elif name.endswith(".cpp"):
            kind = "source"
        else:
            continue
        lines = len(text.splitlines())
        if lines > LIMITS[kind]:
            yield f"{name} has {lines} lines; a {kind} has at most {LIMITS[kind]}"


def scripts_parse():
    for name, text in TEXT.items():
        if re.match(r"#!.*\bbash\b", text):
            run = subprocess.run(["bash", "-n", TOP / name], capture_output=True, check=False)
            if run.returncode != 0:
                yield f"{name}: {run.stderr.decode().strip()}"


def no_binaries_but_pictures():
    for name in FILES:
        if name not in TEXT and not name.endswith((".png", ".ico", ".qm")):
            yield name


RULES = [core_has_no_gui, layers_point_down, modules_keep_their_order,
         programs_and_console_keep_to_their_links, libraries_link_what_they_include,
         libav_stays_in_media_and_publish,
         free_functions_of_libav_stay_in_one_place, spdx_line_on_top,
         headers_are_guarded_and_clean, own_header_comes_first, includes_name_classes,
         colours_stay_in_the_palette, types_have_names_of_their_own, open_ends_carry_an_issue,
         files_keep_their_size, scripts_parse, no_binaries_but_pictures]


def main():
    failed = 0
    for rule in RULES:
        broken = list(rule())
        failed += bool(broken)
        print(f"{'FAIL! ' if broken else 'PASS  '} : House::{rule.__name__}()")
        for line in broken:
            print(f"   {line}")
    print(f"Totals: {len(RULES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
