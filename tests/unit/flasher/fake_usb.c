/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_usb.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

static struct fake_usb *of_host(struct mtk_usb_host *h)
{
    return (struct fake_usb *)h;
}

static int64_t fake_now(void *ctx)
{
    return ((struct fake_usb *)ctx)->now;
}

static void fake_sleep(void *ctx, int64_t ns)
{
    ((struct fake_usb *)ctx)->now += ns;
}

static size_t flying_out(const struct fake_usb *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n_flying; i++)
        n += !(f->flying[i]->endpoint & 0x80);
    return n;
}

static bool fake_submit(struct mtk_usb_host *h, struct mtk_urb *u)
{
    struct fake_usb *f = of_host(h);
    u->actual = 0;
    u->result = MTK_URB_GONE;
    if (h->gone || f->n_flying == FAKE_MAX)
        return false;
    if (u->endpoint & 0x80 && f->n_asked < FAKE_MAX)
        f->asked[f->n_asked++] = u->len;
    u->flying = true;
    f->flying[f->n_flying++] = u;
    if (flying_out(f) > f->most_out)
        f->most_out = flying_out(f);
    return true;
}

static void land(struct fake_usb *f, struct mtk_urb *u, enum mtk_urb_result result)
{
    size_t i = 0;
    while (f->flying[i] != u)
        i++;
    memmove(&f->flying[i], &f->flying[i + 1], (--f->n_flying - i) * sizeof(f->flying[0]));
    u->flying = false;
    u->result = result;
}

static void fake_cancel(struct mtk_usb_host *h, struct mtk_urb *u)
{
    struct fake_usb *f = of_host(h);
    if (!u->flying)
        return;
    f->cancelled++;
    if (!(u->endpoint & 0x80)) {
        u->actual = f->partial;
        f->partial = 0;
    }
    land(f, u, MTK_URB_CANCELLED);
}

static void land_all(struct fake_usb *f)
{
    f->host.gone = true;
    while (f->n_flying)
        land(f, f->flying[0], MTK_URB_GONE);
}

static struct mtk_urb *oldest(struct fake_usb *f, uint8_t direction)
{
    for (size_t i = 0; i < f->n_flying; i++)
        if ((f->flying[i]->endpoint & 0x80) == direction)
            return f->flying[i];
    return NULL;
}

/* Carries one scripted end out, if it is due by the deadline. */
static bool carry_out(struct fake_usb *f, struct fake_end *e, struct mtk_urb *u, int64_t deadline)
{
    if (f->now + e->after > deadline) {
        e->after -= deadline - f->now;
        return false;
    }
    f->now += e->after;
    if (u->endpoint & 0x80) {
        u->actual = e->data ? strlen(e->data) : 0;
        memcpy(u->data, e->data ? e->data : "", u->actual);
    } else {
        u->actual = e->actual < u->len ? e->actual : u->len;
        memcpy(f->written + f->n_written, u->data, u->actual);
        f->n_written += u->actual;
        f->chunks[f->n_chunks++] = u->len;
    }
    if (e->result == MTK_URB_GONE)
        f->host.gone = true;
    land(f, u, e->result);
    if (f->host.gone)
        land_all(f);
    return true;
}

static void fake_run(struct mtk_usb_host *h, int64_t deadline)
{
    struct fake_usb *f = of_host(h);
    struct mtk_urb *in = oldest(f, 0x80), *out = oldest(f, 0);
    if (out && f->next_out < f->n_out) {
        if (carry_out(f, &f->out[f->next_out], out, deadline)) {
            f->next_out++;
            return;
        }
    } else if (in && f->next_in < f->n_in) {
        if (carry_out(f, &f->in[f->next_in], in, deadline)) {
            f->next_in++;
            return;
        }
    }
    if (f->now < deadline)
        f->now = deadline;
}

static int fake_control(struct mtk_usb_host *h, const uint8_t setup[MTK_USB_SETUP_LEN], uint8_t *data,
                        int64_t deadline)
{
    struct fake_usb *f = of_host(h);
    size_t len = get_le16(setup + 6);
    (void)deadline;
    if (setup[1] != 6)
        return f->control_result;
    size_t n = len < f->config_len ? len : f->config_len;
    memcpy(data, f->config, n);
    return (int)n;
}

static void fake_clear_halt(struct mtk_usb_host *h, uint8_t endpoint)
{
    of_host(h)->halts++;
    of_host(h)->last_halt = endpoint;
}

static void fake_forget(struct mtk_usb_host *h, struct mtk_urb *u)
{
    (void)h;
    (void)u;
}

static const struct mtk_usb_host_ops host_ops = {
    .submit = fake_submit,
    .cancel = fake_cancel,
    .run = fake_run,
    .control = fake_control,
    .clear_halt = fake_clear_halt,
    .forget = fake_forget,
};

static void close_pipe(struct mtk_link *l)
{
    struct mtk_usb_pipe *p = (struct mtk_usb_pipe *)l;
    if (p->host)
        mtk_usb_pipe_stop(p);
    p->host = NULL;
}

static void destroy_pipe(struct mtk_link *l)
{
    mtk_usb_pipe_release((struct mtk_usb_pipe *)l);
    free(l);
}

static const struct mtk_link_ops link_ops = {
    .name = "fake",
    .read = mtk_usb_pipe_read,
    .write = mtk_usb_pipe_write,
    .control = mtk_usb_pipe_control,
    .identity = mtk_usb_pipe_identity,
    .close = close_pipe,
    .destroy = destroy_pipe,
};

struct mtk_usb_pipe *fake_open(struct fake_usb *f)
{
    static const uint8_t config[] = {9, 2, 32, 0, 1,    1, 0,  0xC0, 250, 9, 4,    0,    0, 2,  0x0A, 0,
                                     0, 0, 7,  5, 0x01, 2, 64, 0,    0,   7, 0x05, 0x81, 2, 64, 0,    0};
    struct mtk_usb_pipe *p = calloc(1, sizeof(*p));
    if (!f->config) {
        f->config = config;
        f->config_len = sizeof(config);
    }
    f->host.ops = &host_ops;
    f->host.clock = (struct mtk_clock){.now = fake_now, .sleep_ns = fake_sleep, .ctx = f};
    p->base = (struct mtk_link){.ops = &link_ops, .clock = f->host.clock};
    p->host = &f->host;
    return p;
}

void fake_close(struct mtk_usb_pipe *p)
{
    mtk_link_free(&p->base);
}
