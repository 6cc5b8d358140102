/* SPDX-License-Identifier: Apache-2.0 */
/* `ports`: which phones are there, and what stands in the way. Nothing is sent to any of them. */
#include "flasher/link/ports.h"
#include "flasher/link/usb_known.h"
#include "flasher/verified/jobs.h"

struct survey {
    const struct mtk_sink *sink;
    bool usable;
};

static void show(void *ctx, const struct mtk_port *p)
{
    struct survey *v = ctx;
    struct mtk_event ev = {.kind = MTK_EVENT_PORT,
                           .u.port = {.port = p->port,
                                      .what = p->what,
                                      .vid = p->vid,
                                      .pid = p->pid,
                                      .usable = p->usable,
                                      .why = p->why[0] ? p->why : NULL}};
    v->usable |= p->usable;
    mtk_emit(v->sink, &ev);
}

int mtk_job_ports(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    struct survey v = {.sink = s->sink};
    (void)arg;
    if (mtk_ports(s->opt->port, show, &v, err) < 0)
        return -1;
    if (!v.usable)
        mtk_note(s->sink, 3, "no phone can be used: %s", MTK_USB_KEYS);
    return 0;
}
