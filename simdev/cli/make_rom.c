/* SPDX-License-Identifier: Apache-2.0 */
/* mtksim make-rom: a complete synthetic ROM, laid out as vendors ship it. */
#include <stdio.h>
#include <string.h>

#include "simdev/board/board.h"
#include "simdev/cli/cli.h"

#define VERSION_MAX 255

static const char help[] =
    "Usage: mtksim make-rom DIR --chip NAME [OPTION]...\n"
    "Write a complete synthetic ROM into DIR (made if it is missing): scatter, preloader with EMI settings,\n"
    "Download Agent, images and Checksum.ini, and in DIR/vendor the vendor's credentials and keys. Nothing "
    "in it\n"
    "comes from a vendor. The same options and seed give the same bytes.\n\n"
    "The phone it is for:\n"
    "  --chip NAME          any name under PROFILE in 'mtksim chips'\n"
    "  --storage KIND       emmc, ufs or nand; default: what such phones have, see STORAGES in 'mtksim "
    "chips'\n"
    "  --seed N             content and keys follow from it, default 0\n\n"
    "The package:\n"
    "  --size SIZE          small (default, about 24 MB) or full (laid out as on a real phone)\n"
    "  --scatter KIND       text or xml; default: xml for chips whose own agents are XML ones\n"
    "  --agent KIND         legacy, xflash or xml; default: the chip's own\n"
    "  --agent-version N    version of Download Agent and preloader, for anti-rollback (1 to 255); default "
    "1\n"
    "  --unsigned           leave the Download Agent without signature\n"
    "  --signed-by SEED     sign the Download Agent with the key of another vendor\n"
    "  --help               this text\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage.\n";

/* An option that takes one of a few words. */
static const struct word_option {
    int val;
    const char *option, *choice;
    const char *words[4];
} word_options[] = {
    {'t', "--storage", "emmc, ufs or nand", {"emmc", "ufs", "nand"}},
    {'f', "--scatter", "text or xml", {"text", "xml"}},
    {'a', "--agent", "legacy, xflash or xml", {"legacy", "xflash", "xml"}},
    {'z', "--size", "small or full", {"small", "full"}},
};

/* 1: it was such an option, and *word is its value; 0: it was another option; -1: a complaint was printed. */
static int take_word(const struct cli_command *self, int c, const char **word)
{
    for (size_t i = 0; i < sizeof(word_options) / sizeof(word_options[0]); i++) {
        const struct word_option *o = &word_options[i];
        if (o->val != c)
            continue;
        for (size_t k = 0; o->words[k]; k++)
            if (strcmp(optarg, o->words[k]) == 0) {
                *word = o->words[k];
                return 1;
            }
        cli_usage(self, "%s %s: %s", o->option, optarg, o->choice);
        return -1;
    }
    return 0;
}

static int take_number(const struct cli_command *self, int c, struct mtksim_rom_options *rom)
{
    uint64_t n = 0;
    const char *option = c == 'n' ? "--seed" : c == 'v' ? "--agent-version" : "--signed-by";
    if (cli_number(optarg, false, &n) != 0)
        return cli_usage(self, "%s %s is no number", option, optarg), -1;
    if (c == 'n') {
        rom->seed = n;
    } else if (c == 'v') {
        if (n < 1 || n > VERSION_MAX)
            return cli_usage(self, "%s %s: a number from 1 to %d is needed", option, optarg, VERSION_MAX), -1;
        rom->agent_version = (unsigned)n;
    } else {
        rom->agent_foreign = true;
        rom->foreign_seed = n;
    }
    return 0;
}

static int parse(const struct cli_command *self, int c, struct mtksim_rom_options *rom)
{
    const char *word;
    int known = take_word(self, c, &word);
    if (known < 0)
        return -1;
    if (known) {
        if (c == 't')
            rom->storage = word;
        else if (c == 'f')
            rom->scatter = word;
        else if (c == 'a')
            rom->agent = word;
        else
            rom->full = strcmp(word, "full") == 0;
        return 0;
    }
    if (c == 'c')
        rom->chip = optarg;
    else if (c == 'u')
        rom->agent_unsigned = true;
    else
        return take_number(self, c, rom);
    return 0;
}

/* What makes no sense whatever the folder is. CLI_DONE: go on. */
static int check(const struct cli_command *self, const struct mtksim_rom_options *rom)
{
    enum board_storage storage;
    const struct soc_profile *soc = soc_find(rom->chip);
    if (!rom->chip)
        return cli_usage(self, "--chip is needed, see 'mtksim chips'");
    if (!soc)
        return cli_usage(self, "--chip %s: there is no profile of that name, see 'mtksim chips'", rom->chip);
    if (rom->storage && board_storage_by_name(rom->storage, &storage) && !(soc->storages & 1u << storage))
        return cli_usage(self, "--storage %s: phones with %s do not come with it, see 'mtksim chips'",
                         rom->storage, soc->platform);
    if (rom->agent_unsigned && rom->agent_foreign)
        return cli_usage(self, "--unsigned and --signed-by exclude each other");
    return CLI_DONE;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    static const struct option options[] = {
        {"chip", required_argument, NULL, 'c'},  {"storage", required_argument, NULL, 't'},
        {"size", required_argument, NULL, 'z'},  {"scatter", required_argument, NULL, 'f'},
        {"agent", required_argument, NULL, 'a'}, {"agent-version", required_argument, NULL, 'v'},
        {"unsigned", no_argument, NULL, 'u'},    {"signed-by", required_argument, NULL, 'b'},
        {"seed", required_argument, NULL, 'n'},  CLI_COMMON_OPTIONS};
    struct mtksim_rom_options rom = {.chip = NULL};
    char err[512];
    for (int c; (c = cli_next(self, argc, argv, options, 1)) != CLI_END;) {
        if (c == CLI_WRONG || c == CLI_HELP)
            return c == CLI_HELP ? CLI_DONE : CLI_USAGE;
        if (parse(self, c, &rom) != 0)
            return CLI_USAGE;
    }
    if (optind == argc)
        return cli_usage(self, "into which folder?");
    if (check(self, &rom) != CLI_DONE)
        return CLI_USAGE;
    if (mtksim_make_rom(argv[optind], &rom, err, sizeof(err)) != 0)
        return cli_failed("%s", err);
    return CLI_DONE;
}

const struct cli_command cli_make_rom = {"make-rom", "write a complete synthetic ROM", help, run};
