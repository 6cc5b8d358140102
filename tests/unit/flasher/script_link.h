/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link whose phone is a script, for the tests of this folder. A script is a text of words:
 *
 *   > A0 0A      the host must now write these bytes (in how many writes does not matter)
 *   < 5F         one transfer that the host reads next; two transfers are never glued
 *   A5*256       a byte many times, in both directions
 *   !timeout     the next read comes back empty after its timeout
 *   !idle        any number of reads come back empty here
 *   !stuck       the next write is not taken
 *   !ctrl ...    a control request: 8 bytes of setup, then the data of an OUT request
 *   !stall ...   the same, refused
 *   !gone        the phone leaves the bus here
 *   !absent      the next open finds no phone
 *   !open        the next open succeeds (the first one of a script needs no word)
 *   # comment    to the end of the line
 *
 * Strict: a read where the script wants a write, a write of other bytes, or a forgotten step is a failed test. Control
 * requests and empty packets that the script does not name are let through. Time is virtual and moves by timeouts.
 */
#ifndef TESTS_SCRIPT_LINK_H
#define TESTS_SCRIPT_LINK_H

#include "flasher/link/link.h"

/* Parses a script (its text is copied) and opens the link. A script that does not parse ends the test program. */
struct mtk_link *script_link_new(const char *script);
/* The same, but the link still has to be opened. */
struct mtk_link *script_link_closed(const char *script);
/* What the link says about its USB identity; nothing by default. */
void script_link_identity(struct mtk_link *l, uint16_t vid, uint16_t pid);
/* From now on reads return one byte at a time. */
void script_link_chop(struct mtk_link *l);
/* NULL if everything went by the script up to here and nothing is left of it; else what is wrong. */
const char *script_link_problem(const struct mtk_link *l);
/* The link's time, which starts at 0. */
int64_t script_link_now(const struct mtk_link *l);
/* Fails the running cmocka test if there is a problem, and frees the link. */
void script_link_finish(struct mtk_link *l);

#endif
