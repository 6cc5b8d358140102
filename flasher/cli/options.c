/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one table for getopt_long, --help and the check that an option belongs to the command. */
#include "flasher/cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum option_type { OPT_STRING, OPT_FLAG, OPT_SECONDS, OPT_NUMBER, OPT_HELP, OPT_VERSION };

static const struct option_row {
    const char *name, *arg, *help;
    bool common; /* may stand with every command */
    enum option_type type;
    size_t offset; /* in struct cli */
} rows[] = {
#define AT(field) offsetof(struct cli, field)
    {"port", "PORT",
     "where the phone is: usb (default: any phone), usb:BUS-PORT, usb:VID:PID, usbip:HOST[:PORT][/BUSID], "
     "unix:PATH, tcp:HOST:PORT, tty:PATH or sim:chip=mt6765[,key=value...]",
     true, OPT_STRING, AT(opt.port)},
    {"da", "FILE", "Download Agent container (default: the one in the ROM folder)", true, OPT_STRING,
     AT(opt.da)},
    {"preloader", "FILE", "preloader whose DRAM settings are used (default: the one in the ROM folder)", true,
     OPT_STRING, AT(opt.preloader)},
    {"rom", "DIR", "take agent and preloader from this ROM folder", true, OPT_STRING, AT(opt.rom)},
    {"auth", "FILE", "vendor's authentication file", true, OPT_STRING, AT(opt.auth)},
    {"cert", "FILE", "vendor's certificate file", true, OPT_STRING, AT(opt.cert)},
    {"sla-key", "FILE", "private key (PEM) that answers the boot ROM's SLA challenge", true, OPT_STRING,
     AT(opt.sla_key)},
    {"da-sla-key", "FILE", "private key (PEM) that answers the agent's challenge", true, OPT_STRING,
     AT(opt.da_sla_key)},
    {"record", "FILE", "record the session as pcapng", true, OPT_STRING, AT(opt.record)},
    {"wait", "SECONDS", "how long to wait for a phone (default 30)", true, OPT_SECONDS, AT(opt.wait_ns)},
    {"timeouts", "PERCENT", "scale every timeout (default 100)", true, OPT_NUMBER, AT(opt.timeout_percent)},
    {"linux-packets", NULL, "ask the agent for 64 KiB read packets instead of 2 MiB", true, OPT_FLAG,
     AT(opt.linux_packets)},
    {"json", NULL, "one JSON object a line on standard output", true, OPT_FLAG, AT(json)},
    {"quiet", NULL, "only errors and the result", true, OPT_FLAG, AT(quiet)},
    {"verbose", NULL, "every note, also those for debugging", true, OPT_FLAG, AT(verbose)},
    {"yes", NULL, "answer yes to every question (none is ever asked without a terminal)", true, OPT_FLAG,
     AT(yes)},
    {"ids", NULL, "show the phone's ids in full", false, OPT_FLAG, AT(ids)},
    {"only", "P,..", "only these partitions", false, OPT_STRING, AT(sel.only)},
    {"skip", "P,..", "all but these partitions", false, OPT_STRING, AT(sel.skip)},
    {"mode", "MODE",
     "download (default): write images; upgrade: keep what is only on this phone, make the rest "
     "anew; format-all: erase everything, restore that from a backup",
     false, OPT_STRING, AT(mode)},
    {"backup", "DIR", "backup of this phone: made there before anything is changed, or used if it is there",
     false, OPT_STRING, AT(backup)},
    {"parts", "P,..", "only these partitions", false, OPT_STRING, AT(parts)},
    {"policy", "POLICY", "safe (default); quick and service come later", false, OPT_STRING, AT(policy)},
    {"scatter", "FILE", "compare the phone's table with this scatter", false, OPT_STRING, AT(scatter)},
    {"fix", "OUT", "write a scatter corrected to the phone's table", false, OPT_STRING, AT(fix)},
    {"help", NULL, "show this help", true, OPT_HELP, 0},
    {"version", NULL, "show the version", true, OPT_VERSION, 0},
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

static bool belongs(const struct cli_command *c, const struct option_row *r)
{
    if (r->common)
        return true;
    size_t n = strlen(r->name);
    for (const char *p = c->options; (p = strstr(p, r->name)) != NULL; p += n)
        if ((p == c->options || p[-1] == ' ') && (p[n] == 0 || p[n] == ' '))
            return true;
    return false;
}

static void help_option(const struct option_row *r)
{
    char left[40];
    snprintf(left, sizeof(left), "--%s%s%s", r->name, r->arg ? "=" : "", r->arg ? r->arg : "");
    printf("  %-22s %s\n", left, r->help);
}

static void help_program(void)
{
    printf("Usage: mtkflash [OPTION]... COMMAND [ARGUMENT]...\n"
           "Flash MediaTek phones and prove what was written.\n\nCommands:\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        char left[64];
        snprintf(left, sizeof(left), "%s%s%s", cli_commands[i].name, cli_commands[i].args[0] ? " " : "",
                 cli_commands[i].args);
        printf("  %-22s %s\n", left, cli_commands[i].summary);
    }
    printf("\nOptions:\n");
    for (size_t i = 0; i < N_ROWS; i++)
        if (rows[i].common)
            help_option(&rows[i]);
    printf("\n'mtkflash COMMAND --help' shows what a command takes. Exit codes: 0 done and verified, 1 "
           "failed and the\n"
           "phone unchanged, 2 usage, 3 no phone in time, 4 failed and rolled back, 5 failed and not fully "
           "restored,\n"
           "6 refused before writing, 7 authentication needed or rejected.\n");
}

static void help_command(const struct cli_command *c)
{
    printf("Usage: mtkflash [OPTION]... %s %s\n%c%s.\n\nOptions:\n", c->name, c->args,
           c->summary[0] >= 'a' ? c->summary[0] - 32 : c->summary[0], c->summary + 1);
    for (size_t i = 0; i < N_ROWS; i++)
        if (belongs(c, &rows[i]))
            help_option(&rows[i]);
}

int cli_usage(const struct cli *cli, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    const struct mtk_err_row *row = mtk_err_by_symbol("MTK_USAGE");
    fprintf(stderr, "error: %s (0x%08X): %s\nTry 'mtkflash --help'.\n", row->symbol, row->code, text);
    if (cli->json) {
        json_t *o = json_pack("{s:s, s:b, s:i, s:s, s:s, s:s, s:s}", "event", "result", "ok", 0, "exit",
                              CLI_EXIT_USAGE, "symbol", row->symbol, "code", row->symbol, "what", text,
                              "phone", "unchanged");
        json_dumpf(o, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(o);
    }
    return CLI_EXIT_USAGE;
}

static bool parse_unsigned(const char *text, unsigned long max, unsigned long *v)
{
    char *end = NULL;
    errno = 0;
    *v = strtoul(text, &end, 10);
    return !errno && end != text && !*end && text[0] != '-' && *v <= max;
}

static int store(struct cli *cli, const struct option_row *r, const char *value)
{
    unsigned long v = 0;
    char *at = (char *)cli + r->offset;
    switch (r->type) {
    case OPT_STRING:
        memcpy(at, &value, sizeof(value));
        return 0;
    case OPT_FLAG:
        *(bool *)at = true;
        return 0;
    case OPT_SECONDS: {
        if (!parse_unsigned(value, 86400, &v) || v == 0)
            return cli_usage(cli, "--%s wants 1 to 86400 seconds, not '%s'", r->name, value);
        int64_t ns = (int64_t)v * NS_PER_S;
        memcpy(at, &ns, sizeof(ns));
        return 0;
    }
    case OPT_NUMBER:
        if (!parse_unsigned(value, 100000, &v) || v == 0)
            return cli_usage(cli, "--%s wants a number from 1 to 100000, not '%s'", r->name, value);
        *(unsigned *)at = (unsigned)v;
        return 0;
    default:
        return 0;
    }
}

static void fill_long_options(struct option *out)
{
    for (int i = 0; i < N_ROWS; i++)
        out[i] = (struct option){
            .name = rows[i].name, .has_arg = rows[i].arg ? required_argument : no_argument, .val = 1000 + i};
    out[N_ROWS] = (struct option){0};
}

/* --json decides how complaints look, also about what stands before it. */
static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

static const char *check_command(struct cli *cli, bool help, int *exit_code)
{
    const struct cli_command *c = cli->argc ? cli_find_command(cli->argv[0]) : NULL;
    *exit_code = 0;
    if (help) {
        if (c)
            help_command(c);
        else
            help_program();
        return NULL;
    }
    *exit_code = CLI_EXIT_USAGE;
    if (!cli->argc)
        return cli_usage(cli, "no command given"), NULL;
    if (!c)
        return cli_usage(cli, "there is no command '%s'", cli->argv[0]), NULL;
    for (unsigned i = 0; i < N_ROWS; i++)
        if (cli->given & (1u << i) && !belongs(c, &rows[i]))
            return cli_usage(cli, "--%s does not go with %s", rows[i].name, c->name), NULL;
    int n = cli->argc - 1;
    if (n < c->min_args)
        return cli_usage(cli, "%s wants: %s", c->name, c->args), NULL;
    if (n > c->max_args)
        return cli_usage(cli, "%s does not know what to do with '%s'", c->name, cli->argv[c->max_args + 1]),
               NULL;
    cli->argc--;
    cli->argv++;
    cli->command = c->name;
    return c->name;
}

const char *cli_parse(int argc, char **argv, struct cli *cli, int *exit_code)
{
    struct option longs[N_ROWS + 1];
    bool help = false;
    int c;
    fill_long_options(longs);
    cli->json = wants_json(argc, argv);
    opterr = 0;
    *exit_code = CLI_EXIT_USAGE;
    while ((c = getopt_long(argc, argv, ":hV", longs, NULL)) != -1) {
        if (c == ':')
            return cli_usage(cli, "%s wants a value", argv[optind - 1]), NULL;
        if (c == '?')
            return cli_usage(cli, "unknown option %s", argv[optind - 1]), NULL;
        const struct option_row *r = c >= 1000 ? &rows[c - 1000] : NULL;
        if (c == 'V' || (r && r->type == OPT_VERSION)) {
            printf("mtkflash (mtkproof) %s\n", MTKPROOF_VERSION);
            *exit_code = 0;
            return NULL;
        }
        if (c == 'h' || (r && r->type == OPT_HELP)) {
            help = true;
            continue;
        }
        cli->given |= 1u << (c - 1000);
        if (store(cli, r, optarg) != 0)
            return NULL;
    }
    cli->argc = argc - optind;
    cli->argv = argv + optind;
    return check_command(cli, help, exit_code);
}
