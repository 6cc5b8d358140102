/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A phone on this machine's own USB. It is taken as soon as it appears, because its window is a second or two long, and
 * followed by the place where it is plugged in while it comes back as preloader or agent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flasher/link/backends.h"
#include "flasher/link/usb_libusb.h"
#include "protocol/error_index.h"

/* How often the list of devices is looked at although nothing was heard of a change. */
#define LOOK_NS (100 * NS_PER_MS)
/* A device node gets its permissions, and a modem daemon loses its interest, so long after the device has appeared. */
#define GRACE_NS NS_PER_S

enum wanted { ANY_PHONE, BY_PLACE, BY_ID };

struct usb_link {
    struct mtk_usb_pipe pipe;
    struct mtk_libusb_host usb;
    bool hotplug; /* libusb tells when something changes */
    libusb_hotplug_callback_handle callback;
    int changed;
    enum wanted wanted;
    uint16_t vid, pid;
    char place[MTK_USB_PATH_LEN]; /* the user's choice, or where the phone was last; "" */
    int64_t refused_since;        /* when a phone was first found that could not be opened; 0: none */
    char where[80];               /* the PORT string without its scheme */
    char why[240];
};

/* What one look at the bus came to. */
enum look { TAKEN, NOT_YET, NEVER };

/* ---- libusb's own state ---- */

static int LIBUSB_CALL device_changed(libusb_context *ctx, libusb_device *device, libusb_hotplug_event event,
                                      void *arg)
{
    (void)ctx;
    (void)device;
    (void)event;
    ((struct usb_link *)arg)->changed = 1;
    return 0;
}

static void stop_libusb(struct usb_link *u)
{
    if (!u->usb.ctx)
        return;
    if (u->hotplug)
        libusb_hotplug_deregister_callback(u->usb.ctx, u->callback);
    libusb_exit(u->usb.ctx);
    u->usb.ctx = NULL;
    u->hotplug = false;
}

/* Arrivals are told by udev; where none runs (in containers), libusb must be started anew to see them. */
static int start_libusb(struct usb_link *u, struct mtk_error *err)
{
    if (u->usb.ctx && u->hotplug)
        return 0;
    stop_libusb(u);
    int error = libusb_init(&u->usb.ctx);
    if (error) {
        u->usb.ctx = NULL;
        return mtk_fail(err, MTK_E_MTK_PORT_UNREADABLE, MTK_EV_HOST, "USB cannot be used on this machine: %s",
                        libusb_strerror(error));
    }
    u->hotplug = libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG) && access("/run/udev/control", F_OK) == 0 &&
                 libusb_hotplug_register_callback(
                     u->usb.ctx, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, 0,
                     LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
                     device_changed, u, &u->callback) == 0;
    return 0;
}

/* Waits for a change on the bus, but not beyond the deadline nor for long. */
static void wait_for_change(struct usb_link *u, int64_t deadline)
{
    const struct mtk_clock *c = &u->pipe.base.clock;
    int64_t left = deadline - c->now(c->ctx);
    left = left < LOOK_NS ? left : LOOK_NS;
    if (!u->hotplug) {
        c->sleep_ns(c->ctx, left);
        return;
    }
    struct timeval tv = {.tv_usec = (suseconds_t)(left / NS_PER_US)};
    libusb_handle_events_timeout_completed(u->usb.ctx, &tv, &u->changed);
    u->changed = 0;
}

/* ---- one device ---- */

static enum look refused(struct usb_link *u, const char *place, int error, struct mtk_error *err)
{
    int64_t now = u->pipe.base.clock.now(u->pipe.base.clock.ctx);
    if (error == LIBUSB_ERROR_ACCESS)
        snprintf(u->why, sizeof(u->why),
                 "no permission to use the phone at %s: install the udev rules (" MTK_USB_RULES
                 ") and plug it in again, or run as root",
                 place);
    else if (error == LIBUSB_ERROR_BUSY)
        snprintf(u->why, sizeof(u->why), "another program uses the phone at %s", place);
    else
        snprintf(u->why, sizeof(u->why), "the phone at %s cannot be opened: %s", place,
                 libusb_strerror(error));
    if (error == LIBUSB_ERROR_NO_DEVICE || error == LIBUSB_ERROR_NOT_FOUND)
        return NOT_YET; /* it has left again */
    if (!u->refused_since)
        u->refused_since = now;
    if (now - u->refused_since < GRACE_NS)
        return NOT_YET;
    u->refused_since = 0;
    mtk_fail(err, MTK_E_MTK_PORT_UNREADABLE, MTK_EV_HOST, "%s", u->why);
    return NEVER;
}

static uint16_t packet_of(libusb_device *device)
{
    int speed = libusb_get_device_speed(device);
    return speed == LIBUSB_SPEED_LOW || speed == LIBUSB_SPEED_FULL ? 64
           : speed >= LIBUSB_SPEED_SUPER                           ? 1024
                                                                   : 512;
}

static enum look take(struct usb_link *u, libusb_device *device, const struct libusb_device_descriptor *d,
                      const char *place, struct mtk_error *err)
{
    struct mtk_error why = {0};
    int error = mtk_libusb_open(&u->usb, device);
    if (error)
        return refused(u, place, error, err);
    u->pipe.host = &u->usb.host;
    u->pipe.id.vid = d->idVendor;
    u->pipe.id.pid = d->idProduct;
    if (mtk_usb_pipe_find(&u->pipe, packet_of(device), &why) != 0) {
        u->pipe.base.ops->close(&u->pipe.base);
        snprintf(u->why, sizeof(u->why), "%.200s", why.what);
        if (mtk_error_is(&why, MTK_E_MTK_NO_PHONE))
            return NOT_YET;
        if (err)
            *err = why;
        return NEVER;
    }
    error = mtk_libusb_claim(&u->usb, &u->pipe.ends);
    if (error) {
        u->pipe.base.ops->close(&u->pipe.base);
        return refused(u, place, error, err);
    }
    u->refused_since = 0;
    u->pipe.id.generation++;
    snprintf(u->place, sizeof(u->place), "%s", place);
    return TAKEN;
}

/* Is this the phone that is waited for? */
static bool fits(const struct usb_link *u, const struct libusb_device_descriptor *d, enum mtk_usb_kind kind,
                 const char *place)
{
    bool listens = kind != MTK_USB_STRANGER && kind != MTK_USB_WRONG_MODE;
    bool same = d->idVendor == u->vid && d->idProduct == u->pid;
    if (u->place[0] && strcmp(place, u->place) != 0)
        return false;
    if (u->wanted == BY_PLACE) /* a boot ROM may have any id (1.1) */
        return kind != MTK_USB_WRONG_MODE && d->bDeviceClass != LIBUSB_CLASS_HUB;
    if (u->wanted == BY_ID)
        return same || (u->place[0] && listens);
    return listens;
}

static enum look look_at(struct usb_link *u, libusb_device **list, ssize_t n, struct mtk_error *err)
{
    bool found = false;
    snprintf(u->why, sizeof(u->why), "%s", MTK_USB_KEYS);
    for (ssize_t i = 0; i < n; i++) {
        struct libusb_device_descriptor d;
        char place[MTK_USB_PATH_LEN];
        enum mtk_usb_kind kind;
        if (libusb_get_device_descriptor(list[i], &d) != 0)
            continue;
        mtk_libusb_path(list[i], place);
        const char *what = mtk_libusb_what(list[i], &d, &kind);
        if (fits(u, &d, kind, place)) {
            found = true;
            enum look r = take(u, list[i], &d, place, err);
            if (r != NOT_YET)
                return r;
        } else if (kind == MTK_USB_WRONG_MODE && !found && (!u->place[0] || strcmp(place, u->place) == 0)) {
            snprintf(u->why, sizeof(u->why), "there is a %s at %s: " MTK_USB_OFF, what, place);
        }
    }
    if (!found)
        u->refused_since = 0;
    return NOT_YET;
}

/* ---- the link ---- */

static int usb_open(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err)
{
    struct usb_link *u = (struct usb_link *)l;
    int64_t start = l->clock.now(l->clock.ctx), deadline = mtk_deadline(start, timeout_ns);
    if (u->pipe.host)
        return 0;
    for (;;) {
        libusb_device **list = NULL;
        if (start_libusb(u, err) != 0)
            return -1;
        ssize_t n = libusb_get_device_list(u->usb.ctx, &list);
        enum look r = look_at(u, list, n, err);
        if (n >= 0)
            libusb_free_device_list(list, 1);
        if (r != NOT_YET)
            return r == TAKEN ? 0 : -1;
        if (l->clock.now(l->clock.ctx) >= deadline)
            break;
        wait_for_change(u, deadline);
    }
    mtk_fail(err, MTK_E_MTK_NO_PHONE, MTK_EV_NO_ANSWER, "no phone on usb%s%s: %s", u->where[0] ? ":" : "",
             u->where, u->why);
    if (err)
        err->waited_ns = l->clock.now(l->clock.ctx) - start;
    return -1;
}

static void usb_hint(struct mtk_link *l, char *text, size_t len)
{
    snprintf(text, len, "%s", ((struct usb_link *)l)->why);
}

static void usb_close(struct mtk_link *l)
{
    struct usb_link *u = (struct usb_link *)l;
    if (u->pipe.host)
        mtk_usb_pipe_stop(&u->pipe);
    u->pipe.host = NULL;
    mtk_libusb_close(&u->usb);
}

static void usb_destroy(struct mtk_link *l)
{
    struct usb_link *u = (struct usb_link *)l;
    mtk_usb_pipe_release(&u->pipe);
    stop_libusb(u);
    free(u);
}

static const struct mtk_link_ops usb_ops = {
    .name = "usb",
    .open = usb_open,
    .read = mtk_usb_pipe_read,
    .write = mtk_usb_pipe_write,
    .control = mtk_usb_pipe_control,
    .identity = mtk_usb_pipe_identity,
    .hint = usb_hint,
    .close = usb_close,
    .destroy = usb_destroy,
};

/* Four hex digits and the end that is expected. */
static bool parse_id(const char *text, char end, uint16_t *id)
{
    char *rest = NULL;
    unsigned long v = strtoul(text, &rest, 16);
    *id = (uint16_t)v;
    return rest == text + 4 && *rest == end && strspn(text, "0123456789abcdefABCDEF") == 4;
}

/* "1-2" or "1-2.3.4", as it stands in sysfs. */
static bool is_place(const char *text)
{
    size_t bus = strspn(text, "0123456789");
    if (bus == 0 || text[bus] != '-' || strlen(text) >= MTK_USB_PATH_LEN)
        return false;
    for (const char *p = text + bus + 1;; p++) {
        size_t n = strspn(p, "0123456789");
        if (n == 0)
            return false;
        p += n;
        if (*p != '.')
            return *p == '\0';
    }
}

struct mtk_link *mtk_link_usb_new(const char *which, struct mtk_error *err)
{
    struct usb_link *u = calloc(1, sizeof(*u));
    if (!u)
        return mtk_link_no_memory(err);
    mtk_libusb_host_init(&u->usb);
    u->pipe.base = (struct mtk_link){.ops = &usb_ops, .clock = u->usb.host.clock};
    snprintf(u->where, sizeof(u->where), "%s", which);
    if (is_place(which)) {
        u->wanted = BY_PLACE;
        snprintf(u->place, sizeof(u->place), "%s", which);
    } else if (parse_id(which, ':', &u->vid) && parse_id(which + 5, '\0', &u->pid)) {
        u->wanted = BY_ID;
    } else if (*which) {
        mtk_fail(
            err, MTK_E_MTK_USAGE, MTK_EV_HOST,
            "port usb:%.80s: expected usb, usb:BUS-PORT as in usb:1-2.3, or usb:VID:PID as in usb:0e8d:2000",
            which);
        free(u);
        return NULL;
    }
    return &u->pipe.base;
}
