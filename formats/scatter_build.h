/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building a scatter from its keys and values, whichever form they were written in. The readers of the text form
 * (scatter_parse.c) and of the XML form (scatter_xml.c) give them in the order of the file.
 */
#ifndef FORMATS_SCATTER_BUILD_H
#define FORMATS_SCATTER_BUILD_H

#include "formats/scatter.h"

/* A piece of the file, borrowed until the builder is done. line 0: not there. */
struct scatter_value {
    const char *p;
    size_t n;
    unsigned line;
};

#define SCATTER_ROW_KEYS     14
#define SCATTER_GENERAL_KEYS 6

enum scatter_context { SCATTER_NOWHERE, SCATTER_IN_GENERAL, SCATTER_IN_STORAGE, SCATTER_IN_ROW };

struct scatter_builder {
    const char *name; /* of the file */
    const char *want; /* section wanted, NULL: first */
    struct mtk_scatter *out;
    struct mtk_error *err;
    enum scatter_context context;
    bool sections;                /* it is a multi-storage file */
    bool chosen;                  /* the section wanted has been met */
    struct scatter_value section; /* its name */
    bool skip;                    /* what is being read belongs to another section */
    unsigned row_line;
    size_t capacity;
    struct scatter_value general[SCATTER_GENERAL_KEYS];
    struct scatter_value row[SCATTER_ROW_KEYS];
};

/* Fails with S_DL_SCAT_INCORRECT_FORMAT at that line of the file. */
#define SCATTER_BAD(b, at, ...) \
    mtk_fail_file((b)->err, MTK_E_S_DL_SCAT_INCORRECT_FORMAT, (b)->name, (at), __VA_ARGS__)

/* A key and its value: begins a block, or belongs to the one that began last. */
int scatter_take(struct scatter_builder *b, struct scatter_value key, struct scatter_value v);
/* Ends the record that is being collected, if there is one; what comes next stands outside of any block. */
int scatter_end_block(struct scatter_builder *b);
/* Ends the file: completes and checks the whole. */
int scatter_finish(struct scatter_builder *b);
/* True if the general block's first key has been met: before it, the file may be no scatter at all. */
bool scatter_begun(const struct scatter_builder *b);

/* Reads the XML form. *xml is the text from its first '<' on, which stands in line `line`; arena outlives the builder. */
int scatter_take_xml(struct scatter_builder *b, const char *xml, size_t len, unsigned line, char **arena);

#endif
