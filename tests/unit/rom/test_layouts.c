/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phones that are not laid out as the MT6765 of test_bootcheck.c: PMT on eMMC and on NAND, A/B slots on UFS. The factory
 * fills each, it boots, and the boot check finds what is broken. formats.md 3.5, 4.3, 5.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "formats/pmt.h"
#include "simdev/firmware/agents/nand.h"
#include "simdev/firmware/boot_flash.h"
#include "simdev/firmware/boot_state.h"
#include "simdev/firmware/phone.h"
#include "tests/unit/cmocka.h"
#include "tests/unit/rom/fixture.h"

/* One phone of each layout, filled once; every test works on clones. */
static struct model {
    const char *chip, *storage_name;
    enum board_storage storage;
    char dir[128];
    struct board phone;
} models[] = {
    {.chip = "mt6580", .storage_name = "emmc", .storage = BOARD_EMMC},
    {.chip = "mt6735", .storage_name = "nand", .storage = BOARD_NAND},
    {.chip = "mt6785", .storage_name = "ufs", .storage = BOARD_UFS},
};
enum { PMT, NAND, SLOTS };

static int fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        struct model *m = &models[i];
        fixture_folder(m->dir);
        fixture_make_rom(
            m->dir, &(struct mtksim_rom_options){.chip = m->chip, .storage = m->storage_name, .seed = 1});
        fixture_fused_phone(&m->phone, m->chip, m->storage, "", m->dir);
    }
    return 0;
}

static int empty(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        board_release(&models[i].phone);
        fixture_remove(models[i].dir);
    }
    return 0;
}

static struct board clone_of(int model)
{
    struct board b;
    assert_int_equal(board_clone(&b, &models[model].phone), 0);
    return b;
}

/* Where a partition begins in the user area. */
static uint64_t start_of(struct board *b, const char *name)
{
    struct boot_flash f;
    struct mtk_error e = {0};
    assert_int_equal(boot_flash_open(&f, b), 0);
    assert_int_equal(boot_table_read(&f, &e), 0);
    const struct boot_part *part = boot_part_find(&f, name);
    assert_non_null(part);
    uint64_t start = part->start;
    boot_flash_close(&f);
    return start;
}

/* Overwrites bytes of the user area of storage that needs no map. */
static void smash(struct board *b, uint64_t at, uint8_t value, size_t len)
{
    uint8_t bytes[4096];
    assert_true(len <= sizeof(bytes));
    memset(bytes, value, len);
    assert_int_equal(flash_write(b->area[BOARD_USER], at, bytes, len), 0);
}

/* BROM starts the preloader from boot1, LU0 or the first blocks of a NAND. */
static void brom_finds_each_preloader(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        char err[256] = "";
        struct mtksim_usb_id id;
        struct mtksim *p = mtksim_new(&(struct mtksim_config){.chip = models[i].chip,
                                                              .storage = models[i].storage_name,
                                                              .rom_dir = models[i].dir,
                                                              .boot = MTKSIM_BOOT_PRELOADER,
                                                              .seed = 3},
                                      err, sizeof(err));
        assert_string_equal(err, "");
        mtksim_plug(p);
        assert_int_equal(mtksim_attach(p, NS_PER_S, &id), 0);
        assert_int_equal(id.pid, 0x2000);
        mtksim_free(p);
    }
}

/* ---- eMMC with a PMT ---- */

static void pmt_phone_boots(void **state)
{
    (void)state;
    struct board b = clone_of(PMT);
    fixture_boots(&b, true, "preloader (boot1) -> PMT -> UBOOT -> BOOTIMG");
    uint64_t logo = start_of(&b, "LOGO");
    smash(&b, logo, 0, 512);
    fixture_boots(
        &b, true,
        "preloader (boot1) -> PMT -> UBOOT -> BOOTIMG; no picture (LOGO: magic is 00000000 at user 0x%" PRIx64
        ")",
        logo);
    uint64_t boot = start_of(&b, "BOOTIMG"), uboot = start_of(&b, "UBOOT");
    smash(&b, boot, 0, 512);
    fixture_boots(&b, false, "BOOTIMG: no ANDROID! header at user 0x%" PRIx64, boot);
    smash(&b, uboot, 0, 512); /* no spare in this layout */
    fixture_boots(&b, false, "UBOOT: magic is 00000000 at user 0x%" PRIx64, uboot);
    board_release(&b);
}

static uint32_t word_at(struct board *b, uint64_t at)
{
    uint8_t word[4];
    assert_int_equal(flash_read(b->area[BOARD_USER], at, word, sizeof(word)), 0);
    return get_le32(word);
}

/* The mirror stands in for a damaged table; without both there is nothing to boot from. */
static void pmt_mirror_stands_in(void **state)
{
    (void)state;
    struct board b = clone_of(PMT);
    uint64_t table = MTK_PMT_SEARCH_FROM, mirror = table + MTK_PMT_BLOCK;
    char text[512];
    assert_int_equal(word_at(&b, table), 0x50547633);  /* PTv3 */
    assert_int_equal(word_at(&b, mirror), 0x4D505433); /* MPT3 */
    smash(&b, mirror, 0, 512);
    fixture_boots(&b, true, "preloader (boot1) -> PMT -> UBOOT -> BOOTIMG");
    board_release(&b);
    b = clone_of(PMT);
    smash(&b, table, 0, 512);
    fixture_boots(&b, true, "preloader (boot1) -> PMT (mirror) -> UBOOT -> BOOTIMG");
    smash(&b, mirror, 0, 512);
    assert_false(bootcheck(&b, text, sizeof(text)));
    board_release(&b);
}

/* ---- NAND ---- */

static void nand_phone_boots(void **state)
{
    (void)state;
    struct board b = clone_of(NAND);
    fixture_boots(&b, true, "preloader (nand) -> PMT -> UBOOT -> BOOTIMG");
    board_release(&b);
}

/* Physical block of a logical one, as the agents' map has it. */
static uint32_t physical(struct board *b, uint32_t logical)
{
    struct boot_flash f;
    assert_int_equal(boot_flash_open(&f, b), 0);
    uint32_t block = f.map[logical];
    boot_flash_close(&f);
    return block;
}

static void erase_block(struct board *b, uint32_t logical)
{
    uint64_t bytes = (uint64_t)b->nand.page_size * b->nand.pages_per_block, at = physical(b, logical) * bytes;
    for (uint64_t done = 0; done < bytes; done += 4096)
        smash(b, at + done, 0xFF, 4096);
    assert_int_equal(nand_erase_spare(b, physical(b, logical)), 0);
}

static void nand_mirror_stands_in(void **state)
{
    (void)state;
    struct board b = clone_of(NAND);
    char text[512];
    erase_block(&b, nand_table_block(&b, false));
    fixture_boots(&b, true, "preloader (nand) -> PMT (mirror) -> UBOOT -> BOOTIMG");
    erase_block(&b, nand_table_block(&b, true));
    fixture_boots(&b, false, "PMT: neither block 0x%x nor its mirror 0x%x holds a partition table (PMT)",
                  nand_table_block(&b, false), nand_table_block(&b, true));
    erase_block(&b, 0);
    assert_false(bootcheck(&b, text, sizeof(text)));
    assert_string_equal(text, "preloader: no BOOTLOADER! header at nand 0x0 (ffffffff is there)");
    board_release(&b);
}

/* CRC as UBI has it: without the inversion at the end. */
static void expect_sealed(const uint8_t *p, size_t len)
{
    assert_int_equal(get_be32(p + len - 4), ~crc32_buf(0, p, len - 4));
}

/* system.img is a UBI image: every block has both headers, the first two the volume table. */
static void nand_images_are_ubi(void **state)
{
    (void)state;
    const struct board *b = &models[NAND].phone;
    size_t len, block = (size_t)b->nand.page_size * b->nand.pages_per_block;
    uint8_t *file = fixture_read(models[NAND].dir, "system.img", &len);
    assert_true(len % block == 0 && len / block > 2);
    for (size_t i = 0; i < len / block; i++) {
        const uint8_t *ec = file + i * block, *vid = ec + b->nand.page_size;
        assert_memory_equal(ec, "UBI#", 4);
        assert_int_equal(get_be32(ec + 16), b->nand.page_size);
        assert_int_equal(get_be32(ec + 20), 2 * b->nand.page_size);
        expect_sealed(ec, 64);
        assert_memory_equal(vid, "UBI!", 4);
        assert_int_equal(get_be32(vid + 8), i < 2 ? 0x7FFFEFFF : 0); /* the layout volume comes first */
        assert_int_equal(get_be32(vid + 12), i < 2 ? i : i - 2);
        expect_sealed(vid, 64);
    }
    for (size_t i = 0; i < 128; i++)
        expect_sealed(file + 2 * b->nand.page_size + i * 172, 172);
    assert_string_equal((const char *)file + 2 * b->nand.page_size + 16, "system");
    free(file);
}

/* ---- UFS with slots ---- */

#define SLOT(x) "slot " x " -> lk_" x " -> tee_" x " -> boot_" x " -> vendor_boot_" x " -> vbmeta_" x

static void write_slots(struct board *b, const struct boot_slot slot[BOOT_SLOTS])
{
    uint8_t raw[BOOT_SLOTS_LEN];
    boot_slots_write(slot, raw);
    assert_int_equal(flash_write(b->area[BOARD_USER], start_of(b, "misc") + BOOT_SLOTS_AT, raw, sizeof(raw)),
                     0);
}

/* The factory fills the first slot; this makes the second one the same. */
static void fill_second_slot(struct board *b)
{
    static const char *const names[] = {"lk", "tee", "boot", "vendor_boot", "vbmeta"};
    static uint8_t piece[1 << 20];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char a[32], other[32];
        struct boot_flash f;
        struct mtk_error e = {0};
        snprintf(a, sizeof(a), "%s_a", names[i]);
        snprintf(other, sizeof(other), "%s_b", names[i]);
        uint64_t from = start_of(b, a), to = start_of(b, other);
        assert_int_equal(boot_flash_open(&f, b), 0);
        assert_int_equal(boot_table_read(&f, &e), 0);
        uint64_t size = boot_part_find(&f, a)->size;
        boot_flash_close(&f);
        for (uint64_t done = 0; done < size; done += sizeof(piece)) {
            size_t n = size - done < sizeof(piece) ? (size_t)(size - done) : sizeof(piece);
            assert_int_equal(flash_read(b->area[BOARD_USER], from + done, piece, n), 0);
            assert_int_equal(flash_write(b->area[BOARD_USER], to + done, piece, n), 0);
        }
    }
}

static void slots_in_their_order(void **state)
{
    (void)state;
    struct board b = clone_of(SLOTS);
    fill_second_slot(&b);
    fixture_boots(&b, true, "preloader (lu0) -> GPT -> " SLOT("a"));
    write_slots(&b, (struct boot_slot[]){{14, 7, false}, {15, 7, true}});
    fixture_boots(&b, true, "preloader (lu0) -> GPT -> " SLOT("b"));
    write_slots(&b, (struct boot_slot[]){{15, 0, false}, {14, 7, false}}); /* no tries left, never came up */
    fixture_boots(&b, true, "preloader (lu0) -> GPT -> " SLOT("b"));
    write_slots(&b, (struct boot_slot[]){{15, 0, true}, {14, 7, false}});
    fixture_boots(&b, true, "preloader (lu0) -> GPT -> " SLOT("a"));
    write_slots(&b, (struct boot_slot[]){{0, 7, true}, {14, 0, false}});
    fixture_boots(&b, false, "misc: neither slot may be booted");
    smash(&b, start_of(&b, "misc") + BOOT_SLOTS_AT, 0xA5, BOOT_SLOTS_LEN);
    fixture_boots(&b, true, "preloader (lu0) -> GPT -> misc says nothing about slots -> " SLOT("a"));
    board_release(&b);
}

static void a_broken_slot_gives_way(void **state)
{
    (void)state;
    struct board b = clone_of(SLOTS);
    fill_second_slot(&b);
    write_slots(&b, (struct boot_slot[]){{15, 7, true}, {14, 7, false}});
    uint64_t a = start_of(&b, "lk_a"), other = start_of(&b, "vendor_boot_b");
    smash(&b, a, 0, 4096);
    fixture_boots(&b, true,
                  "preloader (lu0) -> GPT -> slot b (slot a: lk_a: magic is 00000000 at lu2 0x%" PRIx64
                  ") -> lk_b -> tee_b -> boot_b -> vendor_boot_b -> vbmeta_b",
                  a);
    smash(&b, other, 0, 4096);
    fixture_boots(&b, false,
                  "slot a: lk_a: magic is 00000000 at lu2 0x%" PRIx64
                  "; slot b: vendor_boot_b: no VNDRBOOT header at lu2 0x%" PRIx64,
                  a, other);
    board_release(&b);
}

/* seccfg of another phone, or none that is known: taken as locked. */
static void damaged_lock_state(void **state)
{
    (void)state;
    struct board b = clone_of(SLOTS);
    uint64_t at = start_of(&b, "seccfg");
    uint8_t raw[MTK_SECCFG_V4_LEN];
    struct board other = clone_of(SLOTS);
    other.soc_id[0] ^= 1;
    boot_lock_write(&other, raw);
    assert_int_equal(flash_write(b.area[BOARD_USER], at, raw, sizeof(raw)), 0);
    fixture_boots(
        &b, true,
        "preloader (lu0) -> GPT -> seccfg is damaged or not of this phone (taken as locked) -> " SLOT("a"));
    boot_lock_write(&b, raw);
    assert_int_equal(flash_write(b.area[BOARD_USER], at, raw, sizeof(raw)), 0);
    fixture_boots(&b, true, "preloader (lu0) -> GPT -> " SLOT("a"));
    board_release(&other);
    board_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brom_finds_each_preloader), cmocka_unit_test(pmt_phone_boots),
        cmocka_unit_test(pmt_mirror_stands_in),      cmocka_unit_test(nand_phone_boots),
        cmocka_unit_test(nand_mirror_stands_in),     cmocka_unit_test(nand_images_are_ubi),
        cmocka_unit_test(slots_in_their_order),      cmocka_unit_test(a_broken_slot_gives_way),
        cmocka_unit_test(damaged_lock_state),
    };
    return cmocka_run_group_tests_name("rom/layouts", tests, fill, empty);
}
