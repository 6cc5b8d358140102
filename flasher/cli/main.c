/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/cli/cli.h"

#include <signal.h>
#include <time.h>

#include "protocol/error_index.h"

static volatile sig_atomic_t interrupted;
static struct timespec first_signal;

/*
 * The first signal ends the session cleanly; another one, a second later, ends the program at once. Not sooner: shells and
 * `timeout` send the same signal to the program and to its group.
 */
static void on_signal(int number)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!interrupted)
        first_signal = now;
    else if (now.tv_sec - first_signal.tv_sec > 1) {
        signal(number, SIG_DFL);
        raise(number);
    }
    interrupted = 1;
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
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        sigaction(ends[i], &(struct sigaction){.sa_handler = on_signal}, NULL);
    signal(SIGPIPE, SIG_IGN);
    cli_show_init(&show, &cli);
    cli.opt.sink = (struct mtk_sink){.fn = cli.json ? cli_show_json : cli_show_text, .ctx = &show};
    cli.opt.cancelled = cancelled;
    int rc = cli_find_command(name)->run(&cli);
    /* Who reads the output must not take a cut-off one for the whole. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && rc == 0) {
        struct mtk_error err;
        mtk_fail(&err, MTK_E_MTK_HOST_IO, MTK_EV_HOST, "the output could not be written");
        cli_report_error(stderr, &err, false);
        rc = 1;
    }
    return rc;
}
