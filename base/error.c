/* SPDX-License-Identifier: Apache-2.0 */
/* The error value and look-ups in the catalogue, see error.h. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void fill(struct mtk_error *err, int index, enum mtk_evidence evidence, const char *fmt, va_list ap)
{
    if (!err)
        return;
    memset(err, 0, sizeof(*err));
    err->row = &mtk_err_rows[index];
    err->evidence = evidence;
    vsnprintf(err->what, sizeof(err->what), fmt, ap);
}

int mtk_fail(struct mtk_error *err, int index, enum mtk_evidence evidence, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fill(err, index, evidence, fmt, ap);
    va_end(ap);
    return -1;
}

int mtk_fail_file(struct mtk_error *err, int index, const char *file, unsigned line, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fill(err, index, MTK_EV_FILE, fmt, ap);
    va_end(ap);
    if (err) {
        snprintf(err->file, sizeof(err->file), "%s", file ? file : "");
        err->line = line;
    }
    return -1;
}

int mtk_why(char *why, size_t len, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (why && len)
        vsnprintf(why, len, fmt, ap);
    va_end(ap);
    return -1;
}

void mtk_error_step(struct mtk_error *err, const char *stage, const char *command)
{
    if (!err)
        return;
    if (stage && !err->stage[0])
        snprintf(err->stage, sizeof(err->stage), "%s", stage);
    if (command && !err->command[0])
        snprintf(err->command, sizeof(err->command), "%s", command);
}

void mtk_error_offset(struct mtk_error *err, uint64_t offset)
{
    if (!err)
        return;
    err->has_offset = true;
    err->offset = offset;
}

static size_t keep_bytes(uint8_t *out, const void *in, size_t n)
{
    if (n > MTK_ERROR_BYTES)
        n = MTK_ERROR_BYTES;
    if (n)
        memcpy(out, in, n);
    return n;
}

void mtk_error_bytes(struct mtk_error *err, const void *expected, size_t n_expected, const void *got,
                     size_t n_got)
{
    if (!err)
        return;
    err->n_expected = keep_bytes(err->expected, expected, n_expected);
    err->n_got = keep_bytes(err->got, got, n_got);
}

void mtk_error_status(struct mtk_error *err, uint32_t status)
{
    if (!err)
        return;
    err->has_status = true;
    err->device_status = status;
}

bool mtk_error_is(const struct mtk_error *err, int index)
{
    return err && err->row == &mtk_err_rows[index];
}

static bool is_alias(const struct mtk_err_row *r)
{
    return strncmp(r->stage, "alias:", 6) == 0;
}

const struct mtk_err_row *mtk_err_by_symbol(const char *symbol)
{
    const struct mtk_err_row *alias = NULL;
    for (size_t i = 0; i < mtk_err_count; i++) {
        const struct mtk_err_row *r = &mtk_err_rows[i];
        if (strcasecmp(r->symbol, symbol) != 0)
            continue;
        if (!is_alias(r))
            return r;
        alias = alias ? alias : r;
    }
    return alias;
}

const struct mtk_err_row *mtk_err_by_code(const char *family, uint32_t code)
{
    for (size_t i = 0; i < mtk_err_count; i++) {
        const struct mtk_err_row *r = &mtk_err_rows[i];
        if (r->coded && r->code == code && !is_alias(r) && strcmp(r->family, family) == 0)
            return r;
    }
    return NULL;
}

/* Accepts 123, -123 and 0x7B; a negative number is one that a tool printed as signed (errors.md section 2 item 3). */
static bool parse_number(const char *words, uint32_t *code)
{
    char *end = NULL;
    errno = 0;
    long long v = strtoll(words, &end, 0);
    if (errno || end == words || *end || v < INT32_MIN || v > UINT32_MAX)
        return false;
    *code = (uint32_t)v;
    return true;
}

/* Users write the number without 0x too: "c0050005". Pure decimal digits were taken as decimal already. */
static bool parse_bare_hex(const char *words, uint32_t *code)
{
    size_t n = strlen(words);
    if (n < 2 || n > 8 || strspn(words, "0123456789abcdefABCDEF") != n)
        return false;
    *code = (uint32_t)strtoul(words, NULL, 16);
    return true;
}

static bool contains(const char *hay, const char *needle)
{
    size_t n = strlen(needle);
    for (; *hay; hay++)
        if (strncasecmp(hay, needle, n) == 0)
            return true;
    return false;
}

size_t mtk_err_search(const char *words, const struct mtk_err_row **out, size_t max)
{
    size_t found = 0;
    uint32_t code = 0;
    const struct mtk_err_row *exact = mtk_err_by_symbol(words);
    bool number = !exact && (parse_number(words, &code) || parse_bare_hex(words, &code));
    if (!*words)
        return 0;
    for (int aliases = 0; aliases < 2; aliases++) {
        for (size_t i = 0; i < mtk_err_count; i++) {
            const struct mtk_err_row *r = &mtk_err_rows[i];
            bool hit = exact    ? strcasecmp(r->symbol, words) == 0
                       : number ? r->coded && r->code == code
                                : contains(r->symbol, words) || contains(r->words, words);
            if (!hit || is_alias(r) != (aliases == 1))
                continue;
            if (found < max)
                out[found] = r;
            found++;
        }
    }
    return found;
}
