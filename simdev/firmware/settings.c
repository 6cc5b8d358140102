/* SPDX-License-Identifier: Apache-2.0 */
/* Profile settings as words. What each means and where it comes from: docs/settings.md. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "protocol/brom.h"
#include "simdev/firmware/phone.h"

void phone_settings_default(struct phone_settings *s)
{
    memset(s, 0, sizeof *s);
    s->sla_status_len = 2;
    s->brom_write_ok = -1;
    s->brom_bad_range = BROM_ADDRESS_INVALID;
    s->either_sla_order = true;
    s->xml_tolerant = true;
    s->xml_bootto_lock = true;
}

enum kind { SWITCH, NUMBER, CHOICE, TEXT, USB_ID };

struct row {
    const char *key;
    enum kind kind;
    size_t offset;
    const char *words; /* CHOICE: "zero,one,..." */
    unsigned long max; /* NUMBER */
};

#define AT(field) offsetof(struct phone_settings, field)
static const struct row rows[] = {
    {"bad_frame", CHOICE, AT(bad_frame), "deaf,desync", 0},
    {"after_error", CHOICE, AT(after_error), "loop,dead,wdt-reset,drop", 0},
    {"upload_missing", CHOICE, 0, "silent,status", 0},
    {"strict_transfers", SWITCH, AT(strict_transfers), NULL, 0},
    {"read_error", CHOICE, AT(read_error), "packet,twice,ack", 0},
    {"write_lag", NUMBER, AT(write_lag), NULL, 1000},
    {"da_sla", SWITCH, AT(da_sla), NULL, 0},
    {"da_messages", SWITCH, AT(da_messages), NULL, 0},
    {"da_year", NUMBER, AT(da_year), NULL, 2100},
    {"anti_rollback", SWITCH, AT(anti_rollback), NULL, 0},
    {"foreign_agent", SWITCH, AT(foreign_agent), NULL, 0},
    {"accept_any_credential", SWITCH, AT(accept_any_credential), NULL, 0},
    {"sla_status_len", NUMBER, AT(sla_status_len), NULL, 4},
    {"battery_mv", NUMBER, AT(battery_mv), NULL, 10000},
    {"chip_id", TEXT, AT(chip_id), NULL, 0xFFFF},
    {"hide_storage", SWITCH, AT(hide_storage), NULL, 0},
    {"table", CHOICE, AT(table), "auto,gpt,pmt", 0},
    {"table_category", CHOICE, AT(table_category), "true,gpt", 0},
    {"unaligned", CHOICE, AT(unaligned), "refuse,accept", 0},
    {"brom_write_ok", NUMBER, AT(brom_write_ok), NULL, 0xFFFF},
    {"brom_window_ms", NUMBER, AT(brom_window_ms), NULL, 1000000000},
    {"usbdl", CHOICE, AT(usbdl), "auto,off,on,refuse", 0},
    {"pl_refusal", CHOICE, AT(pl_refusal), "chip,1d18,1d18-stays", 0},
    {"brom_rollback", CHOICE, AT(brom_rollback), "agent,1d21,5a5b", 0},
    {"brom_bad_signature", NUMBER, AT(brom_bad_signature), NULL, 0xFFFF},
    {"brom_bad_range", NUMBER, AT(brom_bad_range), NULL, 0xFFFF},
    {"brom_after_error", CHOICE, AT(brom_after_error), "loop,reset", 0},
    {"sla_then_da", CHOICE, AT(sla_then_da), "either,again", 0},
    {"brom_usb_id", USB_ID, AT(brom_usb_id), NULL, 0},
    {"preloader_usb_id", USB_ID, AT(preloader_usb_id), NULL, 0},
    {"da_usb_id", USB_ID, AT(da_usb_id), NULL, 0},
    {"brom_usb_speed", CHOICE, AT(brom_usb_speed), "auto,full,high", 0},
    {"rpmb_format", CHOICE, AT(rpmb_format), "refuse,accept", 0},
    {"tool_locked", SWITCH, AT(tool_locked), NULL, 0},
    {"sla_length_order", CHOICE, 0, "big,either", 0},
    {"legacy_build", CHOICE, AT(legacy_build), "2016,2015", 0},
    {"status_numbering", CHOICE, AT(status_numbering), "auto,N1,N2", 0},
    {"cid_swap", CHOICE, AT(cid_swap), "auto,off,on", 0},
    {"blank_status", CHOICE, AT(blank_status), "auto,off,on", 0},
    {"pmt_ack", CHOICE, AT(pmt_ack), "auto,5A,01", 0},
    {"legacy_bad_sum", CHOICE, AT(legacy_bad_sum), "packet,halt,loop", 0},
    {"legacy_unknown", CHOICE, AT(legacy_unknown), "silent,bb", 0},
    {"legacy_link", CHOICE, AT(legacy_link), "usb,uart", 0},
    {"nand_readpage", CHOICE, AT(nand_readpage), "64,32", 0},
    {"legacy_sparse", SWITCH, AT(legacy_sparse), NULL, 0},
    {"emi_prefix", SWITCH, AT(emi_prefix), NULL, 0},
    {"bl_key_check", SWITCH, AT(bl_key_check), NULL, 0},
    {"readback_forbidden", SWITCH, AT(readback_forbidden), NULL, 0},
    {"nand_ids", NUMBER, AT(nand_ids), NULL, 64},
    {"nand_report_ids", NUMBER, AT(nand_report_ids), NULL, 64},
    {"emi_version", NUMBER, AT(emi_version), NULL, 99},
    {"pmt_stride", NUMBER, AT(pmt_stride), NULL, 0x60},
    {"dl_info", NUMBER, AT(dl_info), NULL, 1},
    {"xml_after_err", CHOICE, AT(xml_after_err), "start,dead", 0},
    {"xml_init_fail", CHOICE, AT(xml_init_fail), "refuse,run", 0},
    {"xml_end", CHOICE, AT(xml_end), "good,no_message_end", 0},
    {"xml_read_error", CHOICE, AT(xml_read_error), "echo,end", 0},
    {"xml_ufs_ids", CHOICE, AT(xml_ufs_ids), "id,all,cid", 0},
    {"xml_tolerant", SWITCH, AT(xml_tolerant), NULL, 0},
    {"xml_bootto_lock", SWITCH, AT(xml_bootto_lock), NULL, 0},
    {"xml_usb_speed", SWITCH, AT(xml_usb_speed), NULL, 0},
    {"xml_wrong_board", SWITCH, AT(xml_wrong_board), NULL, 0},
};

const char *phone_settings_key(size_t i)
{
    return i < sizeof rows / sizeof *rows ? rows[i].key : NULL;
}

/* Position of a word in a comma list, -1 if it is not there. */
static int choice(const char *words, const char *value)
{
    size_t n = strlen(value);
    for (int i = 0; words; i++) {
        size_t k = strcspn(words, ",");
        if (n == k && !strncmp(words, value, n))
            return i;
        words = words[k] ? words + k + 1 : NULL;
    }
    return -1;
}

static bool number(const char *value, unsigned long max, unsigned long *out)
{
    char *end;
    if (!isdigit((unsigned char)*value))
        return false;
    errno = 0;
    *out = strtoul(value, &end, 0);
    return !*end && !errno && *out <= max;
}

/* Four hexadecimal digits, none too many. */
static bool hex16(const char *text, char end, unsigned *out)
{
    size_t n = strspn(text, "0123456789abcdefABCDEF");
    *out = n == 4 ? (unsigned)strtoul(text, NULL, 16) : 0;
    return n == 4 && text[4] == end;
}

/* "0E8D:0003" */
static bool usb_id(const char *value, unsigned *out)
{
    unsigned vid, pid;
    if (!hex16(value, ':', &vid) || !hex16(value + 5, '\0', &pid))
        return false;
    *out = vid << 16 | pid;
    return *out != 0;
}

static bool store(struct phone_settings *s, const struct row *r, const char *value)
{
    unsigned char *field = (unsigned char *)s + r->offset;
    unsigned long n = 0;
    int c = r->kind == SWITCH ? choice("off,on,no,yes,0,1", value) : choice(r->words, value);
    switch (r->kind) {
    case SWITCH:
        *(bool *)field = c & 1;
        return c >= 0;
    case NUMBER:
        if (!number(value, r->max, &n))
            return false;
        memcpy(field, &(unsigned){(unsigned)n}, sizeof(unsigned));
        return true;
    case TEXT:
        if (!number(value, r->max, &n) || strlen(value) >= sizeof s->chip_id)
            return false;
        strcpy(s->chip_id, value);
        return true;
    case USB_ID:
        return usb_id(value, (unsigned *)(void *)field);
    case CHOICE:
        break;
    }
    if (c < 0)
        return false;
    if (!strcmp(r->key, "upload_missing"))
        s->upload_missing_status = c;
    else if (!strcmp(r->key, "sla_length_order"))
        s->either_sla_order = c;
    else
        memcpy(field, &(unsigned){(unsigned)c}, sizeof(unsigned));
    return true;
}

int phone_settings_parse(struct phone_settings *s, const char *text, char *err, size_t err_len)
{
    static const char old_word[] = "hide_emmc"; /* of hide_storage */
    const char *eq = strchr(text, '=');
    if (!eq)
        return mtk_why(err, err_len, "setting '%s' has no '='", text);
    size_t n = (size_t)(eq - text);
    const char *key = n == sizeof old_word - 1 && !strncmp(text, old_word, n) ? "hide_storage" : text;
    n = key == text ? n : strlen(key);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        if (strlen(r->key) != n || strncmp(r->key, key, n))
            continue;
        if (!store(s, r, eq + 1))
            return mtk_why(err, err_len, "setting %s: '%s' makes no sense", r->key, eq + 1);
        if (s->sla_status_len != 2 && s->sla_status_len != 4)
            return mtk_why(err, err_len, "setting sla_status_len: 2 or 4 bytes");
        if (s->pmt_stride && s->pmt_stride != 0x4C && s->pmt_stride != 0x58 && s->pmt_stride != 0x60)
            return mtk_why(err, err_len, "setting pmt_stride: 0x4C, 0x58 or 0x60 bytes");
        return 0;
    }
    return mtk_why(err, err_len, "unknown setting '%.*s'", (int)(eq - text), text);
}
