/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <errno.h>
#include <time.h>

static int64_t real_now(void *ctx)
{
    (void)ctx;
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static void real_sleep(void *ctx, int64_t ns)
{
    (void)ctx;
    if (ns <= 0)
        return;
    struct timespec ts = {.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &ts) == EINTR)
        ;
}

struct mtk_clock mtk_clock_real(void)
{
    return (struct mtk_clock){.now = real_now, .sleep_ns = real_sleep};
}

int64_t mtk_deadline(int64_t now, int64_t timeout_ns)
{
    if (timeout_ns < 0 || now > NS_NEVER - timeout_ns)
        return NS_NEVER;
    return now + timeout_ns;
}
