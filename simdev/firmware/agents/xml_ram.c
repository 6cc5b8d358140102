/* SPDX-License-Identifier: Apache-2.0 */
/* DRAM under test: RAM-TEST and DEBUG:DRAM-REPAIR. da-xml.md section 4. */
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/xml.h"

#define NS_PER_GIB   (400 * NS_PER_MS)
#define CALIBRATE_NS (300 * NS_PER_MS)
#define TICKS        4u
#define REPAIR_PARAM 0x1000u
#define MAX_LENGTH   "MAX"

/* Address and length of the test; MAX is up to the end. */
static bool flip_range(struct xm *x, uint64_t *start, uint64_t *len)
{
    const struct board *b = phone_board(x->p);
    const char *text;
    if (!xm_arg_number(x, "start_address", start) || !xm_arg(x, "length", &text))
        return false;
    uint64_t at = *start - b->soc->dram_base;
    bool inside = *start >= b->soc->dram_base && at < b->dram.size;
    *len = 0;
    if (inside && strcmp(text, MAX_LENGTH) == 0)
        *len = b->dram.size - at;
    else if (inside && !xm_number(text, len))
        inside = false;
    if (inside && *len && range_fits(at, *len, b->dram.size))
        return true;
    xm_fail(x, "RAM test range is invalid.");
    return false;
}

static enum xm_result flip_test(struct xm *x)
{
    const struct board *b = phone_board(x->p);
    uint64_t start, len;
    if (!flip_range(x, &start, &len))
        return XM_ERR;
    if (!b->dram.up)
        return xm_fail(x, "RAM test: DRAM is not initialised.");
    if (!xm_begin_progress(x, "ram-test"))
        return XM_ERR;
    for (unsigned i = 1; i <= TICKS; i++) {
        phone_wait(x->p, (int64_t)((len >> 20) * (uint64_t)(NS_PER_GIB / 1024) / TICKS));
        if (!xm_tick(x, i * 100 / TICKS))
            return XM_ERR;
    }
    if (!xm_end_progress(x))
        return XM_ERR;
    return b->dram.corrupts ? xm_fail(x, "RAM test failed between 0x%llx and 0x%llx.",
                                      (unsigned long long)start, (unsigned long long)(start + len))
                            : XM_OK;
}

static enum xm_result calibration_report(struct xm *x)
{
    const struct board *b = phone_board(x->p);
    char memory[512];
    const char *target;
    if (!xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    if (!xm_begin_progress(x, "ram-test"))
        return XM_ERR;
    phone_wait(x->p, CALIBRATE_NS);
    if (!xm_end_progress(x))
        return XM_ERR;
    struct xm_out o = xm_out_init(memory, sizeof(memory));
    xm_put(&o,
           XML_HEAD "<calibration><type>0x%04x</type><size>0x%llx</size><result>%s</result></calibration>",
           b->dram.type, (unsigned long long)b->dram.size,
           !b->dram.up        ? "NONE"
           : b->dram.corrupts ? "FAIL"
                              : "PASS");
    return xm_give_file(x, "CALIBRATION", target, o.s, o.len + 1) ? XM_OK : XM_ERR;
}

enum xm_result xm_ram_test(struct xm *x)
{
    const char *function;
    if (!xm_arg(x, "function", &function))
        return XM_ERR;
    if (strcmp(function, "FLIP") == 0)
        return flip_test(x);
    if (strcmp(function, "CALIBRATION") == 0)
        return calibration_report(x);
    return xm_fail(x, "Unknown RAM test.");
}

/* Rows of real DRAM can be replaced once; a part that flips bits everywhere is not cured by it. */
enum xm_result xm_dram_repair(struct xm *x)
{
    const struct board *b = phone_board(x->p);
    const char *source, *target;
    size_t len;
    if (!xm_arg_file(x, "param_file", &source) || !xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    if (xm_get_file(x, "DRAM-PARAM", source, REPAIR_PARAM, &x->file, &len) != XM_GOT_IT)
        return XM_ERR;
    const char *answer = b->dram.corrupts ? "FAILED" : "NO-NEED";
    return xm_give_file(x, "DRAM-REPAIR", target, answer, strlen(answer) + 1) ? XM_OK : XM_ERR;
}
