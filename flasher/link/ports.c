/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/link/ports.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flasher/link/usb_known.h"
#include "flasher/link/usbip_net.h"
#include "protocol/error_index.h"

/* One look at a server. */
#define SERVER_NS (3 * NS_PER_S)

static void describe(struct mtk_port *p, const struct mtk_usb_known *k)
{
    p->usable = k && k->kind != MTK_USB_WRONG_MODE;
    snprintf(p->what, sizeof(p->what), "%s", k ? k->what : "unknown device");
    if (k && !p->usable)
        snprintf(p->why, sizeof(p->why), "wrong mode: %s", MTK_USB_OFF);
}

/* ---- serial ports ---- */

static uint16_t attribute(const char *tty, const char *name)
{
    char path[160], text[8] = "";
    snprintf(path, sizeof(path), "/sys/class/tty/%.64s/device/../%s", tty, name);
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    char *got = fgets(text, sizeof(text), f);
    fclose(f);
    return got ? (uint16_t)strtoul(text, NULL, 16) : 0;
}

/* A modem of somebody else's is not offered; an adapter may have a phone's UART at its end. */
static void serial_port(const char *path, bool adapter, mtk_port_fn fn, void *ctx)
{
    struct mtk_port p = {0};
    const char *name = strrchr(path, '/') + 1;
    p.vid = attribute(name, "idVendor");
    p.pid = attribute(name, "idProduct");
    const struct mtk_usb_known *k = mtk_usb_known(p.vid, p.pid);
    if (!k && !adapter)
        return;
    snprintf(p.port, sizeof(p.port), "tty:%.100s", path);
    describe(&p, k);
    if (!k) {
        p.usable = true;
        snprintf(p.what, sizeof(p.what), "serial adapter");
        snprintf(p.why, sizeof(p.why), "usable if a phone's UART is at its end");
    }
    if (p.usable && access(path, R_OK | W_OK) != 0) {
        p.usable = false;
        snprintf(p.why, sizeof(p.why),
                 "%s: install the udev rules (" MTK_USB_RULES "), or join the group that owns %s",
                 strerror(errno), path);
    }
    fn(ctx, &p);
}

static void serial_ports(mtk_port_fn fn, void *ctx)
{
    static const struct {
        const char *pattern;
        bool adapter;
    } kinds[] = {{"/dev/ttyACM*", false}, {"/dev/ttyUSB*", true}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        glob_t found;
        if (glob(kinds[i].pattern, 0, NULL, &found) != 0)
            continue;
        for (size_t k = 0; k < found.gl_pathc; k++)
            serial_port(found.gl_pathv[k], kinds[i].adapter, fn, ctx);
        globfree(&found);
    }
}

/* ---- a USB/IP server ---- */

static int exported(const char *where, mtk_port_fn fn, void *ctx, struct mtk_error *err)
{
    struct mtk_net_host host;
    struct mtk_clock clock = mtk_clock_real();
    struct mtk_usbip_server server = {.host = &host, .deadline = clock.now(clock.ctx) + SERVER_NS};
    struct mtk_usbip_device *list = NULL;
    size_t len = strcspn(where, "/"), n = 0;
    if (!mtk_net_split(where, len, MTK_USBIP_PORT, &host))
        return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST,
                        "port usbip:%.80s: expected usbip:HOST[:PORT][/BUSID]", where);
    if (mtk_usbip_list(&server, &list, &n) != MTK_USBIP_DONE)
        return mtk_fail(err, MTK_E_MTK_PORT_UNREADABLE, MTK_EV_HOST, "port usbip:%.80s: %s", where,
                        server.why);
    for (size_t i = 0; i < n; i++) {
        struct mtk_port p = {.vid = list[i].vid, .pid = list[i].pid};
        if (where[len] && strcmp(where + len + 1, list[i].busid) != 0)
            continue;
        snprintf(p.port, sizeof(p.port), "usbip:%.*s/%s", (int)(len < 80 ? len : 80), where, list[i].busid);
        describe(&p, mtk_usb_known(p.vid, p.pid));
        fn(ctx, &p);
    }
    free(list);
    return 0;
}

int mtk_ports(const char *where, mtk_port_fn fn, void *ctx, struct mtk_error *err)
{
    if (where && strncmp(where, "usbip:", 6) == 0)
        return exported(where + 6, fn, ctx, err);
    if (where && strcmp(where, "usb") != 0 && strcmp(where, "tty") != 0)
        return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST,
                        "port \"%.80s\": what can be looked through is usb, tty or usbip:HOST[:PORT]", where);
    if (!where || strcmp(where, "tty") == 0)
        serial_ports(fn, ctx);
    return where && strcmp(where, "tty") == 0 ? 0 : mtk_ports_usb(fn, ctx, err);
}
