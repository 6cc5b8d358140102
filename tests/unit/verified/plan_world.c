/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/verified/plan_world.h"

#include <stdlib.h>

static struct mtk_scatter_row *add_row(struct world *w, const char *name, uint64_t start, uint64_t size,
                                       const char *file, enum mtk_operation op, const char *word)
{
    struct mtk_scatter_row *r = &w->rows[w->scatter.n_rows++];
    *r = user_row(name, start, size, file);
    r->operation = op;
    snprintf(r->operation_text, sizeof(r->operation_text), "%s", word);
    strcpy(r->type, "NORMAL_ROM");
    return r;
}

static void reserved_row(struct world *w, const char *name, uint64_t word, uint64_t size)
{
    struct mtk_scatter_row *r = add_row(w, name, word, size, NULL, MTK_OP_RESERVED, "RESERVED");
    r->is_reserved = true;
    r->boundary_check = false;
}

void world_add_entry(struct world *w, const char *name, uint64_t start, uint64_t size)
{
    struct mtk_gpt_entry *e = &w->table.entries[w->table.n_entries++];
    *e = (struct mtk_gpt_entry){.start = start, .size = size};
    snprintf(e->name, sizeof(e->name), "%s", name);
}

static void hear(void *ctx, const struct mtk_event *ev)
{
    struct world *w = ctx;
    size_t n = strlen(w->notes);
    assert_int_equal(ev->kind, MTK_EVENT_NOTE);
    snprintf(w->notes + n, sizeof(w->notes) - n, "%s\n", ev->u.note.text);
}

static void make_scatter(struct world *w)
{
    static const char *const files[] = {"lk", "boot"};
    uint64_t at = 2 * WORLD_MB;
    w->scatter = (struct mtk_scatter){.platform = "MT6765",
                                      .storage = "EMMC",
                                      .config_version = "V1.1.2",
                                      .project = "x",
                                      .block_size = 0x20000,
                                      .rows = w->rows};
    strcpy(add_row(w, "preloader", 0, 0x80000, "preloader_x.bin", MTK_OP_BOOTLOADERS, "BOOTLOADERS")->region,
           "EMMC_BOOT1_BOOT2");
    add_row(w, "pgpt", 0, 0x8000, NULL, MTK_OP_INVISIBLE, "INVISIBLE");
    add_row(w, "nvram", at, WORLD_MB, NULL, MTK_OP_BINREGION, "BINREGION");
    add_row(w, "proinfo", at += WORLD_MB, WORLD_MB, NULL, MTK_OP_PROTECTED, "PROTECTED");
    add_row(w, "oemdata", at += WORLD_MB, WORLD_MB, NULL, MTK_OP_PROTECTED, "PROTECTED");
    add_row(w, "nvdata", at += WORLD_MB, WORLD_MB, NULL, MTK_OP_INVISIBLE, "INVISIBLE");
    add_row(w, "cache", at += WORLD_MB, WORLD_MB, NULL, MTK_OP_INVISIBLE, "INVISIBLE");
    add_row(w, "seccfg", at += WORLD_MB, WORLD_MB, NULL, MTK_OP_PROTECTED, "PROTECTED");
    for (size_t i = 0; i < 2; i++)
        add_row(w, files[i], at += WORLD_MB, WORLD_MB, "file.img", MTK_OP_UPDATE, "UPDATE");
    add_row(w, "userdata", at += WORLD_MB, 4 * WORLD_MB, "userdata.img", MTK_OP_NEEDRESIZE, "NEEDRESIZE");
    reserved_row(w, "flashinfo", 0xFFFF0080, WORLD_MB);
    reserved_row(w, "sgpt", 0xFFFF0000, 0x8000);
}

static void make_phone(struct world *w)
{
    static const struct mtk_area areas[] = {{"boot1", 4 * WORLD_MB, true, true},
                                            {"boot2", 4 * WORLD_MB, true, true},
                                            {"rpmb", 4 * WORLD_MB, false, false},
                                            {"user", WORLD_DISK, true, true}};
    memcpy(w->areas, areas, sizeof(areas));
    w->table = (struct mtk_gpt){.block_size = 512, .disk_size = WORLD_DISK, .entries = w->table_entries};
    uint64_t end = WORLD_DISK - 0x8000 - WORLD_MB;
    for (size_t i = 2; i < 10; i++)
        world_add_entry(w, w->rows[i].name, w->rows[i].physical_start, w->rows[i].size);
    uint64_t data = world_row(w, "userdata")->physical_start;
    world_add_entry(w, "userdata", data, end - data);
    world_add_entry(w, "flashinfo", end, WORLD_MB);
}

void world_init(struct world *w, enum mtkflash_mode mode)
{
    memset(w, 0, sizeof(*w));
    make_scatter(w);
    make_phone(w);
    w->sel.mode = mode;
    w->in = (struct mtk_plan_input){.scatter = &w->scatter,
                                    .sel = &w->sel,
                                    .phone = {.storage = "emmc",
                                              .areas = w->areas,
                                              .n_areas = 4,
                                              .block = 512,
                                              .erase = 512,
                                              .table = &w->table},
                                    .backup = {.names = w->saved, .sizes = w->saved_sizes}};
}

struct mtk_scatter_row *world_row(struct world *w, const char *name)
{
    struct mtk_scatter_row *r = (struct mtk_scatter_row *)mtk_scatter_find(&w->scatter, name);
    assert_non_null(r);
    return r;
}

struct mtk_gpt_entry *world_entry(struct world *w, const char *name)
{
    struct mtk_gpt_entry *e = (struct mtk_gpt_entry *)mtk_gpt_find(&w->table, name);
    assert_non_null(e);
    return e;
}

void world_remove_entry(struct world *w, const char *name)
{
    struct mtk_gpt_entry *e = world_entry(w, name);
    size_t after = (size_t)(&w->table_entries[w->table.n_entries] - (e + 1));
    memmove(e, e + 1, after * sizeof(*e));
    w->table.n_entries--;
}

void world_remove_row(struct world *w, const char *name)
{
    struct mtk_scatter_row *r = world_row(w, name);
    size_t after = (size_t)(&w->rows[w->scatter.n_rows] - (r + 1));
    memmove(r, r + 1, after * sizeof(*r));
    w->scatter.n_rows--;
}

void world_save(struct world *w, const char *name, uint64_t size)
{
    w->in.backup.named = true;
    w->saved[w->in.backup.n] = name;
    w->saved_sizes[w->in.backup.n++] = size;
}

const char *world_plan(struct world *w)
{
    static char text[2048];
    const struct mtk_sink sink = {.fn = hear, .ctx = w};
    world_done(w);
    w->in.sink = &sink;
    w->err = (struct mtk_error){0};
    w->notes[0] = text[0] = 0;
    if (mtk_plan_select(&w->scatter, &w->sel, &sink, &w->plan, &w->err) < 0 ||
        mtk_plan_steps(&w->in, &w->plan, &w->err) < 0)
        return w->err.row->symbol;
    for (size_t i = 0; i < w->plan.n_steps; i++) {
        const struct mtk_plan_step *st = &w->plan.steps[i];
        size_t n = strlen(text);
        assert_non_null(st->why);
        snprintf(text + n, sizeof(text) - n, "%s%s:%s", n ? " " : "", mtk_action_word(st->action),
                 w->plan.items[st->item].name);
    }
    return text;
}

void world_done(struct world *w)
{
    mtk_plan_release(&w->plan);
}

const struct mtk_plan_step *world_step(const struct world *w, enum mtk_action action, const char *name)
{
    for (size_t i = 0; i < w->plan.n_steps; i++)
        if (w->plan.steps[i].action == action && strcmp(w->plan.items[w->plan.steps[i].item].name, name) == 0)
            return &w->plan.steps[i];
    return NULL;
}
