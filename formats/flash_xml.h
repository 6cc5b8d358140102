/* SPDX-License-Identifier: Apache-2.0 */
/* flash.xml, which names scatter and Download Agent of a package of the XML generation. formats.md section 3.7. */
#ifndef FORMATS_FLASH_XML_H
#define FORMATS_FLASH_XML_H

#include <stddef.h>

#include "base/error.h"

#define MTK_FLASH_XML_MAX_BYTES (64u << 10)

struct mtk_flash_xml {
    char project[64];
    char dagent[1024], scatter[1024]; /* as written, relative to the flash.xml; "" if it names none */
};

/* Parses the text of a flash.xml. -1 with MTK_IMAGE_INVALID, file and line; name is for messages. */
int mtk_flash_xml_parse(const char *text, size_t len, const char *name, struct mtk_flash_xml *out,
                        struct mtk_error *err);
/* Reads a file and parses it. */
int mtk_flash_xml_read(const char *path, struct mtk_flash_xml *out, struct mtk_error *err);
/*
 * Where `file`, as a flash.xml in the folder `folder` of the ROM (relative to the ROM, "" or "." for the ROM itself) has
 * it, is in the ROM: "download_agent" and "../a.xml" give "a.xml". -1 with MTK_PATH_ESCAPES if that is outside, or
 * absolute. out has room for len bytes.
 */
int mtk_flash_xml_place(const char *folder, const char *file, char *out, size_t len, struct mtk_error *err);

#endif
