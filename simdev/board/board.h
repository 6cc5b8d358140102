/* SPDX-License-Identifier: Apache-2.0 */
/* What is soldered on: SoC, storage, DRAM, fuses, registers. No firmware, no protocol, no clock of its own. */
#ifndef SIMDEV_BOARD_BOARD_H
#define SIMDEV_BOARD_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simdev/board/flash.h"
#include "simdev/board/soc.h"

enum board_area { BOARD_BOOT1, BOARD_BOOT2, BOARD_RPMB, BOARD_USER, BOARD_AREAS };

/* The DRAM as fitted: what an EMI record must match for bring-up to work. */
struct board_dram {
    uint32_t type;      /* as in EMI records: 0x0206 eMCP LPDDR4X, ... */
    uint64_t size;      /* sum of the ranks */
    bool up;            /* initialised since the last reset */
    unsigned bad_inits; /* marginal DRAM: this many bring-ups fail before one works */
    bool corrupts;      /* comes up, but flips bits in what is stored */
};

struct board_emmc {
    uint8_t cid[16];
    uint8_t fw_version[8];
    uint8_t pre_eol, life_a, life_b; /* EXT_CSD health bytes */
    bool write_protected;
};

struct board_fuses {
    bool sbc, sla, daa;
    bool mem_read_auth, mem_write_auth, c8_blocked;
    bool usbdl_secure; /* preloader verifies DAs ("secure USB download") */
};

struct board {
    const struct soc_profile *soc;
    const struct mtk_chip *chip;
    struct flash_area *area[BOARD_AREAS];
    uint64_t flash_changes; /* write and erase operations by firmware */
    struct board_dram dram;
    struct board_emmc emmc;
    struct board_fuses fuses;
    uint8_t me_id[16], soc_id[32], random_id[16], hrid[16];
    uint32_t battery_mv;
    /* registers that survive a watchdog reset */
    uint32_t usbdl_flag;
    bool usbdl_flag_kept;
    /* watchdog */
    bool wdt_enabled;
    int64_t wdt_deadline; /* phone's clock; NS_NEVER while firmware kicks it, and if stopped */
    int64_t wdt_period;   /* ns from the last kick to the bite */
    uint32_t wdt_status;  /* RGU STATUS: why the last reset happened */
    uint64_t seed;        /* what the ids and the noise of unwritten registers follow from */
};

/*
 * The board of a profile as it leaves the factory: ids, storage and DRAM follow from the seed, no fuse is blown, all
 * areas are NULL (board_fit_flash or the state folder gives them).
 */
void board_init(struct board *b, const struct soc_profile *soc, uint64_t seed);
/* Fits memory-backed flash: user_size bytes of user area (0: the profile's size), the rest from the profile. -1: no
 * memory. */
int board_fit_flash(struct board *b, uint64_t user_size);
/* A copy that shares flash content copy-on-write. -1: no memory; then *out needs no board_release. */
int board_clone(struct board *out, const struct board *b);
void board_release(struct board *b);
/* Chip reset: DRAM loses its content, the watchdog starts as the RGU does, the USBDL flag goes unless it was kept. */
void board_reset(struct board *b);
/* Power gone and back: as a reset, and nothing is kept. */
void board_power_cycle(struct board *b);
/*
 * CID register of the eMCP fitted to a profile's board. Manufacturer, type and product name (bytes 0..8) are the
 * profile's, so that an EMI record can be made for them; serial number and date follow from the seed.
 */
void board_emmc_cid(const struct soc_profile *soc, uint64_t seed, uint8_t cid[16]);

/* Area by its name ("boot1", ...), NULL if there is none. */
struct flash_area *board_area_by_name(struct board *b, const char *name);
extern const char *const board_area_names[BOARD_AREAS];

#endif
