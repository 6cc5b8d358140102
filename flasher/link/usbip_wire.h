/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of USB/IP, version 1.1.1, as a client sends and takes them (Linux kernel: Documentation/usb/usbip_protocol.rst).
 * All integers are big-endian. No I/O here.
 */
#ifndef FLASHER_LINK_USBIP_WIRE_H
#define FLASHER_LINK_USBIP_WIRE_H

#include "flasher/link/usb_host.h"

#define MTK_USBIP_VERSION      0x0111u
#define MTK_USBIP_PORT         3240u
#define MTK_USBIP_OP_LEN       8u   /* head of every request and reply before an import */
#define MTK_USBIP_BUSID_LEN    32u  /* with at least one NUL */
#define MTK_USBIP_IMPORT_LEN   40u  /* OP_REQ_IMPORT */
#define MTK_USBIP_DEVICE_LEN   312u /* a device in OP_REP_DEVLIST and OP_REP_IMPORT */
#define MTK_USBIP_INTERFACE    4u   /* an interface behind a device of OP_REP_DEVLIST */
#define MTK_USBIP_HEADER_LEN   48u  /* head of everything after an import */
#define MTK_USBIP_MAX_DEVICES  1024u
#define MTK_USBIP_MAX_TRANSFER (UINT32_C(1) << 24)

enum mtk_usbip_code {
    MTK_USBIP_REQ_DEVLIST = 0x8005,
    MTK_USBIP_REP_DEVLIST = 0x0005,
    MTK_USBIP_REQ_IMPORT = 0x8003,
    MTK_USBIP_REP_IMPORT = 0x0003,
};

enum mtk_usbip_command {
    MTK_USBIP_CMD_SUBMIT = 1,
    MTK_USBIP_CMD_UNLINK = 2,
    MTK_USBIP_RET_SUBMIT = 3,
    MTK_USBIP_RET_UNLINK = 4,
};

/* A device as a server describes it. */
struct mtk_usbip_device {
    char busid[MTK_USBIP_BUSID_LEN + 1];
    uint32_t busnum, devnum;
    uint32_t speed; /* 1 low, 2 full, 3 high, 5 and above super */
    uint16_t vid, pid;
    uint8_t n_interfaces;
};

/* What the head of a reply says. */
enum mtk_usbip_reply {
    MTK_USBIP_REPLY_OK,
    MTK_USBIP_REPLY_REFUSED, /* the server cannot or does not want to */
    MTK_USBIP_REPLY_VERSION, /* it speaks another version */
    MTK_USBIP_REPLY_GARBAGE, /* no USB/IP */
};

/* Head of a RET message. */
struct mtk_usbip_ret {
    uint32_t command, seq;
    enum mtk_urb_result result;
    uint32_t actual; /* RET_SUBMIT only */
};

/* OP_REQ_DEVLIST. */
void mtk_usbip_put_devlist(uint8_t out[MTK_USBIP_OP_LEN]);
/* OP_REQ_IMPORT; false if busid is empty or too long. */
bool mtk_usbip_put_import(uint8_t out[MTK_USBIP_IMPORT_LEN], const char *busid);
/* Head of a reply that is to be of kind `code`; *version becomes the server's. */
enum mtk_usbip_reply mtk_usbip_get_reply(const uint8_t in[MTK_USBIP_OP_LEN], enum mtk_usbip_code code,
                                         uint16_t *version);
/* A device; false if its bus id is not a printable, terminated name. */
bool mtk_usbip_get_device(const uint8_t in[MTK_USBIP_DEVICE_LEN], struct mtk_usbip_device *d);
/* What names a device in the messages after its import. */
uint32_t mtk_usbip_devid(const struct mtk_usbip_device *d);

/* USBIP_CMD_SUBMIT for u with u->seq; setup NULL: no control transfer. The payload follows for transfers to the phone. */
void mtk_usbip_put_submit(uint8_t out[MTK_USBIP_HEADER_LEN], uint32_t devid, const struct mtk_urb *u,
                          const uint8_t *setup);
/* USBIP_CMD_UNLINK number seq, for the transfer of number `of`. */
void mtk_usbip_put_unlink(uint8_t out[MTK_USBIP_HEADER_LEN], uint32_t devid, uint32_t seq, uint32_t of);
/* Head of an answer; false if it is neither of the two. */
bool mtk_usbip_get_ret(const uint8_t in[MTK_USBIP_HEADER_LEN], struct mtk_usbip_ret *r);

#endif
