/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/link/usb_libusb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

/* What libusb keeps for a transfer of ours. */
struct native {
    struct libusb_transfer *transfer;
    struct mtk_libusb_host *host;
    struct mtk_urb *urb;
};

static struct mtk_libusb_host *of_host(struct mtk_usb_host *h)
{
    return (struct mtk_libusb_host *)((char *)h - offsetof(struct mtk_libusb_host, host));
}

/* ---- transfers ---- */

static enum mtk_urb_result result_of(enum libusb_transfer_status status)
{
    switch (status) {
    case LIBUSB_TRANSFER_COMPLETED:
        return MTK_URB_OK;
    case LIBUSB_TRANSFER_STALL:
        return MTK_URB_STALL;
    case LIBUSB_TRANSFER_CANCELLED:
        return MTK_URB_CANCELLED;
    case LIBUSB_TRANSFER_OVERFLOW:
        return MTK_URB_BABBLE;
    case LIBUSB_TRANSFER_NO_DEVICE:
        return MTK_URB_GONE;
    default:
        return MTK_URB_ERROR;
    }
}

static enum mtk_urb_result result_of_error(int error)
{
    switch (error) {
    case LIBUSB_ERROR_PIPE:
        return MTK_URB_STALL;
    case LIBUSB_ERROR_TIMEOUT:
        return MTK_URB_CANCELLED;
    case LIBUSB_ERROR_OVERFLOW:
        return MTK_URB_BABBLE;
    case LIBUSB_ERROR_NO_DEVICE:
        return MTK_URB_GONE;
    default:
        return MTK_URB_ERROR;
    }
}

static void LIBUSB_CALL transfer_landed(struct libusb_transfer *t)
{
    const struct native *n = t->user_data;
    n->urb->result = result_of(t->status);
    n->urb->actual = t->actual_length > 0 ? (size_t)t->actual_length : 0;
    n->urb->flying = false;
    n->host->landed = 1;
    n->host->host.gone |= n->urb->result == MTK_URB_GONE;
}

static struct native *native_of(struct mtk_libusb_host *h, struct mtk_urb *u)
{
    struct native *n = u->native;
    if (n)
        return n;
    n = calloc(1, sizeof(*n));
    if (!n || !(n->transfer = libusb_alloc_transfer(0))) {
        free(n);
        return NULL;
    }
    n->host = h;
    n->urb = u;
    u->native = n;
    return n;
}

static bool usb_submit(struct mtk_usb_host *host, struct mtk_urb *u)
{
    struct mtk_libusb_host *h = of_host(host);
    struct native *n = native_of(h, u);
    u->actual = 0;
    u->result = host->gone ? MTK_URB_GONE : MTK_URB_ERROR;
    if (!n || host->gone)
        return false;
    libusb_fill_bulk_transfer(n->transfer, h->handle, u->endpoint, u->data, (int)u->len, transfer_landed, n,
                              0);
    int error = libusb_submit_transfer(n->transfer);
    if (error) {
        u->result = result_of_error(error);
        host->gone |= u->result == MTK_URB_GONE;
        return false;
    }
    u->flying = true;
    return true;
}

static void usb_cancel(struct mtk_usb_host *host, struct mtk_urb *u)
{
    (void)host;
    if (u->flying)
        libusb_cancel_transfer(((struct native *)u->native)->transfer);
}

static void usb_run(struct mtk_usb_host *host, int64_t deadline)
{
    struct mtk_libusb_host *h = of_host(host);
    h->landed = 0;
    for (;;) {
        int64_t left = deadline == NS_NEVER ? NS_PER_S : deadline - host->clock.now(host->clock.ctx);
        left = left < 0 ? 0 : left;
        struct timeval tv = {.tv_sec = (time_t)(left / NS_PER_S),
                             .tv_usec = (suseconds_t)(left % NS_PER_S / NS_PER_US)};
        int error = libusb_handle_events_timeout_completed(h->ctx, &tv, &h->landed);
        if (h->landed || host->clock.now(host->clock.ctx) >= deadline)
            return;
        if (error && error != LIBUSB_ERROR_INTERRUPTED) /* it cannot even wait; do not turn in circles */
            host->clock.sleep_ns(host->clock.ctx, NS_PER_MS);
    }
}

static int usb_control(struct mtk_usb_host *host, const uint8_t setup[MTK_USB_SETUP_LEN], uint8_t *data,
                       int64_t deadline)
{
    struct mtk_libusb_host *h = of_host(host);
    int64_t left = (deadline - host->clock.now(host->clock.ctx)) / NS_PER_MS;
    unsigned ms = left < 1 ? 1 : left > 60000 ? 60000 : (unsigned)left; /* 0 would mean for ever */
    int n = libusb_control_transfer(h->handle, setup[0], setup[1], get_le16(setup + 2), get_le16(setup + 4),
                                    data, get_le16(setup + 6), ms);
    if (n >= 0)
        return n;
    host->gone |= n == LIBUSB_ERROR_NO_DEVICE;
    return -(int)result_of_error(n);
}

static void usb_clear_halt(struct mtk_usb_host *host, uint8_t endpoint)
{
    libusb_clear_halt(of_host(host)->handle, endpoint);
}

static void usb_forget(struct mtk_usb_host *host, struct mtk_urb *u)
{
    struct native *n = u->native;
    (void)host;
    if (!n || u->flying) /* what never came back belongs to libusb for good */
        return;
    libusb_free_transfer(n->transfer);
    free(n);
    u->native = NULL;
}

static const struct mtk_usb_host_ops host_ops = {
    .submit = usb_submit,
    .cancel = usb_cancel,
    .run = usb_run,
    .control = usb_control,
    .clear_halt = usb_clear_halt,
    .forget = usb_forget,
};

/* ---- devices ---- */

void mtk_libusb_host_init(struct mtk_libusb_host *h)
{
    h->host = (struct mtk_usb_host){.ops = &host_ops, .clock = mtk_clock_real()};
}

int mtk_libusb_open(struct mtk_libusb_host *h, libusb_device *device)
{
    int error = libusb_open(device, &h->handle);
    h->host.gone = false;
    h->n_claimed = 0;
    if (error)
        h->handle = NULL;
    return error;
}

static int claim(struct mtk_libusb_host *h, uint8_t interface)
{
    int error = libusb_claim_interface(h->handle, interface);
    if (!error)
        h->claimed[h->n_claimed++] = interface;
    return error;
}

int mtk_libusb_claim(struct mtk_libusb_host *h, const struct mtk_usb_pipe_ends *ends)
{
    int configuration = 0;
    if (libusb_get_configuration(h->handle, &configuration) == 0 && configuration == 0)
        libusb_set_configuration(h->handle, ends->configuration);
    libusb_set_auto_detach_kernel_driver(h->handle, 1);
    int error = claim(h, ends->interface);
    /* Without the other interface, only the line coding cannot be sent: phones do without. */
    if (!error && ends->control != ends->interface)
        claim(h, ends->control);
    return error;
}

void mtk_libusb_close(struct mtk_libusb_host *h)
{
    if (!h->handle)
        return;
    while (h->n_claimed > 0)
        libusb_release_interface(h->handle, h->claimed[--h->n_claimed]);
    libusb_close(h->handle);
    h->handle = NULL;
}

void mtk_libusb_path(libusb_device *device, char path[MTK_USB_PATH_LEN])
{
    uint8_t ports[7];
    int n = libusb_get_port_numbers(device, ports, sizeof(ports));
    int at = snprintf(path, MTK_USB_PATH_LEN, "%u-", libusb_get_bus_number(device));
    for (int i = 0; i < n; i++)
        at += snprintf(path + at, (size_t)(MTK_USB_PATH_LEN - at), "%s%u", i ? "." : "", ports[i]);
    if (n <= 0)
        snprintf(path + at, (size_t)(MTK_USB_PATH_LEN - at), "0");
}

const char *mtk_libusb_what(libusb_device *device, const struct libusb_device_descriptor *d,
                            enum mtk_usb_kind *kind)
{
    const struct mtk_usb_known *k = mtk_usb_known(d->idVendor, d->idProduct);
    struct libusb_config_descriptor *config = NULL;
    const char *what = NULL;
    *kind = k ? k->kind : MTK_USB_STRANGER;
    if (k)
        return k->what;
    if (libusb_get_active_config_descriptor(device, &config) != 0)
        return NULL;
    for (int i = 0; i < config->bNumInterfaces && !what; i++) {
        const struct libusb_interface *in = &config->interface[i];
        if (in->num_altsetting > 0)
            what = mtk_usb_mode(in->altsetting->bInterfaceClass, in->altsetting->bInterfaceSubClass,
                                in->altsetting->bInterfaceProtocol);
    }
    libusb_free_config_descriptor(config);
    if (what)
        *kind = MTK_USB_WRONG_MODE;
    return what;
}
