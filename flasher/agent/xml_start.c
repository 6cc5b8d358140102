/* SPDX-License-Identifier: Apache-2.0 */
/* From the first frame of stage 1 to a stage 2 that answers questions [6.1, 6.2, 7]. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flasher/agent/xml.h"
#include "protocol/error_index.h"

#define SLA_RESPONSE_MAX 512u /* RSA-2048 gives 256 */
#define CHALLENGE_LEN    16u

/* The rest of the first frame, whose magic has been read. */
static int first_frame(struct v6 *v, struct mtk_error *err)
{
    static const uint8_t want[8] = {1, 0, 0, 0, 0x66, 0, 0, 0};
    uint8_t head[8];
    int64_t timeout = agent_timeout(&v->x.s, MTK_T_AGENT_SYNC, 0);
    agent_step(&v->x.s, "CMD:START");
    if (xf_recv_payload(&v->x, head, sizeof(head), timeout, err) < 0)
        return -1;
    uint32_t len =
        (uint32_t)head[4] | (uint32_t)head[5] << 8 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 24;
    if (head[0] == XFLASH_MESSAGE && len <= XF_SMALL_MAX) /* a log line came first */
        return xf_recv_discard(&v->x, len, timeout, err);
    if (memcmp(head, want, 4) != 0 || !len || len > V6_TEXT_MAX) {
        agent_out_of_step(&v->x.s, NULL, 0, err, "the first frame of the agent is no text");
        mtk_error_bytes(err, want, sizeof(want), head, sizeof(head));
        return -1;
    }
    if (xf_recv_payload(&v->x, v->text, len, timeout, err) < 0)
        return -1;
    v->text[len] = 0;
    v->text_len = len;
    return v6_take_start(v, err);
}

/* A command that many builds do not have; nothing is wrong then. */
static int optional(struct v6 *v, const char *name, const char *args, struct mtk_error *err)
{
    return v6_command(v, name, "1.0", args, NULL, err);
}

static int set_up(struct v6 *v, const struct mtk_start_options *opt, struct mtk_error *err)
{
    static const char *const levels[] = {"NONE", "USB", "STORAGE", "USB-STORAGE"};
    char args[512];
    struct v6_job job = {0};
    v->x.checksum_level = opt->checksum_level & 3;
    /* From version 1.1 on the word about DRAM is required; it stands beside the arguments [3.2, 4]. */
    snprintf(args, sizeof(args),
             "<checksum_level>%s</checksum_level><battery_exist>AUTO-DETECT</battery_exist>"
             "<da_log_level>INFO</da_log_level><log_channel>UART</log_channel><system_os>%s</system_os>",
             levels[v->x.checksum_level], opt->system_os ? "LINUX" : "WINDOWS");
    if (v6_command_with(v, "SET-RUNTIME-PARAMETER", "1.1", args,
                        "<adv><initialize_dram>YES</initialize_dram></adv>", &job, err) < 0 ||
        optional(v, "HOST-SUPPORTED-COMMANDS", "<host_capability>" XML_HOST_CAPABILITY "</host_capability>",
                 err) < 0)
        return -1;
    if (job.unsupported && v->x.checksum_level) {
        mtk_note(v->x.s.agent.sink, 2, "the agent takes no checksum level: it verifies nothing itself");
        v->x.checksum_level = 0;
    }
    struct v6_job init = {.patience = agent_timeout(&v->x.s, MTK_T_DRAM_INIT, 0)};
    return v6_command(v, "NOTIFY-INIT-HW", "1.0", NULL, &init, err);
}

static int boot_to(struct v6 *v, uint64_t address, const uint8_t *image, size_t len, struct mtk_error *err)
{
    char args[256];
    struct v6_job job = {.data = image, .length = len};
    snprintf(args, sizeof(args),
             "<at_address>0x%" PRIx64 "</at_address><jmp_address>0x%" PRIx64
             "</jmp_address><source_file>MEM://0x0:0x%zx</source_file>",
             address, address, len);
    job.patience = agent_timeout(&v->x.s, MTK_T_DA_DATA, len);
    if (v6_command(v, "BOOT-TO", "1.0", args, &job, err) < 0)
        return -1;
    if (job.unsupported)
        return agent_fail(&v->x.s, MTK_E_MTK_UNSUPPORTED, MTK_EV_REFUSED, err,
                          "stage 1 does not have BOOT-TO");
    v->x.s.stage = "da2";
    agent_step(&v->x.s, "CMD:START");
    if (v6_await_start(v, agent_timeout(&v->x.s, MTK_T_STAGE2_SYNC, 0), err) == 0)
        return 0;
    if (err->evidence == MTK_EV_NO_ANSWER)
        snprintf(
            err->what, sizeof(err->what),
            "stage 2 was stored and started but never spoke: DRAM does not work, or the agent is not for "
            "this phone");
    return -1;
}

/* ---- DA SLA [7] ---- */

static int challenge(struct v6 *v, uint8_t out[CHALLENGE_LEN], struct mtk_error *err)
{
    char hex[64];
    struct v6_job job = {.takes_document = true};
    if (v6_command(v, "SECURITY-GET-DEV-FW-INFO", "1.0", "<target_file>MEM://0x0:0x1000</target_file>", &job,
                   err) < 0)
        return -1;
    if (job.got_document && v6_tag(v->doc, "rnd", NULL, NULL, hex, sizeof(hex)) &&
        v6_hex(hex, out, CHALLENGE_LEN) == CHALLENGE_LEN)
        return 0;
    return agent_fail(&v->x.s, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER, err,
                      "stage 2 is locked but gives no challenge");
}

static int prove(struct v6 *v, const struct mtk_start_options *opt, struct mtk_error *err)
{
    uint8_t rnd[CHALLENGE_LEN], response[SLA_RESPONSE_MAX];
    size_t len = sizeof(response);
    char args[128];
    if (!opt->da_sla_sign) {
        mtk_fail(err, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED, MTK_EV_POLICY,
                 "stage 2 is locked (DA SLA) and no key that opens it was given; the manufacturer's would "
                 "go to --da-sla-key");
        return agent_failed(&v->x.s, err);
    }
    if (challenge(v, rnd, err) < 0)
        return -1;
    if (opt->da_sla_sign(opt->da_sla_ctx, rnd, response, &len, err) < 0) {
        mtk_error_step(err, v->x.s.stage, "SECURITY-SET-FLASH-POLICY");
        return -1;
    }
    struct v6_job job = {.data = response, .length = len < sizeof(response) ? len : sizeof(response)};
    snprintf(args, sizeof(args), "<source_file>MEM://0x0:0x%zx</source_file>", len);
    if (v6_command(v, "SECURITY-SET-FLASH-POLICY", "1.0", args, &job, err) < 0)
        return -1;
    if (job.unsupported)
        return agent_fail(&v->x.s, MTK_E_MTK_UNSUPPORTED, MTK_EV_REFUSED, err,
                          "stage 2 is locked and does not have the command that would open it");
    return 0;
}

static int unlock(struct v6 *v, const struct mtk_start_options *opt, struct mtk_error *err)
{
    char state[32];
    struct v6_job job = {.takes_document = true};
    if (v6_command(v, "GET-SYS-PROPERTY", "1.0",
                   "<key>DA.SLA</key><target_file>MEM://0x0:0x200000</target_file>", &job, err) < 0)
        return -1;
    const char *item = job.got_document ? strstr(v->doc, "key=\"DA.SLA\">") : NULL;
    if (!item || sscanf(item, "key=\"DA.SLA\">%31[A-Z]", state) != 1 || strcmp(state, "ENABLED") != 0)
        return 0;
    mtk_note(v->x.s.agent.sink, 1, "stage 2 demands authentication (DA SLA)");
    if (opt->da_sla_asked)
        *opt->da_sla_asked = true;
    return prove(v, opt, err);
}

int mtk_xml_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                  const uint8_t *da2, size_t da2_len, uint64_t da2_address, struct mtk_agent **out,
                  struct mtk_error *err)
{
    struct mtk_error local = {0};
    struct v6_job init = {0};
    err = err ? err : &local;
    *out = NULL;
    struct v6 *v = v6_new(l, &opt->boot);
    if (!v)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    init.patience = agent_timeout(&v->x.s, MTK_T_ERASE_STEP, 0);
    if (first_frame(v, err) < 0 || set_up(v, opt, err) < 0 || agent_cancelled(&v->x.s, 0, err) ||
        boot_to(v, da2_address, da2, da2_len, err) < 0 || unlock(v, opt, err) < 0 ||
        v6_command(v, "NOTIFY-INIT-HW", "1.0", NULL, &init, err) < 0 || v6_learn(v, id, err) < 0) {
        struct mtk_error ignored = {0};
        if (v->x.s.agent.usable && mtk_error_is(err, MTK_E_MTK_CANCELLED))
            (void)v->x.s.agent.ops->reboot(&v->x.s.agent, "none", &ignored);
        v->x.s.agent.ops->destroy(&v->x.s.agent);
        return -1;
    }
    *out = &v->x.s.agent;
    return 0;
}
