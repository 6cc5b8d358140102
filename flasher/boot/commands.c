/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that need no identified phone: registers, PMIC, baud, log, reset (sections 4.5, 4.15, 4.18, 4.19, 6.6). */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/boot/wire.h"
#include "protocol/error_index.h"

/* A boot ROM's log has a few hundred bytes; a length beyond this is a lie or a lost byte. */
#define LOG_LIMIT 65536u
/* More registers than any region that may be read has. */
#define COUNT_LIMIT 0x10000u

/* One row a way of reaching registers: names and opcodes by width. */
static const struct access {
    const char *read, *write;
    uint8_t read_op, write_op;
} access16 = {"READ16", "WRITE16", BROM_READ16, BROM_WRITE16},
  access32 = {"READ32", "WRITE32", BROM_READ32, BROM_WRITE32};

/* Opcode, address and count with their echoes, and status 1: the only one if it is a refusal. */
static int reg_head(struct boot *b, const char *command, uint8_t op, uint32_t address, uint32_t count,
                    struct mtk_error *err)
{
    if (boot_op(b, command, op, err) != 0 || boot_echo32(b, address, "address", err) != 0 ||
        boot_echo32(b, count, "count", err) != 0)
        return -1;
    return boot_expect_ok(b, MTK_E_STATUS_BROM_CMD_FAIL, "status 1", err);
}

static int read_regs(struct boot *b, unsigned width, uint32_t address, uint32_t *out, uint32_t count,
                     struct mtk_error *err)
{
    const struct access *a = width == 16 ? &access16 : &access32;
    b->command = a->read;
    if (count > COUNT_LIMIT) {
        mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST, "%u registers at once are too many", count);
        return boot_fail(b, err);
    }
    if (reg_head(b, a->read, a->read_op, address, count, err) != 0)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t raw[4];
        if (boot_get(b, raw, width / 8, MTK_T_REPLY, 0, "the value of a register", err) != 0)
            return -1;
        out[i] = width == 16 ? get_be16(raw) : get_be32(raw);
    }
    return boot_expect_ok(b, MTK_E_STATUS_BROM_CMD_FAIL, "status 2", err);
}

int boot_write_reg(struct boot *b, unsigned width, uint32_t address, uint32_t value, struct mtk_error *err)
{
    const struct access *a = width == 16 ? &access16 : &access32;
    if (reg_head(b, a->write, a->write_op, address, 1, err) != 0)
        return -1;
    int r = width == 16 ? boot_echo16(b, (uint16_t)value, "value", err) : boot_echo32(b, value, "value", err);
    if (r != 0)
        return -1;
    return boot_expect_ok(b, MTK_E_STATUS_BROM_CMD_FAIL, "status 2", err);
}

int mtk_boot_read32(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t address, uint32_t *out,
                    uint32_t count, struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    return read_regs(&b, 32, address, out, count, err);
}

int mtk_boot_read16(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t address, uint16_t *out,
                    struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    uint32_t value = 0;
    if (read_regs(&b, 16, address, &value, 1, err) != 0)
        return -1;
    *out = (uint16_t)value;
    return 0;
}

int mtk_boot_write32(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t address, uint32_t value,
                     struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    return boot_write_reg(&b, 32, address, value, err);
}

int mtk_boot_write16(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t address, uint16_t value,
                     struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    return boot_write_reg(&b, 16, address, value, err);
}

int mtk_boot_pmic_read16(struct mtk_link *l, const struct mtk_boot_options *opt, uint16_t reg,
                         uint16_t *value, struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    uint16_t pmic;
    if (boot_op(&b, "PWR_READ16", BROM_PWR_READ16, err) != 0 || boot_echo16(&b, reg, "register", err) != 0 ||
        boot_expect_ok(&b, MTK_E_STATUS_BROM_CMD_FAIL, "status 1", err) != 0 ||
        boot_get16(&b, &pmic, "the PMIC's result", err) != 0)
        return -1;
    /* Here every other value than 0 is a failure: it is the driver's own, and no register value follows it. */
    if (pmic != 0)
        return boot_refused(&b, MTK_E_STATUS_BROM_CMD_FAIL, pmic, "the PMIC's result", NULL, err);
    return boot_get16(&b, value, "the value of the register", err);
}

int mtk_boot_set_baud(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t baud,
                      struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    uint8_t coding[7] = {0, 0, 0, 0, 0, 0, 8};
    if (boot_op(&b, "UART1_SET_BAUD", BROM_UART1_SET_BAUD, err) != 0 ||
        boot_echo32(&b, baud, "baud", err) != 0 ||
        boot_expect_ok(&b, MTK_E_STATUS_BROM_CMD_FAIL, "the status", err) != 0)
        return -1;
    put_le32(coding, baud);
    if (!l->ops->control ||
        l->ops->control(l, CDC_REQ_OUT, CDC_SET_LINE_CODING, 0, 0, coding, sizeof(coding)) >= 0)
        return 0;
    mtk_fail(err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "the phone is at %u baud now, but the port cannot follow",
             baud);
    return boot_fail(&b, err);
}

int mtk_boot_brom_log(struct mtk_link *l, const struct mtk_boot_options *opt, bool newer, char **text,
                      size_t *len, struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    const char *name = newer ? "GET_BROM_LOG_NEW" : "GET_BROM_LOG";
    uint32_t n;
    if (boot_op(&b, name, newer ? BROM_GET_BROM_LOG_NEW : BROM_GET_BROM_LOG, err) != 0 ||
        boot_get32(&b, &n, "the length of the log", err) != 0)
        return -1;
    if (n > LOG_LIMIT) {
        mtk_fail(err, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER,
                 "a log of %u bytes cannot be; %u is the limit", n, LOG_LIMIT);
        return boot_fail(&b, err);
    }
    char *log = calloc(1, (size_t)n + 1);
    if (!log) {
        mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
        return boot_fail(&b, err);
    }
    if ((n > 0 && boot_get(&b, log, n, MTK_T_REPLY, 0, "the log", err) != 0) ||
        (newer && boot_expect_ok(&b, MTK_E_STATUS_BROM_CMD_FAIL, "the status", err) != 0)) {
        free(log);
        return -1;
    }
    *text = log;
    *len = n;
    return 0;
}

/* The write that resets the phone. It has worked as soon as the phone has the value, whatever comes after that. */
static int write_swrst(struct boot *b, unsigned width, uint32_t address, struct mtk_error *err)
{
    const struct access *a = width == 16 ? &access16 : &access32;
    struct mtk_error local = {0};
    uint8_t value[4];
    if (reg_head(b, a->write, a->write_op, address, 1, err) != 0)
        return -1;
    put_be32(value, RGU_SWRST_KEY);
    size_t len = width / 8;
    if (boot_send(b, value + sizeof(value) - len, len, MTK_T_REPLY, err) != 0)
        return -1;
    uint8_t back[4];
    uint16_t status = BROM_OK;
    if (boot_get(b, back, len, MTK_T_REPLY, 0, "the echo of the value", &local) != 0 ||
        boot_status(b, &status, "status 2", &local) != 0)
        return 0; /* it is gone, or too busy dying to answer */
    return boot_failed_status(status)
               ? boot_refused(b, MTK_E_STATUS_BROM_CMD_FAIL, status, "status 2", NULL, err)
               : 0;
}

int mtk_boot_reset(struct mtk_link *l, const struct mtk_boot_options *opt, const struct mtk_phone_id *id,
                   struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    const struct mtk_chip *chip = id->chip;
    b.stage = boot_stage(id);
    b.command = "WRITE32";
    uint32_t rgu = chip ? (chip->dev_rgu_base ? chip->dev_rgu_base : chip->wdt_addr) : 0;
    if (rgu == 0) {
        mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_HOST,
                 "the chip table does not say where the watchdog of %s is; hold the power key instead",
                 id->chip_name);
        return boot_fail(&b, err);
    }
    return write_swrst(&b, chip->wdt_width == 16 ? 16 : 32, rgu + RGU_SWRST, err);
}
