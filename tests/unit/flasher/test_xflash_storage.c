/* SPDX-License-Identifier: Apache-2.0 */
/* Storage other than eMMC, tables other than GPT, and settings other than the first: da-xflash.md 5.3, 7.4, 7.5, 8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/pmt.h"
#include "formats/preloader.h"
#include "made_preloader.h"
#include "protocol/error_index.h"
#include "test_xflash_session.h"

struct memory {
    uint8_t data[8192];
    size_t len;
};

static uint8_t *buffer(void *ctx, size_t want, size_t *room, struct mtk_error *err)
{
    struct memory *m = ctx;
    (void)err;
    *room = want < 3000 ? want : 3000;
    assert_true(m->len + *room <= sizeof(m->data));
    return m->data + m->len;
}

static int commit(void *ctx, size_t len, struct mtk_error *err)
{
    (void)err;
    ((struct memory *)ctx)->len += len;
    return 0;
}

static ssize_t next(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err)
{
    static uint8_t bytes[8192];
    size_t *left = ctx;
    (void)err;
    assert_true(*left);
    size_t n = want < *left ? want : *left;
    memset(bytes, 0xA1, n);
    *left -= n;
    *data = bytes;
    return (ssize_t)n;
}

static void progress(void *ctx, uint64_t done)
{
    *(uint64_t *)ctx = done;
}

/* An agent on a UFS of three LUs or a NAND of 2 KiB pages. */
static struct xflash *agent(struct script *s, bool nand)
{
    struct xflash *x = script_agent(s);
    x->s.info.n_areas = 1;
    x->s.info.block_size = nand ? 2048 : 4096;
    x->storage = nand ? XF_STORAGE_NAND + 1 : XF_STORAGE_UFS;
    x->section[0] = nand ? XF_NAND_WHOLE : XF_UFS_LU2;
    snprintf(x->s.info.areas[0].name, sizeof(x->s.info.areas[0].name), nand ? "nand" : "lu2");
    x->s.info.areas[0].size = 0x1000000;
    x->s.info.areas[0].readable = x->s.info.areas[0].writable = true;
    return x;
}

static void end(struct xflash *x, struct script *s)
{
    x->s.agent.ops->destroy(&x->s.agent);
    script_free(s);
}

/* Parameters by section 7.5 up to the address: UFS user area, NAND, NAND by physical address behind the zeros. */
#define LU2  "H> .. 38 00 00 00 | 30 00 00 00 03 00 00 00 "
#define NAND "H> .. 38 00 00 00 | 11 00 00 00 00*4 "

/* ---- any range ---- */

/* Whole blocks go over the wire, the bytes that were asked for come out. */
static void reads_any_range(void **state)
{
    (void)state;
    struct memory m = {.len = 0};
    struct mtk_drain to = {.buffer = buffer, .commit = commit, .ctx = &m};
    struct mtk_error e = {0};
    uint64_t done = 0;
    struct script *s = script_new(false);
    struct xflash *x = agent(s, false);
    script_add(s, "H= 010005\nD= 0\n" LU2 "00 10 00*6 00 20 00*6 00*20\nD= 0 0\n"
                  "D> .. 00 20 00 00 | 11*fff 22*2 33*fff\nH= 0\nD= 0\n");
    x->s.agent.progress = progress;
    x->s.agent.progress_ctx = &done;
    assert_int_equal(xf_read(&x->s.agent, "lu2", 0x1000 + 0xFFE, 4, &to, &e), 0);
    assert_int_equal(m.len, 4);
    assert_memory_equal(m.data, "\x11\x22\x22\x33", 4);
    assert_int_equal(done, 4);
    end(x, s);
    s = script_new(true);
    x = agent(s, true);
    m.len = 0;
    script_add(s, "H= 010005\nD= 0\n" NAND "00*8 00 10 00*6 00*20\nD= 0 0\n"
                  "D> .. 00 10 00 00 | 44*1000\nH= 0\nD= 0\n");
    assert_int_equal(xf_read(&x->s.agent, "nand", 1, 0x900, &to, &e), 0);
    assert_int_equal(m.len, 0x900);
    end(x, s);
}

/* What an error says was acknowledged is counted in the caller's bytes. */
static void counts_the_callers_bytes(void **state)
{
    (void)state;
    struct memory m = {.len = 0};
    struct mtk_drain to = {.buffer = buffer, .commit = commit, .ctx = &m};
    struct mtk_error e = {0};
    struct script *s = script_new(false);
    struct xflash *x = agent(s, false);
    script_add(s, "H= 010005\nD= 0\n" LU2 "00*8 00 20 00*6 00*20\nD= 0 0\n"
                  "D> .. 00 10 00 00 | 11*1000\nH= 0\nD= 0 c0040060\n" PROBE);
    assert_int_equal(xf_read(&x->s.agent, "lu2", 0xFF0, 0x20, &to, &e), -1);
    assert_int_equal(e.acked, 0x10);
    assert_int_equal(e.device_status, XF_UFS_ERROR);
    assert_true(x->s.agent.usable);
    end(x, s);
}

/* What stands around the range stays, in the first block and in the last. */
static void writes_whole_sectors(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    size_t left = 0x1001;
    uint64_t done = 0;
    struct mtk_source from = {.next = next, .ctx = &left};
    struct script *s = script_new(false);
    struct xflash *x = agent(s, false);
    x->s.agent.progress = progress;
    x->s.agent.progress_ctx = &done;
    script_add(s, "H= 010005\nD= 0\n" LU2 "00 30 00*6 00 10 00*6 00*20\nD= 0 0\n"
                  "D> .. 00 10 00 00 | 77*1000\nH= 0\nD= 0\n"
                  "H= 010004\nD= 0\n" LU2 "00 20 00*6 00 20 00*6 00*20\nD= 0\n"
                  /* 0x1001 x A1 and 0xFFF x 77 sum to 0x11802A */
                  "H= 0 802a\nH> .. 00 20 00 00 | a1*1001 77*fff\nD= 0 0\n");
    assert_int_equal(xf_write(&x->s.agent, "lu2", 0x2000, 0x1001, &from, &e), 0);
    assert_int_equal(left, 0);
    assert_int_equal(done, 0x1001);
    assert_true(x->s.agent.touched);
    left = 2; /* a byte on either side of a boundary: 0xFFF x 55 + 2 x A1 + 0xFFF x 66 = 0xBB087 */
    script_add(s, "H= 010005\nD= 0\n" LU2 "00 40 00*6 00 10 00*6 00*20\nD= 0 0\n"
                  "D> .. 00 10 00 00 | 55*1000\nH= 0\nD= 0\n"
                  "H= 010005\nD= 0\n" LU2 "00 50 00*6 00 10 00*6 00*20\nD= 0 0\n"
                  "D> .. 00 10 00 00 | 66*1000\nH= 0\nD= 0\n"
                  "H= 010004\nD= 0\n" LU2 "00 40 00*6 00 20 00*6 00*20\nD= 0\n"
                  "H= 0 b087\nH> .. 00 20 00 00 | 55*fff a1*2 66*fff\nD= 0 0\n");
    assert_int_equal(xf_write(&x->s.agent, "lu2", 0x4FFF, 2, &from, &e), 0);
    assert_int_equal(done, 2);
    end(x, s);
}

/* If what stands around a range cannot be read, nothing is written. */
static void writes_nothing_it_cannot_keep(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    size_t left = 16;
    struct mtk_source from = {.next = next, .ctx = &left};
    struct script *s = script_new(false);
    struct xflash *x = agent(s, false);
    script_add(s, "H= 010005\nD= 0\n" LU2 "00*8 00 10 00*6 00*20\nD= 0 c0040060 c0040060\n" PROBE);
    assert_int_equal(xf_write(&x->s.agent, "lu2", 0, 16, &from, &e), -1);
    assert_string_equal(e.command, "READ_DATA");
    assert_int_equal(e.device_status, XF_UFS_ERROR);
    assert_int_equal(left, 16);
    assert_false(x->s.agent.touched);
    end(x, s);
}

/* A page of a NAND is programmed once: FF behind the range, and no range begins inside of one. */
static void writes_whole_pages(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    size_t left = 16;
    struct mtk_source from = {.next = next, .ctx = &left};
    struct script *s = script_new(false);
    struct xflash *x = agent(s, true);
    script_add(s, "H= 010004\nD= 0\n" NAND "00*8 00 08 00*6 00*20\nD= 0\n"
                  "H= 0 f220\nH> .. 00 08 00 00 | a1*10 ff*7f0\nD= 0 0\n");
    assert_int_equal(xf_write(&x->s.agent, "nand", 0, 16, &from, &e), 0);
    assert_int_equal(xf_write(&x->s.agent, "nand", 1, 16, &from, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_OUT_OF_RANGE));
    end(x, s);
}

/* An erase never takes more than was asked for. */
static void erases_whole_units_only(void **state)
{
    (void)state;
    static const uint64_t rows[][3] = {{0, 0x1001, 0x1000}, {0x800, 0x1000, 0x1000}, {0, 0x10000, 0x20000}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mtk_error e = {0};
        bool nand = rows[i][2] > 0x1000;
        struct script *s = script_new(false);
        struct xflash *x = agent(s, nand);
        x->s.info.erase_size = nand ? 0x20000 : 0;
        assert_int_equal(xf_erase(&x->s.agent, nand ? "nand" : "lu2", rows[i][0], rows[i][1], &e), -1);
        assert_true(mtk_error_is(&e, MTK_E_MTK_OUT_OF_RANGE));
        assert_false(x->s.agent.touched);
        end(x, s);
    }
}

/* ---- tables [F14] ---- */

#define LINEAR 0x1800000u /* of script_agent: boot1, boot2, rpmb */

static struct mtk_pmt_entry emmc_rows[] = {
    {.name = "PRELOADER", .size = 0x400000, .part_id = 1},
    {.name = "BOOTIMG", .size = 0x600000, .part_id = 8, .offset = LINEAR + 0x100000},
    {.name = "FAT", .size = 0, .part_id = 8, .offset = LINEAR + 0x700000},
};

/* An eMMC with a PMT at the first place where one is looked for: one read of the user area from 0x400 on. */
static void reads_a_pmt_from_emmc(void **state)
{
    (void)state;
    static uint8_t data[0x11000];
    const struct mtk_pmt pmt = {.stride = MTK_PMT_STRIDE_V3, .entries = emmc_rows, .n = 3};
    struct mtk_error e = {0};
    struct mtk_gpt t;
    uint64_t user = UINT64_C(0x1d1ec00000);
    assert_int_equal(mtk_pmt_block_emmc(&pmt, false, 1, data), 0);
    struct script *s = script_new(true);
    struct xflash *x = script_agent(s);
    script_add(s,
               "H= 010005\nD= 0\nH> .. 38 00 00 00 | 01 00 00 00 08 00 00 00 00 04 00*6 00 10 01 00*5 00*20\n"
               "D= 0 0\n");
    script_phone(s, data, 0x10000);
    script_add(s, "H= 0\nD= 0\n");
    script_phone(s, data + 0x10000, 0x1000);
    script_add(s, "H= 0\nD= 0\n");
    assert_int_equal(xf_table(&x->s.agent, &t, &e), 0);
    assert_int_equal(t.n_entries, 2); /* the preloader is in a boot area */
    assert_string_equal(t.entries[0].name, "BOOTIMG");
    assert_int_equal(t.entries[0].start, 0x100000);
    assert_int_equal(t.entries[0].size, 0x600000);
    assert_int_equal(t.entries[1].start, 0x700000);
    assert_int_equal(t.entries[1].size, user - 0x700000); /* 0 is the rest */
    mtk_gpt_release(&t);
    end(x, s);
}

/* Where there is a GPT, or no storage, there is no such table. */
static void gives_no_other_table(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct mtk_error e = {0};
        struct mtk_gpt t;
        struct script *s = script_new(false);
        struct xflash *x = script_agent(s);
        x->s.info.gpt = i == 0;
        x->s.info.n_areas = i == 0 ? x->s.info.n_areas : 0;
        assert_int_equal(xf_table(&x->s.agent, &t, &e), -1);
        assert_true(mtk_error_is(&e, MTK_E_MTK_UNSUPPORTED));
        end(x, s);
    }
}

#define BLOCK 0x2000u /* four pages */

/* A read of block k behind the data by physical address [7.5: addr_type 1]. */
static void add_block(struct script *s, unsigned k, const uint8_t *data)
{
    char text[256];
    snprintf(text, sizeof(text),
             "H= 010005\nD= 0\n" NAND "00 %02x ff 00*5 00 20 00*6 00*4 01 00 00 00 00*18\nD= 0 0\n",
             0x20 * k);
    script_add(s, text);
    script_phone(s, data, BLOCK);
    script_add(s, "H= 0\nD= 0\n");
}

/* Signature in 8 bytes, then entries, in the first page of a block or, of the mirror, in the last. */
static void make_block(bool mirror, const struct mtk_pmt_entry *rows, size_t n, uint8_t out[BLOCK])
{
    const struct mtk_pmt pmt = {.stride = MTK_PMT_STRIDE_V3, .entries = (struct mtk_pmt_entry *)rows, .n = n};
    size_t len = 0, at = mirror ? BLOCK - 2048 : 0;
    uint8_t *entries = mtk_pmt_write(&pmt, MTK_PMT_STRIDE_V3, 0, &len);
    assert_non_null(entries);
    memset(out, 0xFF, BLOCK);
    memset(out + at, 0, 2048);
    memcpy(out + at, mirror ? "3TPM" : "3vTP", 4);
    memcpy(out + at + 8, entries, len);
    free(entries);
}

static const struct mtk_pmt_entry nand_rows[] = {
    {.name = "PRELOADER", .size = 0x80000},
    {.name = "UBOOT", .size = 0x60000, .offset = 0x80000},
    {.name = "USRDATA", .offset = 0xE0000},
    {.name = "BMTPOOL", .offset = 0xFFFF0050},
};

static struct xflash *nand_agent(struct script *s)
{
    struct xflash *x = agent(s, true);
    x->s.info.areas[0].size = 0xFF0000;
    x->s.info.erase_size = BLOCK;
    x->nand_size = 0xFF0000 + 4 * BLOCK;
    return x;
}

/* Table and mirror have the two blocks behind the data. Read when both agree, and when the table's block is gone. */
static void reads_a_pmt_from_nand(void **state)
{
    (void)state;
    uint8_t table[BLOCK], mirror[BLOCK], blank[BLOCK];
    make_block(false, nand_rows, 4, table);
    make_block(true, nand_rows, 4, mirror);
    memset(blank, 0xFF, sizeof(blank));
    for (int bad = 0; bad < 3; bad++) {
        struct mtk_error e = {0};
        struct mtk_gpt t;
        struct script *s = script_new(bad & 1);
        struct xflash *x = nand_agent(s);
        if (bad == 2) /* a block that the agent cannot read */
            script_add(s, "H= 010005\nD= 0\n" NAND
                          "00*2 ff 00*5 00 20 00*6 00*4 01 00 00 00 00*18\nD= 0 c0040040 c0040040\n" PROBE);
        else
            add_block(s, 0, bad ? blank : table);
        add_block(s, 1, mirror);
        if (bad) { /* what replaces it is behind, or nothing does */
            add_block(s, 2, blank);
            add_block(s, 3, bad == 1 ? table : blank);
        }
        assert_int_equal(xf_table(&x->s.agent, &t, &e), 0);
        assert_int_equal(x->nand_address, XF_NAND_LOGICAL);
        assert_int_equal(t.n_entries, 3); /* the pool is no place */
        assert_string_equal(t.entries[1].name, "UBOOT");
        assert_int_equal(t.entries[1].start, 0x80000);
        assert_int_equal(t.entries[2].size, 0xFF0000 - 0xE0000);
        mtk_gpt_release(&t);
        end(x, s);
    }
}

/* No table anywhere, a partition outside of the chip, a link that breaks in the middle. */
static void finds_no_pmt(void **state)
{
    (void)state;
    const struct mtk_pmt_entry outside[] = {{.name = "UBOOT", .size = 0x1000000}};
    uint8_t table[BLOCK], mirror[BLOCK], blank[BLOCK];
    make_block(false, outside, 1, table);
    make_block(true, outside, 1, mirror);
    memset(blank, 0xFF, sizeof(blank));
    for (int how = 0; how < 3; how++) {
        struct mtk_error e = {0};
        struct mtk_gpt t;
        struct script *s = script_new(false);
        struct xflash *x = nand_agent(s);
        for (unsigned k = 0; how == 0 && k < 4; k++)
            add_block(s, k, blank);
        if (how == 1) {
            add_block(s, 0, table);
            add_block(s, 1, mirror);
        }
        if (how == 2)
            script_add(s, "H= 010005\ngone\n");
        assert_int_equal(xf_table(&x->s.agent, &t, &e), -1);
        assert_true(mtk_error_is(&e, how == 2 ? MTK_E_MTK_LINK_LOST : MTK_E_MTK_GPT_INVALID));
        assert_int_equal(x->s.agent.usable, how != 2);
        end(x, s);
    }
}

/* ---- settings of several preloaders [5.3, F5] ---- */

static void tries_the_next_settings(void **state)
{
    (void)state;
    struct fixture f;
    struct mtk_preloader_file more[2] = {{.data = (const uint8_t *)"junk", .len = 4, .name = "junk"},
                                         {.name = "preloader_y.bin"}};
    uint8_t *image = made_preloader("preloader_y.bin", 35, 0x0206, &more[1].len);
    struct mtk_preloader p;
    const uint8_t *emi = NULL;
    size_t emi_len = 0;
    more[1].data = image;
    assert_int_equal(mtk_preloader_layout(image, more[1].len, "y", &p, NULL), 0);
    assert_int_equal(mtk_preloader_emi(&p, "y", &emi, &emi_len, NULL), 0);
    const uint8_t len_word[4] = {(uint8_t)emi_len, (uint8_t)(emi_len >> 8)};
    for (int good = 0; good < 2; good++) {
        open_fixture(&f, false);
        f.opt.more_preloaders = more;
        f.opt.n_more_preloaders = 2;
        script_add(f.s, STAGE1 BROM);
        add_ram(&f);
        script_add(f.s, "D= c0040050\n" RAM_CMD);
        script_host(f.s, len_word, 4);
        script_host(f.s, emi, emi_len);
        if (good) {
            script_add(f.s, OK);
            add_boot(&f);
            script_add(f.s, OK SYNC FACTS);
            assert_int_equal(start(&f), 0);
            assert_non_null(strstr(f.notes, "trying those of preloader_y.bin (v35)"));
            struct mtk_agent_info info;
            f.a->ops->info(f.a, &info);
            assert_string_equal(info.dram_from, "preloader_y.bin");
            assert_int_equal(info.dram_version, 35);
        } else {
            script_add(f.s, "D= c0040050\n");
            assert_int_equal(start(&f), -1);
            assert_true(mtk_error_is(&f.err, MTK_E_STATUS_EXT_RAM_EXCEPTION));
            assert_int_equal(f.err.device_status, XF_EMI_VERSION);
        }
        close_fixture(&f);
    }
    /* Any other refusal is not about the version. */
    open_fixture(&f, false);
    f.opt.more_preloaders = more;
    f.opt.n_more_preloaders = 2;
    script_add(f.s, STAGE1 BROM);
    add_ram(&f);
    script_add(f.s, "D= c0010001\n");
    assert_int_equal(start(&f), -1);
    close_fixture(&f);
    free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_any_range),         cmocka_unit_test(counts_the_callers_bytes),
        cmocka_unit_test(writes_whole_sectors),    cmocka_unit_test(writes_nothing_it_cannot_keep),
        cmocka_unit_test(writes_whole_pages),      cmocka_unit_test(erases_whole_units_only),
        cmocka_unit_test(reads_a_pmt_from_emmc),   cmocka_unit_test(gives_no_other_table),
        cmocka_unit_test(reads_a_pmt_from_nand),   cmocka_unit_test(finds_no_pmt),
        cmocka_unit_test(tries_the_next_settings),
    };
    return cmocka_run_group_tests_name("flasher/agent XFlash storage", tests, NULL, NULL);
}
