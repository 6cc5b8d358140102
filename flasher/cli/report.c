/* SPDX-License-Identifier: Apache-2.0 */
/* Errors in words, and `explain`. Both read the same catalogue rows. */
#include "flasher/cli/cli.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

const char *cli_size(uint64_t bytes, char buf[32])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double v = (double)bytes;
    size_t u = 0;
    while (v >= 1024 && u < 4) {
        v /= 1024;
        u++;
    }
    snprintf(buf, 32, u && v < 100 ? "%.1f %s" : "%.0f %s", v, units[u]);
    return buf;
}

/* A list "a; b; c" of the catalogue, one point a line. */
static void points(FILE *f, const char *title, const char *list)
{
    if (!list[0])
        return;
    fprintf(f, "  %s:\n", title);
    while (*list) {
        size_t n = strcspn(list, ";");
        fprintf(f, "    - %.*s\n", (int)n, list);
        list += n;
        list += strspn(list, "; ");
    }
}

static void evidence(FILE *f, const struct mtk_error *e)
{
    char hex[2 * MTK_ERROR_BYTES + 1];
    if (e->stage[0] || e->command[0])
        fprintf(f, "  stage: %s%s%s\n", e->stage[0] ? e->stage : "-", e->command[0] ? ", command: " : "",
                e->command);
    if (e->file[0]) {
        fprintf(f, "  file: %s", e->file);
        if (e->line)
            fprintf(f, ", line %u", e->line);
        fputc('\n', f);
    }
    if (e->has_offset)
        fprintf(f, "  offset: 0x%" PRIX64 "\n", e->offset);
    if (e->n_expected) {
        hex_str(e->expected, e->n_expected, hex);
        fprintf(f, "  expected: %s\n", hex);
    }
    if (e->n_got) {
        hex_str(e->got, e->n_got, hex);
        fprintf(f, "  got: %s\n", hex);
    }
    if (e->has_status)
        fprintf(f, "  status from the phone: 0x%X\n", e->device_status);
    if (e->waited_ns)
        fprintf(f, "  waited: %.1f s\n", (double)e->waited_ns / (double)NS_PER_S);
    if (e->acked)
        fprintf(f, "  acknowledged before: %" PRIu64 " bytes\n", e->acked);
}

void cli_report_error(FILE *f, const struct mtk_error *e, bool colour)
{
    const struct mtk_err_row *r = e->row;
    fprintf(f, "%serror:%s %s", colour ? "\033[1;31m" : "", colour ? "\033[0m" : "", r->symbol);
    if (r->coded)
        fprintf(f, " (0x%X)", r->code);
    fprintf(f, ": %s\n", e->what);
    evidence(f, e);
    points(f, "likely causes", r->causes);
    points(f, "what to do next", r->remedies);
}

static const char *const retry_words[] = {
    [MTK_RETRY_NO] = "no", [MTK_RETRY_MAYBE] = "maybe", [MTK_RETRY_YES] = "yes, after starting over"};

static void explain_text(const struct mtk_err_row *r)
{
    printf("%s", r->symbol);
    if (r->coded)
        printf("  0x%X  %" PRIu32, r->code, r->code);
    if (r->words[0])
        printf("\n  \"%s\"", r->words);
    printf("\n  %s\n  family: %s, layer: %s", r->meaning, r->family, r->layer);
    if (r->stage[0])
        printf(", stage: %s", r->stage);
    printf("\n  worth a retry: %s\n  %s\n", retry_words[r->retry],
           r->device_can_emit ? "a phone can cause it" : "it is made on the host");
    points(stdout, "likely causes", r->causes);
    points(stdout, "what to do next", r->remedies);
}

static void explain_json(const struct mtk_err_row *r)
{
    char code[16] = "";
    if (r->coded)
        snprintf(code, sizeof(code), "0x%X", r->code);
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "event", "explain",
                          "symbol", r->symbol, "words", r->words, "code", code, "family", r->family, "layer",
                          r->layer, "stage", r->stage, "meaning", r->meaning, "causes", r->causes, "remedies",
                          r->remedies, "device_can_emit", (int)r->device_can_emit);
    json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
}

int cli_explain(struct cli *cli)
{
    const struct mtk_err_row *found[40];
    const size_t max = sizeof(found) / sizeof(found[0]);
    size_t n = mtk_err_search(cli->argv[0], found, max);
    if (!n)
        return cli_usage(cli, "no error is known by '%s'", cli->argv[0]);
    for (size_t i = 0; i < n && i < max; i++) {
        if (cli->json)
            explain_json(found[i]);
        else if (n <= 6)
            explain_text(found[i]);
        else
            printf("%-10s %-46s %s\n", found[i]->family, found[i]->symbol, found[i]->meaning);
        if (!cli->json && n <= 6 && i + 1 < n)
            putchar('\n');
    }
    if (!cli->json && n > max)
        printf("... and %zu more; give more of the name\n", n - max);
    if (cli->json)
        puts("{\"event\":\"result\",\"ok\":true,\"exit\":0,\"code\":0}");
    return 0;
}
