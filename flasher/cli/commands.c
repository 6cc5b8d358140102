/* SPDX-License-Identifier: Apache-2.0 */
/* The commands: one row each. */
#include "flasher/cli/cli.h"

#include <string.h>

static int run_ports(struct cli *c)
{
    return mtkflash_ports(&c->opt);
}

static int run_info(struct cli *c)
{
    return mtkflash_info(&c->opt);
}

static int run_parts(struct cli *c)
{
    if (c->fix && !c->scatter)
        return cli_usage(c, "--fix needs --scatter");
    return mtkflash_parts(&c->opt, c->scatter, c->fix);
}

/* A list without a name would mean "all": what a script with an empty variable surely does not want. */
static bool names_nothing(const char *list)
{
    return list && !list[strspn(list, ", ")];
}

static int check_selection(struct cli *c)
{
    if (names_nothing(c->sel.only) || names_nothing(c->sel.skip))
        return cli_usage(c, "--%s names no partition", names_nothing(c->sel.only) ? "only" : "skip");
    return 0;
}

static int choose_mode(struct cli *c)
{
    static const struct {
        const char *name;
        enum mtkflash_mode mode;
    } modes[] = {
        {"download", MTKFLASH_DOWNLOAD}, {"upgrade", MTKFLASH_UPGRADE}, {"format-all", MTKFLASH_FORMAT_ALL}};
    if (c->policy && strcmp(c->policy, "safe") != 0)
        return cli_usage(c, "this version knows the policy safe, not '%s'", c->policy);
    if (check_selection(c) != 0)
        return CLI_EXIT_USAGE;
    c->sel.backup = c->backup;
    if (!c->mode)
        return 0;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(c->mode, modes[i].name) == 0) {
            c->sel.mode = modes[i].mode;
            return 0;
        }
    }
    return cli_usage(c, "--mode is download, upgrade or format-all, not '%s'", c->mode);
}

static int run_plan(struct cli *c)
{
    int rc = choose_mode(c);
    return rc ? rc : mtkflash_plan(&c->opt, c->argv[0], &c->sel);
}

static int run_flash(struct cli *c)
{
    int rc = choose_mode(c);
    return rc ? rc : mtkflash_flash(&c->opt, c->argv[0], &c->sel);
}

static int run_verify(struct cli *c)
{
    int rc = check_selection(c);
    return rc ? rc : mtkflash_verify(&c->opt, c->argv[0], &c->sel);
}

static int run_read(struct cli *c)
{
    return mtkflash_read(&c->opt, c->argv[0], c->argv[1]);
}

static int run_write(struct cli *c)
{
    return mtkflash_write(&c->opt, c->argv[0], c->argv[1]);
}

static int run_erase(struct cli *c)
{
    return mtkflash_erase(&c->opt, c->argv[0]);
}

static int check_parts(struct cli *c)
{
    return names_nothing(c->parts) ? cli_usage(c, "--parts names no partition") : 0;
}

static int run_backup(struct cli *c)
{
    int rc = check_parts(c);
    return rc ? rc : mtkflash_backup(&c->opt, c->argv[0], c->parts);
}

static int run_restore(struct cli *c)
{
    int rc = check_parts(c);
    return rc ? rc : mtkflash_restore(&c->opt, c->argv[0], c->parts);
}

static int run_reboot(struct cli *c)
{
    static const char *const modes[] = {"system", "recovery", "fastboot", "off"};
    const char *mode = c->argc ? c->argv[0] : "system";
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (strcmp(mode, modes[i]) == 0)
            return mtkflash_reboot(&c->opt, mode);
    return cli_usage(c, "reboot takes system, recovery, fastboot or off, not '%s'", mode);
}

const struct cli_command cli_commands[] = {
    {"ports", "", "show which phones are there, and why one might not be usable", 0, 0, "", run_ports},
    {"info", "", "show what the phone says about itself", 0, 0, "ids", run_info},
    {"parts", "", "show the phone's partition table, or compare it with a scatter", 0, 0, "scatter fix",
     run_parts},
    {"plan", "ROM", "show what flash would do, with the risk and each reason; writes nothing", 1, 1,
     "mode only skip policy backup", run_plan},
    {"flash", "ROM", "flash a ROM folder or scatter file and prove it by reading it back", 1, 1,
     "mode only skip policy backup", run_flash},
    {"verify", "ROM", "compare the phone with a ROM; writes nothing", 1, 1, "only skip", run_verify},
    {"read", "PART|@ADDR+LEN FILE", "read a partition or range into a file", 2, 2, "", run_read},
    {"write", "PART|@ADDR+LEN FILE", "write an image to a partition or range and prove it", 2, 2, "",
     run_write},
    {"erase", "PART|@ADDR+LEN", "erase a partition or range and prove it", 1, 1, "", run_erase},
    {"backup", "DIR", "save what exists only on this phone into a folder", 1, 1, "parts", run_backup},
    {"restore", "DIR", "write a backup back to the phone that it is from, and prove it", 1, 1, "parts",
     run_restore},
    {"reboot", "[MODE]", "restart the phone: system (default), recovery, fastboot, off", 0, 1, "",
     run_reboot},
    {"explain", "CODE|SYMBOL", "explain an error by number, name or part of a name", 1, 1, "", cli_explain},
};
const size_t cli_command_count = sizeof(cli_commands) / sizeof(cli_commands[0]);

const struct cli_command *cli_find_command(const char *name)
{
    for (size_t i = 0; i < cli_command_count; i++)
        if (strcmp(cli_commands[i].name, name) == 0)
            return &cli_commands[i];
    return NULL;
}
