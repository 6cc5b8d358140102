/* SPDX-License-Identifier: Apache-2.0 */
/* What stage 2 tells about the phone: HW-INFO, DA-INFO, the partition table [4, 4.1]. Fields differ between builds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "flasher/agent/xml.h"
#include "protocol/error_index.h"

#define MEMORY_FILE "MEM://0x0:0x200000" /* the name of an info file: opaque to the agent [3.3] */

/* Areas by what the agent calls their section, and the field of their size in HW-INFO. */
static const struct {
    const char *storage, *area, *section, *size;
    bool accessible; /* RPMB and LUA3 are refused by stock agents [4] */
} areas[] = {
    {"emmc", "boot1", "EMMC-BOOT1", "boot1_size", true}, {"emmc", "boot2", "EMMC-BOOT2", "boot2_size", true},
    {"emmc", "rpmb", "EMMC-RPMB", "rpmb_size", false},   {"emmc", "user", "EMMC-USER", "user_size", true},
    {"ufs", "lu0", "UFS-LUA0", "lua0_size", true},       {"ufs", "lu1", "UFS-LUA1", "lua1_size", true},
    {"ufs", "lu2", "UFS-LUA2", "lua2_size", true},       {"nand", "nand", "NAND-WHOLE", "total_size", true},
};

const char *v6_section(const char *area)
{
    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
        if (strcmp(areas[i].area, area) == 0 && areas[i].accessible)
            return areas[i].section;
    return NULL;
}

/* Asks for an info file. 0: it is in v->doc; 1: this agent does not have the command; -1. */
static int ask(struct v6 *v, const char *command, struct mtk_error *err)
{
    struct v6_job job = {.takes_document = true};
    if (v6_command(v, command, "1.0", "<target_file>" MEMORY_FILE "</target_file>", &job, err) < 0)
        return -1;
    if (job.unsupported)
        return 1;
    if (job.got_document)
        return 0;
    return agent_fail(&v->x.s, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, err,
                      "the agent ended %s without giving the file", command);
}

static bool power_of_two(uint64_t n, uint64_t least, uint64_t most)
{
    return n >= least && n <= most && (n & (n - 1)) == 0;
}

/* Block size and areas of the storage that HW-INFO names. */
static void take_storage(struct v6 *v, const char *storage)
{
    struct mtk_agent_info *info = &v->x.s.info;
    const char *doc = v->doc;
    bool nand = strcmp(storage, "nand") == 0;
    uint64_t block = 0, usual = strcmp(storage, "ufs") == 0 ? 4096 : nand ? 2048 : 512, size;
    char id[80];
    v6_tag_number(doc, nand ? "page_size" : "block_size", &block);
    snprintf(info->storage, sizeof(info->storage), "%s", storage);
    info->block_size = (uint32_t)(power_of_two(block, 512, 1u << 20) ? block : usual);
    if (nand && v6_tag_number(doc, "block_size", &block) && power_of_two(block, 512, 64u << 20))
        info->erase_size = (uint32_t)block;
    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
        if (strcmp(areas[i].storage, storage) != 0 || !v6_tag_number(doc, areas[i].size, &size) || !size)
            continue;
        agent_add_area(&v->x.s, areas[i].area, size, areas[i].accessible);
    }
    /* The id of the storage stands behind the sizes; UFS builds of some vendors call it ufs_cid. */
    const char *from = strstr(doc, "<storage>");
    if ((v6_tag(doc, "id", NULL, &from, id, sizeof(id)) ||
         v6_tag(doc, "ufs_cid", NULL, NULL, id, sizeof(id))) &&
        id[0])
        info->storage_id_len = v6_hex(id, info->storage_id, sizeof(info->storage_id));
}

static int take_hardware(struct v6 *v, struct mtk_error *err)
{
    static const char *const known[] = {"emmc", "ufs", "nand"};
    struct mtk_agent_info *info = &v->x.s.info;
    char storage[16], id[80];
    uint64_t mv = 0;
    v6_tag_number(v->doc, "ram_size", &info->dram_size);
    if (v6_tag_number(v->doc, "battery_voltage", &mv) && mv < 100000)
        info->battery_mv = (uint32_t)mv;
    if (v6_tag(v->doc, "random_id", NULL, NULL, id, sizeof(id)))
        info->random_id_len = v6_hex(id, info->random_id, sizeof(info->random_id));
    if (!v6_tag(v->doc, "storage", NULL, NULL, storage, sizeof(storage)))
        storage[0] = 0;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcasecmp(storage, known[i]) == 0) {
            take_storage(v, known[i]);
            return 0;
        }
    return agent_fail(&v->x.s, MTK_E_STATUS_STORAGE_MISMATCH, MTK_EV_POLICY, err,
                      "the agent has found no storage on this phone (it says \"%s\")", storage);
}

int v6_learn(struct v6 *v, const struct mtk_phone_id *id, struct mtk_error *err)
{
    struct mtk_agent_info *info = &v->x.s.info;
    char version[24];
    int r = ask(v, "GET-HW-INFO", err);
    if (r < 0)
        return -1;
    if (r > 0)
        return agent_fail(&v->x.s, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY, err,
                          "this agent does not tell what storage the phone has (GET-HW-INFO is unsupported)");
    if (take_hardware(v, err) < 0)
        return -1;
    r = ask(v, "GET-DA-INFO", err);
    if (r < 0)
        return -1;
    if (r == 0 && v6_tag(v->doc, "da_version", NULL, NULL, version, sizeof(version)))
        memcpy(info->version, version, sizeof(info->version));
    snprintf(info->connection, sizeof(info->connection), "%s", id->brom ? "brom" : "preloader");
    info->max_write = info->max_read = XML_PACKET_DA2;
    info->gpt = true; /* this generation knows no other table */
    return 0;
}

static int add_entry(struct mtk_gpt *g, const char *pt, size_t *room, struct mtk_error *err)
{
    struct mtk_gpt_entry e = {0};
    uint64_t end;
    if (!v6_tag(pt, "name", NULL, NULL, e.name, sizeof(e.name)) || !e.name[0] ||
        !v6_tag_number(pt, "start", &e.start) || !v6_tag_number(pt, "size", &e.size) ||
        !add_u64(e.start, e.size, &end))
        return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                        "an entry of the agent's partition table makes no sense: %.80s", pt);
    if (g->n_entries == MTK_GPT_MAX_ENTRIES)
        return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_WRONG_ANSWER,
                        "the agent's partition table has more than %u entries", MTK_GPT_MAX_ENTRIES);
    if (g->n_entries == *room) {
        *room = *room ? *room * 2 : 64;
        struct mtk_gpt_entry *more = realloc(g->entries, *room * sizeof(*more));
        if (!more)
            return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
        g->entries = more;
    }
    g->entries[g->n_entries++] = e;
    return 0;
}

int v6_table(struct mtk_agent *a, struct mtk_gpt *out, struct mtk_error *err)
{
    struct v6 *v = (struct v6 *)a;
    struct mtk_error local = {0};
    char pt[512];
    const char *from = NULL;
    size_t room = 0;
    err = err ? err : &local;
    memset(out, 0, sizeof(*out));
    out->block_size = v->x.s.info.block_size;
    for (size_t i = 0; i < v->x.s.info.n_areas; i++) /* the area that holds it is the last one */
        out->disk_size = v->x.s.info.areas[i].size;
    int r = ask(v, "READ-PARTITION-TABLE", err);
    if (r > 0) {
        mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY, "this agent gives no partition table");
        agent_failed(&v->x.s, err);
    }
    if (r != 0)
        return -1;
    while (v6_tag(v->doc, "pt", NULL, &from, pt, sizeof(pt)))
        if (add_entry(out, pt, &room, err) < 0) {
            mtk_gpt_release(out);
            return -1;
        }
    if (out->n_entries)
        return 0;
    mtk_gpt_release(out);
    return mtk_fail(err, MTK_E_MTK_GPT_INVALID, MTK_EV_POLICY,
                    "the agent's partition table is empty: the phone has none that can be read");
}
