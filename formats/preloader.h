/* SPDX-License-Identifier: Apache-2.0 */
/* Preloader images: device header, BRLYT, GFH chain, EMI settings. Specification: formats.md section 2. */
#ifndef FORMATS_PRELOADER_H
#define FORMATS_PRELOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/rsa.h"

#define MTK_PRELOADER_MAX_BYTES (8u << 20)
#define MTK_PL_HEADER_EMMC      0x800u /* bytes before the GFH in an eMMC boot area */
#define MTK_EMI_HEADER_LEN      0x70u
#define MTK_EMI_MAX_RECORDS     64

struct mtk_preloader {
    const uint8_t *data; /* borrowed, whole image as given */
    size_t len;
    char device_header[13]; /* "EMMC_BOOT", "UFS_BOOT", ...; "" for the plain form that starts with the GFH */
    size_t gfh_offset;      /* where FILE_INFO starts in data */
    uint32_t file_len;      /* GFH start to end of signature */
    uint32_t max_size, content_offset, sig_len, load_addr;
    uint8_t flash_dev, sig_type;
    uint16_t file_type;
    bool has_hash;  /* the signature block carries a SHA-256 of the image (sig_type 3 and 5) */
    bool hash_good; /* and it is right */
    /* EMI settings; emi_len 0 if there are none */
    size_t emi_offset, emi_len; /* tag + records, in data */
    unsigned emi_version;       /* decimal digits of the tag */
    char project_file[62];      /* preloader file name inside the tag */
    uint32_t emi_count, emi_record_size;
    uint32_t version; /* rollback version: low byte of file_ver of FILE_INFO; 1 in all public samples */
    bool has_key;     /* a BL_SEC_KEY block with a key of version 3: the vendor's public key */
    uint32_t key_exponent;
    uint8_t key_modulus[256]; /* big-endian */
    const uint8_t *
        rsa_sig; /* sig_type 3: the 256 bytes behind the digest, over [0, file_len - sig_len); borrowed, or NULL */
};

/*
 * Parses a plain or header-form image. Every length is checked. A wrong hash is reported, not refused. data stays the
 * caller's. -1 with STATUS_PRELOADER_INVALID and the offset; bare DRAM settings are none (see mtk_emi_check).
 */
int mtk_preloader_parse(const uint8_t *data, size_t len, const char *name, struct mtk_preloader *out,
                        struct mtk_error *err);
/*
 * The same without computing the hash, which takes as long as all the rest of a session in one process: has_hash and
 * hash_good stay false. For whoever wants the DRAM settings of an image that was checked when it was read.
 */
int mtk_preloader_layout(const uint8_t *data, size_t len, const char *name, struct mtk_preloader *out,
                         struct mtk_error *err);
/*
 * Checks that the DRAM settings are whole (tag constants, 0x70 + n * S == length; section 2.4) and gives the blob that
 * XFlash and XML agents take; legacy agents take what stands behind its first MTK_EMI_HEADER_LEN bytes. Borrowed from
 * data. -1 with MTK_NO_EMI, STATUS_EMI_HDR_INVALID or STATUS_EMI_INFO_LEN_INVALID.
 */
int mtk_preloader_emi(const struct mtk_preloader *p, const char *name, const uint8_t **blob, size_t *len,
                      struct mtk_error *err);
/*
 * The same for a bare blob of len bytes that begins with the tag, as people keep them cut out of preloaders. *need gets
 * how many of the bytes count: more may be there (tools that cut with a wrong signature length), fewer are refused.
 */
int mtk_emi_check(const uint8_t *tag, size_t len, const char *name, size_t *need, struct mtk_error *err);
/*
 * The DRAM settings of a file, which is a preloader image in any form or a bare blob. out gets what mtk_preloader_layout
 * says; of a bare blob the emi_ fields only. blob and its length as mtk_preloader_emi gives them, without what a bare one
 * has behind its last record. Errors of these functions.
 */
int mtk_emi_of_file(const uint8_t *data, size_t len, const char *name, struct mtk_preloader *out,
                    const uint8_t **blob, size_t *blob_len, struct mtk_error *err);
/* Size of one EMI record by version, 0 if unknown (table in 2.4). */
uint32_t mtk_emi_record_size(unsigned version);
/* True if records of that version begin with `type`, without the sub_version word that others have in front (2.4). */
bool mtk_emi_type_first(unsigned version);
/* Where records of that size keep the sizes of the four ranks, and how many bytes one takes. False if unknown. */
bool mtk_emi_ranks_place(uint32_t record_size, unsigned *offset, unsigned *width);
/* Fills the descriptive emi_ fields of *out from a tag, without judging it. For mtk_preloader_parse. */
void mtk_emi_describe(const uint8_t *tag, size_t len, struct mtk_preloader *out);

/* Where a preloader is put decides what stands in front of it (2.1, 2.2). */
enum mtk_boot_device { MTK_BOOT_EMMC, MTK_BOOT_UFS, MTK_BOOT_NAND };
/* Bytes before the GFH: 0x800 eMMC, 0x1000 UFS, one page on NAND (page is looked at for NAND only). */
size_t mtk_preloader_header_len(enum mtk_boot_device dev, uint32_t page);
/*
 * That header block, mtk_preloader_header_len bytes into out. NAND: page (at least 0x80), spare and pages per block go
 * into the NFIINFO record, which is repeated to fill the page; max_size is for the others.
 */
void mtk_preloader_header(enum mtk_boot_device dev, uint32_t max_size, uint32_t page, uint32_t spare,
                          uint32_t pages_per_block, uint8_t *out);
/* True if the block is a valid one of that device, whose boot loader begins right behind it. */
bool mtk_preloader_header_valid(enum mtk_boot_device dev, uint32_t page, const uint8_t *block, size_t len);
/* Header block that precedes the GFH in an eMMC boot area (2.1, 2.2): exactly MTK_PL_HEADER_EMMC bytes into out. */
void mtk_preloader_header_emmc(uint32_t max_size, uint8_t out[MTK_PL_HEADER_EMMC]);
/* True if the MTK_PL_HEADER_EMMC bytes are a valid EMMC_BOOT + BRLYT block whose bootloader begins at 0x800. */
bool mtk_preloader_header_emmc_valid(const uint8_t *block, size_t len);

/* What goes into a new plain preloader image. */
struct mtk_emi_record {
    uint32_t type;   /* 0x0203 eMCP LPDDR3, 0x0206 eMCP LPDDR4X, 0x0006 discrete LPDDR4X, ... */
    uint8_t id[16];  /* first bytes of the CID of the eMCP it is for */
    uint32_t id_len; /* 0 for discrete DRAM: matches any storage */
    uint64_t rank_size[4];
};
struct mtk_preloader_build {
    const char *project_file; /* name inside the tag */
    unsigned emi_version;
    const struct mtk_emi_record *records;
    size_t n_records;
    const uint8_t *code; /* content after the GFH blocks */
    size_t code_len;
    uint32_t max_size, load_addr;
    uint8_t flash_dev; /* of FILE_INFO; 0: 5, eMMC boot region */
    uint32_t version;  /* rollback version, at most 255; 0: 1 */
    const struct rsa_key
        *key; /* private; its public half goes into BL_SEC_KEY, and it signs. NULL: neither */
};
/*
 * Writes a plain image with sig_type 3: hash good, RSA part PKCS #1 of the key over the same bytes as the hash, or filled
 * from the hash. No records: no tag. malloc'd; NULL: out of memory, an EMI version whose record size is unknown, larger
 * than MTK_PRELOADER_MAX_BYTES, or a key that is not private RSA-2048.
 */
uint8_t *mtk_preloader_write(const struct mtk_preloader_build *b, size_t *len);
/* Reads record k of a blob (tag + records). False if there is none. rank_size is as the record's layout has it. */
bool mtk_emi_record(const uint8_t *blob, size_t len, unsigned k, struct mtk_emi_record *out);

#endif
