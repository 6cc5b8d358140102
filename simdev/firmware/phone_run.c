/* SPDX-License-Identifier: Apache-2.0 */
/* Programs and time: what runs, when it goes on, how it ends. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "protocol/brom.h"
#include "simdev/firmware/phone_internal.h"

#define RGU_STATUS_TIMEOUT  0x80000000u
#define RGU_STATUS_SOFTWARE 0x40000000u

static void run_program(void *arg)
{
    struct mtksim *p = arg;
    if (p->fault_points & 1u << FAULT_AT_STAGE)
        phone_stage_faults(p);
    p->program(p);
    phone_hang(p, "program returned");
}

/* The program is gone; what it lent to the pipes goes with it. */
static void drop_program(struct mtksim *p)
{
    p->alive = false;
    p->ready = false;
    p->wake = NS_NEVER;
    p->end = END_NONE;
    p->rx.dst = NULL;
    p->tx.data = NULL;
}

void phone_start(struct mtksim *p, firmware_fn fn, const char *stage)
{
    drop_program(p);
    p->program = fn;
    p->stage = stage;
    p->alive = true;
    p->ready = true;
    p->tx.patience = -1;
    coroutine_start(p->co, run_program, p);
}

static void free_blocks(struct mtksim *p)
{
    while (p->blocks) {
        struct phone_block *b = p->blocks;
        p->blocks = b->next;
        free(b);
    }
    p->baton = NULL;
    p->storage = NULL;
    p->agent_key = NULL;
}

void phone_halt(struct mtksim *p, const char *stage)
{
    drop_program(p);
    phone_usb_disconnect(p);
    p->rx.nak_until = 0;
    p->tx.silent_until = 0;
    free_blocks(p);
    p->stage = stage;
}

void phone_power_on(struct mtksim *p)
{
    phone_halt(p, "off");
    board_power_cycle(&p->board);
    p->usb.tried = false;
    p->usb.return_at = NS_NEVER;
    phone_start(p, firmware_bootrom, "brom");
}

void phone_reset_now(struct mtksim *p)
{
    phone_halt(p, "off");
    board_reset(&p->board);
    p->download_key = false;
    phone_start(p, firmware_bootrom, "brom");
}

void phone_hang_now(struct mtksim *p, const char *why)
{
    phone_log(p, "(hangs: %s)", why);
    drop_program(p);
    p->stage = "dead";
    if (p->board.wdt_enabled && p->board.wdt_deadline == NS_NEVER)
        p->board.wdt_deadline = mtk_deadline(p->now, p->board.wdt_period);
}

static void finish(struct mtksim *p)
{
    enum phone_end end = p->end;
    p->end = END_NONE;
    switch (end) {
    case END_EXEC:
        phone_start(p, p->next, p->next_stage);
        break;
    case END_RESET:
        p->board.wdt_status = RGU_STATUS_SOFTWARE;
        phone_reset_now(p);
        break;
    case END_HANG:
        phone_hang_now(p, p->next_stage);
        break;
    case END_BOOT:
    case END_OFF:
        p->board.wdt_enabled = false;
        phone_halt(p, end == END_BOOT ? "boot" : "off");
        break;
    case END_NONE:
        break;
    }
}

void phone_run(struct mtksim *p)
{
    while (p->alive && p->ready) {
        p->ready = false;
        coroutine_resume(p->co);
        if (p->end != END_NONE)
            finish(p);
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t phone_next_event(const struct mtksim *p)
{
    int64_t t = NS_NEVER;
    if (p->alive)
        t = p->ready ? p->now : p->wake;
    if (p->board.wdt_enabled)
        t = earlier(t, p->board.wdt_deadline);
    if (p->usb.cable && p->usb.connected && p->usb.visible_at > p->now)
        t = earlier(t, p->usb.visible_at);
    if (p->rx.nak_until > p->now)
        t = earlier(t, p->rx.nak_until);
    return earlier(t, p->usb.return_at);
}

bool phone_advance(struct mtksim *p, int64_t limit)
{
    int64_t t = phone_next_event(p);
    if (t == NS_NEVER || t > limit) {
        if (limit != NS_NEVER && limit > p->now)
            p->now = limit;
        return false;
    }
    if (t > p->now)
        p->now = t;
    if (p->usb.return_at <= p->now) {
        phone_fault_return(p);
    } else if (p->board.wdt_enabled && p->board.wdt_deadline <= p->now) {
        phone_log(p, "(watchdog)");
        p->board.wdt_status = RGU_STATUS_TIMEOUT;
        phone_reset_now(p);
    } else if (p->alive && p->wake <= p->now) {
        p->ready = true;
    }
    phone_run(p);
    return true;
}

void phone_block(struct mtksim *p, int64_t until)
{
    p->ready = false;
    p->wake = until;
    coroutine_yield(p->co);
    p->wake = NS_NEVER;
}

int64_t phone_now(const struct mtksim *p)
{
    return p->now;
}

void phone_wait(struct mtksim *p, int64_t ns)
{
    if (ns > 0)
        phone_block(p, mtk_deadline(p->now, ns));
}

/* ---- ends ---- */

/* The scheduler sees p->end and never resumes this stack. */
static void __attribute__((noreturn)) leave(struct mtksim *p, enum phone_end end)
{
    p->end = end;
    for (;;)
        coroutine_yield(p->co);
}

void phone_exec(struct mtksim *p, firmware_fn fn, const char *stage)
{
    p->next = fn;
    p->next_stage = stage;
    leave(p, END_EXEC);
}

void phone_reset(struct mtksim *p)
{
    leave(p, END_RESET);
}

void phone_reboot(struct mtksim *p)
{
    p->board.usbdl_flag = 0;
    leave(p, END_RESET);
}

void phone_hang(struct mtksim *p, const char *why)
{
    p->next_stage = why;
    leave(p, END_HANG);
}

void phone_boot_system(struct mtksim *p)
{
    leave(p, END_BOOT);
}

void phone_power_off(struct mtksim *p)
{
    leave(p, END_OFF);
}
