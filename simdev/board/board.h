/* SPDX-License-Identifier: Apache-2.0 */
/* What is soldered on: SoC, storage, DRAM, fuses, registers. No firmware, no protocol, no clock of its own. */
#ifndef SIMDEV_BOARD_BOARD_H
#define SIMDEV_BOARD_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simdev/board/flash.h"
#include "simdev/board/soc.h"

/* What the storage is. */
enum board_storage { BOARD_EMMC, BOARD_UFS, BOARD_NAND };

/*
 * Areas by what they are for. eMMC: boot1, boot2, rpmb, user. UFS: LU0, LU1, the RPMB W-LUN, LU2. NAND: only the user
 * area, which is the raw main data of all pages in physical order, and OOB, their spare bytes.
 */
enum board_area { BOARD_BOOT1, BOARD_BOOT2, BOARD_RPMB, BOARD_USER, BOARD_OOB, BOARD_AREAS };

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

struct board_ufs {
    uint16_t manufacturer;
    char product[17], fw_version[5], serial[13];
};

/* Geometry of a NAND chip. Erased bytes read FF; the first spare byte of a block's first page marks it bad if not FF. */
struct board_nand {
    uint32_t page_size, spare_size, pages_per_block;
    uint8_t id[12];
    uint8_t id_len;
    uint32_t
        pool_blocks; /* blocks at the end that replace bad ones (BMT pool), before them PMT and its mirror */
};

struct board_fuses {
    bool sbc, sla, daa;
    bool epp;          /* target config bit 3: a program for external memory stands behind the boot header */
    bool root_cert;    /* target config bit 4: SEND_CERT is demanded */
    bool da_sla;       /* agents want the host to prove a key (da-xflash.md 7.6, da-xml.md 7) */
    bool has_root_key; /* root_key_hash is blown: SHA-256 of the vendor's root key (rsa_key_hash) */
    uint8_t root_key_hash[32];
    uint32_t arb_da;        /* lowest agent version that may run */
    uint32_t arb_preloader; /* lowest preloader version that may be stored or booted */
    bool mem_read_auth, mem_write_auth, c8_blocked;
    bool usbdl_secure; /* preloader verifies DAs ("secure USB download") */
};

struct board {
    const struct soc_profile *soc;
    const struct mtk_chip *chip;
    enum board_storage storage;
    struct flash_area *area[BOARD_AREAS]; /* NULL where this storage has none */
    uint64_t flash_changes;               /* write and erase operations by firmware */
    struct board_dram dram;
    struct board_emmc emmc; /* CID and health of an eMMC; wear and write protection of any storage */
    struct board_ufs ufs;
    struct board_nand nand;
    struct board_fuses fuses;
    bool
        table_pmt; /* the partition table of an eMMC is a PMT; from the profile or a setting. NAND has one, UFS never */
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
/* Fits another kind of storage than the profile's first; before any area is there. False: this SoC cannot have it. */
bool board_set_storage(struct board *b, enum board_storage s);
/* Default size of an area of this board in bytes, 0 if its storage has none; user_size replaces the profile's size of
 * the user area if it is not 0. */
uint64_t board_area_size(const struct board *b, enum board_area a, uint64_t user_size);
/* Bytes that were never written read as this. */
uint8_t board_erased_value(const struct board *b);
/* Fits memory-backed flash: user_size bytes of user area (0: the profile's size), the rest from the profile. -1: no
 * memory. */
int board_fit_flash(struct board *b, uint64_t user_size);
/*
 * Marks the blocks of a new NAND that were bad when it left the factory; board_fit_flash does it, whoever gives a board
 * new areas from elsewhere has to. -1: the file fails. Other storage: nothing to do.
 */
int board_mark_factory_bad(struct board *b);
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

/* Name of an area on that storage: "boot1" | "lu0" | NULL, ... "user" | "lu2" | "nand", NULL | NULL | "oob". */
const char *board_area_name(enum board_storage s, enum board_area a);
/* "emmc", "ufs", "nand"; and back: false if the word is none of them (case does not matter). */
const char *board_storage_name(enum board_storage s);
bool board_storage_by_name(const char *word, enum board_storage *out);
/* The id that EMI records are matched with: CID, UFS product string, NAND id. Bytes in out[16], returns how many. */
size_t board_storage_id(const struct board *b, uint8_t out[16]);
/* Smallest unit of the storage: 512, 4096, or a NAND page. */
uint32_t board_block_size(const struct board *b);

#endif
