/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The XFlash speaker's inside, shared by its own files only. Specification: da-xflash.md; section numbers in brackets.
 *
 * One rule runs through all of it: every function that fails has filled *err (never NULL in here) with stage and
 * command, and x->s.agent.usable says whether the agent can still be talked to. A transfer that fails makes the agent
 * unusable at once; a refusal leaves it usable if xf_recover() finds it in its command loop.
 */
#ifndef FLASHER_AGENT_XFLASH_H
#define FLASHER_AGENT_XFLASH_H

#include "flasher/agent/speaker.h"
#include "flasher/agent/start.h"
#include "protocol/xflash.h"

/* Largest packet that is taken where no bulk data is due. The largest real one is 208 bytes [7.4]. */
#define XF_SMALL_MAX 4096u
/* Word in place of an ack or a host status that ends a transfer; the agent echoes it [3, 8.1, 8.2]. */
#define XF_GIVE_UP XF_ERROR
/* Packets from the host stay below this, whatever the agent allows: the caller must have the bytes in memory. */
#define XF_MAX_WRITE (4u << 20)

struct xflash {
    struct agent_speaker s;         /* first: the ops get a pointer to it */
    uint32_t storage;               /* enum xflash_storage, 0 if there is none */
    uint32_t section[MTK_AREA_MAX]; /* of info.areas[i] */
    uint64_t nand_size;             /* of the whole chip, with what lies behind info.areas[0] */
    uint32_t nand_address;          /* enum xflash_nand_address of the next parameters */
    uint32_t checksum_level;        /* what the agent has accepted */
    bool no_download_info;          /* the agent does not know START_DL_INFO */
    bool in_packet;                 /* a header was read whose payload was not */
};

/* ---- xflash_frame.c: packets [2, 3] ---- */

/* Sends one flow packet: header and payload as two transfers [2.1]. */
int xf_send(struct xflash *x, const void *payload, size_t len, struct mtk_error *err);
int xf_send_u32(struct xflash *x, uint32_t value, struct mtk_error *err);
/* Waits for the next flow packet and gives its length; messages on the way become debug notes. */
int xf_recv_header(struct xflash *x, int64_t timeout_ns, uint32_t *len, struct mtk_error *err);
/* Reads n bytes of the payload whose header was read. */
int xf_recv_payload(struct xflash *x, void *buf, size_t n, int64_t timeout_ns, struct mtk_error *err);
/* Reads n bytes of a payload and drops them. */
int xf_recv_discard(struct xflash *x, size_t n, int64_t timeout_ns, struct mtk_error *err);
/*
 * The payload whose header was read, straight into the caller's buffers. A caller that cannot take it any more does not
 * end the packet: the rest is read and dropped, so that the agent can be told in its own terms. 0; 1 *err is the
 * caller's, and agent.usable says whether the rest came; -1 the link failed.
 */
int xf_recv_drain(struct xflash *x, size_t n, const struct mtk_drain *to, struct mtk_error *err);
/* One whole packet of at most XF_SMALL_MAX bytes; what does not fit into cap is dropped. *len is the true length. */
int xf_recv_small(struct xflash *x, int64_t timeout_ns, void *buf, size_t cap, size_t *len,
                  struct mtk_error *err);
/* A status word of any value: 4 or 2 bytes; the magic in place of a status counts as 0 [3]. */
int xf_recv_status(struct xflash *x, int64_t timeout_ns, uint32_t *status, struct mtk_error *err);
/* As xf_recv_status, but silence is no failure: 0 got one, 1 nothing came, -1 failed. */
int xf_poll_status(struct xflash *x, int64_t timeout_ns, uint32_t *status, struct mtk_error *err);
/* A status that must be 0; `to` names in words what it answers. */
int xf_expect_ok(struct xflash *x, int64_t timeout_ns, const char *to, struct mtk_error *err);
/* Fills *err for a status that is not what was due. Always -1. Sends nothing. */
int xf_refused(struct xflash *x, uint32_t status, const char *to, struct mtk_error *err);

/* ---- xflash_ctrl.c: commands and device controls [3, 7.2, 11] ---- */

enum xf_ctrl { XF_CTRL_FAILED = -1, XF_CTRL_DONE = 0, XF_CTRL_ABSENT = 1 };

/* Sends a command word and demands its status 0. */
int xf_command(struct xflash *x, uint32_t command, struct mtk_error *err);
/* DEVICE_CTRL. Absent: this agent does not have the code, the exchange is over and nothing is wrong. */
enum xf_ctrl xf_ctrl_set(struct xflash *x, uint32_t code, const void *param, size_t len,
                         struct mtk_error *err);
enum xf_ctrl xf_ctrl_get(struct xflash *x, uint32_t code, void *buf, size_t cap, size_t *len,
                         struct mtk_error *err);
enum xf_ctrl xf_ctrl_act(struct xflash *x, uint32_t code, struct mtk_error *err);
/* After an unexpected status: drains, asks one harmless question, and sets agent.usable by whether it was answered. */
void xf_recover(struct xflash *x);
/* The field's name of a command or control code. */
const char *xf_name(uint32_t code);

/* ---- xflash_info.c: what the agent knows [7.4] ---- */

/* The start-up questions of stage 2; fills x->s.info, x->storage, x->section. */
int xf_learn(struct xflash *x, const struct mtk_phone_id *id, struct mtk_error *err);

/* ---- xflash_speed.c [10] ---- */

/* Asks an agent that runs at full speed for high speed. A refusal is told and is no failure. */
int xf_switch_speed(struct xflash *x, struct mtk_error *err);

/* ---- xflash_data.c, xflash_write.c, xflash_erase.c: the ops [8] ---- */

/* What ranges are moved in: sectors of a UFS, pages of a NAND; an eMMC takes any range [8.1, 8.2]. */
uint32_t xf_unit(const struct xflash *x);
/* Sends the 56-byte parameter block of READ, WRITE and FORMAT for info.areas[i] [7.5]. */
int xf_send_flashop(struct xflash *x, int i, uint64_t addr, uint64_t len, struct mtk_error *err);
int xf_read(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, const struct mtk_drain *to,
            struct mtk_error *err);
/* Reads by physical address: what lies behind the blocks that a NAND shows. Without progress. */
int xf_read_physical(struct xflash *x, uint64_t addr, void *buf, size_t len, struct mtk_error *err);
int xf_write(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len,
             const struct mtk_source *from, struct mtk_error *err);
int xf_write_named(struct mtk_agent *a, const char *partition, uint64_t len, const struct mtk_source *from,
                   struct mtk_error *err);
int xf_erase(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, struct mtk_error *err);

/* ---- xflash_table.c: tables that are no GPT [F14] ---- */

/* True if the storage is a NAND of any kind. */
bool xf_on_nand(const struct xflash *x);
int xf_table(struct mtk_agent *a, struct mtk_gpt *out, struct mtk_error *err);

/* ---- xflash.c ---- */

/* A speaker on a link, in stage 1, nothing exchanged yet. NULL: out of memory. Free with agent.ops->destroy. */
struct xflash *xf_new(struct mtk_link *l, const struct mtk_boot_options *opt);
/* Ends what the op was doing after a refusal: recovers and returns -1. acked goes into the error. */
int xf_give_up(struct xflash *x, uint64_t acked, struct mtk_error *err);

#endif
