/* SPDX-License-Identifier: Apache-2.0 */
/* PORT strings: "scheme:rest", as the command line takes them. */
#include "flasher/link/backends.h"

#include <string.h>

#include "protocol/error_index.h"

#define BUILT_IN                                                                               \
    "usb[:BUS-PORT|:VID:PID], usbip:HOST[:PORT][/BUSID], unix:PATH, tcp:HOST:PORT, tty:PATH, " \
    "sim:chip=NAME[,key=value...]"

static const struct scheme {
    const char *name;
    struct mtk_link *(*make)(const char *rest,
                             struct mtk_error *err); /* NULL: a known name that is not built in */
} schemes[] = {
    {"unix", mtk_link_unix_new},
    {"tcp", mtk_link_tcp_new},
    {"tty", mtk_link_tty_new},
    {"sim", mtk_link_sim_new},
    {"usb", mtk_link_usb_new},
    {"usbip", mtk_link_usbip_new},
    {"replay", NULL},
};

static const struct scheme *find(const char *port, size_t len)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (strlen(schemes[i].name) == len && memcmp(schemes[i].name, port, len) == 0)
            return &schemes[i];
    return NULL;
}

struct mtk_link *mtk_link_new(const char *port, struct mtk_error *err)
{
    size_t len = strcspn(port, ":");
    const struct scheme *s = find(port, len);
    if (s && s->make == mtk_link_usb_new && !port[len])
        return s->make("", err);
    if (s && s->make && port[len] == ':')
        return s->make(port + len + 1, err);
    if (s && !s->make)
        mtk_fail(err, MTK_E_MTK_UNSUPPORTED, MTK_EV_HOST,
                 "port \"%.80s\": %s is not built into this version; built in are " BUILT_IN, port, s->name);
    else
        mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST,
                 "port \"%.80s\" is not understood; a port is one of " BUILT_IN, port);
    return NULL;
}
