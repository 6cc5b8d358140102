/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes wrong in the middle. Whatever happens: the exit code tells whether the flash was touched, and nothing is
 * called verified that is not on the flash.
 */
#include "tests/session/flash/cut_link.h"
#include "tests/session/flash/harness.h"

/* What must hold after every failed session. names: the partitions that were written to, separated by blanks. */
static void assert_honest(struct bench *b)
{
    char *save = NULL, list[sizeof(b->seen.verified_list)];
    strcpy(list, b->seen.verified_list);
    for (char *name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save))
        if (!partition_is_on_flash(b, name))
            fail_msg("%s is called verified and is not on the flash", name);
    uint64_t changes = mtksim_flash_changes(b->phone);
    if (b->seen.exit_code != 0 && b->seen.exit_code != 5)
        assert_int_equal(changes, 0);
    if (changes && !b->seen.ok)
        assert_exit(b, 5);
    assert_string_equal(b->seen.phone,
                        b->seen.exit_code == 0 || b->seen.exit_code == 5 ? "changed" : "unchanged");
}

/* Where the phone ends up: an agent that is told to finish leaves the bus a moment later. */
static const char *stage_in_the_end(struct bench *b)
{
    mtksim_sleep(b->phone, NS_PER_S);
    return mtksim_stage(b->phone);
}

/* ---- the cable ---- */

static struct bench *cut_session(struct bench *b, struct cut_link *cut, uint64_t after)
{
    cut_link_init(cut, b->link, b->phone, after);
    struct mtk_link *link = b->link;
    b->link = &cut->base;
    run_flash(b, rom_dir, "vbmeta,spmfw");
    b->link = link;
    return b;
}

static void the_cable_is_pulled_anywhere(void **state)
{
    (void)state;
    struct cut_link cut;
    unsigned early = 0, late = 0;
    struct bench *b = cut_session(bench_new(), &cut, UINT64_MAX);
    assert_exit(b, 0);
    const uint64_t total = cut.moved;
    bench_free(b);
    /* Where the agents are uploaded a byte is like another; the rest is looked at more closely. */
    for (uint64_t at = 0; at < total; at += at < total - total / 4 ? total / 25 : total / 120) {
        b = cut_session(bench_new(), &cut, at);
        assert_true(b->seen.exit_code == 1 || b->seen.exit_code == 5 || b->seen.exit_code == 3 || b->seen.ok);
        assert_honest(b);
        if (b->seen.exit_code == 5) {
            late++;
            assert_true(b->seen.unknown_list[0] || b->seen.verified_list[0]);
        } else if (!b->seen.ok) { /* once all is proven, a phone that goes is no failure */
            early++;
            assert_string_equal(b->seen.verified_list, "");
        }
        bench_free(b);
    }
    assert_true(early > 15 && late > 10);
}

static void the_cable_is_pulled_while_the_phone_speaks(void **state)
{
    (void)state;
    for (unsigned offset = 0; offset < 3000; offset += 197) {
        char fault[64];
        snprintf(fault, sizeof(fault), "drop:tx,offset=%u", offset);
        struct bench *b = bench_new_with(&(struct mtksim_config){.fault = fault}, TABLE_ONLY);
        run_flash(b, rom_dir, "vbmeta");
        assert_honest(b);
        bench_free(b);
    }
}

static void silence_and_lost_bytes(void **state)
{
    (void)state;
    static const char *const faults[] = {"silence:da2,name=DOWNLOAD",    "silence:da2,name=READ_DATA,nth=3",
                                         "nak:da2,name=DOWNLOAD",        "short:tx,offset=900",
                                         "flip:tx,offset=700,mask=0x80", "flip:rx,offset=200000"};
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct bench *b = bench_new_with(&(struct mtksim_config){.fault = faults[i]}, TABLE_ONLY);
        run_flash(b, rom_dir, "vbmeta");
        assert_honest(b);
        assert_int_not_equal(b->seen.exit_code, 0);
        bench_free(b);
    }
}

/* ---- the storage ---- */

static void storage_that_fails_or_lies(void **state)
{
    (void)state;
    static const char *const faults[] = {"ignore:flash-write,area=user", "fail:flash-write,area=user",
                                         "flip:flash-write,area=user,at=100,bit=3",
                                         "short:flash-write,at=512"};
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct bench *b = bench_new_with(&(struct mtksim_config){.fault = faults[i]}, TABLE_ONLY);
        scribble(b, "logo", 0x5A, 8192);
        scribble(b, "lk", 0x5A, 8192);
        run_flash(b, rom_dir, "logo,lk");
        assert_honest(b);
        assert_exit(b, 5);
        assert_string_equal(b->seen.unknown_list,
                            strncmp(b->seen.verified_list, "logo", 4) == 0 ? "lk" : "logo");
        bench_free(b);
    }
}

static void a_media_error_while_reading_back(void **state)
{
    (void)state;
    uint64_t start, size;
    char fault[64];
    place_of("lk", &start, &size);
    snprintf(fault, sizeof(fault), "fail:flash-read,from=%llu,len=512", (unsigned long long)start + 0x10000);
    struct bench *b = bench_new_with(&(struct mtksim_config){.fault = fault}, TABLE_ONLY);
    run_flash(b, rom_dir, "logo,lk");
    assert_honest(b);
    assert_exit(b, 5);
    assert_string_equal(b->seen.verified_list, "logo");
    assert_string_equal(b->seen.unknown_list, "lk");
    bench_free(b);
}

/* ---- what changes between write and read-back ---- */

/* Calls `act` when the verify step of a partition begins. */
struct meddler {
    struct bench *b;
    struct mtk_sink inner;
    const char *action, *partition;
    void (*act)(struct bench *b);
    bool done;
};

static void meddle(void *ctx, const struct mtk_event *ev)
{
    struct meddler *m = ctx;
    m->inner.fn(m->inner.ctx, ev);
    if (m->done || ev->kind != MTK_EVENT_STEP || strcmp(ev->u.step.action, m->action) != 0 ||
        strcmp(ev->u.step.partition, m->partition) != 0)
        return;
    m->done = true;
    m->act(m->b);
}

static void flash_with_meddler(struct bench *b, const char *only, const char *action, const char *partition,
                               void (*act)(struct bench *b))
{
    struct meddler m = {.b = b, .inner = b->opt.sink, .action = action, .partition = partition, .act = act};
    b->opt.sink = (struct mtk_sink){.fn = meddle, .ctx = &m};
    run_flash(b, rom_dir, only);
    b->opt.sink = m.inner;
    assert_true(m.done);
}

static void change(struct bench *b, const char *partition, uint64_t offset, const void *data, size_t len)
{
    uint64_t start, size;
    place_of(partition, &start, &size);
    assert_int_equal(mtksim_flash_write(b->phone, "user", start + offset, data, len), 0);
}

static void flip_a_bit(struct bench *b)
{
    uint64_t start, size;
    uint8_t byte;
    place_of("boot", &start, &size);
    mtksim_flash_read(b->phone, "user", start + 0x345678, &byte, 1);
    byte ^= 0x01;
    change(b, "boot", 0x345678, &byte, 1);
}

static void spoil_a_sector(struct bench *b)
{
    uint8_t junk[512];
    memset(junk, 0xEE, sizeof(junk));
    change(b, "boot", 0x20000, junk, sizeof(junk));
}

static void zero_a_stretch(struct bench *b)
{
    static const uint8_t zeros[65536];
    change(b, "boot", 0x30000, zeros, sizeof(zeros));
}

/* What was there before: 5A, see old_content_is_recognised. */
static void restore_old(struct bench *b)
{
    static uint8_t old[1 << 20];
    memset(old, 0x5A, sizeof(old));
    change(b, "boot", 0, old, sizeof(old));
}

static void spoil_two_places(struct bench *b)
{
    change(b, "boot", 0x1000, "\xEE\xDD", 2);
    change(b, "boot", 0x400001, "\xEE\xDD", 2);
}

static void what_a_difference_looks_like(void **state)
{
    (void)state;
    static const struct {
        void (*act)(struct bench *b);
        uint64_t first;
        const char *pattern;
    } cases[] = {
        {flip_a_bit, 0x345678, "one bit"},       {spoil_a_sector, 0x20000, "one sector"},
        {zero_a_stretch, 0x30000, "all zero"},   {restore_old, 0, "old content"},
        {spoil_two_places, 0x1000, "scattered"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench *b = bench_new();
        scribble(b, "boot", 0x5A, 1 << 20);
        flash_with_meddler(b, "lk,boot", "verify", "boot", cases[i].act);
        assert_exit(b, 5);
        assert_string_equal(b->seen.symbol, "MTK_VERIFY_MISMATCH");
        assert_string_equal(b->seen.mismatch_name, "boot");
        assert_string_equal(b->seen.mismatch_pattern, cases[i].pattern);
        assert_in_range(b->seen.mismatch.first_offset, cases[i].first, cases[i].first + 16);
        assert_memory_equal(b->seen.expected, b->seen.mismatch.expected, b->seen.mismatch.n);
        assert_string_equal(b->seen.verified_list, "lk");
        assert_string_equal(b->seen.unknown_list, "boot");
        assert_honest(b);
        bench_free(b);
    }
}

static char changing_file[4096];

static void change_the_file(struct bench *b)
{
    (void)b;
    FILE *f = fopen(changing_file, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, 5000, SEEK_SET), 0);
    assert_int_equal(fputc(0x77, f), 0x77);
    fclose(f);
}

/* A plain image of n bytes that is written to cache, and changes between sending and comparing. */
static void a_file_that_changes_in_the_middle(void **state)
{
    (void)state;
    for (size_t n = 8192; n <= 4u << 20; n *= 512) { /* once in place and once by threads */
        struct bench *b = bench_new();
        uint8_t *data = calloc(1, n);
        assert_non_null(data);
        snprintf(changing_file, sizeof(changing_file), "%s", make_file("changing", data, n));
        free(data);
        struct meddler m = {
            .b = b, .inner = b->opt.sink, .action = "verify", .partition = "cache", .act = change_the_file};
        b->opt.sink = (struct mtk_sink){.fn = meddle, .ctx = &m};
        run_write(b, "cache", changing_file);
        assert_true(m.done);
        assert_exit(b, 5);
        assert_string_equal(b->seen.symbol, "MTK_IMAGE_INVALID");
        assert_non_null(strstr(b->seen.what, "changed while it was being flashed"));
        assert_int_equal(b->seen.n_verified, 0);
        bench_free(b);
    }
}

static void cut_the_file(struct bench *b)
{
    (void)b;
    FILE *f = fopen(changing_file, "wb");
    assert_non_null(f);
    fclose(f);
}

static void a_file_that_shrinks_in_the_middle(void **state)
{
    (void)state;
    for (size_t n = 8192; n <= 4u << 20; n *= 512) {
        static const char *const steps[] = {"write", "verify"};
        for (int i = 0; i < 2; i++) {
            struct bench *b = bench_new();
            uint8_t *data = calloc(1, n);
            assert_non_null(data);
            snprintf(changing_file, sizeof(changing_file), "%s", make_file("shrinking", data, n));
            free(data);
            struct meddler m = {
                .b = b, .inner = b->opt.sink, .action = steps[i], .partition = "cache", .act = cut_the_file};
            b->opt.sink = (struct mtk_sink){.fn = meddle, .ctx = &m};
            run_write(b, "cache", changing_file);
            assert_exit(b, i == 0 ? 6 : 5); /* at first nothing had gone out yet */
            assert_honest(b);
            assert_string_equal(b->seen.symbol, "MTK_FILE_UNREADABLE");
            assert_int_equal(b->seen.n_verified, 0);
            /* The agent was told to finish all the same. */
            assert_string_equal(stage_in_the_end(b), "off");
            bench_free(b);
        }
    }
}

/* ---- the user ---- */

struct patience {
    unsigned asked, limit;
};

static bool is_enough(void *ctx)
{
    struct patience *p = ctx;
    return ++p->asked > p->limit;
}

static void cancelled_anywhere(void **state)
{
    (void)state;
    struct patience p = {.limit = UINT32_MAX};
    struct bench *b = bench_new();
    b->opt.cancelled = is_enough;
    b->opt.cancelled_ctx = &p;
    run_flash(b, rom_dir, "vbmeta,vendor");
    assert_exit(b, 0);
    const unsigned all = p.asked;
    assert_true(all > 10);
    bench_free(b);
    unsigned early = 0, late = 0;
    for (unsigned limit = 0; limit < all; limit += 1 + all / 40) {
        b = bench_new();
        p = (struct patience){.limit = limit};
        b->opt.cancelled = is_enough;
        b->opt.cancelled_ctx = &p;
        run_flash(b, rom_dir, "vbmeta,vendor");
        if (!b->seen.ok) {
            assert_string_equal(b->seen.symbol, "MTK_CANCELLED");
            assert_honest(b);
            /* The phone is not left hanging in its agent: it was told to end, or no agent had been started. */
            assert_string_not_equal(stage_in_the_end(b), "da2");
            *(b->seen.exit_code == 5 ? &late : &early) += 1;
        }
        bench_free(b);
    }
    assert_true(early > 0 && late > 0);
}

static void cancelling_a_write_says_what_is_where(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    struct patience p = {.limit = UINT32_MAX};
    b->opt.cancelled = is_enough;
    b->opt.cancelled_ctx = &p;
    run_flash(b, rom_dir, "logo,vbmeta,boot");
    assert_exit(b, 0);
    unsigned all = p.asked;
    bench_free(b);
    b = bench_new();
    b->opt.cancelled = is_enough;
    b->opt.cancelled_ctx = &p;
    p = (struct patience){.limit = all - 6}; /* while boot is written or read back */
    run_flash(b, rom_dir, "logo,vbmeta,boot");
    assert_exit(b, 5);
    assert_string_equal(b->seen.verified_list, "logo,vbmeta");
    assert_string_equal(b->seen.unknown_list, "boot");
    assert_non_null(strstr(b->seen.notes, "not proven, content unknown: boot"));
    assert_non_null(strstr(b->seen.notes, "proven: logo,vbmeta"));
    bench_free(b);
}

/* ---- agents that say no ---- */

static void an_agent_that_forbids_the_write(void **state)
{
    (void)state;
    /* Refused before a byte of data went out: the phone is as it was, and it is a matter of authority. */
    struct bench *b =
        bench_new_with(&(struct mtksim_config){.fault = "status:da2,name=DOWNLOAD,nth=1,value=0xC0020004",
                                               .storage_size = 2u << 30},
                       false);
    run_flash(b, rom_dir, "logo,lk");
    assert_refused(b, 7, "STATUS_SEC_DL_FORBIDDEN");
    assert_string_equal(b->seen.untouched_list, "logo,lk");
    bench_free(b);
}

/* The word and the parameters may be refused: nothing is erased then. Storage that fails is another matter. */
static void an_agent_that_forbids_the_erase(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        int code;
        const char *symbol;
    } cases[] = {
        {"status:da2,name=FORMAT,nth=1,value=0xC002000D", 7, "STATUS_SEC_FORMAT_NOT_ALLOWED"},
        {"status:da2,name=FORMAT,nth=2,value=0xC002000D", 7, "STATUS_SEC_FORMAT_NOT_ALLOWED"},
        {"fail:flash-erase", 5, "STATUS_MMC_ERR"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench *b = bench_new_with(&(struct mtksim_config){.fault = cases[i].fault}, TABLE_ONLY);
        run(b, mtk_job_erase, &(struct mtk_file_args){.what = "cache"});
        assert_exit(b, cases[i].code);
        assert_string_equal(b->seen.symbol, cases[i].symbol);
        assert_string_equal(cases[i].code == 5 ? b->seen.unknown_list : b->seen.untouched_list, "cache");
        assert_honest(b);
        bench_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cable_is_pulled_anywhere),
        cmocka_unit_test(the_cable_is_pulled_while_the_phone_speaks),
        cmocka_unit_test(silence_and_lost_bytes),
        cmocka_unit_test(storage_that_fails_or_lies),
        cmocka_unit_test(a_media_error_while_reading_back),
        cmocka_unit_test(what_a_difference_looks_like),
        cmocka_unit_test(a_file_that_changes_in_the_middle),
        cmocka_unit_test(a_file_that_shrinks_in_the_middle),
        cmocka_unit_test(cancelled_anywhere),
        cmocka_unit_test(cancelling_a_write_says_what_is_where),
        cmocka_unit_test(an_agent_that_forbids_the_write),
        cmocka_unit_test(an_agent_that_forbids_the_erase),
    };
    return cmocka_run_group_tests_name("session/faults", tests, make_world, remove_world);
}
