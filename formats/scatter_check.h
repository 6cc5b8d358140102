/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the scatter module share. */
#ifndef FORMATS_SCATTER_CHECK_H
#define FORMATS_SCATTER_CHECK_H

#include "formats/scatter.h"

/* The operation that a word stands for; MTK_OP_UNKNOWN if none. */
enum mtk_operation mtk_operation_parse(const char *text);
/* The word for an operation. */
const char *mtk_operation_text(enum mtk_operation op);
/* Checks a parsed table: names and ranges (see mtk_scatter_parse). 0, or -1 and *err with the line. */
int mtk_scatter_check(const struct mtk_scatter *s, const char *name, struct mtk_error *err);

#endif
