/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/session/flash/cut_link.h"

static int cut_open(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err)
{
    struct cut_link *c = (struct cut_link *)l;
    return c->inner->ops->open(c->inner, timeout_ns, err);
}

static ssize_t pull(struct cut_link *c)
{
    mtksim_unplug(c->phone);
    return MTK_LINK_GONE;
}

static ssize_t count(struct cut_link *c, ssize_t n)
{
    if (n > 0) {
        c->left -= (uint64_t)n;
        c->moved += (uint64_t)n;
    }
    return n;
}

static ssize_t cut_read(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns)
{
    struct cut_link *c = (struct cut_link *)l;
    if (!c->left)
        return pull(c);
    return count(c, c->inner->ops->read(c->inner, buf, len < c->left ? len : (size_t)c->left, timeout_ns));
}

/* What the phone took before the cable came out stays taken. */
static ssize_t cut_write(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns)
{
    struct cut_link *c = (struct cut_link *)l;
    size_t part = len < c->left ? len : (size_t)c->left;
    ssize_t n = part || !len ? count(c, c->inner->ops->write(c->inner, buf, part, timeout_ns)) : 0;
    l->taken = c->inner->taken;
    if (n < 0 || part == len)
        return n;
    l->taken = part;
    return pull(c);
}

static void cut_close(struct mtk_link *l)
{
    struct cut_link *c = (struct cut_link *)l;
    c->inner->ops->close(c->inner);
}

static const struct mtk_link_ops cut_ops = {
    .name = "cut", .open = cut_open, .read = cut_read, .write = cut_write, .close = cut_close};

void cut_link_init(struct cut_link *c, struct mtk_link *inner, struct mtksim *phone, uint64_t after)
{
    *c = (struct cut_link){
        .base = {.ops = &cut_ops, .clock = inner->clock}, .inner = inner, .phone = phone, .left = after};
}
