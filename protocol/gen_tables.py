#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the tables of this folder into C: gen_tables.py errors|error-index|chips OUT TSV..."""
import csv
import re
import sys

IDENTIFIER = re.compile(r"[A-Za-z0-9_]+")


def rows(paths):
    for path in paths:
        with open(path, encoding="utf-8", newline="") as f:
            for n, row in enumerate(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE), 2):
                if None in row or None in row.values():
                    sys.exit(f"{path}:{n}: wrong number of columns")
                if not IDENTIFIER.fullmatch(row.get("symbol", "NONE")):
                    sys.exit(f"{path}:{n}: a symbol is an identifier; sentences belong into the column words")
                yield row


def c_str(s):
    return '"' + s.replace("\\", "\\\\").replace('"', '\\"').replace("??", '?\\?') + '"'


def dash(s):
    return c_str("" if s == "-" else s)


def number(s):
    return "0u" if s in ("-", "") else s.lower() + ("u" if s.lower().startswith("0x") else "u")


def identifiers(all_rows):
    """One C identifier a row; the rare symbol that stands in several families gets the family behind it."""
    seen, out = set(), []
    for r in all_rows:
        name = r["symbol"]
        if name in seen or r["stage"].startswith("alias:"):
            name = f"{name}_{r['family']}_{r['code']}".replace("-", "none").upper()
        n, base = 2, name
        while name in seen:
            name = f"{base}_{n}"
            n += 1
        seen.add(name)
        out.append(name)
    return out


def gen_errors(all_rows):
    print('#include "protocol/errors.h"\n\nconst struct mtk_err_row mtk_err_rows[] = {')
    for r in all_rows:
        coded = "false" if r["code"] == "-" else "true"
        print("    {" + ", ".join([
            number(r["code"]), coded, c_str(r["symbol"]), dash(r.get("words", "-")), c_str(r["family"]),
            c_str(r["layer"]), dash(r["stage"]),
            {"yes": "MTK_RETRY_YES", "no": "MTK_RETRY_NO", "maybe": "MTK_RETRY_MAYBE"}[r["retryable"]],
            "true" if r["device_can_emit"] == "yes" else "false", dash(r["mark"]), dash(r["meaning"]),
            dash(r["causes"]), dash(r["remedies"])]) + "},")
    print("};\nconst size_t mtk_err_count = sizeof(mtk_err_rows) / sizeof(mtk_err_rows[0]);")


def gen_index(all_rows):
    print("#ifndef PROTOCOL_ERROR_INDEX_H\n#define PROTOCOL_ERROR_INDEX_H\n")
    print("/* Row numbers in mtk_err_rows[]. */\nenum mtk_err_index {")
    for i, name in enumerate(identifiers(all_rows)):
        print(f"    MTK_E_{name} = {i},")
    print("};\n\n#endif")


def gen_chips(all_rows):
    print('#include "protocol/chips.h"\n\nconst struct mtk_chip mtk_chips[] = {')
    mode = {"legacy": "MTK_AGENT_LEGACY", "xflash": "MTK_AGENT_XFLASH", "xml": "MTK_AGENT_XML",
            "-": "MTK_AGENT_UNKNOWN"}
    for r in all_rows:
        f = [number(r["hw_code"]), c_str(r["chips"]), dash(r["marketing"]), number(r["wdt_addr"]),
             r["wdt_width"].lstrip("w") if r["wdt_width"] != "-" else "0", number(r["wdt_disable_value"]),
             number(r["uart_addr"]), number(r["da1_addr_seen"].split("/")[0].split(",")[0]),
             number(r["pl_da_link_addr"]), mode[r["da_mode"]], "true" if r["has64bit"] == "1" else "false",
             number(r["da_code"]), number(r["efuse_addr"]), number(r["dev_rgu_base"]), number(r["dev_uart0_base"]),
             number(r["dev_usbdl_flag"]), number(r["dev_misc_lock_key"]), number(r["dev_rst_con"]),
             number(r["dev_devinfo_base"]), number(r["dev_pl_da_ram_addr"]), number(r["dev_pl_da_max_signed_len"]),
             number(r["dev_pl_bl_ver"]), dash(r["tested"]), dash(r["note"])]
        print("    {" + ", ".join(f) + "},")
    print("};\nconst size_t mtk_chip_count = sizeof(mtk_chips) / sizeof(mtk_chips[0]);")


def main():
    kind, out, tsv = sys.argv[1], sys.argv[2], sys.argv[3:]
    all_rows = list(rows(tsv))
    sys.stdout = open(out, "w", encoding="utf-8")
    print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by protocol/gen_tables.py. Change the .tsv instead. */")
    {"errors": gen_errors, "error-index": gen_index, "chips": gen_chips}[kind](all_rows)


main()
