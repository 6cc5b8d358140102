/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of which every BROM and preloader command is made: an echoed opcode, echoed fields, status words, data.
 * For the files of this folder and their tests. Integers are big-endian on the wire.
 *
 * Every function returns 0, or -1 with *err naming stage and command. None retries: after a missing or wrong echo
 * nobody knows what the phone takes the next byte for (section 4.1 rule 5).
 */
#ifndef FLASHER_BOOT_WIRE_H
#define FLASHER_BOOT_WIRE_H

#include "flasher/boot/boot.h"

/* One command on its way. */
struct boot {
    struct mtk_link *l;
    struct mtk_boot_options opt;
    const char *stage;        /* "brom", "preloader", or "boot" while nobody has told yet */
    const char *command;      /* the field's name of the command that runs */
    bool sent_auth, sent_sla; /* each is offered once */
};

/* Starts talking: options with defaults filled in, stage from the link's identity. opt may be NULL. */
struct boot boot_begin(struct mtk_link *l, const struct mtk_boot_options *opt);
/* Stage name of an identified phone. */
const char *boot_stage(const struct mtk_phone_id *id);

int64_t boot_timeout(const struct boot *b, enum mtk_timeout_op op, uint64_t bytes);
bool boot_cancelled(const struct boot *b);

/* Names the command for errors to come and exchanges its opcode for its echo. */
int boot_op(struct boot *b, const char *command, uint8_t op, struct mtk_error *err);
/* Names the command and sends an opcode that is answered by a value in place of an echo (FE, FF). */
int boot_ask(struct boot *b, const char *command, uint8_t op, uint8_t *answer, struct mtk_error *err);
/* Sends one field and compares its echo; what: "address". */
int boot_echo8(struct boot *b, uint8_t v, const char *what, struct mtk_error *err);
int boot_echo16(struct boot *b, uint16_t v, const char *what, struct mtk_error *err);
int boot_echo32(struct boot *b, uint32_t v, const char *what, struct mtk_error *err);
/* Sends without expecting anything back. */
int boot_send(struct boot *b, const void *data, size_t len, enum mtk_timeout_op timeout,
              struct mtk_error *err);
/* Reads exactly len bytes. */
int boot_get(struct boot *b, void *buf, size_t len, enum mtk_timeout_op timeout, uint64_t moved,
             const char *what, struct mtk_error *err);
int boot_get16(struct boot *b, uint16_t *v, const char *what, struct mtk_error *err);
int boot_get32(struct boot *b, uint32_t *v, const char *what, struct mtk_error *err);
/* Reads a status word whatever it says; what: "status 1". A success that is not 0 is noted. */
int boot_status(struct boot *b, uint16_t *status, const char *what, struct mtk_error *err);
/* Reads a status word; one of 0x0100 and above fails with catalogue row `row` (section 4.1, 4.5). */
int boot_expect_ok(struct boot *b, int row, const char *what, struct mtk_error *err);
/* Fails with a status of the phone's; hint is one more clause for the sentence, or NULL. */
int boot_refused(const struct boot *b, int row, uint16_t status, const char *what, const char *hint,
                 struct mtk_error *err);
/* Adds stage and command to an error; returns -1. */
int boot_fail(const struct boot *b, struct mtk_error *err);

static inline bool boot_failed_status(uint16_t status)
{
    return status >= BROM_FIRST_FAILURE;
}

/* What the start handshake showed beside its success (section 3.3). */
struct boot_sync {
    bool ready;     /* READY was heard: a preloader */
    bool swallowed; /* an A0 stayed without answer: a preloader, or a slow BROM */
    bool already;   /* A0 came back as A0: in the command loop already, or a loopback */
};

/* Sections 3.1 to 3.3: from any state to the command loop. */
int boot_handshake(struct boot *b, struct boot_sync *sync, struct mtk_error *err);

/* Identification, section 4.3, 4.4, 4.7, 4.8; one command each. */
int boot_get_hw_code(struct boot *b, uint16_t *hw_code, struct mtk_error *err);
int boot_get_hw_sw_ver(struct boot *b, struct mtk_phone_id *id, struct mtk_error *err);
int boot_get_target_config(struct boot *b, uint32_t *config, struct mtk_error *err);
int boot_get_bl_ver(struct boot *b, uint8_t *ver, struct mtk_error *err);
int boot_get_version(struct boot *b, uint8_t *ver, struct mtk_error *err);
/* E1 and E7. *len is the room in out and becomes the length of the id. */
int boot_get_id(struct boot *b, const char *command, uint8_t op, uint8_t *out, size_t *len,
                struct mtk_error *err);

/* Writes a register, section 4.5. width is 16 or 32; the value in host byte order. */
int boot_write_reg(struct boot *b, unsigned width, uint32_t address, uint32_t value, struct mtk_error *err);

/* XOR of the little-endian half-words of data; an odd last byte counts as a half-word of its own (section 4.9). */
uint16_t boot_xor16(const uint8_t *data, size_t len);
/*
 * Data phase of SEND_DA, SEND_AUTH and SEND_CERT: payload (and one zero byte more if pad), zero-length packet, the
 * phone's checksum, and the status behind it in *status. A checksum that differs fails with
 * S_BROM_CMD_SEND_DA_CHKSUM_DIFF.
 */
int boot_payload(struct boot *b, const uint8_t *data, size_t len, bool pad, uint16_t *status,
                 struct mtk_error *err);

/* Cert, auth file and SLA as far as id->target_config demands, in the order of section 6.2. Nothing on a preloader. */
int boot_authenticate(struct boot *b, const struct mtk_phone_id *id, struct mtk_error *err);

/*
 * The same when SEND_DA was refused with `status` before its payload, because the configuration had not told all (6.2):
 * 0 something was sent and accepted, SEND_DA may be tried again; 1 there is nothing (more) to send; -1 with *err.
 */
int boot_authenticate_late(struct boot *b, uint16_t status, struct mtk_error *err);

/* SEND_DA as given, without judging it first (section 4.9). */
int boot_send_da(struct boot *b, const struct mtk_da1 *da1, bool brom, struct mtk_error *err);

#endif
