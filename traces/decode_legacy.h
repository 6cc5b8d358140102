/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The legacy agent as rows: what each side sends, in order, one row a field (da-legacy.md). Byte order is big-endian and
 * nothing is framed, so the only way to know what a byte means is to have followed all that came before it.
 */
#ifndef TRACES_DECODE_LEGACY_H
#define TRACES_DECODE_LEGACY_H

#include "traces/decode_internal.h"

enum tl_kind {
    TLK_END,
    TLK_TITLE,     /* no bytes: what follows belongs to `name` */
    TLK_HOST,      /* number of the host, size bytes */
    TLK_DEVICE,    /* number of the phone */
    TLK_HOST_RAW,  /* size bytes of the host that are no number */
    TLK_DEV_RAW,   /* the same of the phone */
    TLK_HOST_DATA, /* as many bytes of the host as the slot says, times size */
    TLK_DEV_DATA,
    TLK_WORD, /* status word of the phone that is only told */
    TLK_CODE, /* status word that ends the exchange unless it is 0 */
    TLK_ANSWER, /* 5A of the phone goes on, or the byte in `slot`; else this ends, and size bytes of status follow */
    TLK_DEV_ACK,  /* byte of the phone that is only told */
    TLK_HOST_ACK, /* byte of the host: 5A goes on, anything else ends */
    TLK_STRING,   /* NUL-terminated text of the phone */
    /* Exchanges that repeat. */
    TLK_RECORDS,     /* DRAM settings: total length, if this agent asks for it, and the records */
    TLK_STAGE2,      /* packets of stage 2, each acknowledged */
    TLK_PRE_PROCESS, /* 5A, or A5 and later another byte */
    TLK_READ,        /* packets to the host */
    TLK_WRITE,       /* packets to the phone */
    TLK_NAND_WRITE,  /* the same as NAND has it */
    TLK_PROGRESS,    /* percentages, each acknowledged */
    TLK_STATISTICS,  /* 5A, or another byte and the numbers of a format */
    TLK_TABLE,       /* entries of a table, each acknowledged */
    TLK_LOADERS,     /* rows of boot loaders */
    TLK_KINDS,
};

/* A row counts only when this holds. */
enum tl_when {
    TLW_ALWAYS,
    TLW_V4, /* agents that begin with the ids of the flash */
    TLW_V3,
    TLW_NO_CHIP, /* the agent does not know the chip */
    TLW_MT6592,
    TLW_EXTRA_WORD,
    TLW_EXTRA_SLC,
    TLW_DRAM_DOWN,
    TLW_EMI_GIVEN,
    TLW_NAND_SIZE_64,
    TLW_NAND_SIZE_32,
    TLW_BMT_WORD,
    TLW_KEY_CHECK, /* the number that was just taken is the length of a key's hash */
    TLW_INFO_V0,
    TLW_INFO_V1,
    TLW_SUSBDL,
    TLW_LOADER,
};

/* Numbers that later rows refer to. */
enum tl_slot {
    TLS_NONE,
    TLS_LENGTH,
    TLS_PACKET,
    TLS_COUNT,
    TLS_VERSION,
    TLS_STATUS,
    TLS_PERCENT,
};

struct tl_row {
    uint8_t kind, slot, when;
    uint16_t size;
    const char *name;
};

/* From C0 to the command loop. */
extern const struct tl_row tl_start_rows[];
/* Rows of a command; NULL if there is none of that opcode. */
const struct tl_row *tl_command_rows(uint8_t op);
/* Whether a row counts here. */
bool tl_holds(const struct decoder *d, enum tl_when when);

/* What became of a row. */
enum tl_took {
    TL_WAITS, /* its bytes are not all there */
    TL_STAYS, /* some of it was taken */
    TL_NEXT,  /* it is done */
    TL_OVER,  /* and so is the whole exchange */
};

/* The exchanges that repeat (decode_legacy_flow.c). */
enum tl_took tl_take_records(struct decoder *d, const struct tl_row *r);
enum tl_took tl_take_stage2(struct decoder *d, const struct tl_row *r);
enum tl_took tl_take_read(struct decoder *d, const struct tl_row *r);
enum tl_took tl_take_write(struct decoder *d, const struct tl_row *r);
enum tl_took tl_take_nand_write(struct decoder *d, const struct tl_row *r);
enum tl_took tl_take_progress(struct decoder *d, const struct tl_row *r);
enum tl_took tl_take_table(struct decoder *d, const struct tl_row *r);
enum tl_took tl_take_loaders(struct decoder *d, const struct tl_row *r);

/* What the bytes belong to: a command's name or a part of the start. */
const char *decode_legacy_context(struct decoder *d);
/* Takes a number of size bytes, at most 8. False: they are not there. */
bool tl_number(struct decoder *d, int dir, unsigned size, uint64_t *v);
/* Takes n bytes and says what they are: "name, n bytes: ...". False: they are not there. */
bool tl_bytes(struct decoder *d, int dir, uint64_t n, const char *name);
/* Takes a control byte and says what it means. False: it is not there. */
bool tl_control(struct decoder *d, int dir, const char *name, uint8_t *byte);
/* Takes a status word and says it, as an error unless it is 0 or progress. False: it is not there. */
bool tl_status(struct decoder *d, uint32_t *status);
/* Progress of a format or comparison, in either numbering. */
bool tl_in_progress(uint32_t status);

#endif
