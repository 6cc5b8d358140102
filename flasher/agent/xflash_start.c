/* SPDX-License-Identifier: Apache-2.0 */
/* From the first byte of stage 1 to a stage 2 that answers questions [4, 5, 6, 7.6, 13]. */
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/agent/emi.h"
#include "flasher/agent/xflash.h"
#include "protocol/error_index.h"

#define ENVIRONMENT_LEN    20u
#define LOG_LEVEL_INFO     2u
#define LOG_CHANNEL_UART   1u /* log text would only be in the way on the link */
#define RESET_KEY_TWO_KEYS 0x68u
#define SLA_RESPONSE_MAX   512u /* RSA-2048 gives 256 */
#define EMI_VERSION_AT     0x12u

/* Says what can be done about a refusal, behind what happened. */
static void hint(struct mtk_error *err, const char *text)
{
    size_t n = strlen(err->what);
    snprintf(err->what + n, sizeof(err->what) - n, "; %s", text);
}

/*
 * SYNC and the two set-up commands are pipelined: none of their command words is answered, each group gets one status
 * after its parameter, and at the end stage 1 says SYNC on its own [4].
 */
static int set_up(struct xflash *x, uint32_t system_os, struct mtk_error *err)
{
    uint8_t env[ENVIRONMENT_LEN] = {0};
    uint32_t word = 0;
    int64_t reply = agent_timeout(&x->s, MTK_T_AGENT_SYNC, 0);
    put_le32(env, LOG_LEVEL_INFO);
    put_le32(env + 4, LOG_CHANNEL_UART);
    put_le32(env + 8, system_os);
    agent_step(&x->s, "SETUP_ENVIRONMENT");
    if (xf_send_u32(x, XFLASH_SYNC, err) < 0 || xf_send_u32(x, XF_SETUP_ENVIRONMENT, err) < 0 ||
        xf_send(x, env, sizeof(env), err) < 0)
        return -1;
    if (xf_expect_ok(x, reply, "the environment", err) < 0) {
        if (err->has_status && err->device_status == XF_DA_ANTI_ROLLBACK)
            hint(err, "the phone takes newer agents only: give the one of its present firmware with --da");
        return -1;
    }
    agent_step(&x->s, "SETUP_HW_INIT_PARAMS");
    if (xf_send_u32(x, XF_SETUP_HW_INIT_PARAMS, err) < 0 || xf_send_u32(x, 0, err) < 0 ||
        xf_expect_ok(x, reply, "the hardware parameters", err) < 0)
        return -1;
    agent_step(&x->s, "SYNC");
    if (xf_recv_status(x, reply, &word, err) < 0)
        return -1;
    return word == XFLASH_SYNC ? 0 : xf_refused(x, word, "the set-up, where SYNC was due,", err);
}

/* Settings that only stage 1 takes or that both keep; none of them is worth failing for when it is absent. */
static int configure(struct xflash *x, uint32_t checksum_level, struct mtk_error *err)
{
    uint8_t word[4];
    put_le32(word, RESET_KEY_TWO_KEYS);
    if (xf_ctrl_set(x, XF_SET_RESET_KEY, word, sizeof(word), err) == XF_CTRL_FAILED)
        return -1;
    put_le32(word, checksum_level);
    enum xf_ctrl r = xf_ctrl_set(x, XF_SET_CHECKSUM_LEVEL, word, sizeof(word), err);
    if (r == XF_CTRL_ABSENT && checksum_level != XF_CHECKSUM_NONE)
        mtk_note(x->s.agent.sink, 2, "the agent takes no checksum level: it verifies nothing itself");
    x->checksum_level = r == XF_CTRL_DONE ? checksum_level : XF_CHECKSUM_NONE;
    return r == XF_CTRL_FAILED ? -1 : 0;
}

/* Who started stage 1 decides whether DRAM works already [5.1]. */
static int ask_connection(struct xflash *x, const struct mtk_phone_id *id, bool *dram_is_dead,
                          struct mtk_error *err)
{
    char *out = x->s.info.connection;
    size_t cap = sizeof(x->s.info.connection), n = 0;
    enum xf_ctrl r = xf_ctrl_get(x, XF_GET_CONNECTION_AGENT, out, cap - 1, &n, err);
    if (r == XF_CTRL_FAILED)
        return -1;
    if (r == XF_CTRL_ABSENT)
        n = (size_t)snprintf(out, cap, "%s", id->brom ? "brom" : "preloader");
    out[n] = 0;
    *dram_is_dead = strcmp(out, "brom") == 0;
    if (*dram_is_dead || strcmp(out, "preloader") == 0)
        return 0;
    mtk_fail(err, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER,
             "the agent was started by neither \"brom\" nor \"preloader\"");
    mtk_error_bytes(err, NULL, 0, out, n);
    return agent_failed(&x->s, err);
}

/*
 * The vendor's tools report every failure of this command as STATUS_EXT_RAM_EXCEPTION, and that is the name users look
 * for. The inner fact, which says what to do, is kept: silence, a status, or a phone that left [5.3].
 */
static int ram_failed(struct xflash *x, const struct mtk_error *inner, const uint8_t *emi, size_t emi_len,
                      bool sent, struct mtk_error *err)
{
    char version[3] = "??";
    if (emi_len >= EMI_VERSION_AT + 2)
        memcpy(version, emi + EMI_VERSION_AT, 2);
    *err = *inner;
    bool wrapped = inner->evidence == MTK_EV_NO_ANSWER || inner->evidence == MTK_EV_REFUSED ||
                   inner->evidence == MTK_EV_LEFT_BUS || inner->has_status;
    if (!wrapped)
        return -1;
    const char *how = inner->evidence == MTK_EV_LEFT_BUS    ? "the phone left the bus"
                      : inner->evidence == MTK_EV_NO_ANSWER ? "the agent fell silent"
                                                            : inner->what;
    err->row = &mtk_err_rows[MTK_E_STATUS_EXT_RAM_EXCEPTION];
    err->acked = 0;
    snprintf(err->what, sizeof(err->what), "DRAM was not brought up: %.200s %s (EMI v%.2s, %zu bytes)", how,
             sent ? "after it had taken all DRAM settings" : "before it had taken the DRAM settings", version,
             emi_len);
    return agent_failed(&x->s, err);
}

static int init_ext_ram(struct xflash *x, const uint8_t *emi, size_t emi_len, struct mtk_error *err)
{
    struct mtk_error inner = {0};
    bool sent = false;
    if (xf_command(x, XF_INIT_EXT_RAM, &inner) == 0 && xf_send_u32(x, (uint32_t)emi_len, &inner) == 0 &&
        xf_send(x, emi, emi_len, &inner) == 0) {
        sent = true;
        if (xf_expect_ok(x, agent_timeout(&x->s, MTK_T_DRAM_INIT, 0), "the DRAM settings", &inner) == 0)
            return 0;
    }
    return ram_failed(x, &inner, emi, emi_len, sent, err);
}

static bool is_wrong_version(const struct mtk_error *err)
{
    return err->has_status && err->device_status == XF_EMI_VERSION;
}

/*
 * An agent that has no use for this version of the settings says so and goes on: then another preloader's may be offered
 * [5.3, F5]. Any other failure is about the DRAM, and trying again with settings of another board could only be worse.
 */
static int bring_up_ram(struct xflash *x, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                        const uint8_t *emi, size_t emi_len, struct mtk_error *err)
{
    enum mtk_agent_kind chip = id->chip ? id->chip->agent : MTK_AGENT_XFLASH;
    struct agent_emi e;
    bool whole = agent_emi_open(emi, emi_len, &e);
    const char *name = opt->preloader_name;
    int r = init_ext_ram(x, emi, emi_len, err);
    for (size_t k = 0; r < 0 && is_wrong_version(err) && k < opt->n_more_preloaders; k++) {
        if (!agent_emi_further(opt, k, &e) || !agent_emi_fits(e.version, chip))
            continue;
        mtk_note(x->s.agent.sink, 1, "%s; trying those of %s (v%u)", err->what, e.name, e.version);
        *err = (struct mtk_error){0};
        if (agent_cancelled(&x->s, 0, err))
            return -1;
        whole = true;
        name = e.name;
        emi_len = e.len;
        r = init_ext_ram(x, e.blob, e.len, err);
    }
    if (r < 0)
        return -1;
    agent_emi_taken(&x->s.info, name, whole ? e.version : 0);
    mtk_note(x->s.agent.sink, 1, "DRAM is up (%zu bytes of settings)", emi_len);
    return 0;
}

/* Stage 1 gave 0 for the image and stage 2 does not speak: it was put into memory that does not work [6, F9]. */
static int stage2_silent(struct xflash *x, bool did_dram, struct mtk_error *err)
{
    if (err->evidence != MTK_EV_NO_ANSWER)
        return -1;
    if (did_dram)
        err->row = &mtk_err_rows[MTK_E_STATUS_EXT_RAM_EXCEPTION];
    snprintf(err->what, sizeof(err->what),
             "stage 2 was stored and started but never spoke: DRAM does not work as its settings say, or the "
             "agent is "
             "not for this phone");
    x->s.agent.usable = false;
    return -1;
}

static int boot_to(struct xflash *x, uint64_t address, const uint8_t *image, size_t len, bool did_dram,
                   struct mtk_error *err)
{
    uint8_t where[16];
    uint32_t word = 0;
    put_le64(where, address);
    put_le64(where + 8, len);
    if (xf_command(x, XF_BOOT_TO, err) < 0 || xf_send(x, where, sizeof(where), err) < 0 ||
        xf_send(x, image, len, err) < 0 ||
        xf_expect_ok(x, agent_timeout(&x->s, MTK_T_DA_DATA, len), "the stage-2 image", err) < 0)
        return -1;
    x->s.stage = "da2";
    if (xf_recv_status(x, agent_timeout(&x->s, MTK_T_STAGE2_SYNC, 0), &word, err) < 0)
        return stage2_silent(x, did_dram, err);
    if (word != XFLASH_SYNC && word != 0) /* agents with extensions send a plain 0 [6] */
        return xf_refused(x, word, "the jump to stage 2, where SYNC was due,", err);
    return 0;
}

/* Proves to a locked stage 2 that the PC may use it, with a key that only the user can bring [7.6]. */
static int answer_sla(struct xflash *x, const struct mtk_start_options *opt, struct mtk_error *err)
{
    uint8_t fw[68], response[SLA_RESPONSE_MAX];
    size_t n = 0, len = sizeof(response);
    if (!opt->da_sla_sign) {
        mtk_fail(err, MTK_E_STATUS_SEC_AUTH_FILE_NEEDED, MTK_EV_POLICY,
                 "stage 2 is locked (DA SLA) and no key that opens it was given; the manufacturer's would "
                 "go to --da-sla-key");
        return agent_failed(&x->s, err);
    }
    enum xf_ctrl r = xf_ctrl_get(x, XF_GET_DEV_FW_INFO, fw, sizeof(fw), &n, err);
    if (r == XF_CTRL_FAILED)
        return -1;
    if (r == XF_CTRL_ABSENT || n < 4 + 16) {
        mtk_fail(err, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER,
                 "stage 2 is locked but gives no challenge");
        mtk_error_bytes(err, NULL, 0, fw, n);
        return agent_failed(&x->s, err);
    }
    /* The challenge is new with each question: this one, and no earlier one, must be signed. */
    if (opt->da_sla_sign(opt->da_sla_ctx, fw + 4, response, &len, err) < 0) {
        mtk_error_step(err, x->s.stage, "SET_REMOTE_SEC_POLICY");
        return -1;
    }
    r = xf_ctrl_set(x, XF_SET_REMOTE_SEC_POLICY, response, len < sizeof(response) ? len : sizeof(response),
                    err);
    if (r == XF_CTRL_ABSENT)
        return xf_refused(x, XF_UNSUPPORTED_CTRL, "the answer to its own challenge", err);
    if (r == XF_CTRL_FAILED && err->evidence == MTK_EV_REFUSED)
        hint(err, err->device_status == XF_POLICY_DISABLED
                      ? "this agent cannot be unlocked with a key at all"
                      : "--da-sla-key is not the key of this agent; do not try many times");
    return r == XF_CTRL_FAILED ? -1 : 0;
}

static int unlock(struct xflash *x, const struct mtk_start_options *opt, struct mtk_error *err)
{
    uint8_t word[4] = {0};
    size_t n = 0;
    enum xf_ctrl r = xf_ctrl_get(x, XF_SLA_ENABLED_STATUS, word, sizeof(word), &n, err);
    if (r == XF_CTRL_FAILED)
        return -1;
    if (r == XF_CTRL_ABSENT || get_le32(word) == 0)
        return 0;
    mtk_note(x->s.agent.sink, 1, "stage 2 demands authentication (DA SLA)");
    if (opt->da_sla_asked)
        *opt->da_sla_asked = true;
    return answer_sla(x, opt, err);
}

/* Everything that stage 1 is for. */
static int run_stage1(struct xflash *x, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                      const uint8_t *emi, size_t emi_len, bool *dram_is_dead, struct mtk_error *err)
{
    if (set_up(x, opt->system_os, err) < 0 || configure(x, opt->checksum_level, err) < 0 ||
        ask_connection(x, id, dram_is_dead, err) < 0 || agent_cancelled(&x->s, 0, err))
        return -1;
    if (!*dram_is_dead) {
        mtk_note(x->s.agent.sink, 1, "DRAM was brought up by the phone's own preloader");
        return 0;
    }
    if (!emi_len) {
        /* Without it the jump into DRAM would hang, not fail [14, item 10]. */
        mtk_fail(err, MTK_E_MTK_NO_EMI, MTK_EV_POLICY,
                 "the agent was started by the boot ROM and no DRAM settings were given");
        mtk_error_step(err, x->s.stage, "INIT_EXT_RAM");
        return -1;
    }
    if (bring_up_ram(x, opt, id, emi, emi_len, err) < 0)
        return -1;
    return agent_cancelled(&x->s, 0, err) ? -1 : 0;
}

int mtk_xflash_start(struct mtk_link *l, const struct mtk_start_options *opt, const struct mtk_phone_id *id,
                     const uint8_t *da2, size_t da2_len, uint64_t da2_address, const uint8_t *emi,
                     size_t emi_len, struct mtk_agent **out, struct mtk_error *err)
{
    struct mtk_error local = {0};
    bool dram_is_dead = false;
    err = err ? err : &local;
    *out = NULL;
    struct xflash *x = xf_new(l, &opt->boot);
    if (!x)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    if (run_stage1(x, opt, id, emi, emi_len, &dram_is_dead, err) < 0 ||
        boot_to(x, da2_address, da2, da2_len, dram_is_dead, err) < 0 || unlock(x, opt, err) < 0 ||
        xf_learn(x, id, err) < 0 || (opt->switch_usb_speed && xf_switch_speed(x, err) < 0)) {
        /* Who gives up must not leave the phone waiting in its agent. In the other cases it may not even listen. */
        struct mtk_error ignored = {0};
        if (x->s.agent.usable && mtk_error_is(err, MTK_E_MTK_CANCELLED))
            (void)x->s.agent.ops->reboot(&x->s.agent, "none", &ignored);
        x->s.agent.ops->destroy(&x->s.agent);
        return -1;
    }
    *out = &x->s.agent;
    return 0;
}
