/* SPDX-License-Identifier: Apache-2.0 */
/* mtksim boot: what the phone of a state folder would boot. */
#include <jansson.h>
#include <stdio.h>

#include "simdev/cli/cli.h"

static const char help[] =
    "Usage: mtksim boot --state DIR [--json]\n"
    "Follow the chain that a real phone follows at power-on, from what is on the phone's flash: boot "
    "header,\n"
    "preloader (verified if secure boot is fused), partition table or its second copy, lock state, slot, lk, "
    "boot,\n"
    "vbmeta. Prints 'boots: WHAT', or 'bricked: WHY' with the first broken link.\n\n"
    "Options:\n"
    "  --state DIR  folder of the phone, as made by 'mtksim run --state DIR'\n"
    "  --json       one JSON object a line on standard output: a 'boot' event, then a 'result'\n"
    "  --help       this text\n\n"
    "Exit codes: 0 it boots, 1 it is bricked, 2 wrong usage, or there is no phone to look at.\n";

static int cannot_look(const struct cli_command *self, bool json, const char *why)
{
    if (json)
        cli_json_result(CLI_USAGE, "MTK_USAGE", why);
    return cli_usage(self, "%s", why);
}

static void print_json(bool boots, const char *text)
{
    json_t *o = json_pack("{s:s, s:b, s:s}", "event", "boot", "boots", (int)boots, "text", text);
    json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
    cli_json_result(boots ? CLI_DONE : CLI_FAILED, boots ? NULL : "BRICKED", boots ? NULL : text);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'}, {"json", no_argument, NULL, 'j'}, CLI_COMMON_OPTIONS};
    const char *state = NULL;
    bool json = false;
    char text[512];
    for (int c; (c = cli_next(self, argc, argv, options, 0)) != CLI_END;) {
        if (c == CLI_WRONG || c == CLI_HELP)
            return c == CLI_HELP ? CLI_DONE : CLI_USAGE;
        if (c == 's')
            state = optarg;
        else
            json = true;
    }
    if (!state)
        return cannot_look(self, json, "--state is needed: which phone?");
    struct mtksim *phone = cli_open_state(state, text, sizeof(text));
    if (!phone)
        return cannot_look(self, json, text);
    bool boots = mtksim_boot_check(phone, text, sizeof(text));
    mtksim_free(phone);
    if (json)
        print_json(boots, text);
    else
        printf("%s: %s\n", boots ? "boots" : "bricked", text);
    return boots ? CLI_DONE : CLI_FAILED;
}

const struct cli_command cli_boot = {"boot", "say what a phone would boot, or why it is bricked", help, run};
