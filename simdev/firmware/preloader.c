/* SPDX-License-Identifier: Apache-2.0 */
/* The preloader: boot sequence, the tool window on USB, and going on to the system (8.1, 8.2, 8.5). */
#include "simdev/firmware/phone.h"

#include <string.h>

#include "protocol/brom.h"
#include "simdev/firmware/bootrom.h"

#define EMERGENCY_SECONDS 5
#define START_UP_NS       (150 * NS_PER_MS)
#define ENUMERATION_NS    (8000 * NS_PER_MS)
#define CABLE_POLL_NS     (10 * NS_PER_MS)
#define LISTEN_POLL_NS    (20 * NS_PER_MS)
#define SYNC_NS           (300 * NS_PER_MS)
#define TX_PATIENCE_NS    (300 * NS_PER_MS)
#define PORT_DOWN_NS      (1000 * NS_PER_MS)
#define TOKEN_LEN         8

void preloader_emergency(struct mtksim *p, const char *why)
{
    phone_log(p, "[PLFM] PL fatal error: %s", why);
    phone_board(p)->usbdl_flag = BROM_USBDL_MAGIC | EMERGENCY_SECONDS << 2 | 1;
    phone_board(p)->usbdl_flag_kept = true;
    phone_reset(p);
}

/* ---- before USB ---- */

/* DRAM that fails here is never reported over USB: the phone falls back to BROM (8.1). */
static void bring_up_dram(struct mtksim *p)
{
    struct board *b = phone_board(p);
    struct fault_action a = phone_fault(p, FAULT_AT_DRAM_INIT, "dram", 0);
    if (a.kind == FAULT_FAIL)
        preloader_emergency(p, "DRAM calibration failed");
    if (b->dram.bad_inits) {
        b->dram.bad_inits--;
        preloader_emergency(p, "DRAM calibration failed");
    }
    b->dram.up = true;
    phone_log(p, "[PLFM] mem test pass: rank 0 at 0x%08X", b->soc->pl_da_address);
}

static void start_up(struct mtksim *p)
{
    struct board *b = phone_board(p);
    /* Whatever goes wrong from here on ends in BROM for five seconds. */
    b->usbdl_flag = BROM_USBDL_MAGIC | EMERGENCY_SECONDS << 2 | 1;
    b->usbdl_flag_kept = true;
    phone_log(p, "[BLDR] preloader of %s", b->soc->platform);
    phone_log(p, "[PLFM] Init PWRAP: OK(0)");
    phone_log(p, "[PLFM] Init PMIC: OK(0)");
    phone_log(p, "[PLFM] chip %04X, hw version %04X, sw version %04X", b->soc->hw_code, b->soc->hw_version,
              b->soc->sw_version);
    b->wdt_enabled = true;
    b->wdt_period = 10 * NS_PER_S;
    phone_wait(p, START_UP_NS);
    bring_up_dram(p);
    phone_wait(p, START_UP_NS);
    phone_log(p, "[PLFM] Init Boot Device: OK(0)");
}

/* ---- tool window ---- */

/* CONNECT: true once a host has configured the device. */
static bool enumerate(struct mtksim *p, int64_t asked_for)
{
    int64_t start = phone_now(p), deadline = mtk_deadline(start, asked_for ? asked_for : ENUMERATION_NS);
    phone_log(p, "[TOOL] Enumeration(Start)");
    phone_usb_connect_as(p, PHONE_AS_PRELOADER);
    while (!phone_configured(p)) {
        if (phone_now(p) >= deadline || !phone_cable(p)) {
            phone_log(p, "[TOOL] Enumeration(End): TMO");
            return false;
        }
        phone_wait(p, CABLE_POLL_NS);
    }
    phone_log(p, "[TOOL] Enumeration(End): OK %lldms", (long long)((phone_now(p) - start) / NS_PER_MS));
    return true;
}

/* SYNC: the start bytes, after the A0 that the listener swallowed (3.1). */
static bool synchronise(struct mtksim *p)
{
    static const uint8_t start[] = BROM_START_BYTES;
    bool doubled_a0 = phone_board(p)->soc->doubled_a0;
    int64_t deadline = mtk_deadline(phone_now(p), SYNC_NS);
    size_t i = 0;
    while (i < sizeof start) {
        uint8_t c;
        int64_t left = deadline - phone_now(p);
        if (left <= 0 || phone_read(p, &c, 1, left) != PHONE_OK)
            return false;
        if (doubled_a0 && c == start[0] && i > 0) {
            i = 1;
            continue;
        }
        bool right = c == start[i];
        uint8_t reply = right ? (uint8_t)~c : (uint8_t)(c + 1);
        phone_write(p, &reply, 1);
        i = right ? i + 1 : 0;
    }
    return true;
}

static void download(struct mtksim *p)
{
    phone_log(p, "[UDL] start command OK");
    preloader_loop(download_new(p, false));
    phone_log(p, "[UDL] command loop left");
}

/* LISTEN: until a tool has come and gone, a token has come, or the window has passed. */
static void listen(struct mtksim *p, int64_t asked_for)
{
    const struct soc_profile *s = phone_board(p)->soc;
    int64_t begin = phone_now(p);
    int64_t window = s->window_ms + (phone_usb_tried(p) ? s->phy_extra_ms : 0);
    int64_t deadline = mtk_deadline(begin, asked_for ? asked_for : window * NS_PER_MS);
    uint8_t token[TOKEN_LEN], chunk[TOKEN_LEN];
    size_t have = 0;
    while (phone_now(p) < deadline) {
        if (phone_tool_present(p))
            phone_write(p, BROM_READY_TEXT, strlen(BROM_READY_TEXT));
        phone_wait(p, LISTEN_POLL_NS);
        ssize_t n = phone_read_some(p, chunk, TOKEN_LEN - have, 0);
        if (n <= 0)
            continue;
        if (chunk[0] == 0xA0) { /* swallowed with all that is glued behind it */
            phone_log(p, "[TOOL] 0xa0 sync time %lldms", (long long)((phone_now(p) - begin) / NS_PER_MS));
            if (synchronise(p))
                download(p);
            else
                phone_log(p, "[TOOL] garbage ignored");
            continue;
        }
        memcpy(token + have, chunk, (size_t)n);
        have += (size_t)n;
        if (have == TOKEN_LEN) {
            preloader_token(p, token);
            return;
        }
    }
    phone_log(p, "[TOOL] usb listen timeout, cannot detect tools");
}

/* asked_for: both time limits as the USBDL flag had them, -1 for none; 0 if nobody asked (2.1). */
static void tool_handshake(struct mtksim *p, int64_t asked_for)
{
    if (phone_settings(p)->tool_locked) {
        phone_log(p, "[TOOL] tool connection is locked");
        return;
    }
    phone_log(p, "[TOOL] tool connection is unlocked");
    if (!phone_cable(p))
        return;
    phone_log(p, "[TOOL] USB cable in");
    if (enumerate(p, asked_for))
        listen(p, asked_for);
    /* A host that still has the port open would see the device vanish under it. */
    for (int64_t end = mtk_deadline(phone_now(p), PORT_DOWN_NS); phone_dtr(p) && phone_now(p) < end;)
        phone_wait(p, LISTEN_POLL_NS);
    phone_usb_disconnect(p);
}

void firmware_preloader(struct mtksim *p)
{
    char why[256];
    phone_tx_patience(p, TX_PATIENCE_NS);
    int64_t asked_for = usbdl_flag_window(phone_board(p)->usbdl_flag, true); /* before it is armed anew */
    start_up(p);
    tool_handshake(p, asked_for);
    if (!bootcheck(phone_board(p), why, sizeof why))
        preloader_emergency(p, why);
    phone_log(p, "[BLDR] %s", why);
    phone_log(p, "[BLDR] jump to ATF");
    phone_boot_system(p);
}
