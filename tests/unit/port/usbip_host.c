/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/port/usbip_host.h"

#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "tests/unit/port/served.h"

uint32_t usbip_host_import(struct usbip_host *h, const char *address, const char *busid)
{
    uint8_t ask[40] = {0x01, 0x11, 0x80, 0x03};
    memset(h, 0, sizeof(*h));
    memcpy(ask + 8, busid, strlen(busid));
    h->fd = host_open(address);
    host_send(h->fd, ask, sizeof(ask));
    assert_int_equal(host_read(h->fd, h->device, 8), 8);
    assert_memory_equal(h->device, "\x01\x11\0\x03", 4);
    uint32_t status = get_be32(h->device + 4);
    if (status != 0) {
        assert_true(host_sees_end(h->fd));
        usbip_host_close(h);
        return status;
    }
    assert_int_equal(host_read(h->fd, h->device + 8, sizeof(h->device) - 8), sizeof(h->device) - 8);
    h->devid = get_be32(h->device + 0x128) << 16 | get_be32(h->device + 0x12C);
    return 0;
}

void usbip_host_close(struct usbip_host *h)
{
    close(h->fd);
}

uint32_t usbip_host_submit(struct usbip_host *h, uint32_t direction, uint32_t endpoint, uint32_t flags,
                           const void *data, size_t len, const char *setup)
{
    uint8_t head[48] = {0};
    put_be32(head, 1);
    put_be32(head + 4, ++h->seqnum);
    put_be32(head + 8, h->devid);
    put_be32(head + 0x0C, direction);
    put_be32(head + 0x10, endpoint);
    put_be32(head + 0x14, flags);
    put_be32(head + 0x18, (uint32_t)len);
    put_be32(head + 0x20, 0xFFFFFFFF);
    if (setup)
        memcpy(head + 0x28, setup, 8);
    host_send(h->fd, head, sizeof(head));
    if (direction == HOST_OUT)
        host_send(h->fd, data, len);
    return h->seqnum;
}

uint32_t usbip_host_unlink(struct usbip_host *h, uint32_t victim)
{
    uint8_t head[48] = {0};
    put_be32(head, 2);
    put_be32(head + 4, ++h->seqnum);
    put_be32(head + 8, h->devid);
    put_be32(head + 0x14, victim);
    host_send(h->fd, head, sizeof(head));
    return h->seqnum;
}

bool usbip_host_answer(struct usbip_host *h, bool in, struct usbip_answer *a)
{
    uint8_t head[48], waste[4096];
    if (host_read(h->fd, head, sizeof(head)) != sizeof(head))
        return false;
    a->command = get_be32(head);
    a->seqnum = get_be32(head + 4);
    a->status = (int32_t)get_be32(head + 0x14);
    a->actual = a->command == HOST_SUBMITTED ? get_be32(head + 0x18) : 0;
    assert_memory_equal(head + 8, "\0\0\0\0\0\0\0\0\0\0\0",
                        12); /* device, direction and endpoint are not told */
    for (size_t at = 0; in && at < a->actual;) {
        bool fits = at < sizeof(a->data);
        size_t room = fits ? sizeof(a->data) - at : sizeof(waste), rest = a->actual - at;
        size_t n = rest < room ? rest : room;
        assert_int_equal(host_read(h->fd, fits ? a->data + at : waste, n), n);
        at += n;
    }
    return true;
}

int usbip_host_control(struct usbip_host *h, const char *setup, void *in)
{
    bool to_host = setup[0] & 0x80;
    size_t len = get_le16((const uint8_t *)setup + 6);
    struct usbip_answer a;
    uint32_t seqnum = usbip_host_submit(h, to_host ? HOST_IN : HOST_OUT, 0, 0, in, len, setup);
    assert_true(usbip_host_answer(h, to_host, &a));
    assert_int_equal(a.command, HOST_SUBMITTED);
    assert_int_equal(a.seqnum, seqnum);
    if (to_host)
        memcpy(in, a.data, a.actual);
    return a.status ? a.status : (int)a.actual;
}

void usbip_host_exchange(struct usbip_host *h, const void *out, size_t out_len, const void *in, size_t in_len)
{
    struct usbip_answer a;
    uint32_t sent = usbip_host_submit(h, HOST_OUT, 1, 0, out, out_len, NULL);
    assert_true(usbip_host_answer(h, false, &a));
    assert_int_equal(a.seqnum, sent);
    assert_int_equal(a.status, 0);
    assert_int_equal(a.actual, out_len);
    for (size_t got = 0; got < in_len; got += a.actual) {
        usbip_host_submit(h, HOST_IN, 1, 0, NULL, 512, NULL);
        assert_true(usbip_host_answer(h, true, &a));
        assert_int_equal(a.status, 0);
        assert_true(a.actual > 0 && a.actual <= in_len - got);
        assert_memory_equal(a.data, (const uint8_t *)in + got, a.actual);
    }
}
