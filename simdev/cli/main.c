/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "simdev/cli/cli.h"

static const struct cli_command *const commands[] = {&cli_run, &cli_make_rom, &cli_boot, &cli_poke,
                                                     &cli_chips};

static void print_help(void)
{
    printf("Usage: mtksim COMMAND [OPTION]...\n"
           "A simulated MediaTek phone: BROM, preloader and Download Agent, for flashing programs to talk "
           "to.\n\n"
           "Commands:\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    printf("\nOptions:\n"
           "  --help     this text; after a command, the command's options\n"
           "  --version  version and licence\n\n"
           "Exit codes: 0 done, 1 failed, 2 wrong usage.\n\n"
           "Examples:\n"
           "  mtksim make-rom rom --chip mt6765\n"
           "  mtksim run --chip mt6765 --state phone --rom rom --listen unix:/tmp/phone\n"
           "  mtksim boot --state phone\n");
}

static int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int complain(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    cli_complain("mtksim", fmt, ap);
    va_end(ap);
    return CLI_USAGE;
}

/* "mtksim help run" is what people try first. */
static int help(int argc, char **argv)
{
    if (argc < 2) {
        print_help();
        return CLI_DONE;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i]->name) == 0) {
            fputs(commands[i]->help, stdout);
            return CLI_DONE;
        }
    return complain("there is no command '%s'", argv[1]);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return complain("which command?");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return CLI_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("mtksim (mtkproof) %s\nLicence Apache-2.0: <https://www.apache.org/licenses/LICENSE-2.0>.\n",
               MTKPROOF_VERSION);
        return CLI_DONE;
    }
    if (strcmp(argv[1], "help") == 0)
        return help(argc - 1, argv + 1);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
    return complain("there is no %s '%s'", argv[1][0] == '-' ? "option" : "command", argv[1]);
}
