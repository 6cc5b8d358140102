/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a fault specification. Syntax and meaning for users: docs/faults.md. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "simdev/fault/fault_set.h"

#define AT(point)  (1u << FAULT_AT_##point)
#define COMMANDS   (AT(COMMAND) | AT(STATUS))
#define WIRE       (AT(TX) | AT(RX))
#define FLASH      (AT(FLASH_READ) | AT(FLASH_WRITE) | AT(FLASH_ERASE))
#define ANY_POINT  FAULT_POINTS
#define DEFAULT_MS 500

/* What a kind can do and does if the user says no more. */
static const struct kind_row {
    const char *word;
    enum fault_kind kind;
    unsigned points;          /* where it makes sense */
    enum fault_point without; /* point if the user names none, ANY_POINT: he has to */
    bool lasts;               /* acts on every matching event, not once */
} kinds[] = {
    {"silence", FAULT_SILENCE, COMMANDS | WIRE | AT(STAGE), FAULT_AT_COMMAND, false},
    {"nak", FAULT_NAK_OUT, COMMANDS | WIRE | AT(STAGE), FAULT_AT_COMMAND, false},
    {"drop", FAULT_DROP, COMMANDS | WIRE | FLASH | AT(STAGE), ANY_POINT, false},
    {"status", FAULT_STATUS, AT(STATUS), FAULT_AT_STATUS, false},
    {"short", FAULT_SHORT, WIRE | AT(FLASH_WRITE), FAULT_AT_TX, false},
    {"flip", FAULT_FLIP, WIRE | AT(FLASH_READ) | AT(FLASH_WRITE), ANY_POINT, false},
    {"ignore", FAULT_IGNORE, FLASH, ANY_POINT, true},
    {"fail", FAULT_FAIL, FLASH | AT(DRAM_INIT) | AT(STAGE), ANY_POINT, true},
    {"delay", FAULT_DELAY, COMMANDS | WIRE | FLASH | AT(STAGE) | AT(DRAM_INIT), FAULT_AT_COMMAND, true},
    {"inject", FAULT_INJECT, COMMANDS | AT(TX), ANY_POINT, false},
};

static const char *const points[FAULT_POINTS] = {
    [FAULT_AT_COMMAND] = "command",
    [FAULT_AT_STATUS] = "status",
    [FAULT_AT_TX] = "tx",
    [FAULT_AT_RX] = "rx",
    [FAULT_AT_FLASH_READ] = "flash-read",
    [FAULT_AT_FLASH_WRITE] = "flash-write",
    [FAULT_AT_FLASH_ERASE] = "flash-erase",
    [FAULT_AT_DRAM_INIT] = "dram",
    [FAULT_AT_STAGE] = "stage",
};

static const char *const stages[] = {"brom", "preloader", "da1", "da2"};
static const char *const returns[] = {"never", "same", "brom", "reset", "off"};

struct problem {
    char *err;
    size_t len;
};

static int index_of(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(word, list[i]))
            return (int)i;
    return -1;
}

static bool number(const char *s, uint64_t max, uint64_t *out)
{
    char *end;
    if (!isdigit((unsigned char)*s))
        return false;
    errno = 0;
    *out = strtoull(s, &end, 0);
    return !*end && !errno && *out <= max;
}

/* A probability, "0.25" or "1", as a 32-bit threshold. No floating point: the same on every machine. */
static bool chance(const char *s, uint64_t *out)
{
    uint64_t num = 0, den = 1;
    if (!isdigit((unsigned char)s[0]) || s[0] > '1' || (s[1] && s[1] != '.'))
        return false;
    num = (uint64_t)(s[0] - '0');
    for (const char *d = s[1] ? s + 2 : s + 1; *d; d++) {
        if (!isdigit((unsigned char)*d) || den >= 100000000)
            return false;
        num = num * 10 + (uint64_t)(*d - '0');
        den *= 10;
    }
    if (num > den)
        return false;
    *out = (num << 32) / den;
    return true;
}

static bool hex_bytes(const char *s, struct fault *f)
{
    size_t n = strlen(s);
    if (!n || n % 2 || n / 2 > FAULT_MAX_INJECT)
        return false;
    for (size_t i = 0; i < n; i += 2) {
        char pair[3] = {s[i], s[i + 1], 0};
        if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]))
            return false;
        f->bytes[i / 2] = (uint8_t)strtoul(pair, NULL, 16);
    }
    f->count = n / 2;
    return true;
}

static bool set_word(char *field, size_t size, const char *value)
{
    if (!*value || strlen(value) >= size)
        return false;
    memcpy(field, value, strlen(value) + 1);
    return true;
}

static bool milliseconds(const char *value, int64_t *ns)
{
    uint64_t v;
    if (!number(value, 1000 * 1000 * 1000, &v))
        return false;
    *ns = (int64_t)v * NS_PER_MS;
    return true;
}

/* Keys, one function each: true if the value makes sense. */
static bool key_stage(struct fault *f, const char *v)
{
    return index_of(v, stages, sizeof stages / sizeof *stages) >= 0 && set_word(f->stage, sizeof f->stage, v);
}
static bool key_name(struct fault *f, const char *v)
{
    return set_word(f->name, sizeof f->name, v);
}
static bool key_nth(struct fault *f, const char *v)
{
    f->has_nth = true;
    return number(v, UINT32_MAX, &f->nth) && f->nth;
}
static bool key_times(struct fault *f, const char *v)
{
    f->has_times = true;
    if (!strcmp(v, "always")) {
        f->times = FAULT_ALWAYS;
        return true;
    }
    return number(v, UINT32_MAX, &f->times) && f->times;
}
static bool key_offset(struct fault *f, const char *v)
{
    f->has_offset = true;
    return number(v, UINT64_MAX, &f->offset);
}
static bool key_from(struct fault *f, const char *v)
{
    f->has_range = true;
    return number(v, UINT64_MAX, &f->from);
}
static bool key_len(struct fault *f, const char *v)
{
    return number(v, UINT64_MAX, &f->len) && f->len;
}
static bool key_at(struct fault *f, const char *v)
{
    return number(v, UINT32_MAX, &f->at);
}
static bool key_value(struct fault *f, const char *v)
{
    uint64_t n;
    bool ok = number(v, UINT32_MAX, &n);
    f->value = ok ? (uint32_t)n : 0;
    return ok;
}
static bool key_mask(struct fault *f, const char *v)
{
    uint64_t n;
    bool ok = number(v, 0xFF, &n) && n;
    f->mask = ok ? (uint8_t)n : 0;
    return ok;
}
static bool key_bit(struct fault *f, const char *v)
{
    uint64_t n;
    bool ok = number(v, 7, &n);
    f->mask = (uint8_t)(ok ? 1u << n : 0u);
    return ok;
}
static bool key_p(struct fault *f, const char *v)
{
    f->has_chance = true;
    return chance(v, &f->chance);
}
static bool key_ms(struct fault *f, const char *v)
{
    return milliseconds(v, &f->delay_ns);
}
static bool key_back(struct fault *f, const char *v)
{
    f->has_back = true;
    return f->kind == FAULT_DROP && milliseconds(v, &f->delay_ns);
}
static bool key_as(struct fault *f, const char *v)
{
    int i = index_of(v, returns, sizeof returns / sizeof *returns);
    f->value = i < 0 ? 0 : (uint32_t)i;
    return f->kind == FAULT_DROP && i >= 0;
}
static bool key_bytes(struct fault *f, const char *v)
{
    return f->kind == FAULT_INJECT && hex_bytes(v, f);
}

static const struct key_row {
    const char *key;
    bool (*set)(struct fault *f, const char *value);
    unsigned points; /* where the key means something */
} keys[] = {
    {"stage", key_stage, ~0u},
    {"name", key_name, COMMANDS | AT(STAGE) | AT(DRAM_INIT)},
    {"area", key_name, FLASH},
    {"nth", key_nth, ~0u},
    {"times", key_times, ~0u},
    {"offset", key_offset, WIRE},
    {"from", key_from, FLASH},
    {"len", key_len, FLASH},
    {"at", key_at, WIRE | FLASH},
    {"value", key_value, AT(STATUS) | AT(DRAM_INIT)},
    {"mask", key_mask, WIRE | FLASH},
    {"bit", key_bit, WIRE | FLASH},
    {"p", key_p, ~0u},
    {"ms", key_ms, ~0u},
    {"back", key_back, ~0u},
    {"as", key_as, ~0u},
    {"bytes", key_bytes, COMMANDS | AT(TX)},
};

static int set_point(struct fault *f, int point, const char *word, const struct problem *p)
{
    if (f->has_point)
        return mtk_why(p->err, p->len, "'%s': the place is given twice", word);
    f->has_point = true;
    f->point = (enum fault_point)point;
    return 0;
}

/* A word without '=': a point or a stage. */
static int bare_word(struct fault *f, const char *word, const struct problem *p)
{
    int point = index_of(word, points, FAULT_POINTS);
    if (point >= 0)
        return set_point(f, point, word, p);
    if (key_stage(f, word))
        return 0;
    return mtk_why(p->err, p->len, "'%s' is neither a place nor a stage", word);
}

static int one_word(struct fault *f, char *word, unsigned *keys_seen, const struct problem *p)
{
    char *value = strchr(word, '=');
    if (!value)
        return bare_word(f, word, p);
    *value++ = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(word, keys[i].key))
            continue;
        if (*keys_seen & 1u << i)
            return mtk_why(p->err, p->len, "'%s' is given twice", word);
        *keys_seen |= 1u << i;
        return keys[i].set(f, value)
                   ? 0
                   : mtk_why(p->err, p->len, "'%s=%s': this value makes no sense", word, value);
    }
    return mtk_why(p->err, p->len, "unknown key '%s'", word);
}

/* Keys may come before the place, so their fit is checked at the end. */
static int check(struct fault *f, const struct kind_row *k, unsigned keys_seen, const struct problem *p)
{
    if (!f->has_point) {
        if (k->without == ANY_POINT)
            return mtk_why(p->err, p->len, "'%s' needs a place (tx, rx, flash-write, ...)", k->word);
        f->point = k->without;
    }
    if (!(k->points & 1u << f->point))
        return mtk_why(p->err, p->len, "'%s' cannot happen at '%s'", k->word, points[f->point]);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys_seen & 1u << i && !(keys[i].points & 1u << f->point))
            return mtk_why(p->err, p->len, "'%s' means nothing at '%s'", keys[i].key, points[f->point]);
    if (f->kind == FAULT_INJECT && !f->count)
        return mtk_why(p->err, p->len, "'inject' needs bytes=");
    return 0;
}

static void defaults(struct fault *f, const struct kind_row *k)
{
    bool flash_flip = f->kind == FAULT_FLIP && !(WIRE & 1u << f->point);
    bool lasts = (k->lasts || flash_flip || f->has_chance) && !f->has_nth;
    if (!f->has_times)
        f->times = lasts ? FAULT_ALWAYS : 1;
    if (f->has_range && !f->len)
        f->len = 512;
    if (!f->has_range && f->len) /* "len" alone: from the start of the area */
        f->has_range = true;
    if (f->kind == FAULT_DROP && f->value == FAULT_RETURN_NEVER && f->has_back)
        f->value = FAULT_RETURN_SAME;
    if (!f->delay_ns && (f->kind == FAULT_DELAY || (f->kind == FAULT_DROP && !f->has_back)))
        f->delay_ns = DEFAULT_MS * NS_PER_MS;
}

int fault_parse_one(const char *text, size_t len, struct fault *out, char *err, size_t err_len)
{
    const struct problem p = {err, err_len};
    char buf[sizeof out->text];
    unsigned keys_seen = 0;
    while (len && isspace((unsigned char)*text))
        text++, len--;
    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    if (len >= sizeof buf)
        return mtk_why(p.err, p.len, "a fault is longer than %zu characters", sizeof buf - 1);
    memcpy(buf, text, len);
    buf[len] = 0;

    memset(out, 0, sizeof *out);
    memcpy(out->text, buf, len + 1);
    out->nth = 1;
    out->mask = 1;
    out->chance = UINT64_C(1) << 32;
    char *rest = strchr(buf, ':');
    if (rest)
        *rest++ = 0;
    const struct kind_row *k = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(buf, kinds[i].word))
            k = &kinds[i];
    if (!k)
        return mtk_why(p.err, p.len, "unknown fault '%s'", buf);
    out->kind = k->kind;
    char *save = NULL;
    for (char *w = rest ? strtok_r(rest, ", \t", &save) : NULL; w; w = strtok_r(NULL, ", \t", &save))
        if (one_word(out, w, &keys_seen, &p))
            return -1;
    if (check(out, k, keys_seen, &p))
        return -1;
    defaults(out, k);
    return 0;
}
