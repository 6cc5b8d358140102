/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stage 2 tells about the phone [7.3, 7.4]. The structures have grown with the years, so each is read by the
 * least length that has what is needed and its tail is ignored. A code that the agent does not have is an absent
 * feature and nothing more.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/agent/xflash.h"
#include "protocol/error_index.h"

#define REPLY_MAX 512u /* more than any structure has */

#define EMMC_MIN 0x48u /* up to user_size */
#define EMMC_CID 0x48u
#define UFS_MIN  0x20u /* up to the third size */
#define UFS_CID  0x20u
#define NAND_MIN 0x20u /* up to available_size */

/* Offsets in NAND_INFO. */
#define NAND_PAGE      0x04u
#define NAND_BLOCK     0x08u
#define NAND_TOTAL     0x10u
#define NAND_AVAILABLE 0x18u
#define NAND_ID        0x21u
#define NAND_ID_LEN    12u

#define CID_LEN 16u

/* Used until the agent says better: what every agent seen takes and sends at least [7.4]. */
#define DEFAULT_PACKET 0x10000u

static void add_area(struct xflash *x, const char *name, uint64_t size, uint32_t section, bool accessible)
{
    int i = agent_add_area(&x->s, name, size, accessible);
    if (i >= 0)
        x->section[i] = section;
}

static void set_storage(struct xflash *x, const char *name, uint32_t code, uint32_t block_size,
                        uint32_t usual)
{
    bool sane = block_size >= 512 && block_size <= (1u << 20) && (block_size & (block_size - 1)) == 0;
    snprintf(x->s.info.storage, sizeof(x->s.info.storage), "%s", name);
    x->storage = code;
    x->s.info.block_size = sane ? block_size : usual;
    if (!sane)
        mtk_note(x->s.agent.sink, 2, "the agent gives a block size of %" PRIu32 "; %" PRIu32 " is used",
                 block_size, usual);
}

static void keep_id(struct xflash *x, const uint8_t *reply, size_t len, size_t at)
{
    if (len < at + CID_LEN)
        return;
    memcpy(x->s.info.storage_id, reply + at, CID_LEN);
    x->s.info.storage_id_len = CID_LEN;
}

static void take_emmc(struct xflash *x, const uint8_t *reply, size_t len)
{
    static const char *const name[] = {"boot1", "boot2", "rpmb", "gp1", "gp2", "gp3", "gp4", "user"};
    uint32_t type = get_le32(reply);
    set_storage(x, type == XF_STORAGE_SDMMC ? "sdmmc" : "emmc", type, get_le32(reply + 4), 0x200);
    for (uint32_t i = 0; i < 8; i++)
        add_area(x, name[i], get_le64(reply + 8 + 8 * i), XF_EMMC_BOOT1 + i,
                 XF_EMMC_BOOT1 + i != XF_EMMC_RPMB);
    keep_id(x, reply, len, EMMC_CID);
}

static void take_ufs(struct xflash *x, const uint8_t *reply, size_t len)
{
    static const char *const name[] = {"lu0", "lu1", "lu2"};
    set_storage(x, "ufs", XF_STORAGE_UFS, get_le32(reply + 4), 0x1000);
    for (uint32_t i = 0; i < 3; i++)
        add_area(x, name[i], get_le64(reply + 8 + 8 * i), 1 + i, true);
    keep_id(x, reply, len, UFS_CID);
}

/*
 * Cells of more than one bit want to be told how they are used [7.5], which this host does not compute: such a NAND is
 * named, so that the user learns what is there.
 */
static void take_nand(struct xflash *x, const uint8_t *reply, size_t len)
{
    static const uint32_t plain[] = {XF_STORAGE_NAND, XF_STORAGE_NAND_SLC, XF_STORAGE_NAND_SPI};
    uint32_t type = get_le32(reply), block = get_le32(reply + NAND_BLOCK);
    uint64_t total = get_le64(reply + NAND_TOTAL), available = get_le64(reply + NAND_AVAILABLE);
    bool known = false;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        known = known || plain[i] == type;
    set_storage(x, "nand", type, get_le32(reply + NAND_PAGE), 0x800);
    bool sane = block && block % x->s.info.block_size == 0 && (block & (block - 1)) == 0;
    x->s.info.erase_size = sane ? block : 0;
    x->nand_size = total;
    add_area(x, "nand", available && available <= total ? available : total, XF_NAND_WHOLE, known && sane);
    if (!known)
        mtk_note(x->s.agent.sink, 2, "NAND of type 0x%" PRIX32 ": its cells cannot be accessed from here",
                 type);
    if (len >= NAND_ID + NAND_ID_LEN) {
        memcpy(x->s.info.storage_id, reply + NAND_ID, NAND_ID_LEN);
        x->s.info.storage_id_len = NAND_ID_LEN;
    }
}

/* One storage call. Type 0 or an unknown code: not this kind. */
static int try_storage(struct xflash *x, uint32_t code, size_t min,
                       void (*take)(struct xflash *x, const uint8_t *reply, size_t len),
                       struct mtk_error *err)
{
    uint8_t reply[REPLY_MAX];
    size_t n = 0;
    enum xf_ctrl r = xf_ctrl_get(x, code, reply, sizeof(reply), &n, err);
    if (r == XF_CTRL_FAILED)
        return -1;
    if (r == XF_CTRL_ABSENT || n < 4 || get_le32(reply) == 0)
        return 0;
    if (n < min) {
        mtk_fail(err, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER,
                 "%zu bytes of storage information, %zu are needed", n, min);
        mtk_error_bytes(err, NULL, 0, reply, n);
        return agent_failed(&x->s, err);
    }
    take(x, reply, n);
    return 0;
}

/* The agent has initialised one storage; every other call gives a structure of zeros [6, 7.4]. */
static int learn_storage(struct xflash *x, struct mtk_error *err)
{
    if (try_storage(x, XF_GET_EMMC_INFO, EMMC_MIN, take_emmc, err) < 0)
        return -1;
    if (!x->storage && try_storage(x, XF_GET_UFS_INFO, UFS_MIN, take_ufs, err) < 0)
        return -1;
    if (!x->storage && try_storage(x, XF_GET_NAND_INFO, NAND_MIN, take_nand, err) < 0)
        return -1;
    if (!x->storage)
        mtk_note(x->s.agent.sink, 2, "the agent has found no storage: eMMC, UFS and NAND are all of type 0");
    return 0;
}

/*
 * A question whose answer the session can do without: absent and refused count the same, but a refusal is told and
 * the loop must still be there afterwards. 0 answered, 1 not, -1 the agent is lost.
 */
static int ask(struct xflash *x, uint32_t code, void *buf, size_t cap, size_t *len, struct mtk_error *err)
{
    enum xf_ctrl r = xf_ctrl_get(x, code, buf, cap, len, err);
    if (r != XF_CTRL_FAILED)
        return r == XF_CTRL_DONE ? 0 : 1;
    if (!err->has_status)
        return -1;
    mtk_note(x->s.agent.sink, 1, "%s: %s", xf_name(code), err->what);
    xf_recover(x);
    if (!x->s.agent.usable)
        return -1;
    *err = (struct mtk_error){0};
    return 1;
}

/* An answer that is text without a NUL; anything unprintable ends it. */
static int ask_text(struct xflash *x, uint32_t code, char *out, size_t cap, struct mtk_error *err)
{
    size_t n = 0;
    int r = ask(x, code, out, cap - 1, &n, err);
    size_t keep = 0;
    while (r == 0 && keep < n && out[keep] >= ' ' && out[keep] <= '~')
        keep++;
    out[keep] = 0;
    return r;
}

static int learn_packets(struct xflash *x, struct mtk_error *err)
{
    uint8_t reply[8];
    size_t n = 0;
    int r = ask(x, XF_GET_PACKET_LENGTH, reply, sizeof(reply), &n, err);
    x->s.info.max_write = x->s.info.max_read = DEFAULT_PACKET;
    if (r < 0)
        return -1;
    if (r > 0 || n < sizeof(reply) || !get_le32(reply) || !get_le32(reply + 4)) {
        mtk_note(x->s.agent.sink, 2, "the agent gives no packet lengths; %u bytes are used", DEFAULT_PACKET);
        return 0;
    }
    uint32_t write = get_le32(reply);
    x->s.info.max_write = write < XF_MAX_WRITE ? write : XF_MAX_WRITE;
    x->s.info.max_read = get_le32(reply + 4);
    return 0;
}

/* Two records, SRAM and DRAM, each {u32 type, u32 pad, u64 base, u64 size}; old builds {u32 type, base, size}. */
static int learn_ram(struct xflash *x, struct mtk_error *err)
{
    uint8_t reply[48];
    size_t n = 0;
    int r = ask(x, XF_GET_RAM_INFO, reply, sizeof(reply), &n, err);
    if (r != 0 || n < 24)
        return r < 0 ? -1 : 0;
    bool wide = n >= 48;
    for (size_t i = 0; i < 2; i++) {
        const uint8_t *rec = reply + i * (wide ? 24 : 12);
        uint64_t size = wide ? get_le64(rec + 16) : get_le32(rec + 8);
        if (get_le32(rec) == 1)
            x->s.info.dram_size = size;
        else if (get_le32(rec) == 2)
            x->s.info.sram_size = size;
    }
    return 0;
}

/* The agent's own idea of the chip; it was chosen for what BROM or preloader said. */
static int check_chip(struct xflash *x, const struct mtk_phone_id *id, struct mtk_error *err)
{
    uint8_t reply[12];
    size_t n = 0;
    int r = ask(x, XF_GET_CHIP_ID, reply, sizeof(reply), &n, err);
    if (r != 0 || n < 8)
        return r < 0 ? -1 : 0;
    if (get_le16(reply) != id->hw_code)
        mtk_note(x->s.agent.sink, 2, "the agent says hardware code 0x%04X, the %s said 0x%04" PRIX32,
                 get_le16(reply), id->brom ? "boot ROM" : "preloader", id->hw_code);
    return 0;
}

static int learn_small_facts(struct xflash *x, struct mtk_error *err)
{
    uint8_t word[4];
    size_t n = 0;
    int r = ask(x, XF_GET_RANDOM_ID, x->s.info.random_id, sizeof(x->s.info.random_id),
                &x->s.info.random_id_len, err);
    if (r < 0 || ask_text(x, XF_GET_USB_SPEED, x->s.info.usb_speed, sizeof(x->s.info.usb_speed), err) < 0)
        return -1;
    r = ask(x, XF_GET_PARTITION_TBL_CATA, word, sizeof(word), &n, err);
    if (r < 0)
        return -1;
    /* Every XFlash agent that has been seen says GPT; one that does not know the question is taken for one of them. */
    x->s.info.gpt = r > 0 || n < sizeof(word) || get_le32(word) == XF_TABLE_GPT;
    if (!x->s.info.gpt)
        mtk_note(x->s.agent.sink, xf_on_nand(x) ? 0 : 2,
                 "the agent says that the partition table is of kind 0x%" PRIX32 ", not a GPT",
                 get_le32(word));
    r = ask(x, XF_GET_BATTERY_VOLTAGE, word, sizeof(word), &n, err);
    if (r == 0 && n == sizeof(word))
        x->s.info.battery_mv = get_le32(word);
    return r < 0 ? -1 : 0;
}

int xf_learn(struct xflash *x, const struct mtk_phone_id *id, struct mtk_error *err)
{
    if (ask_text(x, XF_GET_DA_VERSION, x->s.info.version, sizeof(x->s.info.version), err) < 0 ||
        learn_storage(x, err) < 0 || learn_packets(x, err) < 0 || learn_ram(x, err) < 0 ||
        check_chip(x, id, err) < 0 || learn_small_facts(x, err) < 0)
        return -1;
    mtk_note(x->s.agent.sink, 0, "da2: version %s, storage %s, packets %zu out, %zu in", x->s.info.version,
             x->storage ? x->s.info.storage : "none", x->s.info.max_write, x->s.info.max_read);
    return 0;
}
