/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BROM and preloader, host side: from an open link to a phone that is identified and has a Download Agent running.
 * Specification: brom-preloader.md.
 */
#ifndef FLASHER_BOOT_BOOT_H
#define FLASHER_BOOT_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/event.h"
#include "flasher/boot/timeouts.h"
#include "flasher/link/link.h"
#include "protocol/brom.h"
#include "protocol/chips.h"

/* What BROM or preloader say about the phone. */
struct mtk_phone_id {
    bool brom; /* true: boot ROM; false: preloader */
    uint32_t hw_code, hw_sub_code, hw_version, sw_version;
    const struct mtk_chip *chip; /* row of the chip table, NULL if the code is not in it */
    char chip_name[16];          /* "MT6765", or "hw 0x1234" if unknown */
    uint32_t target_config;      /* enum brom_target_config bits */
    uint8_t bl_ver;              /* preloader: 1..3; BROM: 0xFE */
    uint8_t brom_version;        /* BROM: answer to GET_VERSION; preloader: 0 */
    uint32_t pl_cap;             /* preloader with BL_VER 3, else 0 */
    uint8_t me_id[BROM_ME_ID_LEN], soc_id[BROM_SOC_ID_LEN];
    size_t me_id_len, soc_id_len; /* 0 if the phone did not tell */
};

/*
 * Signs a 16-byte SLA challenge with a key of the manufacturer's; sig has room for *len bytes and *len becomes the
 * length of the response. The project owns no such key: whoever has one passes this. 0, or -1 and *err.
 */
typedef int (*mtk_sla_sign_fn)(void *ctx, const uint8_t challenge[16], uint8_t *sig, size_t *len,
                               struct mtk_error *err);

struct mtk_boot_options {
    const struct mtk_timeouts *timeouts; /* NULL: defaults */
    int64_t wait_ns;                     /* how long to wait for a phone; 0: 30 s */
    const uint8_t *auth, *cert;          /* contents of the vendor's files, NULL if none */
    size_t auth_len, cert_len;
    mtk_sla_sign_fn sla_sign;
    void *sla_ctx;
    const struct mtk_sink *sink;
    bool (*cancelled)(void *ctx);
    void *cancelled_ctx;
};

/*
 * Opens the link (if it is not open), does the start handshake and identifies the phone: hardware code, watchdog off,
 * target config, BROM or preloader, versions, ids, in the order in which complete tools do it (section 7). 0, or -1.
 */
int mtk_boot_connect(struct mtk_link *l, const struct mtk_boot_options *opt, struct mtk_phone_id *id,
                     struct mtk_error *err);

/* One Download Agent, stage 1, as cut out of its container. */
struct mtk_da1 {
    const uint8_t *data; /* including the signature */
    size_t len;
    size_t sig_len;
    uint32_t address;
};

/*
 * Authenticates as far as the phone demands (SEND_CERT, SEND_AUTH, SLA; section 6.2), sends the stage-1 agent, checks
 * its checksum and jumps to it. On success the next byte on the link is the agent's. If authentication is needed and
 * nothing was given, fails with STATUS_SEC_AUTH_FILE_NEEDED before anything is uploaded.
 */
int mtk_boot_start_da1(struct mtk_link *l, const struct mtk_boot_options *opt, const struct mtk_phone_id *id,
                       const struct mtk_da1 *da1, struct mtk_error *err);

/*
 * Single commands, section 4. All leave the phone in its command loop, on success and after a refusal (MTK_EV_REFUSED
 * with device_status, section 5). After every other failure nobody knows where the phone is: close the link.
 */
/* From any state to the command loop; the link is open. Bounded by SYNC_TOTAL (sections 3.1 to 3.3). */
int mtk_boot_handshake(struct mtk_link *l, const struct mtk_boot_options *opt, struct mtk_error *err);
/* Reads count 32-bit registers into out (host byte order). */
int mtk_boot_read32(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t address, uint32_t *out,
                    uint32_t count, struct mtk_error *err);
/* Reads one 16-bit register. */
int mtk_boot_read16(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t address, uint16_t *out,
                    struct mtk_error *err);
int mtk_boot_write32(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t address, uint32_t value,
                     struct mtk_error *err);
int mtk_boot_write16(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t address, uint16_t value,
                     struct mtk_error *err);
/* Reads a register of the PMIC (section 4.15); device_status of a refusal may be the PMIC driver's own number. */
int mtk_boot_pmic_read16(struct mtk_link *l, const struct mtk_boot_options *opt, uint16_t reg,
                         uint16_t *value, struct mtk_error *err);
/* Changes the speed of a UART at both ends (BROM only, section 4.18). Over USB it means nothing. */
int mtk_boot_set_baud(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t baud,
                      struct mtk_error *err);
/*
 * Fetches the boot ROM's log (section 4.19) by GET_BROM_LOG, or by GET_BROM_LOG_NEW if newer. *text gets *len bytes as
 * the phone sent them and a NUL behind; free() it. A log over 64 KiB is refused as a lie.
 */
int mtk_boot_brom_log(struct mtk_link *l, const struct mtk_boot_options *opt, bool newer, char **text,
                      size_t *len, struct mtk_error *err);
/* Jumps to what SEND_DA has put there. The next byte on the link is the agent's. */
int mtk_boot_jump(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t address,
                  struct mtk_error *err);
/* The same in AArch64, for boot ROMs of chips that are has64bit in the chip table (section 4.11). */
int mtk_boot_jump64(struct mtk_link *l, const struct mtk_boot_options *opt, uint32_t address,
                    struct mtk_error *err);
/*
 * Reboots a phone that is in its preloader's or BROM's command loop by the watchdog's software reset (section 6.6),
 * without asking for download mode. 0 as soon as the phone has the value: it may be gone before it answers.
 * MTK_UNSUPPORTED if the chip table does not know the watchdog.
 */
int mtk_boot_reset(struct mtk_link *l, const struct mtk_boot_options *opt, const struct mtk_phone_id *id,
                   struct mtk_error *err);

#endif
