/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/link/usb_known.h"

static const struct mtk_usb_known table[] = {
    {0x0E8D, 0x0003, MTK_USB_BROM, "MediaTek boot ROM"},
    {0x0E8D, 0x2000, MTK_USB_PRELOADER, "MediaTek preloader"},
    {0x0E8D, 0x2001, MTK_USB_AGENT, "MediaTek Download Agent"},
    {0x0E8D, 0x20FF, MTK_USB_PRELOADER, "MediaTek preloader"},
    {0x0E8D, 0x3000, MTK_USB_PRELOADER, "MediaTek preloader"},
    {0x0E8D, 0x6000, MTK_USB_PRELOADER, "MediaTek preloader"},
    {0x1004, 0x6000, MTK_USB_PRELOADER, "LG preloader or Download Agent"},
    {0x22D9, 0x0006, MTK_USB_PRELOADER, "Oppo preloader"},
    {0x0FCE, 0xF200, MTK_USB_BROM, "Sony boot ROM"},
    {0x0FCE, 0xD1E2, MTK_USB_BROM, "Sony boot ROM"},
    {0x0FCE, 0xD1E9, MTK_USB_BROM, "Sony boot ROM"},
    {0x0FCE, 0xD1EC, MTK_USB_BROM, "Sony boot ROM"},
    {0x0FCE, 0xD1DD, MTK_USB_BROM, "Sony boot ROM"},
    {0x0E8D, 0x2007, MTK_USB_WRONG_MODE, "phone in META mode"},
    {0x0E8D, 0x2008, MTK_USB_WRONG_MODE, "phone that runs Android (file transfer)"},
    {0x0E8D, 0x201C, MTK_USB_WRONG_MODE, "phone that runs Android or recovery (adb)"},
    {0x0E8D, 0x201D, MTK_USB_WRONG_MODE, "phone that runs Android (file transfer and adb)"},
};

const struct mtk_usb_known *mtk_usb_known(uint16_t vid, uint16_t pid)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].vid == vid && table[i].pid == pid)
            return &table[i];
    return NULL;
}

bool mtk_usb_listens(uint16_t vid, uint16_t pid)
{
    const struct mtk_usb_known *k = mtk_usb_known(vid, pid);
    return k && k->kind != MTK_USB_WRONG_MODE;
}

const char *mtk_usb_mode(uint8_t class, uint8_t subclass, uint8_t protocol)
{
    static const struct {
        uint8_t class, subclass, protocol;
        const char *what;
    } modes[] = {
        {0xFF, 0x42, 0x01, "phone that runs Android or recovery (adb)"},
        {0xFF, 0x42, 0x03, "phone in fastboot"},
        {0x06, 0x01, 0x01, "phone that runs Android (file transfer), or a camera"},
    };
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (modes[i].class == class && modes[i].subclass == subclass && modes[i].protocol == protocol)
            return modes[i].what;
    return NULL;
}
