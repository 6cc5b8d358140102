/* SPDX-License-Identifier: Apache-2.0 */
/* A phone as the factory fills it, and what the boot check says when one link after the other is broken. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/gpt.h"
#include "formats/preloader.h"
#include "formats/sparse.h"
#include "simdev/firmware/phone.h"
#include "simdev/firmware/state.h"
#include "tests/unit/cmocka.h"
#include "tests/unit/rom/fixture.h"

#define GOOD "preloader (boot1) -> GPT -> lk -> tee1 -> boot -> vbmeta"

static char rom_dir[128];
static struct board factory_new; /* filled once; every test works on a clone */

static int fill_phone(void **state)
{
    (void)state;
    fixture_folder(rom_dir);
    fixture_rom(rom_dir, "mt6765", 1, false);
    fixture_phone(&factory_new, "mt6765", rom_dir, 0);
    return 0;
}

static int release_phone(void **state)
{
    (void)state;
    board_release(&factory_new);
    fixture_remove(rom_dir);
    return 0;
}

static int clone_phone(void **state)
{
    struct board *b = malloc(sizeof(*b));
    if (!b || board_clone(b, &factory_new))
        return -1;
    *state = b;
    return 0;
}

static int drop_phone(void **state)
{
    board_release(*state);
    free(*state);
    return 0;
}

static int read_user(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    (void)err;
    return flash_read(((struct board *)ctx)->area[BOARD_USER], offset, buf, len);
}

static struct mtk_gpt table_of(struct board *b)
{
    struct mtk_gpt g;
    struct mtk_error e = {0};
    int rc = mtk_gpt_read(read_user, b, flash_size(b->area[BOARD_USER]), 512, &g, &e);
    assert_string_equal(e.what, "");
    assert_int_equal(rc, 0);
    return g;
}

static struct mtk_gpt_entry partition(struct board *b, const char *name)
{
    struct mtk_gpt g = table_of(b);
    const struct mtk_gpt_entry *e = mtk_gpt_find(&g, name);
    assert_non_null(e);
    struct mtk_gpt_entry out = *e;
    mtk_gpt_release(&g);
    return out;
}

static void smash(struct board *b, enum board_area a, uint64_t offset, size_t len)
{
    static const uint8_t zero[4096];
    assert_in_range(len, 1, sizeof(zero));
    assert_int_equal(flash_write(b->area[a], offset, zero, len), 0);
}

static void smash_partition(struct board *b, const char *name)
{
    smash(b, BOARD_USER, partition(b, name).start, 512);
}

static void patch32(struct board *b, uint64_t offset, uint32_t value)
{
    uint8_t word[4];
    put_le32(word, value);
    assert_int_equal(flash_write(b->area[BOARD_USER], offset, word, 4), 0);
}

static void expect(struct board *b, bool boots, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void expect(struct board *b, bool boots, const char *fmt, ...)
{
    char text[512], wanted[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(wanted, sizeof(wanted), fmt, ap);
    va_end(ap);
    assert_int_equal(bootcheck(b, text, sizeof(text)), boots);
    assert_string_equal(text, wanted);
}

/* ---- the factory ---- */

static void factory_lays_out_the_whole_table(void **state)
{
    struct board *b = *state;
    struct mtk_gpt g = table_of(b);
    uint64_t disk = flash_size(b->area[BOARD_USER]);
    assert_false(g.from_backup);
    assert_int_equal(g.n_entries, 38); /* 41 rows without preloader, pgpt and sgpt */
    assert_null(mtk_gpt_find(&g, "pgpt"));
    assert_null(mtk_gpt_find(&g, "sgpt"));
    const struct mtk_gpt_entry *userdata = mtk_gpt_find(&g, "userdata"), *otp = mtk_gpt_find(&g, "otp"),
                               *flashinfo = mtk_gpt_find(&g, "flashinfo");
    /* 4.6: userdata grows up to the reserved rows, which are counted from the end. */
    assert_int_equal(flashinfo->start, disk - 0x8000 - 0x100000);
    assert_int_equal(otp->start, flashinfo->start - 0x400000);
    assert_int_equal(userdata->start, 0x95c0000);
    assert_int_equal(userdata->start + userdata->size, otp->start);
    mtk_gpt_release(&g);
}

/* Every byte that an image defines is in its partition. */
static void check_content(struct board *b, const char *file, const char *name)
{
    static uint8_t want[65536], have[65536];
    struct mtk_image img;
    struct mtk_error e = {0};
    char path[256];
    uint64_t base = partition(b, name).start;
    assert_int_equal(mtk_image_open(fixture_path(path, rom_dir, file), &img, &e), 0);
    for (size_t i = 0; i < img.n_extents; i++) {
        const struct mtk_extent *x = &img.extents[i];
        for (uint64_t done = 0; done < x->size;) {
            size_t n = x->size - done < sizeof(want) ? (size_t)(x->size - done) : sizeof(want);
            if (x->kind == MTK_EXTENT_RAW)
                assert_int_equal(mtk_image_read(&img, x, x->start + done, want, n, &e), 0);
            else
                for (size_t k = 0; k < n; k += 4)
                    put_le32(want + k, x->fill);
            assert_int_equal(flash_read(b->area[BOARD_USER], base + x->start + done, have, n), 0);
            assert_memory_equal(want, have, n);
            done += n;
        }
    }
    mtk_image_release(&img);
}

static void factory_expands_the_images(void **state)
{
    static const char *const pairs[][2] = {{"lk.img", "lk"},         {"lk.img", "lk2"},
                                           {"boot.img", "boot"},     {"tee.img", "tee2"},
                                           {"md1img.img", "md1img"}, {"vendor.img", "vendor"},
                                           {"system.img", "system"}, {"userdata.img", "userdata"}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        check_content(*state, pairs[i][0], pairs[i][1]);
}

static void factory_writes_both_boot_copies(void **state)
{
    struct board *b = *state;
    size_t len;
    uint8_t *pl = fixture_read(rom_dir, "preloader_mtksim6765.bin", &len), *copy = malloc(len),
            block[MTK_PL_HEADER_EMMC];
    assert_non_null(copy);
    for (enum board_area a = BOARD_BOOT1; a <= BOARD_BOOT2; a++) {
        assert_int_equal(flash_read(b->area[a], 0, block, sizeof(block)), 0);
        assert_true(mtk_preloader_header_emmc_valid(block, sizeof(block)));
        assert_int_equal(flash_read(b->area[a], MTK_PL_HEADER_EMMC, copy, len), 0);
        assert_memory_equal(pl, copy, len);
    }
    free(copy);
    free(pl);
}

static void hash_partition(struct board *b, const char *name, uint8_t digest[SHA256_LEN])
{
    static uint8_t buf[0x30000];
    assert_int_equal(flash_read(b->area[BOARD_USER], partition(b, name).start, buf, sizeof(buf)), 0);
    sha256_buf(buf, sizeof(buf), digest);
}

static void unique_content_belongs_to_one_phone(void **state)
{
    static const char *const names[] = {"nvram", "nvdata", "protect1", "proinfo", "persist", "seccfg"};
    struct board *b = *state, other;
    char err[256];
    uint8_t mine[SHA256_LEN], twin[SHA256_LEN], zero[0x30000] = {0}, blank[SHA256_LEN];
    sha256_buf(zero, sizeof(zero), blank);
    board_init(&other, b->soc, b->seed + 1);
    assert_int_equal(board_fit_flash(&other, 256u << 20), 0);
    assert_int_equal(state_fill(&other, rom_dir, err, sizeof(err)), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        hash_partition(b, names[i], mine);
        hash_partition(&other, names[i], twin);
        assert_memory_not_equal(mine, twin, SHA256_LEN);
        assert_memory_not_equal(mine, blank, SHA256_LEN);
    }
    hash_partition(b, "protect1", mine);
    hash_partition(b, "protect2", twin);
    assert_memory_equal(mine, twin, SHA256_LEN);
    board_release(&other);
}

/* 5.6: words XORed and added in turn, then XOR the length. */
static void nvram_carries_its_checksum(void **state)
{
    struct board *b = *state;
    static uint8_t buf[0x30000];
    uint32_t sum = 0;
    assert_int_equal(flash_read(b->area[BOARD_USER], partition(b, "nvram").start, buf, sizeof(buf)), 0);
    uint32_t len = get_le32(buf + 4);
    assert_int_equal(len, 0x10000);
    for (uint32_t i = 0; i < len; i += 8) {
        sum ^= get_le32(buf + 0x20000 + i);
        sum += get_le32(buf + 0x20000 + i + 4);
    }
    assert_int_equal(get_le32(buf + 12), sum ^ len);
    assert_int_not_equal(sum, 0);
}

static void factory_refuses_the_wrong_rom(void **state)
{
    (void)state;
    struct board b;
    char err[512], dir[128], path[256];
    board_init(&b, soc_find("mt6737"), 1);
    assert_int_equal(board_fit_flash(&b, 0), 0);
    assert_int_equal(state_fill(&b, rom_dir, err, sizeof(err)), -1);
    assert_non_null(strstr(err, "this ROM is for MT6765, the phone is an MT6737"));
    board_release(&b);

    board_init(&b, soc_find("mt6765"), 1);
    assert_int_equal(board_fit_flash(&b, 64u << 20), 0); /* too small for the layout */
    assert_int_equal(state_fill(&b, rom_dir, err, sizeof(err)), -1);
    assert_string_not_equal(err, "");
    board_release(&b);

    fixture_folder(dir);
    fixture_rom(dir, "mt6765", 1, false);
    assert_int_equal(remove(fixture_path(path, dir, "tee.img")), 0);
    board_init(&b, soc_find("mt6765"), 1);
    assert_int_equal(board_fit_flash(&b, 0), 0);
    assert_int_equal(state_fill(&b, dir, err, sizeof(err)), -1);
    assert_non_null(strstr(err, "tee.img"));
    assert_int_equal(state_fill(&b, "/nonexistent", err, sizeof(err)), -1);
    assert_non_null(strstr(err, "/nonexistent"));
    board_release(&b);
    fixture_remove(dir);
}

static void mt6737_boots_without_vbmeta(void **state)
{
    (void)state;
    char dir[128];
    struct board b;
    fixture_folder(dir);
    fixture_rom(dir, "mt6737", 3, false);
    fixture_phone(&b, "mt6737", dir, 0);
    expect(&b, true, "preloader (boot1) -> GPT -> lk -> tee1 -> boot");
    smash_partition(&b, "lk");
    expect(&b, false, "lk: magic is 00000000 at user 0xcc0000; lk2: not in the GPT");
    board_release(&b);
    fixture_remove(dir);
}

/* ---- the boot chain, link by link ---- */

static void a_factory_new_phone_boots(void **state)
{
    expect(*state, true, GOOD);
}

static void a_blank_phone_does_not(void **state)
{
    (void)state;
    struct board b;
    char text[8];
    board_init(&b, soc_find("mt6765"), 1);
    assert_int_equal(board_fit_flash(&b, 0), 0);
    expect(&b, false, "preloader: no EMMC_BOOT header at boot1 0x0 (00000000 is there)");
    assert_false(bootcheck(&b, text, sizeof(text))); /* cut off, not overrun */
    assert_string_equal(text, "preload");
    assert_false(bootcheck(&b, NULL, 0));
    board_release(&b);
}

static void broken_boot1(void **state)
{
    struct board *b = *state;
    uint8_t byte;
    assert_int_equal(flash_read(b->area[BOARD_BOOT1], 0x10000, &byte, 1), 0);
    byte ^= 0x10;
    assert_int_equal(flash_write(b->area[BOARD_BOOT1], 0x10000, &byte, 1), 0);
    expect(b, false, "preloader: the SHA-256 of the image at boot1 0x800 is wrong");
    assert_int_equal(flash_write(b->area[BOARD_BOOT1], 0x820, "\xff\xff\xff\xff", 4), 0);
    expect(b, false, "preloader: FILE_INFO at boot1 0x800 claims 0xffffffff bytes");
    smash(b, BOARD_BOOT1, 0x800, 4);
    expect(b, false, "preloader: no GFH at boot1 0x800");
    smash(b, BOARD_BOOT1, 0x200, 4);
    expect(b, false, "preloader: the BRLYT block at boot1 0x200 names no boot loader");
    smash(b, BOARD_BOOT1, 0, 4);
    expect(b, false, "preloader: no EMMC_BOOT header at boot1 0x0 (00000000 is there)");
}

static void broken_boot2_does_not_matter(void **state)
{
    smash(*state, BOARD_BOOT2, 0, 4096);
    expect(*state, true, GOOD);
}

static void backup_table_stands_in(void **state)
{
    struct board *b = *state;
    char text[512];
    smash(b, BOARD_USER, 512, 512);
    expect(b, true, "preloader (boot1) -> GPT (backup) -> lk -> tee1 -> boot -> vbmeta");
    smash(b, BOARD_USER, flash_size(b->area[BOARD_USER]) - 512, 512);
    assert_false(bootcheck(b, text, sizeof(text)));
    assert_int_equal(strncmp(text, "GPT: ", 5), 0);
}

static void damaged_backup_table_does_not_matter(void **state)
{
    struct board *b = *state;
    smash(b, BOARD_USER, flash_size(b->area[BOARD_USER]) - 512, 512);
    expect(b, true, GOOD);
}

static void lk2_stands_in_for_lk(void **state)
{
    struct board *b = *state;
    uint64_t lk = partition(b, "lk").start, lk2 = partition(b, "lk2").start;
    smash_partition(b, "lk");
    expect(b, true,
           "preloader (boot1) -> GPT -> lk2 (lk: magic is 00000000 at user 0x%" PRIx64
           ") -> tee1 -> boot -> vbmeta",
           lk);
    patch32(b, lk2 + 4, 0x7fffffff);
    expect(b, false,
           "lk: magic is 00000000 at user 0x%" PRIx64 "; lk2: image lk at user 0x%" PRIx64
           " claims 0x7fffffff bytes, the partition has 0x80000",
           lk, lk2);
}

static void tee_has_two_images_and_a_spare(void **state)
{
    struct board *b = *state;
    uint64_t tee1 = partition(b, "tee1").start, tee2 = partition(b, "tee2").start;
    uint64_t second = 0x200 + 0xc1a0; /* header and payload of the first image, atf */
    patch32(b, tee1 + second, 0xdeadbeef);
    expect(b, true,
           "preloader (boot1) -> GPT -> lk -> tee2 (tee1: magic is deadbeef at user 0x%" PRIx64
           ") -> boot -> vbmeta",
           tee1 + second);
    smash(b, BOARD_USER, tee2, 4);
    expect(b, false,
           "tee1: magic is deadbeef at user 0x%" PRIx64 "; tee2: magic is 00000000 at user 0x%" PRIx64,
           tee1 + second, tee2);
}

static void broken_boot_image(void **state)
{
    struct board *b = *state;
    struct mtk_gpt_entry boot = partition(b, "boot");
    patch32(b, boot.start + 0x10, 0x10000000); /* ramdisk_size */
    char text[512];
    assert_false(bootcheck(b, text, sizeof(text)));
    assert_int_equal(strncmp(text, "boot: header at user 0x", 23), 0);
    assert_non_null(strstr(text, "the partition has 0x800000"));
    smash(b, BOARD_USER, boot.start, 8);
    expect(b, false, "boot: no ANDROID! header at user 0x%" PRIx64, boot.start);
}

static void broken_vbmeta(void **state)
{
    struct board *b = *state;
    uint64_t at = partition(b, "vbmeta").start;
    patch32(b, at + 0x78, 0x02000000); /* flags, big-endian: verification disabled */
    expect(b, true, GOOD " (verification disabled)");
    patch32(b, at + 0x78, 0x01000000);
    expect(b, true, GOOD " (hashtree disabled)");
    patch32(b, at + 0x0c, 0xffffffff);
    expect(b, false, "vbmeta: AVB0 header at user 0x%" PRIx64 " claims blocks larger than the partition", at);
    patch32(b, at + 4, 0x02000000);
    expect(b, false, "vbmeta: AVB0 header at user 0x%" PRIx64 " has version 2.0, 1.x is understood", at);
    smash(b, BOARD_USER, at, 4);
    expect(b, false, "vbmeta: no AVB0 header at user 0x%" PRIx64, at);
}

static void a_phone_without_logo_boots_dark(void **state)
{
    struct board *b = *state;
    uint64_t at = partition(b, "logo").start;
    smash_partition(b, "logo");
    expect(b, true, GOOD "; no picture (logo: magic is 00000000 at user 0x%" PRIx64 ")", at);
}

static void a_flipped_bit_in_lk_goes_unnoticed(void **state)
{
    /* Without secure boot nobody looks: this is why a flasher has to read back what it wrote. */
    struct board *b = *state;
    patch32(b, partition(b, "lk").start + 0x1000, 0x12345678);
    expect(b, true, GOOD);
}

#define PHONE_TEST(f) cmocka_unit_test_setup_teardown(f, clone_phone, drop_phone)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PHONE_TEST(factory_lays_out_the_whole_table),
        PHONE_TEST(factory_expands_the_images),
        PHONE_TEST(factory_writes_both_boot_copies),
        PHONE_TEST(unique_content_belongs_to_one_phone),
        PHONE_TEST(nvram_carries_its_checksum),
        cmocka_unit_test(factory_refuses_the_wrong_rom),
        cmocka_unit_test(mt6737_boots_without_vbmeta),
        PHONE_TEST(a_factory_new_phone_boots),
        cmocka_unit_test(a_blank_phone_does_not),
        PHONE_TEST(broken_boot1),
        PHONE_TEST(broken_boot2_does_not_matter),
        PHONE_TEST(backup_table_stands_in),
        PHONE_TEST(damaged_backup_table_does_not_matter),
        PHONE_TEST(lk2_stands_in_for_lk),
        PHONE_TEST(tee_has_two_images_and_a_spare),
        PHONE_TEST(broken_boot_image),
        PHONE_TEST(broken_vbmeta),
        PHONE_TEST(a_phone_without_logo_boots_dark),
        PHONE_TEST(a_flipped_bit_in_lk_goes_unnoticed),
    };
    return cmocka_run_group_tests_name("bootcheck", tests, fill_phone, release_phone);
}
