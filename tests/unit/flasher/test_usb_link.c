/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usb: links by libusb, on a machine whose USB is libumockdev's: sysfs and device nodes of the test, and usbfs requests
 * answered by the phone below, which sends back what it gets. Runs under umockdev-wrapper.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <umockdev.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "flasher/link/backends.h"
#include "flasher/link/ports.h"
#include "protocol/error_index.h"

#define NODE     "/dev/bus/usb/001/005"
#define MAX_URBS 64

/* An MUSB preloader (brom-preloader.md 1.2), as the kernel keeps its configuration behind 18 bytes of device. */
#define CONFIG_HEX                                                                                           \
    "09024600020103C0FA0904010002 0A000004 0805010200020000 0805810200020000 090400000102020105 0524001001 " \
    "0424020F 0524060100 0524010300 0805830340001000"

struct phone {
    pthread_mutex_t lock;
    UMockdevTestbed *bed;
    UMockdevIoctlBase *handler;
    char *syspath;
    bool held;      /* another program has claimed it */
    bool unplugged; /* every request says ENODEV */
    size_t take;    /* bytes after which it is */
    size_t got;
    uint8_t fifo[1 << 20];
    size_t head, tail;
    UMockdevIoctlData *urbs[MAX_URBS], *done[MAX_URBS];
    size_t n_urbs, n_done, most_urbs;
    unsigned claimed, released, detached, reattached, line_coding;
};

static struct usbdevfs_urb *urb_of(UMockdevIoctlData *d)
{
    return (struct usbdevfs_urb *)(void *)d->data;
}

static void finish(struct phone *p, size_t i, int status, int actual)
{
    UMockdevIoctlData *d = p->urbs[i];
    urb_of(d)->status = status;
    urb_of(d)->actual_length = actual;
    memmove(&p->urbs[i], &p->urbs[i + 1], (--p->n_urbs - i) * sizeof(p->urbs[0]));
    p->done[p->n_done++] = d;
}

static UMockdevIoctlData *buffer_of(UMockdevIoctlData *d)
{
    return umockdev_ioctl_data_resolve(d, offsetof(struct usbdevfs_urb, buffer),
                                       (gsize)urb_of(d)->buffer_length, NULL);
}

static void control(struct phone *p, size_t i)
{
    static const uint8_t config[] = {9, 2, 34, 0,    1, 1, 3, 0xC0, 250, 9, 4, 1,    0, 2, 10, 0, 0,
                                     4, 8, 5,  0x01, 2, 0, 2, 0,    0,   8, 5, 0x81, 2, 0, 2,  0, 0};
    UMockdevIoctlData *b = buffer_of(p->urbs[i]);
    size_t len = get_le16(b->data + 6);
    if (b->data[0] == 0x80 && b->data[1] == 6) {
        len = len < sizeof(config) ? len : sizeof(config);
        memcpy(b->data + 8, config, len);
        finish(p, i, 0, (int)len);
    } else if (b->data[0] == 0x21 && b->data[1] == 0x20) {
        p->line_coding++;
        finish(p, i, 0, (int)len);
    } else {
        finish(p, i, -EPIPE, 0);
    }
    g_object_unref(b);
}

/* One pass over what is under way; true if anything ended. */
static bool work(struct phone *p)
{
    for (size_t i = 0; i < p->n_urbs; i++) {
        struct usbdevfs_urb *u = urb_of(p->urbs[i]);
        size_t len = (size_t)u->buffer_length, ready = p->tail - p->head;
        if (u->type == USBDEVFS_URB_TYPE_CONTROL) {
            control(p, i);
            return true;
        }
        bool in = u->endpoint & 0x80;
        if (in && !ready)
            continue;
        UMockdevIoctlData *b = len ? buffer_of(p->urbs[i]) : NULL;
        if (!in && p->got + len > p->take) {
            p->unplugged = true;
            finish(p, i, -ESHUTDOWN, (int)(p->take - p->got));
        } else if (!in) {
            memcpy(p->fifo + p->tail, b ? b->data : p->fifo, len);
            p->tail += len;
            p->got += len;
            finish(p, i, 0, (int)len);
        } else {
            len = ready < len ? ready : len;
            memcpy(b->data, p->fifo + p->head, len);
            p->head += len;
            finish(p, i, 0, (int)len);
        }
        if (b)
            g_object_unref(b);
        return true;
    }
    return false;
}

static void reap(struct phone *p, UMockdevIoctlClient *c, UMockdevIoctlData *arg)
{
    while (!p->n_done && !p->unplugged && work(p))
        ;
    if (p->unplugged && !p->n_done && p->n_urbs)
        finish(p, 0, -ESHUTDOWN, 0);
    if (!p->n_done) {
        umockdev_ioctl_client_complete(c, -1, p->unplugged ? ENODEV : EAGAIN);
        return;
    }
    UMockdevIoctlData *where = umockdev_ioctl_data_resolve(arg, 0, sizeof(void *), NULL);
    umockdev_ioctl_data_set_ptr(where, 0, p->done[0]);
    g_object_unref(where);
    umockdev_ioctl_client_complete(c, 0, 0);
    g_object_unref(p->done[0]);
    memmove(&p->done[0], &p->done[1], --p->n_done * sizeof(p->done[0]));
}

static void submit(struct phone *p, UMockdevIoctlClient *c, UMockdevIoctlData *arg)
{
    UMockdevIoctlData *d = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_urb), NULL);
    if (p->n_urbs == MAX_URBS || p->n_done == MAX_URBS) {
        g_object_unref(d);
        umockdev_ioctl_client_complete(c, -1, ENOMEM);
        return;
    }
    if (urb_of(d)->buffer_length)
        g_object_unref(buffer_of(d)); /* resolved once, it is sent along */
    p->urbs[p->n_urbs++] = d;
    p->most_urbs = p->n_urbs > p->most_urbs ? p->n_urbs : p->most_urbs;
    umockdev_ioctl_client_complete(c, 0, 0);
}

static void discard(struct phone *p, UMockdevIoctlClient *c, UMockdevIoctlData *arg)
{
    gulong address = 0;
    memcpy(&address, arg->data, sizeof(address));
    for (size_t i = 0; i < p->n_urbs; i++)
        if (p->urbs[i]->client_addr == address) {
            finish(p, i, -ENOENT, 0);
            umockdev_ioctl_client_complete(c, 0, 0);
            return;
        }
    umockdev_ioctl_client_complete(c, -1, EINVAL);
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *c, gpointer user)
{
    struct phone *p = user;
    UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(c), *word;
    (void)base;
    pthread_mutex_lock(&p->lock);
    unsigned request = (unsigned)umockdev_ioctl_client_get_request(c);
    if (p->unplugged && request != USBDEVFS_REAPURBNDELAY && request != USBDEVFS_DISCARDURB) {
        umockdev_ioctl_client_complete(c, -1, ENODEV);
        pthread_mutex_unlock(&p->lock);
        return TRUE;
    }
    switch (request) {
    case USBDEVFS_GET_CAPABILITIES:
        word = umockdev_ioctl_data_resolve(arg, 0, 4, NULL);
        put_le32(word->data, USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
                                 USBDEVFS_CAP_REAP_AFTER_DISCONNECT);
        g_object_unref(word);
        umockdev_ioctl_client_complete(c, 0, 0);
        break;
    case USBDEVFS_DISCONNECT_CLAIM:
        p->detached++;
        p->claimed += !p->held;
        umockdev_ioctl_client_complete(c, p->held ? -1 : 0, p->held ? EBUSY : 0);
        break;
    case USBDEVFS_RELEASEINTERFACE:
        p->released++;
        umockdev_ioctl_client_complete(c, 0, 0);
        break;
    case USBDEVFS_IOCTL: /* the kernel's driver is given its interface back */
        p->reattached++;
        umockdev_ioctl_client_complete(c, 1, 0);
        break;
    case USBDEVFS_SUBMITURB:
        submit(p, c, arg);
        break;
    case USBDEVFS_REAPURBNDELAY:
        reap(p, c, arg);
        break;
    case USBDEVFS_DISCARDURB:
        discard(p, c, arg);
        break;
    default:
        umockdev_ioctl_client_complete(c, -1, ENOTTY);
    }
    pthread_mutex_unlock(&p->lock);
    return TRUE;
}

static void hex_without_blanks(char *out, const char *hex)
{
    for (; *hex; hex++)
        if (*hex != ' ')
            *out++ = *hex;
    *out = '\0';
}

/* The handler goes first: a device node without one would be opened as what it is, a plain file. */
static void plug(struct phone *p, const char *pid_hex)
{
    char text[2048], descriptors[512], hex[512];
    snprintf(hex, sizeof(hex), "12010002020000408D0E%s000101020001" CONFIG_HEX, pid_hex);
    hex_without_blanks(descriptors, hex);
    p->unplugged = false;
    p->got = p->head = p->tail = 0;
    assert_true(umockdev_testbed_attach_ioctl(p->bed, NODE, p->handler, NULL));
    snprintf(
        text, sizeof(text),
        "P: /devices/pci0000:00/0000:00:14.0/usb1/1-2\nN: bus/usb/001/005=%s\nE: BUSNUM=001\nE: DEVNUM=005\n"
        "E: DEVNAME=" NODE "\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\nA: busnum=1\\n\nA: devnum=5\\n\n"
        "A: bConfigurationValue=1\\n\nA: speed=480\\n\nA: devpath=2\\n\nH: descriptors=%s\n",
        descriptors, descriptors);
    GError *e = NULL;
    if (!umockdev_testbed_add_from_string(p->bed, text, &e))
        fail_msg("%s", e->message);
}

static void unplug(struct phone *p)
{
    pthread_mutex_lock(&p->lock);
    p->unplugged = true;
    pthread_mutex_unlock(&p->lock);
    umockdev_testbed_remove_device(p->bed, "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2");
    assert_true(umockdev_testbed_detach_ioctl(p->bed, NODE, NULL));
}

static int make(void **state)
{
    struct phone *p = calloc(1, sizeof(*p));
    pthread_mutex_init(&p->lock, NULL);
    p->take = SIZE_MAX;
    p->bed = umockdev_testbed_new();
    p->handler = umockdev_ioctl_base_new();
    g_signal_connect(p->handler, "handle-ioctl", G_CALLBACK(on_ioctl), p);
    *state = p;
    return 0;
}

static int unmake(void **state)
{
    struct phone *p = *state;
    g_object_unref(p->bed);
    g_object_unref(p->handler);
    for (size_t i = 0; i < p->n_urbs; i++)
        g_object_unref(p->urbs[i]);
    free(p);
    return 0;
}

static void no_phone_says_which_keys(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    struct mtk_link *l = mtk_link_new("usb", NULL);
    assert_int_equal(l->ops->open(l, 50 * NS_PER_MS, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_NO_PHONE));
    assert_non_null(strstr(e.what, "volume up"));
    assert_true(e.waited_ns >= 50 * NS_PER_MS);
    mtk_link_free(l);
}

static void takes_the_phone_and_gives_it_back(void **state)
{
    struct phone *p = *state;
    struct mtk_link_identity id;
    uint8_t buf[8], coding[7] = {0};
    plug(p, "0020");
    struct mtk_link *l = mtk_link_new("usb", NULL);
    struct mtk_error e = {0};
    if (l->ops->open(l, 5 * NS_PER_S, &e) != 0)
        fail_msg("%s", e.what);
    l->ops->identity(l, &id);
    assert_int_equal(id.vid, 0x0E8D);
    assert_int_equal(id.pid, 0x2000);
    assert_int_equal(p->detached, p->claimed);
    assert_true(p->claimed > 0);
    assert_int_equal(l->ops->control(l, 0x21, 0x20, 0, 0, coding, 7), 7);
    assert_int_equal(p->line_coding, 1);
    assert_int_equal(l->ops->control(l, 0x01, 0x0B, 0, 1, NULL, 0),
                     MTK_LINK_IO); /* stalled, and no harm done */
    assert_int_equal(mtk_link_write_full(l, "hello", 5, NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_read_full(l, buf, 5, NS_PER_S, NULL), 0);
    assert_memory_equal(buf, "hello", 5);
    assert_int_equal(l->ops->write(l, buf, 0, NS_PER_S), 0);
    assert_int_equal(l->ops->read(l, buf, 1, 20 * NS_PER_MS), MTK_LINK_TIMEOUT);
    l->ops->close(l);
    assert_int_equal(p->released, p->claimed);
    assert_int_equal(p->reattached, p->claimed);
    mtk_link_free(l);
    unplug(p);
}

static void long_transfers(void **state)
{
    struct phone *p = *state;
    size_t len = 700000;
    uint8_t *out = malloc(len), *in = malloc(len);
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(i * 31 + (i >> 9));
    plug(p, "0020");
    struct mtk_link *l = mtk_link_new("usb:1-2", NULL);
    assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, out, len, 20 * NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_read_full(l, in, len, 20 * NS_PER_S, NULL), 0);
    assert_memory_equal(in, out, len);
    assert_true(p->most_urbs > 4);
    mtk_link_free(l);
    unplug(p);
    free(out);
    free(in);
}

static void a_phone_that_vanishes_and_comes_back_as_agent(void **state)
{
    struct phone *p = *state;
    struct mtk_error e = {0};
    struct mtk_link_identity id;
    uint8_t *data = calloc(1, 1 << 18), c;
    p->take = 65536 + 100;
    plug(p, "0300");
    struct mtk_link *l = mtk_link_new("usb:0e8d:0003", NULL);
    assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, data, 1 << 18, 5 * NS_PER_S, &e), -1);
    assert_int_equal(e.evidence, MTK_EV_LEFT_BUS);
    assert_int_equal(e.acked, 65536 + 100);
    assert_int_equal(l->ops->read(l, &c, 1, NS_PER_S), MTK_LINK_GONE);
    unplug(p);
    assert_int_equal(l->ops->open(l, 50 * NS_PER_MS, &e), -1);
    plug(p, "0120");
    assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
    l->ops->identity(l, &id);
    assert_int_equal(id.pid, 0x2001);
    assert_int_equal(id.generation, 2);
    mtk_link_free(l);
    unplug(p);
    free(data);
}

static void phones_in_another_mode_are_named(void **state)
{
    struct phone *p = *state;
    struct mtk_error e = {0};
    plug(p, "0720");
    struct mtk_link *l = mtk_link_new("usb", NULL);
    assert_int_equal(l->ops->open(l, 50 * NS_PER_MS, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_NO_PHONE));
    assert_non_null(strstr(e.what, "META"));
    assert_non_null(strstr(e.what, "1-2"));
    mtk_link_free(l);
    unplug(p);
}

static void a_phone_that_another_program_has(void **state)
{
    struct phone *p = *state;
    struct mtk_error e = {0};
    p->held = true;
    plug(p, "0020");
    struct mtk_link *l = mtk_link_new("usb", NULL);
    assert_int_equal(l->ops->open(l, 60 * NS_PER_S, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_PORT_UNREADABLE));
    assert_non_null(strstr(e.what, "another program"));
    mtk_link_free(l);
    unplug(p);
}

static void remember(void *ctx, const struct mtk_port *port)
{
    *(struct mtk_port *)ctx = *port;
}

static void ports_tell_what_is_there(void **state)
{
    struct phone *p = *state;
    struct mtk_port port = {0};
    assert_int_equal(mtk_ports("usb", remember, &port, NULL), 0);
    assert_string_equal(port.port, ""); /* nobody */
    plug(p, "0020");
    assert_int_equal(mtk_ports("usb", remember, &port, NULL), 0);
    assert_string_equal(port.port, "usb:1-2");
    assert_int_equal(port.vid, 0x0E8D);
    assert_int_equal(port.pid, 0x2000);
    assert_string_equal(port.what, "MediaTek preloader");
    assert_true(port.usable);
    assert_string_equal(port.why, "");
    unplug(p);
    plug(p, "0820");
    assert_int_equal(mtk_ports("usb", remember, &port, NULL), 0);
    assert_false(port.usable);
    assert_non_null(strstr(port.why, "switch it off"));
    unplug(p);
}

/* The node is there, but not for us: told by the name of the rule, after the time that udev may take. */
static void no_permission_names_the_rule(void **state)
{
    struct phone *p = *state;
    struct mtk_error e = {0};
    struct mtk_port port = {0};
    char *root = umockdev_testbed_get_root_dir(p->bed), node[300];
    bool is_root = geteuid() == 0;
    plug(p, "0020");
    snprintf(node, sizeof(node), "%s" NODE, root);
    assert_int_equal(chmod(root, 0777), 0); /* libumockdev puts sockets there */
    assert_int_equal(chmod(node, 0), 0);
    snprintf(node, sizeof(node), "%s/ioctl/" NODE, root);
    assert_int_equal(chmod(node, 0777), 0);
    struct mtk_link *l = mtk_link_new("usb", NULL);
    if (is_root)
        assert_int_equal(seteuid(65534), 0);
    int r = mtk_ports("usb", remember, &port, NULL);
    int64_t start = l->clock.now(l->clock.ctx);
    int opened = l->ops->open(l, 60 * NS_PER_S, &e);
    int64_t waited = l->clock.now(l->clock.ctx) - start;
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(r, 0);
    assert_false(port.usable);
    assert_non_null(strstr(port.why, "60-mtkproof.rules"));
    assert_int_equal(opened, -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_PORT_UNREADABLE));
    assert_non_null(strstr(e.what, "60-mtkproof.rules"));
    assert_true(waited > NS_PER_S && waited < 10 * NS_PER_S);
    mtk_link_free(l);
    unplug(p);
    g_free(root);
}

int main(void)
{
#define WITH_PHONE(t) cmocka_unit_test_setup_teardown(t, make, unmake)
    const struct CMUnitTest tests[] = {
        WITH_PHONE(no_phone_says_which_keys),
        WITH_PHONE(takes_the_phone_and_gives_it_back),
        WITH_PHONE(long_transfers),
        WITH_PHONE(a_phone_that_vanishes_and_comes_back_as_agent),
        WITH_PHONE(phones_in_another_mode_are_named),
        WITH_PHONE(a_phone_that_another_program_has),
        WITH_PHONE(ports_tell_what_is_there),
        WITH_PHONE(no_permission_names_the_rule),
    };
    return cmocka_run_group_tests_name("flasher/link usb", tests, NULL, NULL);
}
