/* SPDX-License-Identifier: Apache-2.0 */
#include "script_link.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/error_index.h"

enum kind { HOST, PHONE, TIMEOUT, IDLE, STUCK, CTRL, STALL, GONE, ABSENT, OPEN };

static const struct word {
    const char *text;
    enum kind kind;
} words[] = {{">", HOST},         {"<", PHONE},    {"!timeout", TIMEOUT}, {"!idle", IDLE},
             {"!stuck", STUCK},   {"!ctrl", CTRL}, {"!stall", STALL},     {"!gone", GONE},
             {"!absent", ABSENT}, {"!open", OPEN}};

struct step {
    enum kind kind;
    uint8_t *bytes;
    size_t len, pos;
};

struct script_link {
    struct mtk_link base;
    struct step *steps;
    size_t n, at;
    int64_t now;
    bool open, chop;
    struct mtk_link_identity id;
    char problem[256];
};

/* ---- the text ---- */

static void bad_script(const char *word)
{
    fprintf(stderr, "script: \"%s\" is not understood\n", word);
    abort();
}

static void add_bytes(struct step *st, const char *word)
{
    char *end = NULL;
    unsigned long value = strtoul(word, &end, 16), count = 1;
    if (end != word + 2 || (*end && *end != '*'))
        bad_script(word);
    if (*end == '*')
        count = strtoul(end + 1, &end, 10);
    if (*end || count == 0 || st->kind > STALL || (st->kind > PHONE && st->kind < CTRL))
        bad_script(word);
    st->bytes = realloc(st->bytes, st->len + count);
    if (!st->bytes)
        abort();
    memset(st->bytes + st->len, (int)value, count);
    st->len += count;
}

static void add_word(struct script_link *s, const char *word)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i].text) != 0)
            continue;
        s->steps = realloc(s->steps, (s->n + 1) * sizeof(*s->steps));
        if (!s->steps)
            abort();
        s->steps[s->n++] = (struct step){.kind = words[i].kind};
        return;
    }
    if (s->n == 0)
        bad_script(word);
    add_bytes(&s->steps[s->n - 1], word);
}

static void parse(struct script_link *s, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, " \n");
        char word[32];
        if (*text == '#')
            len = strcspn(text, "\n");
        else if (len >= sizeof(word))
            bad_script(text);
        else if (len > 0) {
            memcpy(word, text, len);
            word[len] = '\0';
            add_word(s, word);
        }
        text += len + (text[len] != '\0');
    }
}

/* ---- the pipe ---- */

static struct step *current(struct script_link *s)
{
    return s->at < s->n ? &s->steps[s->at] : NULL;
}

/* The step that decides what happens next; "!idle" gives way to everything that is not a read. */
static struct step *next_active(struct script_link *s)
{
    while (s->at < s->n && s->steps[s->at].kind == IDLE)
        s->at++;
    return current(s);
}

static ssize_t problem(struct script_link *s, const char *what, const uint8_t *bytes, size_t len)
{
    if (!s->problem[0]) {
        int n = snprintf(s->problem, sizeof(s->problem), "step %zu of %zu: %s", s->at + 1, s->n, what);
        for (size_t i = 0; i < len && i < 24 && n > 0 && (size_t)n < sizeof(s->problem); i++)
            n += snprintf(s->problem + n, sizeof(s->problem) - (size_t)n, " %02X", bytes[i]);
    }
    errno = EPROTO;
    return MTK_LINK_IO;
}

/* True if the phone is not there (any more). */
static bool gone(struct script_link *s)
{
    struct step *st = current(s);
    if (s->open && st && st->kind == GONE) {
        s->at++;
        s->open = false;
    }
    return !s->open;
}

static int s_open(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err)
{
    struct script_link *s = (struct script_link *)l;
    struct step *st = s->id.generation ? next_active(s) : current(s);
    if (s->open)
        return 0;
    if (st && st->kind == ABSENT) {
        s->at++;
        s->now += timeout_ns;
        return mtk_fail(err, MTK_E_MTK_NO_PHONE, MTK_EV_NO_ANSWER, "no phone in the script");
    }
    if (st && st->kind == OPEN)
        s->at++;
    else if (s->id.generation > 0)
        problem(s, "a second open", NULL, 0);
    s->open = true;
    s->id.generation++;
    return 0;
}

static ssize_t s_read(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns)
{
    struct script_link *s = (struct script_link *)l;
    struct step *st = current(s);
    if (s->problem[0])
        return problem(s, "", NULL, 0);
    if (st && st->kind == IDLE && s->at + 1 < s->n && s->steps[s->at + 1].kind == PHONE)
        st = next_active(s);
    if (gone(s))
        return MTK_LINK_GONE;
    if (st && (st->kind == TIMEOUT || st->kind == IDLE)) {
        s->at += st->kind == TIMEOUT;
        s->now += timeout_ns;
        return MTK_LINK_TIMEOUT;
    }
    if (!st || st->kind != PHONE)
        return problem(s, st ? "the host reads where it should write" : "the host reads after the end", NULL,
                       0);
    size_t n = st->len - st->pos < len ? st->len - st->pos : len;
    n = s->chop && n > 1 ? 1 : n;
    memcpy(buf, st->bytes + st->pos, n);
    st->pos += n;
    s->at += st->pos == st->len;
    return (ssize_t)n;
}

static ssize_t s_write(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns)
{
    struct script_link *s = (struct script_link *)l;
    const uint8_t *p = buf;
    l->taken = 0;
    if (s->problem[0])
        return problem(s, "", NULL, 0);
    for (next_active(s); l->taken < len;) {
        struct step *st = current(s);
        if (gone(s))
            return MTK_LINK_GONE;
        if (st && st->kind == STUCK) {
            s->at++;
            s->now += timeout_ns;
            return MTK_LINK_TIMEOUT;
        }
        if (!st || st->kind != HOST || st->bytes[st->pos] != p[l->taken])
            return problem(s, "the host writes", p, len);
        l->taken++;
        st->pos++;
        s->at += st->pos == st->len;
    }
    return gone(s) && len == 0 ? MTK_LINK_GONE : (ssize_t)len;
}

static int s_control(struct mtk_link *l, uint8_t request_type, uint8_t request, uint16_t value,
                     uint16_t index, void *buf, uint16_t length)
{
    struct script_link *s = (struct script_link *)l;
    struct step *st = next_active(s);
    uint8_t setup[8] = {
        request_type,          request,         (uint8_t)value,        (uint8_t)(value >> 8), (uint8_t)index,
        (uint8_t)(index >> 8), (uint8_t)length, (uint8_t)(length >> 8)};
    if (gone(s))
        return MTK_LINK_GONE;
    if (!st || (st->kind != CTRL && st->kind != STALL))
        return length;
    if (st->len != sizeof(setup) + length || memcmp(st->bytes, setup, sizeof(setup)) != 0 ||
        (length && memcmp(st->bytes + sizeof(setup), buf, length) != 0))
        return (int)problem(s, "another control request", setup, sizeof(setup));
    s->at++;
    errno = EPIPE;
    return st->kind == STALL ? MTK_LINK_IO : length;
}

static void s_identity(struct mtk_link *l, struct mtk_link_identity *id)
{
    *id = ((struct script_link *)l)->id;
}

static void s_close(struct mtk_link *l)
{
    ((struct script_link *)l)->open = false;
}

static void s_destroy(struct mtk_link *l)
{
    struct script_link *s = (struct script_link *)l;
    for (size_t i = 0; i < s->n; i++)
        free(s->steps[i].bytes);
    free(s->steps);
    free(s);
}

static int64_t s_now(void *ctx)
{
    return ((struct script_link *)ctx)->now;
}

static void s_sleep(void *ctx, int64_t ns)
{
    ((struct script_link *)ctx)->now += ns;
}

static const struct mtk_link_ops script_ops = {
    .name = "script",
    .open = s_open,
    .read = s_read,
    .write = s_write,
    .control = s_control,
    .identity = s_identity,
    .close = s_close,
    .destroy = s_destroy,
};

struct mtk_link *script_link_closed(const char *script)
{
    struct script_link *s = calloc(1, sizeof(*s));
    if (!s)
        abort();
    s->base = (struct mtk_link){.ops = &script_ops, .clock = {.now = s_now, .sleep_ns = s_sleep, .ctx = s}};
    parse(s, script);
    return &s->base;
}

struct mtk_link *script_link_new(const char *script)
{
    struct mtk_link *l = script_link_closed(script);
    s_open(l, 0, NULL);
    return l;
}

void script_link_identity(struct mtk_link *l, uint16_t vid, uint16_t pid)
{
    ((struct script_link *)l)->id.vid = vid;
    ((struct script_link *)l)->id.pid = pid;
}

void script_link_chop(struct mtk_link *l)
{
    ((struct script_link *)l)->chop = true;
}

const char *script_link_problem(const struct mtk_link *l)
{
    const struct script_link *s = (const struct script_link *)l;
    size_t at = s->at;
    while (at < s->n && (s->steps[at].kind == IDLE || s->steps[at].kind == GONE))
        at++;
    if (s->problem[0])
        return s->problem;
    return at < s->n ? "the script did not come to its end" : NULL;
}

int64_t script_link_now(const struct mtk_link *l)
{
    return ((const struct script_link *)l)->now;
}

void script_link_finish(struct mtk_link *l)
{
    char text[300] = "";
    const char *why = script_link_problem(l);
    if (why)
        snprintf(text, sizeof(text), "%s (at step %zu)", why, ((struct script_link *)l)->at + 1);
    mtk_link_free(l);
    if (why)
        fail_msg("%s", text);
}
