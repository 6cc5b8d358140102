/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder on the worked sessions of a legacy agent (da-legacy.md 7), and on what goes wrong in them. */
#include "tests/unit/traces/decode_check.h"

#include <string.h>

/* What BROM said of the chip; then the agent. */
#define CHIP(hi, lo) SYNC "H FD\nD FD\nD " hi " " lo "\nD 00 00\n" SEND_JUMP "D C0\n"
#define MT6580       CHIP("65", "80")
#define MT6735       CHIP("03", "21")

#define CID "15 01 00 4D 38 47 31 57 41 02 25 57 18 44 60 8F"
#define IDS "D 00 00 0B C4 00 05 00*10\nD 00 00 00 00 " CID "\nH 5A\nD 04 02 9C\n"
#define SLC \
    "H FF 01 00 08 00 70 07 FF FF 01 00 00 00 00 02 01 02 00\nH 00 00 00 01\nH 46 46 00*14 FF 00 00 00\n"

#define IDS_TEXT                                                                              \
    "D START|NAND: status 0x00000BC4 S_DA_DEVICE_NOT_FOUND\nD START|number of NAND ids 0x5\n" \
    "D START|NAND ids, 10 bytes: 00000000000000000000\nD START|eMMC: status 0x00000000 ok\n"  \
    "D START|CID, 16 bytes: 1501004d384731574102255718"                                       \
    "44608f\nH START|ids: 5A ACK\n"                                                           \
    "D START|major version 0x4\nD START|minor version 0x2\nD START|chip id 0x9C\n"
#define SLC_TEXT                                                                                           \
    "H START|configuration, 18 bytes: ff010008007007ffff01000000000201...\nH START|number of SLC entries " \
    "0x1\n"                                                                                                \
    "H START|SLC entries, 20 bytes: 46460000000000000000000000000000...\n"

#define STAGE2 "H 80 00 00 00 00 00 10 10 00 00 10 00\nD 5A\nH AA*4096\nD 5A\nH BB*16\nD 5A\nD 5A\nH 5A\n"
#define STAGE2_TEXT                                                                                         \
    "H STAGE2|address 0x80000000\nH STAGE2|length 0x1010\nH STAGE2|packet length 0x1000\nD STAGE2|5A ACK\n" \
    "H STAGE2|stage 2, 4096 bytes: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\nD STAGE2|stage 2: 5A ACK\n"         \
    "H STAGE2|stage 2, 16 bytes: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\nD STAGE2|stage 2: 5A ACK\n"              \
    "D STAGE2|stage 2 runs: 5A ACK\nH STAGE2|stage 2: 5A ACK\n"

#define REPORT                                                                               \
    "D 00 00 0B C7 00 08 FF FF 00*20\n"                                                      \
    "D 00 00 0B C8 00 FF FF 00*8 00 07 00*14 00*9\n"                                         \
    "D 00*4 00 00 00 00 00 40 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 40 00 00 00*32\n" \
    "D 00 00 00 03 A3 E0 00 00 " CID " 00*8\n"                                               \
    "D 00 00 0C 4F 00*24\n"                                                                  \
    "D 00*4 00 02 00 00 00*4 02 00 00 00 00 00 40 00 00 00 77*16\n"                          \
    "D 5A 00 00 00 00 00 00 04 09 C1\n"
#define REPORT_TEXT                                                                                          \
    "D REPORT|NOR: status 0x00000BC7 S_DA_NOR_FLASH_NOT_FOUND\n"                                             \
    "D REPORT|NOR: chip selects, id, size, codes, OTP, 24 bytes: 0008ffff000000000000000000000000...\n"      \
    "D REPORT|NAND: status 0x00000BC8 S_DA_NAND_FLASH_NOT_FOUND\nD REPORT|chip select 0x0\n"                 \
    "D REPORT|NAND id 0xFFFF\nD REPORT|NAND size 0x0\nD REPORT|number of NAND codes 0x7\n"                   \
    "D REPORT|NAND codes, 14 bytes: 0000000000000000000000000000\nD REPORT|page size 0x0\n"                  \
    "D REPORT|spare size 0x0\nD REPORT|pages a block 0x0\n"                                                  \
    "D REPORT|NAND: interface, address cycles, BMT, 3 bytes: 000000\nD REPORT|eMMC: status 0x00000000 ok\n"  \
    "D REPORT|boot1 size 0x400000\nD REPORT|boot2 size 0x400000\nD REPORT|RPMB size 0x400000\n"              \
    "D REPORT|sizes of general purpose areas, 32 bytes: 00000000000000000000000000000000...\n"               \
    "D REPORT|user size 0x3A3E00000\nD REPORT|CID, 16 bytes: 1501004d384731574102255718"                     \
    "44608f\n"                                                                                               \
    "D REPORT|firmware version, 8 bytes: 0000000000000000\n"                                                 \
    "D REPORT|SD card: status 0x00000C4F S_DA_SDMMC_FLASH_NOT_FOUND\nD REPORT|SD card size 0x0\n"            \
    "D REPORT|SD card CID, 16 bytes: 00000000000000000000000000000000\n"                                     \
    "D REPORT|SRAM: status 0x00000000 ok\nD REPORT|SRAM size 0x20000\nD REPORT|DRAM: status 0x00000000 ok\n" \
    "D REPORT|type of RAM 0x2\nD REPORT|chip select 0x0\nD REPORT|DRAM size 0x40000000\n"                    \
    "D REPORT|random id, 16 bytes: 77777777777777777777777777777777\nD REPORT|preparation: 5A ACK\n"         \
    "D REPORT|last download: status 0x00000000 ok\nD REPORT|boot style 0x409\n"                              \
    "D REPORT|check of the chip: C1 SOC_OK\n"

#define LOOP MT6580 IDS SLC "D 00 00 00 00\n" STAGE2 REPORT

/* 7.1: from C0 to the command loop, and one command there. */
static void test_connect(void **state)
{
    (void)state;
    check_behind(MT6580, IDS SLC "D 00 00 00 00\n" STAGE2 REPORT "H 72\nD 5A 01\n",
                 IDS_TEXT SLC_TEXT "D DRAM|DRAM: status 0x00000000 ok\n" STAGE2_TEXT REPORT_TEXT
                                   "H USB_CHECK_STATUS|opcode 72\nD USB_CHECK_STATUS|5A ACK\n"
                                   "D USB_CHECK_STATUS|USB speed 0x1\n");
}

/* The same without knowing the chip from BROM: the agent's id for it must do. */
static void test_connect_without_brom(void **state)
{
    (void)state;
    check_behind(SYNC SEND_JUMP "D C0\n", IDS SLC "D 00 00 00 00\n" STAGE2,
                 IDS_TEXT SLC_TEXT "D DRAM|DRAM: status 0x00000000 ok\n" STAGE2_TEXT);
}

#define DOWN                                                               \
    "D 00 00 0B C3\nD 00 00 00 00 " CID                                    \
    "\nD 00 00 0B C4 00 05 00*10\nH E8 00 00 00 0C\nD 5A\nD 00 00 00 BC\n" \
    "H 5A\nH 00 00 02 34\nH 01 00 00 00 03 02 00 00 11*556\nD 3F A1\nH 5A\nH 80 00 00 01\n"
#define DOWN_TEXT                                                                                    \
    "D DRAM|DRAM: status 0x00000BC3 S_DA_RAM_ERROR\nD DRAM|eMMC: status 0x00000000 ok\n"             \
    "D DRAM|CID, 16 bytes: 1501004d384731574102255718"                                               \
    "44608f\n"                                                                                       \
    "D DRAM|NAND: status 0x00000BC4 S_DA_DEVICE_NOT_FOUND\nD DRAM|number of NAND ids 0x5\n"          \
    "D DRAM|NAND ids, 10 bytes: 00000000000000000000\nH DRAM|opcode ENABLE_DRAM 0xE8\n"              \
    "H DRAM|EMI version 0xC\nD DRAM|EMI version: 5A ACK\nD DRAM|length of a record 0xBC\n"           \
    "H DRAM|length of a record: 5A ACK\nH DRAM|length of all records 0x234\n"                        \
    "H DRAM|DRAM settings, 564 bytes: 01000000030200001111111111111111...\nD DRAM|checksum 0x3FA1\n" \
    "H DRAM|checksum: 5A ACK\nH DRAM|flags 0x80000001\n"

/* 7.2: settings are accepted, refused, and the vendor's code asserts. */
static void test_dram(void **state)
{
    (void)state;
    check_behind(MT6580 IDS SLC, DOWN "D 00 00 00 00 02 00 00 00 00 00 40 00 00 00\n" STAGE2,
                 DOWN_TEXT
                 "D DRAM|DRAM: status 0x00000000 ok\nD DRAM|type of RAM 0x2\nD DRAM|chip select 0x0\n"
                 "D DRAM|size of DRAM 0x40000000\n" STAGE2_TEXT);
    check_behind(MT6580 IDS SLC, DOWN "D 00 00 0B C4\nH 80 00 00 00\n",
                 DOWN_TEXT "D DRAM|DRAM: status 0x00000BC4 S_DA_DEVICE_NOT_FOUND\n"
                           "H |4 bytes behind the end of the exchange\n");
    check_behind(MT6580 IDS SLC, DOWN "D 41 53 53 45 52 54 21 21 20 2E\nD 2F 70\n",
                 DOWN_TEXT "D DRAM|text: ASSERT!! .\nD DRAM|text: /p\n");
}

/* An agent of before combo memories takes one record without being told a length. */
static void test_single_record(void **state)
{
    (void)state;
    check_behind(
        CHIP("65", "72") "D 00 00 0B C4 00 00\nD 00 00 00 00 " CID "\nH 5A\nD 04 02 88\nH FF*18\n"
                         "D 00 00 0B C3 00 00 00 00 " CID " 00 00 0B C4 00 00\n"
                         "H E8 00 00 00 0B\nD 5A 00 00 00 A8\nH 5A\n",
        "H 00 01 00 00 22*164\nD 12 34\nH A5\n",
        "H DRAM|DRAM settings, 168 bytes: 00010000222222222222222222222222...\nD DRAM|checksum 0x1234\n"
        "H DRAM|checksum: A5 NACK\n");
}

/* The agent of 2015: other numbers for the same statuses (6.1), a version of settings that it refuses and then takes. */
static void test_2015(void **state)
{
    (void)state;
#define OLD_IDS                                                         \
    "D 00 00 0B C0 00 05 00*10 00 00 00 00 " CID "\nH 5A\nD 04 02 93\n" \
    "H FF 01 00 08 00 70 07 FF FF 00 00 00 00 00 01 01 02 00\n"
    check_behind(
        MT6735 OLD_IDS,
        "D 00 00 0B BF 00 00 00 00 " CID " 00 00 0B C0 00 05 00*10\nH E8 00 00 00 0F\nD A5 00 00 00 BC\n"
        "H 5A 00 00 00 BC 01 00 00 00 33*184\nD 24 C1\nH 5A 80 00 00 01\nD 00 00 0B BA\n",
        "D DRAM|DRAM: status 0x00000BBF S_DA_RAM_ERROR\nD DRAM|eMMC: status 0x00000000 ok\n"
        "D DRAM|CID, 16 bytes: 1501004d384731574102255718"
        "44608f\n"
        "D DRAM|NAND: status 0x00000BC0 S_DA_DEVICE_NOT_FOUND\nD DRAM|number of NAND ids 0x5\n"
        "D DRAM|NAND ids, 10 bytes: 00000000000000000000\nH DRAM|opcode ENABLE_DRAM 0xE8\n"
        "H DRAM|EMI version 0xF\nD DRAM|EMI version: A5 NACK\nD DRAM|length of a record 0xBC\n"
        "H DRAM|length of a record: 5A ACK\nH DRAM|length of all records 0xBC\n"
        "H DRAM|DRAM settings, 188 bytes: 01000000333333333333333333333333...\nD DRAM|checksum 0x24C1\n"
        "H DRAM|checksum: 5A ACK\nH DRAM|flags 0x80000001\n"
        "D DRAM|DRAM: status 0x00000BBA S_DA_SETUP_DRAM_FAIL\n");
    /* a chip that it does not know (2.3) */
    check_behind(
        MT6735, "D 00 00 0B C0 00 00 00 00 00 00 " CID "\nH 5A\nD 04 02 FF\nH FF 01 00 08\nD 5A\n",
        "D START|NAND: status 0x00000BC0 S_DA_DEVICE_NOT_FOUND\nD START|number of NAND ids 0x0\n"
        "D START|eMMC: status 0x00000000 ok\nD START|CID, 16 bytes: 1501004d384731574102255718"
        "44608f\n"
        "H START|ids: 5A ACK\nD START|major version 0x4\nD START|minor version 0x2\nD START|chip id 0xFF\n"
        "H START|start of the configuration, 4 bytes: ff010008\nD START|the agent stops: 5A ACK\n");
}

/* V3 begins with its version and goes through a table of NAND chips (2.7). */
static void test_v3(void **state)
{
    (void)state;
    check_behind(
        CHIP("65", "73"),
        "D 03 02 83\nH FF*18\nD 5A 00 00 00 50\nH 00 00 00 03\nD 5A\nH 01*56\nD 69\nH 02*56\nD 5A\n",
        "D START|major version 0x3\nD START|minor version 0x2\nD START|chip id 0x83\n"
        "H START|configuration, 18 bytes: ffffffffffffffffffffffffffffffff...\nD START|5A ACK\n"
        "D START|BMT 0x50\nH START|number of NAND records 0x3\nD START|5A ACK\n"
        "H START|NAND record, 56 bytes: 01010101010101010101010101010101...\nD START|NAND record: 69 CONT\n"
        "H START|NAND record, 56 bytes: 02020202020202020202020202020202...\nD START|NAND record: 5A ACK\n");
}

#define READ_HEAD "H 60\nD 5A\nH 08\nD 5A\nH D6 0C 02 00*8 00*6 04 00\n"
#define READ_HEAD_TEXT                                                                          \
    "H SDMMC_SWITCH_PART|opcode 60\nD SDMMC_SWITCH_PART|5A ACK\nH SDMMC_SWITCH_PART|part 0x8\n" \
    "D SDMMC_SWITCH_PART|5A ACK\nH READ|opcode D6\nH READ|host OS 0xC\nH READ|storage 0x2\n"    \
    "H READ|address 0x0\nH READ|length 0x400\n"

/* 7.3, with a packet that the host wants again; and refused, after which the loop goes on. */
static void test_read(void **state)
{
    (void)state;
    check_behind(LOOP,
                 READ_HEAD
                 "D 5A\nH 00 00 02 00\nD FF*512 FE 00\nH A5\nD FF*512 FE 00\nH 5A\nD 00*512\nD 00 00\nH 5A\n",
                 READ_HEAD_TEXT
                 "D READ|5A ACK\nH READ|packet length 0x200\n"
                 "D READ|data, 1024 left, 512 bytes: ffffffffffffffffffffffffffffffff...\nD READ|sum 0xFE00\n"
                 "H READ|A5 NACK\n"
                 "D READ|data, 1024 left, 512 bytes: ffffffffffffffffffffffffffffffff...\nD READ|sum 0xFE00\n"
                 "H READ|5A ACK\n"
                 "D READ|data, 512 left, 512 bytes: 00000000000000000000000000000000...\nD READ|sum 0x0000\n"
                 "H READ|5A ACK\n");
    check_behind(LOOP, READ_HEAD "D A5 00 00 0B E0\nH 72\nD 5A 00\n",
                 READ_HEAD_TEXT "D READ|A5 NACK\nD READ|status 0x00000BE0 S_DA_INVALID_RANGE\n"
                                "H USB_CHECK_STATUS|opcode 72\nD USB_CHECK_STATUS|5A ACK\n"
                                "D USB_CHECK_STATUS|USB speed 0x0\n");
}

/* 7.4: an image with its own checksum, whose first packet comes twice; and raw data that the host ends early. */
static void test_write(void **state)
{
    (void)state;
    check_behind(
        LOOP,
        "H 61 03 08 00 00 00 00 01 D8 00 00 00*6 18 00 08 03\nD 00 10 00 00 5A\nH 5A 41*6144 00 00\n"
        "D A5 00 00 0B F9\nH 5A 41*6144 18 00\nD 69\nH 18 00\nD 00 17 FF\n",
        "H SDMMC_WRITE_IMAGE|opcode 61\nH SDMMC_WRITE_IMAGE|checksum level 0x3\nH SDMMC_WRITE_IMAGE|part "
        "0x8\n"
        "H SDMMC_WRITE_IMAGE|address 0x1D80000\nH SDMMC_WRITE_IMAGE|length 0x1800\n"
        "H SDMMC_WRITE_IMAGE|index 0x8\nH SDMMC_WRITE_IMAGE|status 0x3\n"
        "D SDMMC_WRITE_IMAGE|packet length 0x100000\nD SDMMC_WRITE_IMAGE|5A ACK\nH SDMMC_WRITE_IMAGE|5A ACK\n"
        "H SDMMC_WRITE_IMAGE|image, 6144 left, 6144 bytes: 41414141414141414141414141414141...\n"
        "H SDMMC_WRITE_IMAGE|sum 0x0000\nD SDMMC_WRITE_IMAGE|A5 NACK\n"
        "D SDMMC_WRITE_IMAGE|status 0x00000BF9 S_DA_UART_DATA_CKSUM_ERROR\nH SDMMC_WRITE_IMAGE|5A ACK\n"
        "H SDMMC_WRITE_IMAGE|image, 6144 left, 6144 bytes: 41414141414141414141414141414141...\n"
        "H SDMMC_WRITE_IMAGE|sum 0x1800\nD SDMMC_WRITE_IMAGE|69 CONT\n"
        "H SDMMC_WRITE_IMAGE|checksum of the image 0x1800\nD SDMMC_WRITE_IMAGE|00 another byte\n"
        "D SDMMC_WRITE_IMAGE|checksum on flash 0x17FF\n");
    check_behind(LOOP,
                 "H 62 01 08 00*8 00*6 04 00 00 00 02 00\nD 5A\nH 5A 41*512 82 00\nD 69\nH 96\nH 64\nD 5A\n",
                 "H SDMMC_WRITE_DATA|opcode 62\nH SDMMC_WRITE_DATA|storage 0x1\nH SDMMC_WRITE_DATA|part 0x8\n"
                 "H SDMMC_WRITE_DATA|address 0x0\nH SDMMC_WRITE_DATA|length 0x400\nH SDMMC_WRITE_DATA|packet "
                 "length 0x200\n"
                 "D SDMMC_WRITE_DATA|5A ACK\nH SDMMC_WRITE_DATA|5A ACK\n"
                 "H SDMMC_WRITE_DATA|data, 1024 left, 512 bytes: 41414141414141414141414141414141...\n"
                 "H SDMMC_WRITE_DATA|sum 0x8200\nD SDMMC_WRITE_DATA|69 CONT\nH SDMMC_WRITE_DATA|96 STOP\n"
                 "H SDMMC_RESET_DIS|opcode 64\nD SDMMC_RESET_DIS|5A ACK\n");
}

/* NAND has a dialogue of its own when a packet was wrong (5.12). */
static void test_nand_write(void **state)
{
    (void)state;
    check_behind(
        LOOP,
        "H D5 01 00 00*8 00*6 02 00 00 00 02 00\nD 5A\nH 41*512 00 00\nD 00 00 0B F9 5A\nH 69\nH 41*512 82 "
        "00\nD 69\n"
        "H 64\nD 5A\n",
        "H WRITE|opcode D5\nH WRITE|storage 0x1\nH WRITE|address type 0x0\nH WRITE|address 0x0\n"
        "H WRITE|length 0x200\nH WRITE|packet length 0x200\nD WRITE|5A ACK\n"
        "H WRITE|data, 512 left, 512 bytes: 41414141414141414141414141414141...\nH WRITE|sum 0x0000\n"
        "D WRITE|status 0x00000BF9 S_DA_UART_DATA_CKSUM_ERROR\nD WRITE|flushed: 5A ACK\nH WRITE|69 CONT\n"
        "H WRITE|data, 512 left, 512 bytes: 41414141414141414141414141414141...\nH WRITE|sum 0x8200\n"
        "D WRITE|69 CONT\nH SDMMC_RESET_DIS|opcode 64\nD SDMMC_RESET_DIS|5A ACK\n");
}

#define FORMAT_HEAD "H D4 02 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 01 00 00 00\nD 5A 5A\n"
#define FORMAT_HEAD_TEXT                                                                                   \
    "H FORMAT|opcode D4\nH FORMAT|storage 0x2\nH FORMAT|erase flag 0x0\nH FORMAT|validation 0x0\n"         \
    "H FORMAT|address type 0x0\nH FORMAT|address 0x40000000\nH FORMAT|length 0x1000000\nD FORMAT|5A ACK\n" \
    "D FORMAT|5A ACK\n"

/* 7.5: ticks and two acks; a bad block, and statistics. */
static void test_format(void **state)
{
    (void)state;
    check_behind(LOOP,
                 FORMAT_HEAD "D 00 00 0B D1 32\nH 5A\nD 00 00 00 00 64\nH 5A\nD 5A A5\nD 5A\nH 72\nD 5A 01\n",
                 FORMAT_HEAD_TEXT
                 "D FORMAT|status 0x00000BD1 S_DA_IN_PROGRESS\nD FORMAT|format: 50 %\nH FORMAT|5A ACK\n"
                 "D FORMAT|status 0x00000000 ok\nD FORMAT|format: 100 %\nH FORMAT|5A ACK\n"
                 "D FORMAT|format: 5A ACK\nD FORMAT|security: A5 NACK\nD FORMAT|security: 5A ACK\n"
                 "H USB_CHECK_STATUS|opcode 72\nD USB_CHECK_STATUS|5A ACK\n"
                 "D USB_CHECK_STATUS|USB speed 0x1\n");
    check_behind(LOOP,
                 FORMAT_HEAD
                 "D 00 00 0C 52 00 00 00 00 40 50 00 00 69\nD 00 00 00 00 64\nH 5A\nD 69 00*28\nD 5A\n",
                 FORMAT_HEAD_TEXT
                 "D FORMAT|status 0x00000C52 S_DA_SDMMC_WRITE_FAILED\nD FORMAT|at address 0x40500000\n"
                 "D FORMAT|69 CONT\nD FORMAT|status 0x00000000 ok\nD FORMAT|format: 100 %\nH FORMAT|5A ACK\n"
                 "D FORMAT|format: 69 CONT\n"
                 "D FORMAT|statistics, 28 bytes: 00000000000000000000000000000000...\n"
                 "D FORMAT|security: 5A ACK\n");
}

/* 7.6: the table is read, is not there, has a first byte of its own; and is written. */
static void test_table(void **state)
{
    (void)state;
    check_behind(
        LOOP,
        "H A5\nD 5A\nD 00 00 00 C0\nH 5A\nD 50 52*191\nH 5A\nH A5\nD A5 00 00 04 0D\nH A5\nD 01 00 00 00 "
        "02\nH A5\nH 64\nD 5A\n",
        "H SDMMC_READ_PMT|opcode A5\nD SDMMC_READ_PMT|5A ACK\nD SDMMC_READ_PMT|length of the table 0xC0\n"
        "H SDMMC_READ_PMT|length of the table: 5A ACK\n"
        "D SDMMC_READ_PMT|table, 192 bytes: 50525252525252525252525252525252...\nH SDMMC_READ_PMT|table: 5A "
        "ACK\n"
        "H SDMMC_READ_PMT|opcode A5\nD SDMMC_READ_PMT|A5 NACK\n"
        "D SDMMC_READ_PMT|status 0x0000040D S_PART_NO_VALID_TABLE\n"
        "H SDMMC_READ_PMT|opcode A5\nD SDMMC_READ_PMT|01 another byte\nD SDMMC_READ_PMT|length of the table "
        "0x2\n"
        "H SDMMC_READ_PMT|length of the table: A5 NACK\nH SDMMC_RESET_DIS|opcode 64\nD SDMMC_RESET_DIS|5A "
        "ACK\n");
    check_behind(
        LOOP,
        "H A4\nD 5A\nH 00 00 00 02\nD 5A\nH 01*96\nD 69\nH 02*96\nD 5A\nH 00 00 00 00\nD 5A 5A\nH 64\nD 5A\n",
        "H SDMMC_WRITE_PMT|opcode A4\nD SDMMC_WRITE_PMT|5A ACK\nH SDMMC_WRITE_PMT|number of entries 0x2\n"
        "D SDMMC_WRITE_PMT|5A ACK\nH SDMMC_WRITE_PMT|entry, 96 bytes: 01010101010101010101010101010101...\n"
        "D SDMMC_WRITE_PMT|entry: 69 CONT\n"
        "H SDMMC_WRITE_PMT|entry, 96 bytes: 02020202020202020202020202020202...\nD SDMMC_WRITE_PMT|entry: 5A "
        "ACK\n"
        "H SDMMC_WRITE_PMT|update 0x0\nD SDMMC_WRITE_PMT|table: 5A ACK\nD SDMMC_WRITE_PMT|5A ACK\n"
        "H SDMMC_RESET_DIS|opcode 64\nD SDMMC_RESET_DIS|5A ACK\n");
}

/* 5.13: one loader comes, one does not. */
static void test_loaders(void **state)
{
    (void)state;
    check_behind(
        LOOP,
        "H 51\nD 5A\nH 00 00 01 00 05\nD 5A 69\nH 00 00 00 02\nH 5A 05 11*27 00 00 00 80 22 33\nD 5A\nH "
        "A5\nD 5A\nD 5A\n"
        "H 5A 44*128 22 00\nD 69\nD 5A 00*4\nH 64\nD 5A\n",
        "H DOWNLOAD_BLOADER|opcode 51\nD DOWNLOAD_BLOADER|5A ACK\n"
        "H DOWNLOAD_BLOADER|packet length, or length of the key's hash 0x100\n"
        "H DOWNLOAD_BLOADER|flash device 0x5\nD DOWNLOAD_BLOADER|5A ACK\nD DOWNLOAD_BLOADER|69 CONT\n"
        "H DOWNLOAD_BLOADER|number of boot loaders 0x2\nH DOWNLOAD_BLOADER|boot loader: 5A ACK\n"
        "H DOWNLOAD_BLOADER|device, type, addresses, attributes, anti-clone, 28 bytes: "
        "05111111111111111111111111111111...\nH DOWNLOAD_BLOADER|size 0x80\n"
        "H DOWNLOAD_BLOADER|reserved blocks, alignment, 2 bytes: 2233\nD DOWNLOAD_BLOADER|boot loader: 5A "
        "ACK\n"
        "H DOWNLOAD_BLOADER|boot loader: A5 NACK\nD DOWNLOAD_BLOADER|boot loader: 5A ACK\n"
        "D DOWNLOAD_BLOADER|5A ACK\nH DOWNLOAD_BLOADER|5A ACK\n"
        "H DOWNLOAD_BLOADER|boot loader, 128 left, 128 bytes: 44444444444444444444444444444444...\n"
        "H DOWNLOAD_BLOADER|sum 0x2200\nD DOWNLOAD_BLOADER|69 CONT\nD DOWNLOAD_BLOADER|5A ACK\n"
        "D DOWNLOAD_BLOADER|boot loader: status 0x00000000 ok\nH SDMMC_RESET_DIS|opcode 64\n"
        "D SDMMC_RESET_DIS|5A ACK\n");
}

/* 7.7; and bytes that are no opcode, with and without an answer. */
static void test_end(void **state)
{
    (void)state;
    check_behind(LOOP, "H 01\nD BB\nH 5A\nH D9\nD 5A\nH 00 00 00 02\nD 5A\nH DB 00*6\nD 5A\n",
                 "H |byte 01, which is no opcode\nD |BB UNKNOWN_CMD\nH |byte 5A, which is no opcode\n"
                 "H FINISH|opcode D9\nD FINISH|5A ACK\nH FINISH|how 0x2\nD FINISH|5A ACK\n"
                 "H ENABLE_WATCHDOG|opcode DB\nH ENABLE_WATCHDOG|time and flags, 6 bytes: 000000000000\n"
                 "D ENABLE_WATCHDOG|5A ACK\n");
}

/* An agent that changes the speed of USB leaves the bus and is still in its loop, whatever ids it has then (5.2). */
static void test_again_on_the_bus(void **state)
{
    (void)state;
    static const uint8_t setup[] = {0x80, 6, 0, 1, 0, 0, 18, 0};
    static const uint8_t device[18] = {18, 1, 0, 2, 2, 0, 0, 64, 0xD1, 0x18, 0x0D, 0xD0};
    struct log l = {.text = ""};
    struct decoder *d = decoder_new(log_keep, &l);
    assert_non_null(d);
    feed(d, LOOP "H 73 01 D0 0D 18 D1\nD 5A\n");
    decoder_reenumerated(d, 1, 1, 2);
    decoder_control(d, 1, 1, setup, 0, device, sizeof(device));
    l.text[0] = 0;
    feed(d, "H 72\nD 5A 01\n");
    decoder_free(d);
    assert_string_equal(l.text, "H USB_CHECK_STATUS|opcode 72\nD USB_CHECK_STATUS|5A ACK\n"
                                "D USB_CHECK_STATUS|USB speed 0x1\n");
    assert_int_equal(l.unknown, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connect),    cmocka_unit_test(test_connect_without_brom),
        cmocka_unit_test(test_dram),       cmocka_unit_test(test_single_record),
        cmocka_unit_test(test_2015),       cmocka_unit_test(test_v3),
        cmocka_unit_test(test_read),       cmocka_unit_test(test_write),
        cmocka_unit_test(test_nand_write), cmocka_unit_test(test_format),
        cmocka_unit_test(test_table),      cmocka_unit_test(test_loaders),
        cmocka_unit_test(test_end),        cmocka_unit_test(test_again_on_the_bus),
    };
    return cmocka_run_group_tests_name("traces/decode-legacy", tests, NULL, NULL);
}
