/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The legacy agent as rows: what each side sends, in order, one row a field (da-legacy.md). Byte order is big-endian and
 * nothing is framed, so the only way to know what a byte means is to have followed all that came before it.
 */
#ifndef TRACES_DECODE_LEGACY_H
#define TRACES_DECODE_LEGACY_H

#include "traces/decode_internal.h"

enum lg_kind {
    LGK_END,
    LGK_TITLE,     /* no bytes: what follows belongs to `name` */
    LGK_HOST,      /* number of the host, size bytes */
    LGK_DEVICE,    /* number of the phone */
    LGK_HOST_RAW,  /* size bytes of the host that are no number */
    LGK_DEV_RAW,   /* the same of the phone */
    LGK_HOST_DATA, /* as many bytes of the host as the slot says, times size */
    LGK_DEV_DATA,
    LGK_WORD, /* status word of the phone that is only told */
    LGK_CODE, /* status word that ends the exchange unless it is 0 */
    LGK_ANSWER, /* 5A of the phone goes on, or the byte in `slot`; else this ends, and size bytes of status follow */
    LGK_DEV_ACK,  /* byte of the phone that is only told */
    LGK_HOST_ACK, /* byte of the host: 5A goes on, anything else ends */
    LGK_STRING,   /* NUL-terminated text of the phone */
    /* Exchanges that repeat. */
    LGK_RECORDS,     /* DRAM settings: total length, if this agent asks for it, and the records */
    LGK_STAGE2,      /* packets of stage 2, each acknowledged */
    LGK_PRE_PROCESS, /* 5A, or A5 and later another byte */
    LGK_READ,        /* packets to the host */
    LGK_WRITE,       /* packets to the phone */
    LGK_NAND_WRITE,  /* the same as NAND has it */
    LGK_PROGRESS,    /* percentages, each acknowledged */
    LGK_STATISTICS,  /* 5A, or another byte and the numbers of a format */
    LGK_TABLE,       /* entries of a table, each acknowledged */
    LGK_LOADERS,     /* rows of boot loaders */
    LGK_KINDS,
};

/* A row counts only when this holds. */
enum lg_when {
    LGW_ALWAYS,
    LGW_V4, /* agents that begin with the ids of the flash */
    LGW_V3,
    LGW_NO_CHIP, /* the agent does not know the chip */
    LGW_MT6592,
    LGW_EXTRA_WORD,
    LGW_EXTRA_SLC,
    LGW_DRAM_DOWN,
    LGW_EMI_GIVEN,
    LGW_NAND_SIZE_64,
    LGW_NAND_SIZE_32,
    LGW_BMT_WORD,
    LGW_KEY_CHECK, /* the number that was just taken is the length of a key's hash */
    LGW_INFO_V0,
    LGW_INFO_V1,
    LGW_SUSBDL,
    LGW_LOADER,
};

/* Numbers that later rows refer to. */
enum lg_slot {
    LGS_NONE,
    LGS_LENGTH,
    LGS_PACKET,
    LGS_COUNT,
    LGS_VERSION,
    LGS_STATUS,
    LGS_PERCENT,
};

struct lg_row {
    uint8_t kind, slot, when;
    uint16_t size;
    const char *name;
};

/* From C0 to the command loop. */
extern const struct lg_row lg_start_rows[];
/* Rows of a command; NULL if there is none of that opcode. */
const struct lg_row *lg_command_rows(uint8_t op);
/* Whether a row counts here. */
bool lg_holds(const struct decoder *d, enum lg_when when);

/* What became of a row. */
enum lg_took {
    LG_WAITS, /* its bytes are not all there */
    LG_STAYS, /* some of it was taken */
    LG_NEXT,  /* it is done */
    LG_OVER,  /* and so is the whole exchange */
};

/* The exchanges that repeat (decode_legacy_flow.c). */
enum lg_took lg_take_records(struct decoder *d, const struct lg_row *r);
enum lg_took lg_take_stage2(struct decoder *d, const struct lg_row *r);
enum lg_took lg_take_read(struct decoder *d, const struct lg_row *r);
enum lg_took lg_take_write(struct decoder *d, const struct lg_row *r);
enum lg_took lg_take_nand_write(struct decoder *d, const struct lg_row *r);
enum lg_took lg_take_progress(struct decoder *d, const struct lg_row *r);
enum lg_took lg_take_table(struct decoder *d, const struct lg_row *r);
enum lg_took lg_take_loaders(struct decoder *d, const struct lg_row *r);

/* What the bytes belong to: a command's name or a part of the start. */
const char *decode_legacy_context(struct decoder *d);
/* Takes a number of size bytes, at most 8. False: they are not there. */
bool lg_number(struct decoder *d, int dir, unsigned size, uint64_t *v);
/* Takes n bytes and says what they are: "name, n bytes: ...". False: they are not there. */
bool lg_bytes(struct decoder *d, int dir, uint64_t n, const char *name);
/* Takes a control byte and says what it means. False: it is not there. */
bool lg_control(struct decoder *d, int dir, const char *name, uint8_t *byte);
/* Takes a status word and says it, as an error unless it is 0 or progress. False: it is not there. */
bool lg_status(struct decoder *d, uint32_t *status);
/* Progress of a format or comparison, in either numbering. */
bool lg_in_progress(uint32_t status);

#endif
