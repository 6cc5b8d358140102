#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the fuzz targets: corpus/TARGET/NAME. Same bytes on every run; findings beside them stay.

The seeds are made from the field layouts, not with the project's own writers, so that a seed is also a second opinion.
"""
import hashlib
import struct
import sys
import zlib
from pathlib import Path


def le32(*values):
    return b"".join(struct.pack("<I", v) for v in values)


def patched(data, offset, new):
    return data[:offset] + new + data[offset + len(new):]


# ---- scatter -----------------------------------------------------------------------------------------------------

def general(version="V1.1.2", storage=True):
    text = f"- general: MTK_PLATFORM_CFG\n  info: \n    - config_version: {version}\n      platform: MT6765\n"
    text += "      project: demo\n"
    if storage:
        text += "      storage: EMMC\n      boot_channel: MSDC_0\n      block_size: 0x20000\n"
    return text


def row(i, name, start, size, region="EMMC_USER", op="UPDATE", reserved=False, file="NONE", indent="", linear=None):
    fields = {
        "partition_name": name, "file_name": file, "is_download": str(file != "NONE").lower(), "type": "NORMAL_ROM",
        "linear_start_addr": linear or start, "physical_start_addr": start, "partition_size": size, "region": region,
        "storage": "HW_STORAGE_" + region.split("_")[0], "boundary_check": str(not reserved).lower(),
        "is_reserved": str(reserved).lower(), "operation_type": op, "is_upgradable": "true",
        "empty_boot_needed": "false", "reserve": "0x00"}
    return (f"{indent}- partition_index: SYS{i}\n" + "".join(f"{indent}  {k}: {v}\n" for k, v in fields.items()) + "\n")


def scatters():
    rows = (row(0, "preloader", "0x0", "0x40000", "EMMC_BOOT1_BOOT2", "BOOTLOADERS", file="preloader_demo.bin") +
            row(1, "pgpt", "0x0", "0x8000", op="INVISIBLE") + row(2, "lk", "0x8000", "0x100000", file="lk.img") +
            row(3, "userdata", "0x108000", "0x0", op="NEEDRESIZE") +
            row(4, "flashinfo", "0xFFFF0080", "0x1000000", op="RESERVED", reserved=True) +
            row(5, "sgpt", "0xFFFF0000", "0x8000", op="RESERVED", reserved=True))
    plain = general() + rows
    yield "plain", plain
    yield "crlf", plain.replace("\n", "\r\n")
    yield "overlap", general() + row(0, "a", "0x0", "0x11") + row(1, "b", "0x10", "0x10")
    yield "backwards", general() + row(0, "a", "0x20", "0x10") + row(1, "b", "0x10", "0x10")
    yield "twice", general() + row(0, "a", "0x0", "0x10") + row(1, "a", "0x10", "0x10")
    yield "overflow", general() + row(0, "a", "0xFFFFFFFFFFFFFFFF", "0x1")
    yield "linear", general("V1.1.1") + row(0, "MBR", "0x0", "0x80000", linear="0x600000") + row(
        1, "EBR1", "0x0", "0x80000", linear="0x680000")
    section = ("- storage_type: {0}\n  description:\n  - general: MTK_STORAGE_CFG\n    info:\n      - storage: {0}\n"
               "        block_size: {1}\n")
    yield "storages", (general("V2.1.0", False) + section.format("EMMC", "0x20000") +
                       row(0, "lk", "0x0", "0x10", indent="  ") + section.format("UFS", "0x80000") +
                       row(0, "lk", "0x0", "0x10", region="UFS_LU2", indent="  "))
    # found by fuzzing: a storage derived from a row began with a space, so that it was not read back as written
    yield "storage-with-space", plain.replace("      storage: EMMC\n", "").replace("HW_STORAGE_EMMC", "HW_STORAGE_ x", 1)
    # found by fuzzing: the name of a section went where no other text with such characters may go
    yield "section-name", (general("V2.1.0", False) + section.format("\x1dEMMC", "0x20000").replace(
        "- storage: \x1dEMMC", "- x: y") + row(0, "lk", "0x0", "0x10", indent="  "))
    yield "old", "PRELOADER 0x0\n{\n}\n__NODL_BMTPOOL 0xFFFF0050\n{\n}\n"


# ---- XML ---------------------------------------------------------------------------------------------------------

def xml_row(name, start, size, region, file="NONE", reserved=False):
    fields = {
        "partition_name": name, "file_name": file, "is_download": str(file != "NONE").lower(), "type": "NORMAL_ROM",
        "linear_start_addr": start, "physical_start_addr": start, "partition_size": size, "region": region,
        "storage": "HW_STORAGE_" + region.split("_")[0], "boundary_check": "true",
        "is_reserved": str(reserved).lower(), "operation_type": "RESERVED" if reserved else "UPDATE"}
    values = "".join(f"<{k}>{v}</{k}>" for k, v in fields.items())
    return f'<partition_index name="SYS0">{values}</partition_index>\n'


def xml_section(storage, block, rows):
    return (f'<storage_type name="{storage}"><general name="MTK_STORAGE_CFG"><storage name="{storage}">'
            f"<boot_channel>MSDC_0</boot_channel><block_size>{block}</block_size></storage></general>\n{rows}"
            "</storage_type>\n")


def xml_scatter(body, start='<?xml version="1.0" encoding="utf-8"?>\n'):
    return (f'{start}<root><general name="MTK_PLATFORM_CFG"><config_version name="V2.2.0"><platform>MT6789</platform>'
            f"<project>demo</project></config_version></general>\n{body}</root>\n")


def xmls():
    emmc = (xml_row("preloader", "0x0", "0x80000", "EMMC_BOOT1", "p.bin") +
            xml_row("lk", "0x8000", "0x100000", "EMMC_USER", "lk.img") +
            xml_row("sgpt", "0xFFFF0000", "0x8000", "EMMC_USER", reserved=True))
    ufs = (xml_row("lk", "0x8000", "0x0", "UFS_LU2", "lk.img") +
           xml_row("sgpt", "0xFFFF0000", "0x8000", "UFS_LU2", reserved=True))
    both = xml_section("EMMC", "0x20000", emmc) + xml_section("UFS", "0x80000", ufs)
    yield "both", xml_scatter(both)
    yield "one", xml_scatter(xml_section("UFS", "0x80000", ufs))
    yield "no-section", xml_scatter(emmc)
    yield "no-storage", xml_scatter(xml_row("a", "0x0", "0x1", "X_Y").replace("HW_STORAGE_X", ""))
    yield "repeated", xml_scatter(xml_section("EMMC", "0x20000", emmc + emmc))
    yield "contradicting", xml_scatter(xml_section("EMMC", "0x20000", emmc + emmc.replace("0x100000", "0x200000")))
    latin = xml_scatter(both, '<?xml version="1.0" encoding="iso-8859-1"?>')
    yield "latin", latin.encode().replace(b"demo", b"d\xe4mo")
    yield "blanks", "\ufeff \n\t" + xml_scatter(both, "")
    yield "references", xml_scatter(both).replace("lk.img", "l&amp;k&#x27;&lt;.img")
    bomb = '<!DOCTYPE root [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    yield "doctype", xml_scatter(both, bomb).replace("demo", "&b;")
    external = '<!DOCTYPE root [<!ENTITY a SYSTEM "file:///dev/zero">]>'
    yield "external", xml_scatter(both, external).replace("demo", "&a;")
    yield "deep", "<a>" * 40
    yield "long-attribute", '<root name="' + "x" * 5000 + '"/>'
    yield "long-text", xml_scatter(both).replace("lk.img", "x" * 5000)
    yield "mixed", xml_scatter("text" + both)
    yield "cut", xml_scatter(both)[:900]
    yield "flash", ("<flash-mode>\n<project>k6985v1_64</project><dagent>DA_BR.bin</dagent>"
                    "<scatter>../MT6985_Android_scatter.xml</scatter><version>1.0</version></flash-mode>\n")
    yield "flash-outside", "<flash-mode><dagent>a/../../b</dagent><scatter>..\\..\\c.xml</scatter></flash-mode>"


# ---- Download Agent ----------------------------------------------------------------------------------------------

def da_header(identifier, count):
    return b"MTK_DOWNLOAD_AGENT".ljust(32, b"\0") + identifier.ljust(64, b"\0") + le32(4, 0x22668899, count)


def da_entry(hw, version, regions, first=0):
    head = struct.pack("<6HIHH", 0xDADA, hw, 0x8A00, version, 0, 0, 0x1000, first, len(regions))
    return head + b"".join(le32(*r) for r in regions)


def das():
    body = bytes(range(64)) * 4
    base = 0x6C + 2 * 0xDC
    two = [(base, 0x10, 0x50000000, 0, 0), (base + 0x10, 0x60, 0x200000, 0x50, 0x10),
           (base + 0x70, 0x90, 0x40000000, 0x80, 0x10)]
    v5 = da_header(b"MTK_AllInOne_DA_v3.3001.2020", 2)
    v5 += da_entry(0x6765, 0xCA00, two).ljust(0xDC, b"\0") + da_entry(0x6765, 0xCB00, two).ljust(0xDC, b"\0") + body
    yield "v5", v5
    stage1 = (0xBC, 0x80, 0x2000000, 0xBC + 0x70, 0x10)
    v6 = da_header(b"MTK_DA_v6_2022-04-02 23:43:58", 1)
    v6 += da_entry(0x1172, 0xCA00, [stage1, stage1, (0x13C, 0x80, 0x40000000, 0x1AC, 0x10)]) + body
    yield "v6", v6
    old = da_header(b"MTK_AllInOne_DA_v1", 2)
    for hw in (0x6573, 0x6575):
        entry = da_entry(hw, 0xCA00, [(0x21C, 0x10, 0, 0, 0), (0x22C, 0x20, 0x1000, 0x20, 0)])
        old += (entry[:8] + entry[12:]).ljust(0xD8, b"\0")
    yield "old-stride", old + body
    yield "no-regions", patched(v5, 0x7E, b"\0\0")
    yield "eleven-regions", patched(v5, 0x7E, b"\x0b\0")
    yield "far-region", patched(v5, 0x94, le32(0xFFFFFFFF))
    two_regions = da_header(b"MTK_DA_v6_x", 1) + da_entry(0x1296, 0xCA00, [(0xA8, 0x80, 0x2000000, 0x118, 0x10),
                                                                         (0x128, 0x80, 0x40000000, 0x198, 0x10)])
    yield "v6-two-regions", two_regions + body
    yield "cut", v5[:0x180]
    yield "many", patched(v5, 0x68, le32(128))
    # the text says one generation, the entries are those of another
    yield "v6-text-v5-entries", da_header(b"MTK_DA_v6_2022", 2) + v5[0x6C:]
    yield "v5-text-v6-entries", da_header(b"MTK_AllInOne_DA_v3.3001.2020", 1) + v6[0x6C:]
    yield "mixed-chips", (da_header(b"MTK_AllInOne_DA_v3.3001.2020", 2) + da_entry(0x6580, 0xCA00, two).ljust(0xDC, b"\0") +
                          da_entry(0x6765, 0xCA00, two).ljust(0xDC, b"\0") + body)
    yield "mixed-strides", old[:0x6C + 0xD8] + v5[0x6C:0x6C + 0xDC] + body


# ---- preloader ---------------------------------------------------------------------------------------------------

def emi(version=b"35", count=2, size=160):
    tag = (b"MTK_BLOADER_INFO_v" + version).ljust(0x1B, b"\0") + b"preloader_demo.bin".ljust(0x3D, b"\0")
    tag += b"V116" + bytes.fromhex("2288443390007000") + b"MTK_BIN\0" + le32(count)
    record = (le32(1, 0x0206, 4, 0) + b"QE63".ljust(24, b"\0")).ljust(80, b"\0") + struct.pack("<4Q", 1 << 30, 0, 0, 0)
    return tag + (record.ljust(size, b"\0")[:size]) * count


def gfh(kind, size, body=b"", version=1):
    return struct.pack("<IHH", 0x4D4D4D | version << 24, size, kind) + body.ljust(size - 8, b"\0")


def preloader(tag, sig_type=3):
    """FILE_INFO, BL_INFO, some content, tag, signature."""
    sig_len = {3: 0x124, 5: 0x66C}[sig_type]
    content = 0x38 + 0x0C + 4
    code = b"\xab" * 64
    tail = tag + le32(len(tag)) if tag else b""
    total = content + len(code) + len(tail) + sig_len
    info = b"FILE_INFO\0\0\0" + struct.pack("<IHBB8I", 1, 1, 5, sig_type, 0x200F00, total, 0x40000, content, sig_len,
                                             content, 0xC2600001, 0)[:-4]
    covered = gfh(0, 0x38, info) + gfh(1, 0x0C, le32(1)) + bytes(4) + code + tail
    digest = hashlib.sha256(covered).digest()
    if sig_type == 3:
        return covered + le32(1) + digest + bytes(256)
    certs = struct.pack("<IHHIHH", 0xE291F358, 0, 1, 0x52C, 0x100, 1).ljust(0x52C, b"\0")
    certs += (struct.pack("<IHHIHH", 0xE291F358, 0, 1, 0x13C, 0x100, 2).ljust(0x1C, b"\0") + digest).ljust(0x13C, b"\0")
    return covered + le32(2) + certs


def boot_area(name, unit, gfh_at, image):
    head = (name.ljust(12, b"\0") + le32(1, unit)).ljust(0x200, b"\xff")
    end = gfh_at + 0x40000
    brlyt = b"BRLYT\0\0\0" + le32(1, gfh_at, end, 0x42424242, 0x10005, gfh_at, end, 1)
    return (head + brlyt.ljust(0xB4, b"\0")).ljust(gfh_at, b"\xff") + image


def preloaders():
    plain = preloader(emi())
    yield "phash", plain
    yield "certificates", preloader(emi(b"20", 1, 188), 5)
    yield "no-emi", preloader(b"")
    yield "emmc", boot_area(b"EMMC_BOOT", 0x200, 0x800, plain)
    yield "ufs", boot_area(b"UFS_BOOT", 0x1000, 0x1000, plain)
    yield "nand", b"BOOTLOADER!\0V006NFIINFO\0".ljust(0x800, b"\0") + plain
    yield "bare-emi", emi()
    yield "bare-emi-v49", emi(b"49", 3, 84)
    yield "spaces", emi().replace(b"\0", b" ")
    yield "cut-emi", preloader(emi()[:-1])
    yield "brlyt-astray", patched(boot_area(b"EMMC_BOOT", 0x200, 0x800, plain), 0x20C, le32(0xFFFFFFFF))


# ---- GPT ---------------------------------------------------------------------------------------------------------

def gpt_entry(first, last, name):
    return bytes.fromhex("a2a0d0ebe5b9334487c068b6b72699c7") + bytes(16) + struct.pack("<QQQ", first, last, 0) + \
        name.encode("utf-16le").ljust(72, b"\0")


def gpt_header(block, my, other, entries_lba, last, entries, count):
    def pack(crc):
        return b"EFI PART" + struct.pack("<IIIIQQQQ16sQIII", 0x10000, 0x5C, crc, 0, my, other, 3, last - 2, b"\1" * 16,
                                         entries_lba, count, 128, zlib.crc32(entries))
    return pack(zlib.crc32(pack(0))).ljust(block, b"\0")


def disk(block, rows, blocks=10):
    """A storage whose tables hold as many entries as fit in one block."""
    count = min(block // 128, 8)
    entries = b"".join(gpt_entry(*r) for r in rows).ljust(count * 128, b"\0")
    last = blocks - 1
    head = bytes(block) + gpt_header(block, 1, last, 2, last, entries, count) + entries.ljust(block, b"\0")
    tail = entries.ljust(block, b"\0") + gpt_header(block, last, 1, last - 1, last, entries, count)
    return head + bytes(block * (blocks - 5)) + tail


def gpts():
    rows = [(3, 4, "proinfo"), (5, 5, "nvram"), (6, 7, "userdata")]
    good = disk(512, rows)
    yield "512", b"\0" + good
    yield "4096", b"\1" + disk(4096, rows[:2], 8)
    yield "sealed", b"\2" + good
    yield "backup", b"\0" + patched(good, 512, b"X")
    yield "none", b"\0" + bytes(2048)
    yield "overlap", b"\2" + disk(512, [(3, 5, "a"), (5, 6, "b")])
    yield "outside", b"\2" + disk(512, [(3, 16, "a")])
    yield "backwards", b"\2" + disk(512, [(4, 3, "a")])
    yield "bytes", b"\2" + patched(good, 1024 + 0x38, b"x" * 72)
    yield "far-entries", b"\2" + patched(good, 512 + 0x48, struct.pack("<Q", 1 << 55))


# ---- PMT ---------------------------------------------------------------------------------------------------------

def pmt_entry(stride, name, size, offset, mask=0, part=8):
    body = {0x4C: ("<III", size, offset, mask), 0x58: ("<QQQ", size, offset, mask),
            0x60: ("<QQQQ", size, part, offset, mask)}[stride]
    return name.encode().ljust(64, b"\0") + struct.pack(*body)


def pmt_entries(stride, n=3):
    rows = [("PRELOADER", 0x40000, 0), ("PRO_INFO", 0x300000, 0x600000), ("USRDATA", 0, 0x900000)]
    rows += [(f"P{i}", 0x1000, 0x1000000 + 0x1000 * i) for i in range(n - 3)]
    return b"".join(pmt_entry(stride, *r) for r in rows)


def pmt_block(text, stride, entries, following=False):
    """One block of 2048 bytes: version 3 keeps 8 bytes for a signature, version 1 has 4."""
    v3 = text[:1] == b"3"
    sig = text.ljust(8 if v3 else 4, b"\0")
    info = le32(0x1101 if following else 0x0101)
    return (sig + entries).ljust(0x7F0 if v3 else 0x7F8, b"\0") + info.ljust(8 if v3 else 4, b"\0") + sig


def pmts():
    for i, stride in ((1, 0x4C), (2, 0x58), (3, 0x60)):
        yield f"told-{stride:x}", bytes([i]) + pmt_entries(stride)
        yield f"found-{stride:x}", b"\0" + pmt_entries(stride, 5).ljust(40 * stride, b"\0")
    yield "gpt-build", b"\0" + pmt_entries(0x58).ljust(0x2C00, b"\xff")
    yield "outside", b"\x0b" + pmt_entry(0x60, "a", 1 << 33, 0)
    yield "pool", b"\x0b" + pmt_entry(0x60, "BMTPOOL", 0x1500000, 0xFFFF00A8)
    yield "overlap", b"\3" + pmt_entry(0x60, "a", 2, 0) + pmt_entry(0x60, "b", 2, 1)
    yield "regions", b"\3" + pmt_entry(0x60, "a", 2, 0, part=1) + pmt_entry(0x60, "b", 2, 1, part=8)
    yield "no-end", b"\3" + pmt_entry(0x60, "x" * 64, 2, 0)
    yield "too-many", b"\3" + pmt_entry(0x60, "a", 0, 0) * 129
    v3 = pmt_block(b"3vTP", 0x60, pmt_entries(0x60))
    mirror = pmt_block(b"3TPM", 0x60, pmt_entries(0x60))
    v1 = pmt_block(b"1vTP", 0x58, pmt_entries(0x58))
    # found by fuzzing: an id whose upper half looked like the name of a second, 32-bit entry
    yield "looks-like-two", b"\0" + pmt_entry(0x60, "PRELOADER", 0x1000, 0x800, part=0x7878_0000_0008)
    yield "emmc-v3", b"\4" + bytes(0x400) + v3 + mirror
    yield "emmc-mirror", b"\4" + bytes(0x400) + patched(v3, 0x7F8, b"X") + mirror
    yield "emmc-v1", b"\4" + bytes(0x600) + v1
    yield "emmc-v1-32", b"\4" + bytes(0x400) + pmt_block(b"1vTP", 0x4C, pmt_entries(0x4C, 8))
    rows = pmt_entries(0x60, 30)
    yield "emmc-chain", b"\4" + bytes(0x400) + pmt_block(b"3vTP", 0x60, rows[:21 * 0x60], True) + pmt_block(
        b"3vTP", 0x60, rows[21 * 0x60:])
    page = (b"3vTP".ljust(8, b"\0") + pmt_entries(0x60)).ljust(512, b"\0")
    last = (b"3TPM".ljust(8, b"\0") + pmt_entries(0x60)).ljust(512, b"\0")
    blank = b"\xff" * 2048
    yield "nand", b"\x10" + page + blank[:1536] + blank[:1536] + last
    yield "nand-moved", b"\x10" + blank + blank[:1536] + last + blank + page + blank[:1536]
    long = (b"3vTP".ljust(8, b"\0") + rows[:20 * 0x60]).ljust(2048, b"\0")
    yield "nand-pages", b"\x10" + long + blank
    yield "emmc-chain-cut", b"\4" + bytes(0x400) + pmt_block(b"3vTP", 0x60, rows[:21 * 0x60], True)


# ---- credentials -------------------------------------------------------------------------------------------------

def key_record(version=3, bits=0x100):
    return le32(version, bits, 0, 0x10001).ljust(0x20C - 256, b"\0") + bytes(range(256))


def credential(kind, blocks, signature=0x100):
    content = 0x38 + len(blocks)
    info = b"FILE_INFO\0\0\0" + struct.pack("<IHBB7I", 1, kind, 5, 2, 0x200820, content + signature, 0x40000, content,
                                             signature, 0, 0xC2600000)
    return gfh(0, 0x38, info) + blocks + bytes(signature)


def credentials():
    auth = gfh(5, 0x798, (b"MTK".ljust(32, b"\0") + le32(0xC2626000)).ljust(0x16C, b"\0") + key_record() * 3)
    good = credential(5, auth + gfh(0x60, 0x10))
    yield "auth", good
    yield "auth-cut", good[:-1]
    yield "auth-short-block", credential(5, gfh(5, 0x40))
    yield "auth-other-first", credential(5, gfh(0x60, 0x10) + auth)
    yield "auth-version-0", credential(5, gfh(5, 0x794, b"MTK".ljust(0x168, b"\0") + key_record() * 3, 0))
    yield "auth-key-2", credential(5, auth.replace(key_record(), key_record(2)))
    yield "auth-no-signature", credential(5, auth, 0)
    yield "auth-far", patched(good, 0x28, le32(0xFFFFFFFF))
    yield "cert", credential(4, gfh(4, 8 + 4 + 0x20C, le32(1) + key_record()))
    yield "preloader", credential(1, auth)
    lock = le32(0x4D4D4D4D, 4, 0x3C, 3, 1, 0, 0x45454545)
    yield "seccfg-4", lock + hashlib.sha256(lock).digest()
    yield "seccfg-3", (b"AND_SECCFG_v\0\0\0\0" + le32(0x4D4D4D4D, 3, 0x1860)).ljust(0x185C, b"\0") + le32(0x45454545)


# ---- sparse ------------------------------------------------------------------------------------------------------

def chunk(kind, blocks, data=b"", head=12):
    return struct.pack("<HHII", kind, 0, blocks, head + len(data)).ljust(head, b"\0") + data


def sparse(chunks, blocks, block=8, header=28, head=12, crc=0):
    start = struct.pack("<IHHHHIIII", 0xED26FF3A, 1, 0, header, head, block, blocks, len(chunks), crc)
    return start.ljust(header, b"\0") + b"".join(chunks)


def sparses():
    def kinds(head):
        return [chunk(0xCAC1, 2, bytes(16), head), chunk(0xCAC3, 3, b"", head), chunk(0xCAC2, 1, b"WXYZ", head),
                chunk(0xCAC2, 2, b"WXYZ", head), chunk(0xCAC4, 0, b"\1\2\3\4", head)]
    good = sparse(kinds(12), 8)
    yield "kinds", good
    yield "long-headers", sparse(kinds(20), 8, header=40, head=20)
    yield "huge", sparse([chunk(0xCAC3, 0xFFFFFFFE), chunk(0xCAC2, 1, b"AAAA")], 0xFFFFFFFF, 4096)
    yield "cut", good[:-3]
    yield "more-chunks", patched(good, 20, le32(0xFFFFFFFF))
    yield "more-blocks", patched(good, 32, le32(0xFFFFFFFF))
    yield "crc-twice", sparse(kinds(12), 8, crc=7)
    yield "boot", (b"ANDROID!" + le32(1, 0, 1, 0, 0, 0, 0, 2048, 2)).ljust(2048, b"\0")
    yield "boot-v4", (b"ANDROID!" + le32(1, 1, 0, 0x630, 0, 0, 0, 0, 4)).ljust(0x630, b"\0")
    yield "lk", (le32(0x58881688, 16) + b"lk".ljust(32, b"\0") + le32(0, 0, 0x58891689)).ljust(0x200, b"\xff")
    yield "vbmeta", b"AVB0\0\0\0\1".ljust(256, b"\0")


# ---- session -----------------------------------------------------------------------------------------------------

WORLDS = 8  # phones, see world.c
TAKE_OVER = 9


def answers(*records, world=0, mix=0):
    """A simulated phone whose answers are changed: records of (reads to pass, operation, a, b), see fuzz_session.c."""
    return bytes([1 | world << 1 | mix << 4]) + b"".join(struct.pack("<HBBB", *r) for r in records)


def frame(text):
    return le32(0xFEEEEEEF, 1, len(text)) + text


def sessions():
    yield "clean", answers()
    yield "raw-handshake", b"\0" + bytes.fromhex("5ff5affafd07660000")
    yield "raw-ready", b"\0READYREADY" + bytes.fromhex("5ff5affa")
    for reads in (0, 3, 10, 40, 60, 80, 120, 150, 200, 250, 300):
        for operation in range(7):
            yield f"one-{reads}-{operation}", answers((reads, operation, reads * 7 & 255, operation * 31 & 255))
    for i in range(6):
        yield f"statuses-{i}", answers(*((100 + i * 20 + k, 5, (i * 5 + k) % 12, 3) for k in range(3)))
    for world in range(1, WORLDS):
        yield f"world-{world}-clean", answers(world=world)
        for mix in (1, 2):
            yield f"world-{world}-mixed-{mix}", answers(world=world, mix=mix)
        for i, reads in enumerate((30, 60, 70, 90, 130, 190, 250, 330, 400, 500, 700)):
            for operation in (0, 2 + i % 5, 7, 8):
                yield f"world-{world}-{reads}-{operation}", answers((reads, operation, reads * 7 & 255, i), world=world)
        yield f"world-{world}-taken-over", answers((90, TAKE_OVER, 0, 0), world=world) + bytes.fromhex("5a000000005ac1") * 9
    text = b"<host><version>1.0</version><command>CMD:END</command><arg><result>OK</result></arg></host>\0"
    yield "world-6-texts", answers((60, TAKE_OVER, 0, 0), world=6) + (frame(b"OK\0") + frame(text)) * 8


def phones():
    """A simulated phone whose host's transfers are changed, see fuzz_phone.c."""
    for world in range(WORLDS):
        yield f"world-{world}-clean", bytes([world << 1])
        for i, writes in enumerate((4, 20, 40, 60, 75, 90, 120, 160, 220, 300, 420)):
            record = struct.pack("<HBBB", writes, i % 6, writes * 3 & 255, i)
            yield f"world-{world}-{writes}", bytes([world << 1]) + record
        rest = b"".join(bytes([len(p) - 1]) + p for p in (b"\x60", b"\x08", b"\xd6\x0c\x02" + bytes(16), b"\xd1" + bytes(8),
                                                        le32(0xFEEEEEEF, 1, 0x7FFFFFFF), frame(b"OK\0"),
                                                        frame(b"<?xml version=\"1.0\"?><da>\0")))
        for writes in (30, 70, 150, 300):
            yield f"world-{world}-rant-{writes}", bytes([world << 1]) + struct.pack("<HBBB", writes, 6, 0, 0) + rest * 4


# ---- decode ------------------------------------------------------------------------------------------------------

def transfers(where, *parts):
    """Transfers behind a start, see fuzz_decode.c: negative numbers in front of bytes of the host."""
    out = bytes([where])
    for host, data in parts:
        out += b"".join(bytes([(0x80 if host else 0) | len(data[i:i + 63])]) + data[i:i + 63] for i in range(0, len(data), 63))
    return out


def decodes():
    H, D = True, False
    ack, packet = (D, b"\x5a"), bytes(16)
    yield "handshake", transfers(0, (D, b"READY"), (H, b"\xa0"), (D, b"\x5f"))
    yield "registers", transfers(1, (H, b"\xd1" + bytes(8)), (D, b"\xd1" + bytes(8) + b"\x10\0"))
    yield "words", transfers(1, (H, b"\xd4" + bytes(4) + b"\xff" * 4), (D, b"\xd4" + bytes(4) + b"\xff" * 4 + b"\0\0"))
    yield "access", transfers(1, (H, b"\xda\0\0\0\1" + bytes(4) + b"\0\0\0\4data"), (D, b"\xda\0\0\0\1" + bytes(4) + b"\0\0\0\4\0\0"))
    yield "xflash", transfers(3, (H, frame(le32(0x10005))), (H, frame(le32(1, 8) + bytes(48))), (D, frame(le32(0))))
    yield "legacy-start", transfers(4, (D, bytes(22)), (H, b"\x5a"), (D, b"\4\2\x9c"), (H, bytes(18) + b"\0\0\0\1" + bytes(20)),
                                    (D, b"\0\0\x0b\xc3" + bytes(20) + b"\0\0\x0b\xc4\0\0"),
                                    (H, b"\xe8\0\0\0\x0c"), (D, b"\x5a\0\0\0\xbc"), (H, b"\x5a\0\0\0\xbc" + bytes(188)))
    yield "legacy-read", transfers(5, (H, b"\x60\x08\xd6\x0c\x02" + bytes(14) + b"\0\x20\0\0\0\x10"), ack, ack, ack,
                                   (D, packet + b"\0\0"), (H, b"\xa5"), (D, packet + b"\0\0"), (H, b"\x5a"))
    yield "legacy-write", transfers(5, (H, b"\x62\1\x08" + bytes(15) + b"\x20\0\0\0\x10"), ack, (H, b"\x5a" + packet + b"\0\0"),
                                    (D, b"\xa5\0\0\x0b\xf9"), (H, b"\x5a" + packet + b"\0\0"), (D, b"\x69"), (H, b"\x96"))
    yield "legacy-format", transfers(5, (H, b"\xd4\2\0\0\0" + bytes(16)), (D, b"\x5a\x5a\0\0\x0b\xd1\x32"), (H, b"\x5a"),
                                     (D, b"\0\0\x0c\x52" + bytes(8) + b"\x69\0\0\0\0\x64"), (H, b"\x5a"), (D, b"\x69" + bytes(28) + b"\x5a"))
    yield "legacy-table", transfers(5, (H, b"\xa4\xff\xff\xff\xff" + bytes(96)), ack, ack, (D, b"\x69"))
    yield "legacy-loaders", transfers(5, (H, b"\x51\0\0\1\0\5\0\0\0\2\x5a\5" + bytes(33) + b"\xa5"), (D, b"\x5a\x5a\x69\x5a\x5a\x5a"))
    for op in range(256):
        yield f"legacy-op-{op:02x}", transfers(5, (H, bytes([op]) + bytes(40)), (D, b"\x5a" * 40))
    head = b"<?xml version=\"1.0\" encoding=\"utf-8\"?><host><version>1.0</version><command>CMD:"
    yield "xml", transfers(6, (H, frame(b"OK\0")), (D, frame(head + b"UPLOAD-FILE</command><arg><info>a</info></arg></host>\0")),
                           (D, frame(b"OK@0x8\0")), (D, frame(b"OK\0")), (D, frame(b"12345678")), (D, frame(head + b"END")))
    yield "xml-tags", transfers(6, (D, frame(head + b"<<>><a><a>></command><arg><<x>y<z>")), (D, frame(b"<?xml<arg><")))


# ---- usbip -------------------------------------------------------------------------------------------------------

def usbip_ret(command, seq, status=0, actual=0):
    return struct.pack(">IIIIIiI", command, seq, 0, 0, 0, status, actual) + bytes(20)


def usbip_steps(*steps):
    """What the client does and what comes behind it, see fuzz_usbip.c."""
    return b"\0" + b"".join(bytes([act, len(data)]) + data for act, data in steps)


def usbips():
    read, write, big, cancel, flush = 0x20, 0x00, 0x10, 0x40, 0x80
    yield "read", usbip_steps((flush | read, usbip_ret(3, 1, 0, 16) + b"0123456789abcdef"))
    yield "write", usbip_steps((flush | write | big | 1, usbip_ret(3, 1, 0, 192) + usbip_ret(3, 1)))
    yield "stall", usbip_steps((flush | read, usbip_ret(3, 1, -32) + usbip_ret(4, 2)))
    yield "gone", usbip_steps((flush | read, usbip_ret(3, 1, -19)))
    yield "unlinked", usbip_steps((flush | read, bytes(0)), (flush | cancel, usbip_ret(4, 2, -104)))
    yield "too-much", usbip_steps((flush | read, usbip_ret(3, 1, 0, 0x7FFFFFFF)))
    yield "too-early", usbip_steps((write | big, usbip_ret(3, 1)))
    yield "nobody", usbip_steps((flush, usbip_ret(4, 9)))
    device = b"/sys/devices/usb1/1-1".ljust(256, b"\0") + b"1-1".ljust(32, b"\0") + struct.pack(
        ">IIIHHHBBBBBB", 1, 2, 3, 0x0E8D, 0x2000, 0x0100, 2, 0, 0, 1, 1, 2)
    yield "import", b"\1" + struct.pack(">HHI", 0x0111, 3, 0) + device
    yield "refused", b"\1" + struct.pack(">HHI", 0x0111, 3, 1)
    musb = bytes.fromhex("09024600020103C0FA 0904010002 0A000004 0805010200020000 0805810200020000 090400000102020105 0524001001"
                         "0424020F 0524060100 0524010300 0805830340001000")
    yield "musb", b"\2" + musb
    yield "padded", b"\2" + musb.replace(b"\x08\x05", b"\x07\x05")


# ---- usbip_server --------------------------------------------------------------------------------------------------

def be32(*values):
    return b"".join(struct.pack(">I", v & 0xFFFFFFFF) for v in values)


def usbip_says(*messages, client=0):
    """Bytes that come, see fuzz_usbip_server.c."""
    data = b"".join(messages)
    return b"".join(bytes([client << 2, len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255))


def usbip_submit(seqnum, endpoint, inward, length, data=b"", setup=bytes(8), flags=0, devid=0x10001, packets=-1):
    return be32(1, seqnum, devid, inward, endpoint, flags, length, 0, packets, 0) + setup + data


def usbip_out(seqnum, data, **more):
    return usbip_submit(seqnum, 1, 0, len(data), data, **more)


def usbip_servers():
    IN = 1
    listing = b"\x01\x11\x80\x05" + bytes(4)
    wanted = b"\x01\x11\x80\x03" + bytes(4) + b"1-1".ljust(32, b"\0")
    other = wanted.replace(b"1-1", b"1-2")
    configure = usbip_submit(1, 0, 0, 0, setup=b"\0\x09\1\0\0\0\0\0")
    time, take, again = bytes([1, 20]), bytes([2, 255]), bytes([3, 0])
    attached = usbip_says(wanted, configure)
    start = b"".join(usbip_out(10 + i, bytes([b])) + usbip_submit(20 + i, 1, IN, 512) for i, b in enumerate(b"\xa0\x0a\x50\x05"))
    yield "list", usbip_says(listing) + time + take
    yield "list-in-pieces", b"".join(usbip_says(bytes([b])) + time for b in listing)
    yield "import-unknown", usbip_says(wanted.replace(b"1-1", b"9-9"))
    yield "import-twice", attached + usbip_says(wanted, client=1) + again + usbip_says(wanted)
    yield "two-phones", attached + usbip_says(other, usbip_submit(1, 0, 0, 0, setup=b"\0\x09\1\0\0\0\0\0", devid=0x10002), client=1) + time
    yield "descriptors", attached + usbip_says(*(
        usbip_submit(i, 0, IN, 255, setup=bytes([0x80, 6, 0, i, 0, 0, 255, 0])) for i in range(1, 16))) + take
    yield "class-requests", attached + usbip_says(
        usbip_submit(2, 0, 0, 7, b"\0\x10\x0e\0\0\0\x08", setup=b"\x21\x20\0\0\0\0\7\0"),
        usbip_submit(3, 0, IN, 3, setup=b"\xa1\x21\0\0\0\0\7\0"), usbip_submit(4, 0, 0, 0, setup=b"\x01\x0b\0\0\1\0\0\0"))
    yield "no-data-stage", attached + usbip_says(*(
        usbip_submit(9, 0, 0, 0, setup=bytes([kind, request]) + bytes(6)) for kind in (0, 0x80, 0x21, 0xA1) for request in range(0x24)))
    yield "handshake", attached + time + usbip_says(start) + time + take
    yield "reset", attached + time + usbip_says(start) + (time + take) * 2 + usbip_says(
        usbip_submit(40, 4, IN, 64), *(usbip_submit(50 + i, 1, IN, 512) for i in range(9)),
        usbip_out(60, b"\xd4\x10\0\x70\x14\0\0\0\1\0\0\x12\x09")) + (time + take) * 4 + again + usbip_says(wanted)
    yield "unlink", attached + usbip_says(usbip_submit(5, 4, IN, 64), usbip_submit(6, 1, IN, 512), *(
        be32(2, 70 + v, 0x10001, 0, 0, v) + bytes(24) for v in (6, 5, 5, 1, 99))) + time + take
    yield "flags", attached + usbip_says(*(usbip_out(5 + i, bytes(n), flags=f) for i, (n, f) in enumerate(
        ((0, 0x40), (64, 0x40), (512, 0x40), (100, 1)))), usbip_submit(9, 1, IN, 1, flags=1)) + time + take
    yield "giants", attached + usbip_says(
        usbip_submit(5, 1, IN, 1 << 26), usbip_submit(6, 1, 0, 33 << 20, bytes(40)), be32(2, 7, 0x10001, 0, 0, 6) + bytes(24)) + time
    yield "half", attached + usbip_says(usbip_submit(5, 1, 0, 1 << 20, bytes(200))) + time + again
    for name, bad in (("length", usbip_submit(5, 1, IN, -1)), ("packets", usbip_submit(5, 1, IN, 8, packets=3)),
                      ("device", usbip_submit(5, 1, IN, 8, devid=7)), ("endpoint", usbip_submit(5, 16, IN, 8)),
                      ("direction", usbip_submit(5, 1, 2, 8)), ("command", be32(3, 5, 0x10001) + bytes(36))):
        yield f"bad-{name}", attached + usbip_says(bad, configure) + time
    yield "deaf", attached + usbip_says(*(be32(2, i, 0x10001) + bytes(36) for i in range(400))) + time


TARGETS = {"scatter": scatters, "xml": xmls, "pmt": pmts, "credential": credentials, "da": das,
           "preloader": preloaders, "gpt": gpts, "sparse": sparses, "session": sessions,
           "phone": phones, "decode": decodes, "usbip": usbips,
           "usbip_server": usbip_servers}


def main():
    top = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "corpus"
    for target, seeds in TARGETS.items():
        folder = top / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in seeds():
            (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


if __name__ == "__main__":
    main()
