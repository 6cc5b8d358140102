/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A phone in this process. The one place where the flasher meets the simulated phone, through its public header only.
 * Time is the phone's own: nothing here sleeps.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flasher/link/backends.h"
#include "include/mtksim.h"
#include "protocol/error_index.h"

struct sim_link {
    struct mtk_link base;
    struct mtksim *phone;
    bool owned; /* made from a PORT string */
    bool open;
    struct mtksim_usb_id id; /* who was there at open */
};

static int64_t sim_now(void *ctx)
{
    return mtksim_now(ctx);
}

static void sim_sleep(void *ctx, int64_t ns)
{
    mtksim_sleep(ctx, ns);
}

static int sim_open(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err)
{
    struct sim_link *s = (struct sim_link *)l;
    int64_t start = mtksim_now(s->phone);
    if (s->open)
        return 0;
    mtksim_plug(s->phone);
    if (mtksim_attach(s->phone, timeout_ns, &s->id) == 0) {
        s->open = true;
        return 0;
    }
    int64_t waited = mtksim_now(s->phone) - start;
    mtk_fail(err, MTK_E_MTK_NO_PHONE, MTK_EV_NO_ANSWER,
             "the simulated phone was not on the bus for %.1f s (it is %s)",
             (double)waited / (double)NS_PER_S, mtksim_stage(s->phone));
    if (err)
        err->waited_ns = waited;
    return -1;
}

/* A phone that has left stays gone for this link even when it is back under a new number already. */
static bool still_there(struct sim_link *s)
{
    struct mtksim_usb_id now;
    if (s->open && (mtksim_identity(s->phone, &now) != 0 || now.generation != s->id.generation))
        s->open = false;
    return s->open;
}

static ssize_t result(struct sim_link *s, ssize_t n)
{
    if (n >= 0)
        return n;
    if (n == MTKSIM_GONE) {
        s->open = false;
        return MTK_LINK_GONE;
    }
    if (n == MTKSIM_TIMEOUT)
        return MTK_LINK_TIMEOUT;
    errno = EPIPE; /* a stall, as the kernel reports it */
    return MTK_LINK_IO;
}

static ssize_t sim_read(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns)
{
    struct sim_link *s = (struct sim_link *)l;
    return still_there(s) ? result(s, mtksim_read(s->phone, buf, len, timeout_ns)) : MTK_LINK_GONE;
}

static ssize_t sim_write(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns)
{
    struct sim_link *s = (struct sim_link *)l;
    l->taken = 0;
    if (!still_there(s))
        return MTK_LINK_GONE;
    ssize_t n = result(s, mtksim_write(s->phone, buf, len, timeout_ns));
    l->taken = n >= 0 ? len : mtksim_taken(s->phone);
    return n;
}

static int sim_control(struct mtk_link *l, uint8_t request_type, uint8_t request, uint16_t value,
                       uint16_t index, void *buf, uint16_t length)
{
    struct sim_link *s = (struct sim_link *)l;
    if (!still_there(s))
        return MTK_LINK_GONE;
    return (int)result(s, mtksim_control(s->phone, request_type, request, value, index, buf, length));
}

static void sim_identity(struct mtk_link *l, struct mtk_link_identity *id)
{
    const struct sim_link *s = (const struct sim_link *)l;
    *id = (struct mtk_link_identity){.vid = s->id.vid, .pid = s->id.pid, .generation = s->id.generation};
}

/* Closing a port does not pull the cable: the phone stays as it is. */
static void sim_close(struct mtk_link *l)
{
    ((struct sim_link *)l)->open = false;
}

static void sim_destroy(struct mtk_link *l)
{
    struct sim_link *s = (struct sim_link *)l;
    if (s->owned)
        mtksim_free(s->phone);
    free(s);
}

static const struct mtk_link_ops sim_ops = {
    .name = "sim",
    .open = sim_open,
    .read = sim_read,
    .write = sim_write,
    .control = sim_control,
    .identity = sim_identity,
    .close = sim_close,
    .destroy = sim_destroy,
};

struct mtk_link *mtk_link_sim(struct mtksim *phone)
{
    struct sim_link *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->base =
        (struct mtk_link){.ops = &sim_ops, .clock = {.now = sim_now, .sleep_ns = sim_sleep, .ctx = phone}};
    s->phone = phone;
    return &s->base;
}

/* ---- sim:key=value,... ---- */

/*
 * The configuration under construction. Strings point into text, which is a changed copy of the PORT string; what
 * is no key of `mtksim run` is a profile setting and goes on as it stands.
 */
struct sim_text {
    struct mtksim_config cfg;
    char *text;
    const char **settings;
    size_t n_settings;
};

static const struct key {
    const char *name;
    size_t offset;
} keys[] = {
    {"chip", offsetof(struct mtksim_config, chip)},
    {"storage", offsetof(struct mtksim_config, storage)},
    {"state", offsetof(struct mtksim_config, state_dir)},
    {"rom", offsetof(struct mtksim_config, rom_dir)},
    {"security", offsetof(struct mtksim_config, security)},
    {"fault", offsetof(struct mtksim_config, fault)},
};

/*
 * Cuts one item off *rest in place: up to a comma. "\," is a comma of the value, and so is one behind which no new
 * key=value begins, so that security=sbc,sla reads as people write it.
 */
static char *next_item(char **rest)
{
    char *item = *rest, *out = item, *p = item;
    if (!p)
        return NULL;
    for (*rest = NULL; *p; p++) {
        if (*p == ',') {
            const char *more = p + 1;
            while (*more && *more != ',' && *more != '=')
                more += more[0] == '\\' && more[1] ? 2 : 1;
            if (*more == '=') {
                *rest = p + 1;
                break;
            }
        } else if (p[0] == '\\' && p[1]) {
            p++;
        }
        *out++ = *p;
    }
    *out = '\0';
    return item;
}

static int bad_item(const char *item, const char *why, struct mtk_error *err)
{
    return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST, "port sim: \"%.80s\" %s", item, why);
}

static int take_boot(struct sim_text *t, const char *item, const char *value, struct mtk_error *err)
{
    if (strcmp(value, "brom") == 0)
        t->cfg.boot = MTKSIM_BOOT_BROM;
    else if (strcmp(value, "preloader") == 0)
        t->cfg.boot = MTKSIM_BOOT_PRELOADER;
    else
        return bad_item(item, "is neither boot=brom nor boot=preloader", err);
    return 0;
}

static int take_seed(struct sim_text *t, const char *item, const char *value, struct mtk_error *err)
{
    char *end = NULL;
    errno = 0;
    t->cfg.seed = strtoull(value, &end, 0);
    if (errno || *end || *value < '0' || *value > '9')
        return bad_item(item, "is not a number", err);
    return 0;
}

static int take_item(struct sim_text *t, char *item, struct mtk_error *err)
{
    size_t len = strcspn(item, "=");
    const char *value = item + len + 1;
    if (item[len] != '=' || len == 0)
        return bad_item(item, "is not key=value", err);
    if (len == 4 && memcmp(item, "boot", len) == 0)
        return take_boot(t, item, value, err);
    if (len == 4 && memcmp(item, "seed", len) == 0)
        return take_seed(t, item, value, err);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char **field = (const char **)((char *)&t->cfg + keys[i].offset);
        if (strlen(keys[i].name) != len || memcmp(keys[i].name, item, len) != 0)
            continue;
        if (*field)
            return bad_item(item, "is given twice", err);
        *field = value;
        return 0;
    }
    t->settings[t->n_settings++] = item;
    return 0;
}

static struct mtksim *make_phone(struct sim_text *t, struct mtk_error *err)
{
    char why[200] = "";
    char *rest = *t->text ? t->text : NULL;
    for (char *item; (item = next_item(&rest)) != NULL;)
        if (take_item(t, item, err) != 0)
            return NULL;
    t->cfg.settings = t->settings;
    struct mtksim *phone = mtksim_new(&t->cfg, why, sizeof(why));
    if (!phone)
        mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST, "port sim: no such phone: %s", why);
    return phone;
}

struct mtk_link *mtk_link_sim_new(const char *config, struct mtk_error *err)
{
    struct sim_text t = {.text = strdup(config)};
    t.settings =
        calloc(strlen(config) + 2, sizeof(*t.settings)); /* an item has at least one byte; NULL ends it */
    struct mtk_link *l = NULL;
    if (!t.text || !t.settings) {
        mtk_link_no_memory(err);
    } else {
        struct mtksim *phone = make_phone(&t, err);
        if (phone && !(l = mtk_link_sim(phone))) {
            mtksim_free(phone);
            mtk_link_no_memory(err);
        } else if (phone) {
            ((struct sim_link *)l)->owned = true;
        }
    }
    free(t.settings);
    free(t.text);
    return l;
}
