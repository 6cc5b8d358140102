/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"
#include "tests/session/wire/player.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"

#define SHOWN 16u /* bytes of a wrong transfer */

static uint8_t *received; /* RUN_LONGEST bytes */

int run_set_up(void **state)
{
    (void)state;
    received = malloc(RUN_LONGEST);
    return received ? 0 : -1;
}

int run_tear_down(void **state)
{
    (void)state;
    free(received);
    rom_set_release();
    return 0;
}

void run_die(const struct run *r, const char *what)
{
    fail_msg("%s:%u: %s (stage %s)", r->path, r->at ? r->at->line : 0, what, mtksim_stage(r->phone));
}

static void host(struct run *r, const void *data, size_t len)
{
    if (mtksim_write(r->phone, data, len, 60 * NS_PER_S) != (ssize_t)len)
        run_die(r, "the phone did not take the host's bytes");
}

/* One transfer; or of a stream as many bytes as are due. */
static ssize_t take(struct run *r, size_t due)
{
    if (!r->stream)
        return mtksim_read(r->phone, received, RUN_LONGEST, 60 * NS_PER_S);
    size_t got = 0;
    while (got < due) {
        ssize_t n = mtksim_read(r->phone, received + got, due - got, 60 * NS_PER_S);
        if (n < 0)
            return n;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

static void device(struct run *r, const struct transcript_bytes *b)
{
    size_t at;
    ssize_t n = take(r, b->len);
    if (n < 0)
        run_die(r, n == MTKSIM_GONE ? "the phone left the bus" : "no answer");
    if (transcript_match(b, received, (size_t)n, &at))
        return;
    char seen[3 * SHOWN + 1] = "";
    for (size_t i = 0; i < SHOWN && at + i < (size_t)n; i++)
        snprintf(seen + 3 * i, 4, " %02X", received[at + i]);
    fail_msg("%s:%u: transfer of %zd bytes where %zu are due; from byte %zu on it is%s, due %02X", r->path,
             r->at->line, n, b->len, at, seen, at < b->len ? b->data[at] : 0);
}

/* Packets of the host, each of which a legacy agent answers with 5A. */
static void upload(struct run *r, const struct transcript_bytes *b, uint32_t packet)
{
    for (size_t done = 0; done < b->len; done += packet) {
        host(r, b->data + done, b->len - done < packet ? b->len - done : packet);
        if (mtksim_read(r->phone, received, RUN_LONGEST, 60 * NS_PER_S) != 1 || received[0] != 0x5A)
            run_die(r, "a packet was not acknowledged");
    }
}

/* Packets of the host as an XML agent wants them: their sum (0 here), its OK, the packet, its OK (da-xml.md 5.1). */
static void give(struct run *r, const struct transcript_bytes *b, uint32_t packet)
{
    static const uint8_t magic[] = {0xEF, 0xEE, 0xEE, 0xFE, 1, 0, 0, 0};
    for (size_t done = 0; done < b->len; done += packet) {
        uint32_t n = b->len - done < packet ? (uint32_t)(b->len - done) : packet;
        uint8_t header[12];
        memcpy(header, magic, sizeof(magic));
        put_le32(header + sizeof(magic), n);
        run_text(r, "H>> OK@0x0\nD>> OK\n");
        host(r, header, sizeof(header));
        host(r, b->data + done, n);
        run_text(r, "D>> OK\n");
    }
}

static void quiet(struct run *r, int64_t ms)
{
    ssize_t n = mtksim_read(r->phone, received, RUN_LONGEST, ms * NS_PER_MS);
    if (n != MTKSIM_TIMEOUT)
        run_die(r, n == MTKSIM_GONE ? "the phone left the bus where silence is due"
                                    : "bytes came where silence is due");
}

static void ready(struct run *r)
{
    ssize_t n = mtksim_read(r->phone, received, RUN_LONGEST, NS_PER_S);
    if (n != 5 || memcmp(received, "READY", 5) != 0)
        run_die(r, "no READY");
    while ((n = mtksim_read(r->phone, received, RUN_LONGEST, 0)) == 5)
        if (memcmp(received, "READY", 5) != 0)
            run_die(r, "bytes other than READY");
}

static void gone(struct run *r, int64_t ms)
{
    int64_t end = mtksim_now(r->phone) + ms * NS_PER_MS;
    while (mtksim_now(r->phone) < end) {
        ssize_t n = mtksim_read(r->phone, received, RUN_LONGEST, end - mtksim_now(r->phone));
        if (n == MTKSIM_GONE)
            return;
    }
    run_die(r, "the phone is still on the bus");
}

static void attach(struct run *r, unsigned pid)
{
    struct mtksim_usb_id id;
    if (mtksim_attach(r->phone, 15 * NS_PER_S, &id) != 0)
        run_die(r, "nothing on the bus");
    if (id.vid != 0x0E8D || id.pid != pid)
        fail_msg("%s:%u: %04X:%04X on the bus, 0E8D:%04X is due", r->path, r->at->line, id.vid, id.pid, pid);
}

void run_line(struct run *r, const struct transcript_line *l)
{
    if (l->kind == TR_UPLOAD)
        upload(r, &l->seg[0], l->number);
    if (l->kind == TR_GIVE)
        give(r, &l->seg[0], l->number);
    for (size_t k = 0; k < l->n_seg && (l->kind == TR_HOST || l->kind == TR_DEVICE); k++)
        if (l->kind == TR_HOST)
            host(r, l->seg[k].data, l->seg[k].len);
        else
            device(r, &l->seg[k]);
    if (l->kind == TR_CTRL && mtksim_control(r->phone, l->request_type, l->request, l->value, l->index,
                                             l->seg[0].data, (uint16_t)l->seg[0].len) < 0)
        run_die(r, "control request refused");
    if (l->kind == TR_ATTACH)
        attach(r, l->number);
    if (l->kind == TR_READY)
        ready(r);
    if (l->kind == TR_QUIET)
        quiet(r, l->number);
    if (l->kind == TR_GONE)
        gone(r, l->number);
    if (l->kind == TR_PLUG)
        mtksim_plug(r->phone);
    if (l->kind == TR_UNPLUG)
        mtksim_unplug(r->phone);
}

void run_text(struct run *r, const char *lines)
{
    struct transcript t;
    assert_true(transcript_parse(lines, &r->rom->blobs, &t));
    for (size_t i = 0; i < t.n; i++)
        run_line(r, &t.lines[i]);
    transcript_release(&t);
}
