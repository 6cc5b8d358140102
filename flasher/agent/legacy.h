/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The legacy speaker's inside, shared by its own files only. Specification: da-legacy.md; section numbers in brackets.
 *
 * The rules of the XFlash speaker hold here too: whoever fails has filled *err (never NULL in here) with stage and
 * command, and agent.usable says whether the agent can still be talked to. There is no framing, so a byte that makes
 * no sense means that the place in the dialogue is lost; only a refusal in the agreed form (A5 and a status) leaves
 * the agent in its command loop. Nothing is ever answered to a refusal: A5 would be the opcode READ_PMT.
 */
#ifndef FLASHER_AGENT_LEGACY_H
#define FLASHER_AGENT_LEGACY_H

#include "flasher/agent/speaker.h"
#include "flasher/agent/start.h"
#include "formats/pmt.h"
#include "protocol/legacy.h"

#define LG_IDS_MAX 64u /* NAND ids in one block; 5 and 7 have been seen */
#define LG_RESENDS 3u  /* of one packet, either way [5.4, 5.5, fault matrix] */
#define LG_BLOCK   512u
#define LG_DA2_MAX (16u << 20)
#define LG_CID_LEN 16u

/* What follows the 18 bytes of configuration [2.4]. */
enum leg_extra {
    LG_EXTRA_NONE,
    LG_EXTRA_FORCE_DRAM, /* u32 0 */
    LG_EXTRA_COMBO,      /* u32 is_new_combo */
    LG_EXTRA_GPT,        /* u32 is_gpt_solution */
    LG_EXTRA_SLC,        /* u32 count, entries */
    LG_EXTRA_SKIP_SLC,   /* u32 skip_dl_info, then as SLC */
};

/* How a chip's agents differ from the rest; by the hardware code, never by the chip id of the agent [0, 8]. */
struct leg_chip {
    uint16_t code; /* hardware code, or the chip table's alias of it */
    enum leg_extra extra;
    bool v3;                /* no id block, no DRAM status, a NAND device scan [2.1, 2.7] */
    bool single_record;     /* ENABLE_DRAM takes one record and no total length [2.6.1] */
    bool nand_size_32;      /* of the hardware report [4] */
    bool phone_info;        /* time and MAC in FORMAT and the writes [5.0] */
    bool calibration_words; /* five words behind the DRAM status [2.6, 2.6.1] */
    struct {
        uint8_t flag;
        uint32_t size;
    } bmt[2]; /* [2.5]: eMMC phone, NAND phone */
};

/* Numberings of the 3000 group [6.1]. Only messages depend on it, and which packets are worth a resend. */
enum leg_numbering { LG_N1, LG_N2 };

struct legacy {
    struct agent_speaker s; /* first: the ops get a pointer to it */
    const struct leg_chip *chip;
    enum leg_numbering numbering;
    uint8_t host_os;              /* enum legacy_host_os */
    uint8_t bbchip;               /* what the agent calls the chip */
    uint8_t storage;              /* enum legacy_storage; meaningless while info.storage is "" */
    uint8_t write_storage;        /* enum legacy_write_storage */
    uint8_t part[MTK_AREA_MAX];   /* enum legacy_part of info.areas[i] */
    uint8_t flash_id[LG_CID_LEN]; /* CID or NAND id as the DRAM dialogue told it */
    size_t flash_id_len;          /* 0 if it did not */
    uint32_t spare;               /* bytes beside a NAND page */
    uint64_t before_user; /* bytes of the hardware partitions before the user area: what linear adds [5.8] */
    bool has_table;       /* table holds what was last read */
    struct mtk_gpt table;
    bool has_pmt; /* pmt holds the entries behind it, boot areas included */
    struct mtk_pmt pmt;
};

/* ---- legacy_chip.c ---- */

/* The row of a chip; NULL: no host knows how its agents want to be configured. */
const struct leg_chip *leg_chip_of(const struct mtk_phone_id *id);
/* The same, or for a known chip without one what the latest agents take; NULL if the chip is not known either. */
const struct leg_chip *leg_chip_or_later(const struct mtk_phone_id *id);
/* The numbering that a container's identifier speaks for: by its version or the year in it. */
enum leg_numbering leg_numbering_of_container(const uint8_t *da, size_t len);
/* A status of the agent's in the numbering N1. */
uint32_t leg_to_n1(enum leg_numbering numbering, uint32_t status);

/* ---- legacy_wire.c ---- */

int leg_send(struct legacy *g, const void *data, size_t len, struct mtk_error *err);
int leg_send_u8(struct legacy *g, uint8_t v, struct mtk_error *err);
int leg_send_u16(struct legacy *g, uint16_t v, struct mtk_error *err);
int leg_send_u32(struct legacy *g, uint32_t v, struct mtk_error *err);
/* Reads exactly n bytes; what: "the chip id". */
int leg_recv(struct legacy *g, void *buf, size_t n, enum mtk_timeout_op op, const char *what,
             struct mtk_error *err);
int leg_recv_u8(struct legacy *g, enum mtk_timeout_op op, const char *what, uint8_t *v,
                struct mtk_error *err);
int leg_recv_u16(struct legacy *g, enum mtk_timeout_op op, const char *what, uint16_t *v,
                 struct mtk_error *err);
int leg_recv_u32(struct legacy *g, enum mtk_timeout_op op, const char *what, uint32_t *v,
                 struct mtk_error *err);
/* As leg_recv_u32 for a status of stage 1: text in its place (an assertion of DRAM code) fails with that text. */
int leg_recv_status(struct legacy *g, enum mtk_timeout_op op, const char *what, uint32_t *v,
                    struct mtk_error *err);
/*
 * 5A, or a refusal: another byte and a status. The status is read, nothing is sent for it, and *err is filled with it
 * (err->has_status). A lone byte, or anything else than A5 and a known status, makes the agent unusable, but for BB: it
 * does not know the command and is back in its loop. `to`: what it answers, in words.
 */
int leg_expect_ack(struct legacy *g, enum mtk_timeout_op op, const char *to, struct mtk_error *err);
/*
 * The same behind a command that was sent with parameters. An agent that does not know the command (BB) has taken each
 * of their bytes for a command of its own, so it is asked whether it is still in its loop.
 */
int leg_expect_command_ack(struct legacy *g, enum mtk_timeout_op op, const char *to, struct mtk_error *err);
/* The same when the first byte was read already and is not the one that was due. Always -1. */
int leg_not_acked(struct legacy *g, uint8_t got, const char *to, struct mtk_error *err);
/* Fills *err for a status. Always -1. */
int leg_refused(struct legacy *g, uint32_t status, const char *to, struct mtk_error *err);
/* Puts a row of the vendor's tools around an error; the inner facts stay. Always -1. */
int leg_wrap(struct legacy *g, int row, struct mtk_error *err);
/*
 * After an answer that leaves doubt: reads until it is quiet, asks one harmless question (USB_CHECK_STATUS) and sets
 * agent.usable by whether it was answered. stop: the agent waits for a packet and is told 96 first.
 */
void leg_recover(struct legacy *g, bool stop);

/* ---- legacy_dram.c, legacy_stage2.c, legacy_report.c, legacy_usb.c: from C0 to the command loop [2, 3, 4] ---- */

/* The status of DRAM, and ENABLE_DRAM if it is down. */
int leg_bring_up_dram(struct legacy *g, const struct mtk_start_options *opt, const uint8_t *emi,
                      size_t emi_len, struct mtk_error *err);
/* The NAND as stage 1 tells of it: each byte of the id comes as a u16. */
struct leg_nand {
    uint32_t status; /* 0: there is one */
    size_t n;
    uint8_t id[LG_IDS_MAX];
};
int leg_recv_nand(struct legacy *g, struct leg_nand *out, struct mtk_error *err);
int leg_upload_stage2(struct legacy *g, const uint8_t *da2, size_t len, uint64_t address,
                      struct mtk_error *err);
/* The hardware report: fills info, part, storage. */
int leg_recv_report(struct legacy *g, struct mtk_error *err);
/* USB_CHECK_STATUS; info.usb_speed. Not knowing is no failure. */
int leg_ask_usb(struct legacy *g, struct mtk_error *err);
/* USB_SETUP_PORT if the link runs at full speed: the phone leaves the bus and comes back. */
int leg_switch_usb(struct legacy *g, struct mtk_error *err);

/* ---- legacy_data.c, legacy_write.c, legacy_named.c, legacy_erase.c: the ops [5] ---- */

int leg_read(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, const struct mtk_drain *to,
             struct mtk_error *err);
/* Reads into memory, for the speaker's own use. */
int leg_read_bytes(struct legacy *g, const char *area, uint64_t addr, void *buf, size_t len,
                   struct mtk_error *err);
int leg_write(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len,
              const struct mtk_source *from, struct mtk_error *err);
/* The same, for a range that is known not to hold the partition table. */
int leg_write_range(struct legacy *g, const char *area, uint64_t addr, uint64_t len,
                    const struct mtk_source *from, struct mtk_error *err);
int leg_write_named(struct mtk_agent *a, const char *partition, uint64_t len, const struct mtk_source *from,
                    struct mtk_error *err);
int leg_erase(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, struct mtk_error *err);
/* SDMMC_SWITCH_PART for info.areas[i]; nothing on other storages [5.3]. */
int leg_switch_part(struct legacy *g, int i, struct mtk_error *err);
/* Unit in which info.areas can be read and written. */
uint32_t leg_unit(const struct legacy *g);

/* ---- legacy_table.c [5.8] ---- */

int leg_table(struct mtk_agent *a, struct mtk_gpt *out, struct mtk_error *err);
int leg_set_table(struct mtk_agent *a, const struct mtk_gpt *t, bool update, struct mtk_error *err);
/* Finds out which kind of table the phone has: info.gpt. */
int leg_learn_table(struct legacy *g, struct mtk_error *err);
/* The table, GPT or PMT, as last read; NULL and *err. */
const struct mtk_gpt *leg_known_table(struct legacy *g, struct mtk_error *err);
/* What was known of the table may be wrong from now on. */
void leg_forget_table(struct legacy *g);

/* ---- legacy.c ---- */

/* A speaker on a link, in stage 1, nothing exchanged yet. NULL: out of memory. Free with agent.ops->destroy. */
struct legacy *leg_new(struct mtk_link *l, const struct mtk_boot_options *opt, const struct leg_chip *chip);

#endif
