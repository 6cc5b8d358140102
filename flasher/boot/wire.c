/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/boot/wire.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "protocol/error_index.h"

const char *boot_stage(const struct mtk_phone_id *id)
{
    return id->brom ? "brom" : "preloader";
}

struct boot boot_begin(struct mtk_link *l, const struct mtk_boot_options *opt)
{
    struct boot b = {.l = l, .stage = "boot", .command = ""};
    struct mtk_link_identity who = {0};
    if (opt)
        b.opt = *opt;
    if (l->ops->identity)
        l->ops->identity(l, &who);
    if (who.pid == MTK_USB_PID_BROM)
        b.stage = "brom";
    else if (who.pid == MTK_USB_PID_PRELOADER)
        b.stage = "preloader";
    return b;
}

int64_t boot_timeout(const struct boot *b, enum mtk_timeout_op op, uint64_t bytes)
{
    return mtk_timeout_ns(b->opt.timeouts, op, bytes);
}

bool boot_cancelled(const struct boot *b)
{
    return b->opt.cancelled && b->opt.cancelled(b->opt.cancelled_ctx);
}

int boot_fail(const struct boot *b, struct mtk_error *err)
{
    mtk_error_step(err, b->stage, b->command);
    return -1;
}

int boot_send(struct boot *b, const void *data, size_t len, enum mtk_timeout_op timeout,
              struct mtk_error *err)
{
    if (mtk_link_write_full(b->l, data, len, boot_timeout(b, timeout, len), err) != 0)
        return boot_fail(b, err);
    return 0;
}

int boot_get(struct boot *b, void *buf, size_t len, enum mtk_timeout_op timeout, uint64_t moved,
             const char *what, struct mtk_error *err)
{
    if (mtk_link_read_named(b->l, buf, len, boot_timeout(b, timeout, moved), what, err) != 0)
        return boot_fail(b, err);
    return 0;
}

/* Says what was due beside what (if anything) came. */
static void add_expected(struct mtk_error *err, const uint8_t *field, size_t len)
{
    uint8_t got[MTK_ERROR_BYTES];
    if (!err || err->evidence == MTK_EV_HOST)
        return;
    size_t n = err->n_got;
    memcpy(got, err->got, n);
    mtk_error_bytes(err, field, len, got, n);
}

/* Sends a field and demands it back. */
static int echo(struct boot *b, const uint8_t *field, size_t len, const char *what, struct mtk_error *err)
{
    uint8_t back[4];
    char due[48];
    snprintf(due, sizeof(due), "the echo of the %s", what);
    if (boot_send(b, field, len, MTK_T_REPLY, err) != 0)
        return -1;
    if (boot_get(b, back, len, MTK_T_REPLY, 0, due, err) != 0) {
        add_expected(err, field, len);
        return -1;
    }
    if (memcmp(back, field, len) == 0)
        return 0;
    mtk_fail(err, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, "the phone sent something else than %s back",
             due);
    mtk_error_bytes(err, field, len, back, len);
    return boot_fail(b, err);
}

int boot_op(struct boot *b, const char *command, uint8_t op, struct mtk_error *err)
{
    b->command = command;
    return echo(b, &op, 1, "opcode", err);
}

int boot_ask(struct boot *b, const char *command, uint8_t op, uint8_t *answer, struct mtk_error *err)
{
    b->command = command;
    if (boot_send(b, &op, 1, MTK_T_REPLY, err) != 0)
        return -1;
    return boot_get(b, answer, 1, MTK_T_REPLY, 0, "the answer to the opcode", err);
}

int boot_echo8(struct boot *b, uint8_t v, const char *what, struct mtk_error *err)
{
    return echo(b, &v, 1, what, err);
}

int boot_echo16(struct boot *b, uint16_t v, const char *what, struct mtk_error *err)
{
    uint8_t raw[2];
    put_be16(raw, v);
    return echo(b, raw, sizeof(raw), what, err);
}

int boot_echo32(struct boot *b, uint32_t v, const char *what, struct mtk_error *err)
{
    uint8_t raw[4];
    put_be32(raw, v);
    return echo(b, raw, sizeof(raw), what, err);
}

int boot_get16(struct boot *b, uint16_t *v, const char *what, struct mtk_error *err)
{
    uint8_t raw[2];
    if (boot_get(b, raw, sizeof(raw), MTK_T_REPLY, 0, what, err) != 0)
        return -1;
    *v = get_be16(raw);
    return 0;
}

int boot_get32(struct boot *b, uint32_t *v, const char *what, struct mtk_error *err)
{
    uint8_t raw[4];
    if (boot_get(b, raw, sizeof(raw), MTK_T_REPLY, 0, what, err) != 0)
        return -1;
    *v = get_be32(raw);
    return 0;
}

int boot_status(struct boot *b, uint16_t *status, const char *what, struct mtk_error *err)
{
    if (boot_get16(b, status, what, err) != 0)
        return -1;
    if (*status != BROM_OK && !boot_failed_status(*status))
        mtk_note(b->opt.sink, 0, "%s: %s is 0x%04X, which counts as success", b->command, what, *status);
    return 0;
}

int boot_expect_ok(struct boot *b, int row, const char *what, struct mtk_error *err)
{
    uint16_t status;
    if (boot_status(b, &status, what, err) != 0)
        return -1;
    return boot_failed_status(status) ? boot_refused(b, row, status, what, NULL, err) : 0;
}

/* How much of the catalogue's meaning fits into a sentence: no remarks on sources, and no half words. */
static int meaning_len(const char *meaning)
{
    const size_t limit = 100;
    size_t n = strcspn(meaning, ";");
    if (n <= limit)
        return (int)n;
    for (n = limit; n > 0 && strncmp(meaning + n, " (", 2) != 0;)
        n--;
    for (n = n ? n : limit; n > 1 && meaning[n] != ' ';)
        n--;
    return (int)n;
}

int boot_refused(const struct boot *b, int row, uint16_t status, const char *what, const char *hint,
                 struct mtk_error *err)
{
    const struct mtk_err_row *known = mtk_err_by_code("brom_status", status);
    mtk_fail(err, row, MTK_EV_REFUSED, "the phone refused %s: %s is 0x%04X, %s (%.*s)%s%s", b->command, what,
             status, known ? known->symbol : "which no table has",
             meaning_len(known ? known->meaning : "unknown"), known ? known->meaning : "unknown",
             hint ? "; " : "", hint ? hint : "");
    mtk_error_status(err, status);
    uint8_t raw[2];
    put_be16(raw, status);
    mtk_error_bytes(err, NULL, 0, raw, sizeof(raw));
    return boot_fail(b, err);
}
