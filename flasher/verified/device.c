/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/device.h"

#include <inttypes.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/verified/plan_steps.h"
#include "flasher/verified/policy.h"
#include "protocol/error_index.h"

const struct mtk_area *mtk_device_area(const struct mtk_session *s, const char *name)
{
    for (size_t i = 0; i < s->agent_info.n_areas; i++)
        if (strcmp(s->agent_info.areas[i].name, name) == 0)
            return &s->agent_info.areas[i];
    return NULL;
}

const char *mtk_device_user_area(const struct mtk_session *s)
{
    return mtk_storage_user_area(s->agent_info.storage);
}

uint32_t mtk_device_block(const struct mtk_session *s)
{
    return s->agent_info.block_size ? s->agent_info.block_size : 512;
}

uint32_t mtk_device_erase_unit(const struct mtk_session *s)
{
    return s->agent_info.erase_size ? s->agent_info.erase_size : mtk_device_block(s);
}

bool mtk_device_erases_first(const struct mtk_session *s)
{
    return strcmp(s->agent_info.storage, "nand") == 0;
}

/* A drain into memory. */
struct memory {
    uint8_t *buf;
    size_t len, done;
};

static uint8_t *memory_buffer(void *ctx, size_t want, size_t *room, struct mtk_error *err)
{
    struct memory *m = ctx;
    *room = m->len - m->done < want ? m->len - m->done : want;
    if (*room)
        return m->buf + m->done;
    mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_NONE, "a read delivered more than it was asked for");
    return NULL;
}

static int memory_commit(void *ctx, size_t len, struct mtk_error *err)
{
    (void)err;
    ((struct memory *)ctx)->done += len;
    return 0;
}

int mtk_device_read(struct mtk_session *s, const char *area, uint64_t addr, void *buf, size_t len,
                    struct mtk_error *err)
{
    struct memory m = {.buf = buf, .len = len};
    const struct mtk_drain drain = {.buffer = memory_buffer, .commit = memory_commit, .ctx = &m};
    return s->agent->ops->read(s->agent, area, addr, len, &drain, err);
}

/* ---- the partition table ---- */

/* Both usual tables fit: 34 blocks of 512 bytes, 6 blocks of 4096 (formats.md 4.2). */
#define TABLE_BYTES 0x6000u

/* The beginning of the disk is read in one go, because every command costs a dozen transfers. */
struct table_reader {
    struct mtk_session *s;
    const char *area;
    uint8_t head[TABLE_BYTES];
    size_t head_len;
};

static int read_table(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    struct table_reader *r = ctx;
    if (!range_fits(offset, len, r->head_len))
        return mtk_device_read(r->s, r->area, offset, buf, len, err);
    memcpy(buf, r->head + offset, len);
    return 0;
}

static int read_gpt(struct mtk_session *s, const struct mtk_area *area, struct mtk_error *err)
{
    struct table_reader r = {.s = s, .area = area->name};
    r.head_len = area->size < sizeof(r.head) ? (size_t)area->size : sizeof(r.head);
    if (mtk_device_read(s, area->name, 0, r.head, r.head_len, err) < 0)
        return -1;
    if (mtk_gpt_read(read_table, &r, area->size, mtk_device_block(s), &s->table, err) < 0)
        return -1;
    s->table_kind = MTK_TABLE_GPT;
    if (s->table.from_backup)
        mtk_note(s->sink, 2, "the phone's first partition table is damaged; its backup is used");
    if (s->table.n_hidden)
        mtk_note(s->sink, 2,
                 "%zu partitions stand behind an empty entry of the table, where the phone's firmware stops "
                 "reading; "
                 "they are left alone",
                 s->table.n_hidden);
    return 0;
}

/* 1: the agent has a table; 0: it has none, or an empty one; -1: the agent was lost. */
static int ask_agent(struct mtk_session *s, struct mtk_gpt *out, struct mtk_error *err)
{
    const struct mtk_agent_ops *ops = s->agent->ops;
    struct mtk_error why = {0};
    if (!ops->table)
        return 0;
    if (ops->table(s->agent, out, &why) < 0) {
        if (s->agent->usable && !mtk_error_is(&why, MTK_E_MTK_CANCELLED))
            return 0;
        *err = why;
        return -1;
    }
    if (out->n_entries)
        return 1;
    mtk_gpt_release(out);
    return 0;
}

/* What the agent says of a phone that has a GPT must be the same; the GPT itself is what the phone will boot by. */
static int compare_with_agent(struct mtk_session *s, struct mtk_error *err)
{
    struct mtk_gpt said = {0};
    int n = ask_agent(s, &said, err);
    if (n <= 0)
        return n;
    for (size_t i = 0; i < said.n_entries; i++) {
        const struct mtk_gpt_entry *e = mtk_gpt_find(&s->table, said.entries[i].name);
        if (!mtk_policy_table(said.entries[i].name) &&
            (!e || e->start != said.entries[i].start || e->size != said.entries[i].size))
            mtk_note(s->sink, 2,
                     "the agent's catalogue disagrees with the partition table about %s; the table is used",
                     said.entries[i].name);
    }
    mtk_gpt_release(&said);
    return 0;
}

static int agent_table(struct mtk_session *s, const struct mtk_area *area, struct mtk_error *err)
{
    int n = ask_agent(s, &s->table, err);
    if (n <= 0)
        return n;
    for (size_t i = 0; i < s->table.n_entries; i++) {
        const struct mtk_gpt_entry *e = &s->table.entries[i];
        if (range_fits(e->start, e->size, area->size))
            continue;
        mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_POLICY,
                 "the agent's table puts %s (0x%" PRIX64 "+0x%" PRIX64 ") outside of the storage", e->name,
                 e->start, e->size);
        mtk_gpt_release(&s->table);
        return -1;
    }
    bool pmt = !s->agent_info.gpt || s->agent->ops->set_table || mtk_device_erases_first(s);
    s->table_kind = pmt ? MTK_TABLE_PMT : MTK_TABLE_CATALOGUE;
    s->table.block_size = mtk_device_block(s);
    s->table.disk_size = area->size;
    return 1;
}

static int find_table(struct mtk_session *s, struct mtk_error *err)
{
    struct mtk_error why = {0};
    const char *name = mtk_device_user_area(s);
    const struct mtk_area *area = mtk_device_area(s, name);
    if (!area)
        return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_POLICY,
                        "the phone has no area %s for a partition table", name);
    bool gpt = s->agent_info.gpt && !mtk_device_erases_first(s);
    if (gpt && read_gpt(s, area, &why) == 0)
        return compare_with_agent(s, err);
    if (gpt && !mtk_error_is(&why, MTK_E_MTK_GPT_INVALID)) {
        *err = why;
        return -1;
    }
    int n = agent_table(s, area, err);
    if (n != 0)
        return n < 0 ? -1 : 0;
    if (!gpt)
        return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_POLICY, "the agent finds no partition table");
    *err = why;
    return -1;
}

void mtk_device_forget_table(struct mtk_session *s)
{
    mtk_gpt_release(&s->table);
    s->table = (struct mtk_gpt){0};
    s->table_kind = MTK_TABLE_NONE;
}

/* Images, plans and backups go by name, so a name has to say one place. */
static int check_names(const struct mtk_gpt *t, struct mtk_error *err)
{
    for (size_t i = 0; i < t->n_entries; i++)
        for (size_t k = i + 1; k < t->n_entries; k++)
            if (t->entries[i].name[0] && strcmp(t->entries[i].name, t->entries[k].name) == 0)
                return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                                "the phone's partition table has %s twice, at 0x%" PRIX64 " and 0x%" PRIX64,
                                t->entries[i].name, t->entries[i].start, t->entries[k].start);
    return 0;
}

int mtk_device_table(struct mtk_session *s, struct mtk_error *err)
{
    if (s->table_kind != MTK_TABLE_NONE)
        return 0;
    if (find_table(s, err) < 0)
        return -1;
    if (check_names(&s->table, err) == 0)
        return 0;
    mtk_device_forget_table(s);
    return -1;
}

const char *mtk_device_table_word(const struct mtk_session *s)
{
    static const char *const words[] = {[MTK_TABLE_NONE] = NULL,
                                        [MTK_TABLE_GPT] = "gpt",
                                        [MTK_TABLE_PMT] = "pmt",
                                        [MTK_TABLE_CATALOGUE] = "catalogue"};
    return words[s->table_kind];
}

/* ---- facts and places ---- */

void mtk_device_facts(const struct mtk_session *s, struct mtk_plan_phone *out)
{
    *out = (struct mtk_plan_phone){.storage = s->agent_info.storage,
                                   .areas = s->agent_info.areas,
                                   .n_areas = s->agent_info.n_areas,
                                   .block = mtk_device_block(s),
                                   .erase = mtk_device_erase_unit(s),
                                   .can_set_table = s->agent && s->agent->ops->set_table,
                                   .table = s->table_kind != MTK_TABLE_NONE ? &s->table : NULL};
}

int mtk_device_supported(const struct mtk_session *s, struct mtk_error *err)
{
    static const char *const known[] = {"emmc", "ufs", "nand"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(s->agent_info.storage, known[i]) == 0)
            return 0;
    return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY, "the phone's storage is %s",
                    s->agent_info.storage[0] ? s->agent_info.storage : "not known");
}

int mtk_device_locate(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err)
{
    static const struct mtk_gpt none = {0};
    struct mtk_plan_phone phone;
    bool needs_table = !it->boot_region || mtk_device_erases_first(s);
    if (needs_table && mtk_device_table(s, err) < 0)
        return -1;
    mtk_device_facts(s, &phone);
    return mtk_plan_place(&phone, it, needs_table ? &s->table : &none, false, err);
}
