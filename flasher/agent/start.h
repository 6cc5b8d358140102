/* SPDX-License-Identifier: Apache-2.0 */
/* From an identified phone to a running agent: choose the DA entry, upload both stages, bring up DRAM. */
#ifndef FLASHER_AGENT_START_H
#define FLASHER_AGENT_START_H

#include "flasher/agent/agent.h"
#include "flasher/boot/boot.h"

/* A preloader image in memory. */
struct mtk_preloader_file {
    const uint8_t *data;
    size_t len;
    const char *name;
};

struct mtk_start_options {
    struct mtk_boot_options boot;
    const uint8_t *da; /* contents of the DA container */
    size_t da_len;
    const char *da_name;      /* its name, for errors */
    const uint8_t *preloader; /* contents of a preloader image, for its DRAM settings; NULL if none */
    size_t preloader_len;
    const char *preloader_name;
    /*
     * Further preloader images whose DRAM settings may be tried: an XFlash agent that refuses the version of the first
     * (0xC0040050) is offered them in this order, and a legacy agent gets the first that knows the phone's storage.
     */
    const struct mtk_preloader_file *more_preloaders;
    size_t n_more_preloaders;
    uint32_t checksum_level; /* enum xflash_checksum_level bits; default of the CLI: USB + storage */
    uint32_t system_os;      /* 0 Windows (2 MiB read packets), 1 Linux (64 KiB) */
    bool switch_usb_speed;   /* let an agent that runs at full speed change to high speed (section 10) */
    /*
     * Answers the challenge of a locked stage 2 (DA SLA): RSA-OAEP, SHA-256, over its 16 bytes. Another scheme and
     * another key than boot.sla_sign. NULL: a locked stage 2 ends the start with STATUS_SEC_AUTH_FILE_NEEDED.
     */
    mtk_sla_sign_fn da_sla_sign;
    void *da_sla_ctx;
    bool *da_sla_asked; /* set once a locked stage 2 demands that answer, whatever comes of it; may be NULL */
};

/*
 * Starts the agent that the container holds for this phone. chosen (may be NULL, else at least 128 bytes) gets the
 * choice in words. On success *out is the running agent (free with ops->destroy). On failure nothing of the phone's
 * flash has changed. What the files alone can tell (no agent for the chip: STATUS_DA_NOT_FOUND; a generation that is
 * not built in: MTK_UNSUPPORTED; a phone in its boot ROM and no DRAM settings: MTK_NO_EMI) fails before anything is
 * sent. The agent keeps the link; da and preloader are not needed any more once this has returned.
 */
int mtk_agent_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                    char *chosen, size_t chosen_len, struct mtk_agent **out, struct mtk_error *err);

/*
 * The generation that runs is decided by the first bytes after JUMP_DA; this is the XFlash speaker's own entry, called
 * when the byte C0 of stage 1 has been read (da-xflash.md sections 4 to 7). da2 is stage 2 without its signature; emi
 * is the whole block from MTK_BLOADER_INFO, NULL if there is none.
 */
int mtk_xflash_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                     const uint8_t *da2, size_t da2_len, uint64_t da2_address, const uint8_t *emi,
                     size_t emi_len, struct mtk_agent **out, struct mtk_error *err);

/*
 * The legacy speaker (da-legacy.md sections 2 to 4), called when C0 was read and the chip is a legacy one. da2 is stage
 * 2 WITH its signature; emi as above (the speaker cuts out the records and takes the version from the tag).
 */
int mtk_legacy_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                     const uint8_t *da2, size_t da2_len, uint64_t da2_address, const uint8_t *emi,
                     size_t emi_len, struct mtk_agent **out, struct mtk_error *err);
/*
 * The XML speaker (da-xml.md section 6), called when nothing of the first frame but its 4-byte magic was read. da2 is
 * stage 2 without its signature. No DRAM settings exist in this protocol.
 */
int mtk_xml_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                  const uint8_t *da2, size_t da2_len, uint64_t da2_address, struct mtk_agent **out,
                  struct mtk_error *err);

#endif
