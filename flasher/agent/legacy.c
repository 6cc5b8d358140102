/* SPDX-License-Identifier: Apache-2.0 */
/* The legacy agent as the rest of the flasher sees it, and the end of its session [5.16]. */
#include "flasher/agent/legacy.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "protocol/error_index.h"

/* ---- the end ---- */

/* The last ack: a phone that has left by then has done what it was told. */
static int await_farewell(struct legacy *g, int row, const char *to, struct mtk_error *err)
{
    struct mtk_error e = {0};
    int r = leg_expect_ack(g, MTK_T_LG_FIELD, to, &e);
    g->s.agent.usable = false;
    if (r == 0 || e.evidence == MTK_EV_LEFT_BUS)
        return 0;
    *err = e;
    return leg_wrap(g, row, err);
}

/* V1's form: ticks and flags, six bytes behind the opcode, all zero: at once, an ordinary boot. */
static int restart(struct legacy *g, struct mtk_error *err)
{
    static const uint8_t command[7] = {LG_ENABLE_WATCHDOG};
    agent_step(&g->s, "ENABLE_WATCHDOG");
    if (leg_send(g, command, sizeof(command), err) < 0)
        return -1;
    return await_farewell(g, MTK_E_S_FT_ENABLE_WATCHDOG_FAIL, "the restart", err);
}

/* Leaves the bus and lets go of the power key: the phone stays off, or charges, until the cable is pulled. */
static int finish(struct legacy *g, struct mtk_error *err)
{
    agent_step(&g->s, "FINISH");
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
    if (agent_begin(&g->s, "FINISH", err) < 0)
        return -1;
    if (strcmp(mode, "system") == 0)
        return restart(g, err);
    if (strcmp(mode, "off") == 0 || strcmp(mode, "none") == 0)
        return finish(g, err);
    bool known = strcmp(mode, "recovery") == 0 || strcmp(mode, "fastboot") == 0;
    return agent_no_way_to_end(&g->s, "a legacy agent", mode, known, err);
}

/* ---- the object ---- */

static void leg_destroy(struct mtk_agent *a)
{
    struct legacy *g = (struct legacy *)a;
    if (!g)
        return;
    leg_forget_table(g);
    free(g->s.staging);
    free(g);
}

static const struct mtk_agent_ops legacy_ops = {
    .info = agent_info,
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
    agent_speaker_init(&g->s, &legacy_ops, "legacy", l, opt);
    g->chip = chip;
    g->host_os = LG_OS_WINDOWS;
    g->s.info.gpt = true;
    g->s.info.max_write = g->s.info.max_read = LG_DATA_PACKET;
    return g;
}
