/* SPDX-License-Identifier: Apache-2.0 */
/* Checksum.ini of a ROM folder. Specification: formats.md section 7.2. */
#ifndef FORMATS_CHECKSUM_INI_H
#define FORMATS_CHECKSUM_INI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Whether the folder has a Checksum.ini whose CHECKSUM_SWITCH is on. -1 and *err if the file cannot be read. */
int mtk_checksum_ini_switch(const char *dir, bool *on, struct mtk_error *err);
/* The sum for a partition: 1 and *sum, 0 if the file does not list it, -1 and *err if the file is bad. */
int mtk_checksum_ini_find(const char *dir, const char *partition, uint16_t *sum, struct mtk_error *err);
/* The same on the text of a Checksum.ini; name is for messages. */
int mtk_checksum_ini_parse(const char *text, size_t len, const char *name, const char *partition, bool *on,
                           uint16_t *sum, struct mtk_error *err);

#endif
