# SPDX-License-Identifier: Apache-2.0
"""The table of sections names every transcript, and none that does not exist; every test program in it is built."""

import fnmatch
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
table = (root / "tests/data/wire/sections.md").read_text(encoding="utf-8")
names = sorted(p.stem for p in (root / "tests/data/wire").glob("*.txt"))
patterns = re.findall(r"`((?:brom|legacy|xflash|xml|trace)-[^`]*)`", table)
bad = []

for pattern in patterns:
    if not fnmatch.filter(names, pattern):
        bad.append(f"sections.md: no transcript is called {pattern}")
for name in names:
    if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
        bad.append(f"{name}.txt is not in sections.md")

# Words like simdev-usb are programs: tests/unit/simdev/test_usb.c. A name may be the beginning of several.
folders = "simdev|agents|rom|formats|verified"
for folder, program in re.findall(rf"(?<![`\w-])({folders})-(\w+(?:-\w+)*)", table):
    if not list((root / "tests/unit" / folder).glob(f"test_{program.replace('-', '_')}*.c")):
        bad.append(f"sections.md: there is no test program {folder}-{program}")

# The last column of a row with three has programs of tests/unit/flasher, or a dash and why; remarks behind a colon.
for row in re.findall(r"^\|.*\|.*\|(.*)\|$", table, re.M):
    programs, _, remark = row.partition(":")
    for program in programs.split(","):
        program = program.strip()
        if program in ("flasher", "---"):
            continue
        if program == "-":
            if not remark.strip():
                bad.append(f"sections.md: a dash without a reason: {row.strip()}")
            continue
        if not (root / "tests/unit/flasher" / f"test_{program.replace('-', '_')}.c").exists():
            bad.append(f"sections.md: there is no test program flasher-{program}")

for line in bad:
    print(line)
sys.exit(bool(bad))
