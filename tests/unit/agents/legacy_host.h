/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host for tests of the legacy agent. It is a byte stream: where transfers end means nothing, so what is due is read
 * until it is there. Every mismatch fails the running test.
 */
#ifndef TESTS_UNIT_AGENTS_LEGACY_HOST_H
#define TESTS_UNIT_AGENTS_LEGACY_HOST_H

#include "tests/unit/agents/wire.h"

/*
 * Plays lines "H> bytes" and "D> bytes" in hex; "hh*N" is a byte N times, "??" any byte. What follows the last line of
 * the device is not looked at: see lh_quiet.
 */
void lh_play(struct wire *w, const char *text);
void lh_send(struct wire *w, const void *data, size_t len);
void lh_send_u8(struct wire *w, uint8_t v);
void lh_send_u32(struct wire *w, uint32_t v);
void lh_send_u64(struct wire *w, uint64_t v);
void lh_receive(struct wire *w, void *buf, size_t len);
uint8_t lh_u8(struct wire *w);
uint16_t lh_u16(struct wire *w);
uint32_t lh_u32(struct wire *w);
uint64_t lh_u64(struct wire *w);
/* Nothing comes for 30 s, and the phone is on the bus. */
void lh_quiet(struct wire *w);
/* The agent is in its command loop, and nothing was left in the pipe. */
void lh_alive(struct wire *w);

/* A phone whose DA1 has been jumped to; its first byte is not read yet. */
void lh_jump(struct wire *w, struct wire_setup *setup);
/* Start-up up to the DRAM status, which is not read: the 18 bytes and what the chip wants behind them. */
void lh_da1(struct wire *w, struct wire_setup *setup);
/* n records of that version, the last of which fits the phone with that storage. *len is their length; the caller
 * frees. */
uint8_t *lh_records(const struct wire_setup *setup, unsigned version, unsigned n, size_t *len);
/* DRAM status, settings and their result. */
void lh_dram(struct wire *w, const struct wire_setup *setup);
/* Sends stage 2; every packet must be acknowledged. */
void lh_upload(struct wire *w, const uint8_t *image, size_t len, uint32_t address);
/* All of it up to the command loop; the report's bytes are left out of sight. */
void lh_da2(struct wire *w, struct wire_setup *setup);

/* READ of the part chosen before, up to its data. */
void lh_read_begin(struct wire *w, uint64_t start, uint64_t len, uint32_t packet);
/* A whole READ in one packet. */
void lh_read(struct wire *w, uint64_t start, void *buf, size_t len);
/* WRITE_DATA header. */
void lh_write_begin(struct wire *w, uint8_t part, uint64_t start, uint64_t len, uint32_t packet);
/* A packet with a right sum: 5A in front unless bare. */
void lh_packet(struct wire *w, const void *data, size_t len, bool bare);

#endif
