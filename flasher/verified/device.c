/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/device.h"

#include <string.h>

#include "base/cursor.h"
#include "formats/preloader.h"
#include "protocol/error_index.h"

/* Both usual tables fit: 34 blocks of 512 bytes, 6 blocks of 4096 (formats.md 4.2). */
#define TABLE_BYTES 0x6000u

const struct mtk_area *mtk_device_area(const struct mtk_session *s, const char *name)
{
    for (size_t i = 0; i < s->agent_info.n_areas; i++)
        if (strcmp(s->agent_info.areas[i].name, name) == 0)
            return &s->agent_info.areas[i];
    return NULL;
}

const char *mtk_device_user_area(const struct mtk_session *s)
{
    return strcmp(s->agent_info.storage, "ufs") == 0 ? "lu2" : "user";
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

int mtk_device_gpt(struct mtk_session *s, struct mtk_error *err)
{
    if (s->has_gpt)
        return 0;
    const char *name = mtk_device_user_area(s);
    const struct mtk_area *area = mtk_device_area(s, name);
    if (!area)
        return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_POLICY,
                        "the phone has no area %s for a partition table", name);
    struct table_reader r = {.s = s, .area = name};
    r.head_len = area->size < sizeof(r.head) ? (size_t)area->size : sizeof(r.head);
    if (mtk_device_read(s, name, 0, r.head, r.head_len, err) < 0)
        return -1;
    if (mtk_gpt_read(read_table, &r, area->size, s->agent_info.block_size, &s->gpt, err) < 0)
        return -1;
    s->has_gpt = true;
    if (s->gpt.from_backup)
        mtk_note(s->sink, 2, "the phone's first partition table is damaged; its backup is used");
    return 0;
}

int mtk_device_supported(const struct mtk_session *s, struct mtk_error *err)
{
    if (strcmp(s->agent_info.storage, "emmc") == 0)
        return 0;
    return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                    "this version writes eMMC only, the phone's storage is %s",
                    s->agent_info.storage[0] ? s->agent_info.storage : "not known");
}

static int no_partition(const char *name, struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_NO_SUCH_PARTITION, MTK_EV_POLICY, "the phone has no partition %s", name);
}

static int locate_boot(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err)
{
    const struct mtk_area *area = mtk_device_area(s, it->area);
    if (!area || (it->second && !mtk_device_area(s, it->second)) || area->size <= MTK_PL_HEADER_EMMC)
        return no_partition(it->name, err);
    it->start = MTK_PL_HEADER_EMMC;
    it->size = area->size - MTK_PL_HEADER_EMMC;
    return 0;
}

int mtk_device_locate(struct mtk_session *s, struct mtk_item *it, struct mtk_error *err)
{
    if (it->boot_region)
        return locate_boot(s, it, err);
    if (it->area && strcmp(it->area, mtk_device_user_area(s)) != 0)
        return mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY,
                        "%s lies in area %s, which this version does not write", it->name, it->area);
    if (mtk_device_gpt(s, err) < 0)
        return -1;
    const struct mtk_gpt_entry *e = mtk_gpt_find(&s->gpt, it->name);
    if (!e)
        return no_partition(it->name, err);
    it->area = mtk_device_user_area(s);
    it->start = e->start;
    it->size = e->size;
    return 0;
}
