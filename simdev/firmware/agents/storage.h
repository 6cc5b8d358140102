/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The storage engine that all agent generations have inside: places by number and by name, reading and writing through
 * bad-block management, sparse images, the preloader's header, the policy of locked phones. It knows no protocol:
 * results are ag_result, which each generation turns into status words of its own.
 */
#ifndef SIMDEV_FIRMWARE_AGENTS_STORAGE_H
#define SIMDEV_FIRMWARE_AGENTS_STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simdev/firmware/phone.h"

enum ag_result {
    AG_OK,
    AG_NO_STORAGE,  /* it does not answer, or this phone has another kind */
    AG_NO_AREA,     /* a part that this storage does not have */
    AG_NOT_ALLOWED, /* RPMB: needs authenticated frames */
    AG_OUT_OF_RANGE,
    AG_UNALIGNED, /* not in whole blocks (UFS, NAND) */
    AG_NO_TABLE,  /* neither table nor its backup can be read */
    AG_NO_PARTITION,
    AG_TOO_LARGE,       /* image larger than its partition */
    AG_MEDIA,           /* the storage reports an error */
    AG_BAD_BLOCK,       /* NAND: no replacement block is left */
    AG_CHECKSUM,        /* read back and different (checksum level "storage") */
    AG_SPARSE_CHUNK,    /* unknown chunk type */
    AG_SPARSE,          /* any other damage of a sparse image */
    AG_FORBIDDEN,       /* policy of a locked phone: not to be downloaded at all */
    AG_FORBIDDEN_RANGE, /* policy: a direct write touches a protected partition */
    AG_FORBIDDEN_ERASE,
    AG_BAD_SIGNATURE, /* policy: image or preloader is not signed by the vendor */
    AG_ROLLBACK,      /* policy: image older than the fuses allow */
};

/* The status word for a result: what XFlash agents send, and XML agents print. */
uint32_t ag_status(struct mtksim *p, enum ag_result r);

/* A range of an area; two areas if both boot copies are meant. */
struct ag_place {
    enum board_area area[2];
    unsigned n_areas;
    uint64_t start, size;
    bool preloader; /* written through the boot header */
    bool physical; /* NAND: counts physical blocks, not through bad-block management; see ag_place_physical */
    char name[65]; /* partition, "" if the place was given by numbers */
};

/* One row of the phone's partition table. */
struct ag_partition {
    char name[73];
    uint64_t start, size; /* in the user area (NAND: logical) */
    /* PMT only. `linear` is the offset as the table has it: on eMMC it counts the areas in front of the user area. */
    uint64_t linear, part_id, mask;
    bool
        boot; /* lies in front of the user area: the preloader's row of an eMMC PMT; start is that in the boot area */
    bool rest; /* the last row of a PMT that says 0 for "what is left"; size is that */
};
#define AG_PARTITIONS_MAX 128

bool ag_has_storage(struct mtksim *p);
/* Size of an area as hosts see it: of NAND without the tables and the replacement pool. 0: none. */
uint64_t ag_area_size(struct mtksim *p, enum board_area a);
/* True if the table is a PMT and not a GPT. */
bool ag_table_is_pmt(struct mtksim *p);
/* Reads the table: primary, then backup or mirror. AG_OK, AG_NO_TABLE or AG_NO_STORAGE. */
enum ag_result ag_table(struct mtksim *p, struct ag_partition *rows, size_t max, size_t *n);
/*
 * Writes a PMT (primary after mirror, formats.md 4.3) from names, sizes, `linear`, part ids and masks. AG_NO_TABLE on a
 * phone with GPT; AG_TOO_LARGE: more rows than it holds.
 */
enum ag_result ag_table_write_pmt(struct mtksim *p, const struct ag_partition *rows, size_t n);

/* ---- places ---- */

/* Checks [start, start + size) of an area. */
enum ag_result ag_place_range(struct mtksim *p, enum board_area a, uint64_t start, uint64_t size,
                              struct ag_place *out);
/* The same on NAND by physical address, tables and replacement pool included. AG_NO_STORAGE on other storage. */
enum ag_result ag_place_physical(struct mtksim *p, uint64_t start, uint64_t size, struct ag_place *out);
/*
 * What becomes of a refusal to erase a place: AG_OK if it is the RPMB area, in range, and this phone's agents claim to
 * erase that (setting rpmb_format); else the refusal. ag_erase leaves RPMB alone.
 */
enum ag_result ag_place_to_erase(struct mtksim *p, const struct ag_place *place, enum ag_result refusal);
/* As ag_place_range, for both boot copies at once. */
enum ag_result ag_place_boots(struct mtksim *p, uint64_t start, uint64_t size, struct ag_place *out);
/* By name: partitions of the table, and preloader, preloader_backup, PGPT, SGPT. */
enum ag_result ag_place_name(struct mtksim *p, const char *name, struct ag_place *out);
/* Policy of a locked phone for a place: AG_OK, or one of the AG_FORBIDDEN results. */
enum policy_use { AG_DOWNLOAD, AG_WRITE_RANGE, AG_ERASE };
enum ag_result ag_policy(struct mtksim *p, const struct ag_place *place, enum policy_use use);

/* ---- bytes ---- */

/* Reads from the first area of a place; offset is in the place. Through bad-block management on NAND. */
enum ag_result ag_read(struct mtksim *p, const struct ag_place *place, uint64_t offset, void *buf,
                       size_t len);
/* Writes to all areas of a place. NAND: whole blocks are erased as they are reached at their beginning. */
enum ag_result ag_write(struct mtksim *p, const struct ag_place *place, uint64_t offset, const void *buf,
                        size_t len);
/* Erases a range of all areas of a place. AG_UNALIGNED: not in whole blocks of a NAND. By physical address, bad blocks
 * are left alone. */
enum ag_result ag_erase(struct mtksim *p, const struct ag_place *place, uint64_t offset, uint64_t len);
/* NAND only, physical: one page with its spare bytes, as READPAGE gives it. */
enum ag_result ag_read_raw_page(struct mtksim *p, uint64_t page, uint8_t *data, uint8_t *spare);
/* NAND only: is this physical block marked bad? A block that the chip does not have is. */
bool ag_block_is_bad(struct mtksim *p, uint64_t block);

/* ---- what is received and goes to storage ---- */

enum ag_form {
    AG_FORM_RAW,
    AG_FORM_UNKNOWN, /* raw or sparse, the first bytes tell */
    AG_FORM_PRELOADER,
};

struct ag_sink; /* lives in phone memory until the next reset */

/*
 * Begins to receive `total` bytes for a place. read_back: compare sums after every write (checksum level "storage").
 * Never NULL. Reuse: a sink that nobody uses any more, finished or not, may be given as `again` (NULL: a new one).
 */
struct ag_sink *ag_sink_begin(struct mtksim *p, struct ag_sink *again, const struct ag_place *place,
                              enum ag_form form, uint64_t total, bool read_back);
/* Takes a block. An error is latched; after one nothing is written any more. Returns what is latched. */
enum ag_result ag_sink_write(struct ag_sink *s, const uint8_t *data, size_t len);
/* What is latched so far. */
enum ag_result ag_sink_error(const struct ag_sink *s);
/* Everything has arrived: what can only be done now (preloader: verify, header block, both copies), and the result. */
enum ag_result ag_sink_finish(struct ag_sink *s);

#endif
