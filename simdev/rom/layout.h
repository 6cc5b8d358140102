/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a synthetic ROM consists of, as data: the partition list of a model, how large each partition and image is in
 * the two layouts, and which writer makes each image. formats.md sections 2 to 5 and 7.
 */
#ifndef SIMDEV_ROM_LAYOUT_H
#define SIMDEV_ROM_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/prng.h"
#include "formats/scatter.h"
#include "protocol/chips.h"

/* Index of every size pair below. */
enum rom_size { ROM_SMALL, ROM_FULL, ROM_SIZES };

/* One partition, in the order of the device. Starts follow from the sizes: rows are back to back inside a region. */
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

/* DRAM that the preloader knows. Type 0 stands for what the model is fitted with, by its profile. */
struct rom_dram {
    uint32_t type; /* as in EMI records; id_len 0 is discrete DRAM, which goes with any storage */
    uint8_t id[16];
    uint32_t id_len;
    uint32_t rank_mib[2];
};

/* An entry of the DA container. */
struct rom_da_entry {
    uint32_t hw_code; /* BROM's word; the container lists the alias of the chip table */
    uint16_t hw_sub_code, hw_version, sw_version;
    uint32_t stub_address, stage1_address, stage2_address;
    uint32_t stage1_len, stage2_len; /* without signature */
    unsigned year;                   /* behaviour table of the agent, da-xflash.md 7.4 */
};

struct rom_layout {
    const char *chip;     /* "mt6765" */
    const char *platform; /* "MT6765" */
    const char *project;
    const struct rom_row *rows;
    size_t n_rows;
    const struct rom_image *images;
    size_t n_images;
    struct {
        const char *file;
        uint32_t load_addr, max_size;
        uint32_t code_len;
        unsigned emi_version;
        const struct rom_dram *dram;
        size_t n_dram;
    } preloader;
    const struct rom_da_entry *da;
    size_t n_da;
    const char *da_identifier;
};

extern const struct rom_layout rom_layout_mt6765, rom_layout_mt6737;

/* Layout by chip or platform name, case-insensitive. NULL if there is none. */
const struct rom_layout *rom_layout_find(const char *chip);
/* Fills *out with the scatter of a layout; release with mtk_scatter_release. -1 and *err: no memory. */
int rom_layout_scatter(const struct rom_layout *layout, enum rom_size size, struct mtk_scatter *out,
                       struct mtk_error *err);

/* What is being made. */
struct rom_job {
    const char *dir;
    const struct rom_layout *layout;
    enum rom_size size;
    uint64_t seed;
};

/* The pseudo-random stream that belongs to one file of a ROM. */
struct prng rom_prng(const struct rom_job *job, const char *file);

#endif
