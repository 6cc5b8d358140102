/* SPDX-License-Identifier: Apache-2.0 */
#include "test_xflash_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "protocol/error_index.h"

enum step_kind { HOST, PHONE, GONE, DEAF, WAIT };

struct step {
    enum step_kind kind;
    uint8_t *data;
    size_t len;
};

struct script {
    struct mtk_link link; /* first */
    struct step *steps;
    size_t n, cap;
    size_t at;  /* the step under way */
    size_t pos; /* bytes of it that were read */
    int64_t now;
    bool chop;
};

static void add_step(struct script *s, enum step_kind kind, const void *data, size_t len)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 64;
        s->steps = realloc(s->steps, s->cap * sizeof(*s->steps));
        assert_non_null(s->steps);
    }
    struct step *st = &s->steps[s->n++];
    *st = (struct step){.kind = kind, .len = len, .data = malloc(len + 1)};
    assert_non_null(st->data);
    if (len)
        memcpy(st->data, data, len);
}

static void add_packet(struct script *s, enum step_kind kind, const void *payload, size_t len)
{
    uint8_t header[XFLASH_HEADER_LEN];
    put_le32(header, XFLASH_MAGIC);
    put_le32(header + 4, XFLASH_FLOW);
    put_le32(header + 8, (uint32_t)len);
    add_step(s, kind, header, sizeof(header));
    if (len)
        add_step(s, kind, payload, len);
}

void script_raw_host(struct script *s, const void *data, size_t len)
{
    add_step(s, HOST, data, len);
}

void script_raw_phone(struct script *s, const void *data, size_t len)
{
    add_step(s, PHONE, data, len);
}

void script_host(struct script *s, const void *payload, size_t len)
{
    add_packet(s, HOST, payload, len);
}

void script_phone(struct script *s, const void *payload, size_t len)
{
    add_packet(s, PHONE, payload, len);
}

/* One token of a byte line into buf (which grows); returns the new length. */
static size_t add_bytes(uint8_t **buf, size_t len, const char *token)
{
    static const uint8_t begin[8] = {0xEF, 0xEE, 0xEE, 0xFE, 1};
    char *end = NULL;
    size_t n = 8;
    unsigned long byte = 0;
    if (strcmp(token, "..") != 0) {
        byte = strtoul(token, &end, 16);
        n = *end == '*' ? strtoul(end + 1, &end, 16) : 1;
        if (*end || byte > 0xFF)
            fail_msg("script: bad token %s", token);
    }
    *buf = realloc(*buf, len + n);
    assert_non_null(*buf);
    if (end)
        memset(*buf + len, (int)byte, n);
    else
        memcpy(*buf + len, begin, n);
    return len + n;
}

static void add_line(struct script *s, char *line)
{
    enum step_kind kind = HOST;
    bool word = false;
    uint8_t *buf = NULL;
    size_t len = 0;
    char *save = NULL;
    for (char *t = strtok_r(line, " \t", &save); t && *t != '#'; t = strtok_r(NULL, " \t", &save)) {
        if ((*t == 'H' || *t == 'D') && (t[1] == '>' || t[1] == '=')) {
            kind = *t == 'H' ? HOST : PHONE;
            word = t[1] == '=';
        } else if (strcmp(t, "gone") == 0 || strcmp(t, "deaf") == 0) {
            add_step(s, *t == 'g' ? GONE : DEAF, NULL, 0);
        } else if (strcmp(t, "wait") == 0) {
            add_step(s, WAIT, NULL, 0);
        } else if (word) {
            uint8_t value[4];
            put_le32(value, (uint32_t)strtoul(t, NULL, 16));
            add_packet(s, kind, value, sizeof(value));
        } else if (*t == '|') {
            add_step(s, kind, buf, len);
            len = 0;
        } else {
            len = add_bytes(&buf, len, t);
        }
    }
    if (len)
        add_step(s, kind, buf, len);
    free(buf);
}

void script_add(struct script *s, const char *text)
{
    char *copy = strdup(text), *save = NULL;
    assert_non_null(copy);
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        add_line(s, line);
    free(copy);
}

static struct step *current(struct script *s)
{
    while (s->at < s->n && s->steps[s->at].kind == WAIT) {
        s->now += NS_PER_MS;
        s->at++;
    }
    return s->at < s->n ? &s->steps[s->at] : NULL;
}

static ssize_t script_read(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns)
{
    struct script *s = (struct script *)l;
    struct step *st = current(s);
    if (st && st->kind == GONE)
        return MTK_LINK_GONE;
    if (!st || st->kind != PHONE) {
        assert_true(timeout_ns >= 0); /* nobody may wait for ever */
        s->now += timeout_ns;
        return MTK_LINK_TIMEOUT;
    }
    size_t n = st->len - s->pos;
    n = n < len ? n : len;
    n = s->chop && n > 1 ? 1 : n;
    memcpy(buf, st->data + s->pos, n);
    s->pos += n;
    if (s->pos == st->len) {
        s->pos = 0;
        s->at++;
    }
    return (ssize_t)n;
}

static void complain(struct script *s, const uint8_t *buf, size_t len, const struct step *st)
{
    char sent[129], due[129] = "";
    hex_str(buf, len < 64 ? len : 64, sent);
    if (st)
        hex_str(st->data, st->len < 64 ? st->len : 64, due);
    fail_msg("script step %zu of %zu: the host sent %zu bytes %s; %s %zu %s", s->at, s->n, len, sent,
             !st                 ? "nothing was due"
             : st->kind == PHONE ? "it had not read"
                                 : "due were",
             st ? st->len : 0, due);
}

static ssize_t script_write(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns)
{
    struct script *s = (struct script *)l;
    struct step *st = current(s);
    assert_true(timeout_ns >= 0);
    l->taken = 0;
    if (st && st->kind == GONE)
        return MTK_LINK_GONE;
    if (!st || st->kind == PHONE || (st->kind == HOST && (st->len != len || memcmp(st->data, buf, len) != 0)))
        complain(s, buf, len, st);
    if (st && st->kind == HOST)
        s->at++;
    l->taken = len;
    return (ssize_t)len;
}

static int script_open(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err)
{
    struct script *s = (struct script *)l;
    struct step *st = current(s);
    if (!st || st->kind != GONE)
        return 0;
    if (s->at + 1 == s->n) {
        s->now += timeout_ns;
        return mtk_fail(err, MTK_E_MTK_NO_PHONE, MTK_EV_NO_ANSWER, "nobody came");
    }
    s->at++;
    return 0;
}

static void script_nothing(struct mtk_link *l)
{
    (void)l;
}

static const struct mtk_link_ops script_ops = {
    .name = "script",
    .open = script_open,
    .read = script_read,
    .write = script_write,
    .close = script_nothing,
    .destroy = script_nothing,
};

static int64_t now_of(void *ctx)
{
    return ((struct script *)ctx)->now;
}

static void sleep_of(void *ctx, int64_t ns)
{
    ((struct script *)ctx)->now += ns;
}

struct script *script_new(bool chop)
{
    struct script *s = calloc(1, sizeof(*s));
    assert_non_null(s);
    s->chop = chop;
    s->link.ops = &script_ops;
    s->link.clock = (struct mtk_clock){.now = now_of, .sleep_ns = sleep_of, .ctx = s};
    return s;
}

struct mtk_link *script_link(struct script *s)
{
    return &s->link;
}

int64_t script_now(const struct script *s)
{
    return s->now;
}

bool script_is_over(const struct script *s)
{
    return s->at == s->n || (s->steps[s->at].kind == GONE && s->at + 1 == s->n) ||
           s->steps[s->at].kind == DEAF;
}

void script_drop(struct script *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->steps[i].data);
    free(s->steps);
    free(s);
}

void script_free(struct script *s)
{
    if (!script_is_over(s))
        fail_msg("script: only %zu of %zu steps were reached", s->at, s->n);
    script_drop(s);
}

struct xflash *script_agent(struct script *s)
{
    static const struct mtk_area areas[] = {
        {"boot1", 0x400000, true, true},
        {"boot2", 0x400000, true, true},
        {"rpmb", 0x1000000, false, false},
        {"user", UINT64_C(0x1d1ec00000), true, true},
    };
    static const uint32_t sections[] = {XF_EMMC_BOOT1, XF_EMMC_BOOT2, XF_EMMC_RPMB, XF_EMMC_USER};
    const struct mtk_boot_options opt = {.timeouts = NULL};
    struct xflash *x = xf_new(script_link(s), &opt);
    assert_non_null(x);
    x->s.stage = "da2";
    x->storage = XF_STORAGE_EMMC;
    snprintf(x->s.info.storage, sizeof(x->s.info.storage), "emmc");
    x->s.info.block_size = 512;
    x->s.info.max_write = 0x200000;
    x->s.info.max_read = 0x10000;
    x->s.info.n_areas = 4;
    memcpy(x->s.info.areas, areas, sizeof(areas));
    memcpy(x->section, sections, sizeof(sections));
    return x;
}

static uint8_t *bytes_buffer(void *ctx, size_t want, size_t *room, struct mtk_error *err)
{
    struct bytes *b = ctx;
    (void)err;
    *room = want < b->len - b->at ? want : b->len - b->at;
    return b->data + b->at;
}

static int bytes_commit(void *ctx, size_t len, struct mtk_error *err)
{
    (void)err;
    ((struct bytes *)ctx)->at += len;
    return 0;
}

static ssize_t bytes_next(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err)
{
    struct bytes *b = ctx;
    (void)err;
    *data = b->data + b->at;
    b->at += want;
    return (ssize_t)want;
}

struct mtk_drain bytes_drain(struct bytes *b)
{
    return (struct mtk_drain){.buffer = bytes_buffer, .commit = bytes_commit, .ctx = b};
}

struct mtk_source bytes_source(struct bytes *b)
{
    return (struct mtk_source){.next = bytes_next, .ctx = b};
}
