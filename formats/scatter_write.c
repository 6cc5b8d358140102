/* SPDX-License-Identifier: Apache-2.0 */
/* Writing scatters in both forms, see scatter.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* A line of a record. Addresses of reserved rows keep their FFFF in capitals, as the generator writes it. */
static void address(FILE *f, const char *in, const char *key, uint64_t v, bool reserved)
{
    if (reserved && v >> 16 == 0xFFFF)
        fprintf(f, "%s  %s: 0xFFFF%04" PRIx64 "\n", in, key, v & 0xFFFF);
    else
        fprintf(f, "%s  %s: 0x%" PRIx64 "\n", in, key, v);
}

static void word(FILE *f, const char *in, const char *key, const char *value)
{
    fprintf(f, "%s  %s: %s\n", in, key, value);
}

/* What the storage is like, in the block that begins with the key before it. */
static void storage_keys(FILE *f, const char *in, const struct mtk_scatter *s)
{
    if (s->boot_channel[0])
        fprintf(f, "%sboot_channel: %s\n", in, s->boot_channel);
    fprintf(f, "%sblock_size: 0x%" PRIx32 "\n", in, s->block_size);
}

/* in: what every line begins with; the records of a section stand further to the right. */
static void record(FILE *f, const char *in, const struct mtk_scatter_row *r, size_t index)
{
    fprintf(f, "%s- partition_index: SYS%zu\n", in, index);
    word(f, in, "partition_name", r->name);
    word(f, in, "file_name", or (r->file_name, "NONE"));
    word(f, in, "is_download", flag(r->is_download));
    word(f, in, "type", or (r->type, "NORMAL_ROM"));
    address(f, in, "linear_start_addr", r->linear_start, r->is_reserved);
    address(f, in, "physical_start_addr", r->physical_start, r->is_reserved);
    address(f, in, "partition_size", r->size, false);
    word(f, in, "region", r->region);
    word(f, in, "storage", r->storage);
    word(f, in, "boundary_check", flag(r->boundary_check));
    word(f, in, "is_reserved", flag(r->is_reserved));
    word(f, in, "operation_type", or (r->operation_text, mtk_operation_text(r->operation)));
    word(f, in, "is_upgradable", flag(r->is_upgradable));
    word(f, in, "empty_boot_needed", flag(r->empty_boot_needed));
    word(f, in, "reserve", "0x00");
    fputc('\n', f);
}

static bool version(const struct mtk_scatter *s, const char *start)
{
    return strncasecmp(s->config_version, start, strlen(start)) == 0;
}

static void text_one(FILE *f, const struct mtk_scatter *s)
{
    banner(f, "General Setting");
    fprintf(f, "- general: MTK_PLATFORM_CFG\n  info: \n    - config_version: %s\n",
            version(s, "V1.1.") ? s->config_version : "V1.1.2");
    fprintf(f, "      platform: %s\n      project: %s\n      storage: %s\n", s->platform, s->project,
            s->storage);
    storage_keys(f, "      ", s);
    banner(f, "Layout Setting");
    for (size_t i = 0; i < s->n_rows; i++)
        record(f, "", &s->rows[i], i);
}

static void text_section(FILE *f, const struct mtk_scatter *s)
{
    fprintf(
        f,
        "- storage_type: %s\n  description:\n  - general: MTK_STORAGE_CFG\n    info:\n      - storage: %s\n",
        s->storage, s->storage);
    storage_keys(f, "        ", s);
    for (size_t i = 0; i < s->n_rows; i++)
        record(f, "  ", &s->rows[i], i);
}

static void text_many(FILE *f, const struct mtk_scatter *const *sections, size_t n)
{
    const struct mtk_scatter *s = sections[0];
    banner(f, "General Setting");
    fprintf(f, "- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: %s\n", s->config_version);
    fprintf(f, "      platform: %s\n      project: %s\n", s->platform, s->project);
    banner(f, "Layout Setting");
    for (size_t i = 0; i < n; i++)
        text_section(f, sections[i]);
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

char *mtk_scatter_write_sections(const struct mtk_scatter *const *sections, size_t n, size_t *len)
{
    if (n && sections[0]->xml)
        return mtk_scatter_write_xml(sections, n, len);
    bool many = n && version(sections[0], "V2.") && sections[0]->storage[0];
    char *text = NULL;
    FILE *f = many || n == 1 ? open_memstream(&text, len) : NULL;
    if (!f)
        return NULL;
    if (many)
        text_many(f, sections, n);
    else
        text_one(f, sections[0]);
    return finish(f, &text);
}

char *mtk_scatter_write(const struct mtk_scatter *s, size_t *len)
{
    return mtk_scatter_write_sections(&s, 1, len);
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
    bool sectioned = version(s, "V2.2.");
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
