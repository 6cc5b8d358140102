/* SPDX-License-Identifier: Apache-2.0 */
/* A host for tests: dialogues are written as the specification prints them. */
#ifndef TESTS_UNIT_SIMDEV_HOST_H
#define TESTS_UNIT_SIMDEV_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "mtksim.h"

#define HOST_BYTE_NS (500 * NS_PER_MS)

/* A phone, or a failed test. */
struct mtksim *host_phone(const struct mtksim_config *cfg);
/* Plugs it in and attaches; fails the test if it does not show up as pid. */
void host_attach(struct mtksim *p, uint16_t pid);
/*
 * Plays a dialogue: "H> A0 D> 5F H> 0A D> F5". Bytes after H> go out as one transfer, bytes after D> must come, in
 * whatever transfers. "R> n" takes n bytes of any value.
 */
void host_talk(struct mtksim *p, const char *script);
/* Nothing may come for that long. */
void host_quiet(struct mtksim *p, int64_t ns);
/* The device must leave the bus within that time. */
void host_gone(struct mtksim *p, int64_t ns);
/* Start bytes; to a preloader with the extra A0 that it swallows. */
void host_brom_sync(struct mtksim *p);
void host_preloader_sync(struct mtksim *p);
/* Puts a preloader into boot1 that BROM accepts, signed by the vendor of seed 0. */
void host_put_preloader(struct mtksim *p);
/* Phone in BROM, synchronised. */
struct mtksim *host_in_brom(const struct mtksim_config *cfg);
/* Phone in the preloader's command loop. */
struct mtksim *host_in_preloader(const struct mtksim_config *cfg);

#endif
