/* SPDX-License-Identifier: Apache-2.0 */
/* Writing scatters in both forms, see scatter.h. */
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

/* What every writer ends with: the text, or NULL if there was no memory for it. */
static char *finish(FILE *f, char **text)
{
    bool failed = ferror(f) != 0;
    if (!fclose(f) && !failed)
        return *text;
    free(*text);
    return NULL;
}

char *mtk_scatter_write(const struct mtk_scatter *s, size_t *len)
{
    if (s->xml)
        return mtk_scatter_write_xml(&s, 1, len);
    char *text = NULL;
    FILE *f = open_memstream(&text, len);
    if (!f)
        return NULL;
    general(f, s);
    banner(f, "Layout Setting");
    for (size_t i = 0; i < s->n_rows; i++)
        record(f, &s->rows[i], i);
    return finish(f, &text);
}

/* ---- XML ---- */

/* Text or attribute: what XML gives a meaning of its own is written in its other form. */
static void escaped(FILE *f, const char *s)
{
    static const struct {
        char c;
        const char *as;
    } others[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
    for (; *s; s++) {
        const char *as = NULL;
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
            if (*s == others[i].c)
                as = others[i].as;
        if (as)
            fputs(as, f);
        else
            fputc(*s, f);
    }
}

static void leaf(FILE *f, int depth, const char *key, const char *value)
{
    fprintf(f, "%*s<%s>", 2 * depth, "", key);
    escaped(f, value);
    fprintf(f, "</%s>\n", key);
}

static void leaf_number(FILE *f, int depth, const char *key, uint64_t v)
{
    char text[24];
    snprintf(text, sizeof(text), "0x%" PRIx64, v);
    leaf(f, depth, key, text);
}

static void leaf_address(FILE *f, const char *key, uint64_t v, bool reserved)
{
    char text[24];
    if (!reserved || v >> 16 != 0xFFFF) {
        leaf_number(f, 3, key, v);
        return;
    }
    snprintf(text, sizeof(text), "0xFFFF%04" PRIX64, v & 0xFFFF);
    leaf(f, 3, key, text);
}

static void begin(FILE *f, int depth, const char *key, const char *name)
{
    fprintf(f, "%*s<%s name=\"", 2 * depth, "", key);
    escaped(f, name);
    fputs("\">\n", f);
}

static void end(FILE *f, int depth, const char *key)
{
    fprintf(f, "%*s</%s>\n", 2 * depth, "", key);
}

static void xml_record(FILE *f, const struct mtk_scatter_row *r, size_t index)
{
    char sys[32];
    snprintf(sys, sizeof(sys), "SYS%zu", index);
    begin(f, 2, "partition_index", sys);
    leaf(f, 3, "partition_name", r->name);
    leaf(f, 3, "file_name", or (r->file_name, "NONE"));
    leaf(f, 3, "is_download", flag(r->is_download));
    leaf(f, 3, "type", or (r->type, "NORMAL_ROM"));
    leaf_address(f, "linear_start_addr", r->linear_start, r->is_reserved);
    leaf_address(f, "physical_start_addr", r->physical_start, r->is_reserved);
    leaf_number(f, 3, "partition_size", r->size);
    leaf(f, 3, "region", r->region);
    leaf(f, 3, "storage", r->storage);
    leaf(f, 3, "boundary_check", flag(r->boundary_check));
    leaf(f, 3, "is_reserved", flag(r->is_reserved));
    leaf(f, 3, "operation_type", or (r->operation_text, mtk_operation_text(r->operation)));
    leaf(f, 3, "is_upgradable", flag(r->is_upgradable));
    leaf(f, 3, "empty_boot_needed", flag(r->empty_boot_needed));
    leaf(f, 3, "combo_partsize_check", "false");
    leaf(f, 3, "reserve", "0x00");
    end(f, 2, "partition_index");
}

/* A scatter that names no storage is no section either: its rows stand by themselves. */
static void xml_section(FILE *f, const struct mtk_scatter *s)
{
    bool named = s->storage[0] != 0;
    if (named)
        begin(f, 1, "storage_type", s->storage);
    begin(f, 2, "general", "MTK_STORAGE_CFG");
    if (named)
        begin(f, 3, "storage", s->storage);
    if (s->boot_channel[0])
        leaf(f, 4, "boot_channel", s->boot_channel);
    leaf_number(f, 4, "block_size", s->block_size);
    if (named)
        end(f, 3, "storage");
    end(f, 2, "general");
    for (size_t i = 0; i < s->n_rows; i++)
        xml_record(f, &s->rows[i], i);
    if (named)
        end(f, 1, "storage_type");
}

char *mtk_scatter_write_xml(const struct mtk_scatter *const *sections, size_t n, size_t *len)
{
    char *text = NULL;
    FILE *f = n ? open_memstream(&text, len) : NULL;
    if (!f)
        return NULL;
    const struct mtk_scatter *s = sections[0];
    bool sectioned = strncasecmp(s->config_version, "V2.2.", 5) == 0;
    fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<root>\n", f);
    begin(f, 1, "general", "MTK_PLATFORM_CFG");
    begin(f, 2, "config_version", sectioned ? s->config_version : "V2.2.0");
    leaf(f, 3, "platform", s->platform);
    leaf(f, 3, "project", s->project);
    end(f, 2, "config_version");
    end(f, 1, "general");
    for (size_t i = 0; i < n; i++)
        xml_section(f, sections[i]);
    fputs("</root>\n", f);
    return finish(f, &text);
}
