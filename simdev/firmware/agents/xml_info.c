/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent tells about the phone and about itself, as small files. da-xml.md sections 4, 4.1, 7. */
#include <string.h>

#include "simdev/firmware/agents/sla.h"
#include "simdev/firmware/agents/xml.h"

#define INFO_MAX        2048u
#define TABLE_MAX       (64u + AG_PARTITIONS_MAX * 512u) /* names may be all entities */
#define FDM_PER_SECTOR  8u /* spare bytes of a 1 KiB NAND sector that are no parity */
#define NAND_SECTOR     1024u
#define PRE_EOL_WARNING 2u

static unsigned long long size_of(const struct xm *x, enum board_area a)
{
    return ag_area_size(x->p, a);
}

/* RPMB is nothing that the storage engine gives to hosts. */
static unsigned long long rpmb_size(const struct xm *x)
{
    struct flash_area *a = phone_board(x->p)->area[BOARD_RPMB];
    return a ? flash_size(a) : 0;
}

/* ---- GET-HW-INFO ---- */

static void put_emmc(struct xm *x, struct xm_out *o)
{
    const struct board *b = phone_board(x->p);
    xm_put(
        o,
        "<emmc><block_size>0x%x</block_size><boot1_size>0x%llx</boot1_size><boot2_size>0x%llx</boot2_size>",
        board_block_size(b), size_of(x, BOARD_BOOT1), size_of(x, BOARD_BOOT2));
    xm_put(o, "<rpmb_size>0x%llx</rpmb_size><user_size>0x%llx</user_size>", rpmb_size(x),
           size_of(x, BOARD_USER));
    xm_put(o, "<gp1_size>0</gp1_size><gp2_size>0</gp2_size><gp3_size>0</gp3_size><gp4_size>0</gp4_size><id>");
    xm_put_hex(o, b->emmc.cid, sizeof(b->emmc.cid));
    xm_put(o, "</id></emmc>");
}

static void put_ufs(struct xm *x, struct xm_out *o)
{
    const struct board *b = phone_board(x->p);
    unsigned form = phone_settings(x->p)->xml_ufs_ids;
    uint8_t id[16];
    size_t n = board_storage_id(b, id);
    xm_put(o, "<ufs><block_size>0x%x</block_size><lua0_size>0x%llx</lua0_size><lua1_size>0x%llx</lua1_size>",
           board_block_size(b), size_of(x, BOARD_BOOT1), size_of(x, BOARD_BOOT2));
    xm_put(o, "<lua2_size>0x%llx</lua2_size><lua3_size>0</lua3_size>", size_of(x, BOARD_USER));
    if (form != XML_UFS_CID) {
        xm_put(o, "<id>");
        xm_put_hex(o, id, n);
        xm_put(o, "</id>");
    }
    if (form != XML_UFS_ID) {
        xm_put(o, "<ufs_vendor_id>0x%x</ufs_vendor_id><ufs_cid>", b->ufs.manufacturer);
        xm_put_hex(o, id, n);
        xm_put(o, "</ufs_cid><ufs_fwver>");
        xm_put_escaped(o, b->ufs.fw_version);
        xm_put(o, "</ufs_fwver>");
    }
    xm_put(o, "</ufs>");
}

static void put_nand(struct xm *x, struct xm_out *o)
{
    const struct board_nand *n = &phone_board(x->p)->nand;
    xm_put(o, "<nand><block_size>0x%x</block_size><page_size>0x%x</page_size><spare_size>0x%x</spare_size>",
           n->page_size * n->pages_per_block, n->page_size, n->spare_size);
    xm_put(o, "<total_size>0x%llx</total_size><id>", size_of(x, BOARD_USER));
    xm_put_hex(o, n->id, n->id_len);
    uint32_t fdm = n->page_size / NAND_SECTOR * FDM_PER_SECTOR;
    xm_put(o, "</id><page_parity_size>0x%x</page_parity_size><sub_type>SLC</sub_type></nand>",
           n->spare_size > fdm ? n->spare_size - fdm : 0);
}

static const struct {
    enum board_storage storage;
    const char *word;
    void (*put)(struct xm *x, struct xm_out *o);
} storages[] = {{BOARD_EMMC, "EMMC", put_emmc}, {BOARD_UFS, "UFS", put_ufs}, {BOARD_NAND, "NAND", put_nand}};

static void put_storage(struct xm *x, struct xm_out *o)
{
    if (!ag_has_storage(x->p)) {
        xm_put(o, "<storage>NONE</storage>");
        return;
    }
    for (size_t i = 0; i < sizeof(storages) / sizeof(storages[0]); i++) {
        if (storages[i].storage != phone_board(x->p)->storage)
            continue;
        xm_put(o, "<storage>%s</storage>", storages[i].word);
        storages[i].put(x, o);
    }
    xm_put(o, "<product_id></product_id>");
}

enum xm_result xm_get_hw_info(struct xm *x)
{
    const struct board *b = phone_board(x->p);
    char memory[INFO_MAX];
    const char *target;
    if (!xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    struct xm_out o = xm_out_init(memory, sizeof(memory));
    bool some = ag_has_storage(x->p);
    xm_put(&o, XML_HEAD "<da_hw_info><version>%s</version><ram_size>0x%llx</ram_size>", some ? "1.2" : "1.0",
           b->dram.up ? (unsigned long long)b->dram.size : 0);
    xm_put(&o, "<battery_voltage>%u</battery_voltage><random_id>", b->battery_mv);
    xm_put_hex(&o, b->random_id, sizeof(b->random_id));
    xm_put(&o, "</random_id>");
    put_storage(x, &o);
    xm_put(&o, "</da_hw_info>");
    return xm_give_file(x, "HW-INFO", target, o.s, o.len + 1) ? XM_OK : XM_ERR;
}

/* ---- properties, version ---- */

enum xm_result xm_get_sys_property(struct xm *x)
{
    char memory[INFO_MAX];
    const char *key, *target;
    if (!xm_arg(x, "key", &key) || !xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    struct xm_out o = xm_out_init(memory, sizeof(memory));
    xm_put(&o, XML_HEAD "<sys_prop version=\"1.0\">");
    if (strcmp(key, "DA.SLA") == 0 || strcmp(key, "all") == 0)
        xm_put(&o, "<item key=\"DA.SLA\">%s</item>", ag_sla_required(x->p) ? "ENABLED" : "DISABLED");
    xm_put(&o, "</sys_prop>");
    return xm_give_file(x, "sys-prop", target, o.s, o.len) ? XM_OK : XM_ERR; /* the one file without a NUL */
}

enum xm_result xm_get_da_info(struct xm *x)
{
    char memory[INFO_MAX];
    const char *target;
    if (!xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    struct xm_out o = xm_out_init(memory, sizeof(memory));
    xm_put(&o,
           XML_HEAD "<da_info><version>1.0</version><da_version>2021</da_version>"
                    "<build>Apr 02 %04u:12:00:00</build></da_info>",
           x->year % 10000);
    return xm_give_file(x, "DA-INFO", target, o.s, o.len + 1) ? XM_OK : XM_ERR;
}

/* ---- partitions ---- */

enum xm_result xm_read_partition_table(struct xm *x)
{
    const char *target;
    size_t n = 0;
    if (!xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    struct ag_partition *rows = phone_alloc(x->p, AG_PARTITIONS_MAX * sizeof(*rows));
    if (ag_table(x->p, rows, AG_PARTITIONS_MAX, &n) != AG_OK)
        n = 0; /* no table is an empty table, and no error */
    struct xm_out o = xm_out_init(xm_reserve(x, &x->file, TABLE_MAX), TABLE_MAX);
    xm_put(&o, XML_HEAD "<partition_table version=\"1.0\">");
    for (size_t i = 0; i < n; i++) {
        if (rows[i].boot)
            continue; /* not in the user area, which is what offsets are of */
        xm_put(&o, "<pt><name>");
        xm_put_escaped(&o, rows[i].name);
        xm_put(&o, "</name><start>0x%llx</start><size>0x%llx</size></pt>", (unsigned long long)rows[i].start,
               (unsigned long long)rows[i].size);
    }
    xm_put(&o, "</partition_table>");
    phone_release(x->p, rows);
    return xm_give_file(x, "partition-table", target, o.s, o.len + 1) ? XM_OK : XM_ERR;
}

/* What went to storage since the agent started. */
enum xm_result xm_get_feedback(struct xm *x)
{
    const char *target;
    if (!xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    struct xm_out o = xm_out_init(xm_reserve(x, &x->file, TABLE_MAX), TABLE_MAX);
    xm_put(&o, XML_HEAD "<image_feedback version=\"1.0\">");
    size_t first = x->n_images > XM_IMAGES_MAX ? x->n_images - XM_IMAGES_MAX : 0;
    for (size_t i = first; i < x->n_images; i++) {
        const struct xm_image *image = &x->images[i % XM_IMAGES_MAX];
        xm_put(&o, "<image><name>");
        xm_put_escaped(&o, image->name);
        xm_put(&o, "</name><size>0x%llx</size><checksum>0x%x</checksum></image>",
               (unsigned long long)image->len, image->sum);
    }
    xm_put(&o, "</image_feedback>");
    return xm_give_file(x, "dev", target, o.s, o.len + 1) ? XM_OK : XM_ERR;
}

/* ---- EMMC-CONTROL ---- */

enum xm_result xm_emmc_control(struct xm *x)
{
    const struct board *b = phone_board(x->p);
    bool some = ag_has_storage(x->p);
    const char *function, *target, *answer = NULL;
    if (!xm_arg(x, "function", &function) || !xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    if (strcmp(function, "LIFE-CYCLE-STATUS") == 0)
        answer = !some || b->emmc.pre_eol < PRE_EOL_WARNING ? "OK"
                 : b->emmc.pre_eol == PRE_EOL_WARNING       ? "WARNING"
                                                            : "EXHAUSTED";
    else if (strcmp(function, "GET-RPMB-KEY-STATUS") == 0)
        answer = some && rpmb_size(x) ? "EXIST" : "NOT-EXIST"; /* programmed at the factory */
    if (!answer)
        return XM_OK; /* any other function: nothing happens, and that is well */
    return xm_give_file(x, function, target, answer, strlen(answer) + 1) ? XM_OK : XM_ERR;
}
