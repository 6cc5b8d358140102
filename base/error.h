/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error value. It is filled where the error is detected and never rewritten on the way up: callers only add
 * the step they were in (mtk_error_step). Every error names a row of the catalogue.
 *
 * Convention: a function that can fail takes `struct mtk_error *err` as its last argument and returns 0 or -1 (or a
 * pointer or NULL). err may be NULL when the caller does not want to know. On success err is left alone.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/errors.h"

/* What kind of evidence there is. The first three never share a text. */
enum mtk_evidence {
    MTK_EV_NONE,
    MTK_EV_NO_ANSWER,    /* the phone stayed silent for waited_ns */
    MTK_EV_WRONG_ANSWER, /* it sent got[] where expected[] (or something else) was due */
    MTK_EV_LEFT_BUS,     /* it vanished */
    MTK_EV_REFUSED,      /* it answered with device_status */
    MTK_EV_FILE,         /* a file on the host is wrong: file, line or offset */
    MTK_EV_POLICY,       /* nothing is broken, but it must not be done */
    MTK_EV_HOST,         /* this computer: disk, memory, usage */
    MTK_EV_MISMATCH,     /* read-back differs: partition, offset */
};

#define MTK_ERROR_BYTES 32

struct mtk_error {
    const struct mtk_err_row *row; /* NULL: no error */
    enum mtk_evidence evidence;
    char what[320];   /* one sentence, no full stop */
    char stage[24];   /* brom, preloader, da1, da2, file, ... */
    char command[32]; /* SEND_DA, READ_DATA, ... or the step of the plan */
    char file[256];   /* name of the file it is about, "" if none */
    unsigned line;    /* line in that file, 0 if none */
    bool has_offset;
    uint64_t offset; /* in that file, in that partition or in that transfer, as `what` says */
    bool has_status;
    uint32_t device_status; /* as it came from the wire */
    int64_t waited_ns;      /* time waited before giving up */
    uint64_t acked;         /* bytes that the phone had acknowledged when it happened */
    uint8_t expected[MTK_ERROR_BYTES];
    uint8_t got[MTK_ERROR_BYTES];
    size_t n_expected, n_got;
};

/*
 * Fills *err (if not NULL) with catalogue row `index` (an MTK_E_ value of error_index.h), the evidence and a
 * printf-formatted sentence; everything else is zeroed. Always returns -1, so that `return mtk_fail(...)` works.
 */
int mtk_fail(struct mtk_error *err, int index, enum mtk_evidence evidence, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The same for a file: line or offset may be given afterwards by the caller. */
int mtk_fail_file(struct mtk_error *err, int index, const char *file, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/*
 * For interfaces that give their caller a sentence in place of an error value (include/mtksim.h): writes it to why, which
 * has room for `len` bytes; 0: the caller does not want to know. Always -1.
 */
int mtk_why(char *why, size_t len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Adds the step; what was set at the place of detection stays. */
void mtk_error_step(struct mtk_error *err, const char *stage, const char *command);
void mtk_error_offset(struct mtk_error *err, uint64_t offset);
void mtk_error_bytes(struct mtk_error *err, const void *expected, size_t n_expected, const void *got,
                     size_t n_got);
void mtk_error_status(struct mtk_error *err, uint32_t status);
bool mtk_error_is(const struct mtk_error *err, int index);

/* Looks a row up by exact symbol (case-insensitive); NULL if there is none. Aliases are found last. */
const struct mtk_err_row *mtk_err_by_symbol(const char *symbol);
/* Looks a row up by family and code; aliases are never returned. */
const struct mtk_err_row *mtk_err_by_code(const char *family, uint32_t code);
/*
 * All rows that fit a user's words: symbol (exact or part), part of what a phone or tool says in its place, decimal,
 * negative decimal or hex number. Fills at most max pointers, returns how many there are in all.
 */
size_t mtk_err_search(const char *words, const struct mtk_err_row **out, size_t max);

#endif
