/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/traces/decode_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void log_keep(void *ctx, const struct decode_message *m)
{
    struct log *l = ctx;
    size_t n = strlen(l->text);
    snprintf(l->text + n, sizeof(l->text) - n, "%c %s|%s\n", m->from_host ? 'H' : 'D', m->command, m->text);
    l->bytes[m->from_host] += m->length;
    l->errors += m->is_error;
    l->unknown += m->unknown ? m->length : 0;
}

/* The bytes of one line; *lines is behind it then. */
static size_t take_line(const char **lines, uint8_t *out, size_t cap)
{
    size_t n = 0;
    unsigned v, times;
    int used;
    while (**lines && **lines != '\n' && sscanf(*lines, " %2x%n", &v, &used) == 1) {
        *lines += used;
        times = 1;
        if (sscanf(*lines, "*%u%n", &times, &used) == 1)
            *lines += used;
        assert_true(times <= cap - n);
        memset(out + n, (int)v, times);
        n += times;
    }
    assert_true(**lines == '\n' || !**lines);
    *lines += **lines == '\n';
    return n;
}

void feed(struct decoder *d, const char *lines)
{
    static uint64_t packet; /* numbers grow from one call to the next, as in a recording */
    uint8_t b[8192];
    while (*lines) {
        bool host = *lines++ == 'H';
        size_t n = take_line(&lines, b, sizeof(b));
        packet++;
        assert_int_equal(decoder_bulk(d, (int64_t)packet * 1000, packet, host, b, n, n), 0);
    }
}

void check_behind(const char *before, const char *wire, const char *want)
{
    struct log l = {.text = ""};
    struct decoder *d = decoder_new(log_keep, &l);
    assert_non_null(d);
    feed(d, before);
    l.text[0] = 0;
    feed(d, wire);
    decoder_free(d);
    assert_string_equal(l.text, want);
}

void check(const char *wire, const char *want)
{
    check_behind("", wire, want);
}
