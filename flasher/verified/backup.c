/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/backup.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "protocol/error_index.h"

#define FORMAT  "mtkproof-backup"
#define VERSION 1

/* Keys of the ids in the manifest, and what messages call them. */
static const struct {
    const char *key, *words;
} ids[MTK_BACKUP_IDS] = {
    [MTK_BACKUP_ID_STORAGE] = {"storage_id_sha256", "the id of the storage"},
    [MTK_BACKUP_ID_RANDOM] = {"random_id_sha256", "the random id"},
    [MTK_BACKUP_ID_ME] = {"me_id_sha256", "the ME id"},
    [MTK_BACKUP_ID_SOC] = {"soc_id_sha256", "the SOC id"},
};

bool mtk_backup_name_ok(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n >= sizeof(((struct mtk_backup_entry *)0)->name) || name[0] == '.')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("._-", name[i]))
            return false;
    return true;
}

const struct mtk_backup_entry *mtk_backup_find(const struct mtk_backup *b, const char *name)
{
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->entries[i].name, name) == 0)
            return &b->entries[i];
    return NULL;
}

int mtk_backup_put(struct mtk_backup *b, const struct mtk_backup_entry *e, struct mtk_error *err)
{
    struct mtk_backup_entry *had = (struct mtk_backup_entry *)mtk_backup_find(b, e->name);
    if (!had) {
        struct mtk_backup_entry *more = realloc(b->entries, (b->n + 1) * sizeof(*more));
        if (!more)
            return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
        b->entries = more;
        had = &more[b->n++];
    }
    *had = *e;
    return 0;
}

void mtk_backup_release(struct mtk_backup *b)
{
    free(b->entries);
    b->entries = NULL;
    b->n = 0;
}

void mtk_backup_set_id(struct mtk_backup_phone *p, enum mtk_backup_id which, const void *data, size_t len)
{
    p->id[which].known = len > 0;
    if (len)
        sha256_buf(data, len, p->id[which].sha256);
}

int mtk_backup_same_phone(const struct mtk_backup_phone *saved, const struct mtk_backup_phone *now,
                          struct mtk_error *err)
{
    unsigned compared = 0;
    if (saved->hw_code != now->hw_code || strcmp(saved->storage, now->storage) != 0)
        return mtk_fail(err, MTK_E_MTK_OTHER_PHONE, MTK_EV_POLICY,
                        "the backup is from a phone with %s (0x%04" PRIX32 ") and %s, this one has %s "
                        "(0x%04" PRIX32 ") and %s",
                        saved->chip, saved->hw_code, saved->storage, now->chip, now->hw_code, now->storage);
    for (size_t i = 0; i < MTK_BACKUP_IDS; i++) {
        if (!saved->id[i].known || !now->id[i].known)
            continue;
        /* Only an eMMC's id has a serial number in it; those of UFS and NAND are the same in a whole model. */
        compared += i != MTK_BACKUP_ID_STORAGE || strcmp(saved->storage, "emmc") == 0;
        if (memcmp(saved->id[i].sha256, now->id[i].sha256, SHA256_LEN) != 0)
            return mtk_fail(err, MTK_E_MTK_OTHER_PHONE, MTK_EV_POLICY,
                            "the backup is from another phone: %s differs", ids[i].words);
    }
    if (compared)
        return 0;
    return mtk_fail(
        err, MTK_E_MTK_OTHER_PHONE, MTK_EV_POLICY,
        "nothing proves that the backup is from this phone: no id of one single phone is known of both");
}

/* ---- reading ---- */

struct reader {
    const char *name;
    struct mtk_error *err;
};

static int bad(const struct reader *r, const char *what, const char *key)
{
    return mtk_fail_file(r->err, MTK_E_MTK_BACKUP_INVALID, r->name, 0, "%s \"%.40s\"", what, key);
}

/* A string of 1 to len - 1 printable characters. */
static int get_text(const struct reader *r, const json_t *o, const char *key, char *out, size_t len)
{
    const char *s = json_string_value(json_object_get(o, key));
    if (!s || !*s || strlen(s) >= len)
        return bad(r, "no usable text under", key);
    for (const char *p = s; *p; p++)
        if (!isprint((unsigned char)*p))
            return bad(r, "no usable text under", key);
    snprintf(out, len, "%s", s);
    return 0;
}

static int get_number(const struct reader *r, const json_t *o, const char *key, uint64_t *out)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return bad(r, "no usable number under", key);
    *out = (uint64_t)json_integer_value(v);
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int get_digest(const struct reader *r, const json_t *o, const char *key, uint8_t out[SHA256_LEN])
{
    const char *s = json_string_value(json_object_get(o, key));
    if (!s || strlen(s) != 2 * SHA256_LEN)
        return bad(r, "no digest under", key);
    for (size_t i = 0; i < SHA256_LEN; i++) {
        int high = hex_digit(s[2 * i]), low = hex_digit(s[2 * i + 1]);
        if (high < 0 || low < 0)
            return bad(r, "no digest under", key);
        out[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

static int get_entry(const struct reader *r, const json_t *o, struct mtk_backup *out)
{
    struct mtk_backup_entry e = {0};
    uint64_t end;
    if (!json_is_object(o))
        return bad(r, "no object in", "partitions");
    if (get_text(r, o, "name", e.name, sizeof(e.name)) < 0 ||
        get_text(r, o, "area", e.area, sizeof(e.area)) < 0 || get_number(r, o, "start", &e.start) < 0 ||
        get_number(r, o, "size", &e.size) < 0 || get_digest(r, o, "sha256", e.sha256) < 0 ||
        get_text(r, o, "time", e.time, sizeof(e.time)) < 0)
        return -1;
    if (!mtk_backup_name_ok(e.name))
        return bad(r, "a partition cannot be called", e.name);
    if (!e.size || !add_u64(e.start, e.size, &end))
        return bad(r, "an impossible range for", e.name);
    if (mtk_backup_find(out, e.name))
        return bad(r, "there are two entries for", e.name);
    return mtk_backup_put(out, &e, r->err);
}

static int get_phone(const struct reader *r, const json_t *o, struct mtk_backup_phone *p)
{
    char code[16];
    char *end = NULL;
    if (!json_is_object(o))
        return bad(r, "no object", "phone");
    if (get_text(r, o, "chip", p->chip, sizeof(p->chip)) < 0 ||
        get_text(r, o, "hw_code", code, sizeof(code)) < 0 ||
        get_text(r, o, "storage", p->storage, sizeof(p->storage)) < 0)
        return -1;
    unsigned long v = strtoul(code, &end, 16);
    if (strncmp(code, "0x", 2) != 0 || *end || v > UINT32_MAX)
        return bad(r, "no usable number under", "hw_code");
    p->hw_code = (uint32_t)v;
    for (size_t i = 0; i < MTK_BACKUP_IDS; i++) {
        p->id[i].known = json_object_get(o, ids[i].key) != NULL;
        if (p->id[i].known && get_digest(r, o, ids[i].key, p->id[i].sha256) < 0)
            return -1;
    }
    return 0;
}

static int get_all(const struct reader *r, const json_t *o, struct mtk_backup *out)
{
    const char *format = json_string_value(json_object_get(o, "format"));
    const json_t *list = json_object_get(o, "partitions");
    if (!format || strcmp(format, FORMAT) != 0)
        return bad(r, "not a manifest: no format", FORMAT);
    if (json_integer_value(json_object_get(o, "version")) != VERSION)
        return bad(r, "a manifest of another", "version");
    if (get_phone(r, json_object_get(o, "phone"), &out->phone) < 0 ||
        get_text(r, o, "table", out->table, sizeof(out->table)) < 0 ||
        get_text(r, o, "tool", out->tool, sizeof(out->tool)) < 0 ||
        get_text(r, o, "time", out->time, sizeof(out->time)) < 0)
        return -1;
    if (!json_is_array(list) || json_array_size(list) > MTK_BACKUP_MAX_ENTRIES)
        return bad(r, "no list of at most 256", "partitions");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (get_entry(r, json_array_get(list, i), out) < 0)
            return -1;
    return 0;
}

int mtk_backup_parse(const char *text, size_t len, const char *name, struct mtk_backup *out,
                     struct mtk_error *err)
{
    struct reader r = {.name = name, .err = err};
    json_error_t why;
    memset(out, 0, sizeof(*out));
    json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    if (!o) {
        unsigned line = why.line > 0 ? (unsigned)why.line : 0;
        return mtk_fail_file(err, MTK_E_MTK_BACKUP_INVALID, name, line, "this is no JSON: %.100s", why.text);
    }
    int rc = json_is_object(o) ? get_all(&r, o, out) : bad(&r, "not a manifest: no", "object");
    json_decref(o);
    if (rc < 0)
        mtk_backup_release(out);
    return rc;
}

/* ---- writing ---- */

static json_t *digest(const uint8_t sha256[SHA256_LEN])
{
    char hex[2 * SHA256_LEN + 1];
    hex_str(sha256, SHA256_LEN, hex);
    return json_string(hex);
}

static json_t *phone_object(const struct mtk_backup_phone *p)
{
    json_t *o = json_pack("{s:s, s:o, s:s}", "chip", p->chip, "hw_code",
                          json_sprintf("0x%04" PRIx32, p->hw_code), "storage", p->storage);
    for (size_t i = 0; o && i < MTK_BACKUP_IDS; i++)
        if (p->id[i].known)
            json_object_set_new(o, ids[i].key, digest(p->id[i].sha256));
    return o;
}

static json_t *entry_object(const struct mtk_backup_entry *e)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:o, s:s}", "name", e->name, "area", e->area, "start",
                     (json_int_t)e->start, "size", (json_int_t)e->size, "sha256", digest(e->sha256), "time",
                     e->time);
}

char *mtk_backup_text(const struct mtk_backup *b, size_t *len)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < b->n; i++)
        json_array_append_new(list, entry_object(&b->entries[i]));
    json_t *o = json_pack("{s:s, s:i, s:s, s:s, s:o, s:s, s:o}", "format", FORMAT, "version", VERSION, "tool",
                          b->tool, "time", b->time, "phone", phone_object(&b->phone), "table", b->table,
                          "partitions", list);
    char *text = o ? json_dumps(o, JSON_INDENT(2)) : NULL;
    /* jansson swallows what it had no memory for: a list that came out shorter must not be kept. */
    if (text && json_array_size(json_object_get(o, "partitions")) != b->n) {
        free(text);
        text = NULL;
    }
    json_decref(o);
    *len = text ? strlen(text) : 0;
    return text;
}
