/* SPDX-License-Identifier: Apache-2.0 */
#include "test_legacy_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "base/hash.h"

/* ---- the notation ---- */

struct transfer {
    struct leg *f;
    bool host;
    uint8_t *data;
    size_t len;
};

static void end_transfer(struct transfer *t)
{
    if (!t->len)
        return;
    if (t->host)
        script_raw_host(t->f->s, t->data, t->len);
    else
        script_raw_phone(t->f->s, t->data, t->len);
    t->len = 0;
}

static void add_byte(struct transfer *t, unsigned value, size_t count)
{
    t->data = realloc(t->data, t->len + count);
    assert_non_null(t->data);
    memset(t->data + t->len, (int)value, count);
    t->len += count;
}

/* Hex digits, two a byte. */
static void add_digits(struct transfer *t, const char *word)
{
    size_t n = strlen(word);
    if (n % 2)
        fail_msg("script: %s is no whole number of bytes", word);
    for (size_t i = 0; i < n; i += 2) {
        char two[3] = {word[i], word[i + 1], 0}, *end = NULL;
        unsigned long v = strtoul(two, &end, 16);
        if (*end)
            fail_msg("script: %s is not understood", word);
        add_byte(t, (unsigned)v, 1);
    }
}

/* "[0x10 x FF]", of which the first word was read. */
static void add_many(struct transfer *t, const char *count, char **save)
{
    char *end = NULL;
    unsigned long n = strtoul(count + 1, &end, 0);
    const char *x = strtok_r(NULL, " \n", save), *byte = strtok_r(NULL, " \n", save);
    if (*end || !n || !x || strcmp(x, "x") != 0 || !byte || strlen(byte) != 3 || byte[2] != ']')
        fail_msg("script: %s ... is not understood", count);
    add_byte(t, (unsigned)strtoul(byte, NULL, 16), n);
}

static void add_line(struct leg *f, char *line)
{
    struct transfer t = {.f = f, .host = true};
    char *save = NULL;
    for (char *w = strtok_r(line, " ", &save); w && *w != '#'; w = strtok_r(NULL, " ", &save)) {
        if (*w == '[') {
            add_many(&t, w, &save);
        } else if (*w == '>' || *w == '<' || *w == '|') {
            end_transfer(&t);
            t.host = *w == '|' ? t.host : *w == '>';
        } else if (strcmp(w, "gone") == 0 || strcmp(w, "deaf") == 0 || strcmp(w, "wait") == 0) {
            end_transfer(&t);
            script_add(f->s, w);
        } else {
            add_digits(&t, w);
        }
    }
    end_transfer(&t);
    free(t.data);
}

void leg_script(struct leg *f, const char *text)
{
    char *copy = strdup(text), *save = NULL;
    assert_non_null(copy);
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        add_line(f, line);
    free(copy);
}

/* ---- sessions ---- */

static void collect(void *ctx, const struct mtk_event *ev)
{
    struct leg *f = ctx;
    size_t n = strlen(f->notes);
    if (ev->kind == MTK_EVENT_NOTE)
        snprintf(f->notes + n, sizeof(f->notes) - n, "%s\n", ev->u.note.text);
}

static bool is_cancelled(void *ctx)
{
    struct leg *f = ctx;
    return ++f->asked == f->cancel_after;
}

static void keep_progress(void *ctx, uint64_t done)
{
    ((struct leg *)ctx)->progress = done;
}

void open_start(struct leg *f, uint32_t code, bool brom, bool chop)
{
    memset(f, 0, sizeof(*f));
    f->s = script_new(chop);
    f->sink = (struct mtk_sink){.fn = collect, .ctx = f};
    f->opt.boot.sink = &f->sink;
    f->opt.boot.cancelled = is_cancelled;
    f->opt.boot.cancelled_ctx = f;
    f->id = (struct mtk_phone_id){.brom = brom, .hw_code = code, .bl_ver = brom ? 0xFE : 1};
    f->da2_len = DA2_LEN;
    f->da2_address = 0x80000000;
    f->da2 = malloc(DA2_LEN * 2);
    assert_non_null(f->da2);
    fill(f->da2, DA2_LEN * 2);
}

void with_emi(struct leg *f, unsigned version, unsigned n, uint32_t size, const void *id, uint32_t id_len)
{
    static const uint8_t constants[] = {'V',  '1',  '1', '6', 0x22, 0x88, 0x44, 0x33, 0x90, 0x00,
                                        0x70, 0x00, 'M', 'T', 'K',  '_',  'B',  'I',  'N',  0};
    f->emi_len = 0x70 + (size_t)n * size;
    f->emi = calloc(1, f->emi_len);
    assert_non_null(f->emi);
    snprintf((char *)f->emi, 0x1B, "MTK_BLOADER_INFO_v%02u", version);
    memcpy(f->emi + 0x58, constants, sizeof(constants));
    put_le32(f->emi + 0x6C, n);
    fill(f->emi + 0x70, f->emi_len - 0x70);
    for (unsigned k = 0; k < n; k++) {
        uint8_t *record = f->emi + 0x70 + (size_t)k * size;
        put_le32(record, 1);
        put_le32(record + 4, 0x0203);
        put_le32(record + 8, id_len);
        put_le32(record + 12, 0);
        memset(record + 16, (int)(0xE0 + k), 16);
        if (k + 1 == n)
            memcpy(record + 16, id, id_len);
    }
}

int start_legacy(struct leg *f)
{
    struct mtk_agent *a = NULL;
    int r = mtk_legacy_start(script_link(f->s), &f->opt, &f->id, f->da2, f->da2_len, f->da2_address, f->emi,
                             f->emi_len, &a, &f->err);
    f->g = (struct legacy *)a;
    return r;
}

void add_da2_packets(struct leg *f)
{
    for (size_t done = 0; done < f->da2_len; done += 0x1000) {
        if (done)
            leg_script(f, "< 5A\n");
        script_raw_host(f->s, f->da2 + done, f->da2_len - done < 0x1000 ? f->da2_len - done : 0x1000);
    }
}

void add_da2(struct leg *f, const char *head)
{
    leg_script(f, head);
    add_da2_packets(f);
    leg_script(f, "< 5A 5A > 5A\n");
}

void open_mt6580(struct leg *f, bool chop)
{
    open_start(f, 0x6580, false, chop);
    leg_script(f, MT6580_STAGE1 DRAM_IS_UP);
    add_da2(f, DA2_HEAD);
}

static void open_running(struct leg *f, uint32_t code)
{
    open_start(f, code, false, false);
    const struct leg_chip *chip = leg_chip_of(&f->id);
    assert_non_null(chip);
    f->g = leg_new(script_link(f->s), &f->opt.boot, chip);
    assert_non_null(f->g);
    f->g->s.stage = "da2";
    f->g->s.agent.progress = keep_progress;
    f->g->s.agent.progress_ctx = f;
}

static void add_area(struct legacy *g, const char *name, uint64_t size, uint8_t part)
{
    struct mtk_area *a = &g->s.info.areas[g->s.info.n_areas];
    snprintf(a->name, sizeof(a->name), "%s", name);
    a->size = size;
    a->readable = a->writable = part != LG_PART_RPMB;
    g->part[g->s.info.n_areas++] = part;
}

void open_agent(struct leg *f, uint32_t code)
{
    open_running(f, code);
    struct legacy *g = f->g;
    strcpy(g->s.info.storage, "emmc");
    g->s.info.block_size = 512;
    g->storage = LG_STORAGE_EMMC;
    g->write_storage = LG_WRITE_EMMC;
    add_area(g, "boot1", 0x400000, LG_PART_BOOT1);
    add_area(g, "boot2", 0x400000, LG_PART_BOOT2);
    add_area(g, "rpmb", 0x400000, LG_PART_RPMB);
    add_area(g, "user", 0x3A3E00000, LG_PART_USER);
    g->before_user = 0xC00000;
}

void open_nand_agent(struct leg *f)
{
    open_running(f, 0x6580);
    struct legacy *g = f->g;
    strcpy(g->s.info.storage, "nand");
    g->s.info.block_size = 2048;
    g->s.info.erase_size = 0x20000;
    g->s.info.gpt = false;
    g->spare = 64;
    g->storage = LG_STORAGE_NAND;
    g->write_storage = LG_STORAGE_NAND;
    add_area(g, "nand", 0x20000000, 0);
}

void close_leg(struct leg *f)
{
    if (f->g)
        f->g->s.agent.ops->destroy(&f->g->s.agent);
    free(f->emi);
    free(f->da2);
    script_free(f->s);
}

/* ---- the ops ---- */

int read_area(struct leg *f, const char *area, uint64_t addr, void *buf, size_t len)
{
    struct bytes m = {.data = buf, .len = len};
    const struct mtk_drain to = bytes_drain(&m);
    int r = f->g->s.agent.ops->read(&f->g->s.agent, area, addr, len, &to, &f->err);
    if (r == 0)
        assert_int_equal(m.at, len);
    return r;
}

/* The source's memory, which ends where the data ends, so that a speaker that takes too much is seen by ASan. */
static int with_source(struct leg *f, const void *data, size_t len,
                       int (*op)(struct leg *f, const struct mtk_source *from, const void *to, uint64_t addr,
                                 size_t len),
                       const void *to, uint64_t addr)
{
    struct bytes m = {.data = malloc(len ? len : 1), .len = len};
    const struct mtk_source from = bytes_source(&m);
    assert_non_null(m.data);
    memcpy(m.data, data, len);
    int r = op(f, &from, to, addr, len);
    free(m.data);
    return r;
}

static int op_write(struct leg *f, const struct mtk_source *from, const void *to, uint64_t addr, size_t len)
{
    return f->g->s.agent.ops->write(&f->g->s.agent, to, addr, len, from, &f->err);
}

static int op_named(struct leg *f, const struct mtk_source *from, const void *to, uint64_t addr, size_t len)
{
    (void)addr;
    return f->g->s.agent.ops->write_named(&f->g->s.agent, to, len, from, &f->err);
}

int write_area(struct leg *f, const char *area, uint64_t addr, const void *data, size_t len)
{
    return with_source(f, data, len, op_write, area, addr);
}

int write_name(struct leg *f, const char *partition, const void *data, size_t len)
{
    return with_source(f, data, len, op_named, partition, 0);
}

int erase_area(struct leg *f, const char *area, uint64_t addr, uint64_t len)
{
    return f->g->s.agent.ops->erase(&f->g->s.agent, area, addr, len, &f->err);
}

void fill(uint8_t *buf, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf[i] = (uint8_t)(i * 7 + (i >> 8) * 31 + (i >> 16));
}

static void add_sum(struct leg *f, const uint8_t *data, size_t len, bool host)
{
    uint8_t raw[2];
    put_be16(raw, sum16(0, data, len));
    if (host)
        script_raw_host(f->s, raw, sizeof(raw));
    else
        script_raw_phone(f->s, raw, sizeof(raw));
}

void add_read_packet(struct leg *f, const uint8_t *data, size_t len)
{
    script_raw_phone(f->s, data, len);
    add_sum(f, data, len, false);
}

void add_write_packet(struct leg *f, const uint8_t *data, size_t len)
{
    leg_script(f, "> 5A\n");
    script_raw_host(f->s, data, len);
    add_sum(f, data, len, true);
}
