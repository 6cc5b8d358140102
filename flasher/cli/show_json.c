/* SPDX-License-Identifier: Apache-2.0 */
/* Events as JSON, one object a line. Numbers are bytes; codes and registers are "0x.." strings. */
#include "flasher/cli/cli.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/hash.h"

static json_t *number(uint64_t v)
{
    return json_integer((json_int_t)v);
}

static json_t *hex_number(uint32_t v)
{
    return json_sprintf("0x%x", v);
}

static json_t *text(const char *s)
{
    json_t *j = json_string(s ? s : "");
    /* What a phone or a file calls itself need not be UTF-8. */
    return j ? j : json_string("?");
}

static json_t *hex_bytes(const uint8_t *p, size_t n)
{
    char buf[2 * 64 + 1];
    if (n > 64)
        n = 64;
    hex_str(p, n, buf);
    return json_string(buf);
}

/* Ids are personal data: masked unless asked for. */
static json_t *id_bytes(const struct cli *cli, const uint8_t *p, size_t n)
{
    if (cli->ids || n < 4)
        return hex_bytes(p, n);
    return json_sprintf("%02x%02x...", p[0], p[1]);
}

static void set_text(json_t *o, const char *key, const char *s)
{
    if (s)
        json_object_set_new(o, key, text(s));
}

static void storage_words(const struct cli *cli, json_t *o, const struct mtk_ev_storage_id *w)
{
    set_text(o, "maker", w->maker);
    set_text(o, "product", w->product);
    if (w->has_revision)
        json_object_set_new(o, "revision", json_sprintf("%x.%x", w->revision >> 4, w->revision & 0xF));
    if (w->has_serial)
        json_object_set_new(o, "serial", cli->ids ? hex_number(w->serial) : json_string("masked"));
    if (w->has_date)
        json_object_set_new(o, "date", json_sprintf("%04u-%02u", w->year, w->month));
}

static json_t *storage(const struct cli *cli, const struct mtk_ev_info *i)
{
    json_t *sizes = json_object();
    for (size_t k = 0; k < i->n_areas; k++)
        json_object_set_new(sizes, i->areas[k].name, number(i->areas[k].size));
    json_t *o = json_pack("{s:s, s:o}", "type", i->storage, "sizes", sizes);
    if (i->storage_id_len)
        json_object_set_new(o, "id", id_bytes(cli, i->storage_id, i->storage_id_len));
    storage_words(cli, o, &i->storage_words);
    if (i->block_size)
        json_object_set_new(o, "block", number(i->block_size));
    if (i->erase_size)
        json_object_set_new(o, "erase_block", number(i->erase_size));
    if (i->pre_eol || i->life_a || i->life_b)
        json_object_set_new(o, "health",
                            json_pack("{s:i, s:i, s:i}", "pre_eol", (int)i->pre_eol, "life_a", (int)i->life_a,
                                      "life_b", (int)i->life_b));
    set_text(o, "table", i->table);
    return o;
}

static json_t *info(const struct cli *cli, const struct mtk_ev_info *i)
{
    json_t *o = json_object();
    set_text(o, "chip", i->chip);
    set_text(o, "marketing", i->marketing);
    json_object_set_new(o, "hw_code", hex_number(i->hw_code));
    json_object_set_new(o, "hw_sub_code", hex_number(i->hw_sub_code));
    json_object_set_new(o, "hw_version", hex_number(i->hw_version));
    json_object_set_new(o, "sw_version", hex_number(i->sw_version));
    set_text(o, "stage", i->stage);
    if (i->has_target_config)
        json_object_set_new(o, "target_config", hex_number(i->target_config));
    json_object_set_new(o, "sbc", json_boolean(i->sbc));
    json_object_set_new(o, "sla", json_boolean(i->sla));
    json_object_set_new(o, "daa", json_boolean(i->daa));
    set_text(o, "agent", i->agent);
    set_text(o, "da_version", i->da_version);
    set_text(o, "da_file", i->da_file);
    if (i->me_id_len)
        json_object_set_new(o, "me_id", id_bytes(cli, i->me_id, i->me_id_len));
    if (i->soc_id_len)
        json_object_set_new(o, "soc_id", id_bytes(cli, i->soc_id, i->soc_id_len));
    if (i->storage)
        json_object_set_new(o, "storage", storage(cli, i));
    if (i->dram_size)
        json_object_set_new(o, "dram", number(i->dram_size));
    if (i->sram_size)
        json_object_set_new(o, "sram", number(i->sram_size));
    set_text(o, "dram_how", i->dram_how);
    set_text(o, "usb_speed", i->usb_speed);
    if (i->random_id_len)
        json_object_set_new(o, "random_id", id_bytes(cli, i->random_id, i->random_id_len));
    if (i->battery_mv)
        json_object_set_new(o, "battery_mv", number(i->battery_mv));
    set_text(o, "auth", i->auth);
    set_text(o, "lock", i->lock);
    return o;
}

static json_t *risk(const struct mtk_ev_risk *r)
{
    json_t *factors = json_array();
    for (size_t i = 0; i < r->n_factors; i++) {
        json_t *f = json_pack("{s:s, s:i, s:s}", "name", r->factors[i].name, "points", r->factors[i].points,
                              "why", r->factors[i].why);
        set_text(f, "remedy", r->factors[i].remedy);
        json_array_append_new(factors, f);
    }
    return json_pack("{s:i, s:o}", "score", r->score, "factors", factors);
}

static void result_error(json_t *o, const struct mtk_error *e)
{
    set_text(o, "symbol", e->row->symbol);
    set_text(o, "code", e->row->symbol);
    if (e->row->coded)
        json_object_set_new(o, "number", hex_number(e->row->code));
    set_text(o, "what", e->what);
    if (e->stage[0])
        set_text(o, "stage", e->stage);
    if (e->command[0])
        set_text(o, "command", e->command);
    if (e->file[0])
        set_text(o, "file", e->file);
    if (e->line)
        json_object_set_new(o, "line", number(e->line));
    if (e->has_offset)
        json_object_set_new(o, "offset", number(e->offset));
    if (e->n_expected)
        json_object_set_new(o, "expected", hex_bytes(e->expected, e->n_expected));
    if (e->n_got)
        json_object_set_new(o, "got", hex_bytes(e->got, e->n_got));
    if (e->has_status)
        json_object_set_new(o, "status", hex_number(e->device_status));
    json_object_set_new(o, "acked", number(e->acked));
}

/* "a,b" as ["a", "b"]; nothing if there are none. */
static void set_names(json_t *o, const char *key, const char *names)
{
    json_t *list = json_array();
    while (names && *names) {
        size_t n = strcspn(names, ",");
        json_array_append_new(list, json_stringn(names, n));
        names += n;
        names += *names == ',';
    }
    if (json_array_size(list))
        json_object_set(o, key, list);
    json_decref(list);
}

static json_t *result(const struct mtk_ev_result *r)
{
    static const char *const phone[] = {"unchanged", "changed", "restored"};
    json_t *o =
        json_pack("{s:b, s:i, s:s}", "ok", (int)r->ok, "exit", r->exit_code, "phone", phone[r->phone]);
    set_text(o, "boots", r->boots);
    set_names(o, "verified", r->verified);
    set_names(o, "unknown", r->unknown);
    set_names(o, "untouched", r->untouched);
    if (r->error && r->error->row)
        result_error(o, r->error);
    else
        json_object_set_new(o, "code", json_integer(0));
    return o;
}

static json_t *mismatch(const struct mtk_ev_mismatch *m)
{
    return json_pack("{s:o, s:o, s:o, s:s, s:o, s:o}", "partition", text(m->partition), "first_offset",
                     number(m->first_offset), "bytes", number(m->bytes), "pattern", m->pattern, "expected",
                     hex_bytes(m->expected, m->n), "got", hex_bytes(m->got, m->n));
}

static json_t *port(const struct mtk_ev_port *p)
{
    json_t *o =
        json_pack("{s:o, s:o, s:b}", "port", text(p->port), "what", text(p->what), "usable", (int)p->usable);
    if (p->vid || p->pid) {
        json_object_set_new(o, "vid", json_sprintf("0x%04x", p->vid));
        json_object_set_new(o, "pid", json_sprintf("0x%04x", p->pid));
    }
    set_text(o, "why", p->why);
    return o;
}

static json_t *step(const struct mtk_ev_step *s)
{
    json_t *o = json_pack("{s:i, s:i, s:s, s:o, s:o}", "n", (int)s->n, "of", (int)s->of, "action", s->action,
                          "partition", text(s->partition), "size", number(s->size));
    set_text(o, "why", s->why);
    return o;
}

static json_t *verified(const struct mtk_ev_verified *v)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "partition", text(v->partition), "area", text(v->area),
                     "sha256", hex_bytes(v->sha256, SHA256_LEN), "size", number(v->size), "undefined",
                     number(v->undefined), "unread", number(v->unread));
}

static json_t *partition(const struct mtk_ev_partition *p)
{
    json_t *o = json_pack("{s:o, s:o, s:o, s:o}", "name", text(p->name), "area", text(p->area), "start",
                          number(p->start), "size", number(p->size));
    set_text(o, "table", p->table);
    return o;
}

static json_t *convert(const struct cli *cli, const struct mtk_event *ev, const char **name)
{
    static const char *const names[] = {
        [MTK_EVENT_INFO] = "info",
        [MTK_EVENT_PARTITION] = "partition",
        [MTK_EVENT_DIFFERENCE] = "difference",
        [MTK_EVENT_RISK] = "risk",
        [MTK_EVENT_STEP] = "step",
        [MTK_EVENT_PROGRESS] = "progress",
        [MTK_EVENT_VERIFIED] = "verified",
        [MTK_EVENT_MISMATCH] = "mismatch",
        [MTK_EVENT_PORT] = "port",
        [MTK_EVENT_NOTE] = "note",
        [MTK_EVENT_RESULT] = "result",
    };
    *name = names[ev->kind];
    switch (ev->kind) {
    case MTK_EVENT_INFO:
        return info(cli, &ev->u.info);
    case MTK_EVENT_PARTITION:
        return partition(&ev->u.partition);
    case MTK_EVENT_DIFFERENCE:
        return json_pack("{s:o, s:s, s:o, s:o, s:b}", "partition", text(ev->u.difference.partition), "field",
                         ev->u.difference.field, "scatter", number(ev->u.difference.scatter), "phone",
                         number(ev->u.difference.phone), "fatal", (int)ev->u.difference.fatal);
    case MTK_EVENT_RISK:
        return risk(&ev->u.risk);
    case MTK_EVENT_STEP:
        return step(&ev->u.step);
    case MTK_EVENT_PROGRESS:
        return json_pack("{s:i, s:o, s:o, s:o}", "step", (int)ev->u.progress.step, "done",
                         number(ev->u.progress.done), "total", number(ev->u.progress.total), "rate",
                         number((uint64_t)ev->u.progress.rate));
    case MTK_EVENT_VERIFIED:
        return verified(&ev->u.verified);
    case MTK_EVENT_MISMATCH:
        return mismatch(&ev->u.mismatch);
    case MTK_EVENT_PORT:
        return port(&ev->u.port);
    case MTK_EVENT_NOTE:
        return json_pack("{s:i, s:o}", "level", ev->u.note.level, "text", text(ev->u.note.text));
    case MTK_EVENT_RESULT:
        return result(&ev->u.result);
    }
    return NULL;
}

void cli_show_json(void *ctx, const struct mtk_event *ev)
{
    struct cli_show *s = ctx;
    if (ev->kind == MTK_EVENT_NOTE && ev->u.note.level == 0 && !s->cli->verbose)
        return;
    const char *name = NULL;
    json_t *body = convert(s->cli, ev, &name);
    json_t *o = json_object();
    json_object_set_new(o, "event", json_string(name));
    if (body)
        json_object_update(o, body);
    json_dumpf(o, s->out, JSON_COMPACT);
    fputc('\n', s->out);
    fflush(s->out);
    json_decref(o);
    json_decref(body);
    if (ev->kind == MTK_EVENT_RESULT && ev->u.result.error)
        cli_report_error(s->err, ev->u.result.error, false);
}
