/* SPDX-License-Identifier: Apache-2.0 */
/* The public interface: making, copying, freeing a phone, and looking inside. The cable is in phone_host.c. */
#include "mtksim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "simdev/firmware/agents/nand.h"
#include "simdev/firmware/phone_internal.h"
#include "simdev/firmware/security.h"
#include "simdev/firmware/state.h"

#define DEFAULT_CHIP "mt6765"

/* ---- configuration ---- */

static int copy_string(const char **field)
{
    if (!*field)
        return 0;
    *field = strdup(*field);
    return *field ? 0 : -1;
}

/* Makes the strings of a shallow copy its own. */
static int own_config(struct mtksim_config *cfg)
{
    const char **fields[] = {&cfg->chip,    &cfg->storage,  &cfg->state_dir,
                             &cfg->rom_dir, &cfg->security, &cfg->fault};
    int rc = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        rc |= copy_string(fields[i]);
    cfg->settings = NULL; /* parsed already */
    return rc;
}

static void free_config(struct mtksim_config *cfg)
{
    const char *fields[] = {cfg->chip, cfg->storage, cfg->state_dir, cfg->rom_dir, cfg->security, cfg->fault};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        free((void *)(uintptr_t)fields[i]);
}

static int parse_settings(struct mtksim *p, const char *const *list, char *err, size_t err_len)
{
    phone_settings_default(&p->settings);
    for (; list && *list; list++)
        if (phone_settings_parse(&p->settings, *list, err, err_len))
            return -1;
    return 0;
}

/* What settings change on the board itself. -1: no memory. */
static int settle_board(struct mtksim *p)
{
    struct board *b = &p->board;
    if (p->settings.battery_mv)
        b->battery_mv = p->settings.battery_mv;
    /* A phone from a state folder keeps what it was made with, unless it is told otherwise. */
    b->fuses.usbdl_secure = p->settings.usbdl == USBDL_ON || p->settings.usbdl == USBDL_REFUSE ||
                            (p->settings.usbdl == USBDL_AUTO && (b->fuses.daa || b->fuses.usbdl_secure));
    /* Where nothing is verified there is no need for a vendor, and making one takes time. */
    return p->settings.accept_any_credential || security_settle(b) ? 0 : -1;
}

/* The kind of storage, and whether a user area of that size can be. */
static int choose_storage(struct mtksim *p, const struct mtksim_config *cfg, char *err, size_t err_len)
{
    struct board *b = &p->board;
    enum board_storage storage;
    if (cfg->storage && !board_storage_by_name(cfg->storage, &storage))
        return mtk_why(err, err_len, "storage '%s' is none of emmc, ufs, nand", cfg->storage);
    /* Without a chip the phone of a state folder decides what it is. */
    bool decided = cfg->chip || !cfg->state_dir;
    if (cfg->storage && !board_set_storage(b, storage) && decided)
        return mtk_why(err, err_len, "an %s does not come with %s", b->soc->name, cfg->storage);
    if (p->settings.table != TABLE_AUTO)
        b->table_pmt = p->settings.table == TABLE_PMT;
    uint32_t unit = board_block_size(b), pages = b->storage == BOARD_NAND ? b->nand.pages_per_block : 1;
    uint32_t least = b->nand.pool_blocks + NAND_TABLE_BLOCKS + 1;
    if (cfg->storage_size % ((uint64_t)unit * pages))
        return mtk_why(err, err_len, "storage size %llu is not a multiple of %u",
                       (unsigned long long)cfg->storage_size, unit * pages);
    if (b->storage == BOARD_NAND && cfg->storage_size && cfg->storage_size / unit / pages < least)
        return mtk_why(err, err_len, "storage size %llu: a NAND has at least %llu bytes",
                       (unsigned long long)cfg->storage_size, (unsigned long long)least * unit * pages);
    return 0;
}

static int make_board(struct mtksim *p, const struct mtksim_config *cfg, char *err, size_t err_len)
{
    const struct soc_profile *soc = soc_find(cfg->chip ? cfg->chip : DEFAULT_CHIP);
    if (!soc)
        return mtk_why(err, err_len, "no profile of a chip '%s'", cfg->chip);
    if (!soc_chip(soc))
        return mtk_why(err, err_len, "the chip table has no row of %s", soc->name);
    board_init(&p->board, soc, cfg->seed);
    if (choose_storage(p, cfg, err, err_len))
        return -1;
    if (security_parse(&p->board.fuses, cfg->security, err, err_len))
        return -1;
    if (cfg->state_dir)
        return state_open(&p->board, cfg, err, err_len);
    if (board_fit_flash(&p->board, cfg->storage_size))
        return mtk_why(err, err_len, "out of memory");
    return cfg->rom_dir ? state_fill(&p->board, cfg->rom_dir, err, err_len) : 0;
}

/* The parts that every phone has, new or cloned. */
static int equip(struct mtksim *p)
{
    p->co = coroutine_new(coroutine_default_stack());
    p->stage = "off";
    p->wake = NS_NEVER;
    p->usb.return_at = NS_NEVER;
    p->prng = prng_init(p->cfg.seed ^ UINT64_C(0x50484F4E45));
    p->fault_points = fault_points(p->faults);
    return p->co ? 0 : -1;
}

static void release(struct mtksim *p)
{
    if (p->co)
        phone_halt(p, "off");
    coroutine_free(p->co);
    board_release(&p->board);
    fault_free(p->faults);
    free_config(&p->cfg);
    free(p);
}

struct mtksim *mtksim_new(const struct mtksim_config *cfg, char *err, size_t err_len)
{
    static const struct mtksim_config none = {0};
    struct mtksim *p = calloc(1, sizeof *p);
    if (!p) {
        mtk_why(err, err_len, "out of memory");
        return NULL;
    }
    if (!cfg)
        cfg = &none;
    p->cfg = *cfg;
    if (own_config(&p->cfg)) {
        mtk_why(err, err_len, "out of memory");
        release(p);
        return NULL;
    }
    p->faults = cfg->fault ? fault_parse(cfg->fault, cfg->seed, err, err_len) : NULL;
    if ((cfg->fault && !p->faults) || parse_settings(p, cfg->settings, err, err_len) ||
        make_board(p, cfg, err, err_len)) {
        release(p);
        return NULL;
    }
    if (settle_board(p) || equip(p)) {
        mtk_why(err, err_len, "out of memory");
        release(p);
        return NULL;
    }
    return p;
}

struct mtksim *mtksim_clone(const struct mtksim *phone)
{
    struct mtksim *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->cfg = phone->cfg;
    p->cfg.state_dir = NULL; /* the copy lives in memory */
    bool ok = !own_config(&p->cfg);
    p->settings = phone->settings;
    p->faults = fault_clone(phone->faults);
    ok = ok && (p->faults || !phone->faults) && !board_clone(&p->board, &phone->board);
    if (ok) {
        p->board.flash_changes = 0;
        board_power_cycle(&p->board);
    }
    if (!ok || equip(p)) {
        release(p);
        return NULL;
    }
    return p;
}

int mtksim_sync(struct mtksim *p)
{
    return p->cfg.state_dir ? state_save(&p->board, &p->cfg) : 0;
}

void mtksim_free(struct mtksim *p)
{
    if (!p)
        return;
    mtksim_sync(p);
    release(p);
}

/* ---- power and cable ---- */

static void power_on(struct mtksim *p)
{
    p->download_key = p->cfg.boot == MTKSIM_BOOT_BROM;
    phone_power_on(p);
}

void mtksim_plug(struct mtksim *p)
{
    phone_cable_in(p);
    if (!strcmp(p->stage, "off") && !p->alive)
        power_on(p);
    phone_run(p);
}

void mtksim_unplug(struct mtksim *p)
{
    phone_cable_out(p);
    phone_run(p);
}

void mtksim_power_cycle(struct mtksim *p)
{
    power_on(p);
    phone_run(p);
}

/* ---- looking inside ---- */

static struct flash_area *area_of(const struct mtksim *p, const char *name)
{
    for (size_t i = 0; name && i < BOARD_AREAS; i++) {
        const char *known = board_area_name(p->board.storage, (enum board_area)i);
        if (known && !strcmp(name, known))
            return p->board.area[i];
    }
    return NULL;
}

uint64_t mtksim_flash_size(const struct mtksim *p, const char *area)
{
    const struct flash_area *a = area_of(p, area);
    return a ? flash_size(a) : 0;
}

int mtksim_flash_read(struct mtksim *p, const char *area, uint64_t offset, void *buf, size_t len)
{
    struct flash_area *a = area_of(p, area);
    return a ? flash_read(a, offset, buf, len) : -1;
}

int mtksim_flash_write(struct mtksim *p, const char *area, uint64_t offset, const void *buf, size_t len)
{
    struct flash_area *a = area_of(p, area);
    return a ? flash_write(a, offset, buf, len) : -1;
}

uint64_t mtksim_flash_changes(const struct mtksim *p)
{
    return p->board.flash_changes;
}

const char *mtksim_stage(const struct mtksim *p)
{
    return p->stage;
}

bool mtksim_boot_check(struct mtksim *p, char *text, size_t text_len)
{
    return bootcheck(&p->board, text, text_len);
}

void mtksim_set_log(struct mtksim *p, mtksim_log_fn fn, void *ctx)
{
    p->log = fn;
    p->log_ctx = ctx;
}

void mtksim_set_tap(struct mtksim *p, mtksim_tap_fn fn, void *ctx)
{
    p->tap = fn;
    p->tap_ctx = ctx;
}

unsigned mtksim_faults(const struct mtksim *p, char *text, size_t text_len)
{
    return fault_report(p->faults, text, text_len);
}
