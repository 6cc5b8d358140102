/* SPDX-License-Identifier: Apache-2.0 */
/* The legacy agent's exchanges, one row a field. Section numbers are of da-legacy.md. */
#include "traces/decode_legacy.h"

#include "protocol/legacy.h"

#define ROW(k, n, s, w, what)                                    \
    {                                                            \
        .kind = k, .slot = s, .when = w, .size = n, .name = what \
    }
#define HOST(n, what)                ROW(TLK_HOST, n, 0, 0, what)
#define HOST_AS(slot, n, what)       ROW(TLK_HOST, n, slot, 0, what)
#define DEVICE(n, what)              ROW(TLK_DEVICE, n, 0, 0, what)
#define DEVICE_AS(slot, n, what)     ROW(TLK_DEVICE, n, slot, 0, what)
#define HOST_DATA(slot, n, what)     ROW(TLK_HOST_DATA, n, slot, 0, what)
#define DEV_DATA(slot, n, what)      ROW(TLK_DEV_DATA, n, slot, 0, what)
#define ANSWER(n)                    ROW(TLK_ANSWER, n, 0, 0, NULL)
#define ANSWER_OR(byte, n)           ROW(TLK_ANSWER, n, byte, 0, NULL)
#define HOST_ACK(what)               ROW(TLK_HOST_ACK, 1, 0, 0, what)
#define DEV_ACK(what)                ROW(TLK_DEV_ACK, 1, 0, 0, what)
#define FLOW(kind, what)             ROW(kind, 0, 0, 0, what)
#define WORD(what)                   ROW(TLK_WORD, 4, 0, 0, what)
#define CODE(what)                   ROW(TLK_CODE, 4, 0, 0, what)
#define ONLY(w, kind, n, slot, what) ROW(kind, n, slot, w, what)
#define END                          ROW(TLK_END, 0, 0, 0, NULL)

/* Sections 2 to 4. The first byte, C0, was taken by whoever found out which agent this is. */
const struct tl_row tl_start_rows[] = {
    ROW(TLK_TITLE, 0, 0, 0, "START"),
    ONLY(TLW_V4, TLK_WORD, 4, 0, "NAND"),
    ONLY(TLW_V4, TLK_DEVICE, 2, TLS_COUNT, "number of NAND ids"),
    ONLY(TLW_V4, TLK_DEV_DATA, 2, TLS_COUNT, "NAND ids"),
    ONLY(TLW_V4, TLK_WORD, 4, 0, "eMMC"),
    ONLY(TLW_V4, TLK_DEV_RAW, 16, 0, "CID"),
    ONLY(TLW_V4, TLK_HOST_ACK, 1, 0, "ids"),
    DEVICE(1, "major version"),
    DEVICE(1, "minor version"),
    DEVICE_AS(TLS_VERSION, 1, "chip id"),
    ONLY(TLW_NO_CHIP, TLK_HOST_RAW, 4, 0, "start of the configuration"),
    ONLY(TLW_NO_CHIP, TLK_DEV_ACK, 1, 0, "the agent stops"),
    ONLY(TLW_NO_CHIP, TLK_END, 0, 0, NULL),
    ROW(TLK_HOST_RAW, LG_CONFIG_LEN, 0, 0, "configuration"),
    ONLY(TLW_EXTRA_WORD, TLK_HOST, 4, 0, "word of this chip"),
    ONLY(TLW_EXTRA_SLC, TLK_HOST, 4, TLS_COUNT, "number of SLC entries"),
    ONLY(TLW_EXTRA_SLC, TLK_HOST_DATA, LG_SLC_ENTRY_LEN, TLS_COUNT, "SLC entries"),
    /* V3: a table of NAND chips is gone through [2.7]. */
    ONLY(TLW_V3, TLK_ANSWER, 0, 0, NULL),
    ONLY(TLW_V3, TLK_DEVICE, 4, 0, "BMT"),
    ONLY(TLW_V3, TLK_HOST, 4, TLS_COUNT, "number of NAND records"),
    ONLY(TLW_V3, TLK_ANSWER, 0, 0, NULL),
    ONLY(TLW_V3, TLK_TABLE, 56, TLS_COUNT, "NAND record"),
    /* V4: DRAM [2.6]. */
    ROW(TLK_TITLE, 0, 0, 0, "DRAM"),
    ONLY(TLW_V4, TLK_WORD, 4, TLS_STATUS, "DRAM"),
    ONLY(TLW_DRAM_DOWN, TLK_WORD, 4, 0, "eMMC"),
    ONLY(TLW_DRAM_DOWN, TLK_DEV_RAW, 16, 0, "CID"),
    ONLY(TLW_DRAM_DOWN, TLK_WORD, 4, 0, "NAND"),
    ONLY(TLW_DRAM_DOWN, TLK_DEVICE, 2, TLS_COUNT, "number of NAND ids"),
    ONLY(TLW_DRAM_DOWN, TLK_DEV_DATA, 2, TLS_COUNT, "NAND ids"),
    ONLY(TLW_DRAM_DOWN, TLK_HOST, 1, 0, "opcode ENABLE_DRAM"),
    ONLY(TLW_DRAM_DOWN, TLK_HOST, 4, TLS_VERSION, "EMI version"),
    ONLY(TLW_DRAM_DOWN, TLK_DEV_ACK, 1, 0, "EMI version"), /* refused, and all the same goes on */
    ONLY(TLW_EMI_GIVEN, TLK_DEVICE, 4, TLS_LENGTH, "length of a record"),
    ONLY(TLW_EMI_GIVEN, TLK_HOST_ACK, 1, 0, "length of a record"),
    ONLY(TLW_EMI_GIVEN, TLK_RECORDS, 0, TLS_LENGTH, "DRAM settings"),
    ONLY(TLW_EMI_GIVEN, TLK_DEVICE, 2, 0, "checksum"),
    ONLY(TLW_EMI_GIVEN, TLK_HOST_ACK, 1, 0, "checksum"),
    ONLY(TLW_DRAM_DOWN, TLK_HOST, 4, 0, "flags"),
    ONLY(TLW_DRAM_DOWN, TLK_CODE, 4, 0, "DRAM"),
    ONLY(TLW_DRAM_DOWN, TLK_DEVICE, 1, 0, "type of RAM"),
    ONLY(TLW_DRAM_DOWN, TLK_DEVICE, 1, 0, "chip select"),
    ONLY(TLW_DRAM_DOWN, TLK_DEVICE, 8, 0, "size of DRAM"),
    ONLY(TLW_MT6592, TLK_DEV_RAW, 20, 0, "calibration"),
    ROW(TLK_TITLE, 0, 0, 0, "STAGE2"),
    HOST(4, "address"),
    HOST_AS(TLS_LENGTH, 4, "length"),
    HOST_AS(TLS_PACKET, 4, "packet length"),
    ANSWER(0),
    FLOW(TLK_STAGE2, "stage 2"),
    DEV_ACK("stage 2 runs"),
    HOST_ACK("stage 2"),
    ROW(TLK_TITLE, 0, 0, 0, "REPORT"),
    WORD("NOR"),
    ROW(TLK_DEV_RAW, 24, 0, 0, "NOR: chip selects, id, size, codes, OTP"),
    WORD("NAND"),
    DEVICE(1, "chip select"),
    DEVICE(2, "NAND id"),
    ONLY(TLW_NAND_SIZE_64, TLK_DEVICE, 8, 0, "NAND size"),
    ONLY(TLW_NAND_SIZE_32, TLK_DEVICE, 4, 0, "NAND size"),
    DEVICE_AS(TLS_COUNT, 2, "number of NAND codes"),
    DEV_DATA(TLS_COUNT, 2, "NAND codes"),
    DEVICE(2, "page size"),
    DEVICE(2, "spare size"),
    DEVICE(2, "pages a block"),
    ROW(TLK_DEV_RAW, 3, 0, 0, "NAND: interface, address cycles, BMT"),
    WORD("eMMC"),
    DEVICE(8, "boot1 size"),
    DEVICE(8, "boot2 size"),
    DEVICE(8, "RPMB size"),
    ROW(TLK_DEV_RAW, 32, 0, 0, "sizes of general purpose areas"),
    DEVICE(8, "user size"),
    ROW(TLK_DEV_RAW, 16, 0, 0, "CID"),
    ROW(TLK_DEV_RAW, 8, 0, 0, "firmware version"),
    WORD("SD card"),
    DEVICE(8, "SD card size"),
    ROW(TLK_DEV_RAW, 16, 0, 0, "SD card CID"),
    WORD("SRAM"),
    DEVICE(4, "SRAM size"),
    WORD("DRAM"),
    DEVICE(1, "type of RAM"),
    DEVICE(1, "chip select"),
    DEVICE(8, "DRAM size"),
    ROW(TLK_DEV_RAW, 16, 0, 0, "random id"),
    ONLY(TLW_BMT_WORD, TLK_DEVICE, 4, 0, "BMT blocks"),
    FLOW(TLK_PRE_PROCESS, "preparation"),
    WORD("last download"),
    DEVICE(4, "boot style"),
    DEV_ACK("check of the chip"),
    END,
};

/* ---- commands ---- */

#define ROWS(...) ((const struct tl_row[]){__VA_ARGS__, END})

#define RANGE      HOST(8, "address"), HOST_AS(TLS_LENGTH, 8, "length")
#define BLOB(what) HOST_AS(TLS_LENGTH, 4, "length of " what), HOST_DATA(TLS_LENGTH, 1, what)
#define PHONE_INFO ONLY(TLW_MT6592, TLK_HOST, 8, 0, "time"), ONLY(TLW_MT6592, TLK_HOST, 8, 0, "MAC address")
#define NAND_HEAD \
    HOST(1, "storage"), HOST(1, "address type"), RANGE, HOST_AS(TLS_PACKET, 4, "packet length"), ANSWER(4)
#define NAND_WRITE ROWS(NAND_HEAD, FLOW(TLK_NAND_WRITE, "data"))
#define READ_TABLE                                                                        \
    ROWS(ANSWER_OR(LG_TABLE_FOLLOWS, 4), DEVICE_AS(TLS_LENGTH, 4, "length of the table"), \
         HOST_ACK("length of the table"), DEV_DATA(TLS_LENGTH, 1, "table"), HOST_ACK("table"))
#define WRITE_TABLE                                                        \
    ROWS(ANSWER(4), HOST_AS(TLS_COUNT, 4, "number of entries"), ANSWER(4), \
         ROW(TLK_TABLE, LG_PT_PMT3, TLS_COUNT, 0, "entry"), HOST(4, "update"), DEV_ACK("table"), ANSWER(4))
/* magic, 20 images, RAM checksum, status; with a version: magic, version, 40 images and names, checksum, status [5.9]. */
#define INFO_V0_LEN (24 + 20 * 20 + 32)
#define INFO_V1_LEN (24 + 8 + 40 * (20 + 16) + 32)
#define OTP_DATA    HOST(4, "offset"), HOST_AS(TLS_LENGTH, 4, "length")

static const struct {
    uint8_t op;
    const struct tl_row *rows;
} commands[] = {
    {LG_DOWNLOAD_BLOADER,
     ROWS(ANSWER(4), PHONE_INFO, HOST_AS(TLS_PACKET, 4, "packet length, or length of the key's hash"),
          ONLY(TLW_KEY_CHECK, TLK_HOST_RAW, 32, 0, "hash of the key"),
          ONLY(TLW_KEY_CHECK, TLK_CODE, 4, 0, "hash of the key"),
          ONLY(TLW_KEY_CHECK, TLK_HOST, 4, TLS_PACKET, "packet length"), HOST(1, "flash device"), ANSWER(4),
          ANSWER_OR(LG_CONT, 4), HOST_AS(TLS_COUNT, 4, "number of boot loaders"),
          FLOW(TLK_LOADERS, "boot loader"), ANSWER(4), ONLY(TLW_LOADER, TLK_WRITE, 0, 0, "boot loader"),
          ANSWER(4), CODE("boot loader"))},
    {LG_NAND_BMT_REMARK, ROWS(ANSWER(0), DEVICE(8, "begin"))},
    {LG_SDMMC_SWITCH_PART, ROWS(ANSWER(4), HOST(1, "part"), ANSWER(4))},
    {LG_SDMMC_WRITE_IMAGE,
     ROWS(PHONE_INFO, HOST(1, "checksum level"), HOST(1, "part"), RANGE, HOST(1, "index"), HOST(1, "status"),
          DEVICE_AS(TLS_PACKET, 4, "packet length"), ANSWER(4), FLOW(TLK_WRITE, "image"),
          HOST(2, "checksum of the image"), ANSWER(2))},
    {LG_SDMMC_WRITE_DATA, ROWS(PHONE_INFO, HOST(1, "storage"), HOST(1, "part"), RANGE,
                               HOST_AS(TLS_PACKET, 4, "packet length"), ANSWER(4), FLOW(TLK_WRITE, "data"))},
    {LG_SDMMC_RESET_DIS, ROWS(ANSWER(4))},
    {LG_USB_SETUP_PORT, ROWS(HOST(1, "high speed"), ANSWER(0))},
    {LG_USB_CHECK_STATUS, ROWS(ANSWER(0), DEVICE(1, "USB speed"))},
    {LG_USB_SETUP_PORT_EX, ROWS(HOST(1, "high speed"), HOST(2, "product"), HOST(2, "vendor"), ANSWER(0))},
    {LG_READ_REG32, ROWS(HOST(4, "address"), DEVICE(4, "value"), ANSWER(0))},
    {LG_WRITE_REG32, ROWS(HOST(4, "address"), HOST(4, "value"), ANSWER(0))},
    {LG_PWR_READ16, ROWS(HOST(2, "address"), DEVICE(2, "value"), ANSWER(0))},
    {LG_PWR_WRITE16, ROWS(HOST(2, "address"), HOST(2, "value"), ANSWER(0))},
    {LG_PWR_READ8, ROWS(HOST(1, "address"), DEVICE(1, "value"), ANSWER(0))},
    {LG_PWR_WRITE8, ROWS(HOST(1, "address"), HOST(1, "value"), ANSWER(0))},
    {LG_EMMC_OTP_CHECK, ROWS(CODE("OTP"))},
    {LG_EMMC_OTP_SIZE, ROWS(WORD("OTP"), DEVICE(4, "size"))},
    {LG_EMMC_OTP_READ,
     ROWS(OTP_DATA, HOST(8, "base"), CODE("OTP"), DEV_DATA(TLS_LENGTH, 1, "data"), DEVICE(2, "checksum"))},
    {LG_EMMC_OTP_PROGRAM, ROWS(OTP_DATA, HOST(8, "base"), CODE("OTP"))},
    {LG_EMMC_OTP_LOCK, ROWS(HOST(8, "base"), CODE("OTP"))},
    {LG_EMMC_OTP_LOCK_STATUS, ROWS(HOST(8, "base"), CODE("OTP"))},
    {LG_WRITE_PARTITION_TBL, WRITE_TABLE},
    {LG_READ_PARTITION_TBL, READ_TABLE},
    {LG_READ_BMT, ROWS(ANSWER(4), DEVICE_AS(TLS_COUNT, 1, "number of replaced blocks"),
                       DEV_DATA(TLS_COUNT, 4, "replaced blocks"), HOST_ACK("replaced blocks"))},
    {LG_SDMMC_WRITE_PMT, WRITE_TABLE},
    {LG_SDMMC_READ_PMT, READ_TABLE},
    {LG_READ_IMEI_PID_SWV, ROWS(ANSWER(4), ROW(TLK_DEV_RAW, 16 + 64 + 128, 0, 0, "identities"))},
    {LG_READ_DOWNLOAD_INFO,
     ROWS(HOST(1, "storage"), ANSWER(4), DEVICE_AS(TLS_VERSION, 1, "version of the record"),
          ONLY(TLW_INFO_V0, TLK_DEV_RAW, INFO_V0_LEN, 0, "record of downloads"),
          ONLY(TLW_INFO_V1, TLK_DEV_RAW, INFO_V1_LEN, 0, "record of downloads"))},
    {LG_WRITE_DOWNLOAD_INFO,
     ROWS(HOST(1, "storage"), ANSWER(4), ROW(TLK_HOST_RAW, 0x80, 0, 0, "record of downloads"))},
    {LG_SDMMC_WRITE_GPT, ROWS(BLOB("GPT"), ANSWER(4))},
    {LG_NAND_WRITE_DATA, ROWS(NAND_HEAD, FLOW(TLK_WRITE, "data"))},
    {LG_SECURE_USB_RECHECK,
     ROWS(HOST(4, "configuration"), ROW(TLK_WORD, 4, TLS_STATUS, 0, "S-USBDL"),
          ONLY(TLW_SUSBDL, TLK_DEV_RAW, 256 + 5, 0, "key"), ONLY(TLW_SUSBDL, TLK_STRING, 0, 0, "project"))},
    {LG_SECURE_IMG_INFO_CHECK, ROWS(ANSWER(4), BLOB("name"), HOST(4, "type"), BLOB("header"),
                                    HOST(4, "offset"), BLOB("signature"), BLOB("extension"), CODE("image"))},
    {LG_VERIFY_IMG_CHKSUM,
     ROWS(HOST(1, "storage"), HOST(1, "type"), RANGE, HOST(2, "checksum"), HOST(1, "index"),
          HOST(1, "status"), FLOW(TLK_PROGRESS, "comparison"), ANSWER(2))},
    {LG_GET_BL_SEC_VER, ROWS(ANSWER(4), DEVICE(4, "version"))},
    {LG_GET_BATTERY_VOLTAGE, ROWS(CODE("battery"), DEVICE(4, "millivolts"))},
    {LG_SPEED, ROWS(HOST(1, "baud rate"), HOST(1, "number of echoes"), ANSWER(0))},
    {LG_FORMAT, ROWS(HOST(1, "storage"), HOST(1, "erase flag"), HOST(1, "validation"), PHONE_INFO,
                     HOST(1, "address type"), RANGE, ANSWER(4), ANSWER(4), FLOW(TLK_PROGRESS, "format"),
                     FLOW(TLK_STATISTICS, "format"), FLOW(TLK_PRE_PROCESS, "security"))},
    {LG_WRITE, NAND_WRITE},
    {LG_READ, ROWS(HOST(1, "host OS"), HOST(1, "storage"), RANGE, ANSWER(4),
                   HOST_AS(TLS_PACKET, 4, "packet length"), FLOW(TLK_READ, "data"))},
    {LG_WRITE_REG16, ROWS(HOST(4, "address"), HOST(2, "value"), ANSWER(0))},
    {LG_READ_REG16, ROWS(HOST(4, "address"), DEVICE(2, "value"), ANSWER(0))},
    {LG_FINISH, ROWS(ANSWER(0), HOST(4, "how"), ANSWER(0))},
    {LG_ENABLE_WATCHDOG, ROWS(ROW(TLK_HOST_RAW, 6, 0, 0, "time and flags"), ANSWER(0))},
    {LG_NAND_IMAGE_LIST,
     ROWS(HOST_AS(TLS_COUNT, 4, "number of images"), ANSWER(4), ROW(TLK_TABLE, 29, TLS_COUNT, 0, "image"))},
    {LG_NFB_WRITE_IMAGE, NAND_WRITE},
    {LG_NAND_READPAGE,
     ROWS(HOST(1, "part of a page"), HOST(1, "address type"), RANGE, HOST(4, "container length"), ANSWER(4),
          DEVICE(4, "page size"), DEVICE(4, "spare size"), DEVICE_AS(TLS_PACKET, 4, "bytes a page"),
          HOST_AS(TLS_COUNT, 4, "pages a packet"), DEVICE_AS(TLS_LENGTH, 4, "total length"),
          FLOW(TLK_READ, "pages"))},
    {LG_CHK_PC_SEC_INFO, ROWS(BLOB("security file"), ANSWER(4))},
    {LG_GET_PROJECT_ID, ROWS(ROW(TLK_STRING, 0, 0, 0, "project"))},
};

const struct tl_row *tl_command_rows(uint8_t op)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (commands[i].op == op)
            return commands[i].rows;
    return NULL;
}

/* ---- conditions ---- */

enum { EXTRA_WORD = 1, EXTRA_SLC = 2 };

/* What hosts send behind the configuration [2.4]; the chip's id stands in for a hw_code that was not recorded. */
static const struct {
    uint16_t hw_code;
    uint8_t chip, extras;
} chips[] = {
    {0x6583, 0x86, EXTRA_WORD},
    {0x6582, 0x87, EXTRA_WORD},
    {0x6592, 0x8A, EXTRA_WORD},
    {0x6571, 0x8B, EXTRA_WORD},
    {0x8127, 0x8D, EXTRA_WORD | EXTRA_SLC},
    {0x6580, 0x9C, EXTRA_SLC},
    {0x8163, 0xA1, EXTRA_SLC},
};

static unsigned extras(const struct decoder *d)
{
    for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++)
        if (d->hw_code ? chips[i].hw_code == d->hw_code : chips[i].chip == d->legacy.chip)
            return chips[i].extras;
    return 0;
}

static bool is_mt6592(const struct decoder *d)
{
    return d->hw_code ? d->hw_code == 0x6592 : d->legacy.chip == 0x8A;
}

bool tl_holds(const struct decoder *d, enum tl_when when)
{
    const struct decode_legacy *g = &d->legacy;
    const uint64_t *slot = g->slot;
    switch (when) {
    case TLW_V4:
        return !g->v3;
    case TLW_V3:
        return g->v3;
    case TLW_NO_CHIP:
        return g->chip == 0xFF;
    case TLW_MT6592:
        return is_mt6592(d);
    case TLW_EXTRA_WORD:
        return extras(d) & EXTRA_WORD;
    case TLW_EXTRA_SLC:
        return extras(d) & EXTRA_SLC;
    case TLW_DRAM_DOWN:
        return !g->v3 && slot[TLS_STATUS] != 0;
    case TLW_EMI_GIVEN:
        return !g->v3 && slot[TLS_STATUS] != 0 && slot[TLS_VERSION] != LG_EMI_NO_SETTING;
    case TLW_NAND_SIZE_64:
        return g->chip >= 0x8B;
    case TLW_NAND_SIZE_32:
        return g->chip < 0x8B;
    case TLW_BMT_WORD:
        return g->chip == 0x8D || g->chip == 0x91 || g->chip == 0x99 || g->chip == 0xA1;
    case TLW_KEY_CHECK:
        return slot[TLS_PACKET] == 32;
    case TLW_INFO_V0:
        return slot[TLS_VERSION] == 0;
    case TLW_INFO_V1:
        return slot[TLS_VERSION] != 0;
    case TLW_SUSBDL:
        return slot[TLS_STATUS] == LG_S_SUSBDL_ENABLED;
    case TLW_LOADER:
        return slot[TLS_LENGTH] != 0;
    case TLW_ALWAYS:
        break;
    }
    return true;
}
