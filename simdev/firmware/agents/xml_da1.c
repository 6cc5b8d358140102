/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the two stages start, and the commands that bring the phone up and let it go: settings, DRAM, BOOT-TO, REBOOT.
 * da-xml.md 4, 6.1, 6.2.
 */
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/sla.h"
#include "simdev/firmware/agents/xml.h"

#define START_NS     (80 * NS_PER_MS)  /* from the jump to CMD:START */
#define STAGE2_NS    (200 * NS_PER_MS) /* 0.1 to 2 s; storage is brought up here */
#define NAND_SCAN_NS (400 * NS_PER_MS)
#define WRONG_BOARD                                                                                \
    "Use wrong load, load with pmic 6377 incompatible with device pmic 6363, response_value=NAK, " \
    "code=0xc0010001"

/* ---- settings ---- */

/* Position of a word in a list, or -1: unknown values are ignored, the old one stays. */
static int word_of(struct xm *x, const char *path, const char *const *words)
{
    const char *text = xm_text(x, path);
    for (int i = 0; text && words[i]; i++) {
        if (strcmp(words[i], text) == 0)
            return i;
    }
    return -1;
}

static void take_settings(struct xm *x)
{
    static const char *const checks[] = {"NONE", "USB", "STORAGE", "USB-STORAGE", NULL};
    static const char *const levels[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", NULL};
    static const char *const channels[] = {"UART", "USB", NULL};
    static const char *const systems[] = {"WINDOWS", "LINUX", NULL};
    static const char *const yes_no[] = {"NO", "YES", NULL};
    int v = word_of(x, "arg/checksum_level", checks);
    if (v >= 0) {
        x->check_usb = v & 1;
        x->check_storage = v & 2;
    }
    v = word_of(x, "arg/da_log_level", levels);
    if (v >= 0)
        x->log_level = (unsigned)v;
    v = word_of(x, "arg/log_channel", channels);
    if (v >= 0)
        x->log_to_usb = v;
    v = word_of(x, "arg/system_os", systems);
    if (v >= 0)
        x->os_linux = v;
    v = word_of(x, "adv/initialize_dram", yes_no);
    if (v >= 0)
        x->skip_dram = !v;
}

enum xm_result xm_set_runtime_parameter(struct xm *x)
{
    static const char *const required[] = {"checksum_level", "battery_exist", "da_log_level", "log_channel",
                                           "system_os"};
    const char *text;
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (!xm_arg(x, required[i], &text))
            return XM_ERR;
    }
    if (x->minor >= 1 && !xm_text(x, "adv/initialize_dram"))
        return xm_fail(x, "%s", XML_MSG_NO_NODE);
    take_settings(x);
    return XM_OK;
}

enum xm_result xm_host_supported_commands(struct xm *x)
{
    const char *text;
    if (!xm_arg(x, "host_capability", &text))
        return XM_ERR;
    struct xm_out o = xm_out_init(x->capability, sizeof(x->capability));
    xm_put(&o, "%s", text); /* stored, not enforced */
    phone_log(x->p, "[DA%u] host can: %s", x->stage, x->capability);
    return XM_OK;
}

enum xm_result xm_set_host_info(struct xm *x)
{
    const char *info = xm_text(x, "arg/info");
    phone_log(x->p, "[DA%u] host: %s", x->stage, info ? info : "?");
    return XM_OK;
}

/* ---- hardware ---- */

/* The memory parameters are in the image of DA1, so they always fit the chip. */
static bool bring_up_dram(struct xm *x)
{
    if (phone_board(x->p)->dram.up || x->skip_dram)
        return true;
    bool marginal = phone_board(x->p)->dram.bad_inits != 0;
    uint32_t st = agent_dram_init(x->p, AGENT_EMI_MATCH, x->name);
    if (st == AGENT_DRAM_HANGS && !marginal) /* what these agents notice is an answer, not a hang */
        phone_hang(x->p, "DRAM calibration hangs");
    return st == 0;
}

enum xm_result xm_notify_init_hw(struct xm *x)
{
    if (x->stage == 2 && !ag_has_storage(x->p))
        return xm_fail(x, "%s", XML_MSG_NO_STORAGE); /* at once, without progress */
    if (!xm_begin_progress(x, "init-hw"))
        return XM_ERR;
    bool good = true;
    xm_heartbeat(x);
    if (x->stage == 1)
        good = bring_up_dram(x);
    else if (phone_board(x->p)->storage == BOARD_NAND)
        phone_wait(x->p, NAND_SCAN_NS);
    if (!xm_end_progress(x))
        return XM_ERR;
    return good ? XM_OK : xm_fail(x, "%s", XML_MSG_DRAM);
}

/* ---- BOOT-TO ---- */

/* Why stage 2 would crash after the jump, or NULL. Its digest was right, so it is what stage 1 was built with. */
static const char *why_it_crashes(struct xm *x, uint64_t at, uint64_t jump)
{
    struct agent_descriptor d;
    if (at != jump)
        return "BOOT-TO jumps to where nothing was loaded";
    if (!agent_image_describe(x->stage2.data, x->stage2_len, &d))
        return x->start->ours ? "BOOT-TO target is no stage 2" : NULL; /* somebody else's code */
    if (d.kind != MTK_AGENT_XML || d.stage != 2)
        return "BOOT-TO target is no XML stage 2";
    if (!agent_fits_chip(phone_board(x->p)->chip, d.hw_code))
        return "stage 2 is for another chip";
    if (d.address != at)
        return "stage 2 was loaded at an address it is not linked for";
    if (d.year && !phone_settings(x->p)->da_year)
        x->year = d.year;
    return NULL;
}

static bool lies_in_dram(const struct board *b, uint64_t address, uint64_t len)
{
    uint64_t base = b->soc->dram_base;
    return address >= base && range_fits(address - base, len, b->dram.size);
}

enum xm_result xm_boot_to(struct xm *x)
{
    const struct board *b = phone_board(x->p);
    const char *source;
    uint64_t at, jump;
    if (!xm_arg_number(x, "at_address", &at) || !xm_arg_number(x, "jmp_address", &jump) ||
        !xm_arg_file(x, "source_file", &source))
        return XM_ERR;
    if (phone_settings(x->p)->xml_bootto_lock && (at != b->soc->dram_base || jump != at)) {
        x->deferred = XM_RESET;
        return xm_fail(x, "%s", XML_MSG_DA2_ADDRESS);
    }
    if (!lies_in_dram(b, at, 1))
        phone_hang(x->p, "BOOT-TO stores stage 2 where no memory is");
    size_t len;
    enum xm_got got = xm_get_file(x, "2nd-DA", source, XML_DA2_MAX, &x->stage2, &len);
    if (got == XM_GOT_NOTHING)
        return XM_ERR;
    if (got == XM_GOT_IT)
        x->stage2_len = len; /* else the digest is that of whatever is in memory */
    x->message[0] = 0;
    if (!x->stage2_len || !agent_accepts_stage2(x->p, x->start, x->stage2.data, x->stage2_len))
        return xm_fail(x, "DA Hash mismatch. Check EMI setting and DRAM of this device.");
    x->crash = why_it_crashes(x, at, jump);
    x->deferred = XM_JUMP;
    return XM_OK;
}

enum xm_result xm_reboot(struct xm *x)
{
    static const struct {
        const char *word;
        enum xm_deferred what;
    } actions[] = {{"IMMEDIATE", XM_RESET},
                   {"WARM-RESET", XM_RESET},
                   {"COLD-RESET", XM_RESET}, /* through the PMIC; the host sees no difference */
                   {"DISCONNECT", XM_DISCONNECT}};
    const char *text;
    if (!xm_arg(x, "action", &text))
        return XM_ERR;
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].word, text) == 0) {
            phone_log(x->p, "[DA%u] reboot: %s", x->stage, text);
            x->deferred = actions[i].what;
            return XM_OK;
        }
    }
    return xm_fail(x, "Unknown reboot action.");
}

/* ---- programs ---- */

void firmware_xml_da2(struct mtksim *p)
{
    struct xm *x = *phone_baton(p);
    struct agent_descriptor d;
    x->stage = 2;
    x->name = "START";
    x->proven = false; /* each stage wants a proof of its own */
    phone_tx_patience(p, -1);
    ag_sla_install(p, agent_image_describe(x->stage2.data, x->stage2_len, &d) ? &d : NULL);
    phone_wait(p, STAGE2_NS);
    x->init_error = phone_settings(p)->xml_wrong_board ? WRONG_BOARD
                    : ag_has_storage(p)                ? NULL
                                                       : XML_MSG_NO_STORAGE;
    if (x->init_error)
        phone_log(p, "[DA2] %s", x->init_error);
    xm_loop(x);
}

/* DA1 is older than the fuses allow: it says so where CMD:START is due, and that was all. */
static void __attribute__((noreturn)) refuse_to_run(struct xm *x)
{
    xm_fail(x, "%s", XML_MSG_ANTIROLLBACK);
    xm_send_end(x, XM_ERR);
    xm_hear(x, NULL);
    phone_hang(x->p, "agent is too old for this device");
}

void firmware_xml_da1(struct mtksim *p)
{
    const struct agent_start *start = *phone_baton(p);
    struct board *b = phone_board(p);
    const struct phone_settings *s = phone_settings(p);
    struct xm *x = phone_alloc(p, sizeof(*x));
    x->p = p;
    x->start = start;
    x->stage = 1;
    x->year = s->da_year ? s->da_year : start->d.year ? start->d.year : b->soc->da_year;
    x->name = "START";
    x->log_level = 2; /* INFO */
    *phone_baton(p) = x;
    b->wdt_enabled = false; /* agents stop it first thing; nothing resets a hung one */
    b->wdt_deadline = NS_NEVER;
    phone_tx_patience(p, -1);
    phone_wait(p, START_NS);
    if (agent_rolled_back(p, start))
        refuse_to_run(x);
    xm_loop(x);
}
