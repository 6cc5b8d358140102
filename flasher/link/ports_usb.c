/* SPDX-License-Identifier: Apache-2.0 */
/* What stands between a phone on this machine's USB and this program. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flasher/link/ports.h"
#include "flasher/link/usb_libusb.h"
#include "protocol/error_index.h"

#define DRIVER_LEN 48

/* The kernel's driver of an interface, by sysfs; "" if there is none, or it cannot be told. */
static void driver_of(const char *place, int configuration, int interface, char name[DRIVER_LEN])
{
    char path[160], target[256];
    snprintf(path, sizeof(path), "/sys/bus/usb/devices/%s:%d.%d/driver", place, configuration, interface);
    ssize_t n = readlink(path, target, sizeof(target) - 1);
    name[0] = '\0';
    if (n <= 0)
        return;
    target[n] = '\0';
    const char *slash = strrchr(target, '/');
    snprintf(name, DRIVER_LEN, "%.40s", slash ? slash + 1 : target);
}

/* Finds the first interface that somebody has: usbfs means another program, all else a driver of the kernel's. */
static void judge_drivers(struct mtk_port *p, libusb_device *device, const char *place)
{
    struct libusb_config_descriptor *config = NULL;
    char driver[DRIVER_LEN] = "";
    if (libusb_get_active_config_descriptor(device, &config) != 0)
        return;
    for (int i = 0; i < config->bNumInterfaces && !driver[0]; i++)
        if (config->interface[i].num_altsetting > 0)
            driver_of(place, config->bConfigurationValue, config->interface[i].altsetting->bInterfaceNumber,
                      driver);
    libusb_free_config_descriptor(config);
    if (strcmp(driver, "usbfs") == 0) {
        p->usable = false;
        snprintf(p->why, sizeof(p->why), "another program uses it");
    } else if (driver[0]) {
        snprintf(p->why, sizeof(p->why), "the driver %s has it, and gives it away as long as it is needed",
                 driver);
    }
}

/* Opening tells whether one may; it sends nothing to the phone. */
static void judge_access(struct mtk_port *p, libusb_device *device)
{
    libusb_device_handle *handle = NULL;
    int error = libusb_open(device, &handle);
    if (!error) {
        libusb_close(handle);
        return;
    }
    p->usable = false;
    if (error == LIBUSB_ERROR_ACCESS)
        snprintf(p->why, sizeof(p->why),
                 "no permission: install the udev rules (" MTK_USB_RULES
                 ") and plug it in again, or run as root");
    else
        snprintf(p->why, sizeof(p->why), "it cannot be opened: %s", libusb_strerror(error));
}

static void judge(libusb_device *device, mtk_port_fn fn, void *ctx)
{
    struct libusb_device_descriptor d;
    struct mtk_port p = {0};
    char place[MTK_USB_PATH_LEN];
    enum mtk_usb_kind kind;
    if (libusb_get_device_descriptor(device, &d) != 0)
        return;
    const char *what = mtk_libusb_what(device, &d, &kind);
    if (!what)
        return;
    mtk_libusb_path(device, place);
    snprintf(p.port, sizeof(p.port), "usb:%s", place);
    snprintf(p.what, sizeof(p.what), "%s", what);
    p.vid = d.idVendor;
    p.pid = d.idProduct;
    p.usable = kind != MTK_USB_WRONG_MODE;
    if (!p.usable)
        snprintf(p.why, sizeof(p.why), "wrong mode: %s", MTK_USB_OFF);
    if (p.usable)
        judge_drivers(&p, device, place);
    if (p.usable)
        judge_access(&p, device);
    fn(ctx, &p);
}

int mtk_ports_usb(mtk_port_fn fn, void *ctx, struct mtk_error *err)
{
    libusb_context *usb = NULL;
    libusb_device **list = NULL;
    int error = libusb_init(&usb);
    if (error)
        return mtk_fail(err, MTK_E_MTK_PORT_UNREADABLE, MTK_EV_HOST, "USB cannot be used on this machine: %s",
                        libusb_strerror(error));
    ssize_t n = libusb_get_device_list(usb, &list);
    for (ssize_t i = 0; i < n; i++)
        judge(list[i], fn, ctx);
    if (n >= 0)
        libusb_free_device_list(list, 1);
    libusb_exit(usb);
    return 0;
}
