/* SPDX-License-Identifier: Apache-2.0 */
/* DA1, stage 1 of the legacy agent: start-up, what DRAM needs, and the upload of DA2. da-legacy.md 2 and 3. */
#include "simdev/firmware/agents/legacy.h"

#include "base/cursor.h"

#define START_NS      (30 * NS_PER_MS) /* from the jump to the first byte */
#define VERSION_MAJOR 4
#define VERSION_MINOR 2
#define CHIP_UNKNOWN  0xFF
#define UNKNOWN_TAKES 4u /* bytes of the configuration that an agent on an unknown chip still takes [2.3] */
#define HW_MT6592     0x6592u
#define STAGE2_MAX    (16u << 20) /* the window of DRAM that stage 1 fills */
#define PACKET_MAX    (1u << 20)

/* ---- ids [2.2, 2.6] ---- */

static uint32_t swapped_word(uint32_t v)
{
    return v >> 24 | (v >> 8 & 0xFF00) | (v << 8 & 0xFF0000) | v << 24;
}

/* Status and CID. */
static void send_emmc_id(struct lg *x, bool swapped)
{
    const struct board *b = phone_board(x->p);
    const uint8_t none[16] = {0};
    bool there = b->storage == BOARD_EMMC && ag_has_storage(x->p);
    const uint8_t *cid = there ? b->emmc.cid : none;
    lg_word(x, "EMMC_ID", there ? 0 : LG_S_EMMC_NOT_FOUND);
    for (size_t i = 0; i < sizeof(none); i += 4) {
        uint32_t word = get_be32(cid + i);
        lg_put_u32(x, swapped ? swapped_word(word) : word);
    }
}

/* Status and ids. */
static void send_nand_id(struct lg *x)
{
    const struct board *b = phone_board(x->p);
    bool there = lg_is_nand(x) && ag_has_storage(x->p);
    lg_word(x, "NAND_ID", there ? 0 : LG_S_DEVICE_NOT_FOUND);
    lg_put_u16(x, (uint16_t)x->build.n_ids);
    for (unsigned i = 0; i < x->build.n_ids; i++)
        lg_put_u16(x, there && i < b->nand.id_len ? b->nand.id[i] : 0);
}

/* ---- start-up ---- */

/* Version and chip. An agent that does not know its chip goes no further [2.3]. */
static void say_version(struct lg *x)
{
    lg_put_u8(x, VERSION_MAJOR);
    lg_put_u8(x, VERSION_MINOR);
    if (lg_named_byte(x, "BBCHIP", x->build.bbchip ? x->build.bbchip : CHIP_UNKNOWN) != CHIP_UNKNOWN)
        return;
    lg_skip(x, UNKNOWN_TAKES);
    lg_put_u8(x, LG_ACK);
    phone_hang(x->p, "agent does not know this chip");
}

static void take_slc_entries(struct lg *x)
{
    uint32_t n = lg_u32(x);
    lg_skip(x, (uint64_t)n * LG_SLC_ENTRY_LEN);
}

/* The host's configuration: nothing in it changes what a simulated phone does, but its length must be right [2.4]. */
static void take_configuration(struct lg *x)
{
    uint8_t config[LG_CONFIG_LEN];
    x->command = "CONFIG";
    lg_bytes(x, config, sizeof(config));
    phone_log(x->p, "[DA1] host: brom %02X, bootloader %02X, bmt %02X/%08X, reset key %u",
              config[LG_CFG_BROM_VER], config[LG_CFG_BLOADER_VER], config[LG_CFG_BMT_FLAG],
              get_be32(config + LG_CFG_BMT_SIZE), config[LG_CFG_RESET_KEY]);
    switch (phone_board(x->p)->soc->da_extras) {
    case SOC_EXTRAS_NONE:
        break;
    case SOC_EXTRAS_SLC:
        take_slc_entries(x);
        break;
    case SOC_EXTRAS_WORD:
        lg_u32(x);
        break;
    case SOC_EXTRAS_WORD_SLC:
        lg_u32(x);
        take_slc_entries(x);
        break;
    }
}

static void start_up(struct lg *x)
{
    x->command = "START";
    phone_wait(x->p, START_NS);
    phone_fault(x->p, FAULT_AT_COMMAND, x->command, LG_SYNC);
    lg_byte(x, LG_SYNC);
    send_nand_id(x);
    send_emmc_id(x, x->build.cid_swap);
    lg_u8(x); /* the host's ack; its value is not looked at */
    say_version(x);
    take_configuration(x);
}

/* Calibration of MT6592: flag 3 and four words, of which a simulated DRAM has none [2.6]. */
void lg_calibration_words(struct lg *x)
{
    if (lg_chip(x) != HW_MT6592)
        return;
    lg_put_u32(x, 3);
    for (int i = 0; i < 4; i++)
        lg_put_u32(x, 0);
}

static void bring_up_dram(struct lg *x)
{
    x->command = "DRAM_STATUS";
    bool up = phone_board(x->p)->dram.up;
    if (lg_word(x, NULL, up ? 0 : LG_S_RAM_ERROR) == 0) {
        lg_calibration_words(x);
        return;
    }
    send_emmc_id(x, false);
    send_nand_id(x);
    while (lg_u8(x) != LG_ENABLE_DRAM)
        ; /* a stray byte is no command */
    lg_enable_dram(x);
}

/* ---- stage 2 [3] ---- */

struct upload {
    uint32_t address, len, packet;
    uint8_t *image;
};

/* Where the image is to go: true if that is DRAM of this board with room for it. */
static bool lies_in_dram(const struct board *b, uint64_t address, uint64_t len)
{
    uint64_t base = b->soc->dram_base;
    return address >= base && range_fits(address - base, len, b->dram.size);
}

/* Says why stage 1 will not start the image, or NULL. */
static const char *why_not(struct lg *x, const struct upload *u)
{
    const struct board *b = phone_board(x->p);
    struct agent_descriptor d;
    bool ours = agent_image_describe(u->image, u->len, &d);
    size_t signed_len = u->len > x->start->sig_len ? u->len - x->start->sig_len : u->len;
    if (!b->dram.up)
        return "stage 2 went to DRAM that was never initialised";
    if (!agent_accepts_stage2(x->p, x->start, u->image, ours && d.length <= u->len ? d.length : signed_len))
        return "hash of stage 2 is not the one in stage 1";
    if (!x->start->ours)
        return NULL;
    if (!ours || d.kind != MTK_AGENT_LEGACY || d.stage != 2 || !agent_fits_chip(b->chip, d.hw_code))
        return "stage 2 is no agent for this phone";
    return d.address == u->address ? NULL : "stage 2 was loaded at an address it is not linked for";
}

/* Every packet is acknowledged, whatever the hash will say. False: a fault said something else. */
static bool receive_packets(struct lg *x, const struct upload *u)
{
    for (uint32_t done = 0; done < u->len;) {
        uint32_t n = u->len - done < u->packet ? u->len - done : u->packet;
        lg_bytes(x, u->image + done, n);
        done += n;
        if (!lg_ack(x))
            return false;
    }
    return true;
}

static void receive_stage2(struct lg *x)
{
    struct upload u;
    x->command = "BOOT_DA2";
    u.address = lg_u32(x);
    u.len = lg_u32(x);
    u.packet = lg_u32(x);
    phone_fault(x->p, FAULT_AT_COMMAND, x->command, u.address);
    if (!u.len || u.len > STAGE2_MAX || !u.packet || u.packet > PACKET_MAX ||
        !lies_in_dram(phone_board(x->p), u.address, u.len)) {
        lg_byte(x, LG_NACK);
        phone_hang(x->p, "stage 2 does not fit");
    }
    u.image = phone_buffer(x->p, u.len);
    if (!lg_ack(x))
        phone_hang(x->p, "stage 2 was refused");
    x->command = "DA2_PACKET";
    if (!receive_packets(x, &u))
        phone_hang(x->p, "a packet of stage 2 was refused");
    const char *why = why_not(x, &u);
    phone_release(x->p, u.image);
    if (why)
        phone_hang(x->p, why); /* without a word [3] */
}

void firmware_legacy_da1(struct mtksim *p)
{
    struct agent_start *start = *phone_baton(p);
    struct board *b = phone_board(p);
    struct lg *x = phone_alloc(p, sizeof(*x));
    x->p = p;
    x->start = start;
    x->build = lg_build_of(p, start);
    x->high_speed = agent_link_is_fast(p, start) && phone_settings(p)->legacy_link == LEGACY_USB;
    *phone_baton(p) = x;
    b->wdt_enabled = false; /* agents stop it first thing; nothing resets a hung one */
    b->wdt_deadline = NS_NEVER;
    phone_tx_patience(p, -1);
    if (agent_rolled_back(p, start))
        phone_hang(p, "agent is older than the fuses allow");
    start_up(x);
    bring_up_dram(x);
    receive_stage2(x);
    phone_exec(p, firmware_legacy_da2, "da2");
}
