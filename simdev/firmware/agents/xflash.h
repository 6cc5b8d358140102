/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The XFlash ("DA V5") agent, device side, in two programs: DA1 (stage 1, in SRAM) and DA2 (stage 2, in DRAM). Both
 * serve a loop of commands over the frames of da-xflash.md section 2; section numbers below are of that document.
 */
#ifndef SIMDEV_FIRMWARE_AGENTS_XFLASH_H
#define SIMDEV_FIRMWARE_AGENTS_XFLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/xflash.h"
#include "simdev/firmware/agents/agents.h"
#include "simdev/firmware/agents/sla.h"
#include "simdev/firmware/agents/storage.h"
#include "simdev/firmware/phone.h"

#define XF_MAX_PACKET  0x200000u /* write packet length, and read packet length for Windows hosts [7.4] */
#define XF_LINUX_READ  0x10000u  /* read packet length if SETUP_ENVIRONMENT said Linux */
#define XF_SCRATCH_LEN 0x10000u

/*
 * The state of a session: made when stage 1 starts, handed on to stage 2 through the phone's baton (that is the
 * argument block of section 6). Lives in phone memory until the next reset.
 */
struct xf {
    struct mtksim *p;
    unsigned stage;                  /* 1 or 2 */
    const char *command;             /* what is being carried out, for faults and the log */
    uint32_t error;                  /* last error status that the running command sent */
    const struct agent_start *start; /* what stage 1 was started with */
    unsigned year;                   /* row of the table in 7.4 */
    /* SETUP_ENVIRONMENT and settings that stage 2 inherits */
    uint32_t log_level, log_channel, system_os, checksum_level;
    bool high_speed;
    /* DA SLA [7.6] */
    bool unlocked;
    uint8_t sla_random[AG_SLA_RND_LEN];
    /* memory, grown on demand and reused */
    uint8_t *packet;
    size_t packet_cap;
    uint8_t *image; /* stage 2 while it is received */
    size_t image_cap;
    uint8_t *scratch;     /* XF_SCRATCH_LEN bytes */
    struct ag_sink *sink; /* made at the first write, reused */
};

/* ---- frames [2, 3] ---- */

/* Sends one flow packet: header and payload as two transfers. */
void xf_answer(struct xf *x, const void *payload, size_t len);
/*
 * Sends a status through the fault hook. Returns what the host was told, which a fault may have changed: a handler
 * that wanted to say XF_OK and gets something else back must end, so that both sides agree on where they are.
 */
uint32_t xf_status(struct xf *x, uint32_t value);
/* Receives a header; *len is the payload that follows. False: wrong magic, the 12 bytes are gone. */
bool xf_header(struct xf *x, uint32_t *len);
/*
 * Receives a parameter of at most cap bytes; *got (may be NULL) is its length, what is missing is zero. False: the
 * frame was bad or longer than cap; then all of buf is zero, the payload stays in the pipe and the handler goes on
 * without its parameter, as firmware does [2.2].
 */
bool xf_param(struct xf *x, void *buf, size_t cap, size_t *got);
/* A parameter that is one u32. */
bool xf_word(struct xf *x, uint32_t *v);
/* Receives and forgets a payload of any length. */
void xf_discard(struct xf *x, uint32_t len);
/* What the agent does about a frame it cannot understand: deaf for ever (does not return), or nothing [2.2]. */
void xf_bad_frame(struct xf *x, const char *why);
/* A line of agent log: to the UART, and as a message frame if the host asked for them [2]. */
void xf_message(struct xf *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Makes *buf hold at least need bytes of phone memory; the content is lost when it has to grow. */
void xf_reserve(struct xf *x, uint8_t **buf, size_t *cap, size_t need);

/* ---- the command loop ---- */

struct xf_command {
    uint32_t code;
    const char *name;
    void (*run)(struct xf *x); /* called when the command packet has been answered with 0 */
};
/* Serves commands for ever. Commands that are not in the table are refused, the loop lives on [7.1, 11]. */
void xf_loop(struct xf *x, const struct xf_command *table, size_t n) __attribute__((noreturn));

/* ---- commands of both stages ---- */

void xf_device_ctrl(struct xf *x);      /* 7.2 */
void xf_boot_to(struct xf *x);          /* 6 */
void xf_shutdown(struct xf *x);         /* 9 */
void xf_switch_usb_speed(struct xf *x); /* 10 */

/* ---- stage 1 ---- */

void xf_init_ext_ram(struct xf *x); /* 5.3 */

/* ---- stage 2 ---- */

void xf_read_data(struct xf *x);        /* 8.1 */
void xf_write_data(struct xf *x);       /* 8.2 */
void xf_download(struct xf *x);         /* 8.3 */
void xf_upload(struct xf *x);           /* 8.4 */
void xf_format(struct xf *x);           /* 8.5 */
void xf_format_partition(struct xf *x); /* 8.5 */

/* ---- the storage engine in XFlash's words ---- */

/* Resolves the 56 bytes of FlashOp [7.5]: 0, or the one status that refuses them. */
uint32_t xf_place_from_flashop(struct xf *x, const uint8_t op[XFLASH_FLASHOP_LEN], struct ag_place *out);
/* Does a FORMAT of that place mean to mark NAND blocks as bad? */
bool xf_marks_bad(struct xf *x, const uint8_t op[XFLASH_FLASHOP_LEN], const struct ag_place *place);
/* Resolves a partition or special name [8.3]: 0, XF_PARTITION_NOT_FOUND or XF_PARTITION_TABLE_FAIL. */
uint32_t xf_place_from_name(struct xf *x, const char *name, struct ag_place *out);
/* Receives a name packet (with or without NUL) into name. */
void xf_receive_name(struct xf *x, char name[65]);

/* ---- device control: codes and what they answer [7.3, 7.4] ---- */

#define XF_CONTROL_MAX 2048 /* longest parameter or reply */

/* Fills out (XF_CONTROL_MAX bytes, zeroed) and *len; a status other than 0 means "no data, this instead". */
typedef uint32_t (*xf_control_fn)(struct xf *x, uint8_t *data, size_t *len);
uint32_t xf_info_emmc(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_nand(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_nor(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_ufs(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_da_version(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_packet_length(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_random_id(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_hrid(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_table(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_agent(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_usb_speed(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_ram(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_chip_id(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_otp_lock(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_battery(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_rpmb(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_dram_type(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_dev_fw(struct xf *x, uint8_t *out, size_t *len);
uint32_t xf_info_sla(struct xf *x, uint8_t *out, size_t *len);
/* Longest data packet that stage 2 sends. */
uint32_t xf_read_packet(const struct xf *x);

/* ---- programs ---- */

void firmware_xflash_da2(struct mtksim *p);

#endif
