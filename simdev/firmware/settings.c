/* SPDX-License-Identifier: Apache-2.0 */
/* Profile settings as words. What each means and where it comes from: docs/settings.md. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simdev/firmware/phone.h"

void phone_settings_default(struct phone_settings *s)
{
    memset(s, 0, sizeof *s);
    s->sla_status_len = 2;
    s->brom_write_ok = -1;
    s->either_sla_order = true;
}

enum kind { SWITCH, NUMBER, CHOICE, TEXT };

struct row {
    const char *key;
    enum kind kind;
    size_t offset;
    const char *words; /* CHOICE: "zero,one,..." */
    unsigned long max; /* NUMBER */
};

#define AT(field) offsetof(struct phone_settings, field)
static const struct row rows[] = {
    {"bad_frame", CHOICE, AT(bad_frame), "deaf,desync", 0},
    {"after_error", CHOICE, AT(after_error), "loop,dead,wdt-reset,drop", 0},
    {"upload_missing", CHOICE, 0, "silent,status", 0},
    {"strict_transfers", SWITCH, AT(strict_transfers), NULL, 0},
    {"write_lag", NUMBER, AT(write_lag), NULL, 1000},
    {"da_sla", SWITCH, AT(da_sla), NULL, 0},
    {"da_messages", SWITCH, AT(da_messages), NULL, 0},
    {"da_year", NUMBER, AT(da_year), NULL, 2100},
    {"anti_rollback", SWITCH, AT(anti_rollback), NULL, 0},
    {"foreign_agent", SWITCH, AT(foreign_agent), NULL, 0},
    {"accept_any_credential", SWITCH, AT(accept_any_credential), NULL, 0},
    {"sla_status_len", NUMBER, AT(sla_status_len), NULL, 4},
    {"battery_mv", NUMBER, AT(battery_mv), NULL, 10000},
    {"chip_id", TEXT, AT(chip_id), NULL, 0xFFFF},
    {"hide_emmc", SWITCH, AT(hide_emmc), NULL, 0},
    {"brom_write_ok", NUMBER, AT(brom_write_ok), NULL, 0xFFFF},
    {"brom_window_ms", NUMBER, AT(brom_window_ms), NULL, 1000000000},
    {"usbdl", CHOICE, AT(usbdl), "auto,off,on", 0},
    {"tool_locked", SWITCH, AT(tool_locked), NULL, 0},
    {"sla_length_order", CHOICE, 0, "big,either", 0},
};

const char *phone_settings_key(size_t i)
{
    return i < sizeof rows / sizeof *rows ? rows[i].key : NULL;
}

static int problem(char *err, size_t err_len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int problem(char *err, size_t err_len, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (err)
        vsnprintf(err, err_len, fmt, ap);
    va_end(ap);
    return -1;
}

/* Position of a word in a comma list, -1 if it is not there. */
static int choice(const char *words, const char *value)
{
    size_t n = strlen(value);
    for (int i = 0; words; i++) {
        size_t k = strcspn(words, ",");
        if (n == k && !strncmp(words, value, n))
            return i;
        words = words[k] ? words + k + 1 : NULL;
    }
    return -1;
}

static bool number(const char *value, unsigned long max, unsigned long *out)
{
    char *end;
    if (!isdigit((unsigned char)*value))
        return false;
    errno = 0;
    *out = strtoul(value, &end, 0);
    return !*end && !errno && *out <= max;
}

static bool store(struct phone_settings *s, const struct row *r, const char *value)
{
    unsigned char *field = (unsigned char *)s + r->offset;
    unsigned long n = 0;
    int c = r->kind == SWITCH ? choice("off,on,no,yes,0,1", value) : choice(r->words, value);
    switch (r->kind) {
    case SWITCH:
        *(bool *)field = c & 1;
        return c >= 0;
    case NUMBER:
        if (!number(value, r->max, &n))
            return false;
        memcpy(field, &(unsigned){(unsigned)n}, sizeof(unsigned));
        return true;
    case TEXT:
        if (!number(value, r->max, &n) || strlen(value) >= sizeof s->chip_id)
            return false;
        strcpy(s->chip_id, value);
        return true;
    case CHOICE:
        break;
    }
    if (c < 0)
        return false;
    if (!strcmp(r->key, "upload_missing"))
        s->upload_missing_status = c;
    else if (!strcmp(r->key, "sla_length_order"))
        s->either_sla_order = c;
    else
        memcpy(field, &(unsigned){(unsigned)c}, sizeof(unsigned));
    return true;
}

int phone_settings_parse(struct phone_settings *s, const char *text, char *err, size_t err_len)
{
    const char *eq = strchr(text, '=');
    if (!eq)
        return problem(err, err_len, "setting '%s' has no '='", text);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        if (strlen(r->key) != (size_t)(eq - text) || strncmp(r->key, text, strlen(r->key)))
            continue;
        if (!store(s, r, eq + 1))
            return problem(err, err_len, "setting %s: '%s' makes no sense", r->key, eq + 1);
        if (s->sla_status_len != 2 && s->sla_status_len != 4)
            return problem(err, err_len, "setting sla_status_len: 2 or 4 bytes");
        return 0;
    }
    return problem(err, err_len, "unknown setting '%.*s'", (int)(eq - text), text);
}
