/* SPDX-License-Identifier: Apache-2.0 */
/* DA1, stage 1 of XFlash: start-up dialogue and command table. da-xflash.md sections 4 and 15. */
#include "base/cursor.h"
#include "simdev/firmware/agents/xflash.h"

#define START_NS        (30 * NS_PER_MS) /* from the jump to the first byte */
#define HW_INIT_NS      (20 * NS_PER_MS)
#define ENVIRONMENT_MAX 20

static const struct xf_command commands[] = {
    {XF_DEVICE_CTRL, "DEVICE_CTRL", xf_device_ctrl},
    {XF_INIT_EXT_RAM, "INIT_EXT_RAM", xf_init_ext_ram},
    {XF_BOOT_TO, "BOOT_TO", xf_boot_to},
    {XF_SHUTDOWN, "SHUTDOWN", xf_shutdown},
    {XF_SWITCH_USB_SPEED, "SWITCH_USB_SPEED", xf_switch_usb_speed},
};

/* The raw byte that says "an agent runs". A fault may make it that of another generation. */
static void say_hello(struct xf *x)
{
    x->command = "START";
    struct fault_action a = phone_fault(x->p, FAULT_AT_STATUS, x->command, XFLASH_FIRST_BYTE);
    uint8_t first = a.kind == FAULT_STATUS ? (uint8_t)a.value : XFLASH_FIRST_BYTE;
    phone_write(x->p, &first, 1);
}

/* Before its loop runs, DA1 takes command words without answering them [4]. False: nothing that means anything. */
static bool silent_command(struct xf *x, uint32_t *code)
{
    uint32_t len;
    uint8_t word[4] = {0};
    if (!xf_header(x, &len)) {
        xf_bad_frame(x, "wrong magic before SYNC");
        return false;
    }
    if (len > sizeof(word)) {
        xf_discard(x, len);
        return false;
    }
    phone_read(x->p, word, len, -1);
    *code = get_le32(word);
    return true;
}

/* SETUP_ENVIRONMENT: one status, after the parameter. */
static void setup_environment(struct xf *x)
{
    uint8_t env[ENVIRONMENT_MAX];
    x->command = "SETUP_ENVIRONMENT";
    phone_fault(x->p, FAULT_AT_COMMAND, x->command, XF_SETUP_ENVIRONMENT);
    bool ok = xf_param(x, env, sizeof(env), NULL);
    if (ok) {
        x->log_level = get_le32(env);
        x->log_channel = get_le32(env + 4);
        x->system_os = get_le32(env + 8);
    }
    uint32_t st = ok ? XF_OK : XF_INVALID_PARAMETERS;
    if (agent_rolled_back(x->p, x->start))
        st = XF_DA_ANTI_ROLLBACK;
    if (xf_status(x, st) != XF_OK)
        phone_hang(x->p, "agent refused to start"); /* no SYNC follows; only a power cycle helps */
}

/* SETUP_HW_INIT_PARAMS: the parameter may be a word 0 or charger settings of any length. */
static void setup_hw_init(struct xf *x)
{
    uint32_t len;
    x->command = "SETUP_HW_INIT_PARAMS";
    phone_fault(x->p, FAULT_AT_COMMAND, x->command, XF_SETUP_HW_INIT_PARAMS);
    if (!xf_header(x, &len)) {
        xf_bad_frame(x, "wrong magic in hw-init parameters");
        len = 0;
    }
    xf_discard(x, len);
    if (xf_status(x, XF_OK) != XF_OK)
        phone_hang(x->p, "agent refused to start");
}

/* From C0 to the second SYNC. */
static void start_up(struct xf *x)
{
    uint32_t code = 0;
    phone_wait(x->p, START_NS);
    say_hello(x);
    while (!silent_command(x, &code) || code != XFLASH_SYNC)
        ;
    do {
        code = 0;
        if (silent_command(x, &code) && code == XF_SETUP_ENVIRONMENT)
            setup_environment(x);
    } while (code != XF_SETUP_HW_INIT_PARAMS);
    setup_hw_init(x);
    phone_wait(x->p, HW_INIT_NS);
    x->command = "SYNC";
    xf_status(x, XFLASH_SYNC);
}

void firmware_xflash_da1(struct mtksim *p)
{
    const struct agent_start *start = *phone_baton(p);
    const struct phone_settings *s = phone_settings(p);
    struct board *b = phone_board(p);
    struct xf *x = phone_alloc(p, sizeof(*x));
    *phone_baton(p) = x;
    x->p = p;
    x->stage = 1;
    x->start = start;
    x->year = s->da_year ? s->da_year : start->d.year ? start->d.year : b->soc->da_year;
    x->high_speed = agent_link_is_fast(p, start);
    b->wdt_enabled = false; /* agents stop it first thing; nothing resets a hung one [11] */
    b->wdt_deadline = NS_NEVER;
    phone_tx_patience(p, -1);
    start_up(x);
    xf_loop(x, commands, sizeof(commands) / sizeof(commands[0]));
}
