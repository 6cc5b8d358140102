/* SPDX-License-Identifier: Apache-2.0 */
/* Which kinds of port there are, and opening and closing them. */
#include "simdev/port/port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simdev/port/listener.h"

static const struct port_kind *const kinds[] = {&port_unix, &port_tcp, &port_pty, &port_usbip};

struct port *port_open(const char *where, bool expose, char *err, size_t err_len)
{
    size_t scheme = strcspn(where, ":");
    const char *arg = where[scheme] ? where + scheme + 1 : where + scheme;
    const struct port_kind *kind = NULL;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strlen(kinds[i]->scheme) == scheme && strncmp(kinds[i]->scheme, where, scheme) == 0)
            kind = kinds[i];
    if (!kind) {
        mtk_why(err, err_len,
                "'%s' is no port that this version can listen on: unix:PATH, tcp:ADDR:PORT, pty[:LINK], "
                "usbip[:ADDR:PORT]",
                where);
        return NULL;
    }
    struct port *p = calloc(1, sizeof(*p));
    if (!p) {
        mtk_why(err, err_len, "%s", strerror(ENOMEM));
        return NULL;
    }
    p->kind = kind;
    p->listen_fd = p->master = p->watch = -1;
    if (kind->open(p, arg, expose, err, err_len) != 0) {
        free(p);
        return NULL;
    }
    return p;
}

const char *port_address(const struct port *port)
{
    return port->address;
}

void port_close(struct port *port)
{
    if (!port)
        return;
    port->kind->close(port);
    free(port);
}
