/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts in the notation of da-legacy.md section 7, for the tests of the legacy speaker:
 *
 *     > 60   < 5A   > 08   < 5A          host sends, phone sends; each mark begins a transfer
 *     > 00000BC7 | 0008                  "|" ends a transfer too; digits may stand together
 *     < [4096 x 00] [0x10 x FF]          a byte many times
 *     gone  deaf  wait                   as in test_xflash_script.h
 *     # comment
 *
 * Strict in the same way: a host that writes other bytes or boundaries, or while something is unread, fails on the spot.
 */
#ifndef TEST_LEGACY_SCRIPT_H
#define TEST_LEGACY_SCRIPT_H

#include "flasher/agent/legacy.h"
#include "test_xflash_script.h"

/* Section 7.1: what stage 1 of a phone with eMMC says first, in both numberings. CID words are swapped in N2. */
#define IDS_N1                                                                  \
    "< 00 00 0B C4 | 00 05 | [10 x 00] | 00 00 00 00 | 15 01 00 4D 38 47 31 57" \
    " 41 02 25 57 18 44 60 8F > 5A\n"
#define IDS_N2                                                                  \
    "< 00 00 0B C0 | 00 05 | [10 x 00] | 00 00 00 00 | 4D 00 01 15 57 31 47 38" \
    " 57 25 02 41 8F 60 44 18 > 5A\n"
#define CID "15 01 00 4D 38 47 31 57 41 02 25 57 18 44 60 8F"
/* The 18 bytes for a phone in its boot ROM whose version was not told, and for one in its preloader (version 1). */
#define CONFIG_BROM "> FF FE 00 08 00 70 07 FF FF 01 00 00 00 00 02 01 02 00\n"
#define CONFIG_PL   "> FF 01 00 08 00 70 07 FF FF 01 00 00 00 00 02 01 02 00\n"
#define SLC         "> 00 00 00 01 46 46 [14 x 00] FF 00 00 00\n"
/* Stage 2 of section 7.1: to 0x80000000. What its head looks like, and the ack. */
#define DA2_LEN       0x2A010u
#define DA2_HEAD_ONLY "> 80 00 00 00 00 02 A0 10 00 00 10 00\n"
#define DA2_HEAD      DA2_HEAD_ONLY "< 5A\n"
/* Section 7.1's report, group by group, of a chip with u64 NAND sizes. */
#define REPORT_NOR  "< 00000BC7 0008 FFFF 00000000 0000000000000000 00000000 00000000\n"
#define REPORT_NAND "< 00000BC8 00 FFFF 0000000000000000 0007 [14 x 00] 0000 0000 0000 00 00 00\n"
#define REPORT_EMMC                                                                                      \
    "< 00000000 0000000000400000 0000000000400000 0000000000400000 [32 x 00] 00000003A3E00000 1501004D " \
    "38473157 41022557 1844608F [8 x 00]\n"
#define REPORT_SDMMC "< 00000C4F 0000000000000000 [16 x 00]\n"
#define REPORT_RAM   "< 00000000 00020000 00000000 02 00 0000000040000000 [16 x 77]\n"
#define REPORT_END   "< 5A 00000000 00000409 C1\n"
#define REPORT       REPORT_NOR REPORT_NAND REPORT_EMMC REPORT_SDMMC REPORT_RAM REPORT_END
/* What follows a report on the way to the ops: USB at high speed, and LBA 1 of the user area. */
#define USB_HIGH  "> 72 < 5A 01\n"
#define USER_AREA "> 60 < 5A > 08 < 5A\n"
#define ASK_LBA1  USER_AREA "> D6 0B 02 00 00 00 00 00 00 02 00 00 00 00 00 00 00 02 00 < 5A > 00 10 00 00\n"
#define A_GPT     "< 45 46 49 20 50 41 52 54 [504 x 00] | 02 2B > 5A\n"
#define NO_GPT    "< [512 x 00] | 00 00 > 5A\n"
#define COMMANDS  USB_HIGH ASK_LBA1 A_GPT
/* Stage 1 of an MT6580 that its preloader has started: everything up to the upload. */
#define MT6580_STAGE1 IDS_N1 "< 04 02 9C\n" CONFIG_PL SLC
#define DRAM_IS_UP    "< 00 00 00 00\n"
/* Answered by an agent in its command loop: the question after a failure that leaves doubt. */
#define IN_LOOP "> 72 < 5A 01\n"

/* Everything of one session. */
struct leg {
    struct script *s;
    struct legacy *g; /* the agent, once there is one */
    struct mtk_start_options opt;
    struct mtk_phone_id id;
    uint8_t *emi, *da2; /* emi: made by with_emi, NULL without */
    size_t emi_len, da2_len;
    uint64_t da2_address;
    struct mtk_error err;
    struct mtk_sink sink;
    char notes[4096];
    unsigned cancel_after; /* the n-th question whether to stop is answered with yes; 0: none */
    unsigned asked;
    uint64_t progress; /* as told last */
};

/* Adds text in the notation above. */
void leg_script(struct leg *f, const char *text);

/* A phone about to start a legacy agent: its hardware code, boot ROM or preloader, no DRAM settings yet. */
void open_start(struct leg *f, uint32_t code, bool brom, bool chop);
/* The same of an MT6580 in its preloader, with everything in the script that stands before the report. */
void open_mt6580(struct leg *f, bool chop);
/* DRAM settings of that version: n records of that size, of which the last has an id of id_len bytes. */
void with_emi(struct leg *f, unsigned version, unsigned n, uint32_t size, const void *id, uint32_t id_len);
/* mtk_legacy_start. */
int start_legacy(struct leg *f);
/* The head of stage 2 as the session has it (or another one), its packets with their acks, its own first 5A, the host's. */
void add_da2(struct leg *f, const char *head);
/* Only the packets, each but the last with its ack. */
void add_da2_packets(struct leg *f);

/* An agent in its command loop, on the eMMC of section 7.1 (user area 0x3A3E00000 bytes) behind a chip's code. */
void open_agent(struct leg *f, uint32_t code);
/* The same on a NAND of 512 MiB: 2 KiB pages with 64 bytes beside them, 64 pages a block. */
void open_nand_agent(struct leg *f);
/* Frees it; fails the test if the script was not played to its end. */
void close_leg(struct leg *f);

/* The agent's ops with memory on the caller's side. */
int read_area(struct leg *f, const char *area, uint64_t addr, void *buf, size_t len);
int write_area(struct leg *f, const char *area, uint64_t addr, const void *data, size_t len);
int write_name(struct leg *f, const char *partition, const void *data, size_t len);
int erase_area(struct leg *f, const char *area, uint64_t addr, uint64_t len);
/* Bytes that differ from place to place, so that a shift shows. */
void fill(uint8_t *buf, size_t len);
/* A packet of a READ: data and its sum. A packet of a write: 5A, data, sum; the answer is the script's. */
void add_read_packet(struct leg *f, const uint8_t *data, size_t len);
void add_write_packet(struct leg *f, const uint8_t *data, size_t len);

/* The last op failed with this row, and by this evidence. */
#define assert_leg_error(f, name, why)                                                      \
    do {                                                                                    \
        if (!mtk_error_is(&(f)->err, MTK_E_##name) || (f)->err.evidence != MTK_EV_##why)    \
            fail_msg("%s by evidence %d: %s", (f)->err.row ? (f)->err.row->symbol : "none", \
                     (int)(f)->err.evidence, (f)->err.what);                                \
    } while (0)

#endif
