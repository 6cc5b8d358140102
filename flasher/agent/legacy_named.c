/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing by name. A legacy agent knows no names in its writes, so they are looked up in the phone's own table here.
 *
 * The preloader goes to both boot areas with SDMMC_WRITE_DATA, behind a header block made of its own numbers, as tools
 * other than the vendor's do it [5.13]. DOWNLOAD_BLOADER is not used: on phones that check the preloader's key it has a
 * step whose condition nobody knows, and a host that guesses wrong is out of step in the middle of the one write that
 * must not fail. One copy is whole at any time: the second is begun when the first is acknowledged.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flasher/agent/edges.h"
#include "flasher/agent/legacy.h"
#include "formats/preloader.h"
#include "protocol/error_index.h"

/* Everything that is written at the start of a boot area, in memory: header block and image. */
struct boot_image {
    uint8_t *data;
    size_t len, at; /* at: what the write under way has taken */
};

static ssize_t boot_next(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err)
{
    struct boot_image *b = ctx;
    size_t n = b->len - b->at < want ? b->len - b->at : want;
    (void)err;
    *data = b->data + b->at;
    b->at += n;
    return (ssize_t)n;
}

static int no_memory(struct legacy *g, struct mtk_error *err)
{
    return agent_fail(&g->s, MTK_E_MTK_INTERNAL, MTK_EV_HOST, err, "out of memory for the preloader");
}

/* Puts the image behind its header; one that has a header of its own is left as it is. */
static int assemble(struct legacy *g, enum mtk_boot_device dev, size_t len, const struct mtk_source *from,
                    struct boot_image *b, struct mtk_error *err)
{
    struct mtk_preloader p;
    size_t room = mtk_preloader_header_len(dev, g->s.info.block_size);
    b->data = malloc(room + len);
    if (!b->data)
        return no_memory(g, err);
    if (agent_source_copy(from, b->data + room, len, err) < 0)
        return agent_failed(&g->s, err);
    if (mtk_preloader_layout(b->data + room, len, "preloader", &p, err) < 0) {
        return agent_failed(&g->s, err);
    }
    if (p.gfh_offset == 0) {
        uint32_t pages = g->s.info.erase_size ? g->s.info.erase_size / g->s.info.block_size : 0;
        mtk_preloader_header(dev, p.max_size, g->s.info.block_size, g->spare, pages, b->data);
        b->len = room + len;
    } else {
        memmove(b->data, b->data + room, len);
        b->len = len;
    }
    return 0;
}

/* Progress of one of several copies, in bytes of the image. */
struct copies {
    struct legacy *g;
    uint64_t len, whole; /* of the image, of everything that is written */
    uint64_t before;
    void (*progress)(void *ctx, uint64_t done);
    void *ctx;
};

static void copy_progress(void *ctx, uint64_t done)
{
    struct copies *c = ctx;
    if (c->progress)
        c->progress(c->ctx, (uint64_t)((double)c->len * (double)(c->before + done) / (double)c->whole));
}

static int write_copies(struct legacy *g, const char *const *areas, size_t n, struct boot_image *b,
                        uint64_t len, struct mtk_error *err)
{
    struct mtk_source from = {.next = boot_next, .ctx = b};
    struct copies c = {.len = len,
                       .whole = (uint64_t)b->len * n,
                       .progress = g->s.agent.progress,
                       .ctx = g->s.agent.progress_ctx};
    int r = 0;
    g->s.agent.progress = copy_progress;
    g->s.agent.progress_ctx = &c;
    for (size_t i = 0; i < n && r == 0; i++) {
        b->at = 0;
        r = leg_write_range(g, areas[i], 0, b->len, &from, err);
        c.before += b->len;
        if (r < 0 && i)
            err->acked = 0; /* one copy is new, and the other not: nothing of the item is done */
    }
    g->s.agent.progress = c.progress;
    g->s.agent.progress_ctx = c.ctx;
    return r;
}

/* second_only: the copy in the second boot area alone, as newer scatters name it. */
static int write_preloader(struct legacy *g, bool second_only, uint64_t len, const struct mtk_source *from,
                           struct mtk_error *err)
{
    static const char *const emmc[] = {"boot1", "boot2"}, *const nand[] = {"nand"};
    bool on_nand = g->storage == LG_STORAGE_NAND;
    struct boot_image b = {0};
    if (strcmp(g->s.info.storage, "emmc") != 0 && (!on_nand || second_only))
        return agent_fail(&g->s, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY, err,
                          "where a preloader lies on storage of kind \"%s\" is not known", g->s.info.storage);
    if (len > MTK_PRELOADER_MAX_BYTES)
        return agent_fail(&g->s, MTK_E_MTK_IMAGE_TOO_LARGE, MTK_EV_FILE, err,
                          "0x%" PRIX64 " bytes are more than any preloader has", len);
    int r = assemble(g, on_nand ? MTK_BOOT_NAND : MTK_BOOT_EMMC, (size_t)len, from, &b, err);
    if (r == 0)
        r = on_nand       ? write_copies(g, nand, 1, &b, len, err)
            : second_only ? write_copies(g, emmc + 1, 1, &b, len, err)
                          : write_copies(g, emmc, 2, &b, len, err);
    free(b.data);
    return r;
}

int leg_write_named(struct mtk_agent *a, const char *partition, uint64_t len, const struct mtk_source *from,
                    struct mtk_error *err)
{
    struct legacy *g = (struct legacy *)a;
    struct mtk_error local = {0};
    err = err ? err : &local;
    if (agent_begin(&g->s, "write by name", err) < 0)
        return -1;
    if (!partition[0] || len == 0)
        return agent_fail(&g->s, MTK_E_MTK_USAGE, MTK_EV_HOST, err,
                          "cannot write %" PRIu64 " bytes to a partition named \"%.40s\"", len, partition);
    if (agent_cancelled(&g->s, 0, err))
        return -1;
    bool second_only = strcasecmp(partition, "preloader_backup") == 0;
    if (second_only || strcasecmp(partition, "preloader") == 0)
        return write_preloader(g, second_only, len, from, err);
    const struct mtk_gpt *t = leg_known_table(g, err);
    const struct mtk_gpt_entry *e = t ? mtk_gpt_find(t, partition) : NULL;
    if (!t)
        return -1;
    if (!e)
        return agent_fail(&g->s, MTK_E_MTK_NO_SUCH_PARTITION, MTK_EV_POLICY, err,
                          "the phone's table has no partition %.64s", partition);
    if (len > e->size)
        return agent_fail(&g->s, MTK_E_MTK_IMAGE_TOO_LARGE, MTK_EV_POLICY, err,
                          "0x%" PRIX64 " bytes do not fit into %.64s, which has 0x%" PRIX64, len, partition,
                          e->size);
    const char *area = g->storage == LG_STORAGE_NAND ? "nand" : "user";
    return leg_write_range(g, area, e->start, len, from, err);
}
