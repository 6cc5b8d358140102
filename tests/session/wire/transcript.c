/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/session/wire/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"

static bool put(struct transcript_bytes *b, const uint8_t *data, size_t n, uint8_t care)
{
    if (b->len + n > b->room) {
        size_t room = (b->len + n) * 2;
        uint8_t *d = realloc(b->data, room);
        if (d)
            b->data = d;
        uint8_t *c = realloc(b->care, room);
        if (c)
            b->care = c;
        if (!d || !c)
            return false;
        b->room = room;
    }
    if (n) {
        memcpy(b->data + b->len, data, n);
        memset(b->care + b->len, care, n);
    }
    b->len += n;
    return true;
}

/* One blob by name; NULL if it is none. */
static const uint8_t *blob(const struct transcript_blobs *s, const char *name, size_t *len)
{
    if (strcmp(name, "da1") == 0)
        return *len = s->da1_len, s->da1;
    if (strcmp(name, "da2") == 0)
        return *len = s->da2_len - s->da2_sig_len, s->da2;
    if (strcmp(name, "da2+sig") == 0)
        return *len = s->da2_len, s->da2;
    if (strcmp(name, "emi") == 0)
        return *len = s->emi_len, s->emi;
    if (strcmp(name, "emi-version") == 0)
        return *len = 1, &s->emi_version;
    if (strcmp(name, "emi-records") == 0)
        return *len = s->emi_len - TRANSCRIPT_EMI_HEADER, s->emi + TRANSCRIPT_EMI_HEADER;
    return NULL;
}

static bool put_length(struct transcript_bytes *b, const struct transcript_blobs *s, const char *token)
{
    char name[16];
    char width[8];
    size_t len;
    uint8_t out[8];
    if (sscanf(token, "len%7[0-9be](%15[^)])", width, name) != 2 || !blob(s, name, &len))
        return false;
    if (strcmp(width, "32") == 0)
        return put_le32(out, (uint32_t)len), put(b, out, 4, 1);
    if (strcmp(width, "64") == 0)
        return put_le64(out, len), put(b, out, 8, 1);
    if (strcmp(width, "32be") == 0)
        return put_be32(out, (uint32_t)len), put(b, out, 4, 1);
    return false;
}

/* sum16be(name): the sum of its bytes, big-endian. */
static bool put_sum(struct transcript_bytes *b, const struct transcript_blobs *s, const char *token)
{
    char name[16];
    size_t len;
    uint8_t out[2];
    const uint8_t *data = sscanf(token, "sum16be(%15[^)])", name) == 1 ? blob(s, name, &len) : NULL;
    if (!data)
        return false;
    put_be16(out, sum16(0, data, len));
    return put(b, out, sizeof(out), 1);
}

static bool put_token(struct transcript_bytes *b, const struct transcript_blobs *s, const char *token)
{
    static const uint8_t header[] = {0xEF, 0xEE, 0xEE, 0xFE, 1, 0, 0, 0};
    size_t len = 0;
    const uint8_t *named = blob(s, token, &len);
    if (named)
        return put(b, named, len, 1);
    if (strcmp(token, "..") == 0)
        return put(b, header, sizeof(header), 1);
    if (strncmp(token, "len", 3) == 0)
        return put_length(b, s, token);
    if (strncmp(token, "sum", 3) == 0)
        return put_sum(b, s, token);
    char hex[3] = {token[0], token[0] ? token[1] : 0, 0};
    char *end;
    unsigned long times = 1;
    uint8_t care = strcmp(hex, "??") != 0;
    uint8_t v = care ? (uint8_t)strtoul(hex, &end, 16) : 0;
    if (strlen(token) < 2 || (care && *end))
        return false;
    if (token[2] == '*')
        times = strtoul(token + 3, &end, 10);
    else if (token[2])
        return false;
    for (; times; times--)
        if (!put(b, &v, 1, care))
            return false;
    return true;
}

static bool put_segments(struct transcript_line *l, const struct transcript_blobs *s, char *text)
{
    char *save = NULL;
    l->n_seg = 1;
    for (char *t = strtok_r(text, " ", &save); t; t = strtok_r(NULL, " ", &save)) {
        if (strcmp(t, "|") == 0) {
            if (++l->n_seg > TRANSCRIPT_SEGMENTS)
                return false;
        } else if (!put_token(&l->seg[l->n_seg - 1], s, t)) {
            return false;
        }
    }
    return true;
}

static const struct {
    const char *word;
    enum transcript_kind kind;
    int base; /* of the number behind it; 0: text or none */
} words[] = {
    {"phone ", TR_PHONE, 0},    {"stage ", TR_STAGE, 0},  {"level ", TR_LEVEL, 10},
    {"attach ", TR_ATTACH, 16}, {"H> ", TR_HOST, 0},      {"D> READY+", TR_READY, 0},
    {"D> ", TR_DEVICE, 0},      {"ctrl ", TR_CTRL, 0},    {"quiet ", TR_QUIET, 10},
    {"gone ", TR_GONE, 10},     {"unplug", TR_UNPLUG, 0}, {"plug", TR_PLUG, 0},
    {"upload ", TR_UPLOAD, 0},
};

static bool parse_line(struct transcript_line *l, const struct transcript_blobs *s, char *text)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t n = strlen(words[i].word);
        if (strncmp(text, words[i].word, n) != 0)
            continue;
        l->kind = words[i].kind;
        snprintf(l->text, sizeof(l->text), "%s", text + n);
        if (words[i].base)
            l->number = (uint32_t)strtoul(text + n, NULL, words[i].base);
        if (l->kind == TR_HOST || l->kind == TR_DEVICE)
            return put_segments(l, s, text + n);
        if (l->kind == TR_UPLOAD) {
            char *bytes;
            l->number = (uint32_t)strtoul(text + n, &bytes, 0);
            return l->number && put_segments(l, s, bytes);
        }
        if (l->kind == TR_CTRL) {
            unsigned v[4];
            char *colon = strchr(text, ':');
            if (!colon || sscanf(text + n, "%x %x %x %x", &v[0], &v[1], &v[2], &v[3]) != 4)
                return false;
            l->request_type = (uint8_t)v[0];
            l->request = (uint8_t)v[1];
            l->value = (uint16_t)v[2];
            l->index = (uint16_t)v[3];
            return put_segments(l, s, colon + 1);
        }
        return true;
    }
    return false;
}

static void release_line(struct transcript_line *l)
{
    for (size_t i = 0; i < TRANSCRIPT_SEGMENTS; i++) {
        free(l->seg[i].data);
        free(l->seg[i].care);
    }
}

void transcript_release(struct transcript *t)
{
    for (size_t i = 0; i < t->n; i++)
        release_line(&t->lines[i]);
    free(t->lines);
    *t = (struct transcript){0};
}

static struct transcript_line *append(struct transcript *t)
{
    struct transcript_line *p = realloc(t->lines, (t->n + 1) * sizeof(*p));
    if (!p)
        return NULL;
    t->lines = p;
    memset(&p[t->n], 0, sizeof(*p));
    return &p[t->n++];
}

/* Appends copies of lines [from, t->n), times - 1 times. */
static bool repeat(struct transcript *t, size_t from, unsigned long times)
{
    size_t end = t->n;
    for (; times > 1; times--) {
        for (size_t i = from; i < end; i++) {
            struct transcript_line *l = append(t);
            if (!l)
                return false;
            *l = t->lines[i];
            for (size_t k = 0; k < TRANSCRIPT_SEGMENTS; k++) {
                l->seg[k] = (struct transcript_bytes){0};
                const struct transcript_bytes *src = &t->lines[i].seg[k];
                for (size_t b = 0; b < src->len; b++)
                    if (!put(&l->seg[k], &src->data[b], 1, src->care[b]))
                        return false;
            }
        }
    }
    return true;
}

static bool read_lines(FILE *f, const char *path, const struct transcript_blobs *blobs,
                       struct transcript *out)
{
    char *text = NULL;
    size_t room = 0;
    unsigned n = 0;
    size_t from = 0;
    unsigned long times = 0;
    bool good = true;
    while (good && getline(&text, &room, f) > 0) {
        n++;
        text[strcspn(text, "\n")] = 0;
        if (!text[0] || text[0] == '#')
            continue;
        if (strncmp(text, "repeat ", 7) == 0) {
            times = strtoul(text + 7, NULL, 10);
            from = out->n;
            continue;
        }
        if (strcmp(text, "end") == 0) {
            good = times > 0 && repeat(out, from, times);
            continue;
        }
        struct transcript_line *l = append(out);
        if (l)
            l->line = n;
        good = l && parse_line(l, blobs, text);
        if (!good)
            fprintf(stderr, "%s:%u: not a line of a transcript: %s\n", path, n, text);
    }
    free(text);
    return good;
}

bool transcript_read(const char *path, const struct transcript_blobs *blobs, struct transcript *out)
{
    *out = (struct transcript){0};
    FILE *f = fopen(path, "r");
    if (!f) {
        perror(path);
        return false;
    }
    bool good = read_lines(f, path, blobs, out);
    fclose(f);
    if (!good)
        transcript_release(out);
    return good;
}

bool transcript_match(const struct transcript_bytes *b, const uint8_t *got, size_t len, size_t *at)
{
    for (*at = 0; *at < b->len && *at < len; ++*at)
        if (b->care[*at] && b->data[*at] != got[*at])
            return false;
    return len == b->len;
}
