/* SPDX-License-Identifier: Apache-2.0 */
/* The XML agent as the rest of the flasher sees it [4, 6.4 to 6.7]. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flasher/agent/xml.h"
#include "protocol/error_index.h"

/* A command that this agent must have for what is wanted of it. */
static int needed(struct v6 *v, const char *name, const char *args, struct v6_job *job, struct mtk_error *err)
{
    if (v6_command(v, name, "1.0", args, job, err) < 0)
        return -1;
    if (!job->unsupported)
        return 0;
    return agent_fail(&v->x.s, MTK_E_MTK_UNSUPPORTED, MTK_EV_REFUSED, err, "this agent does not have %s",
                      name);
}

static int v6_read(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len,
                   const struct mtk_drain *to, struct mtk_error *err)
{
    struct v6 *v = (struct v6 *)a;
    struct mtk_error local = {0};
    struct agent_trim trim;
    char args[256];
    err = err ? err : &local;
    if (agent_begin_range(&v->x.s, "READ-FLASH", area, addr, len, err) < 0)
        return -1;
    if (len == 0)
        return 0;
    struct agent_span span = agent_span_of(addr, len, v->x.s.info.block_size);
    struct v6_job job = {.drain = &trim.drain,
                         .expected = span.len,
                         .span = &span,
                         .patience = agent_timeout(&v->x.s, MTK_T_BLOCK, 0)};
    agent_trim_init(&trim, to, span.before, len);
    snprintf(args, sizeof(args),
             "<partition>%s</partition><offset>0x%" PRIx64 "</offset><length>0x%" PRIx64
             "</length><target_file>ROM_0</target_file>",
             v6_section(area), span.addr, span.len);
    return needed(v, "READ-FLASH", args, &job, err);
}

static int v6_write(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len,
                    const struct mtk_source *from, struct mtk_error *err)
{
    struct v6 *v = (struct v6 *)a;
    struct mtk_error local = {0};
    struct agent_edges edges;
    struct agent_pad padded;
    char args[256];
    bool nand = strcmp(v->x.s.info.storage, "nand") == 0;
    err = err ? err : &local;
    if (agent_begin_range(&v->x.s, "WRITE-FLASH", area, addr, len, err) < 0)
        return -1;
    if (len == 0)
        return 0;
    if (agent_edges_get(a, area, addr, len, v->x.s.info.block_size, !nand, &edges, err) < 0) {
        return agent_failed(&v->x.s, err);
    }
    /* The range is erased first, and only then is the file asked for [6.5]. */
    struct v6_job job = {.source = &padded.source,
                         .length = edges.span.len,
                         .span = &edges.span,
                         .changes_flash = true,
                         .patience = agent_timeout(&v->x.s, MTK_T_ERASE_STEP, 0)};
    agent_pad_init(&padded, from, &edges);
    snprintf(args, sizeof(args),
             "<partition>%s</partition><offset>0x%" PRIx64 "</offset><source_file>MEM://0x8000000:0x%" PRIx64
             "</source_file>",
             v6_section(area), edges.span.addr, edges.span.len);
    return needed(v, "WRITE-FLASH", args, &job, err);
}

static int v6_write_named(struct mtk_agent *a, const char *partition, uint64_t len,
                          const struct mtk_source *from, struct mtk_error *err)
{
    struct v6 *v = (struct v6 *)a;
    struct mtk_error local = {0};
    struct v6_job job = {.source = from,
                         .length = len,
                         .changes_flash = true,
                         .patience = agent_timeout(&v->x.s, MTK_T_ERASE_STEP, 0)};
    char args[512], name[128];
    err = err ? err : &local;
    if (agent_begin(&v->x.s, "WRITE-PARTITION", err) < 0)
        return -1;
    if (!*partition || len == 0 || !v6_escape(partition, name, sizeof(name)))
        return agent_fail(&v->x.s, MTK_E_MTK_USAGE, MTK_EV_HOST, err,
                          "cannot write %" PRIu64 " bytes to a partition named \"%.40s\"", len, partition);
    if (agent_cancelled(&v->x.s, 0, err))
        return -1;
    snprintf(args, sizeof(args),
             "<partition>%s</partition><source_file>MEM://0x8000000:0x%" PRIx64 "</source_file>", name, len);
    return needed(v, "WRITE-PARTITION", args, &job, err);
}

static int v6_erase(struct mtk_agent *a, const char *area, uint64_t addr, uint64_t len, struct mtk_error *err)
{
    struct v6 *v = (struct v6 *)a;
    struct mtk_error local = {0};
    struct v6_job job = {
        .erase_size = len, .changes_flash = true, .patience = agent_timeout(&v->x.s, MTK_T_ERASE_STEP, 0)};
    char args[256];
    err = err ? err : &local;
    if (agent_begin_range(&v->x.s, "ERASE-FLASH", area, addr, len, err) < 0 ||
        agent_check_erase(&v->x.s, addr, len, v->x.s.info.block_size, err) < 0)
        return -1;
    if (len == 0)
        return 0;
    snprintf(args, sizeof(args),
             "<partition>%s</partition><offset>0x%" PRIx64 "</offset><length>0x%" PRIx64 "</length>",
             v6_section(area), addr, len);
    if (needed(v, "ERASE-FLASH", args, &job, err) < 0)
        return -1;
    agent_progress(&v->x.s, len);
    return 0;
}

/* How the modes of the interface are said. */
static const struct {
    const char *mode, *command, *args;
} modes[] = {
    {"system", "REBOOT", "<action>IMMEDIATE</action>"},
    {"fastboot", "SET-BOOT-MODE", "<mode>FASTBOOT</mode>"}, /* resets inside its handler [4] */
    {"off", "REBOOT", "<action>DISCONNECT</action>"},
    {"none", "REBOOT", "<action>DISCONNECT</action>"},
};

static int v6_reboot(struct mtk_agent *a, const char *mode, struct mtk_error *err)
{
    struct v6 *v = (struct v6 *)a;
    struct mtk_error local = {0};
    struct v6_job job = {0};
    size_t n = sizeof(modes) / sizeof(modes[0]), i = 0;
    err = err ? err : &local;
    if (agent_begin(&v->x.s, "REBOOT", err) < 0)
        return -1;
    while (i < n && strcmp(modes[i].mode, mode) != 0)
        i++;
    if (i == n)
        return agent_no_way_to_end(&v->x.s, "an XML agent", mode, strcmp(mode, "recovery") == 0, err);
    int r = needed(v, modes[i].command, modes[i].args, &job, err);
    /* No CMD:START follows; and the reset may be quicker than CMD:END [4, 6.7]. */
    if (r < 0 && err->evidence == MTK_EV_LEFT_BUS)
        r = 0;
    if (r == 0) /* an agent that refuses goes on */
        v->x.s.agent.usable = false;
    return r;
}

static void v6_destroy(struct mtk_agent *a)
{
    struct v6 *v = (struct v6 *)a;
    if (!v)
        return;
    free(v->text);
    free(v->doc);
    free(v->x.s.staging);
    free(v);
}

static const struct mtk_agent_ops v6_ops = {
    .info = agent_info,
    .read = v6_read,
    .write = v6_write,
    .write_named = v6_write_named,
    .erase = v6_erase,
    .table = v6_table,
    .reboot = v6_reboot,
    .destroy = v6_destroy,
};

struct v6 *v6_new(struct mtk_link *l, const struct mtk_boot_options *opt)
{
    struct v6 *v = calloc(1, sizeof(*v));
    if (!v)
        return NULL;
    v->text = malloc(V6_TEXT_MAX + 1);
    v->doc = malloc(V6_TEXT_MAX + 1);
    agent_speaker_init(&v->x.s, &v6_ops, "xml", l, opt);
    v->x.s.info.dram_own = true;
    v->start_due = true;
    if (v->text && v->doc) {
        v->text[0] = v->doc[0] = 0;
        return v;
    }
    v6_destroy(&v->x.s.agent);
    return NULL;
}
