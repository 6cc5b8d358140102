/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a transcript. */
#include "tests/session/wire/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

/* The next token of *text, which is cut off: up to a space, or to the quote that ends a text. NULL at the end. */
static char *next_token(char **text)
{
    char *t = *text + strspn(*text, " "), *end = t;
    if (!*t)
        return NULL;
    if (*t == '\'')
        for (end++; *end && *end != '\''; end++)
            end += *end == '\\' && end[1];
    end += strcspn(end, " ");
    *text = *end ? end + 1 : end;
    *end = 0;
    return t;
}

static bool put_segments(struct transcript_line *l, const struct transcript_blobs *s, char *text)
{
    l->n_seg = 1;
    for (char *t; (t = next_token(&text));) {
        if (strcmp(t, "|") == 0) {
            if (++l->n_seg > TRANSCRIPT_SEGMENTS)
                return false;
        } else if (!transcript_put_token(&l->seg[l->n_seg - 1], s, t)) {
            return false;
        }
    }
    return true;
}

/* A frame of XFlash and XML: the header is a transfer of its own, and so is what it announces. */
static bool put_frame(struct transcript_line *l, const struct transcript_blobs *s, char *text)
{
    struct transcript_bytes payload;
    uint8_t len[4];
    if (!put_segments(l, s, text) || l->n_seg != 1)
        return false;
    payload = l->seg[0];
    l->seg[0] = (struct transcript_bytes){0};
    l->seg[1] = payload;
    l->n_seg = payload.len ? 2 : 1;
    put_le32(len, (uint32_t)payload.len);
    return transcript_put_token(&l->seg[0], s, "..") && transcript_put(&l->seg[0], len, sizeof(len), 1);
}

/* "PACKET BYTES" */
static bool put_upload(struct transcript_line *l, const struct transcript_blobs *s, char *text)
{
    char *bytes;
    l->number = (uint32_t)strtoul(text, &bytes, 0);
    return l->number && put_segments(l, s, bytes);
}

/* "TYPE REQUEST VALUE INDEX : BYTES" */
static bool put_request(struct transcript_line *l, const struct transcript_blobs *s, char *text)
{
    unsigned v[4];
    char *colon = strchr(text, ':');
    if (!colon || sscanf(text, "%x %x %x %x", &v[0], &v[1], &v[2], &v[3]) != 4)
        return false;
    l->request_type = (uint8_t)v[0];
    l->request = (uint8_t)v[1];
    l->value = (uint16_t)v[2];
    l->index = (uint16_t)v[3];
    return put_segments(l, s, colon + 1);
}

static const struct {
    const char *word;
    enum transcript_kind kind;
    int base; /* of the number behind it; 0: text or none */
    bool (*put)(struct transcript_line *l, const struct transcript_blobs *s, char *text); /* NULL: no bytes */
} words[] = {
    {"phone ", TR_PHONE, 0, NULL},         {"stage ", TR_STAGE, 0, NULL},
    {"level ", TR_LEVEL, 10, NULL},        {"attach ", TR_ATTACH, 16, NULL},
    {"H> ", TR_HOST, 0, put_segments},     {"H>> ", TR_HOST, 0, put_frame},
    {"D> READY+", TR_READY, 0, NULL},      {"D> ", TR_DEVICE, 0, put_segments},
    {"D>> ", TR_DEVICE, 0, put_frame},     {"ctrl ", TR_CTRL, 0, put_request},
    {"quiet ", TR_QUIET, 10, NULL},        {"gone ", TR_GONE, 10, NULL},
    {"unplug", TR_UNPLUG, 0, NULL},        {"plug", TR_PLUG, 0, NULL},
    {"upload ", TR_UPLOAD, 0, put_upload}, {"give ", TR_GIVE, 0, put_upload},
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
        return !words[i].put || words[i].put(l, s, text + n);
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
                    if (!transcript_put(&l->seg[k], &src->data[b], 1, src->care[b]))
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

bool transcript_parse(const char *text, const struct transcript_blobs *blobs, struct transcript *out)
{
    *out = (struct transcript){0};
    /* fmemopen takes what it only reads as something it might write */
    FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    bool good = f && read_lines(f, "(the runner's own)", blobs, out);
    if (f)
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
