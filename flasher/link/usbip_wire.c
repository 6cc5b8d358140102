/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/link/usbip_wire.h"

#include <string.h>

#include "base/cursor.h"

#define PATH_LEN       256
#define NO_ISO_PACKETS 0xFFFFFFFFu
#define FLAG_DIR_IN    0x200u
#define DIRECTION_IN   0x80u

/* How a transfer ended, in the numbers of Linux whatever system the server runs on. */
static const struct {
    int32_t status;
    enum mtk_urb_result result;
} results[] = {
    {0, MTK_URB_OK},         {-121, MTK_URB_OK /* EREMOTEIO: shorter than asked for */},
    {-32, MTK_URB_STALL},    {-104, MTK_URB_CANCELLED /* ECONNRESET */},
    {-2, MTK_URB_CANCELLED}, {-75, MTK_URB_BABBLE},
    {-19, MTK_URB_GONE},     {-108, MTK_URB_GONE /* ESHUTDOWN */},
};

static enum mtk_urb_result result_of(uint32_t status)
{
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
        if ((uint32_t)results[i].status == status)
            return results[i].result;
    return MTK_URB_ERROR;
}

void mtk_usbip_put_devlist(uint8_t out[MTK_USBIP_OP_LEN])
{
    put_be16(out, MTK_USBIP_VERSION);
    put_be16(out + 2, MTK_USBIP_REQ_DEVLIST);
    put_be32(out + 4, 0);
}

bool mtk_usbip_put_import(uint8_t out[MTK_USBIP_IMPORT_LEN], const char *busid)
{
    size_t n = strlen(busid);
    if (n == 0 || n >= MTK_USBIP_BUSID_LEN)
        return false;
    memset(out, 0, MTK_USBIP_IMPORT_LEN);
    put_be16(out, MTK_USBIP_VERSION);
    put_be16(out + 2, MTK_USBIP_REQ_IMPORT);
    memcpy(out + MTK_USBIP_OP_LEN, busid, n);
    return true;
}

enum mtk_usbip_reply mtk_usbip_get_reply(const uint8_t in[MTK_USBIP_OP_LEN], enum mtk_usbip_code code,
                                         uint16_t *version)
{
    *version = get_be16(in);
    if (get_be16(in + 2) != code)
        return MTK_USBIP_REPLY_GARBAGE;
    if (*version != MTK_USBIP_VERSION)
        return MTK_USBIP_REPLY_VERSION;
    return get_be32(in + 4) == 0 ? MTK_USBIP_REPLY_OK : MTK_USBIP_REPLY_REFUSED;
}

bool mtk_usbip_get_device(const uint8_t in[MTK_USBIP_DEVICE_LEN], struct mtk_usbip_device *d)
{
    struct rd c = rd_init(in, MTK_USBIP_DEVICE_LEN);
    *d = (struct mtk_usbip_device){0};
    rd_skip(&c, PATH_LEN);
    rd_bytes(&c, d->busid, MTK_USBIP_BUSID_LEN);
    rd_be32(&c, &d->busnum);
    rd_be32(&c, &d->devnum);
    rd_be32(&c, &d->speed);
    rd_be16(&c, &d->vid);
    rd_be16(&c, &d->pid);
    rd_skip(&c, 7); /* bcdDevice, class, subclass, protocol, configuration value and count */
    rd_u8(&c, &d->n_interfaces);
    size_t n = strlen(d->busid);
    for (size_t i = 0; i < n; i++)
        if (d->busid[i] <= ' ' || d->busid[i] > '~')
            return false;
    return n > 0 && n < MTK_USBIP_BUSID_LEN;
}

uint32_t mtk_usbip_devid(const struct mtk_usbip_device *d)
{
    return d->busnum << 16 | (d->devnum & 0xFFFF);
}

/* What SUBMIT and UNLINK have in common. */
static struct wr begin(uint8_t out[MTK_USBIP_HEADER_LEN], uint32_t command, uint32_t seq, uint32_t devid)
{
    memset(out, 0, MTK_USBIP_HEADER_LEN);
    struct wr c = wr_init(out, MTK_USBIP_HEADER_LEN);
    wr_be32(&c, command);
    wr_be32(&c, seq);
    wr_be32(&c, devid);
    return c;
}

void mtk_usbip_put_submit(uint8_t out[MTK_USBIP_HEADER_LEN], uint32_t devid, const struct mtk_urb *u,
                          const uint8_t *setup)
{
    bool in = (u->endpoint & DIRECTION_IN) != 0;
    struct wr c = begin(out, MTK_USBIP_CMD_SUBMIT, u->seq, devid);
    wr_be32(&c, in);
    wr_be32(&c, u->endpoint & 0x0Fu);
    wr_be32(&c, in ? FLAG_DIR_IN : 0);
    wr_be32(&c, (uint32_t)u->len);
    wr_be32(&c, 0); /* start frame */
    wr_be32(&c, NO_ISO_PACKETS);
    wr_be32(&c, 0); /* interval */
    if (setup)
        wr_bytes(&c, setup, MTK_USB_SETUP_LEN);
}

void mtk_usbip_put_unlink(uint8_t out[MTK_USBIP_HEADER_LEN], uint32_t devid, uint32_t seq, uint32_t of)
{
    struct wr c = begin(out, MTK_USBIP_CMD_UNLINK, seq, devid);
    wr_be32(&c, 0); /* direction */
    wr_be32(&c, 0); /* endpoint */
    wr_be32(&c, of);
}

bool mtk_usbip_get_ret(const uint8_t in[MTK_USBIP_HEADER_LEN], struct mtk_usbip_ret *r)
{
    uint32_t status;
    struct rd c = rd_init(in, MTK_USBIP_HEADER_LEN);
    *r = (struct mtk_usbip_ret){0};
    rd_be32(&c, &r->command);
    rd_be32(&c, &r->seq);
    rd_skip(&c, 12); /* device, direction, endpoint: zero in answers */
    rd_be32(&c, &status);
    r->result = result_of(status);
    if (r->command == MTK_USBIP_RET_SUBMIT)
        rd_be32(&c, &r->actual);
    return r->command == MTK_USBIP_RET_SUBMIT || r->command == MTK_USBIP_RET_UNLINK;
}
