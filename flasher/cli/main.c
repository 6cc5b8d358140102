/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/cli/cli.h"

#include <signal.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = 1;
    /* The first one ends the session cleanly; a second one ends the program at once. */
    signal(number, SIG_DFL);
}

static bool cancelled(void *ctx)
{
    (void)ctx;
    return interrupted;
}

int main(int argc, char **argv)
{
    struct cli cli = {0};
    struct cli_show show;
    int exit_code;
    const char *name = cli_parse(argc, argv, &cli, &exit_code);
    if (!name)
        return exit_code;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN);
    cli_show_init(&show, &cli);
    cli.opt.sink = (struct mtk_sink){.fn = cli.json ? cli_show_json : cli_show_text, .ctx = &show};
    cli.opt.cancelled = cancelled;
    return cli_find_command(name)->run(&cli);
}
