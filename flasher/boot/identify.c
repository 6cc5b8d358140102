/* SPDX-License-Identifier: Apache-2.0 */
/* From an open port to a phone of which we know what it is, in the order of the field's tools (section 7.2, 10.1). */
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/boot/wire.h"
#include "protocol/error_index.h"

#define DEFAULT_WAIT (30 * NS_PER_S)
/* Waiting is cut into pieces so that the user can end it. */
#define OPEN_SLICE (500 * NS_PER_MS)
/* A link's words on why there is no phone yet. */
#define HINT_LEN 240
/* A phone that comes and goes this often has no battery or a broken preloader; waiting on would not help. */
#define LOST_LIMIT 5

/* ---- single commands ---- */

int boot_get_hw_code(struct boot *b, uint16_t *hw_code, struct mtk_error *err)
{
    if (boot_op(b, "GET_HW_CODE", BROM_GET_HW_CODE, err) != 0 ||
        boot_get16(b, hw_code, "the hardware code", err) != 0)
        return -1;
    return boot_expect_ok(b, MTK_E_STATUS_BROM_GET_BBCHIP_HW_VER_FAIL, "the status", err);
}

int boot_get_hw_sw_ver(struct boot *b, struct mtk_phone_id *id, struct mtk_error *err)
{
    uint16_t sub_code, hw, sw;
    if (boot_op(b, "GET_HW_SW_VER", BROM_GET_HW_SW_VER, err) != 0 ||
        boot_get16(b, &sub_code, "the hardware sub code", err) != 0 ||
        boot_get16(b, &hw, "the hardware version", err) != 0 ||
        boot_get16(b, &sw, "the software version", err) != 0)
        return -1;
    id->hw_sub_code = sub_code;
    id->hw_version = hw;
    id->sw_version = sw;
    return boot_expect_ok(b, MTK_E_STATUS_BROM_GET_BBCHIP_HW_VER_FAIL, "the status", err);
}

int boot_get_target_config(struct boot *b, uint32_t *config, struct mtk_error *err)
{
    if (boot_op(b, "GET_TARGET_CONFIG", BROM_GET_TARGET_CONFIG, err) != 0 ||
        boot_get32(b, config, "the target config", err) != 0)
        return -1;
    return boot_expect_ok(b, MTK_E_S_SECURITY_GET_SEC_CONFIG_FAIL, "the status", err);
}

/* An answer that is a value where nothing is left to compare it with but common sense. */
static int odd_answer(struct boot *b, uint8_t got, const char *text, struct mtk_error *err)
{
    mtk_fail(err, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, "%s", text);
    mtk_error_bytes(err, NULL, 0, &got, 1);
    return boot_fail(b, err);
}

int boot_get_bl_ver(struct boot *b, uint8_t *ver, struct mtk_error *err)
{
    if (boot_ask(b, "GET_BL_VER", BROM_GET_BL_VER, ver, err) != 0)
        return -1;
    /* A preloader says its version, 1 to 3 so far; a boot ROM does not know the opcode and echoes it. */
    if (*ver != BROM_GET_BL_VER && (*ver == 0 || *ver >= 0x80))
        return odd_answer(b, *ver, "the answer is neither a preloader's version nor a boot ROM's echo", err);
    return 0;
}

int boot_get_version(struct boot *b, uint8_t *ver, struct mtk_error *err)
{
    return boot_ask(b, "GET_VERSION", BROM_GET_VERSION, ver, err);
}

static int get_pl_cap(struct boot *b, uint32_t *cap, struct mtk_error *err)
{
    uint32_t reserved;
    if (boot_op(b, "GET_PL_CAP", BROM_GET_PL_CAP, err) != 0 ||
        boot_get32(b, cap, "the capabilities", err) != 0)
        return -1;
    return boot_get32(b, &reserved, "the reserved word of the capabilities", err);
}

int boot_get_id(struct boot *b, const char *command, uint8_t op, uint8_t *out, size_t *len,
                struct mtk_error *err)
{
    uint32_t n;
    size_t room = *len;
    *len = 0;
    if (boot_op(b, command, op, err) != 0 || boot_get32(b, &n, "the length of the id", err) != 0)
        return -1;
    if (n == 0 || n > room) {
        uint8_t expected[4], got[4];
        mtk_fail(err, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, "an id of %u bytes, where %zu are known",
                 n, room);
        put_be32(expected, (uint32_t)room);
        put_be32(got, n);
        mtk_error_bytes(err, expected, sizeof(expected), got, sizeof(got));
        return boot_fail(b, err);
    }
    if (boot_get(b, out, n, MTK_T_REPLY, 0, "the id", err) != 0)
        return -1;
    if (boot_expect_ok(b, MTK_E_STATUS_BROM_CMD_FAIL, "the status", err) != 0)
        return -1;
    *len = n;
    return 0;
}

/* ---- the sequence ---- */

static void name_chip(struct mtk_phone_id *id)
{
    id->chip = mtk_chip_by_hw_code(id->hw_code);
    if (!id->chip) {
        snprintf(id->chip_name, sizeof(id->chip_name), "hw 0x%04X", id->hw_code);
        return;
    }
    snprintf(id->chip_name, sizeof(id->chip_name), "%.*s", (int)strcspn(id->chip->names, "/, "),
             id->chip->names);
}

/*
 * Stops the watchdog, which would bite in the middle of the agent's work (section 7.4). A phone that refuses is no
 * reason to stop: preloaders kick it themselves, and so do agents. Anything else is, because step is lost.
 */
static int stop_watchdog(struct boot *b, const struct mtk_phone_id *id, struct mtk_error *err)
{
    struct mtk_error local = {0};
    const struct mtk_chip *c = id->chip;
    if (!c || c->wdt_addr == 0 || c->has64bit)
        return 0;
    if (boot_write_reg(b, c->wdt_width == 16 ? 16 : 32, c->wdt_addr, c->wdt_disable, &local) == 0)
        return 0;
    if (local.evidence == MTK_EV_REFUSED) {
        mtk_note(b->opt.sink, 2, "the watchdog keeps running: %s", local.what);
        return 0;
    }
    if (err)
        *err = local;
    return -1;
}

/*
 * An optional question. Parts that do not know it echo the opcode and say no more (section 4.1 rule 7): that is an
 * answer too. Nothing is left in the pipe afterwards.
 */
static int optional(struct boot *b, int result, const struct mtk_error *why, struct mtk_error *err)
{
    if (result == 0)
        return 0;
    bool absent = why->evidence == MTK_EV_NO_ANSWER && why->n_expected == 0;
    if (!absent && why->evidence != MTK_EV_REFUSED) {
        if (err)
            *err = *why;
        return -1;
    }
    mtk_note(b->opt.sink, 1, "%s: the phone does not tell (%s)", b->command, why->what);
    if (absent)
        mtk_link_drain(b->l, boot_timeout(b, MTK_T_DRAIN, 0));
    return 0;
}

/* FE again before each id, as the field's tools do: it costs a byte and proves that both ends are in step. */
static int still_in_step(struct boot *b, const struct mtk_phone_id *id, struct mtk_error *err)
{
    uint8_t ver;
    if (boot_get_bl_ver(b, &ver, err) != 0)
        return -1;
    if (ver == id->bl_ver)
        return 0;
    mtk_fail(err, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER,
             "the phone answers another version than before");
    mtk_error_bytes(err, &id->bl_ver, 1, &ver, 1);
    return boot_fail(b, err);
}

static int ask_ids(struct boot *b, struct mtk_phone_id *id, struct mtk_error *err)
{
    /* Preloaders up to version 2 only echo E1, E7 and FB, and a host would wait for ever (section 4.2). */
    if (!id->brom && id->bl_ver <= 2)
        return 0;
    struct mtk_error why = {0};
    id->me_id_len = sizeof(id->me_id);
    if (still_in_step(b, id, err) != 0 ||
        optional(b, boot_get_id(b, "GET_ME_ID", BROM_GET_ME_ID, id->me_id, &id->me_id_len, &why), &why,
                 err) != 0)
        return -1;
    id->soc_id_len = sizeof(id->soc_id);
    if (still_in_step(b, id, err) != 0 ||
        optional(b, boot_get_id(b, "GET_SOC_ID", BROM_GET_SOC_ID, id->soc_id, &id->soc_id_len, &why), &why,
                 err) != 0)
        return -1;
    if (id->brom)
        return 0;
    return optional(b, get_pl_cap(b, &id->pl_cap, &why), &why, err);
}

/* FD, watchdog, D8, FE, FF, FC, ids. */
static int identify(struct boot *b, struct mtk_phone_id *id, struct mtk_error *err)
{
    uint16_t hw_code;
    uint8_t version;
    if (boot_get_hw_code(b, &hw_code, err) != 0)
        return -1;
    id->hw_code = hw_code;
    name_chip(id);
    if (stop_watchdog(b, id, err) != 0 || boot_get_target_config(b, &id->target_config, err) != 0 ||
        boot_get_bl_ver(b, &id->bl_ver, err) != 0)
        return -1;
    id->brom = id->bl_ver == BROM_GET_BL_VER;
    b->stage = boot_stage(id);
    if (boot_get_version(b, &version, err) != 0)
        return -1;
    if (!id->brom && version != BROM_GET_VERSION)
        return odd_answer(b, version, "a preloader echoes this opcode", err);
    id->brom_version = version == BROM_GET_VERSION ? 0 : version;
    if (boot_get_hw_sw_ver(b, id, err) != 0)
        return -1;
    return ask_ids(b, id, err);
}

/* ---- the port ---- */

static int cancelled(struct boot *b, struct mtk_error *err)
{
    mtk_fail(err, MTK_E_MTK_CANCELLED, MTK_EV_HOST, "cancelled while waiting for a phone");
    return boot_fail(b, err);
}

/* Tells the user what the phone that is waited for lacks, once for each reason. said: what was told last. */
static void show_hint(const struct boot *b, char said[HINT_LEN])
{
    char text[HINT_LEN] = "";
    if (b->l->ops->hint)
        b->l->ops->hint(b->l, text, sizeof(text));
    if (text[0] && strcmp(text, said) != 0)
        mtk_note(b->opt.sink, 3, "waiting for a phone: %s", text);
    memcpy(said, text, sizeof(text));
}

/* Opens the link, however long the phone takes to appear; the whole wait is told in the error. */
static int open_link(struct boot *b, int64_t start, int64_t deadline, struct mtk_error *err)
{
    const struct mtk_clock *c = &b->l->clock;
    char said[HINT_LEN] = "";
    b->command = "OPEN";
    for (;;) {
        int64_t left = deadline - c->now(c->ctx);
        if (boot_cancelled(b))
            return cancelled(b, err);
        left = left > 0 ? left : 0;
        if (b->l->ops->open(b->l, left < OPEN_SLICE ? left : OPEN_SLICE, err) == 0)
            return 0;
        if (!mtk_error_is(err, MTK_E_MTK_NO_PHONE) || left <= OPEN_SLICE) {
            err->waited_ns = c->now(c->ctx) - start;
            return boot_fail(b, err);
        }
        show_hint(b, said);
    }
}

/*
 * Tells a preloader that a tool is there, which starts its READY stream (section 1.4). Over USB the speed means
 * nothing; a link that does not know its device's identity has set its own. Refusal is harmless.
 */
static void announce(struct boot *b)
{
    struct mtk_link_identity who = {0};
    uint8_t coding[7] = {0, 0, 0, 0, 0, 0, 8}; /* 1 stop bit, no parity, 8 bits */
    const struct mtk_link_ops *ops = b->l->ops;
    if (ops->identity)
        ops->identity(b->l, &who);
    if (!ops->control || who.vid == 0)
        return;
    put_le32(coding, who.pid == MTK_USB_PID_BROM ? 115200 : 921600);
    int r = ops->control(b->l, CDC_REQ_OUT, CDC_SET_LINE_CODING, 0, 0, coding, sizeof(coding));
    if (r != MTK_LINK_GONE && ops->control(b->l, CDC_REQ_OUT, CDC_SET_CONTROL_LINE_STATE, 2, 0, NULL, 0) < 0)
        r = MTK_LINK_IO;
    if (r < 0)
        mtk_note(b->opt.sink, 0, "the phone refused the line coding; going on");
}

/* Port and handshake, again and again while the phone comes and goes: its window may be over before we are ready. */
static int reach(struct boot *b, struct boot_sync *sync, struct mtk_error *err)
{
    const struct mtk_clock *c = &b->l->clock;
    int64_t start = c->now(c->ctx);
    int64_t deadline = mtk_deadline(start, b->opt.wait_ns ? b->opt.wait_ns : DEFAULT_WAIT);
    for (unsigned lost = 1;; lost++) {
        if (open_link(b, start, deadline, err) != 0)
            return -1;
        struct boot fresh = boot_begin(b->l, &b->opt);
        *b = fresh;
        announce(b);
        if (boot_handshake(b, sync, err) == 0)
            return 0;
        if (err->evidence != MTK_EV_LEFT_BUS || lost >= LOST_LIMIT || c->now(c->ctx) >= deadline)
            return -1;
        b->l->ops->close(b->l);
        mtk_note(b->opt.sink, 1, "the phone left before the handshake was done; waiting for it to come back");
    }
}

int mtk_boot_connect(struct mtk_link *l, const struct mtk_boot_options *opt, struct mtk_phone_id *id,
                     struct mtk_error *err)
{
    struct boot b = boot_begin(l, opt);
    struct boot_sync sync;
    struct mtk_error local = {0};
    err = err ? err : &local;
    memset(id, 0, sizeof(*id));
    if (reach(&b, &sync, err) != 0)
        return -1;
    /* Where the port cannot tell: a boot ROM answers the first A0, a preloader swallows it (section 3.1). */
    if (strcmp(b.stage, "boot") == 0)
        b.stage = sync.ready || sync.swallowed ? "preloader" : "brom";
    if (identify(&b, id, err) == 0)
        return 0;
    /* A0 came back as A0 and FD as FD, and then nothing: that is how a plug or a terminal with echo behaves. */
    if (sync.already && id->hw_code == 0 && mtk_error_is(err, MTK_E_MTK_NO_ANSWER)) {
        mtk_fail(
            err, MTK_E_MTK_NOT_A_PHONE, MTK_EV_WRONG_ANSWER,
            "the port returns what is sent to it and nothing else; it is a loopback or a terminal with echo");
        boot_fail(&b, err);
    }
    return -1;
}
