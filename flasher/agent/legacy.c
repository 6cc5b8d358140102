/* SPDX-License-Identifier: Apache-2.0 */
/* The legacy agent as the rest of the flasher sees it, and the end of its session [5.16]. */
#include "flasher/agent/legacy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "protocol/error_index.h"

bool leg_staging(struct legacy *g, struct mtk_error *err)
{
    if (!g->staging && !(g->staging = malloc(LG_DATA_PACKET)))
        leg_fail(g, MTK_E_MTK_INTERNAL, MTK_EV_HOST, err, "out of memory for a packet of %u bytes",
                 LG_DATA_PACKET);
    return g->staging != NULL;
}

bool leg_cancelled(struct legacy *g, uint64_t acked, struct mtk_error *err)
{
    if (g->internal || !g->agent.cancelled || !g->agent.cancelled(g->agent.cancelled_ctx))
        return false;
    mtk_fail(err, MTK_E_MTK_CANCELLED, MTK_EV_HOST, "ended on request");
    err->acked = acked;
    mtk_error_step(err, g->stage, g->command);
    return true;
}

void leg_progress(struct legacy *g, uint64_t done)
{
    if (!g->internal && g->agent.progress)
        g->agent.progress(g->agent.progress_ctx, done);
}

int leg_begin(struct legacy *g, const char *command, struct mtk_error *err)
{
    leg_step(g, command);
    if (g->agent.usable)
        return 0;
    return leg_fail(g, MTK_E_MTK_LINK_LOST, MTK_EV_HOST, err,
                    "the agent was lost by an earlier failure; start a new session");
}

static int find_area(struct legacy *g, const char *area, struct mtk_error *err)
{
    if (!g->info.storage[0])
        return leg_fail(g, MTK_E_STATUS_STORAGE_MISMATCH, MTK_EV_POLICY, err,
                        "the agent has found no storage on this phone");
    for (size_t i = 0; i < g->info.n_areas; i++)
        if (strcmp(g->info.areas[i].name, area) == 0)
            return (int)i;
    return leg_fail(g, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY, err, "the phone's %s has no area %s",
                    g->info.storage, area);
}

int leg_begin_range(struct legacy *g, const char *command, const char *area, uint64_t addr, uint64_t len,
                    struct mtk_error *err)
{
    if (leg_begin(g, command, err) < 0)
        return -1;
    int i = find_area(g, area, err);
    if (i < 0)
        return -1;
    const struct mtk_area *a = &g->info.areas[i];
    if (!a->readable)
        return leg_fail(g, MTK_E_MTK_UNSUPPORTED, MTK_EV_POLICY, err,
                        "area %s cannot be accessed through this agent", area);
    if (!range_fits(addr, len, a->size))
        return leg_fail(g, MTK_E_MTK_OUT_OF_RANGE, MTK_EV_POLICY, err,
                        "0x%" PRIX64 " bytes at 0x%" PRIX64 " do not fit into %s of 0x%" PRIX64 " bytes", len,
                        addr, area, a->size);
    return leg_cancelled(g, 0, err) ? -1 : i;
}

static void leg_info(struct mtk_agent *a, struct mtk_agent_info *out)
{
    *out = ((struct legacy *)a)->info;
}

/* ---- the end ---- */

/* The last ack: a phone that has left by then has done what it was told. */
static int await_farewell(struct legacy *g, int row, const char *to, struct mtk_error *err)
{
    struct mtk_error e = {0};
    int r = leg_expect_ack(g, MTK_T_LG_FIELD, to, &e);
    g->agent.usable = false;
    if (r == 0 || e.evidence == MTK_EV_LEFT_BUS)
        return 0;
    *err = e;
    return leg_wrap(g, row, err);
}

/* V1's form: ticks and flags, six bytes behind the opcode, all zero: at once, an ordinary boot. */
static int restart(struct legacy *g, struct mtk_error *err)
{
    static const uint8_t command[7] = {LG_ENABLE_WATCHDOG};
    leg_step(g, "ENABLE_WATCHDOG");
    if (leg_send(g, command, sizeof(command), err) < 0)
        return -1;
    return await_farewell(g, MTK_E_S_FT_ENABLE_WATCHDOG_FAIL, "the restart", err);
}

/* Leaves the bus and lets go of the power key: the phone stays off, or charges, until the cable is pulled. */
static int finish(struct legacy *g, struct mtk_error *err)
{
    leg_step(g, "FINISH");
    if (leg_send_u8(g, LG_FINISH, err) < 0)
        return -1;
    if (leg_expect_ack(g, MTK_T_LG_FIELD, "FINISH", err) < 0)
        return leg_wrap(g, MTK_E_S_FT_FINISH_CMD_FAIL, err);
    if (leg_send_u32(g, LG_FINISH_DISCONNECT_AND_RELEASE, err) < 0)
        return -1;
    return await_farewell(g, MTK_E_S_FT_FINISH_CMD_FAIL, "the way to finish", err);
}

static int leg_reboot(struct mtk_agent *a, const char *mode, struct mtk_error *err)
{
    struct legacy *g = (struct legacy *)a;
    struct mtk_error local = {0};
    err = err ? err : &local;
    if (leg_begin(g, "FINISH", err) < 0)
        return -1;
    if (strcmp(mode, "system") == 0)
        return restart(g, err);
    if (strcmp(mode, "off") == 0 || strcmp(mode, "none") == 0)
        return finish(g, err);
    bool known = strcmp(mode, "recovery") == 0 || strcmp(mode, "fastboot") == 0;
    return leg_fail(g, known ? MTK_E_MTK_UNSUPPORTED : MTK_E_MTK_USAGE, MTK_EV_HOST, err,
                    known ? "a legacy agent cannot boot into %s" : "no such way to end a session: %s", mode);
}

/* ---- the object ---- */

static void leg_destroy(struct mtk_agent *a)
{
    struct legacy *g = (struct legacy *)a;
    if (!g)
        return;
    leg_forget_table(g);
    free(g->staging);
    free(g);
}

static const struct mtk_agent_ops legacy_ops = {
    .info = leg_info,
    .read = leg_read,
    .write = leg_write,
    .write_named = leg_write_named,
    .erase = leg_erase,
    .table = leg_table,
    .set_table = leg_set_table,
    .reboot = leg_reboot,
    .destroy = leg_destroy,
};

struct legacy *leg_new(struct mtk_link *l, const struct mtk_boot_options *opt, const struct leg_chip *chip)
{
    struct legacy *g = calloc(1, sizeof(*g));
    if (!g)
        return NULL;
    g->agent.ops = &legacy_ops;
    g->agent.usable = true;
    g->agent.sink = opt->sink;
    g->agent.cancelled = opt->cancelled;
    g->agent.cancelled_ctx = opt->cancelled_ctx;
    g->link = l;
    g->timeouts = opt->timeouts ? *opt->timeouts : mtk_timeouts_default();
    g->chip = chip;
    g->stage = "da1";
    g->command = "";
    g->host_os = LG_OS_WINDOWS;
    g->info.generation = "legacy";
    g->info.gpt = true;
    g->info.max_write = g->info.max_read = LG_DATA_PACKET;
    return g;
}
