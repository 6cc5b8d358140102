/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"
#include "tests/unit/agents/wire.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/prng.h"
#include "formats/gpt.h"
#include "formats/preloader.h"
#include "simdev/board/board.h"
#include "simdev/firmware/agent_image.h"

#define SIGNATURE 0x100u
#define SECOND    NS_PER_S
#define PATIENCE  (30 * SECOND)

/* ---- bytes ---- */

static void send_bytes(struct wire *w, const void *p, size_t n)
{
    assert_int_equal(mtksim_write(w->phone, p, n, PATIENCE), n);
}

/* Receives n bytes that must be exactly one transfer, or the rest of one. */
static void take_bytes(struct wire *w, void *p, size_t n)
{
    assert_int_equal(mtksim_read(w->phone, p, n, PATIENCE), n);
}

static void expect_bytes(struct wire *w, const void *want, size_t n)
{
    uint8_t *got = malloc(n + 1);
    assert_non_null(got);
    ssize_t len = mtksim_read(w->phone, got, n + 1, PATIENCE); /* one byte more: a longer transfer shows */
    assert_int_equal(len, n);
    assert_memory_equal(got, want, n);
    free(got);
}

void wire_silent(struct wire *w)
{
    uint8_t b;
    assert_int_equal(mtksim_read(w->phone, &b, 1, PATIENCE), MTKSIM_TIMEOUT);
}

/* ---- frames ---- */

static void frame_header(uint8_t h[12], uint32_t type, size_t len)
{
    put_le32(h, 0xFEEEEEEF);
    put_le32(h + 4, type);
    put_le32(h + 8, (uint32_t)len);
}

void wire_say(struct wire *w, const void *payload, size_t len)
{
    uint8_t h[12];
    frame_header(h, 1, len);
    send_bytes(w, h, sizeof(h));
    if (len)
        send_bytes(w, payload, len);
}

void wire_say_u32(struct wire *w, uint32_t v)
{
    uint8_t b[4];
    put_le32(b, v);
    wire_say(w, b, sizeof(b));
}

void wire_hear_u32(struct wire *w, uint32_t v)
{
    uint8_t b[4], h[12], got[4];
    put_le32(b, v);
    frame_header(h, 1, sizeof(b));
    expect_bytes(w, h, sizeof(h));
    take_bytes(w, got, sizeof(got));
    assert_int_equal(get_le32(got), v);
}

size_t wire_receive(struct wire *w, void *buf, size_t cap, uint32_t *type)
{
    uint8_t h[12];
    take_bytes(w, h, sizeof(h));
    assert_int_equal(get_le32(h), 0xFEEEEEEF);
    size_t len = get_le32(h + 8);
    if (type)
        *type = get_le32(h + 4);
    else
        assert_int_equal(get_le32(h + 4), 1);
    assert_true(len <= cap);
    if (len)
        take_bytes(w, buf, len);
    return len;
}

/* Reads hex up to '|', the end of the line or of the text. */
static size_t hex_part(const char **s, uint8_t *out, size_t cap)
{
    static const uint8_t frame[] = {0xEF, 0xEE, 0xEE, 0xFE, 1, 0, 0, 0};
    size_t n = 0;
    while (**s && **s != '|' && **s != '\n') {
        if (**s == ' ') {
            ++*s;
        } else if (strncmp(*s, "..", 2) == 0) {
            memcpy(out + n, frame, sizeof(frame));
            n += sizeof(frame);
            *s += 2;
        } else {
            char pair[3] = {(*s)[0], (*s)[1], 0};
            assert_true(isxdigit((unsigned char)pair[0]) && isxdigit((unsigned char)pair[1]) && n < cap);
            out[n++] = (uint8_t)strtoul(pair, NULL, 16);
            *s += 2;
        }
    }
    return n;
}

void wire_play(struct wire *w, const char *text)
{
    uint8_t part[512];
    while (*text) {
        bool host = strncmp(text, "H>", 2) == 0;
        assert_true(host || strncmp(text, "D>", 2) == 0);
        text += 2;
        for (bool more = true; more;) {
            size_t n = hex_part(&text, part, sizeof(part) - 16);
            if (host)
                send_bytes(w, part, n);
            else
                expect_bytes(w, part, n);
            more = *text == '|';
            if (*text)
                text++;
        }
    }
}

/* ---- BROM and preloader ---- */

static void echo(struct wire *w, const uint8_t *p, size_t n)
{
    uint8_t got[4];
    send_bytes(w, p, n);
    for (size_t i = 0; i < n; i++) /* the echo may come in pieces */
        take_bytes(w, got + i, 1);
    assert_memory_equal(got, p, n);
}

static void echo_u32(struct wire *w, uint32_t v)
{
    uint8_t b[4];
    put_be32(b, v);
    echo(w, b, sizeof(b));
}

static uint16_t take_be16(struct wire *w)
{
    uint8_t b[2];
    take_bytes(w, b, 1);
    take_bytes(w, b + 1, 1);
    return get_be16(b);
}

/* brom-preloader.md 3.3: A0 until 5F comes, then the other three. */
static void handshake(struct wire *w)
{
    static const uint8_t start[] = {0xA0, 0x0A, 0x50, 0x05};
    uint8_t b = 0;
    for (int tries = 0; b != 0x5F; tries++) {
        assert_true(tries < 200);
        send_bytes(w, start, 1);
        for (ssize_t n = 1; n == 1 && b != 0x5F;) /* a preloader may send READY first */
            n = mtksim_read(w->phone, &b, 1, 40 * NS_PER_MS);
    }
    for (size_t i = 1; i < sizeof(start); i++) {
        send_bytes(w, start + i, 1);
        take_bytes(w, &b, 1);
        assert_int_equal(b, (uint8_t)~start[i]);
    }
}

void wire_jump(struct wire *w, uint32_t address)
{
    const uint8_t send_da = 0xD7, jump_da = 0xD5;
    size_t len = w->da1_len + SIGNATURE;
    echo(w, &send_da, 1);
    echo_u32(w, address);
    echo_u32(w, (uint32_t)len);
    echo_u32(w, SIGNATURE);
    assert_int_equal(take_be16(w), 0);
    send_bytes(w, w->da1, len);
    take_be16(w); /* XOR checksum: brom's tests look at it */
    assert_int_equal(take_be16(w), 0);
    echo(w, &jump_da, 1);
    echo_u32(w, address);
    assert_int_equal(take_be16(w), 0);
}

/* ---- phones ---- */

static uint8_t *sign(uint8_t *image, size_t len)
{
    assert_non_null(image);
    image = realloc(image, len + SIGNATURE);
    assert_non_null(image);
    memset(image + len, 0x5A, SIGNATURE);
    return image;
}

static void build_agents(struct wire *w, const struct wire_setup *setup, const struct soc_profile *soc)
{
    struct agent_descriptor d = {.kind = setup->legacy ? MTK_AGENT_LEGACY : MTK_AGENT_XFLASH};
    uint8_t digest[SHA256_LEN];
    d.hw_code = setup->agent_hw_code ? setup->agent_hw_code : soc->hw_code;
    d.year = setup->year ? setup->year : 2019;
    d.sla_modulus = setup->sla_modulus;
    d.stage = 2;
    d.address = setup->legacy ? soc->dram_base : 0x40000000;
    d.length = 0x2800;
    w->da2_len = d.length;
    w->da2 = agent_image_build(&d, NULL, 2);
    assert_non_null(w->da2);
    sha256_buf(w->da2, w->da2_len, digest);
    w->da2 = sign(w->da2, w->da2_len);
    d.stage = 1;
    d.address = 0x200000;
    d.length = 0x1800;
    w->da1_len = d.length;
    w->da1 = sign(agent_image_build(&d, digest, 1), d.length);
}

/* A preloader in boot1 that brings up this phone's DRAM. */
static void fit_preloader(struct wire *w, const struct soc_profile *soc)
{
    static const uint8_t code[512] = {1};
    uint8_t block[MTK_PL_HEADER_EMMC];
    struct mtk_emi_record rec = {.type = soc->dram_type, .rank_size = {soc->dram_size}};
    struct mtk_preloader_build b = {
        .project_file = "preloader_test.bin",
        .emi_version = soc->emi_version,
        .records = &rec,
        .n_records = 1,
        .code = code,
        .code_len = sizeof(code),
        .max_size = 0x40000,
        .load_addr = 0x200F10,
    };
    size_t len;
    uint8_t *image = mtk_preloader_write(&b, &len);
    assert_non_null(image);
    mtk_preloader_header_emmc(b.max_size, block);
    assert_int_equal(mtksim_flash_write(w->phone, "boot1", 0, block, sizeof(block)), 0);
    assert_int_equal(mtksim_flash_write(w->phone, "boot1", sizeof(block), image, len), 0);
    free(image);
}

void wire_open(struct wire *w, const struct wire_setup *setup)
{
    char err[200] = "";
    const char *chip = setup->chip ? setup->chip : "mt6765";
    struct mtksim_config cfg = {
        .chip = chip,
        .boot = setup->preloader ? MTKSIM_BOOT_PRELOADER : MTKSIM_BOOT_BROM,
        .storage = setup->storage,
        .storage_size = setup->user_size ? setup->user_size : 64 * MIB,
        .seed = 1,
        .security = setup->security,
        .fault = setup->fault,
        .settings = setup->settings,
    };
    memset(w, 0, sizeof(*w));
    build_agents(w, setup, soc_find(chip));
    w->phone = mtksim_new(&cfg, err, sizeof(err));
    assert_string_equal(err, "");
    assert_non_null(w->phone);
    if (setup->preloader)
        fit_preloader(w, soc_find(chip));
    mtksim_plug(w->phone);
    assert_int_equal(mtksim_attach(w->phone, 60 * SECOND, NULL), 0);
    handshake(w);
}

void wire_close(struct wire *w)
{
    mtksim_free(w->phone);
    free(w->da1);
    free(w->da2);
    memset(w, 0, sizeof(*w));
}

/* The start-up dialogue of da-xflash.md section 4. */
static void start_up(struct wire *w, bool linux_host)
{
    uint8_t c0, env[20] = {2, 0, 0, 0, 1};
    take_bytes(w, &c0, 1);
    assert_int_equal(c0, 0xC0);
    env[8] = linux_host;
    wire_say_u32(w, 0x434E5953);
    wire_say_u32(w, 0x010100);
    wire_say(w, env, sizeof(env));
    wire_hear_u32(w, 0);
    wire_say_u32(w, 0x010101);
    wire_say_u32(w, 0);
    wire_hear_u32(w, 0);
    wire_hear_u32(w, 0x434E5953);
}

static void start_da1(struct wire *w, const struct wire_setup *setup, bool linux_host)
{
    wire_open(w, setup);
    wire_jump(w, setup->load_address ? setup->load_address : 0x200000);
    start_up(w, linux_host);
}

void wire_da1(struct wire *w, const struct wire_setup *setup)
{
    start_da1(w, setup, true);
}

void wire_da2(struct wire *w, const struct wire_setup *setup, unsigned checksum_level, bool linux_host)
{
    start_da1(w, setup, linux_host);
    if (checksum_level) {
        wire_control(w, 0x020003, 0);
        wire_say_u32(w, checksum_level);
        wire_hear_u32(w, 0);
    }
    if (!setup->preloader) {
        size_t len;
        uint8_t *blob = wire_emi(soc_find(setup->chip ? setup->chip : "mt6765")->emi_version, 2, &len);
        wire_init_dram(w, blob, len);
        wire_hear_u32(w, 0);
        free(blob);
    }
    wire_boot_to(w, 0x40000000, w->da2, w->da2_len);
    wire_hear_u32(w, 0);
    wire_hear_u32(w, 0x434E5953);
}

/* ---- commands ---- */

void wire_command(struct wire *w, uint32_t code)
{
    wire_say_u32(w, code);
    wire_hear_u32(w, 0);
}

void wire_flashop_on(struct wire *w, uint32_t storage, uint32_t section, uint64_t address, uint64_t len)
{
    uint8_t op[56] = {0};
    put_le32(op, storage);
    put_le32(op + 4, section);
    put_le64(op + 8, address);
    put_le64(op + 16, len);
    wire_say(w, op, sizeof(op));
}

void wire_flashop(struct wire *w, uint32_t section, uint64_t address, uint64_t len)
{
    wire_flashop_on(w, 1, section, address, len);
}

void wire_control(struct wire *w, uint32_t code, uint32_t status)
{
    wire_command(w, 0x010009);
    wire_say_u32(w, code);
    wire_hear_u32(w, status);
}

size_t wire_get(struct wire *w, uint32_t code, void *buf, size_t cap)
{
    wire_control(w, code, 0);
    size_t n = wire_receive(w, buf, cap, NULL);
    wire_hear_u32(w, 0);
    return n;
}

void wire_alive(struct wire *w)
{
    uint8_t version[16];
    assert_int_equal(wire_get(w, 0x040005, version, sizeof(version)), 3);
    assert_memory_equal(version, "1.0", 3);
}

void wire_dead(struct wire *w)
{
    static const uint8_t command[] = {0xEF, 0xEE, 0xEE, 0xFE, 1, 0, 0, 0, 4, 0, 0, 0};
    mtksim_write(w->phone, command, sizeof(command), SECOND); /* may or may not fit its FIFO */
    mtksim_write(w->phone, "\x09\x00\x01\x00", 4, SECOND);
    wire_silent(w);
    assert_int_equal(mtksim_identity(w->phone, NULL), 0); /* USB stays up */
}

void wire_block(struct wire *w, const void *data, size_t len)
{
    wire_say_u32(w, 0);
    wire_say_u32(w, sum16(0, data, len));
    wire_say(w, data, len);
}

/* ---- DRAM and stage 2 ---- */

uint8_t *wire_emi(unsigned version, unsigned n, size_t *len)
{
    const struct soc_profile *soc = soc_find("mt6765");
    uint8_t *blob = calloc(1, 0x70 + (size_t)n * 160);
    assert_non_null(blob);
    *len = 0x70 + (size_t)n * 160;
    memcpy(blob, "MTK_BLOADER_INFO_v", 18);
    blob[18] = (uint8_t)('0' + version / 10);
    blob[19] = (uint8_t)('0' + version % 10);
    strcpy((char *)blob + 0x1B, "preloader_test.bin");
    memcpy(blob + 0x58, "V116\x22\x88\x44\x33\x90\x00\x70\x00MTK_BIN", 20);
    put_le32(blob + 0x6C, n);
    for (unsigned i = 0; i < n; i++) {
        uint8_t *rec = blob + 0x70 + (size_t)i * 160, cid[16];
        board_emmc_cid(soc, 1, cid);
        put_le32(rec, 1);
        put_le32(rec + 4, soc->dram_type);
        put_le32(rec + 8, 9);
        memcpy(rec + 16, cid, 9);
        put_le64(rec + 0x50, soc->dram_size / 2);
        put_le64(rec + 0x58, soc->dram_size / 2);
        if (i + 1 < n)
            rec[16 + 5] ^= 0x20; /* another card */
    }
    return blob;
}

void wire_init_dram(struct wire *w, const uint8_t *blob, size_t len)
{
    wire_command(w, 0x01000A);
    wire_say_u32(w, (uint32_t)len);
    wire_say(w, blob, len);
}

void wire_boot_to(struct wire *w, uint64_t address, const uint8_t *image, size_t len)
{
    uint8_t param[16];
    put_le64(param, address);
    put_le64(param + 8, len);
    wire_command(w, 0x010008);
    wire_say(w, param, sizeof(param));
    wire_say(w, image, len);
}

/* ---- partitions ---- */

void wire_gpt(struct wire *w, const char *const *names, size_t n)
{
    struct mtk_gpt_entry entries[8] = {0};
    struct mtk_gpt gpt = {.block_size = 512, .disk_size = mtksim_flash_size(w->phone, "user")};
    uint8_t *primary, *backup;
    size_t primary_len, backup_len;
    assert_true(n <= 8);
    for (size_t i = 0; i < n; i++) {
        strcpy(entries[i].name, names[i]);
        entries[i].start = (i + 1) * MIB;
        entries[i].size = MIB;
    }
    gpt.entries = entries;
    gpt.n_entries = n;
    assert_int_equal(mtk_gpt_write(&gpt, 5, &primary, &primary_len, &backup, &backup_len, NULL), 0);
    assert_int_equal(mtksim_flash_write(w->phone, "user", 0, primary, primary_len), 0);
    assert_int_equal(mtksim_flash_write(w->phone, "user", gpt.disk_size - backup_len, backup, backup_len), 0);
    free(primary);
    free(backup);
}
