/* SPDX-License-Identifier: Apache-2.0 */
/* mtksim make-rom: a complete synthetic ROM, laid out as vendors ship it. */
#include <stdio.h>
#include <string.h>

#include "simdev/cli/cli.h"

static const char help[] =
    "Usage: mtksim make-rom DIR --chip NAME [OPTION]...\n"
    "Write a complete synthetic ROM into DIR (made if it is missing): scatter, preloader with EMI settings, "
    "Download Agent,\n"
    "images and Checksum.ini. Nothing in it comes from a vendor. The same options and seed give the same "
    "bytes.\n\n"
    "Options:\n"
    "  --chip NAME     mt6765, or mt6737 (layout only, its agent is not simulated yet)\n"
    "  --storage KIND  emmc (default)\n"
    "  --size SIZE     small (default, about 24 MB) or full (laid out as on a real phone)\n"
    "  --scatter KIND  text (default)\n"
    "  --agent KIND    xflash (default)\n"
    "  --seed N        content follows from it, default 0\n"
    "  --help          this text\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage.\n";

/* Options of which this version has one value only. */
static const struct one_value {
    int val;
    const char *option, *value;
} one_values[] = {{'t', "--storage", "emmc"}, {'f', "--scatter", "text"}, {'a', "--agent", "xflash"}};

/* 1: it was such an option and its value is the one, 0: it was another option, -1: complaint printed. */
static int take_one_value(const struct cli_command *self, int c)
{
    for (size_t i = 0; i < sizeof(one_values) / sizeof(one_values[0]); i++) {
        const struct one_value *o = &one_values[i];
        if (o->val != c)
            continue;
        if (strcmp(optarg, o->value) == 0)
            return 1;
        cli_usage(self, "%s %s: this version makes ROMs with %s %s only", o->option, optarg, o->option,
                  o->value);
        return -1;
    }
    return 0;
}

static int parse(const struct cli_command *self, int c, struct mtksim_rom_options *rom)
{
    int known = take_one_value(self, c);
    if (known != 0)
        return known > 0 ? 0 : -1;
    if (c == 'c') {
        rom->chip = optarg;
    } else if (c == 'n') {
        if (cli_number(optarg, false, &rom->seed) != 0)
            return cli_usage(self, "--seed %s is no number", optarg), -1;
    } else if (strcmp(optarg, "small") != 0 && strcmp(optarg, "full") != 0) {
        return cli_usage(self, "--size %s: small or full", optarg), -1;
    } else {
        rom->full = strcmp(optarg, "full") == 0;
    }
    return 0;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    static const struct option options[] = {{"chip", required_argument, NULL, 'c'},
                                            {"storage", required_argument, NULL, 't'},
                                            {"size", required_argument, NULL, 'z'},
                                            {"scatter", required_argument, NULL, 'f'},
                                            {"agent", required_argument, NULL, 'a'},
                                            {"seed", required_argument, NULL, 'n'},
                                            CLI_COMMON_OPTIONS};
    struct mtksim_rom_options rom = {.storage = "emmc"};
    char err[512];
    for (int c; (c = cli_next(self, argc, argv, options, 1)) != CLI_END;) {
        if (c == CLI_WRONG || c == CLI_HELP)
            return c == CLI_HELP ? CLI_DONE : CLI_USAGE;
        if (parse(self, c, &rom) != 0)
            return CLI_USAGE;
    }
    if (optind == argc)
        return cli_usage(self, "into which folder?");
    if (!rom.chip)
        return cli_usage(self, "--chip is needed: mt6765 or mt6737");
    if (mtksim_make_rom(argv[optind], &rom, err, sizeof(err)) != 0)
        return cli_failed("%s", err);
    return CLI_DONE;
}

const struct cli_command cli_make_rom = {"make-rom", "write a complete synthetic ROM", help, run};
