/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/formats/harness.h"

#include "formats/da.h"

static uint8_t code[0x1000];

/* A container with one entry a version, as the project writes it. */
static uint8_t *container(const struct mtk_da_build_entry *versions, size_t n, size_t *len)
{
    struct mtk_da_build_entry e[4];
    assert_true(n <= COUNT(e));
    for (size_t i = 0; i < n; i++) {
        e[i] = versions[i];
        e[i].region[0] = (struct mtk_da_build_region){code, 0x270, 0x50000000, 0};
        e[i].region[1] = (struct mtk_da_build_region){code, 0x800, 0x200000, 0x100};
        e[i].region[2] = (struct mtk_da_build_region){code, 0x1000, 0x40000000, 0x100};
    }
    uint8_t *da = mtk_da_write("MTK_AllInOne_DA_v3.3001.2020/07/07", e, n, len);
    assert_non_null(da);
    return da;
}

static uint8_t *mt6765(size_t *len)
{
    static const struct mtk_da_build_entry e[] = {{0x6765, 0x8A00, 0xCA00, 0, {{0}}}};
    return container(e, 1, len);
}

static void expect_bad(const uint8_t *data, size_t len, const char *why)
{
    struct mtk_da da;
    struct mtk_error err = {0};
    assert_int_equal(mtk_da_parse(data, len, "DA.bin", &da, &err), -1);
    assert_error(&err, MTK_E_S_INVALID_DA_FILE, why);
    assert_string_equal(err.file, "DA.bin");
    assert_true(err.has_offset);
    assert_null(da.entries);
}

/* formats.md 1.9: the first bytes of a V6 file from 0x60 on, whose slots 3 to 9 do not exist. */
static const uint8_t v6_head[] = {
    0x04, 0x00, 0x00, 0x00, 0x99, 0x88, 0x66, 0x22, 0x01, 0x00, 0x00, 0x00,                         /* 60 */
    0xda, 0xda, 0x72, 0x11, 0x00, 0x8a, 0x00, 0xca, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* 6c */
    0x00, 0x00, 0x03, 0x00,                                                                         /* 7c */
    0xbc, 0x00, 0x00, 0x00, 0x40, 0x65, 0x08, 0x00, 0x00, 0x00, 0x00, 0x02, 0xfc, 0x64, 0x08, 0x00,
    0x00, 0x01, 0x00, 0x00, /* 80 */
    0xbc, 0x00, 0x00, 0x00, 0x40, 0x65, 0x08, 0x00, 0x00, 0x00, 0x00, 0x02, 0xfc, 0x64, 0x08, 0x00,
    0x00, 0x01, 0x00, 0x00, /* 94 */
    0xfc, 0x65, 0x08, 0x00, 0x14, 0x12, 0x05, 0x00, 0x00, 0x00, 0x00, 0x40, 0x10, 0x77, 0x0d, 0x00,
    0x00, 0x01, 0x00, 0x00,  /* a8 */
    0xff, 0xff, 0xff, 0xea}; /* bc */

static void v6_example(void **state)
{
    (void)state;
    size_t len = 882704;
    uint8_t *file = calloc(1, len);
    assert_non_null(file);
    strcpy((char *)file, "MTK_DOWNLOAD_AGENT");
    strcpy((char *)file + 0x20, "MTK_DA_v6_2022-04-02 23:43:58");
    memcpy(file + 0x60, v6_head, sizeof(v6_head));
    struct mtk_da da;
    struct mtk_error err = {0};
    assert_int_equal(mtk_da_parse(file, len, "DA_BR.bin", &da, &err), 0);
    assert_true(da.v6);
    assert_string_equal(da.identifier, "MTK_DA_v6_2022-04-02 23:43:58");
    assert_int_equal(da.n_entries, 1);
    const struct mtk_da_entry *e = mtk_da_choose(&da, 0x1172, 0xCA00, 0);
    assert_non_null(e);
    assert_int_equal(e->hw_sub_code, 0x8A00);
    assert_int_equal(e->n_regions, 3);
    const struct mtk_da_region *s1, *s2;
    assert_int_equal(mtk_da_stages(&da, e, &s1, &s2, &err), 0);
    assert_int_equal(s1->offset, 0xBC);
    assert_int_equal(s1->len, 0x86540);
    assert_int_equal(s1->address, 0x02000000);
    assert_int_equal(s1->sig_offset, 0x864FC);
    assert_int_equal(s1->sig_len, 0x100);
    assert_int_equal(s2->offset, 0x865FC);
    assert_int_equal(s2->len, 0x51214);
    assert_int_equal(s2->address, 0x40000000);
    assert_int_equal(s2->offset + s2->len, len);
    mtk_da_release(&da);
    /* a file that was cut off on its way */
    expect_bad(file, len - 1, "truncated");
    expect_bad(file, 0xBB, "cut off");
    free(file);
}

static void written_container(void **state)
{
    (void)state;
    size_t len;
    uint8_t *file = mt6765(&len);
    struct mtk_da da;
    struct mtk_error err = {0};
    /* capacity 64: data begins at 0x376C; one region behind the other up to the end of the file */
    assert_int_equal(get_le32(file + 0x80), 0x376C);
    assert_int_equal(len, 0x376C + 0x270 + 0x800 + 0x1000);
    assert_int_equal(get_le32(file + 0x94 + 12), 0x700); /* signature offset relative to the region */
    assert_int_equal(mtk_da_parse(file, len, "DA.bin", &da, &err), 0);
    assert_false(da.v6);
    const struct mtk_da_region *s1, *s2;
    assert_int_equal(mtk_da_stages(&da, &da.entries[0], &s1, &s2, &err), 0);
    assert_int_equal(s1->address, 0x200000);
    assert_int_equal(s2->offset, 0x376C + 0x270 + 0x800);
    assert_int_equal(s2->len - s2->sig_len, 0xF00);
    assert_int_equal(da.entries[0].feature_set, 0x1000);
    mtk_da_release(&da);
    free(file);
}

/* The writer makes the same container from the same parts. */
static void written_v6(void **state)
{
    (void)state;
    enum { STAGE1 = 0x86540, STAGE2 = 0x51214 };
    uint8_t *stage1 = malloc(STAGE1), *stage2 = malloc(STAGE2), head[0x60] = "MTK_DOWNLOAD_AGENT";
    assert_true(stage1 && stage2);
    memset(stage1, 0x11, STAGE1);
    memset(stage2, 0x22, STAGE2);
    memcpy(stage1, v6_head + sizeof(v6_head) - 4, 4);
    struct mtk_da_build_entry e = {
        .hw_code = 0x1172,
        .hw_sub_code = 0x8A00,
        .hw_version = 0xCA00,
        .region = {{0}, {stage1, STAGE1, 0x02000000, 0x100}, {stage2, STAGE2, 0x40000000, 0x100}}};
    size_t len = 0;
    uint8_t *file = mtk_da_write_v6("MTK_DA_v6_2022-04-02 23:43:58", &e, &len);
    assert_non_null(file);
    assert_int_equal(len, 882704);
    strcpy((char *)head + 0x20, "MTK_DA_v6_2022-04-02 23:43:58");
    assert_memory_equal(file, head, sizeof(head));
    assert_memory_equal(file + 0x60, v6_head, sizeof(v6_head));
    assert_memory_equal(file + 0xBC, stage1, STAGE1);
    assert_memory_equal(file + 0xBC + STAGE1, stage2, STAGE2);
    struct mtk_da da;
    struct mtk_error err = {0};
    assert_int_equal(mtk_da_parse(file, len, "DA_BR.bin", &da, &err), 0);
    assert_true(da.v6);
    mtk_da_release(&da);
    free(file);
    /* nothing that could not be read back is written */
    assert_null(mtk_da_write_v6("MTK_AllInOne_DA_v3.3001", &e, &len));
    assert_null(
        mtk_da_write_v6("MTK_DA_v6_0123456789012345678901234567890123456789012345678901234", &e, &len));
    e.region[2].len = MTK_DA_MAX_BYTES;
    assert_null(mtk_da_write_v6("MTK_DA_v6", &e, &len));
    e.region[2].len = 0xFF;
    assert_null(mtk_da_write_v6("MTK_DA_v6", &e, &len));
    e.region[2].len = STAGE2;
    e.region[1].len = 0;
    assert_null(mtk_da_write_v6("MTK_DA_v6", &e, &len));
    free(stage1);
    free(stage2);
}

/* Files of newer tools with two regions: stage 1 is the first (1.3). Packed: the code follows the second slot. */
static void two_regions(void **state)
{
    (void)state;
    struct mtk_da_build_entry e = {
        .hw_code = 0x1296, .region = {{0}, {code, 0x200, 0x2000000, 0x40}, {code, 0x300, 0x40000000, 0x40}}};
    size_t len = 0;
    uint8_t *file = mtk_da_write_v6("MTK_DA_v6_x", &e, &len);
    assert_non_null(file);
    memmove(file + 0x80, file + 0x94, len - 0x94);
    len -= 0x14;
    put_le16(file + 0x7E, 2);
    for (size_t slot = 0x80; slot <= 0x94; slot += 0x14) {
        put_le32(file + slot, get_le32(file + slot) - 0x14);
        put_le32(file + slot + 12, get_le32(file + slot + 12) - 0x14);
    }
    struct mtk_da da;
    struct mtk_error err = {0};
    const struct mtk_da_region *s1, *s2;
    assert_int_equal(mtk_da_parse(file, len, "DA.bin", &da, &err), 0);
    assert_int_equal(mtk_da_stages(&da, &da.entries[0], &s1, &s2, &err), 0);
    assert_int_equal(s1->offset, 0xA8);
    assert_int_equal(s1->address, 0x2000000);
    assert_int_equal(s2->offset, 0xA8 + 0x200);
    assert_int_equal(s2->address, 0x40000000);
    mtk_da_release(&da);
    put_le32(file + 0x80, 0xA4); /* inside the second slot */
    put_le32(file + 0x8C, 0);
    expect_bad(file, len, "inside the table");
    free(file);
}

static void writer_limits(void **state)
{
    (void)state;
    struct mtk_da_build_entry e = {.hw_code = 1};
    size_t len;
    char name[66];
    memset(name, 'x', 65);
    name[65] = 0;
    assert_null(mtk_da_write(name, &e, 1, &len));
    assert_null(mtk_da_write("x", &e, 0, &len));
    assert_null(mtk_da_write("x", &e, 65, &len));
    e.region[2] = (struct mtk_da_build_region){code, MTK_DA_MAX_BYTES, 0, 0};
    assert_null(mtk_da_write("x", &e, 1, &len));
}

/* Rewrites a container of two entries to the old stride: 16-byte heads without sw_version. */
static void old_stride(void **state)
{
    (void)state;
    static const struct mtk_da_build_entry e[] = {{0x6573, 0, 0xCA10, 0xCA01, {{0}}},
                                                  {0x6575, 0, 0xCA00, 0, {{0}}}};
    size_t len;
    uint8_t *file = container(e, 2, &len);
    uint8_t table[2 * 0xD8] = {0};
    for (size_t i = 0; i < 2; i++) {
        memcpy(table + i * 0xD8, file + 0x6C + i * 0xDC, 8);
        memcpy(table + i * 0xD8 + 8, file + 0x6C + i * 0xDC + 12, 0xD8 - 8);
    }
    memset(file + 0x6C, 0, 2 * 0xDC);
    memcpy(file + 0x6C, table, sizeof(table));
    struct mtk_da da;
    struct mtk_error err = {0};
    assert_int_equal(mtk_da_parse(file, len, "DA.bin", &da, &err), 0);
    assert_int_equal(da.entries[1].hw_code, 0x6575);
    assert_int_equal(da.entries[1].sw_version, 0);
    assert_int_equal(da.entries[1].feature_set, 0x1000);
    assert_int_equal(da.entries[1].n_regions, 3);
    assert_int_equal(da.entries[1].region[2].len, 0x1000);
    mtk_da_release(&da);
    /* neither stride */
    file[0x6C + 0xD8] = 0;
    expect_bad(file, len, "DADA");
    free(file);
}

/* Both meanings of sig_offset, and what genuine files are allowed (1.8, last row). */
static void tolerated(void **state)
{
    (void)state;
    size_t len;
    uint8_t *file = mt6765(&len);
    struct mtk_da da;
    struct mtk_error err = {0};
    uint8_t *region1 = file + 0x94;
    const uint32_t offset = get_le32(region1);
    const uint32_t good[] = {0, 0x800, 0x700, offset + 0x700};
    for (size_t i = 0; i < COUNT(good); i++) {
        put_le32(region1 + 12, good[i]);
        assert_int_equal(mtk_da_parse(file, len, "DA.bin", &da, &err), 0);
        mtk_da_release(&da);
    }
    put_le32(region1 + 12, 0x6FF);
    expect_bad(file, len, "sig_offset");
    put_le32(region1 + 12, 0x700);
    file[0x60] = 0x4A;                 /* info_ver of a genuine file */
    memset(file + 0xBC, 0xEE, 7 * 20); /* unused slots need not be zero */
    memcpy(file + 0x80, region1, 20);  /* two regions may be the same bytes */
    assert_int_equal(mtk_da_parse(file, len, "DA.bin", &da, &err), 0);
    mtk_da_release(&da);
    free(file);
}

static void malformed(void **state)
{
    (void)state;
    static const struct {
        size_t at, width;
        uint32_t value;
        const char *why;
    } cases[] = {
        {0x00, 1, 'X', "MTK_DOWNLOAD_AGENT"},
        {0x12, 1, 'X', "MTK_DOWNLOAD_AGENT"},
        {0x64, 4, 0x55663388, "info_magic"},
        {0x68, 4, 0, "number of entries"},
        {0x68, 4, 129, "number of entries"},
        {0x68, 4, UINT32_MAX, "number of entries"},
        {0x68, 4, 2, "DADA"},
        {0x6C, 2, 0xDADB, "DADA"},
        {0x7C, 2, 3, "starts in a region"},
        {0x7E, 2, 0, "1 to 10"},
        {0x7E, 2, 11, "1 to 10"},
        {0x94, 4, 0xA0, "inside the table"},
        {0x94, 4, UINT32_MAX, "truncated"},
        {0x98, 4, UINT32_MAX, "truncated"},
        {0xA4, 4, 0x801, "longer than its region"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len;
        uint8_t *file = mt6765(&len);
        for (size_t k = 0; k < cases[i].width; k++)
            file[cases[i].at + k] = (uint8_t)(cases[i].value >> (8 * k));
        expect_bad(file, len, cases[i].why);
        free(file);
    }
    expect_bad((const uint8_t *)"\xEB\xFE", 2, "too short"); /* the two-byte place-holders that go round */
    expect_bad(code, (size_t)MTK_DA_MAX_BYTES + 1, "too large");
}

/* 1.6: MT6575 has an entry for each revision; a phone gets the highest that is not above its own. */
static void choice(void **state)
{
    (void)state;
    static const struct mtk_da_build_entry e[] = {{0x6575, 0, 0xCA00, 0xE100, {{0}}},
                                                  {0x6575, 1, 0xCB00, 0xE201, {{0}}},
                                                  {0x6575, 2, 0xCB00, 0xE201, {{0}}},
                                                  {0x6577, 3, 0xCA00, 0xE100, {{0}}}};
    size_t len;
    uint8_t *file = container(e, 4, &len);
    struct mtk_da da;
    assert_int_equal(mtk_da_parse(file, len, "DA.bin", &da, NULL), 0);
    const struct mtk_da_entry *all = da.entries;
    assert_ptr_equal(mtk_da_choose(&da, 0x6575, 0xCB00, 0xE201), &all[1]); /* and of equals the first */
    assert_ptr_equal(mtk_da_choose(&da, 0x6575, 0xCB01, 0xE300), &all[1]);
    assert_ptr_equal(mtk_da_choose(&da, 0x6575, 0xCA00, 0xE100), &all[0]);
    assert_ptr_equal(mtk_da_choose(&da, 0x6575, 0xCA00, 0xE201), &all[0]);
    assert_ptr_equal(mtk_da_choose(&da, 0x6575, 0xCB00, 0xE200), &all[0]);
    assert_ptr_equal(mtk_da_choose(&da, 0x6575, 0, 0), &all[1]);
    assert_null(mtk_da_choose(&da, 0x6575, 0xC900, 0));
    assert_null(mtk_da_choose(&da, 0x6575, 0, 1));
    assert_ptr_equal(mtk_da_choose(&da, 0x6577, 0, 0), &all[3]);
    assert_null(mtk_da_choose(&da, 0x16575, 0, 0));
    mtk_da_release(&da);
    free(file);
}

/* V6 containers store the boot ROM's code, all others the alias (1.6); the other one is a second try. */
static void choice_by_generation(void **state)
{
    (void)state;
    static const struct mtk_da_build_entry e[] = {{0x6765, 0x8A00, 0xCA00, 0, {{0}}},
                                                  {0x0766, 0x8A00, 0xCA00, 0, {{0}}},
                                                  {0x2523, 0x8000, 0, 0, {{0}}},
                                                  {0x2523, 0x8300, 0, 0, {{0}}}};
    size_t len;
    uint8_t *file = container(e, 4, &len);
    struct mtk_da da;
    assert_int_equal(mtk_da_parse(file, len, "DA.bin", &da, NULL), 0);
    const struct mtk_da_entry *all = da.entries;
    struct mtk_da_target t = {.da_code = 0x6765, .hw_code = 0x0766, .hw_version = 0xCA00};
    assert_ptr_equal(mtk_da_choose_for(&da, &t), &all[0]);
    da.v6 = true;
    assert_ptr_equal(mtk_da_choose_for(&da, &t), &all[1]);
    t.hw_code = 0x9999;
    assert_ptr_equal(mtk_da_choose_for(&da, &t), &all[0]);
    t.da_code = 0;
    assert_null(mtk_da_choose_for(&da, &t));
    da.v6 = false;
    t.hw_code = 0x0766;
    assert_ptr_equal(mtk_da_choose_for(&da, &t), &all[1]);
    t.hw_version = 0xC900;
    assert_null(mtk_da_choose_for(&da, &t));
    /* between equals the sub code decides; one that no entry has does not */
    t = (struct mtk_da_target){.hw_code = 0x2523, .hw_sub_code = 0x8300};
    assert_ptr_equal(mtk_da_choose_for(&da, &t), &all[3]);
    t.hw_sub_code = 0x8100;
    assert_ptr_equal(mtk_da_choose_for(&da, &t), &all[2]);
    mtk_da_release(&da);
    free(file);
}

/*
 * Containers that people put together from files of several generations. What says MTK_DA_v6 is one whatever its entries
 * look like; the meaning of sig_offset is found out for each region; where V6 slots follow one another as a V5 table would
 * have to be spaced, code stands in for entries and the file is refused.
 */
static void mixed_generations(void **state)
{
    (void)state;
    static const struct mtk_da_build_entry e[] = {{0x6765, 0x8A00, 0xCA00, 0, {{0}}},
                                                  {0x1208, 0x8A00, 0xCA00, 0, {{0}}}};
    struct mtk_da da;
    struct mtk_error err = {0};
    size_t len;
    uint8_t *file = container(e, 2, &len);
    uint8_t *second = file + 0x6C + 0xDC + 0x14 + 0x14; /* stage 1 of the entry with a V6 chip's code */
    put_le32(second + 12, get_le32(second) + 0x700);
    assert_int_equal(mtk_da_parse(file, len, "DA.bin", &da, &err), 0);
    assert_false(da.v6);
    const struct mtk_da_target t = {.da_code = 0x1208, .hw_code = 0x1208, .hw_version = 0xCA00};
    assert_ptr_equal(mtk_da_choose_for(&da, &t), &da.entries[1]);
    mtk_da_release(&da);
    memcpy(file + 0x20, "MTK_DA_v6_x", 11);
    assert_int_equal(mtk_da_parse(file, len, "DA.bin", &da, &err), 0);
    assert_true(da.v6);
    assert_int_equal(da.n_entries, 2);
    mtk_da_release(&da);
    free(file);
    /* a packed V6 file that claims a second entry: code is where that would have to be */
    struct mtk_da_build_entry v6 = {
        .hw_code = 0x1208,
        .region = {{0}, {code, 0x800, 0x2000000, 0x100}, {code, 0x1000, 0x40000000, 0x100}}};
    file = mtk_da_write_v6("MTK_DA_v6_x", &v6, &len);
    assert_non_null(file);
    put_le32(file + 0x68, 2);
    expect_bad(file, len, "DADA");
    /* and one whose code happens to look like an entry's magic has regions that cannot be */
    put_le16(file + 0x6C + 0xDC, 0xDADA);
    expect_bad(file, len, "1 to 10 regions");
    put_le16(file + 0x6C + 0xDC + 0x12, 1);
    put_le32(file + 0x6C + 0xDC + 0x14, 0x100);
    put_le32(file + 0x6C + 0xDC + 0x18, 0x10);
    expect_bad(file, len, "inside the table");
    free(file);
}

static void stages(void **state)
{
    (void)state;
    struct mtk_da da = {.identifier = "x"};
    struct mtk_da_entry e = {.n_regions = 2,
                             .region = {{1, 0x200, 0x200000, 0, 0}, {2, 0x300, 0x40000000, 0, 0}}};
    const struct mtk_da_region *s1, *s2;
    struct mtk_error err = {0};
    assert_int_equal(mtk_da_stages(&da, &e, &s1, &s2, &err), 0);
    assert_ptr_equal(s1, &e.region[0]);
    assert_ptr_equal(s2, &e.region[1]);
    e.region[0].address = 0x200002;
    assert_int_equal(mtk_da_stages(&da, &e, &s1, &s2, &err), -1);
    assert_error(&err, MTK_E_STATUS_DA_SECTION_NOT_FOUND, "stage 1");
    e.region[0].address = 0x200000;
    e.region[1].sig_len = 0x300;
    assert_int_equal(mtk_da_stages(&da, &e, &s1, &s2, &err), -1);
    assert_error(&err, MTK_E_STATUS_DA_SECTION_NOT_FOUND, "empty stage 2");
    e.region[1].sig_len = 0;
    e.region[1].address = 0xFFFFFF00;
    assert_int_equal(mtk_da_stages(&da, &e, &s1, &s2, &err), -1);
    assert_error(&err, MTK_E_STATUS_DA_SECTION_NOT_FOUND, "address space");
    e.n_regions = 1;
    assert_int_equal(mtk_da_stages(&da, &e, &s1, &s2, &err), -1);
    assert_error(&err, MTK_E_STATUS_DA_SECTION_NOT_FOUND, "only one region");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v6_example),    cmocka_unit_test(written_container),
        cmocka_unit_test(writer_limits), cmocka_unit_test(old_stride),
        cmocka_unit_test(tolerated),     cmocka_unit_test(malformed),
        cmocka_unit_test(choice),        cmocka_unit_test(written_v6),
        cmocka_unit_test(two_regions),   cmocka_unit_test(choice_by_generation),
        cmocka_unit_test(stages),        cmocka_unit_test(mixed_generations),
    };
    return cmocka_run_group_tests_name("formats-da", tests, NULL, NULL);
}
