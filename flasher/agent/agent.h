/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What verified/ sees of a Download Agent, whatever generation it speaks: areas, ranges, bytes. An agent knows
 * nothing of files, images or policy.
 */
#ifndef FLASHER_AGENT_AGENT_H
#define FLASHER_AGENT_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/event.h"
#include "formats/gpt.h"

#define MTK_AREA_MAX 10

/* One hardware partition of the storage. Addresses are byte offsets inside it. */
struct mtk_area {
    char name[8]; /* boot1 boot2 rpmb gp1..gp4 user; lu0..; nand */
    uint64_t size;
    bool readable, writable; /* rpmb is neither */
};

struct mtk_agent_info {
    const char *generation; /* "legacy", "xflash", "xml" */
    char version[24];       /* as the agent says, "" if it does not */
    char storage[8];        /* "emmc", "ufs", "nand"; "" if there is none */
    uint32_t block_size;    /* smallest unit of the storage in bytes */
    uint8_t storage_id[32]; /* CID or the like */
    size_t storage_id_len;
    struct mtk_area areas[MTK_AREA_MAX];
    size_t n_areas;
    uint64_t dram_size, sram_size;
    char dram_from[128];   /* file whose DRAM settings the agent took, "" if it took none */
    unsigned dram_version; /* of these settings, 0 if not known */
    bool dram_own;         /* this generation brings its own settings and takes none */
    char connection[16];   /* "brom" or "preloader": who started the agent */
    char usb_speed[16];
    uint8_t random_id[16];
    size_t random_id_len;
    uint32_t battery_mv;        /* 0 if unknown */
    size_t max_write, max_read; /* largest packet each way */
    bool gpt;                   /* false only if the agent says that the table is something else */
    uint32_t erase_size;        /* smallest unit that can be erased; 0: block_size. NAND: a block of pages */
    char storage_name[24];      /* product name inside storage_id, "" if unknown */
    uint8_t pre_eol, life_a, life_b; /* EXT_CSD health, 0 if the agent does not tell */
};

/*
 * Where the bytes of a write come from. next() hands out 1..want bytes that stay valid until the following call of
 * next(); it returns the number, or -1 with *err. It is asked for exactly the bytes the transfer needs, in order.
 */
struct mtk_source {
    ssize_t (*next)(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err);
    void *ctx;
};

/*
 * Where the bytes of a read go. buffer() gives room for up to `want` bytes (at least one; *room says how many),
 * commit() says how many of them now hold data. -1 with *err ends the read.
 */
struct mtk_drain {
    uint8_t *(*buffer)(void *ctx, size_t want, size_t *room, struct mtk_error *err);
    int (*commit)(void *ctx, size_t len, struct mtk_error *err);
    void *ctx;
};

struct mtk_agent;

/*
 * Every call returns 0, or -1 with *err. "in its loop" says whether a further command may follow after a failure: the
 * field `usable` is false once framing is lost or the phone is gone, and then only close remains.
 */
struct mtk_agent_ops {
    /* Fills *out from what start-up learnt; no traffic. */
    void (*info)(struct mtk_agent *a, struct mtk_agent_info *out);
    /* Reads [addr, addr + len) of an area into the drain. Failure leaves the flash as it was. */
    int (*read)(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len,
                const struct mtk_drain *to, struct mtk_error *err);
    /* Writes [addr, addr + len). On failure err->acked bytes were acknowledged; the rest of the range is unknown. */
    int (*write)(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len,
                 const struct mtk_source *from, struct mtk_error *err);
    /* Writes len bytes to the start of a partition by name, as the agent resolves it (preloader: adds its header). */
    int (*write_named)(struct mtk_agent *a, const char *partition, uint64_t len,
                       const struct mtk_source *from, struct mtk_error *err);
    /* Erases [addr, addr + len). Once begun it cannot be cancelled. */
    int (*erase)(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, struct mtk_error *err);
    /*
     * The partition table as the agent itself gives it: PMT of a legacy agent, catalogue of an XML agent. Starts are
     * offsets in the area that holds the partitions (mtk_agent_info.areas: "user", "lu2", "nand"); boot areas are not in
     * it. Release with mtk_gpt_release. MTK_UNSUPPORTED if this generation gives none: then the table is read raw.
     * May be NULL, which means the same.
     */
    int (*table)(struct mtk_agent *a, struct mtk_gpt *out, struct mtk_error *err);
    /*
     * Writes a partition table that is no GPT (legacy PMT: da-legacy.md 5.8 WRITE). update: after the data, as opposed
     * to before. May be NULL: not possible with this agent.
     */
    int (*set_table)(struct mtk_agent *a, const struct mtk_gpt *t, bool update, struct mtk_error *err);
    /* Ends the session: "system", "recovery", "fastboot", "off", or "none" = stay off the bus without a reboot. */
    int (*reboot)(struct mtk_agent *a, const char *mode, struct mtk_error *err);
    /* Frees it. Sends nothing. */
    void (*destroy)(struct mtk_agent *a);
};

struct mtk_agent {
    const struct mtk_agent_ops *ops;
    bool usable;
    /* Set just before the first transfer of a write or erase that can change the flash. The caller clears it. */
    bool touched;
    const struct mtk_sink *sink; /* may be NULL */
    /* Asked between packets; true ends the transfer cleanly with MTK_CANCELLED. May be NULL. */
    bool (*cancelled)(void *ctx);
    void *cancelled_ctx;
    /* Called after each acknowledged packet with the bytes done so far of this call. May be NULL. */
    void (*progress)(void *ctx, uint64_t done);
    void *progress_ctx;
};

#endif
