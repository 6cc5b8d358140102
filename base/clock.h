/* SPDX-License-Identifier: Apache-2.0 */
/* Time. Everything that waits asks a clock, so that a phone in this process can run on virtual time. Nanoseconds. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)
#define NS_NEVER  INT64_MAX

/* A clock: now() in ns from an arbitrary start, sleep_ns() waits. ctx is passed back. */
struct mtk_clock {
    int64_t (*now)(void *ctx);
    void (*sleep_ns)(void *ctx, int64_t ns);
    void *ctx;
};

/* The machine's monotonic clock. */
struct mtk_clock mtk_clock_real(void);
/* deadline = now + timeout, saturating; a negative timeout means never. */
int64_t mtk_deadline(int64_t now, int64_t timeout_ns);

#endif
