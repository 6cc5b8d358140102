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
        /* what the chip table says of the preloader comes from the same devices */
        assert_int_equal(c->dev_pl_bl_ver, s->bl_ver);
        assert_int_equal(c->dev_pl_da_ram_addr, s->pl_da_address);
        assert_int_equal(c->dev_pl_da_max_signed_len, s->pl_da_max);
        assert_int_equal(s->has_ids, s->bl_ver == 3);
        assert_int_equal(s->doubled_a0, s->bl_ver == 3 || c->agent == MTK_AGENT_XFLASH);
        assert_int_equal(s->window_ms, 2500);
        assert_true(s->pl_da_refused == 0x7024 || s->pl_da_refused == 0x2001);
        assert_int_equal(s->pl_da_too_long, s->pl_da_refused == 0x7024 ? 0x1D10 : 0x2006);
        assert_true(s->brom_sram_start <= 0x00200000 && s->brom_sram_end > 0x00240000);
        assert_true(s->pl_da_address >= s->dram_base && s->pl_da_address - s->dram_base < s->dram_size);
        assert_true(mtk_emi_record_size(s->emi_version) > 0);
        assert_true(s->da_year >= 2017 && s->da_year <= 2022);
        assert_int_equal(strlen(s->emmc_name), 6);
        assert_true(s->emmc_user % (512 * 1024) == 0 && s->emmc_boot % (128 * 1024) == 0);
        assert_non_null(strstr(c->names, s->platform));
    }
    assert_int_equal(n, 16);
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
    assert_ptr_equal(board_area_by_name(&b, "user"), b.area[BOARD_USER]);
    assert_null(board_area_by_name(&b, "gp1"));
    assert_null(board_area_by_name(&b, NULL));
    board_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_profile_is_sane), cmocka_unit_test(profile_rows),
        cmocka_unit_test(every_profile_answers), cmocka_unit_test(ids_follow_the_seed),
        cmocka_unit_test(cid_checksum),          cmocka_unit_test(reset_and_power),
    };
    return cmocka_run_group_tests_name("simdev/board", tests, NULL, NULL);
}
