/* SPDX-License-Identifier: Apache-2.0 */
/* Writing text scatters, see scatter.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "formats/scatter.h"
#include "formats/scatter_check.h"

/* 108 times '#': the tools of the field look at the banner. */
#define RULE12 "############"
#define RULE   RULE12 RULE12 RULE12 RULE12 RULE12 RULE12 RULE12 RULE12 RULE12

static void banner(FILE *f, const char *title)
{
    fprintf(f, RULE "\n#\n#  %s\n#\n" RULE "\n", title);
}

static const char * or (const char *s, const char *other)
{
    return s[0] ? s : other;
}

static const char *flag(bool b)
{
    return b ? "true" : "false";
}

/* Addresses of reserved rows keep their FFFF in capitals, as the generator writes it. */
static void address(FILE *f, const char *key, uint64_t v, bool reserved)
{
    if (reserved && v >> 16 == 0xFFFF)
        fprintf(f, "  %s: 0xFFFF%04" PRIx64 "\n", key, v & 0xFFFF);
    else
        fprintf(f, "  %s: 0x%" PRIx64 "\n", key, v);
}

static void general(FILE *f, const struct mtk_scatter *s)
{
    bool old = strncasecmp(s->config_version, "V1.1.", 5) == 0;
    banner(f, "General Setting");
    fprintf(f, "- general: MTK_PLATFORM_CFG\n  info: \n    - config_version: %s\n",
            old ? s->config_version : "V1.1.2");
    fprintf(f, "      platform: %s\n      project: %s\n      storage: %s\n", s->platform, s->project,
            s->storage);
    if (s->boot_channel[0])
        fprintf(f, "      boot_channel: %s\n", s->boot_channel);
    fprintf(f, "      block_size: 0x%" PRIx32 "\n", s->block_size);
}

static void record(FILE *f, const struct mtk_scatter_row *r, size_t index)
{
    fprintf(f, "- partition_index: SYS%zu\n  partition_name: %s\n  file_name: %s\n", index, r->name,
            or (r->file_name, "NONE"));
    fprintf(f, "  is_download: %s\n  type: %s\n", flag(r->is_download), or (r->type, "NORMAL_ROM"));
    address(f, "linear_start_addr", r->linear_start, r->is_reserved);
    address(f, "physical_start_addr", r->physical_start, r->is_reserved);
    fprintf(f, "  partition_size: 0x%" PRIx64 "\n  region: %s\n  storage: %s\n", r->size, r->region,
            r->storage);
    fprintf(f, "  boundary_check: %s\n  is_reserved: %s\n", flag(r->boundary_check), flag(r->is_reserved));
    fprintf(f, "  operation_type: %s\n", or (r->operation_text, mtk_operation_text(r->operation)));
    fprintf(f, "  is_upgradable: %s\n  empty_boot_needed: %s\n  reserve: 0x00\n\n", flag(r->is_upgradable),
            flag(r->empty_boot_needed));
}

char *mtk_scatter_write(const struct mtk_scatter *s, size_t *len)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, len);
    if (!f)
        return NULL;
    general(f, s);
    banner(f, "Layout Setting");
    for (size_t i = 0; i < s->n_rows; i++)
        record(f, &s->rows[i], i);
    bool failed = ferror(f) != 0;
    if (fclose(f) || failed) {
        free(text);
        return NULL;
    }
    return text;
}
