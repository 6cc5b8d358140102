/* SPDX-License-Identifier: Apache-2.0 */
/* The public functions over "sim:" ports: two sessions with one seed are the same bytes; the cycle that benches count. */
#include "tests/session/flash/harness.h"

/* One flash of a phone of its own, recorded; the whole recording. */
static struct mtk_blob record(const char *name, const char *only, unsigned seed)
{
    struct bench *b = bench_new(); /* for its options and its memory of events */
    char port[4500], path[4096];
    struct mtk_blob blob;
    const struct mtkflash_selection sel = {.only = only};
    snprintf(port, sizeof(port), "sim:chip=mt6765,seed=%u,rom=%s", seed, rom_dir);
    snprintf(path, sizeof(path), "%s", tmp_path(name));
    b->opt.port = port;
    b->opt.record = path;
    assert_int_equal(mtkflash_flash(&b->opt, rom_dir, &sel), 0);
    assert_int_equal(b->seen.results, 1);
    assert_null(strstr(b->seen.notes, "recording"));
    assert_int_equal(mtk_file_read(path, 512u << 20, &blob, NULL), 0);
    bench_free(b);
    return blob;
}

static void two_sessions_with_one_seed_are_the_same_bytes(void **state)
{
    (void)state;
    /* vendor is large enough for helper threads: they must not show on the wire. */
    struct mtk_blob one = record("one.pcapng", "vendor,lk", 5), two = record("two.pcapng", "vendor,lk", 5);
    struct mtk_blob other = record("other.pcapng", "vendor,lk", 6);
    assert_true(one.len > 1u << 20); /* not only the agents */
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.data, two.data, one.len);
    assert_true(other.len != one.len || memcmp(other.data, one.data, one.len) != 0);
    mtk_blob_release(&one);
    mtk_blob_release(&two);
    mtk_blob_release(&other);
}

static void a_recording_that_cannot_be_made(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    char port[4500];
    snprintf(port, sizeof(port), "sim:chip=mt6765,rom=%s", rom_dir);
    b->opt.port = port;
    b->opt.record = tmp_path("no-such-folder/x.pcapng");
    assert_int_equal(mtkflash_info(&b->opt), 1);
    assert_string_equal(b->seen.symbol, "MTK_HOST_IO");
    assert_int_equal(b->seen.results, 1);
    bench_free(b);
}

static void a_cycle(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    uint8_t image[64 << 10];
    struct mtk_cycle_args a = {.what = "cache"};
    for (size_t i = 0; i < sizeof(image); i++)
        image[i] = (uint8_t)(i * 31 + (i >> 8));
    a.file = make_file("cycle.img", image, sizeof(image));
    assert_int_equal(mtk_file_read(rom.da_path, 64u << 20, &a.da, NULL), 0);
    assert_int_equal(mtk_file_read(rom.preloader_path, 8u << 20, &a.preloader, NULL), 0);
    b->opt.rom = NULL;
    for (int i = 0; i < 3; i++) {
        run(b, mtk_job_cycle, &a);
        assert_exit(b, 0);
        assert_string_equal(b->seen.verified_list, "cache");
        mtksim_sleep(b->phone, 10 * NS_PER_S);
        assert_string_equal(mtksim_stage(b->phone), "boot"); /* it was rebooted */
        mtksim_unplug(b->phone);
        mtksim_power_cycle(b->phone);
    }
    mtk_blob_release(&a.da);
    mtk_blob_release(&a.preloader);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_sessions_with_one_seed_are_the_same_bytes),
        cmocka_unit_test(a_recording_that_cannot_be_made),
        cmocka_unit_test(a_cycle),
    };
    return cmocka_run_group_tests_name("session/record", tests, make_world, remove_world);
}
