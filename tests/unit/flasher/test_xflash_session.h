/* SPDX-License-Identifier: Apache-2.0 */
/* A whole start of an XFlash agent in the words of da-xflash.md sections 4 to 7 and 13, piece by piece. */
#ifndef TEST_XFLASH_SESSION_H
#define TEST_XFLASH_SESSION_H

#include "test_xflash_script.h"

#define EMI_LEN 912u     /* 5 records of 160 bytes: 0x390 */
#define DA2_LEN 0x4E61Cu /* of the captured session */

/* Section 4, as it stands there, with the OS as a parameter of the line. */
#define SYNC_AND_ENVIRONMENT                                 \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 53 59 4e 43\n" \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 01 01 00\n" \
    "H> ef ee ee fe 01 00 00 00 14 00 00 00 | 02 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00\n"
#define HW_INIT                                              \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 01 01 01 00\n" \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 00 00 00\n"
#define SYNC "D> ef ee ee fe 01 00 00 00 04 00 00 00 | 53 59 4e 43\n"
#define OK   "D> .. 04 00 00 00 | 00 00 00 00\n"
/* Section 13. */
#define RESET_KEY                                                                 \
    "H> .. 04 00 00 00 | 09 00 01 00\n" OK "H> .. 04 00 00 00 | 04 00 02 00\n" OK \
    "H> .. 04 00 00 00 | 68 00 00 00\n" OK
#define CHECKSUM                                                                  \
    "H> .. 04 00 00 00 | 09 00 01 00\n" OK "H> .. 04 00 00 00 | 03 00 02 00\n" OK \
    "H> .. 04 00 00 00 | 03 00 00 00\n" OK
#define ASK_AGENT "H> .. 04 00 00 00 | 09 00 01 00\n" OK "H> .. 04 00 00 00 | 0a 00 04 00\n" OK
#define BROM      ASK_AGENT "D> .. 04 00 00 00 | 62 72 6f 6d\n" OK
#define PRELOADER ASK_AGENT "D> .. 09 00 00 00 | 70 72 65 6c 6f 61 64 65 72\n" OK
#define STAGE1    SYNC_AND_ENVIRONMENT OK HW_INIT OK SYNC RESET_KEY CHECKSUM
/* Sections 5.3 and 6. */
#define RAM_CMD                                              \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 0a 00 01 00\n" \
    "D> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 00 00 00\n"
#define RAM_LEN "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 90 03 00 00\n"
#define BOOT_CMD                                             \
    "H> ef ee ee fe 01 00 00 00 04 00 00 00 | 08 00 01 00\n" \
    "D> ef ee ee fe 01 00 00 00 04 00 00 00 | 00 00 00 00\n"
#define BOOT_WHERE \
    "H> ef ee ee fe 01 00 00 00 10 00 00 00 | 00 00 00 40 00 00 00 00 1c e6 04 00 00 00 00 00\n"
/* A control code that the agent does not have; CODE as in a line of words. */
#define ABSENT(code) "H= 010009\nD= 0\nH= " code "\nD= c0010004\n"
#define GET(code)    "H= 010009\nD= 0\nH= " code "\nD= 0\n"
#define SLA_NONE     ABSENT("040016")
#define VERSION      GET("040005") "D> .. 03 00 00 00 | 31 2e 30\n" OK
/* Section 13: eMMC of a DA of 2019. */
#define EMMC                                                               \
    GET("040001")                                                          \
    "D> .. 68 00 00 00 | 01 00 00 00 00 02 00 00 00 00 40 00 00 00 00 00 " \
    "00 00 40 00 00 00 00 00 00 00 00 01 00 00 00 00 "                     \
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "                     \
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "                     \
    "00 00 c0 1e 1d 00 00 00 15 01 00 41 42 43 44 45 "                     \
    "46 01 12 34 56 78 9a bc 00 00 00 00 00 00 00 00 "                     \
    "00 00 00 00 00 00 00 00\n" OK
#define PACKETS GET("040007") "D> .. 08 00 00 00 | 00 00 20 00 00 00 01 00\n" OK
#define RAM_INFO                                                                                   \
    GET("04000c")                                                                                  \
    "D> .. 30 00 00 00 | 02 00 00 00 00 00 00 00 00 00 20 00 00 00 00 00 00 90 03 00 00 00 00 00 " \
    "01 00 00 00 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 80 01 00 00 00\n" OK
#define CHIP_ID   \
    GET("04000d") \
    "D> .. 0c 00 00 00 | 66 07 00 8a 00 ca 00 00 00 00 00 00\n" OK
#define RANDOM_ID GET("040008") "D> .. 10 00 00 00 | 11*10\n" OK
#define USB_SPEED GET("04000b") "D> .. 0a 00 00 00 | 68 69 67 68 2d 73 70 65 65 64\n" OK
#define GPT       GET("040009") "D> .. 04 00 00 00 | 64 00 00 00\n" OK
#define BATTERY   GET("04000f") "D> .. 04 00 00 00 | 74 0e 00 00\n" OK
#define THE_REST  PACKETS RAM_INFO CHIP_ID RANDOM_ID USB_SPEED GPT BATTERY
#define FACTS     SLA_NONE VERSION EMMC THE_REST

struct fixture {
    struct script *s;
    struct mtk_start_options opt;
    struct mtk_phone_id id;
    struct mtk_agent *a;
    struct mtk_error err;
    struct mtk_sink sink;
    char notes[2048];
    uint8_t emi[EMI_LEN];
    size_t emi_len;
    uint8_t *da2;
    bool cancel;
};

/* A phone in its boot ROM, DRAM settings v38 and a stage 2 of the example's length; notes are collected. */
void open_fixture(struct fixture *f, bool chop);
/* Frees it; fails the test if the script was not played to its end. */
void close_fixture(struct fixture *f);
/* mtk_xflash_start with all of that. */
int start(struct fixture *f);
/* INIT_EXT_RAM and BOOT_TO up to their payloads, without the status. */
void add_ram(struct fixture *f);
void add_boot(struct fixture *f);
/* Everything up to a running stage 2 of a phone that came from its boot ROM. */
void add_start(struct fixture *f);

#endif
