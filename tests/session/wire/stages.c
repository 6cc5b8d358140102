/* SPDX-License-Identifier: Apache-2.0 */
/* The way to where a transcript begins, in the same words as transcripts. */
#include "tests/unit/cmocka.h"
#include "tests/session/wire/player.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define REPORT_LEN 222u /* of a legacy stage 2, without its NAND ids */

static void handshake(struct run *r)
{
    run_text(r, r->preloader ? "attach 2000\nH> A0\nquiet 40\n" : "attach 0003\n");
    run_text(r, "H> A0\nD> 5F\nH> 0A\nD> F5\nH> 50\nD> AF\nH> 05\nD> FA\n");
}

/* SEND_DA, JUMP_DA. */
static void jump(struct run *r)
{
    char lines[512];
    uint32_t at = r->rom->da1_address;
    char address[16];
    snprintf(address, sizeof(address), "%02X %02X %02X %02X", at >> 24, at >> 16 & 255, at >> 8 & 255,
             at & 255);
    snprintf(lines, sizeof(lines),
             "H> D7\nD> D7\nH> %s\nD> %s\nH> len32be(da1)\nD> len32be(da1)\n"
             "H> 00 00 01 00\nD> 00 00 01 00\nD> 00 00\nH> da1\nD> ?? ??\nD> 00 00\n"
             "H> D5\nD> D5\nH> %s\nD> %s\nD> 00 00\n",
             address, address, address, address);
    run_text(r, lines);
}

/* ---- legacy ---- */

/* The report of stage 2, whose length depends on a number in it. */
static void legacy_report(struct run *r)
{
    char line[32];
    uint8_t ids;
    run_text(r, "D> ??*43 00\n");
    if (mtksim_read(r->phone, &ids, 1, 60 * NS_PER_S) != 1)
        run_die(r, "no number of NAND ids in the report");
    snprintf(line, sizeof(line), "D> ??*%u C1\n", REPORT_LEN - 43 - 2 + 2u * ids - 1);
    run_text(r, line);
}

/* da-legacy.md 2 to 4, for chips of today's builds: extras as MT6580 wants them, or none. */
static void legacy(struct run *r, bool to_da2)
{
    char line[160];
    run_text(r, "D> C0 ??*4 00 05 ??*10 ??*20\nH> 5A\nD> 04 02 ??\n"
                "H> FF 01 00 08 00 70 07 FF FF 01 00 00 00 00 02 01 02 00\n");
    if (r->rom->slc)
        run_text(r, "H> 00 00 00 01 46 46 00*14 FF 00 00 00\n");
    if (!to_da2)
        return;
    if (r->preloader)
        run_text(r, "D> 00 00 00 00\n");
    else
        run_text(r, "D> ??*4 ??*20 ??*4 00 05 ??*10\nH> E8 00 00 00 emi-version\nD> 5A 00 00 00 BC\nH> 5A\n"
                    "H> len32be(emi-records)\nH> emi-records\nD> sum16be(emi-records)\nH> 5A 80 00 00 01\n"
                    "D> 00 00 00 00 02 00 ??*8\n");
    snprintf(line, sizeof(line),
             "H> %02X 00 00 00 len32be(da2+sig) 00 00 10 00\nD> 5A\nupload 4096 da2+sig\nD> 5A\nH> 5A\n",
             r->rom->da2_address >> 24);
    run_text(r, line);
    legacy_report(r);
}

/* ---- XFlash ---- */

/* da-xflash.md 4 to 6. system_os is the third word of the environment. */
static void xflash(struct run *r, bool to_da2, bool windows)
{
    char lines[256];
    run_text(r, "D> C0\nH>> 53 59 4E 43\nH>> 00 01 01 00\n");
    snprintf(lines, sizeof(lines), "H>> 02 00 00 00 01 00 00 00 %02X 00 00 00 00*8\nD>> 00*4\n", !windows);
    run_text(r, lines);
    run_text(r, "H>> 01 01 01 00\nH>> 00*4\nD>> 00*4\nD>> 53 59 4E 43\n");
    if (!to_da2)
        return;
    snprintf(lines, sizeof(lines),
             "H>> 09 00 01 00\nD>> 00*4\nH>> 03 00 02 00\nD>> 00*4\nH>> %02X 00 00 00\nD>> 00*4\n", r->level);
    run_text(r, lines);
    if (!r->preloader)
        run_text(r, "H>> 0A 00 01 00\nD>> 00*4\nH>> len32(emi)\nH>> emi\nD>> 00*4\n");
    run_text(r, "H>> 08 00 01 00\nD>> 00*4\nH>> 00 00 00 40 00 00 00 00 len64(da2)\nH>> da2\n"
                "D>> 00*4\nD>> 53 59 4E 43\n");
}

/* ---- XML ---- */

static const char *const levels[] = {"NONE", "USB", "STORAGE", "USB-STORAGE"};

/* da-xml.md 6.1 and 6.2, up to where stage 2 says CMD:START. */
static void xml(struct run *r, bool to_da2, bool windows)
{
    char lines[2048];
    if (!to_da2)
        return;
    snprintf(lines, sizeof(lines),
             "D>> CMD:START\nH>> OK\n"
             "H>> xml '<da><version>1.1</version><command>CMD:SET-RUNTIME-PARAMETER</command><arg>"
             "<checksum_level>%s</checksum_level><battery_exist>AUTO-DETECT</battery_exist>"
             "<da_log_level>INFO</da_log_level><log_channel>UART</log_channel><system_os>%s</system_os></arg>"
             "<adv><initialize_dram>YES</initialize_dram></adv></da>' 00\n"
             "D>> OK\nD>> CMD:END\nH>> OK\n",
             levels[r->level & 3], windows ? "WINDOWS" : "LINUX");
    run_text(r, lines);
    run_text(
        r, "D>> CMD:START\nH>> OK\n"
           "H>> xml '<da><version>1.0</version><command>CMD:NOTIFY-INIT-HW</command></da>' 00\nD>> OK\n"
           "D>> xml '<host><version>1.0</version><command>CMD:PROGRESS-REPORT</command><arg>"
           "<message>init-hw</message></arg></host>' 00\nH>> OK\nD>> OK!EOT\nH>> OK\nD>> CMD:END\nH>> OK\n");
    snprintf(
        lines, sizeof(lines),
        "D>> CMD:START\nH>> OK\n"
        "H>> xml '<da><version>1.0</version><command>CMD:BOOT-TO</command><arg><at_address>0x%x</at_address>"
        "<jmp_address>0x%x</jmp_address><source_file>DA2</source_file></arg></da>' 00\nD>> OK\n"
        "D>> xml "
        "'<host><version>1.0</version><command>CMD:DOWNLOAD-FILE</command><arg><checksum>%s</checksum>"
        "<info>2nd-DA</info><source_file>DA2</source_file><packet_length>0x1000</packet_length></arg></"
        "host>' "
        "00\nH>> OK\nH>> 'OK@0x' hex(da2) 00\nD>> OK\ngive 0x1000 da2\nD>> CMD:END\nH>> OK\n",
        r->rom->da2_address, r->rom->da2_address, r->level & 1 ? "CHK_ADD" : "CHK_NO");
    run_text(r, lines);
}

void run_stage(struct run *r, const char *name)
{
    bool to_da2 = strncmp(name, "da2", 3) == 0, windows = strcmp(name, "da2 windows") == 0;
    if (strcmp(name, "jump") != 0 && strcmp(name, "da1") != 0 && strcmp(name, "da2") != 0 && !windows)
        run_die(r, "no such stage");
    handshake(r);
    jump(r);
    r->stream = r->rom->kind == MTK_AGENT_LEGACY;
    if (strcmp(name, "jump") == 0)
        return;
    switch (r->rom->kind) {
    case MTK_AGENT_LEGACY:
        legacy(r, to_da2);
        break;
    case MTK_AGENT_XFLASH:
        xflash(r, to_da2, windows);
        break;
    default:
        xml(r, to_da2, windows);
    }
}
