/* SPDX-License-Identifier: Apache-2.0 */
/* mtkflash, the program: words in, events out. It knows the public header and no protocol. */
#ifndef FLASHER_CLI_CLI_H
#define FLASHER_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "mtkflash.h"

enum {
    CLI_EXIT_USAGE = 2,
};

/* Everything that the command line can say. */
struct cli {
    struct mtkflash_options opt;
    struct mtkflash_selection sel;
    const char *command;
    const char *mode, *policy, *scatter, *fix, *parts, *backup;
    bool json, ids, yes, quiet, verbose;
    unsigned given; /* bit i: option i of the table in options.c was given */
    int argc;       /* words after the command */
    char **argv;
};

/* ---- options.c ---- */
/*
 * Parses argv. Returns the command's name, or NULL when there is nothing to run: *exit_code then says with what the
 * program ends (help and version were printed, or a complaint was).
 */
const char *cli_parse(int argc, char **argv, struct cli *cli, int *exit_code);
/* Says on stderr what is wrong with the command line; returns CLI_EXIT_USAGE. With --json the result line too. */
int cli_usage(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- commands.c ---- */
struct cli_command {
    const char *name, *args, *summary;
    int min_args, max_args;
    const char *options; /* its own options, space-separated, for --help and for refusing others */
    int (*run)(struct cli *cli);
};
extern const struct cli_command cli_commands[];
extern const size_t cli_command_count;
const struct cli_command *cli_find_command(const char *name);

/* ---- show_text.c, show_json.c ---- */
struct cli_show {
    struct cli *cli;
    FILE *out, *err;
    bool tty, colour;
    unsigned width;
    bool bar_shown;
    bool verified; /* something was proven in this session */
    struct mtk_ev_step step;
    char action[16], partition[80];
    double last_line; /* when a plain progress line was printed, seconds */
    bool heading;     /* a table heading was printed */
};
void cli_show_init(struct cli_show *s, struct cli *cli);
void cli_show_text(void *ctx, const struct mtk_event *ev);
void cli_show_json(void *ctx, const struct mtk_event *ev);

/* ---- report.c ---- */
/* The error report on a stream: symbol, number, what happened, evidence, causes, what to do next. */
void cli_report_error(FILE *f, const struct mtk_error *e, bool colour);
/* `explain`: rows of the catalogue for a user's words. Exit code. */
int cli_explain(struct cli *cli);
/* "1.5 MiB" into buf. Returns buf. */
const char *cli_size(uint64_t bytes, char buf[32]);

#endif
