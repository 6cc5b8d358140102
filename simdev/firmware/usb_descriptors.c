/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors, byte for byte with their quirks: brom-preloader.md 1.2 (preloader) and 1.3 (BROM; mostly inferred). */
#include <string.h>

#include "base/cursor.h"
#include "protocol/brom.h"
#include "simdev/firmware/phone_internal.h"

enum { DEVICE = 1, CONFIGURATION = 2, STRING = 3, QUALIFIER = 6, BOS = 15 };

/* The data interface comes first, endpoint descriptors are one byte too long, the union is the wrong way round. */
static const uint8_t musb_config[] = {
    0x09, 0x02, 0x46, 0x00, 0x02, 0x01, 0x03, 0xC0, 0xFA,       /* 2 interfaces, self powered, 500 mA */
    0x09, 0x04, 0x01, 0x00, 0x02, 0x0A, 0x00, 0x00, 0x04,       /* interface 1: CDC data */
    0x08, 0x05, 0x01, 0x02, 0x00, 0x02, 0x00, 0x00,             /* bulk OUT 512 */
    0x08, 0x05, 0x81, 0x02, 0x00, 0x02, 0x00, 0x00,             /* bulk IN 512 */
    0x09, 0x04, 0x00, 0x00, 0x01, 0x02, 0x02, 0x01, 0x05,       /* interface 0: CDC comm, ACM */
    0x05, 0x24, 0x00, 0x10, 0x01, 0x04, 0x24, 0x02, 0x0F,       /* header, ACM */
    0x05, 0x24, 0x06, 0x01, 0x00, 0x05, 0x24, 0x01, 0x03, 0x00, /* union, call management */
    0x08, 0x05, 0x83, 0x03, 0x40, 0x00, 0x10, 0x00,             /* interrupt IN 64 */
};

static const uint8_t ssusb_config[] = {
    0x09, 0x02, 0x43, 0x00, 0x02, 0x01, 0x03, 0xC0, 0xFA,       /* 2 interfaces, self powered, 500 mA */
    0x09, 0x04, 0x00, 0x00, 0x01, 0x02, 0x02, 0x01, 0x05,       /* interface 0: CDC comm, ACM */
    0x05, 0x24, 0x00, 0x10, 0x01, 0x04, 0x24, 0x02, 0x0F,       /* header, ACM */
    0x05, 0x24, 0x06, 0x01, 0x00, 0x05, 0x24, 0x01, 0x03, 0x00, /* union, call management */
    0x07, 0x05, 0x83, 0x03, 0x40, 0x00, 0x10,                   /* interrupt IN 64 */
    0x09, 0x04, 0x01, 0x00, 0x02, 0x0A, 0x00, 0x00, 0x04,       /* interface 1: CDC data */
    0x07, 0x05, 0x01, 0x02, 0x00, 0x02, 0x00,                   /* bulk OUT 512 */
    0x07, 0x05, 0x81, 0x02, 0x00, 0x02, 0x00,                   /* bulk IN 512 */
};

static const uint8_t brom_config[] = {
    0x09, 0x02, 0x3E, 0x00, 0x02, 0x01, 0x00, 0xC0, 0x32, /* 2 interfaces */
    0x09, 0x04, 0x00, 0x00, 0x01, 0x02, 0x02, 0x01, 0x00, /* interface 0: CDC comm */
    0x05, 0x24, 0x00, 0x10, 0x01, 0x04, 0x24, 0x02, 0x0F, 0x05, 0x24, 0x01, 0x03, 0x01, /* no union */
    0x07, 0x05, 0x84, 0x03, 0x40, 0x00, 0x10,                                           /* interrupt IN 64 */
    0x09, 0x04, 0x01, 0x00, 0x02, 0x0A, 0x00, 0x00, 0x00, /* interface 1: CDC data */
    0x07, 0x05, 0x01, 0x02, 0x00, 0x02, 0x00,             /* bulk OUT */
    0x07, 0x05, 0x81, 0x02, 0x00, 0x02, 0x00,             /* bulk IN */
};
#define BROM_OUT_SIZE 52 /* offsets of wMaxPacketSize of the bulk endpoints */
#define BROM_IN_SIZE  59

static const uint8_t bos[] = {
    0x05, 0x0F, 0x16, 0x00, 0x02,                               /* two capabilities */
    0x07, 0x10, 0x02, 0x02, 0x00, 0x00, 0x00,                   /* USB 2.0 extension: LPM */
    0x0A, 0x10, 0x03, 0x00, 0x0E, 0x00, 0x01, 0x0A, 0xFF, 0x07, /* super speed */
};

static size_t device(const struct mtksim *p, uint8_t *out)
{
    static const uint8_t base[18] = {0x12, 0x01, 0x00, 0x02, 0x02, 0x00, 0x00, 0x40, 0,
                                     0,    0,    0,    0x00, 0x01, 0x01, 0x02, 0x00, 0x01};
    memcpy(out, base, sizeof base);
    put_le16(out + 8, p->usb.vid);
    put_le16(out + 10, p->usb.pid);
    if (p->usb.rom) {
        put_le16(out + 2, 0x0110);
        put_le16(out + 12, 0x0100); /* bcdDevice 1.00 */
        out[14] = out[15] = 0;      /* no strings */
    } else if (p->board.soc->usb == SOC_USB_SSUSB) {
        put_le16(out + 2, 0x0210);
    }
    return sizeof base;
}

static size_t copy(uint8_t *out, const uint8_t *d, size_t n)
{
    memcpy(out, d, n);
    return n;
}

/* Older ROMs enumerate at full speed; newer ones can do more (1.3). */
static bool full_speed(const struct mtksim *p)
{
    unsigned set = p->settings.brom_usb_speed;
    return set == BROM_SPEED_AUTO ? p->board.soc->brom_legacy_ops : set == BROM_SPEED_FULL;
}

static size_t configuration(const struct mtksim *p, uint8_t *out)
{
    if (!p->usb.rom)
        return p->board.soc->usb == SOC_USB_MUSB ? copy(out, musb_config, sizeof musb_config)
                                                 : copy(out, ssusb_config, sizeof ssusb_config);
    copy(out, brom_config, sizeof brom_config);
    if (full_speed(p)) {
        put_le16(out + BROM_OUT_SIZE, 64);
        put_le16(out + BROM_IN_SIZE, 64);
    }
    return sizeof brom_config;
}

static size_t string(const struct soc_profile *soc, unsigned index, uint8_t *out)
{
    static const char *const text[] = {NULL, "MediaTek", "MT65xx Preloader", "USB CDC ACM for preloader",
                                       "CDC ACM Data Interface"};
    const char *s = NULL;
    if (index == 0)
        return copy(out, (const uint8_t[]){0x04, 0x03, 0x09, 0x04}, 4);
    if (index < sizeof text / sizeof *text)
        s = text[index];
    if (index == 5)
        s = soc->usb == SOC_USB_MUSB ? "CDC ACM Communication Interface" : "CDC ACM Comm Interface";
    if (!s)
        return 0;
    size_t n = strlen(s);
    out[0] = (uint8_t)(2 + 2 * n);
    out[1] = STRING;
    for (size_t i = 0; i < n; i++)
        put_le16(out + 2 + 2 * i, (uint8_t)s[i]);
    return out[0];
}

static size_t qualifier(const struct soc_profile *soc, uint8_t *out)
{
    /* The MUSB driver's structure lacks the last byte and claims 16-byte control packets. */
    static const uint8_t musb[] = {0x09, 0x06, 0x00, 0x02, 0x02, 0x00, 0x00, 0x10, 0x01};
    static const uint8_t ssusb[] = {0x0A, 0x06, 0x00, 0x02, 0x02, 0x00, 0x00, 0x40, 0x01, 0x00};
    return soc->usb == SOC_USB_MUSB ? copy(out, musb, sizeof musb) : copy(out, ssusb, sizeof ssusb);
}

size_t usb_descriptor(const struct mtksim *p, uint16_t value, uint8_t out[USB_DESCRIPTOR_MAX])
{
    const struct soc_profile *soc = p->board.soc;
    bool rom = p->usb.rom;
    unsigned index = value & 0xFF;
    switch (value >> 8) {
    case DEVICE:
        return device(p, out);
    case CONFIGURATION:
        return index ? 0 : configuration(p, out);
    case STRING:
        return rom ? 0 : string(soc, index, out);
    case QUALIFIER:
        return rom ? 0 : qualifier(soc, out);
    case BOS:
        return rom || soc->usb == SOC_USB_MUSB ? 0 : copy(out, bos, sizeof bos);
    default:
        return 0;
    }
}
