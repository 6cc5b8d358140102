/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event stream: the only way in which a library tells the user anything. A library fills an event and calls the
 * sink; what a terminal or --json shows of it is the business of the program. Events are borrowed: a sink copies
 * what it wants to keep. The fields are those of the command contract (docs/events.md).
 */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mtk_error;

enum mtk_event_kind {
    MTK_EVENT_INFO,       /* u.info: fingerprint of the phone */
    MTK_EVENT_PARTITION,  /* u.partition: one row of the phone's table */
    MTK_EVENT_DIFFERENCE, /* u.difference: scatter and phone disagree */
    MTK_EVENT_RISK,       /* u.risk */
    MTK_EVENT_STEP,       /* u.step: step n of `of` begins */
    MTK_EVENT_PROGRESS,   /* u.progress: many a second; a sink throttles what it shows */
    MTK_EVENT_VERIFIED,   /* u.verified: read back and proven */
    MTK_EVENT_MISMATCH,   /* u.mismatch: read back and different */
    MTK_EVENT_PORT,       /* u.port: a place where a phone is or may be */
    MTK_EVENT_NOTE,       /* u.note: something worth a line */
    MTK_EVENT_RESULT,     /* u.result: the last one */
};

struct mtk_ev_area {
    const char *name; /* boot1, boot2, rpmb, user; lu0.. ; nand */
    uint64_t size;
};

/* The storage's own identification in words. */
struct mtk_ev_storage_id {
    const char *maker;   /* "Samsung"; NULL if unknown */
    const char *product; /* as the part calls itself; NULL */
    bool has_revision, has_serial, has_date;
    uint8_t revision; /* BCD: 0x12 is 1.2 */
    uint32_t serial;  /* personal data: masked by the CLI */
    unsigned year, month;
};

struct mtk_ev_info {
    const char *chip;      /* "MT6765" */
    const char *marketing; /* "Helio P35/G35"; NULL if it has none or is not known */
    uint32_t hw_code, hw_sub_code, hw_version, sw_version;
    const char *stage; /* brom | preloader */
    bool has_target_config;
    uint32_t target_config;
    bool sbc, sla, daa;
    const char *agent;             /* legacy | xflash | xml; NULL if no agent was started */
    const char *da_version;        /* NULL if unknown */
    const char *da_file;           /* which DA entry was chosen, in words; NULL if none */
    const uint8_t *me_id, *soc_id; /* NULL if unknown; personal data: masked by the CLI unless asked for */
    size_t me_id_len, soc_id_len;
    const char *storage; /* emmc | ufs | nand; NULL if unknown */
    const uint8_t *storage_id;
    size_t storage_id_len;
    const struct mtk_ev_area *areas;
    size_t n_areas;
    uint64_t dram_size, sram_size; /* 0 if unknown */
    const char *dram_how;          /* "brought up with the settings of FILE (EMI v35)" and the like; NULL */
    const char *usb_speed;
    struct mtk_ev_storage_id storage_words;
    uint32_t block_size, erase_size; /* of the storage; 0 if unknown */
    uint8_t pre_eol, life_a, life_b; /* EXT_CSD health bytes; 0 if unknown */
    const uint8_t *random_id;        /* personal data as well; NULL if unknown */
    size_t random_id_len;
    uint32_t battery_mv; /* 0 if unknown */
    const char *auth;    /* what the phone demands of an agent, and which file serves, in words */
    const char *table;   /* gpt | pmt | catalogue; NULL if it was not read */
    const char
        *lock; /* verified boot's state from seccfg: locked, unlocked, ...; NULL if it could not be read */
};

struct mtk_ev_partition {
    const char *name, *area;
    uint64_t start, size;
    const char
        *table; /* where this is known from: gpt | pmt | catalogue; "hardware" for a boot area as a whole */
};

struct mtk_ev_difference {
    const char *partition, *field; /* field: start, size, area, missing, extra */
    uint64_t scatter, phone;
    bool fatal; /* false: reported, but no reason to refuse (growable last partition, reserved rows) */
};

struct mtk_ev_risk_factor {
    const char *name, *why, *remedy;
    int points;
};

struct mtk_ev_risk {
    int score; /* 0..100 */
    const struct mtk_ev_risk_factor *factors;
    size_t n_factors;
};

struct mtk_ev_step {
    unsigned n, of;
    const char *action;    /* write, verify, erase, read, save, restore, table, reboot */
    const char *partition; /* or "" */
    uint64_t size;         /* bytes this step moves */
    const char *why;       /* reason, or NULL */
};

struct mtk_ev_progress {
    unsigned step;
    uint64_t done, total;
    double rate; /* bytes a second, by the link's clock */
};

struct mtk_ev_verified {
    const char *partition;
    const char *area;
    const uint8_t *sha256; /* 32 bytes, over the bytes that the image defines, in order */
    uint64_t size;         /* how many bytes that is */
    uint64_t
        undefined; /* bytes of the expanded image that a sparse file leaves open; not written, not compared */
    uint64_t unread; /* bytes of an erased range that were not looked at, because samples had to do */
};

struct mtk_ev_mismatch {
    const char *partition;
    uint64_t first_offset; /* in the partition */
    uint64_t bytes;        /* how many bytes differ */
    const char *pattern;   /* "one bit", "one sector", "all zero", "old content", "scattered" */
    uint8_t expected[16], got[16];
    size_t n; /* valid bytes in expected/got, from first_offset */
};

struct mtk_ev_port {
    const char *port;  /* as the option takes it */
    const char *what;  /* "MediaTek preloader" */
    uint16_t vid, pid; /* 0 if the port does not tell */
    bool usable;
    const char *why; /* what stands in the way, or what is worth knowing; NULL */
};

struct mtk_ev_note {
    int level; /* 0 debug, 1 info, 2 warning, 3 hint to the user */
    const char *text;
};

enum mtk_phone_state { MTK_PHONE_UNCHANGED, MTK_PHONE_CHANGED, MTK_PHONE_RESTORED };

struct mtk_ev_result {
    bool ok;
    int exit_code;
    const struct mtk_error *error; /* NULL if ok */
    enum mtk_phone_state phone;
    const char *boots; /* NULL if not known */
    /*
     * Which partitions of the job are proven, which were begun and are not proven, and which nothing was done to:
     * names separated by commas, in the order of the plan. All NULL for a job that changes nothing.
     */
    const char *verified, *unknown, *untouched;
};

struct mtk_event {
    enum mtk_event_kind kind;
    union {
        struct mtk_ev_info info;
        struct mtk_ev_partition partition;
        struct mtk_ev_difference difference;
        struct mtk_ev_risk risk;
        struct mtk_ev_step step;
        struct mtk_ev_progress progress;
        struct mtk_ev_verified verified;
        struct mtk_ev_mismatch mismatch;
        struct mtk_ev_port port;
        struct mtk_ev_note note;
        struct mtk_ev_result result;
    } u;
};

/* A sink and its context. A NULL fn swallows everything. Called on the thread that runs the session. */
struct mtk_sink {
    void (*fn)(void *ctx, const struct mtk_event *ev);
    void *ctx;
};

/* Sends ev to the sink. */
void mtk_emit(const struct mtk_sink *sink, const struct mtk_event *ev);
/* Sends a formatted note of that level. */
void mtk_note(const struct mtk_sink *sink, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
