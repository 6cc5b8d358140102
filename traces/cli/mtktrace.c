/* SPDX-License-Identifier: Apache-2.0 */
/* mtktrace: recorded sessions in protocol terms. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "protocol/error_index.h"
#include "traces/decode.h"
#include "traces/trace.h"

enum { EXIT_FAIL = 1, EXIT_USAGE = 2 };

struct stats {
    uint64_t messages, transfers, bytes[2], errors, unknown;
    int64_t last_ns;
};

struct view {
    bool json;
    struct stats stats;
};

static void show_text(void *ctx, const struct decode_message *m)
{
    (void)ctx;
    printf("%11.6f %6" PRIu64 "  %s  %-6s  %-22s %s\n", (double)m->time_ns / (double)NS_PER_S, m->packet,
           m->from_host ? "H>" : "D>", decode_stage_name(m->stage), m->command, m->text);
}

static void show_json(void *ctx, const struct decode_message *m)
{
    (void)ctx;
    json_t *text = json_string(m->text);
    json_t *o =
        json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:o, s:I}", "event", "message", "time_ns",
                  (json_int_t)m->time_ns, "packet", (json_int_t)m->packet, "from",
                  m->from_host ? "host" : "device", "stage", decode_stage_name(m->stage), "command",
                  m->command, "text", text ? text : json_string("?"), "length", (json_int_t)m->length);
    if (m->unknown)
        json_object_set_new(o, "unknown", json_true());
    if (m->is_status)
        json_object_set_new(o, "status", json_sprintf("0x%x", m->status));
    json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
}

static void count(void *ctx, const struct decode_message *m)
{
    struct view *v = ctx;
    v->stats.messages++;
    v->stats.errors += m->is_error;
    v->stats.unknown += m->unknown ? m->length : 0;
}

static int feed(struct decoder *d, struct trace *t, struct view *v, struct mtk_error *err)
{
    struct trace_transfer x;
    int device = -1, rc;
    while ((rc = trace_next(t, &x, err)) == 1) {
        v->stats.transfers++;
        v->stats.bytes[!(x.endpoint & 0x80)] += x.length;
        v->stats.last_ns = x.time_ns;
        if (x.device != device) {
            decoder_reenumerated(d, x.time_ns, x.packet, x.device);
            device = x.device;
        }
        if (x.control && x.has_setup)
            decoder_control(d, x.time_ns, x.packet, x.setup, x.status, x.data, x.captured);
        else if (!x.control && decoder_bulk(d, x.time_ns, x.packet, !(x.endpoint & 0x80), x.data, x.captured,
                                            x.length) != 0)
            return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    }
    return rc;
}

static int run(const char *path, struct view *v, decode_fn fn)
{
    struct mtk_error err = {0};
    struct trace *t = trace_open(path, &err);
    struct decoder *d = t ? decoder_new(fn, v) : NULL;
    int rc = d ? feed(d, t, v, &err) : -1;
    decoder_free(d);
    trace_close(t);
    if (rc == 0)
        return 0;
    if (v->json)
        printf("{\"event\":\"result\",\"ok\":false,\"exit\":1,\"code\":\"%s\",\"symbol\":\"%s\"}\n",
               err.row ? err.row->symbol : "MTK_INTERNAL", err.row ? err.row->symbol : "MTK_INTERNAL");
    fprintf(stderr, "error: %s (0x%X): %s\n", err.row ? err.row->symbol : "MTK_INTERNAL",
            err.row ? err.row->code : 0, err.row ? err.what : "out of memory");
    return EXIT_FAIL;
}

static int done(bool json)
{
    if (json)
        puts("{\"event\":\"result\",\"ok\":true,\"exit\":0,\"code\":0}");
    /* Who reads the output must not take a cut-off one for the whole. */
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "error: MTK_HOST_IO (0xE0000010): the output could not be written\n");
    return EXIT_FAIL;
}

static int cmd_show(const char *path, bool json)
{
    struct view v = {.json = json};
    int rc = run(path, &v, json ? show_json : show_text);
    return rc ? rc : done(json);
}

static int cmd_stats(const char *path, bool json)
{
    struct view v = {.json = json};
    int rc = run(path, &v, count);
    if (rc)
        return rc;
    const struct stats *s = &v.stats;
    double seconds = (double)s->last_ns / (double)NS_PER_S;
    if (json)
        printf("{\"event\":\"stats\",\"transfers\":%" PRIu64 ",\"messages\":%" PRIu64 ",\"errors\":%" PRIu64
               ",\"host_bytes\":%" PRIu64 ",\"device_bytes\":%" PRIu64 ",\"unknown_bytes\":%" PRIu64
               ",\"seconds\":%.6f}\n",
               s->transfers, s->messages, s->errors, s->bytes[1], s->bytes[0], s->unknown, seconds);
    else
        printf("transfers     %" PRIu64 "\nmessages      %" PRIu64 "\nerror status  %" PRIu64
               "\nhost bytes    %" PRIu64 "\ndevice bytes  %" PRIu64 "\nunknown bytes %" PRIu64
               "\nduration      %.6f s\n",
               s->transfers, s->messages, s->errors, s->bytes[1], s->bytes[0], s->unknown, seconds);
    return done(json);
}

static const struct {
    const char *name, *summary;
    int (*run)(const char *path, bool json);
} commands[] = {
    {"show", "the session in protocol terms", cmd_show},
    {"stats", "how much of what went over the wire", cmd_stats},
};

static void help(FILE *f)
{
    fprintf(
        f,
        "Usage: mtktrace [--json] COMMAND FILE\nShow recorded sessions with MediaTek phones.\n\nCommands:\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(f, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fprintf(f, "\nOptions:\n  --json     one JSON object a line\n  --help     show this help\n"
               "  --version  show the version\n\nFILE is a pcapng or pcap recording of USB traffic: of "
               "mtkflash --record, mtksim "
               "--record or usbmon.\n");
}

static int usage(const char *what, const char *arg)
{
    fprintf(stderr, "error: MTK_USAGE: %s%s\nTry 'mtktrace --help'.\n", what, arg);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {0}};
    bool json = false;
    int c;
    opterr = 0;
    while ((c = getopt_long(argc, argv, "hV", longs, NULL)) != -1) {
        if (c == 'h')
            return help(stdout), 0;
        if (c == 'V')
            return printf("mtktrace (mtkproof) %s\n", MTKPROOF_VERSION), 0;
        if (c != 'j')
            return usage("unknown option ", argv[optind - 1]);
        json = true;
    }
    if (argc - optind != 2)
        return usage("a command and one file are wanted", "");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[optind], commands[i].name) == 0)
            return commands[i].run(argv[optind + 1], json);
    return usage("there is no command ", argv[optind]);
}
