/* SPDX-License-Identifier: Apache-2.0 */
/* XFlash on UFS, on NAND and with a PMT: da-xflash.md 7.4, 7.5, 8, 12; and DA SLA with a real key, 7.6. */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/prng.h"
#include "base/rsa.h"
#include "formats/preloader.h"
#include "simdev/firmware/agents/nand.h"
#include "simdev/firmware/agents/storage.h"
#include "tests/unit/agents/wire.h"

#define PAGE  2048u
#define BLOCK (64u * PAGE)

static const struct wire_setup ufs = {.chip = "mt6785", .storage = "ufs"};
static const struct wire_setup nand = {.chip = "mt6739", .storage = "nand"};

/* Loader-info block with one record, which fits the phone as it is. */
static uint8_t *emi_of(struct wire *w, size_t *len)
{
    static const uint8_t code[64] = {1};
    struct board *b = phone_board(w->phone);
    struct mtk_emi_record rec = {.type = b->dram.type, .rank_size = {b->dram.size / 2, b->dram.size / 2}};
    struct mtk_preloader_build build = {
        .project_file = "preloader_test.bin", .records = &rec, .n_records = 1, .code = code};
    struct mtk_preloader pl;
    const uint8_t *blob;
    size_t image_len;
    rec.id_len = (uint32_t)board_storage_id(b, rec.id);
    build.emi_version = b->soc->emi_version;
    build.code_len = sizeof(code);
    uint8_t *image = mtk_preloader_write(&build, &image_len);
    assert_non_null(image);
    assert_int_equal(mtk_preloader_layout(image, image_len, "test", &pl, NULL), 0);
    assert_int_equal(mtk_preloader_emi(&pl, "test", &blob, len, NULL), 0);
    uint8_t *out = malloc(*len);
    assert_non_null(out);
    memcpy(out, blob, *len);
    free(image);
    return out;
}

/* DA2 in its loop, from BROM, by settings for this storage. */
static void start(struct wire *w, const struct wire_setup *setup)
{
    size_t len;
    wire_da1(w, setup);
    uint8_t *blob = emi_of(w, &len);
    wire_init_dram(w, blob, len);
    wire_hear_u32(w, 0);
    free(blob);
    wire_boot_to(w, 0x40000000, w->da2, w->da2_len);
    wire_hear_u32(w, 0);
    wire_hear_u32(w, 0x434E5953);
}

/* A FlashOp of which all that matters can be said. */
struct op {
    uint32_t storage, section;
    uint64_t address, len;
    uint32_t addr_type, level;
};

static void say_op(struct wire *w, const struct op *o)
{
    uint8_t raw[56] = {0};
    put_le32(raw, o->storage);
    put_le32(raw + 4, o->section);
    put_le64(raw + 8, o->address);
    put_le64(raw + 16, o->len);
    put_le32(raw + 28, o->addr_type);
    put_le32(raw + 36, o->level);
    wire_say(w, raw, sizeof(raw));
}

static uint8_t *noise(size_t n)
{
    struct prng r = prng_init(n);
    uint8_t *b = malloc(n);
    assert_non_null(b);
    prng_bytes(&r, b, n);
    return b;
}

/* READ_DATA of one packet, which must bring these bytes. */
static void expect_read(struct wire *w, const struct op *o, const uint8_t *want)
{
    uint8_t *got = malloc(o->len);
    wire_command(w, 0x010005);
    say_op(w, o);
    wire_hear_u32(w, 0);
    wire_hear_u32(w, 0);
    assert_int_equal(wire_receive(w, got, o->len, NULL), o->len);
    assert_memory_equal(got, want, o->len);
    wire_say_u32(w, 0);
    wire_hear_u32(w, 0);
    free(got);
}

/* WRITE_DATA of one block; last is the final status. */
static void write_block(struct wire *w, const struct op *o, const uint8_t *data, uint32_t last)
{
    wire_command(w, 0x010004);
    say_op(w, o);
    wire_hear_u32(w, 0);
    wire_block(w, data, o->len);
    wire_hear_u32(w, 0);
    wire_hear_u32(w, last);
}

static void expect_refusal(struct wire *w, uint32_t command, const struct op *o, uint32_t status)
{
    wire_command(w, command);
    say_op(w, o);
    wire_hear_u32(w, status);
    wire_alive(w);
}

static void format(struct wire *w, const struct op *o)
{
    uint32_t word[1];
    wire_command(w, 0x010003);
    say_op(w, o);
    wire_hear_u32(w, 0);
    for (;;) {
        assert_int_equal(wire_receive(w, word, 4, NULL), 4);
        if (word[0] == 0x40040005)
            return;
        assert_int_equal(word[0], 0x40040004);
        assert_int_equal(wire_receive(w, word, 4, NULL), 4);
        wire_say_u32(w, 0);
    }
}

/* All but one of the storage calls answer zeros of full length. */
static void expect_absent(struct wire *w, uint32_t code, size_t len)
{
    uint8_t got[256], zeros[256] = {0};
    assert_int_equal(wire_get(w, code, got, sizeof(got)), len);
    assert_memory_equal(got, zeros, len);
}

static uint32_t get_word(struct wire *w, uint32_t code)
{
    uint8_t raw[4];
    assert_int_equal(wire_get(w, code, raw, sizeof(raw)), 4);
    return get_le32(raw);
}

/* ---- UFS ---- */

static void test_ufs_info(void **state)
{
    (void)state;
    uint8_t got[256];
    struct wire w;
    struct wire_setup old = ufs;
    old.year = 2018;
    for (int grown = 0; grown < 2; grown++) {
        start(&w, grown ? &ufs : &old);
        const struct board_ufs *u = &phone_board(w.phone)->ufs;
        assert_int_equal(wire_get(&w, 0x040004, got, sizeof(got)), grown ? 0xD0 : 0x38);
        assert_int_equal(get_le32(got), 0x30);
        assert_int_equal(get_le32(got + 4), 0x1000);
        assert_int_equal(get_le64(got + 8), 4 * MIB);
        assert_int_equal(get_le64(got + 16), 4 * MIB);
        assert_int_equal(get_le64(got + 24), 64 * MIB);
        assert_int_equal(get_le16(got + 32), u->manufacturer);
        assert_memory_equal(got + 34, u->product, 14);
        assert_memory_equal(got + (grown ? 0x36 : 0x30), u->fw_version, 4);
        if (grown)
            assert_memory_equal(got + 0x3E, u->serial, 12);
        expect_absent(&w, 0x040001, grown ? 0x68 : 0x60);
        expect_absent(&w, 0x040002, 0x30);
        expect_absent(&w, 0x040003, 0x10);
        assert_int_equal(get_word(&w, 0x040009), 0x64);
        wire_close(&w);
    }
}

static void test_ufs_sections(void **state)
{
    (void)state;
    struct wire w;
    uint8_t *data = noise(8192), back[8192];
    start(&w, &ufs);
    write_block(&w, &(struct op){.storage = 0x30, .section = 3, .address = MIB, .len = 8192}, data, 0);
    assert_int_equal(mtksim_flash_read(w.phone, "lu2", MIB, back, 8192), 0);
    assert_memory_equal(back, data, 8192);
    expect_read(&w, &(struct op){.storage = 0x30, .section = 3, .address = MIB, .len = 8192}, data);
    write_block(&w, &(struct op){.storage = 0x30, .section = 9, .len = 4096}, data, 0);
    expect_read(&w, &(struct op){.storage = 0x30, .section = 1, .len = 4096}, data);
    expect_read(&w, &(struct op){.storage = 0x30, .section = 2, .len = 4096}, data);
    static const struct {
        struct op op;
        uint32_t status;
    } refusals[] = {
        {{.storage = 1, .section = 8, .len = 4096}, 0xC0030006},
        {{.storage = 0x10, .len = 4096}, 0xC0030006},
        {{.storage = 0x30, .section = 4, .len = 4096}, 0xC0040001},
        {{.storage = 0x30, .section = 5, .len = 4096}, 0xC004000B},
        {{.storage = 0x30, .section = 8, .len = 4096}, 0xC004000B},
        {{.storage = 0x30, .section = 10, .len = 4096}, 0xC003000C},
        {{.storage = 0x30, .section = 0, .len = 4096}, 0xC003000C},
        {{.storage = 0x30, .section = 3, .address = 64 * MIB, .len = 4096}, 0xC004000B},
        {{.storage = 0x30, .section = 3, .address = 512, .len = 4096}, 0xC0030007},
        {{.storage = 0x30, .section = 3, .len = 512}, 0xC0030007},
    };
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        expect_refusal(&w, i % 2 ? 0x010005 : 0x010004, &refusals[i].op, refusals[i].status);
    free(data);
    wire_close(&w);
}

static void test_ufs_errors(void **state)
{
    (void)state;
    struct wire_setup broken = ufs;
    uint8_t *data = noise(4096);
    struct wire w;
    broken.fault = "fail:flash-write,area=lu2,nth=1;fail:flash-read,area=lu2,nth=1";
    start(&w, &broken);
    write_block(&w, &(struct op){.storage = 0x30, .section = 3, .len = 4096}, data, 0xC0040060);
    wire_alive(&w);
    wire_command(&w, 0x010005);
    say_op(&w, &(struct op){.storage = 0x30, .section = 3, .len = 4096});
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0xC0040060);
    wire_hear_u32(&w, 0xC0040060);
    wire_alive(&w);
    free(data);
    wire_close(&w);
}

/* ---- NAND ---- */

static void test_nand_info(void **state)
{
    (void)state;
    uint8_t got[64];
    struct wire w;
    start(&w, &nand);
    assert_int_equal(wire_get(&w, 0x040002, got, sizeof(got)), 0x30);
    assert_int_equal(get_le32(got), 0x11);
    assert_int_equal(get_le32(got + 4), PAGE);
    assert_int_equal(get_le32(got + 8), BLOCK);
    assert_int_equal(get_le32(got + 12), 64);
    assert_int_equal(get_le64(got + 16), 64 * MIB);
    assert_int_equal(get_le64(got + 24), 64 * MIB - 82 * BLOCK);
    assert_int_equal(got[32], 1);
    assert_memory_equal(got + 33, phone_board(w.phone)->nand.id, 12);
    expect_absent(&w, 0x040001, 0x68);
    expect_absent(&w, 0x040004, 0xD0);
    assert_int_equal(get_word(&w, 0x040009), 0x65);
    wire_close(&w);
    struct wire_setup other = nand;
    other.settings[0] = "table_category=gpt";
    start(&w, &other);
    assert_int_equal(get_word(&w, 0x040009), 0x64);
    wire_close(&w);
}

/* Of the chips here only NAND has no RPMB, and so no key in it. */
static void test_rpmb_key(void **state)
{
    (void)state;
    static const struct wire_setup emmc = {.chip = NULL}, none = {.settings = {"hide_storage=on"}};
    const struct {
        const struct wire_setup *setup;
        uint32_t status;
    } rows[] = {{&emmc, 0x10}, {&ufs, 0x10}, {&nand, 0x11}, {&none, 0x11}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct wire w;
        start(&w, rows[i].setup);
        assert_int_equal(get_word(&w, 0x040010), rows[i].status);
        wire_close(&w);
    }
}

/* "Format all" asks for RPMB too: refused, or said to be done; it is as it was in either case (formats.md 8.3). */
static void test_rpmb_format(void **state)
{
    (void)state;
    static const char *const words[] = {"rpmb_format=refuse", "rpmb_format=accept"};
    static const char want[] = "counters and keys";
    for (int i = 0; i < 4; i++) {
        struct wire_setup setup = i & 2 ? ufs : (struct wire_setup){.chip = NULL};
        struct op all = {.storage = i & 2 ? 0x30 : 1, .section = i & 2 ? 4 : 3};
        char got[sizeof(want)];
        struct wire w;
        setup.settings[0] = words[i & 1];
        start(&w, &setup);
        all.len = (uint32_t)mtksim_flash_size(w.phone, "rpmb");
        assert_int_equal(mtksim_flash_write(w.phone, "rpmb", 0, want, sizeof(want)), 0);
        if (i & 1)
            format(&w, &all);
        else
            expect_refusal(&w, 0x010003, &all, 0xC0040001);
        assert_int_equal(mtksim_flash_read(w.phone, "rpmb", 0, got, sizeof(got)), 0);
        assert_memory_equal(got, want, sizeof(want));
        expect_refusal(&w, 0x010005, &all, 0xC0040001); /* nobody reads it without frames */
        all.len += 4096;
        expect_refusal(&w, 0x010003, &all, i & 1 ? 0xC004000B : 0xC0040001);
        wire_close(&w);
    }
}

static void test_nand_data(void **state)
{
    (void)state;
    struct wire w;
    uint8_t *data = noise(2 * BLOCK), *erased = malloc(PAGE);
    struct op op = {.storage = 0x10, .section = 0, .address = 20 * BLOCK, .len = 2 * BLOCK};
    memset(erased, 0xFF, PAGE);
    start(&w, &nand);
    struct board *b = phone_board(w.phone);
    assert_int_equal(nand_mark_bad(b, 21), 0);
    write_block(&w, &op, data, 0);
    op.section = 8; /* as some hosts say */
    op.storage = 0x11;
    op.len = 0x10000;
    for (uint64_t at = 0; at < 2 * BLOCK; at += op.len) {
        op.address = 20 * BLOCK + at;
        expect_read(&w, &op, data + at);
    }
    /* By physical address the second block is where it was, empty, and marked as bad. */
    op = (struct op){.storage = 0x10, .address = 21 * BLOCK, .len = PAGE, .addr_type = 1};
    expect_read(&w, &op, erased);
    op.address = 20 * BLOCK;
    expect_read(&w, &op, data);
    /* The whole chip can be addressed so, the pool included; logically it ends before. */
    op.address = 64 * MIB - PAGE;
    expect_read(&w, &op, erased);
    op.addr_type = 0;
    expect_refusal(&w, 0x010005, &op, 0xC004000B);
    op.address = 100;
    expect_refusal(&w, 0x010005, &op, 0xC0030007);
    format(&w, &(struct op){.storage = 0x10, .address = 20 * BLOCK, .len = 2 * BLOCK});
    expect_read(&w, &(struct op){.storage = 0x10, .address = 21 * BLOCK, .len = PAGE}, erased);
    format(&w,
           &(struct op){.storage = 0x10, .address = 40 * BLOCK, .len = BLOCK, .addr_type = 1, .level = 2});
    assert_true(nand_is_bad(b, 40) && !nand_is_bad(b, 41));
    free(erased);
    free(data);
    wire_close(&w);
}

static void test_nand_errors(void **state)
{
    (void)state;
    struct wire_setup broken = nand;
    uint8_t *data = noise(BLOCK);
    struct wire w;
    broken.fault = "fail:flash-write,area=nand,times=always";
    start(&w, &broken);
    write_block(&w, &(struct op){.storage = 0x10, .len = BLOCK}, data, 0xC0040043);
    wire_alive(&w);
    wire_close(&w);
    broken.fault = "fail:flash-write,area=nand,nth=1"; /* one bad block is nothing that the host hears of */
    start(&w, &broken);
    write_block(&w, &(struct op){.storage = 0x10, .len = BLOCK}, data, 0);
    expect_read(&w, &(struct op){.storage = 0x10, .len = PAGE}, data);
    assert_true(nand_is_bad(phone_board(w.phone), 0));
    wire_close(&w);
    broken.fault = "fail:flash-read,area=nand,nth=1";
    start(&w, &broken);
    wire_command(&w, 0x010005);
    say_op(&w, &(struct op){.storage = 0x10, .len = PAGE});
    wire_hear_u32(&w, 0);
    wire_hear_u32(&w, 0xC0040040);
    wire_hear_u32(&w, 0xC0040040);
    wire_alive(&w);
    free(data);
    wire_close(&w);
}

/* ---- names on a phone with a PMT ---- */

static void download(struct wire *w, const char *name, const uint8_t *data, size_t len)
{
    uint8_t size[8];
    wire_command(w, 0x010001);
    wire_say(w, name, strlen(name));
    put_le64(size, len);
    wire_say(w, size, sizeof(size));
    wire_hear_u32(w, 0);
    wire_block(w, data, len);
    wire_hear_u32(w, 0);
    wire_hear_u32(w, 0);
}

static void test_names_in_a_pmt(void **state)
{
    (void)state;
    const struct wire_setup emmc = {.chip = "mt6765", .settings = {"table=pmt"}};
    uint8_t *data = noise(BLOCK), *got = malloc(MIB), size[8];
    for (int on_nand = 0; on_nand < 2; on_nand++) {
        const struct wire_setup *setup = on_nand ? &nand : &emmc;
        struct wire w;
        start(&w, setup);
        uint64_t base = on_nand ? 0 : 24 * MIB; /* boot1, boot2, rpmb */
        const struct ag_partition rows[] = {{.name = "BOOTIMG", .linear = base + 2 * MIB, .size = MIB}};
        uint32_t missing = 0xC0040007;
        for (int there = 0; there < 2; there++) { /* no table, then no such name */
            wire_command(&w, 0x010001);
            wire_say(&w, "nothing", 7);
            wire_say(&w, "\0\0\0\0\0\0\0\0", 8);
            wire_hear_u32(&w, missing);
            wire_command(&w, 0x010002);
            wire_say(&w, there ? "PGPT" : "BOOTIMG", there ? 4 : 7);
            if (!there)
                wire_hear_u32(&w, 0xC0030009);
            wire_alive(&w); /* a missing name is answered by silence */
            assert_int_equal(ag_table_write_pmt(w.phone, rows, 1), AG_OK);
            missing = 0xC0040006;
        }
        download(&w, "BOOTIMG", data, BLOCK);
        wire_command(&w, 0x010002);
        wire_say(&w, "BOOTIMG", 7);
        wire_hear_u32(&w, 0);
        assert_int_equal(wire_receive(&w, size, 8, NULL), 8);
        assert_int_equal(get_le64(size), MIB);
        wire_hear_u32(&w, 0);
        assert_int_equal(wire_receive(&w, got, MIB, NULL), 0x10000);
        assert_memory_equal(got, data, 0x10000);
        wire_say_u32(&w, 1); /* enough */
        wire_hear_u32(&w, 1);
        wire_alive(&w);
        wire_close(&w);
    }
    free(data);
    free(got);
}

/* ---- nothing there (F10) ---- */

static void test_hidden(void **state)
{
    (void)state;
    static const char *const words[] = {"hide_storage=on", "hide_emmc=on"};
    for (size_t i = 0; i < 2; i++) {
        struct wire_setup dead = i ? (struct wire_setup){.chip = "mt6765"} : ufs;
        struct wire w;
        dead.settings[0] = words[i];
        start(&w, &dead);
        expect_absent(&w, 0x040001, 0x68);
        expect_absent(&w, 0x040002, 0x30);
        expect_absent(&w, 0x040003, 0x10);
        expect_absent(&w, 0x040004, 0xD0);
        expect_refusal(&w, 0x010005, &(struct op){.storage = 0x30, .section = 3, .len = 4096}, 0xC0030006);
        wire_close(&w);
    }
}

/* ---- DA SLA ---- */

/* GET_DEV_FW_INFO: the challenge, and what else is in there. */
static void challenge(struct wire *w, uint8_t rnd[16])
{
    uint8_t info[68];
    const struct board *b = phone_board(w->phone);
    assert_int_equal(wire_get(w, 0x040013, info, sizeof(info)), 68);
    assert_int_equal(get_le32(info), 0x10000);
    memcpy(rnd, info + 4, 16);
    assert_memory_equal(info + 20, b->hrid, 16);
    assert_memory_equal(info + 36, b->soc_id, 32);
}

static void answer(struct wire *w, const uint8_t *bytes, size_t len, uint32_t status)
{
    wire_control(w, 0x02000B, 0);
    wire_say(w, bytes, len);
    wire_hear_u32(w, status);
}

static void test_sla(void **state)
{
    (void)state;
    struct rsa_key *key = rsa_key_from_seed(11), *other = rsa_key_from_seed(12);
    uint8_t modulus[256], rnd[16], sig[256] = {0};
    struct wire w;
    rsa_key_modulus(key, modulus);
    start(&w,
          &(struct wire_setup){.chip = "mt6771", .year = 2022, .security = "dasla", .sla_modulus = modulus});
    assert_int_equal(get_word(&w, 0x040016), 1);
    wire_say_u32(&w, 0x010005);
    wire_hear_u32(&w, 0xC0010003); /* not registered while locked */
    wire_control(&w, 0x040001, 0xC0010004);
    challenge(&w, rnd);
    answer(&w, sig, sizeof(sig), 0xC002004A);
    assert_int_equal(rsa_oaep_private(other, rnd, 16, 1, sig), 0);
    answer(&w, sig, sizeof(sig), 0xC002004A);
    assert_int_equal(rsa_oaep_private(key, rnd, 16, 1, sig), 0);
    challenge(&w, rnd); /* a new one: the answer is stale */
    answer(&w, sig, sizeof(sig), 0xC0020032);
    assert_int_equal(rsa_oaep_private(key, rnd, 16, 1, sig), 0);
    answer(&w, sig, sizeof(sig) - 1, 0xC002004A);
    answer(&w, sig, sizeof(sig), 0);
    wire_control(&w, 0x02000C, 0);
    wire_say(&w, "", 0);
    wire_hear_u32(&w, 0);
    uint8_t zeros[512] = {0};
    expect_read(&w, &(struct op){.storage = 1, .section = 8, .len = 512}, zeros);
    wire_close(&w);
    rsa_key_free(key);
    rsa_key_free(other);
}

/* Without the fuse nobody is asked, and any answer will do [X]. */
static void test_no_sla(void **state)
{
    (void)state;
    struct wire w;
    start(&w, &(struct wire_setup){.chip = "mt6771", .year = 2022});
    assert_int_equal(get_word(&w, 0x040016), 0);
    answer(&w, (const uint8_t *)"SLA", 4, 0);
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ufs_info),
        cmocka_unit_test(test_ufs_sections),
        cmocka_unit_test(test_ufs_errors),
        cmocka_unit_test(test_nand_info),
        cmocka_unit_test(test_rpmb_key),
        cmocka_unit_test(test_rpmb_format),
        cmocka_unit_test(test_nand_data),
        cmocka_unit_test(test_nand_errors),
        cmocka_unit_test(test_names_in_a_pmt),
        cmocka_unit_test(test_hidden),
        cmocka_unit_test(test_sla),
        cmocka_unit_test(test_no_sla),
    };
    return cmocka_run_group_tests_name("da2 storage", tests, NULL, NULL);
}
