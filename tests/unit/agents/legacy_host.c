/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"
#include "tests/unit/agents/legacy_host.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "simdev/board/board.h"
#include "simdev/firmware/agents/agents.h"

#define PATIENCE  (200 * NS_PER_S)
#define SIGNATURE 0x100u

/* ---- bytes ---- */

void lh_send(struct wire *w, const void *data, size_t len)
{
    assert_int_equal(mtksim_write(w->phone, data, len, PATIENCE), len);
}

void lh_receive(struct wire *w, void *buf, size_t len)
{
    for (size_t got = 0; got < len;) {
        ssize_t n = mtksim_read(w->phone, (uint8_t *)buf + got, len - got, PATIENCE);
        assert_true(n > 0);
        got += (size_t)n;
    }
}

void lh_send_u8(struct wire *w, uint8_t v)
{
    lh_send(w, &v, 1);
}

void lh_send_u32(struct wire *w, uint32_t v)
{
    uint8_t b[4];
    put_be32(b, v);
    lh_send(w, b, sizeof(b));
}

void lh_send_u64(struct wire *w, uint64_t v)
{
    uint8_t b[8];
    put_be64(b, v);
    lh_send(w, b, sizeof(b));
}

uint8_t lh_u8(struct wire *w)
{
    uint8_t b;
    lh_receive(w, &b, 1);
    return b;
}

uint16_t lh_u16(struct wire *w)
{
    uint8_t b[2];
    lh_receive(w, b, sizeof(b));
    return get_be16(b);
}

uint32_t lh_u32(struct wire *w)
{
    uint8_t b[4];
    lh_receive(w, b, sizeof(b));
    return get_be32(b);
}

uint64_t lh_u64(struct wire *w)
{
    uint8_t b[8];
    lh_receive(w, b, sizeof(b));
    return get_be64(b);
}

void lh_quiet(struct wire *w)
{
    wire_silent(w);
    assert_int_equal(mtksim_identity(w->phone, NULL), 0);
}

void lh_alive(struct wire *w)
{
    lh_play(w, "H> 64\nD> 5A\n");
}

/* One byte of text: "hh", "??", with or without "*N". Returns how often; *any if it is not to be compared. */
static unsigned long token(const char **s, uint8_t *v, bool *any)
{
    char pair[3] = {(*s)[0], (*s)[0] ? (*s)[1] : 0, 0};
    *any = strcmp(pair, "??") == 0;
    assert_true(*any || (isxdigit((unsigned char)pair[0]) && isxdigit((unsigned char)pair[1])));
    *v = (uint8_t)strtoul(pair, NULL, 16);
    *s += 2;
    if (**s != '*')
        return 1;
    char *end;
    unsigned long n = strtoul(*s + 1, &end, 0);
    *s = end;
    return n;
}

void lh_play(struct wire *w, const char *text)
{
    while (*text) {
        bool host = strncmp(text, "H>", 2) == 0;
        assert_true(host || strncmp(text, "D>", 2) == 0);
        text += 2;
        while (*text && *text != '\n') {
            uint8_t v;
            bool any;
            if (*text == ' ') {
                text++;
                continue;
            }
            for (unsigned long n = token(&text, &v, &any); n; n--) {
                uint8_t got = 0;
                if (host)
                    lh_send_u8(w, v);
                else
                    got = lh_u8(w);
                if (!host && !any && got != v)
                    fail_msg("%02X came, %02X is due before \"%.40s\"", got, v, text);
            }
        }
        text += *text == '\n';
    }
}

/* ---- stage 1 ---- */

void lh_jump(struct wire *w, struct wire_setup *setup)
{
    setup->legacy = true;
    wire_open(w, setup);
    wire_jump(w, 0x200000);
}

void lh_da1(struct wire *w, struct wire_setup *setup)
{
    const struct soc_profile *soc = soc_find(setup->chip);
    lh_jump(w, setup);
    lh_play(w, "D> C0 ??*4 00 05 ??*10 ??*20\nH> 5A\nD> 04 02 ??\n"
               "H> FF 01 00 08 00 70 07 FF FF 01 00 00 00 00 02 01 02 00\n");
    if (soc->da_extras == SOC_EXTRAS_SLC)
        lh_play(w, "H> 00 00 00 01 46 46 00*14 FF 00 00 00\n");
}

/* The board of a phone, for what is soldered on it. */
static struct board board_of(const struct wire_setup *setup)
{
    struct board b;
    enum board_storage storage;
    board_init(&b, soc_find(setup->chip), 1);
    if (setup->storage) {
        assert_true(board_storage_by_name(setup->storage, &storage));
        assert_true(board_set_storage(&b, storage));
    }
    return b;
}

uint8_t *lh_records(const struct wire_setup *setup, unsigned version, unsigned n, size_t *len)
{
    struct board b = board_of(setup);
    const uint32_t size = agent_emi_record_size(version);
    uint8_t *r = calloc(n, size);
    assert_non_null(r);
    *len = (size_t)n * size;
    for (unsigned i = 0; i < n;
         i++) { /* sub version, type, sizes of two ranks; types of other boards but in the last */
        uint8_t *at = r + (size_t)i * size;
        put_le32(at, 1);
        put_le32(at + 4, b.dram.type + (i + 1 < n));
        put_le32(at + 0x6C, (uint32_t)(b.dram.size / 2));
        put_le32(at + 0x70, (uint32_t)(b.dram.size / 2));
    }
    return r;
}

void lh_dram(struct wire *w, const struct wire_setup *setup)
{
    const struct soc_profile *soc = soc_find(setup->chip);
    size_t len;
    uint8_t *r = lh_records(setup, soc->emi_version, 2, &len);
    assert_int_not_equal(lh_u32(w), 0);
    lh_play(w, "D> ??*20 ??*4 00 05 ??*10\n");
    lh_send_u8(w, 0xE8);
    lh_send_u32(w, soc->emi_version);
    lh_play(w, "D> 5A 00 00 00 BC\nH> 5A\n");
    lh_send_u32(w, (uint32_t)len);
    lh_send(w, r, len);
    assert_int_equal(lh_u16(w), sum16(0, r, len));
    lh_play(w, "H> 5A 80 00 00 01\nD> 00*4 02 00\n");
    assert_int_equal(lh_u64(w), board_of(setup).dram.size);
    free(r);
}

void lh_upload(struct wire *w, const uint8_t *image, size_t len, uint32_t address)
{
    lh_send_u32(w, address);
    lh_send_u32(w, (uint32_t)len);
    lh_send_u32(w, 0x1000);
    assert_int_equal(lh_u8(w), 0x5A);
    for (size_t done = 0; done < len;) {
        size_t n = len - done < 0x1000 ? len - done : 0x1000;
        lh_send(w, image + done, n);
        assert_int_equal(lh_u8(w), 0x5A);
        done += n;
    }
}

void lh_da2(struct wire *w, struct wire_setup *setup)
{
    const struct soc_profile *soc = soc_find(setup->chip);
    lh_da1(w, setup);
    if (setup->preloader)
        assert_int_equal(lh_u32(w), 0);
    else
        lh_dram(w, setup);
    lh_upload(w, w->da2, w->da2_len + SIGNATURE, soc->dram_base);
    lh_play(w, "D> 5A\nH> 5A\nD> ??*43\n");
    unsigned n = lh_u16(w);
    for (unsigned i = 0; i < 2 * n + 222 - 45 - 1; i++)
        lh_u8(w);
    assert_int_equal(lh_u8(w), 0xC1);
}

/* ---- commands ---- */

void lh_read_begin(struct wire *w, uint64_t start, uint64_t len, uint32_t packet)
{
    lh_play(w, "H> D6 0C 02\n");
    lh_send_u64(w, start);
    lh_send_u64(w, len);
    assert_int_equal(lh_u8(w), 0x5A);
    lh_send_u32(w, packet);
}

void lh_read(struct wire *w, uint64_t start, void *buf, size_t len)
{
    lh_read_begin(w, start, len, (uint32_t)len);
    lh_receive(w, buf, len);
    assert_int_equal(lh_u16(w), sum16(0, buf, len));
    lh_send_u8(w, 0x5A);
}

void lh_write_begin(struct wire *w, uint8_t part, uint64_t start, uint64_t len, uint32_t packet)
{
    lh_play(w, "H> 62 01\n");
    lh_send_u8(w, part);
    lh_send_u64(w, start);
    lh_send_u64(w, len);
    lh_send_u32(w, packet);
}

void lh_packet(struct wire *w, const void *data, size_t len, bool bare)
{
    uint8_t sum[2];
    put_be16(sum, sum16(0, data, len));
    if (!bare)
        lh_send_u8(w, 0x5A);
    lh_send(w, data, len);
    lh_send(w, sum, sizeof(sum));
}
