#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Slowest tests and counts of the build folders given, from meson's test logs."""
import json
import re
import sys


def main():
    passed = failed = skipped = 0
    slow = []
    for build in sys.argv[1:]:
        name = build.rstrip("/").split("/")[-1]
        programs = cases = bad_cases = 0
        with open(f"{build}/meson-logs/testlog.json", encoding="utf-8") as f:
            for line in f:
                t = json.loads(line)
                out = (t.get("stdout") or "") + (t.get("stderr") or "")
                programs += 1
                slow.append((t["duration"], f'{name}: {t["name"]}'))
                ok = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test\(s\)", out))
                bad = sum(int(n) for n in re.findall(r"\[  FAILED  \] (\d+) test\(s\)", out))
                ran = re.search(r"^Ran (\d+) tests? in", out, re.M)
                if ran and t["result"] == "OK":
                    ok = int(ran.group(1))
                if ok == bad == 0:
                    # A test that tells no count of its own counts as one.
                    ok, bad = (1, 0) if t["result"] == "OK" else (0, 1)
                    if t["result"] == "SKIP":
                        ok, bad, skipped = 0, 0, skipped + 1
                        print(f'skipped: {t["name"]}: {out.strip().splitlines()[-1] if out.strip() else "no reason given"}')
                elif t["result"] not in ("OK", "EXPECTEDFAIL") and bad == 0:
                    bad = 1
                cases += ok
                bad_cases += bad
        print(f"{name}: {programs} programs, {cases} cases passed, {bad_cases} failed")
        passed += cases
        failed += bad_cases
    print("slowest:")
    for seconds, name in sorted(slow, reverse=True)[:8]:
        print(f"  {seconds:6.2f} s  {name}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main())
