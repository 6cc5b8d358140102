/* SPDX-License-Identifier: Apache-2.0 */
/* Events for people: a progress bar on a terminal, plain lines otherwise. */
#include "flasher/cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"

void cli_show_init(struct cli_show *s, struct cli *cli)
{
    struct winsize w;
    const char *no_colour = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    *s = (struct cli_show){.cli = cli, .out = stdout, .err = stderr, .width = 80};
    s->tty = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
    s->colour = s->tty && !(no_colour && no_colour[0]);
    if (s->tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40)
        s->width = w.ws_col;
}

static void paint(const struct cli_show *s, const char *sgr, const char *text)
{
    if (s->colour)
        fprintf(s->out, "\033[%sm%s\033[0m", sgr, text);
    else
        fputs(text, s->out);
}

static void clear_bar(struct cli_show *s)
{
    if (s->bar_shown)
        fprintf(s->out, "\r\033[K");
    s->bar_shown = false;
}

static void id_line(const struct cli_show *s, const char *name, const uint8_t *p, size_t n)
{
    char hex[2 * 64 + 1];
    if (!n)
        return;
    if (n > 64)
        n = 64;
    hex_str(p, n, hex);
    if (!s->cli->ids && n >= 4)
        snprintf(hex + 4, sizeof(hex) - 4, "... (masked, --ids shows it)");
    fprintf(s->out, "%-14s %s\n", name, hex);
}

static void line(const struct cli_show *s, const char *name, const char *value)
{
    if (value && value[0])
        fprintf(s->out, "%-14s %s\n", name, value);
}

/* A list "a; b; c", one item a line, in one column. */
static void lines(const struct cli_show *s, const char *name, const char *list)
{
    while (list && *list) {
        int n = (int)strcspn(list, ";");
        fprintf(s->out, "%-14s %.*s\n", name, n, list);
        list += n;
        list += strspn(list, "; ");
        name = "";
    }
}

/* "0x01" of EXT_CSD's life time estimate is 0 to 10 % used, "0x0B" is beyond its estimated life (JESD84-B51 7.4). */
static const char *life(uint8_t v, char buf[32])
{
    if (v == 0 || v > 11)
        return "not told";
    if (v == 11)
        return "exceeded";
    snprintf(buf, 32, "%u to %u %% used", (v - 1u) * 10, v * 10u);
    return buf;
}

static void show_health(const struct cli_show *s, const struct mtk_ev_info *i)
{
    static const char *const eol[] = {"not told", "normal", "warning: most reserved blocks are used",
                                      "urgent: hardly any reserved block is left"};
    char a[32], b[32];
    if (i->pre_eol || i->life_a || i->life_b)
        fprintf(s->out, "%-14s %s; SLC %s, MLC %s\n", "health", eol[i->pre_eol < 4 ? i->pre_eol : 0],
                life(i->life_a, a), life(i->life_b, b));
}

static void show_storage_words(const struct cli_show *s, const struct mtk_ev_info *i)
{
    const struct mtk_ev_storage_id *w = &i->storage_words;
    if (!w->maker && !w->product)
        return;
    fprintf(s->out, "%-14s %s%s%s", "storage is", w->maker ? w->maker : "", w->maker && w->product ? " " : "",
            w->product ? w->product : "");
    if (w->has_revision)
        fprintf(s->out, ", revision %x.%x", w->revision >> 4, w->revision & 0xF);
    if (w->has_date)
        fprintf(s->out, ", made %04u-%02u", w->year, w->month);
    if (w->has_serial && s->cli->ids)
        fprintf(s->out, ", serial %08X", w->serial);
    fprintf(s->out, "%s\n", w->has_serial && !s->cli->ids ? ", serial masked" : "");
}

static void show_storage(const struct cli_show *s, const struct mtk_ev_info *i)
{
    char size[32];
    if (!i->storage)
        return;
    fprintf(s->out, "%-14s %s:", "storage", i->storage);
    for (size_t k = 0; k < i->n_areas; k++)
        if (i->areas[k].size)
            fprintf(s->out, " %s %s%s", i->areas[k].name, cli_size(i->areas[k].size, size),
                    k + 1 < i->n_areas ? "," : "");
    if (i->block_size)
        fprintf(s->out, "; in blocks of %s", cli_size(i->block_size, size));
    if (i->erase_size > i->block_size)
        fprintf(s->out, ", erased by %s", cli_size(i->erase_size, size));
    fputc('\n', s->out);
    id_line(s, "storage id", i->storage_id, i->storage_id_len);
    show_storage_words(s, i);
    show_health(s, i);
    line(s, "table", i->table);
    line(s, "lock state", i->lock);
}

/* What every job but `info` itself says of the phone. */
static void show_info_line(struct cli_show *s, const struct mtk_ev_info *i)
{
    char size[32];
    fprintf(s->out, "phone: %s in %s", i->chip, i->stage);
    if (i->agent)
        fprintf(s->out, ", %s agent", i->agent);
    for (size_t k = 0; i->storage && k < i->n_areas; k++)
        if (strcmp(i->areas[k].name, "user") == 0 || strcmp(i->areas[k].name, "lu2") == 0 ||
            strcmp(i->areas[k].name, "nand") == 0)
            fprintf(s->out, ", %s of %s", i->storage, cli_size(i->areas[k].size, size));
    fputc('\n', s->out);
}

/* Bits of GET_TARGET_CONFIG (brom-preloader.md 4.7) in the words that follow from them. */
static void show_security(const struct cli_show *s, const struct mtk_ev_info *i)
{
    static const struct {
        uint32_t bit;
        const char *words;
    } more[] = {{0x08, "an SRAM program before the agent"},
                {0x10, "root certificate needed"},
                {0x20, "memory reads locked"},
                {0x40, "memory writes locked"},
                {0x80, "command C8 blocked"}};
    if (!i->has_target_config)
        return;
    fprintf(s->out, "%-14s 0x%02X: secure boot %s, serial-link authorisation %s, signed agent %s", "security",
            i->target_config, i->sbc ? "on" : "off", i->sla ? "needed" : "not needed",
            i->daa ? "needed" : "not needed");
    for (size_t k = 0; k < sizeof(more) / sizeof(more[0]); k++)
        if (i->target_config & more[k].bit)
            fprintf(s->out, ", %s", more[k].words);
    fputc('\n', s->out);
    lines(s, "demands", i->auth);
}

static void show_info(struct cli_show *s, const struct mtk_ev_info *i)
{
    char size[32];
    if (!s->cli->verbose && strcmp(s->cli->command, "info") != 0) {
        show_info_line(s, i);
        return;
    }
    fprintf(s->out, "%-14s %s%s%s\n", "chip", i->chip, i->marketing ? ", sold as " : "",
            i->marketing ? i->marketing : "");
    fprintf(s->out, "%-14s hw code 0x%04X, sub code 0x%04X, hw version 0x%04X, sw version 0x%04X\n",
            "revision", i->hw_code, i->hw_sub_code, i->hw_version, i->sw_version);
    fprintf(s->out, "%-14s %s\n", "stage",
            strcmp(i->stage, "brom") == 0 ? "brom (the boot ROM: nothing of the phone's own runs yet)"
                                          : "preloader (the phone's own first loader)");
    show_security(s, i);
    line(s, "agent", i->agent);
    line(s, "agent version", i->da_version);
    line(s, "agent from", i->da_file);
    id_line(s, "ME id", i->me_id, i->me_id_len);
    id_line(s, "SOC id", i->soc_id, i->soc_id_len);
    id_line(s, "random id", i->random_id, i->random_id_len);
    show_storage(s, i);
    if (i->dram_size)
        fprintf(s->out, "%-14s %s%s%s\n", "DRAM", cli_size(i->dram_size, size), i->dram_how ? ", " : "",
                i->dram_how ? i->dram_how : "");
    line(s, "USB speed", i->usb_speed);
    if (i->battery_mv)
        fprintf(s->out, "%-14s %u mV\n", "battery", i->battery_mv);
}

static void show_partition(struct cli_show *s, const struct mtk_ev_partition *p)
{
    char size[32];
    if (!s->heading)
        fprintf(s->out, "%-20s %-6s %14s %14s  %-10s %s\n", "partition", "area", "start", "size", "", "from");
    s->heading = true;
    fprintf(s->out, "%-20s %-6s %#14" PRIx64 " %#14" PRIx64 "  %-10s %s\n", p->name, p->area, p->start,
            p->size, cli_size(p->size, size), p->table ? p->table : "");
}

static void show_port(struct cli_show *s, const struct mtk_ev_port *p)
{
    fprintf(s->out, "%-24s ", p->port);
    if (p->vid || p->pid)
        fprintf(s->out, "%04x:%04x  ", p->vid, p->pid);
    fprintf(s->out, "%s: %s%s%s\n", p->what, p->usable ? "usable" : "not usable", p->why ? ", " : "",
            p->why ? p->why : "");
}

static void show_difference(struct cli_show *s, const struct mtk_ev_difference *d)
{
    fprintf(s->out, "difference: %s: %s", d->partition, d->field);
    if (strcmp(d->field, "missing") == 0)
        fprintf(s->out, " on the phone");
    else if (strcmp(d->field, "extra") == 0)
        fprintf(s->out, " on the phone, not in the scatter");
    else
        fprintf(s->out, " is 0x%" PRIX64 " in the scatter and 0x%" PRIX64 " on the phone", d->scatter,
                d->phone);
    fprintf(s->out, "%s\n", d->fatal ? "" : " (no reason to refuse)");
}

static void show_risk(struct cli_show *s, const struct mtk_ev_risk *r)
{
    fprintf(s->out, "risk: %d of 100\n", r->score);
    for (size_t i = 0; i < r->n_factors; i++) {
        fprintf(s->out, "  %3d  %s: %s\n", r->factors[i].points, r->factors[i].name, r->factors[i].why);
        if (r->factors[i].remedy && r->factors[i].remedy[0])
            fprintf(s->out, "       %s\n", r->factors[i].remedy);
    }
}

static void show_step(struct cli_show *s, const struct mtk_ev_step *e)
{
    char size[32];
    s->step = *e;
    snprintf(s->action, sizeof(s->action), "%s", e->action);
    snprintf(s->partition, sizeof(s->partition), "%s", e->partition ? e->partition : "");
    s->last_line = 0;
    fprintf(s->out, "[%2u/%u] %s %s", e->n, e->of, s->action, s->partition);
    if (e->size)
        fprintf(s->out, ", %s", cli_size(e->size, size));
    if (e->why && e->why[0])
        fprintf(s->out, ": %s", e->why);
    fputc('\n', s->out);
}

static void bar(struct cli_show *s, const struct mtk_ev_progress *p, double part)
{
    char rate[32];
    char tail[80];
    double left = p->rate > 0 ? (double)(p->total - p->done) / p->rate : 0;
    snprintf(tail, sizeof(tail), " %3.0f%%  %s/s  %u:%02u left", part * 100,
             cli_size((uint64_t)p->rate, rate), (unsigned)left / 60, (unsigned)left % 60);
    size_t used = strlen(tail) + strlen(s->action) + strlen(s->partition) + 5;
    size_t cells = s->width > used + 10 ? s->width - used - 1 : 10;
    if (cells > 50)
        cells = 50;
    size_t full = (size_t)(part * (double)cells);
    fprintf(s->out, "\r  %s %s ", s->action, s->partition);
    for (size_t i = 0; i < cells; i++)
        fputc(i < full ? '#' : '.', s->out);
    fprintf(s->out, "%s\033[K", tail);
    s->bar_shown = true;
}

static void show_progress(struct cli_show *s, const struct mtk_ev_progress *p)
{
    char done[32], total[32], rate[32];
    double part = p->total ? (double)p->done / (double)p->total : 1;
    if (s->tty) {
        bar(s, p, part);
        return;
    }
    /* Plain output gets a line every five seconds of a long step, none for short ones. */
    struct mtk_clock c = mtk_clock_real();
    double now = (double)c.now(c.ctx) / (double)NS_PER_S;
    if (s->last_line == 0)
        s->last_line = now;
    if (now - s->last_line < 5)
        return;
    s->last_line = now;
    fprintf(s->out, "  %s %s: %.0f%%, %s of %s, %s/s\n", s->action, s->partition, part * 100,
            cli_size(p->done, done), cli_size(p->total, total), cli_size((uint64_t)p->rate, rate));
}

static void show_verified(struct cli_show *s, const struct mtk_ev_verified *v)
{
    char hex[2 * SHA256_LEN + 1], size[32];
    hex_str(v->sha256, SHA256_LEN, hex);
    fputs("  ", s->out);
    paint(s, "32", "verified");
    fprintf(s->out, " %s: %s read back, sha256 %s", v->partition, cli_size(v->size, size), hex);
    if (v->undefined)
        fprintf(s->out, " (%s left open by the sparse image)", cli_size(v->undefined, size));
    if (v->unread)
        fprintf(s->out, " (samples; %s were not looked at)", cli_size(v->unread, size));
    fputc('\n', s->out);
}

static void show_mismatch(struct cli_show *s, const struct mtk_ev_mismatch *m)
{
    char want[33], got[33];
    hex_str(m->expected, m->n, want);
    hex_str(m->got, m->n, got);
    fputs("  ", s->out);
    paint(s, "31", "differs");
    fprintf(s->out, " %s: first at offset 0x%" PRIX64 ", %" PRIu64 " byte%s in all, pattern: %s\n",
            m->partition, m->first_offset, m->bytes, m->bytes == 1 ? "" : "s", m->pattern);
    fprintf(s->out, "    image %s\n    phone %s\n", want, got);
}

static void show_note(struct cli_show *s, const struct mtk_ev_note *n)
{
    static const char *const words[] = {"debug: ", "", "warning: ", "hint: "};
    if (n->level == 0 && !s->cli->verbose)
        return;
    fprintf(n->level == 2 ? s->err : s->out, "%s%s\n", words[n->level & 3], n->text);
}

static void show_result(struct cli_show *s, const struct mtk_ev_result *r)
{
    static const char *const phone[] = {"unchanged", "changed", "restored"};
    if (r->error && r->error->row) {
        fflush(s->out);
        cli_report_error(s->err, r->error, s->colour);
        fprintf(s->err, "  the phone: %s\n", phone[r->phone]);
    } else {
        paint(s, "32", s->verified ? "done and verified" : "done");
        fprintf(s->out, ", phone %s%s%s\n", phone[r->phone], r->boots ? ", boots: " : "",
                r->boots ? r->boots : "");
    }
}

void cli_show_text(void *ctx, const struct mtk_event *ev)
{
    struct cli_show *s = ctx;
    s->verified |= ev->kind == MTK_EVENT_VERIFIED;
    if (s->cli->quiet && ev->kind != MTK_EVENT_RESULT && ev->kind != MTK_EVENT_INFO &&
        ev->kind != MTK_EVENT_PARTITION && ev->kind != MTK_EVENT_MISMATCH && ev->kind != MTK_EVENT_DIFFERENCE)
        return;
    if (ev->kind != MTK_EVENT_PROGRESS)
        clear_bar(s);
    switch (ev->kind) {
    case MTK_EVENT_INFO:
        show_info(s, &ev->u.info);
        break;
    case MTK_EVENT_PARTITION:
        show_partition(s, &ev->u.partition);
        break;
    case MTK_EVENT_DIFFERENCE:
        show_difference(s, &ev->u.difference);
        break;
    case MTK_EVENT_RISK:
        show_risk(s, &ev->u.risk);
        break;
    case MTK_EVENT_STEP:
        show_step(s, &ev->u.step);
        break;
    case MTK_EVENT_PROGRESS:
        show_progress(s, &ev->u.progress);
        break;
    case MTK_EVENT_VERIFIED:
        show_verified(s, &ev->u.verified);
        break;
    case MTK_EVENT_MISMATCH:
        show_mismatch(s, &ev->u.mismatch);
        break;
    case MTK_EVENT_PORT:
        show_port(s, &ev->u.port);
        break;
    case MTK_EVENT_NOTE:
        show_note(s, &ev->u.note);
        break;
    case MTK_EVENT_RESULT:
        show_result(s, &ev->u.result);
        break;
    }
    fflush(s->out);
}
