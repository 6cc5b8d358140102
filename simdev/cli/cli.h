/* SPDX-License-Identifier: Apache-2.0 */
/* mtksim, the program: one file a command. */
#ifndef SIMDEV_CLI_CLI_H
#define SIMDEV_CLI_CLI_H

#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "include/mtksim.h"

/* Exit codes of the contract that this program uses. */
enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct cli_command {
    const char *name, *summary;
    const char *help; /* what --help prints, complete */
    /* argv[0] is the command's name. Returns the exit code. */
    int (*run)(const struct cli_command *self, int argc, char **argv);
};

extern const struct cli_command cli_run, cli_make_rom, cli_boot, cli_poke, cli_chips;

/* What cli_next returns besides the val of an option. */
enum { CLI_END = -1, CLI_WRONG = -2, CLI_HELP = 'h' };

/* Ends every command's table of long options. */
#define CLI_COMMON_OPTIONS                 \
    {"help", no_argument, NULL, CLI_HELP}, \
    {                                      \
        NULL, 0, NULL, 0                   \
    }

/*
 * The next option of a command; optarg as with getopt_long. CLI_END: no more options, and no words either
 * unless words is at least how many there are (they start at argv[optind]). CLI_WRONG: a complaint was
 * printed. Help is printed here too: the caller ends with CLI_DONE at CLI_HELP.
 */
int cli_next(const struct cli_command *cmd, int argc, char **argv, const struct option *options, int words);
/* The same sentence for the program as a whole: error MTK_USAGE, and where to read on. */
void cli_complain(const char *program, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Complains on stderr about how a command was used, points to --help and returns CLI_USAGE. */
int cli_usage(const struct cli_command *cmd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Says on stderr what went wrong and returns CLI_FAILED. */
int cli_failed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A number, decimal or with 0x; suffixes K, M and G for powers of 1024 if sizes is set. -1: it is none. */
int cli_number(const char *text, bool sizes, uint64_t *out);
/* Opens the phone of an existing state folder as it is. NULL: a sentence in err, and no folder was made. */
struct mtksim *cli_open_state(const char *dir, char *err, size_t err_len);
/* The last line of --json output. code is the symbol of what went wrong, NULL if nothing; what (may be NULL)
 * explains. */
void cli_json_result(int exit_code, const char *code, const char *what);

#endif
