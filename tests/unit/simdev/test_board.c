/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles and what is soldered on: brom-preloader.md 8.7, formats.md 2.4. */
#include "host.h"

#include <ctype.h>

#include "formats/preloader.h"
#include "simdev/board/board.h"

static void every_profile_is_sane(void **state)
{
    (void)state;
    const struct soc_profile *s;
    size_t n = 0;
    for (; (s = soc_at(n)); n++) {
        const struct mtk_chip *c = soc_chip(s);
        assert_non_null(c);
        assert_ptr_equal(soc_find(s->name), s);
        assert_ptr_equal(soc_find(s->platform), s);
        /* what the chip table says of the preloader comes from the same devices; no preloader of the newest is public */
        if (c->agent != MTK_AGENT_XML) {
            assert_int_equal(c->dev_pl_bl_ver, s->bl_ver);
            assert_int_equal(c->dev_pl_da_ram_addr, s->pl_da_address);
            assert_int_equal(c->dev_pl_da_max_signed_len, s->pl_da_max);
        }
        assert_int_equal(s->has_ids, s->bl_ver == 3);
        assert_int_equal(s->doubled_a0, s->bl_ver == 3 || c->agent == MTK_AGENT_XFLASH);
        assert_int_equal(s->window_ms, 2500);
        assert_true(s->pl_da_refused == 0x7024 || s->pl_da_refused == 0x2001);
        assert_int_equal(s->pl_da_too_long, s->pl_da_refused == 0x7024 ? 0x1D10 : 0x2006);
        uint32_t da1 = s->hw_code == 0x1129 ? 0x02000000 : 0x00200000; /* da-xml.md 1 */
        assert_true(s->brom_sram_start <= da1 && s->brom_sram_end > da1 + 0x40000);
        assert_true(s->pl_da_address >= s->dram_base && s->pl_da_address - s->dram_base < s->dram_size);
        assert_true(mtk_emi_record_size(s->emi_version) > 0);
        assert_true(s->da_year >= 2017 && s->da_year <= 2022);
        assert_int_equal(strlen(s->emmc_name), 6);
        assert_true(s->emmc_user % (512 * 1024) == 0 && s->emmc_boot % (128 * 1024) == 0);
        assert_non_null(strstr(c->names, s->platform));
    }
    assert_int_equal(n, 18);
    assert_null(soc_find("mt9999"));
    assert_null(soc_find(NULL));
    assert_ptr_equal(soc_find("MT6765"), soc_find("mt6765"));
}

/* The table of 8.7, row by row. */
static void profile_rows(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t code;
        enum soc_usb usb;
        uint8_t ver;
        bool still, as_da;
        uint32_t extra;
        uint16_t jump;
        enum soc_da_policy policy;
    } rows[] = {
        {"mt6580", 0x6580, SOC_USB_MUSB, 1, false, false, 0, 0x2001, SOC_DA_IF_DAA_FUSE},
        {"mt6735", 0x0321, SOC_USB_MUSB, 2, false, true, 0, 0x2001, SOC_DA_IF_USBDL_AND_SBC},
        {"mt6737", 0x0335, SOC_USB_MUSB, 2, false, true, 0, 0x2001, SOC_DA_IF_USBDL_AND_SBC},
        {"mt6753", 0x0337, SOC_USB_MUSB, 2, false, true, 0, 0x2001, SOC_DA_IF_USBDL_AND_SBC},
        {"mt6739", 0x0699, SOC_USB_MUSB, 3, false, false, 3500, 0x7024, SOC_DA_IF_USBDL},
        {"mt6755", 0x0326, SOC_USB_SSUSB, 2, false, true, 0, 0x2001, SOC_DA_IF_USBDL},
        {"mt6750", 0x0601, SOC_USB_SSUSB, 2, false, true, 0, 0x2001, SOC_DA_IF_USBDL},
        {"mt6757", 0x0551, SOC_USB_SSUSB, 2, false, true, 0, 0x2001, SOC_DA_IF_USBDL},
        {"mt6761", 0x0717, SOC_USB_MUSB, 3, true, true, 3500, 0x7024, SOC_DA_IF_USBDL},
        {"mt6762", 0x0717, SOC_USB_MUSB, 3, true, true, 3500, 0x7024, SOC_DA_IF_USBDL},
        {"mt6763", 0x0690, SOC_USB_MUSB, 3, true, false, 3500, 0x7024, SOC_DA_IF_USBDL},
        {"mt6765", 0x0766, SOC_USB_MUSB, 3, true, true, 3500, 0x7024, SOC_DA_IF_USBDL},
        {"mt6768", 0x0707, SOC_USB_MUSB, 3, true, false, 0, 0x7024, SOC_DA_IF_USBDL},
        {"mt6771", 0x0788, SOC_USB_SSUSB, 3, true, false, 0, 0x7024, SOC_DA_IF_USBDL},
        {"mt6779", 0x0725, SOC_USB_SSUSB, 3, true, false, 0, 0x7024, SOC_DA_IF_USBDL},
        {"mt6785", 0x0813, SOC_USB_SSUSB, 3, true, false, 0, 0x7024, SOC_DA_IF_USBDL},
        {"mt6789", 0x1208, SOC_USB_MUSB, 3, true, false, 0, 0x7024, SOC_DA_IF_USBDL},
        {"mt6855", 0x1129, SOC_USB_SSUSB, 3, true, false, 0, 0x7024, SOC_DA_IF_USBDL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct soc_profile *s = soc_find(rows[i].name);
        assert_non_null(s);
        assert_int_equal(s->hw_code, rows[i].code);
        assert_int_equal(s->usb, rows[i].usb);
        assert_int_equal(s->bl_ver, rows[i].ver);
        assert_int_equal(s->has_stay_still, rows[i].still);
        assert_int_equal(s->preloader_as_da, rows[i].as_da);
        assert_int_equal(s->phy_extra_ms, rows[i].extra);
        assert_int_equal(s->pl_jump_no_da, rows[i].jump);
        assert_int_equal(s->pl_da_policy, rows[i].policy);
    }
}

/* Which agent a chip has by default, what it stores on, what a legacy agent calls it (da-legacy.md 0). */
static void agents_and_storages(void **state)
{
    (void)state;
#define E (1u << BOARD_EMMC)
#define U (1u << BOARD_UFS)
#define N (1u << BOARD_NAND)
    static const struct {
        const char *name;
        enum mtk_agent_kind agent;
        unsigned storages;
        uint8_t bbchip, bbchip_2015;
    } rows[] = {
        {"mt6580", MTK_AGENT_LEGACY, E | N, 0x9C, 0x9C}, {"mt6735", MTK_AGENT_LEGACY, E | N, 0x9B, 0x93},
        {"mt6737", MTK_AGENT_LEGACY, E | N, 0xA0, 0xA0}, {"mt6753", MTK_AGENT_LEGACY, E, 0x9E, 0x9E},
        {"mt6739", MTK_AGENT_XFLASH, E | N, 0, 0},       {"mt6750", MTK_AGENT_XFLASH, E, 0, 0},
        {"mt6755", MTK_AGENT_XFLASH, E, 0, 0},           {"mt6757", MTK_AGENT_XFLASH, E, 0, 0},
        {"mt6761", MTK_AGENT_XFLASH, E, 0, 0},           {"mt6762", MTK_AGENT_XFLASH, E, 0, 0},
        {"mt6763", MTK_AGENT_XFLASH, E, 0, 0},           {"mt6765", MTK_AGENT_XFLASH, E, 0, 0},
        {"mt6768", MTK_AGENT_XFLASH, E | U, 0, 0},       {"mt6771", MTK_AGENT_XFLASH, E | U, 0, 0},
        {"mt6779", MTK_AGENT_XFLASH, E | U, 0, 0},       {"mt6785", MTK_AGENT_XFLASH, E | U, 0, 0},
        {"mt6789", MTK_AGENT_XML, E | U, 0, 0},          {"mt6855", MTK_AGENT_XML, U, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct soc_profile *s = soc_find(rows[i].name);
        assert_int_equal(soc_chip(s)->agent, rows[i].agent);
        assert_int_equal(s->storages, rows[i].storages);
        assert_int_equal(s->bbchip, rows[i].bbchip);
        assert_int_equal(s->bbchip_2015, rows[i].bbchip_2015);
        assert_int_equal(s->table_pmt, s->hw_code == 0x6580);
        assert_int_equal(s->da_extras, s->hw_code == 0x6580 ? SOC_EXTRAS_SLC : SOC_EXTRAS_NONE);
        assert_int_equal(s->ufs_user % 4096 + s->ufs_boot % 4096, 0);
        assert_int_equal(s->ufs_user != 0, (rows[i].storages & U) != 0);
        assert_int_equal(s->nand_size != 0, (rows[i].storages & N) != 0);
    }
}

static void storage_of_a_board(void **state)
{
    (void)state;
    struct board b;
    uint8_t id[16];
    enum board_storage kind;
    board_init(&b, soc_find("mt6785"), 1);
    assert_int_equal(b.storage, BOARD_EMMC);
    assert_int_equal(board_block_size(&b), 512);
    assert_int_equal(board_storage_id(&b, id), 16);
    assert_memory_equal(id, b.emmc.cid, 16);
    assert_false(board_set_storage(&b, BOARD_NAND));
    assert_true(board_set_storage(&b, BOARD_UFS));
    assert_int_equal(board_block_size(&b), 4096);
    assert_int_equal(b.dram.type, 0x0306);
    assert_int_equal(board_storage_id(&b, id), strlen(b.ufs.product));
    assert_memory_equal(id, b.ufs.product, strlen(b.ufs.product));
    assert_int_equal(strlen(b.ufs.serial), 12);
    assert_int_equal(strlen(b.ufs.fw_version), 4);
    assert_int_equal(board_fit_flash(&b, 64 << 20), 0);
    assert_int_equal(flash_size(b.area[BOARD_BOOT1]), 4 << 20);
    assert_int_equal(flash_size(b.area[BOARD_USER]), 64 << 20);
    assert_null(b.area[BOARD_OOB]);
    board_release(&b);
    board_init(&b, soc_find("mt6855"), 1);
    assert_int_equal(b.storage, BOARD_UFS);
    assert_string_equal(board_area_name(BOARD_NAND, BOARD_USER), "nand");
    assert_null(board_area_name(BOARD_NAND, BOARD_BOOT1));
    assert_true(board_storage_by_name("UFS", &kind) && kind == BOARD_UFS);
    assert_false(board_storage_by_name("nor", &kind));
    assert_false(board_storage_by_name(NULL, &kind));
}

/* A NAND leaves the factory erased, with a few bad blocks that follow from the seed; the first ones are good. */
static void nand_from_the_factory(void **state)
{
    (void)state;
    struct board b, again;
    uint8_t byte;
    unsigned bad = 0;
    for (int i = 0; i < 2; i++) {
        struct board *x = i ? &again : &b;
        board_init(x, soc_find("mt6739"), 7);
        assert_true(board_set_storage(x, BOARD_NAND));
        assert_int_equal(board_fit_flash(x, 0), 0);
    }
    assert_int_equal(b.nand.page_size, 2048);
    assert_int_equal(b.nand.pool_blocks, 80);
    assert_int_equal(flash_size(b.area[BOARD_OOB]), flash_size(b.area[BOARD_USER]) / 2048 * 64);
    assert_int_equal(flash_read(b.area[BOARD_USER], 12345678, &byte, 1), 0);
    assert_int_equal(byte, 0xFF);
    for (uint64_t block = 0; block < 4096; block++) {
        uint8_t mark, other;
        assert_int_equal(flash_read(b.area[BOARD_OOB], block * 64 * 64, &mark, 1), 0);
        assert_int_equal(flash_read(again.area[BOARD_OOB], block * 64 * 64, &other, 1), 0);
        assert_int_equal(mark, other);
        assert_true(mark == 0xFF || block >= 8);
        bad += mark != 0xFF;
    }
    assert_in_range(bad, 1, 4);
    assert_true(flash_used(b.area[BOARD_USER]) == 0);
    board_release(&b);
    board_release(&again);
}

static void every_profile_answers(void **state)
{
    (void)state;
    const struct soc_profile *s;
    for (size_t i = 0; (s = soc_at(i)); i++) {
        char brom[64], pl[96];
        struct mtksim_config cfg = {.chip = s->name};
        snprintf(brom, sizeof brom, "H> FE D> FE H> FD D> FD %02X %02X 00 00", s->hw_code >> 8,
                 s->hw_code & 0xFF);
        snprintf(pl, sizeof pl, "H> FE D> %02X H> FD D> FD %02X %02X 00 00", s->bl_ver, s->hw_code >> 8,
                 s->hw_code & 0xFF);
        struct mtksim *p = host_in_brom(&cfg);
        host_talk(p, brom);
        mtksim_free(p);
        p = host_in_preloader(&cfg);
        host_talk(p, pl);
        mtksim_free(p);
    }
}

static void ids_follow_the_seed(void **state)
{
    (void)state;
    const struct soc_profile *s = soc_find("mt6765");
    struct board a, b, c;
    board_init(&a, s, 1);
    board_init(&b, s, 1);
    board_init(&c, s, 2);
    assert_memory_equal(a.me_id, b.me_id, sizeof a.me_id);
    assert_memory_not_equal(a.me_id, c.me_id, sizeof a.me_id);
    assert_memory_not_equal(a.soc_id, c.soc_id, sizeof a.soc_id);
    assert_memory_equal(a.emmc.cid, b.emmc.cid, 16);
    assert_memory_equal(a.emmc.cid, c.emmc.cid, 9); /* the eMCP is the profile's */
    assert_memory_not_equal(a.emmc.cid + 10, c.emmc.cid + 10, 4);
    assert_in_range(a.battery_mv, 3500, 4400);
    assert_false(a.fuses.sbc || a.fuses.sla || a.fuses.daa || a.fuses.usbdl_secure);
}

/* The example of the SD specification for CRC-7: CMD17 with argument 0 has 0x2A (0x55 with the end bit). */
static uint8_t crc7_bitwise(const uint8_t *p, size_t n)
{
    unsigned crc = 0;
    for (size_t bit = 0; bit < n * 8 + 7; bit++) {
        unsigned in = bit < n * 8 ? p[bit / 8] >> (7 - bit % 8) & 1u : 0;
        crc = crc << 1 | in;
        if (crc & 0x80)
            crc ^= 0x89;
    }
    return (uint8_t)(crc << 1 | 1);
}

static void cid_checksum(void **state)
{
    (void)state;
    static const uint8_t cmd17[] = {0x51, 0, 0, 0, 0};
    const struct soc_profile *s;
    uint8_t cid[16];
    assert_int_equal(crc7_bitwise(cmd17, sizeof cmd17), 0x55);
    for (size_t i = 0; (s = soc_at(i)); i++) {
        board_emmc_cid(s, i, cid);
        assert_int_equal(cid[0], s->emmc_mid);
        assert_memory_equal(cid + 3, s->emmc_name, 6);
        assert_int_equal(cid[15], crc7_bitwise(cid, 15));
        assert_in_range(cid[14] >> 4, 1, 12);
    }
}

static void reset_and_power(void **state)
{
    (void)state;
    struct board b;
    board_init(&b, soc_find("mt6765"), 1);
    assert_int_equal(board_fit_flash(&b, 1 << 20), 0);
    b.dram.up = true;
    b.usbdl_flag = 0x444C00F1;
    board_reset(&b);
    assert_false(b.dram.up);
    assert_int_equal(b.usbdl_flag, 0);
    b.usbdl_flag = 0x444C00F1;
    b.usbdl_flag_kept = true;
    board_reset(&b);
    assert_int_equal(b.usbdl_flag, 0x444C00F1);
    b.usbdl_flag_kept = true;
    board_power_cycle(&b);
    assert_int_equal(b.usbdl_flag, 0);
    board_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_profile_is_sane), cmocka_unit_test(profile_rows),
        cmocka_unit_test(agents_and_storages),   cmocka_unit_test(storage_of_a_board),
        cmocka_unit_test(nand_from_the_factory), cmocka_unit_test(every_profile_answers),
        cmocka_unit_test(ids_follow_the_seed),   cmocka_unit_test(cid_checksum),
        cmocka_unit_test(reset_and_power),
    };
    return cmocka_run_group_tests_name("simdev/board", tests, NULL, NULL);
}
