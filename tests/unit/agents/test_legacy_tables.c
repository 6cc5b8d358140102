/* SPDX-License-Identifier: Apache-2.0 */
/* Partition tables of the legacy agent, NAND, and the preloader's own command. da-legacy.md 5.8, 5.12, 5.13, 7.6. */
#include "tests/unit/cmocka.h"
#include "tests/unit/agents/legacy_host.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/preloader.h"
#include "simdev/board/board.h"

#define N(a)  (sizeof(a) / sizeof((a)[0]))
#define ENTRY 0x60u

static struct wire w;
static uint8_t buf[1 << 20];

static void open_phone(struct wire_setup setup)
{
    setup.preloader = !setup.storage;
    lh_da2(&w, &setup);
}

static void entry(uint8_t out[ENTRY], const char *name, uint64_t size, uint64_t part, uint64_t offset)
{
    memset(out, 0, ENTRY);
    memcpy(out, name, strlen(name));
    put_le64(out + 64, size);
    put_le64(out + 72, part);
    put_le64(out + 80, offset);
}

/* WRITE_PMT of two entries, as in 7.6. */
static void write_two(const char *opcode)
{
    uint8_t a[ENTRY], b[ENTRY];
    entry(a, "PRELOADER", 0x40000, 1, 0);
    entry(b, "PRO_INFO", 0x300000, 8, 0x40000);
    lh_play(&w, opcode);
    lh_play(&w, "D> 5A\nH> 00 00 00 02\nD> 5A\n");
    lh_send(&w, a, sizeof(a));
    assert_int_equal(lh_u8(&w), 0x69);
    lh_send(&w, b, sizeof(b));
    lh_play(&w, "D> 5A\nH> 00 00 00 00\nD> 5A 5A\n");
}

/* ---- PMT on eMMC ---- */

static void test_pmt(void **state)
{
    (void)state;
    uint8_t a[ENTRY], b[ENTRY];
    entry(a, "PRELOADER", 0x40000, 1, 0);
    entry(b, "PRO_INFO", 0x300000, 8, 0x40000);
    open_phone((struct wire_setup){.chip = "mt6580"});
    lh_play(&w, "H> A5\nD> A5 00 00 04 0D\n"); /* 1037 on a blank phone */
    lh_alive(&w);
    write_two("H> A4\n");
    lh_play(&w, "H> A5\nD> 5A 00 00 00 C0\nH> 5A\n");
    lh_receive(&w, buf, 2 * ENTRY);
    assert_memory_equal(buf, a, ENTRY);
    assert_memory_equal(buf + ENTRY, b, ENTRY);
    lh_play(&w, "H> 5A\n");
    lh_alive(&w);
    lh_play(&w, "H> A5\nD> 5A 00 00 00 C0\nH> A5\n"); /* the host refuses the length */
    lh_alive(&w);
    wire_close(&w);
}

static void test_pmt_stride(void **state)
{
    (void)state;
    open_phone((struct wire_setup){.chip = "mt6580", .settings = {"pmt_stride=0x4C"}});
    write_two("H> A4\n");
    lh_play(&w, "H> A5\nD> 5A 00 00 00 98\nH> 5A\n");
    lh_receive(&w, buf, 2 * 0x4C);
    assert_string_equal((char *)buf + 0x4C, "PRO_INFO");
    assert_int_equal(get_le32(buf + 0x4C + 64), 0x300000);
    assert_int_equal(get_le32(buf + 0x4C + 68), 0x40000);
    lh_play(&w, "H> 5A\n");
    lh_alive(&w);
    wire_close(&w);
}

static void test_pmt_refused(void **state)
{
    (void)state;
    open_phone((struct wire_setup){.chip = "mt6580"});
    lh_play(&w, "H> A4\nD> 5A\nH> 00 00 00 29\nD> A5 00 00 0C 71\n"); /* 41 entries: 3185 */
    lh_play(&w, "H> A4\nD> 5A\nH> FF FF FF FF\nD> A5 00 00 0C 71\n");
    lh_alive(&w);
    wire_close(&w);
    open_phone((struct wire_setup){.chip = "mt6735"}); /* it has a GPT */
    lh_play(&w, "H> A4\nD> 5A\nH> 00 00 00 00\nD> 5A\nH> 00 00 00 00\nD> 5A A5 00 00 13 D0\n");
    lh_alive(&w);
    assert_int_equal(mtksim_flash_changes(w.phone), 0);
    wire_close(&w);
}

/* ---- GPT ---- */

static void test_gpt(void **state)
{
    (void)state;
    static const char *const names[] = {"proinfo", "nvram"};
    for (int old = 0; old < 2; old++) {
        open_phone((struct wire_setup){.chip = "mt6735", .settings = {old ? "pmt_ack=01" : "pmt_ack=5A"}});
        lh_play(&w, "H> A5\nD> A5 00 00 04 0D\n");
        wire_gpt(&w, names, N(names));
        lh_play(&w, "H> A5\n");
        assert_int_equal(lh_u8(&w), old ? 0x01 : 0x5A);
        assert_int_equal(lh_u32(&w), 128 * 0x58); /* empty entries too */
        lh_send_u8(&w, 0x5A);
        lh_receive(&w, buf, 128 * 0x58);
        lh_send_u8(&w, 0x5A);
        for (size_t i = 0; i < N(names); i++) {
            assert_string_equal((char *)buf + i * 0x58, names[i]);
            assert_int_equal(get_le64(buf + i * 0x58 + 64), MIB);
            assert_int_equal(get_le64(buf + i * 0x58 + 72), (i + 1) * MIB);
        }
        for (size_t i = 2 * 0x58; i < 128 * 0x58; i++)
            assert_int_equal(buf[i], 0);
        lh_alive(&w);
        wire_close(&w);
    }
}

/* WRITE_GPT: the primary as it came, and a backup that says where it stands. */
static void test_write_gpt(void **state)
{
    (void)state;
    static const char *const names[] = {"alpha", "beta"};
    uint64_t size = 64 * MIB;
    open_phone((struct wire_setup){.chip = "mt6735"});
    wire_gpt(&w, names, N(names));
    uint8_t image[34 * 512], blank[34 * 512] = {0}, was[33 * 512], is[33 * 512];
    assert_int_equal(mtksim_flash_read(w.phone, "user", 0, image, sizeof(image)), 0);
    assert_int_equal(mtksim_flash_read(w.phone, "user", size - sizeof(was), was, sizeof(was)), 0);
    assert_int_equal(mtksim_flash_write(w.phone, "user", 0, blank, sizeof(blank)), 0);
    assert_int_equal(mtksim_flash_write(w.phone, "user", size - sizeof(was), blank, sizeof(was)), 0);
    lh_send_u8(&w, 0xA9);
    lh_send_u32(&w, sizeof(image));
    lh_send(&w, image, sizeof(image));
    assert_int_equal(lh_u8(&w), 0x5A);
    assert_int_equal(mtksim_flash_read(w.phone, "user", 0, buf, sizeof(image)), 0);
    assert_memory_equal(buf, image, sizeof(image));
    assert_int_equal(mtksim_flash_read(w.phone, "user", size - sizeof(is), is, sizeof(is)), 0);
    assert_memory_equal(is, was, sizeof(is));
    lh_send_u8(&w, 0xA9); /* no table at all: nothing changes */
    lh_send_u32(&w, sizeof(blank));
    lh_send(&w, blank, sizeof(blank));
    lh_play(&w, "D> A5 00 00 13 D0\nH> A9 00 00 02 00 00*512\nD> A5 00 00 13 D0\n");
    assert_int_equal(mtksim_flash_read(w.phone, "user", 0, buf, sizeof(image)), 0);
    assert_memory_equal(buf, image, sizeof(image));
    lh_alive(&w);
    wire_close(&w);
}

/* ---- NAND ---- */

static void fill_pattern(size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf[i] = (uint8_t)(i * 13 + i / 509);
}

static uint32_t page_size, spare_size, pages;
#define NAND_PHONE                          \
    {                                       \
        .chip = "mt6580", .storage = "nand" \
    }

static void open_nand(const char *fault)
{
    struct wire_setup setup = NAND_PHONE;
    struct board b;
    board_init(&b, soc_find("mt6580"), 1);
    assert_true(board_set_storage(&b, BOARD_NAND));
    page_size = b.nand.page_size;
    spare_size = b.nand.spare_size;
    pages = b.nand.pages_per_block;
    setup.fault = fault;
    lh_da2(&w, &setup);
}

static void nand_header(uint8_t op, uint64_t start, uint64_t len, uint32_t packet)
{
    lh_send_u8(&w, op);
    lh_play(&w, "H> 01 00\n");
    lh_send_u64(&w, start);
    lh_send_u64(&w, len);
    lh_send_u32(&w, packet);
}

static void test_nand_ids(void **state)
{
    (void)state;
    struct wire_setup setup = NAND_PHONE;
    struct board b;
    board_init(&b, soc_find("mt6580"), 1);
    assert_true(board_set_storage(&b, BOARD_NAND));
    lh_jump(&w, &setup);
    lh_play(&w, "D> C0 00 00 00 00 00 05\n");
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(lh_u16(&w), i < b.nand.id_len ? b.nand.id[i] : 0);
    lh_play(&w, "D> 00 00 0C 4D 00*16\n");
    wire_close(&w);
}

static void test_nand_write_and_read(void **state)
{
    (void)state;
    open_nand(NULL);
    const size_t block = (size_t)page_size * pages;
    static const uint8_t ops[] = {0xB3, 0xD5, 0xDE};
    fill_pattern(block);
    for (size_t k = 0; k < N(ops); k++) {
        nand_header(ops[k], (4 + k) * block, block, (uint32_t)block / 2);
        assert_int_equal(lh_u8(&w), 0x5A);
        for (size_t done = 0; done < block; done += block / 2) {
            if (ops[k] == 0xB3) /* as WRITE_DATA; the others have no 5A in front */
                lh_send_u8(&w, 0x5A);
            lh_packet(&w, buf + done, block / 2, true);
            assert_int_equal(lh_u8(&w), 0x69);
        }
        lh_alive(&w);
    }
    lh_play(&w, "H> D6 0C 01\n");
    lh_send_u64(&w, 4 * block);
    lh_send_u64(&w, block);
    assert_int_equal(lh_u8(&w), 0x5A);
    lh_send_u32(&w, (uint32_t)block);
    uint8_t *got = malloc(block);
    assert_non_null(got);
    lh_receive(&w, got, block);
    assert_memory_equal(got, buf, block);
    assert_int_equal(lh_u16(&w), sum16(0, got, block));
    lh_send_u8(&w, 0x5A);
    lh_alive(&w);
    free(got);
    wire_close(&w);
}

/* A refused packet has its own dialogue: the code alone, 5A, and the host's 69 repeats it. */
static void test_nand_bad_sum(void **state)
{
    (void)state;
    open_nand(NULL);
    fill_pattern(page_size);
    nand_header(0xD5, 0, page_size, page_size);
    assert_int_equal(lh_u8(&w), 0x5A);
    lh_send(&w, buf, page_size);
    lh_play(&w, "H> 00 00\nD> 00 00 0B F9 5A\nH> 69\n");
    lh_packet(&w, buf, page_size, true);
    assert_int_equal(lh_u8(&w), 0x69);
    lh_alive(&w);
    nand_header(0xD5, 0, page_size, page_size);
    assert_int_equal(lh_u8(&w), 0x5A);
    lh_send(&w, buf, page_size);
    lh_play(&w, "H> 00 00\nD> 00 00 0B F9 5A\nH> A5\n");
    lh_alive(&w);
    wire_close(&w);
}

/* NAND_WRITE_DATA is WRITE_DATA in this as well: A5 and a code, then 5A repeats the packet and 96 gives up. */
static void test_nand_data_bad_sum(void **state)
{
    (void)state;
    open_nand(NULL);
    fill_pattern(page_size);
    nand_header(0xB3, 0, page_size, page_size);
    lh_play(&w, "D> 5A\nH> 5A\n");
    lh_send(&w, buf, page_size);
    lh_play(&w, "H> 00 00\nD> A5 00 00 0B F9\nH> 5A\n");
    lh_packet(&w, buf, page_size, true);
    assert_int_equal(lh_u8(&w), 0x69);
    lh_alive(&w);
    nand_header(0xB3, 0, 2 * page_size, page_size);
    lh_play(&w, "D> 5A\nH> 96\n");
    lh_alive(&w);
    wire_close(&w);
}

static void test_nand_refused(void **state)
{
    (void)state;
    open_nand(NULL);
    nand_header(0xB3, UINT64_MAX - 0xFFFF, 0x20000, page_size);
    lh_play(&w, "D> A5 00 00 0B E0\n");
    lh_play(&w, "H> B3 02 00 00*16 00 00 10 00\nD> A5 00 00 0C 6A\n"); /* eMMC */
    lh_play(&w, "H> B3 01 02 00*16 00 00 10 00\nD> A5 00 00 03 EA\n"); /* no such address type */
    lh_play(&w, "H> 62 01 08 00*16 00 00 10 00\nD> A5 00 00 0C 6A\n");
    lh_play(&w, "H> DD FF FF FF FF\nD> A5 00 00 0C 71\n");
    lh_play(&w, "H> DD 00 00 00 01\nD> 5A\nH> 01 00*24 00 00 00 01\nD> 5A\n");
    lh_alive(&w);
    wire_close(&w);
    open_phone((struct wire_setup){.chip = "mt6735"});
    lh_play(&w, "H> B3 01 00 00*16 00 00 10 00\nD> A5 00 00 0C 6A\n");
    lh_play(&w, "H> A3\nD> A5 00 00 0C 6A\nH> 52\nD> A5\n");
    lh_play(&w, "H> DF 00 00 00*16 00*4\nD> A5 00 00 0C 6A\n");
    lh_alive(&w);
    wire_close(&w);
}

/* READPAGE in its three cuts, logical and physical. */
static void test_readpage(void **state)
{
    (void)state;
    open_nand(NULL);
    assert_int_equal(mtksim_flash_write(w.phone, "nand", 3 * (uint64_t)page_size,
                                        (fill_pattern(page_size), buf), page_size),
                     0);
    const uint8_t spare[] = {0xFF, 1, 2, 3};
    assert_int_equal(mtksim_flash_write(w.phone, "oob", 3 * (uint64_t)spare_size, spare, sizeof(spare)), 0);
    uint8_t *got = malloc(2 * (page_size + spare_size)), *want = malloc(page_size + spare_size);
    assert_non_null(got);
    assert_non_null(want);
    memset(want, 0xFF, page_size + spare_size);
    memcpy(want, buf, page_size);
    memcpy(want + page_size, spare, sizeof(spare));
    for (uint8_t physical = 0; physical < 2; physical++) {
        for (uint8_t cut = 0; cut < 3; cut++) {
            uint32_t one = (cut == 2 ? 0 : page_size) + (cut == 1 ? 0 : spare_size);
            lh_send_u8(&w, 0xDF);
            lh_send_u8(&w, cut);
            lh_send_u8(&w, physical);
            lh_send_u64(&w, 2 * (uint64_t)page_size);
            lh_send_u64(&w, 2 * (uint64_t)page_size);
            lh_send_u32(&w, 0);
            assert_int_equal(lh_u8(&w), 0x5A);
            assert_int_equal(lh_u32(&w), page_size);
            assert_int_equal(lh_u32(&w), spare_size);
            assert_int_equal(lh_u32(&w), one);
            lh_send_u32(&w, 2);
            assert_int_equal(lh_u32(&w), 2 * one);
            for (int again = 1; again >= 0; again--) {
                lh_receive(&w, got, 2 * one);
                assert_int_equal(lh_u16(&w), sum16(0, got, 2 * one));
                assert_memory_equal(got + one, want + (cut == 2 ? page_size : 0), one);
                lh_send_u8(&w, again ? 0x69 : 0x5A);
            }
            lh_alive(&w);
        }
    }
    lh_play(&w, "H> DF 03 00 00*16 00*4\nD> A5 00 00 03 EA\n");
    lh_play(&w, "H> DF 00 00 00*7 01 00*8 00*4\nD> A5 00 00 03 EA\n");
    lh_alive(&w);
    free(got);
    free(want);
    wire_close(&w);
}

/* Does READ_BMT list a block? A chip has a few from the factory. */
static bool in_bmt(unsigned block)
{
    bool found = false;
    lh_play(&w, "H> A3\nD> 5A\n");
    for (unsigned n = lh_u8(&w); n; n--) {
        found |= lh_u16(&w) == block;
        lh_u16(&w);
    }
    lh_send_u8(&w, 0x5A);
    return found;
}

/* Bad blocks: reported and passed over by a physical FORMAT; the replacement shows in the BMT. */
static void test_bad_blocks(void **state)
{
    (void)state;
    const uint8_t mark = 0;
    open_nand(NULL);
    const uint64_t block = (uint64_t)page_size * pages;
    assert_int_equal(mtksim_flash_write(w.phone, "oob", 2 * (uint64_t)spare_size * pages, &mark, 1), 0);
    assert_true(in_bmt(2));
    lh_play(&w, "H> D4 01 00 00 01\n");
    lh_send_u64(&w, block);
    lh_send_u64(&w, 3 * block);
    lh_play(&w, "D> 5A 5A 00 00 0B E5\n"); /* 3045 */
    assert_int_equal(lh_u64(&w), 2 * block);
    lh_play(&w, "D> 69 00 00 00 00 64\nH> 5A\nD> 69\n");
    assert_int_equal(lh_u64(&w), block);
    assert_int_equal(lh_u64(&w), 3 * block);
    lh_play(&w, "D> 00 00 00 03 00 00 00 01 00 00 00 00 5A\n");
    lh_alive(&w);
    lh_play(&w, "H> D4 01 01 00 01\n"); /* forced */
    lh_send_u64(&w, 2 * block);
    lh_send_u64(&w, block);
    lh_play(&w, "D> 5A 5A 00 00 00 00 64\nH> 5A\nD> 5A 5A\n");
    assert_false(in_bmt(2));
    lh_play(&w, "H> D4 01 02 00 01\n"); /* marked */
    lh_send_u64(&w, 7 * block);
    lh_send_u64(&w, block);
    lh_play(&w, "D> 5A 5A 00 00 00 00 64\nH> 5A\nD> 5A 5A\n");
    assert_true(in_bmt(7));
    lh_alive(&w);
    wire_close(&w);
}

static void test_nand_table(void **state)
{
    (void)state;
    open_nand(NULL);
    lh_play(&w, "H> A2\nD> A5 00 00 04 0D\n");
    write_two("H> A1\n");
    lh_play(&w, "H> A2\nD> 5A 00 00 00 C0\nH> 5A\n");
    lh_receive(&w, buf, 2 * ENTRY);
    assert_string_equal((char *)buf + ENTRY, "PRO_INFO");
    lh_play(&w, "H> 5A\n");
    lh_alive(&w);
    wire_close(&w);
}

/* ---- DOWNLOAD_BLOADER ---- */

static uint8_t *make_preloader(size_t *len)
{
    static uint8_t code[0x2000];
    struct mtk_preloader_build b = {.project_file = "preloader_test.bin",
                                    .emi_version = 20,
                                    .code = code,
                                    .code_len = sizeof(code),
                                    .max_size = 0x20000,
                                    .load_addr = 0x200D00};
    uint8_t *image = mtk_preloader_write(&b, len);
    assert_non_null(image);
    return image;
}

static void loader_row(uint32_t size)
{
    lh_play(&w, "H> 5A 05 00 01 00*4 00 02 00 00 00*4 00 02 00 00 00 00*4 00*4\n");
    lh_send_u32(&w, size);
    lh_play(&w, "H> 00 00\n");
}

static void test_bloader(void **state)
{
    (void)state;
    uint8_t header[MTK_PL_HEADER_EMMC];
    size_t len;
    uint8_t *image = make_preloader(&len);
    open_phone((struct wire_setup){.chip = "mt6735"});
    uint8_t none[16] = {0};
    assert_int_equal(mtksim_flash_write(w.phone, "boot1", 0, none, sizeof(none)), 0);
    lh_play(&w, "H> 51\nD> 5A\nH> 00 00 10 00 05\nD> 5A 5A\nH> 00 00 00 02\n");
    loader_row((uint32_t)len);
    lh_play(&w, "D> 5A\nH> A5\nD> 5A 5A\n"); /* the second one is not there */
    for (size_t done = 0; done < len; done += 0x1000) {
        lh_packet(&w, image + done, len - done < 0x1000 ? len - done : 0x1000, false);
        assert_int_equal(lh_u8(&w), 0x69);
    }
    lh_play(&w, "D> 5A 00 00 00 00\n");
    for (int k = 0; k < 2; k++) {
        const char *area = k ? "boot2" : "boot1";
        assert_int_equal(mtksim_flash_read(w.phone, area, 0, header, sizeof(header)), 0);
        assert_true(mtk_preloader_header_emmc_valid(header, sizeof(header)));
        assert_int_equal(mtksim_flash_read(w.phone, area, sizeof(header), buf, len), 0);
        assert_memory_equal(buf, image, len);
    }
    lh_play(
        &w,
        "H> 51\nD> 5A\nH> 00 00 10 00 05\nD> 5A 69\nH> 00 00 00 00\nD> 5A 5A 00 00 00 00\n"); /* updating */
    lh_play(&w, "H> BF\nD> 5A 00 00 00 01\n");
    lh_alive(&w);
    free(image);
    wire_close(&w);
}

static void test_bloader_refused(void **state)
{
    (void)state;
    open_phone((struct wire_setup){.chip = "mt6735"});
    lh_play(&w, "H> 51\nD> 5A\nH> 00 00 10 00 02\nD> A5 00 00 0C 6F\n"); /* a NAND's: 3183 */
    lh_play(&w, "H> 51\nD> 5A\nH> 00 00 00 00 05\nD> A5 00 00 03 EA\n");
    lh_play(&w, "H> 51\nD> 5A\nH> 00 00 10 00 05\nD> 5A ??\nH> FF FF FF FF\nD> A5 00 00 03 EA\n");
    lh_play(&w, "H> 51\nD> 5A\nH> 00 00 10 00 05\nD> 5A ??\nH> 00 00 00 01\n");
    loader_row(0x10000000);
    lh_play(&w, "D> A5 00 00 0B E0\n");
    lh_alive(&w);
    assert_int_equal(mtksim_flash_changes(w.phone), 0);
    wire_close(&w);
    open_phone((struct wire_setup){.chip = "mt6735", .settings = {"bl_key_check=on"}});
    lh_play(&w, "H> 51\nD> 5A\nH> 00 00 00 20 00*32\nD> 00*4\nH> 00 00 10 00 05\nD> 5A ??\nH> 00 00 00 "
                "00\nD> 5A 5A 00*4\n");
    lh_play(&w, "H> 51\nD> 5A\nH> 00 00 00 10 00*32\nD> 00 00 0C 6E\n");
    lh_alive(&w);
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pmt),
        cmocka_unit_test(test_pmt_stride),
        cmocka_unit_test(test_pmt_refused),
        cmocka_unit_test(test_gpt),
        cmocka_unit_test(test_write_gpt),
        cmocka_unit_test(test_nand_ids),
        cmocka_unit_test(test_nand_write_and_read),
        cmocka_unit_test(test_nand_bad_sum),
        cmocka_unit_test(test_nand_data_bad_sum),
        cmocka_unit_test(test_nand_refused),
        cmocka_unit_test(test_readpage),
        cmocka_unit_test(test_bad_blocks),
        cmocka_unit_test(test_nand_table),
        cmocka_unit_test(test_bloader),
        cmocka_unit_test(test_bloader_refused),
    };
    return cmocka_run_group_tests_name("agents/legacy-tables", tests, NULL, NULL);
}
