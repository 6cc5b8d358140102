/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings of any content through the decoder. The first byte chooses how far a session has come; then records of a
 * head (bit 7: of the host, bit 6: half of it was cut from the recording, bits 0 to 5: length) and its bytes.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "traces/decode.h"

struct said {
    uint64_t bytes;
};

static void hear(void *ctx, const struct decode_message *m)
{
    struct said *s = ctx;
    EXPECT(m->text && m->command && decode_stage_name(m->stage));
    s->bytes += m->length;
}

static void host(struct decoder *d, uint64_t packet, const char *bytes, size_t n)
{
    decoder_bulk(d, 0, packet, true, (const uint8_t *)bytes, n, n);
}

static void device(struct decoder *d, uint64_t packet, const char *bytes, size_t n)
{
    decoder_bulk(d, 0, packet, false, (const uint8_t *)bytes, n, n);
}

#define DUMMY_REPORT_LEN 236

/* Brings the decoder somewhere: 0 nowhere, 1 BROM, 2 an agent that did not speak, 3 XFlash, 4 legacy, 5 its command loop, 6 XML. */
static void lead(struct decoder *d, unsigned where)
{
    static const char start[] = "\xA0\x0A\x50\x05", answer[] = "\x5F\xF5\xAF\xFA";
    char report[DUMMY_REPORT_LEN] = {0};
    for (unsigned i = 0; i < 4 && where; i++) {
        host(d, 2 * i, start + i, 1);
        device(d, 2 * i + 1, answer + i, 1);
    }
    if (where >= 2) {
        host(d, 10, "\xD5\0\x20\0\0", 5);
        device(d, 11, "\xD5\0\x20\0\0\0\0", 7);
    }
    if (where >= 3 && where <= 5)
        device(d, 12, "\xC0", 1);
    if (where == 3 || where == 6)
        device(d, 13, "\xEF\xEE\xEE\xFE\1\0\0\0\3\0\0\0OK", 15);
    if (where == 4 || where == 5)
        device(d, 13, "\0\0\x0B\xC4", 4);
    if (where == 5) {
        device(d, 14, report, 2 + 4 + 16); /* no ids, eMMC */
        host(d, 15, "\x5A", 1);
        device(d, 16, "\4\2\x9B", 3);
        host(d, 17, report, 18);
        device(d, 18, report, 4);
        host(d, 19, "\x80\0\0\0\0\0\0\0\0\0\x10\0\x5A", 13);
        device(d, 20, "\x5A\x5A", 2);
        report[222 - 10] = 0x5A;
        report[222 - 1] = (char)0xC1;
        device(d, 21, report, 222);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct said s = {0};
    if (!size)
        return 0;
    struct decoder *d = decoder_new(hear, &s);
    EXPECT(d);
    lead(d, data[0] % 7);
    s.bytes = 0;
    uint64_t fed = DUMMY_REPORT_LEN, packet = 100; /* a part of the lead may still wait */
    for (size_t at = 1; at < size; packet++) {
        uint8_t head = data[at++];
        size_t n = head & 0x3F;
        n = n < size - at ? n : size - at;
        size_t claimed = head & 0x40 ? 2 * n : n;
        if (decoder_bulk(d, (int64_t)packet, packet, head & 0x80, data + at, n, claimed) != 0)
            break;
        fed += claimed;
        at += n;
        if (head == 0x7F)
            decoder_reenumerated(d, (int64_t)packet, packet, head);
    }
    decoder_free(d);
    EXPECT(s.bytes <= fed);
    return 0;
}
