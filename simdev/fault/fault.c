/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/fault/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "simdev/fault/fault_set.h"

/* Appends one fault to a set that may move. */
static struct fault_set *append(struct fault_set *f, const struct fault *one)
{
    struct fault_set *bigger = realloc(f, sizeof *f + (f->n + 1) * sizeof f->fault[0]);
    if (!bigger) {
        free(f);
        return NULL;
    }
    bigger->fault[bigger->n++] = *one;
    bigger->points |= 1u << one->point;
    return bigger;
}

struct fault_set *fault_parse(const char *spec, uint64_t seed, char *err, size_t err_len)
{
    struct fault_set *f = calloc(1, sizeof *f);
    if (!spec)
        spec = "";
    while (f && *spec) {
        size_t len = strcspn(spec, ";");
        if (strspn(spec, " \t\n") < len) {
            struct fault one;
            if (f->n == FAULT_MAX) {
                snprintf(err, err ? err_len : 0, "more than %d faults in one specification", FAULT_MAX);
                free(f);
                return NULL;
            }
            if (fault_parse_one(spec, len, &one, err, err_len)) {
                free(f);
                return NULL;
            }
            f = append(f, &one);
        }
        spec += len + (spec[len] == ';');
    }
    if (!f) {
        snprintf(err, err ? err_len : 0, "out of memory");
        return NULL;
    }
    f->seed = seed;
    f->draw = prng_init(seed ^ UINT64_C(0x4641554C54));
    return f;
}

struct fault_set *fault_clone(const struct fault_set *f)
{
    struct fault_set *copy = f ? malloc(sizeof *f + f->n * sizeof f->fault[0]) : NULL;
    if (!copy)
        return NULL;
    memcpy(copy, f, sizeof *f + f->n * sizeof f->fault[0]);
    copy->draw = prng_init(copy->seed ^ UINT64_C(0x4641554C54));
    for (size_t i = 0; i < copy->n; i++)
        copy->fault[i].seen = copy->fault[i].fired = 0;
    return copy;
}

void fault_free(struct fault_set *f)
{
    free(f);
}

unsigned fault_points(const struct fault_set *f)
{
    return f ? f->points : 0;
}

static bool on_wire(enum fault_point p)
{
    return p == FAULT_AT_TX || p == FAULT_AT_RX;
}

static bool on_flash(enum fault_point p)
{
    return p == FAULT_AT_FLASH_READ || p == FAULT_AT_FLASH_WRITE || p == FAULT_AT_FLASH_ERASE;
}

static bool word_fits(const char *wanted, const char *got)
{
    return !wanted[0] || (got && !strcasecmp(wanted, got));
}

/* Does the event lie where the fault lives? */
static bool place_fits(const struct fault *one, const struct fault_event *ev)
{
    if (on_wire(one->point)) {
        if (!one->has_offset)
            return ev->value == 1;
        return one->offset >= ev->offset && one->offset - ev->offset < ev->length;
    }
    if (on_flash(one->point) && one->has_range) {
        uint64_t end, ev_end;
        if (!add_u64(one->from, one->len, &end))
            end = UINT64_MAX;
        if (!add_u64(ev->offset, ev->length, &ev_end))
            ev_end = UINT64_MAX;
        return one->from < ev_end && ev->offset < end;
    }
    return true;
}

static bool fires(struct fault_set *f, struct fault *one, const struct fault_event *ev)
{
    if (one->point != ev->point || !word_fits(one->stage, ev->stage) || !word_fits(one->name, ev->name) ||
        !place_fits(one, ev))
        return false;
    one->seen++;
    if (one->seen < one->nth || (one->times != FAULT_ALWAYS && one->fired >= one->times))
        return false;
    if (one->chance <= UINT32_MAX && (prng_u64(&f->draw) >> 32) >= one->chance)
        return false;
    one->fired++;
    return true;
}

/* Turns offsets of the phone into offsets of the event. */
static struct fault_action action_of(const struct fault *one, const struct fault_event *ev)
{
    struct fault_action a = {
        .kind = one->kind,
        .offset = one->at,
        .count = one->count,
        .value = one->value,
        .mask = one->mask,
        .delay_ns = one->delay_ns,
        .bytes = one->bytes,
    };
    if (on_wire(one->point) && one->has_offset)
        a.offset = one->offset - ev->offset;
    if (on_flash(one->point)) {
        uint64_t start = one->has_range && one->from > ev->offset ? one->from - ev->offset : 0;
        uint64_t left = ev->length - start;
        if (one->has_range) {
            uint64_t skipped = ev->offset > one->from ? ev->offset - one->from : 0;
            uint64_t rest = one->len - skipped;
            left = rest < left ? rest : left;
        }
        uint64_t skip = one->at < left ? one->at : left;
        a.offset = start + skip;
        a.count = left - skip;
    }
    return a;
}

size_t fault_ask_all(struct fault_set *f, const struct fault_event *ev, struct fault_action *out, size_t max)
{
    size_t n = 0;
    if (!f || !(f->points & 1u << ev->point))
        return 0;
    for (size_t i = 0; i < f->n && n < max; i++) {
        if (!fires(f, &f->fault[i], ev))
            continue;
        struct fault_action a = action_of(&f->fault[i], ev);
        size_t at = n++;
        while (at && out[at - 1].offset > a.offset) {
            out[at] = out[at - 1];
            at--;
        }
        out[at] = a;
    }
    return n;
}

unsigned fault_report(const struct fault_set *f, char *text, size_t text_len)
{
    unsigned idle = 0;
    size_t used = 0;
    if (text && text_len)
        text[0] = 0;
    for (size_t i = 0; f && i < f->n; i++) {
        const struct fault *one = &f->fault[i];
        idle += !one->fired;
        if (!text || used >= text_len)
            continue;
        int k = snprintf(text + used, text_len - used, "%s: fired %llu time%s\n", one->text,
                         (unsigned long long)one->fired, one->fired == 1 ? "" : "s");
        used += k > 0 ? (size_t)k : 0;
    }
    return idle;
}
