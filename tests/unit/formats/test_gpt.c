/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/formats/harness.h"

#include "base/hash.h"
#include "formats/gpt.h"
#include "formats/scatter.h"

/* User area of the worked example in formats.md 4.6: 0xE90000 sectors. */
#define EXAMPLE_SIZE UINT64_C(0x1D2000000)

/* A disk of which only the first and the last blocks exist. */
struct disk {
    uint64_t size;
    uint8_t *head, *tail;
    size_t head_len, tail_len;
    unsigned reads;
    bool broken;
};

static int disk_read(void *ctx, uint64_t offset, void *buf, size_t len, struct mtk_error *err)
{
    struct disk *d = ctx;
    d->reads++;
    if (d->broken)
        return mtk_fail(err, MTK_E_MTK_LINK_LOST, MTK_EV_LEFT_BUS, "gone");
    assert_true(range_fits(offset, len, d->size));
    memset(buf, 0, len);
    for (size_t i = 0; i < len; i++) {
        uint64_t at = offset + i;
        if (at < d->head_len)
            ((uint8_t *)buf)[i] = d->head[at];
        else if (at >= d->size - d->tail_len)
            ((uint8_t *)buf)[i] = d->tail[at - (d->size - d->tail_len)];
    }
    return 0;
}

static struct mtk_gpt_entry example_rows[] = {
    {"proinfo", 0x80000, 0x300000, 0},
    {"nvram", 0x380000, 0x500000, 4},
    {"userdata", 0xC6000000, 0x60000000, 0},
};

static void make_disk(struct disk *d, uint64_t size, uint32_t block)
{
    struct mtk_gpt g = {
        .block_size = block, .disk_size = size, .entries = example_rows, .n_entries = COUNT(example_rows)};
    *d = (struct disk){.size = size};
    struct mtk_error err = {0};
    assert_int_equal(mtk_gpt_write(&g, 7, &d->head, &d->head_len, &d->tail, &d->tail_len, &err), 0);
}

static void free_disk(struct disk *d)
{
    free(d->head);
    free(d->tail);
}

/* Recomputes the checksums of the copy whose header is at h and whose 128 entries are at e. */
static void reseal(uint8_t *h, const uint8_t *e)
{
    put_le32(h + 0x58, crc32_buf(0, e, 0x4000));
    put_le32(h + 0x10, 0);
    put_le32(h + 0x10, crc32_buf(0, h, 0x5C));
}

static void worked_example(void **state)
{
    (void)state;
    static const uint8_t expected[0x38] = {
        0x45, 0x46, 0x49, 0x20, 0x50, 0x41, 0x52, 0x54, 0x00, 0x00, 0x01, 0x00, 0x5c, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xe8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x22, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xde, 0xff, 0xe8, 0x00, 0x00, 0x00, 0x00, 0x00};
    static const uint8_t entries[] = {2, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0};
    static const uint8_t basic_data[] = {0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44,
                                         0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7};
    struct disk d;
    make_disk(&d, EXAMPLE_SIZE, 512);
    assert_int_equal(d.head_len, 34 * 512);
    assert_int_equal(d.tail_len, 33 * 512);
    uint8_t header[0x5C];
    memcpy(header, d.head + 512, sizeof(header));
    put_le32(header + 0x10, 0);
    assert_int_equal(get_le32(d.head + 512 + 0x10), crc32_buf(0, header, sizeof(header)));
    assert_memory_equal(header, expected, sizeof(expected));
    assert_memory_equal(header + 0x48, entries, sizeof(entries));
    assert_int_equal(get_le32(header + 0x58), crc32_buf(0, d.head + 1024, 0x4000));
    /* proinfo: sectors 0x400 to 0x1BFF, name in UTF-16LE */
    const uint8_t *e = d.head + 1024;
    assert_memory_equal(e, basic_data, 16);
    assert_int_equal(get_le64(e + 0x20), 0x400);
    assert_int_equal(get_le64(e + 0x28), 0x1BFF);
    assert_memory_equal(e + 0x38, "p\0r\0o\0i\0n\0f\0o\0\0", 16);
    /* protective MBR */
    assert_int_equal(d.head[0x1C2], 0xEE);
    assert_int_equal(get_le32(d.head + 0x1CA), 0xE8FFFF);
    assert_int_equal(get_le16(d.head + 0x1FE), 0xAA55);
    /* the backup's header is the last block and mirrors the addresses */
    const uint8_t *b = d.tail + 32 * 512;
    assert_int_equal(get_le64(b + 0x18), 0xE8FFFF);
    assert_int_equal(get_le64(b + 0x20), 1);
    assert_int_equal(get_le64(b + 0x48), 0xE8FFFF - 32);
    assert_memory_equal(d.tail, d.head + 1024, 0x4000);
    free_disk(&d);
}

/* formats.md 3.1.1: a record of a scatter file, and the sectors that its partition has. */
static void record_to_sectors(void **state)
{
    (void)state;
    static const char text[] =
        "- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: V1.1.2\n      platform: MT6765\n"
        "      project: p\n      storage: EMMC\n      boot_channel: MSDC_0\n      block_size: 0x20000\n"
        "- partition_index: SYS0\n  partition_name: lk\n  file_name: lk.img\n  is_download: true\n"
        "  type: NORMAL_ROM\n  linear_start_addr: 0x1c80000\n  physical_start_addr: 0x1c80000\n"
        "  partition_size: 0x100000\n  region: EMMC_USER\n  storage: HW_STORAGE_EMMC\n  boundary_check: "
        "true\n"
        "  is_reserved: false\n  operation_type: UPDATE\n  reserve: 0x00\n";
    struct mtk_scatter s;
    struct mtk_error err = {0};
    struct mtk_gpt_entry lk = {.name = "lk"};
    struct mtk_gpt g = {.block_size = 512, .disk_size = EXAMPLE_SIZE, .entries = &lk, .n_entries = 1};
    uint8_t *head, *tail;
    size_t head_len, tail_len;
    int rc = mtk_scatter_parse(text, strlen(text), "text", NULL, &s, &err);
    assert_string_equal(err.what, "");
    assert_int_equal(rc, 0);
    assert_string_equal(mtk_region_area(s.rows[0].region), "user");
    assert_int_equal(mtk_scatter_resolve(&s, &s.rows[0], EXAMPLE_SIZE, &lk.start, &lk.size, &err), 0);
    assert_int_equal(lk.size / 512, 0x800);
    assert_int_equal(mtk_gpt_write(&g, 7, &head, &head_len, &tail, &tail_len, &err), 0);
    assert_int_equal(get_le64(head + 1024 + 0x20), 0xE400);
    assert_int_equal(get_le64(head + 1024 + 0x28), 0xEBFF);
    free(head);
    free(tail);
    mtk_scatter_release(&s);
}

static void round_trip_of(uint64_t size, uint32_t block)
{
    struct disk d;
    struct mtk_gpt g;
    struct mtk_error err = {0};
    make_disk(&d, size, block);
    assert_int_equal(mtk_gpt_read(disk_read, &d, size, block, &g, &err), 0);
    assert_false(g.from_backup);
    assert_int_equal(g.n_entries, COUNT(example_rows));
    for (size_t i = 0; i < COUNT(example_rows); i++)
        assert_memory_equal(&g.entries[i], &example_rows[i], sizeof(example_rows[i]));
    assert_ptr_equal(mtk_gpt_find(&g, "nvram"), &g.entries[1]);
    assert_null(mtk_gpt_find(&g, "nvra"));
    mtk_gpt_release(&g);
    free_disk(&d);
}

static void round_trips(void **state)
{
    (void)state;
    round_trip_of(EXAMPLE_SIZE, 512);
    round_trip_of(EXAMPLE_SIZE, 4096);
}

/* UFS: everything counts in blocks of 4096, and the 128 entries are 4 of them (4.2). */
static void blocks_of_4096(void **state)
{
    (void)state;
    struct disk d;
    const uint64_t last = EXAMPLE_SIZE / 4096 - 1;
    make_disk(&d, EXAMPLE_SIZE, 4096);
    assert_int_equal(d.head_len, 6 * 4096);
    assert_int_equal(d.tail_len, 5 * 4096);
    const uint8_t *h = d.head + 4096, *e = d.head + 2 * 4096, *b = d.tail + 4 * 4096;
    assert_memory_equal(h, "EFI PART", 8);
    assert_int_equal(get_le64(h + 0x18), 1);
    assert_int_equal(get_le64(h + 0x20), last);
    assert_int_equal(get_le64(h + 0x28), 6);
    assert_int_equal(get_le64(h + 0x30), last - 5);
    assert_int_equal(get_le64(h + 0x48), 2);
    assert_int_equal(get_le32(h + 0x50), 128);
    assert_int_equal(get_le32(h + 0x58), crc32_buf(0, e, 0x4000));
    for (size_t i = 0x5C; i < 4096; i++)
        assert_int_equal(h[i], 0);
    /* proinfo: 0x80000 to 0x37FFFF */
    assert_int_equal(get_le64(e + 0x20), 0x80);
    assert_int_equal(get_le64(e + 0x28), 0x37F);
    assert_int_equal(get_le32(d.head + 0x1CA), last);
    assert_int_equal(get_le64(b + 0x18), last);
    assert_int_equal(get_le64(b + 0x20), 1);
    assert_int_equal(get_le64(b + 0x48), last - 4);
    assert_memory_equal(d.tail, e, 0x4000);
    /* the same bytes are no table for one who reads in blocks of 512, nor the other way round */
    struct mtk_gpt g;
    struct mtk_error err = {0};
    assert_int_equal(mtk_gpt_read(disk_read, &d, EXAMPLE_SIZE, 512, &g, &err), -1);
    assert_error(&err, MTK_E_MTK_GPT_INVALID, "EFI PART");
    free_disk(&d);
    make_disk(&d, EXAMPLE_SIZE, 512);
    assert_int_equal(mtk_gpt_read(disk_read, &d, EXAMPLE_SIZE, 4096, &g, &err), -1);
    assert_error(&err, MTK_E_MTK_GPT_INVALID, "EFI PART");
    free_disk(&d);
}

/* Each check of the reader and of the writer once more in blocks of 4096. */
static void checks_of_4096(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint64_t value;
        const char *why;
    } cases[] = {
        {4096 + 0x0C, 4097, "header size"},
        {4096 + 0x48, UINT64_C(1) << 52, "outside the storage"},
        {8192 + 0x28, EXAMPLE_SIZE / 4096, "outside the storage"},
        {8192 + 0x28, 0x380, "overlap"},
        {8192 + 0x28, 0x7F, "ends before it begins"},
    };
    struct disk d;
    struct mtk_gpt g;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mtk_error err = {0};
        make_disk(&d, EXAMPLE_SIZE, 4096);
        memset(d.tail, 0, d.tail_len);
        put_le64(d.head + cases[i].at, cases[i].value);
        reseal(d.head + 4096, d.head + 8192);
        assert_int_equal(mtk_gpt_read(disk_read, &d, EXAMPLE_SIZE, 4096, &g, &err), -1);
        assert_error(&err, MTK_E_MTK_GPT_INVALID, cases[i].why);
        free_disk(&d);
    }
    static const size_t places[] = {4096, 4096 + 0x10, 4096 + 0x58, 8192 + 0x20, 8192 + 0x3FFF};
    for (size_t i = 0; i < COUNT(places); i++) {
        struct mtk_error err = {0};
        make_disk(&d, EXAMPLE_SIZE, 4096);
        d.head[places[i]] ^= 1;
        assert_int_equal(mtk_gpt_read(disk_read, &d, EXAMPLE_SIZE, 4096, &g, &err), 0);
        assert_true(g.from_backup);
        assert_int_equal(g.n_entries, COUNT(example_rows));
        mtk_gpt_release(&g);
        free_disk(&d);
    }
    static const struct mtk_gpt_entry rows[] = {
        {"a", 5 * 4096, 4096, 0},           /* belongs to the table */
        {"a", 6 * 4096, 512, 0},            /* not whole blocks */
        {"a", 6 * 4096 + 512, 4096, 0},     /* nor at one */
        {"a", 0x100000 - 5 * 4096, 4096, 0} /* belongs to the backup */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mtk_gpt_entry row = rows[i];
        struct mtk_gpt bad = {.block_size = 4096, .disk_size = 0x100000, .entries = &row, .n_entries = 1};
        uint8_t *a = NULL, *b = NULL;
        size_t na, nb;
        struct mtk_error err = {0};
        assert_int_equal(mtk_gpt_write(&bad, 1, &a, &na, &b, &nb, &err), -1);
        assert_error(&err, MTK_E_MTK_OUT_OF_RANGE, "\"a\"");
    }
}

/* Every kind of damage that the preloader notices sends it to the last block of the storage. */
static void damaged_primary(void **state)
{
    (void)state;
    static const size_t places[] = {512, 512 + 0x10, 512 + 0x20, 512 + 0x58, 1024 + 0x20, 1024 + 0x3FFF};
    for (size_t i = 0; i < COUNT(places); i++) {
        struct disk d;
        struct mtk_gpt g;
        struct mtk_error err = {0};
        make_disk(&d, EXAMPLE_SIZE, 512);
        d.head[places[i]] ^= 1;
        assert_int_equal(mtk_gpt_read(disk_read, &d, EXAMPLE_SIZE, 512, &g, &err), 0);
        assert_true(g.from_backup);
        assert_int_equal(g.n_entries, COUNT(example_rows));
        mtk_gpt_release(&g);
        d.tail[0] ^= 1;
        assert_int_equal(mtk_gpt_read(disk_read, &d, EXAMPLE_SIZE, 512, &g, &err), -1);
        assert_error(&err, MTK_E_MTK_GPT_INVALID, "backup");
        assert_non_null(strstr(err.what, "primary"));
        free_disk(&d);
    }
}

static void header_of_another_block(void **state)
{
    (void)state;
    struct disk d;
    struct mtk_gpt g;
    struct mtk_error err = {0};
    make_disk(&d, EXAMPLE_SIZE, 512);
    put_le64(d.head + 512 + 0x18, 2);
    reseal(d.head + 512, d.head + 1024);
    assert_int_equal(mtk_gpt_read(disk_read, &d, EXAMPLE_SIZE, 512, &g, &err), 0);
    assert_true(g.from_backup);
    mtk_gpt_release(&g);
    free_disk(&d);
}

/* Tables whose checksums are right but whose content cannot be. */
static void hostile(void **state)
{
    (void)state;
    static const struct {
        size_t at, width;
        uint64_t value;
        const char *why;
    } cases[] = {
        {512 + 0x0C, 4, 0x5B, "header size"},
        {512 + 0x0C, 4, 513, "header size"},
        {512 + 0x48, 8, UINT64_MAX, "outside the storage"},
        {512 + 0x48, 8, UINT64_C(1) << 55, "outside the storage"},
        {512 + 0x50, 4, 0, "number of entries"},
        {512 + 0x50, 4, UINT32_MAX, "number of entries"},
        {512 + 0x54, 4, 64, "entry size"},
        {512 + 0x54, 4, UINT32_MAX, "entry size"},
        {1024 + 0x28, 8, 0x3FF, "ends before it begins"},
        {1024 + 0x28, 8, 0xE90000, "outside the storage"},
        {1024 + 0x28, 8, UINT64_MAX, "outside the storage"},
        {1024 + 0x28, 8, 0x1C00, "overlap"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct disk d;
        struct mtk_gpt g;
        struct mtk_error err = {0};
        make_disk(&d, EXAMPLE_SIZE, 512);
        memset(d.tail, 0, d.tail_len);
        if (cases[i].width == 8)
            put_le64(d.head + cases[i].at, cases[i].value);
        else
            put_le32(d.head + cases[i].at, (uint32_t)cases[i].value);
        uint32_t size = get_le32(d.head + 512 + 0x0C);
        put_le32(d.head + 512 + 0x58, crc32_buf(0, d.head + 1024, 0x4000));
        put_le32(d.head + 512 + 0x10, 0);
        put_le32(d.head + 512 + 0x10, crc32_buf(0, d.head + 512, size <= 512 ? size : 512));
        assert_int_equal(mtk_gpt_read(disk_read, &d, EXAMPLE_SIZE, 512, &g, &err), -1);
        assert_error(&err, MTK_E_MTK_GPT_INVALID, cases[i].why);
        assert_null(g.entries);
        free_disk(&d);
    }
}

/* A good primary with an impossible partition must not be replaced by the backup: the phone would use the primary. */
static void impossible_entry_is_final(void **state)
{
    (void)state;
    struct disk d;
    struct mtk_gpt g;
    struct mtk_error err = {0};
    make_disk(&d, EXAMPLE_SIZE, 512);
    put_le64(d.head + 1024 + 0x28, UINT64_MAX);
    reseal(d.head + 512, d.head + 1024);
    assert_int_equal(mtk_gpt_read(disk_read, &d, EXAMPLE_SIZE, 512, &g, &err), -1);
    assert_error(&err, MTK_E_MTK_GPT_INVALID, "primary partition table: partition \"proinfo\"");
    free_disk(&d);
}

/* The scan ends at the first entry that starts at 0, and names can be plain 8-bit text (4.2). */
static void as_the_preloader_reads(void **state)
{
    (void)state;
    struct disk d;
    struct mtk_gpt g;
    struct mtk_error err = {0};
    make_disk(&d, EXAMPLE_SIZE, 512);
    memset(d.head + 1024 + 128, 0, 128);
    memset(d.head + 1024 + 0x38, 'x', 72);
    d.head[1024 + 0x38 + 3] = 0x07;
    reseal(d.head + 512, d.head + 1024);
    assert_int_equal(mtk_gpt_read(disk_read, &d, EXAMPLE_SIZE, 512, &g, &err), 0);
    assert_int_equal(g.n_entries, 1);
    assert_int_equal(g.n_hidden, COUNT(example_rows) - 2); /* behind the one that was made empty */
    assert_int_equal(strlen(g.entries[0].name), 72);
    assert_memory_equal(g.entries[0].name, "xxx?x", 5);
    mtk_gpt_release(&g);
    free_disk(&d);
}

/* If reading itself fails there is nothing to conclude about the table, and no second attempt. */
static void link_failure(void **state)
{
    (void)state;
    struct disk d = {.size = EXAMPLE_SIZE, .broken = true};
    struct mtk_gpt g;
    struct mtk_error err = {0};
    assert_int_equal(mtk_gpt_read(disk_read, &d, EXAMPLE_SIZE, 512, &g, &err), -1);
    assert_error(&err, MTK_E_MTK_LINK_LOST, "gone");
    assert_int_equal(d.reads, 1);
    assert_int_equal(mtk_gpt_read(disk_read, &d, 1024, 512, &g, &err), -1);
    assert_error(&err, MTK_E_MTK_GPT_INVALID, "fits on 1024 bytes");
    assert_int_equal(mtk_gpt_read(disk_read, &d, EXAMPLE_SIZE, 0, &g, &err), -1);
    assert_int_equal(d.reads, 1);
}

static void writer_refuses(void **state)
{
    (void)state;
    static const struct {
        struct mtk_gpt_entry e[2];
        const char *why;
    } cases[] = {
        {{{"a", 0x4200, 512, 0}, {"b", 0x4400, 512, 0}}, "\"a\""}, /* block 33 belongs to the table */
        {{{"a", 0x4400, 512, 0}, {"b", 0x4600, 0, 0}}, "\"b\""},
        {{{"a", 0x4400, 512, 0}, {"b", 0x4401, 512, 0}}, "\"b\""},
        {{{"a", 0x4400, 1024, 0}, {"b", 0x4600, 512, 0}}, "overlap"},
        {{{"a", 0x4400, 512, 0}, {"b", 0x100000 - 33 * 512, 512, 0}}, "\"b\""},
        {{{"a", 0x4400, 512, 0}, {"b", 0x4600, UINT64_MAX - 511, 0}}, "\"b\""},
        {{{"a", 0x4400, 512, 0}, {"", 0x4600, 512, 0}}, "no partition name"},
        {{{"a", 0x4400, 512, 0}, {"0123456789012345678901234567890123456", 0x4600, 512, 0}},
         "no partition name"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mtk_gpt_entry rows[2] = {cases[i].e[0], cases[i].e[1]};
        struct mtk_gpt g = {.block_size = 512, .disk_size = 0x100000, .entries = rows, .n_entries = 2};
        uint8_t *a = NULL, *b = NULL;
        size_t na, nb;
        struct mtk_error err = {0};
        assert_int_equal(mtk_gpt_write(&g, 1, &a, &na, &b, &nb, &err), -1);
        assert_error(&err, MTK_E_MTK_OUT_OF_RANGE, cases[i].why);
    }
}

static void guids_follow_the_seed(void **state)
{
    (void)state;
    struct mtk_gpt g = {.block_size = 512,
                        .disk_size = EXAMPLE_SIZE,
                        .entries = example_rows,
                        .n_entries = COUNT(example_rows)};
    uint8_t *p[3], *b[3];
    size_t np, nb;
    static const uint64_t seeds[3] = {1, 1, 2};
    for (int i = 0; i < 3; i++)
        assert_int_equal(mtk_gpt_write(&g, seeds[i], &p[i], &np, &b[i], &nb, NULL), 0);
    assert_memory_equal(p[0], p[1], np);
    assert_memory_not_equal(p[0] + 512 + 0x38, p[2] + 512 + 0x38, 16);
    for (int i = 0; i < 3; i++) {
        free(p[i]);
        free(b[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_example),
        cmocka_unit_test(record_to_sectors),
        cmocka_unit_test(round_trips),
        cmocka_unit_test(blocks_of_4096),
        cmocka_unit_test(checks_of_4096),
        cmocka_unit_test(damaged_primary),
        cmocka_unit_test(header_of_another_block),
        cmocka_unit_test(hostile),
        cmocka_unit_test(impossible_entry_is_final),
        cmocka_unit_test(as_the_preloader_reads),
        cmocka_unit_test(link_failure),
        cmocka_unit_test(writer_refuses),
        cmocka_unit_test(guids_follow_the_seed),
    };
    return cmocka_run_group_tests_name("formats-gpt", tests, NULL, NULL);
}
