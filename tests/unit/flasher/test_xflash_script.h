/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link whose other end is a script in the notation of da-xflash.md, for the tests of the XFlash speaker. One line a
 * direction:
 *
 *     H> .. 04 00 00 00 | 09 00 01 00    what the host must send; "|" ends a transfer, ".." is EF EE EE FE 01 00 00 00
 *     D> c0                              what the phone sends
 *     H= 010009   D= c0040030            a whole packet of one u32, in hex; several a line
 *     D> .. 00 00 01 00 | a5*10000       byte * count (hex)
 *     gone                               the phone leaves the bus; if more follows, an open finds it again
 *     deaf                               from here on it takes everything and answers nothing
 *     wait                               a millisecond passes
 *     # comment
 *
 * Strict: a host that writes while something is unread, writes other bytes, other boundaries, or too much, fails the
 * test on the spot. Time is virtual: a read that must wait for the host times out at once and moves the clock.
 */
#ifndef TEST_XFLASH_SCRIPT_H
#define TEST_XFLASH_SCRIPT_H

#include "flasher/agent/xflash.h"

struct script;

/* chop: the phone's bytes come one at a time. Free with script_free, which fails the test if something is left. */
struct script *script_new(bool chop);
void script_add(struct script *s, const char *text);
/* One whole flow packet of len bytes. */
void script_host(struct script *s, const void *payload, size_t len);
void script_phone(struct script *s, const void *payload, size_t len);
/* One transfer as it stands, for protocols without that framing. */
void script_raw_host(struct script *s, const void *data, size_t len);
void script_raw_phone(struct script *s, const void *data, size_t len);
struct mtk_link *script_link(struct script *s);
int64_t script_now(const struct script *s);
/* True if everything was said. */
bool script_is_over(const struct script *s);
void script_free(struct script *s);
/* Frees it without looking at what is left. */
void script_drop(struct script *s);

/* An XFlash agent in stage 2 on an eMMC as in section 13, with packets of 2 MiB out and 64 KiB in, on this script. */
struct xflash *script_agent(struct script *s);

/* DEVICE_CTRL GET_USB_SPEED, answered: the question after an unexpected status (section 11). */
#define PROBE "H= 010009\nD= 0\nH= 04000b\nD= 0\nD> .. 0a 00 00 00 | 68 69 67 68 2d 73 70 65 65 64\nD= 0\n"

/* Memory as a caller's drain and source: as much at once as is asked for. at: bytes that were moved. */
struct bytes {
    uint8_t *data;
    size_t len, at;
};
struct mtk_drain bytes_drain(struct bytes *b);
struct mtk_source bytes_source(struct bytes *b);

#endif
