/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a synthetic ROM consists of, as data: families of partition layouts, how large each partition and image is in
 * the two sizes, which writer makes each image, and one row a chip. formats.md sections 1 to 5 and 7.
 */
#ifndef SIMDEV_ROM_LAYOUT_H
#define SIMDEV_ROM_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/prng.h"
#include "base/rsa.h"
#include "formats/scatter.h"
#include "protocol/chips.h"
#include "simdev/board/board.h"

/* Index of every size pair below. */
enum rom_size { ROM_SMALL, ROM_FULL, ROM_SIZES };

/* ---- families of layouts ---- */

/*
 * One partition, in the order of the device. Starts follow from the sizes: rows are back to back inside a region.
 * A BOOTLOADERS row is the preloader, whatever file it names; a RESERVED row of size 0 is NAND's replacement pool.
 */
struct rom_row {
    const char *name;
    const char *file; /* image of the ROM folder; NULL: not downloadable */
    const char *type; /* word of the scatter */
    enum mtk_operation operation;
    bool upgradable, empty_boot;
    uint64_t size[ROM_SIZES];
};

#define ROM_PARTS 4

/* A piece of an image: one MediaTek-headed image of a chain, the kernel of a boot image, ... as its writer says. */
struct rom_part {
    const char *name;
    uint32_t maddr, img_type;
    uint32_t size[ROM_SIZES]; /* bytes, without header */
};

struct rom_job;
struct rom_image;
/* Writes one image into the ROM folder. 0, or -1 and *err. */
typedef int (*rom_image_fn)(const struct rom_job *job, const struct rom_image *img, struct mtk_error *err);

struct rom_image {
    const char *file;
    rom_image_fn write;
    struct rom_part part[ROM_PARTS]; /* ends at the first without a name */
    uint32_t count[ROM_PARTS]; /* logo: how often each part stands there, each time with other content */
    struct {
        uint64_t raw[ROM_SIZES], fill[ROM_SIZES]; /* bytes of data and of fill in the expanded image */
        uint32_t groups[ROM_SIZES];               /* the image is cut into so many like stretches */
    } sparse;                                     /* file system images only */
};

struct rom_family {
    const struct rom_row *rows;
    size_t n_rows;
    const struct rom_image *const *images; /* in the order in which they are written */
    size_t n_images;
    const char *config_version; /* of the text scatter */
    bool linear;                /* linear addresses count the areas in front of the user area (3.5) */
};

extern const struct rom_family rom_family_2015; /* GPT, one copy of most things */
extern const struct rom_family rom_family_2018; /* GPT, lk2, scp, sspm, gz, vbmeta */
extern const struct rom_family rom_family_ab;   /* GPT, two slots, super */
extern const struct rom_family rom_family_pmt;  /* upper-case names of the PMT era, eMMC */
extern const struct rom_family rom_family_nand; /* the same on NAND, file systems in UBI */

/* ---- one row a chip ---- */

/* DRAM that the preloader knows, besides what the phone is fitted with. */
struct rom_dram {
    uint32_t type; /* as in EMI records */
    uint8_t id[16];
    uint32_t id_len; /* 0 is discrete DRAM, which goes with any storage */
    uint32_t rank_mib[2];
};

/* What cannot be told from the chip's profile (simdev/board/soc.h). */
struct rom_model {
    const char *chip;                /* "mt6765" */
    const struct rom_family *family; /* eMMC and UFS */
    const char *neighbour;           /* chip whose agent stands first in a container of many, NULL: none */
    uint32_t stub_address, stage1_address, stage2_address;
    uint32_t stage1_len, stage2_len; /* without signature */
    uint32_t preloader_max, preloader_code;
};

/* Row of a chip, by chip or platform name, case-insensitive. NULL if there is none. */
const struct rom_model *rom_model_find(const char *chip);
/* DRAM parts that the preloaders of phones with that type of DRAM know; *n of them. */
const struct rom_dram *rom_known_dram(uint32_t type, size_t *n);

/* ---- what is being made ---- */

enum rom_signer { ROM_SIGNED, ROM_UNSIGNED, ROM_SIGNED_BY_OTHER };

/* The vendor's keys (simdev/firmware/vendor_keys.h); all private. */
struct rom_keys {
    struct rsa_key *root, *sla, *da_sla;
    struct rsa_key *other; /* another vendor's root key, with which the agents are signed then; else NULL */
};

struct rom_job {
    const char *dir;
    const struct rom_model *model;
    const struct soc_profile *soc;
    const struct rom_family *family; /* of the storage */
    enum board_storage storage;
    struct board_nand nand; /* of such phones, if the storage is one */
    enum rom_size size;
    bool xml; /* form of the scatter */
    enum mtk_agent_kind agent;
    unsigned agent_version; /* of agents and preloader */
    enum rom_signer signer;
    uint64_t other_seed; /* ROM_SIGNED_BY_OTHER: whose key signs */
    uint64_t seed;
    struct rom_keys keys;
    char project[32], preloader_file[64], scatter_file[64];
};

/* The pseudo-random stream that belongs to one file of a ROM. */
struct prng rom_prng(const struct rom_job *job, const char *file);
/* Where a partition of the job's layout begins in its region, and its size, in bytes. False: not in the layout. */
bool rom_layout_find(const struct rom_job *job, const char *name, uint64_t *start, uint64_t *size);
/* The layout of a storage of a chip. */
const struct rom_family *rom_family_of(const struct rom_model *model, enum board_storage storage);
/*
 * Fills *out with the scatter of the job's layout for a storage; release with mtk_scatter_release. -1 and *err: no
 * memory.
 */
int rom_layout_scatter(const struct rom_job *job, enum board_storage storage, struct mtk_scatter *out,
                       struct mtk_error *err);

#endif
