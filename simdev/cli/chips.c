/* SPDX-License-Identifier: Apache-2.0 */
/* mtksim chips: the chip table. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "protocol/chips.h"
#include "simdev/board/board.h"
#include "simdev/cli/cli.h"

static const char help[] =
    "Usage: mtksim chips [--json]\n"
    "List the chips that are known, the agent generation of each, and which of them this program can\n"
    "simulate (--chip NAME takes the name under PROFILE). STORAGES is what phones with that chip come with, "
    "the\n"
    "usual one first. TESTED says what the row was tested with: simulator (whole sessions with that agent "
    "and storage),\n"
    "agent (bytes of a vendor's agent, executed in a CPU emulator), log (bytes recorded from such a phone), "
    "hardware.\n\n"
    "Options:\n"
    "  --json  one JSON object a line on standard output: 'chip' events, then a 'result'\n"
    "  --help  this text\n\n"
    "Exit codes: 0 done, 2 wrong usage.\n";

static const char *const agents[] = {[MTK_AGENT_UNKNOWN] = "-",
                                     [MTK_AGENT_LEGACY] = "legacy",
                                     [MTK_AGENT_XFLASH] = "xflash",
                                     [MTK_AGENT_XML] = "xml"};

/* The i-th profile of a chip: several boards' names share a hardware code. NULL past the last. */
static const struct soc_profile *profile_of(const struct mtk_chip *chip, size_t i)
{
    const struct soc_profile *soc;
    for (size_t k = 0; (soc = soc_at(k)) != NULL; k++)
        if (soc_chip(soc) == chip && i-- == 0)
            return soc;
    return NULL;
}

static const char *or_dash(const char *text)
{
    return text && *text ? text : "-";
}

static void join_profiles(const struct mtk_chip *chip, char *out, size_t len)
{
    const struct soc_profile *soc;
    *out = '\0';
    for (size_t i = 0; (soc = profile_of(chip, i)) != NULL; i++) {
        size_t used = strlen(out);
        snprintf(out + used, len - used, "%s%s", i ? "," : "", soc->name);
    }
}

/* Bits of the storages that the profiles of a chip come with. */
static unsigned storages_of(const struct mtk_chip *chip)
{
    const struct soc_profile *soc;
    unsigned bits = 0;
    for (size_t i = 0; (soc = profile_of(chip, i)) != NULL; i++)
        bits |= soc->storages;
    return bits;
}

static void join_storages(const struct mtk_chip *chip, char *out, size_t len)
{
    *out = '\0';
    for (enum board_storage s = BOARD_EMMC; s <= BOARD_NAND; s++) {
        size_t used = strlen(out);
        if (storages_of(chip) & 1u << s)
            snprintf(out + used, len - used, "%s%s", used ? "," : "", board_storage_name(s));
    }
}

enum column { CODE, NAMES, AGENT, PROFILE, STORAGES, TESTED, MARKETING, COLUMNS };

/* Texts of one line that are put together. */
struct texts {
    char code[8], profiles[64], storages[32];
};

/* One line of the table, which lends from chip and from *t. */
static void fill_row(const struct mtk_chip *chip, struct texts *t, const char *row[COLUMNS])
{
    snprintf(t->code, sizeof(t->code), "0x%04x", chip->hw_code & 0xFFFF);
    join_profiles(chip, t->profiles, sizeof(t->profiles));
    join_storages(chip, t->storages, sizeof(t->storages));
    row[CODE] = t->code;
    row[NAMES] = chip->names;
    row[AGENT] = agents[chip->agent];
    row[PROFILE] = or_dash(t->profiles);
    row[STORAGES] = or_dash(t->storages);
    row[TESTED] = or_dash(chip->tested);
    row[MARKETING] = or_dash(chip->marketing);
}

/* The table, as wide as its longest words. */
static void print_table(void)
{
    const char *head[COLUMNS] = {"CODE", "NAMES", "AGENT", "PROFILE", "STORAGES", "TESTED", "MARKETING"};
    const char *row[COLUMNS];
    struct texts texts;
    size_t width[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++)
        width[c] = strlen(head[c]);
    for (size_t i = 0; i < mtk_chip_count; i++) {
        fill_row(&mtk_chips[i], &texts, row);
        for (size_t c = 0; c < COLUMNS; c++)
            width[c] = strlen(row[c]) > width[c] ? strlen(row[c]) : width[c];
    }
    for (size_t i = 0; i <= mtk_chip_count; i++) {
        if (i > 0)
            fill_row(&mtk_chips[i - 1], &texts, row);
        const char *const *line = i > 0 ? row : head;
        for (size_t c = 0; c < MARKETING; c++)
            printf("%-*s  ", (int)width[c], line[c]);
        printf("%s\n", line[MARKETING]);
    }
}

static void print_json(const struct mtk_chip *chip)
{
    char code[16];
    size_t first = strcspn(chip->names, "/");
    snprintf(code, sizeof(code), "0x%04x", chip->hw_code);
    json_t *profiles = json_array();
    const struct soc_profile *soc;
    for (size_t i = 0; (soc = profile_of(chip, i)) != NULL; i++)
        json_array_append_new(profiles, json_string(soc->name));
    json_t *storages = json_array();
    for (enum board_storage k = BOARD_EMMC; k <= BOARD_NAND; k++)
        if (storages_of(chip) & 1u << k)
            json_array_append_new(storages, json_string(board_storage_name(k)));
    json_t *o = json_pack("{s:s, s:s%, s:s, s:s, s:b, s:o, s:o}", "event", "chip", "name", chip->names, first,
                          "names", chip->names, "hw_code", code, "profile",
                          (int)(json_array_size(profiles) > 0), "profiles", profiles, "storages", storages);
    if (chip->agent != MTK_AGENT_UNKNOWN)
        json_object_set_new(o, "agent", json_string(agents[chip->agent]));
    if (chip->marketing && *chip->marketing)
        json_object_set_new(o, "marketing", json_string(chip->marketing));
    json_object_set_new(o, "tested", json_string(chip->tested ? chip->tested : ""));
    json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, CLI_COMMON_OPTIONS};
    bool json = false;
    for (int c; (c = cli_next(self, argc, argv, options, 0)) != CLI_END;) {
        if (c == CLI_WRONG || c == CLI_HELP)
            return c == CLI_HELP ? CLI_DONE : CLI_USAGE;
        json = true;
    }
    if (!json) {
        print_table();
        return CLI_DONE;
    }
    for (size_t i = 0; i < mtk_chip_count; i++)
        print_json(&mtk_chips[i]);
    cli_json_result(CLI_DONE, NULL, NULL);
    return CLI_DONE;
}

const struct cli_command cli_chips = {"chips", "list the chips and which can be simulated", help, run};
