/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share. */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/error.h"
#include "simdev/cli/cli.h"

void cli_complain(const char *program, const char *fmt, va_list ap)
{
    const struct mtk_err_row *row = mtk_err_by_symbol("MTK_USAGE");
    fprintf(stderr, "error: %s (0x%08X): ", row->symbol, row->code);
    vfprintf(stderr, fmt, ap);
    fprintf(stderr, "\nTry '%s --help'.\n", program);
}

int cli_usage(const struct cli_command *cmd, const char *fmt, ...)
{
    char program[64];
    va_list ap;
    snprintf(program, sizeof(program), "mtksim %s", cmd->name);
    va_start(ap, fmt);
    cli_complain(program, fmt, ap);
    va_end(ap);
    return CLI_USAGE;
}

int cli_failed(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("mtksim: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    return CLI_FAILED;
}

int cli_next(const struct cli_command *cmd, int argc, char **argv, const struct option *options, int words)
{
    opterr = 0;
    int val = getopt_long(argc, argv, ":h", options, NULL);
    if (val == CLI_HELP) {
        fputs(cmd->help, stdout);
    } else if (val == '?' || val == ':') {
        cli_usage(cmd, val == ':' ? "%s wants a value" : "there is no option %s, or it takes no value",
                  argv[optind - 1]);
        return CLI_WRONG;
    } else if (val == -1 && argc - optind > words) {
        cli_usage(cmd, "'%s' makes no sense here", argv[optind + words]);
        return CLI_WRONG;
    }
    return val;
}

int cli_number(const char *text, bool sizes, uint64_t *out)
{
    static const char suffixes[] = "KMG";
    char *end;
    if (!isdigit((unsigned char)*text))
        return -1; /* strtoull would take signs and spaces */
    bool hex = text[0] == '0' && (text[1] | 0x20) == 'x';
    errno = 0;
    uint64_t value = strtoull(text, &end, hex ? 16 : 10), unit = 1;
    if (errno || end == text)
        return -1;
    const char *suffix = *end && sizes ? strchr(suffixes, toupper((unsigned char)*end)) : NULL;
    if (suffix) {
        unit <<= 10 * (suffix - suffixes + 1);
        end++;
    }
    return *end == '\0' && mul_u64(value, unit, out) ? 0 : -1;
}

struct mtksim *cli_open_state(const char *dir, char *err, size_t err_len)
{
    /* A folder without phone.json would become a new phone, and a misspelt name an empty one that does not
     * boot. */
    char path[4096];
    int n = snprintf(path, sizeof(path), "%s/phone.json", dir);
    if (n < 0 || n >= (int)sizeof(path) || access(path, R_OK) != 0) {
        snprintf(err, err_len, "%s holds no phone: there is no phone.json that can be read", dir);
        return NULL;
    }
    struct mtksim_config cfg = {.state_dir = dir};
    return mtksim_new(&cfg, err, err_len);
}

void cli_json_result(int exit_code, const char *code, const char *what)
{
    json_t *o = json_pack("{s:s, s:b, s:i}", "event", "result", "ok", exit_code == 0, "exit", exit_code);
    json_object_set_new(o, "code", code ? json_string(code) : json_integer(0));
    if (code)
        json_object_set_new(o, "symbol", json_string(code));
    if (what)
        json_object_set_new(o, "what", json_string(what));
    json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
}
