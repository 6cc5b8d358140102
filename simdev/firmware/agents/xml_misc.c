/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that stand for themselves: boot mode, fuses, registers, UFS, USB speed. da-xml.md section 4. */
#include <string.h>

#include "base/cursor.h"
#include "simdev/firmware/agents/xml.h"

#define SMALL_FILE   0x1000u
#define RSC_MAX      0x10000u
#define CERT_MAX     0x4000u
#define FIRMWARE_MAX (4u << 20)
#define FIRMWARE_NS  (60 * NS_PER_S) /* minutes on some parts; nothing is said meanwhile */
#define FASTBOOT_NS  (50 * NS_PER_MS)
#define CHIP_ID_BASE 0x08000000u

/* True if the text of an argument is one of two words. */
static bool one_of(struct xm *x, const char *name, const char *a, const char *b)
{
    const char *text;
    if (!xm_arg(x, name, &text))
        return false;
    if (strcmp(text, a) == 0 || strcmp(text, b) == 0)
        return true;
    xm_fail(x, "Value of %s is unknown.", name);
    return false;
}

enum xm_result xm_set_boot_mode(struct xm *x)
{
    const char *mode;
    if (!xm_arg(x, "mode", &mode))
        return XM_ERR;
    if (strcmp(mode, "FASTBOOT") == 0) {
        phone_wait(x->p, FASTBOOT_NS); /* acts here: the reset can beat CMD:END */
        phone_usb_disconnect(x->p);
        phone_reboot(x->p);
    }
    bool meta = strcmp(mode, "META") == 0;
    if (!meta && strcmp(mode, "ANDROID-TEST-MODE") != 0) {
        xm_fail(x, "%s", XML_MSG_UNSUPPORTED);
        return XM_UNSUPPORTED;
    }
    if (meta && (!one_of(x, "connect_type", "USB", "UART") || !one_of(x, "mobile_log", "ON", "OFF") ||
                 !one_of(x, "adb", "ON", "OFF")))
        return XM_ERR;
    if (!ag_has_storage(x->p))
        return XM_ERR; /* the mode is kept on storage; the executed agent had no words for it */
    phone_log(x->p, "[DA%u] next boot: %s", x->stage, mode);
    return XM_OK;
}

/* ---- fuses ---- */

enum xm_result xm_read_efuse(struct xm *x)
{
    const struct board_fuses *f = &phone_board(x->p)->fuses;
    const struct {
        const char *name;
        bool blown;
    } fuses[] = {{"SBC", f->sbc}, {"SLA", f->sla}, {"DAA", f->daa}, {"ROOT-KEY", f->has_root_key}};
    char memory[SMALL_FILE];
    const char *target;
    if (!xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    struct xm_out o = xm_out_init(memory, sizeof(memory));
    xm_put(&o, XML_HEAD "<efuse version=\"1.0\">");
    for (size_t i = 0; i < sizeof(fuses) / sizeof(fuses[0]); i++)
        xm_put(&o, "<item key=\"%s\">%s</item>", fuses[i].name, fuses[i].blown ? "ENABLED" : "DISABLED");
    xm_put(&o, "</efuse>");
    return xm_give_file(x, "efuse", target, o.s, o.len + 1) ? XM_OK : XM_ERR;
}

/* What is blown stays blown; this agent takes the settings and blows nothing. */
enum xm_result xm_write_efuse(struct xm *x)
{
    const char *source;
    size_t len;
    if (!xm_arg_file(x, "source_file", &source) ||
        xm_get_file(x, "efuse", source, SMALL_FILE, &x->file, &len) != XM_GOT_IT)
        return XM_ERR;
    return xm_fail(x, "efuse: writing is not allowed.");
}

/* ---- registers ---- */

static uint32_t read_hw_code(struct mtksim *p)
{
    return agent_hw_code(p);
}
static uint32_t read_sub_code(struct mtksim *p)
{
    return phone_board(p)->soc->hw_sub_code;
}
static uint32_t read_hw_version(struct mtksim *p)
{
    return phone_board(p)->soc->hw_version;
}
static uint32_t read_sw_version(struct mtksim *p)
{
    return phone_board(p)->soc->sw_version;
}

/* The allow-list. Nothing on it may be written. */
static const struct {
    uint32_t address;
    uint32_t (*read)(struct mtksim *p);
} registers[] = {
    {CHIP_ID_BASE, read_hw_code},
    {CHIP_ID_BASE + 4, read_sub_code},
    {CHIP_ID_BASE + 8, read_hw_version},
    {CHIP_ID_BASE + 12, read_sw_version},
};

/* bit_width and base_address. */
static bool register_args(struct xm *x, unsigned *bits, uint64_t *address)
{
    uint64_t width;
    if (!xm_arg_number(x, "bit_width", &width) || !xm_arg_number(x, "base_address", address))
        return false;
    if (width != 8 && width != 16 && width != 32) {
        xm_fail(x, "Register width is invalid.");
        return false;
    }
    *bits = (unsigned)width;
    return true;
}

enum xm_result xm_read_register(struct xm *x)
{
    unsigned bits;
    uint64_t address;
    const char *target;
    uint8_t value[4];
    if (!register_args(x, &bits, &address) || !xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        if (registers[i].address != address)
            continue;
        put_le32(value, registers[i].read(x->p) & (UINT32_MAX >> (32 - bits)));
        return xm_give_file(x, "REGISTER", target, value, sizeof(value)) ? XM_OK : XM_ERR;
    }
    return xm_fail(x, "Register access is forbidden: 0x%llx.", (unsigned long long)address);
}

enum xm_result xm_write_register(struct xm *x)
{
    unsigned bits;
    uint64_t address;
    const char *source;
    if (!register_args(x, &bits, &address) || !xm_arg_file(x, "source_file", &source))
        return XM_ERR;
    return xm_fail(x, "Register access is forbidden: 0x%llx.", (unsigned long long)address);
}

/* ---- files that are taken ---- */

static enum xm_result take_file(struct xm *x, const char *info, uint32_t max)
{
    const char *source;
    size_t len;
    if (!xm_arg_file(x, "source_file", &source) ||
        xm_get_file(x, info, source, max, &x->file, &len) != XM_GOT_IT)
        return XM_ERR;
    phone_log(x->p, "[DA%u] %s: %zu bytes", x->stage, info, len);
    return XM_OK;
}

enum xm_result xm_set_rsc(struct xm *x)
{
    const char *key;
    return xm_arg(x, "key", &key) ? take_file(x, "RSC", RSC_MAX) : XM_ERR;
}

enum xm_result xm_write_private_cert(struct xm *x)
{
    return take_file(x, "cert", CERT_MAX);
}

/* ---- UFS ---- */

enum xm_result xm_debug_ufs(struct xm *x)
{
    static const char *const fields[] = {"write_turbo", "hpb", "split_last_lua"};
    const char *function, *text;
    if (!xm_arg(x, "function", &function))
        return XM_ERR;
    if (!ag_has_storage(x->p) || phone_board(x->p)->storage != BOARD_UFS)
        return xm_fail_storage(x, AG_NO_STORAGE, "UFS");
    if (strcmp(function, "UPDATE-FIRMWARE") == 0) {
        enum xm_result result = take_file(x, "FW", FIRMWARE_MAX);
        if (result == XM_OK)
            phone_wait(x->p, FIRMWARE_NS);
        return result;
    }
    if (strcmp(function, "SETTING") != 0)
        return xm_fail(x, "Unknown UFS function.");
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (!xm_arg(x, fields[i], &text))
            return XM_ERR;
        phone_log(x->p, "[DA%u] UFS %s: %s", x->stage, fields[i], text);
    }
    return XM_OK;
}

/* ---- USB speed ---- */

enum xm_result xm_can_higher_usb_speed(struct xm *x)
{
    const char *target;
    if (!xm_arg_file(x, "target_file", &target))
        return XM_ERR;
    const char *answer = phone_board(x->p)->soc->usb == SOC_USB_SSUSB ? "YES" : "NON";
    return xm_give_file(x, "USB-Speed", target, answer, 4) ? XM_OK : XM_ERR;
}

enum xm_result xm_switch_higher_usb_speed(struct xm *x)
{
    x->deferred = XM_SWITCH_SPEED;
    return XM_OK;
}
