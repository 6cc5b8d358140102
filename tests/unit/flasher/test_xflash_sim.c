/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The XFlash speaker against the simulated phone, whose firmware was written on its own from the same specification:
 * upload, DRAM, both stages, and every op, with the phone's flash looked at from behind.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/prng.h"
#include "flasher/agent/start.h"
#include "formats/da.h"
#include "formats/file.h"
#include "formats/rom.h"
#include "mtksim.h"
#include "protocol/error_index.h"
#include "protocol/xflash.h"

#define MIB (1u << 20)
/* A free place in every layout: nothing of the ROM is that far up. */
#define SCRATCH UINT64_C(0x40000000)

static char rom_dir[4096];
static struct mtk_blob da, preloader;

struct fixture {
    struct mtksim *phone;
    struct mtk_link *link;
    struct mtk_start_options opt;
    struct mtk_phone_id id;
    struct mtk_agent *a;
    struct mtk_error err;
    char chosen[128];
};

static void open_fixture(struct fixture *f, enum mtksim_boot boot, const char *const *settings)
{
    char why[256] = "";
    const struct mtksim_config cfg = {
        .chip = "mt6765", .boot = boot, .rom_dir = rom_dir, .seed = 1, .settings = settings};
    memset(f, 0, sizeof(*f));
    f->phone = mtksim_new(&cfg, why, sizeof(why));
    if (!f->phone)
        fail_msg("%s", why);
    mtksim_plug(f->phone);
    f->link = mtk_link_sim(f->phone);
    assert_non_null(f->link);
    f->opt.da = da.data;
    f->opt.da_len = da.len;
    f->opt.da_name = "DA";
    f->opt.preloader = preloader.data;
    f->opt.preloader_len = preloader.len;
    f->opt.checksum_level = XF_CHECKSUM_USB | XF_CHECKSUM_STORAGE;
    if (mtk_boot_connect(f->link, &f->opt.boot, &f->id, &f->err) < 0)
        fail_msg("connect: %s", f->err.what);
}

static int start(struct fixture *f)
{
    return mtk_agent_start(f->link, &f->opt, &f->id, f->chosen, sizeof(f->chosen), &f->a, &f->err);
}

static void must_start(struct fixture *f)
{
    if (start(f) < 0)
        fail_msg("%s %s: %s", f->err.stage, f->err.command, f->err.what);
}

static void close_fixture(struct fixture *f)
{
    if (f->a)
        f->a->ops->destroy(f->a);
    mtk_link_free(f->link);
    mtksim_free(f->phone);
}

/* ---- bytes in and out of memory ---- */

struct buffer {
    uint8_t *data;
    size_t len, at, piece;
};

static ssize_t give(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err)
{
    struct buffer *b = ctx;
    (void)err;
    size_t n = b->piece && b->piece < want ? b->piece : want;
    *data = b->data + b->at;
    b->at += n;
    return (ssize_t)n;
}

static uint8_t *room(void *ctx, size_t want, size_t *room_len, struct mtk_error *err)
{
    struct buffer *b = ctx;
    (void)err;
    assert_true(want <= b->len - b->at);
    *room_len = want;
    return b->data + b->at;
}

static int taken(void *ctx, size_t len, struct mtk_error *err)
{
    (void)err;
    ((struct buffer *)ctx)->at += len;
    return 0;
}

static struct buffer random_bytes(size_t len, uint64_t seed)
{
    struct buffer b = {.data = malloc(len), .len = len};
    struct prng p = prng_init(seed);
    assert_non_null(b.data);
    prng_bytes(&p, b.data, len);
    return b;
}

/* Writes, then reads through the agent and behind its back: three times the same bytes. */
static void write_and_prove(struct fixture *f, const char *area, uint64_t addr, size_t len, size_t piece)
{
    struct buffer in = random_bytes(len, addr + len), back = {.data = malloc(len), .len = len};
    uint8_t *flash = malloc(len);
    assert_true(back.data && flash);
    in.piece = piece;
    const struct mtk_source from = {.next = give, .ctx = &in};
    const struct mtk_drain to = {.buffer = room, .commit = taken, .ctx = &back};
    if (f->a->ops->write(f->a, area, addr, len, &from, &f->err) < 0 ||
        f->a->ops->read(f->a, area, addr, len, &to, &f->err) < 0)
        fail_msg("%s: %s", f->err.command, f->err.what);
    assert_int_equal(back.at, len);
    assert_memory_equal(back.data, in.data, len);
    assert_int_equal(mtksim_flash_read(f->phone, area, addr, flash, len), 0);
    assert_memory_equal(flash, in.data, len);
    free(flash);
    free(in.data);
    free(back.data);
}

static void whole_session(struct fixture *f, const char *connection)
{
    struct mtk_agent_info info;
    must_start(f);
    assert_string_equal(mtksim_stage(f->phone), "da2");
    f->a->ops->info(f->a, &info);
    assert_string_equal(info.connection, connection);
    assert_string_equal(info.storage, "emmc");
    assert_true(info.gpt);
    assert_true(info.dram_size > 0);
    for (size_t i = 0; i < info.n_areas; i++)
        assert_int_equal(info.areas[i].size, mtksim_flash_size(f->phone, info.areas[i].name));
    write_and_prove(f, "user", SCRATCH, 64 * 1024, 0);
    write_and_prove(f, "user", SCRATCH + 512, 5 * MIB + 512, 0);
    write_and_prove(f, "user", SCRATCH, 100 * 512, 1000);
    write_and_prove(f, "boot1", 0x1000, 4096, 0);
    write_and_prove(f, "boot2", 0, 4096, 512);
    assert_int_equal(f->a->ops->reboot(f->a, "system", &f->err), 0);
}

static void from_brom(void **state)
{
    (void)state;
    for (uint32_t os = 0; os < 2; os++) {
        struct fixture f;
        struct mtk_agent_info info;
        open_fixture(&f, MTKSIM_BOOT_BROM, NULL);
        f.opt.system_os = os;
        assert_true(f.id.brom);
        whole_session(&f, "brom");
        f.a->ops->info(f.a, &info);
        assert_int_equal(info.max_read, os ? 0x10000 : 0x200000);
        assert_int_equal(info.max_write, 0x200000);
        close_fixture(&f);
    }
}

static void from_preloader(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, MTKSIM_BOOT_PRELOADER, NULL);
    assert_false(f.id.brom);
    f.opt.preloader = NULL;
    whole_session(&f, "preloader");
    close_fixture(&f);
}

/* The agent may leave the bus for high speed; its state and its loop are kept [10]. */
static void changes_its_speed(void **state)
{
    (void)state;
    struct fixture f;
    struct mtk_agent_info info;
    struct mtksim_usb_id before, after;
    open_fixture(&f, MTKSIM_BOOT_BROM, NULL);
    assert_int_equal(mtksim_identity(f.phone, &before), 0);
    f.opt.switch_usb_speed = true;
    must_start(&f);
    f.a->ops->info(f.a, &info);
    assert_string_equal(info.usb_speed, "high-speed");
    assert_int_equal(mtksim_identity(f.phone, &after), 0);
    assert_int_equal(after.pid, 0x2001);
    assert_int_equal(after.generation, before.generation + 1);
    write_and_prove(&f, "user", SCRATCH, 64 * 1024, 0);
    close_fixture(&f);
}

static void erases(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t byte = 0x11;
    open_fixture(&f, MTKSIM_BOOT_BROM, NULL);
    must_start(&f);
    write_and_prove(&f, "user", SCRATCH, MIB, 0);
    assert_int_equal(f.a->ops->erase(f.a, "user", SCRATCH, MIB, &f.err), 0);
    for (uint64_t at = 0; at < MIB; at += 4096) {
        uint8_t got = 1;
        assert_int_equal(mtksim_flash_read(f.phone, "user", SCRATCH + at, &got, 1), 0);
        byte = at ? byte : got;
        assert_int_equal(got, byte);
        assert_true(got == 0 || got == 0xFF);
    }
    write_and_prove(&f, "user", SCRATCH, 4096, 0); /* the loop lives on */
    close_fixture(&f);
}

/* A name that the phone's table does not have is refused after its length, and the session goes on. */
static void refuses_an_unknown_name(void **state)
{
    (void)state;
    struct fixture f;
    struct buffer in = random_bytes(4096, 7);
    const struct mtk_source from = {.next = give, .ctx = &in};
    open_fixture(&f, MTKSIM_BOOT_BROM, NULL);
    must_start(&f);
    assert_int_equal(f.a->ops->write_named(f.a, "nothere", 4096, &from, &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_STATUS_PARTITON_NOT_FOUND));
    assert_int_equal(in.at, 0);
    assert_true(f.a->usable);
    write_and_prove(&f, "user", SCRATCH, 4096, 0);
    close_fixture(&f);
    free(in.data);
}

/* An image far larger than its partition: refused after one word, no data sent, the session goes on [8.3]. */
static void refuses_a_large_image(void **state)
{
    (void)state;
    struct fixture f;
    struct buffer in = random_bytes(2 * MIB, 8);
    const struct mtk_source from = {.next = give, .ctx = &in};
    open_fixture(&f, MTKSIM_BOOT_BROM, NULL);
    must_start(&f);
    uint64_t before = mtksim_flash_changes(f.phone);
    assert_int_equal(f.a->ops->write_named(f.a, "boot", UINT64_C(1) << 40, &from, &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_STATUS_TOO_LARGE));
    assert_true(f.a->usable);
    assert_int_equal(mtksim_flash_changes(f.phone), before);
    write_and_prove(&f, "user", SCRATCH, 4096, 0);
    close_fixture(&f);
    free(in.data);
}

static void downloads_by_name(void **state)
{
    (void)state;
    struct fixture f;
    struct buffer in = random_bytes(3 * MIB, 9);
    const struct mtk_source from = {.next = give, .ctx = &in};
    open_fixture(&f, MTKSIM_BOOT_BROM, NULL);
    must_start(&f);
    uint64_t before = mtksim_flash_changes(f.phone);
    if (f.a->ops->write_named(f.a, "boot", in.len, &from, &f.err) < 0)
        fail_msg("%s: %s", f.err.command, f.err.what);
    assert_int_equal(in.at, in.len);
    assert_true(mtksim_flash_changes(f.phone) > before);
    close_fixture(&f);
    free(in.data);
}

/* One flipped bit in stage 2: the phone's own hash check refuses it [6]. */
static void a_changed_stage2_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct mtk_da parsed;
    const struct mtk_da_region *s1, *s2;
    uint8_t *copy = malloc(da.len);
    assert_non_null(copy);
    memcpy(copy, da.data, da.len);
    open_fixture(&f, MTKSIM_BOOT_BROM, NULL);
    assert_int_equal(mtk_da_parse(copy, da.len, "DA", &parsed, NULL), 0);
    const struct mtk_da_entry *e = mtk_da_choose(&parsed, 0x6765, f.id.hw_version, f.id.sw_version);
    assert_non_null(e);
    assert_int_equal(mtk_da_stages(&parsed, e, &s1, &s2, NULL), 0);
    copy[s2->offset + (s2->len - s2->sig_len) / 2] ^= 1;
    mtk_da_release(&parsed);
    f.opt.da = copy;
    assert_int_equal(start(&f), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_STATUS_DA_HASH_MISMATCH));
    close_fixture(&f);
    free(copy);
}

/* A cable that is pulled in the middle is a phone that has left, whatever was going on. */
static void pull(void *ctx, uint64_t done)
{
    (void)done;
    mtksim_unplug(ctx);
}

static void notices_a_pulled_cable(void **state)
{
    (void)state;
    struct fixture f;
    struct buffer in = random_bytes(8 * MIB, 10);
    const struct mtk_source from = {.next = give, .ctx = &in};
    open_fixture(&f, MTKSIM_BOOT_BROM, NULL);
    must_start(&f);
    f.a->progress = pull;
    f.a->progress_ctx = f.phone;
    assert_int_equal(f.a->ops->write(f.a, "user", SCRATCH, in.len, &from, &f.err), -1);
    assert_int_equal(f.err.evidence, MTK_EV_LEFT_BUS);
    assert_true(f.err.acked > 0 && f.err.acked < in.len);
    assert_false(f.a->usable);
    close_fixture(&f);
    free(in.data);
}

/* Ended by the user in the middle of a write and of a read: the agent is told and can be used on. */
static bool after_some(void *ctx)
{
    return ++*(unsigned *)ctx > 3;
}

static void may_be_cancelled(void **state)
{
    (void)state;
    struct fixture f;
    unsigned asked = 0;
    struct buffer in = random_bytes(8 * MIB, 11);
    const struct mtk_source from = {.next = give, .ctx = &in};
    const struct mtk_drain to = {.buffer = room, .commit = taken, .ctx = &in};
    open_fixture(&f, MTKSIM_BOOT_BROM, NULL);
    must_start(&f);
    f.a->cancelled = after_some;
    f.a->cancelled_ctx = &asked;
    assert_int_equal(f.a->ops->write(f.a, "user", SCRATCH, in.len, &from, &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_CANCELLED));
    assert_true(f.a->usable);
    in.at = 0;
    asked = 0;
    assert_int_equal(f.a->ops->read(f.a, "user", SCRATCH, in.len, &to, &f.err), -1);
    assert_true(mtk_error_is(&f.err, MTK_E_MTK_CANCELLED));
    assert_true(f.a->usable);
    f.a->cancelled = NULL;
    write_and_prove(&f, "user", SCRATCH, 4096, 0);
    close_fixture(&f);
    free(in.data);
}

/* ---- the ROM that all of them use ---- */

static int make_rom(void **state)
{
    (void)state;
    char why[256] = "";
    struct mtk_rom rom;
    struct mtk_error err = {0};
    const char *tmp = getenv("TMPDIR");
    const struct mtksim_rom_options opt = {.chip = "mt6765", .seed = 1};
    snprintf(rom_dir, sizeof(rom_dir), "%s/xflash-sim-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(rom_dir))
        return -1;
    if (mtksim_make_rom(rom_dir, &opt, why, sizeof(why)) < 0 || mtk_rom_open(rom_dir, &rom, &err) < 0) {
        print_error("make_rom: %s%s\n", why, err.what);
        return -1;
    }
    int r = mtk_file_read(rom.da_path, MTK_DA_MAX_BYTES, &da, &err);
    if (r == 0)
        r = mtk_file_read(rom.preloader_path, 8 * MIB, &preloader, &err);
    mtk_rom_release(&rom);
    if (r < 0)
        print_error("%s: %s\n", err.file, err.what);
    return r;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int remove_rom(void **state)
{
    (void)state;
    mtk_blob_release(&da);
    mtk_blob_release(&preloader);
    return nftw(rom_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_brom),
        cmocka_unit_test(from_preloader),
        cmocka_unit_test(changes_its_speed),
        cmocka_unit_test(erases),
        cmocka_unit_test(refuses_an_unknown_name),
        cmocka_unit_test(refuses_a_large_image),
        cmocka_unit_test(downloads_by_name),
        cmocka_unit_test(a_changed_stage2_is_refused),
        cmocka_unit_test(notices_a_pulled_cable),
        cmocka_unit_test(may_be_cancelled),
    };
    return cmocka_run_group_tests(tests, make_rom, remove_rom);
}
