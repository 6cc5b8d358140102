/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/boot/timeouts.h"

#include "base/clock.h"
#include "base/cursor.h"
#include "base/units.h"

#define X(name, base, per_mib, why) {#name, why, base, per_mib},
static const struct {
    const char *name, *reason;
    uint32_t base_ms, per_mib_ms;
} table[MTK_T_COUNT] = {MTK_TIMEOUT_TABLE(X)};
#undef X

struct mtk_timeouts mtk_timeouts_default(void)
{
    struct mtk_timeouts t = {.scale_percent = 100};
    for (size_t i = 0; i < MTK_T_COUNT; i++) {
        t.op[i].base_ms = table[i].base_ms;
        t.op[i].per_mib_ms = table[i].per_mib_ms;
    }
    return t;
}

int64_t mtk_timeout_ns(const struct mtk_timeouts *t, enum mtk_timeout_op op, uint64_t bytes)
{
    uint64_t base = t ? t->op[op].base_ms : table[op].base_ms;
    uint64_t per_mib = t ? t->op[op].per_mib_ms : table[op].per_mib_ms;
    uint64_t scale = t && t->scale_percent ? t->scale_percent : 100;
    uint64_t mib = bytes / MIB + (bytes % MIB != 0), part, ms, scaled, ns;
    /* A started MiB counts whole: short transfers are not the ones that should time out early. */
    if (!mul_u64(mib, per_mib, &part) || !add_u64(base, part, &ms) || !mul_u64(ms, scale, &scaled) ||
        !mul_u64(scaled / 100, (uint64_t)NS_PER_MS, &ns) || ns > (uint64_t)NS_NEVER)
        return NS_NEVER;
    return (int64_t)ns;
}

const char *mtk_timeout_name(enum mtk_timeout_op op)
{
    return table[op].name;
}

const char *mtk_timeout_reason(enum mtk_timeout_op op)
{
    return table[op].reason;
}
